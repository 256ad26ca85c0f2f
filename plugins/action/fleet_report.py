# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Write the report on the controller and show its summary. Documented in plugins/modules/fleet_report.py."""

from __future__ import annotations

import collections.abc as c
import datetime
import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader
from ansible.utils.color import stringc
from ansible.utils.display import Display
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import collector
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import views as array_views
from ansible_collections.sanops.multipath.plugins.plugin_utils._formats import write as formats
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import evidence as judge_evidence
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import hosts as judge_hosts
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import lookups as judge_lookups
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import plan as removal_plan
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import (
    archive,
    compact,
    compliance,
    history,
    merge,
    text,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet as report_fleet
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import summary as report_summary
from ansible_collections.sanops.multipath.plugins.plugin_utils._report.shapes import Line, Report
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories_ontap

_COLOURS = {
    report_summary.ALARM: "bright red",
    report_summary.WARNING: "yellow",
    report_summary.GOOD: "green",
    report_summary.PLAIN: None,
}
# AWX shows no result of a task that is longer than 700,000 characters: the reasons share less than half of it, and
# fleet.json has them whole.
_REASONS = 300000
_SHORTEST = 40
# What a walk through a report of another shape ends in.
_MALFORMED = (AttributeError, LookupError, TypeError, ValueError)
_LIMITED = "limited"  # the folder, in that of the fleet's report, for one of a part of the hosts


class ActionModule(ActionBase):
    # It writes on the controller and connects to no host.
    _requires_connection = False
    TRANSFERS_FILES = False

    @collector.no_collector()
    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        dummy, args = self.validate_argument_spec(
            argument_spec={
                "registered": {"type": "str"},
                "arrays": {"type": "list", "elements": "dict", "default": [], "no_log": True},
                "array_views": {"type": "list", "elements": "raw", "default": []},
                "array_max_age": {"type": "int", "default": 3600},
                "kubernetes": {"type": "list", "elements": "dict", "default": [], "no_log": True},
                "policies": {"type": "dict", "default": {}},
                "san_clusters": {"type": "dict", "default": {}},
                "fragments": {"type": "dict"},
                "fragment_files": {"type": "list", "elements": "path"},
                "inventory_hostnames": {"type": "list", "elements": "str", "default": []},
                "report_dir": {"type": "path", "required": True},
                "hazards": {"type": "list", "elements": "str", "default": [], "choices": list(removal_plan.HAZARDS)},
                "exceptions": {"type": "list", "elements": "raw"},
                "fail_on": {"type": "str"},
                "formats": {"type": "list", "elements": "str", "default": [formats.ALL], "choices": formats.choices()},
                "previous": {"type": "path"},
                "keep": {"type": "int", "default": 30},
                "report_artifact": {"type": "str"},
                "plan_artifact": {"type": "str"},
            },
            required_one_of=[("registered", "fragments", "fragment_files")],
            mutually_exclusive=[("registered", "fragments"), ("registered", "fragment_files")],
        )
        now = datetime.datetime.now(datetime.timezone.utc)
        left_out = self._left_out(variables) if args["registered"] else []
        folder = os.path.join(os.path.abspath(args["report_dir"]), _LIMITED if left_out else "")
        path = os.path.join(folder, archive.REPORT)
        try:
            if args["registered"]:
                report = _judged(self._audited(args, variables, now), args, now)
            else:
                report = _merged(args, now)
            report = _compared(report, args["previous"], None if left_out else path)
            plan = removal_plan.plan(compact.judgement(report), args["hazards"], now)
        except ValueError as exc:
            raise AnsibleActionFail(str(exc)) from exc
        except _MALFORMED as exc:
            raise AnsibleActionFail(f"a report is not what this version writes: {type(exc).__name__}: {exc}") from exc
        files = _written(folder, report, plan, args["formats"], args["keep"])
        _display(report)
        Display().display(f"The report: {', '.join([path, *files.values()])}")
        if left_out:
            _say_limited(variables, left_out, os.path.dirname(folder))
        # A report is what an audit is for, in check mode too; it is no change to anything that is managed.
        return {
            "changed": False,
            "report": path,
            "plan": os.path.join(folder, archive.PLAN),
            "files": files,
            "totals": report["totals"],
            "compliance": report["compliance"],
            "changes": _counted(report["changes"]),
            "not_audited": _cut(report_fleet.not_audited(report)),
            "left_out": len(left_out),
            **_artifacts({args["report_artifact"]: path, args["plan_artifact"]: os.path.join(folder, archive.PLAN)}),
        }

    def _left_out(self, task_vars: dict[str, t.Any]) -> list[str]:
        """The hosts of the play that --limit leaves out, whose report this run must not replace: [name]."""
        if not task_vars.get("ansible_limit"):
            return []
        whole = lookup_loader.get("ansible.builtin.inventory_hostnames", loader=self._loader, templar=self._templar)
        pattern = self._task.get_play().hosts
        return sorted(
            set(whole.run(pattern if isinstance(pattern, list) else [pattern], variables=task_vars))
            - set(task_vars["ansible_play_hosts_all"])
        )

    def _audited(self, args: dict[str, t.Any], task_vars: dict[str, t.Any], now: datetime.datetime) -> Report:
        """The report of what each host of the play has registered. Raises ValueError for a policy or a view of an
        array that makes no sense.

        All of it within this one call: since core 2.19, what passes through a template is walked through value by
        value, which for the testimony of a thousand hosts takes minutes.
        """
        hostvars = task_vars["hostvars"]
        results = {name: hostvars.raw_get(name).get(args["registered"]) for name in task_vars["ansible_play_hosts_all"]}
        policies = report_fleet.policies(results, args["policies"])
        sources = judge_evidence.Sources(
            args["arrays"], array_views.read(args["array_views"]), args["kubernetes"], args["array_max_age"]
        )
        outlined, clusters, ask = judge_hosts.outlines(results), args["san_clusters"], judge_lookups.of(self, task_vars)
        evidence = judge_evidence.gather(*judge_hosts.terms(outlined.values()), sources, ask)
        advised = ask(
            "ontap_advisories",
            [],
            hosts={name: outline.initiators for name, outline in outlined.items() if outline.can_be_judged},
            san_clusters=clusters,
            arrays=args["arrays"],
            allow_incomplete=True,
        )
        return report_fleet.judged(
            results,
            outlined,
            evidence,
            now,
            policies,
            [advisory for answer in advised for advisory in answer["advisories"]],
            advisories_ontap.members(clusters),
        )


def _judged(report: Report, args: dict[str, t.Any], now: datetime.datetime) -> Report:
    """The report of the hosts of the play with what is excused and who complies. Raises ValueError for what makes no
    sense.
    """
    return compliance.apply(report, args["exceptions"] or [], args["fail_on"], now.date())


def _merged(args: dict[str, t.Any], now: datetime.datetime) -> Report:
    """The report of the slices, as _judged(). What the slices brought is excused where the task does not say."""
    fragments = {name: pack.unpacked(packed, name) for name, packed in (args["fragments"] or {}).items()}
    fragments.update((path, _fragment(path)) for path in args["fragment_files"] or [])
    if not fragments and not args["inventory_hostnames"]:
        raise ValueError(
            "fragments: there is none, and without inventory_hostnames nobody knows whose reports are missing"
        )
    exceptions, fail_on = merge.policy(fragments)
    return compliance.apply(
        merge.merged(fragments, args["inventory_hostnames"], now),
        exceptions if args["exceptions"] is None else args["exceptions"],
        fail_on if args["fail_on"] is None else args["fail_on"],
        now.date(),
    )


def _fragment(path: str) -> t.Any:
    try:
        return archive.read(path)
    except OSError as exc:
        raise ValueError(f"fragment_files: {path} cannot be read: {exc.strerror}") from exc
    except ValueError as exc:
        raise ValueError(f"fragment_files: {path}: {exc}") from exc


def _compared(report: Report, previous: str | None, path: str | None) -> Report:
    """The report with what has changed since the one before. Raises ValueError where the operator names one that
    cannot be read.

    *path*: of the report that this one replaces; None for one of a part of the hosts, of which it is not known
    which those before had.
    """
    former = previous or path
    if not former:
        return report
    try:
        return history.compare(report, archive.read(former, history.outline))
    except FileNotFoundError:
        why = "there is no such file"
        if not previous:
            return report
    except OSError as exc:
        why = exc.strerror or str(exc)
    except _MALFORMED as exc:
        why = f"{type(exc).__name__}: {exc}"
    if previous:
        raise ValueError(f"previous: the report {previous} cannot be compared with: {why}")
    Display().warning(
        f"The report before, {path}, cannot be compared with, so no changes are reported: {text.printable(why)}"
    )
    return report


def _written(folder: str, report: Report, plan: c.Mapping[str, t.Any], wanted: list[str], keep: int) -> dict[str, str]:
    """Write the report into its folder; the one before goes into the history. Returns {format: path}."""
    try:
        os.makedirs(folder, exist_ok=True)
        archive.keep(folder, keep)
        return archive.write(folder, report, plan, wanted)
    except OSError as exc:
        path = exc.filename or os.path.join(folder, archive.REPORT)
        raise AnsibleActionFail(f"report_dir: {path} cannot be written: {exc.strerror}") from exc


def _display(report: Report) -> None:
    display = Display()
    for block in _blocks(report_summary.summary(report)):
        # Each line has a colour of its own, and none in a log.
        display.display("\n".join(_coloured(line) for line in block), screen_only=True)
        display.display("\n".join(line["text"] for line in block), log_only=True)


def _blocks(lines: c.Iterable[Line]) -> c.Iterator[list[Line]]:
    """The lines up to each empty one, which begins the next.

    What is displayed at once is one event of AWX; a large fleet has a hundred thousand lines.
    """
    block: list[Line] = []
    for line in lines:
        if block and not line["text"]:
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _coloured(line: Line) -> str:
    colour = _COLOURS[line["importance"]]
    return str(stringc(line["text"], colour)) if colour else line["text"]


def _say_limited(task_vars: dict[str, t.Any], left_out: list[str], folder: str) -> None:
    asked = len(task_vars["ansible_play_hosts_all"])
    Display().warning(
        f"This run was limited to {task_vars['ansible_limit']}: {len(left_out)} of the {len(left_out) + asked} hosts "
        f"of the play were not asked, such as {left_out[0]}. The report of the whole fleet in {folder} stays as it is."
    )


def _artifacts(paths: dict[str | None, str]) -> dict[str, t.Any]:
    """What Ansible passes on as set_stats does: the files, packed, by the names that were asked for."""
    data = {name: archive.packed(path) for name, path in paths.items() if name}
    return {"ansible_stats": {"data": data, "per_host": False, "aggregate": True}} if data else {}


def _counted(changes: t.Any) -> dict[str, t.Any] | None:
    return changes and {**changes, "new": len(changes["new"]), "gone": len(changes["gone"])}


def _cut(reasons: dict[str, t.Any]) -> dict[str, str]:
    most = max(_SHORTEST, _REASONS // max(1, len(reasons)))
    return {name: why if len(why) <= most else f"{why[:most]}..." for name, why in reasons.items()}
