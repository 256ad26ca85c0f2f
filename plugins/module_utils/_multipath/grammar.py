# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""multipath.conf as multipath-tools reads it, oddities and all. Pure functions.

Source: libmpathutil/parser.c (libmultipath/parser.c before 0.9.0), 0.8.5 to 0.11.1. The grammar is of lines: a keyword
and its value, a keyword that opens a section, or a brace that closes one. What follows on the same line is ignored, so
that a brace there neither opens nor closes. A text is of bytes decoded as latin-1: outside quotes, whatever is not
ASCII separates words.
"""

import re

SPACES = " \t\n\v\f\r"
# The keywords that open a section, and those that do so within one. Any other is a setting, or is not known: neither
# opens anything.
_SECTIONS = {
    "defaults": (),
    "blacklist": ("device",),
    "blacklist_exceptions": ("device",),
    "devices": ("device",),
    "overrides": ("protocol",),
    "multipaths": ("multipath",),
}
# These open their section also without a brace. Others need a word after them, as settings do.
_KNOWN_SECTIONS = ("defaults", "blacklist", "blacklist_exceptions", "devices", "device", "multipaths", "multipath")
_LINE_BYTES = 1023  # of a line are read at once; what is over is taken for the next line
_QUOTE = object()  # a quotation mark is a word of its own


def statements(text, protocols=True):
    """Return what a file says: a list of dictionaries, in its order.

    'kind': 'open', 'close' or 'set'; 'line': its number, from 1; 'section': where it stands, such as ('devices',
    'device'), for 'open' and 'close' the one that is opened or closed; for 'set' also 'key' and 'value'. Lines that
    multipath-tools passes over are not in it.

    *protocols*: whether this version knows the section protocol in overrides (0.9.0, and backports).
    """
    found, section = [], ()
    for number, line in _lines(text):
        words = _words(line)
        if not words or not _is_valid(words):
            continue
        keyword = words[0]
        if keyword == "}":
            if section:
                found.append({"kind": "close", "line": number, "section": section})
                section = section[:-1]
        elif _opens(keyword, section, protocols):
            section += (keyword,)
            found.append({"kind": "open", "line": number, "section": section})
        elif section and keyword is not _QUOTE and len(words) > 1:
            found.append({"kind": "set", "line": number, "section": section, "key": keyword, "value": _value(words)})
    return found


def _opens(keyword, section, protocols):
    if not section:
        return keyword in _SECTIONS
    return len(section) == 1 and keyword in _SECTIONS[section[0]] and (protocols or keyword != "protocol")


def _lines(text):
    """Return (number, what is read at once): a long line comes in pieces."""
    for index, line in enumerate(re.findall("[^\n]*\n|[^\n]+", text)):
        for begin in range(0, len(line), _LINE_BYTES):
            piece = line[begin : begin + _LINE_BYTES].partition("\0")[0]
            yield index + 1, re.match("[\n\r]*[^\n\r]*", piece).group()


def _words(line):
    """Return the words of a line; what is between quotes is one, and each quotation mark is one."""
    words, at, quoted = [], _skip(line, 0), False
    while at < len(line) and (quoted or line[at] not in "!#"):
        if line[at] == '"' and not (quoted and line[at + 1 : at + 2] == '"'):
            words.append(_QUOTE)
            quoted, at = not quoted, at + 1
        elif not quoted and line[at] in "{}":
            words.append(line[at])
            at += 1
        elif quoted:
            word = re.compile('(?:[^"]|"")*').match(line, at).group()
            words.append(word.replace('""', '"'))
            at += len(word)
        else:
            word = re.compile('[\x00-\x7f]*?(?=[%s!#{}"\x80-\xff]|$)' % SPACES).match(line, at).group()
            words.append(word)
            at += len(word)
        if not quoted:
            at = _skip(line, at)
    return words


def _skip(line, at):
    while at < len(line) and (line[at] in SPACES or line[at] > "\x7f"):
        at += 1
    return at


def _is_valid(words):
    """Return whether a line counts at all."""
    if words[0] == "}" or words[0] in _KNOWN_SECTIONS:
        return True
    return words[0] != "{" and len(words) > 1


def _value(words):
    """Return what a setting is set to: with quotes, what is between them."""
    if words[1] is not _QUOTE:
        return words[1]
    return words[2] if len(words) > 2 and words[2] is not _QUOTE else ""
