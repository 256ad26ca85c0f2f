# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles and accounts: who may make them, what they refuse, and what an account may do with its role."""

import ontap_sim
import pytest
from ontap_sim import User

ROLES, ACCOUNTS, LUNS = "/api/security/roles", "/api/security/accounts", "/api/storage/luns"
IGROUPS = "/api/protocols/san/igroups"
HTTP = [{"application": "http", "authentication_methods": ["password"]}]
PASSWORD = "correct1"


def world(**privileges):
    return {
        "igroups": [{"name": "node1", "initiators": ["iqn.x:1"]}],
        "luns": [{"name": "/vol/v/lun1"}],
        "roles": [{"name": "made", "privileges": privileges}],
    }


@pytest.fixture
def as_made(connect):
    """Return a session of an account whose role has these privileges, in a simulator that runs during the test."""
    running = []

    def start(privileges, version="9.14.1"):
        users = [User("admin", "netapp1!"), User("made", PASSWORD, role="made")]
        context = ontap_sim.running(world(**privileges), users=users, version=version)
        running.append(context)
        return connect(context.__enter__(), "made", PASSWORD)

    yield start
    for context in running:
        context.__exit__(None, None, None)


class TestPrivileges:
    @pytest.mark.parametrize(
        ("privileges", "path", "status"),
        [
            ({}, LUNS, 403),
            ({LUNS: "readonly"}, LUNS, 200),
            ({LUNS: "readonly"}, f"{LUNS}?max_records=1", 200),
            ({LUNS: "readonly"}, "/api//storage/luns/", 200),
            ({LUNS: "none"}, LUNS, 403),
            ({LUNS: "readonly"}, "/api/storage/volumes", 403),
            ({"/api": "readonly"}, LUNS, 200),
            ({"/api/storage": "readonly"}, LUNS, 200),
            ({"/api/stor": "readonly"}, LUNS, 403),
            ({"/api": "readonly", "/api/storage": "none"}, LUNS, 403),
            ({"/api": "none", LUNS: "readonly"}, LUNS, 200),
            # An endpoint speaks for itself and for its instances.
            ({"/api/cluster": "readonly"}, "/api/cluster", 200),
            ({"/api/cluster": "readonly"}, "/api/cluster/nodes", 403),
            ({IGROUPS: "readonly"}, "{igroup}/initiators", 200),
            ({"/api/protocols/san/lun-maps": "readonly"}, "{igroup}/initiators", 403),
        ],
    )
    def test_a_path_needs_one(self, as_made, privileges, path, status):
        rest = as_made({**privileges})
        igroup = ontap_sim.world.stable_uuid("cluster1", "igroup", "svm1", "node1")
        assert rest.get(path.format(igroup=f"{IGROUPS}/{igroup}")).status_code == status

    @pytest.mark.parametrize(
        ("access", "methods"),
        [
            ("none", ""),
            ("readonly", "GET HEAD"),
            ("read_create", "GET HEAD POST"),
            ("read_modify", "GET HEAD PATCH"),
            ("read_create_modify", "GET HEAD POST PATCH"),
            ("all", "GET HEAD POST PATCH DELETE"),
        ],
    )
    def test_what_each_access_allows(self, as_made, access, methods):
        rest = as_made({LUNS: access})
        allowed = [
            method
            for method, path in (
                ("GET", LUNS),
                ("HEAD", LUNS),
                ("POST", LUNS),
                ("PATCH", f"{LUNS}?name=*"),
                ("DELETE", f"{LUNS}?name=*"),
            )
            if rest.request(method, path, json={"comment": "x"} if method == "PATCH" else None).status_code != 403
        ]
        assert allowed == methods.split()

    def test_it_may_not_control_the_simulator(self, as_made):
        assert as_made({"/api": "all"}).get("/_sim/requests").status_code == 403

    def test_nor_change_its_own_role(self, as_made):
        rest = as_made({LUNS: "readonly"})
        assert rest.get(ROLES).status_code == rest.post(ACCOUNTS, json={}).status_code == 403


class TestMaking:
    def test_an_account_logs_in_with_its_password_while_it_is_not_locked(self, rest, sim, connect):
        made = {"name": "audit", "role.name": "readonly", "applications": HTTP, "password": PASSWORD}
        assert rest.post(ACCOUNTS, json=made).status_code == 201
        (account,) = rest.records(f"{ACCOUNTS}?name=audit&scope=cluster&fields=role,applications,locked")
        uuid = account["owner"]["uuid"]
        assert uuid == sim.world.cluster["uuid"] and account["role"]["name"] == "readonly"
        assert account["applications"] == [{**HTTP[0], "second_authentication_method": "none"}]

        def logs_in(password):
            return connect(sim, "audit", password).get(LUNS).status_code == 200

        path = f"{ACCOUNTS}/{uuid}/audit"
        assert logs_in(PASSWORD) and not logs_in("correct2")
        same = rest.patch(path, json={"password": PASSWORD})
        assert same.status_code == 400 and same.json()["error"]["message"].startswith("New password must be different")
        assert rest.patch(path, json={"password": "correct2"}).status_code == 200 and logs_in("correct2")
        assert rest.patch(path, json={"locked": True}).status_code == 200 and not logs_in("correct2")
        assert rest.delete(path).status_code == 200 and rest.get(path).status_code == 404

    @pytest.mark.parametrize(
        ("path", "body", "code"),
        [
            (ROLES, {"name": "r"}, "262186"),
            (ROLES, {"name": "admin", "privileges": [{"path": "/api"}]}, "1"),
            (ROLES, {"name": "r", "privileges": [{"path": "volume show"}]}, "5636170"),
            (ROLES, {"name": "r", "privileges": [{"path": "/api", "access": "some"}]}, "262197"),
            (ROLES, {"name": "r", "privileges": [{"path": "/api"}], "owner.name": "none"}, "2621462"),
            (ACCOUNTS, {"name": "a", "applications": HTTP, "password": PASSWORD, "role": "none at all"}, "5636129"),
            (ACCOUNTS, {"name": "a", "applications": HTTP, "password": "short", "role": "readonly"}, "7077919"),
            (
                ACCOUNTS,
                {"name": "a", "applications": [{"application": "x"}], "password": PASSWORD, "role": "readonly"},
                "262197",
            ),
            (ACCOUNTS, {"name": "admin", "applications": HTTP, "password": PASSWORD, "role": "readonly"}, "1"),
        ],
    )
    def test_what_is_refused(self, rest, path, body, code):
        answer = rest.post(path, json=body)
        assert answer.status_code in (400, 409) and answer.json()["error"]["code"] == code, answer.text

    def test_levels_between_need_9_11_1(self, connect):
        body = {"name": "r", "privileges": [{"path": "/api", "access": "read_create"}]}
        with ontap_sim.running(version="9.10.1") as old, ontap_sim.running(version="9.11.1") as new:
            assert [connect(sim).post(ROLES, json=body).status_code for sim in (old, new)] == [400, 201]

    def test_built_in_roles_stay_as_they_are(self, rest, sim):
        path = f"{ROLES}/{sim.world.cluster['uuid']}/readonly"
        assert rest.delete(path).json()["error"]["code"] == "1263347"
        assert rest.post(f"{path}/privileges", json={"path": "/api/x"}).json()["error"]["code"] == "1263347"

    def test_the_last_privilege_takes_the_role_with_it(self, rest, sim):
        path = f"{ROLES}/{sim.world.cluster['uuid']}/r"
        privileges = [{"path": LUNS, "access": "readonly"}, {"path": IGROUPS, "access": "readonly"}]
        assert rest.post(ROLES, json={"name": "r", "privileges": privileges}).status_code == 201
        assert [one["path"] for one in rest.records(f"{path}/privileges")] == [IGROUPS, LUNS]
        for one in privileges:
            assert rest.delete(f"{path}/privileges/{one['path'].replace('/', '%2F')}").status_code == 200
        assert rest.get(path).status_code == 404

    def test_an_administrator_of_an_svm_sees_and_makes_those_of_its_svm(self, connect):
        with ontap_sim.running({}, users=[User("admin", "netapp1!"), User("vsadmin", PASSWORD, svm="svm1")]) as sim:
            rest = connect(sim, "vsadmin", PASSWORD)
            assert {one["name"] for one in rest.records(ROLES)} == {one["name"] for one in rest.records(ACCOUNTS)}
            assert rest.post(ROLES, json={"name": "r", "privileges": [{"path": "/api"}]}).status_code == 201
            assert [one["scope"] for one in connect(sim).records(f"{ROLES}?name=r&fields=scope")] == ["svm"]
