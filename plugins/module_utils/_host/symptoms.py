# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What people see of a host whose SAN devices are in trouble: processes that hang, udev that does not come to an end,
disks that nobody needs.

Only /proc, sysfs and files are read; a process's command line is not.
"""

import os
import re
import time

from ansible_collections.sanops.multipath.plugins.module_utils._core import usage
from ansible_collections.sanops.multipath.plugins.module_utils._host import leftovers as host_leftovers
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import block_graph
from ansible_collections.sanops.multipath.plugins.module_utils._system import child
from ansible_collections.sanops.multipath.plugins.module_utils._users import openers as users_openers

QUEUE = "/run/udev/queue"  # udev has it as long as there is an event that it has not come to the end of
_SAN = ("iscsi", "fc")
_KERNEL_THREAD = 0x200000  # PF_KTHREAD of the kernel, in the flags of /proc/PID/stat
_WHOLE_NAME = (
    15  # bytes: a kernel thread's name may be cut there; a worker's, which tells its work, is longer and whole
)
_AT_WORK_ON = re.compile(r"(?:jbd2/(.+)-[0-9]+|xfsaild/(.+)|kworker/.*[+-]flush-([0-9]+:[0-9]+))$")
_UDEVD, _UDEV_WORKERS = "systemd-udevd", ("(udev-worker)", "systemd-udevd")  # from systemd 251 on, and before
_POLLING_SECONDS, _SLOWEST_POLLING = (
    5,
    4,
)  # built in to multipath-tools: it comes to ask a path that is well every 4 * polling_interval


def look(tree, maps, paths, defaults, cut=None):
    """Yield what child.read_parts does for schema.SYMPTOMS; shapes: see the module stale_mpath_facts, RETURN.

    *maps*, *paths*: what the kernel believes (_kernel/devices.py); *defaults*: of the fact multipath_conf, {} where it
    is not known; *cut*: why the kernel was not read to its end, or None.
    """

    def leftovers():
        if cut:  # what was not read would seem to be missing
            raise ValueError(f"which devices there are is not known: {cut}")
        return host_leftovers.read(tree, maps, paths, defaults)

    found = list(processes(tree))
    return child.read_parts(
        [
            ("udev", lambda: udev(tree, found, time.time())),
            (
                "blocked",
                lambda: blocked(
                    tree,
                    found,
                    [found_map["dm"] for found_map in maps]
                    + [path["sd"] for path in paths if path["transport"] in _SAN and path["sd"]],
                ),
            ),
            ("leftovers", leftovers),
        ]
    )


def processes(tree):
    """Yield {'pid', 'comm', 'parent', 'kernel': whether it is a thread of the kernel, 'blocked': [the threads of it in
    D state]}.
    """
    for pid in users_openers.pids(tree):
        comm, words = tree.process_stat(f"/proc/{pid}/stat")
        if len(words) < 18:  # it has ended
            continue
        if words[17] == "1":
            waiting = [str(pid)] if words[0] == "D" else []
        else:
            waiting = [
                task
                for task in tree.names(f"/proc/{pid}/task")
                if tree.process_stat(f"/proc/{pid}/task/{task}/stat")[1][:1] == ["D"]
            ]
        yield {
            "pid": pid,
            "comm": comm,
            "parent": int(words[1]),
            "kernel": bool(int(words[6]) & _KERNEL_THREAD),
            "blocked": waiting,
        }


def blocked(tree, found, names):
    """Return those of the processes *found* that wait in the kernel (D state): [{'pid', 'comm', 'wchan' (where, or
    None), 'devices'}].

    *names*: kernel names of the SAN devices. 'devices' are those that a thread of the kernel has in its own name;
    with_openers() adds what others have open.
    """
    waiting = [
        (process, process["kernel"] and _works_on(process["comm"]) or None) for process in found if process["blocked"]
    ]
    on = {}
    if any(device for dummy, device in waiting):  # to know what lies on what is to look at every block device
        stack = block_graph.Stack(tree)
        on = stack.bearing(names)
        waiting = [(process, stack.by_number(device) or device) for process, device in waiting]
    return [
        {
            "pid": process["pid"],
            "comm": process["comm"],
            "wchan": _wchan(tree, process),
            "devices": sorted(on.get(device, ())),
        }
        for process, device in waiting
    ]


def with_openers(blocked_ones, openers):
    """Return what blocked() found, with the devices that each has open, or files on them. *openers*: {pid: [kernel
    name]}.
    """
    return [
        dict(process, devices=sorted(set(process["devices"]).union(openers.get(process["pid"], ()))))
        for process in blocked_ones
    ]


def udev(tree, found, now):
    """Return {'queue': whether udev has events before it, 'queue_age_s': for how long, 'workers', 'blocked_workers':
    those of udev's processes, and of what they run, that are in D state, 'uevent_seqnum': the kernel's number of the
    last event}. Workers are None where no udev of systemd runs; *now*: seconds since 1970.
    """
    theirs = [
        process
        for process in found
        if (process["comm"] in _UDEV_WORKERS or process["blocked"]) and users_openers.is_udev(tree, process["pid"])
    ]
    daemons = [
        process["pid"]
        for process in theirs
        if process["comm"] == _UDEVD and process["parent"] not in [other["pid"] for other in theirs]
    ]
    workers = [process for process in theirs if process["comm"] in _UDEV_WORKERS and process["pid"] not in daemons]
    try:
        since = os.stat(tree.root + QUEUE).st_mtime
    except FileNotFoundError:
        since = None
    return {
        "queue": since is not None,
        "queue_age_s": None if since is None else max(0, int(now - since)),
        "workers": len(workers) if theirs else None,
        "blocked_workers": len([process for process in theirs if process["blocked"]]) if theirs else None,
        "uevent_seqnum": tree.number("/sys/kernel/uevent_seqnum"),
    }


def unused(maps, paths, defaults):
    """Return the SAN devices that nobody uses: {'maps', 'disks': in such maps, or in none, 'unknown': maps and bare
    disks whose users are not known, 'cost'}.

    'cost': {'path_checks_per_hour' (by multipathd at its slowest; None: how often is not known), 'block_devices'}.
    *maps*, *paths*: of the facts, with their users; *defaults*: of the fact multipath_conf, {} where it is not known.
    """
    san = [path for path in paths if path["transport"] in _SAN]
    by_map = {}
    for path in san:
        by_map.setdefault(path["map"], []).append(path)
    unused_maps, disks, unknown = 0, 0, 0
    for found_map in maps:
        mine = by_map.get(found_map["wwid"], [])
        if not mine and found_map["paths"]:  # its disks are no SAN disks
            continue
        use = _use([found_map] + mine)
        unknown += use is None
        unused_maps, disks = unused_maps + (use is False), disks + (len(mine) if use is False else 0)
    in_maps = disks
    for path in by_map.get(None, ()):
        use = _use([path])
        unknown += use is None
        disks += use is False
    seconds = _slowest(defaults)
    return {
        "maps": unused_maps,
        "disks": disks,
        "unknown": unknown,
        "cost": {
            "path_checks_per_hour": None if seconds is None else int(3600 * in_maps / seconds),
            "block_devices": unused_maps + disks,
        },
    }


def _use(devices):
    """Return whether any of these is in use; None: not known."""
    uses = [usage.in_use(device["users"]) for device in devices]
    return True if True in uses else None if None in uses else False


def _slowest(defaults):
    """Return every how many seconds multipathd checks a path that is well, or None."""
    if not defaults:
        return None
    values = [
        (defaults.get(key) or {"value": None, "source": {}}) for key in ("polling_interval", "max_polling_interval")
    ]
    try:
        polling = max(1, int(values[0]["value"] or _POLLING_SECONDS))
        # What is built in is the fourfold of the built-in interval; of one that is set, multipathd takes the fourfold
        # too.
        slowest = (
            int(values[1]["value"])
            if values[1]["value"] and values[1]["source"].get("file")
            else _SLOWEST_POLLING * polling
        )
    except ValueError:
        return None
    return max(polling, slowest)


def _wchan(tree, process):
    found = tree.text(f"/proc/{process['pid']}/task/{process['blocked'][0]}/wchan")
    return None if found in (None, "", "0") else found


def _works_on(comm):
    """Return the block device, by name or major:minor, that a kernel thread has in its name, or None."""
    found = _AT_WORK_ON.match(comm) if comm.startswith("kworker/") or len(comm) < _WHOLE_NAME else None
    return found and next(name for name in found.groups() if name).replace("/", "!")
