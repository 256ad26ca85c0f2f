# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Restart multipathd when that is safe, and see that it came up with what the files say and with every map that it had.

A daemon that stops ends the queueing of every map, so that I/O which waits for a path would fail: no restart while
there is an outage, nor while a map that is in use has no path that answers as itself, whatever the reason.
"""

import time

from ansible_collections.sanops.multipath.plugins.module_utils._core import schema, usage, verdict
from ansible_collections.sanops.multipath.plugins.module_utils._facts import witnesses
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import facts as multipath_facts
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import files as multipath_files
from ansible_collections.sanops.multipath.plugins.module_utils._system import child

_PAUSE = 0.5
COMMAND = ("systemctl", "restart", "multipathd.service")


def collect(tree, timeout):
    """Return the facts that a restart rests on, within *timeout* seconds.

    Those of the module stale_mpath_facts without open-iscsi, Fibre Channel, the platform and the symptoms.
    """

    def configure(kernel, daemon, clock, missing):
        deadline = clock.by(witnesses.CONFIGURATION_BY["multipath_conf"])
        return {"multipath_conf": multipath_facts.read(tree, kernel, daemon, deadline, missing)}

    return witnesses.ask(tree, timeout, None, configure, lambda *dummy: None)


def refusals(facts):
    """Return why the daemon may not be restarted now: [text]. *facts*: as collect() returns them."""
    elsewhere = [part for part in schema.CONFIGURATION if part != "multipath_conf"] + ["child"]
    found = [f"{gap['what']}: {gap['why']}" for gap in facts["incomplete"] if gap["what"] not in elsewhere]
    if facts["quarantine"]:
        found.append(facts["quarantine"])
    if not facts["multipathd"]["running"]:
        found.append("multipathd is not running: it may have been stopped for a reason")
    words = {path["hctl"]: path["wire"]["state"] for path in facts["paths"]}
    for found_map in facts["maps"]:
        found_words = [words[hctl] for hctl in found_map["paths"]]
        if verdict.judge(found_words, "unknown") == "outage":
            found.append(
                (
                    f"the map {found_map['name']} ({found_map['wwid']}) has an outage: no path of it can be reached, "
                    "and its I/O would fail"
                )
            )
        elif "same" not in found_words and not _is_unused(found_map):
            found.append(
                (
                    f"the map {found_map['name']} ({found_map['wwid']}) is in use, or its use is not known, and "
                    "no path of it answers as itself: I/O that waits for one would fail"
                )
            )
        if found_map["suspended"]:
            found.append(f"the map {found_map['name']} is suspended, by somebody else")
    return found


def _is_unused(found_map):
    """Return whether a map is known to be unused; an opener that is no user that was found is not known."""
    return usage.in_use(found_map["users"]) is False and (found_map["open_count"] == 0 or bool(found_map["users"]))


def restart(deadline):
    """Restart it. None, or why that did not go well."""
    code, output, error = child.run(list(COMMAND), deadline)
    if error or code != 0:
        return "%s: %s" % (" ".join(COMMAND), error or " ".join(output.split()) or f"exit code {code}")
    return None


def wait(tree, before, deadline):
    """Wait until the daemon runs what the files say, and has every map of *before* (facts) with all its paths.

    None, or what is missing.
    """
    while True:
        why = _missing(tree, before, deadline)
        if why is None or time.monotonic() + _PAUSE >= deadline:
            return why
        time.sleep(_PAUSE)


def _missing(tree, before, deadline):
    if not multipathd.daemon(tree)["running"]:
        return "multipathd is not running"
    try:
        builtin, dialect = multipath_facts.built_in(deadline)
        conf, dummy_files, dummy_complaints = multipath_facts.resolved(tree, builtin, dialect, deadline)
        pending = multipath_facts.pending(conf, dialect, multipathd.ask("show config", deadline))
        maps = multipathd.maps(deadline)
    except (OSError, ValueError, multipath_files.Unresolved) as exc:
        return f"multipathd does not answer: {exc}"
    if pending:
        return (
            f"multipathd runs another configuration than the files say: {pending[0]['what']} is "
            f"{pending[0]['running']}, not {pending[0]['files']}"
        )
    for found_map in before["maps"]:
        if found_map["wwid"] not in maps:
            return f"multipathd has no map {found_map['name']} any more"
        paths = len(maps[found_map["wwid"]]["paths"])
        if paths < len(found_map["paths"]):
            return "the map %s has %d paths, it had %d" % (found_map["name"], paths, len(found_map["paths"]))
    return _queueing(conf, tree, maps, before)


def _queueing(conf, tree, maps, before):
    """Return why the queueing of a map that has a path is not what the configuration says, or None."""
    words = {path["hctl"]: path["wire"]["state"] for path in before["paths"]}
    settings = multipath_facts.of_maps(tree, conf, before["maps"], before["paths"])
    for found_map, said in zip(before["maps"], settings):
        if "same" in [words[hctl] for hctl in found_map["paths"]]:
            wanted = said["settings"]["no_path_retry"]["value"]
            queueing = maps[found_map["wwid"]]["queueing"] or ""
            fits = {"queue": queueing == "on", "fail": queueing == "off", None: queueing in ("off", "-")}.get(
                wanted, queueing.split()[:1] == [wanted]
            )
            if not fits:
                return 'the queueing of %s is "%s", and no_path_retry is %s' % (found_map["name"], queueing, wanted)
    return None
