# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The single steps of a removal, each in a child with a deadline, each with a check of what it did. Nothing here asks
whether it may.

A step returns None where it did what it says, else the reason as text. Deadlines are readings of time.monotonic().
"""

import errno
import os
import time

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import devices as kernel_devices
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import dm
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._system import child

WWIDS_FILE = "/etc/multipath/wwids"
_PAUSE = 0.05
_BEGUN = "begun"
_HALF = 5  # seconds that multipathd has to answer, before another way is taken
_CLOSE_SECONDS = 10  # a process that hangs on a map ends when its I/O fails
_CLAIM_SECONDS = 2  # multipathd and udev open a disk O_EXCL for a moment, to see whether it is in use


def set_queueing(tree, name, on, deadline):
    """Tell multipathd to switch a map's queueing off, or back to what its configuration says."""
    return _tell(tree, "%s map %s" % ("restorequeueing" if on else "disablequeueing", name), deadline)


def take(found_map, deadline):
    """Check that nobody holds a map O_EXCL (a mount, a volume, an export do) by opening it so for a moment: whoever has
    it open then only reads it. Returns None, or why not.

    *found_map*: as devices.maps or devices.partitions yields it. Checked where udev seems to be the only opener, and of
    the map of a partition: what the kernel itself has open shows nowhere else.
    The kernel says at once whether somebody holds it, before it waits for anything (fs/block_dev.c, later block/bdev.c:
    the claim comes before the lock). So a timeout does not mean EBUSY: the lock is held by a process that closes the
    map and waits for its I/O. Our child waits with it.
    """
    free, error = child.call(
        lambda: _claim("/dev/" + found_map["dm"], keep=False), min(deadline, time.monotonic() + _HALF)
    )
    return (
        None
        if free or error == child.TIMED_OUT
        else "somebody holds %s exclusively%s" % (found_map["name"], f": {error}" if error else "")
    )


def wait_until_closed(tree, found_map, deadline):
    """Wait until nobody has a map open, but the maps of its partitions, nor these; or a while.

    The removal that follows finds out whether that is so.
    """

    def is_closed():
        maps = list(kernel_devices.maps(tree, [found_map["dm"]]))
        answers, error = child.stream(lambda: dm.look(maps), deadline)
        view = (answers or [{}])[0].get("view")
        if error or not view or not maps:
            return False
        below = [part["below"] for part in maps[0]["partitions"]]
        counts = dict(view["partitions"], **{found_map["dm"]: view["open_count"]})
        return all(count is not None and count <= below.count(device) for device, count in counts.items())

    _soon(is_closed, min(deadline, time.monotonic() + _CLOSE_SECONDS))


def restore_queueing(tree, found_map, deadline):
    """Switch a map's queueing on again, and see that multipathd and the map's table both have it, or that the map is
    gone.

    *found_map*: as devices.maps gives it. multipathd is asked until it says ok: what it keeps of a queueing that was
    switched off would switch it off again at the next reload of the map. Where it does not say so in time,
    device-mapper switches the queueing on, so that I/O waits, and the reason is given. A multipathd that does not run
    keeps nothing.
    """
    half = deadline - _HALF
    while True:
        why = set_queueing(tree, found_map["name"], True, min(half, time.monotonic() + _HALF))
        queues = _queues(found_map, deadline)
        if queues is None or why is None and queues:
            return None
        runs = multipathd.daemon(tree)["running"]
        if why is None or not runs or time.monotonic() >= half:
            break
        time.sleep(_PAUSE)
    output = error = ""
    if not queues:
        dummy, output, error = child.run(["dmsetup", "message", found_map["name"], "0", "queue_if_no_path"], deadline)
        queues = _queues(found_map, deadline)
        if queues is None:
            return None
    if not queues:
        return (
            f"the queueing of {found_map['name']} is still off: {why or 'multipathd says it switched it on'}; "
            f"{error or ' '.join(output.split())}"
        )
    if why and runs:
        return (
            "the queueing of %s is on, but multipathd may switch it off again: %s. Run "
            '"multipathd restorequeueing map %s" until it says ok'
        ) % (found_map["name"], why, found_map["name"])
    return None


def _queues(found_map, deadline):
    """Return whether the live table of a map queues without a path; None where there is no such map."""
    answers, error = child.stream(lambda: dm.look([found_map]), deadline)
    answer = (answers or [{}])[0]
    if error or "error" in answer:
        return False
    return (answer.get("view") or {}).get("queue_if_no_path")


def flush(tree, wwid, name, deadline):
    """Have the map and those of its partitions removed by `multipath -f`.

    What counts is not its exit code but whether the map is gone.
    """
    code, output, error = child.run(["multipath", "-f", "--", name], deadline)
    if not error and _soon(lambda: not is_there(tree, wwid), deadline if code == 0 else time.monotonic()):
        return None
    return "multipath -f %s: %s" % (
        name,
        error or " ".join(output.split()) or f"exit code {code}, and the map is still there",
    )


def remove(tree, wwid, deadline):
    """Remove a map that has no path and no opener by device-mapper itself, by its UUID, which no other map can have.

    Never by force.
    """
    code, output, error = child.run(["dmsetup", "remove", "--uuid", dm.MAP_UUID + wwid], deadline)
    if not error and _soon(lambda: not is_there(tree, wwid), deadline if code == 0 else time.monotonic()):
        return None
    return "dmsetup remove: %s" % (error or " ".join(output.split()) or f"exit code {code}, and the map is still there")


def drop(tree, sd, deadline):
    """Have multipathd take one path out of its map."""
    return _tell(tree, "del path " + sd, deadline)


def delete(tree, hctl, wwid, deadline):
    """Delete one SCSI device that nobody holds O_EXCL. Returns (why not or None, whether the write hangs).

    The file is opened first: a write to it can only reach the device that was there then, not one that has its address
    now. Then the disk is opened O_EXCL, as a mount does: that fails for what is mounted, swap, or part of anything, and
    nobody can mount it while we hold it.
    """

    def write():
        here = f"/sys/class/scsi_device/{hctl}/device/"
        handle = os.open(tree.root + here + "delete", os.O_WRONLY)
        why = _why_not(tree, here, wwid)
        yield why or _BEGUN
        if not why:
            os.write(handle, b"1\n")

    said, error = child.stream(write, deadline)
    if error == child.TIMED_OUT:
        return (
            "the delete of %s does not end"
            if _BEGUN in said
            else "the delete of %s was given up: it cannot be opened in time"
        ) % hctl, _BEGUN in said
    if error and "No such device" not in error and "No such file" not in error:
        return f"the delete of {hctl} failed: {error}", False
    why = None if error else said[0]
    return (None if why in (None, _BEGUN) else f"the delete of {hctl} was given up: {why}"), False


def _why_not(tree, here, wwid):
    """Return why the SCSI device in the folder *here* of sysfs may not be deleted after all, or None: then we hold
    it O_EXCL until this process ends.
    """
    found = next(iter(identity.wwids(tree.data(here + "vpd_pg83"))), None)
    if found != wwid:
        return f"the kernel holds {found or 'no identity'} there now"
    if tree.text(here + "state") == "blocked":
        return "it is blocked now"
    for sd in tree.names(here + "block"):
        held = tree.names(f"{here}block/{sd}/holders")
        if held:
            return f"{', '.join(held)} lies on it now"
        if not _claim(tree.root + "/dev/" + sd):
            return "somebody holds it exclusively (it is mounted, swap, or part of another device)"
    return None


def _claim(file, keep=True):
    """Open a device O_EXCL, until this process ends (*keep*) or for a moment. Returns whether nobody else holds it; a
    device that is too dead to be opened was claimed before it said so.
    """

    def claimed():
        try:
            handle = os.open(file, os.O_RDONLY | os.O_EXCL | os.O_NONBLOCK)
        except OSError as exc:
            return exc.errno != errno.EBUSY
        if not keep:
            os.close(handle)
        return True

    return _soon(claimed, time.monotonic() + _CLAIM_SECONDS)


def logout(tree, sid, deadline):
    """Log one iSCSI session out, and see that it is gone."""
    dummy, output, error = child.run(["iscsiadm", "-m", "session", "-r", str(sid), "-u"], deadline)
    if not error and _soon(lambda: not tree.exists(f"/sys/class/iscsi_session/session{sid}"), deadline):
        return None
    return "iscsiadm -m session -r %d -u: %s" % (sid, error or " ".join(output.split()) or "the session is still there")


def wait_until_gone(tree, hctl, sd, deadline):
    """Wait until a deleted device has left sysfs, /dev and multipathd, where that runs."""

    def kernel_has_it():
        return (
            tree.exists("/sys/class/scsi_device/" + hctl) or sd is not None and hctl in kernel_devices.hctls(tree, [sd])
        )

    def file_is_there():
        return sd is not None and tree.exists("/dev/" + sd) and not tree.exists("/sys/block/" + sd)

    def daemon_has_it():
        return sd is not None and _daemon_has(tree, sd, hctl, deadline)

    for what, there in (("the kernel", kernel_has_it), ("/dev", file_is_there), ("multipathd", daemon_has_it)):
        if not _soon(lambda there=there: not there(), deadline):
            return f"{what} still has {sd} ({hctl}) after its delete"
    return None


def forget(tree, wwid, deadline):
    """Take the WWID out of multipath's wwids file, so that no device of that name becomes a map by itself."""
    if not is_remembered(tree, wwid):
        return None
    dummy, output, error = child.run(["multipath", "-w", "--", wwid], deadline)
    if is_remembered(tree, wwid):
        return "multipath -w %s: %s" % (wwid, error or " ".join(output.split()) or f"it is still in {WWIDS_FILE}")
    return None


def not_scanned(tree, hctl):
    """Return why the address of a LUN is not scanned, or None: on a host that is not iSCSI a scan may take minutes."""
    host = "host" + hctl.split(":")[0]
    if host in tree.names("/sys/class/iscsi_host"):
        return None
    return f"{host} is no iSCSI host, and no other is scanned; scan the LUN there by hand"


def scan(tree, hctl, deadline):
    """Have one LUN looked for at its address again, on an iSCSI host only (see not_scanned)."""
    why = not_scanned(tree, hctl)
    if why:
        return why
    host, channel, target, lun = hctl.split(":")

    def write():
        with open(tree.root + f"/sys/class/scsi_host/host{host}/scan", "w") as file:
            file.write("%s %s %s\n" % (channel, target, lun))

    return child.call(write, deadline)[1]


def is_there(tree, wwid):
    """Return whether the map *wwid*, or the map of one of its partitions, is there."""
    uuids = (
        tree.text(f"/sys/block/{name}/dm/uuid") or "" for name in tree.names("/sys/block") if name.startswith("dm-")
    )
    return any(uuid.rpartition(dm.MAP_UUID)[2] == wwid for uuid in uuids)


def disks_of(tree, wwid):
    """Return [H:C:T:L] of the SCSI devices that the kernel holds under an identity."""
    files = {hctl: f"/sys/class/scsi_device/{hctl}/device/vpd_pg83" for hctl in tree.names("/sys/class/scsi_device")}
    return [hctl for hctl, file in sorted(files.items()) if wwid in identity.wwids(tree.data(file))[:1]]


def is_remembered(tree, wwid):
    """Return whether the WWID is in multipath's wwids file."""
    return f"/{wwid}/" in (tree.text(WWIDS_FILE) or "").split()


def _tell(tree, command, deadline):
    """Have multipathd do something: None, or why it did not."""
    if not multipathd.daemon(tree)[
        "running"
    ]:  # stopped since the guards asked: to connect to systemd's socket would start it
        return f'multipathd did not take "{command}": it is not running'
    try:
        reply = multipathd.ask(command, deadline).strip()
    except (OSError, ValueError) as exc:
        return f'multipathd did not answer "{command}": {exc}'
    return None if reply == "ok" else f'multipathd answered {reply[:60]!r} to "{command}"'


def _daemon_has(tree, sd, hctl, deadline):
    if not multipathd.daemon(tree)["running"]:  # it has nothing; and to connect to systemd's socket would start it
        return False
    try:
        if multipathd.is_unknown(multipathd.ask("show path " + sd, deadline)):
            return False
        # Another disk may have its name by now; a list of all says so, and takes the longer the more there are.
        return hctl in multipathd.ask('show paths format "%i"', deadline).split()
    except (OSError, ValueError):
        return True  # it did not say so; the caller reports it at the deadline


def _soon(happened, deadline):
    while not happened():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_PAUSE)
    return True
