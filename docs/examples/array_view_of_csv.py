# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make an array view (docs/array-views.md) of a CSV file, such as the export of an array's management program.

    python3 array_view_of_csv.py luns.csv --array oceanstor-1 --wwid-prefix 36a4d4b400c3f5e88 --target
    iqn.2006-08.com.huawei:oceanstor-1 --complete

The first line names the columns: wwid, name, state, initiators (separated by blanks, empty if the LUN is not mapped)
and lun_id. The view goes to stdout. Its time is that at which the file was written: with the current time, an export
of last month would count as today's. So a copy of the file must keep its time (cp -p, rsync -t). Without --complete the
view says that it is not complete, and proves nothing.
"""

import argparse
import csv
import datetime
import json
import os
import sys

COLUMNS = ["wwid", "name", "state", "initiators", "lun_id"]


def main():
    parser = argparse.ArgumentParser(
        description="Make an array view of a CSV file with the columns %s." % ", ".join(COLUMNS)
    )
    parser.add_argument("csv", help="the file")
    parser.add_argument("--array", required=True, help="the name of the array")
    parser.add_argument(
        "--wwid-prefix", required=True, action="append", help="a prefix of the WWIDs of this array; may be repeated"
    )
    parser.add_argument(
        "--target",
        action="append",
        help="the name of a target port (iSCSI name or WWPN); repeat it for all target ports",
    )
    parser.add_argument(
        "--complete",
        action="store_true",
        help="the file has every LUN of the array, with all initiators that it is mapped to",
    )
    options = parser.parse_args()
    try:
        view = of(options)
    except (OSError, ValueError, csv.Error) as exc:
        sys.exit("%s: %s" % (options.csv, exc))
    json.dump(view, sys.stdout, indent=1)
    print()


def of(options):
    """Return the view. Raise ValueError for a line that does not fit the first line."""
    with open(options.csv, encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, strict=True)
        if rows.fieldnames != COLUMNS:
            raise ValueError("the first line must be %s" % ",".join(COLUMNS))
        luns = [lun(row, rows.line_num) for row in rows]
        written = datetime.datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, datetime.timezone.utc)
    return {
        "schema": 1,
        "array": options.array,
        "wwid_prefixes": options.wwid_prefix,
        "targets": options.target,
        "complete": options.complete,
        "error": None if options.complete else "without --complete the file may lack LUNs of the array",
        "fetched_at": written.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "luns": luns,
    }


def lun(row, line):
    if None in row or None in row.values():
        raise ValueError("line %d has not %d columns" % (line, len(COLUMNS)))
    if row["lun_id"] and not row["lun_id"].isdecimal():
        raise ValueError("line %d: the LUN id %r is no number" % (line, row["lun_id"]))
    return {
        "wwid": row["wwid"],
        "name": row["name"] or None,
        "state": row["state"],
        "initiators": row["initiators"].split(),
        "lun_id": int(row["lun_id"]) if row["lun_id"] else None,
    }


if __name__ == "__main__":
    main()
