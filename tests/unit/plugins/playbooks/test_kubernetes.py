# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Audit and remediation of a Kubernetes node, beside a simulated array and a simulated API server: real
ansible-playbook runs.

The host's "Python" answers for its modules, and remembers that a removal was carried out.
"""

import datetime
import json
import pathlib
import shlex

import ansible
import ontap_sim
import pytest
import trustme
from kube_sim import TOKEN, Cluster, serving
from kube_sim.objects import TARGET
from support.askers import entry_of
from support.fleets import configured_host, registered
from support.judged import result
from support.plays import Plays
from support.testimony import ME, path

DRAIN = pathlib.Path(ansible.__file__).parents[1] / "ansible_collections/kubernetes/core/plugins/modules/k8s_drain.py"
AUDIT, REMEDIATE = "sanops.multipath.audit", "sanops.multipath.remediate"
# The LUN exists, and is mapped to somebody else.
WORLD = {
    "svms": [{"name": "svm1", "target": TARGET}],
    "igroups": [{"name": "me", "initiators": [ME]}, {"name": "other", "initiators": ["iqn.2026-01.org.example:other"]}],
    "luns": [{"name": "/vol/v/l", "serial_number": "80E7/]LZp1Tt"}],
    "maps": [{"lun": "/vol/v/l", "igroup": "other", "logical_unit_number": 3}],
}
PATH = path(
    0, "absent", transport="iscsi", target=TARGET, portal="10.0.1.21", session_state="LOGGED_IN", device_state="running"
)
STALE = configured_host(PATH, platform__kubelet=True)
FACTS = STALE["ansible_facts"]["stale_mpath"]
CLEAN = registered(dict(FACTS, maps=[], paths=[]))
REMOVED = result(changed=True, actions=[{"do": "flush", "device": "dm-0", "outcome": "done"}])
VETO = "a VolumeAttachment of pvc-1 of Kubernetes cluster prod names the node h"


class World(Plays):
    """One host, `a`, which is the node `h`; `api`: of its cluster."""

    def __init__(self, folder, api, array, removed=None):
        super().__init__(folder, {"a": STALE})
        self.api, self.array, self.marker = api, array, folder / "removed"
        script = [
            "#!/bin/sh",
            'case "$*" in',
            "*stale_mpath_remove*) touch {0}; printf %s {1} ;;",
            "*) if [ -e {0} ]; then printf %s {2}; else printf %s {3}; fi ;;",
            "esac",
            "",
        ]
        answers = [{"changed": True, "results": [removed or REMOVED]}, CLEAN, STALE]
        text = "\n".join(script).format(
            shlex.quote(str(self.marker)), *(shlex.quote(json.dumps(dict(one))) for one in answers)
        )
        (folder / "python_of_a").write_text(text)
        self.entry = {"name": "prod", "host": api.url, "api_key": TOKEN, "ca_cert": api.ca_path}

    def play(self, playbook, *arguments, **variables):
        variables = {
            "audit_arrays": [self.array],
            "audit_kubernetes": [self.entry],
            "ansible_become": False,
            **variables,
        }
        code = self.run(playbook, arguments=arguments, **variables)
        assert TOKEN not in self.output
        return code

    def remediate(self, *arguments, **variables):
        return self.play(REMEDIATE, *arguments, **variables)

    def record(self):
        (path,) = sorted((self.folder / "report" / "removals").glob("*.json"))[-1:]
        return json.loads(path.read_text(encoding="utf-8"))

    def gone(self):
        return self.marker.exists()

    def cordoned(self):
        return bool(self.api.cluster.objects["nodes"][0]["spec"].get("unschedulable"))

    def patches(self):
        return [path for method, path in self.api.requests if method != "GET"]


@pytest.fixture(scope="module")
def array():
    with ontap_sim.running(WORLD, users=[ontap_sim.User("audit", "correct horse", readonly=True)]) as sim:
        yield entry_of(sim)


@pytest.fixture
def api(tmp_path):
    authority, cluster = trustme.CA(), Cluster()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    cluster.node("h", ME)
    cluster.volume("pvc-1", "80E7/]LZp1Tt")
    with serving(cluster, authority) as api:
        api.ca_path = str(tmp_path / "ca.pem")
        yield api


@pytest.fixture
def world(tmp_path, api, array):
    return World(tmp_path, api, array)


def test_the_audit_says_whose_it_is_and_who_holds_it(world):
    world.api.cluster.attach("pvc-1", "h", serial="80E7/]LZp1Tt")
    world.api.cluster.pod("db-0", "h")
    assert world.play(AUDIT, "-vvv") == 0, world.output
    (device,) = world.fleet()["hosts"][0]["devices"]
    assert (
        device["verdict"] == "stale"
        and device["owners"][0]["claim"] == "data-db-0"
        and VETO in device["vetoes"]
        and len(device["vetoes"]) == 2
    )
    assert (
        "    owner kubernetes prod: pvc-1, of shop/data-db-0, used by shop/db-0 (Running on h)" in world.output
        and "    veto  " + VETO in world.output
    )
    plan = json.loads((world.folder / "report" / "plan.json").read_text())
    assert plan["removals"] == [] and plan["left"][0]["why"].startswith("its owner forbids it: " + VETO)


def test_the_audit_tells_of_a_cluster_that_is_down(world):
    world.entry["host"] = "https://127.0.0.1:1"
    assert world.play(AUDIT) == 0, world.output
    assert "MPC601" in world.output and "the API server refuses the connection" in world.output
    assert "could not be read" in world.fleet()["hosts"][0]["devices"][0]["vetoes"][0]


def test_a_device_that_a_node_holds_stays_until_it_is_let_go(world):
    world.api.cluster.attach("pvc-1", "h", serial="80E7/]LZp1Tt")
    assert world.remediate() == 0, world.output
    assert not world.gone() and world.record()["left"][0]["why"] == "its owner forbids it: " + VETO
    world.api.cluster.remove("volumeattachments", "csi-pvc-1-h")
    assert world.remediate() == 0, world.output
    assert world.gone() and world.record()["results"][0]["changed"] and world.patches() == [], (
        "nothing is drained unless somebody asks for it"
    )


@pytest.mark.parametrize(
    "hazards", ["recycled,wire_alone", '{{ \'["recycled", "wire_alone"]\' | from_json }}'], ids=["text", "template"]
)
def test_variables_that_are_text_mean_what_they_say(world, hazards):
    """As -e name=value gives them: the text false is no leave to drain a node, and a number can be reckoned with.

    And a template is one of each again.
    """
    given = {
        "kubernetes_drain": "false",
        "batch": "1",
        "array_max_age": "60",
        "plan_max_age": "3600",
        "max_removals": "50",
        "max_share": "1.0",
        "audit_timeout": "30",
        "timeout": "120.5",
        "hazards": hazards,
        "rescan": "no",
    }
    assert world.remediate(**{"stale_devices_" + name: value for name, value in given.items()}) == 0, world.output
    assert world.gone() and world.patches() == [] and "1 of 1: " in world.output and "PluginLoader" not in world.output


@pytest.mark.parametrize("fault", ["down", "forbidden"])
def test_nothing_goes_while_the_api_does_not_answer(world, fault):
    if fault == "down":
        world.entry["host"] = "https://127.0.0.1:1"
    else:
        world.api.faults["/apis/storage.k8s.io/v1/volumeattachments"] = (
            403,
            "Forbidden",
            "volumeattachments is forbidden",
        )
    assert world.remediate() == 0, world.output
    assert (
        not world.gone() and "the API of Kubernetes cluster prod could not be read" in world.record()["left"][0]["why"]
    )


def test_it_is_asked_again_right_before_the_removal(world, api):
    """The volume is attached between the decision and the removal.

    What stands in for the module does not look at what it is to remove: it is nothing.
    """
    asked = []

    def attached_later(answer):
        asked.append(1)
        if len(asked) == 1:
            api.cluster.attach("pvc-1", "h", serial="80E7/]LZp1Tt")
        return answer  # of before

    api.faults["/apis/storage.k8s.io/v1/volumeattachments"] = attached_later
    assert world.remediate() == 0, world.output
    record = world.record()
    assert record["removals"] and len(asked) >= 2 and VETO in record["results"][0]["refused"][0]["why"]


@pytest.mark.skipif(not DRAIN.exists(), reason="kubernetes.core is not installed: the package ansible has it")
class TestDrain:
    def drain(self, world, *arguments, **variables):
        return world.remediate(*arguments, stale_devices_kubernetes_drain=True, **variables)

    @pytest.fixture(autouse=True)
    def pods(self, api):
        api.cluster.pod(
            "web",
            "h",
            claim=None,
            ownerReferences=[{"kind": "ReplicaSet", "name": "web", "apiVersion": "apps/v1", "uid": "u"}],
        )
        api.cluster.pod(
            "agent",
            "h",
            claim=None,
            ownerReferences=[{"kind": "DaemonSet", "name": "agent", "apiVersion": "apps/v1", "uid": "u"}],
        )

    def names(self, api):
        return [pod["metadata"]["name"] for pod in api.cluster.objects["pods"]]

    def test_cordon_drain_remove_uncordon(self, world, api):
        assert self.drain(world) == 0, world.output
        assert world.gone() and not world.cordoned() and self.names(api) == ["agent"]
        assert world.patches() == ["/api/v1/nodes/h", "/api/v1/namespaces/shop/pods/web/eviction", "/api/v1/nodes/h"]
        assert "h of prod is cordoned and drained. It is uncordoned when all has gone well" in world.output

    def test_check_mode_changes_nothing(self, world, api):
        assert self.drain(world, "--check") == 0, world.output
        assert world.patches() == [] and self.names(api) == ["web", "agent"] and not world.cordoned()
        assert "Cordon" in world.output and "is cordoned and drained" not in world.output

    def test_a_node_that_was_cordoned_before_stays_so(self, world, api):
        api.cluster.objects["nodes"][0]["spec"]["unschedulable"] = True
        assert self.drain(world) == 0, world.output
        assert world.gone() and world.cordoned() and "It was cordoned before, and stays so." in world.output

    def test_where_there_is_nothing_to_remove_nothing_is_drained(self, world, api):
        api.cluster.publish("pvc-1", "h")
        assert self.drain(world) == 0, world.output
        assert not world.gone() and world.patches() == []

    @pytest.mark.parametrize(
        "trouble, why",
        [
            ("protected", "Cannot evict pod as it would violate"),
            ("stuck", "pods were still there when the time was over"),
            ("emptydir", "cannot delete Pods with local storage"),
        ],
    )
    def test_a_drain_that_fails_removes_nothing_and_uncordons(self, world, api, trouble, why):
        if trouble == "emptydir":
            api.cluster.objects["pods"][0]["spec"]["volumes"] = [{"name": "tmp", "emptyDir": {}}]
        else:
            getattr(api, trouble).add("web")
        assert self.drain(world, stale_devices_kubernetes_drain_options={"wait_timeout": 1, "wait_sleep": 1}) == 2
        assert "a could not be drained, and nothing was removed: " in world.output and why in world.output, world.output
        assert not world.gone() and not world.cordoned() and world.record()["not_tried"], world.output

    def test_the_operator_may_take_a_hazard(self, world, api):
        api.cluster.objects["pods"][0]["spec"]["volumes"] = [{"name": "tmp", "emptyDir": {}}]
        assert self.drain(world, stale_devices_kubernetes_drain_options={"delete_emptydir_data": True}) == 0, (
            world.output
        )
        assert world.gone() and self.names(api) == ["agent"]

    def test_where_a_removal_fails_the_node_stays_cordoned(self, tmp_path, api, array):
        world = World(
            tmp_path, api, array, removed=dict(REMOVED, changed=False, failed_because="the flush did not end")
        )
        assert self.drain(world) == 2
        assert world.cordoned() and "the flush did not end" in world.output

    def test_a_host_that_is_no_node_is_not_drained(self, world, api):
        api.cluster.objects["nodes"][0]["metadata"].update(name="x", labels={})
        api.cluster.objects["nodes"][0]["status"]["addresses"] = []
        api.cluster.remove("tridentnodes")
        script = world.folder / "python_of_a"
        script.write_text(script.read_text().replace('"kubelet": true', '"kubelet": false'))
        assert self.drain(world) == 0, world.output
        assert world.gone() and world.patches() == []

    def test_a_host_that_may_be_one_of_two_nodes_is_not_drained(self, world, api):
        api.cluster.node("g", ME)
        assert self.drain(world) == 2
        assert "a may be any of the nodes g of prod, h of prod" in " ".join(world.output.split()), world.output
        assert not world.gone() and world.patches() == [] and world.record()["not_tried"]

    def test_the_credentials_of_a_kubeconfig_that_is_given_inline_are_not_shown(self, world, api):
        """World.play() looks for the token in all output."""
        given = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
            "clusters": [{"name": "k", "cluster": {"server": api.url, "certificate-authority": api.ca_path}}],
            "users": [{"name": "u", "user": {"token": TOKEN}}],
        }
        world.entry = {"name": "prod", "kubeconfig": given}
        assert self.drain(world, "-vvv") == 0, world.output
        assert world.gone() and "kubernetes_node.yml" in world.output

    def test_a_cluster_that_is_known_from_a_file_only_is_not_drained(self, world, api):
        known = world.folder / "prod.json"
        known.write_text(
            json.dumps(
                {
                    "fetched_at": datetime.datetime.now(datetime.timezone.utc).isoformat(),
                    "answers": api.cluster.answers(),
                }
            )
        )
        world.entry = {"name": "prod", "file": str(known)}
        assert self.drain(world) == 2 and not world.gone()
        assert "stale_devices_kubernetes knows prod from a file only" in world.output
