# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookups in real ansible-playbook runs against the simulated array."""

import json
import os
import pathlib
import subprocess
import sys

import ontap_sim
import pytest
import yaml
from ansible_collections.sanops.multipath.plugins.lookup import ontap_lun_maps
from support import preloaded_ansible
from support.askers import ONE_READING

COLLECTIONS = pathlib.Path(__file__).parents[4] / "build" / "collections"
PASSWORD = "correct horse {{ battery"
IQN = "iqn.2026-01.org.example:node1"
SERIAL, WWID = "z6CcD+SK5mPb", "3600a09807a364363442b534b356d5062"
WORLD = {
    "igroups": [
        {"name": "node1", "protocol": "iscsi", "initiators": [IQN]},
        {"name": "node2", "initiators": ["iqn.2026-01.org.example:node2"]},
    ],
    "luns": [{"name": "/vol/v/one", "serial_number": SERIAL}, {"name": "/vol/v/two"}],
    "maps": [
        {"lun": "/vol/v/one", "igroup": name, "logical_unit_number": number}
        for number, name in enumerate(("node1", "node2"), 3)
    ],
}
DOCUMENTED = yaml.safe_load(ontap_lun_maps.RETURN)["_raw"]["contains"]
LUN_KEYS, ARRAY_KEYS = set(DOCUMENTED["luns"]["contains"]), set(DOCUMENTED["arrays"]["contains"])
MAP_KEYS = set(DOCUMENTED["luns"]["contains"]["maps"]["contains"])


@pytest.fixture
def sim():
    with ontap_sim.running(WORLD, users=[ontap_sim.User("audit", PASSWORD, readonly=True)]) as running:
        yield running


@pytest.fixture
def arrays(entry):
    return {"arrays": [{**entry, "password": {"__ansible_unsafe": PASSWORD}}]}


class Playbook:
    """Runs tasks on so many hosts of connection local, in a home of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.home = folder / "home"
        self.output = ""

    def run(self, tasks, variables=None, **options):
        return self.run_plays([(tasks, variables)], **options)

    def run_plays(self, plays, hosts=1, environment=None, config=""):
        (self.folder / "ansible.cfg").write_text(f"[defaults]\ninterpreter_python = {sys.executable}\n{config}")
        (self.folder / "inventory.ini").write_text(f"[all]\nhost[1:{hosts}] ansible_connection=local\n")
        (self.folder / "play.json").write_text(
            json.dumps(
                [
                    {"hosts": "all", "gather_facts": False, "vars": variables or {}, "tasks": tasks}
                    for tasks, variables in plays
                ]
            )
        )
        command = ["-i", "inventory.ini", "--forks", "10", "-vvv", "play.json"]
        mine = {
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.home),
            "HOME": str(self.home),
            "ANSIBLE_NOCOLOR": "1",
            **(environment or {}),
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        code, self.output = preloaded_ansible.playbook(command, self.folder, {**kept, **mine})
        return code

    def query(self, expression, **options):
        """What a query gives, or None where the play fails."""
        path = self.folder / "result.json"
        path.unlink(missing_ok=True)
        task = {
            "ansible.builtin.copy": {
                "dest": str(path),
                "mode": "0600",
                "content": f"{{{{ query({expression}) | to_json }}}}",
            },
            "no_log": False,
        }
        status = self.run([task], **options)
        assert (status == 0) == path.exists(), self.output
        return json.loads(path.read_text()) if status == 0 else None


@pytest.fixture
def playbook(tmp_path):
    return Playbook(tmp_path)


def names(answer):
    return [lun["name"] for lun in answer["luns"]]


def test_answers_of_ontap_luns(playbook, entry):
    terms = f"'{SERIAL}', '{WWID}', '3600a0980{24 * '4'}', '3600a0980{24 * '0'}', '36d039ea000abcdef0000000061234567'"
    expression = f"'sanops.multipath.ontap_luns', {terms}, arrays=arrays"
    answers = playbook.query(
        expression,
        variables={"arrays": [{**entry, "password": "{{ secret }}"}], "secret": {"__ansible_unsafe": PASSWORD}},
    )
    assert [(answer["term"], answer["wwid"], names(answer)) for answer in answers] == [
        (SERIAL, WWID, ["/vol/v/one"]),
        (WWID, WWID, ["/vol/v/one"]),
        (f"3600a0980{24 * '4'}", f"3600a0980{24 * '4'}", []),
        (f"3600a0980{24 * '0'}", None, []),  # E-Series: no serial number of ONTAP is binary
        ("36d039ea000abcdef0000000061234567", None, []),
    ]
    answer = answers[0]
    assert set(answer) == {"term", "wwid", "luns", "complete", "fetched_at", "arrays"}
    assert set(answer["luns"][0]) == LUN_KEYS
    assert [lun_map["lun_id"] for lun_map in answer["luns"][0]["maps"]] == [3, 4]
    assert (answer["luns"][0]["cluster"], answer["luns"][0]["array"]) == ("cluster1", "127.0.0.1")
    assert set(answer["arrays"][0]) == ARRAY_KEYS
    assert (answer["complete"], answer["arrays"][0]["scope"], answer["arrays"][0]["error"]) == (True, "cluster", None)
    assert answer["fetched_at"] == answer["arrays"][0]["fetched_at"]


def test_answers_of_ontap_lun_maps(playbook, arrays):
    answers = playbook.query(
        f"'sanops.multipath.ontap_lun_maps', '{IQN}', 'iqn.x:stranger', arrays=arrays", variables=arrays
    )
    assert [(answer["initiator"], names(answer)) for answer in answers] == [
        (IQN, ["/vol/v/one"]),
        ("iqn.x:stranger", []),
    ]
    assert set(answers[0]) == set(DOCUMENTED)
    assert set(answers[0]["luns"][0]) == LUN_KEYS
    assert [(lun_map["igroup"], lun_map["lun_id"]) for lun_map in answers[0]["luns"][0]["maps"]] == [("node1", 3)]
    assert set(answers[0]["luns"][0]["maps"][0]) == MAP_KEYS


def test_answers_of_ontap_advisories(playbook, entry, arrays, sim):
    arrays = [*arrays["arrays"], {**entry, "http_port": 1, "password": "x"}]
    hosts = {"node1": [IQN], "node2": ["{{ iqn2 }}"]}
    options = "hosts=hosts, arrays=arrays, allow_incomplete=true"
    variables = {"arrays": arrays, "hosts": hosts, "iqn2": "iqn.2026-01.org.example:node2"}
    answer, unread = playbook.query(f"'sanops.multipath.ontap_advisories', {options}", variables=variables)
    (one,) = answer["advisories"]
    assert set(answer) == set(unread) == {"hostname", "cluster", "advisories", "not_checked"}
    assert set(one) == {"rule", "severity", "subject", "what", "where", "hosts", "strangers", "why", "remedy"}
    assert (answer["cluster"], one["rule"], one["where"], one["hosts"], one["strangers"]) == (
        "cluster1",
        "MPC501",
        "cluster1",
        ["node1", "node2"],
        [],
    )
    assert answer["not_checked"] == [] == unread["advisories"]
    assert (
        unread["not_checked"][0]["what"] == "all of it" and "refuses the connection" in unread["not_checked"][0]["why"]
    )
    assert len(sim.requests()) == ONE_READING
    (answer,) = playbook.query(
        "'sanops.multipath.ontap_advisories', hosts=hosts, arrays=arrays[:1], san_clusters={'k8s': ['node1', 'node2']}",
        variables=variables,
    )
    assert answer["advisories"] == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("'node1', hosts={}", "ontap_advisories takes no terms"),
        ("hosts={'node1': 'iqn.x'}", "hosts: a list of initiators is needed for each host"),
        ("hosts={'node1': [1]}", "hosts: a list of initiators"),
        ("san_clusters={'pve': 'node1'}", "san_clusters: a dictionary of lists of hosts is needed"),
    ],
)
def test_advisories_of_what_makes_no_sense(playbook, arrays, options, says):
    assert playbook.query(f"'sanops.multipath.ontap_advisories', {options}, arrays=arrays", variables=arrays) is None
    assert says in playbook.output


BOTH = [
    {
        "ansible.builtin.assert": {
            "that": [
                f"query('sanops.multipath.ontap_lun_maps', '{IQN}', arrays=arrays)[0].luns | length == 1",
                f"query('sanops.multipath.ontap_luns', '{WWID}', arrays=arrays)[0].luns[0].maps | length == 2",
            ]
        }
    }
]


def test_many_hosts_are_one_reading(sim, playbook, arrays):
    assert playbook.run(BOTH, arrays, hosts=40) == 0, playbook.output
    assert playbook.output.count("failed=0") == 40
    assert len(sim.requests()) == ONE_READING
    assert PASSWORD not in playbook.output
    assert not list((playbook.home / "tmp").iterdir()), "the cache goes with its run"


def test_many_hosts_with_a_wrong_password_are_one_login(sim, playbook, entry):
    assert playbook.run(BOTH, {"arrays": [{**entry, "password": "wrong-horse"}]}, hosts=40) != 0
    assert playbook.output.count("failed=1") == 40
    assert len(sim.requests()) == 1
    assert f"ONTAP array 127.0.0.1:{sim.port} refuses user 'audit'" in playbook.output
    assert "wrong-horse" not in playbook.output


def test_plays_of_one_run_share_if_they_have_the_password(sim, playbook, entry, arrays):
    plays = [arrays] * 2
    assert playbook.run_plays([(BOTH, variables) for variables in plays]) == 0, playbook.output
    assert len(sim.requests()) == ONE_READING
    plays.append({"arrays": [{**entry, "password": "wrong"}]})
    assert playbook.run_plays([(BOTH, variables) for variables in plays]) != 0
    assert len(sim.requests()) == 2 * ONE_READING + 1, "another run reads again, and a wrong password reads nothing"
    assert "refuses user 'audit'" in playbook.output


def test_an_array_that_fails_is_an_error_or_an_incomplete_answer(sim, playbook, arrays):
    sim.faults([{"path": "/api/storage/luns", "status": 500}])
    good = ontap_sim.running(WORLD, users=[ontap_sim.User("audit", PASSWORD)])
    expression = f"'sanops.multipath.ontap_luns', '{SERIAL}', arrays=arrays"
    with good as other:
        (mine,) = arrays["arrays"]
        variables = {"arrays": [mine, {**mine, "http_port": other.port, "ca_path": other.ca_path}]}
        assert playbook.query(expression, variables=variables) is None
        assert f"ONTAP array 127.0.0.1:{sim.port} fails at GET /api/storage/luns" in playbook.output
        answer = playbook.query(expression + ", allow_incomplete=true", variables=variables)[0]
    assert names(answer) == ["/vol/v/one"] and answer["complete"] is False
    down, up = answer["arrays"]
    assert set(down) == set(up) == ARRAY_KEYS
    assert (down["complete"], down["scope"], down["svms"], up["complete"], up["error"]) == (False, None, [], True, None)
    assert "fails at GET /api/storage/luns" in down["error"]
    assert down["fetched_at"] is None and answer["fetched_at"] == up["fetched_at"]


def test_no_array_is_an_error_or_an_incomplete_answer(playbook):
    expression = f"'sanops.multipath.ontap_luns', '{SERIAL}', arrays=[]"
    assert playbook.query(expression) is None
    assert "No ONTAP array is configured" in playbook.output
    answer = playbook.query(expression + ", allow_incomplete=true")[0]
    assert (answer["luns"], answer["complete"], answer["fetched_at"], answer["arrays"]) == ([], False, None, [])


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("'x', arrays=[{'hostname': 'san1', 'ca_pth': 'x'}]", "entry 1 of arrays has the unknown key 'ca_pth'"),
        (
            "'x', arrays=[{'hostname': 'san1', 'username': 'u', 'password': 'p'}], hostname='san2'",
            "arrays and hostname are both set",
        ),
        (
            "['x'], hostname='san2', username='u', password='p'",
            "Term 1 must be a string, not a list: write a star before the list",
        ),
        ("'x', 7, hostname='san2', username='u', password='p'", "Term 2 must be a string, not a number"),
        ("'', hostname='san2', username='u', password='p'", "Term 1 is an empty string"),
        ("'x', arrays=[['san1']]", "entry 1 of arrays must be a dictionary with a hostname, not a list"),
        (
            "'x', hostname='127.0.0.1:443', username='u', password='p'",
            "the ONTAP options: hostname must be a bare name or address",
        ),
    ],
)
def test_wrong_options_are_an_error_even_where_incomplete_answers_are_allowed(playbook, expression, sentence):
    assert playbook.query(f"'sanops.multipath.ontap_luns', {expression}, allow_incomplete=true") is None
    assert sentence in playbook.output


def test_options_from_the_environment_and_from_ansible_cfg(playbook, entry):
    environment = {
        "ONTAP_HOSTNAME": entry["hostname"],
        "ONTAP_PASSWORD": PASSWORD,
        "ONTAP_HTTP_PORT": str(entry["http_port"]),
    }
    config = f"[sanops_multipath]\nontap_username = audit\nontap_ca_path = {entry['ca_path']}\n"
    answer = playbook.query(f"'sanops.multipath.ontap_luns', '{SERIAL}'", environment=environment, config=config)
    assert names(answer[0]) == ["/vol/v/one"], playbook.output


def test_options_from_variables_may_be_templates(playbook, entry):
    variables = {f"sanops_multipath_ontap_{name}": value for name, value in entry.items()}
    variables.update(sanops_multipath_ontap_password="{{ secret }}", secret={"__ansible_unsafe": PASSWORD})
    variables.update(sanops_multipath_ontap_username='{{ "au" ~ "dit" }}')
    variables.update(
        sanops_multipath_ontap_http_port="{{ %d + 0 }}" % entry["http_port"],
        sanops_multipath_ontap_validate_certs="{{ 1 == 1 }}",
    )
    answer = playbook.query(f"'sanops.multipath.ontap_luns', '{SERIAL}'", variables=variables)
    assert names(answer[0]) == ["/vol/v/one"], playbook.output


def test_arrays_from_a_variable_may_be_a_template(playbook, arrays):
    variables = {"sanops_multipath_ontap_arrays": "{{ audit_arrays }}", "audit_arrays": arrays["arrays"]}
    answer = playbook.query(f"'sanops.multipath.ontap_luns', '{SERIAL}'", variables=variables)
    assert names(answer[0]) == ["/vol/v/one"], playbook.output


def test_arrays_from_a_variable_with_a_vaulted_password(playbook, entry):
    (playbook.folder / "vault").write_text("vault password")
    command = [sys.executable, "-m", "ansible", "vault", "encrypt_string", "--vault-password-file", "vault", PASSWORD]
    environment = {**os.environ, "ANSIBLE_HOME": str(playbook.home), "HOME": str(playbook.home)}
    done = subprocess.run(command, cwd=playbook.folder, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    vaulted = {"__ansible_vault": "\n".join(line.strip() for line in done.stdout.splitlines()[1:])}
    answer = playbook.query(
        f"'sanops.multipath.ontap_luns', '{SERIAL}'",
        variables={"sanops_multipath_ontap_arrays": [{**entry, "password": vaulted}]},
        config="vault_password_file = vault\n",
    )
    assert answer and names(answer[0]) == ["/vol/v/one"], playbook.output
