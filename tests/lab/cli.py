# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: python -m lab [--name NAME] VERB ..."""

import argparse
import json
import signal
import sys

from lab import image, machine, status, topology
from lab.errors import LabError
from lab.fabric import FAULTS
from lab.lab import Lab

# verb: (help, arguments); an argument is a name, or (name, options of add_argument).
_NODES = ("--nodes", {"type": int, "default": 2, "help": "number of nodes (default 2)"})
_MEMORY = (
    "--memory",
    {"type": int, "default": machine.MEMORY["node"], "help": "MiB of memory of each node (default %(default)s)"},
)
_TRANSPORT = (
    "--transport",
    {"choices": topology.TRANSPORTS, "default": "iscsi", "help": "how the nodes reach the array (default iscsi)"},
)
_SUITES = (
    "--suites",
    {
        "help": f"generations of Debian that the nodes take turns in, of {', '.join(topology.SUITES)} (default "
        f"{','.join(topology.USUAL)})"
    },
)
_SVM = ("--svm", {"choices": list(topology.SVMS)})
_SIZE = ("--size", {"type": int, "default": 64 * 1024**2, "help": "bytes"})
_FABRIC = ("fabric", {"choices": topology.FABRICS})
VERBS = {
    "apt-packages": ("print the Debian packages that the lab needs here", []),
    "build": ("build the base images whose inputs have changed", []),
    "up": ("boot the array and the nodes", [_NODES, _MEMORY, _TRANSPORT, _SUITES]),
    "resume": ("resume a saved state: failures, up, fcup, or one of your own; changes since then are lost", ["state"]),
    "save": ("save the lab with all that was done to it as a state", ["state"]),
    "states": ("list the saved states", []),
    "down": ("end all machines of this lab", []),
    "status": ("machines, ports, LUNs and maps", []),
    "ssh": ("log in to a machine, or run a command on it", ["machine", ("words", {"nargs": argparse.REMAINDER})]),
    "create-lun": ("create a LUN", ["lun", ("--svm", {"choices": list(topology.SVMS), "default": "svm1"}), _SIZE]),
    "map": (
        "map a LUN to a node and wait for its map",
        ["lun", "node", ("--lun-id", {"type": int}), ("--no-scan", {"action": "store_false", "dest": "scan"})],
    ),
    "unmap": ("unmap a LUN on the array; the node keeps its stale devices", ["lun", "node"]),
    "recycle": ("give the LUN id of OLD on a node to NEW", ["old", "new", "node"]),
    "offline": ("take a LUN offline on the array", ["lun"]),
    "online": ("bring a LUN online again", ["lun"]),
    "scan": ("let a node look for new LUNs; over FC, by logging in again", ["node"]),
    "exclude": ("let multipath on a node leave a LUN alone", ["lun", "node"]),
    "cut": ("cut a node from a fabric, or from one SVM on it", ["node", _FABRIC, _SVM]),
    "heal": ("undo every cut of a node", ["node", ("fabric", {"choices": topology.FABRICS, "nargs": "?"})]),
    "fabric": (
        "lose or delay what a machine sends and is sent on a fabric, while its link stays up",
        [
            "machine",
            _FABRIC,
            ("fault", {"choices": FAULTS}),
            ("value", {"nargs": "?", "help": "milliseconds of delay, or percent to lose"}),
        ],
    ),
    "stop-array": ("stop the array's REST service", []),
    "start-array": ("start it again", []),
    "stop-target": ("stop an SVM's target", ["svm"]),
    "start-target": ("start it again", ["svm"]),
    "restart": ("power a node off and boot it again", ["node"]),
    "offline-path": ("let a node's kernel give up one path of a LUN", ["lun", "node"]),
    "mount": ("make a file system on a LUN and mount it", ["lun", "node", ("--fs", {"default": "ext4"})]),
    "umount": ("unmount it", ["lun", "node"]),
    "lvm": ("put a volume group and a logical volume on a LUN", ["lun", "node"]),
    "luks": ("put an open LUKS volume on a LUN", ["lun", "node"]),
    "hold": ("let a process keep a LUN open", ["lun", "node"]),
    "unhold": ("end that process", ["lun", "node"]),
    "faults": ("set the REST service's faults", [("faults", {"type": json.loads, "help": "a JSON list"})]),
    "no-faults": ("clear them", []),
    "requests": ("print how often each REST path was asked", []),
    "record": ("record a node's state for unit tests", ["node", "folder"]),
}


def parser():
    top = argparse.ArgumentParser(prog="python -m lab", description="A lab of virtual machines with a SAN.")
    top.add_argument("--name", default="default", help="name of the lab (default: default)")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, (text, arguments) in VERBS.items():
        sub = verbs.add_parser(verb, help=text, description=text)
        for argument in arguments:
            name, options = (argument, {}) if isinstance(argument, str) else argument
            sub.add_argument(name, **options)
    return top


def main(argv=None):
    """Run one verb; return the exit code."""
    arguments = vars(parser().parse_args(argv))
    verb, name = arguments.pop("verb"), arguments.pop("name")
    if verb == "apt-packages":
        print(" ".join(image.APT_PACKAGES))
        return 0
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        _run(verb, name, arguments)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted", file=sys.stderr)
        return 130
    return 0


def _run(verb, name, arguments):
    lab = Lab(name)
    match verb:
        case "build":
            for suite, folder in image.ensure_images(lab.state).items():
                print(f"{suite}  {folder}")
        case "status":
            print(status.text(lab))
        case "ssh":
            lab.ssh(arguments["machine"]).login(arguments["words"])
        case "requests":
            print(status.requests(lab.requests()))
        case _:
            line = getattr(lab, verb.replace("-", "_"))(**arguments)
            if line:
                print(line)
