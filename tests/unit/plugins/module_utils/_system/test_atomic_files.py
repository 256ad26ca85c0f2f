# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files are replaced all or none; on real folders."""

import errno
import os
import pathlib

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._system import atomic_files


class Files:
    """One file that is there (old), and one that is not (new)."""

    def __init__(self, root):
        self.root, self.old, self.new = root, root / "a.conf", root / "deeper" / "b.conf"
        self.old.write_bytes(b"former \xe4\n")
        self.old.chmod(0o640)

    def all(self, old="former \xe4\n"):
        return [self.file(self.old, old, "later \xe5\n"), self.file(self.new, None, "new\n")]

    def file(self, path, before, after, home=None):
        real = os.path.realpath(path)
        return atomic_files.File(str(path), real, str(home or os.path.dirname(real)), before, after)

    def are_as_they_were(self):
        left = [str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()]
        return left == ["a.conf"] and self.old.read_bytes() == b"former \xe4\n"


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def move(draft, real):
    """As AnsibleModule.atomic_move does."""
    if os.path.exists(real):
        os.chmod(draft, os.stat(real).st_mode)
    os.rename(draft, real)


def fails_at(number, error, after=False):
    """A move that fails at this call, before or after it has done its work."""
    count = iter(range(1, 99))

    def failing(draft, real):
        fails = next(count) == number
        if fails and not after:
            raise error
        move(draft, real)
        if fails:
            raise error

    return failing


def test_all(files):
    backups = atomic_files.replace(files.all(), move)
    assert [files.old.read_bytes(), files.new.read_bytes()] == [b"later \xe5\n", b"new\n"]
    kept = pathlib.Path(backups[0]["backup"])
    assert backups == [{"path": str(files.old), "backup": str(kept)}, {"path": str(files.new), "backup": None}]
    assert kept.read_bytes() == b"former \xe4\n" and kept.stat().st_mode & 0o777 == 0o640 and kept.parent == files.root
    assert not list(files.root.rglob("*.new"))

    atomic_files.put_back(backups, move)
    assert files.old.read_bytes() == b"former \xe4\n" and not files.new.exists() and kept.exists()
    atomic_files.forget(backups)
    assert files.are_as_they_were()


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", [1, 2])
def test_what_was_changed_is_put_back_when_one_cannot_be(files, number, after):
    with pytest.raises(
        atomic_files.NotReplaced, match="no file was changed: .* could not be written: Read-only file system"
    ):
        atomic_files.replace(files.all(), fails_at(number, OSError(errno.EROFS, "Read-only file system"), after))
    assert files.are_as_they_were()


def test_a_module_that_fails_has_said_why(files):
    with pytest.raises(SystemExit):
        atomic_files.replace(files.all(), fails_at(2, SystemExit(1)))
    assert files.are_as_they_were()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_no_room(files, monkeypatch, number):
    count = iter(range(1, 9))

    def full(handle):
        if next(count) == number:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(atomic_files.NotReplaced, match="no file was changed: .*No space left on device"):
        atomic_files.replace(files.all(), lambda draft, real: pytest.fail("a file was moved"))
    assert files.are_as_they_were()


@pytest.mark.parametrize("change", [lambda files: files.old.write_text("somebody's"), lambda files: files.old.unlink()])
def test_what_somebody_else_has_changed_meanwhile_stays_so(files, change):
    def and_then(draft, real):
        move(draft, real)
        change(files)

    made = [files.file(files.new, None, "new\n"), files.file(files.old, "former \xe4\n", "later\n")]
    with pytest.raises(
        atomic_files.NotReplaced, match="no file was changed: somebody else has changed .*a.conf meanwhile"
    ):
        atomic_files.replace(made, and_then)
    assert not files.new.exists() and (not files.old.exists() or files.old.read_text() == "somebody's")


def test_a_file_that_appears_meanwhile_stays(files):
    files.new.parent.mkdir()
    files.new.write_text("somebody's")
    with pytest.raises(atomic_files.NotReplaced, match="somebody else has changed .*b.conf"):
        atomic_files.replace(files.all(), move)
    assert files.old.read_bytes() == b"former \xe4\n" and files.new.read_text() == "somebody's"


@pytest.mark.parametrize(
    "error, why", [(OSError(errno.EIO, "Input/output error"), "Input/output error"), (SystemExit(1), "1")]
)
def test_what_cannot_be_put_back_is_reported_with_its_backup_and_the_others_come_back(files, error, why):
    """AnsibleModule.atomic_move ends by SystemExit."""
    last = files.root / "c.conf"
    first = files.root / "0.conf"
    for path in (first, last):
        path.write_text("former\n")

    def once(draft, real):
        if real == str(last) or (real == str(files.old) and files.old.read_text("latin-1") != "former \xe4\n"):
            raise error
        move(draft, real)

    made = [
        files.file(first, "former\n", "later\n"),
        files.file(files.old, "former \xe4\n", "later\n"),
        files.file(last, "former\n", "later\n"),
    ]
    with pytest.raises(
        atomic_files.NotReplaced, match=f"a.conf could not be put back .{why}.: its former text is in (.*)"
    ) as reported:
        atomic_files.replace(made, once)
    assert pathlib.Path(str(reported.value).rsplit(" ", 1)[1]).read_bytes() == b"former \xe4\n"
    assert first.read_text() == last.read_text() == "former\n"
    assert not list(files.root.rglob("*.new"))


def test_a_backup_that_cannot_be_made_leaves_nothing(files, monkeypatch):
    def refused(path, uid, gid):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refused)
    with pytest.raises(atomic_files.NotReplaced, match="Operation not permitted"):
        atomic_files.replace(files.all(), move)
    assert files.are_as_they_were()


def test_a_link_stays(files):
    link = files.root / "link.conf"
    link.symlink_to("a.conf")
    backups = atomic_files.replace([files.file(link, "former \xe4\n", "later\n")], move)
    assert link.is_symlink() and files.old.read_text() == "later\n"
    atomic_files.put_back(backups, move)
    assert link.is_symlink() and files.old.read_bytes() == b"former \xe4\n"


def test_nothing_is_written_beside_a_file_that_has_another_home(files):
    files.new.parent.mkdir()
    files.new.write_text("former\n")
    backup = atomic_files.replace([files.file(files.new, "former\n", "later\n", home=files.root)], move)[0]["backup"]
    assert os.path.dirname(backup) == str(files.root) and os.path.basename(backup).startswith("deeper_b.conf.")
    assert os.listdir(files.new.parent) == ["b.conf"]
