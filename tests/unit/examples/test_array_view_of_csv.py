# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/examples/array_view_of_csv.py prints a view that the audit reads, and none for a malformed file."""

import json
import os
import pathlib
import subprocess
import sys

import jsonschema
import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import views as array_views

DOCS = pathlib.Path(__file__).parents[3] / "docs"
PREFIX = "36a4d4b400c3f5e88"
HEAD = "wwid,name,state,initiators,lun_id\n"
ROWS = (
    f"{PREFIX}01234567000000a1,lun_17,online,iqn.2001-04.com.example:a 10:00:00:90:fa:00:00:01,3\r\n"
    f'{PREFIX}01234567000000a2,"lun, the other",Fault,,\n'
)
WRITTEN = 1795341600  # 2026-11-22T10:00:00Z


@pytest.fixture
def run(tmp_path):
    def made(content, *arguments):
        path = tmp_path / "luns.csv"
        if content is not None:
            path.write_bytes(content.encode())
            os.utime(path, (WRITTEN, WRITTEN + 0.9))
        command = [
            sys.executable,
            DOCS / "examples" / "array_view_of_csv.py",
            path,
            "--array",
            "oceanstor-1",
            "--wwid-prefix",
            PREFIX,
            *arguments,
        ]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)

    return made


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_it_is_a_view(run, mark):
    done = run(mark + HEAD + ROWS, "--complete", "--wwid-prefix", "36a4d4b4ff", "--target", "iqn.2006-08.com.huawei:1")
    view = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    jsonschema.Draft202012Validator(json.loads((DOCS / "array-view.schema.json").read_text(encoding="utf-8"))).validate(
        view
    )
    assert view == {
        "schema": 1,
        "array": "oceanstor-1",
        "wwid_prefixes": [PREFIX, "36a4d4b4ff"],
        "targets": ["iqn.2006-08.com.huawei:1"],
        "complete": True,
        "error": None,
        "fetched_at": "2026-11-22T10:00:00Z",
        "luns": [
            {
                "wwid": PREFIX + "01234567000000a1",
                "name": "lun_17",
                "state": "online",
                "lun_id": 3,
                "initiators": ["iqn.2001-04.com.example:a", "10:00:00:90:fa:00:00:01"],
            },
            {
                "wwid": PREFIX + "01234567000000a2",
                "name": "lun, the other",
                "state": "Fault",
                "lun_id": None,
                "initiators": [],
            },
        ],
    }
    (snapshot,) = array_views.read([view])
    assert snapshot["array"]["complete"] and len(snapshot["luns"]) == 2


def test_the_example_of_the_documentation(run):
    text = (DOCS / "array-views.md").read_text(encoding="utf-8")
    (snapshot,) = array_views.read(
        [json.loads(run(HEAD + text.partition(HEAD)[2].partition("```")[0], "--complete").stdout)]
    )
    assert [len(names) for dummy, names in snapshot["luns"]] == [2, 0]


def test_without_the_word_of_its_user_it_is_not_complete(run):
    (snapshot,) = array_views.read([json.loads(run(HEAD + ROWS).stdout)])
    assert snapshot["array"]["complete"] is False and "--complete" in snapshot["array"]["error"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file"),
        ("", "the first line must be wwid,name,state,initiators,lun_id"),
        (ROWS, "the first line must be"),
        (HEAD.replace(",", ";") + ROWS, "the first line must be"),
        (HEAD + ROWS + PREFIX, "line 4 has not 5 columns"),
        (HEAD + "a,b,online,,3,4\n", "line 2 has not"),
        (HEAD + "a,b,online,,three\n", "line 2: the LUN id 'three' is no number"),
        (HEAD + 'a,"b,online,,3\n', "unexpected end of data"),
    ],
)
def test_what_is_no_such_file_gives_no_view(run, content, why):
    done = run(content, "--complete")
    assert done.returncode == 1 and done.stdout == "" and why in done.stderr
