# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Remove one stale device: collect the facts, ask every guard, then act step by step, and check after each step that it
did what it says.

What stays behind on a failure is as it was: a map that survives gets its queueing back, and no path of it is deleted.
The result is {'changed', 'actions' ([{'do', 'device', 'outcome'}]), 'refused' ([{'code', 'why'}] of
_removal/guards.py), 'failed' (why, or None), 'evidence' (the facts that were judged, or None)}. In check mode every
guard is asked and the actions are those that would be done.
"""

import contextlib
import time

from ansible_collections.sanops.multipath.plugins.module_utils._facts import chosen
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import devices as kernel_devices
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import iscsi_sessions
from ansible_collections.sanops.multipath.plugins.module_utils._removal import guards, quarantine, steps
from ansible_collections.sanops.multipath.plugins.module_utils._system import child, host_root, signals
from ansible_collections.sanops.multipath.plugins.module_utils._system import tree as host_tree

_EVIDENCE = 0.4  # of the time: to look; the rest is for acting
_RESTORE_SECONDS = 10  # for putting things back, whatever the time
_DONE, _WOULD = "done", "would be done"


class Context(object):
    """How removals are carried out: on which *tree*, in how many seconds each (*timeout*), whether only to report
    (*check*), and *log*, a function that keeps a line of text on the host: of what was done there is a trace, even if
    nobody waits for the result. *would_go*: H:C:T:L of what a run in check mode would have deleted by now."""

    def __init__(self, tree, timeout, check, log):
        self.tree, self.timeout, self.check, self.log, self.would_go = tree, timeout, check, log, set()


def of_map(context, wwid, expect, rescan=False):
    """Remove the multipath map *wwid* with its paths; what is gone already is no change.

    *context*: Context. *expect*: see guards.of_map. *rescan*: have the LUNs looked for again at the addresses of its
    paths.
    """
    job = Job(context)
    with job.alone():
        if job.refused:
            return job.result()
        facts = job.look({"maps": [wwid], "paths": expect["paths"] or []})
        if job.refuse(guards.of_map(facts, wwid, expect)):
            return job.result()
        found_map = next((found for found in facts["maps"] if found["wwid"] == wwid), None)
        if found_map is not None and job.refuse(_taken(job, found_map)):
            return job.result()
        paths = [path for path in facts["paths"] if path["wwid"] == wwid and path["map"] in (None, wwid)]
        if found_map is None or _flush(job, found_map):
            _delete_all(job, wwid, paths)
        if rescan and not job.failed:
            for path in paths:
                _scan(job, path["hctl"])
        return job.result()


def of_path(context, hctl, expect, living_map=False, rescan=False):
    """Remove the one SCSI disk at *hctl*; what is gone already is no change.

    *context*: Context. *expect*, *living_map*: see guards.of_path. *rescan*: have its LUN looked for again at that
    address.
    """
    job = Job(context)
    with job.alone():
        if job.refused:
            return job.result()
        facts = job.look({"maps": [], "paths": [hctl]})
        path = next((found for found in facts["paths"] if found["hctl"] == hctl), None)
        if job.refuse(guards.of_path(facts, hctl, expect, living_map)) or path is None:
            return job.result()
        if path["map"] is None or job.do(
            "remove from its map", path["sd"], lambda: steps.drop(context.tree, path["sd"], job.deadline)
        ):
            if _delete(job, path):
                _forget_last(job, path["wwid"])
                if rescan:
                    _scan(job, hctl)
        return job.result()


def of_session(context, sid, expect):
    """Log out the iSCSI session *sid* to a target of which this host has no device; one that is gone already is no
    change.

    *context*: Context. *expect*: see guards.of_session.
    """
    job = Job(context)
    with job.alone():
        if job.refused:
            return job.result()
        facts = job.look({"maps": [], "paths": []})
        there = sid in [session["sid"] for session in facts["sessions"]]
        if (
            not job.refuse(
                guards.of_session(
                    facts, iscsi_sessions.devices_of(context.tree, facts["sessions"], expect["target"]), sid, expect
                )
            )
            and there
        ):
            job.do(
                "log out",
                f"session {sid} to {expect['target']} at {expect['portal']}",
                lambda: steps.logout(context.tree, sid, job.deadline),
            )
        return job.result()


def of_plan(context, removal, rescan):
    """Carry out one removal of a plan.

    *removal*: as plan.plan makes it; *rescan*: see of_path; of maps, for those at whose address another LUN answers.
    """
    expect = {key: removal[key] for key in ("boot_id", "wire")}
    if removal["kind"] == "map":
        return of_map(
            context,
            removal["wwid"],
            dict(expect, dev_t=removal["dev_t"], paths=[path["hctl"] for path in removal["paths"]]),
            rescan and removal["wire"] == "other",
        )
    if removal["kind"] == "session":
        return of_session(
            context,
            removal["session"]["sid"],
            dict(expect, target=removal["session"]["target"], portal=removal["session"]["portal"]),
        )
    path = removal["paths"][0]
    expect.update((key, path[key]) for key in ("wwid", "sd", "target"))
    return of_path(context, path["hctl"], expect, living_map=removal["kind"] == "path", rescan=rescan)


def refused(code, why):
    """Return the result of a removal that was not begun."""
    return {"changed": False, "actions": [], "refused": [{"code": code, "why": why}], "failed": None, "evidence": None}


def context(module):
    """Return the Context of a module with the parameter timeout; end the module where that is no time."""
    if module.params["timeout"] <= 0:
        module.fail_json(
            msg=(
                f"timeout: {module.params['timeout']} is no time budget; give the seconds that a removal "
                "may take, such as 60"
            )
        )
    return Context(host_tree.Tree("/"), module.params["timeout"], module.check_mode, module.log)


def leave(module, device, act, failure="could not be removed"):
    """Exit the module with the result of *act*, a function of its Context: a refusal or a failure is fail_json with its
    reason and the partial result.
    """
    with host_root.entered(module), signals.undisturbed():
        result = act(context(module))
    why = "; ".join(f"{refusal['code']}: {refusal['why']}" for refusal in result["refused"])
    failed = result.pop("failed")
    if why:
        module.fail_json(msg=f"{device} was not touched: {why}", **result)
    if failed:
        module.fail_json(msg=f"{device} {failure}: {failed}", **result)
    module.exit_json(**result)


def _taken(job, found_map):
    """Ask the kernel itself whether somebody has a map O_EXCL, where udev is said to be all that has it open, or has
    the map of one of its partitions: a list of refusals.

    A map that has the map of a partition on it is held by that, which is known. Check mode does not ask: to open
    a map that somebody closes is to wait there, and others wait behind.
    """
    if job.check:
        return []
    partitions = kernel_devices.partitions(job.tree, found_map["dm"])
    held = {part["below"] for part in partitions}
    devices = [part for part in partitions if part["dm"] not in held] or ([found_map] if _is_probed(found_map) else [])
    for device in devices:
        why = steps.take(device, job.deadline)
        if why:
            return [{"code": "in_use", "why": why}]
    return []


def _is_probed(found_map):
    return any(user["kind"] == "probe" for user in found_map["users"])


def _flush(job, found_map):
    """Flush a map. Whether it is gone (or would be). However this ends, a map that stays has its queueing again."""
    if not found_map["queue_if_no_path"]:
        return _take_away(job, found_map)
    gone = False
    with job.keeper(lambda: steps.restore_queueing(job.tree, found_map, time.monotonic() + _RESTORE_SECONDS)):
        try:
            if job.do(
                "disable queueing",
                found_map["name"],
                lambda: steps.set_queueing(job.tree, found_map["name"], False, job.deadline),
            ):
                if _is_probed(found_map) and not job.check:
                    steps.wait_until_closed(job.tree, found_map, job.deadline)
                gone = _take_away(job, found_map)
        finally:
            if not gone:
                _restore(job, found_map)
    return gone


def _take_away(job, found_map):
    """Have multipath remove a map, or device-mapper where multipath would not: one that has no path left and that
    nobody has open.
    """
    wwid, name = found_map["wwid"], found_map["name"]
    if job.do("flush", name, lambda: steps.flush(job.tree, wwid, name, job.deadline)):
        return True
    if (
        found_map["paths"]
        or found_map["other_slaves"]
        or found_map["open_count"] != 0
        or not job.do("remove", name, lambda: steps.remove(job.tree, wwid, job.deadline))
    ):
        return False
    job.failed = None
    return True


def _restore(job, found_map):
    """Give a map that survived its queueing back, and see that it has it."""
    why, deadline = job.failed, time.monotonic() + _RESTORE_SECONDS
    job.do("restore queueing", found_map["name"], lambda: steps.restore_queueing(job.tree, found_map, deadline))
    job.failed = "; ".join(part for part in (why, job.failed if job.failed != why else None) if part)


def _delete_all(job, wwid, paths):
    """Delete the paths of a map that is gone, and forget its WWID."""
    for path in paths:
        if not job.check and steps.is_there(job.tree, wwid):
            job.failed = (
                "the map came back before all of its paths were deleted: no further path was touched. Run it again"
            )
            return
        if not _delete(job, path):
            return
    _forget(job, wwid)
    if not job.check and steps.is_there(job.tree, wwid):
        job.failed = "the map is there again: somebody creates it again"


def _forget_last(job, wwid):
    """Remove the WWID with the last disk of a map that an earlier run flushed without the time to remove it."""
    if wwid and not steps.is_there(job.tree, wwid) and set(steps.disks_of(job.tree, wwid)) <= job.would_go:
        _forget(job, wwid)


def _forget(job, wwid):
    if steps.is_remembered(job.tree, wwid):
        job.do("forget", wwid, lambda: steps.forget(job.tree, wwid, job.deadline))


def _delete(job, path):
    """Delete one path and wait until nobody has it any more. Returns whether that went well."""
    hctl, sd = path["hctl"], path["sd"]

    def step():
        why, hangs = steps.delete(job.tree, hctl, path["wwid"], job.deadline)
        if hangs:  # its child holds the SCSI host's lock for good: whatever touches that host now hangs too
            quarantine.impose(
                "%s, since %s" % (why, time.strftime("%Y-%m-%d %H:%M:%S %Z")),
                time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            )
        return why or steps.wait_until_gone(job.tree, hctl, sd, job.deadline)

    if not job.do("delete", f"{sd} ({hctl})", step):
        return False
    if job.check:
        job.would_go.add(hctl)
    return True


def _scan(job, hctl):
    """Have the LUN at an address looked for again; not on a host that is not iSCSI, which is no failure."""
    why = steps.not_scanned(job.tree, hctl)
    if why:
        job.leave_out("scan", hctl, why)
    else:
        job.do("scan", hctl, lambda: steps.scan(job.tree, hctl, job.deadline))


class Job(object):
    """One removal, or a relogin: its time, what was refused, what was done."""

    def __init__(self, context):
        self.tree, self.check, self.timeout, self.log = context.tree, context.check, context.timeout, context.log
        self.would_go = context.would_go
        self.deadline = time.monotonic() + context.timeout
        self.actions, self.refused, self.failed, self.evidence = [], [], None, None

    @contextlib.contextmanager
    def alone(self):
        """Hold the node's lock, so that nobody else removes anything on this node meanwhile."""
        lock = None
        if signals.nobody_waits():
            self.refused = [{"code": "ended", "why": "the caller is gone: no further removal was begun"}]
        else:
            why = quarantine.reason()
            lock = None if why else quarantine.lock(self.check)
            if why:
                self.refused = [{"code": "quarantined", "why": why}]
            elif lock is None:
                self.refused = [{"code": "locked", "why": "another removal is at work on this node"}]
        try:
            yield
        finally:
            if lock:
                lock.close()

    def keeper(self, undo):
        """Return a context: if this process is killed within it, a child does *undo* in its place.

        In check mode there is nothing to undo.
        """
        return child.bequeath((lambda: None) if self.check else undo)

    def look(self, only):
        self.evidence = chosen.collect(self.tree, self.timeout * _EVIDENCE, only)
        return self.evidence

    def refuse(self, refusals):
        self.refused = refusals
        return refusals

    def do(self, what, device, step):
        """Do one step. Returns whether it did what it says; the reason is in *failed* and in its outcome."""
        why = None if self.check else step()
        self.actions.append({"do": what, "device": device, "outcome": why or (_WOULD if self.check else _DONE)})
        if not self.check:
            self.log(f"{what} {device}: {why or _DONE}")
        self.failed = why or self.failed
        return why is None

    def leave_out(self, what, device, why):
        """Note a step that is not done here, which is no failure."""
        self.actions.append({"do": what, "device": device, "outcome": "left out: %s" % why})

    def result(self):
        changed = any(action["outcome"] in (_DONE, _WOULD) for action in self.actions)
        return {
            "changed": changed,
            "actions": self.actions,
            "refused": self.refused,
            "failed": self.failed,
            "evidence": self.evidence,
        }
