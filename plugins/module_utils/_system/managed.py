# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The mark by which whoever looks after a configuration file keeps this collection from changing it: a comment line
of its own.
"""

MARK = "sanops.multipath: leave alone"


def is_marked(text):
    """Whether a comment line of the file's *text* says that the file is managed by somebody else."""
    return any(line.strip(" \t\r").startswith("#") and MARK in line for line in text.split("\n"))
