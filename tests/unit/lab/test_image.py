# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
import lzma
import shutil

import pytest
from lab import image


@pytest.fixture
def inputs(tmp_path):
    return shutil.copytree(image.INPUTS, tmp_path / "inputs")


def test_hash_is_stable(inputs):
    assert image.image_hash("bookworm", inputs) == image.image_hash()


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
        ("sources.list", "deb-src http://no.example bookworm main\ndeb http://mirror.example/debian bookworm main contrib # it\n"),
        ("sources.list", "deb [ arch=amd64 signed-by=/k.gpg ] http://mirror.example/debian bookworm main\n"),
        ("sources.list", "deb [arch=amd64] http://mirror.example/debian bookworm main\n"),
        ("sources.list.d/b.list", "deb http://security.example bookworm-security main\ndeb http://mirror.example/debian bookworm main\n"),
    ],
)
def test_mirror_is_that_of_this_machine(tmp_path, name, text):
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d/aaa.list").write_text("deb http://vendor.example tool-bookworm stable\n", encoding="ascii")
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
    order = [path.split("/")[-1].split(".")[0] for path in image.module_order(modules_dep, ["virtio-pci".replace("-", "_"), "built_in", "ext4"])]
    assert sorted(order) == ["crc16", "ext4", "jbd2", "mbcache", "virtio", "virtio_pci", "virtio_ring"]
    assert order[:3] == ["virtio_ring", "virtio", "virtio_pci"]
    assert order[-1] == "ext4"


def test_missing_tools_are_named_with_one_command(monkeypatch):
    monkeypatch.setattr(image.shutil, "which", lambda command: None if command in ("cpio", "ssh", "ssh-keygen") else "/usr/bin/x")
    with pytest.raises(image.LabError, match=r"apt-get install --no-install-recommends cpio openssh-client$"):
        image.check_tools()


def test_every_tool_is_in_the_list_of_packages():
    assert set(image._COMMANDS.values()) <= set(image.APT_PACKAGES)


def test_kernel_is_unpacked():
    vmlinuz = b"MZ boot code" + lzma.compress(b"\x7fELF kernel") + b"signature"
    assert image.uncompressed(vmlinuz) == b"\x7fELF kernel"
    with pytest.raises(image.LabError, match="xz"):
        image.uncompressed(b"MZ boot code")
