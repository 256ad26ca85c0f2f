# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX 24.6.1 checks before it takes a request; the messages are its own where a module shows them."""

import json
import re

from awx_stub.kinds import KINDS, PROMPTS, UNIFIED
from awx_stub.refused import Refused

GALAXY = "Ansible Galaxy/Automation Hub API Token"
MANAGED_TYPES = [
    (
        "Machine",
        "ssh",
        {
            "fields": [
                {"id": name, "type": "string"}
                for name in ("username", "ssh_public_key_data", "become_method", "become_username")
            ]
            + [
                {"id": name, "type": "string", "secret": True}
                for name in ("password", "ssh_key_data", "ssh_key_unlock", "become_password")
            ]
        },
    ),
    (
        "Source Control",
        "scm",
        {
            "fields": [{"id": "username", "type": "string"}]
            + [
                {"id": name, "type": "string", "secret": True}
                for name in ("password", "ssh_key_data", "ssh_key_unlock")
            ]
        },
    ),
    (
        GALAXY,
        "galaxy",
        {
            "fields": [
                {"id": "url", "type": "string"},
                {"id": "auth_url", "type": "string"},
                {"id": "token", "type": "string", "secret": True},
            ]
        },
    ),
]
# What a notification by webhook can be configured with; those of type password are encrypted where they are not empty.
WEBHOOK = {
    "url": "",
    "http_method": "POST",
    "headers": {},
    "disable_ssl_verification": False,
    "username": "",
    "password": "",
}


def secrets(inputs):
    return {field["id"] for field in inputs.get("fields", []) if field.get("secret")}


def notification_shown(item):
    configuration = dict(item["notification_configuration"])
    if configuration.get("password"):
        configuration["password"] = "$encrypted$"
    return configuration


def fits(endpoint, item, query, lists):
    """Return whether an object matches the query of a list. AWX refuses fields that it does not know.

    lists: the ids of its lists by their name.
    """
    known = {"id", "type", "name"}
    for each in UNIFIED if endpoint == "unified_job_templates" else [endpoint]:
        known |= set(KINDS[each].fields) | set(KINDS[each].points_to)
    either = {}
    for key, value in query.items():
        name = key.removeprefix("or__")
        if name.endswith("__isnull") and name.removesuffix("__isnull") in KINDS[endpoint].lists:
            if bool(lists.get(name.removesuffix("__isnull"))) is (value == "true"):
                return False
            continue
        if name not in known:
            raise Refused(400, {"detail": f"{endpoint} has no field named '{name}'"})
        if key.startswith("or__"):
            either[name] = value
        elif str(item.get(name)) != value:
            return False
    return not either or any(str(item.get(name)) == value for name, value in either.items())


def cleaned(world, endpoint, sent, former):
    """Return what is stored of a POST (`former` None) or a PATCH.

    As in AWX, fields that are unknown or read-only are ignored silently.
    """
    kind, values = KINDS[endpoint], {}
    for name, value in sent.items():
        if name in kind.points_to:
            values[name] = _pointed_to(world, kind.points_to[name], name, value)
        elif name in kind.fields or name == "name":
            values[name] = _typed(name, value, kind.fields.get(name, ""))
    for name in ("managed", "namespace"):
        values.pop(name, None)
    whole = dict(kind.fields, **dict.fromkeys(kind.points_to))
    whole.update(former or {})
    whole.update(values)
    special = globals().get("_" + kind.type)
    if special:
        values.update(special(world, values, whole, former) or {})
        whole.update(values)
    if kind.unique:
        same = world.find(endpoint, **{field: whole.get(field) for field in kind.unique})
        if any(item is not former for item in same):
            raise Refused(400, {"__all__": [f"{kind.type} with this {' and '.join(kind.unique)} already exists."]})
    return values


def _pointed_to(world, endpoint, name, value):
    if value in (None, ""):
        return None
    try:
        world.get(endpoint, int(value))
    except (Refused, ValueError) as exc:
        raise Refused(400, {name: [f'Invalid pk "{value}" - object does not exist.']}) from exc
    return int(value)


def _typed(name, value, default):
    if default is None or value is None:
        return value
    if type(value) is not type(default):
        raise Refused(400, {name: [f"Not a valid {type(default).__name__}."]})
    return value


def _variables(name, text):
    try:
        fine = not text or isinstance(json.loads(text), dict)
    except ValueError:
        fine = False
    if not fine:
        raise Refused(400, {name: ["Cannot parse as JSON (error: ...) or YAML (error: ...)."]})


def _credential_type(world, values, whole, former):
    if whole["kind"] not in ("cloud", "net") and not (former and former["managed"]):
        raise Refused(400, {"kind": [f"Must be 'cloud' or 'net', not {whole['kind']}"]})
    if (
        former
        and "inputs" in values
        and values["inputs"] != former["inputs"]
        and world.find("credentials", credential_type=former["id"])
    ):
        raise Refused(403, {"detail": "Modifications to inputs are not allowed for credential types that are in use"})
    fields = {field["id"] for field in whole["inputs"].get("fields", [])}
    strange = set(re.findall(r"{{\s*(\w+)", json.dumps(whole["injectors"]))) - fields
    if strange:
        raise Refused(400, {"injectors": [f"{', '.join(sorted(strange))} uses an undefined field"]})


def _credential(world, values, whole, former):
    inputs = world.get("credential_types", whole["credential_type"])["inputs"]
    strange = set(whole["inputs"]) - {field["id"] for field in inputs.get("fields", [])}
    if strange:
        raise Refused(
            400, {"inputs": [f"Additional properties are not allowed ({', '.join(sorted(strange))} were unexpected)"]}
        )
    if whole.get("organization") is None and former is None:
        raise Refused(400, {"detail": "Missing 'user', 'team', or 'organization'."})
    if former:
        return {
            "inputs": {
                key: former["inputs"].get(key) if value == "$encrypted$" else value
                for key, value in whole["inputs"].items()
            }
        }
    return None


def _notification_template(world, values, whole, former):
    if whole["notification_type"] != "webhook":
        return None
    configuration = dict(WEBHOOK, **whole["notification_configuration"])
    if not configuration["url"]:
        raise Refused(
            400, {"notification_configuration": ["Missing required fields for Notification Configuration: ['url']."]}
        )
    strange = set(configuration) - set(WEBHOOK)
    if strange:
        raise Refused(400, {"notification_configuration": [f"Unknown fields: {sorted(strange)}"]})
    return {"notification_configuration": configuration}


def _inventory(world, values, whole, former):
    _variables("variables", whole["variables"])
    return {"kind": whole["kind"] or ""}


def _host(world, values, whole, former):
    _variables("variables", whole["variables"])
    return {"enabled": True if whole["enabled"] is None else whole["enabled"]}


def _inventory_source(world, values, whole, former):
    _variables("source_vars", whole["source_vars"])
    if whole["source"] == "scm" and whole["source_project"] is None:
        raise Refused(400, {"source_project": ["Project required for scm type sources."]})


def _job_template(world, values, whole, former):
    _variables("extra_vars", whole["extra_vars"])
    if whole["project"] is None:
        raise Refused(400, {"project": ["Job Templates must have a project assigned."]})
    project = world.get("projects", whole["project"])
    if whole["playbook"] not in world.playbooks(project):
        raise Refused(400, {"playbook": ["Playbook not found for project."]})
    if whole["inventory"] is None and not whole["ask_inventory_on_launch"]:
        raise Refused(400, {"inventory": ["You must either set a default value or ask to prompt on launch."]})
    # Nobody can write it: it is the project's.
    return {"organization": project["organization"]}


def _workflow_job_template(world, values, whole, former):
    _variables("extra_vars", whole["extra_vars"])


def _workflow_job_template_node(world, values, whole, former):
    _prompts(world, whole)


def _schedule(world, values, whole, former):
    rule = whole["rrule"]
    if not re.match(r"DTSTART(:\d{8}T\d{6}Z|;TZID=[A-Za-z_/+-]+:\d{8}T\d{6}) ", rule):
        raise Refused(
            400, {"rrule": ["Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ"]}
        )
    for word in ("RRULE:", "INTERVAL="):
        if word not in rule:
            raise Refused(400, {"rrule": [f"{word.strip(':=')} required in rrule."]})
    _prompts(world, whole)


def _prompts(world, whole):
    """Refuse what the template does not ask for at a launch."""
    if whole["unified_job_template"] is None:
        return
    template = world.get("unified_job_templates", whole["unified_job_template"])
    refused = {
        field: ["Field is not configured to prompt on launch."]
        for field, asks in PROMPTS.items()
        if whole.get(field) and not template.get(asks)
    }
    if refused:
        raise Refused(400, refused)


def survey(spec):
    for key in ("name", "description", "spec"):
        if key not in spec:
            raise Refused(400, {"error": f"Missing required key '{key}'"})
    for question in spec["spec"]:
        for key in ("type", "question_name", "variable", "required"):
            if key not in question:
                raise Refused(400, {"error": f"'{key}' missing from survey question"})


def another_credential(world, ids, other):
    """Check that a template has at most one credential of each type."""
    of_type = world.get("credentials", other)["credential_type"]
    if any(world.get("credentials", each)["credential_type"] == of_type for each in ids):
        raise Refused(
            400, {"error": f"Cannot assign multiple {world.get('credential_types', of_type)['name']} credentials."}
        )


def another_link(world, number, other):
    """Check that a link stays in its workflow, closes no circle, and does not exist yet."""
    nodes = world.objects["workflow_job_template_nodes"]
    if nodes[number]["workflow_job_template"] != nodes[other]["workflow_job_template"]:
        raise Refused(400, {"detail": "Cannot associate nodes of different workflows."})
    if other in _children(world, number):
        raise Refused(400, {"Error": "Relationship not allowed."})
    reached, todo = set(), [other]
    while todo:
        each = todo.pop()
        if each not in reached:
            reached.add(each)
            todo.extend(_children(world, each))
    if number in reached:
        raise Refused(400, {"Error": "Cycle detected."})


def _children(world, number):
    return [
        each
        for name in ("always_nodes", "success_nodes", "failure_nodes")
        for each in world.lists.get(("workflow_job_template_nodes", number, name), [])
    ]
