# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that know ONTAP and not the simulator: modules of netapp.ontap, run by Ansible."""

import json
import os
import pathlib
import subprocess
import sys

import ontap_sim
import pytest

WORLD = {
    "svms": [{"name": "svm1", "portals": ["10.10.1.10:3260"]}],
    "igroups": [
        {"name": "node1", "protocol": "iscsi", "initiators": ["iqn.2026-01.org.sanops.lab:node1"]},
        {"name": "all", "igroups": ["node1", "spare1"]},
        {"name": "spare1"},
        {"name": "spare2"},
    ],
    "portsets": [{"name": "one", "interfaces": ["svm1_iscsi_lif1"]}],
    "luns": [{"name": f"/vol/v/lun{number}"} for number in range(6)]
    + [{"name": "/vol/v/known", "serial_number": "z6CcD+SK5mPb"}],
    "maps": [{"lun": f"/vol/v/lun{number}", "igroup": "node1"} for number in range(4)],
}
SUBSETS = (
    "storage/luns protocols/san/lun-maps protocols/san/igroups protocols/san/portsets "
    "protocols/san/iscsi/services protocols/san/iscsi/sessions network/fc/logins network/ip/interfaces "
    "cluster/nodes svm/svms"
).split()
INFO = {"gather_subset": SUBSETS, "fields": ["*"], "max_records": 2, "use_python_keys": True}
MAP = {"vserver": "svm1", "path": "/vol/v/known", "initiator_group_name": "node1", "lun_id": "77"}
LUN = {"vserver": "svm1", "flexvol_name": "v", "name": "made", "os_type": "linux", "size": 5, "size_unit": "mb"}
IGROUP = {"vserver": "svm1", "name": "made", "initiator_group_type": "iscsi", "os_type": "linux"}
# Its igroups are empty: the module takes initiators that an igroup inherits for its own, and tries to remove them.
OUTER = {
    "vserver": "svm1",
    "name": "outer",
    "initiator_group_type": "iscsi",
    "os_type": "linux",
    "bind_portset": "one",
    "igroups": ["spare1"],
}
TASKS = [
    ("info", "rest_info", {**INFO, "hal_linking": True}, {}),
    ("info_without_links", "rest_info", {**INFO, "hal_linking": False}, {}),
    (
        "lun_maps_named",
        "rest_info",
        {"gather_subset": "storage/luns", "fields": ["lun_maps", "serial_number"], "use_python_keys": True},
        {},
    ),
    ("unknown_field", "rest_info", {"gather_subset": "storage/luns", "fields": ["bogus"]}, {"ignore_errors": True}),
    ("map_checked", "lun_map", MAP, {"check_mode": True}),
    ("map", "lun_map", MAP, {}),
    ("map_again", "lun_map", MAP, {}),
    ("map_elsewhere", "lun_map", {**MAP, "initiator_group_name": "none"}, {"ignore_errors": True}),
    ("unmap_checked", "lun_map", {**MAP, "state": "absent"}, {"check_mode": True}),
    ("unmap", "lun_map", {**MAP, "state": "absent"}, {}),
    ("unmap_again", "lun_map", {**MAP, "state": "absent"}, {}),
    ("lun", "lun", LUN, {}),
    ("lun_again", "lun", LUN, {}),
    ("lun_gone", "lun", {**LUN, "state": "absent"}, {}),
    ("lun_mapped", "lun", {**LUN, "name": "lun0", "state": "absent"}, {"ignore_errors": True}),
    ("igroup", "igroup", {**IGROUP, "initiator_names": ["iqn.x:1"]}, {}),
    ("igroup_grown", "igroup", {**IGROUP, "initiator_names": ["iqn.x:1", "iqn.x:2"]}, {}),
    ("igroup_again", "igroup", {**IGROUP, "initiator_names": ["iqn.x:2", "iqn.x:1"]}, {}),
    ("igroup_shrunk", "igroup", {**IGROUP, "initiator_names": ["iqn.x:2"]}, {}),
    ("igroup_gone", "igroup", {**IGROUP, "state": "absent"}, {}),
    ("outer", "igroup", OUTER, {}),
    ("outer_again", "igroup", OUTER, {}),
    ("outer_grown", "igroup", {**OUTER, "igroups": ["spare1", "spare2"]}, {}),
    ("outer_shrunk", "igroup", {**OUTER, "igroups": ["spare2"]}, {}),
    (
        "outer_info",
        "rest_info",
        {
            "gather_subset": "protocols/san/igroups",
            "fields": ["initiators", "igroups", "portset"],
            "use_python_keys": True,
        },
        {},
    ),
]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Run all tasks in one playbook: {name of the task: its result}, and the requests that came of them."""
    folder = tmp_path_factory.mktemp("ansible")
    with ontap_sim.running(WORLD) as sim:
        account = {
            "hostname": sim.hostname,
            "http_port": sim.port,
            "username": sim.username,
            "password": sim.password,
            "use_rest": "always",
        }
        tasks = [
            {f"netapp.ontap.na_ontap_{module}": arguments, "register": f"result_{name}", **keywords}
            for name, module, arguments, keywords in TASKS
        ]
        results = "{{{{ {{{}}} | to_json }}}}".format(", ".join(f"'{name}': result_{name}" for name, *dummy in TASKS))
        tasks.append(
            {"ansible.builtin.copy": {"content": results, "dest": str(folder / "results.json"), "mode": "0600"}}
        )
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "module_defaults": {"group/netapp.ontap.netapp_ontap": account},
            "vars": {"ansible_python_interpreter": sys.executable},
            "tasks": tasks,
        }
        (folder / "play.yml").write_text(json.dumps([play]))
        environment = {
            **os.environ,
            "HOME": str(folder),
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "REQUESTS_CA_BUNDLE": sim.ca_path,
        }
        playbook = pathlib.Path(sys.executable).with_name("ansible-playbook")
        command = [playbook, "-i", "localhost,", folder / "play.yml"]
        done = subprocess.run(
            command, env=environment, cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        yield json.loads((folder / "results.json").read_text()), sim.requests()


@pytest.fixture(scope="module")
def results(ran):
    return ran[0]


@pytest.mark.parametrize("name", ["info", "info_without_links"])
def test_rest_info_gathers_all_pages(results, name):
    info = results[name]["ontap_info"]
    assert {lun["name"] for lun in info["storage_luns"]["records"]} == {lun["name"] for lun in WORLD["luns"]}
    assert info["storage_luns"]["num_records"] == 7 and info["protocols_san_lun_maps"]["num_records"] == 4
    members = {
        igroup["name"]: [member["name"] for member in igroup.get("initiators", [])]
        for igroup in info["protocols_san_igroups"]["records"]
    }
    assert members == {
        "node1": ["iqn.2026-01.org.sanops.lab:node1"],
        "all": ["iqn.2026-01.org.sanops.lab:node1"],
        "spare1": [],
        "spare2": [],
    }
    assert len(info["cluster_nodes"]["records"]) == 2 and info["network_fc_logins"]["records"] == []


def test_rest_info_computes_the_identity(results):
    luns = {lun["name"]: lun for lun in results["info"]["ontap_info"]["storage_luns"]["records"]}
    assert luns["/vol/v/known"]["serial_hex"] == "7a364363442b534b356d5062"
    assert luns["/vol/v/known"]["naa_id"] == "naa.600a09807a364363442b534b356d5062"


def test_rest_info_links(results):
    assert "_links" in results["info"]["ontap_info"]["storage_luns"]["records"][0]
    assert "_links" not in results["info_without_links"]["ontap_info"]["storage_luns"]["records"][0]


def test_rest_info_walked_the_pages(ran):
    pages = [entry for entry in ran[1] if entry["path"].endswith("/storage/luns") and "max_records=2" in entry["query"]]
    assert [entry["page"] for entry in pages] == [1, 2, 3, 4] * 2
    assert {entry["path"] for entry in pages} == {"/api/storage/luns", "/api//storage/luns"}


def test_expensive_fields_when_named(results):
    luns = results["lun_maps_named"]["ontap_info"]["storage_luns"]["records"]
    assert sum("lun_maps" in lun for lun in luns) == 4
    assert "lun_maps" not in results["info"]["ontap_info"]["storage_luns"]["records"][0]


def test_errors_reach_the_caller(results):
    assert results["unknown_field"]["failed"] and "262197" in str(results["unknown_field"]["msg"])
    assert results["map_elsewhere"]["failed"] and "5374852" in str(results["map_elsewhere"]["msg"])
    assert results["lun_mapped"]["failed"] and "1254197" in str(results["lun_mapped"]["msg"])


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("map_checked", True),
        ("map", True),
        ("map_again", False),
        ("unmap_checked", True),
        ("unmap", True),
        ("unmap_again", False),
        ("lun", True),
        ("lun_again", False),
        ("lun_gone", True),
        ("igroup", True),
        ("igroup_grown", True),
        ("igroup_again", False),
        ("igroup_shrunk", True),
        ("igroup_gone", True),
        ("outer", True),
        ("outer_again", False),
        ("outer_grown", True),
        ("outer_shrunk", True),
    ],
)
def test_changes(results, name, changed):
    assert results[name]["changed"] is changed


def test_nested_igroups_and_portsets(results):
    assert (
        results["info"]["ontap_info"]["protocols_san_portsets"]["records"][0]["interfaces"][0]["ip"]["name"]
        == "svm1_iscsi_lif1"
    )
    igroups = {
        igroup["name"]: igroup for igroup in results["outer_info"]["ontap_info"]["protocols_san_igroups"]["records"]
    }
    assert [nested["name"] for nested in igroups["outer"]["igroups"]] == ["spare2"] and igroups["outer"]["portset"][
        "name"
    ] == "one"
    assert [member["name"] for member in igroups["all"]["initiators"]] == ["iqn.2026-01.org.sanops.lab:node1"], (
        "those of the nested igroup"
    )


def test_changes_were_made_once(ran):
    changes = [
        (entry["method"], entry["path"].split("/")[-1])
        for entry in ran[1]
        if entry["method"] != "GET" and "lun-maps" in entry["path"] and entry["status"] < 300
    ]
    assert [method for method, dummy in changes] == ["POST", "DELETE"]


def test_the_map_tells_the_wwid(results):
    assert results["map_again"]["lun_naa_id"] == "600a09807a364363442b534b356d5062"
