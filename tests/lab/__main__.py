# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entry point of `python -m lab`."""

import sys

from lab.cli import main

sys.exit(main())
