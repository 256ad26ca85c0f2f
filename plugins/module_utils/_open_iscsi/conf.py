# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The grammar of iscsid.conf and of open-iscsi's node records: what counts, what open-iscsi leaves out, and how to
change it in place. Pure functions.

From open-iscsi (usr/idbm.c: idbm_recinfo_config, idbm_rec_update_param; the same from 2.0.87x to 2.1.11, and seen on
2.1.8 and 2.1.11). A setting is a line "name = value". There must be white space before the "=": "name=value" is left
out. So is the last line of a file if no newline ends it, and a word that is none of the values of its name, such as
"manual # comment": a comment needs a line of its own. Of two lines the last valid one counts.

A text here is a str with one character for each byte (latin-1), so that whatever it holds comes out as it went in;
shown() makes it readable.
"""

import re

_SPACE = " \t\n\v\f\r"  # isspace() of the C locale; str.strip() alone would take more
_BUFFER = 2047  # bytes of a line that open-iscsi reads at once; what is longer is cut, and goes on as a line of its own
_END_OF_RECORD = "# END RECORD"
_SCAN, _STARTUP, _YES = ("manual", "auto"), ("manual", "automatic", "onboot"), ("No", "Yes")
_DIGEST = ("None", "CRC32C", "CRC32C,None", "None,CRC32C")
NUMBER = None
# The settings of a record that can be changed, but for credentials: their values, or NUMBER.
KEYS = {"node.startup": _STARTUP, "node.leading_login": _YES, "node.session.scan": _SCAN}
KEYS.update(
    ("node.session." + name, NUMBER)
    for name in (
        "initial_cmdsn",
        "initial_login_retry_max",
        "xmit_thread_priority",
        "cmds_max",
        "queue_depth",
        "nr_sessions",
        "reopen_max",
        "conn_reopen_log_freq",
        "timeo.replacement_timeout",
        "err_timeo.abort_timeout",
        "err_timeo.lu_reset_timeout",
        "err_timeo.tgt_reset_timeout",
        "err_timeo.host_reset_timeout",
        "iscsi.FirstBurstLength",
        "iscsi.MaxBurstLength",
        "iscsi.DefaultTime2Retain",
        "iscsi.DefaultTime2Wait",
        "iscsi.MaxConnections",
        "iscsi.MaxOutstandingR2T",
        "iscsi.ERL",
    )
)
KEYS.update(("node.session.iscsi." + name, _YES) for name in ("FastAbort", "InitialR2T", "ImmediateData"))
KEYS.update(
    ("node.conn[0]." + name, NUMBER)
    for name in (
        "tcp.window_size",
        "tcp.type_of_service",
        "timeo.logout_timeout",
        "timeo.login_timeout",
        "timeo.auth_timeout",
        "timeo.noop_out_interval",
        "timeo.noop_out_timeout",
        "iscsi.MaxXmitDataSegmentLength",
        "iscsi.MaxRecvDataSegmentLength",
    )
)
KEYS.update(
    ("node.conn[0].iscsi." + name, values)
    for name, values in (("HeaderDigest", _DIGEST), ("DataDigest", _DIGEST), ("IFMarker", _YES), ("OFMarker", _YES))
)
KEYS["node.conn[0].startup"] = _STARTUP

DEFAULT_SCAN, DEFAULT_STARTUP = (
    "auto",
    "manual",
)  # built in; what iscsid.conf says only goes into records that are created from then on


def parse(text):
    """Return {'settings': {name: {'value', 'line'}}, 'ignored': [{'line', 'text', 'why'}]}: what counts, and what is
    left out. Lines count from 1.

    The text of a line that holds a password is masked.
    """
    settings, ignored, line, begins = {}, [], 1, True
    for piece in _pieces(text):
        found = _read(piece)
        if found and found["why"]:
            # What goes on after a cut may be the rest of a password.
            ignored.append(
                {"line": line, "text": masked(piece).strip(_SPACE) if begins else "...", "why": found["why"]}
            )
        elif found:
            settings[found["name"]] = {"value": found["value"], "line": line}
        begins = piece.endswith("\n")
        line += begins
    return {"settings": settings, "ignored": ignored}


def edit(text, wanted):
    """Return the text in which the settings *wanted* ({name: value}) count, every other one as before, with as few
    lines changed as can be.

    Raises ValueError where that cannot be had.
    """
    pieces = _pieces(text)
    for name, value in sorted(wanted.items()):
        pieces = _set(pieces, name, value)
    changed = "".join(pieces)
    before, after = values(text), values(changed)
    before.update(wanted)
    if after != before:
        raise ValueError("a line of it that is too long stands in the way")
    return changed


def values(text):
    """Return {name: value} of what counts."""
    return {name: setting["value"] for name, setting in parse(text)["settings"].items()}


def check(settings):
    """Return the settings as text, {name: value}.

    Raises ValueError, in words for the user, at one that a record cannot have, or that is a credential.
    """
    return {name: _checked(name, value) for name, value in settings.items()}


def why_malformed(text, target):
    """Return why the text of a file in the folder of *target* is no record that could be changed safely, or None."""
    if not text.strip(_SPACE):
        return "it is empty"
    if "\0" in text:
        return "it holds bytes that are no text"
    lines = [line.strip(_SPACE) for line in text.split("\n")]
    if any(line.startswith("# BEGIN RECORD") for line in lines) and _END_OF_RECORD not in lines:
        return f'it ends before its line "{_END_OF_RECORD}"'
    found = values(text)
    missing = [name for name in ("node.name", "node.conn[0].address", "node.conn[0].port") if name not in found]
    if missing:
        return f"it has no {missing[0]}"
    if found["node.name"] != target:
        return f"it is in the folder of {shown(target)}, and is of {shown(found['node.name'])}"
    return None


def is_for_boot(settings):
    """Return whether a record, {name: value}, is one that was made for booting: by firmware, or to be logged in by the
    initial RAM disk.
    """
    return settings.get("node.discovery_type") == "fw" or "onboot" in (
        settings.get("node.startup"),
        settings.get("node.conn[0].startup"),
    )


def masked(text):
    """Return the text with all that follows the word "password" in a line taken out."""
    return re.sub(r"(?i)(password\w*)[^\w\r\n][^\r\n]*", r"\1 = ********", text)


def shown(text):
    """Return a text of this module as it is to be read: UTF-8, other bytes as \\xNN."""
    return text.encode("latin-1").decode("utf-8", "backslashreplace")


def _checked(name, value):
    if name.startswith("node.session.auth."):
        raise ValueError(
            f"settings: {name} is a matter of credentials, which are neither taken nor shown here; iscsiadm sets them"
        )
    if name not in KEYS:
        raise ValueError(
            f"settings: {name} is no setting of a node record that can be changed (such as node.session.scan)"
        )
    # YAML makes a number of 30 and a boolean of Yes.
    text = ("Yes" if value else "No") if isinstance(value, bool) else str(value)
    if KEYS[name] is NUMBER and not re.match(r"-?[0-9]{1,10}\Z", text):
        raise ValueError(f"settings: {name} is to be a number, not {value!r}")
    if KEYS[name] is not NUMBER and text not in KEYS[name]:
        raise ValueError(f"settings: {name} is to be one of {', '.join(KEYS[name])}, not {value!r}")
    return text


def _pieces(text):
    """Return the lines as open-iscsi reads them, each with its newline; joined they are the text."""
    lines = text.split("\n")
    lines = [line + "\n" for line in lines[:-1]] + lines[-1:]
    return [line[start : start + _BUFFER] for line in lines for start in range(0, len(line), _BUFFER)]


def _read(piece):
    """Return {'name', 'value', 'start' (where the value begins in the piece), 'why' (None: it counts)}; None for a
    comment or nothing.
    """
    line = piece.strip(_SPACE)
    if not line or line[0] == "#":
        return None
    name, rest = re.match(f"([^{_SPACE}=]*)(.*)", line, re.DOTALL).groups()
    value = rest.lstrip(_SPACE)[1:].strip(_SPACE) if rest.lstrip(_SPACE)[:1] == "=" else None
    found = {"name": name, "value": value, "start": piece.index(line) + len(line) - len(value or ""), "why": None}
    if "\0" in piece:
        found["why"] = "it holds a NUL byte"
    elif not piece.endswith("\n"):
        found["why"] = "it is longer than %d bytes" % _BUFFER if len(piece) == _BUFFER else "no newline ends it"
    elif value == "" or not rest:
        found["why"] = "it has no value"
    elif rest[0] == "=" and not rest[1:].lstrip(_SPACE).startswith("="):
        found["why"] = 'there is no space before its "="'
    elif rest[0] == "=":  # "name== value": the first one ends the name, the second one counts
        found["value"] = rest[1:].lstrip(_SPACE)[1:].strip(_SPACE)
        found["start"] = piece.index(line) + len(line) - len(found["value"])
        found["why"] = None if found["value"] else "it has no value"
    elif value is None:
        found["why"] = 'it has no "="'
    known = KEYS.get(name)
    if not found["why"] and known and found["value"] not in known:
        comment = re.match(r"(\S+)\s+#", found["value"])
        if comment and comment.group(1) in known:
            found["why"] = "what follows the value is taken for a part of it; a comment needs a line of its own"
        else:
            found["why"] = f"{shown(found['value'])} is none of the values that it may have ({', '.join(known)})"
    return found


def _set(pieces, name, value):
    read = [_read(piece) for piece in pieces]
    mine = [at for at, found in enumerate(read) if found and found["name"] == name]
    valid = [at for at in mine if not read[at]["why"]]
    mendable = [
        at
        for at in mine
        if read[at]["why"]
        and "\0" not in pieces[at]
        and len(pieces[at]) < _BUFFER
        and (at == 0 or pieces[at - 1].endswith("\n"))
    ]
    ending = "\r\n" if pieces and pieces[0].endswith("\r\n") else "\n"
    line = f"{name} = {value}{ending}"
    if valid:
        at, start = valid[-1], read[valid[-1]]["start"]
        return (
            pieces[:at] + [pieces[at][:start] + value + pieces[at][start + len(read[at]["value"]) :]] + pieces[at + 1 :]
        )
    if mendable:
        at = mendable[-1]
        comment = re.search(r"\s(#.*)", pieces[at].rstrip(_SPACE))
        return pieces[:at] + ([comment.group(1) + ending] if comment else []) + [line] + pieces[at + 1 :]
    example = re.compile(r"[ \t]*#[ \t#]*" + re.escape(name) + r"[ \t]*=")
    places = [
        at + 1
        for at, piece in enumerate(pieces)
        if example.match(piece) and piece.endswith("\n") and (at == 0 or pieces[at - 1].endswith("\n"))
    ]
    places = places or [at for at, piece in enumerate(pieces) if piece.strip(_SPACE) == _END_OF_RECORD]
    if places:
        return pieces[: places[-1]] + [line] + pieces[places[-1] :]
    return _appended(pieces, read, line)


def _appended(pieces, read, line):
    """Return the pieces with a line added at the end of the text.

    A last line that does not count since no newline ends it stays so: a newline would put an unrequested
    setting into effect.
    """
    if not pieces or pieces[-1].endswith("\n"):
        return pieces + [line]
    if read[-1] is None and "\0" not in pieces[-1]:
        return pieces[:-1] + [pieces[-1] + "\n", line]
    begin = max([at for at, piece in enumerate(pieces[:-1]) if piece.endswith("\n")] or [-1]) + 1
    return pieces[:begin] + [line] + pieces[begin:]
