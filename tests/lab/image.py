# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base images that the machines of every lab boot from: one for each generation of Debian.

An image is a folder build/lab/images/HASH with `root.img` (raw ext4), `vmlinux` and `initrd.gz`.
HASH covers everything the image is made from, so an image is never out of date: it is another one.
"""

import fcntl
import gzip
import hashlib
import lzma
import os
import shutil
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from lab import topology
from lab.errors import LabError
from lab.progress import say, step

DEFAULT_MIRROR = "http://deb.debian.org/debian"
ROOT_SIZE = "1536M"
INPUTS = Path(__file__).parent / "image"
FORMAT = 5
"""Raise it when this file changes what an image holds."""

APT_PACKAGES = (
    "busybox-static cpio debian-archive-keyring e2fsprogs mmdebstrap openssh-client qemu-system-x86 qemu-utils tar zstd"
).split()
"""Debian packages that the lab needs on the machine it runs on."""

_COMMANDS = {
    "busybox": "busybox-static",
    "cpio": "cpio",
    "mkfs.ext4": "e2fsprogs",
    "mmdebstrap": "mmdebstrap",
    "qemu-img": "qemu-utils",
    "qemu-system-x86_64": "qemu-system-x86",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "tar": "tar",
    "zstd": "zstd",
}

GUEST_PACKAGES = (
    "btrfs-progs cryptsetup-bin e2fsprogs iproute2 kmod kpartx lvm2 mdadm multipath-tools nbd-client nbd-server "
    "open-iscsi openssh-server procps psmisc python3 sg3-utils systemd systemd-sysv udev xfsprogs"
).split()

BOOT_MODULES = ["virtio_pci", "virtio_blk", "crc32c_generic", "ext4"]
"""Kernel modules (with what they depend on) without which the root disk cannot be mounted."""

_APT_SETTINGS = ("Acquire::http::Proxy", "Acquire::https::Proxy", "Acquire::Check-Valid-Until", "Acquire::Check-Date")


def check_tools():
    """Raise LabError, naming the one command to run, when the machine lacks something."""
    os.environ["PATH"] += os.pathsep + os.pathsep.join(["/usr/sbin", "/sbin"])
    missing = sorted({package for command, package in _COMMANDS.items() if shutil.which(command) is None})
    if missing:
        raise LabError(
            f"The lab needs programs that are not installed. Run: apt-get install "
            f"--no-install-recommends {' '.join(missing)}"
        )


def image_hash(suite, inputs=INPUTS):
    """Return 16 hex digits over everything that an image is made from."""
    digest = hashlib.sha256(repr((FORMAT, suite, GUEST_PACKAGES, BOOT_MODULES, ROOT_SIZE)).encode())
    for path in sorted(path for path in inputs.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(inputs)}\0{os.access(path, os.X_OK)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def mirror(suite, sources=Path("/etc/apt"), pocket=""):
    """Return the Debian mirror that this machine's own apt uses, if any, else the default one.

    `pocket` is what follows the name of a release in that of a suite: "-security" has an archive of its own.
    """
    files = [sources / "sources.list", *sorted((sources / "sources.list.d").glob("*"))]
    for path in files:
        if not path.is_file():
            continue
        for uri, suites, components in _apt_entries(path):
            if "main" in components and any(part in (suite + pocket, f"{_host_codename()}{pocket}") for part in suites):
                return uri
    return DEFAULT_MIRROR + (pocket if pocket == "-security" else "")


def _apt_entries(path):
    """Yield (uri, suites, components) of each `deb` entry of a sources.list or deb822 file."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".sources":
        for stanza in text.split("\n\n"):
            fields = dict(line.split(":", 1) for line in stanza.splitlines() if ":" in line and line[:1] not in "# ")
            if "deb" in fields.get("Types", "").split():
                for uri in fields.get("URIs", "").split():
                    yield uri, fields.get("Suites", "").split(), fields.get("Components", "").split()
    elif path.suffix == ".list":
        for line in text.splitlines():
            words = line.split("#")[0].split()
            if words[:1] == ["deb"]:
                while len(words) > 1 and (words[1].startswith("[") or words[1].endswith("]") or "=" in words[1]):
                    del words[1]
                if len(words) > 3:
                    yield words[1], [words[2]], words[3:]


def _host_codename():
    for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.split("=", 1)[1].strip('"')
    return None


def apt_options():
    """Return mmdebstrap options that carry over how this machine's apt reaches its mirror."""
    dump = subprocess.run(["apt-config", "dump", *_APT_SETTINGS], capture_output=True, text=True, check=False).stdout
    return [f"--aptopt={line}" for line in dump.splitlines() if '""' not in line]


@contextmanager
def _locked(path):
    """Hold an exclusive lock on a file, with a message if another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another build of the image is running: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def ensure_images(state, suites=topology.USUAL):
    """Return {suite: the folder of its current image}, building those that do not exist, all at once.

    `state` is the lab's folder (build/lab).
    """
    folder = state / "images"
    images = {suite: folder / image_hash(suite) for suite in suites}
    if all(image.is_dir() for image in images.values()):
        return images
    check_tools()
    with _locked(folder / ".lock"):
        for leftover in folder.glob("*.new"):
            _remove(leftover)
        with ThreadPoolExecutor() as pool:
            missing = {suite: image for suite, image in images.items() if not image.is_dir()}
            for done in [pool.submit(_ensure, image, state / "cache", suite) for suite, image in missing.items()]:
                done.result()
        _prune(state)
    return images


def _ensure(image, cache, suite):
    new = image.with_suffix(".new")
    new.mkdir()
    _build(new, cache, suite)
    new.rename(image)
    say(f"image {image.name} of Debian {suite} is ready: {image}")


def _prune(state):
    """Remove the images that are neither current nor in use by a lab."""
    used = "".join(path.read_text(encoding="utf-8") for path in (state / "run").glob("*/machines.json"))
    current = [image_hash(suite) for suite in topology.SUITES]
    for image in (state / "images").iterdir():
        if image.is_dir() and image.name not in current and image.name not in used:
            _remove(image)


def _build(new, cache, suite):
    """Make root.img, vmlinux and initrd.gz in folder `new`."""
    root = new / "root"
    with step(f"image: installing Debian {suite} into a folder"):
        _bootstrap(new / "root.tar", cache, suite, new / "build.log")
    with step(f"image: unpacking Debian {suite} and making its file system"):
        root.mkdir()
        _as_root(["tar", "-x", "-C", root, "-f", new / "root.tar", "--exclude=./dev/*"])
        (new / "root.tar").unlink()
        (new / "vmlinux").write_bytes(uncompressed(next((root / "boot").glob("vmlinuz-*")).read_bytes()))
        (new / "initrd.gz").write_bytes(gzip.compress(_initramfs(root, new / "initramfs"), 1))
        # With a journal: tests power nodes off, and it has to come back without errors in its file system.
        options = "-q -F -O ^metadata_csum -J size=8 -E lazy_itable_init=1,nodiscard -m 0 -L lab".split()
        _as_root(["mkfs.ext4", *options, "-d", root, new / "root.img", ROOT_SIZE])
    _remove(root)


def kernel_suite(suite):
    """Return the generation whose kernel an image has: that of sid comes in parts, which customize.sh does not take."""
    return "trixie" if suite == "sid" else suite


def _bootstrap(tar, cache, suite, log):
    """Run mmdebstrap into a tar file; downloads are kept in `cache` for the next time."""
    archives = cache / f"apt-{suite}"
    archives.mkdir(parents=True, exist_ok=True)
    command = [
        "mmdebstrap",
        "--mode=" + ("root" if os.geteuid() == 0 else "unshare"),
        "--variant=minbase",
        "--format=tar",
        "--skip=download/empty",
        "--skip=essential/unlink",
        '--setup-hook=mkdir -p "$1"/var/cache/apt/archives',
        f"--setup-hook=sync-in '{archives}' /var/cache/apt/archives",
        f"--customize-hook=sync-out /var/cache/apt/archives '{archives}'",
        f"--customize-hook='{INPUTS}/customize.sh' \"$1\" '{cache}' '{INPUTS}' {kernel_suite(suite)}",
        *(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("doc", "info", "locale", "man")),
        *apt_options(),
        f"--include={','.join(GUEST_PACKAGES)}",
        suite,
        str(tar),
        mirror(suite),
        *([f"deb {mirror(kernel_suite(suite))} {kernel_suite(suite)} main"] if kernel_suite(suite) != suite else []),
    ]
    with open(log, "wb") as output:
        code = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
        ).returncode
    if code:
        kept = cache / "build.log"
        shutil.copy(log, kept)
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise LabError(f"mmdebstrap failed with code {code}. The whole log is {kept}; its end is:\n{tail}")


def extract(suite, packages, folder):
    """Unpack Debian packages and all they depend on into a folder, without setting them up."""
    check_tools()
    mode = "root" if os.geteuid() == 0 else "unshare"
    command = [
        "mmdebstrap",
        f"--mode={mode}",
        "--variant=extract",
        *apt_options(),
        f"--include={','.join(packages)}",
        suite,
        str(folder),
        mirror(suite),
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(
            f"mmdebstrap of {', '.join(packages)} from {suite} failed with code "
            f"{done.returncode}: {done.stderr.strip()[-1000:]}"
        )


def _as_root(command):
    """Run a command as root, or as the root of a user namespace where we are not root."""
    prefix = [] if os.geteuid() == 0 else ["mmdebstrap", "--unshare-helper"]
    done = subprocess.run([*prefix, *map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{command[0]} failed with code {done.returncode}: {done.stderr.strip()[-500:]}")


def _remove(path):
    _as_root(["rm", "-rf", path])


def uncompressed(vmlinuz):
    """Return the ELF kernel in a compressed one: emulated, its unpacking takes longer than all else in its boot."""
    # Linux' boot protocol, 2.08 and later: sectors of set-up code after the first; payload_offset, payload_length.
    offset, length = struct.unpack_from("<II", vmlinuz, 0x248)
    start = (vmlinuz[0x1F1] + 1) * 512 + offset
    payload = vmlinuz[start : start + length - 4]  # the last four bytes are the size of what is in it
    if payload.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMADecompressor().decompress(payload)
    if payload.startswith(b"\x28\xb5\x2f\xfd"):
        return subprocess.run(
            ["zstd", "--decompress", "--stdout"], input=payload, capture_output=True, check=True
        ).stdout
    raise LabError(
        "The Debian kernel is compressed with neither xz nor zstd; see uncompressed() in tests/lab/image.py."
    )


def _initramfs(root, work):
    """Return an uncompressed cpio archive: busybox, our init, and the modules for the root disk."""
    modules = next((root / "lib" / "modules").iterdir())
    (work / "bin").mkdir(parents=True)
    (work / "modules").mkdir()
    shutil.copy(shutil.which("busybox"), work / "bin" / "busybox")
    (work / "bin" / "sh").symlink_to("busybox")
    shutil.copy(INPUTS / "init", work / "init")
    order = []
    for path in module_order((modules / "modules.dep").read_text(encoding="ascii"), BOOT_MODULES):
        data = (modules / path).read_bytes()
        name = Path(path).name.removesuffix(".xz")
        (work / "modules" / name).write_bytes(lzma.decompress(data) if path.endswith(".xz") else data)
        order.append(name)
    (work / "modules" / "order").write_text("".join(f"{name}\n" for name in order), encoding="ascii")
    archive = cpio(work)
    shutil.rmtree(work)
    return archive


def module_order(modules_dep, wanted):
    """Return the paths of the wanted modules and all they depend on, in the order to load them.

    `modules_dep` is the text of a modules.dep file. A module that is not in it is built in.
    """
    depends = dict(line.split(":", 1) for line in modules_dep.splitlines() if ":" in line)
    by_name = {Path(path).name.split(".")[0].replace("-", "_"): path for path in depends}
    order = []

    def visit(path):
        if path not in order:
            for needed in reversed(depends[path].split()):
                visit(needed)
            if path not in order:
                order.append(path)

    for name in wanted:
        if name in by_name:
            visit(by_name[name])
    return order


def cpio(folder):
    """Return a newc cpio archive (what the kernel unpacks as initramfs) of a folder, owned by root."""
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    done = subprocess.run(
        ["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"],
        cwd=folder,
        input="".join(f"{name}\n" for name in names).encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout
