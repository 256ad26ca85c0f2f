# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host on which somebody uses a device, laid out as the kernel lays it out."""

import json

from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from ansible_collections.sanops.multipath.plugins.module_utils._users import find as find_users
from support import trees

DOCKER = "0::/system.slice/docker-" + "0123456789ab" + 52 * "c" + ".scope"
UDEV = "0::/system.slice/systemd-udevd.service/udev"


class Nodes(Tree):
    """A tree whose device files are in a table, as a test may not make real ones; whoever stats a file of a dead
    NFS server never comes back.
    """

    def __init__(self, root):
        super().__init__(root)
        self.nodes, self.characters, self.broken, self.forbidden = {}, {}, set(), {}  # forbidden: {path: how often}

    def node(self, path):
        target = self.link(path) or path
        assert not target.startswith("/nfs"), "this would hang"
        block, character = self.nodes.get(target), self.characters.get(target)
        return ("block", block) if block else ("character", character) if character else None

    def block_number(self, path):
        found = self.node(path)
        return found[1] if found and found[0] == "block" else None

    def names(self, path, **options):
        if path in self.broken:
            raise OSError(5, "Input/output error")
        return [] if self.is_forbidden(path, **options) else super().names(path)

    def link(self, path, **options):
        return None if self.is_forbidden(path, **options) else super().link(path)

    def is_forbidden(self, path, strict=False):
        if not self.forbidden.get(path):
            return False
        self.forbidden[path] -= 1
        if strict:
            raise PermissionError(13, "Permission denied")
        return True


class Host(trees.Host):
    """A tree of sysfs and proc files, made by the few strokes that these tests need."""

    def __init__(self, root):
        self.root, self.tree = root, Nodes(str(root))
        self.process(1, "systemd", files=["/dev/null"])

    def file(self, path, text=""):
        return super().file(path, text + "\n")

    def link(self, path, to):
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(to)

    def disk(self, name, dev_t, parts=()):
        self.file("/sys/devices/block/%s/dev" % name, dev_t)
        self.link("/sys/block/" + name, "../devices/block/" + name)
        self.link("/sys/class/block/" + name, "../../devices/block/" + name)
        self.tree.nodes["/dev/" + name] = dev_t
        for number, part in enumerate(parts, 1):
            part_dev_t = "%s:%d" % (dev_t.split(":")[0], int(dev_t.split(":")[1]) + number)
            self.file("/sys/devices/block/%s/%s/partition" % (name, part), str(number))
            self.file("/sys/devices/block/%s/%s/dev" % (name, part), part_dev_t)
            self.link("/sys/class/block/" + part, "../../devices/block/%s/%s" % (name, part))
            self.tree.nodes["/dev/" + part] = part_dev_t

    def generic(self, hctl, sd):
        """The nodes by which SCSI commands go to a disk past its block device."""
        here = "/sys/devices/platform/host3/session1/target3:0:0/%s/" % hctl
        self.link(
            "/sys/class/scsi_device/%s/device" % hctl, "../../../devices/platform/host3/session1/target3:0:0/" + hctl
        )
        self.file(here + "block/%s/x" % sd, "")
        for dev_t, node, place in (
            ("21:3", "/dev/sg3", "scsi_generic/sg3"),
            ("249:3", "/dev/bsg/" + hctl, "bsg/" + hctl),
        ):
            self.file(here + place + "/dev", dev_t)
            self.link(
                "/sys/dev/char/" + dev_t, "../../devices/platform/host3/session1/target3:0:0/%s/%s" % (hctl, place)
            )
            self.tree.characters[node] = dev_t

    def dm(self, name, minor, dm_name, uuid, below):
        self.disk(name, "253:%d" % minor)
        self.file("/sys/devices/block/%s/dm/name" % name, dm_name)
        self.file("/sys/devices/block/%s/dm/uuid" % name, uuid)
        for one in below:
            self.holder(one, name)

    def holder(self, below, name):
        holders = self.root / "sys/class/block" / below / "holders"
        holders.mkdir(exist_ok=True)
        (holders / name).symlink_to("../../" + name)

    def mounts(self, *lines, pid=1):
        self.file("/proc/%d/mountinfo" % pid, "\n".join(lines))

    def process(
        self,
        pid,
        comm,
        mounts=(),
        namespace="mnt:[1]",
        files=(),
        cgroup="0::/",
        program=None,
        root="/",
        state="S",
        uid=0,
    ):
        here = "/proc/%d/" % pid
        self.file(here + "comm", comm)
        if mounts is not None:
            self.mounts(*mounts, pid=pid)
        self.link(here + "ns/mnt", namespace)
        self.link(here + "root", root)
        self.link(here + "exe", program or "/usr/bin/" + comm)
        self.file(here + "cgroup", cgroup)
        self.file(here + "task/%d/stat" % pid, "%d (%s) %s 1 1" % (pid, comm, state))
        self.file(here + "status", "Name:\t%s\nUid:\t%d\t%d\t%d\t%d" % (comm, uid, uid, uid, uid))
        self.opened(here, files)

    def opened(self, here, files):
        for number, opened in enumerate(files):
            path, mount_id = opened if isinstance(opened, tuple) else (opened, "9")
            self.link(here + "fd/%d" % number, path)
            self.file(here + "fdinfo/%d" % number, "pos:\t0\nflags:\t02\nmnt_id:\t%s\nino:\t5" % mount_id)


def look(host, *names):
    names = names or ["dm-0", "sda"]
    items = json.loads(json.dumps(list(find_users.find(host.tree, names))))  # as it comes out of the child
    return find_users.by_name(items, names, None)


def users(host, *names):
    found, unread = look(host, *names)
    assert unread == []
    return {name: [(user["kind"], user["detail"]) for user in some] for name, some in found.items()}


def openers_of(host):
    return [(item["opener"], item["name"]) for item in find_users.find(host.tree, ["dm-0", "sda"]) if "opener" in item]


def mount(dev_t, where, source="/dev/mapper/mpatha", options="rw", fstype="ext4", number="36", own="rw", root="/"):
    return "%s 35 %s %s %s %s,relatime shared:1 - %s %s %s" % (number, dev_t, root, where, own, fstype, source, options)
