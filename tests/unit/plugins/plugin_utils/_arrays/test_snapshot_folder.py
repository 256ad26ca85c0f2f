# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a reading is kept: what its files may be, and what becomes of it when a disk, a file or a process breaks."""

import dataclasses
import fcntl
import json
import os
import pathlib
import signal
import stat

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import listing, snapshot
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import OntapConfigError, OntapFetchError
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.snapshot import SnapshotCache
from support.askers import ARRAY, ONE_READING, Source, content, crew, the_record, until, waiting, workers

# Files


def test_files_are_private_and_hold_no_credential(sim, array, folder):
    old = os.umask(0)
    try:
        cache = SnapshotCache(folder, 300, listing.fetch)
        cache.get(array)
        with pytest.raises(OntapFetchError):
            cache.get(dataclasses.replace(array, password="wrong horse"))
    finally:
        os.umask(old)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.suffix for path in folder.iterdir()} == {".json", ".lock"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    for secret in (b"correct horse", b"battery", b"wrong horse", b"YXVkaXQ6"):
        assert secret not in content(folder)


def test_a_link_in_the_place_of_a_file_is_not_followed(folder, tmp_path):
    SnapshotCache(folder, 300, Source()).get(ARRAY)
    name = the_record(folder)
    target = tmp_path / "target"
    target.write_text("precious")
    name.unlink()
    name.with_suffix(".tmp").symlink_to(target)
    with pytest.raises(OntapConfigError, match="cannot be used"):
        SnapshotCache(folder, 300, Source()).get(ARRAY)
    assert target.read_text() == "precious"


def test_a_record_is_taken_apart_once_in_a_process_until_another_replaces_it(folder, monkeypatch):
    loads, parsed = json.loads, []
    monkeypatch.setattr(snapshot.json, "loads", lambda text: parsed.append(1) or loads(text))
    source = Source()
    SnapshotCache(folder, 300, source).get(ARRAY)
    assert SnapshotCache(folder, 300, source).get(ARRAY)["array"]["reading"] == 1 and not parsed
    record = the_record(folder)
    other = loads(record.read_text())
    other["snapshot"]["array"]["reading"] = "of another process"
    record.with_suffix(".new").write_text(json.dumps(other))
    record.with_suffix(".new").replace(record)
    for dummy in range(2):
        assert SnapshotCache(folder, 300, source).get(ARRAY)["array"]["reading"] == "of another process"
    assert (source.readings, len(parsed)) == (1, 1)


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b"\xff\x00",
        b"[" * 100_000,
        b'{"wall":"x","monotonic":1}',
        b'{"wall":1.0,"monotonic":1.0,"failure":"x"}',
        b'{"wall":1.0,"monotonic":1.0,"failure":{"kind":"x"}}',
        "cut",
        {"snapshot": None},
        {"snapshot": {"array": {}, "luns": []}},
        {"snapshot": {"array": {}, "luns": None, "igroups": {}}},
        {"snapshot": {"array": [], "luns": [], "igroups": {}}},
        {"snapshot": [1]},
        {"wall": None},
    ],
)
def test_a_damaged_record_is_read_again(folder, damage):
    source = Source()
    cache = SnapshotCache(folder, 300, source)
    cache.get(ARRAY)
    path = the_record(folder)
    if damage == "cut":
        damage = path.read_bytes()[:-1]
    elif isinstance(damage, dict):
        damage = json.dumps({**json.loads(path.read_text()), **damage}).encode()
    path.write_bytes(damage)
    assert cache.get(ARRAY)["array"]["reading"] == 2
    assert cache.get(ARRAY)["array"]["reading"] == 2


def test_a_full_disk_is_an_error_before_the_array_is_asked(folder, monkeypatch):
    source = Source()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshot.os, "fsync", full)
    with pytest.raises(
        OntapConfigError,
        match="cannot be used for ONTAP array san1 .No space left on device.: make room, or set local_tmp",
    ):
        SnapshotCache(folder, 300, source).get(ARRAY)
    assert source.readings == 0
    assert {path.suffix for path in folder.iterdir()} == {".lock"}, "half a file takes the room that others need"


def test_a_disk_without_room_for_the_reading_is_an_error_for_all_and_one_reading(sim, array, folder, monkeypatch):
    for number in range(300):
        lun = sim.world._lun({"name": f"/vol/v/{number:0200}", "svm": "svm1"})
        sim.world.luns[lun["uuid"]] = lun
    sim.world.generation += 1
    sentences = workers(50, folder, array, room=snapshot.PROBE_BYTES)
    assert len(sentences) == 50 and len(set(sentences)) == 1, sentences
    assert f"{folder} cannot be used for {array.label} (File too large): make room" in sentences[0]
    assert len(sim.requests()) == ONE_READING
    with pytest.raises(OntapConfigError, match="File too large"):
        SnapshotCache(folder, 300, listing.fetch).get(array)
    monkeypatch.setattr(snapshot, "FAILURE_TTL", 0)
    assert len(SnapshotCache(folder, 300, listing.fetch).get(array)["luns"]) == 308


def test_a_read_only_folder_answers_with_what_it_has(folder, monkeypatch):
    source = Source()
    cache = SnapshotCache(folder, 300, source)
    cache.get(ARRAY)
    really = os.open

    def read_only(path, flags, *mode, **more):
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(30, "Read-only file system")
        return really(path, flags, *mode, **more)

    monkeypatch.setattr(snapshot.os, "open", read_only)
    assert cache.get(ARRAY)["array"]["reading"] == 1
    with pytest.raises(OntapConfigError, match="cannot be used for ONTAP array san2 .Read-only file system."):
        cache.get(dataclasses.replace(ARRAY, hostname="san2"))
    assert source.readings == 1


def test_a_file_in_the_place_of_the_folder(folder):
    folder.write_text("")
    with pytest.raises(OntapConfigError, match="cannot be used"):
        SnapshotCache(folder, 300, Source()).get(ARRAY)


# Locks


def test_a_reader_that_is_killed_is_followed_by_one_of_those_who_wait(sim, array, folder):
    sim.faults([{"path": "/api/storage/luns", "times": 1, "delay": 60}])
    with crew(1, folder, array) as first:
        until(lambda: any(request["path"] == "/api/storage/luns" for request in sim.requests()), first)
        (child,) = pathlib.Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text().split()
        with crew(50, folder, array) as others:
            until(lambda: waiting(folder) == 51, others)
            assert not list(folder.glob("*.json"))
            os.kill(int(child), signal.SIGKILL)
            assert others.communicate(timeout=120)[0].splitlines() == ["8"] * 50
    assert sum(request["path"] == "/api/storage/luns" for request in sim.requests()) == 1 + 3
    assert not list(folder.glob("*.tmp"))


def test_a_lock_that_is_held_for_ever_is_named(folder, monkeypatch):
    cache = SnapshotCache(folder, 0, Source())
    cache.get(ARRAY)
    lock = next(iter(folder.glob("*.lock")))
    monkeypatch.setattr(snapshot, "LOCK_TIMEOUT", 0.2)
    with open(lock, "ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(OntapFetchError, match="ONTAP array san1 is being read by another process") as caught:
            cache.get(ARRAY)
    assert str(lock) in str(caught.value)
