# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages in docs/cases: the command on a page prints what the page shows.

A page's commands run in its order, each after the failure that the test makes for it. What differs from run to run
(WWIDs, names of disks, times) is masked; a line of three dots stands for any lines.
"""

import json
import os
import pathlib
import re
import subprocess

import pytest
from scenarios.foreign_array import ForeignArray
from scenarios.playbook_run import PLAIN
from scenarios.removal_run import Node
from scenarios.shell import SHELL
from scenarios.test_proxmox import Proxmox

CASES = pathlib.Path(__file__).parents[2] / "docs" / "cases"
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MASKS = [
    (r", though multipath calls [\w ]+ ready", ""),  # its checker may not have come by yet
    (r"disable queueing \S+, ", ""),  # multipathd may have ended it by then
    (r"3600[0-9a-f]{29}", "WWID"),
    (r"\bsd[a-z]+\b", "sdX"),
    (r"\bdm-\d+", "dm-N"),
    (r"\b\d+:\d+:\d+:\d+\b", "H:C:T:L"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)", "TIME"),
    (r"\d+\.\d+ s\b", "N s"),
    (r"\bpid \d+", "pid N"),
    (r"127\.0\.0\.1(:\d+)?", "ARRAY"),
    (r"/\S*/(report|inventory)\b", r"\1"),
    (r"\b(r[0-9a-f]{6}|node\dat\d+)\b", "LUN"),
    (r"\b0\.0\.\d+\.scsi-", "0.0.N.scsi-"),
    (r"\s+", " "),
]


class Page:
    """A page of docs/cases, whose commands are run one by one."""

    def __init__(self, name, lab, folder):
        self.name, self.folder = name, folder
        self.blocks = CONSOLE.findall((CASES / f"{name}.md").read_text(encoding="utf-8"))
        (folder / "inventory").symlink_to(lab.inventory)

    def next(self):
        """Run the page's next command; what it prints is what the page shows."""
        command, *shown = self.blocks.pop(0).splitlines()
        done = subprocess.run(
            command.removeprefix("$ "),
            shell=True,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **PLAIN},
        )
        printed = done.stdout + done.stderr
        print(printed)  # pytest -s shows what a page could show
        missing = unmatched(shown, printed.splitlines())
        assert missing is None, (
            f"{self.name}: {command} prints no such line (any more, or not there): {missing}\n{printed}"
        )
        return printed

    def end(self):
        assert not self.blocks, (
            f"{self.name} has commands that no test runs: {[block.splitlines()[0] for block in self.blocks]}"
        )


def unmatched(shown, printed):
    """Return the first of the lines shown that does not follow the one before it, or None.

    After a line of dots, any number of lines may be left out.
    """
    rest, free = [masked(line) for line in printed], True
    for line in shown:
        if line.strip() == "...":
            free = True
            continue
        if masked(line) not in rest:
            return line
        place = rest.index(masked(line))
        if not free and place:
            return line
        rest, free = rest[place + 1 :], False
    return None


def masked(line):
    for pattern, word in MASKS:
        line = re.sub(pattern, word, line)
    return line.strip()


@pytest.fixture
def page(lab, tmp_path):
    pages = []

    def opened(name):
        pages.append(Page(name, lab, tmp_path))
        return pages[-1]

    yield opened
    for page in pages:
        page.end()


@pytest.fixture
def node(lab, tmp_path):
    return Node(lab, "node1", tmp_path)


def test_trident_leftovers(page, node):
    shown = page("trident-leftovers")
    living, unmapped = node.luns(2)
    unmapped.stale()
    shown.next()
    shown.next()
    assert living.is_there() and not unmapped.is_there()


class TestHuawei:
    def test_huawei_residual_devices(self, page, lab, tmp_path):
        shown = page("huawei-residual-devices")
        array = ForeignArray(lab, "node2", tmp_path, [191, 192])
        array.unmap(191)
        for dummy in range(3):
            shown.next()
        assert not array.node.run(f"ls /dev/disk/by-id | grep {array.wwids[191]}; true")
        array.unmap(192)
        (tmp_path / "views.yml").write_text(
            json.dumps({"audit_array_views": [array.lookup(array.view())]}), encoding="utf-8"
        )
        shown.next()
        shown.next()


def test_proxmox_deleted_volume(page, lab, tmp_path):
    shown, node = page("proxmox-deleted-volume"), Proxmox(lab, tmp_path)
    (device,) = node.luns(1)
    node.guest(device)
    node.run(
        f"vgcreate -qq -y guest-vg {device.file}; lvcreate -qq -y -Wn -n root -l 50%FREE "
        f"guest-vg; [ -e /dev/guest-vg/root ]"
    )
    device.stale()
    printed = shown.next()
    node.no_guest()
    node.run(re.search("To free it: (.*)", printed).group(1), timeout=180)
    shown.next()
    assert not device.is_there()


def test_exposed_lun(page, lab, node):
    """One LUN that both nodes see, with a file system that the kernel stops when its I/O fails."""
    shown = page("exposed-lun")
    (shared,) = node.luns(1)
    lab.map(shared.lun, "node2", 97)
    # What is cached needs no I/O, and so meets no error.
    node.run(
        f"{SHELL}\next4 {shared.file}; mkdir -p /mnt/case; mount -o errors=remount-ro "
        f"{shared.file} /mnt/case; sync; echo 3 > /proc/sys/vm/drop_caches"
    )
    paths = (
        f"for disk in /sys/dev/block/$(stat -Lc %Hr:%Lr {shared.file})/slaves/*; do echo {{}} > "
        f"$disk/device/state; done"
    )
    node.run(
        f"multipathd disablequeueing map {shared.wwid}; {paths.format('offline')}\n"
        "for n in $(seq 120); do dd if=/dev/zero of=/mnt/case/x bs=4k count=1 oflag=sync; touch /mnt/case/y\n"
        "dmesg | grep -q 'Remounting filesystem read-only' && exit 0; sleep 0.5; done; dmesg | tail -n 20; exit 1",
        timeout=180,
    )
    node.run(
        f"{paths.format('running')}; multipathd restorequeueing map {shared.wwid}\n"
        f"for n in $(seq 240); do [ $(multipathd show paths raw format '%w %t %T' | grep -c "
        f"'^{shared.wwid} active ready') = 2 ] && exit 0\n"
        "sleep 0.5; done; multipathd show paths; exit 1",
        timeout=180,
    )
    shown.next()


@pytest.mark.state("empty")
def test_auto_scan(page, lab, node):
    """The array shows the node more than it needs, and a scan of all brings it."""
    shown = page("auto-scan")
    names = [f"more{number}" for number in range(5)]
    for number, name in enumerate(names):
        lab.create_lun(name)
        lab.map(name, node.name, 100 + number, scan=False)
    node.run("iscsiadm -m session --rescan", timeout=300)
    for name in names:
        lab.wait_for_map(name, node.name)
    shown.next()
    for name in names[:2]:
        lab.unmap(name, node.name)
    shown.next()
    left = node.run("dmsetup info -c --noheadings -o uuid")
    assert [lab._wwid(name) in left for name in names] == [False, False, True, True, True]
    assert set(re.findall(r"node.session.scan = (\w+)", node.run("cat /etc/iscsi/iscsid.conf"))) == {"manual"}
