# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hypothesis searches for inputs that crash a parser or make a verdict out of nothing; so many for each property,
however long one takes.

A failure prints the input and how to try it again.
"""

from hypothesis import settings

settings.register_profile("fuzz", max_examples=300, deadline=None, print_blob=True)
settings.load_profile("fuzz")
