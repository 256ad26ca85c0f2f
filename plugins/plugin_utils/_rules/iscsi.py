# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The rules about open-iscsi: MPC101 to MPC107. See _rules/common.py for what a rule is."""

from ansible_collections.sanops.multipath.plugins.module_utils._core import endpoints
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import INFO, WARNING

_ISCSI = "iscsi"
_KEY = "node.session.scan"
_MANUAL = "manual"


def _conf(facts, policy):
    conf = facts[_ISCSI]["conf"]
    setting = conf["settings"].get(_KEY)
    if not conf["present"]:
        yield {"subject": conf["file"], "what": "it is missing: new records get auto", "where": conf["file"]}
    elif setting is None:
        yield {
            "subject": conf["file"],
            "what": "it does not set %s: new records get auto" % _KEY,
            "where": conf["file"],
        }
    elif setting["value"] != _MANUAL:
        yield {
            "subject": conf["file"],
            "what": "%s = %s" % (_KEY, setting["value"]),
            "where": "%s:%s" % (conf["file"], setting["line"]),
        }


def _records(facts, policy):
    for record in facts[_ISCSI]["records"]:
        if record["scan"] != _MANUAL and not record["boot"]:
            what = (
                "%s = %s" % (_KEY, record["scan"])
                if record["said"]
                else "it does not say %s: that means auto, whatever iscsid.conf says" % _KEY
            )
            yield {"subject": _named(record), "what": what, "where": record["file"]}
    for bad in facts[_ISCSI]["malformed"]:
        yield {"unknown": bad["why"], "subject": bad["file"]}


def _sessions(facts, policy):
    booted = [(record["target"], record["portal"]) for record in facts[_ISCSI]["records"] if record["boot"]]
    for session in facts[_ISCSI]["sessions"]:
        if (
            session["scan"] != _MANUAL
            and not session.get("boot")
            and (session["target"], session["portal"]) not in booted
        ):
            known = session["scan"] is not None
            yield {
                "subject": "session %s, %s" % (session["sid"], _named(session)),
                "where": None,
                "severity": WARNING if known else INFO,
                "what": "%s: %s"
                % (
                    "begun under " + session["scan"] if known else "under which value it was begun is not known",
                    session["why"],
                ),
            }


def _ignored(facts, policy):
    conf = facts[_ISCSI]["conf"]
    for line in conf["ignored"]:
        yield {
            "subject": conf["file"],
            "what": '"%s": %s' % (line["text"].strip(), line["why"]),
            "where": "%s:%s" % (conf["file"], line["line"]),
        }


def _boot(facts, policy):
    for record in facts[_ISCSI]["records"]:
        if record["boot"]:
            yield {
                "subject": _named(record),
                "what": "made for booting, %s = %s" % (_KEY, record["scan"]),
                "where": record["file"],
            }
    recorded = [(record["target"], record["portal"]) for record in facts[_ISCSI]["records"] if record["boot"]]
    for session in facts[_ISCSI]["sessions"]:
        if session.get("boot") and (session["target"], session["portal"]) not in recorded:
            yield {
                "subject": "session %s, %s" % (session["sid"], _named(session)),
                "what": "begun for booting",
                "where": None,
            }


def _udev_rules(facts, policy):
    for rule in facts[_ISCSI]["udev_rules"]:
        yield {"subject": rule["file"], "what": rule["text"], "where": "%s:%s" % (rule["file"], rule["line"])}


def _answer(facts, policy):
    if "portals" not in facts[_ISCSI]:
        yield {"unknown": "the facts have no portals: gather them with this version of stale_mpath_facts"}
        return
    if facts[_ISCSI]["portals"] is None:
        yield {
            "unknown": "portals: %s"
            % (
                "; ".join(gap["why"] for gap in facts["incomplete"] if gap["what"] == "portals")
                or "it could not be read"
            )
        }
    logged_in = [
        endpoints.address(session["portal"])
        for session in facts["sessions"]
        if session.get("state") == "LOGGED_IN" and session["portal"]
    ]
    for one in facts[_ISCSI]["portals"] or ():
        if one["answers"] is None:
            yield {"unknown": one["why"], "subject": one["portal"]}
        elif not one["answers"]:
            doubted = endpoints.address(one["portal"]) in logged_in
            yield {
                "subject": one["portal"],
                "where": None,
                "severity": INFO if doubted else WARNING,
                "what": one["why"]
                + (
                    ", though a session is logged in there: it may take another way (its interface, an adapter)"
                    if doubted
                    else ""
                ),
            }


def _named(one):
    return "%s at %s" % (one["target"], one["portal"])


RULES = (
    {
        "id": "MPC101",
        "severity": WARNING,
        "title": "iscsid.conf lets every login scan",
        "needs": (_ISCSI,),
        "check": _conf,
        "reason": "A login then brings every LUN of the target, also those that this host has no use for. Nobody "
        "tracks them, and they are stale as soon as the "
        "array unmaps them; when their LUN id is given to another LUN in the meantime, I/O goes to the wrong one.",
        "remedy": (
            "set node.session.scan = manual in iscsid.conf, and in the records that exist (the role iscsi_scan "
            "does both)"
        ),
    },
    {
        "id": "MPC102",
        "severity": WARNING,
        "title": "A node record lets its login scan",
        "needs": (_ISCSI,),
        "check": _records,
        "reason": "A record has its own copy of node.session.scan, made when the record was made; a change of "
        "iscsid.conf does not reach it. "
        "A record without the key means auto.",
        "remedy": (
            "iscsiadm -m node -T TARGET -p PORTAL -o update -n node.session.scan -v manual (the role iscsi_scan does)"
        ),
    },
    {
        "id": "MPC103",
        "severity": WARNING,
        "title": "A live session was begun under auto",
        "needs": (_ISCSI,),
        "check": _sessions,
        "reason": "iscsid keeps the value that the record had at login. Until the session is begun anew, or iscsid is "
        "restarted, the session still scans by "
        "itself. It is information where nobody knows the value.",
        "remedy": (
            "set the record to manual, then log the session out and in again, one path at a time, never the last "
            "healthy path of a map"
        ),
    },
    {
        "id": "MPC104",
        "severity": WARNING,
        "title": "iscsid ignores a line of iscsid.conf",
        "needs": (_ISCSI,),
        "check": _ignored,
        "reason": "A comment behind a value, no blank before the equals sign, or a last line without a newline, and "
        "the line does not count. The file looks "
        "right and is not in effect.",
        "remedy": "put comments on lines of their own, and end the last line with a newline",
    },
    {
        "id": "MPC105",
        "severity": INFO,
        "title": "A record or session is for booting",
        "needs": (_ISCSI,),
        "check": _boot,
        "reason": (
            "This host boots from that target. Such a session cannot be begun anew while the host runs, so the "
            "role iscsi_scan leaves it alone."
        ),
        "remedy": (
            "see that the target shows this host its boot LUN only; node.session.scan of such a session is set "
            "where the host boots"
        ),
    },
    {
        "id": "MPC106",
        "severity": WARNING,
        "title": "A rule of udev scans when the target says that its LUNs changed",
        "needs": (_ISCSI,),
        "check": _udev_rules,
        "reason": "It scans the whole target, whatever open-iscsi is told: every LUN that somebody maps to this host "
        "appears by itself (90-scsi-ua.rules of "
        "libstoragemgmt does that).",
        "remedy": (
            "put an empty file of the same name into /etc/udev/rules.d, or remove the package that has it if "
            "nobody needs it"
        ),
    },
    {
        "id": "MPC107",
        "severity": WARNING,
        "title": "An iSCSI portal does not answer",
        "needs": (_ISCSI,),
        "check": _answer,
        "reason": "It took no TCP connection within two seconds, by the way that this host's routes give. Whoever logs "
        "in there, at boot too, waits for one "
        "login timeout after the other (with open-iscsi's defaults 120 s for a portal), and every map has a "
        "path less than it should. It is "
        "information where a session is logged in there all the same.",
        "remedy": (
            "bring the portal or the network to it back; where it is gone for good, delete its record: iscsiadm "
            "-m node -T TARGET -p PORTAL -o delete"
        ),
    },
)
