# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pods through which nodes without Python are reached: the manifest gives what the modules ask for, and the
inventory finds them.
"""

import fcntl
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import ansible
import pytest
import yaml
from ansible_collections.sanops.multipath.plugins.module_utils._removal import quarantine
from ansible_collections.sanops.multipath.plugins.module_utils._system import host_root
from support import pods

ROOT = pathlib.Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "docs/examples/pods_inventory.py"
CONNECTION = (
    pathlib.Path(ansible.__file__).parents[1] / "ansible_collections/kubernetes/core/plugins/connection/kubectl.py"
)
MANIFEST = ROOT / "docs/kubernetes/daemonset.yml"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("pods_inventory", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def objects():
    with MANIFEST.open(encoding="utf-8") as file:
        return {one["kind"]: one for one in yaml.safe_load(file)["items"]}


class TestManifest:
    """kubernetes-validate 1.37.0 finds it valid for Kubernetes 1.26, 1.31 and 1.37; here is what it must say for
    our modules.
    """

    def test_it_gives_what_the_modules_ask_for(self, objects):
        pod = objects["DaemonSet"]["spec"]["template"]["spec"]
        assert (pod["hostPID"], pod["hostNetwork"], pod["hostIPC"]) == (True, True, True) and "hostUsers" not in pod
        (container,) = pod["containers"]
        (mount,) = container["volumeMounts"]
        (volume,) = pod["volumes"]
        assert container["env"] == [{"name": host_root.VARIABLE, "value": mount["mountPath"]}]
        assert volume["hostPath"] == {"path": "/", "type": "Directory"} and volume["name"] == mount["name"]
        assert mount["mountPropagation"] == "HostToContainer" and not mount.get("readOnly")
        assert container["securityContext"] == {"privileged": True, "runAsUser": 0}
        assert "limits" not in container["resources"], "whoever is killed for it leaves a removal in the middle"

    def test_it_has_no_right_in_the_cluster_and_is_let_in(self, objects):
        pod = objects["DaemonSet"]["spec"]["template"]["spec"]
        assert pod["serviceAccountName"] == objects["ServiceAccount"]["metadata"]["name"]
        assert pod["automountServiceAccountToken"] is objects["ServiceAccount"]["automountServiceAccountToken"] is False
        assert sorted(objects) == ["DaemonSet", "Namespace", "ServiceAccount"]
        assert objects["Namespace"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"
        assert {one["metadata"]["namespace"] for kind, one in objects.items() if kind != "Namespace"} == {
            objects["Namespace"]["metadata"]["name"]
        }

    def test_a_tainted_or_cordoned_node_has_it_too(self, objects):
        assert objects["DaemonSet"]["spec"]["template"]["spec"]["tolerations"] == [{"operator": "Exists"}]

    def test_the_inventory_looks_for_its_pods(self, objects, script):
        template = objects["DaemonSet"]["spec"]["template"]
        key, value = script.LABEL.split("=")
        assert template["metadata"]["labels"] == objects["DaemonSet"]["spec"]["selector"]["matchLabels"] == {key: value}
        assert (
            script.NAMESPACE == objects["Namespace"]["metadata"]["name"]
            and script.CONTAINER == template["spec"]["containers"][0]["name"]
        )


class TestMainProcess:
    @pytest.fixture
    def start(self, objects, tmp_path):
        """Start what the container runs, on a /host of the test."""
        started = []
        (tmp_path / quarantine.FOLDER[1:]).mkdir(parents=True)

        def start():
            command, option, text = objects["DaemonSet"]["spec"]["template"]["spec"]["containers"][0]["command"]
            assert (command, option) == ("python3", "-c") and '"/host/' in text
            # It says when it is ready: a signal before that ends any Python.
            text = text.replace('"/host/', f'"{tmp_path}/').replace(
                "signal.sigwait(", "print(flush=True); signal.sigwait("
            )
            started.append(subprocess.Popen([sys.executable, option, text], stdout=subprocess.PIPE))
            started[0].stdout.readline()
            return started[0]

        yield start
        for process in started:
            process.kill()
            process.wait()

    def test_it_waits_for_the_removal_at_work(self, start, tmp_path):
        with (tmp_path / quarantine.LOCK[1:]).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            process = start()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
            process.terminate()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(1)
        assert process.wait(10) == 0

    def test_it_ends_at_once_where_nothing_was_ever_removed(self, start):
        process = start()
        process.terminate()
        assert process.wait(10) == 0


def pod(name, node="worker-1", phase="Running", created="2026-11-22T10:00:00Z", **metadata):
    """What the inventory reads of a pod, as the API has it (core/v1 Pod)."""
    spec = {"hostPID": True, "containers": [{"name": "python"}], **({"nodeName": node} if node else {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "sanops-multipath", "creationTimestamp": created, **metadata},
        "spec": spec,
        "status": {"phase": phase},
    }


class TestInventory:
    def test_a_node_is_called_by_its_name_and_reached_by_its_pod(self, script):
        found = script.inventory([pod("sanops-multipath-b", "worker-2"), pod("sanops-multipath-a")])
        assert sorted(found["all"]["hosts"]) == ["worker-1", "worker-2"]
        assert found["all"]["hosts"]["worker-1"] == {"ansible_kubectl_pod": "sanops-multipath-a"}
        assert (
            found["all"]["vars"]["ansible_connection"] == "kubernetes.core.kubectl"
            and found["all"]["vars"]["ansible_become"] is False
        )

    @pytest.mark.parametrize(
        "other",
        [
            pod("old", created="2026-11-21T10:00:00Z"),
            pod("failed", phase="Failed", created="2026-11-22T11:00:00Z"),
            pod("going", created="2026-11-22T11:00:00Z", deletionTimestamp="2026-11-22T12:00:00Z"),
        ],
    )
    def test_of_two_pods_the_newest_that_runs_counts(self, script, other):
        for both in ([other, pod("new")], [pod("new"), other]):
            assert script.inventory(both)["all"]["hosts"] == {"worker-1": {"ansible_kubectl_pod": "new"}}

    def test_a_node_whose_pod_does_not_run_stays(self, script):
        found = script.inventory([pod("waiting", phase="Pending"), pod("homeless", node=None, phase="Pending")])
        assert found["all"]["hosts"] == {"worker-1": {"ansible_kubectl_pod": "waiting"}}

    @pytest.fixture
    def kubectl(self, tmp_path, monkeypatch):
        """A kubectl that prints the given answer, and keeps what it was asked."""
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

        def answer(text, code=0):
            (tmp_path / "answer").write_text(text, encoding="utf-8")
            (tmp_path / "kubectl").write_text(
                f'#!/bin/sh\necho "$@" > {tmp_path}/asked\ncat {tmp_path}/answer\nexit {code}\n', encoding="ascii"
            )
            (tmp_path / "kubectl").chmod(0o755)

        return answer

    def test_ansible_takes_it(self, kubectl, tmp_path):
        kubectl(json.dumps({"apiVersion": "v1", "kind": "List", "items": [pod("sanops-multipath-a")]}))
        (tmp_path / "pods.json").write_bytes(
            subprocess.run([sys.executable, SCRIPT], capture_output=True, check=True).stdout
        )
        done = subprocess.run(
            ["ansible-inventory", "--inventory", tmp_path / "pods.json", "--host", "worker-1"],
            capture_output=True,
            text=True,
            check=True,
        )
        host = json.loads(done.stdout)
        assert host["ansible_kubectl_pod"] == "sanops-multipath-a" and host["ansible_kubectl_container"] == "python", (
            done.stderr
        )
        assert (tmp_path / "asked").read_text() == (
            "get pods --namespace sanops-multipath --selector app.kubernetes.io/name=sanops-multipath --output json\n"
        )

    @pytest.mark.parametrize(("text", "code"), [("", 1), ("error: no configuration", 0), ("{}", 0)])
    def test_what_kubectl_does_not_say_is_no_empty_inventory(self, kubectl, text, code):
        kubectl(text, code)
        done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
        assert done.returncode == 1 and not done.stdout and done.stderr.startswith("the pods could not be listed: ")


@pytest.mark.parametrize("is_there", [True, False])
def test_the_role_for_iscsi_does_not_take_the_containers_etc_for_the_hosts(tmp_path, is_there):
    """It leaves a host without open-iscsi alone, and looks for that with Ansible's own module, which only knows the
    container.
    """
    if is_there:
        (tmp_path / "etc/iscsi").mkdir(parents=True)
        (tmp_path / "etc/iscsi/iscsid.conf").touch()
    variables = {"ansible_connection": "local", "ansible_become": False, "ansible_python_interpreter": sys.executable}
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": {"node": variables}}}), encoding="ascii")
    play = [{"hosts": "all", "gather_facts": False, "roles": ["sanops.multipath.iscsi_scan"]}]
    (tmp_path / "play.yml").write_text(json.dumps(play), encoding="ascii")
    done = subprocess.run(
        ["ansible-playbook", "-i", tmp_path / "hosts.json", tmp_path / "play.yml"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", host_root.VARIABLE: str(tmp_path)},
    )
    # The folder is no host: where the module is asked at all, it says so.
    assert ("this container cannot work on its host" in done.stdout) == is_there == (done.returncode != 0), (
        done.stdout + done.stderr
    )


# What is between Ansible and the pod: it takes the container's environment from the manifest, as `kubectl exec` has it
# from the runtime.
KUBECTL = """#!/bin/sh
case "$*" in "-n sanops-multipath exec -i $POD -c python -- "*) ;; *) echo "unexpected: $*" >&2; exit 1;; esac
while [ "$1" != -- ]; do shift; done; shift
exec env {name}={value} "$@"
"""


@pytest.mark.skipif(not CONNECTION.exists(), reason="kubernetes.core is not installed: the package ansible has it")
@pytest.mark.skipif(not pods.can(), reason=pods.NOT_ROOT)
def test_ansible_reaches_a_node_through_its_pod(script, objects, tmp_path):
    """The inventory, the connection of kubernetes.core, the manifest's variable and the module: all but the API
    server and the runtime.
    """
    (variable,) = objects["DaemonSet"]["spec"]["template"]["spec"]["containers"][0]["env"]
    (tmp_path / "kubectl").write_text(
        KUBECTL.format(name=variable["name"], value=f"{tmp_path}{variable['value']}"), encoding="ascii"
    )
    (tmp_path / "kubectl").chmod(0o755)
    found = script.inventory([pod("sanops-multipath-a")])
    found["all"]["vars"] = {**found["all"]["vars"], "ansible_python_interpreter": sys.executable}
    (tmp_path / "pods.json").write_text(json.dumps(found), encoding="ascii")
    command = [
        "ansible",
        "all",
        "-i",
        f"{tmp_path}/pods.json",
        "-m",
        "sanops.multipath.stale_mpath_facts",
        "-a",
        "timeout=20",
        "--become",
    ]
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "POD": "sanops-multipath-a",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PIPELINING": "1",
    }
    done = pods.run(tmp_path, command, env=environment)
    assert done.returncode == 0 and done.stdout.startswith("worker-1 | SUCCESS => {"), done.stdout + done.stderr
    assert (
        json.loads(done.stdout[done.stdout.index("{") :])["ansible_facts"]["stale_mpath"]["platform"]["os"] == "rhcos"
    )
