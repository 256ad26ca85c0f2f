# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The shapes of a report: fleet.json, schema 2, in memory and in its file. Devices are in device_shapes.py.

tests/bootstrap/schemas.py makes docs/fleet.schema.json and the tables of docs/fleet-json.md from them: run it after a
change. The text below a field says what it is. Of `Annotated`, a pair such as ("minimum", 0) is a keyword of JSON
Schema, and a type is what the file has where the code knows less. A key that is NotRequired may be missing in the
file: `stored` leaves it out, and gives it back when the file is read. Only a path lacks keys in memory too, where
their values are those of its device or of its session; records.py has the functions that read it.
"""

from __future__ import annotations

import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.shapes import ALWAYS, AskedArray, NotChecked
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.facts_shapes import Gap as Unread
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.facts_shapes import SessionState
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.shapes import Verdict
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.device_shapes import (
    Change,
    Date,
    Device,
    EachDevice,
    EachLun,
    Excuse,
    Lun,
    Path,
    Wire,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules.shapes import Risk, Severity, Unchecked

# Known here too.
__all__ = ["Device", "Excuse", "Lun", "Path", "Wire"]

Time = t.Annotated[str, ("pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")]
RuleId = t.Annotated[str, ("pattern", "^MPC[0-9]{3}$")]
Number = t.Annotated[int, ("minimum", 0)]
Some = t.Annotated[int, ("minimum", 1)]
State = t.Literal["audited", "incomplete", "unreachable", "failed", "missing"]
ComplianceWord = t.Literal["compliant", "noncompliant", "incomplete", "unreachable", "not_audited"]
Gap = Unchecked


class Declared(t.TypedDict):
    """An exception, for a rule or for a device, and how it applied."""

    rule: t.NotRequired[RuleId]
    """The rule's id. Either this or `device`."""
    device: t.NotRequired[str]
    """The WWID. Either this or `rule`."""
    hosts: list[str]
    """Patterns of the names of hosts."""
    reason: str
    """Why it is excused, as it was given."""
    owner: str
    """Who is responsible for it, as it was given."""
    expires: Date
    """The last day on which it counts, YYYY-MM-DD, UTC."""
    state: t.Literal["in force", "expired", "unused"]
    """An `expired` one excuses nothing any more; an `unused` one fits nothing here."""
    matched: Number
    """How many devices or findings it fits."""


class Array(AskedArray):
    """An array that was asked, or a view that stood for it."""

    cluster_uuid: t.NotRequired[str | None]
    """UUID of its cluster. Null: not known."""
    wwid_prefixes: list[str] | None
    """The beginnings of the WWIDs that a [view](array-views.md) speaks for. Null: an ONTAP array."""
    not_checked: t.NotRequired[list[NotChecked]]
    """What could not be looked at for the advisories, and why."""


class Finding(t.TypedDict):
    """What a rule found on a host, of all subjects of which it says the same."""

    rule: RuleId
    """The id of the rule in `rules`, such as `MPC001`; [rules.md](rules.md) has them all."""
    severity: t.NotRequired[Severity]
    """The severity of this finding."""
    subjects: t.NotRequired[t.Annotated[list[str], ("minItems", 1)]]
    """What it is about: WWIDs, files, records, sessions. A finding counts once for each."""
    what: str
    """What was found there."""
    where: t.NotRequired[str | None]
    """The file that says so, with the line if it is known. Null where no file does, as for what is built in to
    multipath-tools.
    """
    exception: t.NotRequired[Excuse]
    """The exception in force that covers it. Missing where none does."""
    change: t.NotRequired[Change]
    """Since the report before; see a device. Those of its subjects that are new are a finding of their own."""


class EachFinding(t.TypedDict, total=False):
    """What most findings of a host say."""

    change: Change
    """Since the report before."""


class Rule(t.TypedDict):
    """What a rule says, by its id in the table of the report."""

    title: str
    """The rule in a few words."""
    severity: Severity
    """The severity of most of its findings."""
    why: str
    """Why what it finds is bad."""
    remedy: str
    """What to do."""


class Initiators(t.TypedDict):
    """The names by which an array may know the host, normalised."""

    iqn: t.NotRequired[list[str]]
    """Its iSCSI names."""
    wwpns: t.NotRequired[list[str]]
    """The WWPNs of its FC ports."""


class Machine(t.TypedDict):
    """Which host it is, and which boot of it."""

    hostname: str | None
    """Its own host name."""
    boot_id: str | None
    """The kernel's id of this boot."""
    kernel: str | None
    """The release of its kernel."""
    python: str | None
    """The version of the Python that ran the module there."""
    initiators: Initiators
    """The names by which an array may know the host, normalised."""


class Daemon(t.TypedDict):
    """The process multipathd."""

    running: bool | None
    """Whether it runs."""
    pid: int | None
    """The id of its process."""
    version: str | None
    """The version of multipath-tools."""


class Facts(t.TypedDict):
    """What is kept of a host's facts; `ansible-doc sanops.multipath.stale_mpath_facts` has all that they are."""

    host: t.Annotated[dict[str, t.Any], Machine]
    """Which host it is, and which boot of it."""
    multipathd: t.Annotated[dict[str, t.Any], Daemon]
    """The process multipathd."""
    sessions: list[SessionState]
    """Its iSCSI sessions."""
    quarantine: t.NotRequired[str | None]
    """Why nothing may be removed on the host, or null."""
    elapsed: float
    """How long reading the host took, in seconds."""
    incomplete: t.NotRequired[t.Annotated[list[dict[str, str]], list[Unread]]]
    """What could not be read."""


class Host(t.TypedDict):
    """A host of the inventory."""

    name: str
    """Its name in the inventory."""
    state: t.Annotated[str, State]
    """`incomplete`: something could not be read; `missing`: in the inventory, and no slice of the audit reported it. Of
    a host that is `unreachable`, `failed` or `missing`, nothing is known.
    """
    compliance: t.NotRequired[t.Annotated[str, ComplianceWord, ALWAYS]]
    """[Whether it complies](report.md#compliance)."""
    why: t.NotRequired[str | None]
    """The reason of a state other than `audited`."""
    facts: Facts | None
    """What is kept of its facts; `ansible-doc sanops.multipath.stale_mpath_facts` has all of them. Null where nothing
    is known of the host.
    """
    devices: t.NotRequired[list[Device]]
    """Its SAN devices, the most urgent first."""
    each_device: t.NotRequired[EachDevice]
    """What most of its devices say."""
    luns: t.NotRequired[dict[str, t.Annotated[list[Lun], ("minItems", 1)]]]
    """By WWID, the LUNs that its devices are, those that answer in their place, and those of `not_seen`: those mapped
    to this host, else all of that identity.
    """
    each_lun: t.NotRequired[EachLun]
    """What most of these LUNs say."""
    not_seen: t.NotRequired[list[str]]
    """The WWIDs of the LUNs that the arrays map to this host and of which its kernel has nothing."""
    policy: t.NotRequired[t.Annotated[dict[str, t.Any] | None, dict[str, str | None] | None]]
    """The multipath settings that its configuration is checked against, see [policies](rules.md#policies), each null
    where the site has no opinion. Null where nothing is known of the host.
    """
    findings: t.NotRequired[list[Finding]]
    """What the [rules](rules.md) found, the most severe first."""
    each_finding: t.NotRequired[EachFinding]
    """What most of its findings say."""
    not_checked: t.NotRequired[list[Unchecked]]
    """What the rules could not check."""
    san_cluster: t.NotRequired[str | None]
    """The one of [`audit_san_clusters`](advisories.md#who-else-sees-this-lun) that it is in, or null."""
    groups: t.NotRequired[list[str]]
    """Its groups in the inventory, sorted, without `all` and `ungrouped`."""


class Advisory(Risk):
    """What an array or a cluster itself shows to be risky."""

    exception: t.NotRequired[Excuse]
    """The exception in force that covers it. Missing where none does."""


class Entry(t.TypedDict):
    """A change since the report before."""

    kind: t.Annotated[str, t.Literal["device", "finding", "host"]]
    """What changed."""
    host: str
    """The host's name in the inventory."""
    id: str
    """Of a device its WWID, or its name where it has none; of a finding its rule; of a host its name."""
    what: str
    """What happened, a sentence."""


class Changes(t.TypedDict):
    """What changed since the report before."""

    since: Time
    """When the report before was made, UTC."""
    new: list[Entry]
    """Problems and losses that were not there."""
    gone: list[Entry]
    """Problems and losses that are no more."""
    still: Number
    """How many problems were there before and still are."""


class Compliance(t.TypedDict):
    """Which hosts comply."""

    hosts: t.Annotated[dict[str, int], dict[ComplianceWord, Some]]
    """Hosts by their word of compliance."""
    fail_on: t.Annotated[str | None, Severity | None]
    """The severity to fail on, `audit_fail_on`. Null for none."""
    failed: list[str]
    """The names of the hosts that fail by it. Hosts of which nothing is known are not among them."""


class Totals(t.TypedDict):
    """What is in the report, counted."""

    hosts: dict[State, Some]
    """Hosts by state."""
    verdicts: dict[Verdict, Some]
    """Devices by verdict."""
    findings: dict[Severity, Some]
    """Findings by severity, each once for each of its subjects."""
    advisories: dict[Severity, Some]
    """Advisories by severity."""


class Night(t.TypedDict):
    """What the last report of a day counted."""

    generated_at: Time
    """When that report was made, UTC."""
    hosts: t.Annotated[dict[str, int], dict[State, Some]]
    """Hosts by state."""
    verdicts: t.Annotated[dict[str, int], dict[Verdict, Some]]
    """Devices by verdict."""


class Report(t.TypedDict):
    """The audit's report as data. A reader must not mind a key that is not here: keys are added within a schema."""

    schema: t.Annotated[int, ("const", 2)]
    """The version of this form."""
    generated_at: Time
    """When the report was made, UTC."""
    generated_by: t.Annotated[dict[str, str | None], ("minProperties", 1)]
    """What made it: the collection and its version."""
    fleet: t.NotRequired[str]
    """The name of the fleet, [`audit_fleet_name`](variables.md). Missing where it has none."""
    arrays: t.Annotated[list[dict[str, t.Any]], list[Array]]
    """Each array that was asked."""
    defaults: t.NotRequired[dict[str, dict[str, t.Any]]]
    """What a record has that does not say otherwise, by its kind."""
    rules: dict[RuleId, Rule]
    """Each [rule](rules.md) that a finding, an advisory or `not_checked` names, by its id."""
    hosts: list[Host]
    """The hosts, sorted by name."""
    advisories: list[Advisory]
    """What the arrays and clusters themselves show to be risky."""
    totals: t.Annotated[dict[str, dict[str, int]], Totals]
    """What is in it, counted."""
    compliance: t.NotRequired[t.Annotated[Compliance, ALWAYS]]
    """Which hosts comply."""
    exceptions: t.NotRequired[t.Annotated[list[dict[str, t.Any]], list[Declared], ALWAYS]]
    """Each of [`audit_exceptions`](report.md#exceptions)."""
    changes: t.NotRequired[t.Annotated[Changes | None, ALWAYS]]
    """What changed since the report before. Null where there is none."""
    trend: t.NotRequired[list[Night]]
    """The nights before, the oldest first, up to 90 days back. A day without a report has no entry: that is a gap, and
    does not mean that there was nothing.
    """


Importance = t.Literal["alarm", "warning", "good", "plain"]


class Line(t.TypedDict):
    """A line of the summary."""

    text: str
    importance: str
