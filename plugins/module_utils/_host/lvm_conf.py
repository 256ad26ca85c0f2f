# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Find which SAN maps LVM reads, from its files (lvm.conf(5), lvmdevices(8)). No LVM command is run: on a host that
hangs they hang.

Careful rather than clever: what is not understood is not known, and then so is the answer.
"""

import re

from ansible_collections.sanops.multipath.plugins.module_utils._kernel import block_graph

PROGRAMS = ("/sbin/lvm", "/usr/sbin/lvm")
CONF = "/etc/lvm/lvm.conf"
LOCAL = "/etc/lvm/lvmlocal.conf"  # read after it, and wins
DEVICES = "/etc/lvm/devices/"
_TOKEN = re.compile(r"""\s+|\#[^\n]*|("(?:[^"\\]|\\.)*"|'[^']*')|([^\s"'{}\[\]=,\#]+)|([{}\[\]=,])""")
_NOBODY = "/dev/mapper/no-such-map"  # a pattern that takes this one takes them all: nobody has chosen


def look(tree, maps, system, version):
    """Return {'present', 'scanned': [WWID of each map of *maps* that LVM reads though nobody has chosen it] or None
    (not known), 'why', 'where'}.

    *maps*: the kernel's (wwid, name, dm, dev_t); *system*, *version*: ID and VERSION_ID of os-release, for what is
    compiled in. *why* tells what lets them through, or what is not known; *where* is the file to look at.
    """
    if not any(tree.exists(path) for path in PROGRAMS):
        return _answer(False, [], None)
    settings = {}
    for path in (CONF, LOCAL):
        text = tree.text(path)
        if text is None and tree.exists(path):
            return _answer(True, None, f"{path} could not be read", path)
        try:
            settings.update(parse(text or ""))
        except ValueError as exc:
            return _answer(True, None, f"{path} is not understood: {exc}", path)
    if any(key.startswith("tags/") and settings[key] not in ([], ["0"]) for key in settings):
        return _answer(True, None, f"host tags add files to {CONF} that were not read")
    if tree.exists(DEVICES + (settings.get("devices/devicesfile") or ["system.devices"])[0]):
        used = (
            settings["devices/use_devicesfile"] != ["0"]
            if "devices/use_devicesfile" in settings
            else _by_default(system, version)
        )
        if used is None:
            return _answer(
                True, None, "there is a devices file, and use_devicesfile is not set: whether it counts is not known"
            )
        if used:
            return _answer(True, [], None)
    filters = [settings[key] for key in ("devices/global_filter", "devices/filter") if key in settings]
    try:
        patterns = [[_pattern(text) for text in pattern] for pattern in filters]
    except ValueError as exc:
        return _answer(True, None, f"a filter is not understood: {exc}")
    scanned = [
        found_map["wwid"]
        for found_map in maps
        if all(_let_through(rules, _names(tree, found_map)) for rules in patterns)
    ]
    return _answer(
        True,
        scanned,
        "no devices file is in use, and %s"
        % ("the filter lets it through" if filters else "no filter is set, so LVM reads every device"),
    )


def _answer(present, scanned, why, where=CONF):
    return {"present": present, "scanned": scanned, "why": why, "where": where}


def _by_default(system, version):
    """Return whether a devices file counts where nothing says so, or None: not known. Red Hat compiles it in
    from 9 on.
    """
    major = (version or "").split(".")[0]
    return (
        True
        if system in ("rhel", "centos", "rocky", "almalinux", "ol") and major.isdigit() and int(major) >= 9
        else None
    )


def parse(text):
    """Return {"section/key": [value, ...]} of a file in LVM's grammar, where the last one counts.

    Raises ValueError for what is none.
    """
    tokens, position = [], 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if not found:
            raise ValueError("line %d" % (text.count("\n", 0, position) + 1))
        tokens += [token for token in found.groups() if token]
        position = found.end()
    found, sections = {}, []
    while tokens:
        name = tokens.pop(0)
        if name == "}" and sections:
            sections.pop()
        elif re.match(r"[\w./-]+$", name) and tokens and tokens[0] in ("{", "="):
            if tokens.pop(0) == "{":
                sections.append(name)
                found["/".join(sections)] = ["{"]
            else:
                found["/".join(sections + [name])] = _value(tokens)
        else:
            raise ValueError(f"unexpected {name}")
    if sections:
        raise ValueError(f"{sections[-1]} does not end")
    return found


def _value(tokens):
    """Return the value at the front of *tokens*, which is taken from them, as a list of texts."""
    first = tokens.pop(0) if tokens else "end"
    if first != "[":
        return [_scalar(first)]
    values = []
    while tokens and tokens[0] != "]":
        values.append(_scalar(tokens.pop(0)))
        if tokens and tokens[0] == ",":
            tokens.pop(0)
    if not tokens:
        raise ValueError("a list does not end")
    tokens.pop(0)
    return values


def _scalar(token):
    if token in "{}[]=," or token == "end":
        raise ValueError(f"unexpected {token}")
    if token[0] == '"':
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    return token[1:-1] if token[0] == "'" else token


def _pattern(text):
    """Return (accepts, regular expression) of one of a filter's patterns, such as a|^/dev/sda$|. Raises ValueError."""
    text = text.strip()
    ends = {"(": ")", "[": "]", "{": "}"}
    if len(text) < 3 or text[0] not in "ar" or text[-1] != ends.get(text[1], text[1]):
        raise ValueError(text)
    try:
        return text[0] == "a", re.compile(text[2:-1])
    except re.error as exc:
        raise ValueError(f"{text}: {exc}")


def _let_through(rules, names):
    """Return whether LVM takes a device of these names without anybody having chosen it: the first pattern that fits a
    name decides on that name, one name that is taken is enough, and what no pattern fits is taken.
    """
    decided = [next(((accepts, regex) for accepts, regex in rules if regex.search(name)), None) for name in names]
    taken = [regex for accepts, regex in filter(None, decided) if accepts]
    return any(regex.search(_NOBODY) for regex in taken) if taken else not any(decided)


def _names(tree, found_map):
    """Return the names of a map below /dev; all its links are in udev's records."""
    names = [found_map["dm"], f"mapper/{found_map['name']}", f"disk/by-id/dm-uuid-mpath-{found_map['wwid']}"]
    return ["/dev/" + name for name in names + block_graph.links(tree, found_map["dev_t"])]
