# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a cluster's objects (tests/kube_sim/objects.py) say of a device, and what they forbid."""

import datetime

import pytest
from ansible_collections.sanops.multipath.plugins.filter import audit
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import device_owners
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes import objects as kubernetes_objects
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes import veto as kubernetes_veto
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet, records
from kube_sim import Cluster
from kube_sim.objects import TARGET
from support import configured, fleets, testimony
from support.testimony import LUN, ME, NOW, WWID

AT = "2026-11-21T01:59:00Z"
WWPN = configured.CLEAN["fc"]["hosts"][0]["port_name"]
SERIAL, OTHER_SERIAL = "80E7/]LZp1Tt", "z6CcD+SK5mPb"  # of WWID and OTHER
HERE, THERE = "worker1", "worker2"
ATTACHED = "a VolumeAttachment of pvc-1 of Kubernetes cluster prod names the node worker1"


def cluster(**options):
    made = Cluster(**options)
    made.node(HERE, ME)
    made.node(THERE, "iqn.2026-01.org.example:other")
    return made


def document(made, name="prod"):
    answers = made.answers()
    return kubernetes_objects.document(name, lambda path, query=None: answers[path], AT)


def path(number=0, state="absent", **changes):
    return testimony.path(number, state, **dict({"target": TARGET, "transport": "iscsi"}, **changes))


def asked(*clusters, paths=None, existing=(LUN,), hostname="h", kubelet=True, **facts):
    """The judged device of a host, as the report has it: its LUN exists and is not mapped to it."""
    result = fleets.configured_host(*(paths or [path()]), platform__kubelet=kubelet, **facts)
    result["ansible_facts"]["stale_mpath"]["host"]["hostname"] = hostname
    array = dict(testimony.ARRAY, targets=[TARGET, "iqn.1992-08.com.netapp:sn.1:vs.9", "50060e801049cfd1"])
    lun_maps, luns = testimony.answers(existing=list(existing), array=array)
    if paths and paths[0]["transport"] == "fc":
        result["ansible_facts"]["stale_mpath"]["host"]["initiators"]["wwpns"] = [WWPN]
        lun_maps.append(dict(lun_maps[0], initiator=WWPN))
    documents = [made if isinstance(made, dict) else document(made) for made in clusters]
    made = fleet.fleet(
        {"a": result}, lun_maps, luns, now=NOW, max_age=3600, policies={"a": fleets.POLICY}, documents=documents
    )
    (device,) = made["hosts"][0]["devices"]
    left = removal_plan.plan(records.judgement(made), ["recycled"], NOW)
    assert [one["wwid"] for one in left["removals"]] == ([] if device["vetoes"] else [device["wwid"]]), (
        "a veto is what decides here"
    )
    return device


@pytest.fixture
def made():
    """A cluster with one volume."""
    made = cluster()
    made.volume("pvc-1", SERIAL)
    return made


class TestOwner:
    def test_a_lun_without_a_name_as_of_a_view_is_no_error(self, made):
        assert [owner["volume"] for owner in asked(made, existing=[dict(LUN, name=None, svm=None)])["owners"]] == [
            "pvc-1"
        ]

    def test_a_volume_that_nobody_holds_has_an_owner_and_no_veto(self, made):
        device = asked(made)
        assert device["owners"] == [
            {
                "system": "kubernetes",
                "cluster": "prod",
                "volume": "pvc-1",
                "namespace": "shop",
                "claim": "data-db-0",
                "pods": [],
                "state": "attached to no node",
            }
        ]
        assert (
            device["vetoes"] == []
            and device_owners.words(device["owners"][0])
            == "kubernetes prod: pvc-1, of shop/data-db-0, attached to no node"
        )

    def test_its_pods_are_named_wherever_they_are(self, made):
        made.pod("db-0", THERE)
        made.pod("db-1", None, phase="Pending")
        made.pod("done", HERE, phase="Succeeded")
        made.pod("broken", HERE, phase="Failed")
        made.pod("elsewhere", HERE, namespace="other")
        made.pod("none", HERE, claim=None)
        made.pod("another", HERE, claim="logs")
        device = asked(made)
        assert (
            device["owners"][0]["pods"] == ["shop/db-0 (Running on worker2)", "shop/db-1 (Pending on no node yet)"]
            and device["vetoes"] == []
        )

    def test_why_it_went_stale(self):
        made = cluster()
        made.volume("pvc-1", SERIAL, phase="Released")
        made.attach("pvc-1", THERE, serial=SERIAL)
        assert (
            asked(made)["owners"][0]["state"]
            == "its PersistentVolume is Released; attached to worker2 since 2026-11-20T08:15:00Z"
        )
        made.remove("persistentvolumes", "pvc-1")
        owner = asked(made)["owners"][0]
        assert (owner["volume"], owner["claim"]) == ("pvc-1", None) and owner["state"].startswith(
            "its PersistentVolume is gone; attached to worker2"
        )

    @pytest.mark.parametrize("name", ["/vol/trident_pvc_1/lun0", "/vol/trident_lun_pool_x/trident_pvc_1"])
    def test_by_the_name_of_the_lun_on_the_array(self, name):
        made = cluster()
        made.volume("pvc-1")
        assert [one["volume"] for one in asked(made, existing=[dict(LUN, name=name)])["owners"]] == ["pvc-1"]
        assert asked(made, existing=[dict(LUN, name=name.replace("pvc_1", "pvc_11"))])["owners"] == [], (
            "a part of a name is no name"
        )

    def test_by_the_address_that_an_attachment_to_this_node_tells(self):
        made = cluster()
        made.volume("pvc-1")
        made.attach("pvc-1", HERE)
        assert asked(made)["owners"][0]["volume"] == "pvc-1"
        assert asked(made, paths=[path(hctl="0:0:0:4")])["owners"] == [], "another LUN"
        assert asked(made, paths=[path(target="iqn.1992-08.com.netapp:sn.1:vs.9")])["owners"] == [], "another target"

    def test_a_lun_number_on_another_node_says_nothing_of_this_one(self):
        made = cluster()
        made.volume("pvc-1")
        made.attach("pvc-1", THERE)
        assert asked(made)["owners"] == []

    @pytest.mark.parametrize(
        "source, paths",
        [
            ({"iscsi": {"targetPortal": "10.0.1.21:3260", "iqn": TARGET.upper(), "lun": 3}}, [path()]),
            ({"fc": {"targetWWNs": ["50060e801049cfd1"], "lun": 3}}, [path(target="50060e801049cfd1", transport="fc")]),
            ({"fc": {"wwids": [WWID.upper()]}}, [path()]),
        ],
    )
    def test_volumes_of_kubernetes_own_drivers(self, source, paths):
        made = cluster(trident=None)
        made.plain("pv-old", **source)
        device = asked(made, paths=paths, hostname=HERE)
        assert [(one["volume"], one["claim"]) for one in device["owners"]] == [("pv-old", "old")] and device[
            "vetoes"
        ] == []
        made.pod("web", HERE, claim="old")
        assert asked(made, paths=paths, hostname=HERE)["vetoes"] == [
            "the pod shop/web (Running) on worker1 uses pv-old of Kubernetes cluster prod"
        ]

    def test_of_other_drivers_nothing_is_known_and_nothing_claimed(self):
        made = cluster()
        made.plain("pv-ebs", csi={"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"})
        made.attach("pv-ebs", HERE, driver="ebs.csi.aws.com")
        made.plain("pv-nfs", nfs={"server": "x", "path": "/x"})
        device = asked(made)
        assert (device["owners"], device["vetoes"]) == ([], [])

    def test_a_recycled_device_has_two(self, made):
        """What the kernel holds, and what answers at its address: the veto of either counts."""
        made.volume("pvc-2", OTHER_SERIAL, claim=("shop", "logs"))
        device = asked(made, paths=[path(state="other")])
        assert [one["volume"] for one in device["owners"]] == ["pvc-1", "pvc-2"] and device["vetoes"] == []
        made.attach("pvc-2", HERE, serial=OTHER_SERIAL)
        assert asked(made, paths=[path(state="other")])["vetoes"] == [
            "a VolumeAttachment of pvc-2 of Kubernetes cluster prod names the node worker1"
        ]


class TestVeto:
    @pytest.mark.parametrize(
        "options, words",
        [
            ({}, ""),
            ({"attached": False}, " (not attached yet, or not any more)"),
            ({"deleting": "2026-11-21T01:00:00Z"}, " (it is being deleted)"),
        ],
    )
    def test_an_attachment_to_this_node(self, made, options, words):
        made.attach("pvc-1", HERE, **options)
        assert asked(made)["vetoes"] == [ATTACHED + words]

    def test_an_attachment_to_another_node_forbids_nothing_here(self, made):
        made.attach("pvc-1", THERE, serial=SERIAL)
        made.publish("pvc-1", THERE)
        assert asked(made)["vetoes"] == []

    def test_a_publication_for_this_node(self, made):
        made.publish("pvc-1", HERE)
        assert asked(made)["vetoes"] == [
            "a TridentVolumePublication of pvc-1 of Kubernetes cluster prod names the node worker1"
        ]

    @pytest.mark.parametrize(
        "phase, forbids",
        [("Running", True), ("Pending", True), ("Unknown", True), ("Succeeded", False), ("Failed", False)],
    )
    def test_a_pod_on_this_node(self, made, phase, forbids):
        made.pod("db-0", HERE, phase=phase)
        assert asked(made)["vetoes"] == (
            ["the pod shop/db-0 (%s) on worker1 uses pvc-1 of Kubernetes cluster prod" % phase] if forbids else []
        )

    def test_a_pod_with_a_volume_of_its_own(self, made):
        made.volume("pvc-3", OTHER_SERIAL, claim=("shop", "batch-1-scratch"))
        made.pod("batch-1", HERE, volumes=[{"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}}])
        assert asked(made)["vetoes"] == []
        assert asked(made, paths=[path(state="other")])["vetoes"] == [
            "the pod shop/batch-1 (Running) on worker1 uses pvc-3 of Kubernetes cluster prod"
        ]

    def test_an_attachment_of_which_the_volume_is_gone(self):
        made = cluster()
        made.attach("pvc-gone", HERE, serial=SERIAL)
        device = asked(made)
        assert device["owners"][0]["volume"] == "pvc-gone" and len(device["vetoes"]) == 1

    def test_a_volume_that_nothing_identifies_may_be_any_device(self):
        made = cluster()
        made.volume("pvc-1")
        made.attach("pvc-1", HERE, attached=False)
        assert asked(made)["vetoes"] == [
            "Trident has pvc-1 of Kubernetes cluster prod here, and nothing says which device it is"
        ]
        made.remove("volumeattachments")
        made.attach("pvc-1", THERE, attached=False)
        assert asked(made)["vetoes"] == []

    @pytest.mark.parametrize(
        "options",
        [
            {"protocol": "file"},
            {
                "SANType": "nvme",
                "nvmeSubsystemNqn": "nqn.1992-08.com.netapp:sn.1:subsystem.x",
                "nvmeNamespaceUUID": "u",
            },
        ],
    )
    def test_a_volume_on_no_scsi_device_is_none_of_it(self, options):
        made = cluster()
        made.volume("pvc-1", protocol=options.get("protocol", "block"))
        made.attach("pvc-1", HERE, **options)
        made.publish("pvc-1", HERE)
        assert (asked(made)["owners"], asked(made)["vetoes"]) == ([], [])

    def test_nor_is_one_that_only_trident_still_knows(self):
        made = cluster()
        made.volume("pvc-1", protocol="file")
        made.remove("persistentvolumes")
        made.publish("pvc-1", HERE)
        assert asked(made)["vetoes"] == []

    def test_a_cluster_that_could_not_be_read_forbids_everything(self, made):
        failed = kubernetes_objects.failed("dev", "GET /api/v1/pods: HTTP 403")
        for kubelet in (True, False, None):
            assert asked(made, failed, kubelet=kubelet)["vetoes"] == [
                "the API of Kubernetes cluster dev could not be read, and may know of a use: GET /api/v1/pods: HTTP 403"
            ]

    @pytest.mark.parametrize(
        "fetched_at, why",
        [
            (
                "2026-11-21T00:59:59Z",
                "what was read of it is 3601 s old; at most 3600 s are allowed (audit_array_max_age, in a",
            ),
            ("2026-11-21T01:00:00Z", None),
            ("2026-11-21T02:05:00Z", "what was read of it is -300 s old"),
            (None, "it has no date"),
            ("yesterday", "it has no date"),
            ("2026-11-21T01:59:00", "it has no date"),
        ],
    )
    def test_what_was_read_too_long_ago_is_not_known(self, made, fetched_at, why):
        vetoes = asked(dict(document(made), fetched_at=fetched_at))["vetoes"]
        assert [why in veto for veto in vetoes] == ([True] if why else [])

    @pytest.mark.parametrize(
        "kubelet, why",
        [(True, "a kubelet runs here"), (None, "whether a kubelet runs here could not be read"), (False, None)],
    )
    def test_a_host_that_no_cluster_knows(self, kubelet, why):
        other = Cluster()
        other.node(THERE)
        vetoes = asked(other, kubelet=kubelet)["vetoes"]
        assert vetoes == (
            [why + ", and none of the Kubernetes clusters that were asked knows this host as a node: prod"]
            if why
            else []
        )

    def test_nothing_configured_says_nothing(self):
        device = asked(kubelet=True)
        assert (device["owners"], device["vetoes"]) == ([], [])

    def test_facts_without_a_platform_do_not_say_that_no_kubelet_runs(self):
        device = {"wwid": WWID, "paths": [], "array": {"luns": []}, "answered_by": []}
        for facts in ({}, {"platform": None}, {"platform": {}}):
            assert (
                len(kubernetes_veto.owned(dict(facts, host={"hostname": "h"}), device, [document(Cluster())])[1]) == 1
            )


class TestNode:
    @pytest.mark.parametrize(
        "host, nodes",
        [
            ({"hostname": "worker1"}, ["worker1"]),
            ({"hostname": "WORKER1.example.com"}, ["worker1"]),
            ({"hostname": "worker3"}, ["worker3.example.com"]),
            ({"hostname": "worker3.example.com"}, ["worker3.example.com"]),
            ({"hostname": "worker"}, []),
            ({"hostname": None}, []),
            ({}, []),
            ({"hostname": {"x": 1}}, []),
            ({"hostname": "x", "initiators": {"iqn": [ME.upper()]}}, ["worker1"]),
            ({"hostname": "x", "initiators": {"iqn": [], "wwpns": ["0x10000090fa942779"]}}, ["worker3.example.com"]),
            ({"hostname": "worker2", "initiators": {"iqn": [ME]}}, ["worker1", "worker2"]),
        ],
    )
    def test_by_initiator_and_by_name(self, host, nodes):
        made = cluster()
        made.node("worker3.example.com", wwpns={"10:00:00:90:fa:94:27:79": ["20:01"]})
        assert kubernetes_veto.nodes_of({"host": host}, document(made)) == nodes

    def test_a_later_trident_keeps_them_in_spec(self):
        made = cluster()
        (one, dummy) = made.objects["tridentnodes"]
        one["spec"] = {"name": one.pop("name"), "iqn": one.pop("iqn")}
        assert kubernetes_veto.nodes_of({"host": {"hostname": "x", "initiators": {"iqn": [ME]}}}, document(made)) == [
            "worker1"
        ]

    def test_where_they_do_not_agree_each_of_them_counts(self, made):
        made.attach("pvc-1", THERE)
        assert asked(made, hostname="h")["vetoes"] == [] and len(asked(made, hostname=THERE)["vetoes"]) == 1

    def drained(self, *documents, hostname="x"):
        result = fleets.stale()
        result["ansible_facts"]["stale_mpath"]["host"]["hostname"] = hostname
        return kubernetes_veto.drained(fleets.fleet({"a": result}), documents)

    def test_the_nodes_to_drain(self):
        assert (
            self.drained(document(cluster()), document(Cluster(), "dev")) == [{"cluster": "prod", "node": "worker1"}]
            and self.drained() == []
        )

    def test_a_node_that_is_not_sure_is_not_drained(self):
        with pytest.raises(Exception, match="a may be any of the nodes worker1 of prod, worker2 of prod"):
            self.drained(document(cluster()), hostname=THERE)
        with pytest.raises(Exception, match="a may be any of the nodes worker1 of prod, worker1 of dev"):
            self.drained(document(cluster()), document(cluster(), "dev"))
        with pytest.raises(Exception, match="Kubernetes cluster prod could not be read: down"):
            self.drained(kubernetes_objects.failed("prod", "down"))


class TestReport:
    def reported(self, made, **options):
        result = fleets.stale(**options)
        whole = fleets.fleet({"a": result}, documents=[made if isinstance(made, dict) else document(made)])
        return [(one["rule"], one["subject"], one["what"], one["hosts"]) for one in whole["advisories"]]

    def test_a_trident_of_today_with_everything_in_order(self):
        made = cluster()
        made.backend(driver="ontap-san-economy")
        made.volume("pvc-1", SERIAL)
        assert self.reported(made) == []

    def test_a_cluster_that_was_not_read(self):
        assert self.reported(kubernetes_objects.failed("prod", "HTTP 403")) == [
            ("MPC601", "the API", "HTTP 403", ["a"])
        ]
        assert self.reported(dict(document(cluster()), fetched_at=None))[0][0] == "MPC601"

    @pytest.mark.parametrize(
        "version, driver, rules",
        [
            ("24.06.0", "ontap-san", []),
            ("24.02.0", "ontap-san", ["MPC604"]),
            ("23.07.1", "ontap-san", ["MPC604"]),
            ("23.07.0", "ontap-san", ["MPC602", "MPC604"]),
            ("23.04.0", "ontap-san-economy", ["MPC602", "MPC604"]),
            ("23.01.1", "ontap-san-economy", ["MPC602", "MPC603", "MPC604"]),
            ("23.01.1", "ontap-san", ["MPC602", "MPC604"]),
            ("22.04.0", "ontap-san", ["MPC602", "MPC603", "MPC604"]),
            ("22.04.0", "ontap-nas", ["MPC602", "MPC604"]),
            ("v23.10.0-custom+abc", "ontap-san", ["MPC604"]),
            ("100.06", "ontap-san", []),
            ("master", "ontap-san", ["MPC601"]),
            ("24", "ontap-san", ["MPC601"]),
        ],
    )
    def test_versions_are_numbers(self, version, driver, rules):
        made = cluster(trident=version)
        made.backend(driver=driver)
        assert sorted(one[0] for one in self.reported(made)) == rules
        assert all(one[3] == ["a"] for one in self.reported(made))

    def test_no_version_at_all_is_reported(self):
        made = cluster()
        made.remove("tridentversions")
        assert self.reported(made) == [
            ("MPC601", "Trident", "it reports no version: MPC602 to MPC605 were not checked", ["a"])
        ]

    @pytest.mark.parametrize(
        "interval, version, what",
        [
            ("0s", "24.02.0", "it is off"),
            ("0", "26.06.0", "it is off"),
            ("0h0m0s", "26.06.0", "it is off"),
            ("0s", "23.10.0", "Trident 23.10.0 does not know the setting, and heals"),
            ("5m0s", "26.06.0", None),
            ("10s", "26.06.0", None),
            (None, "26.06.0", None),
        ],
    )
    def test_self_healing(self, interval, version, what):
        made = cluster(trident=version)
        made.healing(interval)
        assert [one[1:3] for one in self.reported(made) if one[0] == "MPC605"] == (
            [("DaemonSet trident-node-linux", what)] if what else []
        )

    def test_an_igroup_per_back_end(self):
        made = cluster()
        backend = made.backend(igroup="old-igroup")
        made.volume("pvc-1", SERIAL)
        assert self.reported(made) == [], "it is configured, and no volume is in it"
        made.volume("pvc-2", OTHER_SERIAL, igroup="worker1-u,old-igroup")
        made.volume("pvc-3", igroup="trident-" + backend["backendUUID"])
        assert self.reported(made) == [
            ("MPC606", "old-igroup", "of the back end san, by pvc-2", ["a"]),
            ("MPC606", "trident-" + backend["backendUUID"], "of the back end san, by pvc-3", ["a"]),
        ]

    def test_attachments_to_a_node_that_is_not_there(self):
        made = Cluster()
        made.node(HERE, ME, ready="Unknown")
        made.attach("pvc-1", HERE, serial=SERIAL)
        for number in range(7):
            made.attach("pvc-x%d" % number, "worker9")
        made.attach("pv-ebs", "worker8", driver="ebs.csi.aws.com")
        assert self.reported(made) == [
            ("MPC607", "worker1", "is not Ready, and has attachments of pvc-1", ["a"]),
            (
                "MPC607",
                "worker9",
                "is no longer a node, and has attachments of pvc-x0, pvc-x1, pvc-x2, pvc-x3, pvc-x4 and 2 more",
                [],
            ),
        ]


def test_the_filter_takes_them():
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = cluster()
    made.volume("pvc-1", SERIAL)
    made.attach("pvc-1", HERE)
    facts = fleets.stale()["ansible_facts"]["stale_mpath"]
    (device,) = audit.verdicts(facts, documents=[dict(document(made), fetched_at=now)])
    assert len(device["vetoes"]) == 1
    report = audit.fleet({"a": fleets.stale()}, documents=[dict(document(made), fetched_at="2020-01-01T00:00:00Z")])
    assert "s old" in report["hosts"][0]["devices"][0]["vetoes"][0] and report["advisories"][0]["rule"] == "MPC601"
