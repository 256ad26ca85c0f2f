# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file of the report is there whole, or as it was before."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils import _files


@pytest.mark.parametrize('text, written', [('', b'\n'), ('a', b'a\n'), ('a\n', b'a\n'), ('a\r\nb\r\n', b'a\r\nb\r\n'), ('\u00e4', b'\xc3\xa4\n')])
def test_the_last_line_is_ended_once(tmp_path, text, written):
    _files.replace(str(tmp_path / 'f'), text)
    assert (tmp_path / 'f').read_bytes() == written


def test_who_may_read_it(tmp_path):
    _files.replace(str(tmp_path / 'f'), 'a')
    _files.replace(str(tmp_path / 'g'), 'a', 0o644)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in 'fg'] == [0o640, 0o644]


def test_what_cannot_be_written_leaves_the_former_and_nothing_else(tmp_path):
    _files.replace(str(tmp_path / 'f'), 'former')
    with pytest.raises(UnicodeEncodeError):
        _files.replace(str(tmp_path / 'f'), 'a\udc80')
    assert [one.name for one in tmp_path.iterdir()] == ['f'] and (tmp_path / 'f').read_text() == 'former\n'
