# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What 0.8.5, 0.9.4 and 0.11.1 printed for each text; "-" where the setting was unset, "=" where it stayed as it
was.
"""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import values as multipath_values

OLD = multipath_values.Dialect(strict=False, flushes=False, protocols=False, rechecks=False, find_multipaths="strict")
MIDDLE = multipath_values.Dialect(strict=True, flushes=False, protocols=True, rechecks=True, find_multipaths="strict")
NEW = multipath_values.Dialect(strict=True, flushes=True, protocols=True, rechecks=True, find_multipaths="strict")
PRINTED = """
no_path_retry     | fail         | fail       | fail       | fail
no_path_retry     | 0            | fail       | fail       | fail
no_path_retry     | queue        | queue      | queue      | queue
no_path_retry     | 12           | 12         | 12         | 12
no_path_retry     | -1           | -          | 1          | 1
no_path_retry     | abc          | -          | =          | =
no_path_retry     | 12abc        | 12         | =          | =
no_path_retry     | 00           | -          | 1          | 1
no_path_retry     | +5           | 5          | 5          | 5
no_path_retry     | 99999999999  | 1215752191 | 2147483647 | 2147483647
no_path_retry     | Queue        | -          | =          | =
no_path_retry     | 0x10         | -          | =          | =
dev_loss_tmo      | infinity     | infinity   | infinity   | infinity
dev_loss_tmo      | 0            | -          | -          | -
dev_loss_tmo      | 60           | 60         | 60         | 60
dev_loss_tmo      | -1           | infinity   | infinity   | infinity
dev_loss_tmo      | abc          | -          | =          | =
dev_loss_tmo      | 60s          | 60         | 60         | 60
dev_loss_tmo      | 4294967295   | infinity   | infinity   | infinity
dev_loss_tmo      | 4294967296   | -          | -          | -
dev_loss_tmo      | 2147483647   | 2147483647 | 2147483647 | 2147483647
fast_io_fail_tmo  | off          | off        | off        | off
fast_io_fail_tmo  | 0            | 0          | 0          | 0
fast_io_fail_tmo  | 5            | 5          | 5          | 5
fast_io_fail_tmo  | -1           | off        | 1          | 1
fast_io_fail_tmo  | -3           | -          | 1          | 1
fast_io_fail_tmo  | abc          | -          | =          | =
fast_io_fail_tmo  | 5x           | 5          | =          | =
fast_io_fail_tmo  | 99999999999  | 1215752191 | 2147483647 | 2147483647
flush_on_last_del | yes          | yes        | yes        | always
flush_on_last_del | no           | no         | no         | unused
flush_on_last_del | always       | -          | =          | always
flush_on_last_del | never        | -          | =          | never
flush_on_last_del | 1            | yes        | yes        | always
flush_on_last_del | abc          | -          | =          | =
find_multipaths   | yes          | on         | on         | on
find_multipaths   | 0            | off        | off        | off
find_multipaths   | greedy       | greedy     | greedy     | greedy
find_multipaths   | abc          | strict     | =          | =
recheck_wwid      | 1            | yes        | yes        | yes
recheck_wwid      | abc          | -          | =          | =
features          | 2 pg_init_retries 50 | 2 pg_init_retries 50 | 2 pg_init_retries 50 | 2 pg_init_retries 50
features          | 2 queue_if_no_path   | 2 queue_if_no_path   | =    | =
features          | abc          | abc        | =          | =
"""


@pytest.mark.parametrize(
    "row",
    [tuple(cell.strip() for cell in line.split("|")) for line in PRINTED.strip().splitlines()],
    ids=lambda row: " ".join(row[:2]),
)
def test_what_each_version_makes_of_a_text(row):
    key, text, *printed = row
    for dialect, expected in zip((OLD, MIDDLE, NEW), printed, strict=True):
        value = multipath_values.value_of(key, text, dialect)
        assert {None: "-", multipath_values.PASSED_OVER: "="}.get(value, value) == expected


def test_other_settings_are_taken_as_they_are():
    assert multipath_values.value_of("path_selector", "round-robin 0", NEW) == "round-robin 0"


@pytest.mark.parametrize(
    ("features", "rest"),
    [
        ("1 queue_if_no_path", ("0", True)),
        ("3 queue_if_no_path pg_init_retries 50", ("2 pg_init_retries 50", True)),
        ("2 pg_init_retries 50", ("2 pg_init_retries 50", False)),
        ("2 queue_if_no_path", ("1", True)),
        ("1 queue_if_no_path pg_init_retries 50", ("0", True)),
        (None, (None, False)),
    ],
)
def test_queueing_in_features(features, rest):
    assert multipath_values.without_queueing(features) == rest
