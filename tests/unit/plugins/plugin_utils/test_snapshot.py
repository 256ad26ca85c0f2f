# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One reading for all: who shares it, for how long, and what becomes of it when something breaks."""

import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
import signal
import stat
import subprocess
import sys
import textwrap
import time

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils import _listing, _snapshot
from ansible_collections.sanops.multipath.plugins.plugin_utils._array import Array, OntapConfigError, OntapFetchError, OntapLoginError
from ansible_collections.sanops.multipath.plugins.plugin_utils._snapshot import Moment, SnapshotCache

ARRAY = Array('san1', 'audit', 'correct horse:battery')
ONE_READING = 7  # cluster, nodes, SVMs, LUNs, the number of maps, maps, igroups


class Source:
    """Stands for the array: counts how often it is read."""

    def __init__(self, error=None):
        self.readings = 0
        self.error = error

    def __call__(self, array):
        self.readings += 1
        if self.error:
            raise self.error
        return {'array': {'hostname': array.hostname, 'reading': self.readings}, 'luns': [], 'igroups': {}}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / 'cache'


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
    monkeypatch.setattr(_snapshot.Moment, 'now', lambda: Moment(clock.wall, clock.monotonic))
    return clock


def content(folder):
    return b''.join(path.read_bytes() + path.name.encode() for path in sorted(folder.iterdir()))


def the_record(folder):
    return next(iter(folder.glob('*.json')))


CREW = '''
    import json, os, resource, sys
    from ansible_collections.sanops.multipath.plugins.plugin_utils import _array, _listing, _snapshot
    count, folder, options, room = int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]), int(sys.argv[4])
    if room:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    start, go = os.pipe()
    for dummy in range(count):
        if os.fork() == 0:
            os.close(go)
            os.read(start, 1)
            try:
                said = str(len(_snapshot.SnapshotCache(folder, 300, _listing.fetch).get(_array.Array(**options))['luns']))
            except _array.OntapError as exc:
                said = str(exc)
            os.write(1, (said + chr(10)).encode())
            os._exit(0)
    os.close(go)
    for dummy in range(count):
        os.wait()
'''


def crew(count, folder, array, room=0):
    """So many processes that ask at one moment, as the forks of Ansible do. `room`: the largest file that they may write, bytes."""
    command = [sys.executable, '-c', textwrap.dedent(CREW), str(count), str(folder), json.dumps(dataclasses.asdict(array)), str(room)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def workers(count, folder, array, room=0):
    """What each of a crew says."""
    with crew(count, folder, array, room) as process:
        return process.communicate(timeout=120)[0].splitlines()


def until(happened, process):
    while not happened():
        assert process.poll() is None
        time.sleep(0.01)


def waiting(folder):
    """How many processes have a lock of the folder open: one that holds it, and those that wait."""
    count = 0
    for link in pathlib.Path('/proc').glob('[0-9]*/fd/*'):
        with contextlib.suppress(OSError):
            count += os.readlink(link).startswith(f'{folder}/') and os.readlink(link).endswith('.lock')
    return count


# Sharing


def test_fifty_processes_at_once_read_the_array_once(sim, array, folder):
    sim.faults([{'path': '/api/storage/luns', 'delay': 0.5}])
    assert workers(50, folder, array) == ['8'] * 50
    assert len(sim.requests()) == ONE_READING
    assert workers(2, folder, array) == ['8'] * 2
    assert len(sim.requests()) == ONE_READING


def test_fifty_processes_with_a_wrong_password_log_in_once(sim, array, folder):
    sentences = workers(50, folder, dataclasses.replace(array, password='wrong'))
    assert len(sentences) == 50 and len(set(sentences)) == 1 and "refuses user 'audit'" in sentences[0]
    assert len(sim.requests()) == 1


def test_a_wrong_password_does_not_get_what_a_right_one_read(sim, array, folder):
    cache = SnapshotCache(folder, 300, _listing.fetch)
    cache.get(array)
    with pytest.raises(OntapLoginError):
        cache.get(dataclasses.replace(array, password='wrong'))
    assert len(cache.get(array)['luns']) == 8
    assert len(sim.requests()) == ONE_READING + 1


@pytest.mark.parametrize('change', [
    {'hostname': 'san2'}, {'http_port': 8443}, {'username': 'other'}, {'password': 'other'}, {'validate_certs': False}, {'ca_path': '/x'},
    {'cert_filepath': '/x'}, {'key_filepath': '/x'}, {'allow_no_luns': True},
], ids=lambda change: next(iter(change)))
def test_whatever_decides_the_answer_decides_who_shares(folder, change):
    source = Source()
    cache = SnapshotCache(folder, 300, source)
    cache.get(ARRAY)
    cache.get(dataclasses.replace(ARRAY, **change))
    cache.get(ARRAY)
    assert source.readings == 2
    assert set(change) <= {field.name for field in dataclasses.fields(Array)}


@pytest.mark.parametrize('option', ['cert_filepath', 'key_filepath', 'ca_path'])
def test_a_file_that_was_changed_in_its_place_is_another_credential(folder, tmp_path, option):
    source = Source()
    cache = SnapshotCache(folder, 300, source)
    file = tmp_path / 'file.pem'
    array = dataclasses.replace(ARRAY, **{option: str(file)})
    for content in (None, 'one', 'two', 'two'):
        if content:
            file.write_text(content)
        cache.get(array)
    assert source.readings == 3
    file.write_text('one')
    assert cache.get(array)['array']['reading'] == 2


def test_other_folders_do_not_share(tmp_path):
    source = Source()
    for name in ('a', 'b'):
        SnapshotCache(tmp_path / name, 300, source).get(ARRAY)
    assert source.readings == 2
    names = [the_record(tmp_path / name).name for name in ('a', 'b')]
    assert names[0] != names[1], 'without the salt, a name could be looked up in a table of guessed passwords'


# Time


@pytest.mark.parametrize(('ttl', 'later', 'readings'), [(300, 299, 1), (300, 301, 2), (0, 0.001, 2), (0.5, 0.4, 1)])
def test_time_to_live(folder, clock, ttl, later, readings):
    source = Source()
    cache = SnapshotCache(folder, ttl, source)
    cache.get(ARRAY)
    clock.go(later)
    cache.get(ARRAY)
    assert source.readings == readings


@pytest.mark.parametrize('change', [
    lambda clock: clock.step(-3600), lambda clock: clock.step(3600), lambda clock: clock.reboot(), lambda clock: clock.go(-3600),
], ids=['back', 'forth', 'reboot', 'reboot of a machine without a clock'])
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


@pytest.mark.parametrize('step', [-3600, 3600])
def test_a_step_of_the_clock_while_many_wait_costs_one_more_reading_and_not_one_for_each(step):
    asked, before, after, now = Moment(1000, 10), Moment(1005, 15), Moment(1020 + step, 30), Moment(1030 + step, 40)
    assert not before.covers(asked, now, ttl=300)
    assert after.covers(asked, now, ttl=0)


# Failures


def test_a_failure_is_shared_for_a_minute(folder, clock):
    source = Source(OntapFetchError('san1 is down'))
    cache = SnapshotCache(folder, 0, source)
    for dummy in range(3):
        with pytest.raises(OntapFetchError, match='san1 is down'):
            cache.get(ARRAY)
    assert source.readings == 1
    clock.go(_snapshot.FAILURE_TTL + 1)
    source.error = None
    assert cache.get(ARRAY)['array']['reading'] == 2


@pytest.mark.parametrize(('ttl', 'lasts'), [(0, 300), (900, 900)])
def test_a_refused_login_is_remembered_longer(folder, clock, ttl, lasts):
    source = Source(OntapLoginError('no'))
    cache = SnapshotCache(folder, ttl, source)
    for seconds in (0, lasts - 1):
        clock.go(seconds)
        with pytest.raises(OntapLoginError, match='no'):
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
    source.error = OntapFetchError('san1 is down')
    for dummy in range(2):
        with pytest.raises(OntapFetchError):
            cache.get(ARRAY)
    assert source.readings == 2


def test_an_incomplete_reading_is_not_kept(sim, array, folder):
    sim.faults([{'path': '/api/protocols/san/lun-maps', 'status': 500}])
    with pytest.raises(OntapFetchError):
        SnapshotCache(folder, 300, _listing.fetch).get(array)
    assert 'snapshot' not in json.loads(the_record(folder).read_text())


# Files


def test_files_are_private_and_hold_no_credential(sim, array, folder):
    old = os.umask(0)
    try:
        cache = SnapshotCache(folder, 300, _listing.fetch)
        cache.get(array)
        with pytest.raises(OntapFetchError):
            cache.get(dataclasses.replace(array, password='wrong horse'))
    finally:
        os.umask(old)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.suffix for path in folder.iterdir()} == {'.json', '.lock', ''}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    for secret in (b'correct horse', b'battery', b'wrong horse', b'YXVkaXQ6'):
        assert secret not in content(folder)


def test_the_folder_must_not_be_open_to_others(folder):
    folder.mkdir()
    for mode in (0o720, 0o702, 0o1777):
        folder.chmod(mode)
        with pytest.raises(OntapConfigError, match='can be written to by others'):
            SnapshotCache(folder, 300, Source()).get(ARRAY)


def test_the_folder_must_be_ones_own(folder, monkeypatch):
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(_snapshot.os, 'geteuid', lambda: os.getuid() + 1)
    with pytest.raises(OntapConfigError, match='belongs to another user'):
        SnapshotCache(folder, 300, Source()).get(ARRAY)


def test_a_link_in_the_place_of_a_file_is_not_followed(folder, tmp_path):
    SnapshotCache(folder, 300, Source()).get(ARRAY)
    name = the_record(folder)
    target = tmp_path / 'target'
    target.write_text('precious')
    name.unlink()
    name.with_suffix('.tmp').symlink_to(target)
    with pytest.raises(OntapConfigError, match='cannot be used'):
        SnapshotCache(folder, 300, Source()).get(ARRAY)
    assert target.read_text() == 'precious'


def test_a_record_is_taken_apart_once_in_a_process_until_another_replaces_it(folder, monkeypatch):
    loads, parsed = json.loads, []
    monkeypatch.setattr(_snapshot.json, 'loads', lambda text: parsed.append(1) or loads(text))
    source = Source()
    SnapshotCache(folder, 300, source).get(ARRAY)
    assert SnapshotCache(folder, 300, source).get(ARRAY)['array']['reading'] == 1 and not parsed
    record = the_record(folder)
    other = loads(record.read_text())
    other['snapshot']['array']['reading'] = 'of another process'
    record.with_suffix('.new').write_text(json.dumps(other))
    record.with_suffix('.new').replace(record)
    for dummy in range(2):
        assert SnapshotCache(folder, 300, source).get(ARRAY)['array']['reading'] == 'of another process'
    assert (source.readings, len(parsed)) == (1, 1)


@pytest.mark.parametrize('damage', [
    b'', b'{', b'null', b'[]', b'{}', b'\xff\x00', b'[' * 100_000, b'{"schema":1,"wall":"x","monotonic":1}',
    b'{"schema":1,"wall":1.0,"monotonic":1.0,"failure":"x"}', 'cut', {'schema': _snapshot.SCHEMA + 1}, {'snapshot': None},
    {'snapshot': {'array': {}, 'luns': []}}, {'snapshot': {'array': {}, 'luns': None, 'igroups': {}}}, {'wall': None},
])
def test_a_damaged_record_is_read_anew(folder, damage):
    source = Source()
    cache = SnapshotCache(folder, 300, source)
    cache.get(ARRAY)
    path = the_record(folder)
    if damage == 'cut':
        damage = path.read_bytes()[:-1]
    elif isinstance(damage, dict):
        damage = json.dumps({**json.loads(path.read_text()), **damage}).encode()
    path.write_bytes(damage)
    assert cache.get(ARRAY)['array']['reading'] == 2
    assert cache.get(ARRAY)['array']['reading'] == 2


def test_a_full_disk_is_an_error_before_the_array_is_asked(folder, monkeypatch):
    source = Source()

    def full(descriptor):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(_snapshot.os, 'fsync', full)
    with pytest.raises(OntapConfigError, match='cannot be used for ONTAP array san1 .No space left on device.: make room or set cache_dir'):
        SnapshotCache(folder, 300, source).get(ARRAY)
    assert source.readings == 0
    assert {path.suffix for path in folder.iterdir()} == {'.lock', ''}, 'half a file takes the room that others need'


def test_a_disk_without_room_for_the_reading_is_an_error_for_all_and_one_reading(sim, array, folder, monkeypatch):
    for number in range(300):
        lun = sim.world._lun({'name': f'/vol/v/{number:0200}', 'svm': 'svm1'})
        sim.world.luns[lun['uuid']] = lun
    sim.world.generation += 1
    sentences = workers(50, folder, array, room=_snapshot.PROBE_BYTES)
    assert len(sentences) == 50 and len(set(sentences)) == 1, sentences
    assert f'{folder} cannot be used for {array.label} (File too large): make room' in sentences[0]
    assert len(sim.requests()) == ONE_READING
    with pytest.raises(OntapConfigError, match='File too large'):
        SnapshotCache(folder, 300, _listing.fetch).get(array)
    monkeypatch.setattr(_snapshot, 'FAILURE_TTL', 0)
    assert len(SnapshotCache(folder, 300, _listing.fetch).get(array)['luns']) == 308


def test_a_read_only_folder_answers_with_what_it_has(folder, monkeypatch):
    source = Source()
    cache = SnapshotCache(folder, 300, source)
    cache.get(ARRAY)
    really = os.open

    def read_only(path, flags, *mode, **more):
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(30, 'Read-only file system')
        return really(path, flags, *mode, **more)

    monkeypatch.setattr(_snapshot.os, 'open', read_only)
    assert cache.get(ARRAY)['array']['reading'] == 1
    with pytest.raises(OntapConfigError, match='cannot be used for ONTAP array san2 .Read-only file system.'):
        cache.get(dataclasses.replace(ARRAY, hostname='san2'))
    assert source.readings == 1


def test_what_nobody_asked_for_in_a_day_is_removed(folder):
    source = Source()
    cache = SnapshotCache(folder, 300, source)
    old, held, young = (dataclasses.replace(ARRAY, hostname=name) for name in ('old', 'held', 'young'))
    names = {}
    for array in (old, held, young):
        cache.get(array)
        names[array.hostname] = folder / f'{cache._name(array)}.json'
    stranger = folder / 'notes.json'
    for path in (stranger, names['old'].with_suffix('.tmp')):
        path.write_text('')
    day_before = time.time() - _snapshot.KEPT - 1
    for path in (names['old'], names['old'].with_suffix('.tmp'), names['held'], stranger, folder / 'salt'):
        os.utime(path, (day_before, day_before))
    with open(names['held'].with_suffix('.lock'), 'ab') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        cache.get(ARRAY)
    assert {path.name for path in folder.glob('*.*') if path.suffix != '.lock'} == {
        names['held'].name, names['young'].name, stranger.name, f'{cache._name(ARRAY)}.json'}
    assert len(list(folder.glob('*.lock'))) == 4, 'a lock that is removed while somebody waits for it is held by two'
    assert (folder / 'salt').exists()


def test_a_file_in_the_place_of_the_folder(folder):
    folder.write_text('')
    with pytest.raises(OntapConfigError, match='cannot be used'):
        SnapshotCache(folder, 300, Source()).get(ARRAY)


# Locks


def test_a_reader_that_is_killed_is_followed_by_one_of_those_who_wait(sim, array, folder):
    sim.faults([{'path': '/api/storage/luns', 'times': 1, 'delay': 60}])
    with crew(1, folder, array) as first:
        until(lambda: any(request['path'] == '/api/storage/luns' for request in sim.requests()), first)
        (child,) = pathlib.Path(f'/proc/{first.pid}/task/{first.pid}/children').read_text().split()
        with crew(50, folder, array) as others:
            until(lambda: waiting(folder) == 51, others)
            assert not list(folder.glob('*.json'))
            os.kill(int(child), signal.SIGKILL)
            assert others.communicate(timeout=120)[0].splitlines() == ['8'] * 50
    assert sum(request['path'] == '/api/storage/luns' for request in sim.requests()) == 2
    assert not list(folder.glob('*.tmp'))


def test_a_lock_that_is_held_for_ever_is_named(folder, monkeypatch):
    cache = SnapshotCache(folder, 0, Source())
    cache.get(ARRAY)
    lock = next(iter(folder.glob('*.lock')))
    monkeypatch.setattr(_snapshot, 'LOCK_TIMEOUT', 0.2)
    with open(lock, 'ab') as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(OntapFetchError, match='ONTAP array san1 is being read by another process') as caught:
            cache.get(ARRAY)
    assert str(lock) in str(caught.value)


def test_of_two_salts_the_first_stays(folder, monkeypatch):
    folder.mkdir(mode=0o700)

    def overtaken(count):
        (folder / 'salt').write_bytes(b'of somebody who was quicker')
        return bytes(count)

    monkeypatch.setattr(_snapshot.secrets, 'token_bytes', overtaken)
    SnapshotCache(folder, 300, Source()).get(ARRAY)
    assert (folder / 'salt').read_bytes() == b'of somebody who was quicker'
    assert len(list(folder.glob('salt*'))) == 1
