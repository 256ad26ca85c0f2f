# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judged hosts and devices, in short, and a plan of them: for tests of what may be removed."""

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from support.testimony import ARRAY as PLAIN_ARRAY
from support.testimony import NOW, WWID, answers, facts, path

ARRAY = dict(PLAIN_ARRAY, targets=["iqn.t"])


MOUNT = {"kind": "mount", "detail": "/srv (xfs, rw)"}


BROKEN = dict(ARRAY, complete=False, error="a1 answered 500")


HEALTHY = [
    {
        "kind": "map",
        "name": f"good{number}",
        "wwid": f"3{number}",
        "verdict": "healthy",
        "paths": [],
        "users": [],
        "in_use": False,
        "reason": "x",
        "queueing": True,
        "array": {"state": "mapped"},
        "device": None,
        "dev_t": None,
    }
    for number in range(3)
]


SESSIONS = [{"sid": sid, "target": "iqn.t", "portal": f"10.0.0.{sid}:3260", "state": "LOGGED_IN"} for sid in (1, 2)]


def device(*states, mapped=(), existing=(), array=None, users=(), in_map=True):
    found = facts([path(number, state, in_map, target="iqn.t") for number, state in enumerate(states)], users)
    found["maps"] = found["maps"] if in_map else []
    view = judge_devices.array_view(*answers(mapped, existing, array or ARRAY), now=NOW, max_age=3600)
    return judge_devices.judged(found, view)[0]


def report(*devices, name="h", **changes):
    facts_of = {
        "host": {"boot_id": "b"},
        "incomplete": [],
        "multipathd": {"running": True},
        "sessions": SESSIONS,
        "quarantine": None,
    }
    host = {"name": name, "state": "audited", "why": None, "facts": facts_of, "devices": list(devices), "not_seen": []}
    return {"arrays": [ARRAY], "hosts": [dict(host, **changes)]}


STALE = device("absent", "absent")


RECYCLED = device("other", "absent")


GONE_TARGET = device("unreachable", "silent")


def with_path(one, number, **changes):
    paths = [dict(path, **changes) if place == number else path for place, path in enumerate(one["paths"])]
    return dict(one, paths=paths)


def after(*devices, **facts_changed):
    one = report(*devices)["hosts"][0]
    return dict(one, facts=dict(one["facts"], **facts_changed))


def result(**changes):
    """Return what stale_mpath_remove says of the map mpatha: by default, that it was gone already."""
    return {
        "kind": "map",
        "name": "mpatha",
        "wwid": WWID,
        "changed": False,
        "actions": [],
        "refused": [],
        "failed_because": None,
        **changes,
    }


GIVEN = removal_plan.plan(report(STALE, *HEALTHY), [], NOW)
