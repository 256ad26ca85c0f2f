# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wrong and misspelt variables in real ansible-playbook runs: one error, before any host is asked."""

import json

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import variables
from support.plays import Plays

SECRET = "Tr0ub4dor"
HOSTS = ["node1", "node2", "node3"]
AUDIT, REMEDIATE, REPORT, AWX = (f"sanops.multipath.{name}" for name in ("audit", "remediate", "report", "awx"))
# What only a host that was asked has in the output.
ASKED = ("Ask the kernel", "unreachable=1", "was left alone", "Find open-iscsi", "Bring the multipath", "awx : Create")


@pytest.fixture
def plays(tmp_path):
    return Plays(tmp_path, {name: None for name in HOSTS})


def own_play(plays, *roles, **keywords):
    path = plays.folder / "own.yml"
    play = {"hosts": "all", "gather_facts": False, "roles": [f"sanops.multipath.{role}" for role in roles], **keywords}
    path.write_text(json.dumps([play]))
    return str(path)


def error(plays, *words, **keywords):
    """The one error of a run that fails, which must name each of *words*."""
    assert plays.run(*words, **keywords) == 2, plays.output
    output = " ".join(plays.output.split())
    assert output.count("fatal: [") == 1 and "Validating arguments" not in output, output
    assert not [word for word in ASKED if word in output.split("PLAY RECAP")[0]], output
    assert SECRET not in output and "TaggedStr" not in output and "<class" not in output
    return output[output.index("Wrong variables: ") :]


@pytest.mark.parametrize(
    ("playbook", "given", "words"),
    [
        (AUDIT, {"audit_timeout": "ten"}, "audit_timeout takes a number above 0, not the text 'ten'"),
        (AUDIT, {"audit_array": []}, "there is no variable audit_array: did you mean audit_arrays, a list of dict"),
        (
            AUDIT,
            {"audit_arrays": [{"hostname": "a", "user": "u", "password": SECRET}]},
            "entry 1 of audit_arrays has the unknown key 'user'",
        ),
        (AUDIT, {"audit_arrays": SECRET}, "audit_arrays takes a list of dictionaries, not a text"),
        (AUDIT, {"audit_kubernetes": [{"api_key": SECRET}]}, "entry 1 of audit_kubernetes must be a dictionary"),
        (AUDIT, {"audit_policy": "nonsense"}, "audit_policy: there is no preset 'nonsense'"),
        (AUDIT, {"audit_hosts": 5}, "audit_hosts takes a pattern of hosts, or a list of patterns, not a number"),
        (AUDIT, {"audit_hosts": {"node1": {}}}, "audit_hosts takes a pattern of hosts, or a list of patterns"),
        (AUDIT, {"audit_hosts": []}, "audit_hosts takes a pattern of hosts, or a list of patterns, not a list"),
        (AUDIT, {"audit_hosts": ["node1", 5]}, "audit_hosts takes a pattern of hosts, or a list of patterns"),
        (AUDIT, {"audit_hosts": " "}, "audit_hosts takes a pattern of hosts, or a list of patterns, not a text"),
        (REMEDIATE, {"stale_devices_hosts": 5}, "stale_devices_hosts takes a pattern of hosts, or a list of patterns"),
        (REPORT, {"audit_hosts": 5}, "audit_hosts takes a pattern of hosts, or a list of patterns, not a number"),
        (AUDIT, {"audit_timeout": "{{ site_timeout }}"}, "audit_timeout cannot be evaluated: "),
        (REMEDIATE, {"stale_devices_hazard": "recycled"}, "did you mean stale_devices_hazards, a list of some of"),
        (REMEDIATE, {"stale_device_hazards": "recycled"}, "did you mean stale_devices_hazards, a list of some of"),
        (REMEDIATE, {"stale_devices_serial": "some"}, "stale_devices_serial takes a number of hosts above 0"),
        (REMEDIATE, {"stale_devices_configuration": "perhaps"}, "stale_devices_configuration takes true or false"),
        (REMEDIATE, {"iscsi_scan_relogins": True}, "there is no variable iscsi_scan_relogins: did you mean"),
        (REMEDIATE, {"audit_arrays": [{"host": SECRET}]}, "entry 1 of audit_arrays has the unknown key 'host'"),
        (REPORT, {"report_keep": "many"}, "report_keep takes a whole number of 0 or more, not the text 'many'"),
        (AWX, {"awx_password": [SECRET]}, "awx_password takes a text, not a list"),
        (AWX, {"awx_slice": 3}, "there is no variable awx_slice: did you mean awx_slices, a whole number above 0?"),
    ],
)
def test_playbooks(plays, playbook, given, words):
    message = error(plays, playbook, **given)
    assert words in message and "(node" not in message


@pytest.mark.parametrize(
    ("role", "given", "words"),
    [
        ("audit", {"audit_become": "perhaps"}, "audit_become takes true or false, not the text 'perhaps'"),
        ("stale_devices", {"stale_devices_batch": "ten"}, "stale_devices_batch takes a whole number above 0"),
        ("iscsi_scan", {"iscsi_scan_backups": False}, "did you mean iscsi_scan_backup, true or false?"),
        ("multipath_conf", {"multipath_conf_restart": "later"}, "multipath_conf_restart takes true or false"),
    ],
)
def test_roles_in_a_play_of_the_users_own(plays, role, given, words):
    assert words in error(plays, own_play(plays, role), **given)
    assert words in error(plays, own_play(plays, role, vars=given))


# By role, what somebody writes behind -e: a value of another type, a number out of its range, a misspelt name, and a
# name like none of the role's.
OF_EACH_ROLE = {
    "array_account": {
        "array_account_arrays=cluster1": "array_account_arrays takes a list of dictionaries, not a text",
        "array_account_state=abset": "not the text 'abset': did you mean absent?",
        "array_account_roles=x": "there is no variable array_account_roles: did you mean array_account_role, a text?",
        "array_account_zzz=1": "there is no variable array_account_zzz: those of the role array_account are ",
    },
    "audit": {
        "audit_become=perhaps": "audit_become takes true or false, not the text 'perhaps'",
        "audit_timeout=0": "audit_timeout takes a number above 0, not the text '0'",
        "audit_hazard=recycled": "there is no variable audit_hazard: did you mean audit_hazards, a list of some of: ",
        "audit_zzz=1": "there is no variable audit_zzz: those of the role audit are ",
    },
    "awx": {
        "awx_forks=many": "awx_forks takes a whole number of 0 or more, not the text 'many'",
        "awx_slices=0": "awx_slices takes a whole number above 0, not the text '0'",
        "awx_ee_imag=x": "there is no variable awx_ee_imag: did you mean awx_ee_image, a text?",
        "awx_zzz=1": "there is no variable awx_zzz: those of the role awx are ",
    },
    "iscsi_scan": {
        "iscsi_scan_settings=manual": "iscsi_scan_settings takes a dictionary, not a text",
        "iscsi_scan_relogin_timeout=-1": "iscsi_scan_relogin_timeout takes a number above 0, not the text '-1'",
        "iscsi_scan_record=true": "no variable iscsi_scan_record: did you mean iscsi_scan_records, true or false?",
        "iscsi_scan_zzz=1": "there is no variable iscsi_scan_zzz: those of the role iscsi_scan are ",
    },
    "multipath_conf": {
        "multipath_conf_restart=later": "multipath_conf_restart takes true or false, not the text 'later'",
        "multipath_conf_timeout=nan": "multipath_conf_timeout takes a number above 0, not the text 'nan'",
        "multipath_conf_polcy=default": "no variable multipath_conf_polcy: did you mean multipath_conf_policy, ",
        "multipath_conf_zzz=1": "there is no variable multipath_conf_zzz: those of the role multipath_conf are ",
    },
    "report": {
        "report_keep=many": "report_keep takes a whole number of 0 or more, not the text 'many'",
        "report_fail_on=critcal": "not the text 'critcal': did you mean critical?",
        "report_format=csv": "there is no variable report_format: did you mean report_formats, a list of some of: ",
        "report_zzz=1": "there is no variable report_zzz: those of the role report are ",
    },
    "stale_devices": {
        "stale_devices_batch=ten": "stale_devices_batch takes a whole number above 0, not the text 'ten'",
        "stale_devices_max_share=1.5": "stale_devices_max_share takes a number from 0 to 1, not the text '1.5'",
        "stale_devices_hazard=recycled": "no variable stale_devices_hazard: did you mean stale_devices_hazards, ",
        "stale_devices_zzz=1": "there is no variable stale_devices_zzz: those of the role stale_devices are ",
    },
}


@pytest.mark.parametrize("role", variables.role_names())
def test_each_role_names_every_kind_of_error_at_once(plays, role):
    words = OF_EACH_ROLE[role]
    message = error(plays, own_play(plays, role), arguments=[word for pair in words for word in ("-e", pair)])
    assert [sentence for sentence in words.values() if sentence not in message] == []


def test_all_errors_come_at_once(plays):
    message = error(plays, AUDIT, audit_timeout=-1, audit_fail_on="critcal", audit_zzz=1)
    assert (
        "audit_timeout takes" in message and "did you mean critical?" in message and "no variable audit_zzz" in message
    )


def test_the_inventory_is_checked_and_the_host_named(plays):
    path = plays.inventory(HOSTS, audit_array_max_ages=5)
    inventory = json.loads(path.read_text())
    hosts = inventory["all"]["hosts"]
    hosts["node2"].update(audit_timeout="ten", multipath_conf_policy="nonsense")
    hosts["node3"].update(audit_timeout="ten", multipath_conf_polic="default", audit_array_views="{{ not_evaluated }}")
    path.write_text(json.dumps(inventory))
    message = error(plays, AUDIT, inventory=path)
    assert "there is no variable audit_array_max_ages: did you mean audit_array_max_age, a whole number" in message
    assert (
        "there is no variable multipath_conf_polic: did you mean multipath_conf_policy, the name of a preset" in message
    )
    assert "audit_timeout takes a number above 0, not the text 'ten' (node2 and 1 more)" in message
    assert "multipath_conf_policy: there is no preset 'nonsense'" in message and "(node2)" in message
    assert "not_evaluated" not in message


def test_what_is_no_variable_of_the_role_is_let_be(plays):
    """What tasks register and set, inner names, and the defaults of other roles of the play."""
    other = plays.folder / "roles" / "other" / "defaults"
    other.mkdir(parents=True)
    (other / "main.yml").write_text("audit_of_other: 1\n")
    path = plays.folder / "play.yml"
    tasks = [
        {"ansible.builtin.set_fact": {"audit_seen": 1}},
        {"ansible.builtin.debug": {"msg": "x"}, "register": "audit_registered"},
        {"sanops.multipath.role_variables": {"roles": ["audit"]}, "run_once": True},
        {"ansible.builtin.debug": {"msg": "passed by {{ ansible_play_batch | length }}"}, "run_once": True},
    ]
    play = {"hosts": "all", "gather_facts": False, "vars": {"__audit_x": 1, "auditor": 1}, "tasks": tasks}
    path.write_text(json.dumps([{**play, "roles": ["other"]}]))
    assert plays.run(str(path)) == 0, plays.output
    assert "passed by 3" in plays.output
