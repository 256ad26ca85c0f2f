# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a host says of its SAN devices: the kernel's view, then what multipathd says, what the wire says, and who uses
what; the kernel's view once more.

Each witness has its share of the time; what does not come in time is named in 'incomplete', never guessed. Whatever
may block is done in a child, and nobody waits for a child that does not end.
"""

import os
import sys
import time

from ansible_collections.sanops.multipath.plugins.module_utils._core import schema
from ansible_collections.sanops.multipath.plugins.module_utils._inquiry import protocol as inquiry
from ansible_collections.sanops.multipath.plugins.module_utils._inquiry import sg
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import consistency, dm, iscsi_sessions
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import devices as kernel_devices
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._removal import quarantine
from ansible_collections.sanops.multipath.plugins.module_utils._system import child
from ansible_collections.sanops.multipath.plugins.module_utils._users import find as find_users
from ansible_collections.sanops.multipath.plugins.module_utils._users import open_counts

_LIVE_STATES = ("running", None)
_LIVE_SESSIONS = ("LOGGED_IN", "Online", "Marginal", None)  # iSCSI session, FC remote port, neither
# By when, as a share of the budget, each must be done; one that is quick leaves its time to the next. Between the
# version and the wire, the host's configuration is read. What follows on the last is only computed. The wire's child
# stops asking a little before it would be killed.
_KERNEL_BY, _DM_BY, _DAEMON_BY, _VERSION_BY = 0.34, 0.38, 0.47, 0.5
CONFIGURATION_BY = {"multipath_conf": 0.54, "iscsi": 0.57, "portals": 0.62, "fc": 0.63, "platform": 0.66}
_WIRE_UNTIL, _WIRE_BY, _USERS_BY, _AGAIN_BY, SYMPTOMS_BY, _END_BY = 0.77, 0.79, 0.9, 0.95, 0.97, 0.98


class _Clock(object):
    """The budget of one call, in shares of its whole."""

    def __init__(self, timeout):
        self.start, self.timeout = time.monotonic(), timeout

    def by(self, share):
        return self.start + share * self.timeout

    def elapsed(self):
        return round(time.monotonic() - self.start, 3)


def ask(tree, timeout, only, configure, conclude):
    """Collect the facts of this host, within *timeout* seconds. Shape: see the module stale_mpath_facts, RETURN.

    *only*: {'maps': [WWID], 'paths': [H:C:T:L]}, to look at nothing but these, a map with its paths and a path with
    its map; None: at all. *configure*: (kernel, daemon, clock, missing) -> those of the facts multipath_conf, iscsi,
    fc and platform that are wanted. *conclude*: (kernel, why the kernel was not read to its end or None,
    configuration, what find.find returned, clock, missing) -> the fact symptoms.
    """
    clock, incomplete = _Clock(timeout), []

    def missing(what, why):
        incomplete.append({"what": what, "why": why})

    kernel, error = _ask_kernel(tree, only, clock.by(_KERNEL_BY))
    if (
        error
    ):  # nobody knows what else there is: the report does not judge such a host, though it may show what was read
        missing("kernel", error)
    maps, paths = kernel["maps"], kernel["paths"]

    dm_view = _ask_dm(maps, clock.by(_DM_BY), missing)
    daemon, daemon_maps = _ask_daemon(tree, maps, only, clock, missing)
    configuration = configure(kernel, daemon, clock, missing)
    words = _ask_wire(tree, paths, clock, missing)
    names = [found_map["dm"] for found_map in maps] + [path["sd"] for path in paths if path["sd"]]
    users, found = _ask_users(tree, names, clock.by(_USERS_BY), missing)
    changed = {} if error else _look_again(tree, only, kernel, words, clock.by(_AGAIN_BY), missing)

    partitions = {found_map["wwid"]: found_map["partitions"] for found_map in maps}
    _assemble(maps, paths, dm_view, daemon_maps, words, users, changed)
    open_counts.add_missed(maps, partitions, dm_view, found)
    symptoms = conclude(kernel, error, configuration, found, clock, missing)
    for pid in child.left_behind(clock.by(_END_BY)):
        missing(
            "child",
            "process %d was killed and does not end: it waits in the kernel (%s); it holds nothing, and was left behind"
            % (pid, tree.text(f"/proc/{pid}/wchan") or "where is not known"),
        )
    facts = {
        "schema": schema.SCHEMA,
        "host": kernel["host"],
        "multipathd": daemon,
        "maps": maps,
        "paths": paths,
        "sessions": kernel["sessions"],
        "symptoms": symptoms,
        "quarantine": quarantine.reason(),
        "elapsed": clock.elapsed(),
        "incomplete": incomplete,
    }
    facts.update((part, configuration.get(part)) for part in ("multipath_conf", "iscsi", "fc", "platform"))
    return facts


def _ask_kernel(tree, only, deadline):
    """Return (what the kernel believes, as far as it could be read; why it ended early or None)."""
    items, error = child.stream(lambda: _look(tree, only), deadline)
    kernel, where = _together(items)
    return kernel, error and f"sysfs, {where}: {error}"


def _look(tree, only):
    """Yield [part] when a part is begun, and [part, thing] for each that was read: one that hangs does not cost those
    before it.
    """
    yield ["host"]
    host = kernel_devices.host(tree)
    host["initiators"] = iscsi_sessions.initiators(tree)
    host["python"] = ".".join(map(str, sys.version_info[:3]))
    yield ["host", host]
    yield ["sessions"]
    sessions = iscsi_sessions.sessions(tree)
    for session in sessions:
        yield ["sessions", session]
    names, hctls = _chosen(tree, only) if only else (None, None)
    yield ["maps"]
    maps = []
    for found_map in kernel_devices.maps(tree, names):
        maps.append(found_map)
        yield ["maps", found_map]
    yield ["paths"]
    for path in kernel_devices.paths(tree, sessions, maps, hctls):
        yield ["paths", path]


def _look_for_changes(tree, only, before):
    """Yield {'maps': [WWID], 'paths': [H:C:T:L]} of what is as *before*, then ["maps" or "paths", thing] of each that
    is not.
    """
    names, hctls = _chosen(tree, only, before["maps"]) if only else (None, None)
    maps = list(kernel_devices.maps_again(tree, names))
    paths = kernel_devices.paths_again(tree, iscsi_sessions.sessions(tree), maps, before["paths"], hctls)
    changed, same = [], {"maps": [], "paths": []}
    for part, key, things in (("maps", "wwid", maps), ("paths", "hctl", paths)):
        known = {thing[key]: thing for thing in before[part]}
        for thing in things:
            if thing[key] in known and not consistency.differs(part, known[thing[key]], thing):
                same[part].append(thing[key])
            else:
                changed.append([part, thing])
    yield same
    yield from changed


def _chosen(tree, only, known=()):
    """Return ([kernel name], [H:C:T:L]) of the maps and paths to read, a map with its paths and a path with its map.

    *known*: maps of before.
    """
    held = (kernel_devices.map_of(tree, hctl) for hctl in only["paths"])
    names = {found_map["wwid"]: found_map["dm"] for found_map in known}
    found = dict(pair for pair in held if pair)
    names.update(found)
    names = kernel_devices.map_names(tree, set(only["maps"]).union(found), names)
    slaves = [slave for name in names for slave in tree.names(f"/sys/block/{name}/slaves")]
    return names, only["paths"] + kernel_devices.hctls(tree, slaves)


def _together(items):
    """Return ({'host', 'sessions', 'paths', 'maps'} from what _look() yielded, how far it came)."""
    parts, part = {"host": [], "sessions": [], "paths": [], "maps": []}, "host"
    for item in items:
        part = item[0]
        parts[part] += item[1:]
    known = {found_map["wwid"] for found_map in parts["maps"]}
    for path in parts["paths"]:
        if path["map"] not in known:  # the map went away between the two readings: the disk must not go with it
            path["map"] = None
    return dict(parts, host=(parts["host"] or [{}])[0]), f"{part}, after {len(parts[part])} of them"


def _after(before, items):
    """Return {'maps', 'paths'} of the second look, from what _look_for_changes() yielded."""
    same = {part: set(keys) for part, keys in items[0].items()}
    after = {
        "maps": [found_map for found_map in before["maps"] if found_map["wwid"] in same["maps"]],
        "paths": [path for path in before["paths"] if path["hctl"] in same["paths"]],
    }
    for part, thing in items[1:]:
        after[part].append(thing)
    return after


def _look_again(tree, only, before, words, deadline, missing):
    """Void the words about paths that are no longer what was asked.

    Returns {wwid: why} of the maps that cannot be judged by their paths' words.
    """
    items, error = child.stream(lambda: _look_for_changes(tree, only, before), deadline)
    after = None if error else _after(before, items)
    doubts = consistency.doubts(before, after, {hctl: word["state"] for hctl, word in words.items()})
    gaps = (
        [f"what is absent may have changed meanwhile: no second look ({error})"]
        if error
        else consistency.sentences(before, after, doubts)
    )
    for gap in gaps:
        missing("changes", gap)
    for hctl, why in doubts["paths"].items():
        words[hctl] = dict(words[hctl], state="unreadable", detail=f"said {words[hctl]['state']}, but {why}")
    return doubts["maps"]


def _ask_dm(maps, deadline, missing):
    """Return {wwid: device-mapper's view of the map}."""
    if not maps:
        return {}
    answers, error = child.stream(lambda: dm.look(maps), deadline)
    errors = [(answer["wwid"], answer["error"]) for answer in answers if "error" in answer]
    if error:
        answered = [answer["wwid"] for answer in answers]
        errors.append(
            (([found_map["wwid"] for found_map in maps if found_map["wwid"] not in answered] or ["all"])[0], error)
        )
    for wwid, why in errors:
        missing("device-mapper", f"open count and table of {wwid}: {why}")
    return {answer["wwid"]: answer["view"] for answer in answers if answer.get("view")}


def _ask_daemon(tree, maps, only, clock, missing):
    """Return (the fact multipathd, its view of the maps or {}); a host without maps is no worse for a daemon that is
    not there.
    """
    daemon, view = multipathd.daemon(tree), {}
    if daemon["running"]:
        try:
            # A removal of one map of hundreds does not wait for the daemon to list them all.
            view = multipathd.maps(clock.by(_DAEMON_BY), [found_map["dm"] for found_map in maps] if only else None)
        except (OSError, ValueError) as exc:
            missing(
                "multipathd",
                (
                    f"no view of the paths: {exc} (its process {daemon['pid']} is in state "
                    f"{multipathd.state(tree, daemon['pid']) or 'unknown'})"
                ),
            )
    elif maps:
        missing("multipathd", "not running: its view of the paths is not known (it was not started)")
    if only is None:
        daemon["version"], error = multipathd.version(clock.by(_VERSION_BY))
        if error:
            missing("multipathd", "its version: " + error)
            missing("multipath_conf", "how multipath-tools read it is not known without their version: " + error)
    return daemon, view


def _ask_wire(tree, paths, clock, missing):
    """Return {hctl: word}; only paths that the kernel holds for usable are asked: a dead one cannot answer, and its
    command would stay in a queue.
    """
    words, nodes = {}, {}
    for path in paths:
        hctl = path["hctl"]
        if path["session_state"] not in _LIVE_SESSIONS:
            words[hctl] = inquiry.unasked("unreachable", f"not asked: the session is {path['session_state']}")
        elif path["device_state"] not in _LIVE_STATES:
            words[hctl] = inquiry.unasked("unreachable", f"not asked: the device is {path['device_state']}")
        elif path["sg"] is None:
            words[hctl] = inquiry.unasked("unreadable", "not asked: it has no sg node")
        else:
            nodes[hctl] = tree.root + "/dev/" + path["sg"]
    if any(path["sg"] is None for path in paths):
        missing("wire", "some disks have no sg node; load the sg driver (modprobe sg) to have them asked")
    if nodes and os.geteuid() != 0:
        missing("wire", "the sg nodes can only be asked by root (become: true)")
    answers, error = (
        child.stream(lambda: sg.ask(nodes, clock.by(_WIRE_UNTIL)), clock.by(_WIRE_BY)) if nodes else ([], None)
    )
    if error:
        missing("wire", "some paths were not asked to the end: " + error)
    expected = {path["hctl"]: path["map"] or path["wwid"] for path in paths}
    for hctl, testimony in answers:
        words[hctl] = inquiry.word(testimony, expected[hctl])
    for hctl in nodes:
        words.setdefault(hctl, inquiry.unasked("silent", "no answer by the deadline"))
    unasked = [hctl for hctl, word in words.items() if word["detail"] == inquiry.NOT_ASKED]
    if unasked:
        missing("wire", f"{len(unasked)} paths were not asked: the time was up")
    return words


def _ask_users(tree, names, deadline, missing):
    """Return ({kernel name: users or None} or None: not known, all that find.find returned).

    Nobody found is not the same as nobody there.
    """
    if not names:
        return {}, []
    if os.geteuid() != 0:
        missing("users", "only root sees the mounts and open files of all processes (become: true)")
        return None, []
    found, error = child.stream(lambda: find_users.find(tree, names), deadline)
    users, unread = find_users.by_name(found, names, error)
    for why in unread:
        missing("users", why)
    return users, found


def _assemble(maps, paths, dm_view, daemon_maps, words, users, changed):
    """Add what each source says to the device that it is about."""
    by_map = {found_map["wwid"]: [] for found_map in maps}
    for path in paths:
        view = daemon_maps.get(path["map"], {}).get("paths", {}).get(path["sd"], {})
        path["dm_state"], path["checker_state"] = view.get("dm_state"), view.get("checker_state")
        path["wire"] = words[path["hctl"]]
        # A disk without a block device is about to have one, or has lost it while somebody may still have it open.
        path["users"] = None if users is None else users.get(path["sd"])
        if path["map"] in by_map:
            by_map[path["map"]].append(path)
    for found_map in maps:
        mine, daemon = by_map[found_map["wwid"]], daemon_maps.get(found_map["wwid"], {})
        dm_one = dm_view.get(found_map["wwid"], {})
        found_map["changed"] = changed.get(found_map["wwid"])
        found_map["paths"] = [path["hctl"] for path in mine]
        del found_map["partitions"]
        # A slave that is no SCSI disk (NVMe, virtio) has a place in the map and no voice on this wire.
        found_map["other_slaves"] = [
            name for name in found_map.pop("slaves") if name not in [path["sd"] for path in mine]
        ]
        found_map["vendor"] = mine[0]["vendor"] if mine else daemon.get("vendor")
        found_map["product"] = mine[0]["product"] if mine else daemon.get("product")
        found_map["open_count"] = dm_one.get("open_count")
        found_map["features"] = dm_one.get("features")
        found_map["queue_if_no_path"] = dm_one.get("queue_if_no_path")
        found_map["queueing"] = daemon.get("queueing")
        found_map["users"] = None if users is None else users.get(found_map["dm"])
