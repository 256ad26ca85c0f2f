# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Write a report on the controller."""

from __future__ import annotations

import collections.abc as c
import contextlib
import os
import tempfile
import typing as t

OURS, ALL = 0o640, 0o644  # who may read it: names of hosts, LUNs and mount points are not for everybody


def replace(path: str, text: str, mode: int = OURS) -> None:
    """Write a file whole or not at all, ended by a line's end. Raises OSError."""
    with replacing(path, mode) as stream:
        stream.write((text if text.endswith("\n") else text + "\n").encode("utf-8"))


@contextlib.contextmanager
def replacing(path: str, mode: int = OURS) -> c.Iterator[t.BinaryIO]:
    """Yield a binary stream whose content takes the place of a file when all of it is written, or not at all. Raises
    OSError.
    """
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".fleet-")
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
