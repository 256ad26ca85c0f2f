# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception of the lab."""


class LabError(Exception):
    """Something the user can act on; its text is a whole sentence."""
