# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One host's facts put together: what is missing is named, and never taken for "nothing there"."""

import os
import time

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import usage
from ansible_collections.sanops.multipath.plugins.module_utils._facts import witnesses
from ansible_collections.sanops.multipath.plugins.module_utils._inquiry import protocol as inquiry
from ansible_collections.sanops.multipath.plugins.module_utils._inquiry import sg as inquiry_sg
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import dm as kernel_dm
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._system import child
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import facts as judge_facts
from support.answering import LIVE, WWID, Broken, Host, disk, hang

PROBE, MOUNT = {"kind": "probe", "detail": "pid 7"}, {"kind": "mount", "detail": "/x"}
OTHER = {"kind": "other", "detail": "open count 2, by whom is not known"}


@pytest.fixture
def host(monkeypatch):
    return Host(monkeypatch)


def test_everything_is_heard(host):
    host.daemon = {
        WWID: {
            "queueing": "on",
            "vendor": "x",
            "product": "y",
            "paths": {"sda": {"dm_state": "active", "checker_state": "ready"}},
        }
    }
    facts = host.collect()
    assert facts["incomplete"] == [] and facts["schema"] == 1
    one = facts["maps"][0]
    assert (one["paths"], one["other_slaves"], one["users"], one["queueing"]) == (["0:0:0:1", "1:0:0:1"], [], [], "on")
    assert [path["checker_state"] for path in facts["paths"]] == ["ready", None]
    assert [path["wire"]["state"] for path in facts["paths"]] == ["same", "same"]


@pytest.mark.parametrize(
    "trouble",
    [
        {"session_state": "FAILED"},
        {"session_state": "FREE"},
        {"device_state": "blocked"},
        {"device_state": "offline"},
        {"device_state": "transport-offline"},
        {"session_state": "Blocked"},
    ],
)
def test_a_dead_path_is_unreachable_and_not_asked(host, trouble):
    host.paths = [disk(0), disk(1, **trouble)]
    host.answers["1:0:0:1"] = dict(LIVE, state="absent")  # would be the answer, if it were asked
    assert host.words() == ["same", "unreachable"]


def test_a_path_that_does_not_answer_is_silent(host):
    host.answers["1:0:0:1"] = None
    assert host.words() == ["same", "silent"]


def test_a_wire_that_breaks_off_is_reported(host, monkeypatch):
    def ask(nodes, deadline):
        yield ["0:0:0:1", LIVE]
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(inquiry_sg, "ask", ask)
    assert host.words() == ["same", "silent"]
    assert "Cannot allocate memory" in host.gaps["wire"]


def test_no_sg_node_is_unreadable_and_reported(host):
    host.paths = [disk(0), disk(1, sg=None)]
    assert host.words() == ["same", "unreadable"]
    assert "modprobe sg" in host.gaps["wire"]


def test_the_maps_identity_counts_not_the_paths(host):
    """After a rescan the kernel's cache of the path agrees with the wire, and the map still means the old LUN."""
    host.paths = [disk(0, wwid=WWID[:-1] + "5")]
    host.answers["0:0:0:1"] = dict(LIVE, wwids=[WWID[:-1] + "5"])
    assert host.words() == ["other"]


def test_a_disk_in_no_map_is_held_against_its_own_identity(host):
    host.paths = [disk(0, map=None), disk(1, map=None, wwid=None)]
    assert host.words() == ["same", "unreadable"]


def test_a_slave_without_a_voice_keeps_its_place(host):
    host.map["slaves"] = ["sda", "sdb", "nvme0n1"]
    assert host.collect()["maps"][0]["other_slaves"] == ["nvme0n1"]


@pytest.mark.parametrize("witness, what", [("dm", "device-mapper"), ("daemon", "multipathd"), ("users", "users")])
def test_a_witness_that_fails_is_named(host, witness, what):
    setattr(host, witness, OSError(5, "Input/output error"))
    facts = host.collect()
    assert list(host.gaps) == [what] and "Input/output error" in host.gaps[what]
    assert [path["wire"]["state"] for path in facts["paths"]] == ["same", "same"]


@pytest.mark.parametrize("witness, what", [("dm", "device-mapper"), ("users", "users"), ("answers", "wire")])
@pytest.mark.parametrize("timeout", [2, 8])
def test_a_witness_that_hangs_costs_no_more_than_the_budget(host, witness, what, timeout):
    setattr(host, witness, hang)
    facts = host.collect(timeout)
    assert facts["elapsed"] <= timeout
    assert child.TIMED_OUT in host.gaps[what]


def test_everything_hangs(host):
    """Each witness, and the second look: the budget holds, and each is named."""
    host.dm = host.users = host.answers = host.ends[2] = hang
    facts = host.collect(timeout=8)
    assert facts["elapsed"] <= 8
    assert set(host.gaps) == {"device-mapper", "wire", "users", "changes"}
    assert [path["wire"]["state"] for path in facts["paths"]] == ["silent", "silent"]


def test_a_child_that_cannot_be_killed_is_named(host, monkeypatch):
    """A process in D state; here SIGKILL is not sent."""
    monkeypatch.setattr(os, "kill", lambda pid, number: None)
    host.clock.sleeps_count = True
    host.users = hang
    try:
        facts = host.collect(timeout=8)
    finally:
        monkeypatch.undo()
        for pid in child.left_behind(0):
            os.kill(pid, 9)
        assert child.left_behind(time.monotonic() + 60) == []
    assert facts["elapsed"] <= 8
    assert "does not end" in host.gaps["child"] and "left behind" in host.gaps["child"]


def test_users_that_could_not_be_read_are_none(host):
    host.users = OSError(5, "x")
    facts = host.collect()
    assert facts["maps"][0]["users"] is None and {path["users"] for path in facts["paths"]} == {None}


@pytest.mark.parametrize(
    "open_count, found, users",
    [
        (0, [], []),
        (1, [MOUNT], [MOUNT]),
        (2, [], [OTHER]),
        (1, [PROBE], [PROBE]),
        (2, [PROBE], [PROBE, OTHER]),
        (None, [PROBE], None),
        (None, [], None),  # device-mapper did not say: "nobody" would be a guess
        (None, [MOUNT], [MOUNT]),
    ],
)
def test_the_open_count_is_asked_too(host, open_count, found, users):
    host.users = {"dm-0": found}
    host.dm = None if open_count is None else {"open_count": open_count, "features": "0", "queue_if_no_path": False}
    assert host.collect()["maps"][0]["users"] == users


PART = {"name": "mpatha-part1", "dm": "dm-1", "dev_t": "253:1", "uuid": "part1-mpath-" + WWID, "below": "dm-0"}


@pytest.mark.parametrize(
    "counts, ended, found, kinds",
    [
        ([1], ["pid 7"], [], ["probe"]),
        ([2], ["pid 7"], [], ["other"]),
        ([2], ["pid 7", "pid 8"], [], ["probe"]),
        ([1, 1], ["pid 7"], [], ["other"]),
        ([1, 1], ["pid 7", "pid 8"], [], ["probe"]),
        ([2], ["pid 7"], [{"kind": "probe", "detail": "pid 9"}], ["probe", "probe"]),
        ([2], ["pid 7"], [{"kind": "partition", "detail": "p1"}], ["partition", "other"]),
        ([2], ["pid 7"], [MOUNT], ["mount"]),
    ],
)
def test_killed_workers_of_udev_account_for_openers_where_they_are_as_many(host, counts, ended, found, kinds):
    """udev kills a worker that hangs on a dead map after three minutes: it has no open file any more, and holds the
    map.
    """
    host.users, host.ended = {"dm-0": found}, ended
    host.map["partitions"] = [PART] if found and found[0]["kind"] == "partition" else []
    host.maps = [dict(host.map, wwid=(WWID, "3600b")[number]) for number in range(len(counts))]
    views = [
        {
            "wwid": one["wwid"],
            "view": {"open_count": count, "features": "0", "queue_if_no_path": True, "partitions": {"dm-1": 0}},
        }
        for one, count in zip(host.maps, counts)
    ]
    host.look_at_maps(views)
    assert [[user["kind"] for user in one["users"]] for one in host.collect()["maps"]] == [kinds] * len(counts)
    if kinds == ["probe"] and counts == [1]:
        assert host.collect()["maps"][0]["users"][0]["detail"] == "open count 1, by a killed worker of udev: pid 7"


HAS, READS, READS_IT = (
    {"kind": kind, "detail": detail}
    for kind, detail in (("partition", "mpatha-part1 (dm-1)"), ("probe", "pid 8"), ("probe", "pid 9"))
)
OTHER_ON_PART = {"kind": "other", "detail": "mpatha-part1 (dm-1): open count 1, by whom is not known"}


@pytest.mark.parametrize(
    "counts, ended, found, added",
    [
        ((1, 0), [], [HAS], []),
        ((1, 1), [], [HAS], [OTHER_ON_PART]),  # ZFS, ASM or DRBD
        ((1, 1), [], [HAS, READS], []),  # udev reads the partition
        (
            (1, 2),
            [],
            [HAS, READS],
            [{"kind": "other", "detail": "mpatha-part1 (dm-1): open count 2, by whom is not known"}],
        ),
        ((2, 1), [], [HAS, READS], [OTHER]),  # it is none that has the map itself
        ((2, 0), [], [HAS, READS_IT], []),
        ((2, 1), [], [HAS, READS_IT], [OTHER_ON_PART]),
        (
            (1, 1),
            ["pid 7"],
            [HAS],
            [{"kind": "probe", "detail": "mpatha-part1 (dm-1): open count 1, by a killed worker of udev: pid 7"}],
        ),
        ((2, 1), ["pid 7"], [HAS], [OTHER, OTHER_ON_PART]),
        ((1, 1), [], [HAS, MOUNT], []),
    ],
)
def test_the_open_count_of_a_partition_is_asked_too(host, counts, ended, found, added):
    host.users, host.ended, host.found_on = {"dm-0": found}, ended, {"pid 8": {"on": "dm-1"}}
    host.map["partitions"], host.dm["open_count"], host.dm["partitions"] = [PART], counts[0], {"dm-1": counts[1]}
    (one,) = host.collect()["maps"]
    assert one["users"] == found + added and "partitions" not in one


def test_a_partition_on_a_partition_has_only_that(host):
    host.map["partitions"] = [PART, dict(PART, name="mpatha-part1p5", dm="dm-2", below="dm-1")]
    host.users = {"dm-0": [HAS, {"kind": "partition", "detail": "mpatha-part1p5 (dm-2)"}]}
    for counts, in_use in (((1, 1, 0), False), ((2, 1, 0), True), ((1, 2, 0), True), ((1, 1, 1), True)):
        host.dm["open_count"], host.dm["partitions"] = counts[0], {"dm-1": counts[1], "dm-2": counts[2]}
        assert usage.in_use(host.collect()["maps"][0]["users"]) is in_use


@pytest.mark.parametrize("partitions, counts", [([PART], {"dm-1": None}), ([PART], {}), ([], {})])
def test_a_partition_whose_openers_are_not_known_leaves_nobody_unknown(host, partitions, counts):
    """It went or came while the host was looked at."""
    host.users, host.map["partitions"], host.dm["open_count"], host.dm["partitions"] = (
        {"dm-0": [HAS]},
        partitions,
        1,
        counts,
    )
    assert host.collect()["maps"][0]["users"] is None


def test_a_look_that_broke_off_leaves_those_with_nobody_unknown(host):
    def find():
        return {"sda": [{"kind": "process", "detail": "pid 9"}], "sdb": [PROBE], "dm-0": Broken()}

    host.users = find
    facts = host.collect()
    assert facts["maps"][0]["users"] is None
    assert [path["users"] for path in facts["paths"]] == [[{"kind": "process", "detail": "pid 9"}], None]
    assert host.gaps == {"users": "mounts: OSError: [Errno 5] x"}


def test_a_disk_without_a_block_device_is_not_known_to_be_unused(host):
    host.paths = [disk(0), disk(1, sd=None)]
    assert [path["users"] for path in host.collect()["paths"]] == [[], None]


def test_without_root_nobody_is_not_nobody(host, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    facts = host.collect()
    assert facts["maps"][0]["users"] is None
    assert "become" in host.gaps["users"] and "become" in host.gaps["wire"]


def test_a_map_that_goes_while_we_look_does_not_take_its_disks_with_it():
    kernel, dummy = witnesses._together([["paths"], ["paths", disk(0)], ["maps"]])
    assert [path["map"] for path in kernel["paths"]] == [None]


def test_a_marginal_port_is_asked(host):
    host.paths = [disk(0, session_state="Marginal")]
    assert host.words() == ["same"]


@pytest.mark.parametrize(
    "end, why", [(OSError(12, "Cannot allocate memory"), "Cannot allocate memory"), (hang, child.TIMED_OUT)]
)
def test_a_kernel_that_was_read_in_part_keeps_what_was_read_and_is_reported(host, end, why):
    """The gap "kernel" keeps the report from judging any device of this host."""
    host.ends[1] = end
    facts = host.collect(timeout=8)
    assert host.gaps["kernel"].startswith("sysfs, maps, after 1 of them: ") and why in host.gaps["kernel"]
    assert facts["host"] == {"hostname": "h"} and len(facts["paths"]) == 2 and len(facts["maps"]) == 1
    assert [path["wire"]["state"] for path in facts["paths"]] == ["same", "same"]
    assert "kernel" in judge_facts.unusable(facts)


def test_a_kernel_that_cannot_be_read_at_all(host, monkeypatch):
    monkeypatch.setattr(witnesses, "_look", lambda tree, only: iter([1 // 0]))
    facts = host.collect()
    assert "ZeroDivisionError" in host.gaps["kernel"] and facts["maps"] == facts["paths"] == []


def test_a_path_that_changed_meanwhile(host):
    host.second = {"paths": [disk(0), disk(1, sd="sdz")], "maps": [dict(host.map, slaves=["sda", "sdz"])]}
    facts = host.collect()
    assert [path["wire"]["state"] for path in facts["paths"]] == ["same", "unreadable"]
    assert "said same, but it changed meanwhile (sd was sdb and is sdz)" == facts["paths"][1]["wire"]["detail"]
    assert facts["maps"][0]["changed"] == "it changed meanwhile (it lost sdb, it got sdz)"
    assert host.gaps == {"changes": "changed while this host was looked at (run it again): sdb (1:0:0:1), " + WWID}


def test_nothing_changed(host):
    assert host.collect()["maps"][0]["changed"] is None


@pytest.mark.parametrize("end", [OSError(5, "x"), hang])
def test_without_a_second_look_nothing_absent_is_proven(host, end):
    host.answers = {"0:0:0:1": dict(LIVE, state="absent", wwids=[])}
    host.ends[2] = end
    facts = host.collect(timeout=8)
    assert [path["wire"]["state"] for path in facts["paths"]] == ["unreadable", "same"]
    assert "no second look" in host.gaps["changes"]


def test_a_map_without_a_path_and_without_a_second_look(host):
    host.paths, host.ends[2] = [], OSError(5, "x")
    assert host.collect()["maps"][0]["changed"]


def test_paths_that_were_not_asked_are_counted(host):
    host.answers = {"1:0:0:1": dict(LIVE, state="silent", wwids=[], detail=inquiry.NOT_ASKED)}
    assert host.words() == ["same", "silent"]
    assert host.gaps == {"wire": "1 paths were not asked: the time was up"}


def test_the_version_is_asked_after_the_maps(host, monkeypatch):
    """It must not take the time of what matters more; and what is missing of it is reported."""
    asked = []
    monkeypatch.setattr(multipathd, "maps", lambda deadline, names: asked.append(("maps", deadline)) or {})
    monkeypatch.setattr(
        multipathd, "version", lambda deadline: asked.append(("version", deadline)) or (None, child.TIMED_OUT)
    )
    assert host.collect()["multipathd"]["version"] is None
    assert [what for what, dummy in asked] == ["maps", "version"] and asked[0][1] < asked[1][1]
    assert host.gaps == {
        "multipathd": "its version: " + child.TIMED_OUT,
        "multipath_conf": "how multipath-tools read it is not known without their version: " + child.TIMED_OUT,
    }


def test_one_map_that_device_mapper_fails_on(host, monkeypatch):
    other = dict(host.map, wwid="3600b", dm="dm-1", dev_t="253:1", slaves=[])
    host.maps.append(other)
    monkeypatch.setattr(
        kernel_dm,
        "look",
        lambda maps: iter([{"wwid": WWID, "error": "Input/output error"}, {"wwid": "3600b", "view": host.dm}]),
    )
    assert [one["open_count"] for one in host.collect()["maps"]] == [None, 0]
    assert host.gaps == {"device-mapper": "open count and table of %s: Input/output error" % WWID}


def test_one_map_that_device_mapper_hangs_on(host, monkeypatch):
    host.maps.append(dict(host.map, wwid="3600b", dm="dm-1", dev_t="253:1", slaves=[]))

    def look(maps):
        yield {"wwid": WWID, "view": host.dm}
        hang()

    monkeypatch.setattr(kernel_dm, "look", look)
    facts = host.collect(timeout=8)
    assert [(one["open_count"], one["users"]) for one in facts["maps"]] == [(0, []), (None, None)]
    assert host.gaps == {"device-mapper": "open count and table of 3600b: " + child.TIMED_OUT}


def test_multipathd_stopped_is_reported_only_where_there_are_maps(host, monkeypatch):
    monkeypatch.setattr(multipathd, "daemon", lambda tree: {"running": False, "pid": None, "version": None})
    host.collect()
    assert "not running" in host.gaps["multipathd"]
    host.paths, host.maps = [], []
    assert host.collect()["incomplete"] == []
