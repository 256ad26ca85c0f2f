# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account for the audit, made by the modules of netapp.ontap on simulated arrays: real ansible-playbook runs."""

import base64
import json
import pathlib

import ansible
import ontap_sim
import pytest
import yaml
from ontap_sim import User
from support.askers import entry_of
from support.fleets import configured_host
from support.plays import Plays
from support.testimony import path

NETAPP = pathlib.Path(ansible.__file__).parents[1] / "ansible_collections/netapp/ontap"
ROLE = pathlib.Path(__file__).resolve().parents[4] / "roles/array_account"
PATHS = yaml.safe_load((ROLE / "vars/main.yml").read_text(encoding="utf-8"))["__array_account_paths"]
PLAYBOOK = "sanops.multipath.array_account"
ADMIN, PASSWORD = "netapp1!", "Tr0ub4dor"
WORLD = {
    "svms": [{"name": "svm1", "portals": ["10.0.1.21:3260"]}],
    "igroups": [{"name": "one", "initiators": ["iqn.x:1"]}, {"name": "all", "igroups": ["one"]}],
    "luns": [{"name": "/vol/v/l"}],
    "maps": [{"lun": "/vol/v/l", "igroup": "one", "logical_unit_number": 0}],
}

pytestmark = pytest.mark.skipif(not NETAPP.exists(), reason="netapp.ontap is not installed: the package ansible has it")


class Arrays(Plays):
    """Runs of the playbook; by default for one array, whose administrator is `admin`."""

    def __init__(self, folder, sim, hosts=()):
        super().__init__(folder, dict(hosts))
        self.sim = sim
        self.entry = {**entry_of(sim), "username": "san-audit", "password": PASSWORD}

    def account(self, *arguments, **variables):
        """Run it; return its exit code, and its output in one line."""
        given = {
            "audit_arrays": [self.entry],
            "array_account_admin_username": "admin",
            "array_account_admin_password": ADMIN,
            **variables,
        }
        code = self.run(PLAYBOOK, [], arguments=arguments, **given)
        for user, password in (("admin", ADMIN), ("san-audit", PASSWORD)):
            assert password not in self.output
            assert base64.b64encode(f"{user}:{password}".encode()).decode() not in self.output
        return code, " ".join(self.output.split())

    def changed(self, *arguments, **variables):
        """Run it; return how many tasks changed something."""
        code, output = self.account(*arguments, **variables)
        assert code == 0, self.output
        return int(output.rpartition("changed=")[2].split()[0])

    def writes(self):
        """What has been sent to the array but GET."""
        return [(entry["method"], entry["path"]) for entry in self.sim.requests() if entry["method"] != "GET"]

    def add_role(self, name="san-audit", **privileges):
        role = {"name": name, "svm": None, "builtin": False, "privileges": {**WHOLE, **privileges}}
        self.sim.world.roles[None, name] = role
        return role["privileges"]

    def add_user(self, name="san-audit", password=PASSWORD, role="san-audit", **fields):
        self.sim.world.accounts[name] = User(name, password, role=role, **fields)

    def role(self, name="san-audit"):
        role = self.sim.world.roles.get((None, name))
        return role and role["privileges"]


@pytest.fixture
def arrays(tmp_path):
    with ontap_sim.running(WORLD, users=[User("admin", ADMIN)]) as sim:
        yield Arrays(tmp_path, sim)


WHOLE = dict.fromkeys(PATHS, "readonly")


def test_from_nothing_to_an_account_and_back(arrays):
    assert arrays.changed("--check", "--diff") == 2
    assert arrays.writes() == [] and arrays.role() is None
    lines = [f"+ role san-audit: readonly {name}" for name in PATHS]
    lines += ["+ account san-audit: role san-audit, application http (password)"]
    lines += ["+ account san-audit: the password of array_account_arrays"]
    shown = json.dumps(lines, indent=4)[1:-1].split()
    assert " ".join(shown) in " ".join(arrays.output.split())

    assert arrays.changed("-vvv") == 2
    assert arrays.role() == WHOLE
    account = arrays.sim.world.accounts["san-audit"]
    assert (account.role, account.svm, account.password) == ("san-audit", None, PASSWORD)
    assert [one["application"] for one in account.applications] == ["http"]
    read = {(entry["path"], entry["status"]) for entry in arrays.sim.requests() if entry["user"] == "san-audit"}
    assert read == {(name, 200) for name in PATHS}

    written = arrays.writes()
    assert arrays.changed() == arrays.changed("--check", "--diff") == 0 and arrays.writes() == written
    assert "role san-audit: " not in arrays.output

    assert arrays.changed("--check", "--diff", array_account_state="absent") == 2 and arrays.writes() == written
    assert "- role san-audit: readonly /api/cluster" in arrays.output and '"+ ' not in arrays.output
    assert arrays.changed(array_account_state="absent") == 2
    assert arrays.role() is None and list(arrays.sim.world.accounts) == ["admin"]
    assert arrays.changed(array_account_state="absent") == 0


def test_what_somebody_changed_is_corrected(arrays):
    """Too much is removed, too little is added, and an account that cannot log in gets its password."""
    del arrays.add_role(**{"/api/storage/luns": "all"})["/api/network/fc/logins"]
    ssh = {"application": "ssh", "authentication_methods": ["password"], "second_authentication_method": "none"}
    http = {**ssh, "application": "http", "authentication_methods": ["password", "certificate"]}
    arrays.add_user(password="something", applications=(ssh, http))
    assert arrays.changed("--check", "--diff") == 2 and arrays.writes() == []
    for line in (
        "- role san-audit: all /api/storage/luns",
        "- account san-audit: role san-audit, application ssh (password), http (certificate, password)",
        "+ role san-audit: readonly /api/storage/luns",
        "+ role san-audit: readonly /api/network/fc/logins",
        "+ account san-audit: role san-audit, application http (password)",
        "+ account san-audit: the password of array_account_arrays",
    ):
        assert f'"{line}"' in arrays.output
    assert arrays.changed() == 2 and arrays.role() == WHOLE
    account = arrays.sim.world.accounts["san-audit"]
    assert account.password == PASSWORD and [one["application"] for one in account.applications] == ["http"]
    assert account.applications[0]["authentication_methods"] == ["password"]
    assert arrays.changed() == 0


def test_names_of_ones_own_on_some_of_the_arrays(arrays):
    other = {**arrays.entry, "hostname": "other.example.com"}
    variables = {
        "array_account_arrays": [{**arrays.entry, "username": "reader"}, other],
        "array_account_hostname": arrays.sim.hostname,
        "array_account_role": "reading",
    }
    assert arrays.changed(audit_arrays=[], **variables) == 2
    assert arrays.role("reading") == WHOLE and arrays.sim.world.accounts["reader"].role == "reading"


class TestRefusals:
    @pytest.mark.parametrize(
        ("variables", "words"),
        [
            ({"array_account_admin_username": ""}, "Set array_account_admin_username and array_account_admin_password"),
            ({"array_account_admin_password": ""}, "Set array_account_admin_username and array_account_admin_password"),
            ({"audit_arrays": []}, "No array is named: set audit_arrays or array_account_arrays"),
            ({"array_account_hostname": "a"}, "There is no array a (array_account_hostname) in array_account_arrays."),
            ({"array_account_role": "a*"}, "letters, digits, single dots, hyphens and underscores, not a*."),
            ({"array_account_role": "a..b"}, "single dots, hyphens and underscores, not a..b."),
            ({"array_account_roles": "x"}, "there is no variable array_account_roles: did you mean array_account_role"),
            ({"array_account_state": "gone"}, "array_account_state takes one of: present, absent, not the text 'gone'"),
            ({"array_account_arrays": [{"user": "x"}]}, "entry 1 of array_account_arrays has the unknown key 'user'"),
            ({"audit_array": []}, "there is no variable audit_array: did you mean audit_arrays"),
        ],
    )
    def test_wrong_variables_before_any_array_is_asked(self, arrays, variables, words):
        code, output = arrays.account(**variables)
        assert code == 2 and words in output and arrays.sim.requests() == [], arrays.output

    def test_an_entry_with_a_certificate(self, arrays):
        entry = {"hostname": arrays.sim.hostname, "cert_filepath": "/etc/cert.pem"}
        for given in (entry, {**entry, "username": "", "password": ""}):
            code, output = arrays.account(audit_arrays=[given])
            assert code == 2 and "The entry of 127.0.0.1 has no username and password" in output, arrays.output

    @pytest.mark.parametrize("port", [None, ""])
    def test_an_empty_port_is_443(self, arrays, port):
        _code, output = arrays.account(audit_arrays=[{**arrays.entry, "http_port": port}])
        assert "ONTAP array 127.0.0.1 cannot be reached: " in output and "Connection refused" in output

    def test_a_wrong_password_of_the_administrator_is_tried_once(self, arrays):
        code, output = arrays.account(array_account_admin_password="wrong one")
        words = (
            f"ONTAP array 127.0.0.1:{arrays.sim.port} refuses user admin (HTTP 401): check array_account_admin_usern"
        )
        assert code == 2 and words in output and len(arrays.sim.requests()) == 1

    def test_an_array_that_is_down_or_of_another_ca(self, arrays):
        entry = {key: value for key, value in arrays.entry.items() if key != "ca_path"}
        code, output = arrays.account(audit_arrays=[entry])
        assert code == 2 and "cannot be reached: " in output and "CERTIFICATE_VERIFY_FAILED" in output
        code, output = arrays.account(audit_arrays=[{**entry, "http_port": 1}])
        assert code == 2 and "cannot be reached: " in output and "Connection refused" in output

    @pytest.mark.parametrize(
        ("user", "version", "words"),
        [
            (User("admin", ADMIN, svm="svm1"), "9.14.1", "does not show its nodes to user admin (HTTP 403"),
            (User("admin", ADMIN), "9.7", "runs ONTAP 9.7: the audit and its role need ONTAP 9.8 or later"),
            (
                User("admin", ADMIN, role="nodes"),
                "9.14.1",
                "does not let user admin read /api/security/roles and /api/security/accounts: the user",
            ),
            (User("admin", ADMIN, readonly=True), "9.14.1", "Error creating role san-audit: calling: security/roles"),
        ],
    )
    def test_an_administrator_or_an_array_that_does_not_do(self, tmp_path, user, version, words):
        roles = [{"name": "nodes", "privileges": {"/api/cluster/nodes": "readonly"}}]
        with ontap_sim.running({**WORLD, "roles": roles}, users=[user], version=version) as sim:
            arrays = Arrays(tmp_path, sim)
            code, output = arrays.account()
            assert code == 2 and words in output, arrays.output
            assert not [entry for entry in sim.requests() if entry["method"] != "GET" and entry["status"] != 403]

    @pytest.mark.parametrize(
        ("state", "variables", "words"),
        [
            ("present", {"username": "admin"}, "the account admin has the role admin, not san-audit, and is left"),
            ("absent", {"username": "admin"}, "the account admin has the role admin, not san-audit, and is left"),
            ("present", {"array_account_role": "readonly"}, "the role readonly is built in: name another one"),
            ("absent", {"array_account_role": "commands"}, "the role commands is of commands, not of paths of the"),
        ],
    )
    def test_what_is_of_others(self, tmp_path, state, variables, words):
        roles = [{"name": "commands", "privileges": {"DEFAULT": "none", "volume": "readonly"}}]
        with ontap_sim.running({**WORLD, "roles": roles}, users=[User("admin", ADMIN)]) as sim:
            arrays = Arrays(tmp_path, sim)
            own = dict(variables)
            arrays.entry["username"] = own.pop("username", "san-audit")
            code, output = arrays.account(array_account_state=state, **own)
            assert code == 2 and words in output and arrays.writes() == [], arrays.output

    def test_a_locked_account(self, arrays):
        arrays.add_role()
        arrays.add_user(locked=True)
        code, output = arrays.account()
        assert code == 2 and "the account san-audit is locked: unlock it" in output and arrays.writes() == []
        assert arrays.changed(array_account_state="absent") == 2

    @pytest.mark.parametrize("state", ["present", "absent"])
    def test_a_role_of_somebody_else(self, arrays, state):
        arrays.add_role(**{"/api/storage": "all"})
        code, output = arrays.account(array_account_state=state)
        assert code == 2 and arrays.writes() == [], arrays.output
        assert "the role san-audit was not made by this role, for it has the paths /api/storage: name an" in output

    @pytest.mark.parametrize("state", ["present", "absent"])
    def test_a_role_that_another_account_has_too(self, arrays, state):
        arrays.add_role()
        arrays.add_user()
        arrays.add_user("backup")
        code, output = arrays.account(array_account_state=state)
        assert code == 2 and arrays.writes() == [], arrays.output
        assert "the role san-audit is also of the accounts backup: name another one in array_account_role" in output

    def test_a_password_that_the_account_had_before_is_tried_once_more(self, arrays):
        arrays.add_role()
        arrays.add_user(password="something1", former=(PASSWORD,))
        code, output = arrays.account("-vvv")
        words = "has the account san-audit now, but refuses its password (HTTP 401). ONTAP takes no password that the"
        assert code == 2 and words in output, arrays.output
        assert [entry["status"] for entry in arrays.sim.requests() if entry["status"] == 401] == [401, 401]

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            ({"status": 403}, "now, but does not let it read /api/network/fc/logins. Check with"),
            ({"status": 500}, "fails at GET /api/network/fc/logins (HTTP 500: "),
        ],
    )
    def test_a_path_that_cannot_be_read_at_the_end(self, arrays, fault, words):
        arrays.add_role()
        arrays.add_user()
        arrays.sim.faults([{"path": "/api/network/fc/logins", **fault}])
        code, output = arrays.account()
        assert code == 2 and words in output, arrays.output
        assert fault == {"status": 403} or "does not let it read" not in output

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            ({"status": 503}, "fails at GET /api/security/accounts (HTTP 503): check its health"),
            ({"close": True}, "does not answer GET /api/security/accounts: "),
            (
                {"body": "<html>", "content_type": "text/html"},
                "answers GET /api/security/accounts without a list in JSON",
            ),
            ({"body": [1]}, "answers GET /api/security/accounts without a list in JSON"),
        ],
    )
    def test_accounts_that_cannot_be_read(self, arrays, fault, words):
        arrays.sim.faults([{"path": "/api/security/accounts", **fault}])
        code, output = arrays.account()
        assert code == 2 and words in output and arrays.writes() == [], arrays.output
        assert "role admin" not in output and "rendering" not in output


@pytest.fixture
def minimal(monkeypatch):
    """Print each result whole, as the callback minimal does."""
    whole = Plays.run

    def run(self, playbook, *names, **variables):
        (self.folder / "ansible.cfg").write_text("[defaults]\nstdout_callback = minimal\n")
        return whole(self, playbook, *names, **variables)

    monkeypatch.setattr(Plays, "run", run)


def test_no_password_in_the_results_of_runs_that_succeed_and_fail(arrays, minimal):
    code, _output = arrays.account("-vvv")
    assert code == 0 and "TASK [" not in arrays.output and "SUCCESS =>" in arrays.output, arrays.output
    arrays.sim.faults([{"path": "/api/network/fc/logins", "status": 503}])
    for arguments in ([], ["-vvv"]):
        code, output = arrays.account(*arguments)
        assert code == 2 and "is too busy for GET /api/network/fc/logins (HTTP 503" in output, arrays.output


def test_two_accounts_on_one_cluster_and_an_array_that_is_down(arrays):
    """The role goes with the last of its accounts, and the other arrays are worked on."""
    down = {**arrays.entry, "hostname": "localhost", "http_port": 1}
    second = {**arrays.entry, "hostname": "localhost", "username": "reader", "validate_certs": False}
    code, output = arrays.account(audit_arrays=[{**down, "hostname": "::1"}, arrays.entry, second])
    assert code == 2 and output.count("ONTAP array ::1:1 cannot be reached: ") >= 2, arrays.output
    assert {"san-audit", "reader"} < set(arrays.sim.world.accounts) and arrays.role() == WHOLE
    both = {"audit_arrays": [arrays.entry, second], "array_account_state": "absent"}
    assert arrays.changed("--check", "--diff", **both) == 3
    assert arrays.output.count("- role san-audit: readonly /api/storage/luns") == 1
    assert arrays.changed(**both) == 3
    assert arrays.role() is None and list(arrays.sim.world.accounts) == ["admin"]


def test_the_audit_works_with_this_account_and_asks_for_nothing_else(tmp_path):
    with ontap_sim.running(WORLD, users=[User("admin", ADMIN)]) as sim:
        arrays = Arrays(tmp_path, sim, {"node1": configured_host(path(0, "same"))})
        assert arrays.changed() == 2
        before = len(sim.requests())
        assert arrays.run("sanops.multipath.audit", audit_arrays=[arrays.entry]) == 0, arrays.output
        asked = sim.requests()[before:]
    assert {entry["user"] for entry in asked} == {"san-audit"} and {entry["status"] for entry in asked} == {200}
    assert {entry["path"] for entry in asked} == set(PATHS)
    (array,) = arrays.fleet()["arrays"]
    assert array["complete"] and array["scope"] == "cluster" and array["not_checked"] == []
