# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""podman as `make ee` calls it, also where containers run inside a container or a machine that allows little."""

import os
import resource
import shutil
import subprocess

# Not more than podman itself sets, which may be more than the caller may have.
_MOST = {"nofile": (resource.RLIMIT_NOFILE, 1048576), "nproc": (resource.RLIMIT_NPROC, 32768)}


def limits():
    """Return the options that keep a container within the limits of the process that starts it."""
    found = []
    for name, (number, most) in _MOST.items():
        hard = resource.getrlimit(number)[1]
        allowed = most if hard == resource.RLIM_INFINITY else min(hard, most)
        found.append(f"--ulimit={name}={allowed}:{allowed}")
    return found


def run(image, words, options=(), mounts=()):
    """Return the command that runs `words` in a new container of `image`, in the network of this machine.

    `mounts` are paths that the container sees under their own names, and cannot change.
    """
    # crun, which podman prefers, refuses to start where the control groups are not its own; runc does not.
    runtime = ["--runtime=runc"] if shutil.which("runc") else []
    volumes = [f"--volume={path}:{path}:ro" for path in mounts]
    return ["podman", *runtime, "run", "--rm", "--network=host", *limits(), *options, *volumes, image, *words]


def build_environment():
    """Return the environment for a build.

    Each step runs in a chroot, which needs neither control groups nor a network of its own.
    """
    return {"BUILDAH_ISOLATION": "chroot", **os.environ}


def exists(image):
    return subprocess.run(["podman", "image", "exists", image], check=False).returncode == 0


def identity(image):
    """Return the id of an image, which changes with its contents."""
    return subprocess.run(
        ["podman", "image", "inspect", "--format", "{{.Id}}", image], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()


def label(image, name):
    """Return a label of an image; an empty text where there is no such label or image."""
    command = ["podman", "image", "inspect", "--format", f'{{{{ index .Labels "{name}" }}}}', image]
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    ).stdout.strip()
