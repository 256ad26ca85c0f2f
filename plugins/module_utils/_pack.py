# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Data as one line of plain letters, base64(gzip(JSON)), for ways on which it would be templated, turned into other types, shown, or kept for each host."""

import base64
import binascii
import gzip
import io
import json
import zlib


def packed(data):
    """*data*: a dictionary, or its JSON as a text."""
    text = data if isinstance(data, str) else json.dumps(data, sort_keys=True, separators=(',', ':'))
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode='wb', mtime=0) as writer:  # no time in it: the same data is the same text
        writer.write(text.encode('utf-8'))
    return base64.b64encode(file.getvalue()).decode('ascii')


def unpacked(text, key):
    """The data in a packed text. Raises ValueError that names *key*, under which somebody gave it."""
    try:
        return json.loads(gzip.decompress(base64.b64decode(text, validate=True)).decode('utf-8'))
    except (AttributeError, EOFError, OSError, RecursionError, TypeError, ValueError, binascii.Error, zlib.error) as exc:
        raise ValueError('%s is nothing that was packed: %s' % (key, exc)) from exc
