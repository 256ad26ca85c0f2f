# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file that is not there is nothing; one that cannot be read for want of something is an error."""

import errno
import os

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree


def test_what_is_not_there(tmp_path):
    tree = Tree(str(tmp_path))
    assert (tree.text("/no"), tree.data("/no"), tree.number("/no"), tree.names("/no"), tree.link("/no")) == (
        None,
        None,
        None,
        [],
        None,
    )


def test_a_file_comes_whole(tmp_path, monkeypatch):
    """Also what comes in pieces, as the kernel gives what is longer than a page; of sysfs a short piece is all that
    there is.
    """
    reads, read = [], os.read
    monkeypatch.setattr(os, "read", lambda handle, size: reads.append(size) or read(handle, min(size, 4096)))
    (tmp_path / "sys").mkdir()
    for size, asked in ((0, 1), (10, 1), (4096, 2), (10000, 3)):
        (tmp_path / "sys/file").write_bytes(bytes(size))
        reads.clear()
        assert len(Tree(str(tmp_path)).data("/sys/file")) == size and len(reads) == asked
    os.rename(tmp_path / "sys", tmp_path / "proc")
    reads.clear()
    assert len(Tree(str(tmp_path)).data("/proc/file")) == 10000 and len(reads) == 4


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO])
def test_a_failure_is_no_empty_directory(tmp_path, monkeypatch, number):
    def fail(path):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "listdir", fail)
    with pytest.raises(OSError):
        Tree(str(tmp_path)).names("/")
