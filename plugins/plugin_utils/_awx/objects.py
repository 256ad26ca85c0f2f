# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an AWX or automation controller is to hold: lists of objects, joined, checked, and put into the order in which
they can be created.

The lists are named and shaped as users of infra.aap_configuration know them (`controller_projects`, ...): each entry
is a dictionary of the options of the module that creates the object; a workflow has its nodes in
`simplified_workflow_nodes`. Pure functions over plain data.
"""

from __future__ import annotations

import os
import re
import typing as t
from collections.abc import Collection, Iterator, Mapping, Sequence

# An object: the options of the module that creates it.
Object = dict[str, t.Any]
# Objects by kind, the keys of MODULES.
Lists = Mapping[str, list[Object]]


class Step(t.TypedDict):
    """Objects that one module creates, in order."""

    title: str
    module: str
    objects: list[Object]


# In the order in which objects need each other: list (without `controller_`) -> module.
MODULES = {
    "organizations": "organization",
    "labels": "label",
    "credential_types": "credential_type",
    "credentials": "credential",
    "execution_environments": "execution_environment",
    "notifications": "notification_template",
    "projects": "project",
    "inventories": "inventory",
    "inventory_sources": "inventory_source",
    "hosts": "host",
    "groups": "group",
    "templates": "job_template",
    "workflows": "workflow_job_template",
    "schedules": "schedule",
}
# What two entries of a kind must have alike, beside the name, to be the same object, where both say it: what the
# controller itself holds apart (awx.main.models, SOFT_UNIQUE_TOGETHER). Of other kinds it is the organization.
_KEYS = {
    "organizations": (),
    "credential_types": (),
    "execution_environments": (),
    "credentials": ("organization", "credential_type"),
    "inventory_sources": ("inventory",),
    "hosts": ("inventory",),
    "groups": ("inventory",),
    "schedules": ("unified_job_template",),
}
# Other names of an option of a template, a workflow or a project, which Ansible would take before the option itself.
_ALIASES = {
    **{
        f"ask_{name}": f"ask_{name}_on_launch"
        for name in (
            *("credential", "diff_mode", "execution_environment", "forks", "instance_groups", "inventory"),
            *("job_slice_count", "job_type", "labels", "limit", "skip_tags", "tags", "timeout", "verbosity"),
        )
    },
    "ask_extra_vars": "ask_variables_on_launch",
    "concurrent_jobs_enabled": "allow_simultaneous",
    "diff_mode_enabled": "diff_mode",
    "fact_caching_enabled": "use_fact_cache",
    "force_handlers_enabled": "force_handlers",
    "scm_allow_override": "allow_override",
}
# What refers from an organization to its own objects, so that it can only be set once both exist.
OWN = (
    "default_environment",
    "galaxy_credentials",
    "notification_templates_started",
    "notification_templates_success",
    "notification_templates_error",
    "notification_templates_approvals",
)
LINKS = ("always_nodes", "success_nodes", "failure_nodes")
NODES = "simplified_workflow_nodes"
REMEDIATION = "remediate.yml"
RRULE = re.compile(r"DTSTART(:\d{8}T\d{6}Z|;TZID=[^:\s]+:\d{8}T\d{6})\s+RRULE:\S*INTERVAL=")


def checked(
    ours: Mapping[str, t.Any], theirs: Mapping[str, t.Any], update_secrets: bool = False, approval: bool = True
) -> list[Step]:
    """Return the steps that create the objects of both, see `joined`, `complaints` and `steps`. Raises ValueError for
    what goes wrong later.
    """
    lists = joined(ours, theirs)
    wrong = complaints(lists, approval)
    if wrong:
        raise ValueError(f"Nothing was sent to the controller. {'. '.join(wrong)}.")
    return steps(lists, update_secrets)


def joined(ours: Mapping[str, t.Any], theirs: Mapping[str, t.Any]) -> dict[str, list[Object]]:
    """Return the lists of *ours*, updated key by key with the same objects of *theirs*, and with the objects that only
    *theirs* has.

    Objects are the same if their name is, and what the controller holds apart beside it (_KEYS). An entry that does not
    say which organization, inventory and so on it means is about the object that is there.

    Raises:
        ValueError: something is not a list of named objects.
    """
    result = {}
    for kind in MODULES:
        objects: list[Object] = []
        by_name: dict[str, list[Object]] = {}
        for source in (ours, theirs):
            for number, item in enumerate(_list(kind, source.get(kind)), 1):
                if not isinstance(item, dict) or not isinstance(item.get("name"), str) or not item["name"]:
                    raise ValueError(f"controller_{kind}: entry {number} is not a dictionary with a name")
                item = {_ALIASES.get(key, key): value for key, value in item.items()}
                namesakes = by_name.setdefault(item["name"], [])
                known = next((known for known in namesakes if _same(kind, known, item)), None)
                if known is None:
                    namesakes.append(item)
                    objects.append(item)
                else:
                    known.update(item)
        result[kind] = objects
    return result


def _same(kind: str, known: Object, item: Object) -> bool:
    """Whether two entries of the same name are the same object."""
    keys = _KEYS.get(kind, ("organization",))
    return all(known[key] == item[key] for key in keys if known.get(key) is not None and item.get(key) is not None)


def _list(kind: str, value: t.Any) -> list[t.Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"controller_{kind} is not a list")
    return value


def complaints(lists: Lists, approval: bool = True) -> list[str]:
    """Return in sentences what is wrong with the lists (of `joined`): what a controller would accept, and what would
    fail at night.

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
        if project.get("scm_type") == "git" and not project.get("scm_url"):
            yield f"project {project['name']}: there is no scm_url (awx_project_url)"
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


def steps(lists: Lists, update_secrets: bool = False) -> list[Step]:
    """Return the lists (of `joined`) as the steps to take.

    Args:
        update_secrets: without it, the secrets of a credential are only set when the credential is created: the
            controller never shows them, so that nobody could say whether they differ.
    """
    organizations = [
        {key: value for key, value in organization.items() if key not in OWN} for organization in lists["organizations"]
    ]
    result = [_step("organizations", "organization", organizations)]
    for kind, module in MODULES.items():
        objects = lists[kind]
        if kind == "organizations":
            continue
        if kind == "projects":
            owning = [
                organization for organization in lists["organizations"] if any(key in organization for key in OWN)
            ]
            result.append(_step("what organizations own", "organization", owning))
        if kind == "credentials":
            objects = [{"update_secrets": update_secrets, **credential} for credential in objects]
        if kind == "projects":
            # The controller takes no ban of other branches while a template still asks for one.
            bans = [project for project in objects if "allow_override" in project]
            objects = [{key: value for key, value in project.items() if key != "allow_override"} for project in objects]
        if kind == "workflows":
            objects = [{key: value for key, value in workflow.items() if key != NODES} for workflow in objects]
        result.append(_step(kind.replace("_", " "), module, objects))
        if kind == "templates":
            result.append(_step("what projects allow", "project", bans))
        if kind == "workflows":
            result += _node_steps(lists[kind])
    return [step for step in result if step["objects"]]


def _node_steps(workflows: Sequence[Object]) -> list[Step]:
    """Return the steps for all nodes, then for the links between them.

    Not one call with all nodes (workflow_job_template's `workflow_nodes`): that compares an approval with fields that
    no approval has, and so changes it in every run. And not links and an approval in one call:
    workflow_job_template_node then asks the approval for the node's links.
    """
    nodes: list[Object] = []
    links: list[Object] = []
    for workflow in workflows:
        if workflow.get("state") == "absent":
            continue
        place = {"workflow_job_template": workflow["name"], "organization": workflow.get("organization")}
        for node in workflow.get(NODES) or []:
            options = {"lookup_organization": workflow.get("organization"), **node}
            nodes.append(_given({**{key: value for key, value in options.items() if key not in LINKS}, **place}))
            if node.get("state") != "absent":
                # The empty ones too: a link that somebody made by hand is removed.
                targets = {key: node.get(key) or [] for key in LINKS}
                links.append(_given({"identifier": node["identifier"], **targets, **place}))
    return [_step("nodes", "workflow_job_template_node", nodes), _step("links", "workflow_job_template_node", links)]


def _step(title: str, module: str, objects: list[Object]) -> Step:
    return {"title": title, "module": module, "objects": objects}


def _given(options: Object) -> Object:
    return {key: value for key, value in options.items() if value is not None}


def named(options: Mapping[str, t.Any]) -> str:
    """Return how a message names an object."""
    name = str(options.get("name") or options.get("identifier") or "?")
    if options.get("workflow_job_template"):
        return f"{name} of {options['workflow_job_template']}"
    return name


def secrets(value: t.Any, inside: bool = False) -> set[str]:
    """Return the secret texts in *value*: credentials' inputs, and passwords, tokens and headers anywhere."""
    if isinstance(value, dict):
        found = set()
        for key, item in value.items():
            secret = key in ("inputs", "headers") or bool(re.search("password|token|secret|_key", str(key)))
            found |= secrets(item, inside or secret)
        return found
    if isinstance(value, (list, tuple)):
        return {text for item in value for text in secrets(item, inside)}
    # A shorter text is in every other word, and no secret.
    return {value} if inside and isinstance(value, str) and len(value) > 3 else set()


def censored(text: str, hidden: Collection[str]) -> str:
    """Return *text* without any of the texts in *hidden*."""
    for secret in sorted(hidden, key=len, reverse=True):  # a secret may be part of another
        text = text.replace(secret, "********")
    return text


def failure(module: str, options: Mapping[str, t.Any], result: Mapping[str, t.Any]) -> str:
    """Return why a module failed, in a sentence that names the object.

    Args:
        result: the module's.
    """
    said = str(result.get("msg") or "it failed without a message")
    wanted = options.get("unified_job_template")
    trace = str(result.get("exception") or result.get("module_stderr") or "")
    if wanted and ("NoneType" in said or "NoneType" in trace):
        said = f"there is no template named {wanted} (or not in this organization)"
    if isinstance(result.get("response"), dict):
        said += f": {result['response'].get('json') or result['response']}"
    if "Failed to get token" in said and "401" in said:
        said += ". The controller does not know this user name with this password (awx_username, awx_password)"
    missing = re.search(r"Request to \S*/(\w+)/\?(?:\S*&)?name=([^& ]+)\S* returned 0 items", said)
    if missing:
        kind, name = missing.group(1).replace("_", " "), missing.group(2).replace("+", " ")
        said += f". It needs {kind} {name}, which the controller does not have"
    return f"{module} {named(options)}: {said}"
