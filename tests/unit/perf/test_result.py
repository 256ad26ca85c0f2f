# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benches' rows and table: what a figure is and when a goal is met."""

import pytest
from perf import result


@pytest.mark.parametrize(
    ("ours", "peer", "met"), [([3, 1, 2], [4, 4], True), ([3, 9, 2], [2, 2, 9], True), ([4, 4], [2], False)]
)
def test_a_ratio_is_of_medians_and_may_reach_its_goal(ours, peer, met):
    row = result.row("x", "s", ours, peer, "here", most=1.5)
    assert (row["met"], row["goal"], row["runs"]) == (met, "ratio <= 1.5", [len(ours), len(peer)])


@pytest.mark.parametrize(("ours", "met"), [(399.9, True), (400, False)])
def test_a_bound_is_ours_alone_and_must_not_be_reached(ours, met):
    """Rounding comes after the comparison: 399.9 is shown as 400."""
    row = result.row("x", "MiB", [ours], [1], "here", below=400)
    assert (row["met"], row["goal"], row["ours"]) == (met, "ours < 400 MiB", 400)


def test_figures_have_three_digits():
    row = result.row("x", "s", [0.123456], [27.0456], "here", most=0.35)
    assert (row["ours"], row["peer"], row["ratio"]) == (0.123, 27.0, 0.00456)


def test_a_table_says_what_was_missed():
    rows = [
        result.row("a", "s", [4], [2], "here", most=1.5),
        result.row("longer", "MiB", [1, 2], [2], "here", below=400),
    ]
    assert result.table(rows).splitlines() == [
        "what    ours     peer   ratio  goal            met  runs",
        "a       4 s      2 s    2      ratio <= 1.5    NO   1, 1",
        "longer  1.5 MiB  2 MiB  0.75   ours < 400 MiB  yes  2, 1",
    ]
