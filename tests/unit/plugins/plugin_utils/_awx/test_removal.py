# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The removal of what the role made, from the stub of AWX's API, and what stays."""

import json
import urllib.parse

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import api as awx_api
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import objects as awx_objects
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import removal as awx_removal
from awx_stub.server import Stub

URL = "https://git.example.com/san.git"
LISTS = awx_objects.joined(
    {
        "organizations": [{"name": "SAN", "description": "ours", "state": "exists"}],
        "labels": [{"name": "storage", "organization": "SAN"}],
        "credential_types": [{"name": "ONTAP", "kind": "cloud"}],
        "credentials": [
            {"name": "Arrays", "description": "ours", "organization": "SAN", "credential_type": "ONTAP"},
            {"name": "Hosts", "description": "ours", "organization": "SAN", "credential_type": "Machine"},
        ],
        "execution_environments": [{"name": "SAN", "organization": "SAN"}],
        "projects": [{"name": "SAN", "organization": "SAN"}],
        "inventories": [{"name": "Fleet", "description": "ours", "organization": "SAN", "state": "exists"}],
        "inventory_sources": [{"name": "SAN project", "inventory": "Fleet", "organization": "SAN"}],
        "hosts": [{"name": "own", "inventory": "Fleet"}],
        "templates": [{"name": "Audit", "organization": "SAN"}],
        "workflows": [{"name": "Nightly", "organization": "SAN"}],
        "schedules": [{"name": "Nightly", "unified_job_template": "Nightly", "organization": "SAN"}],
    },
    {},
)


class Api:
    """The calls of plugin_utils._awx.api, on a stub that does not listen."""

    def __init__(self):
        self.stub = Stub({URL: ["audit.yml"]}, "admin", "secret", {"inventory.yml": ["node1"]})

    def ask(self, method, path, **sent):
        return self.stub.answer(method, path, self.stub.login, json.dumps(sent).encode())[1]

    def listed(self, endpoint, **query):
        return self.ask("GET", f"/api/v2/{endpoint}/?{urllib.parse.urlencode(query)}")["results"]

    def delete(self, item):
        self.ask("DELETE", item["url"])

    def make(self, endpoint, **sent):
        return self.stub.world.create(endpoint, sent)["id"]

    def names(self):
        return {
            f"{endpoint} {item['name']}"
            for endpoint, objects in self.stub.world.objects.items()
            for item in objects.values()
            if "name" in item and not endpoint.endswith("_updates")
        }


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def fresh(api):
    return api.names()


@pytest.fixture
def site(api, fresh):
    """Return the ids of a site as the role creates it."""
    world = api.stub.world
    san = api.make("organizations", name="SAN", description="ours")
    ontap = api.make("credential_types", name="ONTAP", kind="cloud")
    machine = world.find("credential_types", name="Machine")[0]["id"]
    for name, kind in (("Arrays", ontap), ("Hosts", machine)):
        api.make("credentials", name=name, description="ours", organization=san, credential_type=kind)
    api.make("execution_environments", name="SAN", organization=san, image="san:1")
    project = api.make("projects", name="SAN", organization=san, scm_type="git", scm_url=URL)
    for dummy in range(2):
        world.look_at_update(1)
    fleet = api.make("inventories", name="Fleet", description="ours", organization=san)
    source = api.make("inventory_sources", name="SAN project", inventory=fleet, source="scm", source_project=project)
    world.change("inventory_sources", source, {"source_path": "inventory.yml"})
    world.look_at_inventory_update(world.begin_inventory_update(source)["id"])
    api.make("hosts", name="own", inventory=fleet)
    api.make("job_templates", name="Audit", project=project, inventory=fleet, playbook="audit.yml")
    workflow = api.make("workflow_job_templates", name="Nightly", organization=san)
    api.make("schedules", name="Nightly", unified_job_template=workflow, rrule=RRULE)
    return {"san": san, "fleet": fleet, "source": source}


RRULE = "DTSTART:20260101T000000Z RRULE:FREQ=DAILY;INTERVAL=1"


def removed(api, lists=LISTS, check_mode=False):
    return list(awx_removal.removed(api, lists, check_mode))


def left(done):
    return {each["name"]: each["left"] for each in done if each["left"]}


def test_all_of_it_is_removed(api, fresh, site):
    done = removed(api)
    assert api.names() == fresh and left(done) == {}
    assert [(each["module"], each["name"]) for each in done if each["changed"]] == [
        ("schedule", "Nightly"),
        ("workflow_job_template", "Nightly"),
        ("job_template", "Audit"),
        ("host", "own"),
        ("inventory", "Fleet"),
        ("project", "SAN"),
        ("execution_environment", "SAN"),
        ("credential", "Hosts"),
        ("credential", "Arrays"),
        ("credential_type", "ONTAP"),
        ("organization", "SAN"),
    ]


def test_a_second_removal_changes_nothing(api, site):
    removed(api)
    before = len(api.stub.writes())
    assert not any(each["changed"] or each["left"] for each in removed(api))
    assert len(api.stub.writes()) == before


def test_check_mode_says_the_same_and_removes_nothing(api, site):
    before, done = api.names(), removed(api, check_mode=True)
    assert api.names() == before
    # The source goes with its inventory, and the only host by hand is one of the lists.
    assert {each["name"] for each in done if each["changed"]} >= {"Audit", "SAN", "Nightly"}
    assert left(done) == {}


@pytest.mark.parametrize(
    ("endpoint", "name"), [("organizations", "SAN"), ("inventories", "Fleet"), ("credentials", "Hosts")]
)
def test_what_others_created_under_the_name_stays(api, site, endpoint, name):
    item = api.stub.world.find(endpoint, name=name)[0]
    api.stub.world.change(endpoint, item["id"], {"description": "theirs"})
    done = removed(api)
    assert api.stub.world.find(endpoint, id=item["id"])
    assert left(done)[name].startswith("its description is not the one")


@pytest.mark.parametrize(
    ("endpoint", "sent"),
    [
        ("teams", {}),
        ("inventories", {}),
        ("projects", {}),
        ("workflow_job_templates", {}),
        ("execution_environments", {"image": "theirs:1"}),
        ("credentials", {"credential_type": 1, "inputs": {}}),
        ("notification_templates", {"notification_type": "email"}),
    ],
)
def test_an_organization_with_objects_of_others_stays(api, site, endpoint, sent):
    number = api.make(endpoint, name="theirs", organization=site["san"], **sent)
    done = removed(api)
    assert left(done) == {"SAN": f"it still has {endpoint.replace('_', ' ')}"}
    assert api.stub.world.find(endpoint, id=number) and api.stub.world.find("organizations", name="SAN")


@pytest.mark.parametrize("check_mode", [False, True])
def test_an_inventory_with_hosts_of_others_stays(api, site, check_mode):
    number = api.make("hosts", name="theirs", inventory=site["fleet"])
    done = removed(api, check_mode=check_mode)
    assert left(done)["Fleet"] == "it has hosts that no inventory source brought"
    assert left(done)["SAN"] == "it still has inventories"
    assert api.stub.world.find("hosts", id=number)
    assert bool(api.stub.world.find("inventory_sources")) is check_mode


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_credential_type_with_credentials_of_others_stays(api, site, check_mode):
    other = api.make("organizations", name="Other")
    ontap = api.stub.world.find("credential_types", name="ONTAP")[0]["id"]
    api.make("credentials", name="theirs", organization=other, credential_type=ontap)
    assert left(removed(api, check_mode=check_mode)) == {"ONTAP": "it still has credentials"}


def test_what_cannot_be_known_stays(api, site):
    lists = {**LISTS, "inventories": [{"name": "Fleet", "organization": "SAN"}]}
    assert left(removed(api, lists))["Fleet"].startswith("the lists give it no description")


def test_an_object_that_the_lists_leave_alone_stays(api, site):
    lists = awx_objects.joined(LISTS, {"execution_environments": [{"name": "SAN", "state": "exists"}]})
    assert left(removed(api, lists))["SAN"]
    assert api.stub.world.find("execution_environments", name="SAN")


def test_an_object_that_the_lists_remove_is_removed(api, site):
    api.stub.world.change("organizations", site["san"], {"description": "theirs"})
    lists = awx_objects.joined(LISTS, {"organizations": [{"name": "SAN", "state": "absent"}]})
    removed(api, lists)
    assert not api.stub.world.find("organizations", name="SAN")


def test_two_objects_of_a_name_stay(api, site):
    other = api.make("organizations", name="Other")
    api.make("projects", name="SAN", organization=other)
    lists = awx_objects.joined({**LISTS, "projects": [{"name": "SAN"}]}, {})
    assert left(removed(api, lists))["SAN"]
    assert len(api.stub.world.find("projects", name="SAN")) == 2


def test_what_is_being_deleted_is_not_there(api, site):
    api.stub.world.find("inventories", name="Fleet")[0]["pending_deletion"] = True
    done = removed(api)
    assert not left(done) and "Fleet" not in [each["name"] for each in done if each["changed"]]
    assert not api.stub.world.find("organizations", name="SAN")


def test_a_refusal_names_the_object(api, site):
    def refuse(item):
        raise awx_api.AwxError("You don't have permission")

    api.delete = refuse
    with pytest.raises(awx_api.AwxError, match="schedule Nightly: You don't have permission"):
        removed(api)
