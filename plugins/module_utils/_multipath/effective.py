# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The effective settings of multipath-tools, and where each comes from. Pure functions over the texts of its files.

SETTING: {'value': text as `multipath -t` prints it, None: unset, 'source': SOURCE}; SOURCE: {'file' (None: built in),
'line', 'section'}. Source: libmultipath/config.c (merging), libmultipath/propsel.c (precedence), 0.8.5 to 0.11.1.
"""

import ctypes
import functools

from ansible_collections.sanops.multipath.plugins.module_utils._multipath import grammar as multipath_grammar
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import values as multipath_values

# In which sections each is looked for, the first that sets it wins.
PRECEDENCE = {
    "no_path_retry": ("multipath", "overrides", "device", "defaults"),
    "features": ("multipath", "overrides", "device", "defaults"),
    "flush_on_last_del": ("multipath", "overrides", "device", "defaults"),
    "fast_io_fail_tmo": ("protocol", "overrides", "device", "defaults"),
    "dev_loss_tmo": ("protocol", "overrides", "device", "defaults"),
}
GLOBAL = ("find_multipaths", "recheck_wwid")  # are in defaults only
_KNOWN_IN = dict(PRECEDENCE, **{key: ("defaults",) for key in GLOBAL})
_IDENTITY = {"device": ("vendor", "product", "revision"), "multipath": ("wwid",), "protocol": ("type",)}
_PROTOCOLS = (
    "scsi:fcp",
    "scsi:spi",
    "scsi:ssa",
    "scsi:sbp",
    "scsi:srp",
    "scsi:iscsi",
    "scsi:sas",
    "scsi:adt",
    "scsi:ata",
    "scsi:unspec",
    "ccw",
    "cciss",
    "nvme",
    "nvme:pcie",
    "nvme:rdma",
    "nvme:fc",
    "nvme:tcp",
    "nvme:loop",
    "nvme:apple-nvme",
    "nvme:unspec",
    "undef",
)
# The strings of an entry, in the order in which they are inherited.
_STRINGS = {
    "device": (
        "getuid_callout",
        "uid_attribute",
        "features",
        "hardware_handler",
        "path_selector",
        "path_checker",
        "prio",
        "prio_args",
        "alias_prefix",
        "product_blacklist",
    ),
    "multipath": ("alias", "uid_attribute", "getuid_callout", "path_selector", "features", "prio", "prio_args"),
    "protocol": (),
}
# C has no function for the size of a regex_t; it is 64 bytes in glibc on x86_64.
_REG_EXTENDED, _REG_NOSUB, _REGEX_BYTES = 1, 8, 1024


def read(files, builtin, dialect):
    """Return the whole configuration: {'defaults': {key: SETTING}, 'overrides': {key: SETTING}, 'protocols', 'devices',
    'multipaths': [entry]}.

    An entry is {'source': SOURCE, 'settings': {key: SETTING}}; the section of a source names the entry, such as
    "device NETAPP/LUN". *files*: [(path, text)] in the order in which multipath-tools reads them, the main file first;
    *builtin*: the same shape as the result, from built_in().
    """
    conf = {
        "defaults": dict(builtin["defaults"]),
        "overrides": {},
        "protocols": [],
        "multipaths": [],
        "devices": [_copy(entry) for entry in builtin["devices"]],
    }
    for path, text in files:
        known = len(conf["devices"])
        protocols = len(conf["protocols"])
        _take(conf, path, multipath_grammar.statements(text, dialect.protocols), dialect)
        _merge_devices(conf["devices"], known, dialect)
        conf["protocols"][protocols:] = [
            entry for entry in conf["protocols"][protocols:] if _identity(entry, "protocol")[0] in _PROTOCOLS
        ]
    for key, setting in builtin["defaults"].items():
        if _value(conf["defaults"], key) is None:
            conf["defaults"][key] = setting
    conf["protocols"] = _merged(conf["protocols"], "protocol", dialect)
    conf["multipaths"] = _merged(
        [entry for entry in conf["multipaths"] if _identity(entry, "multipath")[0] is not None], "multipath", dialect
    )
    for kind in ("devices", "multipaths", "protocols"):
        for entry in conf[kind]:
            _name(entry, kind[:-1])
    return conf


def built_in(printed, dialect):
    """Return what `multipath -t` printed without any file, as read() gives it."""
    conf = {"defaults": {}, "overrides": {}, "protocols": [], "multipaths": [], "devices": []}
    _take(conf, None, multipath_grammar.statements(printed), dialect)
    return conf


def effective(conf, wwid=None, vendor=None, product=None, revision=None, protocol=None):
    """Return {key of PRECEDENCE: SETTING} for one map, by its WWID, what its disks call themselves, and how they are
    reached.

    queue_if_no_path in features counts where no_path_retry is set nowhere, and is reported as no_path_retry queue then.
    """
    places = {
        "multipath": [
            entry for entry in conf["multipaths"] if wwid is not None and _identity(entry, "multipath")[0] == wwid
        ],
        "protocol": [entry for entry in conf["protocols"] if _identity(entry, "protocol")[0] == protocol],
        "overrides": [{"settings": conf["overrides"]}],
        "device": [entry for entry in reversed(conf["devices"]) if matches(entry, vendor, product, revision)],
        "defaults": [{"settings": conf["defaults"]}],
    }
    found = {}
    for key, sections in PRECEDENCE.items():
        settings = (place["settings"].get(key) for section in sections for place in places[section])
        found[key] = (
            next((setting for setting in settings if setting and setting["value"] is not None), None) or unset()
        )
    if found["no_path_retry"]["value"] is None and multipath_values.without_queueing(found["features"]["value"])[1]:
        found["no_path_retry"] = {"value": "queue", "source": found["features"]["source"]}
    return found


def comparable(conf):
    """Return a configuration without what is unset, without where it comes from, and without what this collection does
    not read: to see two agree.

    {'defaults': {key: value}, 'overrides': {key: value}, 'protocols', 'devices' (their order counts), 'multipaths' (it
    does not): [{key: value}]}.
    """

    def settings(found, keys):
        return {key: entry["value"] for key, entry in found.items() if entry["value"] is not None and key in keys}

    def entries(kind, section):
        return [settings(entry["settings"], tuple(PRECEDENCE) + _IDENTITY[section]) for entry in conf[kind]]

    multipaths = [
        entry for entry in entries("multipaths", "multipath") if "wwid" in entry
    ]  # one that is for no map has no effect
    return {
        "defaults": settings(conf["defaults"], tuple(PRECEDENCE) + GLOBAL),
        "overrides": settings(conf["overrides"], PRECEDENCE),
        "protocols": entries("protocols", "protocol"),
        "devices": entries("devices", "device"),
        "multipaths": sorted(multipaths, key=lambda entry: entry["wwid"]),
    }


def differences(conf, other):
    """Return [(what, value in *conf*, value in *other*)] of two configurations in the shape of comparable(); a value
    that is not there is None.
    """
    found = []
    for kind in sorted(conf):
        ours, theirs = dict(_named(conf[kind], kind)), dict(_named(other[kind], kind))
        found += [
            (name, ours.get(name), theirs.get(name))
            for name in sorted(set(ours) | set(theirs))
            if ours.get(name) != theirs.get(name)
        ]
    return found


def _named(part, kind):
    """Return (a name for a person, the value) of each setting of a part of comparable()."""
    entries = (
        [("", part)]
        if isinstance(part, dict)
        else [(" ".join(entry[key] for key in _IDENTITY[kind[:-1]] if key in entry), entry) for entry in part]
    )
    for place, (name, entry) in enumerate(entries):
        where = f"{kind} {name}" if name else kind
        if kind == "devices":  # their place is part of what they say
            yield f"{where}: place", str(len(entries) - place)
        for key, value in entry.items():
            yield f"{where}: {key}", value


def unset():
    """Return a setting that nobody sets."""
    return {"value": None, "source": {"file": None, "line": None, "section": "defaults"}}


def matches(entry, vendor, product, revision):
    """Return whether a device's entry is for disks that call themselves so; what is None is not known, and matches."""
    patterns = _identity(entry, "device")
    if (vendor, product, revision) == (None, None, None):
        return False
    return all(
        pattern is None or text is None or _searches(pattern, text)
        for pattern, text in zip(patterns, (vendor, product, revision))
    )


def text_of(source):
    """Return a source in words."""
    if source["file"] is None:
        return f"built in to multipath-tools ({source['section']})"
    return f"{source['file']}:{source['line']} ({source['section']})"


def _take(conf, path, statements, dialect):
    """Add what one file says."""
    entry = None
    lists = {
        ("devices", "device"): conf["devices"],
        ("multipaths", "multipath"): conf["multipaths"],
        ("overrides", "protocol"): conf["protocols"],
    }
    for statement in statements:
        section = statement["section"]
        if statement["kind"] == "open" and section in lists:
            entry = {"source": {"file": path, "line": statement["line"], "section": section[-1]}, "settings": {}}
            lists[section].append(entry)
        elif statement["kind"] == "set":
            settings = (
                entry["settings"]
                if section in lists
                else conf.get(section[0])
                if section in (("defaults",), ("overrides",))
                else None
            )
            if settings is not None:
                _set(settings, statement, path, dialect)


def _set(settings, statement, path, dialect):
    key, section = statement["key"], statement["section"]
    if section[-1] not in _KNOWN_IN.get(key, section) or key == "recheck_wwid" and not dialect.rechecks:
        return
    value = multipath_values.value_of(key, statement["value"], dialect)
    # A type that is no protocol is passed over: the section keeps the one that it has.
    if key == "type" and value not in _PROTOCOLS:
        return
    if value is not multipath_values.PASSED_OVER:
        source = {"file": path, "line": path and statement["line"], "section": section[-1]}
        settings[key] = {"value": value, "source": source}


def _name(entry, kind):
    """Have the sources of an entry's settings name the entry too: there are many of its kind."""
    name = "%s %s" % (kind, "/".join(word for word in _identity(entry, kind) if word is not None))
    entry["source"] = dict(entry["source"], section=name)
    for key, setting in entry["settings"].items():
        entry["settings"][key] = dict(setting, source=dict(setting["source"], section=name))


def _copy(entry):
    return {"source": entry["source"], "settings": dict(entry["settings"])}


def _identity(entry, kind):
    return tuple((entry["settings"].get(key) or {}).get("value") for key in _IDENTITY[kind])


def _merge_devices(devices, known, dialect):
    """Merge entries that name the same devices, letter by letter: the later one inherits from the former, and takes its
    place.
    """
    begin = 0
    while begin < len(devices):
        former = devices[begin]
        if begin >= known and None in _identity(former, "device")[:2]:
            del devices[begin]
            continue
        later = next(
            (
                entry
                for entry in devices[max(known, begin + 1) :]
                if _identity(entry, "device") == _identity(former, "device")
            ),
            None,
        )
        if later is None:
            begin += 1
            continue
        del devices[begin]
        known -= begin < known
        if _inherit(later["settings"], former["settings"], "device", dialect):
            _settle_features(later["settings"])
        begin = 0


def _inherit(later, former, kind, dialect):
    """Let *later* take what it does not set itself. Returns whether it took all.

    Before 0.9.0, an empty string ends that: nothing that would come after it is taken.
    """
    strings = _STRINGS[kind]
    for key in strings:
        if _value(later, key) is None and _value(former, key) is not None:
            if not former[key]["value"]:
                if dialect.strict:
                    continue
                return False
            later[key] = former[key]
    for key in former:
        if key not in strings and _value(later, key) is None:
            later[key] = former[key]
    return True


def _settle_features(settings):
    """Make queueing by the features of an entry its no_path_retry, where it inherited."""
    features, queues = multipath_values.without_queueing(_value(settings, "features"))
    if queues:
        if _value(settings, "no_path_retry") is None:
            settings["no_path_retry"] = {"value": "queue", "source": settings["features"]["source"]}
        settings["features"] = {"value": features, "source": settings["features"]["source"]}


def _merged(entries, kind, dialect):
    """Merge entries for the same thing: the later one inherits from the former."""
    found = []
    for index, entry in enumerate(entries):
        later = next(
            (other for other in entries[index + 1 :] if _identity(other, kind) == _identity(entry, kind)), None
        )
        if later is None:
            found.append(entry)
        else:
            _inherit(later["settings"], entry["settings"], kind, dialect)
    return found


def _value(settings, key):
    return (settings.get(key) or {}).get("value")


@functools.lru_cache(maxsize=None)
def _c_library():
    return ctypes.CDLL(None)


@functools.lru_cache(maxsize=4096)  # each resolution asks for the same hundreds of built-in entries
def _searches(pattern, text):
    """Return whether a POSIX extended regular expression finds something in a text: asked of the C library, whose word
    multipath-tools takes too.
    """
    library, compiled = _c_library(), ctypes.create_string_buffer(_REGEX_BYTES)
    if library.regcomp(compiled, pattern.encode("latin-1", "replace"), _REG_EXTENDED | _REG_NOSUB):
        return False
    try:
        return library.regexec(compiled, text.encode("latin-1", "replace"), 0, None, 0) == 0
    finally:
        library.regfree(compiled)
