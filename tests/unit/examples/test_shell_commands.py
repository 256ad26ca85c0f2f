# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shell blocks in README.md and docs/: the shell reads each, each program is known here, and what can be run is.

The commands of Ansible are in test_commands.py.
"""

import json
import pathlib
import re
import shlex
import subprocess

import pytest
from bootstrap import git_files
from support.fleets import configured_host
from support.reports import everything

ROOT = pathlib.Path(__file__).parents[3]
BLOCK = re.compile(r"(?ms)^ *```(?:sh|bash|console)\n(.*?)^ *```")
SEPARATORS = ";|&()\n"
REDIRECTION = re.compile(r"[<>]+")
# Before a command, or in its place: a word of the shell, or a variable with its value.
NO_COMMAND = re.compile(r"(do|done|continue)$|\w+=")
# Where the commands of each program are tried. A reason in place of a file: nothing here can run them.
A_CLUSTER = "a Kubernetes cluster is needed; tests/unit/kubernetes reads what the commands apply"
A_REGISTRY = "a registry of images is needed"
ON_A_HOST = "by hand on a host with a SAN; the lab's verbs make the same requests"
TRIED = {
    "ansible": "tests/unit/examples/test_commands.py",
    "ansible-galaxy": "tests/bootstrap/installed.py",
    "ansible-playbook": "tests/unit/examples/test_commands.py",
    "ansible-vault": "it asks a person for a password",
    "cd": "tests/demo/test_tutorial.py",
    "cp": "tests/demo/test_tutorial.py",
    ".": "tests/demo/test_tutorial.py",
    "export": "tests/demo/test_tutorial.py",
    "mkdir": "tests/demo/test_tutorial.py",
    "python": "tests/demo/test_tutorial.py",
    "sleep": "tests/demo/test_tutorial.py",
    "jq": "tests/unit/examples/test_shell_commands.py",
    "make": "tests/unit/examples/test_shell_commands.py",
    "sed": "tests/unit/examples/test_shell_commands.py",
    "kubectl": A_CLUSTER,
    "oc": A_CLUSTER,
    "date": A_CLUSTER,
    "python3": A_CLUSTER,
    "podman": A_REGISTRY,
    "echo": ON_A_HOST,
    "grep": ON_A_HOST,
    "head": ON_A_HOST,
    "multipath": ON_A_HOST,
    "multipathd": ON_A_HOST,
    "readlink": ON_A_HOST,
}


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def script(block):
    """Return what of a block is typed: all of it, or, where it shows output, what follows a prompt."""
    typed = re.findall(r"(?m)^ *\$ ((?:.*\\\n)*.*)$", block)
    return "\n".join(typed) + "\n" if typed else block


def commands(text):
    """Yield the simple commands of a script, each a list of words."""
    # The lexer would take the end of the line for a part of a comment.
    text = re.sub(r"(?m)\s#.*$", "", text.replace("\\\n", " "))
    lexer = shlex.shlex(text, posix=True, punctuation_chars=f"{SEPARATORS}<>")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    words, last = [], ""
    for token in [*lexer, "\n"]:
        if set(token) <= set(SEPARATORS):
            if words and words[0] != "for":
                yield words
            words = []
        elif not (REDIRECTION.fullmatch(token) or REDIRECTION.fullmatch(last)) and (
            words or not NO_COMMAND.match(token)
        ):
            words.append(token)
        last = token


PAGES = [
    name
    for name in git_files.listed(ROOT, *git_files.WORKING_TREE, "README.md", "docs/*.md", "docs/**/*.md")
    if (ROOT / name).is_file()
]
SCRIPTS = [
    pytest.param(script(found[1]), id=f"{page}:{read(page).count(chr(10), 0, found.start()) + 1}")
    for page in sorted(PAGES)
    for found in BLOCK.finditer(read(page))
]
COMMANDS = [(param.id, words) for param in SCRIPTS for words in commands(param.values[0])]


def of(program):
    found = [pytest.param(words, id=place) for place, words in COMMANDS if words[0] == program]
    assert found
    return pytest.mark.parametrize("words", found)


@pytest.mark.parametrize("text", SCRIPTS)
def test_the_shell_reads_it(text):
    done = subprocess.run(["bash", "-n"], input=text, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_program_is_known():
    assert len(COMMANDS) > 60
    assert {words[0] for dummy, words in COMMANDS} == set(TRIED)
    assert [where for where in TRIED.values() if where.endswith(".py") and not (ROOT / where).is_file()] == []


@of("make")
def test_what_is_made_is_a_target(words):
    targets = [word for word in words[1:] if "=" not in word]
    assert targets and all(re.search(rf"(?m)^{target}:", read("Makefile")) for target in targets)


@of("jq")
def test_a_query_finds_something(words, tmp_path):
    report = everything()
    removal = {"wwid": "3600a0980", "paths": [{"hctl": "0:0:0:19", "target": "iqn.x:1"}]}
    files = {
        "report/fleet.json": report,
        "report/limited/fleet.json": report,
        "report/removals/node7-2026-11-25T021504Z.json": {"removals": [removal]},
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))
    # Of a host, or of a cluster, which a loop of the page reads path by path.
    answer = configured_host() if "stale_mpath" in words[-1] else {"kind": "PodList"}
    words = ["/api/v1/pods" if word.startswith("$") else word for word in words]
    done = subprocess.run(words, cwd=tmp_path, input=json.dumps(answer), stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.strip() and "null" not in done.stdout.split()


def test_a_script():
    text = "for x in $(a b); do\n  grep -qx \"$x\" f || continue\ndone | jq '.[] |\n .x' \\\n  f  # a comment\n"
    text += "A=b && c -d > e\n"
    assert list(commands(text)) == [["a", "b"], ["grep", "-qx", "$x", "f"], ["jq", ".[] |\n .x", "f"], ["c", "-d"]]
    assert script("$ a \\\n  b\nout\n") == "a \\\n  b\n" and script("a\n") == "a\n"
