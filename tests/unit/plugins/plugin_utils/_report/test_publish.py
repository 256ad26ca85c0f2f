# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a report once it is made: the comparison, the folder, the summary on the screen and in the log."""

import json
import shlex

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import archive, publish, stored
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import summary as report_summary
from support.fleets import HEALTHY_ARRAY, STALE_ARRAY, configured_host, fleet, recycled, stale
from support.testimony import ARRAY, NOW

POLICY = {"max_removals": 50, "max_share": 1, "arrays_listed": True, "max_not_audited": 0.1, "max_age": 86400}
REPORT = fleet({"a": configured_host(), "b": recycled()}, **HEALTHY_ARRAY)


@pytest.fixture
def args(tmp_path):
    made = {
        "report_dir": str(tmp_path / "r"),
        "hazards": [],
        "formats": ["csv"],
        "previous": None,
        "keep": 30,
        "fleet_name": None,
    }
    artifacts = {"report_artifact": None, "plan_artifact": None, "outcome_artifact": None}
    return {**made, **artifacts, **POLICY}


def test_the_next_report_is_compared_with_the_one_before(args, tmp_path):
    first = publish.published(publish.prepared(REPORT, args, NOW), args)
    assert first["changes"] is None and first["report"] == str(tmp_path / "r" / "fleet.json")
    assert first["files"] == {"csv": str(tmp_path / "r" / "fleet.csv")}
    second = publish.prepared(REPORT, args, NOW)
    assert second.report["changes"] == {"since": REPORT["generated_at"], "new": [], "gone": [], "still": 1}
    assert publish.published(second, args)["changes"] == {
        "since": REPORT["generated_at"],
        "new": 0,
        "gone": 0,
        "still": 1,
    }
    assert len(list((tmp_path / "r" / "history").iterdir())) == 1


def test_one_of_a_part_of_the_hosts_has_its_own_folder_and_is_compared_with_what_is_named(args, tmp_path):
    whole = publish.published(publish.prepared(REPORT, args, NOW), args)["report"]
    for dummy in range(2):
        part = publish.prepared(REPORT, args, NOW, part=True)
        assert part.folder == str(tmp_path / "r" / "limited") and part.report["changes"] is None
        publish.published(part, args)
    assert publish.prepared(REPORT, {**args, "previous": whole}, NOW, part=True).report["changes"]["still"] == 1


@pytest.mark.parametrize("text", ["{", json.dumps({"schema": 1}), json.dumps({"schema": 2, "hosts": [7]})])
def test_a_report_before_that_cannot_be_read_fails_only_where_it_is_named(args, tmp_path, text):
    path = tmp_path / "r" / "fleet.json"
    path.parent.mkdir()
    path.write_text(text)
    assert publish.prepared(REPORT, args, NOW).report["changes"] is None
    with pytest.raises(ValueError, match=f"^previous: the report {path} cannot be compared with: "):
        publish.prepared(REPORT, {**args, "previous": str(path)}, NOW)


def test_the_plan_is_of_the_hazards(args):
    report = fleet({"b": recycled()}, **STALE_ARRAY)
    assert publish.prepared(report, args, NOW).plan["removals"] == []
    made = publish.prepared(report, {**args, "hazards": ["recycled"]}, NOW)
    assert len(made.plan["removals"]) == 1
    assert archive.read_plan(publish.published(made, args)["plan"]) == json.loads(json.dumps(made.plan))


def test_the_next_command_is_said_where_there_is_something_to_remove(args, capsys):
    for report, said in (
        (fleet({"b": stale(), "c": stale()}, **STALE_ARRAY), "Next: the plan has 2 removals on 2 hosts."),
        (fleet({"b": stale()}, **STALE_ARRAY), "Next: the plan has 1 removal on 1 host."),
        (fleet({"b": recycled()}, **STALE_ARRAY), None),
    ):
        publish.published(publish.prepared(report, args, NOW), args)
        shown = capsys.readouterr().out
        assert "The report: " in shown and (said in shown if said else "Next: " not in shown)
    made = publish.prepared(fleet({"b": recycled()}, **STALE_ARRAY), {**args, "hazards": ["recycled"]}, NOW)
    publish.published(made, {**args, "hazards": ["recycled"]})
    command = shlex.split(capsys.readouterr().out.splitlines()[-1])
    assert command[:4] == ["ansible-playbook", "sanops.multipath.remediate", "--check", "--diff"]
    plan = f"{made.folder}/plan.json"
    assert json.loads(command[5]) == {"stale_devices_plan_file": plan, "stale_devices_hazards": ["recycled"]}


def test_the_next_command_is_said_where_every_host_of_the_plan_would_be_left_alone(args, capsys):
    """It is how somebody tries with another limit."""
    made = publish.prepared(fleet({"b": stale()}, **STALE_ARRAY), args, NOW)
    publish.published(made, {**args, "max_removals": 0})
    alone, following, command = capsys.readouterr().out.splitlines()[-3:]
    assert alone.startswith("b would be left alone, with 1 removal of the plan: ")
    assert following.startswith("Next: each host of the plan would be left alone as it is now. ")
    assert shlex.split(command)[:2] == ["ansible-playbook", "sanops.multipath.remediate"]


def test_what_is_passed_on_is_asked_for(args):
    made = publish.prepared(REPORT, args, NOW)
    assert "ansible_stats" not in publish.published(made, args)
    stats = publish.published(made, {**args, "report_artifact": "san_audit_7"})["ansible_stats"]
    assert (stats["per_host"], stats["aggregate"], set(stats["data"])) == (False, True, {"san_audit_7"})
    assert stored.expanded(pack.unpacked(stats["data"]["san_audit_7"], "k")) == json.loads(json.dumps(made.report))
    stats = publish.published(made, {**args, "report_artifact": "a", "plan_artifact": "b"})["ansible_stats"]
    assert set(stats["data"]) == {"a", "b"} and pack.unpacked(stats["data"]["b"], "k")["removals"] == []


def test_what_is_passed_on_is_of_this_run_whoever_else_writes_to_the_folder(args, monkeypatch, capsys):
    """Two jobs may share a folder: what somebody approves must be what was shown to them."""
    made = publish.prepared(fleet({"b": stale()}, **STALE_ARRAY), args, NOW)
    write = archive.write

    def overtaken(folder, *content):
        files = write(folder, *content)
        write(folder, REPORT, {"schema": 1, "removals": []}, [])
        return files

    monkeypatch.setattr(archive, "write", overtaken)
    data = publish.published(made, {**args, "report_artifact": "a", "plan_artifact": "b"})["ansible_stats"]["data"]
    assert "1 removal on 1 host" in capsys.readouterr().out
    assert pack.unpacked(data["b"], "k") == json.loads(json.dumps(made.plan))
    assert stored.expanded(pack.unpacked(data["a"], "k")) == json.loads(json.dumps(made.report))


@pytest.fixture
def displayed(monkeypatch):
    """What is displayed at once, each an event of AWX: [text]."""
    texts = []
    monkeypatch.setattr(publish.Display(), "display", lambda text, **options: texts.append(text))
    return texts


def test_each_row_of_a_plan_is_in_what_awx_shows_of_an_event(args, displayed):
    hosts = {f"node{number:02}": stale() for number in range(30)}
    made = publish.prepared(fleet(hosts, **STALE_ARRAY), args, NOW)
    publish.published(made, {**args, "plan_artifact": "san_plan"})
    plan = displayed[next(index for index, text in enumerate(displayed) if text.startswith("The plan: ")) :]
    lines = "\n".join(plan).splitlines()
    assert max(len(text.replace("\n", "\r\n")) for text in plan) < 1000
    assert [line.split()[0] for line in lines if "stale: " in line] == list(hosts)
    assert len(plan) < len(lines) / 2


def test_who_approves_reads_last_what_the_run_did_not_see(args, displayed):
    """A workflow that removed something ends green: no later job says that an array was not listed."""
    for answers, said in (
        ({}, []),
        ({"array": {**ARRAY, "complete": False}}, ["Against the policy: Arrays that were not listed: a1."]),
    ):
        made = publish.prepared(fleet({"b": stale()}, **STALE_ARRAY, **answers), args, NOW)
        publish.published(made, {**args, "plan_artifact": "san_plan"})
        lines = "\n".join(displayed).splitlines()
        assert [line for line in lines if line.startswith("Against the policy")] == said
        assert not said or lines[-1:] == said
        displayed.clear()
        publish.published(made, args)
        assert "Against the policy" not in "".join(displayed)


@pytest.mark.parametrize(
    ("lines", "parts"),
    [
        ([], []),
        (["a" * 448, "b" * 448], ["a" * 448 + "\n" + "b" * 448]),
        (["a" * 449, "b" * 448, "c"], ["a" * 449, "b" * 448 + "\nc"]),
        (["a", "b" * 2000, "c"], ["a", "b" * 2000, "c"]),
    ],
)
def test_a_line_is_never_parted(lines, parts):
    assert list(publish._parts(lines)) == parts


@pytest.mark.parametrize("count", [1, 1000, 5000])
def test_the_result_stays_below_what_awx_shows(count):
    reasons = {"a-host-with-a-long-name-%04d.example.com" % number: "x" * 10000 for number in range(count)}
    cut = publish._cut(reasons)
    assert len(json.dumps(cut)) < 600000 and set(cut) == set(reasons) and all(len(why) > 40 for why in cut.values())
    assert publish._cut({"a": "no route"}) == {"a": "no route"}


@pytest.mark.parametrize(
    ("texts", "blocks"),
    [
        ([], []),
        (["a"], [["a"]]),
        (["a", "b", "", "c", "d", "", "e"], [["a", "b"], ["", "c", "d"], ["", "e"]]),
        (["", "a", "", ""], [["", "a"], [""], [""]]),
    ],
)
def test_a_host_is_displayed_at_once(texts, blocks):
    """Each display is an event of AWX: a fleet of thousands of hosts must not have one for each line."""
    found = list(publish._blocks([{"text": text, "importance": "plain"} for text in texts]))
    assert [[line["text"] for line in block] for block in found] == blocks


def test_each_line_has_its_colour_and_the_log_none(monkeypatch):
    monkeypatch.setattr("ansible.utils.color.ANSIBLE_COLOR", True)
    assert publish._coloured({"text": "x", "importance": report_summary.WARNING}) == "\x1b[0;33mx\x1b[0m"
    assert publish._coloured({"text": "x", "importance": report_summary.PLAIN}) == "x"


def test_a_fixed_baseline_does_not_hide_the_nights_since(tmp_path, args):
    folder, baseline = tmp_path / "r", tmp_path / "baseline"
    for place, day in ((baseline, "01"), (folder, "17"), (folder, "18")):
        archive.keep(str(place), 30)
        made = {**REPORT, "generated_at": f"2026-11-{day}T02:00:00Z", "trend": []}
        place.mkdir(exist_ok=True)
        archive.write(str(place), made, {}, [])
    report = {**REPORT, "generated_at": "2026-11-19T02:00:00Z"}
    nights = publish.prepared(report, {**args, "previous": str(baseline / "fleet.json")}, NOW).report["trend"]
    assert [night["generated_at"][8:10] for night in nights] == ["01", "17", "18"]
