# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Saved states: whole or not there, never out of date.

The machines' files are small ones here; scenarios/test_lab.py has real ones.
"""

import errno
import json
import shutil
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from lab import states, topology
from lab.errors import LabError
from lab.states import State, States

FACTS = {"machines": {"array": 1, "node1": 2}, "images": {}}


def recipe(lab):
    """Return a state's recipe: only its file counts."""


@pytest.fixture(autouse=True)
def of_inputs(monkeypatch):
    """Replace the inputs by a dictionary, which a test may change."""
    now = {"hash": "a"}
    monkeypatch.setattr(states, "inputs", lambda size: f"{now['hash']}{size}")
    return now


@pytest.fixture
def lab(tmp_path):
    """Return the folder of a lab whose machines have been saved."""
    folder = tmp_path / "run"
    for machine in FACTS["machines"]:
        (folder / machine).mkdir(parents=True)
        for name in states.OF_A_MACHINE:
            (folder / machine / name).write_text(f"{machine} {name}", encoding="ascii")
    for name in states.SHARED:
        (folder / name).write_text(name, encoding="ascii")
    return folder


@pytest.fixture
def store(tmp_path):
    return States(tmp_path / "states")


def save(store, lab, name="mine", nodes=2, memory=640, suites=topology.USUAL):
    size = topology.Size(nodes, memory, suites)
    path = store.path(State(name), size)
    about = {"name": name, "inputs": states.inputs(size), **size._asdict(), "facts": FACTS}
    store.folder.mkdir(exist_ok=True)
    store.write(path, lab, about)
    return path


def content(folder):
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "state.json"]
    return {str(path.relative_to(folder)): path.read_text(encoding="ascii") for path in files}


def test_what_is_saved_is_what_a_new_lab_gets(store, lab, tmp_path):
    path = save(store, lab)
    new = tmp_path / "new"
    new.mkdir()
    assert store.read_into(path, new)["facts"] == FACTS
    assert content(new) == content(lab)
    (new / "node1/disk.qcow2").write_text("written to", encoding="ascii")
    assert content(path) == content(lab), "each lab has a disk of its own"


def test_a_state_that_is_removed_while_a_lab_has_it(store, lab, tmp_path):
    """Its memory is linked: the lab's own link keeps it."""
    path = save(store, lab)
    new = tmp_path / "new"
    new.mkdir()
    store.read_into(path, new)
    shutil.rmtree(path)
    assert content(new) == content(lab)
    assert store.read_into(path, tmp_path) is None


def test_a_full_disk_leaves_nothing(store, lab, monkeypatch):
    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    save(store, lab, "former")
    before = content(store.folder)
    with monkeypatch.context() as patch:
        patch.setattr(states.shutil, "copy2", full)
        with pytest.raises(LabError, match="mine.* could not be saved: .*No space left on device"):
            save(store, lab)
    assert content(store.folder) == before and store.names() == ["former"]
    save(store, lab)
    assert store.names() == ["former", "mine"]


def test_what_a_killed_save_has_left_is_no_state_and_the_next_save_removes_it(store, lab):
    path = save(store, lab)
    half = path.with_name("half.0123.new")
    shutil.copytree(path, half)
    assert store.names() == ["mine"] and "half" not in store.table()
    save(store, lab, "other")
    assert not half.exists()


def test_a_state_of_other_inputs_is_not_found_and_the_next_save_removes_it(store, lab, of_inputs):
    old = save(store, lab)
    assert store.find("mine") == old
    of_inputs["hash"] = "b"
    with pytest.raises(
        LabError, match="State mine is one of the tests, or of other images or another version of the lab"
    ):
        store.find("mine")
    assert "out of date" in store.table()
    other = save(store, lab, "other")
    assert not old.exists() and store.find("other") == other


def test_the_same_name_replaces_and_labs_of_another_size_stay(store, lab):
    small, large = save(store, lab, nodes=1), save(store, lab, nodes=3)
    (lab / "node1/memory").write_text("later", encoding="ascii")
    assert save(store, lab, nodes=1) == small != large
    assert content(small) == content(lab) and large.exists()


def test_labs_of_other_generations_and_states_of_an_older_version_stay_apart(store, lab):
    usual, others = save(store, lab), save(store, lab, suites=("bullseye", "sid"))
    assert usual.exists() and others.exists() and usual != others
    assert "2 nodes of bullseye, sid" in store.table()
    about = states.read(usual)
    del about["suites"]
    (usual / "state.json").write_text(json.dumps(about), encoding="utf-8")
    save(store, lab, "other")  # it looks at all of them
    assert not usual.exists() and others.exists()


def test_an_unknown_name_says_which_there_are(store, lab):
    with pytest.raises(LabError, match="There is no state x. There are: none"):
        store.find("x")
    save(store, lab)
    with pytest.raises(LabError, match="There is no state x. There are: mine. Make one with: save NAME"):
        store.find("x")


@pytest.mark.parametrize(
    "other",
    [State("other", recipe), State("mine"), State("mine", recipe, State("base")), State("mine", recipe, also="more")],
)
def test_a_state_is_another_one_when_what_it_is_made_of_changes(store, other):
    mine = State("mine", recipe)
    assert store.path(mine, topology.Size(2, 640)) == store.path(State("mine", recipe), topology.Size(2, 640))
    assert store.path(mine, topology.Size(2, 640)).suffix != store.path(other, topology.Size(2, 640)).suffix
    assert (
        store.path(mine, topology.Size(2, 640))
        != store.path(mine, topology.Size(3, 640))
        != store.path(mine, topology.Size(3, 641))
    )


def test_the_inputs_are_the_code_that_shapes_a_machine(monkeypatch, tmp_path):
    monkeypatch.undo()
    sizes = [(2, 640, topology.USUAL), (1, 640, topology.USUAL), (2, 641, topology.USUAL), (2, 640, ("sid",))]
    assert len({states.inputs(topology.Size(*size)) for size in sizes}) == 4
    here = tmp_path / "lab"
    shutil.copytree(states.HERE, here)
    before = states.code_digest(here)
    (here / "status.py").write_text("", encoding="ascii")
    assert states.code_digest(here) == before
    (here / "failures.py").write_text("", encoding="ascii")
    assert states.code_digest(here) != before
    assert {name for name in states.NOT_IN_A_STATE if not (here / name).exists()} == set()


def test_two_that_make_the_same_state_do_it_one_after_the_other(store):
    order = []

    def make():
        with store.making("mine"):
            order.append("begin")
            order.append("end")

    with ThreadPoolExecutor() as pool:
        with store.making("mine"):
            makers = [pool.submit(make) for dummy in range(2)]
            assert not wait(makers, 0.3).done and order == []
        wait(makers)
    assert order == ["begin", "end"] * 2


def test_a_saved_state_tells_its_story(store, lab):
    path = save(store, lab)
    assert json.loads((path / "state.json").read_text(encoding="utf-8")) == states.read(path)
    assert store.table().splitlines() == ["mine             2 nodes of bookworm, trixie, 0 MiB"]


def test_a_state_that_somebody_removes_meanwhile(store, lab, monkeypatch):
    """By hand, while another one is written or the states are listed: it is as if it had not been there."""
    gone, read = save(store, lab, "gone"), states.read

    def removed_before(path):
        if path == gone:
            shutil.rmtree(gone, ignore_errors=True)
        return read(path)

    monkeypatch.setattr(states, "read", removed_before)
    save(store, lab)
    assert store.names() == ["mine"]
    assert store.table().startswith("mine ")


def test_only_the_states_of_that_name_are_removed(store, lab):
    for name, nodes in (("mine", 2), ("mine", 1), ("other", 2)):
        save(store, lab, name, nodes)
    store.remove("mine")
    assert store.names() == ["other"]


def test_a_state_has_the_transport_of_its_base():
    base = State("base", transport="fc")
    assert State("mine", recipe, State("more", recipe, base)).transport == "fc"
    assert State("mine", recipe, State("base")).transport == "iscsi"
    assert base.made_of != State("base").made_of
