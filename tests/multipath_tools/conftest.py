# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One seed for the run, also where it is spread over processes; it is printed, so that a failure can be had again."""

import os
import random


def pytest_configure():
    os.environ.setdefault("SEED", str(random.SystemRandom().randrange(10**9)))
    os.environ.setdefault("COUNT", "1000")


def pytest_report_header():
    return f"configurations: SEED={os.environ['SEED']} COUNT={os.environ['COUNT']} for each version of multipath-tools"
