# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Which Python of a host goes with which ansible-core of the controller.

Ansible sends the code of its own modules along with each module, and that code runs on the host's Python. So the
release of ansible-core on the controller sets the oldest Python of the hosts.
"""

from __future__ import annotations

import re

Version = tuple[int, int]

# Release of ansible-core -> the oldest Python of a host that runs its modules and those of this collection.
OLDEST: dict[str, Version] = {
    "2.16": (3, 6),  # Ansible's own modules also run on 2.7; those of this collection do not
    "2.17": (3, 7),
    "2.18": (3, 8),
    "2.19": (3, 8),
    "2.20": (3, 9),
    "2.21": (3, 9),
}


def release(version: str) -> str:
    """Return the release ("2.21") of a version of ansible-core ("2.21.5", "2.22.0.dev0")."""
    return ".".join(version.split(".")[:2])


def needed(version: str) -> Version:
    """Return the oldest Python of a host for a version of ansible-core. One that is newer than all known ones needs at
    least what the newest known one needs.
    """
    return OLDEST.get(release(version)) or max(OLDEST.values())


def newest_release_for(python: Version) -> str | None:
    """Return the newest release of ansible-core that a host's Python goes with, None where there is none."""
    fitting = [name for name, oldest in OLDEST.items() if oldest <= python]
    return max(fitting, key=lambda name: [int(part) for part in name.split(".")], default=None)


def parsed(version: str) -> Version | None:
    """Return (3, 6) of "3.6.8", or None."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else None


def text(version: Version) -> str:
    return ".".join(map(str, version))
