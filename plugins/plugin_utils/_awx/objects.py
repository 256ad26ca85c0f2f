# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an AWX or automation controller is to hold: lists of objects, joined, and put into the order in which they can
be created.

The lists are named and shaped as users of infra.aap_configuration know them (`controller_projects`, ...): each entry
is a dictionary of the options of the module that creates the object; a workflow has its nodes in
`simplified_workflow_nodes`. Pure functions over plain data.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Collection, Mapping, Sequence

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
# The module that fills an inventory from a source.
FILLED = "inventory_source_update"


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
                    # Who says how an object is to be does not want it left alone.
                    if known.get("state") == "exists":
                        known.pop("state")
                    known.update(item)
        result[kind] = objects
    return result


def keys_of(kind: str) -> tuple[str, ...]:
    """Return what beside the name says which object an entry is."""
    return _KEYS.get(kind, ("organization",))


def _same(kind: str, known: Object, item: Object) -> bool:
    """Whether two entries of the same name are the same object."""
    keys = [key for key in keys_of(kind) if known.get(key) is not None and item.get(key) is not None]
    return all(known[key] == item[key] for key in keys)


def _list(kind: str, value: t.Any) -> list[t.Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"controller_{kind} is not a list")
    return value


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
            # Without its state: what is its own is set on an organization that is there already, too.
            owning = [
                {key: value for key, value in organization.items() if key in ("name", *OWN)}
                for organization in lists["organizations"]
                if any(key in organization for key in OWN) and organization.get("state") != "absent"
            ]
            result.append(_step("what organizations own", "organization", owning))
        if kind == "credentials":
            objects = [{"update_secrets": update_secrets, **credential} for credential in objects]
        if kind == "projects":
            # The controller takes no ban of other branches while a template still asks for one.
            bans = [project for project in objects if "allow_override" in project]
            objects = [{key: value for key, value in project.items() if key != "allow_override"} for project in objects]
        if kind == "inventories":
            # Without it the module sends null, which the controller takes for "", and so changes it in every run.
            objects = [{"kind": "", **inventory} for inventory in objects]
        if kind == "workflows":
            objects = [{key: value for key, value in workflow.items() if key != NODES} for workflow in objects]
        result.append(_step(kind.replace("_", " "), module, objects))
        if kind == "inventory_sources":
            result.append(_step("hosts of inventory sources", FILLED, _first_updates(objects)))
        if kind == "templates":
            result.append(_step("what projects allow", "project", bans))
        if kind == "workflows":
            result += _node_steps(lists[kind])
    return [step for step in result if step["objects"]]


def _first_updates(sources: Sequence[Object]) -> list[Object]:
    """Return the updates that fill inventories before the first launch.

    The controller counts the hosts for the slices of a job before the update that the launch itself begins: of an empty
    inventory there is one slice.
    """
    return [
        {**{key: source[key] for key in ("name", "inventory", "organization") if source.get(key)}, "wait": True}
        for source in sources
        if source.get("update_on_launch") and source.get("state") != "absent"
    ]


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
