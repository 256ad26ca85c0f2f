# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Part of `make browser` and `make bench`: Debian's Chromium, and what reads the pages that it prints.

No other target needs them.
"""

import pathlib

import apt

if __name__ == "__main__":
    apt.ensure(["chromium", "poppler-utils"], pathlib.Path(__file__).resolve().parents[2] / "build")
