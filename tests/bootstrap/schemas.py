# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the JSON Schemas, the tables of fields and the RETURN blocks from the TypedDicts in plugin_utils/*/shapes.py.

    python tests/bootstrap/schemas.py

- docs/fleet.schema.json and docs/array-view.schema.json are written as a whole.
- In pages and plugins, the lines between two marks are written again: a table in a page, the `contains` of a return
  value in a plugin. The mark says which TypedDict: "fields of _report.shapes.Host". "but a, b" leaves fields out, and
  "to depth 1" shows no fields of fields.

So each shape is written down once. The text of a field is the string below it, in Markdown; a schema gets it
without the markup, a RETURN block with that of Ansible. The blocks are written in place, since a test alone would leave
the second copy to people. The one exception is stale_mpath_facts: with a `contains` for every map and path, the module
would be twice as long, so a test checks its prose (tests/unit/bootstrap/test_schemas.py).

Pydantic makes JSON Schemas of a TypedDict too, but it reads only its own metadata, which plugins cannot import, and the
tables and the RETURN blocks would still need this program.
"""

import importlib
import json
import pathlib
import re
import textwrap

from typed_dicts import Fields

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = "ansible_collections.sanops.multipath.plugins.plugin_utils."
PLACES = ("docs/*.md", "plugins/filter/*.yml", "plugins/lookup/*.py", "plugins/modules/*.py")
MARK = re.compile(
    r"^(?P<indent> *)(?:# |<!-- )fields of (?P<shape>[\w.]+)(?: but (?P<but>[\w, ]+?))?(?: to depth (?P<depth>\d+))?"
    r", made by tests/bootstrap/schemas\.py(?: -->)?\n(?P<old>.*?)(?P<end>^ *(?:# |<!-- )end of the fields(?: -->)?$)",
    re.MULTILINE | re.DOTALL,
)
ANSIBLE_TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "array": "list"}
# What the types cannot say: how the fields of a record depend on each other.
DEPENDENCIES = {
    "declared": {"oneOf": [{"required": ["rule"]}, {"required": ["device"]}]},
    "host": {
        "if": {"properties": {"facts": {"type": "null"}}},
        "then": {
            "properties": {
                "state": {"enum": ["unreachable", "failed", "missing"]},
                "compliance": {"enum": ["unreachable", "not_audited"]},
                "why": {"type": "string"},
                "devices": {"maxItems": 0},
                "findings": {"maxItems": 0},
                "luns": {"maxProperties": 0},
            }
        },
        "else": {
            "properties": {
                "state": {"enum": ["audited", "incomplete"]},
                "compliance": {"enum": ["compliant", "noncompliant", "incomplete"]},
            }
        },
    },
    "view_lun": {"additionalProperties": False},
    "view_document": {
        "additionalProperties": False,
        "if": {"properties": {"complete": {"const": True}}},
        "then": {"properties": {"error": {"type": "null"}, "fetched_at": {"type": "string"}}},
    },
}
SCHEMAS = {
    "docs/array-view.schema.json": (
        "_arrays.shapes.ViewDocument",
        "A view of an array that is not ONTAP (sanops.multipath)",
        "docs/array-views.md explains it. The reader checks more than a schema can say: that each WWID has one of the "
        "prefixes, and that the time exists",
    ),
    "docs/fleet.schema.json": (
        "_report.shapes.Report",
        "fleet.json, schema 2, of sanops.multipath",
        "docs/fleet-json.md says more of it",
    ),
}


def named(name):
    """Return the TypedDict of a name such as _report.shapes.Host."""
    module, dummy, shape = name.rpartition(".")
    return getattr(importlib.import_module(PACKAGE + module), shape)


def plain(value):
    """Return a schema whose descriptions have no markup, and no full stop at the end."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: plain(item) for key, item in value.items()}
    if isinstance(value.get("description"), str):
        made["description"] = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", value["description"]).replace("`", "").rstrip(".")
    return made


def json_schema(file):
    name, title, more = SCHEMAS[file]
    fields = Fields(named(name), DEPENDENCIES)
    root = fields.defs.pop(fields.name)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **root,
        "description": root["description"] + " " + more,
        "$defs": dict(sorted(fields.defs.items())),
    }
    return json.dumps(plain(schema), indent=1, ensure_ascii=False) + "\n"


def table(fields, record, but, depth, elsewhere):
    lines = ["", "| key | type | meaning |", "| --- | --- | --- |"]
    lines += rows(fields, record, but, depth, elsewhere, "")
    return "".join(line + "\n" for line in [*lines, ""])


def rows(fields, record, but, depth, elsewhere, prefix):
    """Return a row for each field, and below it those of its fields that have no table of their own in the page."""
    for key, schema in record["properties"].items():
        if key in but:
            continue
        found = fields.of(schema)
        own = found and next((name for name, value in fields.defs.items() if value is found[0]), None)
        kind = words(schema, elsewhere)
        missing = "" if key in record["required"] else ", optional"
        yield f"| `{prefix}{key}` | {kind}{missing} | {schema.get('description', '')} |"
        if found and own not in elsewhere and depth != 1:
            yield from rows(fields, found[0], (), depth - 1, elsewhere, f"{prefix}{key}{found[1]}.")


def words(schema, elsewhere):
    """Return a type in words. elsewhere: links to the definitions that have a table of their own."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return elsewhere.get(name, "object")
    if "anyOf" in schema:
        return " or ".join(words(part, elsewhere) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"] if word) + (
            " or null" if None in schema["enum"] else ""
        )
    if "const" in schema:
        return f"`{schema['const']}`"
    kinds = schema.get("type", "any")
    kinds = list(kinds) if isinstance(kinds, list) else [kinds]
    if "items" in schema:
        kinds[0] = f"array of {words(schema['items'], elsewhere)}"
    elif isinstance(schema.get("additionalProperties"), dict):
        inner = words(schema["additionalProperties"], elsewhere)
        kinds[0] = "object of " + (f"({inner})" if " or " in inner else inner)
    return " or ".join(kinds)


def contains(fields, record, but, depth, indent):
    """Return the fields as the `contains` of a return value."""
    made = []
    for key, schema in record["properties"].items():
        if key in but:
            continue
        kind, elements = ansible_type(schema)
        made += [f"{indent}{key}:", *described(ansible_text(schema.get("description", ""), schema), indent + "  ")]
        made.append(f"{indent}  type: {kind}")
        if elements:
            made.append(f"{indent}  elements: {elements}")
        made.append(f"{indent}  returned: {'always' if key in record['required'] else 'where there is any'}")
        found = fields.of(schema)
        if found and depth != 1:
            made.append(f"{indent}  contains:")
            made.append(contains(fields, found[0], (), depth - 1, indent + "    ").rstrip("\n"))
    return "".join(line + "\n" for line in made)


def described(text, indent):
    line = f"{indent}description: {text}"
    if len(line) <= 120 and ": " not in text:
        return [line]
    lines = textwrap.wrap(text, 116 - len(indent), break_long_words=False, break_on_hyphens=False)
    return [f"{indent}description: >-", *(f"{indent}  {part}" for part in lines)]


def ansible_type(schema):
    """Return the type, and that of the elements of a list, in the words of Ansible's documentation."""
    if "anyOf" in schema or "enum" in schema or "$ref" in schema:
        return ("str" if "enum" in schema else "dict"), None
    kind = schema.get("type", "raw")
    kind = kind[0] if isinstance(kind, list) else kind
    made = ANSIBLE_TYPES.get(kind, "dict" if kind == "object" else kind)
    return made, ansible_type(schema["items"])[0] if "items" in schema else None


def ansible_text(text, schema):
    """Return a description in Markdown with the markup of Ansible's documentation."""
    text = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text)
    text = re.sub(r"`sanops\.multipath\.(\w+)`", lambda found: plugin(found.group(1)), text)
    text = re.sub(r"\b[Nn]ull\b", "V(none)", text)
    values = [word for word in schema.get("enum", ()) if word is not None]
    if values and not all(f"`{word}`" in text for word in values):
        text = f"{text} One of {', '.join(f'`{word}`' for word in values)}."
    return re.sub("`([^`]+)`", lambda found: f"{'V' if found.group(1) in values else 'C'}({found.group(1)})", text)


def plugin(name):
    for folder in ("lookup", "filter"):
        if list((ROOT / "plugins" / folder).glob(f"{name}.*")):
            return f"P(sanops.multipath.{name}#{folder})"
    if not (ROOT / "plugins" / "modules" / f"{name}.py").is_file():
        raise ValueError(f"there is no plugin {name}")
    return f"M(sanops.multipath.{name})"


def page(file):
    """Return a file with what is between its marks written again."""
    text = (ROOT / file).read_text(encoding="utf-8")
    elsewhere = {}
    for found in MARK.finditer(text) if file.endswith(".md") else ():
        heading = re.findall("^#+ (.+)$", text[: found.start()], re.MULTILINE)[-1].lower()
        elsewhere[Fields(named(found["shape"])).name] = f"[{heading}](#{heading.replace(' ', '-')})"

    def made(found):
        fields = Fields(named(found["shape"]))
        record = fields.defs[fields.name]
        but = re.findall(r"\w+", found["but"] or "")
        depth = int(found["depth"] or 0)
        if unknown := [key for key in but if key not in record["properties"]]:
            raise ValueError(f"{file}: {found['shape']} has no {', '.join(unknown)}")
        new = (
            table(fields, record, but, depth, elsewhere)
            if file.endswith(".md")
            else contains(fields, record, but, depth, found["indent"])
        )
        head = found.group()[: found.start("old") - found.start()]
        return head + new + found["end"]

    return MARK.sub(made, text)


def places():
    """Return the files that have marks."""
    found = (path for pattern in PLACES for path in sorted(ROOT.glob(pattern)))
    return [str(path.relative_to(ROOT)) for path in found if MARK.search(path.read_text(encoding="utf-8"))]


def files():
    """Return {file: what it has to be}."""
    return {**{file: json_schema(file) for file in SCHEMAS}, **{file: page(file) for file in places()}}


if __name__ == "__main__":
    for path, content in files().items():
        (ROOT / path).write_text(content, encoding="utf-8")
