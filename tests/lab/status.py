# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab looks like now, as text."""

from collections import Counter

from lab import hub, topology
from lab.array import VOLUME
from lab.errors import LabError


def text(lab):
    """Return the lab's machines, its array's address, and the array's LUNs and maps."""
    if not lab.is_up():
        return f"lab {lab.name} is down"
    facts = lab.facts
    lines = [f"lab {lab.name} is up", f"  inventory  {lab.inventory}"]
    lines.append(f"  array      https://127.0.0.1:{facts['rest_port']} (users and passwords: {lab.folder}/lab.json)")
    for name, port in facts["machines"].items():
        addresses = [address for fabric in topology.FABRICS for address in _addresses(name, fabric, lab.transport)]
        state = (lab.folder / name / "exit").exists() and "ended" or "running"
        lines.append(f"  {name:<10} {state}, Debian {lab.suites[name]}, ssh port {port}, SAN {' '.join(addresses)}")
    for fabric, machines in hub.faults(lab.folder).items():
        lines += [f"  fabric {fabric}   the port of {name} has the fault {fault}" for name, fault in machines.items()]
    try:
        lines += _luns(lab.array)
    except LabError as error:
        lines.append(f"  {error}")
    return "\n".join(lines)


def _addresses(name, fabric, transport):
    return [topology.wwpn(name, fabric)] if transport == "fc" else topology.addresses(name, fabric)


def _luns(array):
    maps = array.maps()
    lines = []
    for lun in array.luns():
        mapped = [
            f"{mapping['igroup']['name']} as {mapping['logical_unit_number']}"
            for mapping in maps
            if mapping["lun"]["uuid"] == lun["uuid"]
        ]
        state = "online" if lun.get("enabled", True) else "offline"
        name = lun["name"].removeprefix(VOLUME)
        lines.append(
            f"  LUN {name:<8} {lun['svm']['name']} {topology.wwid(lun['serial_number'])} {state}, "
            f"mapped to: {', '.join(mapped) or 'nobody'}"
        )
    return lines or ["  no LUNs"]


def requests(listed):
    """Return a table of how often each method and path was asked."""
    records = listed["records"] if isinstance(listed, dict) else listed
    counts = Counter((request["method"], request["path"]) for request in records)
    return "\n".join(
        [f"{len(records)} requests", *(f"{count:6} {method} {path}" for (method, path), count in counts.most_common())]
    )
