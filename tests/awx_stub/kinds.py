# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of objects that the stub knows: their fields, what they point to, and the lists that hang on them.

A field is its default: what AWX answers where nothing was sent (the type of a value that is sent has to be the
default's, unless that is None). A field of `points_to` holds the id of an object of another kind, or None.
"""

import dataclasses

# What a node of a workflow or a schedule may set for the template that it launches: the field, and what the template
# must allow.
PROMPTS = {
    "extra_data": "ask_variables_on_launch",
    "inventory": "ask_inventory_on_launch",
    "limit": "ask_limit_on_launch",
    "job_type": "ask_job_type_on_launch",
    "job_tags": "ask_tags_on_launch",
    "skip_tags": "ask_skip_tags_on_launch",
    "verbosity": "ask_verbosity_on_launch",
    "diff_mode": "ask_diff_mode_on_launch",
    "scm_branch": "ask_scm_branch_on_launch",
    "forks": "ask_forks_on_launch",
    "job_slice_count": "ask_job_slice_count_on_launch",
    "timeout": "ask_timeout_on_launch",
    "execution_environment": "ask_execution_environment_on_launch",
}
_UNSET = dict.fromkeys(PROMPTS) | {"extra_data": {}}
_ASKS = dict.fromkeys(PROMPTS.values(), False) | {
    "ask_credential_on_launch": False,
    "ask_labels_on_launch": False,
    "ask_instance_groups_on_launch": False,
}
_NOTIFIES = {f"notification_templates_{when}": "notification_templates" for when in ("started", "success", "error")}
_APPROVALS = {"notification_templates_approvals": "notification_templates"}
_PROMPT_LISTS = {"credentials": "credentials", "labels": "labels", "instance_groups": "instance_groups"}
NODE_LINKS = ("always_nodes", "success_nodes", "failure_nodes")
# What a field points to that is not named like the plural of the field.
_ENDS = {
    "inventory": "inventories",
    "default_environment": "execution_environments",
    "source_project": "projects",
    "signature_validation_credential": "credentials",
    "webhook_credential": "credentials",
}


def _fields(texts, false="", zero="", none="", **others):
    """Return fields by their default: '', False, 0, None, or one of `others`; the first four are lists of names."""
    defaults = ((texts, ""), (false, False), (zero, 0), (none, None))
    return {name: default for names, default in defaults for name in names.split()} | others


def _points(names):
    """Return what these fields point to."""
    return {name: _ENDS.get(name, f"{name}s") for name in names.split()}


def _within(owner, *more):
    """Return the options of a Kind whose objects end with an object of another kind, which they need to have."""
    return {
        "required": ("name", owner, *more),
        "unique": ("name", owner),
        "points_to": _points(owner),
        "lives_in": (owner,),
    }


@dataclasses.dataclass(frozen=True)
class Kind:
    type: str
    fields: dict
    required: tuple = ("name",)
    unique: tuple = ("name",)
    points_to: dict = dataclasses.field(default_factory=dict)
    # Those of points_to whose end is the end of the object too; the others are emptied.
    lives_in: tuple = ()
    lists: dict = dataclasses.field(default_factory=dict)
    unified: bool = False
    survey: bool = False


KINDS = {
    "organizations": Kind(
        "organization",
        {"description": "", "max_hosts": 0, "custom_virtualenv": None},
        points_to=_points("default_environment"),
        lists={"galaxy_credentials": "credentials", "instance_groups": "instance_groups", **_NOTIFIES, **_APPROVALS},
    ),
    "instance_groups": Kind("instance_group", {}),
    "teams": Kind("team", {"description": ""}, **_within("organization")),
    "labels": Kind("label", {}, **_within("organization")),
    "credential_types": Kind(
        "credential_type",
        {"description": "", "kind": "cloud", "namespace": None, "managed": False, "inputs": {}, "injectors": {}},
        required=("name", "kind"),
        unique=("name", "kind"),
    ),
    "credentials": Kind(
        "credential",
        {"description": "", "inputs": {}, "managed": False},
        required=("name", "credential_type"),
        unique=("name", "organization", "credential_type"),
        points_to=_points("organization credential_type"),
    ),
    "execution_environments": Kind(
        "execution_environment",
        {"description": "", "image": "", "pull": "", "managed": False},
        required=("name", "image"),
        points_to=_points("organization credential"),
        lives_in=("organization",),
    ),
    "notification_templates": Kind(
        "notification_template",
        {
            "description": "",
            "notification_type": "",
            "notification_configuration": {},
            "messages": {"started": None, "success": None, "error": None},
        },
        **_within("organization", "notification_type"),
    ),
    "projects": Kind(
        "project",
        _fields(
            "description scm_type scm_url scm_branch scm_refspec local_path",
            false="scm_clean scm_track_submodules scm_delete_on_update scm_update_on_launch allow_override",
            zero="timeout scm_update_cache_timeout",
            none="custom_virtualenv",
        ),
        unique=("name", "organization"),
        points_to=_points("organization credential default_environment signature_validation_credential"),
        lists=_NOTIFIES,
        unified=True,
    ),
    "inventories": Kind(
        "inventory",
        {"description": "", "kind": "", "host_filter": None, "variables": "", "prevent_instance_group_fallback": False}
        | {"pending_deletion": False},
        **_within("organization"),
        lists={"instance_groups": "instance_groups", "input_inventories": "inventories"},
    ),
    "inventory_sources": Kind(
        "inventory_source",
        _fields(
            "description source source_path source_vars scm_branch enabled_var enabled_value host_filter limit",
            false="overwrite overwrite_vars update_on_launch",
            zero="timeout update_cache_timeout",
            none="custom_virtualenv",
            verbosity=1,
        ),
        required=("name", "inventory"),
        unique=("name", "inventory"),
        points_to=_points("inventory source_project credential execution_environment"),
        lives_in=("inventory",),
        lists=_NOTIFIES,
        unified=True,
    ),
    "hosts": Kind(
        "host",
        {"description": "", "enabled": True, "variables": ""},
        **_within("inventory"),
        lists={"inventory_sources": "inventory_sources"},
    ),
    "groups": Kind(
        "group",
        {"description": "", "variables": ""},
        **_within("inventory"),
        lists={"hosts": "hosts", "children": "groups"},
    ),
    "job_templates": Kind(
        "job_template",
        _fields(
            "description playbook scm_branch limit extra_vars job_tags skip_tags start_at_task host_config_key "
            "webhook_service",
            false="force_handlers use_fact_cache survey_enabled become_enabled diff_mode allow_simultaneous "
            "prevent_instance_group_fallback",
            zero="forks verbosity timeout",
            none="custom_virtualenv",
            job_type="run",
            job_slice_count=1,
            **_ASKS,
        ),
        unique=("name", "organization"),
        points_to=_points("organization inventory project execution_environment webhook_credential"),
        lists={**_PROMPT_LISTS, **_NOTIFIES},
        unified=True,
        survey=True,
    ),
    "workflow_job_templates": Kind(
        "workflow_job_template",
        _fields(
            "description extra_vars webhook_service",
            false="survey_enabled allow_simultaneous ask_variables_on_launch ask_inventory_on_launch "
            "ask_scm_branch_on_launch ask_limit_on_launch ask_labels_on_launch ask_tags_on_launch "
            "ask_skip_tags_on_launch",
            none="limit scm_branch job_tags skip_tags",
        ),
        unique=("name", "organization"),
        points_to=_points("organization inventory webhook_credential"),
        lists={"labels": "labels", **_NOTIFIES, **_APPROVALS},
        unified=True,
        survey=True,
    ),
    "workflow_approval_templates": Kind(
        "workflow_approval_template", {"description": "", "timeout": 0}, unique=(), unified=True
    ),
    "workflow_job_template_nodes": Kind(
        "workflow_job_template_node",
        {**_UNSET, "identifier": "", "all_parents_must_converge": False},
        required=("workflow_job_template",),
        unique=("identifier", "workflow_job_template"),
        points_to=_points("workflow_job_template unified_job_template inventory execution_environment"),
        lives_in=("workflow_job_template",),
        lists={**_PROMPT_LISTS, **dict.fromkeys(NODE_LINKS, "workflow_job_template_nodes")},
    ),
    "schedules": Kind(
        "schedule",
        {**_UNSET, "description": "", "rrule": "", "enabled": True},
        required=("name", "rrule", "unified_job_template"),
        unique=("name", "unified_job_template"),
        points_to=_points("unified_job_template inventory execution_environment"),
        lives_in=("unified_job_template",),
        lists=_PROMPT_LISTS,
    ),
    "project_updates": Kind("project_update", {"status": "pending", "scm_revision": ""}, unique=()),
    "inventory_updates": Kind(
        "inventory_update",
        {"status": "pending", "finished": None, "failed": False},
        unique=(),
        points_to=_points("inventory_source"),
        lives_in=("inventory_source",),
    ),
}
# Objects of these share their numbers, and are listed together as unified_job_templates.
UNIFIED = [endpoint for endpoint, kind in KINDS.items() if kind.unified]
