# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules that remove, on real devices: what is removed, what is not, and that nothing else changes.

Who uses a device, in every way there is, is in test_users.py.
"""

import pytest
from scenarios import node_state
from scenarios.removal_run import EACH_NODE, Node, codes, removed_when_it_is_stale
from scenarios.shell import SHELL


@pytest.fixture
def node(lab, tmp_path):
    return Node(lab, "node1", tmp_path)


@EACH_NODE
def test_a_stale_map_is_removed_and_nothing_else(lab, tmp_path, name):
    node = Node(lab, name, tmp_path)
    bystander, device = node.luns(2)
    removed_when_it_is_stale(node, device, bystander)


@pytest.mark.nodes("node1")
class TestGuards:
    @pytest.fixture
    def device(self, node):
        """Return a stale map that may be removed; it is removed after each test has undone its own change."""
        (device,) = node.luns(1)
        device.stale()
        yield device
        result = device.flush(paths=None, dev_t=None)
        assert not result["failed"], result
        assert node_state.without(node.state(), device.words()) == node.state()

    def refused(self, device, code, says="", **changes):
        """Flush a map, in check mode and for real: check that both refuse, for this reason, and change nothing."""
        before = device.node.state()
        for check in (True, False):
            result = device.flush(check=check, **changes)
            assert result["failed"] and codes(result) and set(codes(result)) == {code}, result
            assert says in result["msg"] and not result["actions"]
        assert device.node.state() == before

    def test_a_process_has_one_path_open(self, node, device):
        pid = node.start(f"sh -c 'exec sleep 600 3< /dev/{device.disks[0]}'")
        self.refused(device, "in_use", f"pid {pid} (sleep)")
        node.end(pid)

    def test_a_process_writes_to_it_with_queueing_on(self, node, device):
        pid = node.start(f"dd if=/dev/zero of={device.file} oflag=direct bs=4k count=1")
        node.wait_for_d(pid)
        self.refused(device, "in_use", "in D state")
        node.run(
            f"multipathd disablequeueing map {device.wwid}; while [ -e /proc/{pid} ]; do sleep "
            f"0.1; done; multipathd restorequeueing map {device.wwid}"
        )

    def test_a_killed_worker_of_udev_is_no_user(self, node, device):
        """A killed worker of udev counts as no user.

        Udev kills what hangs on a dead map after three minutes; from then on it shows no open file, and the map still
        has an opener.
        """
        node.run(f"echo change > /sys/block/$(basename $(readlink -f {device.file}))/uevent")
        node.run(
            "for n in $(seq 300); do pid=$(ps -e -o pid=,stat=,comm= | awk '$2 ~ /^D/ && $3 ~ /udev/ { print $1 }')\n"
            '[ -n "$pid" ] && break; sleep 0.1; done\n'
            'kill -9 $pid; for n in $(seq 50); do [ -z "$(ls /proc/$pid/fd)" ] && exit 0; sleep 0.1; done; exit 1'
        )
        assert node.run(f"dmsetup info -c --noheadings -o open {device.wwid}").strip() == "1"
        result = device.flush()
        assert result["changed"] and not result["failed"], result

    def test_it_is_suspended_by_somebody_else(self, node, device):
        node.run(f"dmsetup suspend --noflush --nolockfs {device.wwid}")
        self.refused(device, "suspended")
        node.run(f"dmsetup resume --noudevsync {device.wwid}")

    def test_it_is_not_what_was_seen(self, device):
        self.refused(device, "rebooted", boot_id="6d2a2b5e-0a3a-4c0f-9b0e-2f7d1f9f3c11")
        self.refused(device, "identity", dev_t="253:999", paths=["99:0:0:1"])


@pytest.mark.nodes("node2")
def test_an_unused_partition_is_removed_with_its_map(lab, tmp_path):
    node = Node(lab, "node2", tmp_path)
    (device,) = node.luns(1)
    node.run(
        f"{SHELL}\npartition {device.file}; kpartx -a -s {device.file}; wait_for "
        f"/dev/disk/by-id/dm-uuid-part1-mpath-{device.wwid}"
    )
    device.stale()
    result = device.flush()
    assert result["changed"] and not result["failed"], result
    assert "part1" not in node.run("dmsetup info -c --noheadings -o uuid")


@pytest.mark.nodes("node2")
def test_a_partition_that_shows_no_user_and_has_one_stays(lab, tmp_path):
    """A partition that is mapped into memory, its descriptor closed, stays.

    As with what the kernel itself has open (ZFS, DRBD), the open count is all that there is to see.
    """
    node = Node(lab, "node2", tmp_path)
    (device,) = node.luns(1)
    part = f"/dev/disk/by-id/dm-uuid-part1-mpath-{device.wwid}"
    node.run(f"{SHELL}\npartition {device.file}; kpartx -a -s {device.file}; wait_for {part}")
    node.run(
        f"cat > /run/mapped.py <<'END'\nimport ctypes, os, time\nfile = os.open('{part}', os.O_RDONLY)\n"
        "ctypes.CDLL(None).mmap(None, ctypes.c_size_t(4096), 1, 1, file, "
        "ctypes.c_long(0))\nos.close(file)\nopen('/run/mapped', 'w')\n"
        "time.sleep(600)\nEND\n"
    )
    pid = node.start("python3 /run/mapped.py")
    node.run(f"{SHELL}\nwait_for /run/mapped")
    device.stale()
    before = node.state()
    for check in (True, False):
        result = device.flush(check=check)
        assert (
            codes(result) == ["in_use"]
            and "part1" in result["msg"]
            and "open count 1, by whom is not known" in result["msg"]
        ), result
        assert not result["actions"] and node.state() == before
    node.end(pid)
    result = device.flush()
    assert result["changed"] and not result["failed"], result


@pytest.mark.nodes("node2")
def test_a_partition_that_the_kernel_itself_has_open_stays(lab, tmp_path):
    """LIO exports it, without a process: refused before queueing is touched."""
    node = Node(lab, "node2", tmp_path)
    (device,) = node.luns(1)
    part, backstore = f"/dev/disk/by-id/dm-uuid-part1-mpath-{device.wwid}", "/sys/kernel/config/target/core/iblock_0/u"
    node.run(f"{SHELL}\npartition {device.file}; kpartx -a -s {device.file}; wait_for {part}")
    node.run(
        f"modprobe target_core_iblock; mkdir -p {backstore}; echo udev_path={part} > "
        f"{backstore}/control; echo 1 > {backstore}/enable"
    )
    device.stale()
    before = node.state()
    for check in (True, False):
        result = device.flush(check=check)
        assert set(codes(result)) == {"in_use"} and "LIO iblock_0/u" in result["msg"], result
        assert not result["actions"] and node.state() == before
    node.run(f"rmdir {backstore}")
    result = device.flush()
    assert result["changed"] and not result["failed"], result


@pytest.mark.nodes("node1")
class TestSingleDisk:
    """A disk in no map, and one path of a map that stays."""

    def test_a_disk_is_replaced_by_the_lun_that_answers_at_its_address(self, node):
        """With `rescan`, the LUN at the address now comes up under its true identity."""
        old, heir = node.luns(2)
        node.run(
            f"multipath -f {heir.wwid}; for disk in {' '.join(heir.disks)}; do echo 1 > "
            f"/sys/block/$disk/device/delete; done"
        )
        node.lab.unmap(heir.lun, node.name)
        node.lab.recycle(old.lun, heir.lun, node.name)
        node.run(f"multipath -f {old.wwid}")
        before = node.state()
        arguments = [
            {"hctl": hctl, "expect": {"wwid": old.wwid, "wire": "other"}, "rescan": True} for hctl in old.hctls
        ]
        assert codes(node.module("scsi_delete", hctl=old.hctls[0], expect={"wwid": old.wwid})) == ["wire"], (
            "without the hazard"
        )
        assert codes(node.module("scsi_delete", hctl=old.hctls[0], expect={"wwid": heir.wwid, "wire": "other"})) == [
            "identity"
        ]
        assert node.module("scsi_delete", check=True, **arguments[0])["changed"]
        assert node.state() == before
        for options, done in zip(arguments, (["delete", "scan"], ["delete", "forget", "scan"]), strict=True):
            planned = node.module("scsi_delete", check=True, **options)
            assert [action["do"] for action in planned["actions"]] == done, planned
            result = node.module("scsi_delete", **options)
            assert [action["do"] for action in result["actions"]] == done and not result["failed"], result
        assert f"/{old.wwid}/" not in node.run("cat /etc/multipath/wwids").splitlines()
        node.lab.wait_for_map(heir.lun, node.name)

    def test_without_multipathd_a_disk_goes_and_the_daemon_stays_down(self, node):
        """The socket of systemd would start it: whoever merely connects does."""
        (device,) = node.luns(1)
        node.lab.unmap(device.lun, node.name)
        node.run(f"multipath -f {device.wwid}; systemctl stop multipathd.service; systemctl start multipathd.socket")
        for hctl in device.hctls:
            # Who waits for a daemon that does not run has failed when the time is over.
            result = node.module("scsi_delete", hctl=hctl, expect={"wwid": device.wwid})
            assert result["changed"] and not result["failed"] and not result["refused"], result
        assert node.run("systemctl is-active multipathd.service || true").strip() == "inactive"
        node.run("systemctl start multipathd.service")

    def test_recycled_paths_of_a_healthy_map_are_removed_and_the_map_stays(self, node):
        """The recycled paths of a healthy map are removed, and the map stays.

        The LUN got another LUN id while another LUN got its old one: two of its four paths lead to that LUN.
        """
        (device,) = node.luns(1)
        heir = f"heir{device.lun}"
        node.lab.create_lun(heir)
        node.lab.recycle(device.lun, heir, node.name)
        node.lab.map(device.lun, node.name, 99, scan=False)
        node.lab.scan(node.name)
        node.run(
            f"for n in $(seq 300); do [ $(ls {device.slaves} | wc -l) = 4 ] && exit 0; sleep 0.1; "
            f"done; ls {device.slaves}; exit 1"
        )
        before = node.state()
        for hctl in device.hctls:
            arguments = {"hctl": hctl, "expect": {"wwid": device.wwid, "wire": "other"}}
            assert codes(node.module("scsi_delete", **arguments)) == ["living_map"], "without the hazard"
            assert node.module("scsi_delete", check=True, living_map=True, **arguments)["changed"]
            assert node_state.without(node.state(), [device.wwid]) == node_state.without(before, [device.wwid])
            result = node.module("scsi_delete", living_map=True, **arguments)
            assert [action["do"] for action in result["actions"]] == ["remove from its map", "delete"] and not result[
                "failed"
            ], result
            before = node_state.without(before, [hctl, *node_state.disks(before, hctl)])
        table = node.run(f"dmsetup table {device.wwid}; ls {device.slaves} | wc -l")
        assert "queue_if_no_path" in table and table.split()[-1] == "2", table
        left = node_state.without(node.state(), [device.wwid])
        assert left == node_state.without(before, [device.wwid])

    def test_a_path_of_a_living_map(self, node):
        (device,) = node.luns(1)
        hctl, other = device.hctls
        before = node.state()
        assert codes(node.module("scsi_delete", hctl=hctl, expect={"wwid": device.wwid})) == ["wire", "living_map"]
        node.lab.unmap(device.lun, node.name)
        result = node.module("scsi_delete", hctl=hctl, expect={"wwid": device.wwid}, living_map=True)
        assert codes(result) == ["living_map"] and "its last path" in result["msg"], result
        assert node.state() == before
        assert device.flush()["changed"]


@pytest.mark.nodes("node2")
def test_a_delete_that_hangs_quarantines_the_node(lab, tmp_path):
    """A delete that hangs puts the node into quarantine.

    A disk does not answer: its delete waits for the flush of its cache, and nothing else is deleted on this node
    meanwhile.
    """
    node, debug = Node(lab, "node2", tmp_path), "/sys/bus/pseudo/drivers/scsi_debug"
    node.run(f"modprobe scsi_debug dev_size_mb=8 max_luns=1 vpd_use_hostno=0; sleep 2; ls {debug}")
    listing = (
        "for one in /sys/class/scsi_device/*; do grep -q scsi_debug $one/device/model && echo "
        "$(basename $one) $(ls $one/device/block); done; true"
    )
    hctl, disk = node.run(listing).split()
    wwid = node.run(f"/lib/udev/scsi_id -g -u /dev/{disk}").strip()
    node.run(f"multipath -f {wwid}; udevadm settle --timeout=30; echo 4 > {debug}/opts; echo -1 > {debug}/every_nth")
    arguments = {"hctl": hctl, "expect": {"wwid": wwid, "wire": "unreachable"}, "timeout": 20}
    result = node.module("scsi_delete", **arguments)
    assert result["failed"] and "does not end" in result["msg"], result
    again = node.module("scsi_delete", **arguments)
    assert codes(again) == ["quarantined"] and f"the delete of {hctl} does not end" in again["msg"], again
    assert hctl in node.module("stale_mpath_facts", timeout=30)["ansible_facts"]["stale_mpath"]["quarantine"]
