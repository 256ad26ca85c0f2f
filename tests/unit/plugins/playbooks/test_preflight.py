# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook preflight says of arrays, accounts and hosts: real ansible-playbook runs on simulated arrays."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import access
from support import sites
from support.fleets import configured_host
from support.sites import PATHS, WORLD
from support.testimony import TARGET, path


class Site(sites.Site):
    """A site whose preflight is run."""

    def preflight(self, **variables):
        """Run it; return its exit code, and its output in one line."""
        code, output = self.said("preflight", **variables)
        assert not (self.folder / "report").exists(), "it writes nothing"
        return code, output


@pytest.fixture
def site(tmp_path):
    with sites.sites(tmp_path, Site) as make:
        yield make


def test_a_site_that_is_in_order(site):
    here = site()
    code, output = here.preflight()
    assert code == 0, output
    assert "all that a verdict needs can be read." in output and "2 of 2 hosts can be audited." in output
    for word in ("NOT USABLE", "NO CONFIGURED ARRAY", "CANNOT BE AUDITED", "Left out"):
        assert word not in output
    asked = here.sim.requests()
    assert {entry["method"] for entry in asked} == {"GET"} and {entry["status"] for entry in asked} == {200}
    assert {entry["path"] for entry in asked} == set(PATHS)


def test_no_array(site):
    code, output = site().preflight(audit_arrays=[])
    assert code == 2 and "No array is configured: set audit_arrays (ONTAP) or audit_array_views." in output


def test_a_wrong_password_is_tried_once(site):
    here = site()
    here.entry["password"] = "another"
    code, output = here.preflight()
    assert code == 2 and "refuses user 'san-audit'" in output and "check the credentials" in output
    assert len(here.sim.requests()) == 1


def test_an_array_that_is_down(site):
    here = site()
    here.entry["http_port"] = 1
    code, output = here.preflight()
    assert code == 2 and "COULD NOT BE TRIED: ONTAP array" in output and "refuses the connection" in output, output


def test_an_array_that_fails_where_only_advice_is_asked(site):
    here = site()
    here.sim.faults([{"path": "/api/network/fc/logins", "status": 500}])
    code, output = here.preflight()
    assert code == 0 and "Left out: ONTAP array" in output and "fails at GET /api/network/fc/logins" in output, output


@pytest.mark.parametrize("lacking", PATHS)
def test_an_account_that_is_too_narrow(site, lacking):
    here = site([name for name in PATHS if name != lacking])
    code, output = here.preflight()
    assert f"security login rest-role create -role san-audit -access readonly -api {lacking}" in output
    if lacking in access.FOR_ADVICE:
        assert code == 0 and f"Left out without access to {lacking}: " in output
    else:
        assert code == 2 and f"does not let user san-audit read {lacking}: extend the role" in output


def test_an_account_that_sees_no_lun(site):
    world = {**WORLD, "luns": [], "maps": []}
    code, output = site(world=world).preflight()
    assert code == 2 and "shows user san-audit no LUN at all" in output


def test_an_array_without_a_lun_where_none_is_expected(site):
    here = site(world={**WORLD, "luns": [], "maps": []})
    here.entry["allow_no_luns"] = True
    assert here.preflight()[0] == 0


def test_the_wrong_array(site):
    other = {**WORLD, "svms": [{**WORLD["svms"][0], "target": "iqn.1992-08.com.netapp:sn.other:vs.9"}]}
    code, output = site(world=other).preflight()
    assert code == 2 and f"No configured array has a target of these hosts, such as {TARGET}." in output
    assert f"NO CONFIGURED ARRAY owns {TARGET}, a target of a, b: name its array in audit_arrays." in output


def test_an_array_that_was_forgotten(site):
    forgotten = "iqn.1992-08.com.netapp:sn.other:vs.9"
    lost = configured_host(path(0, "same"), path(1, "same", target=forgotten))
    code, output = site(hosts={"a": lost, "b": configured_host(path(0, "same"))}).preflight()
    assert code == 0, "the rest of the fleet can be audited"
    assert f"NO CONFIGURED ARRAY owns {forgotten}, a target of a: name its array in audit_arrays." in output


def test_hosts_that_cannot_be_audited(site):
    sudo = {"failed": True, "msg": "Missing sudo password"}
    code, output = site(hosts={"a": configured_host(path(0, "same")), "b": None, "c": sudo}).preflight()
    assert code == 0 and "1 of 3 hosts can be audited." in output
    assert "CANNOT BE AUDITED: b: " in output and "port 1: Connection refused" in output
    assert "CANNOT BE AUDITED: c: Missing sudo password; give the password with --ask-become-pass" in output
    code, output = site(hosts={"b": None}).preflight()
    assert code == 2 and "None of the 1 hosts can be audited." in output


def test_a_host_without_a_san_device(site):
    bare = configured_host()
    facts = bare["ansible_facts"]["stale_mpath"]
    facts.update(paths=[], maps=[], sessions=[])
    code, output = site(hosts={"a": configured_host(path(0, "same")), "b": bare}).preflight()
    assert code == 0 and "No SAN path and no iSCSI session: b." in output


def test_a_misspelt_variable(site):
    here = site()
    code, output = here.preflight(audit_array=[])
    assert code == 2 and "there is no variable audit_array: did you mean audit_arrays" in output
    assert here.sim.requests() == []


def test_a_host_that_can_be_read_only_in_part(site):
    part = configured_host(path(0, "same"), incomplete=[{"what": "wire", "why": "it can be asked only by root"}])
    code, output = site(hosts={"a": configured_host(path(0, "same")), "b": part}).preflight()
    assert code == 0 and "ONLY IN PART: b: wire: it can be asked only by root." in output


def test_a_wire_that_can_be_asked_on_no_host(site):
    why = [{"what": "wire", "why": "it can be asked only by root"}]
    part = configured_host(path(0, "unreadable"), path(1, "unreachable"), incomplete=why)
    code, output = site(hosts={"a": part}).preflight()
    assert code == 2 and "The wire can be asked on no host: wire: it can be asked only by root." in output


def test_targets_that_cannot_be_read_are_no_unowned_ones(site):
    here = site([name for name in PATHS if name != "/api/network/fc/interfaces"])
    code, output = here.preflight()
    assert code == 2 and "Which targets no array owns is not known" in output
    assert "NO CONFIGURED ARRAY" not in output and "has a target of these hosts" not in output


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            {"path": "/api/cluster/nodes", "body": {"records": [], "num_records": 0}},
            "shows user san-audit no cluster with nodes: give it an account of the cluster",
        ),
        ({"path": "/api/storage/luns", "status": 404}, "hostname must be the management interface of ONTAP 9.8 or"),
        ({"path": "/api/protocols/san/igroups", "body": {"hello": 1}}, "without its list of records"),
    ],
)
def test_an_array_that_answers_otherwise(site, fault, said):
    here = site()
    here.sim.faults([fault])
    code, output = here.preflight()
    assert code == 2 and said in output and "rest-role create" not in output


def test_a_busy_array_may_send_an_empty_page_of_luns(site):
    here = site()
    links = {"next": {"href": "/api/storage/luns?start.uuid=x"}}
    here.sim.faults([{"path": "/api/storage/luns", "body": {"records": [], "num_records": 0, "_links": links}}])
    assert here.preflight()[0] == 0


def test_the_commands_are_of_the_sites_role(site):
    here = site([name for name in PATHS if name != "/api/network/fc/logins"])
    dummy, output = here.preflight(array_account_role="audit-ro")
    assert "rest-role create -role audit-ro -access readonly -api /api/network/fc/logins" in output
