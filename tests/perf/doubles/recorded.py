# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The testimony of the two recorded nodes (tests/unit/recordings), and of any number of hosts that are like them but
for their names and LUNs.

What a recording holds is read by the code that reads a host: the kernel, device-mapper's tables, multipathd's view,
the wire, open-iscsi, the platform. How multipath-tools read their files is not in it; that comes from configured.py,
for the maps of the node.
"""

import copy
import json
import re
import tempfile
from pathlib import Path

from ansible_collections.sanops.multipath.plugins.module_utils._core import schema
from ansible_collections.sanops.multipath.plugins.module_utils._facts import witnesses
from ansible_collections.sanops.multipath.plugins.module_utils._host import platform as host_platform
from ansible_collections.sanops.multipath.plugins.module_utils._host import symptoms as host_symptoms
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import dm, fc
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import facts as iscsi_facts
from ansible_collections.sanops.multipath.plugins.module_utils._system import child
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from ansible_collections.sanops.multipath.plugins.module_utils._users import find as find_users
from lab import failures, recording
from support import configured, wire

from perf.doubles import simulated

RECORDINGS = Path(__file__).parents[2] / "unit/recordings"
NODES = ("node1", "node2")
ELAPSED = 1.25  # seconds that each host says it took
QUEUES = {"queues": True, "no_path_retry": configured.setting("queue", configured.BUILT_IN)}
# What an array that knows these failures says of a LUN: whether it is mapped, and whether it is online.
UNMAPPED = ("boot", "app", "mail", "old", "root", "dump", "past")
OFFLINE = ("sick",)


def facts(node):
    """The fact stale_mpath of a recorded node, as its module would have given it."""
    with tempfile.TemporaryDirectory(prefix="bench.") as name:
        root = Path(name)
        recording.restore(RECORDINGS / f"{node}.tar.gz", root)
        wire.one_process(root)
        tree, incomplete = Tree(name), []
        kernel, dummy = witnesses._together(witnesses._look(tree, None))
        maps, paths, sessions = kernel["maps"], kernel["paths"], kernel["sessions"]
        printed = {command.name: command.read_text(encoding="utf-8") for command in (root / "commands").iterdir()}
        names = [one["dm"] for one in maps] + [path["sd"] for path in paths]
        users, dummy = find_users.by_name(find_users.find(tree, names), names, None)
        tables = dict(re.findall(r"^(\S+): \d+ \d+ multipath (.*)$", printed["dmsetup-table"], re.MULTILINE))
        view = {
            one["wwid"]: dict(dm.multipath_table(tables[one["name"]]), open_count=len(users.get(one["dm"]) or []))
            for one in maps
        }
        witnesses._assemble(
            maps,
            paths,
            view,
            multipathd.parse_maps(printed["multipathd-show-maps.json"]),
            wire.words(paths, printed["sg-raw"]),
            users,
            {},
        )
        platform, dummy = host_platform.together(list(host_platform.look(tree, maps, paths)), None)
        symptoms, dummy = child.join_parts(schema.SYMPTOMS, list(host_symptoms.look(tree, maps, paths, {})), None)
        symptoms["unused"] = host_symptoms.unused(maps, paths, {})
        conf = dict(
            copy.deepcopy(configured.CLEAN["multipath_conf"]),
            maps=[configured.one_map(one["wwid"], **QUEUES) for one in maps],
        )
        return {
            "schema": schema.SCHEMA,
            "host": kernel["host"],
            "multipathd": {"running": True, "pid": 1, "version": "0.9.4"},
            "maps": maps,
            "paths": paths,
            "sessions": sessions,
            "multipath_conf": conf,
            "iscsi": dict(iscsi_facts.read(tree, sessions), portals=[]),
            "fc": fc.read(tree),
            "platform": platform,
            "symptoms": symptoms,
            "quarantine": None,
            "elapsed": ELAPSED,
            "incomplete": incomplete,
        }


class Hosts:
    """Hosts like the recorded nodes, in turns."""

    def __init__(self):
        self.kinds = [_Kind(node) for node in NODES]

    def result(self, number):
        """The registered result of a host, as the audit has it: packed."""
        if simulated.away(number):
            return {"changed": False, "unreachable": True, "msg": "Failed to connect to the host: No route to host"}
        return json.loads(simulated.said(self._kind(number).reported, number))

    def save(self, folder):
        """Write what connection/replay.py answers from."""
        for number, kind in enumerate(self.kinds):
            (folder / f"{number}.json").write_text(json.dumps(kind.reported), encoding="utf-8")

    def world(self, count):
        """The array's world (see ontap_sim) of so many hosts."""
        made = {
            "svms": [{"name": svm} for svm in sorted({device.svm for device in failures.DEVICES.values()})],
            "igroups": [],
            "luns": [],
            "maps": [],
        }
        for number in range(count):
            self._kind(number).give(made, number)
        return made

    def _kind(self, number):
        return self.kinds[number % len(self.kinds)]


class _Kind:
    """A recorded node, of which any number can be made."""

    def __init__(self, node):
        recorded = facts(node)
        (initiator,) = recorded["host"]["initiators"]["iqn"]
        self.initiator, self.node = initiator, node
        recorded["host"]["boot_id"] = "{boot}"
        text = json.dumps(recorded)
        wwids = sorted(set(re.findall(simulated.ONTAP + "[0-9a-f]{24}", text)))
        self.reported = {"text": text, "wwids": wwids, "node": node}
        # WWID -> the LUN of lab.failures; who answers in its place has its LUN id.
        self.luns = {}
        for path in recorded["paths"]:
            lun = next(
                lun
                for lun, device in failures.DEVICES.items()
                if (device.node, device.lun_id) == (node, int(path["hctl"].split(":")[3]))
            )
            self.luns[path["wwid"]] = lun
            if path["wire"]["state"] == "other":
                self.luns[path["wire"]["wwid"]] = failures.HEIRS[lun]

    def give(self, world, number):
        """Add a host's igroups, LUNs and maps to a world."""
        host = simulated.name(number)
        initiator = self.initiator.replace(self.node, host)
        world["igroups"] += [
            {"name": host, "svm": svm["name"], "protocol": "iscsi", "initiators": [initiator]} for svm in world["svms"]
        ]
        for place, wwid in enumerate(self.reported["wwids"]):
            lun = self.luns[wwid]
            home = failures.DEVICES[next((old for old, new in failures.HEIRS.items() if new == lun), lun)]
            name = f"/vol/{host}/{lun}"
            world["luns"].append(
                {
                    "name": name,
                    "svm": home.svm,
                    "serial_number": simulated.serial(number, place),
                    "enabled": lun not in OFFLINE,
                }
            )
            if lun not in UNMAPPED:
                world["maps"].append({"lun": name, "igroup": host, "svm": home.svm, "logical_unit_number": home.lun_id})
