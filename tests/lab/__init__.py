# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab with a real kernel, a real iSCSI target and a real multipathd, in QEMU machines."""

from lab.errors import LabError
from lab.lab import Lab

__all__ = ["Lab", "LabError"]
