# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The world in memory: a cluster, its SVMs, LUNs, initiator groups and LUN maps, as plain dictionaries.

lun     uuid, name, svm (name), serial_number (12 latin-1 characters), size (bytes), enabled, os_type; optional: class,
comment,
        container_state, create_time, read_only, space_reserve, state (overrides online and offline, such as
        foreign_lun_error)
igroup  uuid, name, svm (name), protocol, os_type, initiators [name], igroups [name of a nested igroup]; optional:
comment, portset (name) map     lun (uuid), igroup (uuid), logical_unit_number; optional: reporting_nodes [name]
portset uuid, name, svm (name), protocol, interfaces [name]; without interfaces, those of its SVM
job     uuid, description, state, code, message, error
svm     uuid, name, target (IQN), portals ["address" or "address:port"], iscsi_enabled; optional: fcp_enabled
ip_interface  uuid, name, svm (name), address; optional: home_node (name), enabled, state, services, failover
fc_interface  uuid, name, svm (name), wwpn, wwnn; optional: home_node (name), enabled, state, data_protocol
iscsi_session svm (name), initiator, tsih; optional: isid, alias, target_portal_group, connections
fc_login      svm (name), interface (name), wwpn; optional: wwnn, port_address, protocol
role          name, privileges {path: access}; optional: svm (name). Accounts are in `accounts`, by name (security.py)
"""

import hashlib
import re
import threading
import uuid

from . import security

SERIAL_LENGTH = 12
# What ONTAP's serial numbers are seen to be made of.
SERIAL_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789#$+-/?]{"
MAX_LUN_ID = 4095


def stable_uuid(*parts):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "ontap_sim/" + "/".join(parts)))


def new_serial(seed):
    """Return a serial number that depends on the seed alone."""
    digest = hashlib.sha256(seed.encode()).digest()
    return "".join(SERIAL_ALPHABET[byte % len(SERIAL_ALPHABET)] for byte in digest[:SERIAL_LENGTH])


class World:
    """All state, with one lock. Methods take and keep what they are given; the API has checked it before."""

    def __init__(self, data=None):
        data = data or {}
        self.lock = threading.RLock()
        self.generation = 0
        name = data.get("cluster", {}).get("name", "cluster1")
        self.cluster = {
            "name": name,
            "uuid": stable_uuid("cluster", name),
            "version": "9.14.1",
            **data.get("cluster", {}),
        }
        self.nodes = [
            self._dressed("node", node) for node in data.get("nodes", [{"name": f"{name}-01"}, {"name": f"{name}-02"}])
        ]
        self.svms = {svm["name"]: self._svm(svm) for svm in data.get("svms", [{"name": "svm1"}])}
        self.igroups, self.luns, self.maps = {}, {}, {}
        for igroup in data.get("igroups", []):
            self._keep(self.igroups, self._igroup(igroup))
        for lun in data.get("luns", []):
            self._keep(self.luns, self._lun(lun))
        self._load_maps(data.get("maps", []))
        self.ip_interfaces = [
            self._dressed("ip", item) for item in data.get("ip_interfaces", self._portal_interfaces())
        ]
        self.sessions = list(data.get("iscsi_sessions", []))
        self.fc_interfaces = [self._dressed("fc", item) for item in data.get("fc_interfaces", [])]
        self.fc_logins = list(data.get("fc_logins", []))
        self.roles, self.accounts = security.load(self.svms, data.get("roles", [])), {}
        self.portsets, self.jobs = {}, {}
        bound = [
            {"name": igroup["portset"], "svm": igroup["svm"]}
            for igroup in self.igroups.values()
            if igroup.get("portset")
        ]
        for portset in [*data.get("portsets", []), *bound]:
            if not self.portset(portset["name"], portset.get("svm", self.first_svm)):
                self._keep(self.portsets, self._portset(portset))

    # From the world's JSON to whole records.

    def _uuid(self, kind, *names):
        return stable_uuid(self.cluster["name"], kind, *names)

    def _dressed(self, kind, item):
        return {"uuid": self._uuid(kind, item["name"]), **item}

    def _svm(self, svm):
        target = f"iqn.1992-08.com.netapp:sn.{svm['name']}:vs.1"
        return {"uuid": self._uuid("svm", svm["name"]), "target": target, "portals": [], "iscsi_enabled": True, **svm}

    def _igroup(self, igroup):
        svm = igroup.get("svm", self.first_svm)
        defaults = {
            "uuid": self._uuid("igroup", svm, igroup["name"]),
            "svm": svm,
            "protocol": "mixed",
            "os_type": "linux",
        }
        return {**defaults, "initiators": [], "igroups": [], **igroup}

    def _lun(self, lun):
        svm = lun.get("svm", self.first_svm)
        defaults = {
            "uuid": self._uuid("lun", svm, lun["name"]),
            "svm": svm,
            "size": 1 << 30,
            "enabled": True,
            "os_type": "linux",
        }
        defaults["serial_number"] = new_serial(self._uuid("lun", svm, lun["name"]))
        return {**defaults, **lun}

    def _load_maps(self, maps):
        """Load maps, which name LUN and igroup by name or uuid; the same name may exist in several SVMs."""
        luns, igroups = {}, {}
        for items, index in ((self.luns, luns), (self.igroups, igroups)):
            for item in items.values():
                index.setdefault(item["name"], {})[item["svm"]] = item["uuid"]
        for entry in maps:
            group = entry["igroup"]
            if group not in self.igroups:
                homes = igroups[group]
                group = homes[entry["svm"]] if "svm" in entry else next(iter(homes.values()))
            lun = entry["lun"]
            if lun not in self.luns:
                lun = luns[lun][self.igroups[group]["svm"]]
            number = entry["logical_unit_number"] if "logical_unit_number" in entry else self.free_lun_id(group)
            self.maps[lun, group] = {**entry, "lun": lun, "igroup": group, "logical_unit_number": number}

    def _portset(self, portset):
        svm = portset.get("svm", self.first_svm)
        lifs = [lif["name"] for lif in [*self.ip_interfaces, *self.fc_interfaces] if lif["svm"] == svm]
        return {
            "uuid": self._uuid("portset", svm, portset["name"]),
            "svm": svm,
            "protocol": "mixed",
            "interfaces": lifs,
            **portset,
        }

    def _portal_interfaces(self):
        for svm in self.svms.values():
            for number, portal in enumerate(svm["portals"], 1):
                address = re.sub(r":\d+$", "", portal).strip("[]")
                yield {"name": f"{svm['name']}_iscsi_lif{number}", "svm": svm["name"], "address": address}

    @staticmethod
    def _keep(items, item):
        items[item["uuid"]] = item

    # Looking things up.

    @property
    def first_svm(self):
        return next(iter(self.svms))

    def refresh(self):
        """Read the state again, where it lives outside of this object. Called before each request."""

    def find(self, items, name, svm=None):
        """Return the item of this name or uuid (in this SVM), or None."""
        if name in items and svm in (None, items[name]["svm"]):
            return items[name]
        return next((item for item in items.values() if item["name"] == name and svm in (None, item["svm"])), None)

    def lun(self, name, svm=None):
        return self.find(self.luns, name, svm)

    def igroup(self, name, svm=None):
        return self.find(self.igroups, name, svm)

    def members(self, igroup):
        """Return the initiators of an igroup and of those nested in it: [(initiator, igroup that has it)]."""
        found = {}
        for group in (igroup, *self.below(igroup)):
            for name in group["initiators"]:
                found.setdefault(name, group)
        return list(found.items())

    def below(self, igroup):
        """Return the igroups nested in this one, at any depth."""
        for name in igroup["igroups"]:
            nested = self.igroup(name, igroup["svm"])
            if nested:
                yield nested
                yield from self.below(nested)

    def initiators(self, igroup_uuid):
        return {initiator for initiator, dummy in self.members(self.igroups[igroup_uuid])}

    def portset(self, name, svm=None):
        return self.find(self.portsets, name, svm)

    def fcp_enabled(self, svm):
        """Return whether an SVM serves Fibre Channel: where nothing is said, the one that has a LIF for it does."""
        lifs = [lif for lif in self.fc_interfaces if lif["svm"] == svm and lif.get("data_protocol", "fcp") == "fcp"]
        return self.svms[svm].get("fcp_enabled", bool(lifs))

    def volume_uuid(self, svm, name):
        return self._uuid("volume", svm, name)

    def rival_maps(self, igroup_uuid):
        """Return the maps of this igroup, or of an initiator of it within the SVM: they share one space of LUN ids."""
        own, svm = self.initiators(igroup_uuid), self.igroups[igroup_uuid]["svm"]
        rivals = {
            key
            for key, group in self.igroups.items()
            if key == igroup_uuid or (group["svm"] == svm and own & self.initiators(key))
        }
        return [entry for entry in self.maps.values() if entry["igroup"] in rivals]

    def free_lun_id(self, igroup_uuid):
        used = {entry["logical_unit_number"] for entry in self.rival_maps(igroup_uuid)}
        return next(number for number in range(MAX_LUN_ID + 1) if number not in used)

    def state(self, lun):
        """Return the `status.state` of a LUN."""
        return lun.get("state") or ("online" if lun["enabled"] else "offline")

    # Changes.

    def changed(self):
        self.generation += 1

    def create_lun(self, lun):
        with self.lock:
            whole = self._lun(lun)
            self._keep(self.luns, whole)
            self.changed()
            return whole

    def update_lun(self, key, changes):
        with self.lock:
            self.luns[key].update(changes)
            self.changed()

    def delete_lun(self, key):
        """Delete a LUN with its maps."""
        with self.lock:
            for pair in [pair for pair in self.maps if pair[0] == key]:
                self.delete_map(*pair)
            del self.luns[key]
            self.changed()

    def create_map(self, lun, igroup, number=None):
        with self.lock:
            number = self.free_lun_id(igroup) if number is None else number
            entry = {"lun": lun, "igroup": igroup, "logical_unit_number": number}
            self.maps[lun, igroup] = entry
            self.changed()
            return entry

    def delete_map(self, lun, igroup):
        with self.lock:
            del self.maps[lun, igroup]
            self.changed()

    def create_igroup(self, igroup):
        with self.lock:
            whole = self._igroup(igroup)
            self._keep(self.igroups, whole)
            self.changed()
            return whole

    def update_igroup(self, key, changes):
        """Change an igroup; `initiators` in the changes is the whole new list."""
        with self.lock:
            self.igroups[key].update(changes)
            self.changed()

    def delete_igroup(self, key):
        """Delete an igroup with its maps."""
        with self.lock:
            for pair in [pair for pair in self.maps if pair[1] == key]:
                self.delete_map(*pair)
            del self.igroups[key]
            self.changed()

    def add_job(self, description, error=None):
        """Add a job that has ended, well or with this ApiError. Changes are made at once; a job only reports them."""
        with self.lock:
            job = {
                "uuid": self._uuid("job", str(len(self.jobs))),
                "description": description,
                "state": "failure" if error else "success",
                "code": int(error.code) if error else 0,
                "message": error.message if error else "success",
            }
            if error:
                job["error"] = {"code": error.code, "message": error.message}
            self._keep(self.jobs, job)
            self.changed()
            return job

    def enable_iscsi(self, svm, enabled):
        with self.lock:
            self.svms[svm]["iscsi_enabled"] = enabled
            self.changed()
