# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From facts and answers to judged devices."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from support.testimony import ARRAY, LUN, ME, NOW, OTHER, TARGET, WWID, answers, facts, path


def judge(facts, mapped=(), existing=(), array=ARRAY, max_age=3600):
    return judge_devices.judged(
        facts, judge_devices.array_view(*answers(mapped, existing, array), now=NOW, max_age=max_age)
    )


def only(found):
    assert len(found) == 1
    return found[0]


def test_healthy():
    device = only(judge(facts([path(0, "same"), path(1, "same")]), mapped=[LUN]))
    assert (device["verdict"], device["next"]) == ("healthy", None)
    assert device["reason"] == "every path answers as itself; mapped to this host"
    assert device["array"]["luns"] == [LUN]


def test_stale_though_multipath_calls_it_ready():
    device = only(
        judge(
            facts([path(0, "absent", checker_state="ready"), path(1, "absent", checker_state="ready")]), existing=[LUN]
        )
    )
    assert device["verdict"] == "stale"
    assert device["reason"] == (
        "every path is absent (it says so, sense 05/25/00), though multipath calls sda and sdb ready, "
        "and the array says: exists, and is not mapped to this host"
    )
    assert "nobody uses it" in device["next"]


@pytest.mark.parametrize(
    "paths, verdict",
    [
        ([], "unknown"),
        ([path(0, "absent")], "unknown"),
        ([path(0, "same")], "degraded"),
        ([path(0, "other")], "recycled"),
        ([path(0, "silent")], "outage"),
    ],
)
def test_what_changed_while_it_was_looked_at_is_never_stale_and_never_healthy(paths, verdict):
    changed = facts(paths)
    changed["maps"][0]["changed"] = "it changed meanwhile (it lost sdz)"
    device = only(judge(changed, mapped=[LUN] if verdict == "degraded" else []))
    assert device["verdict"] == verdict and device["reason"].startswith("it changed meanwhile (it lost sdz); ")


def test_stale_and_in_use():
    user = {"kind": "mount", "detail": "/data (ext4, rw)"}
    device = only(judge(facts([path(0, "absent")], users=[user])))
    assert (device["verdict"], device["in_use"], device["users"]) == ("stale", True, [user])
    assert device["next"] == "stop its users, then remove it"


def test_a_probe_that_hangs_is_no_use():
    device = only(judge(facts([path(0, "absent")], users=[{"kind": "probe", "detail": "pid 7 (udev-worker)"}])))
    assert (device["in_use"], len(device["users"])) == (False, 1)
    assert "disablequeueing map mpatha" in device["next"]


def test_recycled_though_multipath_calls_it_ready():
    device = only(judge(facts([path(0, "other", checker_state="ready")])))
    assert OTHER + " answers, though multipath calls sda ready: I/O" in device["reason"]


def test_users_that_could_not_be_read_are_not_no_users():
    for verdict, state in (("stale", "absent"), ("recycled", "other")):
        unread = facts([path(0, state)])
        unread["maps"][0]["users"] = None
        device = only(judge(unread))
        assert (device["verdict"], device["in_use"]) == (verdict, None)
        assert "nobody" not in device["next"] and "remove it" not in device["next"]


@pytest.mark.parametrize("paths", [[path(0, "same"), path(1, "other")], [path(0, "other", checker_state="ready")]])
def test_one_path_of_another_lun_poisons_the_map(paths):
    device = only(judge(facts(paths), mapped=[LUN]))
    assert device["verdict"] == "recycled"
    assert OTHER in device["reason"] and WWID in device["reason"] and "reaches another LUN" in device["reason"]


def test_the_lun_that_answers_instead_is_named():
    recycled = facts([path(0, "other")])
    assert judge_devices.wwids(recycled) == [WWID, OTHER]
    lun_maps, luns = answers()
    new = dict(LUN, wwid=OTHER, name="/vol/v/new")
    luns.append(dict(luns[0], term=OTHER, wwid=OTHER, luns=[new]))
    view = judge_devices.array_view(lun_maps, luns, NOW, 3600)
    assert only(judge_devices.judged(recycled, view))["answered_by"] == [new]
    assert only(judge_devices.judged(facts([path(0, "absent")]), view))["answered_by"] == []


def test_no_path_left():
    device = only(judge(facts([]), existing=[LUN]))
    assert device == dict(
        device, verdict="stale", reason="no path is left, and the array says: exists, and is not mapped to this host"
    )


def test_no_path_left_that_shows_whose_it_was():
    device = only(judge(facts([])))
    assert (device["verdict"], device["reason"]) == (
        "unproven",
        "no path is left, but no array confirms it: in no listing, but no path is left that shows whose target it was",
    )


def test_a_slave_that_is_no_scsi_disk_proves_nothing():
    device = only(judge(facts([], other_slaves=["nvme0n1"])))
    assert device["verdict"] == "unknown" and "nvme0n1" in device["reason"]


def test_degraded_tells_each_path():
    device = only(judge(facts([path(0, "same"), path(1, "unreachable")]), mapped=[LUN]))
    assert device["verdict"] == "degraded"
    assert device["reason"].startswith("sda same; sdb unreachable (it says so)")
    assert device["next"] == "repair the paths that fail"


def test_a_stale_path_in_a_living_map_is_named():
    device = only(judge(facts([path(0, "same"), path(1, "absent"), path(2, "silent")]), mapped=[LUN]))
    assert device == dict(
        device, verdict="degraded", next="remove sdb from the map and delete it; repair what else fails"
    )


def test_a_lun_that_is_offline():
    device = only(judge(facts([path(0, "same")]), mapped=[dict(LUN, state="offline")]))
    assert device == dict(
        device, verdict="outage", reason="the array says: mapped to this host, and the LUN is offline"
    )


def test_a_disk_in_no_map_is_judged_by_the_same_words():
    device = only(judge(dict(facts(), maps=[], paths=[path(2, "absent", in_map=False)]), existing=[LUN]))
    assert (device["kind"], device["name"], device["verdict"]) == ("disk", "sdc", "stale")
    assert "delete the disk" in device["next"]


@pytest.mark.parametrize(
    "fetched_at, verdict",
    [
        ("2026-11-21T01:00:01Z", "stale"),
        ("2026-11-21T00:59:59Z", "unproven"),
        ("2026-11-21T02:00:30+00:00", "stale"),
        ("2026-11-21T03:00:00+00:00", "unproven"),
    ],
)
def test_an_old_listing_or_one_from_the_future_proves_nothing(fetched_at, verdict):
    assert only(judge(facts([path(0, "absent")]), array=dict(ARRAY, fetched_at=fetched_at)))["verdict"] == verdict


def test_a_listing_without_a_date_proves_nothing():
    assert only(judge(facts([path(0, "absent")]), array=dict(ARRAY, fetched_at=None)))["verdict"] == "unproven"


def test_an_old_answer_beside_a_new_one_is_still_old():
    old = dict(ARRAY, fetched_at="2020-01-01T00:00:00Z")
    for first, second in ((ARRAY, old), (old, ARRAY)):
        view = judge_devices.array_view(answers(array=first)[0], answers(array=second)[1], NOW, 3600)
        assert [array["complete"] for array in view["arrays"]] == [False]


def test_an_array_that_only_one_lookup_asked_is_not_complete():
    lun_maps, luns = answers()
    luns[0]["arrays"] = [ARRAY, dict(ARRAY, hostname="a2")]
    view = judge_devices.array_view(lun_maps, luns, NOW, 3600)
    assert [(array["hostname"], array["complete"]) for array in view["arrays"]] == [("a1", True), ("a2", False)]
    assert only(judge_devices.judged(facts([path(0, "absent")]), view))["verdict"] == "unproven"


def test_two_accounts_at_one_address_both_count():
    lun_maps, luns = answers()
    for answer in lun_maps + luns:
        answer["arrays"] = [ARRAY, dict(ARRAY, scope="svm")]
    view = judge_devices.array_view(lun_maps, luns, NOW, 3600)
    assert len(view["arrays"]) == 2
    assert only(judge_devices.judged(facts([path(0, "absent")]), view))["verdict"] == "unproven"


def test_what_the_lookups_were_not_asked_about_is_not_absent():
    lun_maps, luns = answers(existing=[LUN])
    for view in (([], luns), (lun_maps, []), ([dict(lun_maps[0], initiator="iqn.else")], luns)):
        assert (
            only(
                judge_devices.judged(facts([path(0, "absent")]), judge_devices.array_view(*view, now=NOW, max_age=3600))
            )["verdict"]
            == "unproven"
        )


def test_a_path_in_use_behind_the_maps_back_is_a_use():
    device = only(judge(facts([path(0, "absent", users=[{"kind": "mount", "detail": "/oops (ext4, rw)"}])])))
    assert device == dict(device, in_use=True, users=[{"kind": "mount", "detail": "/oops (ext4, rw), on the path sda"}])
    assert only(judge(facts([path(0, "absent", users=None)])))["in_use"] is None


def test_of_two_answers_about_an_array_the_worse_counts():
    bad = dict(ARRAY, complete=False, error="a1 answered 500")
    for first, second in ((ARRAY, bad), (bad, ARRAY)):
        view = judge_devices.array_view(answers(array=first)[0], answers(array=second)[1], NOW, 3600)
        assert [array["error"] for array in view["arrays"]] == ["a1 answered 500"]


def test_the_most_urgent_comes_first():
    two = facts([path(0, "same"), path(1, "other", in_map=False)])
    assert [device["verdict"] for device in judge(two, mapped=[LUN])] == ["recycled", "healthy"]


def test_what_an_array_is_asked():
    assert judge_devices.wwids(
        facts([path(0, "same"), path(1, "same", in_map=False, wwid=OTHER), path(2, "same", in_map=False, wwid=None)])
    ) == [WWID, OTHER]


@pytest.mark.parametrize(
    "found, mapped, seen",
    [
        (facts([path(0, "same")]), [LUN], True),
        (facts([]), [LUN], True),
        (facts([path(0, "same")]), [LUN, dict(LUN, wwid=OTHER)], False),
        (dict(facts([path(0, "same", False)]), maps=[]), [LUN], True),
        (dict(facts(), maps=[]), [LUN], False),
        (facts([]), [], True),
    ],
)
def test_what_the_array_gives_and_the_kernel_does_not_see(found, mapped, seen):
    reported = judge_devices.not_seen(found, judge_devices.array_view(*answers(mapped, []), now=NOW, max_age=3600))
    assert reported == ([] if seen else [mapped[-1]])


# An array that a LUN contradicts


def two_maps(*states, target=TARGET):
    """A map of WWID with these words of its paths, and one of OTHER, which is absent."""
    found = facts([path(number, state) for number, state in enumerate(states)])
    other = path(4, "absent", wwid=OTHER, map=OTHER, target=target)
    found["paths"].append(other)
    found["maps"] += facts([other], wwid=OTHER, name="mpathb", dm="dm-1", dev_t="253:1")["maps"]
    return found


def view_of(mapped=(), existing=(), arrays=(ARRAY,)):
    lun_maps, luns = answers(mapped, existing)
    luns.append(dict(luns[0], term=OTHER, wwid=OTHER, luns=[]))
    for answer in lun_maps + luns:
        answer["arrays"] = list(arrays)
    return judge_devices.array_view(lun_maps, luns, NOW, 3600)


@pytest.mark.parametrize("existing", [(), (LUN,)])
@pytest.mark.parametrize("states", [["same"], ["same", "absent"], ["same", "silent"], ["same", "other"]])
def test_an_array_that_is_wrong_about_one_device_is_not_believed_about_another(existing, states):
    found = {device["wwid"]: device for device in judge_devices.judged(two_maps(*states), view_of(existing=existing))}
    assert found[WWID]["verdict"] == ("recycled" if "other" in states else "conflict")
    assert (found[OTHER]["verdict"], found[OTHER]["array"]["state"]) == ("unproven", "unknown")
    assert (
        "a1 says: in no listing; but it is not believed on this host, for mpatha answers as itself, of which "
        "it says the same"
    ) in found[OTHER]["reason"]


@pytest.mark.parametrize("changes, name", [({}, "sda"), ({"sd": None}, WWID)])
def test_the_disk_that_contradicts_an_array_is_named_by_what_it_has(changes, name):
    found = two_maps("same")
    found["maps"], found["paths"][0] = found["maps"][1:], dict(found["paths"][0], map=None, **changes)
    judged = {device["wwid"]: device for device in judge_devices.judged(found, view_of())}
    assert "for %s answers as itself" % name in judged[OTHER]["reason"]


@pytest.mark.parametrize("states, mapped", [(["same"], [LUN]), (["absent"], []), (["silent"], [])])
def test_an_array_that_nothing_contradicts_is_believed(states, mapped):
    found = {device["wwid"]: device for device in judge_devices.judged(two_maps(*states), view_of(mapped))}
    assert found[OTHER]["verdict"] == "stale"


THIRD = "3600a098045353157427a6f4b76493674"


@pytest.mark.parametrize(
    "mapped, verdict, reason",
    [
        ([dict(LUN, wwid=THIRD)], "stale", "in no listing"),
        ([], "unproven", f"it is not believed on this host, for {THIRD} answers at sda, of which it says the same"),
    ],
)
@pytest.mark.parametrize("state, own", [("other", "recycled"), ("unreadable", "unknown")])
def test_an_array_is_wrong_about_a_lun_that_answers_in_the_place_of_another(mapped, verdict, reason, state, own):
    facts_of_host, view = two_maps(state), view_of(mapped)
    facts_of_host["paths"][0]["wire"]["wwid"] = THIRD
    assert THIRD in judge_devices.wwids(facts_of_host)
    view["asked"].add(THIRD)
    found = {device["wwid"]: device for device in judge_devices.judged(facts_of_host, view)}
    assert (found[WWID]["verdict"], found[OTHER]["verdict"]) == (own, verdict)
    assert reason in found[OTHER]["reason"]


@pytest.mark.parametrize("order", [1, -1])
def test_each_path_at_which_the_other_lun_answers_contradicts_the_array_behind_it(order):
    beside = dict(ARRAY, hostname="a2", cluster="c2", targets=["iqn.1992-08.com.netapp:sn.else:vs.1"])
    found = two_maps("other", "other")
    for place, target in zip(found["paths"], (TARGET, beside["targets"][0])):
        place.update(target=target, wire=dict(place["wire"], wwid=THIRD))
    found["paths"] = found["paths"][::order]
    view = view_of(arrays=[ARRAY, beside])
    view["asked"].add(THIRD)
    judged = {device["wwid"]: device for device in judge_devices.judged(found, view)}
    assert judged[OTHER]["verdict"] == "unproven", judged[OTHER]["reason"]


def test_another_array_is_not_answerable_for_it():
    beside = dict(ARRAY, hostname="a2", cluster="c2", targets=["iqn.1992-08.com.netapp:sn.else:vs.1"])
    found = {
        device["wwid"]: device
        for device in judge_devices.judged(
            two_maps("same", target=beside["targets"][0]), view_of(arrays=[ARRAY, beside])
        )
    }
    assert (found[WWID]["verdict"], found[OTHER]["verdict"], found[OTHER]["array"]["said_by"]) == (
        "conflict",
        "stale",
        ["a2"],
    )


# Over which transports an array can know a host


WWPN = "2100000e1e1b2c30"
PORT = {"port_name": WWPN, "port_state": "Online"}


@pytest.mark.parametrize(
    "iqn, sessions, wwpns, ports, live",
    [
        ([ME], ["LOGGED_IN"], [], [], {"iscsi"}),
        ([ME], ["FAILED", "LOGGED_IN"], [], [], {"iscsi"}),
        ([ME], ["FAILED"], [], [], set()),
        ([ME], [], [], [], set()),
        ([], ["LOGGED_IN"], [], [], set()),
        ([ME], [], [WWPN], [PORT], {"fc"}),
        ([ME], [], [WWPN], [dict(PORT, port_state="Linkdown")], set()),
        ([ME], [], [WWPN], [dict(PORT, port_state="Unknown")], set()),
        ([], [], [WWPN], [], set()),
        ([], [], ["2100000e1e1b2c31"], [PORT], set()),
        ([ME], ["LOGGED_IN"], [WWPN], [PORT], {"fc", "iscsi"}),
    ],
)
def test_a_transport_is_live_by_more_than_a_name(iqn, sessions, wwpns, ports, live):
    made = dict(facts(), sessions=[{"state": state} for state in sessions], fc={"hosts": ports})
    made["host"]["initiators"] = {"iqn": iqn, "wwpns": wwpns}
    assert judge_devices.live(made) == live
    made.pop("fc")
    assert judge_devices.live(made) == live - {"fc"}, "facts of a module that does not tell"
