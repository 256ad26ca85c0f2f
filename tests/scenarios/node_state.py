# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that a removal could change on a node, as lines of text, to compare before and after a removal.

Open counts are not among them: udev opens what changes whenever it likes.
"""

import re

SCRIPT = r"""
dmsetup table | sort | sed 's/^/table: /'
dmsetup info -c --noheadings -o name,uuid,suspended | sort | sed 's/^/dm: /'
# Without a process for each word: these are slow on an emulated CPU.
for disk in /sys/class/scsi_device/*; do
    [ -e $disk/device/block ] || continue
    set -- $disk/device/block/*
    read -r state < $disk/device/state
    echo "disk: ${disk##*/} ${1##*/} $state"
done
for session in /sys/class/iscsi_session/*; do
    read -r state < $session/state
    read -r timeout < $session/recovery_tmo
    echo "session: ${session##*/} $state $timeout"
done
for port in /sys/class/fc_remote_ports/*; do
    [ -e $port/port_state ] || continue
    read -r target < $port/scsi_target_id
    [ "$target" != -1 ] || continue  # a port of another node
    read -r state < $port/port_state
    read -r timeout < $port/dev_loss_tmo
    echo "remote port: ${port##*/} $state $timeout"
done
sed 's/^/mount: /' /proc/mounts
sed 's/^/swap: /' /proc/swaps
grep -v '^#' /etc/multipath/wwids | sort | sed 's/^/wwid: /'
ls -d /dev/mapper/* /dev/sd* | sed 's/^/file: /'
multipathd show maps format 'queueing: %n %Q' | tail -n +2 | sort
echo "daemon: $(cat /run/multipathd.pid)"
[ ! -e /run/sanops.multipath/quarantine.json ] || echo quarantine
true
"""


def read(node):
    """Return the state of a node (of lab.ssh) now."""
    return node.output(SCRIPT).splitlines()


def disks(lines, hctl):
    """Return the kernel names of the disk at an address, as a state has them."""
    return [line.split()[2] for line in lines if line.startswith(f"disk: {hctl} ")]


def without(lines, words):
    """Return the lines that hold none of the words; a word stands alone (sda is not in sdaa)."""
    pattern = re.compile("|".join(rf"(?<![0-9A-Za-z:]){re.escape(word)}(?![0-9A-Za-z])" for word in words))
    return [line for line in lines if not pattern.search(line)]
