# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of the playbook sanops.multipath.awx against the stub."""

import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys

from awx_stub.server import Stub, serving

ROOT = pathlib.Path(__file__).resolve().parents[2]
AWX = ROOT / "build/awx/collections"
REPOSITORY = "https://git.example.com/san.git"
PLAYBOOKS = ["audit.yml", "report.yml", "policy.yml", "remediate.yml"]
PASSWORD = "controller-passphrase"
# None of these may be in any output.
SECRETS = [PASSWORD, "array-passphrase", "hosts-private-key"]


@dataclasses.dataclass
class Run:
    code: int
    text: str
    # What it asked the controller.
    requests: list

    @property
    def changed(self):
        return int(re.search(r"changed=(\d+)", self.text).group(1))

    @property
    def failed(self):
        return " ".join(re.findall(r"\[ERROR\]: (.*)|fatal: .*?\"msg\": \"(.*)\"", self.text)[-1])

    def writes(self):
        return [request for request in self.requests if request[0] != "GET"]


class Controller:
    """A stub that listens, and runs of playbooks against it."""

    def __init__(self, stub, url, folder):
        self.stub = stub
        self.url = url
        self.folder = folder

    def run(self, *arguments, playbook="sanops.multipath.awx", collections=(AWX,), **variables):
        known = {
            "awx_hostname": self.url,
            "awx_username": "admin",
            "awx_password": PASSWORD,
            "awx_ee_image": "registry.example.com/san-ee:1",
            "awx_project_url": REPOSITORY,
            "awx_webhook_url": "https://hooks.example.com/san",
            "awx_inventory_path": "inventory.yml",
            "awx_schedule_timezone": "Europe/Berlin",
            "awx_report_dir": "/var/lib/san",
            "awx_remediation_variables": {"stale_devices_hazards": ["recycled"], "stale_devices_max_share": 0.25},
            "awx_audit_variables": {"audit_hosts": "san"},
            "awx_arrays": [
                {"hostname": "cluster1.example.com", "username": "san-audit", "password": "array-passphrase"}
            ],
            "awx_machine_inputs": {"username": "ansible", "ssh_key_data": "hosts-private-key", "become_method": "sudo"},
        }
        (self.folder / "variables.json").write_text(json.dumps({**known, **variables}))
        before = len(self.stub.requests)
        paths = os.pathsep.join([os.environ["ANSIBLE_COLLECTIONS_PATH"], *map(str, collections)])
        command = [
            pathlib.Path(sys.executable).with_name("ansible-playbook"),
            playbook,
            "--extra-vars",
            f"@{self.folder / 'variables.json'}",
            *arguments,
        ]
        environment = dict(
            os.environ,
            ANSIBLE_COLLECTIONS_PATH=paths,
            ANSIBLE_LOCALHOST_WARNING="false",
            ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
        )
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout, self.stub.requests[before:])


def listening(folder):
    """Give a Controller whose runs are in `folder`."""
    stub = Stub({REPOSITORY: PLAYBOOKS}, "admin", PASSWORD, {"inventory.yml": ["node1", "node2"]})
    with serving(stub) as url:
        yield Controller(stub, url, folder)
