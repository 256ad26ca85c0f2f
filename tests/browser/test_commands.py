# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command of a device's next step in fleet.html: what it offers is what the plan would do."""

import copy
import re
import shlex

from ansible.inventory.manager import split_host_pattern
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import safety_limits
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import records
from perf import fleet_double
from playwright.sync_api import expect
from support.pages import bad_devices


def commands(page, wwid):
    """Open the one device of that WWID, and return the commands in it."""
    page.goto(page.url.split("#")[0] + f"#devices?q={wwid}")
    expect(page.locator(".row")).to_contain_text(wwid)
    page.locator(".row").click()
    page.locator(".witnesses").wait_for()
    return page.locator(".command > code").all_inner_texts()


def hazards_needed(report, host, device):
    """The hazards with which something of a device is removed, or None where none of these does: the plan has it, and
    its host is not left alone. (A host that was read in part is: there the page offers to look.)
    """
    alone = {**report, "hosts": [{**host, "devices": [device]}]}
    for hazards in ([], ["recycled"], ["living_maps"]):
        removals = removal_plan.plan(records.judgement(alone), hazards, fleet_double.NOW)["removals"]
        whole = {**host, "facts": {**host["facts"], "incomplete": []}}
        if removals and not safety_limits.exceeded(whole, removals, 99, 1):
            return hazards
    return None


def test_the_command_of_the_next_step_is_what_the_plan_would_do(opened, fleet):
    """Of each kind of device one: what the page offers to remove is what the plan removes, and with these hazards."""
    kinds = {}
    report = copy.deepcopy(fleet)
    for host in report["hosts"]:
        for device in host["devices"]:
            needed = hazards_needed(report, host, device)
            kinds.setdefault((device["verdict"], device["in_use"], str(needed)), (host, device, needed))
    vetoed = next(
        (host, device)
        for host in report["hosts"]
        for device in host["devices"]
        if hazards_needed(report, host, device) == [] and device is not kinds["stale", False, "[]"][1]
    )
    vetoed[1]["vetoes"] = ["a pod uses it"]
    kinds["vetoed"] = (*vetoed, None)
    assert {str(needed) for *dummy, needed in kinds.values()} == {"None", "[]", "['recycled']", "['living_maps']"}
    page = opened(report).at("#devices")
    for host, device, needed in kinds.values():
        found = commands(page, device["wwid"])
        assert all(f" --limit '{host['name']}'" in command for command in found)
        removals = [command for command in found if "multipath.remediate" in command]
        hazards = [re.findall(r'\["(\w+)"\]', command) for command in removals]
        assert hazards == ([] if needed is None else [needed]), (device["verdict"], device["next"], found)
        assert all(command.endswith(" --check --diff") for command in removals)
        if device["verdict"] == "healthy":
            assert found == []
        elif needed is None:
            assert len(found) == 1 and "sanops.multipath.audit " in found[0]
        assert page.locator(".command", has_text="docs/removal.md").count() == len(removals)


def prepared(device, number, verdict="stale", wires=("absent", "absent"), array="unmapped", **changes):
    """A device made by hand that nothing keeps from being removed."""
    paths = [
        {**path, "users": [], "wire": {"state": word, **({"wwid": "3600a0980aa"} if word == "other" else {})}}
        for path, word in zip(device["paths"], wires, strict=True)
    ]
    for path in paths:
        path.update(dm_state="active", checker_state="ready")
    whole = {"in_use": False, "users": [], "vetoes": [], "kind": "map", "wwid": f"w{number}w"}
    return {
        **device,
        **whole,
        "verdict": verdict,
        "array": {**device["array"], "state": array},
        "paths": paths,
        **changes,
    }


STALE = {}
RECYCLED = {"verdict": "recycled", "wires": ("other", "other")}
POISONED = {"verdict": "recycled", "wires": ("same", "other"), "array": "mapped"}
DEGRADED = {"verdict": "degraded", "wires": ("same", "absent"), "array": "mapped"}
QUARANTINE = {"quarantine": "a delete hung in the kernel"}
IN_PART = {"incomplete": [{"what": "users", "why": "no time was left"}]}
CONFIGURED_IN_PART = {"incomplete": [{"what": "lvm", "why": "no time was left"}]}
# (the device, what is changed of its second path, of its host's facts, devices beside it, the hazards or None)
BY_HAND = [
    (STALE, {}, {}, (), []),
    ({**STALE, "in_use": None}, {}, {}, (), None),
    ({**STALE, "in_use": True, "users": [{"kind": "lvm", "detail": "vg/lv"}]}, {}, {}, (), None),
    (RECYCLED, {}, {}, (), ["recycled"]),
    ({**RECYCLED, "in_use": None}, {}, {}, (), None),
    ({**RECYCLED, "array": "gone"}, {}, {}, (), ["recycled"]),
    ({**RECYCLED, "array": "mapped"}, {}, {}, (), None),
    ({**RECYCLED, "array": "unknown"}, {}, {}, (), None),
    (POISONED, {}, {}, (), ["living_maps"]),
    (DEGRADED, {}, {}, (), ["living_maps"]),
    ({**DEGRADED, "in_use": True, "users": [{"kind": "lvm", "detail": "vg/lv"}]}, {}, {}, (), ["living_maps"]),
    ({**DEGRADED, "array": "unmapped"}, {}, {}, (), None),
    ({**DEGRADED, "array": "unknown"}, {}, {}, (), None),
    (DEGRADED, {"users": [{"kind": "mount", "detail": "/mnt"}]}, {}, (), None),
    (DEGRADED, {"users": None}, {}, (), None),
    ({**DEGRADED, "wires": ("same", "silent")}, {}, {}, (), None),
    *(
        ({**kind, "vetoes": vetoes}, {}, {}, (), None)
        for kind in (STALE, RECYCLED, DEGRADED)
        for vetoes in (None, ["a pod uses it"], "none")
    ),
    *(
        (kind, {}, facts, beside, hazards)
        for kind, needed in ((STALE, []), (RECYCLED, ["recycled"]), (DEGRADED, ["living_maps"]))
        for facts, beside, hazards in (
            (QUARANTINE, (), None),
            ({}, ("outage",), None),
            ({}, ("healthy",), needed),
            (IN_PART, (), needed),
            (CONFIGURED_IN_PART, (), needed),
        )
    ),
]


def by_hand(fleet):
    """[(host, device, hazards)] of BY_HAND."""
    origin = next(
        host
        for host in fleet["hosts"]
        if host["facts"] and not host["facts"]["incomplete"] and host["facts"]["multipathd"]["running"]
    )
    sample = next(device for device in origin["devices"] if len(device["paths"]) == 2)
    for number, (device, path, facts, beside, hazards) in enumerate(BY_HAND):
        made = prepared(sample, number, **device)
        made["paths"][1].update(path)
        others = [{**sample, "wwid": f"b{number}b", "verdict": verdict} for verdict in beside]
        devices = [made, *({**one, "name": f"beside{number}"} for one in others)]
        host = {**origin, "name": f"by-hand-{number}", "facts": {**origin["facts"], **facts}, "devices": devices}
        yield host, made, hazards


def test_a_removal_is_offered_where_the_plan_has_it_and_its_host_is_not_left_alone(opened, fleet):
    """Of devices made by hand, since a fleet has few of them. The table says what is meant, and the plan agrees."""
    cases = list(by_hand(fleet))
    page = opened({**fleet, "hosts": [host for host, *dummy in cases]}).at("#devices")
    wrong = []
    for case, (host, device, hazards) in zip(BY_HAND, cases, strict=True):
        assert hazards_needed(fleet, host, device) == hazards, case
        removals = [command for command in commands(page, device["wwid"]) if "multipath.remediate" in command]
        offered = [re.findall(r'\["(\w+)"\]', command) for command in removals]
        reported = page.locator(".detail").inner_text()
        if offered != ([] if hazards is None else [hazards]):
            wrong.append((case, offered))
        ready = "without --check it is removed" in reported
        if ready != (hazards is not None and host["facts"]["incomplete"] != IN_PART["incomplete"]):
            wrong.append((case, "without --check"))
        kept = device["vetoes"] != [] or case[2] == QUARANTINE or case[3] == ("outage",)
        if ("No removal is offered here" in reported) != kept:
            wrong.append((case, reported))
    assert wrong == []


def test_nothing_is_offered_where_the_report_is_damaged_or_no_multipathd_runs(opened, fleet):
    host, sample, dummy = next(by_hand(fleet))
    recycled = prepared(sample, 0, **RECYCLED)
    first, second = recycled["paths"]
    without = {key: value for key, value in recycled.items() if key != "vetoes"}
    kinds = [
        {**recycled, "paths": [first, {**second, "wire": None}]},
        {**recycled, "paths": [first, "sdb"]},
        {**recycled, "paths": "sda"},
        {**recycled, "paths": None, "verdict": "stale"},
        without,
        {**without, "verdict": "stale"},
    ]
    facts = {**host["facts"], "multipathd": {**host["facts"]["multipathd"], "running": False}}
    stopped = {**host, "name": "stopped", "facts": facts, "devices": [prepared(sample, len(kinds), **DEGRADED)]}
    unknown = {**host["facts"], "multipathd": {**host["facts"]["multipathd"], "running": None}}
    unasked = {
        **stopped,
        "name": "unasked",
        "facts": unknown,
        "devices": [prepared(sample, len(kinds) + 1, **DEGRADED)],
    }
    devices = [{**device, "wwid": f"w{number}w"} for number, device in enumerate(kinds)]
    page = opened({**fleet, "hosts": [{**host, "devices": devices}, stopped, unasked]}).at("#devices")
    for number in range(len(kinds) + 2):
        found = commands(page, f"w{number}w")
        assert len(found) == 1 and "multipath.audit " in found[0], number


def test_a_command_is_for_its_host_alone_whatever_that_is_called(opened, fleet):
    host, device = next(
        (host, device)
        for host in fleet["hosts"]
        for device in host["devices"]
        if hazards_needed(fleet, host, device) == []
    )
    addresses = ["2001:db8::1", "::1", "1::", "1:2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "fe80::1:ABCD"]
    good = ["it's$(reboot);`id`", "web|db>x", *addresses]
    bad = ["a\x1b]0;x", "a\nb", "all", "@/etc/passwd", "a,b", "a:b:c", "-e@x", "web[1:9]", "*", "!x", "~.", "a b"]
    bad += ["db1::db2::db3", ":::", ":", "12345::1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2:3:4:5:6:7:8", "1:2:"]
    bad += ["1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8"]  # addresses, but not for ansible
    assert all(split_host_pattern(name) == [name] for name in good)
    hosts = [
        {**host, "name": name, "devices": [{**device, "wwid": f"w{number}w"}]}
        for number, name in enumerate([*good, *bad])
    ]
    page = opened({**fleet, "hosts": hosts}).at("#devices")
    for number, name in enumerate([*good, *bad]):
        found = commands(page, f"w{number}w")
        if name in good:
            words = shlex.split(found[0])
            assert words[words.index("--limit") + 1] == name
        else:
            assert found == [] and page.get_by_text("--limit would not take").count() == 1, name


def test_a_command_can_be_copied(opened, fleet, keep):
    page = opened(fleet).at()
    (command,) = commands(page, bad_devices(fleet, "outage")[0]["wwid"])
    refused = "{ writeText: async () => { throw new Error('refused'); } }"
    for clipboard in ("undefined", refused):
        page.evaluate(f"Object.defineProperty(navigator, 'clipboard', {{ configurable: true, value: {clipboard} }})")
        page.evaluate("getSelection().removeAllRanges()")
        page.locator(".command button").click()
        expect(page.locator(".command button"), "whoever sees the page sees it").to_have_text("Selected: press Ctrl+C")
        expect(page.locator("#said")).to_have_text("Selected: press Ctrl+C")
        assert page.evaluate("getSelection().toString()") == command
        page.evaluate("document.getElementById('said').textContent = ''")
    kept = "{ writeText: async (text) => { window.copied = text; } }"
    page.evaluate(f"Object.defineProperty(navigator, 'clipboard', {{ configurable: true, value: {kept} }})")
    page.locator(".command button").click()
    expect(page.locator(".command button")).to_have_text("Copied")
    expect(page.locator("#said")).to_have_text("Copied")
    assert page.evaluate("window.copied") == command
    keep(page)
    expect(page.locator(".command button"), "after a while").to_have_text("Copy")
