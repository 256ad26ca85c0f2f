# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each rule on arrays, by a snapshot that is a few strokes away from one with nothing to tell; of slices against the
whole.
"""

import copy

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import hosts as judge_hosts
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import merge
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories as rules_advisories
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories_ontap
from support import fleets
from support.advised import HOSTS, advised, rules
from support.testimony import NOW, path

TWO_NODES = [
    {"svm": "svm1", "name": "lif%d" % number, "node": "n%d" % number, "enabled": True, "state": "up", "moves": False}
    for number in (1, 2)
]


def snapshot(igroups=None, luns=None, **san):
    """*igroups*: {name (UUID too): initiators}; *luns*: {name: [igroup, or (igroup, reporting nodes)]}."""
    igroups = {"a": ["iqn.x:a", "2100000e1e1b2c30"], "b": ["iqn.x:b"]} if igroups is None else dict(igroups)
    luns = {"/vol/a": ["a"], "/vol/b": ["b"], "/vol/none": []} if luns is None else luns
    maps = {name: [(one, ["n1", "n2"]) if isinstance(one, str) else one for one in some] for name, some in luns.items()}
    return {
        "array": {"cluster": "c1", "hostname": "a1"},
        "igroups": igroups,
        "luns": [
            {
                "name": name,
                "svm": "svm1",
                "maps": [{"igroup_uuid": uuid, "reporting_nodes": nodes} for uuid, nodes in some],
            }
            for name, some in maps.items()
        ],
        "san": {
            "nodes": ["n1", "n2"],
            "asa": False,
            "inherited": {},
            "uninvited": [],
            "lifs": {"iSCSI": TWO_NODES, "FC": TWO_NODES},
            "igroups": {name: {"name": name, "svm": "svm1"} for name in igroups},
            **san,
        },
    }


def test_an_igroup_for_each_host_is_as_it_should_be():
    assert advised(snapshot()) == []


class TestWhoShares:
    SHARED = {"all": ["iqn.x:a", "iqn.x:b"]}

    def test_an_igroup_of_hosts_that_are_no_cluster(self):
        luns = {"/vol/%d" % number: ["all"] for number in range(5)}
        assert advised(snapshot(self.SHARED, luns)) == [
            (
                "MPC502",
                "igroup all of SVM svm1",
                "shows 5 LUNs (/vol/0, /vol/1, /vol/2 and 2 more) to 2 initiators",
                ["a", "b"],
                [],
            )
        ]

    @pytest.mark.parametrize("clusters", [{"a": "pve", "b": "pve"}, {"a": "pve", "b": "pve", "c": "pve"}])
    def test_a_cluster_may(self, clusters):
        assert advised(snapshot(self.SHARED, {"/vol/0": ["all"]}), clusters=clusters) == []

    @pytest.mark.parametrize("clusters", [{"a": "pve"}, {"a": "pve", "b": "k8s"}, {"c": "pve"}])
    def test_half_a_cluster_or_two_may_not(self, clusters):
        assert rules(snapshot(self.SHARED, {"/vol/0": ["all"]}), clusters=clusters) == ["MPC502"]

    def test_an_igroup_to_which_nothing_is_mapped_shows_nothing(self):
        assert (
            advised(snapshot({**self.SHARED, "a": ["iqn.x:a"]}, {"/vol/0": []}, inherited={"all": ["iqn.x:a"]})) == []
        )

    def test_two_names_of_one_host_are_one_party(self):
        assert advised(snapshot({"iscsi": ["iqn.x:a"], "fc": ["2100000e1e1b2c30"]}, {"/vol/0": ["iscsi", "fc"]})) == []

    def test_an_unknown_initiator_counts_in_a_cluster_too(self):
        """FreeNAS's "All LUNs mapped": the desktop saw the cluster's LUNs, and slept."""
        igroups = {"pve": ["iqn.x:a", "iqn.x:b"], "desktop": ["iqn.x:desktop"]}
        found = advised(
            snapshot(igroups, {"/vol/0": ["pve", "desktop"], "/vol/1": ["pve", "desktop"], "/vol/2": ["pve"]}),
            clusters={"a": "pve", "b": "pve"},
        )
        assert found == [
            (
                "MPC501",
                "igroups desktop, pve of SVM svm1",
                "show 2 LUNs (/vol/0, /vol/1) to 3 initiators",
                ["a", "b"],
                ["iqn.x:desktop"],
            )
        ]

    def test_what_one_igroup_says_several_do_not_say_again(self):
        igroups = {"all": ["iqn.x:a", "iqn.x:b"], "b": ["iqn.x:b"]}
        assert rules(snapshot(igroups, {"/vol/0": ["all", "b"]}, inherited={"all": ["iqn.x:b"]})) == ["MPC502"]
        assert rules(
            snapshot({**igroups, "c": ["iqn.x:c"]}, {"/vol/0": ["all", "c"]}, inherited={"all": ["iqn.x:b"]})
        ) == ["MPC501", "MPC502"]

    def test_unknown_initiators_among_themselves_are_not_judged(self):
        assert (
            advised(
                snapshot({"esx": ["iqn.x:esx1", "iqn.x:esx2"], "more": ["iqn.x:esx3"]}, {"/vol/vmfs": ["esx", "more"]})
            )
            == []
        )

    def test_names_are_compared_as_ontap_does_it(self):
        assert (
            advised(
                snapshot({"a": ["iqn.x:a", "2100000e1e1b2c30"]}, {"/vol/0": ["a"]}),
                {"a": ["IQN.X:A", "21:00:00:0E:1E:1B:2C:30"]},
            )
            == []
        )

    @pytest.mark.parametrize("clusters", [[], {"pve": "a"}, {"pve": ["a"], "k8s": ["a"]}])
    def test_clusters_that_make_no_sense(self, clusters):
        with pytest.raises(ValueError, match="san_clusters: "):
            advisories_ontap.members(clusters)

    def test_clusters_by_host(self):
        assert advisories_ontap.members({"pve": ["a", "b"], "k8s": ["c"], "none": []}) == {
            "a": "pve",
            "b": "pve",
            "c": "k8s",
        }


class TestInitiators:
    IGROUPS = {"a": ["iqn.x:a"], "old": ["iqn.x:a"], "stranger": ["iqn.x:s"], "stranger2": ["iqn.x:s"]}

    def test_one_in_several_igroups(self):
        assert advised(snapshot(self.IGROUPS, {})) == [
            ("MPC503", "iqn.x:a", "it is in 2 igroups of SVM svm1: a, old", ["a"], [])
        ]

    @pytest.mark.parametrize("inherited", [{"old": ["iqn.x:a"]}, None], ids=["nested", "not known"])
    def test_nested_igroups_are_one_and_what_is_not_known_is_not_reported(self, inherited):
        assert advised(snapshot(self.IGROUPS, {}, inherited=inherited)) == []

    def test_of_two_svms_each_has_its_own(self):
        made = snapshot(self.IGROUPS, {})
        made["san"]["igroups"]["old"]["svm"] = "svm2"
        assert advised(made) == []

    def test_one_that_is_logged_in_and_in_no_igroup(self):
        made = snapshot(uninvited=[["svm1", "iqn.x:%d" % number] for number in range(4)] + [["svm2", "iqn.x:c"]])
        assert advised(made) == [
            (
                "MPC504",
                "SVM svm1",
                "logged in and in no igroup: iqn.x:0, iqn.x:1, iqn.x:2 and 1 more",
                [],
                ["iqn.x:%d" % number for number in range(4)],
            ),
            ("MPC504", "SVM svm2", "logged in and in no igroup: iqn.x:c", ["c"], []),
        ]


def lifs(*changes):
    return [dict(TWO_NODES[0], name="lif%d" % number, **change) for number, change in enumerate(changes, 1)]


N1, N2 = {"node": "n1"}, {"node": "n2"}


class TestLifs:
    ISCSI = {"b": ["iqn.x:b"]}
    LUNS = {"/vol/b": ["b"]}

    def of(self, *changes, luns=None, **san):
        return advised(snapshot(self.ISCSI, luns or self.LUNS, lifs={"iSCSI": lifs(*changes), "FC": []}, **san))

    @pytest.mark.parametrize("changes", [(N1, N1), (N1, dict(N2, enabled=False))])
    def test_all_at_home_on_one_node(self, changes):
        assert "MPC505" in [one[0] for one in self.of(*changes)]

    def test_its_words(self):
        assert self.of(N1, N1) == [
            ("MPC505", "SVM svm1", "its enabled iSCSI LIFs (lif1, lif2) all have their home on n1", ["b"], [])
        ]

    @pytest.mark.parametrize(
        ("changes", "san"),
        [
            ((N1, N2), {}),
            ((N1, dict(N2, state="up", enabled=None)), {}),
            ((), {}),
            ((N1, {"node": None}), {}),
            ((N1, dict(N1, moves=True)), {}),
            ((N1,), {"nodes": ["n1"]}),
            ((N1,), {"nodes": []}),
            ((N1,), {"asa": True}),
            ((N1,), {"asa": None}),
        ],
        ids=[
            "both nodes",
            "not known whether enabled",
            "no LIF",
            "a node not known",
            "one goes along",
            "single node",
            "nodes not known",
            "ASA",
            "ASA or not",
        ],
    )
    def test_nothing_to_tell_or_nothing_known(self, changes, san):
        assert self.of(*changes, **san) == []

    def test_only_of_the_protocol_that_is_used_and_of_svms_that_serve(self):
        made = snapshot(self.ISCSI, self.LUNS, lifs={"iSCSI": TWO_NODES, "FC": lifs(N1)})
        assert advised(made) == []
        made["igroups"]["b"] = ["iqn.x:b", "2100000e1e1b2c30"]
        assert [one[2] for one in advised(made) if one[0] == "MPC505"] == [
            "its enabled FC LIFs (lif1) all have their home on n1"
        ]
        assert advised(snapshot(self.ISCSI, {"/vol/b": []}, lifs={"iSCSI": lifs(N1), "FC": []})) == []

    def test_lifs_that_could_not_be_read(self):
        assert advised(snapshot(lifs={"iSCSI": None, "FC": None})) == []

    @pytest.mark.parametrize(
        ("change", "word"), [({"enabled": False, "state": "down"}, "disabled"), ({"state": "down"}, "down")]
    )
    def test_disabled_or_down(self, change, word):
        assert self.of(N1, N2, dict(N2, **change)) == [("MPC507", "SVM svm1", "iSCSI LIFs: lif3 %s" % word, ["b"], [])]


class TestReportingNodes:
    FOUR = lifs(N1, N2, {"node": "n3"}, {"node": "n4"})

    def of(self, reporting, four=None, **san):
        made = snapshot({"b": ["iqn.x:b"]}, {"/vol/b": [("b", reporting)]}, nodes=["n1", "n2", "n3", "n4"], **san)
        made["san"]["lifs"] = {"iSCSI": four or self.FOUR, "FC": []}
        return advised(made)

    @pytest.mark.parametrize(
        ("reporting", "four", "left"),
        [
            (["n1"], None, "only n1 has iSCSI LIFs"),
            (["n1", "n2"], lifs(N1, {"node": "n3"}), "only n1 has iSCSI LIFs"),
            (["n1", "n2"], lifs({"node": "n3"}, {"node": "n4"}), "none has iSCSI LIFs"),
        ],
    )
    def test_too_few(self, reporting, four, left):
        assert self.of(reporting, four) == [
            (
                "MPC506",
                "SVM svm1, reporting nodes %s" % ", ".join(reporting),
                "1 LUN (/vol/b) in igroup b: %s" % left,
                ["b"],
                [],
            )
        ]

    @pytest.mark.parametrize("reporting", [["n1", "n2"], ["n2", "n3"], ["n1", "n2", "n3", "n4"], [], None])
    def test_enough_or_not_known(self, reporting):
        """An empty list is that of a map without selective LUN map: all nodes report. Before 9.10.1 nobody tells."""
        assert self.of(reporting) == []

    def test_all_lifs_on_one_node_are_reported_once(self):
        assert [one[0] for one in self.of(["n1"], lifs(N1, N1))] == ["MPC505"]

    @pytest.mark.parametrize("asa", [True, None])
    def test_not_where_lifs_go_along_with_a_takeover(self, asa):
        assert self.of(["n1"], asa=asa) == []

    def test_only_the_protocol_that_its_initiators_speak(self):
        igroups = {"a": ["2100000e1e1b2c30"]}
        made = snapshot(igroups, {"/vol/a": ["a"]}, lifs={"iSCSI": lifs(N1, {"node": "n3"}), "FC": TWO_NODES})
        assert advised(made) == []


def test_every_rule_is_stated_in_its_own_words():
    assert [rule["id"] for rule in advisories_ontap.RULES] == ["MPC50%d" % number for number in range(1, 8)]
    assert all(set(rule) == {"id", "severity", "title", "reason", "remedy"} for rule in advisories_ontap.RULES)


# Slices

IGROUPS = {
    "pve": ["iqn.x:a", "iqn.x:b"],
    "all": ["iqn.x:b", "iqn.x:c"],
    "c": ["iqn.x:c"],
    "guest": ["iqn.x:guest"],
    "a": ["2100000e1e1b2c30"],
}
LUNS = {"/vol/pve": ["pve"], "/vol/all": ["all"], "/vol/c": ["c", "guest"], "/vol/ac": ["a", "c"]}
CLUSTERS = {"pve": ["a", "b"]}


def report(names, clusters, made):
    """The report of an audit of these hosts. *clusters*: audit_san_clusters as it was there."""
    results = {}
    for name in names:
        results[name] = fleets.configured_host(path(0, "same"))
        results[name]["ansible_facts"]["stale_mpath"]["host"]["initiators"] = {
            "iqn": HOSTS[name][:1],
            "wwpns": HOSTS[name][1:],
        }
    member = advisories_ontap.members(clusters)
    initiators = {name: outline.initiators for name, outline in judge_hosts.outlines(results).items()}
    found = [rules_advisories.advisory(*one) for one in advisories_ontap.of(made, initiators, member)]
    return fleets.fleet(results, **fleets.HEALTHY_ARRAY, advisories=found, clusters=member)


@pytest.mark.parametrize("everywhere", [True, False], ids=["clusters in full", "groups['pve'] of a slice"])
@pytest.mark.parametrize("slices", [["a", "b", "c"], ["ab", "c"], ["ac", "b"], ["abc"]])
def test_slices_tell_what_the_whole_tells(slices, everywhere):
    made = snapshot(IGROUPS, LUNS, uninvited=[["svm1", "iqn.x:z"]], lifs={"iSCSI": lifs(N1, N1), "FC": TWO_NODES})
    whole = report("abc", CLUSTERS, made)["advisories"]
    assert {one["rule"] for one in whole} == {"MPC501", "MPC502", "MPC503", "MPC504", "MPC505"}
    fragments = {}
    for names in slices:
        mine = CLUSTERS if everywhere else {"pve": [name for name in CLUSTERS["pve"] if name in names]}
        fragments[names] = report(names, mine, copy.deepcopy(made))
    assert merge.merged(fragments, [], NOW)["advisories"] == whole


def test_a_slice_does_not_know_the_initiator_of_a_cluster_mate_in_another():
    """Which is the limit of its own report; the merged one knows better."""
    (one,) = report("a", {"pve": ["a"]}, snapshot({"pve": ["iqn.x:a", "iqn.x:b"]}, {"/vol/pve": ["pve"]}))["advisories"]
    assert (one["rule"], one["hosts"], one["strangers"]) == ("MPC502", ["a"], ["iqn.x:b"])
