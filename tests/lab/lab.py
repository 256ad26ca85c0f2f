# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab: one array and some nodes, from `up` to `down`."""

import fcntl
import json
import shutil
import time
from contextlib import contextmanager
from pathlib import Path

from lab import boot, failures, image, keeper, machine, prepare, qmp, ssh, topology
from lab.array import Array
from lab.array_verbs import ArrayVerbs
from lab.errors import LabError
from lab.fabric_verbs import FabricVerbs
from lab.node_verbs import NodeVerbs
from lab.progress import say
from lab.states import FC_UP, UP, State, States, inputs, size_of

STATE = Path(__file__).parents[2] / "build" / "lab"
FAILURES = State("failures", failures.make, UP)
KNOWN = {state.name: state for state in (UP, FC_UP, FAILURES)}
"""The states that the lab makes by itself. Others are saved by hand, or made by tests."""


def usual_size():
    """Return the size of the labs of scenarios: two nodes, of the generations that LAB_SUITES names."""
    return topology.Size(memory=machine.MEMORY["node"], suites=topology.suites())


class Lab(ArrayVerbs, FabricVerbs, NodeVerbs):
    """The lab called `name`; all it has lies in `state`/run/NAME."""

    def __init__(self, name="default", state=STATE):
        if not name.isalnum():
            raise LabError(f"A lab's name is made of letters and digits, not: {name!r}")
        self.name = name
        self.state = Path(state).resolve()
        self.folder = self.state / "run" / name
        self.saved = States(self.state / "states")
        self._keeper = self._array = None

    # What is there

    def is_up(self):
        return keeper.is_alive(self.folder) and (self.folder / "lab.json").exists()

    @property
    def facts(self):
        """The facts that `up` has chosen; see lab.prepare."""
        if not self.is_up():
            raise LabError(f"Lab {self.name} is down. Start it with: up")
        return json.loads((self.folder / "lab.json").read_text(encoding="utf-8"))

    @property
    def nodes(self):
        return [name for name in self.facts["machines"] if name != topology.ARRAY]

    @property
    def transport(self):
        """What the nodes reach the array by, one of topology.TRANSPORTS."""
        return self.facts["transport"]

    @property
    def suites(self):
        """The generation of Debian of each machine."""
        return size_of(self.facts).machines()

    @property
    def inventory(self):
        """The path of the Ansible inventory."""
        return self.folder / "inventory.yml"

    @property
    def array(self):
        """A client of the array's REST API with all rights."""
        facts = self.facts
        if self._array is None or self._array.url != self._url(facts):
            self._array = self._new_array(facts)
        return self._array

    def _new_array(self, facts):
        return Array(self._url(facts), ("admin", facts["passwords"]["admin"]), self.folder / "ca.pem")

    @staticmethod
    def _url(facts):
        return f"https://127.0.0.1:{facts['rest_port']}"

    def ssh(self, name):
        """Return the Ssh of a machine."""
        machines = self.facts["machines"]
        if name not in machines:
            raise LabError(f"Lab {self.name} has no machine {name}; it has: {', '.join(machines)}")
        return ssh.Ssh(name, machines[name], self.folder)

    def _machines(self, facts):
        return {name: ssh.Ssh(name, port, self.folder) for name, port in facts["machines"].items()}

    def _folders(self, facts):
        return [self.folder / name for name in facts["machines"]]

    # Up and down

    def up(self, nodes=2, memory=machine.MEMORY["node"], transport="iscsi", suites=None):
        """Have an array and `nodes` nodes of `memory` MiB, logged in to every portal, or to every port of FC.

        The nodes take turns in the generations of Debian that `suites` names: "bullseye,sid". Does nothing if the lab
        is up.
        """
        if not 1 <= nodes <= topology.MAX_NODES:
            raise LabError(f"A lab has 1 to {topology.MAX_NODES} nodes, not {nodes}.")
        if self.is_up():
            if self.transport != transport:
                raise LabError(f"Lab {self.name} is up already, and has {self.transport}.")
            if suites and size_of(self.facts).suites != topology.suites(suites):
                raise LabError(f"Lab {self.name} is up already, with Debian {', '.join(self.facts['suites'])}.")
            folders = self._folders(self.facts)
            qmp.forget(folders)  # a `save` that was killed has left it stopped
            qmp.go_on(folders)
            say(f"lab {self.name} is up already")
            return
        self.begin(UP if transport == UP.transport else FC_UP, topology.Size(nodes, memory, topology.suites(suites)))

    def resume(self, state):
        """End the lab, if it is up, and resume a saved state.

        Those that the lab knows to make are made when they are missing.
        """
        if state in KNOWN:
            self.begin(KNOWN[state])
            return
        path = self.saved.find(state)
        with self._lock():
            if not self._go_on_from(path, attended=False):
                raise LabError(f"State {state} has been removed meanwhile.")

    def has(self, state, size=None):
        """Return whether a State is saved of a lab of this topology.Size, or else of the usual one."""
        return self.saved.path(state, size or usual_size()).exists()

    def begin(self, state, size=None, attended=False, only=None):
        """End the lab, if it is up, and resume a State, which is made and saved when it is missing.

        An attended lab ends with this process, however that ends. `only` these nodes of the state go on, where it is
        given.
        """
        size = size or usual_size()
        image.ensure_images(self.state, tuple(dict.fromkeys(size.machines().values())))
        image.check_tools()
        with self._lock():
            self._begin(state, size, attended, only)

    def _begin(self, state, size, attended, only=None):
        path = self.saved.path(state, size)
        if self._go_on_from(path, attended, only):
            return
        with self.saved.making(state.name):
            if not self._go_on_from(path, attended, only):
                try:
                    self._make(state, path, size)
                except BaseException:
                    self._end()
                    raise
                if only:
                    self._go_on_from(path, attended, only)
                elif not attended:
                    self._leave_alone()

    def _go_on_from(self, path, attended, only=None):
        """Resume a state; return False where it is not there."""
        if not path.exists():
            return False
        began = time.monotonic()
        self._end()
        facts = prepare.resuming(self.folder, self.saved, path, only)
        if facts is None:
            return False
        with self._starting(facts, attended):
            qmp.load(self._folders(facts))
            qmp.go_on(self._folders(facts))
            for folder in self._folders(facts):
                (folder / f"{qmp.MEMORY}.loading").unlink()
            boot.wait_resumed(self._machines(facts))
        say(f"lab {self.name} resumed from state {path.name.rpartition('.')[0]} after {time.monotonic() - began:.1f} s")
        return True

    def _make(self, state, path, size):
        """Make a state and save it; the lab, which is in it then, is attended."""
        if state.base:
            self._begin(state.base, size, attended=True)
            say(f"making state {state.name}")
            state.recipe(self)
        else:
            self._end()
            machines = size.machines()
            built = image.ensure_images(self.state, tuple(dict.fromkeys(machines.values())))
            images = {name: built[suite] for name, suite in machines.items()}
            facts = prepare.booting(self.folder, images, size, state.transport)
            with self._starting(facts, attended=True):
                boot.wait(self._machines(facts), self._new_array(facts), state.transport)
        self._save(path)
        say(f"lab {self.name} is up: {', '.join(self.facts['machines'])}; inventory {self.inventory}")

    @contextmanager
    def _starting(self, facts, attended):
        """Start the machines; when the body has made them usable, the lab is up. Where it fails, all of them end."""
        self._keeper = keeper.start(self.folder)
        self._array = None
        try:
            yield
            (self.folder / "lab.json").touch(mode=0o600)
            (self.folder / "lab.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
            if not attended:
                self._leave_alone()
        except BaseException:
            self._keeper.stdin.close()  # the keeper takes this as: end all machines
            self._keeper.wait(15)
            raise

    def _leave_alone(self):
        """Let the machines live on when this process ends."""
        self._keeper.stdin.write(keeper.READY)
        self._keeper.stdin.close()

    def save(self, state):
        """Save the lab with everything in it, and let it continue; `resume` restores it."""
        if not state.isalnum() or state in KNOWN:
            raise LabError(
                f"A state's name is made of letters and digits, and none of the lab's own "
                f"({', '.join(KNOWN)}), not: {state!r}"
            )
        facts = self.facts
        if len(self.nodes) < facts["nodes"]:
            raise LabError(
                f"Only {', '.join(self.nodes)} of the nodes of lab {self.name} were resumed from its "
                f"state: a part of a lab is not saved."
            )
        self._save(self.saved.path(State(state), size_of(facts)))
        return f"state {state} of lab {self.name} is saved; to resume it: resume {state}"

    def _save(self, path):
        facts, folders = self.facts, self._folders(self.facts)
        about = {
            "name": path.name.rpartition(".")[0],
            "inputs": inputs(size_of(facts)),
            "nodes": facts["nodes"],
            "memory": facts["memory"],
            "suites": facts["suites"],
            "facts": prepare.saved(facts),
        }
        for connection in self._machines(facts).values():
            connection.hang_up()
        try:
            qmp.save(folders)
            self.saved.write(path, self.folder, about)
        finally:
            qmp.forget(folders)
            qmp.go_on(folders)

    def states(self):
        """Return the saved states as text."""
        return self.saved.table()

    def _end(self):
        """End all machines; their logs stay."""
        keeper.stop(self.folder)
        if self._keeper:
            self._keeper.stdin.close()
            self._keeper.wait(15)
            self._keeper = None

    def down(self):
        """End all machines and forget the lab. Does nothing if it is down."""
        self._end()
        existed = self.folder.exists()
        shutil.rmtree(self.folder, ignore_errors=True)
        say(f"lab {self.name} is down" + ("" if existed else " (it was not up)"))

    def restart(self, node):
        """Power a node off, boot it again, and log it in."""
        self.will_restart(node)
        self.ssh(node).run("echo b > /proc/sysrq-trigger", check=False)
        self.wait_for_restart(node)
        return f"{node} was started again and is logged in"

    def will_restart(self, node):
        """Have a node boot again when it goes down by itself, or by what a test does on it."""
        self._again(node).touch()

    def wait_for_restart(self, node):
        """Wait until a node of will_restart has gone down, is up again, and logged in."""
        boot.wait_again(self.ssh(node), self._again(node), self.transport)

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
                say(f"lab {self.name} is being started by another process: waiting")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield
