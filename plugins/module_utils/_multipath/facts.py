# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The fact multipath_conf of a host: the effective settings of each map with their sources, what is ignored, and what
the daemon runs instead.

Two readings must agree: our own reading of the files, which knows the sources, and the host's own `multipath -t`,
which has the last word on the values.
"""

from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import effective as effective_conf
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import files as multipath_files

# Settings of defaults{} that no policy is about: they tell where to look, and how often multipathd does.
_REPORTED = ("polling_interval", "max_polling_interval", "user_friendly_names", "bindings_file", "wwids_file")
_PROTOCOLS = {"iscsi": "scsi:iscsi", "fc": "scsi:fcp", "sas": "scsi:sas", "ata": "scsi:ata"}


def read(tree, kernel, daemon, deadline, missing):
    """Return the fact multipath_conf, or None where it is not known or there are no multipath-tools.

    *kernel*: {'maps', 'paths'} of _kernel/devices.py; *daemon*: the fact multipathd; *missing*: is called with (what,
    why) for each gap.
    """
    if daemon["version"] is None:  # no multipath-tools, or they did not answer, which is a gap already
        return None
    try:
        found, gaps = collect(tree, kernel["maps"], kernel["paths"], daemon["running"], deadline)
    except multipath_files.Unresolved as exc:
        found, gaps = None, [str(exc)]
    for why in gaps:
        missing("multipath_conf", why)
    return found


def collect(tree, maps, paths, running, deadline):
    """Return (the fact, shape: see the module stale_mpath_facts, RETURN, [why a part of it is not known]). Raises
    files.Unresolved.

    *maps*, *paths*: as _kernel/devices.py gives them; *running*: whether multipathd is.
    """
    builtin, dialect = built_in(deadline)
    conf, files, complaints = resolved(tree, builtin, dialect, deadline)
    waiting, gaps = None, []
    if running:
        try:
            waiting = pending(conf, dialect, multipathd.ask("show config", deadline))
        except (OSError, ValueError) as exc:
            gaps.append(f"what multipathd runs: {exc}")
    return {
        "main": multipath_files.MAIN,
        "present": tree.exists(multipath_files.MAIN),
        "files": [path for path, dummy in files],
        "ignored": multipath_files.ignored(complaints, files),
        "defaults": {key: conf["defaults"].get(key) for key in effective_conf.GLOBAL + _REPORTED},
        "overrides": conf["overrides"],
        "pending": waiting,
        "entries": _entries(tree, conf, paths),
        "maps": of_maps(tree, conf, maps, paths),
    }, gaps


def built_in(deadline):
    """Return (what the host's multipath-tools have built in, their dialect). Raises files.Unresolved."""
    printed, dummy = multipath_files.ask(deadline, [(multipath_files.MAIN, multipath_files.PROBE)])
    try:
        return multipath_files.dialect_of(printed)
    except (KeyError, IndexError) as exc:
        raise multipath_files.Unresolved(f"multipath -t did not print what it was given: no {exc}")


def resolved(tree, builtin, dialect, deadline):
    """Return (the host's configuration with its sources, its files, what multipath-tools complain of). Raises
    files.Unresolved, also where our reading of the files and theirs differ.
    """
    main = tree.data(multipath_files.MAIN) or b""
    files = multipath_files.texts(tree, multipath_files.folder_of(main.decode("latin-1"), builtin))
    conf = effective_conf.read(files, builtin, dialect)
    printed, complaints = multipath_files.ask(deadline)
    agree(conf, printed, dialect)
    return conf, files, complaints


def agree(conf, printed, dialect):
    """Raise files.Unresolved where a configuration is not what `multipath -t` printed."""
    ours, theirs = effective_conf.comparable(conf), effective_conf.comparable(effective_conf.built_in(printed, dialect))
    if ours != theirs:
        raise multipath_files.Unresolved(
            "multipath -t reads the files in another way: %s"
            % (
                "; ".join(
                    f"{name}: {their} (by our reading {our})"
                    for name, our, their in effective_conf.differences(ours, theirs)[:3]
                )
                or "in another order"
            )
        )


def pending(conf, dialect, reply):
    """Return where the daemon runs something else than the files say: [{'what', 'files', 'running'}], from its reply to
    "show config".

    Raises ValueError.
    """
    if not reply.startswith("defaults {"):
        raise ValueError(f"multipathd answered {reply[:60]!r}")
    running = effective_conf.built_in(reply, dialect)
    differ = effective_conf.differences(effective_conf.comparable(conf), effective_conf.comparable(running))
    return [{"what": what, "files": ours, "running": theirs} for what, ours, theirs in differ]


def of_maps(tree, conf, maps, paths):
    """Return the effective settings of each map: see the fact's `maps`."""
    return [
        _one_map(tree, conf, found_map, [path for path in paths if path["map"] == found_map["wwid"]])
        for found_map in maps
    ]


def _entries(tree, conf, paths):
    """Return the device entries of the user's files, and those that are built in and match a disk of this host."""
    disks = {_calls_itself(tree, path) for path in paths}
    return [
        dict(
            entry, **{key: (entry["settings"].get(key) or {}).get("value") for key in ("vendor", "product", "revision")}
        )
        for entry in conf["devices"]
        if entry["source"]["file"] is not None or any(effective_conf.matches(entry, *disk) for disk in disks)
    ]


def _one_map(tree, conf, found_map, paths):
    protocols = sorted({_PROTOCOLS.get(path["transport"], "scsi:unspec") for path in paths})
    vendor, product, revision = _calls_itself(tree, paths[0]) if paths else (None, None, None)
    settings = effective_conf.effective(
        conf, found_map["wwid"], vendor, product, revision, protocols[0] if protocols else None
    )
    return {
        "wwid": found_map["wwid"],
        "vendor": vendor,
        "product": product,
        "protocols": protocols,
        "settings": settings,
        "queues_for_ever": settings["no_path_retry"]["value"] == "queue",
    }


def _calls_itself(tree, path):
    return path["vendor"], path["product"], tree.text(f"/sys/class/scsi_device/{path['hctl']}/device/rev")
