# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands on a machine of the lab, over SSH on the loopback interface."""

import contextlib
import os
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

BATCH = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=20")
LONGEST_SOCKET = 80
"""Of a socket's path, 108 are allowed; ssh adds a name of its own while it makes one."""


def make_key(path):
    """Make an SSH key pair at `path` and `path`.pub; return the public key's line."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return Path(f"{path}.pub").read_text(encoding="ascii")


def answers(port, timeout=3.0):
    """Return whether an SSH server greets at 127.0.0.1:port (QEMU accepts connections long before)."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout) as connection:
            connection.settimeout(timeout)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


@dataclass(frozen=True)
class Ssh:
    """How to reach one machine. `folder` is the lab's folder (key, known hosts)."""

    name: str
    port: int
    folder: Path

    @property
    def options(self):
        return {
            "IdentityFile": self.folder / "ssh_key",
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "UserKnownHostsFile": self.folder / "known_hosts",
            "HostKeyAlias": self.name,  # a resumed machine has another port
            "GlobalKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "yes",
            "LogLevel": "ERROR",
        }

    @property
    def shared(self):
        """The socket of the connection that all commands share, also Ansible's; None where its path would be too long.

        There is one for each port: a test makes a node unreachable by using another port.
        """
        path = self.folder / f"{self.name}.{self.port}.ssh"
        return path if len(str(path)) <= LONGEST_SOCKET else None

    def command(self, *words, options=()):
        """Return the argument list of an ssh that runs the shell command `words`."""
        flags = [flag for key, value in self.options.items() for flag in ("-o", f"{key}={value}")]
        return ["ssh", "-F", "/dev/null", *flags, *options, "-p", str(self.port), "root@127.0.0.1", *words]

    def run(self, script, stdin=b"", timeout=120, check=True):
        """Run a shell script on the machine; return a CompletedProcess with bytes in stdout.

        With `check`, a failure is a LabError with what the script said.
        """
        command = self.command(script, options=(*BATCH, *self._shared()))
        try:
            done = subprocess.run(command, input=stdin, capture_output=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired as error:
            raise LabError(f"{self.name} did not finish within {timeout} s: {_first_line(script)}") from error
        if check and done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise LabError(f"{self.name} failed (code {done.returncode}) at: {_first_line(script)}\n{said}")
        return done

    def _shared(self):
        """Return the options by which commands share one connection.

        The key exchange of a new one takes most of a second on an emulated CPU. It ends with the machine, or after a
        minute without use. A connection that ssh itself puts into the background would keep our pipes open for as long.
        """
        if not self.shared:
            return ()
        shared = ("-o", f"ControlPath={self.shared}")
        if not self.shared.exists():
            command = self.command(options=(*BATCH, *shared, "-M", "-N", "-f", "-o", "ControlPersist=60"))
            with contextlib.suppress(subprocess.TimeoutExpired):  # the command itself says what is wrong
                subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=60,
                    check=False,
                )
        return shared

    def output(self, script, **options):
        """Run a shell script and return what it printed, as text."""
        return self.run(script, **options).stdout.decode(errors="replace")

    def hang_up(self):
        """End the shared connection, if there is one."""
        if self.shared and self.shared.exists():
            command = self.command(options=(*BATCH, "-o", f"ControlPath={self.shared}", "-O", "exit"))
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)

    def login(self, words):
        """Replace this process by an interactive ssh, or by one that runs `words`."""
        command = self.command(*words)
        os.execvp(command[0], command)


def _first_line(script):
    line, dummy, more = script.strip().partition("\n")
    return line + (" ..." if more else "")
