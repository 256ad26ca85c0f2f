# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet's report and its summary."""

import base64
import copy
import datetime
import json
import pathlib
import re

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.sanops.multipath.plugins.filter import audit
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import csv as csv_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import html as html_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import junit as junit_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import prometheus
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import facts as judge_facts
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import hosts as judge_hosts
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import changes, compliance, records
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet as report_fleet
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import summary as report_summary
from support import configured
from support.fleets import BROKEN, LOST, POLICY, QUEUES, configured_host, fleet, recycled, registered
from support.testimony import ARRAY, LUN, NOW, WWID, answers, facts, path


def terms(results):
    return judge_hosts.terms(judge_hosts.outlines(results).values())


def text(report):
    return "\n".join(line["text"] for line in report_summary.summary(report))


GOOD = registered(facts([path(0, "same")]))
STALE = registered(facts([path(0, "absent")], users=[{"kind": "mount", "detail": "/data (ext4, rw)"}]))


def test_counts():
    report = fleet({"b": GOOD, "a": GOOD, "c": {"unreachable": True, "msg": "no route"}}, mapped=[LUN])
    assert [host["name"] for host in report["hosts"]] == ["a", "b", "c"]
    assert report["totals"] == {
        "hosts": {"audited": 2, "unreachable": 1},
        "verdicts": {"healthy": 2},
        "findings": {},
        "advisories": {},
    }
    assert (report["schema"], report["generated_at"]) == (2, "2026-11-21T02:00:00Z")


def test_a_healthy_host_is_one_line():
    assert "a  1 healthy  (asked in 1.2 s)\n" in text(fleet({"a": GOOD}, mapped=[LUN]))


def test_a_device_that_is_not_healthy_tells_everything():
    reported = text(fleet({"a": STALE}, existing=[LUN]))
    for part in (
        "STALE     mpatha  3600a0980383045372f5d4c5a70315474  dm-0 sda",
        "why   its path is absent (it says so, sense 05/25/00)",
        "LUN   /vol/v/l, SVM svm1, cluster c1",
        "used  mount: /data (ext4, rw)",
        "next  stop its users",
    ):
        assert part in reported


@pytest.mark.parametrize(
    "result, state, why",
    [
        ({"unreachable": True, "msg": "Failed to connect:\n  no route"}, "unreachable", "Failed to connect: no route"),
        ({"failed": True, "msg": "Timed out"}, "failed", "Timed out"),
        ({}, "failed", "it was not asked"),
        ({"ansible_facts": {}}, "failed", "it was not asked"),
        (
            registered(facts(), incomplete=[{"what": "kernel", "why": "no answer"}]),
            "failed",
            "the kernel of this host could not be read: there is nothing to judge (kernel: no answer)",
        ),
        (
            registered(dict(facts(), schema=7)),
            "failed",
            (
                "no stale_mpath facts of schema 1 (found: 7); gather them with sanops.multipath.stale_mpath_facts "
                "of this version"
            ),
        ),
        (
            {"ansible_facts": {"stale_mpath": "hello"}},
            "failed",
            (
                "no stale_mpath facts of schema 1 (found: None); gather them with "
                "sanops.multipath.stale_mpath_facts of this version"
            ),
        ),
        (registered(dict(facts(), paths=None)), "failed", "its facts are malformed: paths is null; a list is needed"),
        (
            registered(facts(paths=[path(0, "perhaps")])),
            "failed",
            (
                "its facts are malformed: paths[0].wire.state is 'perhaps'; one of same, other, absent, unreachable, "
                "silent, unreadable is needed"
            ),
        ),
        (registered(facts(), incomplete=[{}]), "failed", "its facts are malformed: incomplete[0].what is missing"),
        (None, "failed", "it was not asked"),
    ],
)
def test_a_host_that_was_not_audited_is_never_clean(result, state, why):
    report = fleet({"a": result})
    host = report["hosts"][0]
    assert (host["state"], host["why"], host["facts"], host["devices"]) == (state, why, None, [])
    assert report_fleet.not_audited(report) == {"a": why}
    assert "NOT AUDITED (%s): %s" % (state, why) in text(report)
    assert [line["importance"] for line in report_summary.summary(report) if "NOT AUDITED" in line["text"]] == ["alarm"]


def test_gaps_in_the_facts_are_reported():
    report = fleet(
        {"a": registered(facts([path(0, "same")]), incomplete=[{"what": "users", "why": "no answer"}])}, mapped=[LUN]
    )
    assert report["hosts"][0]["state"] == "incomplete"
    assert "incomplete: users: no answer" in text(report)
    assert [
        line["importance"] for line in report_summary.summary(report) if line["text"].startswith("a  1 healthy")
    ] == ["warning"]
    assert report_fleet.not_audited(report) == {}


def test_an_array_that_was_not_listed_is_reported():
    report = fleet(
        {"a": STALE}, array=dict(ARRAY, complete=False, fetched_at=None, error="a1 answered 401: check the account")
    )
    assert report["totals"]["verdicts"] == {"unproven": 1}
    assert "NOT LISTED: a1 answered 401: check the account" in text(report)
    assert "no array confirms it: a1 answered 401" in text(report)


def test_no_array_at_all():
    report = report_fleet.fleet({"a": STALE}, [], [], NOW, 3600, {"a": POLICY})
    assert report["totals"]["verdicts"] == {"unproven": 1}
    assert "No array was asked, for none is configured (audit_arrays, audit_array_views): nothing" in text(report)


def test_nothing_to_ask_an_array_about():
    idle = {**facts([]), "maps": [], "sessions": []}
    idle["host"]["initiators"] = {"iqn": [], "wwpns": []}
    for hosts in ({"a": registered(idle)}, {"a": LOST}):
        report = report_fleet.fleet(hosts, [], [], NOW, 3600, {"a": POLICY})
        assert "No array was asked, for there was nothing to ask about: no host that was audited" in text(report)


def test_nothing_that_a_host_or_an_array_sends_reaches_the_terminal_raw():
    evil = "\x1b]0;owned\x07\r\n\u202egnp.exe\x9b31m\u061c\udc80"
    users = [{"kind": "mount", "detail": evil}]
    reported = text(
        fleet({evil: registered(facts([path(0, "absent")], users=users, name=evil))}, existing=[dict(LUN, name=evil)])
    )
    assert not set(reported) & set("\x1b\x07\r\u202e\x9b\u061c\udc80")
    assert "\\x1b]0;owned" in reported


def test_the_report_is_plain_data():
    report = fleet({"a": STALE, "b": GOOD}, mapped=[LUN])
    assert json.loads(json.dumps(report)) == report


def test_the_filters_are_the_same_functions(monkeypatch):
    monkeypatch.setattr(audit, "_now", lambda: NOW)
    lun_maps, luns = answers(mapped=[LUN])
    report = audit.fleet({"a": GOOD}, lun_maps, luns)
    assert report == fleet({"a": GOOD}, mapped=[LUN])
    good = judge_facts.unchecked(GOOD)
    assert records.devices(good, audit.verdicts(good, lun_maps, luns)) == report["hosts"][0]["devices"]


def test_a_broken_host_does_not_take_the_others_report_with_it():
    report = fleet({"a": registered(dict(facts(), paths=[{}])), "b": GOOD}, mapped=[LUN])
    assert report["totals"] == {
        "hosts": {"audited": 1, "failed": 1},
        "verdicts": {"healthy": 1},
        "findings": {},
        "advisories": {},
    }


def test_what_does_not_fit_is_reported():
    printed = text(fleet({"a": registered(facts([path(0, "absent"), path(1, "same")]))}, mapped=[LUN]))
    assert "    note  sda is stale in a living map" in printed


def test_array_terms_pass_over_hosts_without_facts():
    assert terms(
        {
            "a": GOOD,
            "b": STALE,
            "c": {"unreachable": True},
            "e": registered(dict(facts(), paths=[{}])),
            "f": registered(dict(facts([], wwid="3600e"), schema=2)),
            "d": registered(facts([], wwid="3600f"), initiators={}),
        }
    ) == (["iqn.2026-01.org.example:me"], ["3600a0980383045372f5d4c5a70315474", "3600f"])


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: audit.verdicts({"schema": 2}), "no stale_mpath facts of schema 1"),
        (lambda: audit.verdicts(None), "no stale_mpath facts"),
        (
            lambda: audit.verdicts({"schema": 1, "incomplete": [{"what": "kernel", "why": "no answer"}]}),
            "kernel of this host could not be read.*no answer",
        ),
        (lambda: audit.verdicts({"schema": 1}), "multipath.verdicts: its facts are malformed: incomplete is null"),
        (lambda: audit.fleet({"h": GOOD}, [{"initiator": "x"}]), r"multipath.fleet: lun_maps\[0\].luns is missing"),
    ],
)
def test_wrong_input_is_named(call, message):
    with pytest.raises(AnsibleFilterError, match=message):
        call()


def test_now_knows_its_zone():
    assert audit._now().tzinfo is datetime.timezone.utc


class TestFindings:
    def test_a_clean_host_says_nothing_of_them(self):
        report = fleet({"a": configured_host()}, mapped=[LUN])
        assert report["hosts"][0]["findings"] == report["hosts"][0]["not_checked"] == []
        assert text(report).endswith(
            "1 host: 1 audited. 1 device: 1 healthy. 0 findings."
        ) and "Configuration" not in text(report)
        assert [line["importance"] for line in report_summary.summary(report) if line["text"].startswith("a  ")] == [
            "good"
        ]

    def test_they_are_in_the_report(self):
        report = fleet({"a": configured_host(**QUEUES)}, mapped=[LUN])
        host = report["hosts"][0]
        assert [(one["rule"], one["severity"], one["subjects"]) for one in host["findings"]] == [
            ("MPC001", "critical", [configured.WWID])
        ]
        assert report["rules"]["MPC001"]["title"] == "A map queues I/O indefinitely" and set(report["rules"]) == {
            "MPC001"
        }
        assert report["totals"]["findings"] == {"critical": 1} and host["policy"] == POLICY
        assert "platform" not in host["facts"], "what nobody reads"
        assert json.loads(json.dumps(report)) == report

    def test_each_rule_is_listed_once_for_the_fleet(self):
        report = fleet({"node%d" % number: configured_host(**QUEUES) for number in range(7)}, mapped=[LUN])
        lines = [(line["text"], line["importance"]) for line in report_summary.summary(report)]
        at = lines.index(("  CRITICAL MPC001 A map queues I/O indefinitely", "alarm"))
        assert lines[at - 1][0].startswith(
            (
                "Configuration of node0, node1, node2, node3, node4 and 2 more hosts, checked against the policy "
                "dev_loss_tmo 60, "
            )
        )
        assert ", find_multipaths any, " in lines[at - 1][0]
        assert [line for line, dummy in lines[at + 1 : at + 3]] == [
            "    what  no_path_retry queue (device NETAPP/LUN, built in to multipath-tools)",
            "    on    node0, node1, node2, node3, node4 and 2 more hosts: " + configured.WWID,
        ]
        assert len([line for line, dummy in lines if "MPC001" in line]) == 1
        assert ("node0  1 healthy  (asked in 1.2 s)  findings: 1 critical", "warning") in lines
        assert lines[-1][0].endswith("7 findings: 7 critical.")

    def test_what_differs_is_listed_separately(self):
        other = {
            "multipath_conf__maps": [
                configured.one_map("3600b", queues=True, no_path_retry=configured.setting("queue"))
            ]
        }
        printed = text(fleet({"a": configured_host(**QUEUES), "b": configured_host(**other)}, mapped=[LUN]))
        assert (
            "    what  no_path_retry queue (overrides), /etc/multipath/conf.d/sanops.conf:3\n    on    b: 3600b\n"
            in printed
        )
        assert "    on    a: %s\n" % configured.WWID in printed

    def test_many_that_differ_are_cut(self):
        ignored = [
            {"file": "/etc/multipath.conf", "line": line, "text": "x%d" % line, "why": "unknown"} for line in range(12)
        ]
        reported = text(fleet({"a": configured_host(multipath_conf__ignored=ignored)}, mapped=[LUN]))
        assert reported.count("    what  ") == 9 and "    what  and 4 more, in fleet.json" in reported

    def test_many_subjects_are_cut(self):
        maps = [
            configured.one_map("3600%d" % number, flush_on_last_del=configured.setting("no")) for number in range(5)
        ]
        reported = text(fleet({"a": configured_host(multipath_conf__maps=maps)}, mapped=[LUN]))
        assert "    on    a: 36000, 36001, 36002 and 2 more\n" in reported

    def test_a_setting_in_many_files_is_listed_once(self):
        records = [
            configured.record(file="/etc/iscsi/nodes/%d" % number, portal="10.0.0.%d:3260" % number, scan="auto")
            for number in range(3)
        ]
        printed = text(fleet({"a": configured_host(iscsi__records=records)}, mapped=[LUN]))
        assert printed.count("    what  node.session.scan = auto\n") == 1 and "10.0.0.2:3260" in printed

    def test_what_was_not_checked_is_reported(self):
        report = fleet({"a": GOOD, "b": GOOD, "c": configured_host()}, mapped=[LUN])
        assert [one["rule"] for one in report["hosts"][0]["not_checked"]].count("MPC101") == 1 and report["hosts"][2][
            "not_checked"
        ] == []
        rules = "MPC101, MPC102, MPC103, MPC104, MPC105, MPC106, MPC107"
        why = "the facts have no iscsi: gather them with this version of stale_mpath_facts"
        assert (f"  NOT CHECKED {rules} on a, b: {why}", "warning") in [
            (line["text"], line["importance"]) for line in report_summary.summary(report)
        ]
        assert [
            line["importance"] for line in report_summary.summary(report) if line["text"].startswith("a  1 healthy")
        ] == ["warning"]

    def test_what_of_it_was_not_checked_is_reported(self):
        unsure = [configured.stopped(mountpoint="/data%d" % number, why="the log is cut") for number in range(5)]
        printed = text(fleet({"a": configured_host(platform__read_only__unsure=unsure)}, mapped=[LUN]))
        assert (
            "\n  NOT CHECKED MPC203 on a: the log is cut (/data0 on dm-0, /data1 on dm-0, /data2 on dm-0 and 2 more)\n"
            in printed
        )

    def test_a_host_that_was_not_audited_has_none(self):
        report = fleet({"a": {"unreachable": True, "msg": "no route"}})
        assert report["hosts"][0]["findings"] == [] and "Configuration" not in text(report)

    def test_each_host_has_its_policy(self, monkeypatch):
        monkeypatch.setattr(audit, "_now", lambda: NOW)
        lun_maps, luns = answers(mapped=[LUN])
        results = {"a": configured_host(**QUEUES), "b": configured_host(**QUEUES)}
        report = audit.fleet(results, lun_maps, luns, policies={"a": {"no_path_retry": "queue"}})
        assert [(host["policy"]["no_path_retry"], len(host["findings"])) for host in report["hosts"]] == [
            ("queue", 0),
            ("30", 1),
        ]
        assert [
            line["text"].partition(",")[0]
            for line in report_summary.summary(report)
            if "checked against" in line["text"]
        ] == ["Configuration of a", "Configuration of b"]

    def test_a_policy_that_makes_no_sense_is_named(self):
        with pytest.raises(
            AnsibleFilterError,
            match=r"the policy of b \(multipath_conf_policy\): no_path_retry: 'never' is none of its values",
        ):
            audit.fleet({}, policies={"a": "default", "b": {"no_path_retry": "never"}})


class TestNews:
    """The end of the summary."""

    def reported(self, report):
        return [(line["text"], line["importance"]) for line in report_summary.summary(report)]

    @pytest.mark.parametrize(
        ("results", "text", "importance"),
        [
            ({"a": configured_host()}, "Compliance: 1 compliant.", "good"),
            ({"a": GOOD}, "Compliance: 1 incomplete.", "warning"),
            (
                {"a": configured_host(), "b": LOST, "c": BROKEN},
                "Compliance: 1 compliant, 1 unreachable, 1 not audited.",
                "warning",
            ),
            ({}, "Compliance: no host.", "good"),
        ],
    )
    def test_who_complies(self, results, text, importance):
        assert (text, importance) == self.reported(fleet(results, mapped=[LUN]))[-2]

    def test_who_fails(self):
        report = compliance.apply(
            fleet({"n%02d" % number: recycled() for number in range(22)}), [], "critical", NOW.date()
        )
        text, importance = self.reported(report)[-2]
        assert text.startswith(
            "Compliance: 22 noncompliant. By the policy (audit_fail_on critical) 22 fail: n00, n01"
        ) and text.endswith("n19 and 2 more.")
        assert importance == "alarm"
        report = compliance.apply(fleet({"a": recycled()}), [], "critical", NOW.date())
        assert self.reported(report)[-2][0].endswith("1 fails: a.")

    def test_what_changed(self):
        then = dict(fleet({"a": configured_host(), "b": LOST}, mapped=[LUN]), generated_at="2026-11-20T02:00:00Z")
        reported = self.reported(changes.compare(fleet({"a": recycled(), "b": configured_host()}, mapped=[LUN]), then))
        at = reported.index(("Since the report of 2026-11-20T02:00:00Z: 1 new, 1 gone, 0 as before.", "plain"))
        assert (
            reported[at + 1][0].startswith("  NEW   a: mpatha (%s) was healthy and is recycled: " % WWID)
            and reported[at + 1][1] == "warning"
        )
        assert reported[at + 2] == ("  GONE  b: it was unreachable and is audited", "good")

    def test_many_changes_are_cut(self):
        names = ["n%02d" % number for number in range(25)]
        reported = self.reported(changes.compare(fleet(dict.fromkeys(names, LOST)), fleet(dict.fromkeys(names, GOOD))))
        assert (
            len([text for text, dummy in reported if text.startswith("  NEW ")]) == 21
            and ("  NEW   and 5 more, in fleet.json", "warning") in reported
        )

    def test_without_a_report_before_nothing_is_said_of_changes(self):
        assert "Since" not in text(fleet({"a": GOOD}))

    def test_exceptions(self):
        rule = {"rule": "MPC001", "reason": "r1", "owner": "anna", "expires": "2026-12-31"}
        some = [
            rule,
            dict(rule, expires="2026-01-31", hosts=["a", "b*"]),
            {"device": WWID, "reason": "r2", "owner": "ben", "expires": "2026-12-01"},
        ]
        reported = self.reported(
            compliance.apply(fleet({"a": configured_host(**QUEUES)}, mapped=[LUN]), some, "", NOW.date())
        )
        for line in (
            ("Exceptions: 1 in force, 1 expired, 1 unused.", "plain"),
            (
                "  EXPIRED  rule MPC001 on a, b* since 2026-01-31 (anna: r1): what it covered counts again, 1 now",
                "warning",
            ),
            ("  UNUSED   device %s until 2026-12-01 (ben): nothing here needs it" % WWID, "plain"),
            ("    but   excused until 2026-12-31 by anna: r1, on a", "plain"),
        ):
            assert line in reported

    def test_a_device_that_is_excused(self):
        excuse = {"device": WWID, "reason": "r\x1b[2J", "owner": "ben", "expires": "2026-12-01"}
        reported = text(compliance.apply(fleet({"a": STALE}, existing=[LUN]), [excuse], "", NOW.date()))
        assert "    but   excused until 2026-12-01 by ben: r\\x1b[2J\n" in reported


class TestVersion:
    def test_of_the_sources(self):
        galaxy = pathlib.Path(__file__).parents[5] / "galaxy.yml"
        assert fleet({})["generated_by"] == {
            "sanops.multipath": re.search("^version: (.*)$", galaxy.read_text(), re.MULTILINE).group(1)
        }

    @pytest.mark.parametrize(
        ("files", "version"),
        [
            ({"MANIFEST.json": '{"collection_info": {"version": "7.8.9"}}', "galaxy.yml": "version: 1.0.0"}, "7.8.9"),
            ({"MANIFEST.json": "[", "galaxy.yml": "name: x\nversion:  1.2.3 \n"}, "1.2.3"),
            ({"MANIFEST.json": "[]", "galaxy.yml": "name: x"}, None),
            ({}, None),
        ],
    )
    def test_of_an_installation(self, files, version, tmp_path, monkeypatch):
        for name, content in files.items():
            (tmp_path / name).write_text(content)
        monkeypatch.setattr(
            report_fleet, "__file__", str(tmp_path / "plugins" / "plugin_utils" / "_report" / "fleet.py")
        )
        assert report_fleet.version.__wrapped__() == version


def test_packed_testimony_makes_the_same_report_and_what_is_damaged_costs_its_host_only():
    whole = configured_host(path(0, "same"))
    packed = {"packed": pack.packed(whole["ansible_facts"]["stale_mpath"])}
    assert terms({"a": packed}) == terms({"a": whole}) and all(terms({"a": whole}))
    assert fleet({"a": packed}, mapped=[LUN]) == fleet({"a": whole}, mapped=[LUN])
    damaged = {"packed": packed["packed"][:-8]}
    assert terms({"a": packed, "b": damaged}) == terms({"a": whole})
    hosts = fleet({"a": packed, "b": damaged}, mapped=[LUN])["hosts"]
    assert [(host["state"], "packed is nothing that was packed" in (host["why"] or "")) for host in hosts] == [
        ("audited", False),
        ("failed", True),
    ]


def test_a_target_that_no_array_owns_is_named_once_before_all_hosts():
    target = "iqn.1992-08.com.netapp:sn.else:vs.1"
    hosts = {
        name: configured_host(path(0, "absent", target=target), path(1, "absent", target=target)) for name in ("a", "b")
    }
    made = fleet(hosts)
    assert [device["verdict"] for host in made["hosts"] for device in host["devices"]] == ["unproven"] * 2
    (advisory,) = made["advisories"]
    assert (advisory["rule"], advisory["subject"], advisory["hosts"]) == ("MPC508", target, ["a", "b"])
    texts = [line["text"] for line in report_summary.summary(made)]
    assert texts[2].startswith("  WARNING  MPC508") and target in texts[3] and texts.index("") > 5
    assert sum("MPC508" in text for text in texts) == 1
    (remedy,) = [text for text in texts[: texts.index("")] if text.strip().startswith("next")]
    assert "name the array in audit_arrays" in remedy and "a role that sees the SVM of the target" in remedy


def test_what_unpacks_to_more_than_any_host_tells_costs_its_host_only(monkeypatch):
    """Half a megabyte can be made to unpack to half a gigabyte."""
    monkeypatch.setattr(pack, "MOST_OF_A_HOST", 1 << 20)
    bomb = pack.packed({"schema": 1, "paths": " " * (1 << 20)})
    assert len(bomb) < 4096
    made = fleet({"a": configured_host(path(0, "same")), "b": {"packed": bomb}}, mapped=[LUN])
    assert [host["state"] for host in made["hosts"]] == ["audited", "failed"]
    assert "packed is nothing that was packed: it unpacks to more than 1 MiB" in made["hosts"][1]["why"]


@pytest.mark.parametrize("damage", ["cut", "more", "sum"])
def test_a_packed_text_is_whole(damage):
    data = bytearray(base64.b64decode(pack.packed({"a": 1})))
    data = {"cut": data[:-1], "more": data + b"x", "sum": data[:-5] + bytes([data[-5] ^ 1]) + data[-4:]}[damage]
    with pytest.raises(ValueError, match="it is nothing that was packed"):
        pack.unpacked(base64.b64encode(bytes(data)).decode(), "it")


def _of(report):
    made = [renders.render(report) for renders in (csv_format, html_format, junit_format, prometheus)]
    return made + [
        list(report_summary.summary(report)),
        removal_plan.plan(records.judgement(report), removal_plan.HAZARDS, NOW),
    ]


@pytest.mark.parametrize("kind", ["paths", "maps", "sessions"])
def test_facts_that_lack_anything_cost_their_host_only(kind):
    """Whatever is made of the report, too."""
    whole = configured_host(path(0, "absent"), path(1, "other"))["ansible_facts"]["stale_mpath"]
    for key in whole[kind][0]:
        broken = copy.deepcopy(whole)
        del broken[kind][0][key]
        made = fleet(
            {"a": configured_host(path(0, "same")), "b": {"ansible_facts": {"stale_mpath": broken}}}, mapped=[LUN]
        )
        _of(made)
        assert made["hosts"][0]["state"] == "audited" and made["hosts"][1]["state"] in ("audited", "failed"), key
