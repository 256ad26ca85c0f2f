# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A report as one line of plain letters, base64(gzip(JSON)), for ways on which data would be templated, turned into other types or shown."""

import base64
import binascii
import gzip
import json
import zlib


def packed(report):
    """*report*: a dictionary, or its JSON as a text."""
    text = report if isinstance(report, str) else json.dumps(report, sort_keys=True, separators=(',', ':'))
    # No time in it: the same report is the same text.
    return base64.b64encode(gzip.compress(text.encode('utf-8'), mtime=0)).decode('ascii')


def unpacked(text, key):
    """The report in a packed text. Raises ValueError that names *key*, under which somebody gave it."""
    try:
        return json.loads(gzip.decompress(base64.b64decode(text, validate=True)).decode('utf-8'))
    except (AttributeError, EOFError, OSError, RecursionError, TypeError, ValueError, binascii.Error, zlib.error) as exc:
        raise ValueError('%s is no packed report: %s' % (key, exc)) from exc
