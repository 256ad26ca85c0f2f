# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each of thousands of hosts says: the testimony of a recorded node, under names and WWIDs of its own.

Read in the worker of each host: light.
"""

import json

from ansible_collections.sanops.multipath.plugins.module_utils._core import pack

ONTAP = "3600a0980"
AWAY = 100  # one of so many hosts cannot be reached


def name(number):
    return f"host{number:05}"


def number_of(host):
    return int(host.removeprefix("host"))


def away(number):
    return number % AWAY == AWAY - 1


def serial(number, place):
    """The serial number of a LUN: 12 characters. *place*: among the LUNs of its host."""
    return f"{number:06}{place:02}FAKE"


def wwid(number, place):
    return ONTAP + serial(number, place).encode().hex()


def said(kind, number):
    """What the module prints on a host, asked as the audit asks: packed.

    *kind*: {'text': of the recorded node, 'wwids': in it, 'node': its name}.
    """
    text = kind["text"].replace(kind["node"], name(number)).replace("{boot}", f"00000000-0000-4000-8000-{number:012}")
    for place, recorded in enumerate(kind["wwids"]):
        text = text.replace(recorded.removeprefix(ONTAP), wwid(number, place).removeprefix(ONTAP))
    return json.dumps({"changed": False, "packed": pack.packed(json.loads(text))})
