# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What has to change in multipath's files for a policy to be in effect everywhere. Pure functions over their texts.

One drop-in file is ours: it says the policy in overrides, and in defaults what can only stand there. Where a line of
the user's wins over it, that line gets the policy's value, and nothing else of its file changes.
"""

import re

from ansible_collections.sanops.multipath.plugins.module_utils._multipath import effective as effective_conf
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import grammar as multipath_grammar
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import values as multipath_values

DROP_IN = "zz-sanops-multipath.conf"  # late in the order, where later files win
_HEADER = (
    "# Written by sanops.multipath.multipath_conf: what is changed here is lost. The policy is in "
    "the variable multipath_conf_policy.\n"
)
_ROUNDS = 1000  # more lines than that, and it is no configuration of a person


class Stuck(Exception):
    """The policy cannot be brought into effect; the text says why."""


def changes(files, folder, policy, builtin, dialect):
    """Return the files as they have to be, [(path, text)], in their order: the same where the policy is in effect.
    Raises Stuck.

    *files*: as files.texts() gives them; *folder*: of the drop-ins; *policy*: {key: value as multipath.conf has it}.
    """
    ours = f"{folder}/{DROP_IN}"
    # In the words of this version: it complains of those of others.
    known = [
        (key, wanted(key, value, dialect))
        for key, value in sorted(policy.items())
        if key != "recheck_wwid" or dialect.rechecks
    ]
    main, others = (
        [file for file in files if not file[0].startswith(folder + "/")],
        [file for file in files if file[0].startswith(folder + "/") and file[0] != ours],
    )
    new = main + sorted(others + [(ours, drop_in(known))], key=lambda one: one[0].encode("utf-8", "surrogateescape"))
    for dummy in range(_ROUNDS):
        wrong = not_in_effect(effective_conf.read(new, builtin, dialect), known, dialect)
        if not wrong:
            return new
        key, value, source = wrong[0][0], wrong[0][1], wrong[0][2]["source"]
        if source["file"] in (None, ours):
            raise Stuck(f"{key} stays as it is, although {ours} says {value} ({effective_conf.text_of(source)})")
        new = [(path, _set(text, source["line"], key, value) if path == source["file"] else text) for path, text in new]
    raise Stuck("after %d changed lines, %s is still not in effect" % (_ROUNDS, key))


def drop_in(settings):
    """Return the text of our file. *settings*: [(key, value)]."""
    lines = []
    for section, keys in (("defaults", effective_conf.GLOBAL), ("overrides", effective_conf.PRECEDENCE)):
        inside = ['\t%s "%s"\n' % (key, value) for key, value in settings if key in keys]
        lines += ["%s {\n" % section] + inside + ["}\n"] if inside else []
    return _HEADER + "".join(lines)


def wanted(key, value, dialect):
    """Return the policy's value as this version prints it."""
    return multipath_values.value_of(key, value, dialect)


def not_in_effect(conf, policy, dialect):
    """Return [(key, value wanted, SETTING)] where a policy is not in effect: of any map, present or not, and over any
    protocol.
    """
    wwids = [None] + [entry["settings"]["wwid"]["value"] for entry in conf["multipaths"]]
    protocols = [None] + [entry["settings"]["type"]["value"] for entry in conf["protocols"]]
    found = []
    for key, value in policy:
        if key in effective_conf.GLOBAL:
            settings = [conf["defaults"].get(key) or effective_conf.unset()]
        else:
            settings = [
                effective_conf.effective(conf, wwid, protocol=protocol)[key] for wwid in wwids for protocol in protocols
            ]
        found += [(key, value, setting) for setting in settings if setting["value"] != wanted(key, value, dialect)]
    return found


def _set(text, number, key, value):
    """Return a text with another value on one line; the indentation, the comment and the end of the line stay."""
    lines = re.findall("[^\n]*\n|[^\n]+", text)
    line = lines[number - 1]
    found = re.match(r'(\s*%s[\s\x80-\xff]*)("(?:[^"]|"")*"?|[^\s"!#{}\x80-\xff]+)' % re.escape(key), line)
    if not found:
        raise Stuck(f"line {number} sets {key} in a way that cannot be changed: {line.strip()[:100]}")
    lines[number - 1] = f'{found.group(1)}"{value}"{line[found.end() :]}'
    said = [
        statement
        for statement in multipath_grammar.statements("".join(lines))
        if statement["line"] == number and statement["kind"] == "set"
    ]
    if [(statement["key"], statement["value"]) for statement in said] != [(key, value)]:
        raise Stuck(f"line {number} would not set {key} any more: {line.strip()[:100]}")
    return "".join(lines)
