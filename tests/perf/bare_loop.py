# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The peer of the facts call's wire part: one INQUIRY for VPD page 0x83 to each sg node, one after the other, in one
process.

Runs on the node. Prints how many answered.
"""

import ctypes
import fcntl
import os
import struct

SG_IO = 0x2285
HEADER = struct.Struct("iiBBHIPPPIIiPBBBBHHiII0P")  # struct sg_io_hdr of linux/scsi/sg.h
FROM_DEVICE, TIMEOUT_MS = -3, 20000


def identify(node):
    """Whether the device answers with an identification page."""
    cdb = ctypes.create_string_buffer(bytes([0x12, 1, 0x83, 0, 252, 0]), 6)
    data, sense = ctypes.create_string_buffer(252), ctypes.create_string_buffer(64)
    addresses = ctypes.addressof(data), ctypes.addressof(cdb), ctypes.addressof(sense)
    header = HEADER.pack(
        ord("S"), FROM_DEVICE, 6, 64, 0, 252, *addresses, TIMEOUT_MS, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    )
    descriptor = os.open(node, os.O_RDWR | os.O_NONBLOCK)
    try:
        answer = HEADER.unpack(fcntl.ioctl(descriptor, SG_IO, header))
    finally:
        os.close(descriptor)
    return not answer[13] and not answer[17] and data.raw[1] == 0x83


if __name__ == "__main__":
    print(sum(identify("/dev/" + name) for name in os.listdir("/sys/class/scsi_generic")))
