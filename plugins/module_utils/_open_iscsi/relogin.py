# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Log one iSCSI session out and in again, so that it keeps to what its record says now; every guard asked first, all
its disks there again at the end.

Under scan=manual a login brings no disk: those that were there are looked for one by one, by their LUN.
"""

import time

from ansible_collections.sanops.multipath.plugins.module_utils._facts import chosen
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import iscsi_sessions
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import facts as iscsi_facts
from ansible_collections.sanops.multipath.plugins.module_utils._removal import guards, steps
from ansible_collections.sanops.multipath.plugins.module_utils._removal import sequence as removal_sequence
from ansible_collections.sanops.multipath.plugins.module_utils._system import child

_PAUSE = 0.5
_LOOK_SECONDS = 30  # for the last look, at what came back
_RESCUE_SECONDS = 300  # for the child that logs in where this process was killed


def relogin(context, sid, expect):
    """Return the result of a run.Job.

    A session that is known to have been begun under manual is no change. *context*, *expect*: see guards.of_relogin.
    """
    job, tree = removal_sequence.Job(context), context.tree
    with job.alone():
        if job.refused:
            return job.result()
        sessions = iscsi_sessions.sessions(tree)
        host = next((session["host"] for session in sessions if session["sid"] == sid), None)
        devices = _devices(tree, host)
        facts = job.look({"maps": [], "paths": devices})
        iscsi, error = child.call(lambda: iscsi_facts.read(tree, facts["sessions"]), job.deadline)
        if not iscsi:
            job.refuse([{"code": "evidence", "why": f"open-iscsi could not be read: {error or 'there is none'}"}])
        elif "manual" not in [session["scan"] for session in iscsi["sessions"] if session["sid"] == sid]:
            if not job.refuse(guards.of_relogin(facts, iscsi, devices, sid, expect)):
                _carry_out(
                    job,
                    next(session for session in facts["sessions"] if session["sid"] == sid),
                    [path for path in facts["paths"] if path["hctl"] in devices],
                )
        return job.result()


def _carry_out(job, session, paths):
    name = f"session {session['sid']} to {session['target']} at {session['portal']}"

    def rescue():
        if _come_back(job.tree, session, time.monotonic() + _RESCUE_SECONDS) is None:
            _scan(job.tree, session, paths, time.monotonic() + _RESCUE_SECONDS)

    with job.keeper(rescue):
        # Once it is logged out there is only the way back.
        if job.do("log out", name, lambda: steps.logout(job.tree, session["sid"], job.deadline)) and job.do(
            "log in", name, lambda: _come_back(job.tree, session, job.deadline)
        ):
            luns = ", ".join(path["hctl"].split(":")[3] for path in paths)
            if paths and job.do("scan", f"LUN {luns}", lambda: _scan(job.tree, session, paths, job.deadline)):
                job.do("wait for the disks", f"LUN {luns}", lambda: _wait(job.tree, session, paths, job.deadline))


def _devices(tree, host):
    return [hctl for hctl in tree.names("/sys/class/scsi_device") if host == "host" + hctl.split(":")[0]]


def _same(tree, session):
    """Return the session to the same portal through the same interface, or None."""
    key = [session[part] for part in ("target", "portal", "iface")]
    return (
        [
            candidate
            for candidate in iscsi_sessions.sessions(tree)
            if [candidate[part] for part in ("target", "portal", "iface")] == key
        ]
        or [None]
    )[0]


def _come_back(tree, session, deadline):
    """Log in, again and again if need be, and see that the session is there."""
    address, dummy, port = session["portal"].rpartition(":")
    portal = "%s:%s" % (f"[{address}]" if ":" in address else address, port)
    argv = ["iscsiadm", "-m", "node", "-T", session["target"], "-p", portal, "-I", session["iface"] or "default", "-l"]
    while True:
        dummy, output, error = child.run(argv, deadline)
        if (_same(tree, session) or {}).get("state") == "LOGGED_IN":
            return None
        if time.monotonic() + _PAUSE >= deadline:
            return f"it did not come back ({' '.join(argv)}): {error or ' '.join(output.split())}"
        time.sleep(_PAUSE)


def _now(tree, session, path):
    """Return the address that a path has by the new session: another SCSI host, the same LUN.

    No such address, where that is gone again.
    """
    host = (_same(tree, session) or {}).get("host") or "host?"
    return ":".join([host[len("host") :]] + path["hctl"].split(":")[1:])


def _scan(tree, session, paths, deadline):
    whys = [steps.scan(tree, _now(tree, session, path), deadline) for path in paths]
    return "; ".join(why for why in whys if why) or None


def _wait(tree, session, paths, deadline):
    """Wait until each path is there again, answers as itself, and is a healthy one of its map."""
    while True:
        missing = _not_back(tree, session, paths, deadline)
        if not missing:
            break
        if time.monotonic() + _PAUSE >= deadline:
            return f"{'; '.join(missing)} did not come back"
        time.sleep(_PAUSE)
    hctls = {_now(tree, session, path): path for path in paths}
    facts = chosen.collect(tree, _LOOK_SECONDS, {"maps": [], "paths": sorted(hctls)})
    came = {path["hctl"]: (path["wire"]["state"], path["wwid"]) for path in facts["paths"]}
    wrong = [hctl for hctl, path in sorted(hctls.items()) if came.get(hctl) != ("same", path["wwid"])]
    return f"another LUN came back, or one that does not answer, at {', '.join(wrong)}" if wrong else None


def _not_back(tree, session, paths, deadline):
    try:
        maps = multipathd.maps(deadline) if any(path["map"] for path in paths) else {}
    except (OSError, ValueError) as exc:
        return [f"multipathd: {exc}"]
    missing = []
    for path in paths:
        hctl = _now(tree, session, path)
        sd = next(iter(tree.names(f"/sys/class/scsi_device/{hctl}/device/block")), None)
        view = maps.get(path["map"], {}).get("paths", {}).get(sd, {})
        if sd is None or path["map"] and (view.get("dm_state"), view.get("checker_state")) != ("active", "ready"):
            missing.append("%s%s" % (hctl, f" of the map {path['map']}" if path["map"] else ""))
    return missing
