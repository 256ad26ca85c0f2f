# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file that is not there is nothing; one that cannot be read for want of something is an error."""

import errno
import os

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._sysfs import Tree


def test_what_is_not_there(tmp_path):
    tree = Tree(str(tmp_path))
    assert (tree.text('/no'), tree.data('/no'), tree.number('/no'), tree.names('/no'), tree.link('/no')) == (None, None, None, [], None)


@pytest.mark.parametrize('number', [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO])
def test_a_failure_is_no_empty_directory(tmp_path, monkeypatch, number):
    def fail(path):
        raise OSError(number, os.strerror(number))
    monkeypatch.setattr(os, 'listdir', fail)
    with pytest.raises(OSError):
        Tree(str(tmp_path)).names('/')
