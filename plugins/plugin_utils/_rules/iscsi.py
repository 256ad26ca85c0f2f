# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules about open-iscsi: MPC101 to MPC107."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping

from ansible_collections.sanops.multipath.plugins.module_utils._core import endpoints
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import INFO, WARNING
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.shapes import Facts, Observation, Policy, Rule

_ISCSI = "iscsi"
_KEY = "node.session.scan"
_MANUAL = "manual"


def _conf(facts: Facts, policy: Policy) -> Iterator[Observation]:
    conf = facts[_ISCSI]["conf"]
    file, setting = conf["file"], conf["settings"].get(_KEY)
    if not conf["present"]:
        yield {"subject": file, "what": "it is missing: new records get auto", "where": file}
    elif setting is None:
        yield {"subject": file, "what": f"it does not set {_KEY}: new records get auto", "where": file}
    elif setting["value"] != _MANUAL:
        yield {"subject": file, "what": f"{_KEY} = {setting['value']}", "where": f"{file}:{setting['line']}"}


def _records(facts: Facts, policy: Policy) -> Iterator[Observation]:
    for record in facts[_ISCSI]["records"]:
        if record["scan"] != _MANUAL and not record["boot"]:
            what = f"it does not set {_KEY}: that means auto, whatever iscsid.conf says"
            if record["said"]:
                what = f"{_KEY} = {record['scan']}"
            yield {"subject": _named(record), "what": what, "where": record["file"]}
    for bad in facts[_ISCSI]["malformed"]:
        yield {"unknown": bad["why"], "subject": bad["file"]}


def _sessions(facts: Facts, policy: Policy) -> Iterator[Observation]:
    booted = _boot_records(facts)
    for session in facts[_ISCSI]["sessions"]:
        if session["scan"] != _MANUAL and not session.get("boot") and _key(session) not in booted:
            known = session["scan"] is not None
            began = f"started with {session['scan']}" if known else "it is not known with which value it was started"
            yield {
                "subject": f"session {session['sid']}, {_named(session)}",
                "where": None,
                "severity": WARNING if known else INFO,
                "what": f"{began}: {session['why']}",
            }


def _ignored(facts: Facts, policy: Policy) -> Iterator[Observation]:
    conf = facts[_ISCSI]["conf"]
    for line in conf["ignored"]:
        yield {
            "subject": conf["file"],
            "what": f'"{line["text"].strip()}": {line["why"]}',
            "where": f"{conf['file']}:{line['line']}",
        }


def _boot(facts: Facts, policy: Policy) -> Iterator[Observation]:
    for record in facts[_ISCSI]["records"]:
        if record["boot"]:
            yield {
                "subject": _named(record),
                "what": f"it is for booting, {_KEY} = {record['scan']}",
                "where": record["file"],
            }
    booted = _boot_records(facts)
    for session in facts[_ISCSI]["sessions"]:
        if session.get("boot") and _key(session) not in booted:
            yield {
                "subject": f"session {session['sid']}, {_named(session)}",
                "what": "it was started for booting",
                "where": None,
            }


def _boot_records(facts: Facts) -> list[tuple[t.Any, t.Any]]:
    return [_key(record) for record in facts[_ISCSI]["records"] if record["boot"]]


def _key(place: Mapping[str, t.Any]) -> tuple[t.Any, t.Any]:
    return place["target"], place["portal"]


def _udev_rules(facts: Facts, policy: Policy) -> Iterator[Observation]:
    for rule in facts[_ISCSI]["udev_rules"]:
        yield {"subject": rule["file"], "what": rule["text"], "where": f"{rule['file']}:{rule['line']}"}


def _answer(facts: Facts, policy: Policy) -> Iterator[Observation]:
    if "portals" not in facts[_ISCSI]:
        yield {"unknown": "the facts have no portals: gather them with this version of stale_mpath_facts"}
        return
    if facts[_ISCSI]["portals"] is None:
        gaps = "; ".join(gap["why"] for gap in facts["incomplete"] if gap["what"] == "portals")
        yield {"unknown": f"portals: {gaps or 'it could not be read'}"}
    logged_in = [
        endpoints.address(session["portal"])
        for session in facts["sessions"]
        if session.get("state") == "LOGGED_IN" and session["portal"]
    ]
    for portal in facts[_ISCSI]["portals"] or ():
        if portal["answers"] is None:
            yield {"unknown": portal["why"], "subject": portal["portal"]}
        elif not portal["answers"]:
            doubted = endpoints.address(portal["portal"]) in logged_in
            doubt = ", though a session is logged in there: it may take another route (its interface, an adapter)"
            yield {
                "subject": portal["portal"],
                "where": None,
                "severity": INFO if doubted else WARNING,
                "what": portal["why"] + (doubt if doubted else ""),
            }


def _named(place: Mapping[str, t.Any]) -> str:
    return f"{place['target']} at {place['portal']}"


RULES: tuple[Rule, ...] = (
    {
        "id": "MPC101",
        "severity": WARNING,
        "title": "iscsid.conf lets every login scan",
        "needs": (_ISCSI,),
        "check": _conf,
        "reason": "A login then adds every LUN of the target, also those that this host does not need. Nobody tracks "
        "them, and they are stale as soon as the array unmaps them; if their LUN id is given to another LUN in the "
        "meantime, I/O goes to the wrong LUN.",
        "remedy": "set node.session.scan = manual in iscsid.conf, and in the existing records (the role iscsi_scan "
        "does both)",
    },
    {
        "id": "MPC102",
        "severity": WARNING,
        "title": "A node record lets its login scan",
        "needs": (_ISCSI,),
        "check": _records,
        "reason": "A record has its own copy of node.session.scan, made when the record was created; a change of "
        "iscsid.conf does not reach it. A record without the key means auto.",
        "remedy": "iscsiadm -m node -T TARGET -p PORTAL -o update -n node.session.scan -v manual (the role iscsi_scan "
        "does it)",
    },
    {
        "id": "MPC103",
        "severity": WARNING,
        "title": "A live session was started with auto",
        "needs": (_ISCSI,),
        "check": _sessions,
        "reason": "iscsid keeps the value that the record had at login. Until the session is logged in again, or "
        "iscsid is restarted, the session still scans by itself. It is information where the value is not known.",
        "remedy": "set the record to manual, then log the session out and in again, one path at a time, never the last "
        "healthy path of a map",
    },
    {
        "id": "MPC104",
        "severity": WARNING,
        "title": "iscsid ignores a line of iscsid.conf",
        "needs": (_ISCSI,),
        "check": _ignored,
        "reason": "A comment behind a value, no blank before the equals sign, or a last line without a newline makes "
        "iscsid skip the line. The file looks right and is not in effect.",
        "remedy": "put comments on lines of their own, and end the last line with a newline",
    },
    {
        "id": "MPC105",
        "severity": INFO,
        "title": "A record or session is for booting",
        "needs": (_ISCSI,),
        "check": _boot,
        "reason": "This host boots from that target. Such a session cannot be logged out while the host runs, so the "
        "role iscsi_scan leaves it alone.",
        "remedy": "check that the target shows this host its boot LUN only; node.session.scan of such a session is set "
        "where the host boots",
    },
    {
        "id": "MPC106",
        "severity": WARNING,
        "title": "A udev rule scans when the target reports that its LUNs changed",
        "needs": (_ISCSI,),
        "check": _udev_rules,
        "reason": "It scans the whole target, whatever open-iscsi is configured to do: every LUN that is mapped to "
        "this host appears by itself (90-scsi-ua.rules of libstoragemgmt does that).",
        "remedy": "put an empty file of the same name into /etc/udev/rules.d, or remove the package that owns it if "
        "nobody needs it",
    },
    {
        "id": "MPC107",
        "severity": WARNING,
        "title": "An iSCSI portal does not answer",
        "needs": (_ISCSI,),
        "check": _answer,
        "reason": "It accepted no TCP connection within two seconds, over the routes of this host. Whoever logs in "
        "there, at boot too, waits for one login timeout after the other (120 s for a portal with open-iscsi's "
        "defaults), and every map has one path less than it should. It is information where a session is logged in "
        "there all the same.",
        "remedy": "restore the portal or the network; if the portal is gone for good, delete its record: iscsiadm -m "
        "node -T TARGET -p PORTAL -o delete",
    },
)
