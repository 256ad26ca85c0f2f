# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Check whether a device may be removed now: every guard, against the facts of one host. Pure functions.

A refusal is {'code', 'why'}; code is one of CODES. Only an empty list permits the removal. Facts are what
chosen.collect returned a moment ago; an expectation is what the plan saw, and a key of it that is None was not seen.
"""

import re

from ansible_collections.sanops.multipath.plugins.module_utils._core import proxmox_veto, usage

# The guards are asked, and refusals listed, in this order.
CODES = (
    "late",
    "ended",
    "quarantined",
    "locked",
    "evidence",
    "rebooted",
    "identity",
    "daemon",
    "suspended",
    "wire",
    "owner",
    "in_use",
    "living_map",
    "boot",
    "record",
)
# What every path must say, by the word that the caller expects. Where another LUN answers at one path, the others may
# be absent. A target that was decommissioned does not answer: a caller that expects "unreachable" trusts the array
# alone.
WIRE = {"absent": ("absent",), "other": ("other", "absent"), "unreachable": ("unreachable", "silent", "absent")}

# A name that no program parses as an option (multipath -F flushes every map), and multipathd as one word.
_PLAIN = re.compile(r"[A-Za-z0-9_.:+@=#%][-A-Za-z0-9_.:+@=#%]*\Z")


def of_map(facts, wwid, expect):
    """Return why the map *wwid* may not be flushed and its paths deleted: a list of refusals.

    *expect*: {'boot_id', 'dev_t', 'paths' ([H:C:T:L]), 'wire' (a key of WIRE)}. The map may be gone already: then its
    paths are judged alone.
    """
    found_map = _map_of(facts, wwid)
    # Where the map is gone, only disks of its identity are left of it; another device at their addresses is not meant.
    paths = [path for path in facts["paths"] if path["map"] == wwid or found_map is None and path["wwid"] == wwid]
    found = _host(facts, expect)
    if found_map is not None:
        found += _map(facts, found_map, expect)
    for path in paths:
        if path["map"] not in (None, wwid):
            found.append(_refusal("identity", f"{_name(path)} is a path of another map ({path['map']}) now"))
        if path["wwid"] != wwid:
            found.append(
                _refusal(
                    "identity", f"the kernel holds {path['wwid'] or 'no identity'} for {_name(path)} (expected {wwid})"
                )
            )
    found += _wire(paths, expect["wire"])
    for path in paths:
        found += _unused(_name(path), path["users"])
        found += _deletable(path)
    found += _owned(facts, [found_map["dm"]] if found_map else [], paths)
    return _sorted(found)


def of_path(facts, hctl, expect, living_map):
    """Return why the one path *hctl* may not be deleted: a list of refusals.

    *expect*: {'boot_id', 'wwid' (the kernel's), 'sd', 'target', 'wire'}; *living_map*: whether a path of a map that
    stays may be taken: then the map must keep one that answers as itself, and is active and ready.
    """
    path = next((found_path for found_path in facts["paths"] if found_path["hctl"] == hctl), None)
    found = _host(facts, expect)
    if path is None:  # gone, or not seen by a look that was not complete
        return _sorted(found)
    for key, what in (("wwid", "identity"), ("sd", "name"), ("target", "target")):
        if expect[key] is not None and path[key] != expect[key]:
            found.append(
                _refusal("identity", f"the {what} of {hctl} is {path[key] or 'not known'} (expected {expect[key]})")
            )
    if path["wwid"] is None:
        found.append(_refusal("identity", f"the kernel holds no identity for {_name(path)}"))
    found += _wire([path], expect["wire"]) + _unused(_name(path), path["users"]) + _deletable(path)
    if path["map"] is None:
        found += _owned(facts, [], [path])
    else:
        found_map = _map_of(facts, path["map"])
        found += _at_work(facts, path["map"]) + _owned(facts, [found_map["dm"]] if found_map else [], [path])
        found += _living(
            [other for other in facts["paths"] if other["map"] == path["map"] and other["hctl"] != hctl],
            path,
            living_map,
        )
    return _sorted(found)


def of_session(facts, devices, sid, expect):
    """Return why the iSCSI session *sid* may not be logged out: a list of refusals.

    *devices*: [H:C:T:L] that this host has of the target now, by any session, None: not known; *expect*: {'boot_id',
    'target', 'portal'}.
    """
    found = _host(facts, expect)
    for session in facts["sessions"]:
        if session["sid"] == sid and (session["target"], session["portal"]) != (expect["target"], expect["portal"]):
            found.append(
                _refusal(
                    "identity",
                    (
                        f"session {sid} is to {session['target']} at {session['portal']} (expected "
                        f"{expect['target']} at {expect['portal']})"
                    ),
                )
            )
    if devices is None:
        found.append(_refusal("evidence", f"which devices this host has of {expect['target']} is not known"))
    elif devices:
        found.append(_refusal("in_use", f"this host has devices of {expect['target']}: {', '.join(devices)}"))
    return _sorted(found)


def of_relogin(facts, iscsi, devices, sid, expect):
    """Return why the iSCSI session *sid* may not be logged out and in again: a list of refusals. Whatever it carries
    has to have another way meanwhile.

    *iscsi*: what facts.read returned; *devices*: [H:C:T:L] of all devices of its SCSI host; *expect*: {'boot_id',
    'target', 'portal'}.
    """
    session = next((found_session for found_session in facts["sessions"] if found_session["sid"] == sid), None)
    if session is None:
        return _sorted(_host(facts, expect) + [_refusal("identity", f"there is no session {sid}")])
    found = _host(facts, expect) + _session(facts, iscsi, session, expect)
    mine = [path for path in facts["paths"] if path["hctl"] in devices]
    others = sorted(set(devices) - {path["hctl"] for path in mine})
    found += [_refusal("in_use", f"{hctl} is no disk: whether anybody uses it is not known") for hctl in others]
    for path in mine:
        if path["wire"]["state"] != "same":
            found.append(
                _refusal("wire", f"{_name(path)} says {path['wire']['state']}: it would not come back as it is")
            )
        found += _unused(_name(path), path["users"])
    for wwid in sorted({path["map"] for path in mine if path["map"]}):
        found += _carried(facts, wwid, devices)
    return _sorted(found)


def _session(facts, iscsi, session, expect):
    found, others = [], [other for other in facts["sessions"] if other["sid"] != session["sid"]]
    if (session["target"], session["portal"]) != (expect["target"], expect["portal"]):
        found.append(
            _refusal(
                "identity",
                (
                    f"session {session['sid']} is to {session['target']} at {session['portal']} (expected "
                    f"{expect['target']} at {expect['portal']})"
                ),
            )
        )
    if session["state"] != "LOGGED_IN":
        found.append(_refusal("wire", f"the session is {session['state']}"))
    if session["host"] is None or session["host"] in [other["host"] for other in others]:
        found.append(_refusal("evidence", "which devices belong to this session alone is not known"))
    if [found_session["boot"] for found_session in iscsi["sessions"] if found_session["sid"] == session["sid"]] != [
        False
    ]:
        found.append(_refusal("boot", "this host boots from it"))
    key = (session["target"], session["portal"], session["iface"] or "default")
    records = [record for record in iscsi["records"] if (record["target"], record["portal"], record["iface"]) == key]
    if [record["scan"] for record in records] != ["manual"]:
        found.append(_refusal("record", "it has no record that says manual: another login would change nothing"))
    if key in [(other["target"], other["portal"], other["iface"] or "default") for other in others]:
        found.append(_refusal("record", "another session has the same record"))
    return found


def _carried(facts, wwid, devices):
    """Return why the map *wwid* cannot do without its paths at *devices* for a while."""
    found_map, found = _map_of(facts, wwid), _at_work(facts, wwid)
    if found_map is not None and any(
        user["kind"] == "mount" and user["detail"].startswith("/ ") for user in found_map["users"] or ()
    ):
        found.append(_refusal("boot", f"the root file system is on the map {wwid}"))
    others = [path for path in facts["paths"] if path["map"] == wwid and path["hctl"] not in devices]
    if not any(_healthy(path) for path in others):
        found.append(_refusal("living_map", f"no other path of the map {wwid} is healthy: it would lose its last path"))
    return found


def _map_of(facts, wwid):
    return next((found_map for found_map in facts["maps"] if found_map["wwid"] == wwid), None)


def _host(facts, expect):
    found = [
        _refusal("evidence", f"{gap['what']}: {gap['why']}")
        for gap in facts["incomplete"]
        if gap["what"] not in ("child", "proxmox")
    ]
    boot_id = facts["host"].get("boot_id")
    if boot_id is None:
        found.append(_refusal("evidence", "the boot id of this host could not be read"))
    elif expect["boot_id"] not in (None, boot_id):
        found.append(
            _refusal("rebooted", "this host was rebooted since: names and addresses may be those of other devices")
        )
    return found


def _map(facts, found_map, expect):
    found = []
    if expect["dev_t"] not in (None, found_map["dev_t"]):
        found.append(
            _refusal(
                "identity",
                f"the map has the number {found_map['dev_t']} (expected {expect['dev_t']}): it was created again",
            )
        )
    if expect["paths"] is not None and sorted(expect["paths"]) != sorted(found_map["paths"]):
        found.append(
            _refusal(
                "identity",
                (
                    f"its paths are {', '.join(found_map['paths']) or 'none'} (expected "
                    f"{', '.join(expect['paths']) or 'none'})"
                ),
            )
        )
    if not _PLAIN.match(found_map["name"]):
        found.append(
            _refusal(
                "identity",
                (f"its name {found_map['name']!r} could be taken for an option, or for several words, by multipath"),
            )
        )
    if found_map["other_slaves"]:
        found.append(
            _refusal(
                "wire",
                f"it has paths that are no SCSI disks ({', '.join(found_map['other_slaves'])}) and cannot be asked",
            )
        )
    if found_map["changed"]:
        found.append(_refusal("evidence", found_map["changed"]))
    if not facts["multipathd"]["running"]:
        found.append(_refusal("daemon", "multipathd is not running: a map is not flushed without it. Start it first"))
    if found_map["suspended"]:
        found.append(_refusal("suspended", "the map is suspended by somebody else, who is at work on it"))
    if found_map["open_count"] is None:
        found.append(_refusal("in_use", "its open count is not known"))
    return found + _unused("the map", found_map["users"])


def _wire(paths, expected):
    found = [
        _refusal(
            "wire",
            "%s says %s%s (expected %s)"
            % (
                _name(path),
                path["wire"]["state"],
                f" ({path['wire']['detail']})" if path["wire"]["detail"] else "",
                expected,
            ),
        )
        for path in paths
        if path["wire"]["state"] not in WIRE[expected]
    ]
    if paths and not found and expected not in [path["wire"]["state"] for path in paths] and expected == "other":
        found.append(_refusal("wire", "no path answers as another LUN any more"))
    return found


def _unused(what, users):
    if users is None:
        return [_refusal("in_use", f"who uses {what} could not be read")]
    return [
        _refusal("in_use", f"{what} is in use: {user['kind']}: {user['detail']}")
        for user in users
        if usage.in_use([user])
    ]


def _owned(facts, dms, paths):
    """Return why the systems that own volumes forbid that these go; one that could not be asked forbids it."""
    names = set(dms + [path["sd"] for path in paths])
    why = "".join(f": {gap['why']}" for gap in facts["incomplete"] if gap["what"] == "proxmox")
    proxmox = (facts["platform"] or {}).get("proxmox")
    why_not = proxmox_veto.vetoes(proxmox, lambda one: not names.isdisjoint(one["devices"])) if names else []
    return [_refusal("owner", text + why) for text in why_not]


def _deletable(path):
    if path["device_state"] == "blocked":
        return [_refusal("wire", f"{_name(path)} is blocked: a delete would wait for it")]
    return []


def _at_work(facts, wwid):
    """Return why the paths of the map *wwid*, which stays, cannot be changed now: a list of refusals."""
    found_map, found = _map_of(facts, wwid), []
    if found_map is None or found_map["changed"]:
        why = found_map["changed"] if found_map else "it was not seen"
        found.append(_refusal("evidence", f"the map {wwid}: {why}"))
    if not facts["multipathd"]["running"]:
        why = f"multipathd is not running: nothing would change the paths of the map {wwid}"
        found.append(_refusal("daemon", why))
    if found_map is not None and found_map["suspended"]:
        found.append(_refusal("suspended", f"the map {wwid} is suspended: something else is changing it"))
    return found


def _living(others, path, allowed):
    if not allowed:
        return [_refusal("living_map", f"{_name(path)} is a path of the map {path['map']}, which is still there")]
    if not any(_healthy(other) for other in others):
        return [
            _refusal(
                "living_map",
                (
                    f"no other path of the map {path['map']} answers as itself and is active and ready: it "
                    "would lose its last path"
                ),
            )
        ]
    return []


def _healthy(path):
    """Return whether a path carries I/O: it answers as itself, and device-mapper and multipathd use it.

    An INQUIRY alone is answered by ports that give no data.
    """
    return (path["wire"]["state"], path["dm_state"], path["checker_state"]) == ("same", "active", "ready")


def _name(path):
    return f"{path['sd'] or 'a disk without a name'} ({path['hctl']})"


def _refusal(code, why):
    return {"code": code, "why": why}


def _sorted(found):
    return sorted(found, key=lambda refusal: CODES.index(refusal["code"]))
