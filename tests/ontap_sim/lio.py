# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The world held by the kernel's SCSI target: LUNs, LUN maps and their state are read from it at each request.

Only what the kernel cannot hold (uuids, names of LUNs, initiator groups, comments) is kept in annotations.json, for as
long as the machine is up; after a boot the world is made from its JSON again.
"""

import contextlib
import json
import os
import pathlib
import re

from . import errors
from .configfs import Kernel, is_iscsi
from .world import World

BOOT_ID = pathlib.Path("/proc/sys/kernel/random/boot_id")


def unit_serial(serial_number):
    """Return the T10 unit serial that makes Linux compute ONTAP's WWID, 3600a0980 + hex(serial number)."""
    return "0" + serial_number.encode("latin-1").hex()


def serial_number(unit):
    """Return the 12 characters that an initiator makes of a unit serial: the reverse of `unit_serial`.

    Any unit serial will do: the kernel takes its hex digits only.
    """
    digits = re.sub(r"[^0-9a-fA-F]", "", unit)[1:25].ljust(24, "0")
    return bytes.fromhex(digits).decode("latin-1")


class LioWorld(World):
    """A World whose LUNs and maps live in the kernel. `state` is the folder of the annotations and the LUNs' files."""

    def __init__(self, data, state="/var/lib/ontap_sim", kernel=None):
        super().__init__(data)
        self.kernel = kernel or Kernel()
        self.folder = pathlib.Path(state)
        self.annotations = self.folder / "annotations.json"
        self._seen = None  # what `refresh` has read last, and the generation that it became
        self.boot_id = BOOT_ID.read_text(encoding="ascii").strip()
        (self.folder / "luns").mkdir(parents=True, exist_ok=True)
        self.kernel.prepare([target for svm in self.svms.values() for target in self._targets(svm)])
        notes = json.loads(self.annotations.read_text(encoding="utf-8")) if self.annotations.exists() else {}
        if notes.get("boot_id") == self.boot_id:
            self.igroups = {igroup["uuid"]: igroup for igroup in notes["igroups"]}
            self.luns = {lun["uuid"]: lun for lun in notes["luns"]}
            self.maps = {(entry["lun"], entry["igroup"]): entry for entry in notes["maps"]}
            self.refresh()
        else:
            self._build()

    def _build(self):
        """Put the world into the kernel. What is there already, from a start that broke off, stays."""
        for svm in self.svms.values():
            self.kernel.create_target(svm["target"], [_portal(portal) for portal in svm["portals"]])
            for target in self._targets(svm)[1:]:
                self.kernel.create_target(target)
        present = {path.name: path for path in self.kernel.backstores()}
        for lun in self.luns.values():
            name = _backstore_name(lun, ())
            lun["backstore"] = str(present.get(name) or self._create_backstore(name, lun))
            if not lun["enabled"]:
                self.kernel.set_online(pathlib.Path(lun["backstore"]), False)
        self._apply(set(), {})
        for svm in self.svms.values():
            self.kernel.enable(svm["target"], svm["iscsi_enabled"])
        self._save()

    def _create_backstore(self, name, lun):
        return self.kernel.create_backstore(
            name, str(self.folder / "luns" / name), lun["size"], unit_serial(lun["serial_number"])
        )

    def _save(self):
        notes = {
            "boot_id": self.boot_id,
            "igroups": list(self.igroups.values()),
            "luns": list(self.luns.values()),
            "maps": list(self.maps.values()),
        }
        draft = self.annotations.with_suffix(".new")
        draft.write_text(json.dumps(notes), encoding="utf-8")
        os.replace(draft, self.annotations)

    def _targets(self, svm):
        """Return the names of an SVM's targets: its IQN, then the WWPNs of its FC LIFs, each a target of its own."""
        return [svm["target"], *(lif["wwpn"] for lif in self.fc_interfaces if lif["svm"] == svm["name"])]

    # Reading the kernel.

    def refresh(self):
        """Read LUNs, maps, sessions and the targets' state from the kernel."""
        with self.lock, _reported():
            backstores = {str(path): item for path, item in self.kernel.backstores().items()}
            mappings = {}  # (svm, target, initiator): {LUN id: path of the backstore}
            sessions = []
            for svm in self.svms.values():
                svm["iscsi_enabled"] = self.kernel.enabled(svm["target"])
                for target in self._targets(svm):
                    for initiator in self.kernel.initiators(target):
                        seen = self.kernel.mapped(target, initiator)
                        mappings[svm["name"], target, initiator] = {number: str(path) for number, path in seen.items()}
                        sessions += self._read_session(svm, initiator) if is_iscsi(target) else []
            states = [svm["iscsi_enabled"] for svm in self.svms.values()]
            states += ["up" if self.kernel.is_online(lif["wwpn"]) else "down" for lif in self.fc_interfaces]
            logins = self._read_logins()
            now = (backstores, mappings, sessions, logins, states)
            if (self.generation, *now) == self._seen:
                return  # so that what was made of it is still good
            self.sessions, self.fc_logins = sessions, logins
            for lif, state in zip(self.fc_interfaces, states[len(self.svms) :], strict=True):
                lif["state"] = state
            self._read_luns(backstores, mappings)
            self._read_maps(mappings)
            self.changed()
            self._seen = (self.generation, *now)

    def _read_logins(self):
        """Return the records of the initiators that are logged in to the FC LIFs."""
        return [
            {"svm": lif["svm"], "interface": lif["name"], **login}
            for lif in self.fc_interfaces
            for login in self.kernel.logins(lif["wwpn"])
        ]

    def _read_luns(self, backstores, mappings):
        known = {lun["backstore"]: lun for lun in self.luns.values()}
        self.luns = {}
        for path, held in backstores.items():
            lun = known.get(path) or self._unknown_lun(path, mappings)
            lun.update(serial_number=serial_number(held["unit_serial"]), size=held["size"], enabled=held["online"])
            self.luns[lun["uuid"]] = lun

    def _unknown_lun(self, path, mappings):
        """Return a new LUN for a backstore that another program has made; its SVM is the one that maps it."""
        owners = [svm for (svm, *dummy), seen in mappings.items() if path in seen.values()]
        svm = owners[0] if owners else self.first_svm
        return self._lun({"name": f"/vol/targetcli/{path.rpartition('/')[2]}", "svm": svm, "backstore": path})

    def _read_maps(self, mappings):
        by_backstore = {lun["backstore"]: lun["uuid"] for lun in self.luns.values()}
        seen = {
            (*place, number): by_backstore[path]
            for place, luns in mappings.items()
            for number, path in luns.items()
            if path in by_backstore
        }
        before, self.maps, explained = self.maps, {}, set()
        for pair, entry in before.items():
            if entry["lun"] in self.luns and entry["igroup"] in self.igroups:
                wanted = self._given(entry)
                present = {place for place in wanted if seen.get(place) == entry["lun"]}
                # A map to an igroup whose initiators reach no target of the SVM exists in the annotations only.
                if present or not wanted:
                    self.maps[pair] = entry
                    explained |= present
        for place in sorted(set(seen) - explained):
            svm, dummy, initiator, number = place
            igroup, lun = self._igroup_of(svm, initiator)["uuid"], seen[place]
            self.maps.setdefault((lun, igroup), {"lun": lun, "igroup": igroup, "logical_unit_number": number})

    def _igroup_of(self, svm, initiator):
        """Return an igroup of the SVM that has this initiator; add one if none has."""
        for igroup in self.igroups.values():
            if igroup["svm"] == svm and initiator in self.initiators(igroup["uuid"]):
                return igroup
        igroup = self._igroup(
            {
                "name": f"targetcli_{initiator}",
                "svm": svm,
                "protocol": "iscsi" if is_iscsi(initiator) else "fcp",
                "initiators": [initiator],
            }
        )
        self.igroups[igroup["uuid"]] = igroup
        return igroup

    def _read_session(self, svm, initiator):
        """Return the records of an initiator's session: one or none."""
        session = self.kernel.session(svm["target"], initiator)
        if not session:
            return []
        connection = {"cid": 0, "initiator_address": {"address": session["address"]}}
        return [
            {
                "svm": svm["name"],
                "initiator": initiator,
                "tsih": session["tsih"],
                "isid": session["isid"],
                "alias": session["alias"],
                "connections": [connection],
            }
        ]

    # Changing the kernel.

    def _given(self, entry):
        """Return the places {(svm, target, initiator, LUN id)} of the LUN of a map."""
        return {(*member, entry["logical_unit_number"]) for member in self._members(entry["igroup"])}

    def _members(self, igroup):
        """Return {(svm, target, initiator)}: each initiator of an igroup, at each target of its transport."""
        svm = self.svms[self.igroups[igroup]["svm"]]
        return {
            (svm["name"], target, name)
            for name in self.initiators(igroup)
            for target in self._targets(svm)
            if is_iscsi(target) == is_iscsi(name)
        }

    def _wanted(self):
        """Return what the annotations describe.

        That is {(svm, target, initiator)} and {(svm, target, initiator, LUN id): uuid of the LUN}.
        """
        members = {member for key in self.igroups for member in self._members(key)}
        return members, {place: entry["lun"] for entry in self.maps.values() for place in self._given(entry)}

    @contextlib.contextmanager
    def _applied(self):
        """Apply the changes made inside the block to the kernel.

        Only the difference is applied, so that changes by other programs stay.
        """
        with self.lock:
            members, places = self._wanted()
            yield
            with _reported():
                self._apply(members, places)
                self._save()

    def _apply(self, members, places):
        """Change the kernel's initiators and mapped LUNs from these to those that are wanted now."""
        wanted_members, wanted = self._wanted()
        for place in [place for place in places if wanted.get(place) != places[place]]:
            dummy, target, initiator, number = place
            self.kernel.unmap(target, initiator, number)
        for dummy, target, initiator in sorted(members - wanted_members):
            self.kernel.remove_initiator(target, initiator)
        for dummy, target, initiator in sorted(wanted_members - members):
            self.kernel.add_initiator(target, initiator)
        for place in [place for place in wanted if places.get(place) != wanted[place]]:
            dummy, target, initiator, number = place
            backstore = pathlib.Path(self.luns[wanted[place]]["backstore"])
            self.kernel.add_initiator(target, initiator)  # it may have been removed by another program
            if self.kernel.mapped(target, initiator).get(number) != backstore.resolve():
                self.kernel.map(target, initiator, number, backstore)

    def create_lun(self, lun):
        with self._applied():
            whole = self._lun(lun)
            name = _backstore_name(whole, {pathlib.Path(other["backstore"]).name for other in self.luns.values()})
            with _reported():
                whole["backstore"] = str(self._create_backstore(name, whole))
            return super().create_lun(whole)

    def update_lun(self, key, changes):
        with self._applied():
            if changes.get("size", self.luns[key]["size"]) != self.luns[key]["size"]:
                raise errors.invalid_value(
                    changes["size"], "space.size", "the size that it has: the kernel's fileio LUNs cannot be resized"
                )
            if "enabled" in changes:
                with _reported():
                    self.kernel.set_online(pathlib.Path(self.luns[key]["backstore"]), changes["enabled"])
            super().update_lun(key, changes)

    def delete_lun(self, key):
        with self._applied():
            backstore = pathlib.Path(self.luns[key]["backstore"])
            super().delete_lun(key)  # with its maps, so that nothing holds the backstore
            with _reported():
                self.kernel.delete_backstore(backstore)
                (self.folder / "luns" / backstore.name).unlink(missing_ok=True)

    def create_map(self, lun, igroup, number=None):
        with self._applied():
            return super().create_map(lun, igroup, number)

    def delete_map(self, lun, igroup):
        with self._applied():
            super().delete_map(lun, igroup)

    def create_igroup(self, igroup):
        with self._applied():
            return super().create_igroup(igroup)

    def update_igroup(self, key, changes):
        with self._applied():
            super().update_igroup(key, changes)

    def delete_igroup(self, key):
        with self._applied():
            super().delete_igroup(key)

    def enable_iscsi(self, svm, enabled):
        with _reported():
            self.kernel.enable(self.svms[svm]["target"], enabled)
        super().enable_iscsi(svm, enabled)


@contextlib.contextmanager
def _reported():
    """Turn what the kernel refuses into an answer of the API."""
    try:
        yield
    except OSError as error:
        raise errors.ApiError(500, "1", f"the kernel's SCSI target: {error}") from error


def _portal(portal):
    """Return a portal with its port: `10.10.1.10` becomes `10.10.1.10:3260`."""
    return portal if re.search(r":\d+$", portal) and not portal.endswith("]") else f"{portal}:3260"


def _backstore_name(lun, taken):
    """Return the name of a LUN's backstore: `svm1.vol1.lun1` for /vol/vol1/lun1 in svm1."""
    stem = f"{lun['svm']}.{re.sub(r'^/vol/', '', lun['name'])}"
    name = stem = re.sub(r"[^A-Za-z0-9_.-]", ".", stem)
    number = 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return name
