# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collections that are served, with their fields.

Field names, versions and expensive fields: ONTAP's swagger 9.7 and the models of 9.19.1. A field may be known and have
no value.
"""

from . import records, security
from .schema import Resource

RESOURCES = [
    Resource(
        "cluster",
        (),
        """
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
        """,
        records.cluster,
        single=True,
        cluster_only=True,
    ),
    Resource(
        "cluster/nodes",
        ("uuid",),
        """
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
        """,
        records.nodes,
        cluster_only=True,
    ),
    Resource(
        "cluster/jobs",
        ("uuid",),
        """
        uuid key
        description
        state
        code
        message
        error.code 9.9.1
        error.message 9.9.1
        """,
        records.jobs,
    ),
    Resource(
        "svm/svms",
        ("uuid",),
        """
        uuid key
        name key
        state
        subtype
        comment
        iscsi.enabled
        iscsi.allowed 9.7
        fcp.enabled
        fcp.allowed 9.7
        """,
        records.svms,
    ),
    Resource(
        "storage/luns",
        ("uuid",),
        """
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
        """,
        records.luns,
    ),
    Resource(
        "storage/storage-units",
        ("uuid",),
        """
        uuid key
        name key
        svm.name
        svm.uuid
        type
        serial_number
        serial_number_hex 9.17
        class
        enabled
        os_type
        comment
        create_time
        space.size
        space.used
        status.state
        status.container_state
        status.read_only
        status.mapped
        maps.lun_map.logical_unit_number
        maps.lun_map.igroup.name
        maps.lun_map.igroup.uuid
        maps.host_group.name
        maps.host_group.uuid
        """,
        records.storage_units,
        since=(9, 16),
        asa_r2=True,
    ),
    Resource(
        "protocols/san/lun-maps",
        ("lun.uuid", "igroup.uuid"),
        """
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
        """,
        records.lun_maps,
    ),
    Resource(
        "protocols/san/lun-maps/{lun.uuid}/{igroup.uuid}/reporting-nodes",
        ("uuid",),
        """
        lun.uuid key
        igroup.uuid key
        uuid key
        name default
        """,
        records.reporting_nodes,
        since=(9, 10, 1),
    ),
    Resource(
        "protocols/san/portsets",
        ("uuid",),
        """
        uuid key
        name key
        svm.name
        svm.uuid
        protocol
        interfaces.uuid
        interfaces.ip.name
        interfaces.ip.uuid
        interfaces.fc.name
        interfaces.fc.uuid
        igroups.name expensive:igroups
        igroups.uuid expensive:igroups
        """,
        records.portsets,
        since=(9, 9, 1),
    ),
    Resource(
        "protocols/san/igroups",
        ("uuid",),
        """
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
        """,
        records.igroups,
    ),
    Resource(
        "protocols/san/igroups/{igroup.uuid}/initiators",
        ("name",),
        """
        name key
        igroup.uuid key
        igroup.name
        comment 9.9.1
        """,
        records.initiators,
    ),
    Resource(
        "protocols/san/igroups/{igroup.uuid}/igroups",
        ("uuid",),
        """
        igroup.uuid key
        uuid key
        name default
        """,
        records.nested_igroups,
        since=(9, 9, 1),
    ),
    Resource(
        "protocols/san/iscsi/services",
        ("svm.uuid",),
        """
        svm.uuid key
        svm.name key
        enabled
        target.name
        target.alias
        """,
        records.iscsi_services,
    ),
    Resource(
        "protocols/san/fcp/services",
        ("svm.uuid",),
        """
        svm.uuid key
        svm.name key
        enabled
        target.name
        """,
        records.fcp_services,
    ),
    Resource(
        "protocols/san/iscsi/sessions",
        ("svm.uuid", "target_portal_group", "tsih"),
        """
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
        """,
        records.iscsi_sessions,
    ),
    Resource(
        "network/ip/interfaces",
        ("uuid",),
        """
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
        location.failover
        location.port.name
        location.port.node.name
        location.home_port.name
        location.home_port.node.name
        """,
        records.ip_interfaces,
    ),
    Resource(
        "network/fc/interfaces",
        ("uuid",),
        """
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
        """,
        records.fc_interfaces,
    ),
    Resource(
        "network/fc/logins",
        ("interface.uuid", "initiator.wwpn"),
        """
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
        """,
        records.fc_logins,
    ),
    Resource(
        "storage/volumes",
        ("uuid",),
        """
        uuid key
        name key
        svm.name
        svm.uuid
        state
        type
        style
        """,
        records.volumes,
    ),
    *security.RESOURCES,
]
