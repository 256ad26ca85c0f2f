# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Change open-iscsi's files, under open-iscsi's own lock.

iscsiadm is not asked to do it: it empties a record and then writes it again, and does not see an error while it does (a
record of half its length and exit code 0, seen on 2.1.8), and a line that it does not know is lost. See
docs/adr/0006-node-records-are-replaced.md.
"""

import contextlib
import errno
import os
import time

from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import conf as iscsid_conf
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import facts as iscsi_facts
from ansible_collections.sanops.multipath.plugins.module_utils._system import atomic_files, child

LOCK_FOLDER = "/run/lock/iscsi"  # of open-iscsi (usr/initiator.h)
_LOCK_SECONDS = 30  # as long as iscsiadm waits for it
_PAUSE = 0.05


class Refused(Exception):
    """Why nothing was changed, or what was, in words for the user."""


def plan(tree, conf, settings, with_records):
    """Return what is to be changed: {'changes': [{'file': a atomic_files.File, 'settings': {name: {'before',
    'after'}}}], 'boot_records': [path]}.

    *conf*: path of iscsid.conf; *settings*: of conf.check().
    Raises Refused where any of these files is not to be touched, or cannot be read.
    """
    content = iscsi_facts.text(tree, conf)
    if content is None:
        raise Refused(
            "%s cannot be read%s" % (conf, "" if tree.exists(conf) else ": there is none. Is open-iscsi installed?")
        )
    changes, boot_records, malformed = (
        [_change(tree, conf, content, settings, os.path.dirname(tree.real(conf)))],
        [],
        [],
    )
    boot = iscsi_facts.boot_text(tree)
    for record in iscsi_facts.files(tree) if with_records else ():
        why = iscsi_facts.why_malformed(record)
        if why:
            malformed.append(f"{record['file']}: {why}")
        elif iscsi_facts.is_for_boot(iscsid_conf.values(record["text"]), boot):
            boot_records.append(record["file"])
        else:
            changes.append(
                _change(tree, record["file"], record["text"], settings, os.path.dirname(tree.real(record["folder"])))
            )
    if malformed:
        raise Refused(
            (
                f"no file was changed, since not every node record can be read: {'; '.join(malformed)}. Remove "
                "such a record, or discover its target again"
            )
        )
    return {
        "changes": [change for change in changes if change["file"].after != change["file"].before],
        "boot_records": boot_records,
    }


def apply(tree, conf, settings, with_records, move, back_up):
    """Carry out what plan() says, from what the files say once nobody else may change them. Returns its result, with
    'backup_files'.

    *move*: of atomic_files.replace; *back_up*: whether to keep the files as they were. Raises Refused: then no file
    was changed.
    """
    with _locked():
        found = plan(tree, conf, settings, with_records)
        try:
            backups = atomic_files.replace([change["file"] for change in found["changes"]], move)
        except atomic_files.NotReplaced as exc:
            raise Refused(str(exc))
        if not back_up:
            atomic_files.forget(backups)
    return dict(found, backup_files=[backup["backup"] for backup in backups if back_up])


def _change(tree, path, before, settings, home):
    if atomic_files.is_marked(before):
        raise Refused(f'{path} was left alone, as a line in it asks: "{atomic_files.MARK}". No file was changed')
    was = iscsid_conf.values(before)
    try:
        after = iscsid_conf.edit(before, settings)
    except ValueError as exc:
        raise Refused(f"{path} cannot be changed: {exc}. No file was changed")
    return {
        "file": atomic_files.File(path, tree.root + tree.real(path), tree.root + home, before, after),
        "settings": {
            name: {"before": name in was and iscsid_conf.shown(was[name]) or None, "after": value}
            for name, value in settings.items()
            if was.get(name) != value
        },
    }


@contextlib.contextmanager
def _locked():
    """Hold open-iscsi's lock: a link to a file, which one process at a time can make.

    Should this one be killed, a child of it takes the link away.
    """
    own, link = LOCK_FOLDER + "/lock", LOCK_FOLDER + "/lock.write"
    deadline = time.monotonic() + _LOCK_SECONDS
    try:
        with contextlib.suppress(FileExistsError):
            os.mkdir(LOCK_FOLDER, 0o770)
        os.close(os.open(own, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        while not _linked(own, link):
            if time.monotonic() >= deadline:
                raise Refused(
                    (
                        f"no file was changed: somebody else holds the lock of open-iscsi ({link}). If no "
                        "iscsiadm runs, remove it"
                    )
                )
            time.sleep(_PAUSE)
    except EnvironmentError as exc:
        raise Refused(f"no file was changed: the lock of open-iscsi cannot be had: {exc}")
    with child.bequeath(lambda: os.unlink(link)):
        try:
            yield
        finally:
            os.unlink(link)


def _linked(own, link):
    try:
        os.link(own, link)
    except OSError as exc:
        if exc.errno != errno.EEXIST:
            raise
        return False
    return True
