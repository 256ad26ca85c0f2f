# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated hosts: each a recorded node under a name of its own, and an array that knows their LUNs."""

import json
import subprocess

import ontap_sim
import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack, schema
from perf.doubles import commands, recorded, simulated


@pytest.fixture(scope="module")
def hosts():
    return recorded.Hosts()


def said_by(hosts, number):
    return pack.unpacked(hosts.result(number)["packed"], "packed")


def test_each_is_a_node_with_names_of_its_own(hosts):
    first, other = said_by(hosts, 0), said_by(hosts, 2)
    assert (first["schema"], first["incomplete"], len(first["paths"]), len(first["maps"])) == (schema.SCHEMA, [], 16, 7)
    assert first["host"]["hostname"] == "host00000" and first["host"]["initiators"]["iqn"] == [
        "iqn.2026-01.org.sanops.lab:host00000"
    ]
    assert [user["kind"] for found in first["maps"] for user in found["users"]] == ["mount"]
    assert first["host"]["boot_id"] != other["host"]["boot_id"]
    assert not {path["wwid"] for path in first["paths"]}.intersection(path["wwid"] for path in other["paths"])
    assert "node1" not in json.dumps(first) and len(said_by(hosts, 1)["paths"]) == 12


def test_one_of_a_hundred_is_away(hosts):
    assert (
        [number for number in range(300) if simulated.away(number)]
        == [99, 199, 299]
        == [number for number in range(300) if hosts.result(number).get("unreachable")]
    )


def test_the_array_has_their_luns_and_gives_them_what_answers(hosts):
    world = hosts.world(2)
    with ontap_sim.running(world) as sim:
        luns = {"3600a0980" + lun["serial_number"].encode().hex(): lun for lun in sim.world.luns.values()}
    mapped = {(entry["svm"], entry["lun"]) for entry in world["maps"]}
    for path in [path for number in range(2) for path in said_by(hosts, number)["paths"]]:
        assert path["wwid"] in luns
        if path["wire"]["state"] in ("same", "other"):
            answers = luns[path["wire"]["wwid"]]
            assert (answers["svm"], answers["name"]) in mapped
        elif path["wire"]["state"] == "absent":
            assert (luns[path["wwid"]]["svm"], luns[path["wwid"]]["name"]) not in mapped


def test_the_commands_of_a_person(tmp_path):
    assert commands.make(tmp_path) == 16

    def printed(*command):
        return subprocess.run(
            [tmp_path / command[0], *command[1:]], stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    disks = printed("lsblk", "--noheadings", "--nodeps", "--output", "NAME").split()
    answers = [printed("sg_inq", "--page=0x83", f"/dev/{disk}") for disk in disks]
    assert len([answer for answer in answers if "SCSI Status: Good" in answer]) == 15 - 4 and all(answers), (
        "one session is lost, and two LUNs are gone"
    )
    assert (
        "NETAPP,LUN C-Mode" in printed("multipath", "-ll")
        and "SID: 1" in printed("iscsiadm")
        and "/mnt/mail" in printed("findmnt")
    )
