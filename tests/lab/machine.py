# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One virtual machine: its QEMU command line and the files it boots from."""

import gzip
import os
import subprocess
from pathlib import Path

from lab import fc, qmp, topology
from lab.errors import LabError
from lab.image import cpio
from lab.progress import say

MEMORY = {"array": 512, "node": 640}
"""MiB of memory by role; that of the nodes can be chosen."""

KERNEL_ARGUMENTS = (
    "console=ttyS0 panic=-1 net.ifnames=0 ipv6.disable=1 mitigations=off audit=0 apparmor=0 selinux=0 "
    "cryptomgr.notests raid=noautodetect fsck.mode=skip quiet loglevel=4 "
    "systemd.show_status=error no_timer_check norandmaps"
)
"""norandmaps: QEMU translates code once for each address that it runs at; at fixed addresses all processes share what
is translated.

no_timer_check: the kernel else counts timer interrupts for a moment, and panics where a busy machine emulates them too
late.
"""

BARE = ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]
PROBE_SECONDS = 20
PANIC = "Kernel panic"


def role(name):
    return "array" if name == topology.ARRAY else "node"


def accelerator(image):
    """Return QEMU's accelerator options: TCG, or KVM if LAB_ACCEL=kvm asks for it and a probe boot works."""
    if os.environ.get("LAB_ACCEL") == "kvm":
        if _kvm_boots(image):
            return ["-accel", "kvm", "-cpu", "host"]
        say("LAB_ACCEL=kvm was asked for, but a probe boot did not finish: using TCG")
    return ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "qemu64"]


def _kvm_boots(image):
    """Boot the kernel without a disk under KVM: our init gives up, the kernel panics, QEMU exits."""
    command = ["qemu-system-x86_64", *BARE, "-accel", "kvm", "-cpu", "host", "-m", "256", "-serial", "stdio"]
    command += ["-kernel", str(image / "vmlinux"), "-initrd", str(image / "initrd.gz")]
    command += ["-append", "console=ttyS0 panic=-1"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return b"lab: no root disk" in done.stdout


def qemu_command(name, image, folder, forwards, accel, memory=MEMORY["node"]):
    """Return the argument list of the QEMU process of machine `name`.

    `folder` holds the machine's own disk.qcow2, initrd and console.log, and is where QEMU runs; `forwards` maps ports
    of 127.0.0.1 to ports of the machine; `memory` is a node's.
    """
    hostfwd = "".join(f",hostfwd=tcp:127.0.0.1:{host}-:{guest}" for host, guest in forwards.items())
    megabytes = memory if role(name) == "node" else MEMORY["array"]
    command = ["qemu-system-x86_64", "-name", f"{folder.parent.name}-{name}", *BARE]
    command += ["-M", "pc,usb=off,vmport=off,hpet=off", *accel, "-smp", "1", "-m", str(megabytes)]
    command += ["-serial", f"file:{folder / 'console.log'}", "-qmp", f"unix:{qmp.SOCKET},server=on,wait=off"]
    command += ["-kernel", str(image / "vmlinux"), "-initrd", str(folder / "initrd"), "-append", KERNEL_ARGUMENTS]
    disk = f"file={folder / 'disk.qcow2'},if=none,id=disk,format=qcow2,cache=unsafe,discard=unmap"
    command += ["-drive", disk, "-device", "virtio-blk-pci,drive=disk"]
    cards = [("mgmt", f"user,id=mgmt,restrict=on{hostfwd}")]
    for fabric in topology.FABRICS:
        port = topology.SOCKETS[fabric]
        cards.append((port, f"stream,id={port},server=off,addr.type=unix,addr.path={port}"))
    for interface, (card, network) in enumerate(cards):
        device = f"virtio-net-pci,netdev={card},romfile=,mac={topology.mac(name, interface)}"
        command += ["-netdev", network, "-device", device]
    return command


def network_script(name, transport):
    """Return the shell script that gives machine `name` its addresses at boot, and the array its ports of FC.

    A node makes its own when the lab logs it in: a target has to be there before an initiator asks for it.
    """
    lines = ["ip link set lo up", "ip address add 10.0.2.15/24 dev eth0", "ip link set eth0 up"]
    for fabric in topology.FABRICS:
        interface = topology.INTERFACES[fabric]
        lines += [f"ip address add {address}/24 dev {interface}" for address in topology.addresses(name, fabric)]
        lines.append(f"ip link set {interface} up")
    # sysfs knows a network card only when its driver has been loaded, a moment after udev starts.
    wait = "for n in $(seq 100); do [ -e /sys/class/net/eth2 ] && break; sleep 0.1; done"
    if transport == "fc" and name == topology.ARRAY:
        lines.append(fc.PORTS)
    return "\n".join(["set -e", "modprobe virtio_net", wait, *lines]) + "\n"


def prepare(folder, image, files):
    """Make a machine's folder: an empty overlay on the base image, and an initrd that carries `files`.

    `files` maps a path in the machine to (content, mode). They ride in the initramfs, which lays
    them over the root file system before systemd starts: no image is edited, no disk is added.
    """
    folder.mkdir(parents=True)
    (folder / "console.log").touch()
    overlay = folder / "overlay"
    for path, (content, mode) in files.items():
        target = overlay / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if mode is None:
            target.symlink_to(content)
        else:
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
            target.chmod(mode)
    for path in [overlay, *overlay.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700 if path.name == ".ssh" else 0o755)
    wrapper = folder / "cpio"
    wrapper.mkdir()
    overlay.rename(wrapper / "overlay")
    with open(folder / "initrd", "wb") as initrd:
        initrd.write((image / "initrd.gz").read_bytes())
        initrd.write(gzip.compress(cpio(wrapper), 1))
    (folder / "initrd").chmod(0o600)
    subprocess.run(["rm", "-rf", str(wrapper)], check=True)
    done = subprocess.run(
        [
            "qemu-img",
            "create",
            "-q",
            "-f",
            "qcow2",
            "-F",
            "raw",
            "-b",
            str(image / "root.img"),
            str(folder / "disk.qcow2"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LabError(f"qemu-img could not make {folder / 'disk.qcow2'}: {done.stderr.strip()}")


def failure(folder):
    """Return why the machine is dead or dying, or None: a panic in its console, or QEMU's exit.

    `folder`/exit is what the keeper leaves when a QEMU process ends.
    """
    console = (folder / "console.log").read_text(encoding="utf-8", errors="replace")
    if PANIC in console:
        return "its kernel panicked"
    if (folder / "exit").exists():
        return f"its QEMU process ended with code {(folder / 'exit').read_text(encoding='ascii').strip()}"
    return None


def log_tail(folder, lines=20):
    """Return the last lines of the machine's console (up to a panic, not its trace) and of QEMU's messages."""
    text = []
    for name in ("qemu.log", "console.log"):
        path = Path(folder / name)
        if path.exists():
            said = path.read_text(encoding="utf-8", errors="replace").splitlines()
            panics = [number for number, line in enumerate(said) if PANIC in line]
            text += said[: panics[0] + 1 if panics else None][-lines:]
    return "\n".join(f"  | {line}" for line in text)
