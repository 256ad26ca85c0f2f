# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which LUN is this? Identities as SCSI gives them (VPD 0x83, 0x80) and as multipath-tools writes them (WWIDs).

A WWID here is multipath-tools' string: one digit for the kind of designator (3 NAA, 2 EUI-64, 1 T10 vendor,
8 SCSI name string), then its value. Sources: SPC-5 7.7.6 (designation descriptors); udev's scsi_id and
libmultipath for the strings.
"""

import binascii
import re

NAA, EUI, T10, NAME = 3, 2, 1, 8
# The kinds whose strings every tool writes alike; the others differ in how they fold spaces.
EXACT = ("3", "2")
ONTAP_PREFIX = "3600a0980"


def designators(page):
    """Return the designators of the logical unit in a VPD 0x83 page.

    *page*: the bytes of the page, header included, possibly cut short.
    Returns a list of (type, value), value as bytes. Those of target ports are left out: they say where, not what.
    """
    if page is None or len(page) < 4 or page[1] != 0x83:
        return []
    found, at = [], 4
    end = min(len(page), 4 + (page[2] << 8 | page[3]))
    while at + 4 <= end:
        association, kind, length = page[at + 1] >> 4 & 3, page[at + 1] & 15, page[at + 3]
        value = page[at + 4 : at + 4 + length]
        if association == 0 and length and at + 4 + length <= end:
            found.append((kind, value))
        at += 4 + length
    return found


def wwids(page):
    """Return all WWIDs that a VPD 0x83 page gives for its logical unit, the one that udev would choose first.

    The order is scsi_id's: NAA registered extended, other NAA, EUI-64, T10 vendor, SCSI name string.
    """
    ranked = []
    for kind, value in designators(page):
        if kind == NAA:
            rank, text = (0 if value[0] >> 4 == 6 else 1), _hex(value)
        elif kind == EUI:
            rank, text = 2, _hex(value)
        elif kind == T10:
            rank, text = 3, _words(value)
        elif kind == NAME:
            rank, text = 4, _words(value)
        else:
            continue
        ranked.append((rank, "%d%s" % (kind, text)))
    return [wwid for dummy, wwid in sorted(ranked, key=lambda pair: pair[0])]


def serial(page):
    """Return the unit serial number of a VPD 0x80 page as text (latin-1, spaces around it dropped), or None."""
    if page is None or len(page) < 4 or page[1] != 0x80:
        return None
    text = page[4 : 4 + (page[2] << 8 | page[3])].decode("latin-1").strip(" \0")
    return text or None


def compare(expected, answered):
    """Hold the WWIDs that a path answered against the one that the kernel holds.

    *expected*: the kernel's WWID or None; *answered*: list of WWIDs. Returns 'same', 'other', or None where
    the two cannot be compared. Only NAA and EUI-64 are exact enough to say 'other'.
    """
    if not expected or not answered:
        return None
    if expected[0] in EXACT:
        comparable = [wwid for wwid in answered if wwid.startswith(expected[0])]
        if not comparable:
            return None
        return "same" if expected.lower() in comparable else "other"
    return "same" if _fold(expected) in [_fold(wwid) for wwid in answered] else None


def ontap_wwid(serial_number):
    """Return the WWID of the ONTAP LUN with this serial number: NAA 6 with NetApp's OUI, then the twelve bytes; case
    matters, not all are printable.

    Raises UnicodeEncodeError for what is no serial number.
    """
    return ONTAP_PREFIX + _hex(serial_number.encode("latin-1"))


def ontap_serial(wwid):
    """Return the 12 characters of an ONTAP LUN's serial number in a WWID, or None where the WWID is not ONTAP's.

    E-Series shares the prefix but goes on in binary; ONTAP's serials hold no byte below 0x21 (0x7f has been seen), and
    none above is known.
    """
    if not wwid or not re.match(ONTAP_PREFIX + "[0-9a-f]{24}$", wwid):
        return None
    data = binascii.unhexlify(wwid[len(ONTAP_PREFIX) :])
    return data.decode("latin-1") if all(0x20 < byte < 0x80 for byte in bytearray(data)) else None


def contradicts(wwid, serial_number):
    """Return whether the unit serial number that a device gives is another LUN's than its WWID: then neither can be
    believed.

    *serial_number*: of serial(), or None. Only ONTAP's WWIDs hold the serial number, so only those can be checked. The
    page may have it as it is (ONTAP) or as hex digits, with something around them (other targets).
    """
    held_serial = ontap_serial(wwid)
    if held_serial is None or serial_number is None:
        return False
    return serial_number != held_serial and _hex(held_serial.encode("latin-1")) not in serial_number.lower()


def is_ontap(wwid, vendor, product):
    """Return whether an ONTAP array could have given this device: by WWID, and by INQUIRY strings where they are known.

    7-Mode (360a98000...), E-Series (product INF-01-00) and SolidFire are not: their absence from an ONTAP listing says
    nothing.
    """
    if not ontap_serial(wwid):
        return False
    if vendor is None or product is None:
        return True
    return vendor.strip() == "NETAPP" and product.strip().startswith("LUN")


def normal_initiator(name):
    """Return an initiator's name as it is compared: IQNs and EUIs in lower case, WWPNs as 16 hex digits."""
    name = name.strip().lower()
    wwpn = re.sub("^0x", "", name).replace(":", "").replace("-", "") if not name.startswith(("iqn.", "eui.")) else ""
    return wwpn if re.match("[0-9a-f]{16}$", wwpn) else name


def transports(initiators):
    """Return the transports over which a host with these names is reached, sorted: 'iscsi' (IQN or EUI), 'fc'
    (a WWPN).
    """
    return sorted({"fc" if re.match("[0-9a-f]{16}$", normal_initiator(name)) else "iscsi" for name in initiators})


def _hex(value):
    return binascii.hexlify(value).decode("ascii")


def _words(value):
    return re.sub(" +", "_", value.decode("latin-1").rstrip(" \0"))


def _fold(wwid):
    return re.sub("[ _]+", "_", wwid).strip("_")
