# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stub of AWX's API: what awx.awx relies on, and what AWX refuses."""

import json

import pytest
from awx_stub.refused import Refused
from awx_stub.server import Stub

URL = "https://git.example.com/san.git"


@pytest.fixture
def stub():
    return Stub({URL: ["audit.yml"]}, "admin", "secret")


@pytest.fixture
def ask(stub):
    def request(method, path, **body):
        return stub.answer(method, "/api/v2/" + path, stub.login, json.dumps(body).encode())[1]

    return request


@pytest.fixture
def refused(ask):
    def request(method, path, **body):
        with pytest.raises(Refused) as caught:
            ask(method, path, **body)
        return caught.value.status, json.dumps(caught.value.body)

    return request


@pytest.fixture
def project(ask):
    made = ask("POST", "projects/", name="SAN", organization=1, scm_type="git", scm_url=URL)
    update = f"project_updates/{made['summary_fields']['current_update']['id']}/"
    assert [ask("GET", update)["status"] for dummy in range(2)] == ["pending", "successful"]
    return made["id"]


@pytest.fixture
def workflow(ask):
    made = ask("POST", "workflow_job_templates/", name="Ask", organization=1)
    return [
        ask("POST", "workflow_job_template_nodes/", identifier=name, workflow_job_template=made["id"])["id"]
        for name in "abc"
    ]


class TestLogin:
    def test_without_it_there_is_nothing(self, stub):
        with pytest.raises(Refused, match="401"):
            stub.answer("GET", "/api/v2/organizations/", None, b"")

    def test_token_is_good_until_it_is_given_back(self, stub):
        token = stub.answer("POST", "/api/v2/tokens/", stub.login, b"{}")[1]
        bearer = "Bearer " + token["token"]
        assert stub.answer("GET", "/api/v2/organizations/", bearer, b"")[0] == 200
        assert stub.answer("DELETE", f"/api/v2/tokens/{token['id']}/", stub.login, b"")[0] == 204
        with pytest.raises(Refused, match="401"):
            stub.answer("GET", "/api/v2/organizations/", bearer, b"")


class TestLists:
    def test_pages(self, ask, refused):
        for number in range(30):
            ask("POST", "labels/", name=f"label{number}", organization=1)
        first = ask("GET", "labels/")
        assert (first["count"], len(first["results"]), first["next"]) == (30, 25, "/api/v2/labels/?page=2")
        second = ask("GET", first["next"].removeprefix("/api/v2/"))
        assert (len(second["results"]), second["next"]) == (5, None)
        assert refused("GET", "labels/?page=3")[0] == 404

    def test_name_or_number(self, ask):
        ask("POST", "organizations/", name="7")
        assert [found["id"] for found in ask("GET", "organizations/?or__id=1&or__name=7")["results"]] == [1, 2]
        assert ask("GET", "organizations/?name=Default")["count"] == 1
        assert ask("GET", "credentials/?name=Ansible+Galaxy&organization=1")["count"] == 0

    def test_field_that_it_does_not_know(self, refused):
        assert refused("GET", "organizations/?colour=red")[0] == 400

    def test_templates_of_every_kind_in_one(self, ask, project):
        assert [found["type"] for found in ask("GET", "unified_job_templates/?name=SAN")["results"]] == ["project"]
        assert ask("GET", "unified_job_templates/?name=SAN&type=job_template")["count"] == 0


class TestObjects:
    def test_what_was_not_sent_is_there_with_its_default(self, ask, project):
        made = ask(
            "POST", "job_templates/", name="Audit", project=project, playbook="audit.yml", ask_inventory_on_launch=True
        )
        assert (made["job_slice_count"], made["verbosity"], made["organization"]) == (1, 0, 1)

    @pytest.mark.parametrize(
        ("path", "body", "why"),
        [
            ("organizations/", {}, "This field is required"),
            ("organizations/", {"name": "Default"}, "already exists"),
            ("inventories/", {"name": "Hosts", "organization": 9}, "Invalid pk"),
            ("projects/", {"name": "Other", "organization": 1, "timeout": "soon"}, "Not a valid int"),
            (
                "job_templates/",
                {"name": "Audit", "project": 1, "playbook": "no.yml", "ask_inventory_on_launch": True},
                "Playbook not found",
            ),
            (
                "job_templates/",
                {"name": "Audit", "project": 1, "playbook": "audit.yml"},
                "must either set a default value",
            ),
            (
                "credentials/",
                {"name": "Hosts", "organization": 1, "credential_type": 1, "inputs": {"user": "x"}},
                "Additional properties",
            ),
            (
                "credential_types/",
                {"name": "ONTAP", "kind": "cloud", "injectors": {"extra_vars": {"a": "{{ b }}"}}},
                "undefined field",
            ),
            (
                "schedules/",
                {"name": "Nightly", "unified_job_template": 1, "rrule": "RRULE:FREQ=DAILY;INTERVAL=1"},
                "Valid DTSTART required",
            ),
            (
                "schedules/",
                {"name": "Nightly", "unified_job_template": 1, "rrule": "DTSTART:20260101T000000Z RRULE:FREQ=DAILY"},
                "INTERVAL required",
            ),
            (
                "notification_templates/",
                {"name": "Hook", "organization": 1, "notification_type": "webhook"},
                "Missing required fields",
            ),
        ],
    )
    def test_refuses(self, refused, project, path, body, why):
        status, text = refused("POST", path, **body)
        assert status == 400 and why in text

    def test_secrets_are_not_shown_and_stay(self, stub, ask):
        made = ask(
            "POST",
            "credentials/",
            name="Hosts",
            organization=1,
            credential_type=1,
            inputs={"username": "a", "password": "b"},
        )
        assert made["inputs"] == {"username": "a", "password": "$encrypted$"}
        ask("PATCH", f"credentials/{made['id']}/", inputs={"username": "c", "password": "$encrypted$"})
        assert stub.world.find("credentials", name="Hosts")[0]["inputs"] == {"username": "c", "password": "b"}

    def test_prompt_that_the_template_does_not_ask_for(self, ask, refused, project):
        template = ask(
            "POST", "job_templates/", name="Audit", project=project, playbook="audit.yml", ask_inventory_on_launch=True
        )["id"]
        workflow = ask("POST", "workflow_job_templates/", name="Ask", organization=1)["id"]
        node = {"identifier": "a", "workflow_job_template": workflow, "unified_job_template": template}
        assert "limit" in refused("POST", "workflow_job_template_nodes/", **node, limit="x")[1]
        ask("PATCH", f"job_templates/{template}/", ask_limit_on_launch=True)
        assert ask("POST", "workflow_job_template_nodes/", **node, limit="x")["limit"] == "x"

    def test_credential_type_in_use_keeps_its_fields(self, ask, refused):
        made = ask(
            "POST", "credential_types/", name="ONTAP", kind="cloud", inputs={"fields": [{"id": "a", "type": "string"}]}
        )["id"]
        ask("POST", "credentials/", name="Arrays", organization=1, credential_type=made)
        assert refused("PATCH", f"credential_types/{made}/", inputs={"fields": []})[0] == 403
        assert refused("DELETE", f"credential_types/{made}/")[0] == 403

    def test_keys_that_are_not_sent_stay(self, ask, project):
        template = ask(
            "POST", "job_templates/", name="Audit", project=project, playbook="audit.yml", ask_inventory_on_launch=True
        )["id"]
        ask("PATCH", f"job_templates/{template}/", limit="node1", ask_variables_on_launch=True)
        changed = ask("PATCH", f"job_templates/{template}/", forks=5)
        assert (changed["limit"], changed["ask_variables_on_launch"], changed["forks"]) == ("node1", True, 5)

    def test_what_makes_an_object_unique_depends_on_its_kind(self, ask, refused, project):
        other = ask("POST", "organizations/", name="Other")["id"]
        for kind in ("projects", "inventories", "workflow_job_templates", "teams"):
            numbers = [ask("POST", f"{kind}/", name="Same", organization=each)["id"] for each in (1, other)]
            assert numbers[0] != numbers[1]
            assert "already exists" in refused("POST", f"{kind}/", name="Same", organization=other)[1]
        environment = {"name": "Same", "image": "a:1"}
        ask("POST", "execution_environments/", organization=1, **environment)
        assert "already exists" in refused("POST", "execution_environments/", organization=other, **environment)[1]

    def test_labels_cannot_be_deleted(self, ask, refused):
        number = ask("POST", "labels/", name="storage", organization=1)["id"]
        assert refused("DELETE", f"labels/{number}/")[0] == 405


class TestInventorySources:
    @pytest.fixture
    def source(self, stub, ask, project):
        stub.world.inventories["inventory.yml"] = ["node1", "node2", "node3"]
        inventory = ask("POST", "inventories/", name="Fleet", organization=1)["id"]
        source = {"name": "a", "inventory": inventory, "source": "scm", "source_project": project}
        return ask("POST", "inventory_sources/", source_path="inventory.yml", **source)

    def update(self, ask, source):
        path = ask("POST", source["related"]["update"].removeprefix("/api/v2/"))["url"].removeprefix("/api/v2/")
        return [ask("GET", path)["status"] for dummy in range(2)]

    def test_an_update_brings_hosts(self, ask, source):
        assert source["status"] == "never updated"
        assert self.update(ask, source) == ["pending", "successful"]
        assert ask("GET", f"inventory_sources/{source['id']}/")["status"] == "successful"
        ask("POST", "hosts/", name="by-hand", inventory=source["inventory"])
        query = f"hosts/?inventory={source['inventory']}&inventory_sources__isnull="
        assert [ask("GET", query + each)["count"] for each in ("true", "false")] == [1, 3]

    def test_a_path_that_is_not_there(self, ask, source):
        ask("PATCH", f"inventory_sources/{source['id']}/", source_path="no.yml")
        assert self.update(ask, source) == ["pending", "failed"]

    def test_a_launch_counts_the_hosts_that_are_there(self, ask, source, project):
        template = ask(
            "POST",
            "job_templates/",
            name="Audit",
            project=project,
            playbook="audit.yml",
            inventory=source["inventory"],
            job_slice_count=2,
        )["id"]
        launch = f"job_templates/{template}/launch/"
        assert ask("POST", launch)["slices"] == 1
        self.update(ask, source)
        assert ask("POST", launch)["slices"] == 2

    def test_a_launch_ignores_what_the_template_does_not_ask_for(self, ask, source, project):
        template = {"name": "Audit", "project": project, "playbook": "audit.yml", "inventory": source["inventory"]}
        number = ask("POST", "job_templates/", ask_limit_on_launch=True, **template)["id"]
        answer = ask("POST", f"job_templates/{number}/launch/", limit="node1", extra_vars={"a": 1})
        assert (answer["prompted"], answer["ignored_fields"]) == ({"limit": "node1"}, {"extra_vars": {"a": 1}})


class TestAssociations:
    def test_one_credential_of_each_type(self, ask, refused, project):
        template = ask(
            "POST", "job_templates/", name="Audit", project=project, playbook="audit.yml", ask_inventory_on_launch=True
        )
        path = f"job_templates/{template['id']}/credentials/"
        first, second = (
            ask("POST", "credentials/", name=name, organization=1, credential_type=1)["id"] for name in "ab"
        )
        ask("POST", path, id=first)
        assert "Cannot assign multiple Machine credentials" in refused("POST", path, id=second)[1]
        ask("POST", path, id=first, disassociate=True)
        assert ask("GET", path)["count"] == 0

    def test_no_circle(self, ask, refused, workflow):
        a, b, c = workflow
        ask("POST", f"workflow_job_template_nodes/{a}/success_nodes/", id=b)
        ask("POST", f"workflow_job_template_nodes/{b}/always_nodes/", id=c)
        assert "Cycle" in refused("POST", f"workflow_job_template_nodes/{c}/failure_nodes/", id=a)[1]
        assert "not allowed" in refused("POST", f"workflow_job_template_nodes/{a}/always_nodes/", id=b)[1]

    def test_approval_has_no_links(self, ask, refused, workflow):
        made = ask(
            "POST", f"workflow_job_template_nodes/{workflow[0]}/create_approval_template/", name="Go on?", timeout=60
        )
        assert (
            ask("GET", f"workflow_job_template_nodes/{workflow[0]}/")["related"]["unified_job_template"] == made["url"]
        )
        assert refused("GET", made["url"].removeprefix("/api/v2/") + "success_nodes/")[0] == 404

    def test_what_is_deleted_is_in_no_list(self, ask, workflow):
        a, b, dummy = workflow
        ask("POST", f"workflow_job_template_nodes/{a}/success_nodes/", id=b)
        ask("DELETE", f"workflow_job_template_nodes/{b}/")
        assert ask("GET", f"workflow_job_template_nodes/{a}/success_nodes/")["count"] == 0

    def test_the_objects_inside_it_are_deleted_with_it(self, ask, workflow):
        number = ask("GET", "workflow_job_templates/")["results"][0]["id"]
        ask("DELETE", f"workflow_job_templates/{number}/")
        assert ask("GET", "workflow_job_template_nodes/")["count"] == 0


def test_survey(ask, refused):
    number = ask("POST", "workflow_job_templates/", name="Ask", organization=1)["id"]
    path = f"workflow_job_templates/{number}/survey_spec/"
    assert ask("GET", path) == {}
    assert refused("POST", path, name="x")[0] == 400
    spec = {
        "name": "x",
        "description": "",
        "spec": [{"type": "text", "question_name": "Why?", "variable": "why", "required": False}],
    }
    ask("POST", path, **spec)
    assert ask("GET", path) == spec
