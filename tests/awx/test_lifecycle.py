# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole life of a site: overrides of every kind, changes by hand, and the removal of all of it."""

import re

import pytest
from awx_stub.kinds import KINDS

RRULE = "DTSTART;TZID=Europe/Berlin:20260101T030000 RRULE:FREQ=WEEKLY;BYDAY=SU;INTERVAL=1"
# Of each kind: a change to the object of the role, and an object of the site.
OVERRIDES = {
    "controller_organizations": [{"name": "SAN", "max_hosts": 200}],
    "controller_labels": [{"name": "storage", "organization": "SAN"}],
    "controller_credential_types": [
        {"name": "ONTAP arrays", "description": "Accounts"},
        {"name": "Vendor", "kind": "cloud"},
    ],
    "controller_credentials": [
        {"name": "SAN hosts", "description": "The hosts of the site"},
        {"name": "Vendor", "description": "Support", "organization": "SAN", "credential_type": "Vendor"},
    ],
    "controller_execution_environments": [
        {"name": "SAN", "pull": "always"},
        {"name": "Tools", "organization": "SAN", "image": "registry.example.com/tools:1"},
    ],
    "controller_notifications": [
        {"name": "SAN webhook", "description": "The chat"},
        {
            "name": "Pager",
            "organization": "SAN",
            "notification_type": "webhook",
            "notification_configuration": {
                "url": "https://pager.example.com",
                "http_method": "POST",
                "headers": {},
                "disable_ssl_verification": False,
                "username": "",
                "password": "",
            },
        },
    ],
    "controller_projects": [{"name": "SAN", "scm_clean": True}],
    "controller_inventories": [
        {"name": "SAN hosts", "variables": {"audit_policy": "site"}},
        {"name": "Lab", "description": "The lab", "organization": "SAN"},
    ],
    "controller_inventory_sources": [{"name": "SAN project", "verbosity": 2}],
    "controller_hosts": [{"name": "node9", "inventory": "Lab"}],
    "controller_groups": [{"name": "rack1", "inventory": "Lab", "hosts": ["node9"]}],
    "controller_templates": [
        {"name": "SAN audit", "job_slice_count": 12, "labels": ["storage"]},
        {"name": "SAN weekly", "organization": "SAN", "project": "SAN", "inventory": "Lab", "playbook": "audit.yml"},
    ],
    "controller_workflows": [{"name": "SAN nightly audit", "description": "Every night"}],
    "controller_schedules": [
        {"name": "SAN nightly audit", "enabled": False},
        {"name": "SAN weekly", "organization": "SAN", "unified_job_template": "SAN weekly", "rrule": RRULE},
    ],
}
# Of each kind: the object of the role, and what somebody changes in it by hand.
BY_HAND = [
    ("credential_types", "ONTAP arrays", {"description": "mine"}),
    ("credentials", "SAN hosts", {"description": "mine"}),
    ("execution_environments", "SAN", {"image": "registry.example.com/mine:1"}),
    ("notification_templates", "SAN webhook", {"description": "mine"}),
    ("projects", "SAN", {"scm_branch": "mine", "allow_override": True}),
    ("inventories", "SAN hosts", {"variables": "{}"}),
    ("inventory_sources", "SAN project", {"host_filter": "node1", "overwrite": False}),
    ("hosts", "node9", {"enabled": False, "description": "mine"}),
    ("groups", "rack1", {"description": "mine", "variables": "{}"}),
    ("job_templates", "SAN audit", {"limit": "node1", "job_slice_count": 2, "ask_variables_on_launch": True}),
    ("job_templates", "SAN remediate", {"playbook": "audit.yml", "forks": 1}),
    ("workflow_job_templates", "SAN nightly audit", {"allow_simultaneous": True, "survey_enabled": True}),
    ("schedules", "SAN nightly audit", {"enabled": True, "description": "mine"}),
]
# Fields that neither the role nor OVERRIDES say.
NOBODYS = {("hosts", "description"), ("hosts", "enabled"), ("groups", "description"), ("groups", "variables")}


def values(world):
    return {
        (endpoint, name): {field: world.find(endpoint, name=name)[0][field] for field in fields}
        for endpoint, name, fields in BY_HAND
    }


def rest(world):
    """Return what is on a controller beside the traces of updates."""
    return {
        f"{endpoint}: {item.get('name') or item.get('identifier')}"
        for endpoint in KINDS
        if not endpoint.endswith("_updates")
        for item in world.find(endpoint)
    }


@pytest.fixture(scope="module")
def fresh(site):
    return rest(site.stub.world)


@pytest.fixture(scope="module")
def runs(site, fresh):
    """Return the first two runs."""
    return [site.run(**OVERRIDES) for dummy in range(2)]


@pytest.fixture(scope="module")
def built(site, runs):
    return values(site.stub.world)


@pytest.fixture(scope="module")
def repaired(site, built):
    for endpoint, name, fields in BY_HAND:
        site.stub.world.change(endpoint, site.stub.world.find(endpoint, name=name)[0]["id"], fields)
    return [site.run(**OVERRIDES) for dummy in range(2)]


@pytest.fixture(scope="module")
def removed(site, repaired):
    """Return a removal that is only checked, the removal, and a second one."""
    return [site.run(*options, awx_state="absent", **OVERRIDES) for options in (["--check"], [], [])]


def test_the_second_run_changes_nothing(site, runs):
    assert [run.code for run in runs] == [0, 0], runs[-1].text
    assert site.stub.refused == [] and runs[1].changed == 0 and runs[1].writes() == []


def test_what_somebody_changed_by_hand_is_brought_back(site, built, repaired):
    assert [run.code for run in repaired] == [0, 0], repaired[0].text
    wanted = {
        key: {field: value for field, value in fields.items() if (key[0], field) not in NOBODYS}
        for key, fields in built.items()
    }
    found = {
        key: {field: value for field, value in fields.items() if field in wanted[key]}
        for key, fields in values(site.stub.world).items()
    }
    assert found == wanted and repaired[0].changed > 0


def test_no_change_repeats(repaired):
    assert repaired[1].changed == 0 and repaired[1].writes() == []


def test_a_removal_that_is_only_checked_removes_nothing(removed):
    assert removed[0].code == 0 and removed[0].changed == 1, removed[0].text
    assert removed[0].writes() == []
    assert "  project SAN: would be removed" in removed[0].text


def test_nothing_is_left(site, fresh, removed):
    assert removed[1].code == 0 and removed[1].changed == 1, removed[1].text
    # The controller removes a label itself, with what has it; and it ends with its organization.
    assert rest(site.stub.world) == fresh
    assert "left alone" not in removed[1].text


def test_each_object_is_named_and_removed_after_what_needs_it(removed):
    names = re.findall("^  (.*): removed$", removed[1].text, re.MULTILINE)
    order = [
        "schedule SAN nightly audit",
        "workflow job template SAN remediation",
        "job template SAN audit",
        "inventory SAN hosts",
        "project SAN",
        "credential SAN arrays",
        "credential type ONTAP arrays",
        "organization SAN",
    ]
    assert [name for name in names if name in order] == order


def test_a_second_removal_changes_nothing(removed):
    assert removed[2].code == 0 and removed[2].changed == 0, removed[2].text
    assert removed[2].writes() == []


def test_tokens_are_given_back(site, removed):
    assert site.stub.tokens_made == site.stub.tokens_given_back > 0


class TestOthers:
    """What the role did not make stays."""

    @pytest.fixture
    def world(self, controller):
        return controller.stub.world

    def test_an_organization_that_was_there(self, controller, world):
        world.create("organizations", {"name": "Storage", "description": "The storage team"})
        galaxy = world.find("credentials", name="Ansible Galaxy")[0]["id"]
        number = world.find("organizations", name="Storage")[0]["id"]
        world.associate("organizations", number, "galaxy_credentials", {"id": galaxy})
        world.create("inventories", {"name": "SAN hosts", "organization": number, "description": "The fleet"})
        host = world.create("hosts", {"name": "theirs", "inventory": world.find("inventories")[0]["id"]})
        assert controller.run(awx_organization="Storage").code == 0
        assert world.lists["organizations", number, "galaxy_credentials"] == [galaxy]
        assert world.find("organizations", name="Storage")[0]["description"] == "The storage team"
        assert world.find("inventories", name="SAN hosts")[0]["description"] == "The fleet"
        run = controller.run(awx_organization="Storage", awx_state="absent")
        assert run.code == 0, run.text
        assert world.find("hosts", id=host["id"]) and not world.find("job_templates")
        assert not world.find("inventory_sources")
        for name in ("organization Storage", "inventory SAN hosts"):
            assert f"  {name}: left alone: its description is not the one" in run.text

    def test_what_others_put_into_it(self, controller, world):
        assert controller.run().code == 0
        organization = world.find("organizations", name="SAN")[0]["id"]
        inventory = world.find("inventories", name="SAN hosts")[0]["id"]
        world.create("hosts", {"name": "by-hand", "inventory": inventory})
        world.create("teams", {"name": "Operators", "organization": organization})
        # What was in the credential is not known here, and it is removed all the same.
        run = controller.run(awx_state="absent", awx_arrays=[], awx_machine_inputs={}, awx_ee_image="")
        assert run.code == 0, run.text
        assert "inventory SAN hosts: left alone: it has hosts that no inventory source brought" in run.text
        assert "organization SAN: left alone: it still has inventories, teams" in run.text
        assert world.find("hosts", name="by-hand") and world.find("teams") and world.find("organizations", name="SAN")
        assert not world.find("credentials", name="SAN arrays")

    def test_a_credential_that_was_there(self, controller, world):
        assert controller.run(awx_state="absent").code == 0
        number = world.create("organizations", {"name": "SAN"})["id"]
        machine = world.find("credential_types", name="Machine")[0]["id"]
        world.create(
            "credentials", {"name": "SAN hosts", "organization": number, "credential_type": machine, "inputs": {}}
        )
        run = controller.run(awx_state="absent")
        assert run.code == 0 and run.changed == 0, run.text
        assert "credential SAN hosts: left alone" in run.text and world.find("credentials", name="SAN hosts")


def test_an_emptied_webhook_is_removed(controller):
    assert controller.run().code == 0
    runs = [controller.run(awx_webhook_url="", awx_inventory_path="") for dummy in range(2)]
    assert [run.code for run in runs] == [0, 0], runs[0].text
    world = controller.stub.world
    assert not world.find("notification_templates") and not world.find("inventory_sources")
    assert "  notification template SAN webhook: changed" in runs[0].text and runs[1].changed == 0


def test_an_inventory_that_cannot_be_read_is_tried_again(controller):
    hosts = controller.stub.world.inventories.pop("inventory.yml")
    run = controller.run()
    assert run.code == 2 and "inventory_source_update SAN project: The inventory_update" in run.text
    assert not controller.stub.world.find("job_templates")
    controller.stub.world.inventories["inventory.yml"] = hosts
    assert controller.run().code == 0 and len(controller.stub.world.find("hosts")) == 2
