# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who uses a device: every way to use one, on two kernels, each named in one audit (molecule/corners)."""

import re
import shlex
from typing import NamedTuple

import pytest
from scenarios.audit_run import Audit

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


# What `hold` starts writes its pid to /run/u/$use.pid, when it holds what it is to hold.
SHELL = r"""
set -eu
ext4() { mkfs.ext4 -q -F -E nodiscard,lazy_itable_init=1,lazy_journal_init=1 "$@"; }
hold() { setsid "$@" > /dev/null 2>&1 < /dev/null & for n in $(seq 300); do [ -s /run/u/$use.pid ] && return; sleep 0.1; done; return 1; }
started='echo $$ > /run/u/'
wait_for() { for n in $(seq 300); do [ -e "$1" ] && return; sleep 0.1; done; echo "$1 does not come" >&2; return 1; }
partition() {
    python3 - $1 <<'END'
import struct, sys
entry = struct.pack("<B3sB3sII", 0, b"", 0x83, b"", 2048, 100000)
open(sys.argv[1], "r+b").write(bytes(446) + entry + bytes(48) + b"\x55\xaa")
END
}
gone() { for n in $(seq 300); do [ -e /proc/$1 ] || return 0; sleep 0.1; done; return 1; }
end() { pid=$(cat /run/u/$use.pid); kill $pid; gone $pid; }
mkdir -p /run/u
"""
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
    """All uses set up on both nodes, and one audit of them."""

    def __init__(self, lab, folder):
        self.lab = lab
        self.pids, self.wwids = {}, {}
        for node in lab.nodes:
            for number, (use, how) in enumerate(USES.items()):
                lab.create_lun(self.lun(node, use), size=how.mib * MIB)
                self.wwids[node, use] = lab._wwid(self.lun(node, use))
                lab.map(self.lun(node, use), node, FIRST_LUN_ID + number, scan=False)
            lab.exclude(self.lun(node, "bare"), node)
            lab.scan(node)
        for node in lab.nodes:
            for use in USES:
                if use != "bare":
                    lab.wait_for_map(self.lun(node, use), node)
            self.run(node, "set_up")
            found = lab.ssh(node).output("cd /run/u; grep -H . *.pid")
            self.pids[node] = dict(re.findall(r"^(\w+)\.pid:(\d+)$", found, re.MULTILINE))
        self.audit = Audit(lab, folder)

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
        for node in self.lab.nodes:
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
def used(lab, tmp_path_factory):
    made = Used(lab, tmp_path_factory.mktemp("users"))
    yield made
    made.undo()


@pytest.fixture(params=["node1", "node2"])
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
