# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Write the report on the controller and show its summary. Documented in plugins/modules/fleet_report.py."""

import datetime
import json
import os

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
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import archive, compliance, history, merge
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet as report_fleet
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories_ontap

_COLOURS = {
    report_fleet.ALARM: "bright red",
    report_fleet.WARNING: "yellow",
    report_fleet.GOOD: "green",
    report_fleet.PLAIN: None,
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
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        dummy, args = self.validate_argument_spec(
            argument_spec={
                "registered": {"type": "str"},
                "arrays": {"type": "list", "elements": "dict", "default": [], "no_log": True},
                "array_views": {"type": "list", "elements": "raw", "default": []},
                "array_max_age": {"type": "int", "default": 3600},
                "kubernetes": {"type": "list", "elements": "dict", "default": [], "no_log": True},
                "policies": {"type": "dict", "default": {}},
                "san_clusters": {"type": "dict", "default": {}},
                "fleet": {"type": "raw"},
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
            },
            required_one_of=[("registered", "fleet", "fragments", "fragment_files")],
            mutually_exclusive=[("registered", "fleet", "fragments"), ("registered", "fleet", "fragment_files")],
        )
        now = datetime.datetime.now(datetime.timezone.utc)
        left_out = self._left_out(task_vars) if args["registered"] else []
        folder = os.path.join(os.path.abspath(args["report_dir"]), _LIMITED if left_out else "")
        path = os.path.join(folder, archive.REPORT)
        try:
            report = self._audited(args, task_vars, now) if args["registered"] else None
            report = self._compared(_made(args, report, now), args["previous"], None if left_out else path)
            plan = removal_plan.plan(report, args["hazards"], now)
        except ValueError as exc:
            raise AnsibleActionFail(str(exc)) from exc
        except _MALFORMED as exc:
            raise AnsibleActionFail(
                "the report is not what the filter fleet makes: %s: %s" % (type(exc).__name__, exc)
            ) from exc
        try:
            os.makedirs(folder, exist_ok=True)
            archive.keep(folder, args["keep"])
            files = archive.write(folder, report, plan, args["formats"])
        except OSError as exc:
            raise AnsibleActionFail(
                "report_dir: %s cannot be written: %s" % (exc.filename or path, exc.strerror)
            ) from exc
        display = Display()
        for block in _blocks(report_fleet.summary(report)):
            # Each line has a colour of its own, and none in a log.
            display.display("\n".join(_coloured(line) for line in block), screen_only=True)
            display.display("\n".join(line["text"] for line in block), log_only=True)
        display.display("The report: %s" % ", ".join([path] + list(files.values())))
        if left_out:
            display.warning(
                "This run was limited to %s: %d of the %d hosts of the play were not asked, such "
                "as %s. The report of the whole fleet in %s stays "
                "as it is."
                % (
                    task_vars["ansible_limit"],
                    len(left_out),
                    len(left_out) + len(task_vars["ansible_play_hosts_all"]),
                    left_out[0],
                    os.path.dirname(folder),
                )
            )
        # A report is what an audit is for, in check mode too; it is no change to anything that is managed.
        return {
            "changed": False,
            "report": path,
            "plan": os.path.join(folder, archive.PLAN),
            "files": files,
            "totals": report["totals"],
            "compliance": report["compliance"],
            "changes": report["changes"]
            and dict(report["changes"], new=len(report["changes"]["new"]), gone=len(report["changes"]["gone"])),
            "not_audited": _cut(report_fleet.not_audited(report)),
            "left_out": len(left_out),
        }

    def _left_out(self, task_vars):
        """The hosts of the play that --limit leaves out, whose report this run must not replace: [name]."""
        if not task_vars.get("ansible_limit"):
            return []
        whole = lookup_loader.get("ansible.builtin.inventory_hostnames", loader=self._loader, templar=self._templar)
        pattern = self._task.get_play().hosts
        return sorted(
            set(whole.run(pattern if isinstance(pattern, list) else [pattern], variables=task_vars))
            - set(task_vars["ansible_play_hosts_all"])
        )

    def _audited(self, args, task_vars, now):
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

    def _compared(self, report, previous, path):
        """The report with what has changed since the one before. Raises ValueError where the operator names one that
        cannot be read.

        *path*: of the report that this one replaces; None for one of a part of the hosts, of which it is not known
        which those before had.
        """
        if not previous and not path:
            return report
        try:
            return history.compare(report, archive.read(previous or path, history.outline))
        except FileNotFoundError:
            why = "there is no such file"
            if not previous:
                return report
        except OSError as exc:
            why = exc.strerror
        except _MALFORMED as exc:
            why = "%s: %s" % (type(exc).__name__, exc)
        if previous:
            raise ValueError("previous: the report %s cannot be compared with: %s" % (previous, why))
        Display().warning(
            "The report before, %s, cannot be compared with, so nothing is told of changes: %s"
            % (path, report_fleet.printable(why))
        )
        return report


def _blocks(lines):
    """The lines up to each empty one, which begins the next.

    What is displayed at once is one event of AWX; a large fleet has a hundred thousand lines.
    """
    block = []
    for line in lines:
        if block and not line["text"]:
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _coloured(line):
    colour = _COLOURS[line["importance"]]
    return stringc(line["text"], colour) if colour else line["text"]


def _made(args, report, now):
    """The report with what is excused and who complies.

    *report*: of the hosts, if there is one yet. Raises ValueError for what makes no sense.
    """
    exceptions, fail_on = [], None
    if args["fleet"] is not None:
        report = _given(args["fleet"])
    elif report is None:
        fragments = dict((name, pack.unpacked(text, name)) for name, text in (args["fragments"] or {}).items())
        fragments.update((path, _file(path)) for path in args["fragment_files"] or [])
        if not fragments and not args["inventory_hostnames"]:
            raise ValueError(
                "fragments: there is none, and without inventory_hostnames nobody knows whose reports are missing"
            )
        report = merge.merged(fragments, args["inventory_hostnames"], now)
        exceptions, fail_on = merge.policy(fragments)
    if args["exceptions"] is not None:
        exceptions = args["exceptions"]
    if args["fail_on"] is not None:
        fail_on = args["fail_on"]
    return compliance.apply(report, exceptions, fail_on, now.date())


def _given(fleet):
    report = json.loads(fleet) if isinstance(fleet, str) else fleet
    if not isinstance(report, dict):
        raise ValueError("fleet: a report is needed, as a dictionary or its JSON, not %s" % type(report).__name__)
    return report


def _file(path):
    try:
        return archive.read(path)
    except OSError as exc:
        raise ValueError("fragment_files: %s cannot be read: %s" % (path, exc.strerror)) from exc
    except ValueError as exc:
        raise ValueError("fragment_files: %s: %s" % (path, exc)) from exc


def _cut(reasons):
    most = max(_SHORTEST, _REASONS // max(1, len(reasons)))
    return dict((name, why if len(why) <= most else why[:most] + "...") for name, why in reasons.items())
