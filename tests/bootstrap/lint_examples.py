# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Part of `make lint`: ansible-lint over the YAML examples of the documents, as strict as over the collection."""

import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap

import git_files
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ("README.md", "docs/*.md", "docs/**/*.md", "roles/*/README.md")
BLOCK = re.compile(r"(?ms)^( *)```ya?ml\n(.*?)^ *```")
# Fewer would mean that they were not found.
FEWEST = 25


def examples(page, text):
    """Yield (name of a file, its text) of each YAML example of a page; ansible-lint knows by its folder what it is."""
    for found in BLOCK.finditer(text):
        block = textwrap.dedent(found[2])
        name = f"{page.removesuffix('.md').replace('/', '_').lower()}_{text.count(chr(10), 0, found.start()) + 1}.yml"
        yield f"{folder(yaml.safe_load(block))}/{name}", block if block.startswith("---") else f"---\n{block}"


def folder(content):
    """Return the folder for a file with this content: plays, tasks, variables, or what is not Ansible's."""
    if isinstance(content, list):
        plays = any({"hosts", "import_playbook", "ansible.builtin.import_playbook"} & set(entry) for entry in content)
        return "playbooks" if plays else "tasks"
    variables = all(key.isidentifier() for key in content) and not {"apiVersion", "version"} & set(content)
    return "vars" if variables else "others"


def main():
    names = sorted(set(git_files.listed(ROOT, *git_files.WORKING_TREE, *PAGES)))
    pages = {name: (ROOT / name).read_text(encoding="utf-8") for name in names if (ROOT / name).is_file()}
    found = dict(example for page, text in pages.items() for example in examples(page, text))
    if len(found) < FEWEST:
        sys.exit(f"Only {len(found)} examples were found, at least {FEWEST} are expected.")
    with tempfile.TemporaryDirectory() as temporary:
        for name, text in found.items():
            path = pathlib.Path(temporary, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        command = ["ansible-lint", "--offline", "--strict", "--profile", "production", *sorted(found)]
        code = subprocess.run(command, cwd=temporary, check=False).returncode
    if code:
        sys.exit("The number in the name of a file is the line of its page at which the example begins.")
    print(f"{len(found)} examples of {len(pages)} pages: nothing to say")


if __name__ == "__main__":
    main()
