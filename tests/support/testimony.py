# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts of a host and answers of the lookups, for tests of what is derived from them."""

import copy
import datetime

from support import configured

WWID = "3600a0980383045372f5d4c5a70315474"
OTHER = "3600a09807a364363442b534b356d5062"
ME = "iqn.2026-01.org.example:me"
TARGET = "iqn.1992-08.com.netapp:sn.svm1:vs.1"
NOW = datetime.datetime(2026, 11, 21, 2, 0, tzinfo=datetime.timezone.utc)
ARRAY = {
    "hostname": "a1",
    "cluster": "c1",
    "version": "9.14.1",
    "svms": ["svm1"],
    "targets": [TARGET],
    "scope": "cluster",
    "complete": True,
    "fetched_at": "2026-11-21T01:59:00Z",
    "error": None,
    "wwid_prefixes": None,
}
LUN = {
    "wwid": WWID,
    "name": "/vol/v/l",
    "svm": "svm1",
    "cluster": "c1",
    "array": "a1",
    "state": "online",
    "container_state": "online",
    "enabled": True,
    "maps": [{"igroup": "me", "igroup_uuid": "u", "lun_id": 3, "transports": ["iscsi"]}],
}


def path(number, state, in_map=True, **changes):
    made = {
        "hctl": f"{number}:0:0:3",
        "sd": "sd" + "abcdef"[number],
        "sg": f"sg{number}",
        "dev_t": f"8:{16 * number}",
        "size_bytes": 1 << 26,
        "read_only": False,
        "vendor": "NETAPP",
        "product": "LUN C-Mode",
        "wwid": WWID,
        "serial": None,
        "map": WWID if in_map else None,
        "transport": "iscsi",
        "target": TARGET,
        "portal": "10.0.0.1:3260",
        "session_state": "LOGGED_IN",
        "device_state": "running",
        "dm_state": "active",
        "checker_state": "ready" if state == "same" else "faulty",
        "users": [],
        "wire": {
            "state": state,
            "wwid": {"same": WWID, "other": OTHER}.get(state),
            "serial": None,
            "sense": "05/25/00" if state == "absent" else None,
            "detail": None if state in ("same", "other") else "it says so",
        },
    }
    made.update(changes)
    return made


def facts(paths=(), users=(), **changes):
    found_map = {
        "wwid": WWID,
        "name": "mpatha",
        "dm": "dm-0",
        "dev_t": "253:0",
        "size_bytes": 1 << 26,
        "vendor": "NETAPP",
        "product": "LUN C-Mode",
        "read_only": False,
        "suspended": False,
        "paths": [path["hctl"] for path in paths if path["map"]],
        "other_slaves": [],
        "users": list(users),
        "queue_if_no_path": True,
    }
    found_map.update(changes)
    return {
        "schema": 1,
        "host": {"initiators": {"iqn": [ME], "wwpns": []}},
        "maps": [found_map],
        "paths": list(paths),
        "sessions": [{"sid": 1, "target": TARGET, "portal": "10.0.0.1:3260", "state": "LOGGED_IN"}],
        "platform": copy.deepcopy(configured.CLEAN["platform"]),
    }


def answers(mapped=(), existing=(), array=None):
    array = array or ARRAY
    return (
        [{"initiator": ME, "luns": list(mapped), "arrays": [array]}],
        [{"term": WWID, "wwid": WWID, "luns": list(existing), "arrays": [array]}],
    )
