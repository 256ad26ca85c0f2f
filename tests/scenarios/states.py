# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The saved states of the lab that scenarios begin from; see lab.states. A class says which by the mark `state`.

python -m scenarios.states        # make those that are missing, on labs named after SCENARIO_LAB
"""

import itertools
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ansible.release
from lab import failures
from lab.lab import FAILURES, UP, Lab
from lab.states import FC_UP, State
from scenarios import uses
from scenarios.audit_run import Audit
from scenarios.modules_on_node import Modules, archive
from scenarios.shell import SHELL

FIRST_LUN_ID, MAPPED = 50, 6


class ScenarioLab(Lab):
    """The lab of a class, and which of its LUNs nobody has taken yet."""

    def begin_clean(self, state, only=None):
        """Resume a state of BY_NAME, with all its nodes or `only` these; all of its LUNs are free."""
        self.begin(BY_NAME[state], attended=True, only=only)
        self._free = {node: itertools.count(FIRST_LUN_ID) for node in self.nodes}
        self._mapped = MAPPED if state in ("luns", "fc") else 0

    def take_luns(self, node, count):
        """Return [(name, LUN id)] of LUNs that the node has as maps; what the state does not have is made."""
        taken = [(lun_name(node, lun_id), lun_id) for lun_id in itertools.islice(self._free[node], count)]
        new = [(lun, lun_id) for lun, lun_id in taken if lun_id >= FIRST_LUN_ID + self._mapped]
        for lun, lun_id in new:
            self.create_lun(lun)
            self.map(lun, node, lun_id, scan=False)
        if new:
            self.scan(node)
        for lun, dummy in new:
            self.wait_for_map(lun, node)
        return taken


def lun_name(node, lun_id):
    return f"{node}at{lun_id}"


def _map_luns(lab):
    """Map living LUNs of svm1 to each node: making a map of one takes four seconds on an emulated CPU."""
    luns = [
        (lun_name(node, lun_id), node, lun_id)
        for node in lab.nodes
        for lun_id in range(FIRST_LUN_ID, FIRST_LUN_ID + MAPPED)
    ]
    for lun, node, lun_id in luns:
        lab.create_lun(lun)
        lab.map(lun, node, lun_id, scan=False)
    for node in lab.nodes:
        lab.scan(node)
    for lun, node, dummy in luns:
        lab.wait_for_map(lun, node)


def _map_luns_over_fc(lab):
    """Map the same, and one at LUN id 0; a new login, by which a node finds them, makes its paths faulty at first."""
    for node in lab.nodes:
        lab.create_lun(lun_name(node, 0))
        lab.map(lun_name(node, 0), node, 0, scan=False)
    _map_luns(lab)
    for node in lab.nodes:
        lab.wait_for_map(lun_name(node, 0), node)
        wait_for_paths(lab, node, lun_name(node, 0), *(lun_name(node, FIRST_LUN_ID + n) for n in range(MAPPED)))


def _warm_up(lab):
    """Have the nodes keep the bytecode of the collection: else the first call of each class compiles it."""
    with tempfile.TemporaryDirectory() as folder:
        Audit(lab, Path(folder))
    for node in lab.nodes:
        Modules(lab.ssh(node)).run("stale_mpath_facts", True, {})


def _heal(lab):
    """End what a remediation leaves a node alone for: the LUN that is offline, and the cut fabrics."""
    lab.online("sick")
    for node in lab.nodes:
        lab.heal(node)
    for lun in ("sick", "web", "log"):
        wait_for_paths(lab, failures.DEVICES[lun].node, lun)


def wait_for_paths(lab, node, *luns):
    """Wait until a node's multipathd has both paths of these LUNs active again."""
    for lun in luns:
        lab.ssh(node).run(
            "for n in $(seq 180); do\n"
            f"[ $(multipathd show paths raw format '%w %t' | grep -c '^{lab._wwid(lun)} active') "
            f"= 2 ] && exit 0; sleep 1; done\n"
            "multipathd show paths; exit 1",
            timeout=240,
        )


WARM = f"{archive()[1]} {ansible.release.__version__}"
EMPTY = State("empty", _warm_up, UP, also=WARM)
LUNS = State("luns", _warm_up, State("maps", _map_luns, UP), also=WARM)
FC = State("fc", _warm_up, State("fcmaps", _map_luns_over_fc, FC_UP), also=WARM)
AUDITED = State("audited", _warm_up, FAILURES, also=WARM)
HEALED = State("healed", _heal, AUDITED)
USED = State("used", uses.set_up, UP, also=SHELL)
BY_NAME = {
    "up": UP,
    "empty": EMPTY,
    "luns": LUNS,
    "fc": FC,
    "failures": FAILURES,
    "audited": AUDITED,
    "healed": HEALED,
    "used": USED,
}


def make_all():
    """Make the states that are missing, on as many labs at a time as the machine has cores."""
    name = os.environ.get("SCENARIO_LAB", "test")
    # The long ones first.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in [
            pool.submit(_make, f"{name}states{number}", state)
            for number, state in enumerate((USED, HEALED, FC, LUNS, EMPTY))
        ]:
            done.result()


def _make(name, state):
    lab = Lab(name)
    if not lab.has(state):
        lab.begin(state, attended=True)
        lab.down()


if __name__ == "__main__":
    make_all()
