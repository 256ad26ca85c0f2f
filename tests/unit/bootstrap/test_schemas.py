# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schemas, the tables and the RETURN blocks are what the TypedDicts say, and a change of these is seen."""

from __future__ import annotations

import importlib
import importlib.util
import pathlib
import re
import sys
import typing as t

import pytest
import schemas
import typed_dicts
import yaml
from ansible_collections.sanops.multipath.plugins.modules import stale_mpath_facts
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import shapes, views
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import facts_shapes

MADE = schemas.files()


class Inner(t.TypedDict):
    """What is within."""

    word: t.Literal["a", "b"]
    """A [word](page.md) such as `a`."""


class _Base(t.TypedDict):
    first: str
    """Of the base."""


class Outer(_Base, total=False):
    """What is around it.

    This is for programmers.
    """

    missing: int | None
    """May be missing: it is
    of two lines.
    """
    other: t.NotRequired[bool]
    always: t.Annotated[float, "always"]
    inner: Inner
    """What it holds."""
    nullable: Inner | None
    word: t.Literal["a"] | None
    several: t.Annotated[list[Inner], ("minItems", 1)]
    table: dict[t.Literal["k"], int]
    anything: dict[str, t.Any]
    known: t.Annotated[dict[str, t.Any], Inner]
    scope: t.Annotated[str | None, ("enum", ("x", "y"))]


class Gap(t.TypedDict):
    word: str


class Twice(t.TypedDict):
    first: Gap
    second: facts_shapes.Gap


@pytest.fixture
def outer():
    return typed_dicts.Fields(Outer)


@pytest.mark.parametrize("file", MADE)
def test_what_is_committed_is_what_the_shapes_say(file):
    is_new = (schemas.ROOT / file).read_text(encoding="utf-8") == MADE[file]
    assert is_new, "%s differs from the shapes; to update it, run: python tests/bootstrap/schemas.py" % file


def test_each_mark_is_read():
    for pattern in schemas.PLACES:
        for path in schemas.ROOT.glob(pattern):
            text = path.read_text(encoding="utf-8")
            begun = re.findall(r"fields of .*made by tests/bootstrap/schemas\.py", text)
            assert len(begun) == len(schemas.MARK.findall(text)) == text.count("end of the fields"), path


LOOKUPS = {"plugins/lookup/ontap_lun_maps.py", "plugins/lookup/ontap_luns.py"}
FLEET = {"docs/fleet.schema.json", "docs/fleet-json.md"}


@pytest.mark.parametrize(
    ("module", "field", "seen"),
    [
        ("_report.shapes", "san_cluster", FLEET),
        ("_arrays.shapes", "os_type", LOOKUPS),
        ("_arrays.shapes", "lun_id", {"docs/array-view.schema.json", "docs/array-views.md", *LOOKUPS}),
        ("_judge.shapes", "failed_because", {"plugins/modules/stale_mpath_remove.py"}),
        ("_judge.shapes", "answered_by", {"plugins/filter/verdicts.yml"}),
        ("_kubernetes.shapes", "system", {"plugins/lookup/kubernetes_volumes.py"}),
    ],
)
def test_a_field_that_is_deleted_is_seen(module, field, seen, tmp_path, monkeypatch):
    name = schemas.PACKAGE + module
    source = pathlib.Path(importlib.import_module(name).__file__).read_text(encoding="utf-8")
    changed, count = re.subn(r'^    %s: .*\n(    """(?:[^"]|"(?!""))*"""\n)?' % field, "    pass\n", source, flags=re.M)
    assert count
    (tmp_path / "shapes.py").write_text(changed, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, tmp_path / "shapes.py")
    found = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, found)
    spec.loader.exec_module(found)
    assert {file for file, text in schemas.files().items() if text != MADE[file]} == seen


def test_a_text_that_is_changed_is_seen(monkeypatch):
    texts = typed_dicts.documented

    def changed(shape):
        return {**texts(shape), "san_cluster": "Another text."} if shape.__name__ == "Host" else texts(shape)

    monkeypatch.setattr(typed_dicts, "documented", changed)
    assert {file for file, text in schemas.files().items() if text != MADE[file]} >= FLEET


def test_every_key_that_is_shown_has_a_text():
    assert [line for line in MADE["docs/fleet-json.md"].splitlines() if line.startswith("| `") and "|  |" in line] == []
    for file, text in MADE.items():
        assert "description: \n" not in text and not re.search("description: >-\n *type:", text), file


def test_no_markup_of_one_kind_is_in_another():
    for file in schemas.SCHEMAS:
        assert not re.search(r"\]\(|`", MADE[file])
    for file in schemas.places():
        for found in schemas.MARK.finditer(MADE[file]):
            assert re.search(r"\b[CVMP]\(" if file.endswith(".md") else r"\]\(|`|\b[Nn]ull\b", found["old"]) is None


class TestSchema:
    def test_keys_that_may_be_missing_are_not_required(self, outer):
        assert outer.defs["outer"]["required"] == ["first", "always"]

    @pytest.mark.parametrize(
        ("key", "schema"),
        [
            ("first", {"description": "Of the base.", "type": "string"}),
            ("missing", {"description": "May be missing: it is of two lines.", "type": ["integer", "null"]}),
            ("other", {"type": "boolean"}),
            ("inner", {"description": "What it holds.", "$ref": "#/$defs/inner"}),
            ("nullable", {"anyOf": [{"$ref": "#/$defs/inner"}, {"type": "null"}]}),
            ("word", {"enum": ["a", None]}),
            ("several", {"type": "array", "items": {"$ref": "#/$defs/inner"}, "minItems": 1}),
            (
                "table",
                {"type": "object", "propertyNames": {"enum": ["k"]}, "additionalProperties": {"type": "integer"}},
            ),
            ("anything", {"type": "object", "additionalProperties": True}),
            ("known", {"$ref": "#/$defs/inner"}),
            ("scope", {"enum": ["x", "y", None]}),
        ],
    )
    def test_a_type_is_a_schema(self, outer, key, schema):
        assert outer.defs["outer"]["properties"][key] == schema

    def test_the_first_paragraph_of_the_docstring_is_the_description(self, outer):
        assert outer.defs["outer"]["description"] == "What is around it."

    def test_two_shapes_of_one_name(self):
        with pytest.raises(ValueError, match="two shapes are called Gap"):
            typed_dicts.Fields(Twice)


class TestPlaces:
    def test_a_row_for_each_field_and_its_fields(self, outer):
        lines = schemas.table(outer, outer.defs["outer"], ["first"], 0, {}).splitlines()
        assert lines[3] == "| `missing` | integer or null, optional | May be missing: it is of two lines. |"
        assert "| `several[].word` | `a`, `b` | A [word](page.md) such as `a`. |" in lines
        assert not any("`first`" in line for line in lines)

    def test_what_has_a_table_of_its_own_is_a_link(self, outer):
        lines = schemas.table(outer, outer.defs["outer"], [], 0, {"inner": "[it](#it)"}).splitlines()
        assert "| `several` | array of [it](#it), optional |  |" in lines
        assert not any("`several[].word`" in line for line in lines)

    def test_contains(self, outer):
        found = yaml.safe_load(schemas.contains(outer, outer.defs["outer"], [], 0, ""))
        assert found["missing"] == {
            "description": "May be missing: it is of two lines.",
            "type": "int",
            "returned": "where there is any",
        }
        assert found["first"]["returned"] == "always"
        assert found["several"]["type"], found["several"]["elements"] == ("list", "dict")
        assert found["several"]["contains"]["word"]["description"] == "A word such as V(a). One of V(a), V(b)."
        assert found["known"]["type"] == "dict"

    def test_to_depth_1(self, outer):
        assert "contains" not in schemas.contains(outer, outer.defs["outer"], [], 1, "")

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("mpath_flush", "M(sanops.multipath.mpath_flush)"),
            ("ontap_luns", "P(sanops.multipath.ontap_luns#lookup)"),
            ("verdicts", "P(sanops.multipath.verdicts#filter)"),
        ],
    )
    def test_a_plugin_that_is_named(self, name, shown):
        assert schemas.ansible_text("See `sanops.multipath.%s`, or null." % name, {}) == "See %s, or V(none)." % shown

    def test_a_plugin_that_does_not_exist(self):
        with pytest.raises(ValueError, match="there is no plugin nothing"):
            schemas.ansible_text("See `sanops.multipath.nothing`.", {})

    def test_a_field_that_is_left_out_and_does_not_exist(self, tmp_path, monkeypatch):
        monkeypatch.setattr(schemas, "ROOT", tmp_path)
        (tmp_path / "page.md").write_text(
            "# Page\n\n<!-- fields of _report.shapes.Host but nothing, made by tests/bootstrap/schemas.py -->\n"
            "<!-- end of the fields -->\n"
        )
        with pytest.raises(ValueError, match="page.md: _report.shapes.Host has no nothing"):
            schemas.page("page.md")


def test_a_view_has_the_keys_that_its_reader_knows():
    assert tuple(shapes.ViewDocument.__annotations__) == views._KEYS
    assert tuple(shapes.ViewLun.__annotations__) == views._LUN_KEYS


class TestFacts:
    """The module stale_mpath_facts describes maps, paths and so on in prose, which names each key that is judged."""

    def places(self, shape, documented):
        """Yield the keys of a shape that no text names, among the texts of what they are in."""
        for key, hint in t.get_type_hints(shape, include_extras=True).items():
            inner = documented.get("contains", {}).get(key)
            if inner is None and not re.search(r"\(ignore:%s\)" % key, documented["description"]):
                yield f"{shape.__name__}.{key}"
            for part in self.shapes(hint):
                yield from self.places(part, inner or documented)

    def shapes(self, hint):
        return [hint] if t.is_typeddict(hint) else [found for part in t.get_args(hint) for found in self.shapes(part)]

    def test_each_key_is_documented(self):
        documented = yaml.safe_load(stale_mpath_facts.RETURN)["ansible_facts"]["contains"]["stale_mpath"]
        assert list(self.places(facts_shapes.Facts, documented)) == []

    def test_one_that_is_not_is_seen(self):
        documented = yaml.safe_load(stale_mpath_facts.RETURN.replace("RV(ignore:boot_id)", ""))
        documented = documented["ansible_facts"]["contains"]["stale_mpath"]
        assert list(self.places(facts_shapes.Facts, documented)) == ["Machine.boot_id"]
