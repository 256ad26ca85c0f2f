# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Views of arrays that are not ONTAP: what is one, what is none, and what becomes of the devices of such an array."""

import copy
import json
import pathlib
import time

import jsonschema
import pytest
from ansible_collections.sanops.multipath.plugins.filter import audit
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import views as arrays_views
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import csv as csv_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import html as html_format
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import page_data
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import removal_decision
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet, merge, records
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import summary as report_summary
from support import schema
from support.fleets import POLICY, configured_host
from support.testimony import ARRAY, ME, NOW, WWID, answers, path
from support.views import HUAWEI, HUAWEI_OTHER, PREFIX, host, lun, mapped, view

DOCS = pathlib.Path(__file__).parents[5] / "docs"
SCHEMA = jsonschema.Draft202012Validator(json.loads((DOCS / "array-view.schema.json").read_text(encoding="utf-8")))
THEN = "2026-11-21T01:59:00Z"  # a minute before NOW
DOWN = dict(ARRAY, complete=False, fetched_at=None, error="a1 answered 500")


def then(**changes):
    return view(**{"fetched_at": THEN, **changes})


GOOD = [
    {},
    {"luns": []},
    {"complete": False, "error": "its script failed"},
    {"complete": False, "fetched_at": None},
    {"wwid_prefixes": [PREFIX, "36a4d4b4ff"]},
    {"fetched_at": "2026-11-21T02:59:00.5+01:00"},
    {"array": "Oceanstor 1 (Berlin)"},
    {"luns": [{"wwid": HUAWEI, "state": "Fault", "initiators": []}]},
    {"luns": [mapped(name=None, size=None, lun_id=None)]},
    {
        "luns": [
            lun(
                initiators=[
                    "iqn.2001-04.com.example:a",
                    "eui.02004567A425678D",
                    "naa.52004567BA64678D",
                    "10:00:00:90:FA:00:00:01",
                    "0x10000090fa000001",
                ]
            )
        ]
    },
    {"luns": [lun(lun_id=0), mapped(lun_id=7)]},
    {"wwid_prefixes": ["20024f40"], "luns": [lun(wwid="20024f400585bc2b4")]},
    {"wwid_prefixes": ["1LIO-ORG"], "luns": [lun(wwid="1LIO-ORG_lun:5d2b")]},
    {"wwid_prefixes": ["350014380"], "luns": [lun(wwid="35001438012345678")]},
]


@pytest.mark.parametrize("changes", GOOD)
def test_what_the_schema_allows_is_read(changes):
    SCHEMA.validate(then(**changes))
    assert len(arrays_views.read([then(**changes)])) == 1


BAD = [  # changes of a view, what is said of it, and whether the JSON Schema can say so too
    ({"schema": 2}, "schema must be 1, not 2", True),
    ({"schema": True}, "schema must be 1, not True", True),
    ({"schema": "1"}, "schema must be 1, not '1'", True),
    ({"complete": "true"}, "complete must be true or false", True),
    ({"complete": None}, "complete must be true or false", True),
    ({"error": ""}, "error must be a text or null", True),
    ({"error": ["x"]}, "error must be a text or null", True),
    ({"error": "half of it"}, "it says that it is complete, and has an error: half of it", True),
    ({"fetched_at": None}, "fetched_at must be a time with its time zone", True),
    ({"fetched_at": "2026-11-22T10:00:00"}, "fetched_at must be", True),
    ({"fetched_at": "2026-11-22 10:00:00Z"}, "fetched_at must be", True),
    ({"fetched_at": "yesterday"}, "fetched_at must be", True),
    ({"fetched_at": 1764000000}, "fetched_at must be", True),
    ({"fetched_at": "2026-13-22T10:00:00Z"}, "fetched_at must be", False),
    ({"fetched_at": "now", "complete": False}, "fetched_at must be", True),
    ({"fetched_at": "0001-01-01T00:00:00+14:00"}, "fetched_at must be", False),
    ({"wwid_prefixes": []}, "wwid_prefixes must be a list of one prefix at the least", True),
    ({"wwid_prefixes": PREFIX}, "wwid_prefixes must be a list", True),
    ({"wwid_prefixes": ["36a4d4b"]}, "wwid_prefixes: '36a4d4b' is not a prefix: at least 8 characters", True),
    ({"wwid_prefixes": ["6a4d4b400c3f5e88"]}, "wwid_prefixes:", True),
    ({"wwid_prefixes": ["36A4D4B400"]}, "wwid_prefixes:", True),
    ({"wwid_prefixes": ["3" + PREFIX[1:] + "x"]}, "wwid_prefixes:", True),
    ({"wwid_prefixes": [PREFIX + "\n"]}, "wwid_prefixes:", False),
    ({"wwid_prefixes": [PREFIX, ""]}, "wwid_prefixes:", True),
    ({"wwid_prefixes": [None]}, "wwid_prefixes:", True),
    (
        {"wwid_prefixes": ["3600a0980"]},
        "wwid_prefixes: 3600a0980 covers LUNs of ONTAP arrays: name those in audit_arrays",
        True,
    ),
    ({"wwid_prefixes": [PREFIX, "3600a098"]}, "wwid_prefixes: 3600a098 covers", True),
    ({"wwid_prefixes": [WWID]}, "covers LUNs of ONTAP", True),
    ({"luns": {}}, "luns must be a list", True),
    ({"luns": None}, "luns must be a list", True),
    ({"lun": []}, "unknown key 'lun'; known are schema, array", True),
    ({"luns": [lun(), "x"]}, "LUN 2: a LUN is a dictionary, not a string", True),
    ({"luns": [lun(wwid=None)]}, "LUN 1: wwid must be a whole WWID", True),
    ({"luns": [lun(wwid=HUAWEI[1:])]}, r"LUN 1 \(%s\): wwid must be" % HUAWEI[1:], True),
    ({"luns": [lun(wwid=HUAWEI[:-1])]}, "wwid must be a whole WWID", True),
    ({"luns": [lun(wwid=PREFIX + "0123456700000OA1")]}, "wwid must be a whole", True),
    ({"luns": [lun(wwid=HUAWEI.upper())]}, "wwid must be a whole WWID", True),
    ({"luns": [lun(wwid=HUAWEI + " ")]}, "wwid must be a whole WWID", True),
    (
        {"luns": [lun(wwid="36a4d4b400c3f5e8901234567000000a1")]},
        "wwid has none of the wwid_prefixes, %s" % PREFIX,
        False,
    ),
    ({"luns": [lun(state=None)]}, "state must be a text", True),
    ({"luns": [lun(state="")]}, "state must be a text", True),
    ({"luns": [lun(name=17)]}, "name must be a text or null", True),
    ({"luns": [lun(size=-1)]}, "size must be a whole number from 0 on", True),
    ({"luns": [lun(size="1G")]}, "size must be", True),
    ({"luns": [lun(lun_id=True)]}, "lun_id must be", True),
    ({"luns": [lun(lun_id=1.5)]}, "lun_id must be", True),
    ({"luns": [lun(initiators=None)]}, "initiators must be a list, empty where it is mapped to nobody", True),
    ({"luns": [lun(initiators=ME)]}, "initiators must be a list", True),
    ({"luns": [lun(initiators=["node1"])]}, "initiators: 'node1' is neither", True),
    ({"luns": [lun(initiators=["10:00:00:90:fa:00:00"])]}, "initiators: .* is neither", True),
    ({"luns": [lun(initiators=[{"iqn": ME}])]}, "is neither", True),
    ({"luns": [lun(initators=[])]}, "unknown key 'initators'", True),
]


@pytest.mark.parametrize("changes, why, by_schema", BAD)
def test_what_is_not_as_described_is_an_error_that_names_the_view_and_the_key(changes, why, by_schema):
    with pytest.raises(ValueError, match="^the array view oceanstor-1[:,].*%s" % why):
        arrays_views.read([then(**changes)])
    assert SCHEMA.is_valid(then(**changes)) is not by_schema


@pytest.mark.parametrize("key", ["schema", "wwid_prefixes", "complete", "fetched_at", "luns"])
def test_no_key_may_be_missing(key):
    given = then()
    del given[key]
    with pytest.raises(ValueError, match="^the array view oceanstor-1: %s is missing" % key):
        arrays_views.read([given])
    assert not SCHEMA.is_valid(given)


@pytest.mark.parametrize("key", ["wwid", "state", "initiators"])
def test_no_key_of_a_lun_may_be_missing(key):
    given = lun()
    del given[key]
    with pytest.raises(ValueError, match="^the array view oceanstor-1, LUN 1.*: %s is missing" % key):
        arrays_views.read([then(luns=[given])])
    assert not SCHEMA.is_valid(then(luns=[given]))


@pytest.mark.parametrize(
    "entry, why",
    [
        (None, "a view is a dictionary or the path of a JSON file, not nothing"),
        ([], "not a list"),
        (7, "not a number"),
        ({}, "schema is missing"),
        (then(array=None), "array must be a text"),
        (then(array=""), "array must be a text"),
    ],
)
def test_a_view_without_a_name_is_named_by_its_place(entry, why):
    with pytest.raises(ValueError, match="^entry 2 of audit_array_views: .*%s" % why):
        arrays_views.read([then(), entry])


@pytest.mark.parametrize("entries", [None, "view.json", then(), 7])
def test_the_views_are_a_list(entries):
    with pytest.raises(
        ValueError, match="^audit_array_views must be a list of views, not (nothing|a string|a dictionary|a number)$"
    ):
        arrays_views.read(entries)


def test_no_error_brings_an_escape_to_the_terminal():
    with pytest.raises(ValueError, match=r"^the array view a\\x1b\[2J, LUN 1 \(x\\x07\): wwid must be") as reported:
        arrays_views.read([then(array="a\x1b[2J", luns=[lun(wwid="x\x07")])])
    assert str(reported.value).isprintable()


def test_two_views_of_one_array():
    with pytest.raises(
        ValueError, match="entry 2 of audit_array_views: there is another view of the array oceanstor-1"
    ):
        arrays_views.read([then(), then(wwid_prefixes=["36a4d4b4ff"], luns=[])])


def test_the_example_of_the_documentation_is_a_view():
    text = (DOCS / "array-views.md").read_text(encoding="utf-8")
    given = json.loads(text.partition("```json\n")[2].partition("```")[0])
    SCHEMA.validate(given)
    (snapshot,) = arrays_views.read([given])
    assert snapshot["array"]["complete"] and len(snapshot["luns"]) == 2
    assert set(given) == set(arrays_views._KEYS) and set(given["luns"][0]) == set(arrays_views._LUN_KEYS)


class TestFile:
    def test_it_is_read(self, tmp_path):
        (tmp_path / "view.json").write_text(json.dumps(then()))
        assert arrays_views.read([str(tmp_path / "view.json")]) == arrays_views.read([then()])

    def test_one_below_the_home_folder(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / "view.json").write_text(json.dumps(then()))
        assert len(arrays_views.read(["~/view.json"])) == 1

    @pytest.mark.parametrize(
        "content, why",
        [
            (None, "cannot be read: No such file"),
            (b"", "is not JSON"),
            (b'{"schema": 1', "is not JSON"),
            (b"\xff\xfe", "is not JSON"),
            (b"[" * 100000, "is not JSON"),
        ],
    )
    def test_one_that_cannot_be_read_is_an_error_and_not_no_array(self, tmp_path, content, why):
        path = tmp_path / "view.json"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ValueError, match="^entry 1 of audit_array_views: %s %s" % (path, why)):
            arrays_views.read([str(path)])

    def test_a_view_in_the_place_of_a_path_is_not_reported_whole(self):
        with pytest.raises(ValueError, match="cannot be read") as error:
            arrays_views.read([json.dumps(then()) * 100])
        assert len(str(error.value)) < 400


def report(result, *views, max_age=3600, array=ARRAY, name="node1"):
    """The report of one host. *array*: what the ONTAP lookups were asked of; None: none."""
    lun_maps, luns = answers(array=array) if array else ([], [])
    for answer in lun_maps + luns if array else []:
        answer["luns"] = []
    return fleet.fleet({name: result}, lun_maps, luns, NOW, max_age, {name: POLICY}, arrays_views.read(views))


def device(*states, views=(), **options):
    (found,) = report(host(*states), *views, **options)["hosts"][0]["devices"]
    return found


@pytest.mark.parametrize("array", [None, ARRAY, DOWN], ids=["no ONTAP", "ONTAP", "ONTAP down"])
@pytest.mark.parametrize(
    "changes, states, verdict",
    [
        ({}, ["absent", "absent"], "stale"),
        ({"luns": [lun(wwid=HUAWEI_OTHER)]}, ["absent"], "stale"),
        ({"luns": [mapped()]}, ["same", "same"], "healthy"),
        ({"luns": [mapped()]}, ["absent", "absent"], "conflict"),
        ({}, ["same", "same"], "conflict"),
        ({"luns": [mapped(state="Fault")]}, ["absent"], "outage"),
        ({"luns": [lun(), mapped()]}, ["same"], "healthy"),
        ({"luns": [lun(initiators=["iqn.2001-04.com.example:else"])]}, ["absent"], "stale"),
        ({"complete": False, "error": "its script failed"}, ["absent"], "unproven"),
        ({"complete": False, "error": "x", "luns": []}, ["absent"], "unproven"),
        ({"luns": []}, ["absent"], "unproven"),
        ({"wwid_prefixes": ["36a4d4b4ff"], "luns": []}, ["absent"], "unproven"),
        ({"complete": False, "error": "x", "luns": [mapped()]}, ["absent"], "conflict"),
        ({}, ["absent", "silent"], "outage"),
    ],
)
def test_the_verdict_on_a_device_of_that_array(changes, states, verdict, array):
    assert device(*states, views=[then(**changes)], array=array)["verdict"] == verdict


@pytest.mark.parametrize(
    "fetched_at, max_age, verdict",
    [
        (THEN, 60, "stale"),
        (THEN, 59, "unproven"),
        ("2026-11-21T03:59:00+02:00", 60, "stale"),
        ("2026-11-21T02:01:00Z", 60, "stale"),
        ("2026-11-21T02:01:01Z", 60, "unproven"),
        ("2026-11-20T02:00:00Z", 3600, "unproven"),
    ],
)
def test_an_old_view_or_one_of_the_future_proves_nothing(fetched_at, max_age, verdict):
    assert device("absent", views=[then(fetched_at=fetched_at)], max_age=max_age)["verdict"] == verdict


def test_what_is_reported_of_it():
    made = schema.check(report(host("absent", "absent"), then(luns=[mapped(), mapped(wwid=HUAWEI_OTHER, name=None)])))
    (found,) = made["hosts"][0]["devices"]
    assert found["reason"] == (
        "wire and array disagree: every path is absent (it says so, sense 05/25/00), but the array "
        "says mapped to this host"
    )
    text = "\n".join(line["text"] for line in report_summary.summary(made))
    assert "array oceanstor-1: complete listing of the WWIDs %s..., 2026-11-21T01:59:00+00:00" % PREFIX in text
    assert "    LUN   lun_17, array oceanstor-1, LUN id 3\n" in text
    assert made["hosts"][0]["not_seen"] == [HUAWEI_OTHER]
    assert [array["wwid_prefixes"] for array in made["arrays"]] == [None, [PREFIX]]
    shown = text + csv_format.render(made) + json.dumps(found["notes"])
    assert "None" not in shown.replace("SVM svm1", "")
    assert [lun["name"] for lun in made["hosts"][0]["luns"][found["wwid"]]] == ["lun_17"]


def test_a_view_that_is_not_complete_is_reported():
    text = [
        line["text"]
        for line in report_summary.summary(
            report(host("absent"), then(complete=False, error="its \x1b[31mscript failed"))
        )
    ]
    assert "array oceanstor-1: NOT LISTED: its \\x1b[31mscript failed" in text
    bare = then(complete=False)
    assert device("absent", views=[bare])["array"]["reason"] == "the listing of oceanstor-1 is not complete"
    assert "lists no LUN at all, which proves nothing" in device("absent", views=[then(luns=[])])["reason"]


def test_the_lun_that_answers_in_the_place_of_another_is_known_from_the_view():
    result = host("other")
    result["ansible_facts"]["stale_mpath"]["paths"][0]["wire"]["wwid"] = HUAWEI_OTHER
    (reported,) = report(result, then(luns=[lun(wwid=HUAWEI_OTHER, name="of_others")]))["hosts"]
    (found,) = reported["devices"]
    assert (found["verdict"], [one["name"] for one in records.answering(reported, found)]) == (
        "recycled",
        ["of_others"],
    )


@pytest.mark.parametrize(
    "lun_id, notes", [(3, []), (None, []), (4, ["sda is at another LUN id than the array maps (4)"])]
)
def test_a_lun_id_counts_where_the_view_tells_it(lun_id, notes):
    assert device("same", views=[then(luns=[mapped(lun_id=lun_id)])])["notes"] == notes


def test_an_unknown_lun_id_among_several_is_no_difference():
    assert device("same", views=[then(luns=[mapped(lun_id=4), mapped(lun_id=None)])])["notes"] == []


def test_the_page_shows_it():
    made = report(host("absent"), then(luns=[mapped()]))
    data = page_data.of(made)
    arrays = [dict(zip(data["columns"]["arrays"], row)) for row in data["arrays"]]
    assert [[data["strings"][number] for number in array["wwid_prefixes"]] for array in arrays] == [[], [PREFIX]]
    assert PREFIX in html_format.render(made)


class TestPlan:
    """Empty sessions and the time for which the arrays' word lasts: every array counts, whoever it speaks for."""

    def plan(self, *views, array=ARRAY, states=("absent", "absent")):
        result = host(*states)
        session = {
            "sid": 1,
            "target": "iqn.2006-08.com.huawei:oceanstor",
            "portal": "10.0.0.1:3260",
            "state": "LOGGED_IN",
        }
        result["ansible_facts"]["stale_mpath"]["sessions"] = [session]
        made = report(result, *views, array=array)
        return made, removal_plan.plan(records.judgement(made), ["empty_sessions"], NOW)

    def kinds(self, *views, **options):
        return [one["kind"] for one in self.plan(*views, **options)[1]["removals"]]

    def test_a_stale_map_goes_and_its_session_with_its_hazard(self):
        assert self.kinds(then()) == ["map", "session"]

    @pytest.mark.parametrize(
        "views, array",
        [
            (
                [then(), then(array="oceanstor-2", wwid_prefixes=["36a4d4b4ff"], complete=False, error="x", luns=[])],
                ARRAY,
            ),
            ([then()], DOWN),
        ],
    )
    def test_a_session_stays_where_any_array_is_not_listed(self, views, array):
        dummy, plan = self.plan(*views, array=array)
        assert [one["kind"] for one in plan["removals"]] == ["map"]
        assert plan["left"][0]["why"] == "not every array said which LUNs it maps to this host"

    def test_a_session_stays_where_the_view_gives_a_lun_that_is_not_seen(self):
        dummy, plan = self.plan(then(luns=[lun(), mapped(wwid=HUAWEI_OTHER, name=None)]))
        assert [one["kind"] for one in plan["removals"]] == ["map"] and "such as %s: scan" % HUAWEI_OTHER in plan[
            "left"
        ][0]["why"]

    @pytest.mark.parametrize(
        "fetched_at, within", [("2026-11-21T01:59:50Z", 0.0), ("2026-11-21T01:58:50Z", 0.0), (THEN, 0.0)]
    )
    def test_the_oldest_listing_tells_how_long_it_lasts(self, fetched_at, within):
        """ARRAY was fetched a minute ago."""
        made, plan = self.plan(then(fetched_at=fetched_at))
        assert (
            removal_decision.confirmed(records.judgement(made), plan["removals"], ["empty_sessions"], NOW, 60)["within"]
            == within
        )

    def test_a_view_older_than_the_ontap_listing_shortens_it(self):
        made, plan = self.plan(then(fetched_at="2026-11-21T01:58:30Z"))
        found = removal_decision.confirmed(records.judgement(made), plan["removals"], ["empty_sessions"], NOW, 100)
        assert found["within"] == 10.0 and [one["kind"] for one in found["removals"]] == ["map", "session"]

    def test_what_the_view_gives_again_is_refused_at_the_last_moment(self):
        dummy, plan = self.plan(then())
        again = report(host("absent", "absent"), then(luns=[mapped()]))
        found = removal_decision.confirmed(records.judgement(again), plan["removals"], [], NOW, 60)
        assert found["removals"] == [] and found["refused"][0]["refused"][0]["code"] == "array"

    def test_what_no_array_vouches_for_goes_only_by_the_opt_in(self):
        for views in ([], [then(complete=False, error="x")]):
            made = report(host("absent"), *views)
            assert removal_plan.plan(records.judgement(made), [], NOW)["removals"] == []
            assert [
                one["wwid"] for one in removal_plan.plan(records.judgement(made), ["wire_alone"], NOW)["removals"]
            ] == [HUAWEI]
        made = report(host("absent"), then(luns=[mapped()]))
        assert removal_plan.plan(records.judgement(made), list(removal_plan.HAZARDS), NOW)["removals"] == []


class TestMerge:
    def test_views_of_slices_are_kept_and_the_worse_is_reported(self):
        """As one audit of both hosts would have made it."""
        older = then(fetched_at="2026-11-21T01:30:00Z")
        slices = {"a": report(host("absent"), then(), name="a"), "b": report(host("absent"), older, name="b")}
        arrays = merge.merged(slices, [], NOW)["arrays"]
        assert [(one["hostname"], one["fetched_at"]) for one in arrays] == [
            ("a1", ARRAY["fetched_at"]),
            ("oceanstor-1", "2026-11-21T01:30:00+00:00"),
        ]
        slices["c"] = report(host("absent"), then(complete=False, error="x"), name="c")
        assert [one["error"] for one in merge.merged(slices, [], NOW)["arrays"]] == [None, "x"]

    def test_a_view_that_spoke_for_other_wwids_is_listed_separately(self):
        slices = {
            "a": report(host("absent"), then(), name="a"),
            "b": report(host("absent"), then(wwid_prefixes=["36a4d4b400"]), name="b"),
        }
        assert len(merge.merged(slices, [], NOW)["arrays"]) == 3

    def test_one_of_one_slice_is_the_same(self):
        made = report(host("absent"), then(), then(array="AAA", wwid_prefixes=["36a4d4b4ff"], luns=[]))
        assert merge.merged({"a": made}, [], NOW) == made and [one["hostname"] for one in made["arrays"]] == [
            "AAA",
            "a1",
            "oceanstor-1",
        ]


class TestFilter:
    def test_it_judges_without_any_lookup(self):
        made = audit.fleet({"n": host("absent")}, array_views=[view()])
        assert made["hosts"][0]["devices"][0]["verdict"] == "stale"

    def test_ontap_devices_are_not_judged_by_it(self):
        made = audit.fleet({"n": configured_host(path(0, "absent"))}, array_views=[view()])
        assert made["hosts"][0]["devices"][0]["verdict"] == "unproven"

    def test_a_bad_one_is_an_error_that_names_it(self):
        with pytest.raises(Exception, match="^the array view oceanstor-1: schema must be 1, not 3"):
            audit.fleet({"n": host("absent")}, array_views=[view(schema=3)])


def test_nothing_that_is_given_is_changed():
    given = then(luns=[mapped(), lun(wwid=HUAWEI_OTHER)])
    before = copy.deepcopy(given)
    first = report(host("absent"), given)
    assert given == before and report(host("absent"), given) == first


def test_a_large_view_is_read_in_seconds():
    """20,000 LUNs, each to eight initiators: a view is read again for each batch of removals."""
    names = ["iqn.2001-04.com.example:%d" % number for number in range(8)]
    luns = [lun(wwid="%s%016x" % (PREFIX, number), initiators=names) for number in range(20000)]
    began = time.process_time()
    view_of = judge_devices.array_view([], [], NOW, 3600, arrays_views.read([then(luns=luns)]))
    assert len(view_of["maps"][names[0]]) == 20000 and time.process_time() - began < 20
