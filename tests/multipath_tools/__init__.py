# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resolver of multipath.conf beside the real `multipath -t`, of several versions."""
