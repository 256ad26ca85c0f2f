# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Work on the host from inside a privileged container, where the host itself has no Python: docs/kubernetes-nodes.md.

The container has the host's / mounted, and names that folder in VARIABLE. With it as root directory, every file and
every command is the host's; but users, sockets and semaphores are the host's only in its namespaces. Half a view
misses users, so whatever is not the host's is a reason to refuse.
"""

import contextlib
import io
import os
import sys
from importlib import machinery

VARIABLE = "SANOPS_MULTIPATH_HOST_ROOT"
# What the host's commands get; a container's LD_LIBRARY_PATH or HOME is no place on the host. systemctl takes a changed
# root directory for an image that is being built, and there does nothing.
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "SYSTEMD_IGNORE_CHROOT": "1",
}
_CAPABILITIES = (("CAP_SYS_CHROOT", 18), ("CAP_SYS_PTRACE", 19), ("CAP_SYS_ADMIN", 21))  # linux/capability.h
# Each namespace, what of a pod's specification gives the host's, and what is missed without it.
_NAMESPACES = (
    ("pid", "hostPID: true", "the processes that use a device"),
    ("net", "hostNetwork: true", "the sockets of multipathd and iscsid"),
    ("ipc", "hostIPC: true", "the semaphores by which udev tells device-mapper that it has finished"),
)
_FOLDERS = ("", "/dev", "/etc", "/proc", "/run", "/sys")


@contextlib.contextmanager
def entered(module):
    """Make / the host's within this context; nothing can be imported then. Where VARIABLE is not set, nothing happens.

    *module*: AnsibleModule; ends with the reason where the folder is not wholly the host's. At the end / is the
    container's again: Ansible removes from there what it has unpacked.
    """
    folder = os.environ.get(VARIABLE)
    if not folder:
        yield
        return
    why = why_not(folder)
    if why:
        module.fail_json(msg=f"{VARIABLE} is set, and this container cannot work on its host: {why}")
    _rehearse(module)
    environment, finders, places = (
        dict(os.environ),
        list(sys.meta_path),
        [os.open(path, os.O_RDONLY | os.O_CLOEXEC) for path in ("/", ".")],
    )
    try:
        os.chroot(folder)
        os.chdir("/")
        # A host may have a Python after all, of another version: none of its files may come in.
        sys.meta_path[:] = [machinery.BuiltinImporter, machinery.FrozenImporter]
        _set(_ENVIRONMENT)
        yield
    finally:
        os.fchdir(places[0])
        os.chroot(".")
        os.fchdir(places[1])
        for place in places:
            os.close(place)
        sys.meta_path[:] = finders
        _set(environment)


def why_not(folder):
    """Return why *folder* is not the host's / as process 1 of the host has it, or why this process may not work there;
    None: all is well.
    """
    if not os.path.isabs(folder):
        return f"{folder} is no absolute path"
    missing = [path for path in ("/proc/1", "/proc/self", "/sys/block", "/dev") if not os.path.isdir(folder + path)]
    if missing:
        return (
            f"{folder} has no {missing[0]}: it is not the root directory of a host, with all that is mounted below it"
        )
    here = folder + "/proc/self"  # not the container's own /proc, which may be another namespace's
    return _lacks_rights(here) or _lacks_namespace(folder) or _is_another(folder) or _keeps_mounts(folder, here)


def _lacks_rights(here):
    if os.geteuid() != 0:
        return "it runs as user %d, not as root" % os.geteuid()
    said = [line.split()[1] for line in _read(here + "/status").split("\n") if line.startswith("CapEff:")]
    lacking = [name for name, bit in _CAPABILITIES if not said or not int(said[0], 16) >> bit & 1]
    return f"it lacks {', '.join(lacking)}: the container has to be privileged" if lacking else None


def _lacks_namespace(folder):
    for name, option, missed in _NAMESPACES:
        try:
            ours, theirs = (os.readlink(f"{folder}/proc/{pid}/ns/{name}") for pid in ("self", "1"))
        except OSError as exc:
            return (
                f"whether its {name} namespace is the host's cannot be read ({exc.strerror}): is the "
                "container privileged, with the host's users?"
            )
        if ours != theirs:
            return 'its %s namespace is not the host\'s, so it would miss %s: the pod needs "%s"' % (
                name,
                missed,
                option,
            )
    return None


def _is_another(folder):
    for path in _FOLDERS:
        try:
            ours, theirs = os.stat(folder + path), os.stat(folder + "/proc/1/root" + path)
        except OSError as exc:
            return f"whether {folder + path} is the host's {path or '/'} cannot be read ({exc.strerror})"
        if (ours.st_dev, ours.st_ino) != (theirs.st_dev, theirs.st_ino):
            return (
                f"{folder + path} is not what process 1 of the host has as {path or '/'}: mount the "
                "host's / there, with all that is mounted below it"
            )
    return None


def _keeps_mounts(folder, here):
    """Return why this process would keep mounts that the host unmounts, and so their devices busy: the mount is no
    slave of the host's.
    """
    mounts = [
        line.split(" ") for line in _read(here + "/mountinfo").split("\n")
    ]  # proc(5); the optional fields end with a dash
    options = [
        words[6 : words.index("-")] for words in mounts if words[4:5] == [os.path.normpath(folder)] and "-" in words
    ]
    if not options:
        return f"{folder} is no mount"
    if not any(word.startswith("master:") for word in options[-1]):
        return (
            f'what the host unmounts would stay mounted below {folder}: the mount needs "mountPropagation: '
            'HostToContainer"'
        )
    return None


def _rehearse(module):
    """Have everything imported that is imported only when it is needed: by ansible-core to end a module, by Python
    to start a program.
    """
    os.get_exec_path()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        try:
            raise OSError("a rehearsal")
        except OSError as exc:
            module.fail_json(msg=str(exc))


def _set(environment):
    os.environ.clear()
    os.environ.update(environment)


def _read(path):
    with open(path, "rb") as file:
        return file.read().decode("utf-8", "backslashreplace")
