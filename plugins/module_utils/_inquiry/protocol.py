# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What answers at a path's address now: what to ask, and what the answers prove; _inquiry/sg.py
carries them. Pure functions.

TEST UNIT READY is not asked: a target answers it with success for a logical unit that it does not have.
"""

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity

NOT_ASKED = "not asked: the time was up"
_ATTENTIONS = 3  # a unit attention is news about the device; the command after it is answered
DATA, _FIRST_DATA = 4096, 252  # bytes: the most that is asked for, and what is asked for first
_GOOD, _CHECK_CONDITION = 0x00, 0x02
_NO_LUN = (5, 0x25, 0)  # ILLEGAL REQUEST, LOGICAL UNIT NOT SUPPORTED
_UNIT_ATTENTION = 6
# The first byte of an INQUIRY, SPC-5 6.7.2: no logical unit can be here (qualifier 3, or 1 without a device type), or
# one that cannot be reached just now.
_NOT_HERE, _NOT_NOW = (0x3F, 0x7F), 0x20


def dialogue():
    """Ask one path, as a coroutine: it yields CDBs, is sent replies, and returns its testimony.

    A reply is {'status', 'host_status', 'data' (bytes), 'sense' ((key, asc, ascq) or None)}.
    The testimony: {'state': 'absent', 'unreachable', 'unreadable' or None, 'wwids': [...], 'serial', 'sense'
    ("05/25/00" or None), 'detail'}. State None: a logical unit answered, and wwids tells which.
    """
    reply = yield from _steady(_inquiry(0x83, _FIRST_DATA))
    verdict = _judge(reply)
    if verdict is None and len(reply["data"]) >= 4 and (reply["data"][2] << 8 | reply["data"][3]) + 4 > _FIRST_DATA:
        reply = yield from _steady(_inquiry(0x83, DATA))
        verdict = _judge(reply)
    if verdict is not None:
        if verdict["state"] == "unreadable" and reply["status"] == _CHECK_CONDITION:
            # A target that keeps up appearances for a LUN it does not have (LIO at LUN 0) refuses the page; the
            # qualifier tells.
            standard = yield from _steady(_inquiry(None, 96))
            plain = _judge(standard)
            if plain is not None and plain["state"] in ("absent", "unreachable") and not standard["host_status"]:
                return dict(plain, sense=verdict["sense"])
        return verdict
    wwids = identity.wwids(reply["data"])
    if not wwids:
        return testimony("unreadable", detail="its identification page names no logical unit")
    serial = yield from _steady(_inquiry(0x80, _FIRST_DATA))
    late = _judge(serial)
    if late is not None and late["state"] != "unreadable":
        return late  # it went away between two questions
    return testimony(None, wwids=wwids, serial=identity.serial(serial["data"]) if late is None else None)


def word(found, expected):
    """Return the contract's word for a path: what dialogue() returned (*found*), compared with the WWID that the kernel
    holds (*expected*).

    Returns {'state', 'wwid', 'serial', 'sense', 'detail'}; state: same, other, absent, unreachable, silent, unreadable.
    """
    state, detail, answered = found["state"], found["detail"], found["wwids"]
    if state is None:
        state = identity.compare(expected, answered)
        if state is None:
            state, detail = (
                "unreadable",
                f"what answers cannot be compared with the identity that the kernel holds ({expected or 'none'})",
            )
        elif state == "same" and identity.contradicts(expected, found["serial"]):
            state, detail = (
                "unreadable",
                f"it reports the WWID {expected} and the serial number of another LUN ({found['serial']})",
            )
    shown = expected if state == "same" else next(iter(answered), None)
    return {"state": state, "wwid": shown, "serial": found["serial"], "sense": found["sense"], "detail": detail}


def unasked(state, detail):
    """Return the word for a path that gave no testimony."""
    return {"state": state, "wwid": None, "serial": None, "sense": None, "detail": detail}


def sense_codes(data):
    """Return (key, asc, ascq) of sense data in fixed or descriptor format (SPC-5 4.4), or None; a deferred error is
    about another command.
    """
    kind = data[0] & 0x7F if data else 0
    if kind == 0x70 and len(data) >= 14:
        return data[2] & 15, data[12], data[13]
    if kind == 0x72 and len(data) >= 4:
        return data[1] & 15, data[2], data[3]
    return None


def _steady(cdb):
    """Ask until the answer is no unit attention."""
    for dummy in range(_ATTENTIONS):
        reply = yield cdb
        if reply["status"] != _CHECK_CONDITION or not reply["sense"] or reply["sense"][0] != _UNIT_ATTENTION:
            break
    return reply


def _judge(reply):
    """Return what a reply proves by itself: a testimony, or None where a disk's logical unit answered."""
    if reply["host_status"]:
        return testimony("unreachable", detail="transport error, host status %d" % reply["host_status"])
    sense = reply["sense"] and "%02x/%02x/%02x" % reply["sense"]
    if reply["status"] == _CHECK_CONDITION:
        if reply["sense"] == _NO_LUN:
            return testimony("absent", sense=sense, detail="logical unit not supported")
        return testimony("unreadable", sense=sense, detail="the target refused the question")
    if reply["status"] != _GOOD or not reply["data"]:
        return testimony(
            "unreadable", sense=sense, detail="SCSI status 0x%02x with %d bytes" % (reply["status"], len(reply["data"]))
        )
    first = bytearray(reply["data"][:1])[0]
    qualifier, kind = first >> 5, first & 31
    if first in _NOT_HERE:
        return testimony("absent", sense=sense, detail="peripheral qualifier %d: no such logical unit here" % qualifier)
    if first == _NOT_NOW:
        # Arrays say so of a LUN that they have, on ports through which it is unavailable (ALUA).
        return testimony(
            "unreachable",
            sense=sense,
            detail="peripheral qualifier 1: the logical unit cannot be reached through this port now",
        )
    if qualifier:
        return testimony(
            "unreadable", sense=sense, detail="peripheral qualifier %d with device type 0x%02x" % (qualifier, kind)
        )
    if kind:
        return testimony("unreadable", sense=sense, detail="a device of type 0x%02x answers, not a disk" % kind)
    return None


def testimony(state, wwids=(), serial=None, sense=None, detail=None):
    """Return a testimony of one path, in the shape of dialogue()."""
    return {"state": state, "wwids": list(wwids), "serial": serial, "sense": sense, "detail": detail}


def _inquiry(page, length):
    """Return the CDB of an INQUIRY for a vital product data page, or for the standard data (page None)."""
    return bytearray([0x12, 0 if page is None else 1, page or 0, length >> 8, length & 0xFF, 0])
