# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who uses a device: every way to use one, on two kernels, each named in one audit, and refused by the removal (molecule/corners)."""

import copy
import datetime
import re
import shlex
from typing import NamedTuple

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils import _plan
from lab import misery
from scenarios import node_state
from scenarios.audit_run import Audit
from scenarios.removal_run import Node, Remediation, codes
from scenarios.shell import SHELL

FIRST_LUN_ID = 60
MIB = 1024**2
CONTAINER = 64 * "c"


class Use(NamedTuple):
    set_up: str
    """Shell; $device is the map's device file, $wwid its WWID, $use the name of the use, $mnt the empty folder /mnt/$use."""
    undo: str
    found: tuple
    """(kind, pattern of the detail) of its users, as they are told; {pid} is what `hold` started."""
    mib: int = 64


SLEEP = "exec sleep infinity"
USES = {
    "fd": Use(  # held in a private mount namespace
        f'hold unshare -m sh -c "${{started}}fd.pid; {SLEEP} 3< $device"', "end", (("process", r"pid {pid} \(sleep\), unit ssh\.service"),)),
    "ns": Use(  # mounted in a namespace that outlives the host's unmount
        f'ext4 $device; mount $device $mnt; hold unshare -m --propagation private sh -c "${{started}}ns.pid; {SLEEP}"; umount $mnt', "end",
        (("mount", r"/mnt/ns \(ext4, rw\) in the mount namespace of pid {pid} \(sleep\), unit ssh\.service"),)),
    "pinned": Use(  # mounted in a namespace without a process
        "ext4 $device; mkdir -p /run/u/pin; mount --bind /run/u/pin /run/u/pin; mount --make-private /run/u/pin; touch /run/u/pin/mnt\n"
        "unshare --mount=/run/u/pin/mnt --propagation private mount $device $mnt",
        "umount /run/u/pin/mnt; umount /run/u/pin", (("mount", "ext4 is mounted where no process sees it: .*"),)),
    "lazy": Use(
        f'ext4 $device; mount $device $mnt; hold sh -c "${{started}}lazy.pid; {SLEEP} 3> $mnt/file"; umount -l $mnt', "end",
        (("mount", "ext4 is mounted where no process sees it: .*"),)),
    "lvm": Use(
        "vgcreate -qq -y u $device; lvcreate -qq -y -Wn -n data -l 50%FREE u; ext4 /dev/u/data; mount /dev/u/data $mnt", "umount $mnt; vgchange -qq -an u",
        (("lvm", r"u-data \(dm-\d+\)"), ("mount", r"/mnt/lvm \(ext4, rw\)"))),
    "luks": Use(
        "printf lab | cryptsetup -q luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file - $device\n"
        "printf lab | cryptsetup open --key-file - $device u_luks", "cryptsetup close u_luks", (("luks", r"u_luks \(dm-\d+\)"),)),
    "part": Use(
        "partition $device; kpartx -a -s $device; part=/dev/disk/by-id/dm-uuid-part1-mpath-$wwid; wait_for $part; ext4 $part; mount $part $mnt",
        "umount $mnt; kpartx -d $device", (("partition", r"{wwid}-part1 \(dm-\d+\)"), ("mount", r"/mnt/part \(ext4, rw\)"))),
    "swap": Use("mkswap $device; swapon $device", "swapoff $device", (("swap", r"/dev/dm-\d+"),)),
    "md": Use(
        "mdadm --create /dev/md9 --run --level=1 --raid-devices=2 --metadata=1.2 $device missing", "mdadm --stop /dev/md9", (("md", r"md9 \(md9\)"),)),
    "linear": Use('echo "0 20480 linear $device 0" | dmsetup create u_linear', "dmsetup remove u_linear", (("dm", r"u_linear \(dm-\d+\)"),)),
    "loop": Use(
        "modprobe loop; wait_for /dev/loop-control; losetup /dev/loop7 $device; ext4 /dev/loop7; mount /dev/loop7 $mnt", "umount $mnt; losetup -d /dev/loop7",
        (("loop", "/dev/loop7"), ("mount", r"/mnt/loop \(ext4, rw\)"))),
    "lio": Use(
        "modprobe target_core_iblock; here=/sys/kernel/config/target/core/iblock_0/u; mkdir -p $here\n"
        "echo udev_path=$device > $here/control; echo 1 > $here/enable",
        "rmdir /sys/kernel/config/target/core/iblock_0/u /sys/kernel/config/target/core/iblock_0", (("export", "LIO iblock_0/u"),)),
    "nbd": Use(
        "printf '[generic]\\nuser=root\\ngroup=root\\n[u]\\nexportname=%s\\n' $device > /run/u/nbd.conf\n"
        "modprobe nbd; wait_for /dev/nbd0; nbd-server -C /run/u/nbd.conf -p /run/u/nbd.pid; wait_for /run/u/nbd.pid\n"
        "for n in $(seq 50); do nbd-client -N u 127.0.0.1 /dev/nbd0 && break; sleep 0.2; done",
        "nbd-client -d /dev/nbd0; end", (("export", r"pid \d+ \(nbd-server\), unit ssh\.service"),)),
    "bt1": Use(":", ":", (("mount", r"/mnt/bt2 \(btrfs, rw\)"),), mib=128),
    "bt2": Use(
        "modprobe btrfs; one=$(readlink -f /dev/disk/by-id/dm-uuid-mpath-$bt1); mkfs.btrfs -q -f -d raid1 -m raid1 $one $device; btrfs device scan\n"
        "mount /dev/disk/by-id/dm-uuid-mpath-$wwid $mnt", "umount $mnt", (("mount", r"/mnt/bt2 \(btrfs, rw\)"),), mib=128),
    "xfs": Use(
        "mkfs.xfs -q -f -K $device; mount $device $mnt; xfs_io -x -c shutdown $mnt", "umount $mnt",
        (("mount", r"/mnt/xfs \(xfs, rw, the kernel says: .*Shutting down filesystem.*\)"),), mib=320),
    "error": Use(
        "ext4 $device; mount -o errors=remount-ro $device $mnt; echo 1 > /sys/fs/ext4/${device#/dev/}/trigger_fs_error", "umount $mnt",
        (("mount", r"/mnt/error \(ext4, .*[Rr]emounting filesystem read-only, \d errors? from 20\S+Z to 20\S+Z, the last in \w+\)"),)),
    "unit": Use(
        f'systemd-run -q --unit=u_holder sh -c "{SLEEP} 3< $device"; systemctl show --property MainPID --value u_holder > /run/u/unit.pid',
        "systemctl stop u_holder",
        (("process", r"pid {pid} \(sleep\), unit u_holder\.service"),)),
    "node": Use(  # a device file of another name, in a container
        "set -- $(stat -c '0x%t 0x%T' $device)\n"
        f'hold unshare -m sh -c "mount -t tmpfs u /opt; mknod /opt/disk b $1 $2; ${{started}}node.pid; {SLEEP} 3< /opt/disk"\n'
        f"group=/sys/fs/cgroup/system.slice/docker-{CONTAINER}.scope; mkdir -p $group; cat /run/u/node.pid > $group/cgroup.procs",
        f"end; rmdir /sys/fs/cgroup/system.slice/docker-{CONTAINER}.scope", (("process", rf"pid {{pid}} \(sleep\), container {CONTAINER[:12]}"),)),
    "stuck": Use(  # in D state on a file
        "ext4 $device; mount $device $mnt; dd if=/dev/zero of=$mnt/file bs=4k count=1 conv=fsync status=none\n"
        'hold sh -c "exec < $mnt/file; ${started}stuck.pid; until [ -e /run/u/suspended ]; do sleep 0.1; done\n'
        'exec dd iflag=direct bs=4k count=1 of=/dev/null"\n'
        "dmsetup suspend --noflush --nolockfs $wwid; touch /run/u/suspended; pid=$(cat /run/u/stuck.pid)\n"
        'for n in $(seq 300); do grep -q "(dd) D" /proc/$pid/stat && break; sleep 0.1; done',
        "dmsetup resume $wwid; gone $(cat /run/u/stuck.pid); umount $mnt",
        (("mount", r"/mnt/stuck \(ext4, rw\)"), ("process", r"pid {pid} \(dd\), unit ssh\.service, in D state, has /mnt/stuck/file open"))),
    "bare": Use(  # a disk in no map, its partition mounted
        "partition $device; blockdev --rereadpt $device; wait_for ${device}1; ext4 ${device}1; mount ${device}1 $mnt", "umount $mnt",
        (("mount", r"/mnt/bare \(ext4, rw\)"),)),
    "idle": Use(":", ":", ()),
}


class Used:
    """All uses set up on these nodes, and one audit of them."""

    def __init__(self, lab, folder, nodes):
        self.lab, self.nodes, self.only = lab, nodes, ["--limit", ",".join(nodes)]
        self.pids, self.wwids = {}, {}
        for node in nodes:
            for number, (use, how) in enumerate(USES.items()):
                lab.create_lun(self.lun(node, use), size=how.mib * MIB)
                self.wwids[node, use] = lab._wwid(self.lun(node, use))
                lab.map(self.lun(node, use), node, FIRST_LUN_ID + number, scan=False)
            lab.exclude(self.lun(node, "bare"), node)
            lab.scan(node)
        for node in nodes:
            for use in USES:
                if use != "bare":
                    lab.wait_for_map(self.lun(node, use), node)
            self.run(node, "set_up")
            found = lab.ssh(node).output("cd /run/u; grep -H . *.pid")
            self.pids[node] = dict(re.findall(r"^(\w+)\.pid:(\d+)$", found, re.MULTILINE))
        self.audit = Audit(lab, folder, arguments=self.only)

    @staticmethod
    def lun(node, use):
        return f"u_{node}_{use}"

    def run(self, node, what, more=""):
        """Run the scripts of all uses on a node, one after the other in one shell."""
        script = [SHELL, f"bt1={self.wwids[node, 'bt1']}"]
        uses = USES.items() if what == "set_up" else reversed(USES.items())  # what hangs goes on first: LVM looks at all devices
        for use, how in uses:
            script.append(f"use={use} wwid={self.wwids[node, use]} mnt=/mnt/{use}; echo {use} >&2")
            script.append("device=$(readlink -f /dev/disk/by-id/" + ("scsi-" if use == "bare" else "dm-uuid-mpath-") + "$wwid)")
            script.append("mkdir -p $mnt" if what == "set_up" else "")
            script.append(getattr(how, what))
        # Its own group of processes: what it starts is not to hold SSH open.
        self.lab.ssh(node).run(f"exec bash -c {shlex.quote(chr(10).join([*script, more]))}", timeout=300)

    def devices(self, node, use):
        return [device for device in self.audit.hosts[node]["devices"] if device["wwid"] == self.wwids[node, use]]

    def undo(self):
        """End all uses, and take the disks away: multipathd takes an unused map away with its last path, or is asked to."""
        for node in self.nodes:
            wwids = " ".join(self.wwids[node, use] for use in USES)
            self.run(node, "undo", f"""
rm -rf /run/u /etc/multipath/conf.d/exclude-{self.lun(node, 'bare')}.conf
for disk in /sys/class/scsi_device/*; do
    lun_id=${{disk##*:}}
    [ $lun_id -ge {FIRST_LUN_ID} ] && [ $lun_id -lt {FIRST_LUN_ID + len(USES)} ] && echo 1 > $disk/device/delete
done
for wwid in {wwids}; do
    map=/dev/disk/by-id/dm-uuid-mpath-$wwid
    for n in $(seq 50); do [ -e $map ] || break; sleep 0.2; done
    [ ! -e $map ] || multipath -f $wwid
done
multipathd reconfigure > /dev/null""")
            for use in USES:
                self.lab.unmap(self.lun(node, use), node)


@pytest.fixture(scope="module")
def used(request, lab, tmp_path_factory):
    cases = [item.callspec.params for item in request.session.items if item.module is request.module and hasattr(item, "callspec")]
    made = Used(lab, tmp_path_factory.mktemp("users"), sorted({case["node"] for case in cases if "node" in case}))
    yield made
    made.undo()


@pytest.fixture(params=["node1", pytest.param("node2", marks=pytest.mark.thorough)])
def node(request):
    return request.param


def test_nothing_was_left_unread(used, node):
    assert used.audit.code == 0, used.audit.output
    assert used.audit.hosts[node]["facts"]["incomplete"] == []


@pytest.mark.parametrize("use", [use for use in USES if use != "bare"])
def test_every_user_is_named(used, node, use):
    (device,) = used.devices(node, use)
    told = [(user["kind"], user["detail"]) for user in device["users"] if user["kind"] != "probe"]
    patterns = [(kind, pattern.replace("{pid}", used.pids[node].get(use, "")).replace("{wwid}", device["wwid"])) for kind, pattern in USES[use].found]
    assert [kind for kind, detail in told] == [kind for kind, pattern in patterns], told
    for (dummy, detail), (dummy, pattern) in zip(told, patterns, strict=True):
        assert re.fullmatch(pattern, detail), f"{detail!r} is not {pattern!r}"
    assert device["in_use"] is bool(patterns)


def test_a_disk_in_no_map(used, node):
    told = [[(user["kind"], user["detail"]) for user in device["users"]] for device in used.devices(node, "bare")]
    assert sorted(told) == [[], [("mount", "/mnt/bare (ext4, rw)")]], "of its two disks one is mounted"


def test_looking_has_opened_nothing(used, node):
    """Device-mapper's counts of openers are what the uses account for: the audit, which has ended, has left none open."""
    counts = {use: used.lab.ssh(node).output(f"dmsetup info -c --noheadings -o open {used.wwids[node, use]}").strip() for use in ("idle", "fd", "lvm")}
    assert counts == {"idle": "0", "fd": "1", "lvm": "1"}


class Refused:
    """The array takes all of them away; the removals of everything that is used are given to each node alone; then the playbook runs."""

    def __init__(self, used, folder):
        self.used, lab = used, used.lab
        self.luns = [(used.lun(node, use), node, FIRST_LUN_ID + number) for node in used.nodes for number, use in enumerate(USES)]
        for lun, node, dummy in self.luns:
            lab.unmap(lun, node)
        for node in used.nodes:
            misery.wait_until_faulty(lab, node, 2 * (len(USES) - 1))
        self.nodes = {node: Node(lab, node, folder) for node in used.nodes}
        self.before = self.state()
        self.by_host = {node: self.ask_host(node) for node in used.nodes}
        self.check = Remediation(lab, folder / "check", "--check", *used.only)
        self.untouched = self.state()
        self.run = Remediation(lab, folder, *used.only)
        self.after = self.state()

    def state(self):
        return {name: node.state() for name, node in self.nodes.items()}

    def ask_host(self, node):
        """{(WWID, name): result} of a plan that takes all that is used for stale and unused."""
        host = copy.deepcopy(self.used.audit.hosts[node])
        host["devices"] = [device | {"verdict": "stale", "in_use": False} for device in host["devices"] if device["in_use"]]
        plan = _plan.plan(self.used.audit.fleet | {"hosts": [host]}, [], datetime.datetime.now(datetime.timezone.utc))
        answer = self.nodes[node].module("stale_mpath_remove", removals=plan["removals"])
        return {(result["wwid"], result["name"]): result for result in answer["results"]}

    def undo(self):
        """Give them back, so that what is used can be used to its end."""
        lab = self.used.lab
        for lun, node, lun_id in self.luns:
            lab.map(lun, node, lun_id, scan=False)
        for node in self.nodes:
            lab.ssh(node).run("for n in $(seq 90); do multipathd show paths raw format %T | grep -q faulty || exit 0; sleep 1; done; exit 1")


@pytest.fixture(scope="module")
def refused(used, tmp_path_factory):
    made = Refused(used, tmp_path_factory.mktemp("refused"))
    yield made
    made.undo()


class TestRemoval:
    @pytest.mark.parametrize("use", [use for use in USES if USES[use].found] + ["bare"])
    def test_the_host_refuses_it(self, refused, node, use):
        (device,) = [device for device in refused.used.devices(node, use) if device["in_use"]]
        result = refused.by_host[node][device["wwid"], device["name"]]
        assert "in_use" in codes(result) and not result["changed"] and not result["actions"], result
        patterns = [pattern.replace("{pid}", refused.used.pids[node].get(use, "")).replace("{wwid}", device["wwid"]) for dummy, pattern in USES[use].found]
        whys = [one["why"] for one in result["refused"] if one["code"] == "in_use"]
        for kind, pattern in zip([kind for kind, dummy in USES[use].found], patterns, strict=True):
            assert kind == "partition" or any(re.fullmatch(f".* is in use: {kind}: {pattern}", why) for why in whys), whys

    def test_neither_that_nor_check_mode_touched_anything(self, refused, node):
        assert sorted(refused.check.removed(node)) == sorted(refused.run.removed(node)) != []
        assert refused.untouched[node] == refused.before[node]

    def test_the_playbook_takes_what_nobody_uses_and_nothing_else(self, refused, node):
        used = refused.used
        idle = used.devices(node, "idle") + [device for device in used.devices(node, "bare") if not device["in_use"]]
        results = refused.run.records[node]["results"]
        assert sorted(result["name"] for result in results if result["changed"]) == sorted(device["name"] for device in idle), refused.run.output
        words = [word for device in idle for path in device["paths"] for word in (path["hctl"], path["sd"])]
        words += [used.wwids[node, "idle"]]
        assert refused.after[node] == node_state.without(refused.before[node], words)

    def test_the_playbook_says_why_the_others_stay(self, refused, node):
        left = {one["name"]: one["why"] for one in refused.run.records[node]["left"]}
        for use in USES:
            for device in refused.used.devices(node, use):
                assert not device["in_use"] or left[device["name"]].startswith("it is in use: "), use
