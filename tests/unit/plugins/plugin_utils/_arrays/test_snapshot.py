# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One reading for all: who shares it, for how long, and who hears of a failure."""

import dataclasses
import json
import multiprocessing

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import listing, snapshot
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import (
    Array,
    OntapFetchError,
    OntapLoginError,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.snapshot import Moment, SnapshotCache
from support.askers import ARRAY, ONE_READING, Source, content, the_record, workers


@pytest.fixture
def clock(monkeypatch):
    """Both clocks in the test's hand; a step moves the wall's only."""

    class Clock:
        wall, monotonic = 1_800_000_000.0, 5000.0

        def go(self, seconds):
            self.wall += seconds
            self.monotonic += seconds

        def step(self, seconds):
            self.wall += seconds

        def reboot(self):
            self.monotonic = 10.0

    clock = Clock()
    monkeypatch.setattr(snapshot.Moment, "now", lambda: Moment(clock.wall, clock.monotonic))
    return clock


# Sharing


def test_fifty_processes_at_once_read_the_array_once(sim, array, folder):
    sim.faults([{"path": "/api/storage/luns", "delay": 0.5}])
    assert workers(50, folder, array) == ["8"] * 50
    assert len(sim.requests()) == ONE_READING
    assert workers(2, folder, array) == ["8"] * 2
    assert len(sim.requests()) == ONE_READING


def test_fifty_processes_with_a_wrong_password_log_in_once(sim, array, folder):
    sentences = workers(50, folder, dataclasses.replace(array, password="wrong"))
    assert len(sentences) == 50 and len(set(sentences)) == 1 and "refuses user 'audit'" in sentences[0]
    assert len(sim.requests()) == 1


def test_a_login_that_was_refused_elsewhere_is_not_tried_again(sim, array, folder):
    wrong = dataclasses.replace(array, password="wrong")
    cache = SnapshotCache(folder, 0, listing.fetch)
    cache.refuse(wrong, "san1 refuses user 'audit'")
    with pytest.raises(OntapLoginError, match="san1 refuses user 'audit'"):
        cache.get(wrong)
    assert sim.requests() == []
    assert len(cache.get(array)["luns"]) == 8, "another password is another login"


def test_a_login_that_works_again_is_no_longer_refused(sim, array, folder):
    cache = SnapshotCache(folder, 0, listing.fetch)
    cache.accept(array)
    assert not folder.exists(), "nothing to forget, nothing to make"
    cache.refuse(array, "san1 refuses user 'audit'")
    cache.accept(array)
    assert len(cache.get(array)["luns"]) == 8
    kept = the_record(folder).read_bytes()
    cache.accept(array)
    assert the_record(folder).read_bytes() == kept, "a listing stays"


def test_a_refused_login_is_known_while_it_is_kept(folder, clock):
    cache = SnapshotCache(folder, 0, Source())
    assert cache.refused(ARRAY) is None
    cache.refuse(ARRAY, "san1 refuses user 'audit'")
    clock.go(snapshot.LOGIN_FAILURE_TTL)
    assert cache.refused(ARRAY) == "san1 refuses user 'audit'"
    assert cache.refused(dataclasses.replace(ARRAY, password="other")) is None
    clock.go(1)
    assert cache.refused(ARRAY) is None
    cache.get(ARRAY)
    assert cache.refused(ARRAY) is None


def test_only_a_refused_login_is_forgotten(folder):
    source = Source(OntapFetchError("san1 is down"))
    cache = SnapshotCache(folder, 0, source)
    for dummy in range(2):
        with pytest.raises(OntapFetchError, match="san1 is down"):
            cache.get(ARRAY)
        cache.accept(ARRAY)
    assert source.readings == 1


def test_a_wrong_password_does_not_get_what_a_right_one_read(sim, array, folder):
    cache = SnapshotCache(folder, 300, listing.fetch)
    cache.get(array)
    with pytest.raises(OntapLoginError):
        cache.get(dataclasses.replace(array, password="wrong"))
    assert len(cache.get(array)["luns"]) == 8
    assert len(sim.requests()) == ONE_READING + 1


@pytest.mark.parametrize(
    "change",
    [
        {"hostname": "san2"},
        {"http_port": 8443},
        {"username": "other"},
        {"password": "other"},
        {"validate_certs": False},
        {"ca_path": "/x"},
        {"cert_filepath": "/x"},
        {"key_filepath": "/x"},
        {"allow_no_luns": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_decides_the_answer_decides_who_shares(folder, change):
    source = Source()
    cache = SnapshotCache(folder, 300, source)
    cache.get(ARRAY)
    cache.get(dataclasses.replace(ARRAY, **change))
    cache.get(ARRAY)
    assert source.readings == 2
    assert set(change) <= {field.name for field in dataclasses.fields(Array)}


@pytest.mark.parametrize("option", ["cert_filepath", "key_filepath", "ca_path"])
def test_a_file_that_was_changed_in_its_place_is_another_credential(folder, tmp_path, option):
    source = Source()
    cache = SnapshotCache(folder, 300, source)
    file = tmp_path / "file.pem"
    array = dataclasses.replace(ARRAY, **{option: str(file)})
    for written in (None, "one", "two", "two"):
        if written:
            file.write_text(written)
        cache.get(array)
    assert source.readings == 3
    file.write_text("one")
    assert cache.get(array)["array"]["reading"] == 2


def test_other_folders_do_not_share(tmp_path):
    source = Source()
    for name in ("a", "b"):
        SnapshotCache(tmp_path / name, 300, source).get(ARRAY)
    assert source.readings == 2


def test_names_have_a_key_that_is_on_no_disk(folder, monkeypatch):
    """Without it, a name could be compared with the digests of guessed passwords; another run has another key."""
    source = Source()
    cache = SnapshotCache(folder, 300, source)
    cache.get(ARRAY)
    key = multiprocessing.current_process().authkey
    assert len(key) == 32 and key not in content(folder) and key.hex().encode() not in content(folder)
    monkeypatch.setattr(multiprocessing.current_process(), "authkey", b"of another run")
    cache.get(ARRAY)
    assert source.readings == 2 and len(list(folder.glob("*.json"))) == 2


# Time


@pytest.mark.parametrize(("ttl", "later", "readings"), [(300, 299, 1), (300, 301, 2), (0, 0.001, 2), (0.5, 0.4, 1)])
def test_time_to_live(folder, clock, ttl, later, readings):
    source = Source()
    cache = SnapshotCache(folder, ttl, source)
    cache.get(ARRAY)
    clock.go(later)
    cache.get(ARRAY)
    assert source.readings == readings


@pytest.mark.parametrize(
    "change",
    [
        lambda clock: clock.step(-3600),
        lambda clock: clock.step(3600),
        lambda clock: clock.reboot(),
        lambda clock: clock.go(-3600),
    ],
    ids=["back", "forth", "reboot", "reboot of a machine without a clock"],
)
def test_a_stepped_clock_makes_it_too_old(folder, clock, change):
    source = Source()
    cache = SnapshotCache(folder, 300, source)
    cache.get(ARRAY)
    change(clock)
    cache.get(ARRAY)
    assert source.readings == 2


def test_age_counts_from_the_beginning_of_the_reading(folder, clock):
    source = Source()

    def slow(array):
        clock.go(200)
        return source(array)

    cache = SnapshotCache(folder, 300, slow)
    cache.get(ARRAY)
    clock.go(150)
    cache.get(ARRAY)
    assert source.readings == 2


def test_a_reading_that_began_after_the_question_answers_it_even_without_time_to_live():
    began, now = Moment(20, 20), Moment(30, 30)
    assert began.covers(asked=Moment(10, 10), now=now, ttl=0)
    assert not began.covers(asked=Moment(21, 21), now=now, ttl=0)


@pytest.mark.parametrize("step", [-3600, 3600])
def test_a_step_of_the_clock_while_many_wait_costs_one_more_reading_and_not_one_for_each(step):
    asked, before, after, now = Moment(1000, 10), Moment(1005, 15), Moment(1020 + step, 30), Moment(1030 + step, 40)
    assert not before.covers(asked, now, ttl=300)
    assert after.covers(asked, now, ttl=0)


# Failures


def test_a_failure_is_shared_for_a_minute(folder, clock):
    source = Source(OntapFetchError("san1 is down"))
    cache = SnapshotCache(folder, 0, source)
    for dummy in range(3):
        with pytest.raises(OntapFetchError, match="san1 is down"):
            cache.get(ARRAY)
    assert source.readings == 1
    clock.go(snapshot.FAILURE_TTL + 1)
    source.error = None
    assert cache.get(ARRAY)["array"]["reading"] == 2


@pytest.mark.parametrize(("ttl", "lasts"), [(0, 300), (900, 900)])
def test_a_refused_login_is_remembered_longer(folder, clock, ttl, lasts):
    source = Source(OntapLoginError("no"))
    cache = SnapshotCache(folder, ttl, source)
    for seconds in (0, lasts - 1):
        clock.go(seconds)
        with pytest.raises(OntapLoginError, match="no"):
            cache.get(ARRAY)
    assert source.readings == 1
    clock.go(2)
    with pytest.raises(OntapLoginError):
        cache.get(ARRAY)
    assert source.readings == 2


def test_a_failure_takes_the_place_of_an_old_reading(folder, clock):
    source = Source()
    cache = SnapshotCache(folder, 10, source)
    cache.get(ARRAY)
    clock.go(11)
    source.error = OntapFetchError("san1 is down")
    for dummy in range(2):
        with pytest.raises(OntapFetchError):
            cache.get(ARRAY)
    assert source.readings == 2


def test_an_incomplete_reading_is_not_kept(sim, array, folder):
    sim.faults([{"path": "/api/protocols/san/lun-maps", "status": 500}])
    with pytest.raises(OntapFetchError):
        SnapshotCache(folder, 300, listing.fetch).get(array)
    assert "snapshot" not in json.loads(the_record(folder).read_text())
