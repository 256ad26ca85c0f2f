# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a run is."""

import os
import stat

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import progress


def lines(total, letters):
    reported = [progress.asked(letters[:done], total) for done in range(1, len(letters) + 1)]
    return [line for line in reported if line]


def test_each_of_a_few_hosts():
    assert lines(3, "ddd") == ["1 of 3 hosts asked, 2 left", "2 of 3 hosts asked, 1 left", "3 of 3 hosts asked, 0 left"]


@pytest.mark.parametrize("total", [20, 21, 99, 100, 5000])
def test_a_large_fleet_is_twenty_lines(total):
    reported = lines(total, "d" * total)
    assert len(reported) == 20 and reported[-1] == "%d of %d hosts asked, 0 left" % (total, total)


def test_who_was_not_reached_is_counted():
    assert lines(4, "dufu")[-1] == "4 of 4 hosts asked, 0 left (2 unreachable, 1 failed)"


def test_of_one_host_there_is_nothing_to_tell():
    assert lines(1, "d") == [] and progress.removed("drr", 1, False) is None


def test_hosts_that_are_asked_again_are_not_counted_twice():
    assert len(lines(2, "dddd")) == 2 and progress.removed("ddd", 2, False) is None


@pytest.mark.parametrize(
    ("account", "check", "line"),
    [
        ("d", False, "1 of 3 hosts done, 2 left"),
        ("drrxd", False, "2 of 3 hosts done, 1 left; so far 2 removed, 1 refused"),
        ("drrxdnd", False, "3 of 3 hosts done, 0 left; so far 2 removed, 1 refused, 1 failed"),
        ("dr", True, "1 of 3 hosts done, 2 left; so far 1 would go"),
    ],
)
def test_removals(account, check, line):
    assert progress.removed(account, 3, check) == line


def test_letters_of_results():
    results = [
        {"refused": [], "failed_because": None},
        {"refused": [{"code": "wire"}], "failed_because": None},
        {"refused": [], "failed_because": "busy"},
    ]
    assert progress.removals(results) == "rxn"


def test_the_account_of_a_run(tmp_path):
    assert [progress.note(str(tmp_path), "a", letter) for letter in "duf"] == ["d", "du", "duf"]
    assert progress.note(str(tmp_path), "../\udc80" * 99, "d") == "d", "any name is one of its own, in this folder"
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600} and len(
        list(tmp_path.iterdir())
    ) == 2


def test_no_two_processes_have_the_same_number(tmp_path):
    read, write = os.pipe()
    for dummy in range(4):
        if os.fork() == 0:
            for dummy in range(100):
                os.write(write, b"%d\n" % len(progress.note(str(tmp_path), "a", "d")))
            os._exit(0)
    for dummy in range(4):
        os.wait()
    os.close(write)
    with os.fdopen(read) as stream:
        assert sorted(map(int, stream)) == list(range(1, 401))
