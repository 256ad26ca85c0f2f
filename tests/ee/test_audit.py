# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit inside the execution environment."""

import json
import socket

import pytest

AUDIT = ["ansible-playbook", "sanops.multipath.audit", "--extra-vars", "audit_report_dir=/runner/shared/report"]
# The container itself is the host: one without SAN devices, and without sudo.
LOCAL = ["--inventory", "localhost,", "--connection", "local", "--extra-vars", "audit_become=false"]


@pytest.mark.parametrize("user", ["1000", "4711:0", "0"], ids=["its own user", "a user id of OpenShift", "root"])
def test_a_host_without_devices_is_audited_by_any_user(inside, shared, user):
    folder, volume = shared
    done = inside(*AUDIT, *LOCAL, options=[volume, f"--user={user}"])
    assert "1 host: 1 audited. 0 devices." in done.stdout
    fleet = json.loads((folder / "report/fleet.json").read_text(encoding="utf-8"))
    assert [(host["name"], host["compliance"]) for host in fleet["hosts"]] == [("localhost", "compliant")]


def test_a_host_that_refuses_ssh_is_unreachable_and_never_compliant(inside, shared):
    folder, volume = shared
    with socket.socket() as closed:
        # Bound and not listening: whoever connects is refused.
        closed.bind(("127.0.0.1", 0))
        host = f"ansible_host=127.0.0.1 ansible_port={closed.getsockname()[1]}"
        (folder / "inventory").write_text(f"node1 {host}\n")
        done = inside(*AUDIT, "--inventory", "/runner/shared/inventory", options=[volume], code=2)
    assert "Connection refused" in done.stdout
    fleet = json.loads((folder / "report/fleet.json").read_text(encoding="utf-8"))
    assert [(host["name"], host["compliance"]) for host in fleet["hosts"]] == [("node1", "unreachable")]


def test_it_does_as_a_worker_what_awx_sends_it(inside, shared):
    """The image runs a job as AWX sends it.

    AWX sends a stream to `ansible-runner worker` in the container, and reads events and artifacts from the stream that
    comes back.
    """
    folder, volume = shared
    (folder / "in/inventory").mkdir(parents=True)
    (folder / "in/env").mkdir()
    (folder / "in/inventory/hosts").write_text("localhost ansible_connection=local\n")
    (folder / "in/env/extravars").write_text(
        json.dumps({"awx_job_id": 7, "audit_become": False, "audit_report_dir": "/tmp/report"})
    )
    job = inside(
        "ansible-runner", "transmit", "/runner/shared/in", "--playbook", "sanops.multipath.audit", options=[volume]
    ).stdout
    stream = inside(
        "ansible-runner", "worker", "--private-data-dir", "/runner", options=["--interactive"], stdin=job
    ).stdout
    lines = [json.loads(line) for line in stream.splitlines() if line.startswith("{")]
    assert [line["status"] for line in lines if "status" in line][-1] == "successful"
    stats = next(line["event_data"] for line in lines if line.get("event") == "playbook_on_stats")
    assert stats["ok"] == {"localhost": 5}
    assert list(stats["artifact_data"]) == ["san_audit_7"]
