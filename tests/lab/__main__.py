# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entry point of `python -m lab`."""

import sys

from lab import cli, hub, keeper

if sys.argv[1:2] == ["keeper"]:
    keeper.main(sys.argv[2])
elif sys.argv[1:2] == ["hub"]:
    hub.main(sys.argv[2])
else:
    sys.exit(cli.main())
