# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations of multipath as people write them, and as they should not: made from a seed."""

VENDORS = ["NETAPP", "HP", "(NETAPP|LSI|ENGENIO)", "ACME", "PURE"]
PRODUCTS = ["LUN", "LUN.*", "INF-01-00", "FlashArray", "Box"]
VALUES = {
    "no_path_retry": ["fail", "queue", "0", "12", "5", "-1", "12abc", "abc"]
    + ['"queue"', '" 12"', '""', "99999999999", "+5"],
    "dev_loss_tmo": ["infinity", "60", "0", "-1", "abc", "60s", "4294967296", '"infinity"'],
    "fast_io_fail_tmo": ["off", "0", "5", "-1", "-2", "-3", "abc", "5x"],
    "flush_on_last_del": ["yes", "no", "always", "unused", "never", "1", "0", "abc"],
    "features": [
        '"0"',
        '"1 queue_if_no_path"',
        '"2 queue_if_no_path"',
        '"3 queue_if_no_path pg_init_retries 50"',
        '"2 pg_init_retries 50"',
        "0",
        '""',
        "abc",
    ],
    "find_multipaths": ["yes", "no", "strict", "greedy", "smart", "abc", "1"],
    "recheck_wwid": ["yes", "no", "abc"],
    "user_friendly_names": ["yes", "no", "abc"],
    "prio_args": ['""', '"exclusive_pref_bit"'],
    "alias_prefix": ["san", '"a ""b"" c"'],
    "path_selector": ['"round-robin 0"', '"service-time 0"'],
    "nonsense": ["1"],
}
IN_SECTION = {
    "defaults": [key for key in VALUES if key != "nonsense"],
    "overrides": (
        "no_path_retry dev_loss_tmo fast_io_fail_tmo flush_on_last_del features user_friendly_names nonsense"
    ).split(),
    "device": (
        "no_path_retry dev_loss_tmo fast_io_fail_tmo flush_on_last_del features prio_args alias_prefix "
        "path_selector nonsense"
    ).split(),
    "multipath": ["no_path_retry", "flush_on_last_del", "features", "user_friendly_names", "dev_loss_tmo"],
    "protocol": ["fast_io_fail_tmo", "dev_loss_tmo", "no_path_retry"],
}
WWIDS = ["3600a0980000000000000000000000001", "3600a0980000000000000000000000002"]
TYPES = ["scsi:fcp", "scsi:iscsi", '"scsi:iscsi"', "scsi:none"]


def configuration(random):
    """Return {path: bytes}: a main file most of the time, and drop-ins."""
    files = {}
    if random.random() < 0.9:
        files["/etc/multipath.conf"] = _file(random)
    for name in random.sample(
        ["a.conf", "b.conf", ".hidden.conf", "c.conf.bak", "zz.conf", "plain", "B.conf"],
        random.choice([0, 0, 1, 1, 2, 3]),
    ):
        files[f"/etc/multipath/conf.d/{name}"] = _file(random)
    return files


def _file(random):
    lines = []
    for dummy in range(random.choice([1, 1, 2, 3, 4])):
        _section(random, lines)
    ending = random.choice(["\n", "\n", "\n", "\r\n"])
    text = ending.join(lines) + random.choice([ending, ending, ""])
    return text.encode("latin-1")


def _section(random, lines):
    kind = random.choice(
        ["defaults", "overrides", "overrides", "devices", "devices", "devices", "multipaths", "blacklist", "unknown"]
    )
    _open(random, lines, kind)
    if kind == "devices":
        for dummy in range(random.choice([1, 1, 2, 3])):
            _open(random, lines, "device")
            if random.random() < 0.95:
                _line(random, lines, "vendor", f'"{random.choice(VENDORS)}"')
            if random.random() < 0.95:
                _line(random, lines, "product", f'"{random.choice(PRODUCTS)}"')
            if random.random() < 0.1:
                _line(random, lines, "revision", '"1"')
            _settings(random, lines, "device")
            _close(random, lines)
    elif kind == "multipaths":
        for dummy in range(random.choice([1, 1, 2])):
            _open(random, lines, "multipath")
            if random.random() < 0.9:
                _line(random, lines, "wwid", random.choice(WWIDS))
            _settings(random, lines, "multipath")
            _close(random, lines)
    elif kind == "blacklist":
        _line(random, lines, "devnode", '"^sda$"')
        if random.random() < 0.3:
            _open(random, lines, "device")
            _line(random, lines, "vendor", "X")
            _close(random, lines)
    elif kind == "unknown":
        _settings(random, lines, "defaults")
    else:
        _settings(random, lines, kind)
        if kind == "overrides" and random.random() < 0.4:
            _open(random, lines, "protocol")
            if random.random() < 0.9:
                _line(random, lines, "type", random.choice(TYPES))
            _settings(random, lines, "protocol")
            _close(random, lines)
    _close(random, lines)


def _settings(random, lines, section):
    for key in random.choices(IN_SECTION[section], k=random.choice([0, 1, 2, 3, 4])):
        _line(random, lines, key, random.choice(VALUES[key]))


def _open(random, lines, word):
    chance = random.random()
    if chance < 0.9:
        lines.append(f"{word} {{" + random.choice(["", "", "", " # why", " extra"]))
    elif chance < 0.94:
        lines += [word, "{"]
    elif chance < 0.97:
        lines.append(f"{word}{{ no_path_retry queue }}")
    else:
        lines.append(f"\t{word} \t{{ vendor")


def _close(random, lines):
    chance = random.random()
    if chance < 0.95:
        lines.append(random.choice(["}", "}", "\t}", "} # end", "}}"]))
    elif chance < 0.97 and lines:
        lines[-1] += " }"


def _line(random, lines, key, value):
    chance = random.random()
    if chance < 0.8:
        lines.append(f"\t{key} {value}")
    elif chance < 0.84:
        lines.append(
            f"{key}{random.choice(['  ', chr(9), chr(0xE4)])}{value} # {random.choice(['why', '} }', chr(34)])}"
        )
    elif chance < 0.88:
        lines.append(f'{key} "{value.strip(chr(34))}')
    elif chance < 0.91:
        lines.append(f"{key} {value} more")
    elif chance < 0.93:
        lines.append(f"{key}")
    elif chance < 0.95:
        lines.append(f"{'#!'[random.randrange(2)]} {key} {value}")
    elif chance < 0.97:
        lines.append(f"{key} {' ' * random.choice([900, 1000, 1015, 1023, 1100])}{value}")
    else:
        lines.append(f"{key}\r{value}")
