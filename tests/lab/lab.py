# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab: one array and some nodes, from `up` to `down`."""

import fcntl
import json
import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path

from lab import boot, contents, image, keeper, machine, network, ssh, topology
from lab.array import Array
from lab.array_verbs import ArrayVerbs
from lab.errors import LabError
from lab.node_verbs import NodeVerbs
from lab.progress import say

STATE = Path(__file__).parents[2] / "build" / "lab"


class Lab(ArrayVerbs, NodeVerbs):
    """The lab called `name`; all it has lies in `state`/run/NAME."""

    def __init__(self, name="default", state=STATE):
        if not name.isalnum():
            raise LabError(f"A lab's name is made of letters and digits, not: {name!r}")
        self.name = name
        self.state = Path(state).resolve()
        self.folder = self.state / "run" / name

    # What is there

    def is_up(self):
        return keeper.is_alive(self.folder) and (self.folder / "lab.json").exists()

    @property
    def facts(self):
        """What `up` decided: machines (name to port), images (machine to folder), fabrics, passwords."""
        if not self.is_up():
            raise LabError(f"Lab {self.name} is down. Start it with: up")
        return self._facts()

    def _facts(self):
        return json.loads((self.folder / "lab.json").read_text(encoding="utf-8"))

    @property
    def nodes(self):
        return [name for name in self.facts["machines"] if name != topology.ARRAY]

    @property
    def inventory(self):
        """Path of the Ansible inventory."""
        return self.folder / "inventory.yml"

    @property
    def array(self):
        """A client of the array's REST API with all rights."""
        return self._array(self.facts)

    def _array(self, facts):
        user = ("admin", facts["passwords"]["admin"])
        return Array(f"https://127.0.0.1:{facts['rest_port']}", user, self.folder / "ca.pem")

    def ssh(self, name):
        """Return the Ssh of a machine."""
        return self._ssh(name, self.facts)

    def _ssh(self, name, facts):
        if name not in facts["machines"]:
            raise LabError(f"Lab {self.name} has no machine {name}; it has: {', '.join(facts['machines'])}")
        return ssh.Ssh(name, facts["machines"][name], self.folder)

    # Up and down

    def up(self, nodes=2, memory=machine.MEMORY["node"]):
        """Boot the array and `nodes` nodes of `memory` MiB, log the nodes in to every portal. Does nothing if it is up."""
        if not 1 <= nodes <= topology.MAX_NODES:
            raise LabError(f"A lab has 1 to {topology.MAX_NODES} nodes, not {nodes}.")
        names = [topology.ARRAY, *topology.node_names(nodes)]
        built = image.ensure_images(self.state, tuple(dict.fromkeys(map(topology.suite, names))))
        image.check_tools()
        with self._lock():
            if self.is_up():
                say(f"lab {self.name} is up already")
                return
            keeper.stop(self.folder)  # the rest of an `up` that was killed a moment ago
            facts, commands = self._prepare({name: built[topology.suite(name)] for name in names}, memory)
            (self.folder / "machines.json").write_text(json.dumps(commands, indent=1), encoding="utf-8")
            process = keeper.start(self.folder)
            try:
                machines = {name: self._ssh(name, facts) for name in facts["machines"]}
                boot.wait(machines, self._array(facts))
                (self.folder / "lab.json").touch(mode=0o600)
                (self.folder / "lab.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
                process.stdin.write(keeper.READY)
                process.stdin.close()
            except BaseException:
                process.stdin.close()  # the keeper takes this as: end all machines
                process.wait(15)
                raise
        say(f"lab {self.name} is up: {', '.join(facts['machines'])}; inventory {self.inventory}")

    def down(self):
        """End all machines and forget the lab. Does nothing if it is down."""
        keeper.stop(self.folder)
        existed = self.folder.exists()
        shutil.rmtree(self.folder, ignore_errors=True)
        say(f"lab {self.name} is down" + ("" if existed else " (it was not up)"))

    def restart(self, node):
        """Take a node's power away; boot it again, and log it in."""
        self.will_restart(node)
        self.ssh(node).run("echo b > /proc/sysrq-trigger", check=False)
        self.wait_for_restart(node)
        return f"{node} was started again and is logged in"

    def will_restart(self, node):
        """Have a node boot again when it goes down by itself, or by what a test does on it."""
        self._again(node).touch()

    def wait_for_restart(self, node):
        """Wait until a node of will_restart has gone down, is up again, and logged in."""
        boot.wait_again(self.ssh(node), self._again(node))

    def _again(self, node):
        return self.folder / node / keeper.AGAIN

    @contextmanager
    def _lock(self):
        """Keep a second `up` of the same lab out."""
        path = self.state / "run" / f".{self.name}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"lab {self.name} is being started by somebody else: waiting")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _prepare(self, images, memory):
        """Make the lab's folder; return its facts and the machines' commands. `images` has each machine's, the array's first."""
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "keys").mkdir(parents=True, mode=0o700)
        self.folder.chmod(0o700)
        ssh.make_key(self.folder / "ssh_key")
        nodes = [name for name in images if name != topology.ARRAY]
        rest_port, *ports = network.free_ports(1 + len(images))
        passwords = {user: secrets.token_urlsafe(12) for user in ("admin", "audit")}
        facts = {
            "machines": dict(zip(images, ports, strict=True)),
            "rest_port": rest_port,
            "fabrics": network.multicast_groups(self._taken_groups()),
            "passwords": passwords,
            "images": {name: str(base) for name, base in images.items()},
        }
        users = [
            {"username": "admin", "password": passwords["admin"]},
            {"username": "audit", "password": passwords["audit"], "readonly": True},
        ]
        certificate, key = self._certificate()
        accel = machine.accelerator(images[topology.ARRAY])
        commands = {}
        for name, port in facts["machines"].items():
            files = contents.common_files(name, self.folder, port)
            files |= contents.array_files(nodes, users, certificate, key) if name == topology.ARRAY else contents.node_files(name)
            machine.prepare(self.folder / name, images[name], files)
            forwards = {port: 22} | ({rest_port: contents.REST_PORT} if name == topology.ARRAY else {})
            commands[name] = machine.qemu_command(name, images[name], self.folder / name, forwards, facts["fabrics"], accel, memory)
        audit = [{
            "hostname": "127.0.0.1", "http_port": rest_port, "username": "audit", "password": passwords["audit"],
            "ca_path": str(self.folder / "ca.pem"),
        }]  # fmt: skip
        self.inventory.touch(mode=0o600)
        self.inventory.write_text(contents.inventory(nodes, {n: self._ssh(n, facts) for n in nodes}, audit), encoding="utf-8")
        return facts, commands

    def _taken_groups(self):
        """Return the multicast groups of the other labs that are up."""
        taken = []
        for path in self.folder.parent.glob("*/machines.json"):
            for command in json.loads(path.read_text(encoding="utf-8")).values():
                taken += [word.split("mcast=")[1].split(",")[0] for word in command if "mcast=" in word]
        return taken

    def _certificate(self):
        """Make the lab's own certificate authority (ca.pem); return the array's certificate and key."""
        import trustme  # noqa: PLC0415 - the one dependency: `build` and `apt-packages` do without

        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1", "localhost", topology.ARRAY)
        authority.cert_pem.write_to_path(str(self.folder / "ca.pem"))
        return b"".join(part.bytes() for part in certificate.cert_chain_pems), certificate.private_key_pem.bytes()
