# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of open-iscsi are changed all or none, under its lock; on real folders.

A full disk and a read-only /etc are seen on the lab.
"""

import errno
import os
import pathlib
import signal
import time

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import apply as iscsi_apply
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import facts as iscsi_facts
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from support import trees

RECORDINGS = pathlib.Path(__file__).parents[3] / "recordings" / "iscsi" / "debian12"
TARGET = "iqn.1992-08.com.netapp:sn.svm1:vs.1"
SETTINGS = {"node.session.scan": "manual"}
LEFT_ALONE = "# sanops.multipath: leave alone\n"


class Files:
    def __init__(self, root, monkeypatch):
        self.root, self.tree, self.lock = root, Tree(str(root)), root / "lock"
        monkeypatch.setattr(iscsi_apply, "LOCK_FOLDER", str(self.lock))
        self.etc = root / "etc/iscsi"
        self.conf = self.write("iscsid.conf", (RECORDINGS / "iscsid.conf").read_text(), 0o640)
        self.records = [self.record(address) for address in ("10.10.1.10", "10.10.2.10")]

    def write(self, path, text, mode=0o600):
        file = trees.write(self.etc, path, text)
        file.chmod(mode)
        return file

    def record(self, address, change=lambda text: text):
        return self.write(
            "nodes/%s/%s,3260,1/default" % (TARGET, address),
            change((RECORDINGS / "record").read_text().replace("10.10.1.10", address)),
        )

    def state(self):
        return {
            str(path.relative_to(self.root)): (path.read_bytes(), path.stat().st_mode)
            for path in sorted(self.etc.rglob("*"))
            if path.is_file()
        }

    def plan(self, with_records=True, **settings):
        return iscsi_apply.plan(self.tree, iscsi_facts.CONF, settings or SETTINGS, with_records)

    def apply(self, move=None, with_records=True, back_up=False):
        return iscsi_apply.apply(self.tree, iscsi_facts.CONF, SETTINGS, with_records, move or self.move, back_up)

    @staticmethod
    def move(draft, real):
        os.chmod(draft, os.stat(real).st_mode)
        os.rename(draft, real)


@pytest.fixture
def files(tmp_path, monkeypatch):
    return Files(tmp_path, monkeypatch)


def names(found):
    return [change["file"].path for change in found["changes"]]


def test_only_what_differs_is_changed(files):
    files.record("10.10.2.10", lambda text: text.replace("scan = auto", "scan = manual"))
    found = files.apply()
    assert names(found) == ["/etc/iscsi/iscsid.conf", "/etc/iscsi/nodes/%s/10.10.1.10,3260,1/default" % TARGET]
    assert [change["settings"] for change in found["changes"]] == [
        {"node.session.scan": {"before": "auto", "after": "manual"}}
    ] * 2
    assert all("node.session.scan = manual\n" in file.read_text() for file in [files.conf, *files.records])
    assert [file.stat().st_mode & 0o777 for file in [files.conf, *files.records]] == [0o640, 0o600, 0o600]
    assert files.plan()["changes"] == []
    assert sorted(os.listdir(files.etc)) == ["iscsid.conf", "nodes"] and os.listdir(files.lock) == ["lock"]


def test_a_plan_changes_nothing(files):
    before = files.state()
    assert len(files.plan()["changes"]) == 3 and files.state() == before and not files.lock.exists()


def test_without_the_records(files):
    assert names(files.apply(with_records=False)) == ["/etc/iscsi/iscsid.conf"]


def test_a_record_that_says_nothing_is_made_to_say_it(files):
    files.record("10.10.1.10", lambda text: text.replace("node.session.scan = auto\n", ""))
    assert [change["settings"]["node.session.scan"]["before"] for change in files.apply()["changes"]] == [
        "auto",
        None,
        "auto",
    ]


def test_records_to_boot_from_are_left_alone_and_named(files):
    boot = files.record("10.10.1.10", lambda text: text.replace("startup = manual", "startup = onboot"))
    found = files.apply()
    assert (
        found["boot_records"] == ["/" + str(boot.relative_to(files.root))]
        and "scan = auto" in boot.read_text()
        and len(found["changes"]) == 2
    )


@pytest.mark.parametrize(
    "break_it, why",
    [
        (
            lambda files: files.record("10.10.2.10", lambda text: text[:700]),
            "nodes/%s/10.10.2.10,3260,1/default: it ends before" % TARGET,
        ),
        (
            lambda files: files.record("10.10.2.10", lambda text: LEFT_ALONE + text),
            "10.10.2.10,3260,1/default was left alone",
        ),
        (
            lambda files: files.write("iscsid.conf", LEFT_ALONE),
            'iscsid.conf was left alone, as a line in it asks: "sanops.multipath: leave alone"',
        ),
        (lambda files: files.conf.unlink(), "there is none. Is open-iscsi installed?"),
    ],
)
def test_what_is_refused_changes_no_file(files, break_it, why):
    break_it(files)
    before = files.state()
    with pytest.raises(iscsi_apply.Refused, match=why):
        files.apply()
    assert files.state() == before and not (files.lock / "lock.write").exists()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_disk_that_becomes_full_changes_no_file(files, number, monkeypatch):
    before, count = files.state(), iter(range(1, 9))

    def full(handle):
        if next(count) == number:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(iscsi_apply.Refused, match="no file was changed: .*No space left on device"):
        files.apply()
    assert files.state() == before and not (files.lock / "lock.write").exists()


def test_a_link_stays_and_its_file_is_changed(files):
    real = files.root / "etc/site.conf"
    files.conf.rename(real)
    files.conf.symlink_to("../site.conf")
    files.apply()
    assert os.readlink(files.conf) == "../site.conf" and "node.session.scan = manual\n" in real.read_text()
    assert sorted(os.listdir(files.root / "etc")) == ["iscsi", "site.conf"]


def test_backups_are_kept_where_open_iscsi_does_not_look(files):
    before = {file: file.read_text() for file in [files.conf, *files.records]}
    kept = [pathlib.Path(path) for path in files.apply(back_up=True)["backup_files"]]
    assert [path.read_text() for path in kept] == list(before.values())
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o640, 0o600, 0o600] and {
        path.parent for path in kept
    } == {files.etc}
    assert len(list((files.etc / "nodes").rglob("*"))) == 5


def test_records_that_are_made_meanwhile_are_seen_under_the_lock(files):
    """What is written is made from what the files say then, not from an earlier look."""
    files.lock.mkdir()
    (files.lock / "lock.write").touch()
    pid = os.fork()
    if pid == 0:
        time.sleep(0.3)
        files.record("10.10.1.10", lambda text: text.replace("queue_depth = 32", "queue_depth = 7"))
        (files.lock / "lock.write").unlink()
        os._exit(0)
    files.apply()
    os.waitpid(pid, 0)
    assert "queue_depth = 7" in files.records[0].read_text() and "scan = manual" in files.records[0].read_text()


def test_a_lock_that_is_never_given_back(files, monkeypatch):
    monkeypatch.setattr(iscsi_apply, "_LOCK_SECONDS", 0.2)
    files.lock.mkdir()
    (files.lock / "lock.write").touch()
    before = files.state()
    with pytest.raises(iscsi_apply.Refused, match="somebody else holds the lock of open-iscsi"):
        files.apply()
    assert files.state() == before and (files.lock / "lock.write").exists()


def test_a_process_that_is_killed_gives_the_lock_back(files):
    pid = os.fork()
    if pid == 0:
        try:
            files.apply(move=lambda draft, real: os.kill(os.getpid(), signal.SIGKILL))
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGKILL
    for dummy in range(1000):
        if not (files.lock / "lock.write").exists():
            break
        time.sleep(0.01)
    assert not (files.lock / "lock.write").exists()
    assert len(files.apply()["changes"]) == 3, "and whoever comes next does the work"
