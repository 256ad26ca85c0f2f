# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of NVMe, from trees as the kernel has them."""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._host import nvme
from support.trees import Host

SAN = "nqn.1992-08.com.netapp:sn.x:subsystem.s"


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


def subsystem(host, number, nqn, transport, devices, controllers=(0, 1), tmo="600"):
    """*devices*: names of block devices in the subsystem's folder, and, of each controller, below it."""
    here = f"/sys/class/nvme-subsystem/nvme-subsys{number}"
    host.file(f"{here}/subsysnqn", nqn)
    for device in devices[0]:
        host.file(f"{here}/{device}/size", "8")
    for controller in controllers:
        host.file(f"{here}/nvme{controller}/state", "live")
        mine = f"/sys/class/nvme/nvme{controller}"
        host.file(f"{mine}/transport", transport)
        if tmo:
            host.file(f"{mine}/ctrl_loss_tmo", tmo)
        for device in devices[1]:
            host.file(f"{mine}/{device.format(controller)}/size", "8")


def test_a_host_without_nvme(host):
    assert nvme.look(host.tree) == {"native": None, "subsystems": []}


def test_its_own_multipath(host):
    """The namespaces are in the subsystem; what a controller has are their paths."""
    host.file("/sys/module/nvme_core/parameters/multipath", "Y\n")
    subsystem(host, 0, SAN, "tcp", (["nvme0n1", "nvme0n2"], ["nvme0c{}n1", "nvme0c{}n2"]))
    assert nvme.look(host.tree) == {
        "native": True,
        "subsystems": [
            {"nqn": SAN, "transports": ["tcp"], "controllers": 2, "namespaces": 2, "ctrl_loss_tmo": ["600"]}
        ],
    }


def test_without_it_each_controller_has_the_namespaces(host):
    host.file("/sys/module/nvme_core/parameters/multipath", "N\n")
    subsystem(host, 0, SAN, "fc", ([], ["nvme{}n1"]), tmo="off")
    found = nvme.look(host.tree)
    assert found["native"] is False
    assert found["subsystems"] == [
        {"nqn": SAN, "transports": ["fc"], "controllers": 2, "namespaces": 1, "ctrl_loss_tmo": ["off"]}
    ]


def test_local_disks_are_nobodys_san(host):
    subsystem(host, 0, "nqn.2014.08.org.nvmexpress:local", "pcie", (["nvme0n1"], []), controllers=(0,), tmo=None)
    subsystem(host, 1, SAN, "rdma", (["nvme1n1"], []), controllers=(1,), tmo=None)
    subsystem(host, 2, "nqn.2014-08.org.nvmexpress.discovery", "tcp", ([], []), controllers=(2,))
    subsystem(host, 3, "nqn.x:loop", "loop", (["nvme3n1"], []), controllers=(3,))
    found = nvme.look(host.tree)
    assert [(one["nqn"], one["ctrl_loss_tmo"]) for one in found["subsystems"]] == [(SAN, [])]
