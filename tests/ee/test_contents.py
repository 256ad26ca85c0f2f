# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in the execution environment, and what is not."""

import json
import pathlib
import re

import ee_parts
import pytest

import ee

LOCKED = dict(re.findall(r"^([a-z0-9._-]+)==([^ ;]+)", (ee_parts.LOCKS / "image.txt").read_text(), re.MULTILINE))


def test_each_python_package_is_the_one_of_the_lock(inside):
    ask = (
        "import importlib.metadata, json, sys; print(json.dumps({name: "
        "importlib.metadata.version(name) for name in json.load(sys.stdin)}))"
    )
    found = json.loads(inside("python3", "-c", ask, options=["--interactive"], stdin=json.dumps(list(LOCKED))).stdout)
    assert found == LOCKED
    assert {"ansible-core", "ansible-runner", "jmespath"} <= set(found)


def test_the_packages_fit_each_other(inside):
    inside("python3", "-m", "pip", "check")


def test_the_collections_are_the_ones_of_the_lock_and_this_one(inside):
    found = json.loads(inside("ansible-galaxy", "collection", "list", "--format=json").stdout)[
        "/usr/share/ansible/collections/ansible_collections"
    ]
    locked = ee_parts.locked_versions((ee_parts.LOCKS / "collections.yml").read_text())
    assert {name: entry["version"] for name, entry in found.items()} == {**locked, "sanops.multipath": ee.version()}


@pytest.mark.parametrize("collection", ["sanops.multipath", *ee_parts.COLLECTIONS])
def test_the_files_of_a_collection_are_the_ones_of_its_manifest(inside, collection):
    assert "Successfully verified" in inside("ansible-galaxy", "collection", "verify", "--offline", collection).stdout


def test_the_collection_is_the_one_of_the_working_tree(inside):
    ask = "sha256sum /usr/share/ansible/collections/ansible_collections/sanops/multipath/MANIFEST.json"
    manifest = inside("bash", "-c", ask).stdout.split()[0]
    assert manifest == ee_parts.contents(ee.BUILD / "collections/sanops-multipath.tar.gz")


@pytest.mark.parametrize(
    "plugin",
    [
        ("module", "sanops.multipath.stale_mpath_facts"),
        ("lookup", "sanops.multipath.ontap_lun_maps"),
        ("module", "netapp.ontap.na_ontap_lun"),
    ],
)
def test_ansible_finds_the_plugins(inside, plugin):
    inside("ansible-doc", "--type", *plugin)


def test_a_query_of_the_report_finds_jmespath(inside):
    question = "msg={{ {'hosts': [{'name': 'node1'}]} | sanops.multipath.report_query('hosts[].name') }}"
    assert '"node1"' in inside("ansible", "localhost", "-m", "debug", "-a", question).stdout


def test_what_netapp_ontap_imports_over_rest_is_there(inside):
    inside("python3", "-c", "import deepdiff, isodate, requests, xmltodict")


def test_there_are_the_clients_of_ssh(inside):
    assert "OpenSSH" in inside("ssh", "-V").stderr
    inside("sshpass", "-V")


def test_nothing_of_the_build_is_left(inside):
    gone = (
        "import importlib.util; print([name for name in ('bindep', 'ansible_builder', 'uv') if "
        "importlib.util.find_spec(name)])"
    )
    assert inside("python3", "-c", gone).stdout == "[]\n"
    # What the build alone saw was mounted; empty files and folders are left of it.
    places = "/output /build /mnt /tmp /etc/pip.conf /var/lib/apt/lists /root/.cache /root/.ansible"
    assert inside("bash", "-c", f"find {places} -type f -size +0 2>/dev/null || true").stdout == ""


def test_the_image_says_what_it_was_made_of(inside):
    names = inside("ls", "/usr/share/sanops-multipath").stdout.split()
    assert names == sorted(path.name for path in pathlib.Path(ee_parts.LOCKS).iterdir() if path.suffix != ".in")
    packages = inside("dpkg-query", "--show", "--showformat=${Package}=${Version}\\n").stdout
    assert "openssh-client=" in packages
