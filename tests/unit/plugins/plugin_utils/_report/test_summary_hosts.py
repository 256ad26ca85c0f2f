# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts of a summary: the most urgent first, and of a large fleet the first few of each kind."""

import re

from ansible_collections.sanops.multipath.plugins.plugin_utils._report import summary_hosts
from support.fleets import HEALTHY_ARRAY, LOST, STALE_ARRAY, configured_host, fleet, recycled, stale
from support.testimony import path

GAP = [{"what": "users", "why": "no answer"}]
OUTAGE = configured_host(path(0, "unreachable"))
DEGRADED = configured_host(path(0, "same"), path(1, "unreachable"))


def said(hosts, array):
    return list(summary_hosts.lines(fleet(hosts, **array)["hosts"]))


def names(lines):
    """The hosts that have a block, in their order: a host's first line follows an empty one."""
    texts = [text for dummy, text in lines]
    return [text.split()[0] for before, text in zip(texts, texts[1:], strict=False) if not before]


def test_the_most_urgent_comes_first():
    hosts = {
        "a": configured_host(),
        "b": configured_host(incomplete=GAP),
        "c": DEGRADED,
        "d": OUTAGE,
        "e": LOST,
        "f": recycled(),
    }
    assert names(said(hosts, HEALTHY_ARRAY)) == ["f", "e", "d", "c", "b", "a"]


def test_of_a_large_fleet_each_kind_is_shown_in_part_and_counted():
    most = summary_hosts.MOST
    hosts = {f"stale{number:02}": stale() for number in range(most + 3)}
    hosts.update((f"lost{number:02}", LOST) for number in range(most + 2))
    lines = said(hosts, STALE_ARRAY)
    assert names(lines)[:-1] == [f"lost{number:02}" for number in range(most)] + [
        f"stale{number:02}" for number in range(most)
    ]
    assert sum(text.startswith("  STALE") for dummy, text in lines) == most
    assert lines[-2:] == [
        ("alarm", "2 more hosts not audited, in fleet.json."),
        ("warning", "3 more stale on 3 hosts, in fleet.json."),
    ]


def test_hosts_that_are_well_are_counted():
    hosts = {f"good{number:02}": configured_host() for number in range(summary_hosts.MOST + 1)}
    lines = said({**hosts, "bad": OUTAGE}, HEALTHY_ARRAY)
    assert names(lines)[:2] == ["bad", "good00"]
    assert lines[-1] == ("good", "1 more host: every device is healthy, or there is none.")


def test_hosts_that_were_read_in_part_are_named_before_those_that_are_well():
    hosts = {f"part{number:02}": configured_host(incomplete=GAP) for number in range(summary_hosts.MOST + 1)}
    lines = said({"a": configured_host(), **hosts}, HEALTHY_ARRAY)
    assert names(lines)[0] == "part00" and names(lines)[-2] == "a"
    assert lines[-1] == ("warning", "1 more host incomplete, in fleet.json.")


def test_a_number_of_each_verdict_is_what_the_host_itself_says():
    """What is left out is left out of the devices, not of the counts."""
    lines = said({"a": stale()}, STALE_ARRAY)
    assert re.match("a  1 stale  ", lines[1][1])
