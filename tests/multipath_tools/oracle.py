# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""multipath-tools out of Debian's packages, each version in a folder that it takes for its root."""

import fcntl
import os
import shutil
import signal
import subprocess
from pathlib import Path

from lab import image

BUILD = Path(__file__).resolve().parents[2] / "build" / "multipath-tools"
VERSIONS = {"bullseye": "0.8.5", "bookworm": "0.9.4", "trixie": "0.11.1"}


class Multipath:
    """One version; its /etc is emptied before each run."""

    def __init__(self, suite, scratch):
        tree, self.suite = _tree(suite), suite
        self.root = scratch / suite
        subprocess.run(["cp", "--archive", "--link", tree, self.root], check=True)
        shutil.rmtree(self.root / "etc")

    def test(self, files):
        """Return what `multipath -t` prints and what it complains of, with these files {path below /: bytes}.

        Return None where it crashes or rejects all files.
        """
        shutil.rmtree(self.root / "etc", ignore_errors=True)
        for path, data in files.items():
            file = self.root / path.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        prefix = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
        done = subprocess.run(
            [*prefix, "chroot", self.root, "/usr/sbin/multipath", "-t"], capture_output=True, check=False
        )
        if done.returncode == -signal.SIGSEGV or done.returncode == 1 and b"error parsing config file" in done.stderr:
            return None
        done.check_returncode()
        return done.stdout.decode("latin-1"), done.stderr.decode("latin-1")


def _tree(suite):
    """Return the folder with this suite's multipath-tools and their libraries; it is made once."""
    tree = BUILD / suite
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tree.is_dir():
            new = tree.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            image.extract(suite, ["multipath-tools"], new)
            # Nothing but the program, the libraries and multipath's modules is needed; a merged /usr is what the
            # programs expect.
            for name in ("bin", "lib", "lib64", "sbin"):
                if not (new / name).is_symlink():
                    if (new / name).is_dir():
                        subprocess.run(["cp", "--archive", f"{new / name}/.", new / "usr" / name], check=True)
                        shutil.rmtree(new / name)
                    (new / name).symlink_to(f"usr/{name}")
            (new / "proc" / "sys" / "fs").mkdir(parents=True)
            (new / "proc" / "sys" / "fs" / "nr_open").write_text("1048576\n", encoding="ascii")
            new.rename(tree)
    return tree
