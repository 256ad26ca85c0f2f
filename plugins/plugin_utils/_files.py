# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Write a report on the controller."""

import os
import tempfile


def replace(path, text):
    """Write a file whole or not at all. Raises OSError."""
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or '.', prefix='.fleet-')
    try:
        with os.fdopen(handle, 'w', encoding='utf-8') as stream:
            stream.write(text + '\n')
        os.chmod(temporary, 0o640)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
