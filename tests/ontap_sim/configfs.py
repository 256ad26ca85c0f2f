# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's SCSI target (LIO) through configfs.

That is fileio backstores, targets of iSCSI and Fibre Channel with one portal group, and mapped LUNs for each
initiator. The files are used directly, because rtslib allows LUN ids up to 255 only and ONTAP's go to 4095. targetcli
shows and changes what is made here, and what targetcli makes is found here.
"""

import contextlib
import os
import pathlib
import re
import subprocess

CONFIGFS = pathlib.Path("/sys/kernel/config")
MODULES = {"iscsi": "iscsi_target_mod", "fc": "tcm_fc"}
VENDOR, PRODUCT, REVISION, COMPANY = "NETAPP", "LUN C-Mode", "9141", "0x00a098"
# ALUA access states. INQUIRY is still answered in the state "unavailable", I/O is not.
ACTIVE_OPTIMIZED, UNAVAILABLE = 0, 3


def is_iscsi(name):
    """Return whether an initiator or a target is one of iSCSI; else it is a WWPN."""
    return name.startswith(("iqn.", "eui.", "naa."))


class Kernel:
    """The target's tree. A backstore is known by the path of its folder, a target by its IQN or its port's WWPN.

    `sysfs` has the Fibre Channel ports of this machine.
    """

    def __init__(self, root=CONFIGFS / "target", sysfs="/sys"):
        self.root, self.sysfs = pathlib.Path(root), pathlib.Path(sysfs)

    def prepare(self, targets):
        """Load the modules and mount configfs, for targets of these names."""
        fabrics = sorted({self.portal_group(target).parents[1] for target in targets})
        modules = [MODULES[fabric.name] for fabric in fabrics]
        for module in ("configfs", "target_core_mod", "target_core_file", *modules):
            subprocess.run(["modprobe", module], check=True)
        if not self.root.is_dir():
            subprocess.run(["mount", "-t", "configfs", "configfs", str(CONFIGFS)], check=True)
        for fabric in fabrics:
            self._make(fabric)

    # The five operations on configfs.

    def _make(self, path):
        if not path.is_dir():
            path.mkdir()

    def _remove(self, path):
        path.rmdir()

    def _write(self, path, text):
        path.write_text(f"{text}\n", encoding="ascii")

    def _read(self, path):
        with open(path, "rb", buffering=0) as file:
            return file.read().decode("ascii", "replace").strip()

    def _link(self, link, target):
        link.symlink_to(target)

    # Backstores.

    def backstores(self):
        """Return {path: {unit_serial, size (bytes), online}} of all fileio backstores that are in use."""
        found = {}
        adapters = [entry.path for entry in _entries(self.root / "core") if entry.name.startswith("fileio_")]
        for path in [pathlib.Path(entry.path) for adapter in adapters for entry in _entries(adapter) if entry.is_dir()]:
            if self._read(path / "enable") == "1":
                size = re.search(r"\bSize: (\d+)", self._read(path / "info"))
                state = int(self._read(path / "alua/default_tg_pt_gp/alua_access_state"))
                serial = self._read(path / "wwn/vpd_unit_serial").partition(":")[2].strip()
                found[path] = {
                    "unit_serial": serial,
                    "size": int(size[1]) if size else 0,
                    "online": state != UNAVAILABLE,
                }
        return found

    def create_backstore(self, name, file, size, unit_serial):
        """Create a backstore on a sparse file, which answers INQUIRY as an ONTAP LUN does; return its path."""
        with open(file, "ab") as stream:
            stream.truncate(size)
        number = 0
        while (self.root / f"core/fileio_{number}").exists():
            number += 1
        adapter = self.root / f"core/fileio_{number}"
        self._make(adapter)
        path = adapter / name
        self._make(path)
        # Without buffering each write is synchronous, which is slow in an emulated machine.
        self._write(path / "control", f"fd_dev_name={file},fd_dev_size={size},fd_buffered_io=1")
        self._write(path / "udev_path", file)
        self._write(path / "enable", "1")
        for attribute, value in (
            ("vendor_id", VENDOR),
            ("product_id", PRODUCT),
            ("revision", REVISION),
            ("company_id", COMPANY),
            ("vpd_unit_serial", unit_serial),
        ):
            self._write(path / "wwn" / attribute, value)
        return path

    def delete_backstore(self, path):
        self._remove(path)
        self._remove(path.parent)

    def set_online(self, path, online):
        self._write(path / "alua/default_tg_pt_gp/alua_access_state", ACTIVE_OPTIMIZED if online else UNAVAILABLE)

    # Targets.

    def portal_group(self, target):
        return self.root / ("iscsi" if is_iscsi(target) else "fc") / target / "tpgt_1"

    def create_target(self, target, portals=()):
        """Create a target without authentication, for known initiators only. portals: ["address:port"], of iSCSI."""
        group = self.portal_group(target)
        self._make(group.parent)
        self._make(group)
        if not is_iscsi(target):
            return
        for attribute in ("authentication", "generate_node_acls", "demo_mode_write_protect"):
            self._write(group / "attrib" / attribute, "0")
        for portal in portals:
            self._make(group / "np" / portal)

    def enabled(self, iqn):
        path = self.portal_group(iqn) / "enable"
        return path.exists() and self._read(path) == "1"

    def enable(self, iqn, enabled):
        if self.enabled(iqn) != enabled:
            self._write(self.portal_group(iqn) / "enable", int(enabled))

    def initiators(self, target):
        folder = self.portal_group(target) / "acls"
        return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []

    def add_initiator(self, target, initiator):
        self._make(self.portal_group(target) / "acls" / initiator)

    def remove_initiator(self, target, initiator):
        folder = self.portal_group(target) / "acls" / initiator
        if folder.is_dir():
            for number in list(self.mapped(target, initiator)):
                self.unmap(target, initiator, number)
            self._remove(folder)

    # LUNs of a target, and what an initiator sees of them.

    @staticmethod
    def _linked(folder):
        """Return what the single link in a LUN's folder leads to."""
        for entry in _entries(folder):
            if entry.is_symlink():  # to be followed by the kernel would cost more than all else here
                return pathlib.Path(os.path.normpath(os.path.join(folder, os.readlink(entry.path))))
        return None

    def mapped(self, target, initiator):
        """Return {LUN id: path of the backstore} of one initiator."""
        found = {}
        for folder in _entries(self.portal_group(target) / "acls" / initiator):
            lun = self._linked(folder.path) if folder.name.startswith("lun_") else None
            backstore = self._linked(lun) if lun else None
            if backstore:
                found[int(folder.name[4:])] = backstore
        return found

    def map(self, target, initiator, number, backstore):
        """Map a backstore to a known initiator at this LUN id."""
        group = self.portal_group(target)
        lun = next(
            (folder for folder in (group / "lun").iterdir() if self._linked(folder) == backstore.resolve()), None
        )
        if lun is None:
            free = 0
            while (group / f"lun/lun_{free}").exists():
                free += 1
            lun = group / f"lun/lun_{free}"
            self._make(lun)
            self._link(lun / "backstore", backstore)
        folder = group / "acls" / initiator / f"lun_{number}"
        self._make(folder)
        self._link(folder / "lun", lun)
        self._write(folder / "write_protect", "0")

    def unmap(self, target, initiator, number):
        """Unmap a LUN from an initiator; the target's own LUN is removed with its last initiator."""
        folder = self.portal_group(target) / "acls" / initiator / f"lun_{number}"
        if not folder.is_dir():
            return
        lun = self._linked(folder)
        self._discard(folder)
        links = self.portal_group(target).glob("acls/*/lun_*")
        if lun and not any(self._linked(other) == lun for other in links):
            self._discard(lun)

    def _discard(self, folder):
        for link in [path for path in folder.iterdir() if path.is_symlink()]:
            link.unlink()
        self._remove(folder)

    def session(self, iqn, initiator):
        """Return {tsih, isid, alias, address} of an initiator that is logged in, or None.

        The kernel reports one session for each initiator.
        """
        path = self.portal_group(iqn) / "acls" / initiator / "info"
        text = self._read(path) if path.exists() else ""
        found = {name: re.search(pattern, text) for name, pattern in _SESSION.items()}
        if not found["tsih"]:
            return None
        values = {name: match[1] if match else None for name, match in found.items()}
        return {**values, "tsih": int(values["tsih"]), "isid": (values["isid"] or "").replace(" ", ":")}

    # Fibre Channel ports, which are a driver's: this machine's own, and those that it sees.

    def is_online(self, wwpn):
        """Return whether this machine has a port of this name, and it is online."""
        return any(self._port(port)["port_state"] == "Online" for port in self._own_ports(wwpn))

    def logins(self, wwpn):
        """Return [{wwpn, wwnn, port_address}] of the initiators that are logged in to a port of this machine."""
        found = []
        for own in self._own_ports(wwpn):
            for entry in _entries(self.sysfs / "class/fc_remote_ports"):
                port = self._port(pathlib.Path(entry.path))
                is_behind = entry.name.startswith(f"rport-{own.name.removeprefix('host')}:")
                if is_behind and port["port_state"] == "Online" and "FCP Initiator" in port["roles"]:
                    found.append(
                        {
                            "wwpn": colons(port["port_name"]),
                            "wwnn": colons(port["node_name"]),
                            "port_address": port["port_id"].removeprefix("0x"),
                        }
                    )
        return found

    def _own_ports(self, wwpn):
        hosts = [pathlib.Path(entry.path) for entry in _entries(self.sysfs / "class/fc_host")]
        return [host for host in hosts if colons(self._port(host)["port_name"]) == wwpn]

    def _port(self, folder):
        """Return the attributes of a port; one is empty where a port has none, or disappears meanwhile."""
        found = dict.fromkeys(_PORT, "")
        for name in _PORT:
            with contextlib.suppress(OSError):
                found[name] = self._read(folder / name)
        return found


def colons(name):
    """Return a WWN of sysfs as configfs and ONTAP write it: `20:00:52:54:00:5a:00:01`."""
    return ":".join(re.findall("..", name.removeprefix("0x")))


def _entries(folder):
    """Return the names in a folder; none where there is no such folder."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return []


_PORT = ("port_name", "node_name", "port_id", "port_state", "roles")
_SESSION = {
    "tsih": r"TSIH: (\d+)",
    "isid": r"ISID: (?:0x)?([0-9a-fA-F: ]+?)\s+TSIH",
    "alias": r"InitiatorAlias: *(\S+)",
    "address": r"Address (\S+) TCP",
}
