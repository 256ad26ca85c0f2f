# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts and arrays that send markup, script, bidirectional overrides and what looks like a part of the page: all of
it stays text.
"""

import copy

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import rule_texts
from perf import fleet_double

EVIL = [
    "<script>window.hit=1</script>",
    "</script><script>window.hit=1</script>",
    '"><img src=x onerror=window.hit=1>',
    "<!--<script>",
    "]]>",
    "'-alert(1)-'",
    "javascript:window.hit=1",
    "\u202egnp.exe\u2066",
    "\u2028\u2029",
    "\x1b]0;owned\x07",
    "\ud800",
    "@@SCRIPT@@@@DATA@@",
    "__proto__",
    "constructor",
    "&lt;b&gt;",
    "<svg/onload=window.hit=1>",
    "=cmd|' /C calc'!A0",
    "${window.hit=1}",
    "http://evil.example/x.png",
]


OTHERS = (
    "rules",
    "rules?rule=MPC009",
    "trend",
    "hosts?group=hosts",
    "hosts?group=rule",
    "devices?group=rule",
    "findings?group=rule",
)


@pytest.fixture(scope="module")
def hostile():
    """A report in which every text that a host or an array says is an attack, and words are where numbers should be."""
    report = copy.deepcopy(fleet_double.report(len(EVIL), 3, misery=20))
    for number, host in enumerate(report["hosts"]):
        evil = EVIL[number]
        known = {"compliance": host["compliance"], "facts": host["facts"], "devices": host["devices"]}
        host.update(
            poisoned({key: host[key] for key in host if key not in known}, evil),
            name=f"{number} {evil}",
            state=host["state"],
        )
        host["facts"] = host["facts"] and poisoned(host["facts"], evil)
        host["devices"] = [
            dict(poisoned(one, evil), verdict=one["verdict"], in_use=one["in_use"]) for one in host["devices"]
        ]
        # Its WWIDs are the attack too: so its devices have LUNs, and others answer in their place.
        host["luns"] = {evil: [lun for luns in host["luns"].values() for lun in luns]}
        # Of a rule that there is, so that its page shows them.
        for one in (*host["findings"], *host["not_checked"]):
            one["rule"] = "MPC009"
    report["rules"]["MPC009"] = poisoned(report["rules"]["MPC009"], EVIL[1])
    report["trend"][:2] = [
        {**report["trend"][0], "verdicts": {"stale": EVIL[0], EVIL[1]: 1}},
        poisoned(report["trend"][1], EVIL[2]),
    ]
    report["arrays"] = [poisoned(one, evil) for one in report["arrays"] for evil in EVIL]
    report["changes"]["new"] = [poisoned(one, evil) for one, evil in zip(report["changes"]["new"], EVIL)]
    return report


def poisoned(value, evil):
    if isinstance(value, dict):
        return {key: poisoned(one, evil) for key, one in value.items()}
    if isinstance(value, list):
        return [poisoned(one, evil) for one in value]
    return evil if isinstance(value, (str, int, float)) and not isinstance(value, bool) else value


def test_nothing_that_a_host_or_an_array_says_becomes_more_than_text(opened, hostile, keep, unfold):
    window = opened(hostile)
    for view in ("overview", "hosts", "devices", "findings", *OTHERS):
        page = window.at(f"#{view}")
        for number in range(min(page.locator(".row").count(), 12)):
            page.locator(".row").nth(number).click()
        unfold(page, 3)
        assert page.evaluate("window.hit") is None
        assert page.evaluate("document.scripts.length") == 2
        assert page.locator("img, iframe, object, embed, form, svg:not(.series svg)").count() == 0
        links = page.eval_on_selector_all("a", "links => links.map(one => one.getAttribute('href'))")
        assert all(link.startswith(("#", f"{rule_texts.DOCS}docs/")) for link in links)
        assert page.evaluate(
            (
                "[...document.querySelectorAll('*')].every(one => one.getAttributeNames().every(name "
                "=> !name.startsWith('on')))"
            )
        )
        shown = page.evaluate("document.body.innerText")
        assert not set(shown) & set("\u202e\u2066\u2028\u2029\x1b\x07")
        keep(page, view)
    page = window.at("#hosts")
    assert page.locator(".row", has_text="<script>window.hit=1</script>").count() >= 1


def test_an_address_that_somebody_made_up_does_nothing(opened, fleet):
    window = opened(fleet)
    for address in (
        "#<img src=x onerror=window.hit=1>",
        "#devices?q=%3Cimg%20src=x%20onerror=window.hit=1%3E&open=</script>",
        "#devices?__proto__=x&sort=constructor",
        "#hosts?compliance=__proto__,constructor&host=%00",
        "#constructor",
        "#devices?view=overview&q=%E0%A4%A",
    ):
        page = window.at(address)
        assert page.evaluate("window.hit") is None
        assert page.locator("main > *").count() > 1
        page.goto("about:blank")


def test_the_pages_own_policy_lets_no_markup_in(opened, fleet):
    """Were there ever an innerHTML in the script, the browser would refuse it."""
    window = opened(fleet)
    page = window.at()
    reported = page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return 'done'; } catch (error) { return error.name; } }"
    )
    assert reported == "TypeError"
    script = (
        "() => { try { const one = document.createElement('script'); one.textContent = "
        "'window.hit=1'; document.body.append(one); } catch (error) {} }"
    )
    page.evaluate(script)
    assert page.evaluate("window.hit") is None
    assert page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', error => error.name)") == "TypeError"
    page.wait_for_timeout(100)
    assert (
        all("Content Security Policy" in one or "Trusted" in one for one in window.complaints)
        and len(window.complaints) >= 3
    )
    window.complaints.clear()  # the browser has complained, as it should
