# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""NetApp's own Python client (netapp-ontap from PyPI), whose models are generated from ONTAP's API."""

import marshmallow
import netapp_ontap
import netapp_ontap.resources as models
import pytest
from ontap_sim.resources import RESOURCES

MODELS = {
    "cluster": models.Cluster,
    "cluster/nodes": models.Node,
    "cluster/jobs": models.Job,
    "svm/svms": models.Svm,
    "storage/luns": models.Lun,
    "storage/volumes": models.Volume,
    "storage/storage-units": models.StorageUnit,
    "protocols/san/lun-maps": models.LunMap,
    "protocols/san/lun-maps/{lun.uuid}/{igroup.uuid}/reporting-nodes": models.LunMapReportingNode,
    "protocols/san/portsets": models.Portset,
    "protocols/san/igroups": models.Igroup,
    "protocols/san/igroups/{igroup.uuid}/initiators": models.IgroupInitiator,
    "protocols/san/igroups/{igroup.uuid}/igroups": models.IgroupNested,
    "protocols/san/iscsi/services": models.IscsiService,
    "protocols/san/fcp/services": models.FcpService,
    "protocols/san/iscsi/sessions": models.IscsiSession,
    "network/ip/interfaces": models.IpInterface,
    "network/fc/interfaces": models.FcInterface,
    "network/fc/logins": models.FcLogin,
    "security/roles": models.Role,
    "security/roles/{owner.uuid}/{name}/privileges": models.RolePrivilege,
    "security/accounts": models.Account,
}


@pytest.fixture
def world():
    return {
        "cluster": {"version": "9.17.1", "san_optimized": True, "disaggregated": True},  # it has every collection
        "svms": [{"name": "svm1", "portals": ["10.10.1.10:3260", "10.10.2.10:3260"]}],
        "portsets": [{"name": "one", "interfaces": ["svm1_iscsi_lif1"]}],
        "igroups": [{"name": "node1", "initiators": ["iqn.x:1"], "portset": "one"}],
        "luns": [{"name": f"/vol/v/lun{number}"} for number in range(7)],
        "maps": [{"lun": "/vol/v/lun1", "igroup": "node1", "reporting_nodes": ["cluster1-02"]}],
    }


@pytest.fixture(autouse=True)
def connection(sim, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", sim.ca_path)  # the client lets it win over `verify`
    with netapp_ontap.HostConnection(
        sim.hostname, port=sim.port, username=sim.username, password=sim.password, verify=sim.ca_path
    ):
        yield


def has_field(schema, name):
    """Return whether a model's schema knows a dotted name."""
    for part in name.split("."):
        fields = {field.data_key or key: field for key, field in schema.fields.items()} if schema else {}
        if part not in fields:
            return False
        field = fields[part]
        if isinstance(field, marshmallow.fields.List):
            field = field.inner
        schema = field.schema if isinstance(field, marshmallow.fields.Nested) else None
    return True


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.path)
def test_every_field_is_in_the_model(resource):
    schema = MODELS[resource.path]._schema()
    assert [name for name in resource.fields if not has_field(schema, name)] == []


@pytest.mark.parametrize(
    "resource", [resource for resource in RESOURCES if "{" not in resource.path], ids=lambda resource: resource.path
)
def test_no_record_has_more_than_its_fields(resource, sim):
    """What a record holds beyond the table could never be asked for."""

    def leaves(value, prefix):
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return {name for item in value for name in leaves(item, prefix)}
        if isinstance(value, dict):
            return {
                name
                for key, inner in value.items()
                if key != "_links"
                for name in leaves(inner, f"{prefix}.{key}" if prefix else key)
            }
        return {prefix} if value not in (None, []) else set()

    for record in resource.records(sim.world):
        assert leaves(record, "") <= set(resource.fields)


def test_collections_across_pages(sim):
    assert {lun.name for lun in models.Lun.get_collection(max_records=3)} == {
        f"/vol/v/lun{number}" for number in range(7)
    }
    assert [entry["page"] for entry in sim.requests()] == [1, 2, 3]
    assert [lun.name for lun in models.Lun.get_collection(fields="**", name="*1")] == ["/vol/v/lun1"]
    assert len(list(models.Lun.fast_get_collection(max_records=2, fields="serial_number"))) == 7
    assert models.Lun.count_collection() == 7


def test_a_short_page_hides_nothing(sim):
    sim.faults([{"path": "/api/storage/luns", "page": 1, "records": 0}])
    assert len(list(models.Lun.get_collection())) == 7


def test_lun():
    lun = models.Lun(svm={"name": "svm1"}, name="/vol/v/new", os_type="linux", space={"size": "300G"})
    lun.post(hydrate=True)
    assert lun.space.size == 300 << 30 and len(lun.serial_number) == 12 and lun.status.state == "online"
    lun.enabled = False
    lun.patch()
    lun.get(fields="status.state")
    assert lun.status.state == "offline"
    lun.delete()
    with pytest.raises(netapp_ontap.NetAppRestError, match="entry doesn't exist") as error:
        lun.get()
    assert error.value.status_code == 404


def test_lun_map():
    entry = models.LunMap(svm={"name": "svm1"}, lun={"name": "/vol/v/lun2"}, igroup={"name": "node1"})
    entry.post(hydrate=True)
    assert entry.logical_unit_number == 1
    with pytest.raises(netapp_ontap.NetAppRestError, match="already mapped"):
        models.LunMap(svm={"name": "svm1"}, lun={"name": "/vol/v/lun2"}, igroup={"name": "node1"}).post()
    with pytest.raises(netapp_ontap.NetAppRestError, match="LUN is mapped"):
        models.Lun(uuid=entry.lun.uuid).delete()
    models.LunMap(**{"lun.uuid": entry.lun.uuid, "igroup.uuid": entry.igroup.uuid}).delete()
    assert len(list(models.LunMap.get_collection())) == 1


def test_igroup():
    igroup = models.Igroup(
        svm={"name": "svm1"}, name="new", os_type="linux", protocol="iscsi", initiators=[{"name": "iqn.y:1"}]
    )
    igroup.post(hydrate=True)
    models.IgroupInitiator(igroup.uuid, name="iqn.y:2").post()
    assert [member.name for member in models.IgroupInitiator.get_collection(igroup.uuid)] == ["iqn.y:1", "iqn.y:2"]
    models.IgroupInitiator(igroup.uuid, name="iqn.y:1").delete()
    igroup.get()
    assert [member.name for member in igroup.initiators] == ["iqn.y:2"]
    igroup.delete()
    assert [other.name for other in models.Igroup.get_collection()] == ["node1"]


def test_cluster():
    cluster = models.Cluster()
    cluster.get()
    assert cluster.version.generation == 9 and len(list(models.Node.get_collection())) == 2


def test_igroups_within_igroups(sim):
    outer = models.Igroup(
        svm={"name": "svm1"}, name="outer", os_type="linux", protocol="iscsi", igroups=[{"name": "node1"}]
    )
    outer.post(hydrate=True)
    inner = models.Igroup(
        svm={"name": "svm1"}, name="inner", os_type="linux", protocol="iscsi", initiators=[{"name": "iqn.y:1"}]
    )
    inner.post(hydrate=True)
    models.IgroupNested(outer.uuid, name="inner").post()
    outer.get()
    assert [member.name for member in outer.initiators] == ["iqn.x:1", "iqn.y:1"], "the igroup has all, at any depth"
    assert list(models.IgroupInitiator.get_collection(outer.uuid)) == [], (
        "its collection of initiators has its own only"
    )
    assert {nested.name for nested in models.IgroupNested.get_collection(outer.uuid)} == {"inner", "node1"}
    with pytest.raises(netapp_ontap.NetAppRestError, match="does not exist"):
        models.IgroupNested(inner.uuid, name="outer").post()  # a circle
    models.IgroupNested(outer.uuid, uuid=inner.uuid).delete()
    assert [nested.name for nested in models.IgroupNested.get_collection(outer.uuid)] == ["node1"]


def test_what_narrows_the_ways_to_a_lun():
    (portset,) = models.Portset.get_collection(fields="**")
    assert ([lif.ip.name for lif in portset.interfaces], [igroup.name for igroup in portset.igroups]) == (
        ["svm1_iscsi_lif1"],
        ["node1"],
    )
    (igroup,) = models.Igroup.get_collection(fields="portset")
    assert (igroup.portset.name, igroup.portset.uuid) == ("one", portset.uuid)
    (entry,) = models.LunMap.get_collection(fields="reporting_nodes")
    (node,) = models.LunMapReportingNode.get_collection(entry.lun.uuid, entry.igroup.uuid)
    assert node.name == entry.reporting_nodes[0].name == "cluster1-02"
    with pytest.raises(netapp_ontap.NetAppRestError, match="entry doesn't exist"):
        list(models.LunMapReportingNode.get_collection(entry.lun.uuid, "none"))


def test_storage_units(sim):
    units = {unit.name: unit for unit in models.StorageUnit.get_collection(fields="serial_number_hex,maps,type")}
    assert len(units) == 7 and {unit.type for unit in units.values()} == {"lun"}
    assert units["/vol/v/lun1"].maps[0].host_group.name == "node1" and not hasattr(units["/vol/v/lun2"], "maps")
    assert (
        bytes.fromhex(units["/vol/v/lun1"].serial_number_hex).decode("latin-1")
        == sim.world.lun("/vol/v/lun1")["serial_number"]
    )


def test_changes_by_query_are_jobs(sim):
    models.Lun.patch_collection({"enabled": False}, name="/vol/v/lun2|/vol/v/lun3")
    assert [lun.name for lun in models.Lun.get_collection(**{"status.state": "offline"})] == [
        "/vol/v/lun2",
        "/vol/v/lun3",
    ]
    assert [job.state for job in models.Job.get_collection(fields="state")] == ["success"] * 2
    with pytest.raises(netapp_ontap.NetAppRestError, match="LUN is mapped"):
        models.Lun.delete_collection(name="/vol/v/lun1")
    models.Lun.delete_collection(name="/vol/v/*", allow_delete_while_mapped="true")
    assert list(models.Lun.get_collection()) == [] and sim.world.maps == {}


def test_a_role_and_its_account(sim):
    """As ONTAP's own client makes, changes and deletes them; who has the role may do what it says."""
    role = models.Role(name="reader", privileges=[{"path": "/api/cluster", "access": "readonly"}])
    role.post(hydrate=True)
    key = {"owner.uuid": role.owner.uuid}
    models.RolePrivilege(role.owner.uuid, "reader", path="/api/storage/luns", access="all").post()
    privilege = models.RolePrivilege(role.owner.uuid, "reader", path="/api/storage/luns")
    privilege.access = "readonly"
    privilege.patch()
    privilege.get()
    assert privilege.access == "readonly"
    applications = [{"application": "http", "authentication_methods": ["password"]}]
    models.Account(name="reader", password="correct1", role={"name": "reader"}, applications=applications).post()
    account = models.Account(name="reader", **key)
    account.get()
    assert account.role.name == "reader" and account.scope == "cluster" and not account.locked
    with (
        netapp_ontap.HostConnection(sim.hostname, port=sim.port, username="reader", password="correct1"),
        pytest.raises(netapp_ontap.NetAppRestError, match="not authorized for that command"),
    ):
        assert len(list(models.Lun.get_collection())) == 7
        next(models.Igroup.get_collection())
    with pytest.raises(netapp_ontap.NetAppRestError, match="User accounts detected with this role"):
        models.Role(name="reader", **key).delete()
    account.delete()
    models.Role(name="reader", **key).delete()
    assert [role.name for role in models.Role.get_collection(name="reader")] == []
