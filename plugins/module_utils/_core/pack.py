# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Data as one line of plain letters, base64(gzip(JSON)), for ways on which it would be templated, turned into other
types, shown, or kept for each host.
"""

import base64
import binascii
import gzip
import io
import json
import zlib

# Bytes of JSON, of the facts of one host, and of a plan or the report of a slice. A host with a thousand paths reports
# two MiB. Python needs up to 30 times as much for what the JSON says.
MOST_OF_A_HOST, MOST = 8 << 20, 1 << 30
_GZIP = 16 + zlib.MAX_WBITS  # zlib's word for a stream with gzip's header and checksum


def packed(data):
    """Return *data* packed into a text. *data*: a dictionary, or its JSON as a text."""
    text = data if isinstance(data, str) else json.dumps(data, sort_keys=True, separators=(",", ":"))
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as writer:  # no time in it: the same data is the same text
        writer.write(text.encode("utf-8"))
    return base64.b64encode(file.getvalue()).decode("ascii")


def unpacked(text, key, most=MOST):
    """Return the data in a packed text. *most*: bytes of JSON that it may unpack to; a few KiB can be made to unpack to
    gigabytes.

    Raises ValueError that names *key*, under which somebody gave it.
    """
    try:
        stream = zlib.decompressobj(_GZIP)
        data = stream.decompress(base64.b64decode(text, validate=True), most + 1)
        if len(data) > most:
            raise ValueError(f"it unpacks to more than {most >> 20} MiB")
        if not stream.eof or stream.unused_data:
            raise ValueError("it is cut short" if not stream.eof else "there is something after its end")
        return json.loads(data.decode("utf-8"))
    except (AttributeError, RecursionError, TypeError, ValueError, binascii.Error, zlib.error) as exc:
        raise ValueError(f"{key} is nothing that was packed: {exc}") from exc
