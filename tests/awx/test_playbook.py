# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook sanops.multipath.awx with its defaults.

The first run builds all objects, the second changes nothing, and a later one repairs changes made by hand.
"""

import json
import os
import pathlib
import re

import pytest
from awx_stub.kinds import KINDS
from awx_stub.runs import SECRETS

# What somebody may set by hand on a template: each decides what its jobs do, or who may start them.
DECIDES = {
    "limit": "node1",
    "job_tags": "never",
    "skip_tags": "always",
    "start_at_task": "Remove",
    "scm_branch": "mine",
    "verbosity": 4,
    "timeout": 1,
    "become_enabled": True,
    "diff_mode": True,
    "force_handlers": True,
    "use_fact_cache": True,
    "survey_enabled": True,
    "host_config_key": "key",
    "webhook_service": "github",
}
ASKS = {name: True for name in KINDS["job_templates"].fields if name.startswith("ask_")}
DECIDES_OF_A_WORKFLOW = {"extra_vars": '{"stale_devices_hazards": ["recycled"]}', "survey_enabled": True}
GOLDEN = pathlib.Path(__file__).with_name("first_run.json")


@pytest.fixture(scope="module")
def first(site):
    return site.run("-vvv")


@pytest.fixture(scope="module")
def second(site, first):
    return site.run()


@pytest.fixture(scope="module")
def built(site, second):
    """Return the controller's objects by name, as the playbook left them: a repair has to restore these."""
    return by_name(site.stub.world)


@pytest.fixture(scope="module")
def repaired(site, built):
    world = site.stub.world
    approval = world.find("workflow_job_template_nodes", identifier="approval")[0]
    world.delete("workflow_job_template_nodes", approval["id"])
    world.delete("schedules", world.find("schedules", name="SAN nightly audit")[0]["id"])
    report, remediate = (
        world.find("workflow_job_template_nodes", identifier=name)[-1]["id"] for name in ("plan", "remediate")
    )
    world.associate("workflow_job_template_nodes", report, "always_nodes", {"id": remediate})
    template = world.find("job_templates", name="SAN remediate")[0]
    world.change("job_templates", template["id"], {"job_slice_count": 8, **DECIDES, **ASKS})
    workflow = world.find("workflow_job_templates", name="SAN remediation")[0]
    world.change("workflow_job_templates", workflow["id"], {**DECIDES_OF_A_WORKFLOW, "ask_variables_on_launch": True})
    world.change("projects", world.find("projects", name="SAN")[0]["id"], {"allow_override": True})
    world.associate(
        "workflow_job_templates", workflow["id"], "notification_templates_error", {"id": 1, "disassociate": True}
    )
    assert by_name(world) != built
    return site.run()


def by_name(world):
    """Return everything in `world` with numbers replaced by the names of the objects that have them."""

    def name(endpoint, number):
        if number is None:
            return None
        item = world.get(endpoint, number)
        return (
            item.get("name")
            or f"{item['identifier']} of {world.get('workflow_job_templates', item['workflow_job_template'])['name']}"
        )

    seen = {}
    for endpoint, objects in world.objects.items():
        if endpoint in ("project_updates", "inventory_updates"):
            continue
        for number, item in objects.items():
            points = KINDS[endpoint].points_to
            shown = {
                key: name(points[key], value) if key in points else value for key, value in item.items() if key != "id"
            }
            lists = {
                key[2]: sorted(name(KINDS[endpoint].lists[key[2]], each) for each in ids)
                for key, ids in world.lists.items()
                if key[:2] == (endpoint, number) and ids
            }
            seen[f"{endpoint}: {name(endpoint, number)}"] = {**shown, **lists}
    return seen


def censored(text):
    for secret in SECRETS:
        text = text.replace(secret, "(secret)")
    return text


class TestFirst:
    def test_succeeds_and_is_refused_nothing(self, site, first):
        assert first.code == 0, first.text
        assert site.stub.refused == []

    def test_sends_exactly_this(self, first):
        """UPDATE_GOLDEN=1 rewrites the list: read its diff."""
        sent = json.loads(
            censored(
                json.dumps([{"method": method, "path": path, "body": body} for method, path, body in first.writes()])
            )
        )
        if os.environ.get("UPDATE_GOLDEN"):
            GOLDEN.write_text(json.dumps(sent, indent=1) + "\n")
        assert sent == json.loads(GOLDEN.read_text())

    def test_shows_no_secret_even_when_it_is_verbose(self, first):
        assert not [secret for secret in SECRETS if secret in first.text]

    def test_secrets_are_in_credentials_only(self, first):
        inside = {path for dummy, path, body in first.writes() if any(secret in json.dumps(body) for secret in SECRETS)}
        assert inside == {"/api/v2/credentials/"}

    def test_arrays_reach_the_run_as_a_variable(self, site, first):
        injectors = site.stub.world.find("credential_types", name="ONTAP arrays")[0]["injectors"]
        assert injectors == {"extra_vars": {"san_arrays": "{{ arrays }}"}}

    def test_only_the_audit_is_sliced(self, site, first):
        slices = {
            item["name"]: (item["job_slice_count"], item["ask_job_slice_count_on_launch"])
            for item in site.stub.world.find("job_templates")
        }
        assert slices == {
            "SAN audit": (4, False),
            "SAN report": (1, False),
            "SAN plan": (1, False),
            "SAN policy": (1, False),
            "SAN remediate": (1, False),
            "SAN audit again": (1, False),
        }

    def test_no_variables_are_asked_on_launch(self, site, first):
        assert not any(item["ask_variables_on_launch"] for item in site.stub.world.find("job_templates"))

    def test_workflow_asks_before_it_removes(self, first, built):
        links = {
            name.partition(": ")[2]: {
                key: item[key] for key in ("always_nodes", "success_nodes", "failure_nodes") if key in item
            }
            for name, item in built.items()
            if name.endswith("of SAN remediation")
        }
        assert links == {
            "audit of SAN remediation": {"always_nodes": ["plan of SAN remediation"]},
            "plan of SAN remediation": {
                "success_nodes": ["approval of SAN remediation"],
                "failure_nodes": ["policy of SAN remediation"],
            },
            "policy of SAN remediation": {},
            "approval of SAN remediation": {"success_nodes": ["remediate of SAN remediation"]},
            "remediate of SAN remediation": {"success_nodes": ["audit again of SAN remediation"]},
            "audit again of SAN remediation": {},
        }
        assert built["workflow_approval_templates: Remove stale devices?"]["timeout"] == 28800

    def test_only_a_plan_that_removes_something_is_asked_about(self, built):
        plan, report = (built[f"job_templates: SAN {name}"] for name in ("plan", "report"))
        variables = json.loads(report["extra_vars"])
        assert json.loads(plan["extra_vars"]) == {
            **variables,
            "report_for_approval": True,
            "stale_devices_max_share": 0.25,
        }
        assert (
            "job SAN plan of this workflow"
            in built["workflow_approval_templates: Remove stale devices?"]["description"]
        )

    def test_a_report_misses_only_hosts_that_the_audit_asks(self, built):
        for name in ("audit", "report", "plan", "audit again"):
            variables = json.loads(built[f"job_templates: SAN {name}"]["extra_vars"])
            assert variables["audit_hosts"] == "san", name

    def test_failing_policy_is_the_end_of_the_night_and_stops_nothing(self, built):
        nodes = {name: item for name, item in built.items() if name.endswith("of SAN nightly audit")}
        ends = "workflow_job_template_nodes: policy of SAN nightly audit"
        report = nodes["workflow_job_template_nodes: report of SAN nightly audit"]
        assert report["success_nodes"] == ["policy of SAN nightly audit"]
        assert not [key for key in nodes[ends] if key in ("always_nodes", "success_nodes", "failure_nodes")]
        report, policy = (built[f"job_templates: SAN {name}"] for name in ("report", "policy"))
        assert json.loads(report["extra_vars"])["report_fails"] is False and policy["playbook"] == "policy.yml"

    def test_nightly_audit_is_at_two_in_berlin(self, built):
        schedule = built["schedules: SAN nightly audit"]
        assert schedule["rrule"] == "DTSTART;TZID=Europe/Berlin:20260101T020000 RRULE:FREQ=DAILY;INTERVAL=1"
        assert schedule["unified_job_template"] == "SAN nightly audit" and schedule["enabled"]

    def test_the_webhook_is_notified(self, built):
        notifications = {
            key: value
            for key, value in built["workflow_job_templates: SAN remediation"].items()
            if key.startswith("notification")
        }
        assert notifications == {
            f"notification_templates_{when}": ["SAN webhook"] for when in ("success", "error", "approvals")
        }

    def test_the_inventory_is_filled_before_the_first_launch(self, site, first):
        assert [host["name"] for host in site.stub.world.find("hosts")] == ["node1", "node2"]
        updates = [path for dummy, path, body in first.writes() if path.endswith("/update/")]
        assert updates == ["/api/v2/inventory_sources/2/update/"]
        audit = site.stub.world.find("job_templates", name="SAN audit")[0]["id"]
        assert site.stub.world.launch("job_templates", audit, {})["slices"] == 2

    def test_a_launch_takes_nothing_for_the_remediation(self, site, first):
        number = site.stub.world.find("job_templates", name="SAN remediate")[0]["id"]
        sent = {"extra_vars": {"stale_devices_hazards": ["recycled"]}, "limit": "node1", "job_slice_count": 2}
        assert site.stub.world.launch("job_templates", number, sent)["ignored_fields"] == sent

    def test_tokens_are_given_back(self, site, first):
        assert site.stub.tokens_made == site.stub.tokens_given_back > 0 and not site.stub.tokens


class TestSecond:
    def test_changes_nothing(self, second):
        assert (second.code, second.changed) == (0, 0), second.text

    def test_sends_nothing(self, second):
        assert second.writes() == [] and len(second.requests) > 50


class TestRepair:
    def test_brings_back_what_somebody_changed(self, site, built, repaired):
        assert repaired.code == 0, repaired.text
        assert by_name(site.stub.world) == built

    def test_says_where(self, repaired):
        changed = re.findall(r"TASK \[sanops.multipath.awx : Create ([^\]]*)\] \*+\n(?:  .*\n)*changed", repaired.text)
        assert changed == ["templates", "what projects allow", "workflows", "nodes", "links", "schedules"]
        for name in (
            "job template SAN remediate",
            "project SAN",
            "workflow job template SAN remediation",
            "workflow job template node approval of SAN remediation",
            "schedule SAN nightly audit",
        ):
            assert f"  {name}: changed" in repaired.text
        assert "job template SAN audit: changed" not in repaired.text

    def test_touches_nothing_else(self, repaired):
        paths = [re.sub(r"\d+", "N", path.removeprefix("/api/v2/")) for dummy, path, body in repaired.writes()]
        assert paths == [
            "job_templates/N/",
            "projects/N/",
            "workflow_job_templates/N/",
            "workflow_job_templates/N/notification_templates_error/",
            "workflow_job_template_nodes/",
            "workflow_job_template_nodes/N/create_approval_template/",
            "workflow_job_template_nodes/N/always_nodes/",
            "workflow_job_template_nodes/N/success_nodes/",
            "workflow_job_template_nodes/N/success_nodes/",
            "schedules/",
        ]
