# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands for thousands of hosts in the benches. Nothing else may use it: all but the hosts is the real thing."""
