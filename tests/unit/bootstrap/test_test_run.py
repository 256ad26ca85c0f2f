# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runner of `make test`, with small parts that are real processes.

It stops at a failure and ends what it started.
"""

import itertools
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import time

import parts
import pytest
import test_run

SECONDS = 30  # more than enough for what takes a second
RUNNER = """
import json, pathlib, sys
sys.path.insert(0, sys.argv[1])
import parts, run_parts, test_run
folder = pathlib.Path(sys.argv[2])
parts.LOGS, test_run.TIMES, run_parts.SECONDS_BETWEEN_LINES = folder, folder / "test-times.json", 1
run_parts.os.cpu_count = lambda: 2
chosen = [parts.Part(**each) for each in json.loads((folder / "parts.json").read_text())]
test_run.choose = lambda words: chosen
test_run.main(sys.argv[3:])
"""
# Stands for tests/lab: writes down what it is asked.
LAB = """
import pathlib, sys
with open(pathlib.Path(__file__).with_name("asked"), "a") as file:
    print(*sys.argv[1:], file=file)
"""


def part(name, script, **options):
    return {"name": name, "group": "x", "command": script, "seconds": 1, "pytest": False, **options}


class Runner:
    """Runs of the runner in a folder, in which each part also finds itself."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "lab").mkdir()
        (folder / "lab/__main__.py").write_text(LAB)

    def command(self, *chosen, words=()):
        for each in chosen:
            each["command"] = ["sh", "-c", f"cd {self.folder}; {each['command']}"]
        (self.folder / "runner.py").write_text(RUNNER)
        (self.folder / "parts.json").write_text(json.dumps(chosen))
        bootstrap = str(parts.ROOT / "tests/bootstrap")
        return [sys.executable, str(self.folder / "runner.py"), bootstrap, str(self.folder), *words]

    def environment(self, **environment):
        return {**os.environ, "KEEP_GOING": "", **environment, "PYTHONPATH": str(self.folder)}

    def start(self, *chosen, words=(), **environment):
        command = self.command(*chosen, words=words)
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(command, env=self.environment(**environment), text=True, **pipes)

    def run(self, *chosen, **options):
        """Return exit code and output."""
        process = self.start(*chosen, **options)
        output = process.communicate(timeout=SECONDS)[0]
        return process.returncode, output

    def times(self):
        return {row["part"]: row for row in json.loads((self.folder / "test-times.json").read_text())}

    def wait_for(self, *names):
        """Return the process ids that parts have written into these files."""
        files = [self.folder / name for name in names]
        wait_until(lambda: all(file.exists() and file.read_text().endswith("\n") for file in files))
        return [int(word) for file in files for word in file.read_text().split()]


@pytest.fixture
def runner(tmp_path):
    return Runner(tmp_path)


def wait_until(condition):
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


# A part with two children, one of them in a session of its own; it writes down the ids of all.
LONG = """sleep 300 & first=$!
setsid sleep 300 & second=$!
echo $$ $first $second > %s
wait"""
# A part that ignores SIGTERM.
DEAF = "trap '' TERM; echo $$ > %s; sleep 300; sleep 300"


def test_parts_that_pass(runner):
    code, output = runner.run(part("a", "true"), part("b", "echo 'NOT RUN: of this machine'"))
    assert code == 0, output
    assert "a passed" in output and "parts left: 1" in output and "  NOT RUN: of this machine\n" in output
    assert {name: (row["cases"], row["failed"]) for name, row in runner.times().items()} == {"a": (1, 0), "b": (1, 0)}


def test_cpu_is_that_of_all_processes(runner):
    burn = "import time; [None for dummy in iter(lambda: time.process_time() < 1.2, False)]"
    output = runner.run(part("a", f"setsid {sys.executable} -c '{burn}' & wait"))[1]
    assert "(1 s of CPU)" in output


def test_two_cores_run_two_parts_at_a_time(runner):
    code, output = runner.run(*(part(name, "echo 1 >> events; sleep 1; echo -1 >> events") for name in "abc"))
    assert code == 0, output
    assert max(itertools.accumulate(map(int, (runner.folder / "events").read_text().split()))) == 2


def test_the_first_failure_ends_the_run(runner):
    bad = part("bad", "while ! [ -s pids ]; do sleep 0.1; done; echo 'E  because'; exit 3", seconds=9)
    code, output = runner.run(bad, part("long", LONG % "pids", seconds=8), part("next", "true"))
    assert code == 1, output
    assert "next starts" not in output and "not completed: long, next" in output
    assert output.count("  E  because\n") == 2  # when it happens, and at the end
    assert output.rstrip().splitlines()[-5:-3] == ["FAILED: bad", "  E  because"]
    assert output.splitlines()[-1] == "0 passed, 1 failed"
    assert str(runner.folder / "bad.log") in output
    assert runner.times().keys() == {"bad"}
    assert not any(alive(pid) for pid in runner.wait_for("pids"))


def test_keep_going_runs_all_and_fails_all_the_same(runner):
    bad, worse = part("bad", "exit 3", seconds=9), part("worse", "echo 'E  too'; exit 1", seconds=8)
    code, output = runner.run(bad, worse, part("good", "true"), KEEP_GOING="1")
    assert code == 1, output
    assert "good passed" in output and "FAILED: bad" in output and "FAILED: worse" in output
    assert {name: row["failed"] for name, row in runner.times().items()} == {"bad": 1, "worse": 1, "good": 0}


def test_a_run_of_some_parts_leaves_the_times_alone(runner):
    runner.run(part("a", "true"))
    before = runner.times()
    runner.run(part("b", "true"), words=["b"])
    assert runner.times() == before


def test_a_line_for_what_runs(runner):
    output = runner.run(part("a", "echo earlier; echo latest; sleep 2.5"))[1]
    assert " s: latest\n" in output and " s: earlier\n" not in output


def test_what_an_earlier_run_wrote_counts_for_nothing(runner):
    (runner.folder / "a.xml").write_text('<testsuite><testcase classname="x" name="y" time="1"/></testsuite>')
    runner.run(part("a", "true", pytest=True))
    assert runner.times()["a"]["cases"] == 0


def test_labs_at_once_have_different_names_and_later_ones_the_same(runner):
    used = "echo $SCENARIO_LAB"
    later = part("c", used, lab=True, own_core=True)
    code, output = runner.run(part("a", used, lab=True), part("b", used, lab=True), later)
    assert code == 0, output
    names = [(runner.folder / f"{name}.log").read_text().strip() for name in "abc"]
    assert sorted(names[:2]) == ["test1", "test2"] and names[2] == "test1"
    assert not (runner.folder / "lab/asked").exists()  # pytest ends its lab itself


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all_that_runs_and_the_labs(runner, number):
    process = runner.start(part("a", LONG % "a-pids", lab=True), part("b", LONG % "b-pids"))
    pids = runner.wait_for("a-pids", "b-pids")
    assert all(alive(pid) for pid in pids)
    process.send_signal(number)
    output = process.communicate(timeout=SECONDS)[0]
    assert process.returncode == 128 + number, output
    assert not any(alive(pid) for pid in pids)
    assert (runner.folder / "lab/asked").read_text() == "--name test1 down\n"
    assert "not completed: a, b" in output and signal.Signals(number).name in output


def test_nothing_outlives_a_runner_that_is_killed(runner):
    process = runner.start(part("a", LONG % "a-pids"), part("b", DEAF % "b-pids"))
    pids = runner.wait_for("a-pids", "b-pids")
    assert all(alive(pid) for pid in pids)
    process.kill()
    process.wait()
    wait_until(lambda: not any(alive(pid) for pid in pids))


def test_nothing_outlives_a_make_that_is_killed(runner):
    """As in the Makefile: the shell of a recipe becomes the runner, so that make is its parent."""
    makefile = runner.folder / "Makefile"
    words = shlex.join(runner.command(part("a", LONG % "a-pids")))
    makefile.write_text(f"test:\n\t@echo begins; exec env HERE=1 {words}\n")
    make = subprocess.Popen(["make", "-f", makefile, "test"], env=runner.environment(), stdout=subprocess.DEVNULL)
    pids = runner.wait_for("a-pids")
    make.kill()
    make.wait()
    wait_until(lambda: not any(alive(pid) for pid in pids))


@pytest.mark.parametrize("target", ["test", "check", "scenario", "lint", "unit", "molecule"])
def test_a_recipe_becomes_what_it_runs(target):
    """Without exec, the shell would stand between make and the runner, which then hears nothing of make's end."""
    printed = subprocess.run(["make", "-n", target], cwd=parts.ROOT, capture_output=True, text=True, check=True).stdout
    assert re.search(r"(^|; )exec env .*python tests/bootstrap/(test_run|scenarios)\.py", printed, re.MULTILINE), (
        printed
    )


def test_nothing_outlives_its_part(runner):
    code, output = runner.run(part("a", (LONG % "pids").removesuffix("wait")))
    assert code == 0, output
    assert not any(alive(pid) for pid in runner.wait_for("pids"))


NODES = ["tests/scenarios/test_x.py::TestY::test_a", "tests/scenarios/test_x.py::test_b"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["lint"], ["lint", "ansible-lint", "mypy", "galaxy-import"]),
        (["sanity", "python-matrix", "sanity"], ["sanity", "python-matrix"]),
        (["scenario"], ["saved-states", "x.TestY", "x.test_b", "audit-oldest-core", "audit-oldest-python"]),
        (["x.TestY"], ["x.TestY"]),
        (["tests/browser", "tests/scenarios/test_audit.py::TestVerdicts"], ["browser", "audit.TestVerdicts"]),
    ],
)
def test_words_name_parts_groups_and_paths(monkeypatch, words, names):
    monkeypatch.setattr(parts, "collect", lambda: parts.on_labs(NODES))
    assert [each.name for each in test_run.choose(words)] == names


def test_two_parts_of_the_same_name_do_not_replace_each_other():
    with pytest.raises(SystemExit, match="Two parts have the same name: unit-lab"):
        test_run.choose(["tests/unit/lab", "tests/unit//lab"])


def test_without_words_it_is_everything(monkeypatch):
    monkeypatch.setattr(parts, "collect", lambda: parts.on_labs(NODES))
    assert test_run.choose([]) == parts.computing() + parts.on_labs(NODES)


def test_no_lab_is_asked_for_where_none_is_needed(monkeypatch):
    monkeypatch.setattr(parts, "collect", lambda: pytest.fail("the scenarios were collected"))
    assert test_run.choose(["lint", "tests/unit/lab"])


@pytest.mark.parametrize("word", ["no-such-part", "tests/no/such.py", "docs"])
def test_a_word_that_names_nothing(monkeypatch, word):
    monkeypatch.setattr(parts, "collect", lambda: [])
    with pytest.raises(SystemExit, match=f"There is no part {word}. There are: lint, "):
        test_run.choose(["lint", word])
