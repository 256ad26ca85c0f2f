# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Part of `make lint`: check that ansible-doc renders every plugin and role without a warning.

Also check that docs/rules.md agrees with the rules.
"""

import json
import pathlib
import re
import subprocess
import sys

import rules_page

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLLECTION = "sanops.multipath"
# Folder under plugins/ -> ansible-doc's name of the type. Action plugins are documented by their module.
TYPES = {
    "callback": "callback",
    "filter": "filter",
    "inventory": "inventory",
    "lookup": "lookup",
    "modules": "module",
    "test": "test",
}


def main():
    if rules_page.PAGE.read_text(encoding="utf-8") != rules_page.page():
        sys.exit(
            "docs/rules.md differs from the rules and policies; to update it, run: python tests/bootstrap/rules_page.py"
        )
    rendered = 0
    for folder, kind in TYPES.items():
        files = {f"{COLLECTION}.{path.stem}" for path in (ROOT / "plugins" / folder).glob("[a-z]*.py")}
        if files:
            names = set(json.loads(ansible_doc(kind, "--list", "--json", COLLECTION)))
            # One filter file may hold several filters, so there may be more names than files.
            if files - names and kind not in ("filter", "test"):
                sys.exit(f"ansible-doc does not know {', '.join(sorted(files - names))}")
            rendered += render(kind, names)
    roles = {f"{COLLECTION}.{path.parents[1].name}" for path in (ROOT / "roles").glob("*/tasks/main.yml")}
    if roles:
        rendered += render("role", roles)
    print(f"ansible-doc renders all {rendered} plugins and roles")


def render(kind, names):
    """Render all of `names` and return their number.

    End the program where one fails, warns, or has next to no text.
    """
    if not names:
        sys.exit(f"ansible-doc finds no {kind} in {COLLECTION}")
    text = ansible_doc(kind, *sorted(names))
    # Each begins with a line such as "> MODULE sanops.multipath.mpath_flush (path)".
    pages = re.split(r"^> ", text, flags=re.MULTILINE)[1:]
    shown = {
        name
        for page in pages
        for name in names
        if re.search(rf"{re.escape(name)}(?!\w)", page.splitlines()[0]) and len(page.splitlines()) > 5
    }
    if shown != names:
        sys.exit(f"ansible-doc -t {kind} shows next to nothing of {', '.join(sorted(names - shown))}: documented?")
    return len(names)


def ansible_doc(kind, *arguments):
    command = ["ansible-doc", "--type", kind, *arguments]
    answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    # With roles ansible-doc also looks at a collection inside ansible-core itself, and warns that it has no version.
    messages = "\n".join(line for line in answer.stderr.splitlines() if "/ansible/_protomatter'" not in line)
    if answer.returncode or "WARNING" in messages or "ERROR" in messages:
        sys.exit(f"{' '.join(command)}:\n{messages}")
    return answer.stdout


if __name__ == "__main__":
    main()
