# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of hosts at the end of a remediation: what it says of each, and which host shows it."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import removal_table as table

RESULT = {"name": "mpatha", "refused": [], "failed_because": None}
REFUSED = {**RESULT, "name": "mpathb", "refused": [{"code": "in_use", "why": "swap is on it"}]}
FAILED = {**RESULT, "name": "mpathc", "failed_because": "EBUSY"}
LEFT = {"name": "mpathd", "why": "no array vouches for it"}


def record(host, *results, **changes):
    found = {"host": host, "results": list(results), "left": [], "left_alone": None, "lost": [], "not_tried": []}
    return {**found, **changes}


def row(host="a", *results, **changes):
    return table.row(record(host, *results, **changes))


@pytest.mark.parametrize(
    ("made", "counts", "why", "worse"),
    [
        (row(), [0, 0, 0, 0], "", False),
        (row("a", RESULT, RESULT), [2, 0, 0, 0], "", False),
        (row("a", RESULT, REFUSED), [1, 1, 0, 0], "mpathb: swap is on it", False),
        (row("a", FAILED, REFUSED, left=[LEFT]), [0, 1, 1, 1], "mpathc: EBUSY and 2 more", True),
        (row("a", left=[LEFT]), [0, 0, 0, 1], "mpathd: no array vouches for it", False),
        (row("a", left=[LEFT], left_alone="51 of 50"), [0, 0, 0, 1], "left alone: 51 of 50", False),
        (row("a", RESULT, lost=["multipathd no longer runs"]), [1, 0, 0, 0], "multipathd no longer runs", True),
        (row("a", not_tried=[{"name": "mpathe"}]), [0, 0, 0, 1], "mpathe was not tried", True),
        (table.not_done("a"), [0, 0, 0, 0], "it failed before the removal, see above", True),
    ],
)
def test_a_host(made, counts, why, worse):
    assert [made[key] for key in ("removed", "refused", "failed", "left")] == counts
    assert (made["why"], made["worse"]) == (why, worse)


def test_the_table_begins_with_what_failed_and_counts_what_was_clean():
    rows = [row("clean"), row("node-b", RESULT), row("c", left=[LEFT]), row("d", FAILED), row("clean2")]
    assert table.lines(rows, 7, False) == [
        "host     removed  refused  failed  left  why",
        "d              0        0       1     0  mpathc: EBUSY",
        "c              0        0       0     1  mpathd: no array vouches for it",
        "node-b         1        0       0     0",
        "2 hosts: nothing to remove.",
        "2 of 7 hosts were not begun, since a host before them failed.",
    ]


def test_in_check_mode_nothing_was_removed():
    assert table.lines([row("a", RESULT)], 1, True)[0].split()[1:3] == ["would", "go"]


def test_clean_hosts_are_one_line():
    assert table.lines([row("a"), row("b")], 2, False) == ["2 hosts: nothing to remove."]


def test_a_large_fleet_is_cut_and_nothing_of_a_host_reaches_the_terminal_as_it_is():
    rows = [row(f"n{number:02}", left=[{"name": "x\x1b[2J", "why": "w"}]) for number in range(30)]
    found = table.lines(rows, 30, False)
    assert len(found) == 1 + table.MOST + 1 and "\x1b" not in "".join(found)
    assert found[-1] == "10 more hosts with something to say: their records are in the report's folder."


def shown(every, order, rows=None, failed=(), size=1):
    """Return after which hosts the table is shown. *failed*: hosts that failed before their row; *size*: of a batch."""
    account, after = "", []
    for host in order:
        account += table.line((rows or {}).get(host) or row(host))
        active = [name for name in every if name not in failed]
        start = every.index(host) // size * size
        batch = [name for name in every[start : start + size] if name in active]
        if table.complete(account, every, active, batch):
            after.append(host)
    return after


def test_the_last_host_shows_it_once():
    assert shown(["a", "b", "c"], "abc") == ["c"]
    assert shown(["a", "b", "c"], "cab", size=3) == ["b"]


def test_the_host_that_ends_the_run_shows_it():
    assert shown(["a", "b", "c"], "ab", {"b": row("b", FAILED)}) == ["b"]
    assert shown(["a", "b", "c", "d"], "ab", {"a": row("a", FAILED)}, size=2) == ["b"], "with those of its batch"


def test_a_host_that_failed_before_the_removal_is_in_it():
    assert shown(["a", "b", "c", "d"], "ab", {"a": table.not_done("a")}, size=2) == ["b"]
    rows = table.complete(table.line(row("b")), ["a", "b"], ["b"], ["b"])
    assert {entry["host"]: entry["why"] for entry in rows} == {"a": table.NOT_DONE, "b": ""}


@pytest.mark.parametrize("size", [1, 2])
def test_a_host_that_was_lost_in_a_play_before_does_not_end_the_run(size):
    assert shown(["a", "b", "c", "d"], "bcd", failed=["a"], size=size) == ["d"]


def test_in_check_mode_only_what_would_be_done_counts():
    gone = {**RESULT, "actions": []}
    would = {**RESULT, "actions": [{"outcome": "would be done"}]}
    made = table.row(record("a", gone, would, {**REFUSED, "actions": []}, {**FAILED, "actions": []}), check=True)
    assert [made[key] for key in ("removed", "refused", "failed")] == [1, 1, 1]
    assert table.row(record("a", gone, would))["removed"] == 2


def test_a_damaged_account_is_an_error_that_its_reader_knows():
    with pytest.raises(ValueError, match="Unterminated|Expecting"):
        table.complete(table.line(row("a"))[:20], ["a", "b"], ["a", "b"], ["a"])
