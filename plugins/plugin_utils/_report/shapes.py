# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The shapes of a report: fleet.json, schema 2, in memory and in its file. docs/fleet-json.md says more of each key.

Times are UTC texts (YYYY-MM-DDTHH:MM:SSZ), sizes bytes. A key that is NotRequired may be missing in the file: `stored`
leaves it out, and gives it back when the file is read. Only a path lacks keys in memory too, where their values are
those of its device or of its session; `compact` has the functions that read it.
"""

from __future__ import annotations

import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.shapes import Owner


class Excuse(t.TypedDict):
    """The exception in force that covers a device, a finding, or an advisory. `expires`: the last day, YYYY-MM-DD."""

    reason: str
    owner: str
    expires: str


class Lun(t.TypedDict):
    """A LUN as an array lists it; its WWID is its key in the table of its host. None: the array does not say.

    `size`: bytes; `maps`: [{'igroup', 'lun_id'}].
    """

    name: str | None
    svm: t.NotRequired[str | None]
    cluster: t.NotRequired[str | None]
    array: t.NotRequired[str]
    state: t.NotRequired[str | None]
    size: t.NotRequired[int | None]
    maps: t.NotRequired[list[dict[str, t.Any]]]


class Wire(t.TypedDict):
    """What answers at a path. Missing: null; of the `state` same, `wwid` is that of the path."""

    state: str
    wwid: t.NotRequired[str]
    sense: t.NotRequired[str]
    detail: t.NotRequired[str]


class Path(t.TypedDict):
    """A path of a device. `users`: None where they could not be read.

    The keys from `wwid` to `transport` are there where they differ from the device's. `session` is the `sid` of the
    host's session, which has the target, the portal and the state; without one the path has these itself.
    """

    hctl: str
    sd: str | None
    dev_t: str | None
    device_state: t.NotRequired[str | None]
    dm_state: t.NotRequired[str | None]
    checker_state: t.NotRequired[str | None]
    users: t.NotRequired[list[dict[str, str]] | None]
    wire: t.NotRequired[Wire]
    wwid: t.NotRequired[str | None]
    size_bytes: t.NotRequired[int | None]
    vendor: t.NotRequired[str | None]
    product: t.NotRequired[str | None]
    read_only: t.NotRequired[bool | None]
    transport: t.NotRequired[str | None]
    session: t.NotRequired[int]
    target: t.NotRequired[str | None]
    portal: t.NotRequired[str | None]
    session_state: t.NotRequired[str | None]


class EachPath(t.TypedDict, total=False):
    """What all paths of a device say alike."""

    device_state: str | None
    dm_state: str | None
    checker_state: str | None
    wire: Wire


class ArrayWord(t.TypedDict):
    """What the arrays say of a device: `state` a word of verdict.ARRAY, `reason` a sentence."""

    state: t.NotRequired[str]
    reason: t.NotRequired[str]
    said_by: t.NotRequired[list[str]]
    unowned: t.NotRequired[list[str]]


class Device(t.TypedDict):
    """A multipath map, or a SCSI disk in no map. `size_bytes`: bytes."""

    kind: t.NotRequired[str]
    name: t.NotRequired[str]
    device: str | None
    dev_t: str | None
    wwid: str | None
    size_bytes: t.NotRequired[int | None]
    vendor: t.NotRequired[str | None]
    product: t.NotRequired[str | None]
    transport: t.NotRequired[str | None]
    verdict: str
    reason: t.NotRequired[str]
    next: t.NotRequired[str | None]
    read_only: t.NotRequired[bool | None]
    in_use: bool | None
    users: t.NotRequired[list[dict[str, str]]]
    queueing: t.NotRequired[bool | None]
    array: t.NotRequired[ArrayWord]
    notes: t.NotRequired[list[str]]
    owners: t.NotRequired[list[Owner]]
    vetoes: t.NotRequired[list[str]]
    paths: list[Path]
    each_path: t.NotRequired[EachPath]  # in the file only
    exception: t.NotRequired[Excuse]
    change: t.NotRequired[str]


class EachDevice(t.TypedDict, total=False):
    """What all devices of a host say alike. `array`: {'said_by'}."""

    size_bytes: int | None
    vendor: str | None
    product: str | None
    transport: str | None
    read_only: bool | None
    queueing: bool | None
    array: ArrayWord


class EachLun(t.TypedDict, total=False):
    """What all LUNs of a host say alike."""

    svm: str | None
    cluster: str | None
    array: str
    size: int | None


class Finding(t.TypedDict):
    """What a rule found on a host, of all subjects of which it says the same. `where`: a file, with the line."""

    rule: str
    severity: t.NotRequired[str]
    subjects: t.NotRequired[list[str]]
    what: str
    where: t.NotRequired[str | None]
    exception: t.NotRequired[Excuse]
    change: t.NotRequired[str]


class Gap(t.TypedDict):
    """What a rule could not check. `subject`: None for all that the rule is about."""

    rule: str
    subject: str | None
    why: str


class Rule(t.TypedDict):
    """A rule, in the table of the report by its id. `severity`: that of most of its findings."""

    title: str
    severity: str
    why: str
    remedy: str


class Session(t.TypedDict):
    """An iSCSI session of a host."""

    sid: int
    target: str | None
    portal: str | None
    state: t.NotRequired[str | None]


class Facts(t.TypedDict):
    """What is kept of a host's facts. `elapsed`: seconds that the host was asked for; `quarantine`: why, or None."""

    host: dict[str, t.Any]
    multipathd: dict[str, t.Any]
    sessions: list[Session]
    quarantine: t.NotRequired[str | None]
    elapsed: float
    incomplete: t.NotRequired[list[dict[str, str]]]


class Host(t.TypedDict):
    """A host. `luns`: by WWID, those of its devices, those that answer in their place, and those of `not_seen`
    (WWIDs).
    """

    name: str
    state: str
    compliance: t.NotRequired[str]
    why: t.NotRequired[str | None]
    facts: Facts | None
    devices: t.NotRequired[list[Device]]
    luns: t.NotRequired[dict[str, list[Lun]]]
    not_seen: t.NotRequired[list[str]]
    policy: t.NotRequired[dict[str, t.Any] | None]
    findings: t.NotRequired[list[Finding]]
    not_checked: t.NotRequired[list[Gap]]
    san_cluster: t.NotRequired[str | None]
    each_device: t.NotRequired[EachDevice]  # in the file only, as is each_lun
    each_lun: t.NotRequired[EachLun]


class Advisory(t.TypedDict):
    """What an array or a cluster itself shows to be risky. `hosts` and `strangers` (initiators) are sorted."""

    rule: str
    severity: str
    subject: str
    what: str
    where: str
    hosts: list[str]
    strangers: list[str]
    exception: t.NotRequired[Excuse]


class Entry(t.TypedDict):
    """A change since the report before. `kind`: device, finding, or host; `id`: a WWID, a rule, or a name."""

    kind: str
    host: str
    id: str
    what: str


class Changes(t.TypedDict):
    """What changed since the report of `since`; `still`: how many problems are as before."""

    since: str
    new: list[Entry]
    gone: list[Entry]
    still: int


class Compliance(t.TypedDict):
    """Hosts by their word of compliance, the severity to fail on, and the names of the hosts that fail by it."""

    hosts: dict[str, int]
    fail_on: str | None
    failed: list[str]


class Report(t.TypedDict):
    """The report of a fleet. `arrays` and `exceptions` are as docs/fleet-json.md says."""

    schema: int
    generated_at: str
    generated_by: dict[str, str | None]
    arrays: list[dict[str, t.Any]]
    defaults: t.NotRequired[dict[str, dict[str, t.Any]]]  # in the file only: by the kind of a record
    rules: dict[str, Rule]
    hosts: list[Host]
    advisories: list[Advisory]
    totals: dict[str, dict[str, int]]
    compliance: t.NotRequired[Compliance]
    exceptions: t.NotRequired[list[dict[str, t.Any]]]
    changes: t.NotRequired[Changes | None]


Importance = t.Literal["alarm", "warning", "good", "plain"]


class Line(t.TypedDict):
    """A line of the summary."""

    text: str
    importance: str
