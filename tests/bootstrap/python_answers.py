# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record what each ansible-core answers where a host's Python is too old, or is not there.

    python tests/bootstrap/python_answers.py                  # every release that this machine can run
    python tests/bootstrap/python_answers.py PYTHON ...       # of the releases that these interpreters import

It writes tests/unit/recordings/python.json: for each release and each Python of this machine the result of the module
stale_mpath_facts, as Ansible returns it without the collection's action plugins. Run it when there is a new release of
ansible-core. No part of `make test`.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import cores
import pythons

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests/unit/recordings/python.json"
VERSIONS = ["2.7", "3.6", "3.7", "3.8", "3.9"]
ABSENT = "/usr/bin/no-python"
LINE = 400  # characters: a traceback has all the code of a module in one line
PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - sanops.multipath.stale_mpath_facts:
      register: answer
      ignore_errors: true
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        content: "{{ groups['all'] | zip(groups['all'] | map('extract', hostvars, 'answer')) | to_json }}"
        dest: "{{ answers }}"
"""


def main(chosen):
    if not chosen:
        chosen = [str(venv / "bin/python") for venv in map(cores.ensure, cores.releases()) if venv]
    hosts = {version: pythons.find(version) for version in VERSIONS}
    hosts = {version: path for version, path in hosts.items() if path}
    recorded = []
    for python in map(os.path.abspath, chosen):
        recorded += ask(python, hosts)
        print(f"{recorded[-1]['core']}: {len(hosts)} Pythons and none", flush=True)
    RECORDED.write_text(json.dumps(recorded, indent=1) + "\n")


def ask(python, hosts):
    """Return [{'core', 'python' (None: there is none), 'interpreter', 'result'}] of one ansible-core."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        collection = folder / "ansible_collections/sanops/multipath/plugins"
        for name in ("modules", "module_utils"):
            shutil.copytree(ROOT / "plugins" / name, collection / name)
        (folder / "play.yml").write_text(PLAY)
        interpreters = {**hosts, "none": ABSENT}
        inventory = {name: {"ansible_python_interpreter": path} for name, path in interpreters.items()}
        local = {"ansible_connection": "local"}
        (folder / "hosts.json").write_text(json.dumps({"all": {"hosts": inventory, "vars": local}}))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        command = [
            python,
            "-m",
            "ansible",
            "playbook",
            "-i",
            "hosts.json",
            "play.yml",
            "-e",
            f"answers={folder}/answers",
        ]
        subprocess.run(
            command,
            cwd=folder,
            env={**kept, "ANSIBLE_COLLECTIONS_PATH": temporary, "HOME": temporary},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        answers = dict(json.loads((folder / "answers").read_text()))
    core = subprocess.run(
        [python, "-c", "from ansible.release import __version__; print(__version__)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    return [
        {
            "core": core,
            "python": None if name == "none" else _version(path),
            "interpreter": path,
            "result": _plain(answers[name]),
        }
        for name, path in interpreters.items()
    ]


def _version(path):
    answer = subprocess.run(
        [path, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    )
    return answer.stdout.split()[1]


def _plain(result):
    """Return a result without the facts of this machine, and without the code of the module."""
    made = {key: value for key, value in result.items() if key != "ansible_facts"}
    for key, value in made.items():
        if isinstance(value, str):
            made[key] = "".join(line for line in value.splitlines(keepends=True) if len(line) <= LINE)
    return made


if __name__ == "__main__":
    main(sys.argv[1:])
