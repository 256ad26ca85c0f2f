# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exceptions of the lab."""


class LabError(Exception):
    """Something the user can act on; its text is a whole sentence."""


class Refused(LabError):
    """The array answered, and would not do what it was asked."""
