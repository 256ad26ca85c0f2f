# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the snapshot of an ONTAP array shows to be risky: who else sees a LUN, and what a takeover would take away.
Pure functions over plain data.

Who shares a LUN is told only where an audited host is one of them: what others share among themselves may be a
cluster that nobody here knows.
"""

from __future__ import annotations

import heapq
import typing as t
from collections.abc import Collection, Iterable, Iterator

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.san import FC, ISCSI

EXPOSED, SHARED = "MPC501", "MPC502"
# An advisory of one of these stands only as long as those who share are not one party; see parties().
AMONG_PARTIES = (EXPOSED, SHARED)
RULES: tuple[dict[str, str], ...] = (
    {
        "id": EXPOSED,
        "severity": "warning",
        "title": "LUNs are mapped to hosts that are no cluster",
        "reason": "Whoever sees a LUN can write to it, scan it, or sleep on a reservation of it. The other one then "
        "gets I/O errors, a read-only file system, "
        "or data that is not its own, and nothing on its side tells why.",
        "remedy": "unmap the LUNs from the igroup whose hosts do not need them; if the hosts are one cluster, say so "
        "in audit_san_clusters; "
        "if the sharing is meant (a backup proxy), excuse it with a date",
    },
    {
        "id": SHARED,
        "severity": "warning",
        "title": "An igroup is shared by hosts that are no cluster",
        "reason": "Every LUN that is mapped to it shows on every one of its hosts, so each scan on any of them brings "
        "disks that are not its own, and each "
        "unmapping leaves stale ones behind on all. Trident before 23.04 had one igroup for each back end, "
        "with all nodes in it.",
        "remedy": "give each host an igroup of its own and map its LUNs there (Trident does from 23.04 on, for volumes "
        "that are published anew); "
        "if the hosts are one cluster, say so in audit_san_clusters",
    },
    {
        "id": "MPC503",
        "severity": "info",
        "title": "An initiator is in several igroups",
        "reason": (
            "It gets the LUNs of all of them, in one row of LUN ids. A map to one of the igroups shows on a host "
            "that is looked for in the other."
        ),
        "remedy": "keep one igroup for each host, nest it in others where hosts share LUNs, and take the initiator out "
        "of the rest once nothing is mapped "
        "there",
    },
    {
        "id": "MPC504",
        "severity": "info",
        "title": "An initiator is logged in that no igroup knows",
        "reason": "It sees no LUN, but it has found the array: a host whose igroup is gone or names it wrongly, or a "
        "stranger in the network or zone of the "
        "storage.",
        "remedy": "put the host into its igroup, or log it out there and delete its node records (or its zone)",
    },
    {
        "id": "MPC505",
        "severity": "warning",
        "title": "All SAN LIFs of an SVM are at home on one node",
        "reason": (
            "SAN LIFs do not migrate, so a takeover or a reboot of that node takes every path at once, although "
            "the partner goes on serving the LUNs."
        ),
        "remedy": "make LIFs on the HA partner too, in each fabric or network, and let the hosts log in there",
    },
    {
        "id": "MPC506",
        "severity": "warning",
        "title": "Reporting nodes leave a LUN with the paths of one node, or with none",
        "reason": "A LUN shows only at LIFs of the reporting nodes of its map. Where just one of them has LIFs, a "
        "takeover of that node takes every path at "
        "once; where none has, no host sees the LUN. It is so after a LUN or a LIF has moved.",
        "remedy": (
            "add the node that has the LUN and its HA partner to the reporting nodes (lun mapping "
            "add-reporting-nodes), or make LIFs there"
        ),
    },
    {
        "id": "MPC507",
        "severity": "info",
        "title": "A SAN LIF is disabled or down",
        "reason": "Paths through it are missing, so what else fails takes more than it should.",
        "remedy": "look at its port and cable or zone and enable it, or delete it if it is not needed",
    },
)


def of(snapshot: dict, hosts: dict[str, list[str]], clusters: dict[str, str]) -> Iterator[tuple]:
    """The advisories of one array, each the arguments of advisories.advisory.

    *snapshot*: of listing.fetch; *hosts*: {name of an audited host: its initiators}; *clusters*: of members(). Who
    is who goes to 'hosts' and 'strangers', and what the array alone says to 'subject' and 'what', so that the
    slices of an audit tell of one thing in the same words.
    """
    topology = _Topology(snapshot, hosts)
    for found in (
        _shared(topology, clusters),
        _several(topology),
        _uninvited(topology),
        _lifs(topology),
        _reporting(topology),
    ):
        for rule, subject, what, touched, strangers in found:
            yield rule, subject, what, topology.where, touched, strangers


def members(san_clusters: t.Any) -> dict[str, str]:
    """{host: its cluster} of {cluster: [hosts]}. Raises ValueError for another shape, and for a host that is in two."""
    if not isinstance(san_clusters, dict) or not all(isinstance(names, list) for names in san_clusters.values()):
        raise ValueError("san_clusters: a dictionary of lists of hosts is needed")
    found: dict[str, str] = {}
    for cluster, names in san_clusters.items():
        for name in names:
            if found.setdefault(str(name), str(cluster)) != str(cluster):
                raise ValueError("san_clusters: %s is in two clusters, %s and %s" % (name, found[str(name)], cluster))
    return found


def parties(hosts: Iterable[str], strangers: Iterable[str], clusters: dict[str, str]) -> set[tuple[str, str]]:
    """Who shares: a cluster is one party, a host that is in none is one, an initiator that no audited host has is
    one.
    """
    told = {("cluster", clusters[host]) if host in clusters else ("host", host) for host in hosts}
    return told | {("initiator", name) for name in strangers}


class _Topology:
    """The snapshot by what is asked of it. `groups`: {(SVM, {(igroup UUID, reporting nodes or None)}): [names of
    LUNs]}, of mapped LUNs.
    """

    def __init__(self, snapshot: dict, hosts: dict[str, list[str]]) -> None:
        self.san, self.members = snapshot["san"], snapshot["igroups"]
        self.where = snapshot["array"]["cluster"] or snapshot["array"]["hostname"]
        self.owners = {identity.normal_initiator(name): host for host in sorted(hosts) for name in hosts[host]}
        self.groups: dict[tuple, list[str]] = {}
        for lun in snapshot["luns"]:
            if lun["maps"]:
                maps = frozenset([(one["igroup_uuid"], tuple(one["reporting_nodes"] or ())) for one in lun["maps"]])
                self.groups.setdefault((lun["svm"], maps), []).append(str(lun["name"]))
        # {protocol: {SVM: {audited host}}} of who has LUNs there
        self.served: dict[str, dict[str, set[str]]] = {ISCSI: {}, FC: {}}
        for svm, uuid in {(svm, uuid) for svm, maps in self.groups for uuid, dummy in maps}:
            for name in self.members[uuid]:
                touched = self.served[protocol(name)].setdefault(svm, set())
                touched.update([self.owners[name]] if name in self.owners else [])
        # {(protocol, SVM): the home nodes of its enabled LIFs}; none where that is not known of each, or where one
        # goes along with a takeover
        self.nodes = {(name, svm): self._nodes(name, svm) for name, svms in self.served.items() for svm in svms}

    def name(self, uuid: str) -> str:
        return self.san["igroups"][uuid]["name"]

    def sharing(self, initiators: Iterable[str]) -> tuple[set[str], set[str]]:
        """({audited hosts}, {initiators of none})."""
        return {self.owners[name] for name in initiators if name in self.owners}, {
            name for name in initiators if name not in self.owners
        }

    def _nodes(self, name: str, svm: str) -> set[str]:
        lifs = [lif for lif in self.san["lifs"][name] or [] if lif["svm"] == svm and lif["enabled"] is not False]
        return set() if any(lif["moves"] or not lif["node"] for lif in lifs) else {lif["node"] for lif in lifs}


def protocol(initiator: str) -> str:
    return FC if len(initiator) == 16 and "." not in initiator else ISCSI


def _shared(topology: _Topology, clusters: dict[str, str]) -> Iterator[tuple]:
    """One igroup with several parties is told of once (SHARED), several igroups together (EXPOSED) only where they
    bring more parties than any one of them.
    """
    by_igroup: dict[tuple, list[str]] = {}
    by_igroups: dict[tuple, list[str]] = {}
    for (svm, maps), names in topology.groups.items():
        uuids = frozenset(uuid for uuid, dummy in maps)
        for uuid in uuids:
            by_igroup.setdefault((svm, uuid), []).extend(names)
        if len(uuids) > 1:
            by_igroups.setdefault((svm, uuids), []).extend(names)
    told = {}
    for svm, uuid in by_igroup:
        touched, strangers = topology.sharing(topology.members[uuid])
        told[uuid] = parties(touched, strangers, clusters)
        if touched and len(told[uuid]) > 1:
            what = "shows %s to %s" % (_luns(by_igroup[svm, uuid]), _count(set(topology.members[uuid]), "initiator"))
            yield SHARED, "igroup %s of SVM %s" % (topology.name(uuid), svm), what, touched, strangers
    for (svm, uuids), names in by_igroups.items():
        initiators = {name for uuid in uuids for name in topology.members[uuid]}
        touched, strangers = topology.sharing(initiators)
        together = parties(touched, strangers, clusters)
        if touched and len(together) > 1 and all(told[uuid] != together for uuid in uuids):
            igroups = few(sorted(map(topology.name, uuids)))
            yield (
                EXPOSED,
                "igroups %s of SVM %s" % (igroups, svm),
                "show %s to %s" % (_luns(names), _count(initiators, "initiator")),
                touched,
                strangers,
            )


def _several(topology: _Topology) -> Iterator[tuple]:
    inherited = topology.san["inherited"]
    if inherited is None:
        return
    found: dict[tuple, list[str]] = {}
    for uuid, names in topology.members.items():
        for name in set(names).difference(inherited.get(uuid, ())):
            if name in topology.owners:
                found.setdefault((name, topology.san["igroups"][uuid]["svm"]), []).append(topology.name(uuid))
    for (name, svm), igroups in found.items():
        if len(igroups) > 1:
            yield (
                "MPC503",
                name,
                "it is in %d igroups of SVM %s: %s" % (len(igroups), svm, few(sorted(igroups))),
                [topology.owners[name]],
                (),
            )


def _uninvited(topology: _Topology) -> Iterator[tuple]:
    by_svm: dict[str, list[str]] = {}
    for svm, name in topology.san["uninvited"]:
        by_svm.setdefault(svm, []).append(name)
    for svm, names in by_svm.items():
        yield ("MPC504", "SVM %s" % svm, "logged in and in no igroup: %s" % few(names)) + topology.sharing(names)


def _lifs(topology: _Topology) -> Iterator[tuple]:
    """What an SVM with mapped LUNs has of LIFs. One node is no advice where the cluster has no other, or where LIFs
    go along with a takeover (ASA).
    """
    several = len(topology.san["nodes"]) > 1 and topology.san["asa"] is False
    for name, svms in topology.served.items():
        for svm, touched in svms.items():
            mine = [lif for lif in topology.san["lifs"][name] or [] if lif["svm"] == svm]
            nodes = topology.nodes[name, svm]
            if several and len(nodes) == 1:
                lifs = sorted(str(lif["name"]) for lif in mine if lif["enabled"] is not False)
                yield (
                    "MPC505",
                    "SVM %s" % svm,
                    "its enabled %s LIFs (%s) are all at home on %s" % (name, few(lifs), min(nodes)),
                    touched,
                    (),
                )
            bad = sorted(
                "%s %s" % (lif["name"], "disabled" if lif["enabled"] is False else "down")
                for lif in mine
                if lif["enabled"] is False or lif["state"] == "down"
            )
            if bad:
                yield "MPC507", "SVM %s" % svm, "%s LIFs: %s" % (name, few(bad)), touched, ()


def _reporting(topology: _Topology) -> Iterator[tuple]:
    """Where the LIFs of an SVM are on several nodes, what the reporting nodes leave of them. A port set may leave
    fewer: that is not looked at.
    """
    if topology.san["asa"] is not False:
        return
    found: dict[tuple, tuple[list[str], set[str], set[str]]] = {}
    for (svm, maps), luns in topology.groups.items():
        for uuid, reporting in maps:
            for name in {protocol(member) for member in topology.members[uuid]} if reporting else ():
                nodes = topology.nodes[name, svm]
                left = nodes.intersection(reporting)
                if nodes and (not left or len(left) == 1 < len(nodes)):
                    names, igroups, touched = found.setdefault((svm, name, reporting), ([], set(), set()))
                    names += luns
                    igroups.add(topology.name(uuid))
                    touched |= topology.sharing(
                        member for member in topology.members[uuid] if protocol(member) == name
                    )[0]
    for (svm, name, reporting), (names, igroups, touched) in found.items():
        left = topology.nodes[name, svm].intersection(reporting)
        what = "%s in igroup %s: %s" % (
            _luns(names),
            few(sorted(igroups)),
            "only %s has %s LIFs" % (min(left), name) if left else "none has %s LIFs" % name,
        )
        yield "MPC506", "SVM %s, reporting nodes %s" % (svm, few(sorted(reporting))), what, touched, ()


def _luns(names: list[str]) -> str:
    distinct = set(names)
    return "%s (%s)" % (_count(distinct, "LUN"), few(heapq.nsmallest(3, distinct), len(distinct)))


def _count(things: Collection, noun: str) -> str:
    return "%d %s%s" % (len(things), noun, "" if len(things) == 1 else "s")


def few(names: list[str], count: int | None = None) -> str:
    """The first three. *count*: how many there are, if more than are given."""
    more = (count or len(names)) - 3
    return ", ".join(names[:3]) + (" and %d more" % more if more > 0 else "")
