# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benches: this collection beside what a person would use or write instead. See docs/performance.md."""


class BenchError(Exception):
    """What was measured did not do its work: its time means nothing."""
