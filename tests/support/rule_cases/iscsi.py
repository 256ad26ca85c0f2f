# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cases of the rules on open-iscsi (MPC101 and the following)."""

from support.configured import CLEAN, PORTAL, RECORD, TARGET, portal, record, session
from support.rule_cases.common import fires, silent, unseen

ISCSID = "/etc/iscsi/iscsid.conf"
AT = "%s at %s" % (TARGET, PORTAL)


def scan(value):
    return {
        "iscsi__conf": dict(
            CLEAN["iscsi"]["conf"], settings={} if value is None else {"node.session.scan": {"value": value, "line": 7}}
        )
    }


FAR_AWAY = portal(False, "timed out", ms=None)
FIRES = [
    fires("MPC101", ("warning", ISCSID, "node.session.scan = auto", ISCSID + ":7"), **scan("auto")),
    fires(
        "MPC101", ("warning", ISCSID, "it does not set node.session.scan: new records get auto", ISCSID), **scan(None)
    ),
    fires(
        "MPC101",
        ("warning", ISCSID, "it is missing: new records get auto", ISCSID),
        iscsi__conf=dict(CLEAN["iscsi"]["conf"], present=False, settings={}),
    ),
    fires("MPC102", ("warning", AT, "node.session.scan = auto", RECORD), iscsi__records=[record(scan="auto")]),
    fires(
        "MPC102",
        ("warning", AT, "it does not set node.session.scan: that means auto, whatever iscsid.conf says", RECORD),
        iscsi__records=[record(scan="auto", said=False)],
    ),
    fires(
        "MPC103",
        ("warning", "session 1, " + AT, "started with auto: the record says so"),
        ("info", "session 2, " + AT, "it is not known with which value it was started: its record is newer"),
        iscsi__sessions=[session("auto"), session(None, "its record is newer", sid=2)],
    ),
    fires(
        "MPC104",
        ("warning", ISCSID, '"node.session.scan = manual # yes": a comment behind the value', ISCSID + ":12"),
        iscsi__conf__ignored=[
            {"line": 12, "text": "node.session.scan = manual # yes", "why": "a comment behind the value"}
        ],
    ),
    fires(
        "MPC105",
        ("info", AT, "it is for booting, node.session.scan = auto", RECORD),
        iscsi__records=[record(boot=True, scan="auto")],
    ),
    fires(
        "MPC106",
        (
            "warning",
            "/usr/lib/udev/rules.d/90-scsi-ua.rules",
            'RUN+="scan"',
            "/usr/lib/udev/rules.d/90-scsi-ua.rules:8",
        ),
        iscsi__udev_rules=[{"file": "/usr/lib/udev/rules.d/90-scsi-ua.rules", "line": 8, "text": 'RUN+="scan"'}],
    ),
    fires(
        "MPC105",
        ("info", "session 1, iqn.boot at " + PORTAL, "it was started for booting"),
        iscsi__sessions=[session("auto", boot=True, target="iqn.boot")],
    ),
    fires("MPC107", ("warning", PORTAL, "timed out"), iscsi__portals=[portal(), FAR_AWAY]),
    fires(
        "MPC107",
        ("warning", PORTAL, "timed out"),
        iscsi__portals=[FAR_AWAY],
        sessions=[{"sid": 1, "portal": PORTAL, "state": "FAILED"}],
    ),
    fires(
        "MPC107",
        (
            "info",
            "fd00::1:3260",
            "refused, though a session is logged in there: it may take another route (its interface, an adapter)",
        ),
        iscsi__portals=[portal(False, "refused", portal="fd00::1:3260")],
        sessions=[{"sid": 1, "portal": "fd00:0:0:0:0:0:0:1:3260", "state": "LOGGED_IN"}],
    ),
]
# It has nothing to say, and says that it has seen all.
SILENT = [
    silent("MPC102", iscsi__records=[record(), record(scan="auto", boot=True)]),
    silent("MPC103", iscsi__records=[record(boot=True)], iscsi__sessions=[session("auto")]),
    silent("MPC103", iscsi__sessions=[session("auto", boot=True, portal="10.0.0.9:3260")]),
    silent("MPC107", iscsi__portals=[]),
]
# Of what it says that it could not see it, and why.
UNSEEN = [
    unseen("MPC102", RECORD, "line 3 is none", iscsi__malformed=[{"file": RECORD, "why": "line 3 is none"}]),
    unseen(
        "MPC107",
        "san.example:3260",
        "not asked: x",
        iscsi__portals=[portal(None, "not asked: x", portal="san.example:3260")],
    ),
    unseen(
        "MPC107",
        None,
        "the facts have no portals: gather them with this version of stale_mpath_facts",
        iscsi={key: value for key, value in CLEAN["iscsi"].items() if key != "portals"},
    ),
    unseen(
        "MPC107", None, "portals: no answer", iscsi__portals=None, incomplete=[{"what": "portals", "why": "no answer"}]
    ),
]
