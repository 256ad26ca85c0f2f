# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a lab's folder before its machines are started: for a boot, and for a resume.

`facts`, the content of lab.json, is {machines: {name: SSH port}, rest_port, passwords: {user: password}, images:
{name: folder}, nodes (a number), memory (MiB of a node), suites (see topology.Size),
transport, accel (QEMU's options)}.
"""

import json
import secrets
import shutil
from pathlib import Path

from lab import contents, hub, machine, network, ssh, topology


def booting(folder, images, size, transport):
    """Make the folder of a lab that is to boot; return its facts.

    images: maps each machine, the array first, to its image; size: the topology.Size.
    """
    _make(folder)
    ssh.make_key(folder / "ssh_key")
    nodes = [name for name in images if name != topology.ARRAY]
    facts = {
        "passwords": {user: secrets.token_urlsafe(12) for user in ("admin", "audit")},
        "images": {name: str(image) for name, image in images.items()},
        "nodes": size.nodes,
        "memory": size.memory,
        "suites": list(size.suites),
        "transport": transport,
        "accel": machine.accelerator(images[topology.ARRAY]),
    }
    facts |= _network(images)
    hub.write_faults(folder, {})
    users = [
        {"username": "admin", "password": facts["passwords"]["admin"]},
        {"username": "audit", "password": facts["passwords"]["audit"], "readonly": True},
    ]
    certificate, key = _certificate(folder)
    for name, image in images.items():
        files = contents.common_files(name, folder, transport)
        files |= (
            contents.array_files(nodes, users, certificate, key, transport)
            if name == topology.ARRAY
            else contents.node_files(name)
        )
        machine.prepare(folder / name, image, files)
    _write(folder, facts)
    return facts


def resuming(folder, store, path, only=None):
    """Make the folder of a lab that resumes the state `path` of `store`, with all its nodes or `only` these.

    Return its facts, or None where the state is gone.
    """
    _make(folder)
    about = store.read_into(path, folder)
    if about is None:
        return None
    facts = about["facts"]
    facts |= _network([name for name in facts["machines"] if only is None or name in (topology.ARRAY, *only)])
    for name in facts["machines"]:
        (folder / name / "console.log").touch()
    _write(folder, facts)
    return facts


def saved(facts):
    """Return what of a lab's facts a state keeps: all but what the lab has taken of this machine's network."""
    return {key: value for key, value in facts.items() if key != "rest_port"}


def _make(folder):
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "keys").mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)


def _network(machines):
    rest_port, *ports = network.free_ports(1 + len(machines))
    return {"machines": dict(zip(machines, ports, strict=True)), "rest_port": rest_port}


def _certificate(folder):
    """Make the lab's own certificate authority (ca.pem); return the array's certificate and key."""
    import trustme  # noqa: PLC0415 - `build` and `apt-packages` do without the virtual environment

    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost", topology.ARRAY)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    return b"".join(part.bytes() for part in certificate.cert_chain_pems), certificate.private_key_pem.bytes()


def _write(folder, facts):
    """Write the machines' commands for the keeper, and the Ansible inventory."""
    commands = {}
    for name, port in facts["machines"].items():
        forwards = {port: 22} | ({facts["rest_port"]: contents.REST_PORT} if name == topology.ARRAY else {})
        image = Path(facts["images"][name])
        commands[name] = machine.qemu_command(name, image, folder / name, forwards, facts["accel"], facts["memory"])
    (folder / "machines.json").write_text(json.dumps(commands, indent=1), encoding="utf-8")
    audit = [
        {
            "hostname": "127.0.0.1",
            "http_port": facts["rest_port"],
            "username": "audit",
            "password": facts["passwords"]["audit"],
            "ca_path": str(folder / "ca.pem"),
        }
    ]
    inventory = folder / "inventory.yml"
    inventory.touch(mode=0o600)
    hosts = {name: ssh.Ssh(name, port, folder) for name, port in facts["machines"].items() if name != topology.ARRAY}
    inventory.write_text(contents.inventory(list(hosts), hosts, audit), encoding="utf-8")
