# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder of a report: its files, its history, its formats; and what is asked of a report there."""

import gzip
import json
import os
import pathlib
import re

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.sanops.multipath.plugins.filter import report as filters
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import write as formats_write
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import archive, query, stored
from support.fleets import HEALTHY_ARRAY, LOST, configured_host, fleet, recycled

REPORT = fleet({"a": configured_host(), "b": recycled(), "c": LOST}, **HEALTHY_ARRAY)
PLAN = {"schema": 1, "removals": []}
ROOT = pathlib.Path(__file__).parents[5]


@pytest.fixture
def two_formats(monkeypatch):
    monkeypatch.setattr(
        formats_write,
        "FORMATS",
        {
            "one": ("one.txt", 0o640, lambda report: ["hosts: ", "%d" % len(report["hosts"])]),
            "two": ("two.txt", 0o644, lambda report: ["é\n"]),
        },
    )


def at(second):
    return dict(REPORT, generated_at="2026-11-21T02:00:%02dZ" % second)


def history(folder):
    return sorted(path.name for path in (folder / "history").iterdir())


class TestWrite:
    def test_what_is_written_is_what_is_read(self, tmp_path):
        archive.write(str(tmp_path), REPORT, PLAN, [])
        assert REPORT == archive.read(str(tmp_path / "fleet.json"))
        assert json.loads((tmp_path / "plan.json").read_text()) == PLAN
        assert (tmp_path / "fleet.json").stat().st_mode & 0o777 == 0o640

    def test_each_host_is_a_line(self, tmp_path):
        archive.write(str(tmp_path), REPORT, {}, [])
        lines = (tmp_path / "fleet.json").read_text().splitlines()
        start = lines.index('"hosts": [')
        assert [json.loads(line.rstrip(","))["name"] for line in lines[start + 1 : -2]] == ["a", "b", "c"]
        assert json.loads((tmp_path / "plan.json").read_text()) == {}

    def test_whatever_is_in_it(self, tmp_path):
        evil = dict(REPORT, arrays=[], hosts=[], more="\udc80é\x00\u2028", empty=[], nothing=None)
        archive.write(str(tmp_path), evil, PLAN, [])
        assert archive.read(tmp_path / "fleet.json") == evil

    @pytest.mark.parametrize(
        ("formats", "files"),
        [(["all"], ["one", "two"]), (["two"], ["two"]), (["two", "all", "one"], ["one", "two"]), ([], [])],
    )
    def test_formats(self, tmp_path, two_formats, formats, files):
        written = archive.write(str(tmp_path), REPORT, PLAN, formats)
        assert written == {name: str(tmp_path / (name + ".txt")) for name in files}
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
            ["fleet.json", "plan.json", *(name + ".txt" for name in files)]
        )
        if "two" in files:
            assert (tmp_path / "two.txt").read_bytes() == "é\n".encode() and (
                tmp_path / "two.txt"
            ).stat().st_mode & 0o777 == 0o644

    def test_the_data_is_there_whatever_a_format_does(self, tmp_path, monkeypatch):
        monkeypatch.setattr(formats_write, "FORMATS", {"bad": ("bad.txt", 0o640, lambda report: report["none"])})
        with pytest.raises(KeyError):
            archive.write(str(tmp_path), REPORT, PLAN, ["all"])
        assert sorted(path.name for path in tmp_path.iterdir()) == ["fleet.json", "plan.json"]

    def test_no_plan_is_there_without_its_report(self, tmp_path):
        with pytest.raises(KeyError):
            archive.write(str(tmp_path), dict(REPORT, hosts=[{"name": "a", "policy": None}]), PLAN, [])
        assert not (tmp_path / "plan.json").exists()


class TestRead:
    @pytest.fixture
    def path(self, tmp_path):
        archive.write(str(tmp_path), REPORT, PLAN, [])
        return tmp_path / "fleet.json"

    @pytest.mark.parametrize("packed", [False, True])
    def test_what_was_written_is_read_host_by_host(self, path, monkeypatch, packed):
        monkeypatch.delattr(archive, "_whole")
        if packed:
            path.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        assert archive.read(path) == REPORT
        assert archive.read(path, lambda host: host["name"]) == dict(REPORT, hosts=["a", "b", "c"])

    @pytest.mark.parametrize("options", [{"indent": 1}, {"indent": 2}, {}])
    def test_one_that_somebody_has_formatted_is_read_too(self, path, options):
        for content in (REPORT, json.loads(path.read_text())):
            path.write_text(json.dumps(content, **options))
            assert archive.read(path) == REPORT
            assert archive.read(path, lambda host: host["name"]) == dict(REPORT, hosts=["a", "b", "c"])

    def test_one_whose_hosts_stand_before_what_they_refer_to(self, path):
        lines = path.read_text().splitlines()
        start = lines.index('"hosts": [')
        end = lines.index(" ]", start)
        hosts = [*lines[start:end], " ],"]
        others = [*lines[1 : start - 1], lines[start - 1].removesuffix(",")]
        path.write_text("\n".join(["{", *hosts, *others, *lines[end + 1 :], ""]))
        assert json.loads(path.read_text())["hosts"] and archive.read(path) == REPORT

    @pytest.mark.parametrize(
        "hosts", [[7], [{}], [{"devices": [{}]}], [{"devices": 7}], [{"findings": [{}], "facts": 7}]]
    )
    def test_one_with_hosts_of_another_kind(self, path, hosts):
        path.write_text(json.dumps(dict(json.loads(path.read_text()), hosts=hosts)))
        with pytest.raises(ValueError, match="it is not a report"):
            archive.read(path)

    @pytest.mark.parametrize("lines", [1, 3, 5, -1])
    def test_one_that_was_cut_is_none(self, path, lines):
        path.write_bytes(b"".join(path.read_bytes().splitlines(True)[:lines]))
        with pytest.raises(ValueError):
            archive.read(path)

    def test_one_with_lines_of_another_kind(self, path):
        path.write_text(path.read_text() + "more\n")
        with pytest.raises(ValueError):
            archive.read(path)


class TestFormats:
    def test_what_may_be_asked_for_is_what_is_documented(self):
        text = (ROOT / "plugins/doc_fragments/report.py").read_text().partition("PUBLISHED = r")[2]
        documented = yaml.safe_load(text.split('"""')[1])["options"]["formats"]["choices"]
        assert set(formats_write.choices()) == set(documented)
        for role, option in (("audit", "audit_report_formats"), ("report", "report_formats")):
            spec = yaml.safe_load((ROOT / "roles" / role / "meta/argument_specs.yml").read_text())
            assert spec["argument_specs"]["variables"]["options"][option]["choices"] == documented

    def test_each_has_a_file_of_its_own_and_renders(self):
        assert len({one[0] for one in formats_write.FORMATS.values()}) == len(formats_write.FORMATS)
        for *dummy, pieces in formats_write.FORMATS.values():
            assert "".join(pieces(REPORT)).endswith("\n")


class TestKeep:
    def test_the_one_before_is_kept(self, tmp_path):
        for second in (1, 2, 3):
            archive.keep(str(tmp_path), 30)
            archive.write(str(tmp_path), at(second), PLAN, [])
        assert history(tmp_path) == ["fleet-2026-11-21T020001Z.json.gz", "fleet-2026-11-21T020002Z.json.gz"]
        assert archive.read(str(tmp_path / "history" / "fleet-2026-11-21T020001Z.json.gz")) == at(1)

    def test_as_long_as_there_are_few_all_stay(self, tmp_path):
        for second in range(1, 6):
            archive.keep(str(tmp_path), 5)
            archive.write(str(tmp_path), at(second), PLAN, [])
        assert len(history(tmp_path)) == 4

    def test_so_many_are_kept_and_what_is_not_ours_stays(self, tmp_path):
        for second in range(1, 7):
            archive.keep(str(tmp_path), 2)
            archive.write(str(tmp_path), at(second), PLAN, [])
            (tmp_path / "history").mkdir(exist_ok=True)
            (tmp_path / "history" / "fleet-mine.json.gz").write_text("x")
        assert history(tmp_path) == [
            "fleet-2026-11-21T020004Z.json.gz",
            "fleet-2026-11-21T020005Z.json.gz",
            "fleet-mine.json.gz",
        ]
        archive.keep(str(tmp_path), 0)
        assert history(tmp_path) == ["fleet-mine.json.gz"]

    @pytest.mark.parametrize("date", ["../../x", None, "2026-11-21T02:00:00Z/../../../x", "2026-11-21T02:00:00Z\n"])
    def test_no_report_leads_elsewhere(self, tmp_path, date):
        folder = tmp_path / "a" / "b"
        folder.mkdir(parents=True)
        (folder / "fleet.json").write_text(json.dumps(dict(REPORT, generated_at=date)))
        archive.keep(str(folder), 30)
        assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["fleet.json"] and os.listdir(
            folder
        ) == ["fleet.json"]

    def test_nothing_to_keep(self, tmp_path):
        archive.keep(str(tmp_path), 30)
        (tmp_path / "fleet.json").write_text("no JSON")
        archive.keep(str(tmp_path), 30)
        assert os.listdir(tmp_path) == ["fleet.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"schema": 1, "hosts": []}',
        b'{"schema": 2}',
        b"\xff",
        gzip.compress(b'{"schema": 2}', mtime=0)[:9],
        b"\x1f\x8bx",
        gzip.compress(b"x" * 99, mtime=0)[:10] + b"\xff" * 20,
        b"[" * 100000,
    ],
)
def test_what_is_no_report(tmp_path, content):
    path = tmp_path / "fleet.json"
    path.write_bytes(content)
    with pytest.raises(ValueError):
        archive.read(str(path))
    with pytest.raises(AnsibleFilterError, match="report_query: %s: " % path):
        filters.report_query(str(path), "hosts")


class TestQuery:
    @pytest.fixture
    def file(self, tmp_path):
        archive.write(str(tmp_path), REPORT, PLAN, [])
        return str(tmp_path / "fleet.json")

    @pytest.mark.parametrize(
        ("expression", "answer"),
        [
            ("totals.hosts", {"audited": 2, "unreachable": 1}),
            ("hosts[?compliance=='noncompliant'].name", ["b"]),
            ("hosts[?contains(name, 'c')].state", ["unreachable"]),
            ("length(hosts[].devices[])", 2),
            ("hosts[].devices[].paths[].wire.state", ["same", "other"]),
            ("nothing", None),
        ],
    )
    def test_of_all_forms(self, file, expression, answer):
        text = pathlib.Path(file).read_text()
        reports = (REPORT, json.dumps(REPORT), file, json.loads(text), text)
        assert [query.query(one, expression) for one in reports] == [answer] * 5
        assert filters.report_query(file, expression) == answer

    def test_words_of_another_type(self):
        """Ansible's own strings: jmespath asks for the name of a type."""

        class Text(str):
            pass

        assert query.query({"a": [Text("b")]}, Text("a[?contains(@, 'b')]")) == ["b"]

    @pytest.mark.parametrize(
        ("report", "expression", "message"),
        [
            (REPORT, "hosts[", "report_query: 'hosts\\[' is no expression of JMESPath"),
            (
                REPORT,
                "nonsense(hosts)",
                "report_query: 'nonsense\\(hosts\\)' cannot be asked of this report: Unknown function",
            ),
            (REPORT, "length(schema)", "report_query: .* cannot be asked of this report"),
            ("/no/such", "hosts", "report_query: /no/such cannot be read: No such file"),
            ("{", "hosts", "report_query: "),
            (
                {"schema": 2, "defaults": {"host": {}}, "hosts": [7]},
                "hosts",
                "report_query: it is not a report: TypeError",
            ),
            (
                {"schema": 1, "defaults": {"host": {}}, "hosts": []},
                "hosts",
                "report_query: it is not a report of schema 2",
            ),
            (7, "hosts", "report_query: a report is needed .*not a number"),
        ],
    )
    def test_what_makes_no_sense_is_named(self, report, expression, message):
        with pytest.raises(AnsibleFilterError, match=message):
            filters.report_query(report, expression)

    def test_without_jmespath(self, monkeypatch):
        monkeypatch.setattr(query, "jmespath", None)
        with pytest.raises(AnsibleFilterError, match="the Python library jmespath is missing on the controller"):
            filters.report_query(REPORT, "hosts")


def test_what_is_passed_on_is_what_was_written(tmp_path):
    archive.write(str(tmp_path), REPORT, PLAN, [])
    for name, content in (("fleet.json", stored.compact(REPORT)), ("plan.json", (PLAN,))):
        text = archive.packed(*content)
        assert re.fullmatch("[A-Za-z0-9+/=]+", text)
        assert pack.unpacked(text, "k") == json.loads((tmp_path / name).read_text())
