# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Full records of each collection, made of the world, with their `_links`. A member that is None is not there."""

from . import errors


def _link(path):
    return {"self": {"href": f"/api/{path}"}}


def _svm(world, name):
    svm = world.svms[name]
    return {"name": name, "uuid": svm["uuid"], "_links": _link(f"svm/svms/{svm['uuid']}")}


def _node(node):
    return {"name": node["name"], "uuid": node["uuid"], "_links": _link(f"cluster/nodes/{node['uuid']}")}


def _igroup(igroup):
    return {"name": igroup["name"], "uuid": igroup["uuid"], "_links": _link(f"protocols/san/igroups/{igroup['uuid']}")}


def _volume(world, svm, name):
    key = world.volume_uuid(svm, name)
    return {"name": name, "uuid": key, "_links": _link(f"storage/volumes/{key}")}


def volume_of(lun):
    """Return `vol1` of `/vol/vol1/lun1`; None for the simple names of ASA r2."""
    parts = lun["name"].split("/")
    return parts[2] if len(parts) > 3 and parts[1] == "vol" else None


def cluster(world):
    full = world.cluster["version"]
    generation, major, minor = ([int(part) for part in full.partition("P")[0].split(".")] + [0, 0])[:3]
    number = {"full": f"NetApp Release {full}: simulated", "generation": generation, "major": major, "minor": minor}
    extra = {key: value for key, value in world.cluster.items() if key not in ("name", "uuid", "version")}
    yield {
        "name": world.cluster["name"],
        "uuid": world.cluster["uuid"],
        "version": number,
        "_links": _link("cluster"),
        "san_optimized": False,
        **extra,
    }


def nodes(world):
    version = next(cluster["version"] for cluster in cluster(world))
    for node in world.nodes:
        partners = [_node(other) for other in world.nodes if other is not node]
        yield {
            **_node(node),
            "state": node.get("state", "up"),
            "model": "SIM",
            "version": version,
            "ha": {"enabled": bool(partners), "partners": partners},
        }


def svms(world):
    for svm in world.svms.values():
        yield {
            **_svm(world, svm["name"]),
            "state": svm.get("state", "running"),
            "subtype": "default",
            "iscsi": {"enabled": svm["iscsi_enabled"], "allowed": True},
            "fcp": dict.fromkeys(("enabled", "allowed"), world.fcp_enabled(svm["name"])),
        }


def luns(world):
    maps = {}
    for entry in world.maps.values():
        maps.setdefault(entry["lun"], []).append(entry)
    for lun in world.luns.values():
        volume, reserve = volume_of(lun), lun.get("space_reserve", False)
        location = {"logical_unit": lun["name"].rpartition("/")[2], "node": _node(world.nodes[0])}
        if volume:
            location["volume"] = _volume(world, lun["svm"], volume)
        record = {
            "uuid": lun["uuid"],
            "name": lun["name"],
            "svm": _svm(world, lun["svm"]),
            "serial_number": lun["serial_number"],
            "serial_number_hex": lun["serial_number"].encode("latin-1").hex(),
            "class": lun.get("class", "regular"),
            "enabled": lun["enabled"],
            "os_type": lun["os_type"],
            "comment": lun.get("comment"),
            "create_time": lun.get("create_time", "2026-01-01T00:00:00+00:00"),
            "location": location,
            "auto_delete": False,
            "space": {
                "size": lun["size"],
                "used": 0,
                "scsi_thin_provisioning_support_enabled": True,
                "guarantee": {"requested": reserve, "reserved": reserve},
            },
            "status": {
                "state": world.state(lun),
                "container_state": lun.get("container_state", "online"),
                "read_only": lun.get("read_only", False),
                "mapped": lun["uuid"] in maps,
            },
            "_links": _link(f"storage/luns/{lun['uuid']}"),
        }
        if lun["uuid"] in maps:
            record["lun_maps"] = [
                {
                    "logical_unit_number": entry["logical_unit_number"],
                    "igroup": _igroup(world.igroups[entry["igroup"]]),
                    "_links": _link(f"protocols/san/lun-maps/{lun['uuid']}/{entry['igroup']}"),
                }
                for entry in maps[lun["uuid"]]
            ]
        yield record


def storage_units(world):
    """Return the LUNs of an ASA r2, under the names of that API."""
    members = (
        "uuid name svm serial_number serial_number_hex class enabled os_type comment create_time space status".split()
    )
    for lun in luns(world):
        record = {name: lun[name] for name in members}
        record["space"] = {name: lun["space"][name] for name in ("size", "used")}
        maps = [
            {
                "lun_map": {"igroup": entry["igroup"], "logical_unit_number": entry["logical_unit_number"]},
                "host_group": entry["igroup"],
            }
            for entry in lun.get("lun_maps", [])
        ]
        yield {
            **record,
            "type": "lun",
            **({"maps": maps} if maps else {}),
            "_links": _link(f"storage/storage-units/{lun['uuid']}"),
        }


def lun_maps(world):
    members = {key: [name for name, dummy in world.members(igroup)] for key, igroup in world.igroups.items()}
    for entry in world.maps.values():
        lun, igroup = world.luns[entry["lun"]], world.igroups[entry["igroup"]]
        path = f"protocols/san/lun-maps/{lun['uuid']}/{igroup['uuid']}"
        yield {
            "svm": _svm(world, igroup["svm"]),
            "logical_unit_number": entry["logical_unit_number"],
            "lun": {
                "uuid": lun["uuid"],
                "name": lun["name"],
                "node": _node(world.nodes[0]),
                "smbc": {"replicated": False},
                "_links": _link(f"storage/luns/{lun['uuid']}"),
            },
            "igroup": {
                **_igroup(igroup),
                "os_type": igroup["os_type"],
                "protocol": igroup["protocol"],
                "replicated": False,
                "initiators": members[igroup["uuid"]],
            },
            "reporting_nodes": _reporting_nodes(world, entry),
            "_links": _link(path),
        }


def _reporting_nodes(world, entry):
    """Return the nodes that a map names, or the first pair: the node of the LUN and its partner."""
    path = f"protocols/san/lun-maps/{entry['lun']}/{entry['igroup']}/reporting-nodes"
    names = entry.get("reporting_nodes", [node["name"] for node in world.nodes[:2]])
    return [{**_node(node), "_links": _link(f"{path}/{node['uuid']}")} for node in world.nodes if node["name"] in names]


def reporting_nodes(world, lun, igroup):
    entry = world.maps.get((lun, igroup))
    if entry is None:
        raise errors.no_such_entry("lun.uuid")
    for node in _reporting_nodes(world, entry):
        yield {**node, "lun": {"uuid": lun}, "igroup": {"uuid": igroup}, "svm": _svm(world, world.luns[lun]["svm"])}


def igroups(world):
    maps = {}
    for entry in world.maps.values():
        maps.setdefault(entry["igroup"], []).append(entry)
    for igroup in world.igroups.values():
        record = {
            **_igroup(igroup),
            "svm": _svm(world, igroup["svm"]),
            "protocol": igroup["protocol"],
            "os_type": igroup["os_type"],
            "comment": igroup.get("comment"),
            "supports_igroups": True,
            "delete_on_unmap": False,
            "target": {"vendor_id": "NETAPP", "product_id": "LUN C-Mode", "firmware_revision": "9141"},
        }
        members = [_member(igroup, owner, name) for name, owner in world.members(igroup)]
        nested = [world.igroup(name, igroup["svm"]) for name in igroup["igroups"]]
        parents = [
            other
            for other in world.igroups.values()
            if other["svm"] == igroup["svm"] and igroup["name"] in other["igroups"]
        ]
        lists = {
            "initiators": members,
            "igroups": [_igroup(item) for item in nested if item],
            "parent_igroups": [_igroup(item) for item in parents],
        }
        lists["lun_maps"] = [
            {
                "logical_unit_number": entry["logical_unit_number"],
                "lun": {
                    "name": world.luns[entry["lun"]]["name"],
                    "uuid": entry["lun"],
                    "_links": _link(f"storage/luns/{entry['lun']}"),
                },
            }
            for entry in maps.get(igroup["uuid"], [])
        ]
        record.update({key: items for key, items in lists.items() if items})
        if igroup.get("portset"):
            record["portset"] = _portset(world.portset(igroup["portset"], igroup["svm"]))
        yield record


def _portset(portset):
    return {
        "name": portset["name"],
        "uuid": portset["uuid"],
        "_links": _link(f"protocols/san/portsets/{portset['uuid']}"),
    }


def portsets(world):
    for portset in world.portsets.values():
        kinds = (("ip", ip_interfaces(world)), ("fc", fc_interfaces(world)))
        members = [
            {"uuid": lif["uuid"], kind: {"name": lif["name"], "uuid": lif["uuid"], "_links": lif["_links"]}}
            for kind, lifs in kinds
            for lif in lifs
            if lif["name"] in portset["interfaces"] and lif["svm"]["name"] == portset["svm"]
        ]
        bound = [
            _igroup(igroup)
            for igroup in world.igroups.values()
            if (igroup.get("portset"), igroup["svm"]) == (portset["name"], portset["svm"])
        ]
        lists = {key: items for key, items in (("interfaces", members), ("igroups", bound)) if items}
        yield {**_portset(portset), "svm": _svm(world, portset["svm"]), "protocol": portset["protocol"], **lists}


def _member(igroup, owner, name):
    record = {"name": name, "_links": _link(f"protocols/san/igroups/{igroup['uuid']}/initiators/{name}")}
    return record if owner is igroup else {**record, "igroup": _igroup(owner)}


def initiators(world, igroup_uuid):
    """Return the direct members only, unlike the `initiators` of the igroup itself."""
    igroup = _parent(world, igroup_uuid)
    for name in igroup["initiators"]:
        yield {**_member(igroup, igroup, name), "igroup": _igroup(igroup), "svm": _svm(world, igroup["svm"])}


def nested_igroups(world, igroup_uuid):
    """Return the igroups that are nested directly in an igroup."""
    igroup = _parent(world, igroup_uuid)
    for nested in filter(None, (world.igroup(name, igroup["svm"]) for name in igroup["igroups"])):
        path = f"protocols/san/igroups/{igroup_uuid}/igroups/{nested['uuid']}"
        yield {
            **_igroup(nested),
            "igroup": {"uuid": igroup_uuid},
            "svm": _svm(world, igroup["svm"]),
            "_links": _link(path),
        }


def _parent(world, igroup_uuid):
    if igroup_uuid not in world.igroups:
        raise errors.no_such_entry("igroup.uuid")
    return world.igroups[igroup_uuid]


def iscsi_services(world):
    for svm in world.svms.values():
        yield {
            "svm": _svm(world, svm["name"]),
            "enabled": svm["iscsi_enabled"],
            "target": {"name": svm["target"], "alias": svm["name"]},
            "_links": _link(f"protocols/san/iscsi/services/{svm['uuid']}"),
        }


def fcp_services(world):
    """Return the FC services of the SVMs that have an FC LIF, or say whether they serve FC."""
    for svm in world.svms.values():
        names = [lif["wwnn"] for lif in world.fc_interfaces if lif["svm"] == svm["name"] and lif.get("wwnn")]
        if world.fcp_enabled(svm["name"]) or "fcp_enabled" in svm:
            yield {
                "svm": _svm(world, svm["name"]),
                "enabled": world.fcp_enabled(svm["name"]),
                "target": {"name": names[0]} if names else {},
                "_links": _link(f"protocols/san/fcp/services/{svm['uuid']}"),
            }


def iscsi_sessions(world):
    for session in world.sessions:
        svm = world.svms[session["svm"]]
        groups = [
            _igroup(group)
            for group in world.igroups.values()
            if group["svm"] == svm["name"] and session["initiator"] in world.initiators(group["uuid"])
        ]
        group = session.get("target_portal_group", f"{svm['name']}_iscsi_lif1")
        yield {
            "svm": _svm(world, svm["name"]),
            "target_portal_group": group,
            "tsih": session["tsih"],
            "isid": session.get("isid"),
            "target_portal_group_tag": session.get("target_portal_group_tag", 1),
            "igroups": groups,
            "initiator": {"name": session["initiator"], "alias": session.get("alias")},
            "connections": session.get("connections", []),
            "_links": _link(f"protocols/san/iscsi/sessions/{svm['uuid']}/{group}/{session['tsih']}"),
        }


def ip_interfaces(world):
    for number, item in enumerate(world.ip_interfaces):
        name = _home(world, item, world.nodes[number % len(world.nodes)])
        port = {"name": "e0d", "node": {"name": name["name"]}}
        yield {
            "uuid": item["uuid"],
            "name": item["name"],
            "svm": _svm(world, item["svm"]),
            "ip": {"address": item["address"], "netmask": "24"},
            "enabled": item.get("enabled", True),
            "state": item.get("state", "up"),
            "services": item.get("services", ["data_core", "data_iscsi"]),
            "scope": "svm",
            "_links": _link(f"network/ip/interfaces/{item['uuid']}"),
            "location": {
                "node": name,
                "home_node": name,
                "is_home": item.get("is_home", True),
                "port": port,
                "home_port": port,
                "failover": item.get("failover", "home_port_only"),
            },
        }


def _home(world, lif, default):
    """Return the node that a LIF names, or the default."""
    node = next((node for node in world.nodes if node["name"] == lif.get("home_node")), default)
    return {"name": node["name"], "uuid": node["uuid"]}


def fc_interfaces(world):
    for item in world.fc_interfaces:
        name, port = _home(world, item, world.nodes[0]), {"name": "0a"}
        yield {
            **item,
            "svm": _svm(world, item["svm"]),
            "data_protocol": item.get("data_protocol", "fcp"),
            "enabled": item.get("enabled", True),
            "state": item.get("state", "up"),
            "_links": _link(f"network/fc/interfaces/{item['uuid']}"),
            "location": {"node": name, "port": port, "home_node": name, "home_port": port, "is_home": True},
        }


def fc_logins(world):
    interfaces = {interface["name"]: interface for interface in world.fc_interfaces}
    for item in world.fc_logins:
        interface = interfaces[item["interface"]]
        groups = [
            _igroup(group)
            for group in world.igroups.values()
            if group["svm"] == item["svm"] and item["wwpn"] in world.initiators(group["uuid"])
        ]
        yield {
            "svm": _svm(world, item["svm"]),
            "protocol": item.get("protocol", "fcp"),
            "igroups": groups,
            "interface": {
                "uuid": interface["uuid"],
                "name": interface["name"],
                "wwpn": interface["wwpn"],
                "_links": _link(f"network/fc/interfaces/{interface['uuid']}"),
            },
            "initiator": {
                "wwpn": item["wwpn"],
                "wwnn": item.get("wwnn"),
                "port_address": item.get("port_address"),
                "aliases": [],
            },
            "_links": _link(f"network/fc/logins/{interface['uuid']}/{item['wwpn']}"),
        }


def volumes(world):
    """Return the volumes that the names of LUNs contain."""
    for svm, name in sorted({(lun["svm"], volume_of(lun)) for lun in world.luns.values() if volume_of(lun)}):
        yield {
            **_volume(world, svm, name),
            "svm": _svm(world, svm),
            "state": "online",
            "type": "rw",
            "style": "flexvol",
        }


def jobs(world):
    for job in world.jobs.values():
        yield {**job, "_links": _link(f"cluster/jobs/{job['uuid']}")}
