# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a controller is to hold: joined, looked over, in order."""

import copy

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import checks as awx_checks
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import objects as awx_objects

NODES = [
    {"identifier": "audit", "unified_job_template": "Audit", "always_nodes": ["report"]},
    {"identifier": "report", "unified_job_template": "Report", "success_nodes": ["approval"]},
    {"identifier": "approval", "approval_node": {"name": "Go on?"}, "success_nodes": ["remediate"]},
    {"identifier": "remediate", "unified_job_template": "Remediate"},
]
SITE = {
    "organizations": [{"name": "SAN", "description": "x", "galaxy_credentials": ["Galaxy"]}],
    "credentials": [{"name": "Hosts", "credential_type": "Machine"}],
    "projects": [{"name": "SAN", "scm_type": "git", "scm_url": "https://git.example.com/san.git"}],
    "templates": [
        {"name": "Audit", "playbook": "audit.yml", "job_slice_count": 8},
        {"name": "Report", "playbook": "report.yml"},
        {"name": "Remediate", "playbook": "remediate.yml", "job_slice_count": 1},
    ],
    "workflows": [{"name": "Nightly", "organization": "SAN", "simplified_workflow_nodes": NODES}],
    "schedules": [
        {
            "name": "Nightly",
            "unified_job_template": "Nightly",
            "rrule": "DTSTART;TZID=Europe/Berlin:20260101T020000 RRULE:FREQ=DAILY;INTERVAL=1",
        }
    ],
}


def site(kind=None, number=0, **changes):
    """SITE, with changes to one object of it."""
    lists = awx_objects.joined(copy.deepcopy(SITE), {})
    if kind:
        lists[kind][number].update(changes)
    return lists


def with_nodes(**changes):
    """SITE with changes to nodes, by identifier; None takes the node out."""
    nodes = [
        dict(node, **changes.get(node["identifier"]) or {})
        for node in NODES
        if changes.get(node["identifier"], {}) is not None
    ]
    return site("workflows", simplified_workflow_nodes=nodes)


class TestJoined:
    def test_keys_of_the_same_object_and_objects_of_ones_own(self):
        lists = awx_objects.joined(
            {"templates": [{"name": "a", "forks": 5, "limit": "x"}]},
            {"templates": [{"name": "b"}, {"name": "a", "forks": 9}]},
        )
        assert lists["templates"] == [{"name": "a", "forks": 9, "limit": "x"}, {"name": "b"}]

    @pytest.mark.parametrize(
        ("kind", "ours", "entry"),
        [
            ("templates", {"inventory": "SAN hosts", "organization": "SAN"}, {"job_slice_count": 12}),
            ("templates", {"inventory": "SAN hosts"}, {"state": "absent"}),
            ("templates", {"inventory": "SAN hosts"}, {"inventory": "others"}),
            ("workflows", {"organization": "SAN"}, {"limit": "x"}),
            ("inventory_sources", {"inventory": "SAN hosts"}, {"overwrite": False}),
            ("credentials", {"organization": "SAN", "credential_type": "Machine"}, {"description": "x"}),
            ("schedules", {"unified_job_template": "SAN nightly audit"}, {"enabled": False}),
        ],
    )
    def test_an_entry_changes_the_object_of_its_name(self, kind, ours, entry):
        joined = awx_objects.joined({kind: [{"name": "a", **ours}]}, {kind: [{"name": "a", **entry}]})
        assert joined[kind] == [{"name": "a", **ours, **entry}]

    @pytest.mark.parametrize(
        ("kind", "key"),
        [
            ("templates", "organization"),
            ("credentials", "credential_type"),
            ("groups", "inventory"),
            ("schedules", "unified_job_template"),
        ],
    )
    def test_what_the_controller_holds_apart_is_two_objects(self, kind, key):
        ours, entry = {"name": "a", key: "one"}, {"name": "a", key: "two"}
        assert awx_objects.joined({kind: [ours]}, {kind: [entry]})[kind] == [ours, entry]

    def test_an_alias_of_an_option_is_that_option(self):
        """Ansible takes the alias, and what is pinned under the option's name would not count."""
        ours = {"name": "a", "ask_variables_on_launch": False, "ask_job_slice_count_on_launch": False}
        entry = {"name": "a", "ask_extra_vars": True, "ask_job_slice_count": True, "fact_caching_enabled": True}
        (template,) = awx_objects.joined({"templates": [ours]}, {"templates": [entry]})["templates"]
        assert template == {
            "name": "a",
            "ask_variables_on_launch": True,
            "ask_job_slice_count_on_launch": True,
            "use_fact_cache": True,
        }

    def test_who_changes_an_object_does_not_want_it_left_alone(self):
        ours = {"organizations": [{"name": "SAN", "state": "exists"}]}
        for entry, state in (
            ({"description": "x"}, None),
            ({"state": "exists"}, "exists"),
            ({"state": "absent"}, "absent"),
        ):
            (joined,) = awx_objects.joined(ours, {"organizations": [{"name": "SAN", **entry}]})["organizations"]
            assert joined.get("state") == state

    def test_hosts_of_two_inventories_are_two(self):
        hosts = [{"name": "node1", "inventory": name} for name in "ab"]
        assert awx_objects.joined({"hosts": hosts}, {})["hosts"] == hosts

    @pytest.mark.parametrize(
        "value, said",
        [
            ({"name": "a"}, "controller_templates is not a list"),
            (["a"], "controller_templates: entry 1 is not a dictionary with a name"),
            ([{"name": "a"}, {"nam": "b"}], "controller_templates: entry 2 is not a dictionary with a name"),
            ([{"name": ""}], "entry 1"),
        ],
    )
    def test_what_is_no_list_of_objects(self, value, said):
        with pytest.raises(ValueError, match=said):
            awx_checks.checked({}, {"templates": value})

    def test_nothing_is_nothing(self):
        assert awx_checks.checked({}, {"templates": None}) == []


SLICED, RRULE = "template Remediate: a remediation is never sliced", "schedule Nightly: the rrule"
UNAPPROVED, NAMELESS = "node remediate is reached without an approval", "each node needs an identifier of its own"


def asking(required):
    return {"spec": [{"variable": "why", "required": required}]}


class TestComplaints:
    def test_none(self):
        assert awx_checks.complaints(site()) == []

    @pytest.mark.parametrize(
        "lists, said",
        [
            (site("projects", scm_url=""), "project SAN: there is no scm_url"),
            *(
                (
                    site("projects", scm_url=url),
                    "project SAN: the scm_url (awx_project_url) is not the address of a git",
                )
                for url in (
                    "git.example.com/san.git",
                    "https://",
                    "https://git.example.com/san .git",
                    "htp://a/b",
                    "san",
                )
            ),
            (
                awx_objects.joined({"execution_environments": [{"name": "SAN"}]}, {}),
                "execution environment SAN: there is no image",
            ),
            (site("templates", 2, job_slice_count=2), SLICED),
            (site("templates", 2, ask_job_slice_count_on_launch=True), SLICED),
            (
                site("templates", 2, ask_variables_on_launch=True),
                "template Remediate: with ask_variables_on_launch or survey_enabled, who may launch it may",
            ),
            (site("templates", 2, survey_enabled=True), "template Remediate: with ask_variables_on_launch or survey"),
            (site("workflows", ask_variables_on_launch=True), "workflow Nightly: its variables reach the remediation"),
            (site("workflows", survey_enabled=True), "workflow Nightly: its variables reach the remediation"),
            (site("workflows", extra_vars={"x": 1}), "workflow Nightly: its variables reach the remediation"),
            (site("templates", 2, playbook="playbooks/remediate.yml", job_slice_count=2), SLICED),
            (site("schedules", rrule="FREQ=DAILY;INTERVAL=1"), RRULE),
            (site("schedules", rrule="DTSTART;TZID=Etc/UTC:20260101T12000 RRULE:FREQ=DAILY;INTERVAL=1"), RRULE),
            (site("schedules", rrule=None), RRULE),
            (site("workflows", name="Remediate"), "workflow Remediate: a remediation of the same name"),
            (site("templates", 0, survey_spec=asking(True)), "template Audit: the question why"),
            (site("workflows", survey=asking(True)), "template Nightly: the question why"),
            (
                with_nodes(remediate={"job_slice_count": 3}),
                "workflow Nightly: node remediate: a remediation is never sliced",
            ),
            (with_nodes(report={"identifier": "audit"}), NAMELESS),
            (with_nodes(report={"identifier": None}), NAMELESS),
            (with_nodes(report={"success_nodes": ["approve"]}), "links lead to nodes that do not exist: approve"),
            (with_nodes(report={"success_nodes": ["approval", "remediate"]}), UNAPPROVED),
            (with_nodes(approval={"success_nodes": [], "always_nodes": ["remediate"]}), UNAPPROVED),
            (with_nodes(approval={"failure_nodes": ["remediate"]}), UNAPPROVED),
            (with_nodes(approval={"success_nodes": []}), UNAPPROVED),
            (with_nodes(remediate={"success_nodes": ["audit"]}, approval={"approval_node": None}), UNAPPROVED),
        ],
    )
    def test_each(self, lists, said):
        reported = awx_checks.complaints(lists)
        assert len(reported) == 1 and said in reported[0]

    @pytest.mark.parametrize(
        "url",
        [
            "https://user:secret@git.example.com/san.git",
            "ssh://git@git.example.com:2222/san.git",
            "git@git.example.com:team/san.git",
            "file:///srv/san.git",
        ],
    )
    def test_addresses_of_git(self, url):
        assert awx_checks.complaints(site("projects", scm_url=url)) == []

    def test_an_address_that_is_refused_is_not_shown(self):
        assert "hunter2" not in str(awx_checks.complaints(site("projects", scm_url="user:hunter2@git /san.git")))

    def test_without_asking_it_is_the_sites_decision(self):
        assert (
            awx_checks.complaints(with_nodes(approval=None, report={"success_nodes": ["remediate"]}), approval=False)
            == []
        )

    def test_what_is_to_go_may_be_wrong(self):
        assert awx_checks.complaints(site("templates", 2, job_slice_count=2, state="absent")) == []

    def test_a_question_of_what_nobody_launches_by_itself_may_be_required(self):
        lists = awx_objects.joined({"templates": [{"name": "Tool", "survey_spec": asking(True)}]}, {})
        assert awx_checks.complaints(lists) == []

    def test_a_question_that_need_not_be_answered(self):
        assert awx_checks.complaints(site("templates", 0, survey_spec=asking(False))) == []

    def test_all_of_them_come_at_once(self):
        with pytest.raises(ValueError, match="Nothing was sent to the controller. project SAN.*template Remediate"):
            awx_checks.checked(
                SITE,
                {
                    "projects": [{"name": "SAN", "scm_url": ""}],
                    "templates": [{"name": "Remediate", "job_slice_count": 2}],
                },
            )


class TestSteps:
    def test_each_after_what_it_needs(self):
        assert [step["title"] for step in awx_objects.steps(site())] == [
            "organizations",
            "credentials",
            "what organizations own",
            "projects",
            "templates",
            "workflows",
            "nodes",
            "links",
            "schedules",
        ]

    def test_organization_first_without_what_is_its_own(self):
        reported = awx_objects.steps(site())
        assert reported[0]["objects"] == [{"name": "SAN", "description": "x"}] and reported[2]["objects"] == [
            {"name": "SAN", "galaxy_credentials": ["Galaxy"]}
        ]

    def test_what_is_its_own_is_set_on_an_organization_that_is_left_alone(self):
        steps = awx_objects.steps(site("organizations", state="exists"))
        assert steps[0]["objects"][0]["state"] == "exists" and "state" not in steps[2]["objects"][0]

    def test_an_inventory_has_a_kind(self):
        lists = awx_objects.joined({"inventories": [{"name": "a"}, {"name": "b", "kind": "smart"}]}, {})
        assert [item["kind"] for item in awx_objects.steps(lists)[0]["objects"]] == ["", "smart"]

    def test_an_inventory_is_filled_before_the_first_launch(self):
        source = {"name": "a", "inventory": "b", "organization": "c", "update_on_launch": True, "source": "scm"}
        others = [{**source, "update_on_launch": False}, {**source, "state": "absent"}]
        steps = awx_objects.steps(awx_objects.joined({"inventory_sources": [source]}, {}))
        assert [(step["module"], step["objects"]) for step in steps[1:]] == [
            ("inventory_source_update", [{"name": "a", "inventory": "b", "organization": "c", "wait": True}])
        ]
        for other in others:
            steps = awx_objects.steps(awx_objects.joined({"inventory_sources": [other]}, {}))
            assert [step["module"] for step in steps] == ["inventory_source"]

    def test_secrets_are_left_alone_unless_somebody_says_so(self):
        assert awx_objects.steps(site())[1]["objects"][0]["update_secrets"] is False
        assert awx_objects.steps(site(), update_secrets=True)[1]["objects"][0]["update_secrets"] is True
        assert awx_objects.steps(site("credentials", update_secrets=True))[1]["objects"][0]["update_secrets"] is True

    def test_workflow_without_its_nodes(self):
        assert awx_objects.steps(site())[5]["objects"] == [{"name": "Nightly", "organization": "SAN"}]

    def test_nodes_without_links_then_all_links_of_each(self):
        nodes, links = (step["objects"] for step in awx_objects.steps(site())[6:8])
        place = {"workflow_job_template": "Nightly", "organization": "SAN"}
        assert nodes[2] == {
            "identifier": "approval",
            "approval_node": {"name": "Go on?"},
            "lookup_organization": "SAN",
            **place,
        }
        assert links[0] == {
            "identifier": "audit",
            "always_nodes": ["report"],
            "success_nodes": [],
            "failure_nodes": [],
            **place,
        }
        assert len(nodes) == len(links) == 4

    def test_no_links_of_what_goes(self):
        assert [step["title"] for step in awx_objects.steps(site("workflows", state="absent"))][-2:] == [
            "workflows",
            "schedules",
        ]
        links = awx_objects.steps(with_nodes(remediate={"state": "absent"}))[7]["objects"]
        assert [one["identifier"] for one in links] == ["audit", "report", "approval"]


class TestSecrets:
    def test_found(self):
        value = [
            {"name": "shown", "inputs": {"username": "hidden1", "arrays": ["hidden2"]}},
            {"controller_password": "hidden3", "headers": {"a": "hidden4"}},
            {"controller_oauthtoken": "hidden5", "ssh_key_data": "hidden6", "forks": 5, "token": "abc"},
        ]
        assert awx_objects.secrets(value) == {"hidden%d" % number for number in range(1, 7)}

    def test_censored_the_longest_first(self):
        assert (
            awx_objects.censored("it is hunter22, not hunter", {"hunter", "hunter22"}) == "it is ********, not ********"
        )


class TestFailure:
    @pytest.mark.parametrize(
        "module, options, result, said",
        [
            ("project", {"name": "SAN"}, {"msg": "no"}, "project SAN: no"),
            ("project", {"name": "SAN"}, {}, "project SAN: it failed without a message"),
            (
                "job_template",
                {"name": "Audit"},
                {"msg": "Unable to update", "response": {"status_code": 400, "json": {"limit": ["bad"]}}},
                "job_template Audit: Unable to update: {'limit': ['bad']}",
            ),
            (
                "job_template",
                {"name": "Audit"},
                {"msg": "Request to /api/v2/credentials/?name=SAN+hosts returned 0 items, expected 1"},
                "It needs credentials SAN hosts, which the controller does not have",
            ),
            (
                "organization",
                {"name": "SAN"},
                {"msg": "Failed to get token: HTTP Error 401: Unauthorized"},
                "does not know this user name with this password",
            ),
            (
                "workflow_job_template_node",
                {"identifier": "a", "workflow_job_template": "Nightly", "unified_job_template": "Audit"},
                {"msg": "MODULE FAILURE", "module_stderr": "TypeError: 'NoneType' object is not subscriptable"},
                "workflow_job_template_node a of Nightly: there is no template named Audit",
            ),
        ],
    )
    def test_names_the_object(self, module, options, result, said):
        assert said in awx_objects.failure(module, options, result)
