# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Whether the users that were found on a device are a use of it."""

# A map of a partition goes with its map, and its own users are reported beside it; udev only looks.
_NO_USE = ("partition", "probe")


def in_use(users):
    """Return whether a device with these users ([{'kind', 'detail'}], see _users/find.py) is in use; None:
    not known.
    """
    return None if users is None else any(user["kind"] not in _NO_USE for user in users)
