# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make docs/variables.md from the roles' meta/argument_specs.yml and defaults/main.yml, and from the playbooks.

    python tests/bootstrap/variables_page.py

What a variable takes is said in the words of the errors (plugin_utils/_roles/variables.py), with the ranges of numbers,
which an argument specification does not have. A unit test checks that the page is up to date.
"""

import json
import pathlib
import re

import yaml
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import variables
from rules_page import fill

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "variables.md"
HEAD = """<!--
SPDX-FileCopyrightText: 2026 The sanops.multipath authors
SPDX-License-Identifier: GPL-3.0-or-later
Made by tests/bootstrap/variables_page.py from roles/*/meta/argument_specs.yml, roles/*/defaults/main.yml and
playbooks/: change those, then run it.
-->

# The variables

Set them in the inventory, in a file (`-e @audit.yml`), or one by one (`-e audit_timeout=60`); a list or a dictionary as
JSON (`-e '{"audit_hazards": ["recycled"]}'`). The first task of each playbook and role checks them: a wrong value, or a
misspelt name that begins like the names of the role, fails the run before any host is asked. On a terminal,
`ansible-doc -t role sanops.multipath.audit` shows the variables of one role. """
PLAYBOOKS = """## The playbooks

| playbook | what it does | variables of |
| --- | --- | --- |"""
TABLE = "| variable | takes | default | meaning |\n| --- | --- | --- | --- |"
# The markup of Ansible's documentation, of which no text of the roles has another kind.
MARKUP = re.compile(r"\b(?P<kind>[CEMOPV])\((?P<text>[^)]+)\)")
# Where a playbook imports or includes a role.
ROLE = re.compile(r"(?m)^ +(?:- )?(?:name|role): sanops\.multipath\.(\w+)$")
DEFAULT_IN_WORDS = "as described"


def page():
    parts = [HEAD, "\n".join([PLAYBOOKS, *playbooks()])]
    for role in variables.role_names():
        spec = specification(role)
        parts += [f"## {role}", introduction(role, spec), "\n".join([TABLE, *rows(role)])]
    lines = "\n\n".join(part.strip() for part in parts).split("\n")
    return "\n".join(line if line.startswith("|") else fill(line) for line in lines) + "\n"


def playbooks():
    """Return a row for each playbook: the first paragraph of its comment, and the roles that it runs."""
    for path in sorted((ROOT / "playbooks").glob("*.yml")):
        text = path.read_text(encoding="utf-8")
        about = re.search(r"(?m)^#\n((?:# .+\n)+)#\n", text)[1].replace("# ", "").replace("\n", " ").strip()
        # Roles that are included in a loop are named where their variables are checked.
        checked = re.search(r"(?m)^ +roles: \[([\w, ]+)\]$", text)
        roles = checked[1].split(", ") if checked else re.findall(ROLE, text)
        links = ", ".join(f"[{role}](#{role})" for role in dict.fromkeys(roles))
        yield f"| `sanops.multipath.{path.stem}` | {about} | {links} |"


def introduction(role, spec):
    text = f"[{role}](../roles/{role}/README.md): {markdown(spec['short_description'], role)}."
    read = variables.READS.get(role)
    if read:
        text += f" It reads {listed([linked(name, role) for name in read])} too."
    return text


def rows(role):
    for name, option in variables.options(role).items():
        meaning = option["description"]
        meaning = markdown(meaning if isinstance(meaning, str) else " ".join(meaning), role)
        cells = [f"`{name}`", variables.takes(option), default(role, option), meaning]
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def default(role, option):
    """Return the default of a variable: that of its specification, unless the role computes it."""
    value = variables.defaults(role).get(option["name"], option.get("default"))
    if isinstance(value, str) and "{{" in value:
        other = re.fullmatch(r"{{ (\w+) \| default\(\[\]\) }}", value)
        return linked(other[1], role) if other else DEFAULT_IN_WORDS
    if value in (None, "", []) and "The default is" in str(option["description"]):
        return DEFAULT_IN_WORDS
    if value in (None, ""):
        return "none"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def markdown(text, role):
    """Return a text in the markup of Ansible's documentation as Markdown, with links to this page and to others."""

    def made(found):
        kind, name = found["kind"], found["text"]
        if kind == "O" and "#module:" in name:
            module, option = name.split("#module:")
            return f"`{option}` of the module `{module}`"
        if kind == "O":
            return linked(re.split("[#:]", name)[-1], role)
        if kind == "P" and name.endswith("#role"):
            name = name.removesuffix("#role").rpartition(".")[2]
            return f"[{name}](#{name})"
        if kind == "C" and name.startswith("docs/") and (ROOT / name).exists():
            return f"[{name.removeprefix('docs/')}]({name.removeprefix('docs/')})"
        return f"`{name.partition('#')[0]}`"

    return MARKUP.sub(made, text)


def linked(name, role):
    """Return the name of a variable, with a link if another role has it."""
    owner = variables.role_of(name)
    return f"[`{name}`](#{owner})" if owner not in (None, role) else f"`{name}`"


def listed(words):
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def specification(role):
    text = (ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["argument_specs"][variables.ENTRY_POINT]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
