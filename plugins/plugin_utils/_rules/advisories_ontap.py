# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the snapshot of an ONTAP array shows to be risky: who else sees a LUN, and which paths a takeover removes.
Pure functions over plain data.

Shared LUNs are reported only where an audited host is among the parties: what others share may be a cluster that is not
in this inventory.
"""

from __future__ import annotations

import heapq
import typing as t
from collections.abc import Iterable, Iterator, Mapping

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.san import FC, ISCSI
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.shapes import Snapshot
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.common import INFO, WARNING
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.shapes import Advice, AdvisoryRule, count, few

EXPOSED, SHARED = "MPC501", "MPC502"
# An advisory of one of these stands only as long as those who share are not one party; see parties().
AMONG_PARTIES = (EXPOSED, SHARED)
# An advisory before its array is known: (rule, subject, what, hosts, unknown initiators).
Found = tuple[str, str, str, Iterable[str], Iterable[str]]
RULES: tuple[AdvisoryRule, ...] = (
    {
        "id": EXPOSED,
        "severity": WARNING,
        "title": "LUNs are mapped to hosts that are not a cluster",
        "reason": "Whoever sees a LUN can write to it, scan it, or hold a reservation of it. The other host then gets "
        "I/O errors, a read-only file system, or data that is not its own, and nothing on its side says why.",
        "remedy": "unmap the LUNs from the igroup whose hosts do not need them; if the hosts are one cluster, say so "
        "in audit_san_clusters; if the sharing is intended (a backup proxy), add an exception with a date",
    },
    {
        "id": SHARED,
        "severity": WARNING,
        "title": "An igroup is shared by hosts that are not a cluster",
        "reason": "Every LUN that is mapped to it shows on each of its hosts, so each scan on any of them adds disks "
        "that are not its own, and each unmapping leaves stale devices on all. Trident before 23.04 had one igroup per "
        "back end, with all nodes in it.",
        "remedy": "give each host its own igroup and map its LUNs there (Trident does from 23.04 on, for volumes that "
        "are published again); if the hosts are one cluster, say so in audit_san_clusters",
    },
    {
        "id": "MPC503",
        "severity": INFO,
        "title": "An initiator is in several igroups",
        "reason": "It gets the LUNs of all of them, in one range of LUN ids. A LUN map to one of the igroups shows on "
        "a host that an engineer looks for in the other.",
        "remedy": "keep one igroup per host, nest it in others where hosts share LUNs, and remove the initiator from "
        "the rest once nothing is mapped there",
    },
    {
        "id": "MPC504",
        "severity": INFO,
        "title": "An initiator is logged in that is in no igroup",
        "reason": "It sees no LUN, but it has found the array: a host whose igroup is gone or names it wrongly, or an "
        "unknown initiator in the network or zone of the storage.",
        "remedy": "add the host to its igroup, or log it out there and delete its node records (or its zone)",
    },
    {
        "id": "MPC505",
        "severity": WARNING,
        "title": "All SAN LIFs of an SVM have their home on one node",
        "reason": "SAN LIFs do not migrate, so a takeover or a reboot of that node removes every path at once, "
        "although the partner continues to serve the LUNs.",
        "remedy": "create LIFs on the HA partner too, in each fabric or network, and let the hosts log in there",
    },
    {
        "id": "MPC506",
        "severity": WARNING,
        "title": "Reporting nodes leave a LUN with the paths of one node, or with none",
        "reason": "A LUN shows only at LIFs of the reporting nodes of its map. Where just one of them has LIFs, a "
        "takeover of that node removes every path at once; where none has, no host sees the LUN. This happens after a "
        "LUN or a LIF was moved.",
        "remedy": "add the node that has the LUN and its HA partner to the reporting nodes (lun mapping "
        "add-reporting-nodes), or create LIFs there",
    },
    {
        "id": "MPC507",
        "severity": INFO,
        "title": "A SAN LIF is disabled or down",
        "reason": "Paths through it are missing, so another fault removes more paths than it should.",
        "remedy": "check its port and cable or zone and enable it, or delete it if it is not needed",
    },
)


def of(snapshot: Snapshot, hosts: Mapping[str, list[str]], clusters: Mapping[str, str]) -> Iterator[Advice]:
    """Yield the advisories of one array, each as the arguments of advisories.advisory.

    Only hosts and unknown initiators depend on the inventory; subject and what are what the array alone says, so that
    the slices of an audit report a thing in the same words.

    Args:
        hosts: the initiators of each audited host.
        clusters: of members().
    """
    topology = _Topology(snapshot, hosts)
    for found in (
        _shared(topology, clusters),
        _several(topology),
        _uninvited(topology),
        _lifs(topology),
        _reporting(topology),
    ):
        for rule, subject, what, affected, unknown in found:
            yield rule, subject, what, topology.where, affected, unknown


def members(san_clusters: t.Any) -> dict[str, str]:
    """Return the cluster of each host, from {cluster: [hosts]}.

    Raises:
        ValueError: it has another shape, or a host is in two clusters.
    """
    if not isinstance(san_clusters, dict) or not all(isinstance(names, list) for names in san_clusters.values()):
        raise ValueError("san_clusters: a dictionary of lists of hosts is needed")
    found: dict[str, str] = {}
    for cluster, names in san_clusters.items():
        for name in names:
            if found.setdefault(str(name), str(cluster)) != str(cluster):
                raise ValueError(f"san_clusters: {name} is in two clusters, {found[str(name)]} and {cluster}")
    return found


def parties(hosts: Iterable[str], unknown: Iterable[str], clusters: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return who shares.

    A party is a cluster, a host that is in no cluster, or an initiator that no audited host has.
    """
    found = {("cluster", clusters[host]) if host in clusters else ("host", host) for host in hosts}
    return found | {("initiator", name) for name in unknown}


class _Topology:
    """The snapshot, arranged for the rules.

    `groups`: the names of mapped LUNs by their SVM and their maps, each (igroup UUID, reporting nodes).
    """

    def __init__(self, snapshot: Snapshot, hosts: Mapping[str, list[str]]) -> None:
        self.san, self.members = snapshot["san"], snapshot["igroups"]
        self.where = snapshot["array"]["cluster"] or snapshot["array"]["hostname"]
        self.owners = {identity.normal_initiator(name): host for host in sorted(hosts) for name in hosts[host]}
        self.groups: dict[tuple[str | None, frozenset[tuple[str, tuple[str, ...]]]], list[str]] = {}
        for lun in snapshot["luns"]:
            if lun["maps"]:
                maps = frozenset(
                    [(lun_map["igroup_uuid"], tuple(lun_map["reporting_nodes"] or ())) for lun_map in lun["maps"]]
                )
                self.groups.setdefault((lun["svm"], maps), []).append(str(lun["name"]))
        # {protocol: {SVM: {audited host}}} of the hosts that have LUNs there
        self.served: dict[str, dict[str | None, set[str]]] = {ISCSI: {}, FC: {}}
        for svm, uuid in {(svm, uuid) for svm, maps in self.groups for uuid, dummy in maps}:
            for name in self.members[uuid]:
                affected = self.served[protocol(name)].setdefault(svm, set())
                affected.update([self.owners[name]] if name in self.owners else [])
        # {(protocol, SVM): the home nodes of its enabled LIFs}; none where the node of a LIF is not known, or where
        # a takeover moves a LIF
        self.nodes = {(name, svm): self._nodes(name, svm) for name, svms in self.served.items() for svm in svms}

    def name(self, uuid: str) -> str:
        return self.san["igroups"][uuid]["name"]

    def sharing(self, initiators: Iterable[str]) -> tuple[set[str], set[str]]:
        """Return the audited hosts of initiators, and the initiators that no audited host has."""
        return {self.owners[name] for name in initiators if name in self.owners}, {
            name for name in initiators if name not in self.owners
        }

    def _nodes(self, name: str, svm: str | None) -> set[str]:
        lifs = [lif for lif in self.san["lifs"][name] or [] if lif["svm"] == svm and lif["enabled"] is not False]
        nodes = {lif["node"] for lif in lifs if lif["node"] and not lif["moves"]}
        return set() if any(lif["moves"] or not lif["node"] for lif in lifs) else nodes


def protocol(initiator: str) -> str:
    """Return the transport of a normalised initiator."""
    return FC if len(initiator) == 16 and "." not in initiator else ISCSI


def _shared(topology: _Topology, clusters: Mapping[str, str]) -> Iterator[Found]:
    """An igroup with several parties is reported once (SHARED); several igroups together (EXPOSED) only where they
    have more parties than each of them.
    """
    by_igroup: dict[tuple[str | None, str], list[str]] = {}
    by_igroups: dict[tuple[str | None, frozenset[str]], list[str]] = {}
    for (svm, maps), names in topology.groups.items():
        uuids = frozenset(uuid for uuid, dummy in maps)
        for uuid in uuids:
            by_igroup.setdefault((svm, uuid), []).extend(names)
        if len(uuids) > 1:
            by_igroups.setdefault((svm, uuids), []).extend(names)
    by_uuid = {}
    for svm, uuid in by_igroup:
        affected, unknown = topology.sharing(topology.members[uuid])
        by_uuid[uuid] = parties(affected, unknown, clusters)
        if affected and len(by_uuid[uuid]) > 1:
            what = f"shows {_luns(by_igroup[svm, uuid])} to {count(len(set(topology.members[uuid])), 'initiator')}"
            yield SHARED, f"igroup {topology.name(uuid)} of SVM {svm}", what, affected, unknown
    for (svm, uuids), names in by_igroups.items():
        initiators = {name for uuid in uuids for name in topology.members[uuid]}
        affected, unknown = topology.sharing(initiators)
        together = parties(affected, unknown, clusters)
        if affected and len(together) > 1 and all(by_uuid[uuid] != together for uuid in uuids):
            igroups = few(sorted(map(topology.name, uuids)))
            yield (
                EXPOSED,
                f"igroups {igroups} of SVM {svm}",
                f"show {_luns(names)} to {count(len(initiators), 'initiator')}",
                affected,
                unknown,
            )


def _several(topology: _Topology) -> Iterator[Found]:
    inherited = topology.san["inherited"]
    if inherited is None:
        return
    found: dict[tuple[str, str | None], list[str]] = {}
    for uuid, names in topology.members.items():
        for name in set(names).difference(inherited.get(uuid, ())):
            if name in topology.owners:
                found.setdefault((name, topology.san["igroups"][uuid]["svm"]), []).append(topology.name(uuid))
    for (name, svm), igroups in found.items():
        if len(igroups) > 1:
            yield (
                "MPC503",
                name,
                f"it is in {len(igroups)} igroups of SVM {svm}: {few(sorted(igroups))}",
                [topology.owners[name]],
                (),
            )


def _uninvited(topology: _Topology) -> Iterator[Found]:
    by_svm: dict[str, list[str]] = {}
    for svm, name in topology.san["uninvited"]:
        by_svm.setdefault(svm, []).append(name)
    for svm, names in by_svm.items():
        yield "MPC504", f"SVM {svm}", f"logged in and in no igroup: {few(names)}", *topology.sharing(names)


def _lifs(topology: _Topology) -> Iterator[Found]:
    """Which LIFs an SVM with mapped LUNs has.

    A single node is no advice where the cluster has no other, or where a takeover moves the LIFs (ASA).
    """
    several = len(topology.san["nodes"]) > 1 and topology.san["asa"] is False
    for name, svms in topology.served.items():
        for svm, affected in svms.items():
            its_lifs = [lif for lif in topology.san["lifs"][name] or [] if lif["svm"] == svm]
            nodes = topology.nodes[name, svm]
            if several and len(nodes) == 1:
                lifs = sorted(str(lif["name"]) for lif in its_lifs if lif["enabled"] is not False)
                yield (
                    "MPC505",
                    f"SVM {svm}",
                    f"its enabled {name} LIFs ({few(lifs)}) all have their home on {min(nodes)}",
                    affected,
                    (),
                )
            bad = sorted(
                f"{lif['name']} {'disabled' if lif['enabled'] is False else 'down'}"
                for lif in its_lifs
                if lif["enabled"] is False or lif["state"] == "down"
            )
            if bad:
                yield "MPC507", f"SVM {svm}", f"{name} LIFs: {few(bad)}", affected, ()


def _reporting(topology: _Topology) -> Iterator[Found]:
    """What the reporting nodes leave of the LIFs of an SVM that has them on several nodes.

    A port set may leave fewer: that is not checked.
    """
    if topology.san["asa"] is not False:
        return
    found: dict[tuple[str | None, str, tuple[str, ...]], tuple[list[str], set[str], set[str]]] = {}
    for (svm, maps), luns in topology.groups.items():
        for uuid, reporting in maps:
            for name in {protocol(member) for member in topology.members[uuid]} if reporting else ():
                nodes = topology.nodes[name, svm]
                left = nodes.intersection(reporting)
                if nodes and (not left or len(left) == 1 < len(nodes)):
                    names, igroups, affected = found.setdefault((svm, name, reporting), ([], set(), set()))
                    names += luns
                    igroups.add(topology.name(uuid))
                    affected |= topology.sharing(
                        member for member in topology.members[uuid] if protocol(member) == name
                    )[0]
    for (svm, name, reporting), (names, igroups, affected) in found.items():
        left = topology.nodes[name, svm].intersection(reporting)
        with_lifs = f"only {min(left)} has" if left else "none has"
        what = f"{_luns(names)} in igroup {few(sorted(igroups))}: {with_lifs} {name} LIFs"
        yield "MPC506", f"SVM {svm}, reporting nodes {few(sorted(reporting))}", what, affected, ()


def _luns(names: list[str]) -> str:
    distinct = set(names)
    return f"{count(len(distinct), 'LUN')} ({few(heapq.nsmallest(3, distinct), total=len(distinct))})"
