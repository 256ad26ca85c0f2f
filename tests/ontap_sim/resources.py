# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collections that are served, with their fields and how a record is made of the world.

Field names, versions and expensive fields: ONTAP's swagger 9.7 and the models of 9.19.1. A field may be known and have no value.
"""

from .schema import Resource


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
    """`vol1` of `/vol/vol1/lun1`; None for the simple names of ASA r2."""
    parts = lun["name"].split("/")
    return parts[2] if len(parts) > 3 and parts[1] == "vol" else None


def _cluster(world):
    full = world.cluster["version"]
    generation, major, minor = ([int(part) for part in full.partition("P")[0].split(".")] + [0, 0])[:3]
    number = {"full": f"NetApp Release {full}: simulated", "generation": generation, "major": major, "minor": minor}
    extra = {key: value for key, value in world.cluster.items() if key not in ("name", "uuid", "version")}
    yield {"name": world.cluster["name"], "uuid": world.cluster["uuid"], "version": number, "_links": _link("cluster"), **extra}


def _nodes(world):
    version = [cluster["version"] for cluster in _cluster(world)][0]
    for node in world.nodes:
        partners = [_node(other) for other in world.nodes if other is not node]
        yield {**_node(node), "state": node.get("state", "up"), "model": "SIM", "version": version,
               "ha": {"enabled": bool(partners), "partners": partners}}


def _svms(world):
    for svm in world.svms.values():
        yield {**_svm(world, svm["name"]), "state": svm.get("state", "running"), "subtype": "default",
               "iscsi": {"enabled": svm["iscsi_enabled"], "allowed": True}, "fcp": {"enabled": False, "allowed": False}}


def _luns(world):
    maps = {}
    for entry in world.maps.values():
        maps.setdefault(entry["lun"], []).append(entry)
    for lun in world.luns.values():
        volume, reserve = volume_of(lun), lun.get("space_reserve", False)
        location = {"logical_unit": lun["name"].rpartition("/")[2], "node": _node(world.nodes[0])}
        if volume:
            location["volume"] = _volume(world, lun["svm"], volume)
        record = {
            "uuid": lun["uuid"], "name": lun["name"], "svm": _svm(world, lun["svm"]), "serial_number": lun["serial_number"],
            "serial_number_hex": lun["serial_number"].encode("latin-1").hex(), "class": lun.get("class", "regular"), "enabled": lun["enabled"],
            "os_type": lun["os_type"], "comment": lun.get("comment"), "create_time": lun.get("create_time", "2026-01-01T00:00:00+00:00"),
            "location": location, "auto_delete": False,
            "space": {"size": lun["size"], "used": 0, "scsi_thin_provisioning_support_enabled": True, "guarantee": {"requested": reserve, "reserved": reserve}},
            "status": {"state": world.state(lun), "container_state": lun.get("container_state", "online"), "read_only": lun.get("read_only", False),
                       "mapped": lun["uuid"] in maps},
            "_links": _link(f"storage/luns/{lun['uuid']}"),
        }
        if lun["uuid"] in maps:
            record["lun_maps"] = [{"logical_unit_number": entry["logical_unit_number"], "igroup": _igroup(world.igroups[entry["igroup"]]),
                                   "_links": _link(f"protocols/san/lun-maps/{lun['uuid']}/{entry['igroup']}")} for entry in maps[lun["uuid"]]]
        yield record


def _lun_maps(world):
    members = {key: [name for name, dummy in world.members(igroup)] for key, igroup in world.igroups.items()}
    for entry in world.maps.values():
        lun, igroup = world.luns[entry["lun"]], world.igroups[entry["igroup"]]
        path = f"protocols/san/lun-maps/{lun['uuid']}/{igroup['uuid']}"
        nodes = [{**_node(node), "_links": _link(f"{path}/reporting-nodes/{node['uuid']}")} for node in world.nodes[:2]]
        yield {
            "svm": _svm(world, igroup["svm"]), "logical_unit_number": entry["logical_unit_number"],
            "lun": {"uuid": lun["uuid"], "name": lun["name"], "node": _node(world.nodes[0]), "smbc": {"replicated": False},
                    "_links": _link(f"storage/luns/{lun['uuid']}")},
            "igroup": {**_igroup(igroup), "os_type": igroup["os_type"], "protocol": igroup["protocol"], "replicated": False,
                       "initiators": members[igroup["uuid"]]},
            "reporting_nodes": nodes, "_links": _link(path),
        }


def _igroups(world):
    maps = {}
    for entry in world.maps.values():
        maps.setdefault(entry["igroup"], []).append(entry)
    for igroup in world.igroups.values():
        record = {**_igroup(igroup), "svm": _svm(world, igroup["svm"]), "protocol": igroup["protocol"], "os_type": igroup["os_type"],
                  "comment": igroup.get("comment"), "supports_igroups": True, "delete_on_unmap": False,
                  "target": {"vendor_id": "NETAPP", "product_id": "LUN C-Mode", "firmware_revision": "9141"}}
        members = [_member(igroup, owner, name) for name, owner in world.members(igroup)]
        nested = [world.igroup(name, igroup["svm"]) for name in igroup["igroups"]]
        parents = [other for other in world.igroups.values() if other["svm"] == igroup["svm"] and igroup["name"] in other["igroups"]]
        lists = {"initiators": members, "igroups": [_igroup(item) for item in nested if item], "parent_igroups": [_igroup(item) for item in parents]}
        lists["lun_maps"] = [{"logical_unit_number": entry["logical_unit_number"],
                              "lun": {"name": world.luns[entry["lun"]]["name"], "uuid": entry["lun"], "_links": _link(f"storage/luns/{entry['lun']}")}}
                             for entry in maps.get(igroup["uuid"], [])]
        record.update({key: items for key, items in lists.items() if items})
        if igroup.get("portset"):
            uuid = world.portset_uuid(igroup)
            record["portset"] = {"name": igroup["portset"], "uuid": uuid, "_links": _link(f"protocols/san/portsets/{uuid}")}
        yield record


def _member(igroup, owner, name):
    record = {"name": name, "_links": _link(f"protocols/san/igroups/{igroup['uuid']}/initiators/{name}")}
    return record if owner is igroup else {**record, "igroup": _igroup(owner)}


def _initiators(world, igroup_uuid):
    """Direct members only, unlike the `initiators` of the igroup itself."""
    igroup = world.igroups.get(igroup_uuid)
    if igroup is None:
        return
    for name in igroup["initiators"]:
        yield {**_member(igroup, igroup, name), "igroup": _igroup(igroup), "svm": _svm(world, igroup["svm"])}


def _iscsi_services(world):
    for svm in world.svms.values():
        yield {"svm": _svm(world, svm["name"]), "enabled": svm["iscsi_enabled"], "target": {"name": svm["target"], "alias": svm["name"]},
               "_links": _link(f"protocols/san/iscsi/services/{svm['uuid']}")}


def _iscsi_sessions(world):
    for session in world.sessions:
        svm = world.svms[session["svm"]]
        groups = [_igroup(group) for group in world.igroups.values()
                  if group["svm"] == svm["name"] and session["initiator"] in world.initiators(group["uuid"])]
        group = session.get("target_portal_group", f"{svm['name']}_iscsi_lif1")
        yield {"svm": _svm(world, svm["name"]), "target_portal_group": group, "tsih": session["tsih"], "isid": session.get("isid"),
               "target_portal_group_tag": session.get("target_portal_group_tag", 1), "igroups": groups,
               "initiator": {"name": session["initiator"], "alias": session.get("alias")}, "connections": session.get("connections", []),
               "_links": _link(f"protocols/san/iscsi/sessions/{svm['uuid']}/{group}/{session['tsih']}")}


def _ip_interfaces(world):
    for number, item in enumerate(world.ip_interfaces):
        node = world.nodes[number % len(world.nodes)]
        name = {"name": node["name"], "uuid": node["uuid"]}
        port = {"name": "e0d", "node": {"name": node["name"]}}
        yield {"uuid": item["uuid"], "name": item["name"], "svm": _svm(world, item["svm"]), "ip": {"address": item["address"], "netmask": "24"},
               "enabled": item.get("enabled", True), "state": item.get("state", "up"), "services": item.get("services", ["data_core", "data_iscsi"]),
               "scope": "svm", "location": {"node": name, "home_node": name, "is_home": item.get("is_home", True), "port": port, "home_port": port},
               "_links": _link(f"network/ip/interfaces/{item['uuid']}")}


def _fc_interfaces(world):
    for item in world.fc_interfaces:
        name, port = {"name": world.nodes[0]["name"], "uuid": world.nodes[0]["uuid"]}, {"name": "0a"}
        yield {**item, "svm": _svm(world, item["svm"]), "data_protocol": item.get("data_protocol", "fcp"), "enabled": item.get("enabled", True),
               "state": item.get("state", "up"), "_links": _link(f"network/fc/interfaces/{item['uuid']}"),
               "location": {"node": name, "port": port, "home_node": name, "home_port": port, "is_home": True}}


def _fc_logins(world):
    interfaces = {interface["name"]: interface for interface in world.fc_interfaces}
    for item in world.fc_logins:
        interface = interfaces[item["interface"]]
        groups = [_igroup(group) for group in world.igroups.values()
                  if group["svm"] == item["svm"] and item["wwpn"] in world.initiators(group["uuid"])]
        yield {"svm": _svm(world, item["svm"]), "protocol": item.get("protocol", "fcp"), "igroups": groups,
               "interface": {"uuid": interface["uuid"], "name": interface["name"], "wwpn": interface["wwpn"],
                             "_links": _link(f"network/fc/interfaces/{interface['uuid']}")},
               "initiator": {"wwpn": item["wwpn"], "wwnn": item.get("wwnn"), "port_address": item.get("port_address"), "aliases": []},
               "_links": _link(f"network/fc/logins/{interface['uuid']}/{item['wwpn']}")}


def _volumes(world):
    """The volumes that the LUNs' names tell of."""
    for svm, name in sorted({(lun["svm"], volume_of(lun)) for lun in world.luns.values() if volume_of(lun)}):
        yield {**_volume(world, svm, name), "svm": _svm(world, svm), "state": "online", "type": "rw", "style": "flexvol"}


RESOURCES = [
    Resource("cluster", (), """
        name key
        uuid key
        version.full default
        version.generation default
        version.major default
        version.minor default
        san_optimized 9.8
        disaggregated 9.16
        contact
        location
        """, _cluster, single=True, cluster_only=True),
    Resource("cluster/nodes", ("uuid",), """
        uuid key
        name key
        state
        model
        version.full
        version.generation
        version.major
        version.minor
        ha.enabled
        ha.partners.name
        ha.partners.uuid
        """, _nodes, cluster_only=True),
    Resource("svm/svms", ("uuid",), """
        uuid key
        name key
        state
        subtype
        comment
        iscsi.enabled
        iscsi.allowed 9.7
        fcp.enabled
        fcp.allowed 9.7
        """, _svms),
    Resource("storage/luns", ("uuid",), """
        uuid key
        name key
        svm.name default
        svm.uuid default
        serial_number
        serial_number_hex 9.17
        class
        enabled
        os_type
        comment
        create_time 9.7
        auto_delete expensive
        location.logical_unit
        location.volume.name
        location.volume.uuid
        location.qtree.name
        location.qtree.id
        location.node.name 9.10
        location.node.uuid 9.10
        location.storage_availability_zone.name 9.16
        location.storage_availability_zone.uuid 9.16
        space.size
        space.used
        space.guarantee.requested
        space.guarantee.reserved
        space.scsi_thin_provisioning_support_enabled 9.10
        space.physical_used 9.16 expensive
        status.state
        status.container_state
        status.read_only
        status.mapped expensive
        lun_maps.logical_unit_number expensive:lun_maps
        lun_maps.igroup.name expensive:lun_maps
        lun_maps.igroup.uuid expensive:lun_maps
        qos_policy.name
        qos_policy.uuid
        consistency_group.name 9.10
        consistency_group.uuid 9.10
        attributes.name 9.10 expensive:attributes
        attributes.value 9.10 expensive:attributes
        vvol.is_bound 9.10 expensive:vvol
        movement.progress.state expensive:movement
        metric.status expensive:metric
        statistics.status expensive:statistics
        encryption.state 9.16
        """, _luns),
    Resource("protocols/san/lun-maps", ("lun.uuid", "igroup.uuid"), """
        lun.uuid key
        igroup.uuid key
        lun.name default
        igroup.name default
        svm.name default
        svm.uuid default
        logical_unit_number
        lun.node.name
        lun.node.uuid
        lun.smbc.replicated 9.15
        igroup.os_type
        igroup.protocol
        igroup.initiators
        igroup.replicated 9.15
        reporting_nodes.name 9.10.1
        reporting_nodes.uuid 9.10.1
        """, _lun_maps),
    Resource("protocols/san/igroups", ("uuid",), """
        uuid key
        name key
        svm.name default
        svm.uuid default
        protocol
        os_type
        initiators.name
        initiators.comment 9.9.1
        initiators.igroup.name 9.9.1
        initiators.igroup.uuid 9.9.1
        comment 9.9.1
        supports_igroups 9.9.1
        delete_on_unmap
        igroups.name 9.9.1 expensive:igroups
        igroups.uuid 9.9.1 expensive:igroups
        parent_igroups.name 9.9.1 expensive:parent_igroups
        parent_igroups.uuid 9.9.1 expensive:parent_igroups
        portset.name 9.9.1
        portset.uuid 9.9.1
        lun_maps.logical_unit_number expensive:lun_maps
        lun_maps.lun.name expensive:lun_maps
        lun_maps.lun.uuid expensive:lun_maps
        connectivity_tracking.connection_state 9.11 expensive:connectivity_tracking
        target.vendor_id 9.11 expensive:target
        target.product_id 9.11 expensive:target
        target.firmware_revision 9.11 expensive:target
        """, _igroups),
    Resource("protocols/san/igroups/{igroup.uuid}/initiators", ("name",), """
        name key
        igroup.uuid key
        igroup.name
        comment 9.9.1
        """, _initiators),
    Resource("protocols/san/iscsi/services", ("svm.uuid",), """
        svm.uuid key
        svm.name key
        enabled
        target.name
        target.alias
        """, _iscsi_services),
    Resource("protocols/san/iscsi/sessions", ("svm.uuid", "target_portal_group", "tsih"), """
        svm.uuid key
        svm.name key
        target_portal_group key
        tsih key
        isid
        target_portal_group_tag
        initiator.name
        initiator.alias
        igroups.name
        igroups.uuid
        connections.cid
        connections.initiator_address.address
        connections.initiator_address.port
        connections.interface.name
        connections.interface.uuid
        connections.interface.ip.address
        """, _iscsi_sessions),
    Resource("network/ip/interfaces", ("uuid",), """
        uuid key
        name key
        svm.name
        svm.uuid
        ip.address
        ip.netmask
        enabled
        state
        scope
        services
        location.node.name
        location.node.uuid
        location.home_node.name
        location.home_node.uuid
        location.is_home
        location.port.name
        location.port.node.name
        location.home_port.name
        location.home_port.node.name
        """, _ip_interfaces),
    Resource("network/fc/interfaces", ("uuid",), """
        uuid key
        name key
        svm.name default
        svm.uuid default
        wwpn
        wwnn
        enabled
        state
        data_protocol
        location.node.name
        location.node.uuid
        location.port.name
        location.home_node.name 9.8
        location.home_node.uuid 9.8
        location.home_port.name 9.8
        location.is_home 9.8
        """, _fc_interfaces),
    Resource("network/fc/logins", ("interface.uuid", "initiator.wwpn"), """
        interface.uuid key
        initiator.wwpn key
        interface.name default
        svm.name default
        svm.uuid default
        interface.wwpn
        initiator.wwnn
        initiator.port_address
        initiator.aliases
        igroups.name
        igroups.uuid
        protocol
        """, _fc_logins),
    Resource("storage/volumes", ("uuid",), """
        uuid key
        name key
        svm.name
        svm.uuid
        state
        type
        style
        """, _volumes),
]
