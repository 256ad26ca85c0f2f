# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Worlds that are made by rule."""


def big(luns=50_000, hosts=500, svms=4):
    """Return the JSON of a world where LUN n is mapped to host n modulo `hosts` (an igroup of one initiator).

    Every tenth LUN is not mapped.
    """
    names = [f"svm{number}" for number in range(1, svms + 1)]
    igroups = [
        {"name": f"host{number}", "svm": names[number % svms], "protocol": "iscsi", "initiators": [initiator(number)]}
        for number in range(hosts)
    ]
    homes = [(number, igroups[number % hosts]) for number in range(luns)]
    return {
        "svms": [{"name": name} for name in names],
        "igroups": igroups,
        "luns": [{"name": lun_name(number), "svm": igroup["svm"]} for number, igroup in homes],
        "maps": [
            {"lun": lun_name(number), "igroup": igroup["name"], "logical_unit_number": number // hosts}
            for number, igroup in homes
            if number % 10
        ],
    }


def initiator(number):
    return f"iqn.2026-01.org.sanops.lab:host{number}"


def lun_name(number):
    return f"/vol/vol{number % 100}/lun{number}"
