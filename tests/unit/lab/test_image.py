# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
import lzma
import shutil
import struct
import subprocess

import pytest
from lab import image


@pytest.fixture
def inputs(tmp_path):
    return shutil.copytree(image.INPUTS, tmp_path / "inputs")


def test_hash_is_stable(inputs):
    assert image.image_hash("bookworm", inputs) == image.image_hash("bookworm")


@pytest.mark.parametrize("change", ["content", "mode", "name", "new"])
def test_hash_changes_with_each_input(inputs, change):
    before = image.image_hash("bookworm", inputs)
    if change == "content":
        (inputs / "init").write_text("#", encoding="ascii")
    elif change == "mode":
        (inputs / "masked-units").chmod(0o755)
    elif change == "name":
        (inputs / "root/etc/multipath.conf").rename(inputs / "root/etc/multipath.config")
    else:
        (inputs / "root/etc/new").touch()
    assert image.image_hash("bookworm", inputs) != before


def test_hash_changes_with_the_suite():
    assert image.image_hash("trixie") != image.image_hash("bookworm")


DEB822 = """\
# a comment
Types: deb-src
URIs: http://sources.example/debian
Suites: bookworm
Components: main

Types: deb
# http://snapshot.example
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sources.list.d/debian.sources", DEB822),
        (
            "sources.list",
            "deb-src http://no.example bookworm main\ndeb http://mirror.example/debian bookworm main contrib # it\n",
        ),
        ("sources.list", "deb [ arch=amd64 signed-by=/k.gpg ] http://mirror.example/debian bookworm main\n"),
        ("sources.list", "deb [arch=amd64] http://mirror.example/debian bookworm main\n"),
        (
            "sources.list.d/b.list",
            "deb http://security.example bookworm-security main\ndeb http://mirror.example/debian bookworm main\n",
        ),
    ],
)
def test_mirror_is_that_of_this_machine(tmp_path, name, text):
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d/aaa.list").write_text(
        "deb http://vendor.example tool-bookworm stable\n", encoding="ascii"
    )
    (tmp_path / name).write_text(text, encoding="ascii")
    assert image.mirror("bookworm", tmp_path) == "http://mirror.example/debian"


def test_mirror_without_sources(tmp_path):
    assert image.mirror("bookworm", tmp_path) == image.DEFAULT_MIRROR


def test_modules_are_loaded_after_what_they_need():
    modules_dep = """\
kernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko kernel/fs/mbcache.ko kernel/fs/jbd2/jbd2.ko
kernel/fs/jbd2/jbd2.ko:
kernel/fs/mbcache.ko:
kernel/lib/crc16.ko:
kernel/drivers/virtio/virtio_pci.ko.xz: kernel/drivers/virtio/virtio.ko.xz kernel/drivers/virtio/virtio_ring.ko.xz
kernel/drivers/virtio/virtio.ko.xz: kernel/drivers/virtio/virtio_ring.ko.xz
kernel/drivers/virtio/virtio_ring.ko.xz:
kernel/drivers/net/other.ko:
"""
    order = [
        path.split("/")[-1].split(".")[0]
        for path in image.module_order(modules_dep, ["virtio-pci".replace("-", "_"), "built_in", "ext4"])
    ]
    assert sorted(order) == ["crc16", "ext4", "jbd2", "mbcache", "virtio", "virtio_pci", "virtio_ring"]
    assert order[:3] == ["virtio_ring", "virtio", "virtio_pci"]
    assert order[-1] == "ext4"


def test_missing_tools_are_named_with_one_command(monkeypatch):
    monkeypatch.setattr(
        image.shutil, "which", lambda command: None if command in ("cpio", "ssh", "ssh-keygen") else "/usr/bin/x"
    )
    with pytest.raises(image.LabError, match=r"apt-get install --no-install-recommends cpio openssh-client$"):
        image.check_tools()


def test_every_tool_is_in_the_list_of_packages():
    assert set(image._COMMANDS.values()) <= set(image.APT_PACKAGES)


ELF = b"\x7fELF kernel"


def bzimage(payload):
    """Return a boot image with three sectors of set-up code whose header says where the payload lies."""
    head = bytearray(4 * 512 + 9)
    head[0x1F1] = 3
    size = struct.pack("<I", len(ELF))
    struct.pack_into("<II", head, 0x248, 9, len(payload + size))
    return bytes(head) + payload + size + b"signature"


def zstd(data):
    return subprocess.run(["zstd"], input=data, capture_output=True, check=True).stdout


@pytest.mark.parametrize("compress", [lzma.compress, zstd])
def test_kernel_is_unpacked(compress):
    assert image.uncompressed(bzimage(compress(ELF))) == ELF


def test_a_kernel_packed_in_another_way_is_named():
    with pytest.raises(image.LabError, match="neither xz nor zstd"):
        image.uncompressed(bzimage(b"BZh"))


@pytest.fixture
def builds(monkeypatch):
    """Record the suites whose images would be built."""
    done = []
    monkeypatch.setattr(image, "check_tools", lambda: None)
    monkeypatch.setattr(image, "_build", lambda new, cache, suite: done.append(suite))
    monkeypatch.setattr(image, "_remove", shutil.rmtree)
    return done


def test_each_generation_has_an_image_that_is_built_once(tmp_path, builds):
    images = image.ensure_images(tmp_path)
    assert list(images) == sorted(builds) == ["bookworm", "trixie"]  # both at once
    assert all(folder.is_dir() for folder in images.values()) and len(set(images.values())) == 2
    assert image.ensure_images(tmp_path, ["trixie"]) == {"trixie": images["trixie"]}
    assert sorted(builds) == ["bookworm", "trixie"]


def test_only_images_that_are_neither_current_nor_in_use_are_removed(tmp_path, builds):
    bookworm = image.ensure_images(tmp_path, ["bookworm"])["bookworm"]
    for name in ("old", "used", "half.new"):
        (tmp_path / "images" / name).mkdir()
    (tmp_path / "run/lab").mkdir(parents=True)
    (tmp_path / "run/lab/machines.json").write_text('{"node1": ["file=images/used/root.img"]}', encoding="utf-8")
    trixie = image.ensure_images(tmp_path, ["trixie"])["trixie"]
    assert {path for path in (tmp_path / "images").iterdir() if path.is_dir()} == {
        bookworm,
        trixie,
        tmp_path / "images/used",
    }


def test_patterns_find_modules_before_and_after_the_merge_of_lib_and_usr(tmp_path):
    """What tar takes of a kernel package of either generation."""
    text = (image.INPUTS / "kernel-files").read_text(encoding="ascii")
    patterns = [line for line in text.splitlines() if line and not line.startswith("#")]
    modules = [pattern for pattern in patterns if "modules" in pattern]
    assert len(modules) == len(patterns) - 1
    for top in ("lib", "usr/lib"):
        file = tmp_path / top / "modules/6.1/kernel/drivers/scsi/sg.ko.xz"
        file.parent.mkdir(parents=True)
        file.touch()
        archive = subprocess.run(["tar", "-c", "-C", tmp_path, f"./{top}"], capture_output=True, check=True).stdout
        listed = subprocess.run(
            ["tar", "-t", "--wildcards", *(name for name in modules if "sg.ko" in name)],
            input=archive,
            capture_output=True,
            check=True,
        )
        assert listed.stdout.decode().split() == [f"./{top}/modules/6.1/kernel/drivers/scsi/sg.ko.xz"]
