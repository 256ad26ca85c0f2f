# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a host is, as far as the rules need it: its system, what else on it touches SAN devices, and the SAN file
systems that the kernel has stopped.

Only files are read. /etc/pve is a FUSE file system that may hang, so look() belongs in a child and gives its parts one
by one.
"""

import functools
import re
import time

from ansible_collections.sanops.multipath.plugins.module_utils._core import schema
from ansible_collections.sanops.multipath.plugins.module_utils._host import layers as host_layers
from ansible_collections.sanops.multipath.plugins.module_utils._host import lvm_conf, nvme, proxmox, volumes
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import log as kernel_log
from ansible_collections.sanops.multipath.plugins.module_utils._system import child
from ansible_collections.sanops.multipath.plugins.module_utils._users import mounts as users_mounts
from ansible_collections.sanops.multipath.plugins.module_utils._users import openers

# The kubelet itself, and what has it inside: k3s, RKE2 before its own, MicroK8s, and OpenShift before 4.
_KUBELETS = ("kubelet", "k3s", "k3s-server", "k3s-agent", "rke2", "kubelite", "hyperkube")


def look(tree, maps, paths):
    """Yield [part] when a part is begun, and [part, facts, None] or [part, None, why] at its end: one that hangs does
    not cost those before it.

    *maps*, *paths*: what the kernel believes (_kernel/devices.py).
    """
    system, layers = os_release(tree), functools.lru_cache(maxsize=1)(lambda: host_layers.Layers(tree, maps, paths))
    return child.read_parts(
        [
            ("os", lambda: system),
            ("kubelet", lambda: kubelet(tree)),
            ("lvm", lambda: lvm_conf.look(tree, maps, system["os"], system["os_version"])),
            ("volumes", lambda: volumes.look(layers())),
            ("read_only", lambda: read_only(tree, layers())),
            ("nvme", lambda: nvme.look(tree)),
            ("proxmox", lambda: proxmox.look(tree, layers())),
        ]
    )


def together(items, error):
    """Return (the fact platform from what look() yielded, [(part, why)] of what could not be read); *error*: why it
    ended early, or None.
    """
    known, unread = child.join_parts(schema.PLATFORM, items, error)
    platform = known.pop("os") or {"os": None, "os_version": None, "os_like": []}
    return dict(platform, **known), unread


def os_release(tree):
    """Return {'os': ID, 'os_version': VERSION_ID, 'os_like': [ID_LIKE]} as os-release(5) has them; os is None where
    there is none.
    """
    text = tree.text("/etc/os-release") or tree.text("/usr/lib/os-release")
    found = dict(re.findall(r"""^([A-Z_]+)=["']?([^"'\n]*)["']?\s*$""", text or "", re.MULTILINE))
    return {
        "os": found.get("ID", None if text is None else "linux"),
        "os_version": found.get("VERSION_ID"),
        "os_like": found.get("ID_LIKE", "").split(),
    }


def kubelet(tree):
    """Return whether this host is a node of a Kubernetes cluster: a kubelet runs.

    Raises OSError where the processes cannot be read.
    """
    found = openers.pids(tree)
    if not found:
        raise OSError("the processes could not be read")
    return any(tree.text(f"/proc/{pid}/comm") in _KUBELETS for pid in found)


def read_only(tree, layers):
    """Return the file systems on SAN devices that take no more writes: {'stopped': [{'device', 'wwid', 'mountpoint' or
    None, 'fstype' or None, 'why', 'first_error', 'first_warning'}], 'unsure': [the same]}. They are looked for where
    the host itself sees them.

    'first_error': {'time', 'function', 'block', 'inode'} as ext4 has it on the file system itself, maybe from an
    earlier boot, or None; 'first_warning': {'time', 'text', 'whole': whether the log goes back to the boot} of the
    kernel log since the mount, or None. Times are UTC, or None: not known.

    Unsure is one that looks well, of a kind that shows nothing in its options, where the kernel log has already
    forgotten its beginning.
    """
    stack = layers.stack
    on = {
        block: layers.devices[min(below)] for block, below in layers.on.items()
    }  # block device: WWID of the SAN device below it
    log, booted = kernel_log.look(tree), _booted(tree)
    said, whole = log["stopped"], log["whole"]
    stopped, unsure, seen, reported = [], [], set(), set()

    def found(file_system, why):
        return dict(
            file_system,
            why=why,
            first_error=_first_error(tree, file_system["device"]),
            first_warning=_first_warning(log, file_system["device"], booted),
        )

    mounts = tree.text("/proc/1/mountinfo")
    if mounts is None:
        raise OSError("the mounts of the host could not be read")
    for line in mounts.split("\n"):
        mount = users_mounts.parse_mountinfo_line(line)
        device = mount and (stack.by_number(mount["dev_t"]) or stack.by_path(mount["source"]))
        if device not in on or device in reported:  # each file system once, wherever else it is mounted
            continue
        seen.add(device)
        file_system = {
            "device": device,
            "wwid": on[device],
            "mountpoint": mount["mountpoint"],
            "fstype": mount["fstype"],
        }
        why = users_mounts.stopped(mount, said.get(device))
        if why:
            reported.add(device)
            stopped.append(found(file_system, why))
        elif not whole and not mount["read_only"] and _may_hide(tree, mount["fstype"], device):
            reported.add(device)
            unsure.append(
                found(file_system, f"{mount['fstype']} tells it in the kernel log only, whose beginning is lost")
            )
    for device in sorted(set(said) & set(on) - seen):
        stopped.append(
            found(
                {"device": device, "wwid": on[device], "mountpoint": None, "fstype": None},
                "the kernel says: " + said[device],
            )
        )
    return {"stopped": stopped, "unsure": unsure}


def _may_hide(tree, fstype, device):
    """Return whether a file system may have been stopped without a sign of it in its options: XFS, and an ext4 that has
    ever counted an error, or does not tell.
    """
    return fstype == "xfs" or fstype == "ext4" and tree.number(f"/sys/fs/ext4/{device}/errors_count") != 0


def _first_error(tree, device):
    here = f"/sys/fs/ext4/{device}/first_error_"
    seconds = tree.number(here + "time")
    if not seconds:  # it has counted none, or is no ext4
        return None
    return {
        "time": _utc(seconds),
        "function": tree.text(here + "func") or None,
        "block": tree.number(here + "block"),
        "inode": tree.number(here + "ino"),
    }


def _first_warning(log, device, booted):
    if device not in log["first"]:
        return None
    seconds, text = log["first"][device]
    return {"time": None if booted is None else _utc(booted + seconds), "text": text, "whole": log["whole"]}


def _booted(tree):
    """Return when the host booted, in seconds since 1970, by its clock as it is now; None: not known."""
    found = re.search("^btime ([0-9]+)$", tree.text("/proc/stat") or "", re.MULTILINE)
    return int(found.group(1)) if found else None


def _utc(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
