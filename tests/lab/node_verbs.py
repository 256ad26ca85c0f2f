# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs that change a node or its way to the array. Each returns one line that says what it did."""

import time

from lab import fc, recording, topology
from lab.errors import LabError
from lab.progress import say

MAP_SECONDS = 600  # many LUNs at once on a busy machine take minutes
SCAN_AGAIN_SECONDS = 120
NO_MAP = 9  # ssh itself and bash have other codes

# In shell: the device of a LUN, as the map if there is one. $1 is the WWID.
_DEVICE = """
device() {
    for path in /dev/disk/by-id/dm-uuid-mpath-$1 /dev/disk/by-id/scsi-$1; do
        [ -e "$path" ] && readlink -f "$path" && return 0
    done
    echo "there is no disk with WWID $1 on this node" >&2
    return 1
}
"""

# Not `multipath -ll`: it does I/O. A daemon that hangs is part of what is to be seen.
_WHAT_IT_HAS = """
for session in /sys/class/iscsi_session/*; do echo "${session##*/} $(cat "$session"/{targetname,state} | xargs)"; done
grep -Hs . /sys/class/fc_remote_ports/*/{port_name,port_state,roles}
ls /sys/class/scsi_device | xargs
timeout 20 multipathd show paths format '%w %d %i %t %T %o'
dmesg | tail -n 30
"""

# Only these devices: udev would wait for another one that queues.
_LOOK_AGAIN = """
for disk in /sys/block/sd*; do
    grep -qs 'naa.{naa}' "$disk/device/wwid" && udevadm trigger --action=add "$disk"
done
for map in /sys/block/dm-*; do
    grep -qs 'mpath-{wwid}' "$map/dm/uuid" && udevadm trigger --action=change "$map"
done
true
"""


def _has_map(ssh, wwid, paths):
    """Wait for a map for SCAN_AGAIN_SECONDS; return whether it is there."""
    # Not `udevadm settle`: udev may be stuck indefinitely on another map that queues.
    done = ssh.run(
        f"""
while [ $SECONDS -lt {SCAN_AGAIN_SECONDS} ]; do
    for uuid in /sys/block/dm-*/dm/uuid; do
        [ -e "$uuid" ] && read -r found < "$uuid" && [ "$found" = mpath-{wwid} ] || continue
        set -- "${{uuid%/dm/uuid}}"/slaves/*
        [ $# -ge {paths} ] && [ -e /dev/disk/by-id/dm-uuid-mpath-{wwid} ] && exit 0
    done
    sleep 0.2
done
exit {NO_MAP}""",
        timeout=SCAN_AGAIN_SECONDS + 60,
        check=False,
    )
    if done.returncode not in (0, NO_MAP):
        raise LabError(f"{ssh.name} failed while it was waiting for map {wwid}: {done.stderr.decode(errors='replace')}")
    return done.returncode == 0


class NodeVerbs:
    """Part of Lab: needs `array`, `ssh` and `transport`."""

    def _svm(self, name):
        svms = (topology.FC_SVM,) if self.transport == "fc" else topology.SVMS
        if name not in svms:
            raise LabError(f"There is no SVM {name}; there are: {', '.join(svms)}")
        return topology.SVMS[name]

    def _wwid(self, lun):
        return topology.wwid(self.array.serial_number(lun))

    def _on_device(self, lun, node, script):
        """Run a shell script on a node with $device set to the LUN's device."""
        return self.ssh(node).output(f"set -e\n{_DEVICE}\ndevice=$(device {self._wwid(lun)})\n{script}")

    def scan(self, node):
        """Let a node look for new LUNs on all its iSCSI sessions, or ports of FC. Devices it knows are left alone."""
        if self.transport == "fc":
            fc.login_again(self.ssh(node))
            return f"{node} has logged in again"
        self.ssh(node).run(
            "for host in /sys/class/iscsi_host/*; do echo '- - -' > /sys/class/scsi_host/${host##*/}/scan; done"
        )
        return f"{node} has scanned its sessions"

    def wait_for_map(self, lun, node):
        """Wait until a node has a multipath map of a LUN with a path on each fabric."""
        wwid = self._wwid(lun)
        self.wait_for_wwid(wwid, node, len(topology.FABRICS))
        return f"{node} has map {wwid}"

    def wait_for_wwid(self, wwid, node, paths):
        """Wait until a node has a multipath map of this WWID with so many paths.

        On a busy machine the kernel can give up a scan, and udev a worker. Nothing shows that afterwards, so the node
        scans again from time to time, and udev looks at the devices of this WWID again. Raises LabError with what the
        kernel and multipathd have instead.
        """
        ssh, deadline = self.ssh(node), time.monotonic() + MAP_SECONDS
        while not _has_map(ssh, wwid, paths):
            if time.monotonic() > deadline:
                has = ssh.output(_WHAT_IT_HAS, check=False, timeout=60)
                raise LabError(
                    f"{node} has no multipath map {wwid} with {paths} paths after {MAP_SECONDS} s.\n"
                    f"(Has it another device at this LUN id?) What it has:\n{has}"
                )
            say(f"{node} has no map {wwid} with {paths} paths after {SCAN_AGAIN_SECONDS} s; {self.scan(node)} again")
            ssh.run(_LOOK_AGAIN.format(naa=wwid[1:], wwid=wwid))

    def exclude(self, lun, node):
        """Let multipath on a node leave a LUN alone, so that its disks are in no map."""
        wwid = self._wwid(lun)
        self.ssh(node).run(
            "mkdir -p /etc/multipath/conf.d\n"
            f"printf 'blacklist {{\\n    wwid \"%s\"\\n}}\\n' {wwid} > /etc/multipath/conf.d/exclude-{lun}.conf\n"
            "multipathd reconfigure >/dev/null"
        )
        return f"multipath on {node} leaves {lun} ({wwid}) alone"

    def cut(self, node, fabric, svm=None):
        """Cut a node from a fabric, or only from one SVM's portal on it."""
        if svm and self.transport == "fc":
            raise LabError("Over FC a node is cut from a whole fabric: the array has one port on it.")
        if svm is None:
            self.ssh(node).run(f"ip link set {self._interface(fabric)} down")
            return f"{node} is cut from fabric {fabric}"
        address = self._svm(svm).address(fabric)
        self.ssh(node).run(f"ip route replace blackhole {address}/32")
        return f"{node} is cut from {svm} on fabric {fabric} ({address})"

    def heal(self, node, fabric=None):
        """Undo every cut of a node, on one fabric or on all."""
        fabrics = topology.FABRICS if fabric is None else (fabric,)
        lines = []
        for name in fabrics:
            lines.append(f"ip link set {self._interface(name)} up")
            lines += [f"ip route delete blackhole {svm.address(name)}/32 2>/dev/null" for svm in topology.SVMS.values()]
        self.ssh(node).run("\n".join([*lines, "true"]))
        return f"{node} is connected to fabric {' and '.join(fabrics)}"

    @staticmethod
    def _interface(fabric):
        if fabric not in topology.INTERFACES:
            raise LabError(f"There is no fabric {fabric}; there are: {', '.join(topology.INTERFACES)}")
        return topology.INTERFACES[fabric]

    def offline_path(self, lun, node):
        """Set one path of a LUN's map offline, as the kernel does when a device does not even answer a reset."""
        self._on_device(lun, node, 'set -- /sys/block/"${device##*/}"/slaves/*\necho offline > "$1"/device/state')
        return f"the kernel of {node} holds one path of {lun} for offline"

    def mount(self, lun, node, fs="ext4"):
        """Make a file system on a LUN and mount it on /mnt/LUN."""
        make = {
            "ext4": "mkfs.ext4 -q -F -E nodiscard,lazy_itable_init=1,lazy_journal_init=1",
            "xfs": "mkfs.xfs -q -f -K",
        }
        if fs not in make:
            raise LabError(f"There is no file system {fs} in the lab; there are: {', '.join(make)}")
        self._on_device(
            lun,
            node,
            (
                f"{make[fs]} $device\nmkdir -p /mnt/{lun}\nmount $device /mnt/{lun}\ndate > "
                f"/mnt/{lun}/lab\nsync -f /mnt/{lun}"
            ),
        )
        return f"{lun} is mounted on {node}:/mnt/{lun} ({fs})"

    def umount(self, lun, node):
        self.ssh(node).run(f"umount /mnt/{lun}")
        return f"{lun} is not mounted on {node} any more"

    def lvm(self, lun, node):
        """Put a volume group lab_LUN with an active logical volume `data` on a LUN."""
        self._on_device(
            lun, node, f"vgcreate -qq -y lab_{lun} $device\nlvcreate -qq -y -Wn -n data -l 50%FREE lab_{lun}"
        )
        return f"{lun} on {node} holds the logical volume lab_{lun}/data"

    def luks(self, lun, node):
        """Make a LUKS volume on a LUN and open it as /dev/mapper/luks_LUN."""
        cheap = "--type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file -"
        self._on_device(
            lun,
            node,
            f"printf lab | cryptsetup -q luksFormat {cheap} $device\n"
            f"printf lab | cryptsetup open --key-file - $device luks_{lun}",
        )
        return f"{lun} on {node} is opened as /dev/mapper/luks_{lun}"

    def hold(self, lun, node):
        """Let a process on a node keep a LUN's device open."""
        self._on_device(
            lun,
            node,
            "mkdir -p /run/lab\n"
            f"setsid sh -c 'echo $$ > /run/lab/hold-{lun}; exec sleep infinity' 3< $device > /dev/null 2>&1 &\n"
            f"until [ -s /run/lab/hold-{lun} ]; do sleep 0.1; done",
        )
        return f"a process on {node} holds {lun} open"

    def unhold(self, lun, node):
        self.ssh(node).run(f"kill $(cat /run/lab/hold-{lun}) && rm /run/lab/hold-{lun}")
        return f"{lun} on {node} is not held open any more"

    def record(self, node, folder):
        """Record what a node's kernel and tools say, for unit tests; see lab.recording."""
        path = recording.record(self.ssh(node), folder)
        return f"recorded {node} in {path} ({path.stat().st_size // 1024} kB)"
