# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Replace files: all of them or none, each at once, and none that somebody else has changed since it was read.

All that needs room on the disk is written first: the new files, and each former one as a backup, so that a full disk
is seen before anything changes. Texts are bytes decoded as latin-1.
"""

import collections
import contextlib
import os
import tempfile
import time

# path: as the user knows it; real: without links, for what it leads to is replaced and the link stays; home: the
# folder, on the same file system, where nobody minds what is written beside it; before: the text it was read as, None:
# there was no such file; after: the text it is to have.
File = collections.namedtuple("File", "path real home before after")


# A comment line with this mark keeps this collection from changing a configuration file.
MARK = "sanops.multipath: leave alone"


class NotReplaced(Exception):
    """Why no file was changed, or, where one could not be put back, which, in words for the user."""


def is_marked(text):
    """Return whether a comment line of a file's *text* has the mark that keeps this collection from changing it."""
    return any(line.strip(" \t\r").startswith("#") and MARK in line for line in text.split("\n"))


def replace(files, move):
    """Replace them in this order. The backups: [{'path', 'backup': its path, None: there was no such file}].

    *move*: a function that puts one file in another one's place, with the other one's mode, owner and context
    (AnsibleModule.atomic_move). Where it raises, be it SystemExit, what it raised goes on once all files are as they
    were; an OSError does so as NotReplaced.
    """
    drafts, backups, done = [], [], []
    try:
        try:
            for file in files:
                drafts.append(_draft(file.home, file.after))
            for file in files:
                backups.append({"path": file.path, "backup": None if file.before is None else _backup(file)})
            for draft, file, backup in zip(drafts, files, backups):
                if _now(file.real) != file.before:
                    raise NotReplaced(f"somebody else has changed {file.path} meanwhile")
                done.append((file.real, backup["backup"]))
                move(draft, file.real)
        except EnvironmentError as exc:
            raise NotReplaced(f"{file.path} could not be written: {exc.strerror or exc}")
        finally:
            _forget(drafts)
    except (NotReplaced, SystemExit) as exc:
        _put_back(done, move)
        _forget(backup["backup"] for backup in backups if backup["backup"])
        if isinstance(exc, SystemExit):  # the module has failed, and said so
            raise
        raise NotReplaced(f"no file was changed: {exc}")
    return backups


def put_back(backups, move):
    """Have each file as it was before. The backups stay. Raises NotReplaced, once all others are back."""
    _put_back([(os.path.realpath(backup["path"]), backup["backup"]) for backup in backups], move)


def _put_back(done, move):
    stuck = []
    for real, backup in reversed(done):
        drafts = []
        try:
            former = _text(backup) if backup else None
            if former == _now(real):
                continue
            if backup:
                drafts.append(_draft(os.path.dirname(backup), former))
                move(drafts[0], real)
            else:
                os.unlink(real)
        except (
            EnvironmentError,
            SystemExit,
        ) as exc:  # SystemExit is atomic_move's own: the others are to come back all the same
            stuck.append(
                "%s could not be put back (%s): %s"
                % (
                    real,
                    getattr(exc, "strerror", None) or exc,
                    f"its former text is in {backup}" if backup else "remove it, there was no such file",
                )
            )
        finally:
            _forget(drafts)
    if stuck:
        raise NotReplaced("; ".join(stuck))


def forget(backups):
    """Remove backups that nobody wants to keep."""
    _forget(backup["backup"] for backup in backups if backup["backup"])


def _forget(paths):
    for path in paths:
        with contextlib.suppress(OSError):  # it has moved
            os.unlink(path)


def _text(path):
    with open(path, "rb") as file:
        return file.read().decode("latin-1")


def _now(real):
    """Return the text of a file, None: there is none."""
    try:
        return _text(real)
    except FileNotFoundError:
        return None


def _draft(folder, text):
    """Write a file of this text that only its owner reads; neither multipath-tools nor open-iscsi take it for one of
    theirs.
    """
    if not os.path.isdir(folder):
        os.makedirs(folder, 0o755)
    handle, draft = tempfile.mkstemp(prefix=".sanops.multipath.", suffix=".new", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("latin-1"))
            file.flush()
            os.fsync(file.fileno())
    except EnvironmentError:
        os.unlink(draft)
        raise
    return draft


def _backup(file):
    """Keep a file as it was, with its mode and owner.

    Returns its path, with the ending that Ansible's own backups have.
    """
    name = os.path.relpath(file.real, file.home).replace("/", "_")
    backup = "%s/%s.%d.%s~" % (file.home, name, os.getpid(), time.strftime("%Y-%m-%d@%H:%M:%S"))
    draft = _draft(file.home, file.before)
    try:
        found = os.stat(file.real)
        os.chown(draft, found.st_uid, found.st_gid)
        os.chmod(draft, found.st_mode & 0o7777)
        os.rename(draft, backup)
    finally:
        _forget([draft])
    return backup
