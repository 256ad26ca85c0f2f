# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each thing once in a report, and nothing lost by it."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import records
from support import configured
from support.fleets import HEALTHY_ARRAY, STALE_ARRAY, configured_host, fleet
from support.testimony import LUN, NOW, WWID, path

OTHER = "3600a09803830453f5c24525167477a41"


def made(*paths, sessions=None, **array):
    """(the facts, the host of the report) of a host with a map of these paths."""
    result = configured_host(*paths)
    facts = result["ansible_facts"]["stale_mpath"]
    if sessions is not None:
        facts["sessions"] = sessions
    (host,) = fleet({"a": result}, **(array or HEALTHY_ARRAY))["hosts"]
    return facts, host


def session_of(reported, **changes):
    number = reported["hctl"].split(":")[0]
    common = {"sid": 7, "host": f"host{number}", "target": reported["target"]}
    return {**common, "portal": reported["portal"] or "10.0.0.9:3260", "state": reported["session_state"], **changes}


WHOLE = (
    *("hctl", "sd", "dev_t", "wwid", "size_bytes", "vendor", "product", "read_only", "transport", "target", "portal"),
    *("session_state", "device_state", "dm_state", "checker_state", "users"),
)


@pytest.mark.parametrize("state", ["same", "other", "absent", "unreachable"])
@pytest.mark.parametrize("changes", [{}, {"read_only": True, "vendor": "ELSE"}, {"size_bytes": 1, "portal": None}])
@pytest.mark.parametrize("session", [None, {}, {"state": "FREE"}, {"host": "host99"}])
def test_a_path_is_read_as_the_module_returned_it(state, changes, session):
    second = path(1, state, **changes)
    facts, host = made(path(0, "same"), second, sessions=[] if session is None else [session_of(second, **session)])
    (device,) = host["devices"]
    reported = list(records.paths(device, records.sessions_of(host)))
    for got, wanted in zip(reported, facts["paths"], strict=True):
        assert {key: got[key] for key in WHOLE} == {key: wanted.get(key) for key in WHOLE}
        assert got["wire"] == {key: wanted["wire"].get(key) for key in ("state", "wwid", "sense", "detail")}


def test_a_path_has_nothing_that_its_device_and_its_session_say():
    first, second = path(0, "same"), path(1, "same")
    dummy, host = made(first, second, sessions=[session_of(second)])
    plain, with_session = host["devices"][0]["paths"]
    assert plain["target"] == first["target"] and "session" not in plain
    assert with_session["session"] == 7 and with_session["wire"] == {"state": "same"}
    assert not {"wwid", "size_bytes", "vendor", "product", "transport", "target", "portal"} & set(with_session)


def test_a_removal_has_the_target_of_a_path_that_refers_to_its_session():
    stale = path(0, "absent")
    result = configured_host(stale)
    result["ansible_facts"]["stale_mpath"]["sessions"] = [session_of(stale)]
    report = fleet({"a": result}, **STALE_ARRAY)
    assert "target" not in report["hosts"][0]["devices"][0]["paths"][0]
    (removal,) = removal_plan.plan(records.judgement(report), [], NOW)["removals"]
    assert removal["paths"] == [{"hctl": stale["hctl"], "sd": stale["sd"], "target": stale["target"], "wwid": WWID}]


def test_luns_are_in_one_table():
    intruder = dict(LUN, wwid=OTHER, name="/vol/v/other")
    reported = path(0, "other")
    reported["wire"]["wwid"] = OTHER
    dummy, host = made(reported, mapped=[LUN, intruder], existing=[LUN, intruder])
    (device,) = host["devices"]
    assert sorted(host["luns"]) == sorted([WWID, OTHER]) and host["not_seen"] == [OTHER]
    assert [lun["name"] for lun in records.luns_of(host, device)] == [LUN["name"]]
    assert [lun["name"] for lun in records.answering(host, device)] == ["/vol/v/other"]
    assert [(lun["wwid"], lun["name"]) for lun in records.not_seen(host)] == [(OTHER, "/vol/v/other")]


def test_findings_that_say_the_same_are_one():
    maps = [configured.one_map(wwid, flush_on_last_del=configured.setting("no")) for wwid in ("3600a", "3600b")]
    maps.append(configured.one_map("3600c", flush_on_last_del=configured.setting("never")))
    (host,) = fleet({"a": configured_host(multipath_conf__maps=maps)}, **HEALTHY_ARRAY)["hosts"]
    reported = [finding["subjects"] for finding in host["findings"] if finding["rule"] == host["findings"][0]["rule"]]
    assert reported == [["3600a", "3600b"], ["3600c"]]
