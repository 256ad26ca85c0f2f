# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

import json
from types import SimpleNamespace

import pytest
import support_page
from scenarios import proven

NODE = {"debian": "sid", "kernel": "6.12.4+deb13", "multipath": "0.15.1-1", "iscsi": "2.1.11-3", "python": "3.14.2"}


def record(what="test_removal::TestGuards", core="2.21.0", cases=3, **node):
    return {"core": core, "nodes": [{**NODE, "transport": "iscsi", "cases": {what: cases}, **node}]}


def kept(*records):
    return support_page.merged({"nodes": [], "cores": {}}, records)


def rows(text, first):
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.split("\n")
        if line.startswith(f"| {first}")
    ]


def test_the_page_is_up_to_date():
    text = support_page.page(json.loads(support_page.KEPT.read_text(encoding="utf-8")))
    assert support_page.PAGE.read_text(encoding="utf-8") == text, "run: python tests/bootstrap/support_page.py"


def test_what_nobody_ran_is_called_so():
    (row,) = rows(support_page.page(kept(record())), "Debian sid")
    assert row == ["Debian sid", "iSCSI", "0.15.1", "6.12", "3.14", "not recorded", "3", *["not recorded"] * 4]


def test_a_new_run_replaces_the_old_one_of_the_same_kind_alone():
    made = kept(
        record(cases=3),
        record(cases=5),
        record(what="test_users::TestUsers", cases=1),
        record(debian="bullseye", cases=9),
    )
    text = support_page.page(made)
    assert rows(text, "Debian sid")[0][6] == "6" and rows(text, "Debian 11")[0][6] == "9"


def test_the_newest_core_counts_and_cases_are_not_counted_twice():
    text = support_page.page(kept(record(core="2.9.1", cases=100), record(core="2.16.3", cases=2)))
    assert rows(text, "Debian sid")[0][6] == "2"


def test_the_oldest_python_and_fibre_channel_have_rows_of_their_own():
    text = support_page.page(
        kept(record(), record(what="test_oldest_python::TestOldestPython"), record(transport="fc"))
    )
    assert [(row[1], row[4]) for row in rows(text, "Debian sid")] == [
        ("Fibre Channel", "3.14"),
        ("iSCSI", "3.14"),
        ("iSCSI", "3.6"),
    ]


def test_a_release_of_core_has_what_its_cells_said():
    made = kept(
        {"core": "2.16", "cells": {"sanity": "passed", "audit": "FAILED"}},
        {"core": "2.9", "cells": {"sanity": "passed"}},
    )
    text = support_page.page(made)
    assert rows(text, "2.9") == [["2.9", "passed", "not recorded"]] and rows(text, "2.16") == [
        ["2.16", "passed", "FAILED"]
    ]
    assert text.index("| 2.9 ") < text.index("| 2.16 ")


class _Lab:
    nodes, suites, transport = ["node1", "node2"], {"node1": "bookworm", "node2": "sid"}, "iscsi"

    def ssh(self, node):
        text = "".join(f"{line}\n" for line in ("6.1", "0.9.4-3", "2.1.8", "3.11.2"))
        return SimpleNamespace(output=lambda script: text)


@pytest.mark.parametrize(("code", "files"), [(pytest.ExitCode.OK, 1), (pytest.ExitCode.TESTS_FAILED, 0)])
def test_a_run_records_the_cases_of_each_generation_when_all_passed(tmp_path, code, files):
    recorder = proven.Proven(tmp_path)
    recorder.began(_Lab())
    for name in ("test_audit.py::TestVerdicts::test_healthy[node1-db]", "test_audit.py::TestVerdicts::test_code"):
        for when in ("setup", "call", "teardown"):
            recorder.pytest_runtest_logreport(SimpleNamespace(when=when, passed=True, nodeid=f"tests/scenarios/{name}"))
    session = SimpleNamespace(config=SimpleNamespace(args=["tests/scenarios/test_audit.py::TestVerdicts"]))
    recorder.pytest_sessionfinish(session, code)
    records = [json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()]
    assert len(records) == files
    for found in records:
        cases = {node["debian"]: node["cases"] for node in found["nodes"]}
        assert cases == {"bookworm": {"test_audit::TestVerdicts": 2}, "sid": {"test_audit::TestVerdicts": 1}}
