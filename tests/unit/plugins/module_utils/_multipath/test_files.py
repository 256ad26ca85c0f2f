# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a host, and how its own multipath-tools are asked."""

import time

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import files as multipath_files
from ansible_collections.sanops.multipath.plugins.module_utils._system import child
from ansible_collections.sanops.multipath.plugins.module_utils._system import tree as host_tree
from support import trees

MAIN = multipath_files.MAIN
BUILTIN = {"defaults": {}}
BUILTIN_BEFORE_0_9 = {"defaults": {"config_dir": {"value": "/etc/multipath/conf.d", "source": None}}}


@pytest.fixture
def tree(tmp_path):
    def make(**files):
        for name, text in files.items():
            trees.write(tmp_path / "etc", name.replace("__", "/").replace("_conf", ".conf"), text)
        return host_tree.Tree(str(tmp_path))

    return make


def test_main_file_first_then_the_folder_by_bytes(tree, tmp_path):
    found = tree(multipath_conf=b"1\xe4")
    folder = tmp_path / "etc" / "multipath" / "conf.d"
    folder.mkdir(parents=True)
    for name in ("b.conf", "B.conf", ".a.conf", "c.conf.bak", "d.conf~", "readme"):
        (folder / name).write_text(name)
    assert [path.rpartition("/")[2] for path, dummy in multipath_files.texts(found)] == [
        "multipath.conf",
        ".a.conf",
        "B.conf",
        "b.conf",
    ]
    assert multipath_files.texts(found)[0] == (MAIN, "1\xe4")


def test_no_file_at_all(tree):
    assert multipath_files.texts(tree()) == []


def test_a_file_that_cannot_be_read_is_not_left_out(tree, tmp_path):
    (tmp_path / "etc" / "multipath" / "conf.d" / "a.conf").mkdir(parents=True)
    with pytest.raises(multipath_files.Unresolved, match=r"conf\.d/a\.conf cannot be read"):
        multipath_files.texts(tree())


@pytest.mark.parametrize(
    ("main", "builtin", "folder"),
    [
        ("", BUILTIN, "/etc/multipath/conf.d"),
        ('defaults {\nconfig_dir "/etc/other/"\n}\n', BUILTIN, "/etc/multipath/conf.d"),
        ('defaults {\nconfig_dir "/etc/other/"\n}\n', BUILTIN_BEFORE_0_9, "/etc/other"),
        ('defaults {\nconfig_dir ""\n}\n', BUILTIN_BEFORE_0_9, None),
        ("defaults {\nconfig_dir other\n}\n", BUILTIN_BEFORE_0_9, None),
        ("overrides {\nconfig_dir /etc/other\n}\n", BUILTIN_BEFORE_0_9, "/etc/multipath/conf.d"),
    ],
)
def test_folder_of_drop_ins(main, builtin, folder):
    assert multipath_files.folder_of(main, builtin) == folder


COMPLAINTS = """52780.510029 | ignoring extra data starting with '}' on line 2 of /etc/multipath/conf.d/a.conf
Nov 21 19:01:31 | /etc/multipath/conf.d/a.conf line 3, invalid keyword in the defaults section: foo
52780.510041 | unmatched '}' at line 5 of /etc/multipath.conf
52780.510403 | missing '}' at end of /etc/multipath/conf.d/a.conf
52780.510412 | device config in a.conf missing vendor or product parameter
52780.510420 | expecting '{' on line 1 of /etc/multipath.conf. found 'x'
"""


def test_complaints_with_their_lines(monkeypatch):
    printed = "defaults {\n\tverbosity 2\n}\n"
    monkeypatch.setattr(child, "run", lambda argv, deadline, prepare=None: (0, COMPLAINTS + printed, None))
    output, complaints = multipath_files.ask(time.monotonic() + 5)
    assert output == printed
    files = [
        (MAIN, "devices x\n2\n3\n4\n  }\n"),
        ("/etc/multipath/conf.d/a.conf", "defaults {\n no_path_retry 7 }\n foo bar\n"),
    ]
    found = [(one["file"], one["line"], one["text"]) for one in multipath_files.ignored(complaints, files)]
    drop_in = "/etc/multipath/conf.d/a.conf"
    assert found == [
        (drop_in, 2, "no_path_retry 7 }"),
        (drop_in, 3, "foo bar"),
        (MAIN, 5, "}"),
        (None, None, ""),
        (None, None, ""),
        (MAIN, 1, "devices x"),
    ]
    assert multipath_files.ignored(complaints, files)[0]["why"] == "ignoring extra data starting with '}'"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((None, "", child.TIMED_OUT), "no answer within its time"),
        ((1, "defaults {\n}\n", None), "exit code 1"),
        ((None, "", None), "it crashed"),
        ((0, "nothing to say\n", None), "printed no configuration: nothing to say"),
    ],
)
def test_no_answer_is_no_configuration(monkeypatch, answer, why):
    monkeypatch.setattr(child, "run", lambda argv, deadline, prepare=None: answer)
    with pytest.raises(multipath_files.Unresolved, match=why):
        multipath_files.ask(time.monotonic() + 5)


def test_a_private_etc_that_cannot_be_had_is_reported(monkeypatch):
    """The program is not started then: it would read the host's files, and its answer would be about those."""

    def fails(files):
        raise OSError("a private /etc to try a configuration: Operation not permitted")

    monkeypatch.setattr(multipath_files, "_in_place_of_etc", fails)
    monkeypatch.setattr(child.os, "execvpe", lambda *arguments: child.os.write(1, b"defaults {\n}\n"))
    with pytest.raises(
        multipath_files.Unresolved, match=r"multipath could not be started: a private /etc .* not permitted"
    ):
        multipath_files.ask(time.monotonic() + 5, [(MAIN, "")])
