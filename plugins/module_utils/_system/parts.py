# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A look at several parts of a host, one by one, in a child: one part that hangs or fails does not cost those
before it.
"""


def look(readers):
    """Yields [part] when a part is begun, and [part, facts, None] or [part, None, why] at its end.

    *readers*: [(part, function that returns its facts, or raises OSError or ValueError)].
    """
    for part, read in readers:
        yield [part]
        try:
            yield [part, read(), None]
        except (OSError, ValueError) as exc:
            yield [part, None, str(exc)]


def together(parts, items, error):
    """({part: its facts or None}, [(part, why)] of what could not be read), from what look() yielded; *error*: why
    it ended early, or None.
    """
    ended = dict((item[0], item[1:]) for item in items if len(item) == 3)
    begun = [item[0] for item in items if len(item) == 1]
    unread = []
    for part in parts:
        if part not in ended:
            unread.append(
                (
                    part,
                    error
                    if part in begun[-1:] or not begun
                    else "%s was not read to the end, and this comes after it" % begun[-1],
                )
            )
        elif ended[part][1]:
            unread.append((part, ended[part][1]))
    return dict((part, ended[part][0] if part in ended else None) for part in parts), unread
