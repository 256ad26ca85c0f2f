# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The misery that an audit must see through: on two nodes, one device for each way in which a SAN device can be."""

import time

from lab.errors import LabError
from lab.progress import say

# LUN: (SVM, node, LUN id, what is done to it once it is mapped and settled; None: it stays healthy).
DEVICES = {
    "db": ("svm1", "node1", 5, None),
    "boot": ("svm1", "node1", 0, lambda lab: lab.unmap("boot", "node1")),
    "app": ("svm1", "node1", 3, lambda lab: lab.unmap("app", "node1")),
    "mail": ("svm1", "node1", 4, lambda lab: lab.unmap("mail", "node1")),
    "old": ("svm1", "node1", 7, lambda lab: lab.recycle("old", "new", "node1")),
    "sick": ("svm1", "node1", 8, lambda lab: lab.offline("sick")),
    "raw": ("svm1", "node1", 9, None),
    "web": ("svm1", "node2", 1, lambda lab: lab.cut("node2", "a", "svm1")),
    "log": ("svm2", "node2", 2, lambda lab: "; ".join(lab.cut("node2", fabric, "svm2") for fabric in ("a", "b"))),
}
NEW = "new"  # takes over the LUN id of "old"
LOST_SESSIONS = 3  # of node2: one to svm1, both to svm2


def make(lab):
    """Make the misery in a lab of two nodes that is up and has no LUNs yet. Does nothing where it is made already."""
    done = lab.folder / "misery"
    if done.exists():
        say("the devices are there already, and in their misery")
        return
    if not {"node1", "node2"} <= set(lab.nodes):
        raise LabError(f"The misery needs two nodes; lab {lab.name} has: {', '.join(lab.nodes)}")
    say(f"creating and mapping {len(DEVICES)} LUNs")
    for lun, (svm, node, lun_id, dummy) in DEVICES.items():
        lab.create_lun(lun, svm)
        if lun == "raw":
            lab.exclude(lun, node)
        lab.map(lun, node, lun_id, scan=False)
    lab.create_lun(NEW, "svm1")
    for node in ("node1", "node2"):
        lab.scan(node)
    for lun, (dummy, node, dummy, dummy) in DEVICES.items():
        if lun != "raw":
            lab.wait_for_map(lun, node)
    say(lab.mount("mail", "node1"))
    for lun, (dummy, dummy, dummy, trouble) in DEVICES.items():
        if trouble:
            say(f"{lun}: {trouble(lab)}")
    wait_until_noticed(lab)
    done.touch()


def wait_until_noticed(lab, lost=LOST_SESSIONS, seconds=60):
    """Return when node2's kernel knows that it lost that many sessions: until then the cut paths are only silent."""
    deadline = time.monotonic() + seconds
    count = "cat /sys/class/iscsi_session/*/state | grep -vc LOGGED_IN"
    while int(lab.ssh("node2").output(f"{count} || true")) < lost:
        if time.monotonic() > deadline:
            raise LabError(f"node2 still believes in its sessions after {seconds} s; look at: make lab-ssh NODE=node2")
        time.sleep(1)
    say(f"node2 has lost {lost} of its 4 sessions")
