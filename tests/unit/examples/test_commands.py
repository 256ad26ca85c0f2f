# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands in README.md and docs/: what they run exists, each variable takes its value, and whatever asks arrays
names them.
"""

import json
import pathlib
import re
import shlex
import typing as t

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import checks, variables
from bootstrap import git_files

ROOT = pathlib.Path(__file__).parents[3]
COLLECTION = "sanops.multipath."
OPTIONS = {name: option for role in variables.role_names() for name, option in variables.options(role).items()}
# The options of the two programs that the pages use, and whether each has a value.
FLAGS = {
    **dict.fromkeys(("-a", "-e", "-i", "-m", "--limit", "--user"), True),
    **dict.fromkeys(("-b", "--ask-become-pass", "--ask-vault-pass", "--check", "--diff", "--version"), False),
}
PROGRAM = r"ansible(?:-playbook)? "
FENCED = re.compile(r"(?ms)^ *```.*?^ *```")
INLINE = re.compile(rf"(?<!`)`({PROGRAM}[^`]+)`")
# With a prompt, behind a key of YAML, or alone in its line.
COMMAND = re.compile(rf"(?m)^ *(?:\$ |script: |)({PROGRAM}(?:.*\\\n)*.*)$")
ENDS = ("|", "&&", ";")
ASK_ARRAYS = ("array_account", "audit", "preflight", "remediate")
ARRAYS = ("@arrays.yml", "@views.yml")
# Pages whose commands name no arrays: the reason, and a text of the page that shows it.
_BY_THE_LAB = "tests/scenarios/test_cases.py runs them in the lab, whose inventory has the arrays"
NAMED_ELSEWHERE = {
    "docs/tutorial.md": ("make molecule runs it on the lab, whose inventory has them", "in `audit_arrays`, the array."),
    "README.md": ("the inventory has them", "# inventory/group_vars/all/arrays.yml\naudit_arrays:"),
    **{
        f"docs/cases/{name}.md": (_BY_THE_LAB, "```console\n$ ansible-playbook ")
        for name in (
            "auto-scan",
            "exposed-lun",
            "huawei-residual-devices",
            "proxmox-deleted-volume",
            "trident-leftovers",
        )
    },
}


class Command(t.NamedTuple):
    """A command of a page: the program, its options with values, the options without, and its other words."""

    page: str
    line: int
    program: str
    values: list[tuple[str, str]]
    switches: list[str]
    words: list[str]

    def extra(self):
        """Return the variables of -e: [(name, value)]. Fail for what is no variable, file or JSON."""
        found = []
        for option, value in self.values:
            if option == "-e" and value.startswith("{"):
                found += json.loads(value).items()
            elif option == "-e" and not value.startswith("@"):
                name, equals, text = value.partition("=")
                assert equals, f"-e {value} has no ="
                found.append((name, text))
        return found

    def of(self, wanted):
        return [value for option, value in self.values if option == wanted]

    def playbook(self):
        """Return the name of the collection's playbook that it runs, or None."""
        name = self.words[0]
        return name.removeprefix(COLLECTION) if name.startswith(COLLECTION) else None

    def is_mention(self):
        """Return whether a page only names the program and what it runs."""
        return not self.values and not self.switches


def commands_of(page, text):
    """Yield the commands of a page."""
    fenced = [(found.start(), found.group()) for found in FENCED.finditer(text)]
    for start, block in fenced:
        for found in COMMAND.finditer(block):
            yield parsed(page, text, start + found.start(1), found[1])
    # Blanks in place of the blocks, so that each place in the text stays where it is.
    prose = FENCED.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    for found in INLINE.finditer(prose):
        yield parsed(page, text, found.start(1), found[1])


def parsed(page, text, start, command):
    words = iter(shlex.split(re.sub(r"\\?\n *", " ", command), comments=True))
    line = text.count("\n", 0, start) + 1
    made = Command(page, line, next(words), [], [], [])
    for word in words:
        if word in ENDS:
            break
        if not word.startswith("-"):
            made.words.append(word)
        elif FLAGS.get(word):
            made.values.append((word, next(words)))
        else:
            made.switches.append(word)
    return made


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def runs_ours(command):
    return command.program == "ansible-playbook" and command.playbook() is not None


PAGES = sorted(
    name
    for name in git_files.listed(ROOT, *git_files.WORKING_TREE, "README.md", "docs/*.md", "docs/**/*.md")
    if (ROOT / name).is_file()
)
COMMANDS = [
    # A line of sudoers begins with the name of a user.
    pytest.param(command, id=f"{command.page}:{command.line}")
    for page in PAGES
    for command in commands_of(page, read(page))
    if "ALL" not in command.words
]
each = pytest.mark.parametrize("command", COMMANDS)


def test_the_commands_are_found():
    found = [param.values[0] for param in COMMANDS]
    assert len(found) > 40
    assert {"README.md", "docs/audit.md", "docs/formats.md", "docs/cases/auto-scan.md"} < {cmd.page for cmd in found}
    assert {"audit", "preflight", "remediate", "report", "array_account", "awx"} == {
        cmd.playbook() for cmd in found if cmd.program == "ansible-playbook"
    } - {None}
    assert {cmd.of("-m")[0] for cmd in found if cmd.of("-m")} >= {COLLECTION + "stale_mpath_facts"}


@pytest.mark.parametrize("page", PAGES)
def test_no_command_is_overlooked(page):
    named = re.findall(rf"ansible-playbook\s+(?:\\\s+)?{COLLECTION}", read(page))
    assert len(named) == len(
        [param for param in COMMANDS if param.values[0].page == page and runs_ours(param.values[0])]
    )


@each
def test_the_options_are_known(command):
    assert [switch for switch in command.switches if switch not in FLAGS] == []


@each
def test_what_it_runs_exists(command):
    if command.program == "ansible":
        modules = command.of("-m")
        assert modules or command.is_mention() or command.switches == ["--version"]
        for name in modules:
            module = name.removeprefix(COLLECTION)
            assert name.startswith("ansible.builtin.") or (ROOT / "plugins" / "modules" / f"{module}.py").is_file()
        return
    name = command.playbook()
    if name:
        assert (ROOT / "playbooks" / f"{name}.yml").is_file(), f"there is no playbook {name}"
    else:
        assert f"\n# {command.words[0]}\n" in read(command.page), f"the page does not show {command.words[0]}"


@each
def test_each_variable_is_one_of_a_role_and_takes_the_value(command):
    for name, value in command.extra():
        if name in OPTIONS:
            assert checks.wrong(name, value, OPTIONS[name]) is None
        else:
            # What the command itself uses, and Ansible's own.
            assert re.search(rf"\b{name}\b", " ".join(command.of("-a"))) or name.startswith("ansible_"), name


@each
def test_what_asks_arrays_names_them(command):
    if (
        command.program == "ansible-playbook"
        and command.playbook() in ASK_ARRAYS
        and not command.is_mention()
        and command.page not in NAMED_ELSEWHERE
    ):
        assert set(command.of("-e")).intersection(ARRAYS), "without arrays nothing is stale: -e @arrays.yml is missing"


@pytest.mark.parametrize("page", NAMED_ELSEWHERE)
def test_the_pages_that_need_not_name_them(page):
    reason, shown = NAMED_ELSEWHERE[page]
    assert reason and shown in read(page)
    assert [param for param in COMMANDS if param.values[0].page == page]


PAGE = """# A page

Run `ansible-playbook sanops.multipath.audit -i
inventory -e @arrays.yml`, see `ansible-playbook`.

```sh
ansible-playbook sanops.multipath.report -e '{"report_files": ["a", "b"]}' -e report_keep=3   # a comment
$ ansible node7 -b -m sanops.multipath.stale_mpath_facts \\
  -a timeout=60 | jq .
```
"""


def test_a_page():
    inline = Command(
        "p", 3, "ansible-playbook", [("-i", "inventory"), ("-e", "@arrays.yml")], [], [COLLECTION + "audit"]
    )
    report, facts, last = commands_of("p", PAGE)
    assert last == inline
    assert (report.line, report.playbook(), report.words) == (7, "report", [COLLECTION + "report"])
    assert report.extra() == [("report_files", ["a", "b"]), ("report_keep", "3")]
    assert (facts.line, facts.words, facts.switches) == (8, ["node7"], ["-b"])
    assert facts.values == [("-m", COLLECTION + "stale_mpath_facts"), ("-a", "timeout=60")]
