# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What has changed since the report before: the problems that are new, gone and still there, and the hosts that
came, went or were lost.

Missing evidence is no change for the better: what belonged to a host, or was found by a rule, that could not be
looked at now is not gone.
"""

from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance

NEW, STILL = "new", "still"


def compare(report, former):
    """A report with `changes`, and `change` (NEW, STILL or None) of each device and finding. The given ones stay as
    they are.

    *former*: the report before, of any version of this schema, or None where there is none. A device is known by
    its WWID, a finding by its rule, its subject and what was found; only devices that are not healthy are told of.
    Raises what a walk through another shape raises.
    """
    before = {host["name"]: host for host in former["hosts"]} if former else {}
    hosts, new, gone, still = [], [], [], 0
    for host in report["hosts"]:
        told, changed = _host(host, before.get(host["name"]) if former else None, former is not None)
        hosts.append(changed)
        new += told[NEW]
        gone += told["gone"]
        still += told[STILL]
    if former is None:
        return dict(report, hosts=hosts, changes=None)
    names = {host["name"] for host in hosts}
    gone += [
        _of_host(name, "it is not in this report; it was %s" % _said(before[name]))
        for name in sorted(before)
        if name not in names
    ]
    return dict(
        report, hosts=hosts, changes={"since": former["generated_at"], "new": new, "gone": gone, "still": still}
    )


def outline(host):
    """A host with no more than what compare() asks of a report before: of a large fleet, a tenth of it."""
    return {
        "name": host["name"],
        "state": host["state"],
        "facts": None if host["facts"] is None else {},
        "devices": [{key: one[key] for key in ("kind", "name", "wwid", "verdict")} for one in host["devices"]],
        "findings": [{key: one[key] for key in ("rule", "subject", "what")} for one in host["findings"]],
    }


def _host(host, was, compared):
    """({NEW: [entry], 'gone': [entry], STILL: number}, the host with `change` of its devices and findings)."""
    told = {NEW: [], "gone": [], STILL: 0}
    if compared:
        _say_host(told, host, was)
    # Of a host that nobody could look at, then or now, nothing is new and nothing is gone.
    if not was or not _known(was) or not _known(host):
        return told, dict(
            host,
            devices=[dict(one, change=None) for one in host["devices"]],
            findings=[dict(one, change=None) for one in host["findings"]],
        )
    verdicts = {}
    for device in was["devices"]:
        verdicts.setdefault(_device(device), []).append(device["verdict"])
    devices = [dict(one, change=_change_of(one, verdicts.get(_device(one), []))) for one in host["devices"]]
    for device in devices:
        if device["change"] == NEW:
            told[NEW].append(_entry("device", host, _id(device), _new(device, verdicts.get(_device(device)))))
    sick = {_device(one) for one in devices if one["change"]}
    for device in was["devices"]:
        if device["verdict"] != "healthy" and _device(device) not in sick:
            sick.add(_device(device))  # two disks of one LUN are told once
            well = any(_device(one) == _device(device) for one in devices)
            told["gone"].append(
                _entry(
                    "device",
                    host,
                    _id(device),
                    "%s was %s and is %s" % (_title(device), device["verdict"], "healthy" if well else "gone"),
                )
            )
    earlier = {_finding(one) for one in was["findings"]}
    findings = [dict(one, change=STILL if _finding(one) in earlier else NEW) for one in host["findings"]]
    told[NEW] += [_entry("finding", host, one["rule"], _sentence(one)) for one in findings if one["change"] == NEW]
    now = {_finding(one) for one in findings}
    told["gone"] += [
        _entry("finding", host, one["rule"], _sentence(one))
        for one in was["findings"]
        if _finding(one) not in now and _looked_at(host, one)
    ]
    told[STILL] = len([one for one in devices + findings if one["change"] == STILL])
    return told, dict(host, devices=devices, findings=findings)


def _say_host(told, host, was):
    """What became of the host itself: one that came, or that nobody could look at, then or now."""
    name, now = host["name"], _said(host)
    if was is None:
        told[NEW].append(_of_host(name, "it was not in the report before; it is %s" % now))
    elif _said(was) != now:
        told["gone" if _known(host) else NEW].append(_of_host(name, "it was %s and is %s" % (_said(was), now)))


def _known(host):
    return host["facts"] is not None


def _said(host):
    """What the report says of a host as a whole, in the words in which a change counts."""
    if _known(host):
        return "audited"
    return "unreachable" if host["state"] == "unreachable" else "not audited"


def _change_of(device, verdicts):
    if not compliance.problem(device):
        return None
    return STILL if device["verdict"] in verdicts else NEW


def _new(device, verdicts):
    if not verdicts:
        return "%s is %s: %s" % (_title(device), device["verdict"], device["reason"])
    return "%s was %s and is %s: %s" % (_title(device), verdicts[0], device["verdict"], device["reason"])


def _looked_at(host, finding):
    """Whether what a rule found before could have been found again."""
    return not any(
        one["rule"] == finding["rule"] and one["subject"] in (None, finding["subject"]) for one in host["not_checked"]
    )


def _device(device):
    """What a device is known by, from boot to boot."""
    return device["kind"], _id(device)


def _id(device):
    return device["wwid"] or device["name"]


def _title(device):
    return device["name"] if device["wwid"] in (None, device["name"]) else "%s (%s)" % (device["name"], device["wwid"])


def _finding(finding):
    return finding["rule"], finding["subject"], finding["what"]


def _sentence(finding):
    return "%s, %s: %s" % (finding["rule"], finding["subject"], finding["what"])


def _of_host(name, what):
    return {"kind": "host", "host": name, "id": name, "what": what}


def _entry(kind, host, identity, what):
    return {"kind": kind, "host": host["name"], "id": identity, "what": what}
