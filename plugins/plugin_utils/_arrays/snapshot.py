# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One complete reading of an array, shared by all of a run's worker processes that ask for it.

Ansible makes a private temporary folder for each run of ansible-playbook (DEFAULT_LOCAL_TMP), which all workers share
and which it removes at the end. In it, each array with its credentials has NAME.json (the last reading, or the last
failure, replaced atomically), NAME.lock (held while an array is read, so that all others wait for that one reading) and
NAME.tmp (only ever written under the lock).
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import hmac
import json
import multiprocessing
import os
import time
import typing as t
from collections.abc import Callable, Iterator

from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import (
    Array,
    OntapConfigError,
    OntapFetchError,
    OntapLoginError,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.shapes import Snapshot

# A failure is shared as well: a hundred hosts must not wait for a dead array, or lock an account, a hundred times.
FAILURE_TTL = 60
LOGIN_FAILURE_TTL = 300
LOCK_TIMEOUT = 1900
FOLDER = "sanops_multipath"  # in the temporary folder of a run
# Written before an array is asked: a folder without room is found before the array is asked once per host.
PROBE_BYTES = 1 << 16
# The two clocks drift apart by less than this unless one was stepped or the machine slept.
STEP = 30
Record = dict[str, t.Any]
# {name: (which file, its record)}: the lookups of one task run in one process, which parses a large listing once.
_records: dict[str, tuple[tuple[int, ...], Record]] = {}
KINDS: dict[str, type[OntapFetchError | OntapConfigError]] = {
    error.kind: error for error in (OntapFetchError, OntapLoginError, OntapConfigError)
}


@dataclasses.dataclass(frozen=True)
class Moment:
    """A point in time on two clocks, in seconds: the wall clock can be stepped, the monotonic clock stops while the
    machine sleeps.
    """

    wall: float
    monotonic: float

    @classmethod
    def now(cls) -> Moment:
        return cls(time.time(), time.monotonic())

    def covers(self, asked: Moment, now: Moment, ttl: float) -> bool:
        """Return whether what was true at this moment may answer a question asked at *asked*, at most *ttl* seconds
        later.

        The monotonic clock counts, if the wall clock agrees that no more and no less time has passed since: after a
        step this moment is too old. The wall time of the question does not matter: of all who wait for one reading
        while the clock is stepped, only the first reads again.
        """
        stepped = abs((now.wall - now.monotonic) - (self.wall - self.monotonic)) > STEP
        return not stepped and self.monotonic <= now.monotonic and asked.monotonic - self.monotonic <= ttl


class SnapshotCache:
    """The snapshots in a run's folder.

    With a *ttl* of 0 a reading answers only questions that were asked before it began, so that simultaneous callers
    share even then.
    """

    def __init__(self, folder: str, ttl: float, fetch: Callable[[Array], Snapshot]) -> None:
        """Prepare the cache.

        Args:
            folder: made where it is missing.
            ttl: seconds for which a reading may answer later questions.
            fetch: reads an array.
        """
        self._folder = os.path.abspath(folder)
        self._ttl = ttl
        self._fetch = fetch

    def get(self, array: Array) -> Snapshot:
        """Return the snapshot of an array, read now or shared.

        Raises:
            OntapFetchError: it could not be read, now or a short time ago.
            OntapConfigError: the folder cannot be used.
        """
        asked = Moment.now()
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            name = os.path.join(self._folder, _name(array))
            snapshot = self._recall(name, asked)
            if snapshot is None:
                with self._locked(name, array):
                    snapshot = self._recall(name, asked)
                    if snapshot is None:
                        snapshot = self._fetch_and_keep(name, array)
        except OSError as exc:
            raise self._unusable(array, exc) from exc
        return snapshot

    def refuse(self, array: Array, why: str) -> None:
        """Keep a refused login that was seen elsewhere in this run, so that nobody tries it again: each try brings the
        account nearer to being locked. Raises OntapConfigError: the folder cannot be used.

        Args:
            why: the message of the refusal.
        """
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            name = os.path.join(self._folder, _name(array))
            with self._locked(name, array):
                self._keep(name, Moment.now(), {"failure": {"kind": OntapLoginError.kind, "message": why}})
        except OSError as exc:
            raise self._unusable(array, exc) from exc

    def refused(self, array: Array) -> str | None:
        """Return the message of a refused login that is still kept, so that whoever has it does not log in; or None."""
        name = os.path.join(self._folder, _name(array))
        return _refusal(name, Moment.now(), self._ttl)

    def accept(self, array: Array) -> None:
        """Forget a refused login, since it was seen to work: whoever lists the array asks it. Raises OntapConfigError:
        the folder cannot be used.
        """
        name = os.path.join(self._folder, _name(array))
        try:
            if _refusal(name) is None:
                return  # without waiting for whoever reads the array
            with self._locked(name, array):
                if _refusal(name) is not None:
                    os.unlink(f"{name}.json")
        except OSError as exc:
            raise self._unusable(array, exc) from exc

    def _unusable(self, array: Array, exc: OSError) -> OntapConfigError:
        return OntapConfigError(
            f"The temporary folder {self._folder} cannot be used for {array.label} ({exc.strerror or exc}): make room, "
            f"or set local_tmp of ansible.cfg (ANSIBLE_LOCAL_TEMP) to another folder."
        )

    def _fetch_and_keep(self, name: str, array: Array) -> Snapshot:
        _write(name, b" " * PROBE_BYTES, replace=False)
        began = Moment.now()
        try:
            snapshot = self._fetch(array)
        except OntapFetchError as exc:
            self._keep(name, Moment.now(), {"failure": {"kind": exc.kind, "message": str(exc)}})
            raise
        try:
            self._keep(name, began, {"snapshot": snapshot})
        except OSError as exc:
            # A reading that cannot be shared is a failure to share, lest every host that waits asks the array again.
            error = self._unusable(array, exc)
            self._keep(name, Moment.now(), {"failure": {"kind": error.kind, "message": str(error)}})
            raise error from exc
        return snapshot

    @staticmethod
    def _keep(name: str, moment: Moment, what: Record) -> None:
        record = {**dataclasses.asdict(moment), **what}
        # What came as JSON is no circle.
        _write(name, json.dumps(record, separators=(",", ":"), check_circular=False).encode("ascii"), replace=True)
        _records[name] = (_version(os.stat(f"{name}.json")), record)

    def _recall(self, name: str, asked: Moment) -> Snapshot | None:
        """Return the kept snapshot if it may answer, or None: then the array must be asked. Raise a kept failure."""
        try:
            record = _read(name)
            moment = Moment(float(record["wall"]), float(record["monotonic"]))
            failure, snapshot = record.get("failure"), record.get("snapshot")
            if failure:
                error = KINDS[failure["kind"]](failure["message"])
            elif not _is_snapshot(snapshot):
                return None
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None  # A damaged file is worth no more than none.
        if not failure:
            return t.cast(Snapshot, snapshot) if moment.covers(asked, Moment.now(), self._ttl) else None
        ttl = _login_ttl(self._ttl) if isinstance(error, OntapLoginError) else FAILURE_TTL
        if moment.covers(asked, Moment.now(), ttl):
            raise error
        return None

    @contextlib.contextmanager
    def _locked(self, name: str, array: Array) -> Iterator[None]:
        """Hold the array's lock. The kernel releases it when its holder dies, however it dies."""
        deadline = time.monotonic() + LOCK_TIMEOUT
        with open(f"{name}.lock", "ab", opener=_private) as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise OntapFetchError(
                            f"{array.label} is being read by another process for more than {LOCK_TIMEOUT} s: end that "
                            f"process (it holds {name}.lock)."
                        ) from None
                    time.sleep(0.05)
            yield


def _name(array: Array) -> str:
    """Return the name of an array's files: a digest of all that decides what it answers, the credentials among it, so
    that what was read with one password is not handed to whoever has another.

    The key of the digest is the random one that multiprocessing makes for a process and for all of its children. It is
    on no disk, so nobody can try passwords against a name.
    """
    # A file that was changed in its place is another credential.
    files = [_digest(path) for path in (array.cert_filepath, array.key_filepath, array.ca_path)]
    what = json.dumps([dataclasses.astuple(array), files]).encode("ascii")
    return hmac.new(multiprocessing.current_process().authkey, what, hashlib.sha256).hexdigest()[:40]


def _digest(path: str | None) -> str | None:
    """Return a digest of a file's content, or None where it cannot be read, which the client reports."""
    if path:
        with contextlib.suppress(OSError), open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    return None


def _login_ttl(ttl: float) -> float:
    """A refused login stays refused, and each try brings the account nearer to being locked."""
    return max(ttl, LOGIN_FAILURE_TTL)


def _refusal(name: str, asked: Moment | None = None, ttl: float = 0) -> str | None:
    """Return the message of a refused login that is kept, or None for anything else.

    Args:
        asked: a moment for which it must still hold, in a cache with this *ttl*; None: however old.
    """
    try:
        record = _read(name)
        moment = Moment(float(record["wall"]), float(record["monotonic"]))
        failure = record.get("failure") or {}
        message = str(failure["message"]) if failure.get("kind") == OntapLoginError.kind else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return message if asked is None or moment.covers(asked, asked, _login_ttl(ttl)) else None


def _is_snapshot(value: object) -> bool:
    keys = (("array", dict), ("luns", list), ("igroups", dict))
    return isinstance(value, dict) and all(isinstance(value.get(key), kind) for key, kind in keys)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _version(status: os.stat_result) -> tuple[int, ...]:
    return status.st_ino, status.st_mtime_ns, status.st_size


def _read(name: str) -> Record:
    with open(f"{name}.json", "rb") as file:
        version = _version(os.fstat(file.fileno()))
        known = _records.get(name)
        if known is None or known[0] != version:
            known = _records[name] = (version, json.loads(file.read()))
    return known[1]


def _write(name: str, content: bytes, replace: bool) -> None:
    """Write NAME.tmp to the disk and, with *replace*, rename it to NAME.json."""
    path = f"{name}.tmp"
    try:
        with open(path, "wb", opener=_private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(path, f"{name}.json")
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(path)  # half a file on a full disk takes the room that others need
        raise
