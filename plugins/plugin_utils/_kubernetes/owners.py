# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What Kubernetes says of a device: the volume that it is, and what forbids its removal.

Pure functions over the documents of _kubernetes/objects.py.
"""

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity

SYSTEM = "kubernetes"


def owned(facts, device, documents):
    """([owner], [veto]) of a device, for owners.SYSTEMS.

    A cluster that was not read forbids everything: nobody can tell that it needs none of it.
    """
    owners, vetoes, known = [], [], False
    mine = of_kubernetes(documents)
    for document in mine:
        if not document["complete"]:
            vetoes.append(
                "the API of Kubernetes cluster %s could not be read, and may know of a use: %s"
                % (document["name"], document["error"])
            )
            continue
        nodes = nodes_of(facts, document)
        known = known or bool(nodes)
        for handle in _volumes_of(device, nodes, document):
            volume = document["volumes"][handle]
            owners.append(_owner(volume, nodes, document))
            vetoes += _held(volume, nodes, document)
        vetoes += _unidentified(nodes, document)
    if mine and not known and not vetoes:
        kubelet = (facts.get("platform") or {}).get("kubelet")
        if kubelet is not False:
            vetoes.append(
                "%s, and none of the Kubernetes clusters that were asked knows this host as a node: %s"
                % (
                    "a kubelet runs here" if kubelet else "whether a kubelet runs here could not be read",
                    ", ".join(one["name"] for one in mine),
                )
            )
    return owners, vetoes


def of_kubernetes(documents):
    """Those that are of Kubernetes."""
    return [document for document in documents if document["system"] == SYSTEM]


def nodes_of(facts, document):
    """The names of the nodes that this host may be, sorted: by an initiator that Trident knows, or by its name, in
    full or up to the first dot.

    More than one where they do not agree: then each of them counts.
    """
    names = facts["host"].get("initiators") or {}
    known_as = [identity.normal_initiator(str(name)) for name in names.get("iqn", []) + names.get("wwpns", [])]
    hostname = str(facts["host"].get("hostname") or "").lower()
    known_as += [hostname, hostname.split(".", 1)[0]]
    return sorted(set(node for name in known_as if name for node in document["known_as"].get(name, ())))


def drained(report, documents):
    """The node that the one host of a report is, to be drained: [{'cluster', 'node'}], or [] where no cluster knows it.

    Raises ValueError where a cluster was not read, and where more than one node may be meant.
    """
    (host,) = report["hosts"]
    found = []
    for document in of_kubernetes(documents):
        if not document["complete"]:
            raise ValueError("Kubernetes cluster %s could not be read: %s" % (document["name"], document["error"]))
        found += [{"cluster": document["name"], "node": node} for node in nodes_of(host["facts"], document)]
    if len(found) > 1:
        raise ValueError(
            "%s may be any of the nodes %s"
            % (host["name"], ", ".join("%(node)s of %(cluster)s" % one for one in found))
        )
    return found


def _volumes_of(device, nodes, document):
    """The handles of the volumes that a device is: by its identity, by that of what answers in its place, by the
    LUN's name, and by its address.
    """
    wwids = [device["wwid"]] + [path["wire"]["wwid"] for path in device["paths"]]
    luns = device["array"]["luns"] + device["answered_by"]
    keys = [("wwids", wwid.lower()) for wwid in wwids + [lun["wwid"] for lun in luns] if wwid]
    # ONTAP's /vol/VOLUME/LUN: the volume has the name (ontap-san), or the LUN (ontap-san-economy).
    keys += [("luns", part) for lun in luns for part in (lun["name"] or "").split("/")[2:]]
    for path in device["paths"]:
        if path.get("target"):
            address = "%s %s" % (identity.normal_initiator(path["target"]), path["hctl"].split(":")[-1])
            keys += [("addresses", "%s %s" % (node, address)) for node in ["*"] + nodes]
    return sorted(
        set(handle for kind, key in keys for handle in document[kind].get(key, ()) if handle in document["volumes"])
    )


def _owner(volume, nodes, document):
    return {
        "system": SYSTEM,
        "cluster": document["name"],
        "volume": volume["name"],
        "namespace": volume["namespace"],
        "claim": volume["claim"],
        "pods": ["%s (%s on %s)" % (pod["name"], pod["phase"], pod["node"] or "no node yet") for pod in volume["pods"]],
        "state": _state(volume, nodes),
    }


def _state(volume, nodes):
    """In words, where a volume is now: often why the device here went stale. None where there is nothing to say."""
    told = []
    if volume["phase"] is None:
        told.append("its PersistentVolume is gone")
    elif volume["phase"] != "Bound":
        told.append("its PersistentVolume is %s" % volume["phase"])
    told += [
        "attached to %s since %s" % (one["node"], one["since"])
        for one in volume["attachments"]
        if one["node"] not in nodes
    ]
    if not volume["attachments"]:
        told.append("attached to no node")
    return "; ".join(told) or None


def _held(volume, nodes, document):
    """Why a volume may not be taken from this node."""
    where = "%s of Kubernetes cluster %s" % (volume["name"], document["name"])
    found = []
    for one in volume["attachments"]:
        if one["node"] in nodes:
            found.append(
                "a VolumeAttachment of %s names the node %s%s"
                % (
                    where,
                    one["node"],
                    " (it is being deleted)"
                    if one["deleting"]
                    else ""
                    if one["attached"]
                    else " (not attached yet, or not any more)",
                )
            )
    found += [
        "a TridentVolumePublication of %s names the node %s" % (where, node)
        for node in volume["publications"]
        if node in nodes
    ]
    found += [
        "the pod %s (%s) on %s uses %s" % (pod["name"], pod["phase"], pod["node"], where)
        for pod in volume["pods"]
        if pod["node"] in nodes
    ]
    return found


def _unidentified(nodes, document):
    handles = sorted(set(handle for node in nodes for handle in document["unidentified"].get(node, ())))
    return [
        "Trident has %s of Kubernetes cluster %s here, and nothing says which device it is"
        % (document["volumes"][handle]["name"], document["name"])
        for handle in handles
    ]
