# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Bring a host's multipath configuration to a policy: work out the files, have multipath-tools try them, and only
then put them in their place.
"""

import os

from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import edit as multipath_edit
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import effective as effective_conf
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import facts as multipath_facts
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import files as multipath_files
from ansible_collections.sanops.multipath.plugins.module_utils._system import atomic_files

_ETC = "/etc/"


class Refused(Exception):
    """The configuration is left as it is; the text says why."""


def plan(tree, policy, deadline):
    """Return what has to change: {'before': {path: text or None}, 'after': {path: text}} of the files that do,
    'pending' ([difference] between the files and what the daemon runs; None: it does not run, or did not say),
    'not_in_effect' ([text] of what is not as the policy has it now).

    *policy*: {key: value, None: no opinion}. Raises Refused.
    """
    policy = {key: value for key, value in policy.items() if value is not None}
    if multipathd.version(deadline) == (None, None):  # no multipath-tools on this host
        return {"before": {}, "after": {}, "pending": None, "not_in_effect": []}
    try:
        builtin, dialect = multipath_facts.built_in(deadline)
        conf, files, complaints = multipath_facts.resolved(tree, builtin, dialect, deadline)
        folder = multipath_files.folder_of(dict(files).get(multipath_files.MAIN, ""), builtin)
        if folder is None or not folder.startswith(_ETC):
            raise Refused(
                (
                    f"{multipath_files.MAIN} sets config_dir to a place that cannot be used ({folder or 'none'}): "
                    "remove that line, or use a folder below /etc"
                )
            )
        _refuse_words(policy, dialect)
        after = multipath_edit.changes(files, folder, policy, builtin, dialect)
        before = dict(files)
        changed = [(path, text) for path, text in after if before.get(path) != text]
        if changed:
            _refuse_marked(files)
            _try_out(after, complaints, builtin, dialect, deadline)
    except (multipath_files.Unresolved, multipath_edit.Stuck) as exc:
        raise Refused(str(exc))
    wrong = multipath_edit.not_in_effect(conf, sorted(policy.items()), dialect)
    return {
        "before": {path: before.get(path) for path, dummy in changed},
        "after": dict(changed),
        "pending": _pending(tree, effective_conf.read(after, builtin, dialect), dialect, deadline),
        "not_in_effect": [
            f"{key} is {difference['value'] or 'not set'}, by {effective_conf.text_of(difference['source'])}"
            for key, dummy, difference in wrong
        ],
    }


def _refuse_words(policy, dialect):
    """Refuse a word that this version does not know: it would ignore it."""
    for key, value in sorted(policy.items()):
        known = multipath_edit.wanted(key, value, dialect)
        if not isinstance(known, str) and (key != "recheck_wwid" or dialect.rechecks):
            raise Refused(f"this version of multipath-tools knows no value {value} for {key}")


def _refuse_marked(files):
    for path, text in files:
        if atomic_files.is_marked(text):
            raise Refused(
                (f'{path} says "{atomic_files.MARK}": its owner does not want the configuration of multipath changed')
            )


def _try_out(files, complaints_before, builtin, dialect, deadline):
    """Have multipath-tools read the files as they would be; refuse what they complain of, or read in another way
    than we do.
    """
    printed, complaints = multipath_files.ask(deadline, files)
    new = [complaint for complaint in complaints if complaint not in complaints_before]
    if new:
        raise Refused(f"multipath -t complains of the configuration as it would be: {'; '.join(new[:3])}")
    multipath_facts.agree(effective_conf.read(files, builtin, dialect), printed, dialect)


def _pending(tree, conf, dialect, deadline):
    if not multipathd.daemon(tree)["running"]:
        return None
    try:
        return multipath_facts.pending(conf, dialect, multipathd.ask("show config", deadline))
    except (OSError, ValueError):
        return None


def apply(found, move):
    """Put the files of a plan in their place.

    The backups, as atomic_files.replace has them; *move* is its. Raises Refused: then all are as they were.
    """
    files = []
    for path, text in sorted(found["after"].items()):
        real = os.path.realpath(path)
        files.append(atomic_files.File(path, real, os.path.dirname(real), found["before"][path], text))
    try:
        return atomic_files.replace(files, move)
    except atomic_files.NotReplaced as exc:
        raise Refused(str(exc))
