# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A view of an array that is not ONTAP, and the facts of a host about its LUNs."""

import datetime

from support.fleets import configured_host
from support.testimony import ME, path

# NAA 6, Huawei's OUI, and what could be the serial number of one array.
PREFIX = "36a4d4b400c3f5e88"
HUAWEI = PREFIX + "01234567000000a1"
HUAWEI_OTHER = PREFIX + "01234567000000a2"
TARGET = "iqn.2006-08.com.huawei:oceanstor"


def view(**changes):
    """Return a complete view, fetched now, of an array with one LUN that is not mapped."""
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return {
        "schema": 1,
        "array": "oceanstor-1",
        "wwid_prefixes": [PREFIX],
        "targets": [TARGET],
        "complete": True,
        "error": None,
        "fetched_at": now,
        "luns": [lun()],
        **changes,
    }


def lun(**changes):
    plain = {"wwid": HUAWEI, "name": "lun_17", "state": "online", "size": 1 << 26, "initiators": [], "lun_id": 3}
    return plain | changes


def mapped(**changes):
    return lun(initiators=[ME.upper()], **changes)


def host(*states, wwid=HUAWEI):
    """Return the registered result of a host with one map of that array's LUN and these wire states of its paths."""
    make = {"wwid": wwid, "vendor": "HUAWEI", "product": "XSG1"}
    made = configured_host(
        *[path(number, state, map=wwid, target=TARGET, **make) for number, state in enumerate(states)]
    )
    made["ansible_facts"]["stale_mpath"]["maps"][0].update(make, name=wwid)
    return made
