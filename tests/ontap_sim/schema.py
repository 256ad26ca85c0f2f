# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a collection of the API is: its path, its keys, its fields and how its records are made."""

import re

from . import errors


class Field:
    """A leaf of a record.

    since: a version tuple; root: the dotted name that must be named to get an expensive field.
    """

    def __init__(self, name, flags, since, root):
        self.name = name
        self.key = "key" in flags
        self.default = self.key or "default" in flags
        self.since = since
        self.root = root


def version(text):
    """Return `9.14.1` as (9, 14, 1)."""
    return tuple(int(part) for part in re.findall(r"\d+", text.partition("P")[0])[:3])


def parse_fields(table):
    """Return a table of fields from text with one field a line.

    A line is a dotted name and any of `key`, `default`, a version, `expensive`. `expensive` marks the field itself,
    `expensive:lun_maps` its whole object.
    """
    fields = {}
    for line in table.strip().splitlines():
        name, *flags = line.split()
        since, root = (9, 6), None
        for flag in flags:
            if flag[0].isdigit():
                since = version(flag)
            elif flag.startswith("expensive"):
                root = flag.partition(":")[2] or name
        fields[name] = Field(name, flags, since, root)
    return fields


class Resource:
    """One collection (or, with `single`, one object).

    path: below /api, with `{...}` for the parts that the parent gives.
    ident: the fields that make the rest of an instance's path, in order.
    records: function of (world, *parts of the path) that gives full records, with `_links`.
    cluster_only: an SVM-scoped user may not read it.
    asa_r2: only an ASA r2 has it.
    instance: the pattern of the last part of an instance's path.
    """

    def __init__(
        self,
        path,
        ident,
        table,
        records,
        since=(9, 6),
        single=False,
        cluster_only=False,
        asa_r2=False,
        instance="([^/]+)",
    ):
        self.path = path
        self.ident = ident
        self.fields = parse_fields(table)
        self.records = records
        self.since = since
        self.single = single
        self.cluster_only = cluster_only
        self.asa_r2 = asa_r2
        pattern = re.sub(r"\{[^}]*\}", "([^/]+)", path)
        self.collection_pattern = re.compile(pattern)
        parts = ["([^/]+)"] * (len(ident) - 1) + [instance]
        self.instance_pattern = re.compile("/".join([pattern, *parts])) if ident else None

    def known(self, release):
        """Return the names of the fields that this version has."""
        return [field for field in self.fields.values() if field.since <= release]

    def check_argument(self, name, release):
        """Refuse a query argument that is no field of this version."""
        if name not in self.fields or self.fields[name].since > release:
            raise errors.unexpected_argument(name)

    def select(self, text, release, instance):
        """Return the leaves that `fields` (or None) selects: always the keys, expensive fields only if named."""
        known = self.known(release)
        chosen = {field.name for field in known if field.key}
        if text is None:
            return chosen | {field.name for field in known if field.default or (instance and not field.root)}
        dropped = set()
        for name in filter(None, (part.strip() for part in text.split(","))):
            if name.startswith("!"):
                dropped |= {field.name for field in self._named(name[1:], known) if not field.key}
            elif name == "*":
                chosen |= {field.name for field in known if not field.root}
            elif name == "**":
                chosen |= {field.name for field in known}
            else:
                chosen |= {field.name for field in self._named(name, known)}
        return chosen - dropped

    @staticmethod
    def _named(name, known):
        """Return the leaves that a name selects: itself, or all below it that are not expensive themselves."""
        stem = name.removesuffix(".*")
        below = [field for field in known if field.name == stem or field.name.startswith(stem + ".")]
        if not below and stem not in ("_links", "records", "num_records"):
            raise errors.invalid_value(name, "fields", "field,...")
        return [field for field in below if not field.root or f"{stem}.".startswith(f"{field.root}.")]
