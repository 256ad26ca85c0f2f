# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A playbook as a job of AWX.

It goes over the stream of `ansible-runner transmit | worker | process`, as to an execution node and back.
"""

import json
import os
import pathlib
import shlex
import sys


class Job:
    """One job.

    folder: its own, to be made; playbook: its name; inventory: as YAML has it; variables: the extra ones; environment:
    of ansible-playbook.
    """

    def __init__(self, folder, playbook, inventory, variables, environment, forks=5):
        self.folder, self.sent, self.playbook = folder, folder / "sent", playbook
        files = {
            "inventory/hosts.json": inventory,
            "env/extravars": variables,
            "env/envvars": environment,
            "env/cmdline": f"--forks {forks}",
        }
        for name, content in files.items():
            path = self.sent / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        (self.sent / "project").mkdir()
        (folder / "received").mkdir()

    def command(self):
        """Return the command that runs the job, for subprocess."""
        runner = shlex.join([sys.executable, "-m", "ansible_runner"])
        steps = [
            [runner, "transmit", self.sent, "--playbook", self.playbook],
            [runner, "worker"],
            [runner, "process", self.folder / "received"],
        ]
        return [
            "sh",
            "-c",
            " | ".join(" ".join([step[0]] + [shlex.quote(str(word)) for word in step[1:]]) for step in steps),
        ]

    def code(self):
        """Return the exit code of its ansible-playbook. Raises OSError where the stream was cut."""
        return int((self.folder / "received/artifacts/rc").read_text())

    def output(self):
        return (self.folder / "received/artifacts/stdout").read_text(encoding="utf-8")

    def events(self):
        """Return the events that AWX gets of the job."""
        return [
            json.loads(path.read_text(encoding="utf-8"))
            for path in (self.folder / "received/artifacts/job_events").iterdir()
        ]

    def artifacts(self):
        """Return what set_stats passed on, as AWX takes it for the jobs that follow."""
        found = {}
        for event in self.events():
            if event["event"] == "playbook_on_stats":
                found.update(event["event_data"].get("artifact_data") or {})
        return found


def environment(home, collections):
    """Return the environment of a job, which has only PATH from the caller's."""
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    return {
        "PATH": path,
        "HOME": str(home),
        "ANSIBLE_HOME": str(home),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_NOCOWS": "1",
        "ANSIBLE_SSH_RETRIES": "0",
    }


def slices(names, number):
    """Return the hosts of each slice, as AWX cuts them: every n-th by name."""
    return [sorted(names)[first::number] for first in range(number)]
