# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is laid over the base image in each machine: identity, keys, and the array's service."""

import json
from pathlib import Path

from lab import machine, topology
from lab.ssh import make_key

SIMULATOR = Path(__file__).parents[1] / "ontap_sim"
REST_PORT = 443
BYTECODE_CACHE = Path(__file__).parent / "node/bytecode_cache.py"

_NODE_MODULES = "sg\nsd_mod\ndm_multipath\nscsi_dh_alua\niscsi_tcp\n"
_ARRAY_MODULES = "configfs\ntarget_core_mod\ntarget_core_file\niscsi_target_mod\n"

_UNIT = f"""\
[Unit]
Description=ONTAP's REST API in front of the kernel's SCSI target
After=network.target systemd-modules-load.service sys-kernel-config.mount

[Service]
WorkingDirectory=/opt
Environment=PYTHONUNBUFFERED=1
ExecStart=/usr/bin/python3 -m ontap_sim --listen 0.0.0.0:{REST_PORT} --cert /etc/ontap_sim/cert.pem \
--key /etc/ontap_sim/key.pem --users /etc/ontap_sim/users.json --world /etc/ontap_sim/world.json --backend lio
"""


def world(nodes, transport="iscsi"):
    """Return the simulator's world: the SVMs that serve a transport, one igroup per node in each, and no LUN."""
    is_fc = transport == "fc"
    served = _fc_svm() if is_fc else {"svms": [_iscsi_svm(svm) for svm in topology.SVMS.values()]}
    return {
        "cluster": {"name": "lab", "version": "9.14.1"},
        **served,
        "igroups": [
            {
                "name": node,
                "svm": svm["name"],
                "protocol": "fcp" if is_fc else "iscsi",
                "os_type": "linux",
                "initiators": topology.initiators(node, transport),
            }
            for svm in served["svms"]
            for node in nodes
        ],
        "luns": [],
        "maps": [],
    }


def _iscsi_svm(svm):
    return {"name": svm.name, "target": svm.target, "portals": svm.portals}


def _fc_svm():
    """Return the SVM with Fibre Channel, and its LIFs: one on each fabric, each at home on another node."""
    svm, wwpns = topology.FC_SVM, [topology.wwpn(topology.ARRAY, fabric) for fabric in topology.FABRICS]
    lifs = [
        {
            "name": f"{svm}_fc_lif{number}",
            "svm": svm,
            "wwpn": wwpn,
            "wwnn": f"10{wwpn[2:]}",
            "home_node": f"lab-{number:02}",
        }
        for number, wwpn in enumerate(wwpns, 1)
    ]
    return {"svms": [{"name": svm, "iscsi_enabled": False}], "fc_interfaces": lifs}


def common_files(name, folder, transport):
    """Return the files of any machine as {path: (content, mode)}; notes its host key in known_hosts."""
    host_key = folder / "keys" / f"{name}_host_key"
    public = make_key(host_key)
    with open(folder / "known_hosts", "a", encoding="ascii") as known_hosts:
        known_hosts.write(f"{name} {' '.join(public.split()[:2])}\n")
    return {
        "/etc/hostname": (f"{name}\n", 0o644),
        "/etc/hosts": (f"127.0.0.1 localhost {name}\n", 0o644),
        "/etc/lab/network.sh": (machine.network_script(name, transport), 0o644),
        "/etc/ssh/ssh_host_ed25519_key": (host_key.read_bytes(), 0o600),
        "/root/.ssh/authorized_keys": ((folder / "ssh_key.pub").read_bytes(), 0o600),
    }


def node_files(name):
    """Return the files of a node, as above."""
    return {
        "/usr/lib/python3/dist-packages/lab_bytecode_cache.py": (BYTECODE_CACHE.read_bytes(), 0o644),
        "/usr/lib/python3/dist-packages/lab_bytecode_cache.pth": ("import lab_bytecode_cache\n", 0o644),
        "/var/cache/lab-bytecode/README": ("See lab_bytecode_cache.py.\n", 0o644),
        "/etc/lab/node": ("", 0o644),
        "/etc/modules-load.d/lab.conf": (_NODE_MODULES, 0o644),
        "/etc/iscsi/initiatorname.iscsi": (f"InitiatorName={topology.initiator(name)}\n", 0o600),
    }


def array_files(nodes, users, certificate, key, transport):
    """Return the files of the array machine; `certificate` and `key` are PEM bytes."""
    files = {
        "/etc/lab/array": ("", 0o644),
        "/etc/modules-load.d/lab.conf": (_ARRAY_MODULES, 0o644),
        "/etc/ontap_sim/world.json": (json.dumps(world(nodes, transport), indent=1), 0o644),
        "/etc/ontap_sim/users.json": (json.dumps(users, indent=1), 0o600),
        "/etc/ontap_sim/cert.pem": (certificate, 0o644),
        "/etc/ontap_sim/key.pem": (key, 0o600),
        "/etc/systemd/system/ontap-sim.service": (_UNIT, 0o644),
        "/etc/systemd/system/multi-user.target.wants/ontap-sim.service": ("../ontap-sim.service", None),
    }
    for path in sorted(SIMULATOR.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            files[f"/opt/ontap_sim/{path.relative_to(SIMULATOR)}"] = (path.read_bytes(), 0o644)
    return files


def inventory(nodes, ssh, audit):
    """Return the Ansible inventory of a lab (JSON is YAML); `ssh` maps a node to its Ssh.

    `audit` is the collection's list of arrays, with its credentials.
    """
    hosts = {}
    for node in nodes:
        shared = ssh[node].shared
        options = {**ssh[node].options, **({"ControlPath": shared.with_name(f"{node}.%p.ssh")} if shared else {})}
        arguments = " ".join(f"-o {key}={value}" for key, value in options.items() if key != "IdentityFile")
        hosts[node] = {"ansible_port": ssh[node].port, "ansible_ssh_common_args": f"-F /dev/null {arguments}"}
    common = {
        "ansible_host": "127.0.0.1",
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(ssh[nodes[0]].options["IdentityFile"]),
        "ansible_python_interpreter": "/usr/bin/python3",
        "audit_arrays": audit,
    }
    return (
        "# Made by the lab; it goes with it.\n"
        + json.dumps({"san_nodes": {"hosts": hosts, "vars": common}}, indent=2)
        + "\n"
    )
