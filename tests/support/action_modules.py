# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules of this collection whose work is done on the controller, by an action plugin."""

ON_THE_CONTROLLER = (
    "array_access",
    "audit_report",
    "confirmed_removals",
    "controller_objects",
    "judged_devices",
    "merged_report",
    "preflight_report",
    "removal_decision",
    "removal_report",
    "role_variables",
)
