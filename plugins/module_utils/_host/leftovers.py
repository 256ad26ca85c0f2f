# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What names SAN devices that this host has no more: multipath's wwids and bindings, udev's links, LVM's devices file.
Files are read, nothing else.

Only identities that every tool writes alike are held to be missing (see identity.EXACT); where a SAN disk does not
tell its own, none is.
"""

import re

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity

WWIDS, BINDINGS = (
    "/etc/multipath/wwids",
    "/etc/multipath/bindings",
)  # unless an old version's multipath.conf says otherwise
BY_ID = "/dev/disk/by-id"
LVM_DEVICES = "/etc/lvm/devices/system.devices"
_SAN = ("iscsi", "fc")
_LINKS_LISTED = 20


def read(tree, maps, paths, defaults):
    """Return {'wwids': [WWID], 'bindings': [{'alias', 'wwid'}], 'by_id': {'count', 'first': [name of a link that leads
    nowhere]}, 'lvm_devices': [{'idtype', 'idname', 'devname'}], 'unsure': why those that are None are not known, or
    None, 'files': {'wwids', 'bindings'}: where they are}.

    *maps*, *paths*: what the kernel believes, as a whole (_kernel/devices.py); *defaults*: of the fact multipath_conf,
    {} where it is not known. Raises OSError.
    """
    wwids, bindings = [
        _place(defaults, key, usual) for key, usual in (("wwids_file", WWIDS), ("bindings_file", BINDINGS))
    ]
    nameless = [path["sd"] or path["hctl"] for path in paths if path["transport"] in _SAN and not path["wwid"]]
    present = _Present(tree, maps, paths)
    entries = {
        "wwids": [wwid for wwid in re.findall("^/([^/\n]+)/", _text(tree, wwids), re.MULTILINE) if present.lacks(wwid)],
        "bindings": [
            {"alias": words[0], "wwid": words[1]}
            for words in _words(_text(tree, bindings))
            if len(words) == 2 and present.lacks(words[1])
        ],
        "lvm_devices": [entry for entry in _lvm_entries(_text(tree, LVM_DEVICES)) if present.lacks_lvm(entry)],
    }
    if nameless and any(entries.values()):
        entries = dict.fromkeys(entries)
    dangling = [name for name in tree.names(BY_ID) if not tree.exists(f"{BY_ID}/{name}")]
    return dict(
        entries,
        by_id={"count": len(dangling), "first": dangling[:_LINKS_LISTED]},
        files={"wwids": wwids, "bindings": bindings},
        unsure=f"{', '.join(nameless[:3])} does not tell its identity: it may be one that seems to be missing"
        if None in entries.values()
        else None,
    )


class _Present(object):
    """The identities that this host has.

    All those of a disk are read only when one seems to be missing: most often none does.
    """

    def __init__(self, tree, maps, paths):
        self.tree, self.paths = tree, paths
        self.maps = {found_map["wwid"] for found_map in maps}
        self.known = self.maps.union(path["wwid"] for path in paths)
        self._all = None

    def lacks(self, wwid):
        if wwid in self.known or not re.match(f"[{''.join(identity.EXACT)}][0-9a-f]{{16,}}$", wwid):
            return False
        if self._all is None:
            pages = (self.tree.data(f"/sys/class/scsi_device/{path['hctl']}/device/vpd_pg83") for path in self.paths)
            self._all = {found for page in pages for found in identity.wwids(page)}
        return wwid not in self._all

    def lacks_lvm(self, entry):
        kind, dummy, name = entry["idname"].partition("-" if entry["idtype"] == "mpath_uuid" else ".")
        if (entry["idtype"], kind) == ("mpath_uuid", "mpath"):
            return name not in self.maps
        return (entry["idtype"], kind) == ("sys_wwid", "naa") and self.lacks("%d%s" % (identity.NAA, name.lower()))


def _place(defaults, key, usual):
    return (defaults.get(key) or {}).get("value") or usual


def _text(tree, path):
    text = tree.text(path)
    if text is None and tree.exists(path):
        raise OSError(f"{path} could not be read")
    return text or ""


def _words(text):
    return [line.split() for line in text.splitlines() if not line.lstrip().startswith("#")]


def _lvm_entries(text):
    """Return the entries of LVM's devices file, lines such as IDTYPE=mpath_uuid IDNAME=mpath-3600...

    DEVNAME=/dev/mapper/mpatha PVID=... (lvmdevices(8)).
    """
    found = (dict(word.partition("=")[::2] for word in words) for words in _words(text))
    return [
        {"idtype": entry["IDTYPE"], "idname": entry["IDNAME"], "devname": entry.get("DEVNAME")}
        for entry in found
        if "IDTYPE" in entry and "IDNAME" in entry
    ]
