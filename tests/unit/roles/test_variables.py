# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each variable of each role with values that it does not take, and names that are no variable."""

import pathlib
import re

import pytest
import yaml
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.plan import HAZARDS
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import checks, variables

ROOT = pathlib.Path(__file__).resolve().parents[3]
ROLES = variables.role_names()
OPTIONS = {name: option for role in ROLES for name, option in variables.options(role).items()}
SECRET = "Tr0ub4dor"
# What no type takes, by the type, or by the type and that of its elements.
WRONG = {
    "bool": ["perhaps", "", "t", 5, 0.5, [], {}],
    "int": ["ten", "", "2.5", 2.5, True, -1, [1], {}, "1e999"],
    "float": ["ten", "", True, -1, "-1", "nan", "inf", [1], {}],
    "str": [["x"], {"x": 1}, True],
    "path": [["x"], {"x": 1}, True],
    "dict": ["x", ["x"], 5, True],
    "list": [5, True, {}],
    "list of dict": ["x", ["x"], [None], [{}, "x"]],
    "list of str": [[["x"]], [None], [{}]],
    "list of path": [[["x"]], [None]],
    "list of raw": [],
    "choices": ["nonsense", ""],
    "list of choices": ["nonsense", ["nonsense"], ["nonsense", 5], ""],
}
WRONG_OF_ITS_OWN = {
    "audit_arrays": [[{"user": "x"}], [{"hostname": "a"}], [{"hostname": "u:p@a", "username": "u", "password": "p"}]],
    "audit_array_max_age": ["-0.5"],
    "audit_exceptions": [[{"rule": "MPC001"}], [{"device": "x", "reason": "r", "owner": "o", "expires": "soon"}]],
    "audit_hosts": [5, [], [5], {}, ""],
    "audit_kubernetes": [[{}], [{"name": "a", "hosts": "x"}]],
    "audit_policy": [5, "nonsense", {"nonsense": 1}, {"no_path_retry": "perhaps"}, ["default"]],
    "audit_san_clusters": [{"a": "node1"}, {"a": ["node1"], "b": ["node1"]}],
    "awx_arrays": [[{"user": "x"}]],
    "awx_audit_variables": [{"audit_timeout": "ten"}, {"audit_array": []}, {"audits_timeout": 5}],
    "awx_remediation_variables": [{"stale_devices_hazard": ["recycled"]}, {"iscsi_scan_relogin": "perhaps"}],
    "awx_report_variables": [{"report_max_age": "ten"}, {"report_maxage": 5}],
    "awx_schedule_time": [120, "2:00", "25:00", "02:00:00", "later"],
    "awx_schedule_timezone": ["Europe/Berln", "Berlin", "", "../etc/passwd"],
    "awx_webhook_url": ["hooks.example.com/x", "ftp://example.com", "https://", "https://a b"],
    "multipath_conf_policy": [5, "nonsense", {"nonsense": 1}],
    "report_exceptions": [[{"rule": "MPC001"}]],
    "stale_devices_arrays": [[{"user": "x"}]],
    "stale_devices_batch": [0],
    "stale_devices_hosts": [5, []],
    "stale_devices_kubernetes": [[{}]],
    "stale_devices_max_share": [1.01, 30],
    "stale_devices_serial": [0, -1, "x", "0%", "101%", [], [1, 0], True, {}, 1.5],
    "stale_devices_timeout": [0, "0"],
}
RIGHT_OF_ITS_OWN = {
    "audit_array_views": [[{"x": 1}, "view.json"], "a.json,b.json"],
    "audit_exceptions": [[{"rule": "MPC001", "reason": "r", "owner": "o", "expires": "2020-01-01"}]],
    "audit_hosts": ["all", "a:!b", ["a", "b"]],
    "audit_policy": ["proxmox", {"preset": "proxmox", "no_path_retry": 5}],
    "audit_report_keep": [0, "0"],
    "audit_san_clusters": [{"a": ["node1"], "b": ["node2"]}],
    "awx_audit_variables": [{"audit_timeout": 5, "my": 1, "audit_arrays": "{{ san_arrays }}"}, "audit_timeout=5"],
    "awx_project_branch": ["", "main", 1.5],
    "awx_schedule_timezone": ["Europe/Berlin", "Etc/UTC", "UTC"],
    "awx_webhook_url": ["", "https://hooks.example.com/san?token=x", "http://10.0.0.1:8080/"],
    "stale_devices_kubernetes_drain_options": [{"force": True}, "force=true", '{"force": true}'],
    "stale_devices_max_removals": [0],
    "stale_devices_max_share": [0, 1, "0.25"],
    "stale_devices_serial": [1, "3", "30%", "100%", [1, "10%", 50]],
}


def kinds(option):
    kind = option.get("type", "str")
    yield kind
    if kind == "list":
        yield f"list of {option.get('elements', 'raw')}"
    if "choices" in option:
        yield "list of choices" if kind == "list" else "choices"


def wrong_values(name, option):
    values = [value for kind in kinds(option) if kind != "raw" for value in WRONG[kind]]
    values += WRONG_OF_ITS_OWN.get(name, [])
    return [value for value in values if not ("" in option.get("choices", ()) and value == "")]


CASES = [(name, value) for name, option in OPTIONS.items() for value in wrong_values(name, option)]


@pytest.mark.parametrize(("name", "value"), CASES)
def test_a_wrong_value_is_reported_with_the_name_and_what_it_takes(name, value):
    message = checks.wrong(name, value, OPTIONS[name])
    assert message and name in message
    assert not re.search(r"<class|NoneType|Ansible|\bdict\b|\bint\b", message), message
    if value in WRONG_OF_ITS_OWN.get(name, []) and variables.wrong(name, value, OPTIONS[name]) is None:
        return  # of the right type, and reported in the words of its reader
    assert message.startswith(f"{name} takes {variables.takes(OPTIONS[name])}")


def test_each_variable_has_wrong_values():
    assert {name for name, value in CASES} == set(OPTIONS)


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_right_values(name):
    option = OPTIONS[name]
    values = RIGHT_OF_ITS_OWN.get(name, []) + ([option["default"]] if "default" in option else [None])
    values += option.get("choices", [])
    assert [(value, message) for value in values if (message := checks.wrong(name, value, option))] == []


@pytest.mark.parametrize("role", ROLES)
def test_the_defaults_are_right_and_documented(role):
    options = variables.options(role)
    for name, value in variables.defaults(role).items():
        assert name in options
        if not (isinstance(value, str) and "{{" in value):
            assert checks.wrong(name, value, options[name]) is None, name
            assert options[name].get("default", "") == value, name


@pytest.mark.parametrize("name", sorted(name for name, option in OPTIONS.items() if option.get("no_log")))
@pytest.mark.parametrize(
    "value", [SECRET, [SECRET], [[SECRET]], {"password": [SECRET]}, [{"password": SECRET, "x": 1}], 5]
)
def test_no_secret_is_shown(name, value):
    assert SECRET not in (checks.wrong(name, value, OPTIONS[name]) or "")


@pytest.mark.parametrize("value", [f"hostname={SECRET}", [f"hostname={SECRET}"]])
@pytest.mark.parametrize("name", ["audit_array_views", "awx_audit_variables", "iscsi_scan_settings"])
def test_no_text_in_place_of_a_list_or_a_dictionary_is_shown(name, value):
    assert SECRET not in (checks.wrong(name, value, OPTIONS[name]) or "")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("audit_timeout", "ten", "audit_timeout takes a number above 0, not the text 'ten'"),
        ("audit_become", "perhaps", "audit_become takes true or false, not the text 'perhaps'"),
        ("audit_report_keep", -1, "audit_report_keep takes a whole number of 0 or more, not -1"),
        ("stale_devices_max_share", 30, "stale_devices_max_share takes a number from 0 to 1, not 30"),
        ("stale_devices_batch", True, "stale_devices_batch takes a whole number above 0, not true"),
        (
            "audit_fail_on",
            "critcal",
            "audit_fail_on takes one of: critical, warning, info (or an empty text for none), not the text 'critcal': "
            "did you mean critical?",
        ),
        (
            "stale_devices_hazards",
            ["recycled", "living_map"],
            "stale_devices_hazards takes a list of some of: recycled, wire_alone, array_alone, living_maps, "
            "empty_sessions; entry 2 is the text 'living_map': did you mean living_maps?",
        ),
        ("audit_arrays", [{}, "x"], "audit_arrays takes a list of dictionaries; entry 2 is a text"),
        ("audit_arrays", None, "audit_arrays takes a list of dictionaries, not nothing (null)"),
        ("report_files", 5, "report_files takes a list of paths, not a number"),
        ("audit_report_dir", ["x"], "audit_report_dir takes a path, not a list"),
        (
            "stale_devices_arrays",
            [{"user": "x"}],
            "entry 1 of stale_devices_arrays has the unknown key 'user'; known are hostname, username, password, "
            "http_port, validate_certs, cert_filepath, key_filepath, ca_path, allow_no_luns",
        ),
        ("awx_arrays", [{"hostname": "a"}], None),
        ("audit_kubernetes", [{}], "entry 1 of audit_kubernetes must be a dictionary with a name"),
        (
            "report_exceptions",
            [{"rule": "MPC001", "owner": "o"}],
            "report_exceptions, entry 1: reason: a text is needed",
        ),
        ("multipath_conf_policy", {"x": 1}, "multipath_conf_policy: there is no key x; there are preset, "),
        ("audit_san_clusters", {"a": ["n"], "b": ["n"]}, "audit_san_clusters: n is in two clusters, a and b"),
        (
            "awx_remediation_variables",
            {"stale_devices_hazard": ["recycled"]},
            "awx_remediation_variables: there is no variable stale_devices_hazard: did you mean stale_devices_hazards,",
        ),
        ("audit_hosts", 5, "audit_hosts takes a pattern of hosts, or a list of patterns, not a number"),
        (
            "stale_devices_serial",
            "0%",
            "stale_devices_serial takes a number of hosts above 0, a percentage such as 10%, or a list of those, "
            "not '0%'",
        ),
    ],
)
def test_the_words(name, value, message):
    found = checks.wrong(name, value, OPTIONS[name])
    assert found.startswith(message) if message else "awx_arrays" in found


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_a_misspelt_name_is_reported_with_the_one_that_is_meant(name):
    role = next((role for role in ROLES if name.startswith(f"{role}_")), "awx")
    for misspelt in (name[:-1], name[:-2] + name[-1] + name[-2], name + "x"):
        if misspelt not in OPTIONS:
            (message,) = variables.unknown([misspelt], [role], [misspelt])
            assert message.startswith(f"there is no variable {misspelt}: did you mean ")
            meant = re.search(r"did you mean (\w+), (.+)\?$", message)
            assert meant[2] == variables.takes(OPTIONS[meant[1]])


@pytest.mark.parametrize(
    ("names", "roles", "extra", "message"),
    [
        (["stale_devices_hazard"], ["stale_devices"], [], ["did you mean stale_devices_hazards, a list of some of"]),
        (["audit_array"], ["audit"], [], ["did you mean audit_arrays, a list of dictionaries?"]),
        (["audit_array"], ["stale_devices"], [], ["did you mean audit_arrays"]),
        (["multipath_conf_polcy"], ["audit"], [], ["did you mean multipath_conf_policy"]),
        (["audit_host"], ["report"], [], ["did you mean audit_hosts"]),
        (["audit_report_dirs", "report_dirs"], ["audit"], [], ["did you mean audit_report_dir,"]),
        (["audit_report_dirs", "report_dirs"], ["report"], [], ["audit_report_dirs", "did you mean report_dir,"]),
        (["iscsi_scan_zzz"], ["iscsi_scan"], [], ["those of the role iscsi_scan are iscsi_scan_backup, "]),
        (["iscsi_scan_zzz"], ["stale_devices", "iscsi_scan"], [], ["iscsi_scan_zzz"]),
        (["stale_device_hazards"], ["stale_devices"], ["stale_device_hazards"], ["did you mean stale_devices_hazards"]),
        (["awx_job_ids", "awx_job_id"], ["awx"], [], ["awx_job_ids"]),
        # None of these is meant for the role.
        (["stale_device_hazards"], ["stale_devices"], [], []),
        (["iscsi_scan_zzz", "awx_zzz"], ["stale_devices", "audit"], [], []),
        (["__audit_x", "_audit_arrays", "auditor", "my_audit_arrays"], ["audit"], ["my_audit_arrays"], []),
        (["awx_job_id", "awx_workflow_job_name", "awx_webhook_payload", "awx_user_name"], ["awx"], [], []),
        (sorted(OPTIONS), ROLES, sorted(OPTIONS), []),
    ],
)
def test_unknown_names(names, roles, extra, message):
    found = variables.unknown(names, roles, extra)
    assert len(found) == len(message) and all(part in sentence for part, sentence in zip(message, found))


@pytest.mark.parametrize("role", sorted(set(ROLES) - {"awx"}))  # it hands variables on to jobs
def test_what_a_role_reads_of_others_is_known(role):
    files = [file for file in ROOT.glob(f"roles/{role}/*/*.yml") if file.parent.name != "meta"]
    text = "".join(re.sub("#.*", "", file.read_text(encoding="utf-8")) for file in files)
    named = set(re.findall(r"(?<![\w.])[a-z_]+\b(?!'?:)", text)) & set(OPTIONS)
    # A message names it.
    named -= {"audit_fail_on"} if role == "report" else set()
    assert named - set(variables.options(role)) == set(variables.READS.get(role, ()))


def test_hazards_have_one_vocabulary():
    choices = {name: option["choices"] for name, option in OPTIONS.items() if "hazards" in name}
    assert set(choices) == {"audit_hazards", "report_hazards", "stale_devices_hazards"}
    assert all(words == list(HAZARDS) for words in choices.values())


def test_the_documentation_of_the_module_names_the_roles():
    text = (ROOT / "plugins/modules/role_variables.py").read_text(encoding="utf-8")
    documented = yaml.safe_load(text.split('"""')[1])["options"]["roles"]["choices"]
    assert tuple(documented) == ROLES == tuple(sorted(path.name for path in (ROOT / "roles").iterdir()))


def test_no_role_has_an_entry_point_that_ansible_checks_by_itself():
    for role in ROLES:
        specs = yaml.safe_load((ROOT / f"roles/{role}/meta/argument_specs.yml").read_text(encoding="utf-8"))
        of_files = {name: spec for name, spec in specs["argument_specs"].items() if name != variables.ENTRY_POINT}
        assert all("options" not in spec for spec in of_files.values()) and "main" not in of_files
        assert not (ROOT / f"roles/{role}/tasks/{variables.ENTRY_POINT}.yml").exists()
