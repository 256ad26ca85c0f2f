# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Red Hat's libsan, which knows ONTAP through NetApp's client and makes WWIDs of serial numbers by code of its own."""

import netapp_ontap
import pytest
from libsan.array.netapp import ontap

IQN = "iqn.2026-01.org.sanops.lab:node1"


@pytest.fixture
def world():
    return {
        "svms": [{"name": "svm1", "portals": ["10.10.1.10:3260"]}],
        "igroups": [{"name": "node1", "protocol": "iscsi", "initiators": [IQN]}],
        "luns": [
            {"name": "/vol/v/known", "serial_number": "z6CcD+SK5mPb", "create_time": "2026-01-01T00:00:00+00:00"},
            {"name": "/vol/v/free", "create_time": "2026-01-01T00:00:00+00:00"},
        ],
        "maps": [{"lun": "/vol/v/known", "igroup": "node1", "logical_unit_number": 7}],
    }


@pytest.fixture
def libsan(sim, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", sim.ca_path)
    monkeypatch.setattr(netapp_ontap.config, "CONNECTION", None)
    client = ontap.ontap(sim.hostname, sim.username, sim.password)
    netapp_ontap.config.CONNECTION.port = sim.port  # it knows no other port than 443
    return client


def test_what_libsan_reads(libsan):
    luns = libsan.query_all_lun_info()
    assert sorted(luns) == libsan.query_all_luns() == ["/vol/v/free", "/vol/v/known"]
    known = luns["/vol/v/known"]
    assert (known["wwid"], known["mapped"]) == ("3600a09807a364363442b534b356d5062", True)
    assert known["map_infos"] == [{"igroup_name": "node1", "t_lun_id": 7, "h_wwpn": IQN}]
    assert "mapped" not in luns["/vol/v/free"] and luns["/vol/v/free"]["map_infos"] == []
    assert libsan.get_lun_from_wwid("3600a09807a364363442b534b356d5062")["name"] == "/vol/v/known"
    assert libsan.get_map_luns("/vol/v/known")["node"] == "cluster1-01"
    assert libsan.get_initiators("svm1", "node1") == [IQN]
    assert list(libsan.get_interfaces()) == ["svm1_iscsi_lif1"]


def test_what_libsan_makes(libsan, sim):
    """Everything that libsan makes works but its lun_unmap, which is not tried.

    It asks for lun-maps?lun=NAME, which no published model of ONTAP's knows: the simulator refuses it.
    """
    libsan.set_sa_conf({"svm": "svm1", "vol": "v"})
    made = libsan.lun_create("made", "8MiB")
    assert made == "/vol/v/made" and sim.world.lun(made)["size"] == 8 << 20
