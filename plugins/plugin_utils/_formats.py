# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The formats in which a report is written beside fleet.json."""

# Name -> (file in the folder of the report, function that makes its text of a report).
FORMATS = {
}
ALL = 'all'


def choices():
    """What somebody may ask for."""
    return [ALL] + list(FORMATS)


def wanted(names):
    """The formats that are asked for, in the order of FORMATS. *names*: of choices()."""
    return [name for name in FORMATS if name in names or ALL in names]
