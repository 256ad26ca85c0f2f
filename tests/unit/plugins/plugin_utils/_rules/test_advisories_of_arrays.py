# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules on arrays, from a simulated array: what is asked of it, and what a role denies."""

import copy

import ontap_sim
import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import san as arrays_san
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import client as https
from support.advised import advised, rules
from support.readings import fetched

WORLD = {
    "nodes": [{"name": "n1"}, {"name": "n2"}],
    "svms": [{"name": "svm1"}],
    "igroups": [
        {"name": "a", "initiators": ["iqn.x:a", "21:00:00:0e:1e:1b:2c:30"]},
        {"name": "desktop", "initiators": ["iqn.x:desktop"]},
        {"name": "nested", "igroups": ["a"]},
        {"name": "old", "initiators": ["iqn.x:b"]},
        {"name": "b", "initiators": ["iqn.x:b"]},
    ],
    "luns": [{"name": "/vol/v/a"}, {"name": "/vol/v/b"}],
    "maps": [
        {"lun": "/vol/v/a", "igroup": "nested", "reporting_nodes": ["n1"]},
        {"lun": "/vol/v/a", "igroup": "desktop"},
        {"lun": "/vol/v/b", "igroup": "b"},
    ],
    "ip_interfaces": [
        {"name": "iscsi1", "svm": "svm1", "address": "10.0.0.1", "home_node": "n1"},
        {"name": "iscsi2", "svm": "svm1", "address": "10.0.0.2", "home_node": "n2"},
        {"name": "iscsi3", "svm": "svm1", "address": "10.0.0.3", "home_node": "n2", "enabled": False, "state": "down"},
        {
            "name": "nfs",
            "svm": "svm1",
            "address": "10.0.0.4",
            "home_node": "n1",
            "services": ["data_core", "data_nfs"],
            "state": "down",
        },
    ],
    "fc_interfaces": [
        {
            "name": "fc1",
            "svm": "svm1",
            "wwpn": "20:00:00:a0:98:00:00:01",
            "wwnn": "20:00:00:a0:98:00:00:00",
            "home_node": "n1",
        },
        {
            "name": "nvme",
            "svm": "svm1",
            "wwpn": "20:00:00:a0:98:00:00:02",
            "wwnn": "20:00:00:a0:98:00:00:00",
            "home_node": "n2",
            "data_protocol": "fc_nvme",
        },
    ],
    "iscsi_sessions": [
        {"svm": "svm1", "initiator": name, "tsih": number}
        for number, name in enumerate(("iqn.x:a", "iqn.x:Ghost", "iqn.x:c"), 1)
    ],
    "fc_logins": [
        {"svm": "svm1", "interface": "fc1", "wwpn": "21:00:00:0e:1e:1b:2c:30"},
        {"svm": "svm1", "interface": "fc1", "wwpn": "21:00:00:0e:1e:00:00:01"},
        {"svm": "svm1", "interface": "nvme", "wwpn": "21:00:00:0e:1e:00:00:02", "protocol": "fc_nvme"},
    ],
}
FOUND = [
    (
        "MPC501",
        "igroups desktop, nested of SVM svm1",
        "show 1 LUN (/vol/v/a) to 3 initiators",
        ["a"],
        ["iqn.x:desktop"],
    ),
    ("MPC505", "SVM svm1", "its enabled FC LIFs (fc1) all have their home on n1", ["a"], []),
    ("MPC506", "SVM svm1, reporting nodes n1", "1 LUN (/vol/v/a) in igroup nested: only n1 has iSCSI LIFs", ["a"], []),
    ("MPC503", "iqn.x:b", "it is in 2 igroups of SVM svm1: b, old", ["b"], []),
    (
        "MPC504",
        "SVM svm1",
        "logged in and in no igroup: 2100000e1e000001, iqn.x:c, iqn.x:ghost",
        ["c"],
        ["2100000e1e000001", "iqn.x:ghost"],
    ),
    ("MPC507", "SVM svm1", "iSCSI LIFs: iscsi3 disabled", ["a", "b"], []),
]


def test_from_an_array():
    with ontap_sim.running(WORLD) as sim:
        assert advised(fetched(sim)) == FOUND
        assert [entry["status"] for entry in sim.requests()] == [200] * 19, (
            "igroups once more, since some share an initiator"
        )


@pytest.mark.parametrize(
    ("version", "lacking"), [("9.8.0", ["MPC506"]), ("9.9.1", ["MPC506"]), ("9.10.1", []), ("9.16.1", [])]
)
def test_an_array_is_asked_what_its_version_knows(version, lacking):
    world = copy.deepcopy(WORLD)
    if version == "9.8.0":  # without nested igroups
        world["igroups"][2] = {"name": "nested", "initiators": []}
        world["maps"][0]["igroup"] = "a"
    with ontap_sim.running(world, version=version) as sim:
        made = fetched(sim)
        assert made["array"]["not_checked"] == [] and {entry["status"] for entry in sim.requests()} == {200}
        assert [one[0] for one in advised(made)] == [one[0] for one in FOUND if one[0] not in lacking]


def test_an_all_san_array_takes_lifs_over():
    with ontap_sim.running({**WORLD, "cluster": {"san_optimized": True}}) as sim:
        assert [one[0] for one in advised(fetched(sim))] == ["MPC501", "MPC503", "MPC504", "MPC507"]


def test_a_lif_that_goes_to_the_partner():
    world = copy.deepcopy(WORLD)
    world["ip_interfaces"][0]["failover"] = "sfo_partners_only"
    with ontap_sim.running(world) as sim:
        assert "MPC506" not in [one[0] for one in advised(fetched(sim))]


DENIED = [
    (arrays_san.IP_LIFS, "iSCSI LIFs (MPC505, MPC506, MPC507)", ["MPC506", "MPC507"]),
    (arrays_san.SESSIONS, "iSCSI sessions (MPC504)", []),
    (arrays_san.LOGINS, "FC logins (MPC504)", []),
]


@pytest.mark.parametrize(("collection", "what", "lacking"), DENIED)
def test_what_a_role_denies_is_named_and_takes_nothing_else_away(collection, what, lacking):
    user = ontap_sim.User("audit", "correct horse", readonly=True, denied=(collection,))
    with ontap_sim.running(WORLD, users=[user]) as sim:
        made = fetched(sim)
    (gap,) = made["array"]["not_checked"]
    assert (
        gap["what"] == what
        and "does not let its user read %s" % collection in gap["why"]
        and "correct horse" not in gap["why"]
    )
    assert made["array"]["complete"] and len(made["luns"]) == 2
    assert [one[0] for one in advised(made)] == [one[0] for one in FOUND if one[0] not in lacking]


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"status": 401}, {"body": "<html>"}, {"num_records": 99}, {"repeat_next": True}, {"close": True}],
)
def test_the_first_failure_is_the_last_question(fault, monkeypatch):
    monkeypatch.setattr(https, "_sleep", lambda seconds: None)
    with ontap_sim.running(WORLD) as sim:
        sim.faults([{"path": arrays_san.FC_LIFS, "query": "fields=name*", **fault}])
        made = fetched(sim)
        assert not {arrays_san.SESSIONS, arrays_san.LOGINS} & {entry["path"] for entry in sim.requests()}, (
            "an account that is refused is soon locked"
        )
    assert [gap["what"] for gap in made["array"]["not_checked"]] == [
        "FC LIFs (MPC505, MPC506, MPC507)",
        "iSCSI sessions (MPC504)",
        "FC logins (MPC504)",
        "nested igroups (MPC503)",
    ]
    assert made["array"]["complete"] and [one[0] for one in advised(made)] == ["MPC501", "MPC506", "MPC507"]


def test_an_account_of_an_svm():
    with ontap_sim.running(WORLD, users=[ontap_sim.User("vsadmin", "staple", svm="svm1")]) as sim:
        made = fetched(sim)
    assert [gap["what"] for gap in made["array"]["not_checked"]] == ["takeovers (MPC505, MPC506)"]
    assert [one[0] for one in advised(made)] == [one[0] for one in FOUND if one[0] not in ("MPC505", "MPC506")]


def test_without_the_nodes_nothing_is_known_of_takeovers():
    """Some accounts may read /api/cluster and not its nodes."""
    with ontap_sim.running(
        WORLD, users=[ontap_sim.User("audit", "correct horse", denied=("/api/cluster/nodes",))]
    ) as sim:
        made = fetched(sim)
    assert [gap["what"] for gap in made["array"]["not_checked"]] == ["takeovers (MPC505, MPC506)"]
    assert not {"MPC505", "MPC506"} & set(rules(made))


@pytest.mark.parametrize(
    ("igroups", "known", "reported"),
    [
        (None, [], True),
        ([], [], True),
        ([{"name": "new"}], [], False),
        ([], ["iqn.x:a"], False),
        (None, ["iqn.x:b"], True),
    ],
)
def test_a_login_is_uninvited_if_it_and_the_igroups_say_so(igroups, known, reported):
    """An igroup may have been made, or lost the initiator, between the two readings."""
    record = {"svm": {"name": "svm1"}, "initiator": {"name": "iqn.x:A"}, "igroups": igroups}
    assert arrays_san._uninvited(record, "name", {"svm1": set(known)}) == (("svm1", "iqn.x:a") if reported else None)


@pytest.mark.parametrize(
    ("owner", "inherits"), [(None, None), ({"uuid": "u1"}, None), ({"uuid": "u2"}, ("u1", ["iqn.x:a"])), ({}, None)]
)
def test_an_initiator_is_inherited_if_another_igroup_has_it(owner, inherits):
    assert arrays_san._inherits({"uuid": "u1", "initiators": [{"name": "iqn.x:A", "igroup": owner}]}) == inherits


def test_igroups_are_not_asked_again_where_none_share_an_initiator():
    world = {**WORLD, "igroups": WORLD["igroups"][:2] + [{"name": "nested"}, {"name": "old"}, WORLD["igroups"][4]]}
    with ontap_sim.running(world) as sim:
        fetched(sim)
        assert len(sim.requests()) == 18
