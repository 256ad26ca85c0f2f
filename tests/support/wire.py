# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What answers on the wire, from what sg_raw printed on a recorded node."""

import re

from ansible_collections.sanops.multipath.plugins.module_utils._inquiry import protocol as inquiry


def words(paths, printed):
    """Return {H:C:T:L: the wire state} of these paths."""
    answers = {}
    for block in printed.split("== ")[1:]:
        head, dummy, body = block.partition("\n")
        hctl, cdb = head.split(" ", 1)
        answers.setdefault(hctl, {})[cdb[:8]] = {
            "status": 2 if "Check Condition" in body else 0,
            "data": bytes.fromhex(
                "".join(re.findall(r"^ [0-9a-f]{2,3}     ((?:[0-9a-f]{2} {1,2}){1,16})", body, re.MULTILINE))
            ),
            "sense": (5, 0x25, 0) if "Logical unit not supported" in body else None,
            "host_status": 1 if "No such device or address" in body else 0,
        }
    return {path["hctl"]: inquiry.word(_heard(answers[path["hctl"]]), path["map"] or path["wwid"]) for path in paths}


def _heard(answers):
    """Return what the dialogue makes of one disk's replies."""
    dialogue, reply = inquiry.dialogue(), None
    while True:
        try:
            reply = answers[dialogue.send(reply)[:3].hex(" ")]
        except StopIteration as end:
            return end.value


def one_process(root):
    """Let the mounts of the one process that a recording has stand for those of pid 1."""
    init = root / "proc/1"
    (init / "ns").mkdir(parents=True, exist_ok=True)
    (init / "fd").mkdir(exist_ok=True)
    (init / "fd/0").symlink_to("/dev/null")
    (init / "ns/mnt").symlink_to("mnt:[1]")
    (init / "mountinfo").write_bytes((root / "proc/self/mountinfo").read_bytes())
