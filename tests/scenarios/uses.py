# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way to use a device, and the saved state in which both nodes use one LUN in each of them."""

import shlex
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from scenarios.shell import SHELL

FIRST_LUN_ID = 60
MIB = 1024**2
CONTAINER = 64 * "c"


class Use(NamedTuple):
    set_up: str
    """Shell; $device is the map's device file, $wwid its WWID, $use the name of the use, $mnt the empty folder
    /mnt/$use.
    """
    found: tuple
    """(kind, pattern of the detail) of its users, as reported; {pid} is what `hold` started."""
    mib: int = 64


SLEEP = "exec sleep infinity"
USES = {
    "fd": Use(  # held in a private mount namespace
        f'hold unshare -m sh -c "${{started}}fd.pid; {SLEEP} 3< $device"',
        (("process", r"pid {pid} \(sleep\), unit ssh\.service"),),
    ),
    "leaderless": Use(  # held by a thread whose process leader has exited
        "cat > /run/u/leaderless.py <<'END'\n"
        "import ctypes, os, sys, threading, time\n"
        "os.open(sys.argv[1], os.O_RDONLY)\n"
        "threading.Thread(target=time.sleep, args=(1 << 30,)).start()\n"
        "open('/run/u/leaderless.pid', 'w').write(f'{os.getpid()}\\n')\n"
        "ctypes.CDLL(None).syscall(60, 0)  # exit, of this thread alone\n"
        "END\n"
        "hold python3 /run/u/leaderless.py $device",
        (("process", r"pid {pid} \(python3\).*"),),
    ),
    "sg": Use(  # the node by which SCSI commands go past the block device
        "disk=$(ls /sys/block/${device##*/}/slaves | head -n 1); node=$(ls /sys/block/$disk/device/scsi_generic)\n"
        f'hold sh -c "${{started}}sg.pid; {SLEEP} 3< /dev/$node"',
        (("process", r"pid {pid} \(sleep\), unit ssh\.service, has /dev/sg\d+ open(, on the path sd\w+)?"),),
    ),
    "ns": Use(  # mounted in a namespace that outlives the host's unmount
        (
            f"ext4 $device; mount $device $mnt; hold unshare -m --propagation private sh -c "
            f'"${{started}}ns.pid; {SLEEP}"; umount $mnt'
        ),
        (("mount", r"/mnt/ns \(ext4, rw\) in the mount namespace of pid {pid} \(sleep\), unit ssh\.service"),),
    ),
    "pinned": Use(  # mounted in a namespace without a process
        "ext4 $device; mkdir -p /run/u/pin; mount --bind /run/u/pin /run/u/pin; mount "
        "--make-private /run/u/pin; touch /run/u/pin/mnt\n"
        "unshare --mount=/run/u/pin/mnt --propagation private mount $device $mnt",
        (("mount", "ext4 is mounted where no process sees it: .*"),),
    ),
    "lazy": Use(
        f'ext4 $device; mount $device $mnt; hold sh -c "${{started}}lazy.pid; {SLEEP} 3> $mnt/file"; umount -l $mnt',
        (("mount", "ext4 is mounted where no process sees it: .*"),),
    ),
    "lvm": Use(
        "vgcreate -qq -y u $device; lvcreate -qq -y -Wn -n data -l 50%FREE u; ext4 /dev/u/data; mount /dev/u/data $mnt",
        (("lvm", r"u-data \(dm-\d+\)"), ("mount", r"/mnt/lvm \(ext4, rw\)")),
    ),
    "luks": Use(
        "printf lab | cryptsetup -q luksFormat --type luks2 --pbkdf pbkdf2 "
        "--pbkdf-force-iterations 1000 --key-file - $device\n"
        "printf lab | cryptsetup open --key-file - $device u_luks",
        (("luks", r"u_luks \(dm-\d+\)"),),
    ),
    "part": Use(
        (
            "partition $device; kpartx -a -s $device; "
            "part=/dev/disk/by-id/dm-uuid-part1-mpath-$wwid; wait_for $part; ext4 $part; mount $part "
            "$mnt"
        ),
        (("partition", r"{wwid}-part1 \(dm-\d+\)"), ("mount", r"/mnt/part \(ext4, rw\)")),
    ),
    "swap": Use("mkswap $device; swapon $device", (("swap", r"/dev/dm-\d+"),)),
    "md": Use(
        "mdadm --create /dev/md9 --run --level=1 --raid-devices=2 --metadata=1.2 $device missing",
        (("md", r"md9 \(md9\)"),),
    ),
    "linear": Use('echo "0 20480 linear $device 0" | dmsetup create u_linear', (("dm", r"u_linear \(dm-\d+\)"),)),
    "loop": Use(
        "modprobe loop; wait_for /dev/loop-control; losetup /dev/loop7 $device; ext4 /dev/loop7; mount /dev/loop7 $mnt",
        (("loop", "/dev/loop7"), ("mount", r"/mnt/loop \(ext4, rw\)")),
    ),
    "lio": Use(
        "modprobe target_core_iblock; here=/sys/kernel/config/target/core/iblock_0/u; mkdir -p $here\n"
        "echo udev_path=$device > $here/control; echo 1 > $here/enable",
        (("export", "LIO iblock_0/u"),),
    ),
    "nbd": Use(
        "printf '[generic]\\nuser=root\\ngroup=root\\n[u]\\nexportname=%s\\n' $device > /run/u/nbd.conf\n"
        "modprobe nbd; wait_for /dev/nbd0; nbd-server -C /run/u/nbd.conf -p /run/u/nbd.pid; wait_for /run/u/nbd.pid\n"
        "for n in $(seq 50); do nbd-client -N u 127.0.0.1 /dev/nbd0 && break; sleep 0.2; done",
        (("export", r"pid \d+ \(nbd-server\), unit ssh\.service"),),
    ),
    "bt1": Use(":", (("mount", r"/mnt/bt2 \(btrfs, rw\)"),), mib=128),
    "bt2": Use(
        "modprobe btrfs; one=$(readlink -f /dev/disk/by-id/dm-uuid-mpath-$bt1); mkfs.btrfs -q -f "
        "-d raid1 -m raid1 $one $device; btrfs device scan\n"
        "mount /dev/disk/by-id/dm-uuid-mpath-$wwid $mnt",
        (("mount", r"/mnt/bt2 \(btrfs, rw\)"),),
        mib=128,
    ),
    "xfs": Use(
        "mkfs.xfs -q -f -K $device; mount $device $mnt; xfs_io -x -c shutdown $mnt",
        (("mount", r"/mnt/xfs \(xfs, rw, the kernel says: .*Shutting down filesystem.*\)"),),
        mib=320,
    ),
    "error": Use(
        "ext4 $device; mount -o errors=remount-ro $device $mnt; echo 1 > /sys/fs/ext4/${device#/dev/}/trigger_fs_error",
        (
            (
                "mount",
                (
                    r"/mnt/error \(ext4, .*[Rr]emounting filesystem read-only, \d errors? from 20\S+Z "
                    r"to 20\S+Z, the last in \w+\)"
                ),
            ),
        ),
    ),
    "unit": Use(
        (
            f'systemd-run -q --unit=u_holder sh -c "{SLEEP} 3< $device"; systemctl show --property '
            f"MainPID --value u_holder > /run/u/unit.pid"
        ),
        (("process", r"pid {pid} \(sleep\), unit u_holder\.service"),),
    ),
    "node": Use(  # a device file of another name, in a container
        "set -- $(stat -c '0x%t 0x%T' $device)\n"
        f'hold unshare -m sh -c "mount -t tmpfs u /opt; mknod /opt/disk b $1 $2; '
        f'${{started}}node.pid; {SLEEP} 3< /opt/disk"\n'
        f"group=/sys/fs/cgroup/system.slice/docker-{CONTAINER}.scope; mkdir -p $group; cat "
        f"/run/u/node.pid > $group/cgroup.procs",
        (("process", rf"pid {{pid}} \(sleep\), container {CONTAINER[:12]}"),),
    ),
    "stuck": Use(  # in D state on a file
        "ext4 $device; mount $device $mnt; dd if=/dev/zero of=$mnt/file bs=4k count=1 conv=fsync status=none\n"
        'hold sh -c "exec < $mnt/file; ${started}stuck.pid; until [ -e /run/u/suspended ]; do sleep 0.1; done\n'
        'exec dd iflag=direct bs=4k count=1 of=/dev/null"\n'
        "dmsetup suspend --noflush --nolockfs $wwid; touch /run/u/suspended; pid=$(cat /run/u/stuck.pid)\n"
        'for n in $(seq 300); do grep -q "(dd) D" /proc/$pid/stat && break; sleep 0.1; done',
        (
            ("mount", r"/mnt/stuck \(ext4, rw\)"),
            ("process", r"pid {pid} \(dd\), unit ssh\.service, in D state, has /mnt/stuck/file open"),
        ),
    ),
    "bare": Use(  # a disk in no map, its partition mounted
        "partition $device; blockdev --rereadpt $device; wait_for ${device}1; ext4 ${device}1; mount ${device}1 $mnt",
        (("mount", r"/mnt/bare \(ext4, rw\)"),),
    ),
    "idle": Use(":", ()),
}


def lun(node, use):
    """Return the name of the LUN of this use on a node."""
    return f"u_{node}_{use}"


def set_up(lab):
    """Map a LUN for each use to each node, and use it."""
    for node in lab.nodes:
        for number, (use, how) in enumerate(USES.items()):
            lab.create_lun(lun(node, use), size=how.mib * MIB)
            lab.map(lun(node, use), node, FIRST_LUN_ID + number, scan=False)
        lab.exclude(lun(node, "bare"), node)
        lab.scan(node)
    for node in lab.nodes:
        for use in USES:
            if use != "bare":
                lab.wait_for_map(lun(node, use), node)
    scripts = {node: _script(lab, node) for node in lab.nodes}
    with ThreadPoolExecutor() as pool:
        # Its own group of processes: what it starts is not to hold SSH open.
        for done in [
            pool.submit(lab.ssh(node).run, f"exec bash -c {shlex.quote(script)}", timeout=300)
            for node, script in scripts.items()
        ]:
            done.result()


def _script(lab, node):
    """Return the shell script for all uses of a node."""
    wwids = {use: lab._wwid(lun(node, use)) for use in USES}
    script = [SHELL, f"bt1={wwids['bt1']}"]
    for use, how in USES.items():
        script.append(f"use={use} wwid={wwids[use]} mnt=/mnt/{use}; echo {use} >&2")
        script.append(
            "device=$(readlink -f /dev/disk/by-id/" + ("scsi-" if use == "bare" else "dm-uuid-mpath-") + "$wwid)"
        )
        script.append(f"mkdir -p $mnt\n{how.set_up}")
    return "\n".join(script)
