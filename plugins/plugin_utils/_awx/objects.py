# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an AWX or automation controller is to hold: lists of objects, joined, looked over, and brought into the order
in which they can be made.

The lists are named and shaped as users of infra.aap_configuration know them (`controller_projects`, ...): each entry
is a dictionary of the options of the module that makes the object; a workflow has its nodes in
`simplified_workflow_nodes`. Pure functions over plain data.
"""

import os
import re

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
# What an organization has of its own, so that it can only be told once both are there.
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


def joined(ours, theirs):
    """Return the lists of `ours` with what `theirs` says of the same objects, key by key, and with the objects that
    only `theirs` has.

    Objects are the same if their name is, and their inventory where they have one. Raises ValueError for what is no
    list of named objects.
    """
    result = {}
    for kind in MODULES:
        objects = {}
        for source in (ours, theirs):
            for number, one in enumerate(_list(kind, source.get(kind)), 1):
                if not isinstance(one, dict) or not isinstance(one.get("name"), str) or not one["name"]:
                    raise ValueError(f"controller_{kind}: entry {number} is no dictionary with a name")
                key = (one["name"], one.get("inventory"))
                objects[key] = dict(objects.get(key, {}), **one)
        result[kind] = list(objects.values())
    return result


def _list(kind, value):
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"controller_{kind} is no list")
    return value


def complaints(lists, approval=True):
    """Return what is wrong with the lists (of `joined`), in sentences: what a controller would take, and what would go
    wrong at night.

    With `approval`, no remediation may begin in a workflow unless somebody has approved.
    """
    present = {
        kind: [one for one in objects if one.get("state", "present") != "absent"] for kind, objects in lists.items()
    }
    remediations = {
        one["name"] for one in present["templates"] if os.path.basename(one.get("playbook") or "") == REMEDIATION
    }
    said = [
        f"project {one['name']}: there is no scm_url (awx_project_url)"
        for one in present["projects"]
        if one.get("scm_type") == "git" and not one.get("scm_url")
    ]
    said += [
        f"execution environment {one['name']}: there is no image (awx_ee_image)"
        for one in present["execution_environments"]
        if not one.get("image")
    ]
    for one in present["templates"]:
        if one["name"] in remediations and (
            one.get("job_slice_count", 1) != 1 or one.get("ask_job_slice_count_on_launch")
        ):
            said.append(
                f"template {one['name']}: a remediation is never sliced: every slice would work on a host at the same time. job_slice_count is 1, ask_job_slice_count_on_launch false"
            )
    for one in present["schedules"]:
        if not RRULE.match(str(one.get("rrule") or "")):
            said.append(
                f"schedule {one['name']}: the rrule does not begin with a time (DTSTART;TZID=Europe/Berlin:20260101T020000 RRULE:FREQ=DAILY;INTERVAL=1), or has no INTERVAL (awx_schedule_time is HH:MM, in quotes)"
            )
    for one in present["workflows"]:
        if one["name"] in remediations:
            said.append(
                f"workflow {one['name']}: a remediation of the same name takes itself for a slice; name one of them otherwise"
            )
        said.extend(
            f"workflow {one['name']}: {text}" for text in _about_nodes(one.get(NODES) or [], remediations, approval)
        )
    return said + _about_surveys(present)


def _about_nodes(nodes, remediations, approval):
    names = [node.get("identifier") for node in nodes]
    if not all(isinstance(name, str) and name for name in names) or len(set(names)) != len(names):
        return ["each node needs an identifier of its own"]
    strange = sorted(
        {other for node in nodes for kind in LINKS for other in node.get(kind) or [] if other not in names}
    )
    if strange:
        return [f"there is no node {', '.join(strange)} that links lead to"]
    said = [
        f"node {node['identifier']}: a remediation is never sliced"
        for node in nodes
        if node.get("unified_job_template") in remediations and (node.get("job_slice_count") or 1) != 1
    ]
    if approval:
        said += [
            f"node {name} is reached without an approval; awx_approval: false would be the way to have it so"
            for name in _unapproved(nodes)
            if _node(nodes, name).get("unified_job_template") in remediations
        ]
    return said


def _unapproved(nodes):
    """The nodes that begin, on some way through the workflow, without that somebody approved."""
    led_to = {other for node in nodes for kind in LINKS for other in node.get(kind) or []}
    # Where everything is led to there is a circle; the controller refuses that, and here nothing of it may pass for
    # approved.
    todo = [node["identifier"] for node in nodes if node["identifier"] not in led_to] or [
        node["identifier"] for node in nodes
    ]
    reached = []
    while todo:
        name = todo.pop(0)
        if name in reached:
            continue
        reached.append(name)
        node = _node(nodes, name)
        for kind in LINKS:
            if not (node.get("approval_node") and kind == "success_nodes"):
                todo.extend(node.get(kind) or [])
    return reached


def _node(nodes, name):
    return next(node for node in nodes if node["identifier"] == name)


def _about_surveys(present):
    launched = {one.get("unified_job_template") for one in present["schedules"]}
    launched |= {node.get("unified_job_template") for one in present["workflows"] for node in one.get(NODES) or []}
    said = []
    for one in present["templates"] + present["workflows"]:
        for question in (one.get("survey_spec") or one.get("survey") or {}).get("spec") or []:
            if question.get("required") and one["name"] in launched:
                said.append(
                    f"template {one['name']}: the question {question.get('variable')} of its survey is required: whoever is not there to answer, like a schedule, is refused, even with a default; required is false, and the default stays"
                )
    return said


def steps(lists, update_secrets=False):
    """Return the lists (of `joined`) as the steps to take: [{title, module, objects: [options of the module, ...]},
    ...].

    Without `update_secrets`, what is secret in a credential is only told when the credential is made: the controller
    never shows it, so that nobody could tell whether it is another.
    """
    result = [
        _step(
            "organizations",
            "organization",
            [{key: value for key, value in one.items() if key not in OWN} for one in lists["organizations"]],
        )
    ]
    for kind, module in MODULES.items():
        objects = lists[kind]
        if kind == "organizations":
            continue
        if kind == "projects":
            owning = [one for one in lists["organizations"] if any(key in one for key in OWN)]
            result.append(_step("what organizations own", "organization", owning))
        if kind == "credentials":
            objects = [dict({"update_secrets": update_secrets}, **one) for one in objects]
        if kind == "workflows":
            objects = [{key: value for key, value in one.items() if key != NODES} for one in objects]
        result.append(_step(kind.replace("_", " "), module, objects))
        if kind == "workflows":
            result += _node_steps(lists[kind])
    return [step for step in result if step["objects"]]


def _node_steps(workflows):
    """First all nodes, then the links between them.

    Not one call with all nodes (workflow_job_template's `workflow_nodes`): that one compares an approval with fields
    that no approval has, and so changes it in every run. And not links and an approval in one call:
    workflow_job_template_node asks the approval for the node's links then.
    """
    nodes, links = [], []
    for workflow in workflows:
        if workflow.get("state") == "absent":
            continue
        place = {"workflow_job_template": workflow["name"], "organization": workflow.get("organization")}
        for node in workflow.get(NODES) or []:
            options = dict({"lookup_organization": workflow.get("organization")}, **node)
            nodes.append(_told({**{key: value for key, value in options.items() if key not in LINKS}, **place}))
            if node.get("state") != "absent":
                # The empty ones too: a link that somebody made by hand goes.
                links.append(
                    _told({"identifier": node["identifier"], **{key: node.get(key) or [] for key in LINKS}, **place})
                )
    return [_step("nodes", "workflow_job_template_node", nodes), _step("links", "workflow_job_template_node", links)]


def _step(title, module, objects):
    return {"title": title, "module": module, "objects": objects}


def _told(options):
    return {key: value for key, value in options.items() if value is not None}


def named(options):
    """What to call an object in a message."""
    name = str(options.get("name") or options.get("identifier") or "?")
    if options.get("workflow_job_template"):
        return f"{name} of {options['workflow_job_template']}"
    return name


def secrets(value, inside=False):
    """Return the texts in `value` that nobody may read: those of credentials' inputs, and passwords, tokens and
    headers anywhere.
    """
    if isinstance(value, dict):
        found = set()
        for key, each in value.items():
            found |= secrets(
                each, inside or key in ("inputs", "headers") or bool(re.search("password|token|secret|_key", str(key)))
            )
        return found
    if isinstance(value, (list, tuple)):
        return {text for each in value for text in secrets(each, inside)}
    # What is shorter is in every other word, and no secret.
    return {value} if inside and isinstance(value, str) and len(value) > 3 else set()


def censored(text, hidden):
    """Return `text` without any of the texts in `hidden`, the longest first."""
    for each in sorted(hidden, key=len, reverse=True):
        text = text.replace(each, "********")
    return text


def failure(module, options, result):
    """Say why a module failed, in a sentence that names the object. `result` is the module's."""
    said = str(result.get("msg") or "it failed without a word")
    wanted = options.get("unified_job_template")
    if wanted and (
        "NoneType" in said or "NoneType" in str(result.get("exception") or result.get("module_stderr") or "")
    ):
        said = f"there is no template named {wanted} (or not in this organization)"
    if isinstance(result.get("response"), dict):
        said += f": {result['response'].get('json') or result['response']}"
    if "Failed to get token" in said and "401" in said:
        said += ". The controller does not know this user name with this password (awx_username, awx_password)"
    missing = re.search(r"Request to \S*/(\w+)/\?(?:\S*&)?name=([^& ]+)\S* returned 0 items", said)
    if missing:
        said += f". It needs {missing.group(1).replace('_', ' ')} {missing.group(2).replace('+', ' ')}, which the controller does not have"
    return f"{module} {named(options)}: {said}"
