# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node without Python, and a privileged pod on it: namespaces of this machine, for tests that are root.

The node is a small tree with a shell and nothing else, and a PID namespace whose process 1 has it as root directory.
The pod is this machine's own tree, with the node's at HOST. Real are the mounts, the namespaces and what the kernel
says of them; no container runtime is involved.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

PRIVILEGED = ("--mount", "--propagation", "unchanged")
NOT_ROOT = "it takes root, and a kernel that lets root make namespaces and mount"
# What the node's commands say is faithful to the first lines of multipath-tools 0.9.4; the last line tells what they
# were started with.
MULTIPATH = """#!/bin/sh
echo "multipath-tools v0.9.4 (12/19, 2022)"
echo "PATH=$PATH HOME=$HOME LD_LIBRARY_PATH=$LD_LIBRARY_PATH" > /run/multipath.environment
[ "$1" = -t ] || exit 1
echo "defaults {"; echo /etc/*; while read -r line; do echo "$line"; done < /etc/multipath.conf
"""
SYSTEMCTL = """#!/bin/sh
[ "$SYSTEMD_IGNORE_CHROOT" = 1 ] || { echo "Running in chroot, ignoring command '$1'" >&2; exit 0; }
echo "$@" > /run/systemctl.called
"""
MOUNT = "mount --{kind} node host && mount --make-{propagation} host"


def can():
    """Return whether this process may make such a node."""
    command = ["unshare", "--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "node", "/mnt"]
    return os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0


def run(folder, command, namespaces=(), kind="rbind", propagation="rslave", **options):
    """Run a command in a pod; return a subprocess.CompletedProcess with text.

    The node's root is in the pod at `folder`/host. namespaces: options of unshare(1) for the pod's own namespaces,
    beside the mount namespace. kind, propagation: how the node's / is mounted.
    """
    for name in ("node", "host"):
        (folder / name).mkdir(exist_ok=True)
    mount = MOUNT.format(kind=kind, propagation=propagation)
    pod = ["unshare", *PRIVILEGED, *namespaces, "sh", "-c", f'{mount} && cd / && exec "$@"', "pod", *command]
    node = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", sys.executable, __file__, *pod]
    return subprocess.run(node, capture_output=True, text=True, check=False, timeout=300, cwd=folder, **options)


def process_1(command):
    """Run as the first process of the node: make the node's tree the root directory, and wait for the pod."""
    node = pathlib.Path("node").absolute()
    _mount("-t", "tmpfs", "node", node)
    for name in ("bin", "dev", "etc", "proc", "run", "sys", "usr/sbin"):
        (node / name).mkdir(parents=True)
    for kind in ("devtmpfs", "proc", "sysfs"):
        _mount("-t", kind, kind, node / {"devtmpfs": "dev", "proc": "proc", "sysfs": "sys"}[kind])
    _mount("-t", "tmpfs", "run", node / "run")
    _mount("--make-rshared", node)
    _copy_shell(node)
    for name, text in (("multipath", MULTIPATH), ("systemctl", SYSTEMCTL)):
        (node / "usr/sbin" / name).write_text(text, encoding="ascii")
        (node / "usr/sbin" / name).chmod(0o755)
    (node / "etc/os-release").write_text('ID="rhcos"\nVERSION_ID="4.16"\n', encoding="ascii")
    (node / "etc/ld.so.cache").touch()
    reader, writer = os.pipe()
    pod = os.fork()
    if pod == 0:
        os.close(writer)
        os.read(reader, 1)  # until process 1 has its root directory
        os.execvp(command[0], command)
    os.chroot(node)
    os.close(writer)
    while True:  # it also gets the children of those that have ended
        pid, status = os.wait()
        if pid == pod:
            return os.waitstatus_to_exitcode(status)


def _mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)


def _copy_shell(node):
    shell = shutil.which("dash") or shutil.which("sh")
    shutil.copy(shell, node / "bin/sh")
    for library in re.findall(
        r"(/\S+) \(0x", subprocess.run(["ldd", shell], capture_output=True, text=True, check=True).stdout
    ):
        (node / library[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, node / library[1:])


if __name__ == "__main__":
    sys.exit(process_1(sys.argv[1:]))
