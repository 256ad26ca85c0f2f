# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
import gzip
import shutil
import subprocess

import pytest
from lab import contents, machine, network, topology
from lab.errors import LabError


def command(name, tmp_path):
    return machine.qemu_command(
        name, tmp_path / "image", tmp_path / "run" / name, {4022: 22, 4443: 443}, ["-accel", "tcg"]
    )


def test_addresses_are_unique_in_a_fabric():
    machines = [topology.ARRAY, *topology.node_names(topology.MAX_NODES)]
    for fabric in topology.FABRICS:
        found = [address for name in machines for address in topology.addresses(name, fabric)]
        assert len(found) == len(set(found)) == topology.MAX_NODES + len(topology.SVMS)
    macs = [topology.mac(name, interface) for name in machines for interface in range(3)]
    assert len(macs) == len(set(macs))


def test_address_plan():
    assert topology.addresses("node2", "b") == ["10.10.2.22"]
    assert topology.SVMS["svm2"].portals == ["10.10.1.11:3260", "10.10.2.11:3260"]
    assert topology.wwid("80C0l+Iq5Yc3") == "3600a0980" + "383043306c2b497135596333"


def test_qemu_command(tmp_path):
    words = command("node1", tmp_path)
    assert "user,id=mgmt,restrict=on,hostfwd=tcp:127.0.0.1:4022-:22,hostfwd=tcp:127.0.0.1:4443-:443" in words
    assert "stream,id=sana,server=off,addr.type=unix,addr.path=sana" in words, "in its own folder: labs do not meet"
    assert "stream,id=sanb,server=off,addr.type=unix,addr.path=sanb" in words
    assert "-no-reboot" in words
    assert "panic=-1" in words[words.index("-append") + 1]
    assert words[words.index("-m") + 1] == str(machine.MEMORY["node"])
    assert words[words.index("-name") + 1] == "run-node1"


def test_nodes_alone_get_the_memory_that_is_asked_for(tmp_path):
    for name, expected in (("node1", "2048"), ("array", str(machine.MEMORY["array"]))):
        words = machine.qemu_command(name, tmp_path, tmp_path / name, {}, [], memory=2048)
        assert words[words.index("-m") + 1] == expected


@pytest.mark.parametrize(
    ("asked", "environment", "nodes"),
    [
        (None, "", ["bookworm", "trixie", "bookworm"]),
        (None, "bullseye,sid", ["bullseye", "sid", "bullseye"]),
        ("sid", "bullseye", ["sid", "sid", "sid"]),
        ("trixie, bullseye, bookworm", "", ["trixie", "bullseye", "bookworm"]),
    ],
)
def test_the_nodes_take_turns_in_the_generations(monkeypatch, asked, environment, nodes):
    monkeypatch.setenv("LAB_SUITES", environment)
    machines = topology.Size(3, 640, topology.suites(asked)).machines()
    assert machines == dict(zip(["array", "node1", "node2", "node3"], ["bookworm", *nodes]))


def test_an_unknown_generation_is_named():
    with pytest.raises(LabError, match="There is no generation buster; there are: bullseye, bookworm, trixie, sid"):
        topology.suites("sid,buster")


def test_qemu_takes_the_command(tmp_path):
    """QEMU itself reads the options: it must get as far as the missing disk."""
    if shutil.which("qemu-system-x86_64") is None:
        pytest.fail("QEMU is not installed: run make setup")
    done = subprocess.run(
        command("node1", tmp_path), cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 1
    assert "disk.qcow2" in done.stderr and "No such file" in done.stderr


def test_tcg_is_the_default(tmp_path, monkeypatch):
    monkeypatch.delenv("LAB_ACCEL", raising=False)
    assert "tcg" in machine.accelerator(tmp_path)[1]


@pytest.mark.parametrize("boots", [True, False])
def test_kvm_only_after_a_probe(tmp_path, monkeypatch, boots):
    monkeypatch.setenv("LAB_ACCEL", "kvm")
    monkeypatch.setattr(machine, "_kvm_boots", lambda image: boots)
    assert (machine.accelerator(tmp_path)[1] == "kvm") is boots


def test_files_ride_in_the_initramfs(tmp_path):
    image = tmp_path / "image"
    image.mkdir()
    (image / "initrd.gz").write_bytes(gzip.compress(b"base"))
    subprocess.run(["qemu-img", "create", "-q", "-f", "raw", image / "root.img", "1M"], check=True)
    folder = tmp_path / "run" / "node1"
    machine.prepare(
        folder,
        image,
        {
            "/etc/hostname": ("node1\n", 0o644),
            "/root/.ssh/authorized_keys": (b"key", 0o600),
            "/etc/link": ("../x", None),
        },
    )
    archive = gzip.decompress((folder / "initrd").read_bytes()).removeprefix(b"base")
    listing = subprocess.run(
        ["cpio", "--quiet", "-itv"], input=archive, capture_output=True, check=True
    ).stdout.decode()
    lines = {line.split()[8]: line for line in listing.splitlines()}
    assert lines["overlay/etc/hostname"].startswith("-rw-r--r--")
    assert lines["overlay/root/.ssh"].startswith("drwx------")
    assert lines["overlay/root/.ssh/authorized_keys"].startswith("-rw-------")
    assert lines["overlay/etc/link"].endswith("-> ../x")
    assert all("root" in line for line in lines.values())
    assert (folder / "initrd").stat().st_mode & 0o077 == 0  # it holds private keys


@pytest.mark.parametrize(
    ("console", "code", "expected"),
    [("", None, None), ("Kernel panic - not syncing", None, "panicked"), ("", "1", "code 1")],
)
def test_failure(tmp_path, console, code, expected):
    (tmp_path / "console.log").write_text(console, encoding="ascii")
    if code:
        (tmp_path / "exit").write_text(code, encoding="ascii")
    why = machine.failure(tmp_path)
    assert why is None if expected is None else expected in why


def test_log_ends_with_the_panic(tmp_path):
    (tmp_path / "console.log").write_text(
        "lab: no root disk\nKernel panic - not syncing\n" + "trace\n" * 30, encoding="ascii"
    )
    assert machine.log_tail(tmp_path) == "  | lab: no root disk\n  | Kernel panic - not syncing"


def test_free_ports_are_distinct():
    assert len(set(network.free_ports(20))) == 20


def test_world_has_an_igroup_per_node_and_svm():
    world = contents.world(["node1", "node2"])
    assert {(igroup["name"], igroup["svm"]) for igroup in world["igroups"]} == {
        (n, s) for n in ("node1", "node2") for s in ("svm1", "svm2")
    }
    assert world["igroups"][0]["initiators"] == ["iqn.2026-01.org.sanops.lab:node1"]
    assert world["luns"] == world["maps"] == []


def test_world_of_fibre_channel():
    """A LIF on each fabric, and an igroup for each node with both its ports."""
    world = contents.world(["node1", "node2"], "fc")
    assert [svm["name"] for svm in world["svms"]] == [topology.FC_SVM]
    assert [lif["wwpn"] for lif in world["fc_interfaces"]] == ["20:00:52:54:00:5a:00:01", "20:00:52:54:00:5a:00:02"]
    assert {group["name"]: (group["protocol"], group["initiators"]) for group in world["igroups"]} == {
        "node1": ("fcp", ["20:00:52:54:00:5a:01:01", "20:00:52:54:00:5a:01:02"]),
        "node2": ("fcp", ["20:00:52:54:00:5a:02:01", "20:00:52:54:00:5a:02:02"]),
    }


@pytest.mark.parametrize(
    ("name", "transport", "makes_ports"), [("array", "fc", True), ("node1", "fc", False), ("array", "iscsi", False)]
)
def test_only_the_array_makes_its_ports_of_fibre_channel_at_boot(name, transport, makes_ports):
    """A node that asks before there is a target is not asked back."""
    assert ("ctlr_create" in machine.network_script(name, transport)) is makes_ports
