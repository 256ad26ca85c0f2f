# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Check the objects for a controller: what it would accept, and what would fail at night.

Pure functions over plain data.
"""

from __future__ import annotations

import os
import re
import typing as t
from collections.abc import Collection, Iterator, Mapping, Sequence

from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import objects as awx_objects
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx.objects import LINKS, NODES, Lists, Object, Step

REMEDIATION = "remediate.yml"
# What the controller takes as the address of a git repository: a URL, or user@host:path.
GIT = re.compile(r"(https?|ssh|git|ftps?)://[^\s/]+/\S+|file:///\S+|([\w.-]+@)?[\w.-]+:(?!//)\S+")
RRULE = re.compile(r"DTSTART(:\d{8}T\d{6}Z|;TZID=[^:\s]+:\d{8}T\d{6})\s+RRULE:\S*INTERVAL=")


def checked(
    ours: Mapping[str, t.Any], theirs: Mapping[str, t.Any], update_secrets: bool = False, approval: bool = True
) -> list[Step]:
    """Return the steps that create the objects of both, see `objects.joined` and `objects.steps`.

    Raises ValueError for the `complaints`.
    """
    lists = awx_objects.joined(ours, theirs)
    wrong = complaints(lists, approval)
    if wrong:
        raise ValueError(f"Nothing was sent to the controller. {'. '.join(wrong)}.")
    return awx_objects.steps(lists, update_secrets)


def complaints(lists: Lists, approval: bool = True) -> list[str]:
    """Return in sentences what is wrong with the lists (of `objects.joined`).

    Args:
        approval: whether a remediation must wait for an approval in each workflow.
    """
    present = {
        kind: [item for item in objects if item.get("state", "present") != "absent"] for kind, objects in lists.items()
    }
    remediations = {
        template["name"]
        for template in present["templates"]
        if os.path.basename(template.get("playbook") or "") == REMEDIATION
    }
    return [
        *_about_sources(present),
        *_about_templates(present["templates"], remediations),
        *_about_schedules(present["schedules"]),
        *_about_workflows(present["workflows"], remediations, approval),
        *_about_surveys(present),
    ]


def _about_sources(present: Lists) -> Iterator[str]:
    for project in present["projects"]:
        if project.get("scm_type") != "git":
            continue
        if not project.get("scm_url"):
            yield f"project {project['name']}: there is no scm_url (awx_project_url)"
        elif not GIT.fullmatch(str(project["scm_url"])):
            # It may hold a password, so it is not shown.
            yield (
                f"project {project['name']}: the scm_url (awx_project_url) is not the address of a git repository, "
                f"such as https://git.example.com/san.git or git@git.example.com:san.git"
            )
    for environment in present["execution_environments"]:
        if not environment.get("image"):
            yield f"execution environment {environment['name']}: there is no image (awx_ee_image)"


def _about_templates(templates: Sequence[Object], remediations: Collection[str]) -> Iterator[str]:
    for template in templates:
        sliced = template.get("job_slice_count", 1) != 1 or template.get("ask_job_slice_count_on_launch")
        if template["name"] in remediations and sliced:
            yield (
                f"template {template['name']}: a remediation is never sliced: every slice would work on a host at the "
                f"same time. Set job_slice_count to 1 and ask_job_slice_count_on_launch to false"
            )
        if template["name"] in remediations and (
            template.get("ask_variables_on_launch") or template.get("survey_enabled")
        ):
            yield (
                f"template {template['name']}: with ask_variables_on_launch or survey_enabled, who may launch it may "
                f"also name other arrays, allow hazards and raise the limits of a removal. Set both to false, and the "
                f"variables in the template"
            )


def _about_schedules(schedules: Sequence[Object]) -> Iterator[str]:
    for schedule in schedules:
        if not RRULE.match(str(schedule.get("rrule") or "")):
            yield (
                f"schedule {schedule['name']}: the rrule does not begin with a time "
                f"(DTSTART;TZID=Europe/Berlin:20260101T020000 RRULE:FREQ=DAILY;INTERVAL=1), or has no INTERVAL "
                f"(awx_schedule_time is HH:MM, in quotes)"
            )


def _about_workflows(workflows: Sequence[Object], remediations: Collection[str], approval: bool) -> Iterator[str]:
    for workflow in workflows:
        if workflow["name"] in remediations:
            yield (
                f"workflow {workflow['name']}: a remediation of the same name would take itself for a slice; rename "
                f"one of them"
            )
        launches = {node.get("unified_job_template") for node in workflow.get(NODES) or []}
        if launches & set(remediations) and (
            workflow.get("ask_variables_on_launch") or workflow.get("survey_enabled") or workflow.get("extra_vars")
        ):
            yield (
                f"workflow {workflow['name']}: its variables reach the remediation, and could name other arrays, allow "
                f"hazards and raise the limits of a removal. Leave out extra_vars, survey_enabled and "
                f"ask_variables_on_launch"
            )
        for complaint in _about_nodes(workflow.get(NODES) or [], remediations, approval):
            yield f"workflow {workflow['name']}: {complaint}"


def _about_nodes(nodes: Sequence[Object], remediations: Collection[str], approval: bool) -> Iterator[str]:
    names = [node.get("identifier") for node in nodes]
    if not all(isinstance(name, str) and name for name in names) or len(set(names)) != len(names):
        yield "each node needs an identifier of its own"
        return
    unknown = sorted(
        {other for node in nodes for kind in LINKS for other in node.get(kind) or [] if other not in names}
    )
    if unknown:
        yield f"links lead to nodes that do not exist: {', '.join(unknown)}"
        return
    for node in nodes:
        if node.get("unified_job_template") in remediations and (node.get("job_slice_count") or 1) != 1:
            yield f"node {node['identifier']}: a remediation is never sliced"
    for name in _unapproved(nodes) if approval else ():
        if _node(nodes, name).get("unified_job_template") in remediations:
            yield f"node {name} is reached without an approval; awx_approval: false would permit that"


def _unapproved(nodes: Sequence[Object]) -> list[str]:
    """Return the nodes that can begin, on some path through the workflow, before somebody has approved."""
    targets = {other for node in nodes for kind in LINKS for other in node.get(kind) or []}
    # Where every node is a target there is a circle; the controller refuses that, and here none of its nodes may pass
    # for approved.
    identifiers = [node["identifier"] for node in nodes]
    waiting = [name for name in identifiers if name not in targets] or identifiers
    reached: list[str] = []
    while waiting:
        name = waiting.pop(0)
        if name in reached:
            continue
        reached.append(name)
        node = _node(nodes, name)
        for kind in LINKS:
            if not (node.get("approval_node") and kind == "success_nodes"):
                waiting.extend(node.get(kind) or [])
    return reached


def _node(nodes: Sequence[Object], name: str) -> Object:
    return next(node for node in nodes if node["identifier"] == name)


def _about_surveys(present: Lists) -> Iterator[str]:
    launched = {schedule.get("unified_job_template") for schedule in present["schedules"]}
    launched |= {
        node.get("unified_job_template") for workflow in present["workflows"] for node in workflow.get(NODES) or []
    }
    for template in present["templates"] + present["workflows"]:
        for question in (template.get("survey_spec") or template.get("survey") or {}).get("spec") or []:
            if question.get("required") and template["name"] in launched:
                yield (
                    f"template {template['name']}: the question {question.get('variable')} of its survey is required: "
                    f"a launch without a person, such as a schedule's, is refused, even if there is a default; set "
                    f"required to false, and the default stays"
                )
