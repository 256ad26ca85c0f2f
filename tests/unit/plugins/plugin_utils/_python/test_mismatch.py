# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a module did not run on a host, from what every release of ansible-core answered on every Python
(tests/bootstrap/python_answers.py has recorded it).
"""

import copy
import json
import pathlib

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._python import floors, mismatch

ROOT = pathlib.Path(__file__).resolve().parents[5]
RECORDED = json.loads((ROOT / "tests/unit/recordings/python.json").read_text(encoding="utf-8"))
FAILED = [answer for answer in RECORDED if answer["result"].get("failed")]
PYTHON = "/usr/bin/python3"


def name(answer):
    return f"{floors.release(answer['core'])}-{answer['python']}"


def answered(core, python):
    [found] = [answer for answer in RECORDED if name(answer) == f"{core}-{python}"]
    return found["result"]


@pytest.mark.parametrize("answer", FAILED, ids=name)
def test_what_is_wrong_is_said_with_both_versions_and_what_to_do(answer):
    result = answer["result"]
    assert mismatch.interpreter_failed(result)
    why = mismatch.why(result, answer["core"], answer["interpreter"], answer["python"])
    release, oldest = floors.release(answer["core"]), floors.text(floors.needed(answer["core"]))
    needs = f"ansible-core {release} (controller) needs Python {oldest} "
    assert needs in why and "ansible_python_interpreter" in why and answer["interpreter"] in why
    if answer["python"] is None:
        assert why.startswith("this host has no Python at ")
    else:
        assert why.startswith("the Python of this host is too old: ") and f" is {answer['python']}, " in why
        fitting = floors.newest_release_for(floors.parsed(answer["python"]))
        assert (f"run this with ansible-core {fitting}" if fitting else "no ansible-core runs this") in why


def test_all_ways_to_fail_are_recorded():
    words = "\n".join(json.dumps(answer["result"]) for answer in FAILED)
    for part in (
        "No start of json char found",
        "future feature annotations",
        "requires a minimum of",
        "or newer on the",
    ):
        assert part in words
    assert len(FAILED) == 23 and sum(answer["python"] is None for answer in FAILED) == 6


@pytest.mark.parametrize("answer", RECORDED, ids=name)
def test_the_version_is_taken_from_ansibles_words_where_it_is_there(answer):
    reported = mismatch.version_in(answer["result"])
    assert reported in (None, answer["python"])
    assert (reported is not None) == ("Current version" in str(answer["result"].get("msg")))


@pytest.mark.parametrize("answer", [answer for answer in RECORDED if answer not in FAILED], ids=name)
def test_a_module_that_ran_is_left_alone(answer):
    assert not mismatch.interpreter_failed(answer["result"])


@pytest.mark.parametrize(
    "result",
    [
        None,
        [],
        {"failed": True, "msg": "timeout: 0 is no time budget", "rc": 1},
        {"failed": True, "msg": "MODULE FAILURE", "module_stdout": "", "module_stderr": "", "rc": 137},
        {"failed": True, "msg": None, "module_stderr": None},
        {"unreachable": True, "msg": "Failed to connect"},
        {"module_stderr": "SyntaxError"},
    ],
)
def test_a_failure_that_is_no_matter_of_python_asks_nothing(result):
    assert not mismatch.interpreter_failed(result)


def test_an_error_of_a_python_that_is_new_enough_keeps_its_words():
    assert mismatch.why(answered("2.21", "3.6.15"), "2.21.5", PYTHON, "3.9.2") is None
    assert mismatch.why(answered("2.21", "3.6.15"), "2.21.5", PYTHON, "nonsense") is None


def test_a_python_that_did_not_tell_its_version_is_not_accused():
    assert mismatch.why(answered("2.21", "3.6.15"), "2.21.5", PYTHON, None) is None


def test_a_newer_ansible_knows_better_what_it_needs():
    result = {"failed": True, "msg": "Ansible requires Python 3.11 or newer on the target. Current version: 3.10.4 (x)"}
    assert mismatch.interpreter_failed(result) and mismatch.version_in(result) == "3.10.4"
    assert "ansible-core 2.30 (controller) needs Python 3.11 or newer" in mismatch.why(
        result, "2.30.0", PYTHON, "3.10.4"
    )


@pytest.mark.parametrize(
    ("interpreter", "stderr", "rc", "absent"),
    [
        (PYTHON, "/bin/sh: 1: /usr/bin/python3: not found\n", 127, True),
        (PYTHON, "/bin/sh: /usr/bin/python3: No such file or directory\n", 127, True),
        (PYTHON, "bash: line 1: /usr/bin/python3: command not found\r\nShared connection to n closed.\r\n", 127, True),
        ("/usr/bin/env python3", "/usr/bin/env: ‘python3’: No such file or directory\n", 127, True),
        ("/usr/bin/env python3", "/usr/bin/env: 'python3': No such file or directory\n", 127, True),
        (PYTHON, "/bin/sh: 1: sudo: not found\n", 127, False),
        (PYTHON, "/bin/sh: 1: /opt/usr/bin/python3: not found\n", 127, False),
        (PYTHON, "/usr/bin/python3: can't open file 'x': [Errno 2]\n", 2, False),
        ("", "/bin/sh: 1: : not found\n", 127, False),
    ],
)
@pytest.mark.parametrize("stream", ["module_stderr", "module_stdout"])
def test_a_python_is_absent_only_where_the_shell_did_not_find_it(interpreter, stderr, rc, absent, stream):
    result = {"failed": True, "rc": rc, "module_stderr": "", "module_stdout": "", stream: stderr}
    why = mismatch.why(result, "2.21.5", interpreter, None)
    assert bool(why) == absent and (not absent or f"no Python at {interpreter}: " in why)


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        ("Python 3.6.8\n", "3.6.8"),
        ("\nPython 2.7.18\n", "2.7.18"),
        ("Welcome\r\nPython 3.12.0rc1\r\nShared connection closed\r\n", "3.12.0rc1"),
        ("Python 3.13.0+\n", "3.13.0+"),
        ("PyPy\n", None),
        ("not Python 3.6.8\n", None),
        ("", None),
    ],
)
def test_the_version_that_a_python_prints(printed, version):
    assert mismatch.version_printed(printed) == version


def test_the_code_of_the_module_is_no_part_of_the_reason():
    code = "    zip_data='" + "x" * 400000 + "',\n"
    assert (
        mismatch.shortened(f"Traceback\n{code}SyntaxError: invalid syntax\n")
        == "Traceback\nSyntaxError: invalid syntax\n"
    )
    assert len(mismatch.shortened("short\n" * 10000)) == 2000


@pytest.mark.parametrize(
    ("streams", "said"),
    [
        ({"module_stderr": "Traceback\n  x\nMemoryError\n"}, "MemoryError"),
        ({"module_stderr": "sudo: a password is required\r\n\r\n"}, "sudo: a password is required"),
        ({"module_stderr": "Killed\r\nShared connection to n1 closed.\r\n"}, "Killed"),
        ({"module_stderr": "Connection to n1 closed.\n", "module_stdout": "a\nOSError: full\n"}, "OSError: full"),
        ({"module_stderr": "a\nhttps://me:secret@proxy \x1b[2J"}, "https://***@proxy [2J"),
        ({"module_stderr": "y" * 400}, "y" * 297 + "..."),
    ],
)
def test_the_last_line_of_a_module_that_did_not_end(streams, said):
    result = {"failed": True, "msg": "MODULE FAILURE\nSee stdout/stderr for the exact error", **streams}
    assert mismatch.with_last_line(result) == f"MODULE FAILURE; the last line that it printed: {said}"


@pytest.mark.parametrize(
    ("stderr", "stdout", "said"),
    [
        ("mux_client: broken\r\nConnection to node1 closed.\r\n", "Killed\r\n", "Killed"),
        ("Connection to node1 closed.\r\n", "sudo: a password is required\r\n", "sudo: a password is required"),
        ("no room\nConnection to node1 closed.\n", "\n", "no room"),
        ("boom\n", "Killed\n", "boom"),
        ("boom\nWarning: Permanently added 'node1' (ED25519) to the list of known hosts.\n", "", "boom"),
        ("sudo: unable to resolve host node1: Name or service not known\n", "Killed\n", "Killed"),
    ],
)
def test_the_last_line_is_the_modules_and_not_that_of_ssh_or_sudo_aside(stderr, stdout, said):
    result = {"failed": True, "msg": "MODULE FAILURE", "module_stderr": stderr, "module_stdout": stdout}
    assert mismatch.with_last_line(result) == f"MODULE FAILURE; the last line that it printed: {said}"


def test_a_module_that_printed_nothing_has_no_last_line():
    assert mismatch.with_last_line({"failed": True, "msg": "MODULE FAILURE", "module_stderr": "\n"}) is None


def test_a_result_is_not_changed():
    result = copy.deepcopy(answered("2.21", "3.6.15"))
    mismatch.why(result, "2.21.5", PYTHON, "3.6.15")
    assert result == answered("2.21", "3.6.15")
