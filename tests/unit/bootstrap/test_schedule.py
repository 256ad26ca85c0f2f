# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schedule of a test run.

It keeps the cores busy, gives a part a core of its own where it needs one, and starts no more labs than there is memory
for.
"""

import types

import pytest
import schedule


def part(name, seconds=10, **flags):
    flags = {"lab": False, "own_core": False, "first": False, "after": "", **flags}
    return types.SimpleNamespace(name=name, seconds=seconds, **flags)


def lab(name, **flags):
    return part(name, lab=True, **flags)


def names(parts):
    return [each.name for each in parts]


def test_the_longest_is_first_by_what_was_measured_and_else_by_what_is_guessed():
    parts = [part("short", 5), part("guessed", 50), part("measured", 1)]
    assert names(schedule.order(parts, {"measured": 70, "of-another-time": 99})) == ["measured", "guessed", "short"]


def test_what_finds_small_mistakes_is_first_and_what_wants_a_core_for_itself_last():
    parts = [part("quiet", 900, own_core=True), part("long", 500), part("lint", 20, first=True)]
    assert names(schedule.order(parts, {})) == ["lint", "long", "quiet"]


@pytest.mark.parametrize(
    ("waiting", "running", "started"),
    [
        (["c", "c", "c"], [], 2),
        (["c"], ["c"], 1),
        (["c"], ["c", "c"], 0),
        (["l", "l", "l", "l"], [], 3),
        (["l", "l", "l"], ["c"], 2),
        (["c"], ["l"], 1),
        (["c"], ["l", "l"], 1),
        (["c"], ["l", "l", "l"], 0),
    ],
)
def test_the_budget_of_two_cores(waiting, running, started):
    kinds = {"c": part, "l": lab}
    found = schedule.startable(
        [kinds[kind](f"w{number}") for number, kind in enumerate(waiting)],
        [kinds[kind](f"r{number}") for number, kind in enumerate(running)],
        cores=2,
        labs=9,
    )
    assert names(found) == [f"w{number}" for number in range(started)]


def test_what_does_not_fit_lets_the_next_pass():
    assert names(schedule.startable([part("c"), lab("l")], [part("r1"), lab("r2")], cores=2, labs=9)) == ["l"]


@pytest.mark.parametrize(
    ("waiting", "running", "started"),
    [
        ([part("later", after="states"), part("states")], [], ["states"]),
        ([part("later", after="states")], [part("states")], []),
        ([part("later", after="states")], [part("other")], ["later"]),
    ],
)
def test_what_needs_another_part_waits_for_its_end(waiting, running, started):
    assert names(schedule.startable(waiting, running, cores=8, labs=9)) == started


def test_labs_are_no_more_than_the_memory_allows():
    assert names(schedule.startable([lab("a"), lab("b"), part("c")], [], cores=8, labs=1)) == ["a", "c"]
    assert names(schedule.startable([lab("a")], [lab("r")], cores=8, labs=1)) == []


def test_beside_a_lab_that_wants_a_core_for_itself_the_only_labs_are_such_one_for_each_core():
    quiet = [lab(f"q{number}", own_core=True) for number in range(3)]
    assert schedule.startable([lab("l")], quiet[:1], cores=8, labs=9) == []
    assert schedule.startable(quiet, [lab("l")], cores=8, labs=9) == []
    assert names(schedule.startable(quiet, [], cores=2, labs=9)) == ["q0", "q1"]
    assert names(schedule.startable(quiet[1:], quiet[:1], cores=2, labs=9)) == ["q1"]


def test_what_needs_no_lab_fills_the_time_that_such_a_lab_waits():
    quiet = [lab(f"q{number}", own_core=True) for number in range(2)]
    assert names(schedule.startable([part("c"), part("d")], quiet, cores=2, labs=9)) == ["c"]
    assert names(schedule.startable(quiet, [part("c")], cores=2, labs=9)) == ["q0", "q1"]


def test_one_core_runs_one_part_at_a_time_and_never_none():
    assert names(schedule.startable([part("a"), part("b")], [], cores=1, labs=1)) == ["a"]
    assert names(schedule.startable([lab("a"), lab("b")], [], cores=1, labs=9)) == ["a"]


@pytest.mark.parametrize(("gib", "labs"), [(0.5, 1), (4, 1), (8, 2), (22, 7)])
def test_memory_for_labs(gib, labs):
    assert schedule.labs_at_once(f"MemTotal: 99999999 kB\nMemAvailable:   {int(gib * 1024**2)} kB\n") == labs


def test_a_machine_that_does_not_say_what_memory_it_has_runs_one_lab():
    assert schedule.labs_at_once("MemTotal: 99999999 kB\n") == 1
