# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One complete reading of an array, shared by every worker process that asks for it.

A cache folder holds per array and credentials: NAME.json (the last reading, or the last failure, replaced atomically),
NAME.lock (held while an array is read, so that all others wait for that one reading) and NAME.tmp (only ever written
under the lock). NAME is a slow digest of everything that decides the answer, the password and the content of
certificates and keys included, with the folder's random `salt`: whoever cannot log in to the array does not get at
what somebody else read, and a name gives no password away.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import functools
import hashlib
import json
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterator

from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import (
    Array,
    OntapConfigError,
    OntapFetchError,
    OntapLoginError,
)

SCHEMA = 3
# About 20 ms; PBKDF2 rather than scrypt because it also exists on controllers in FIPS mode.
KEY_ROUNDS = 100_000
# A failure is shared as well: a hundred hosts must not wait for a dead array, or lock an account, a hundred times.
FAILURE_TTL = 60
LOGIN_FAILURE_TTL = 300
LOCK_TIMEOUT = 1900
# Written before an array is asked: a folder without room is found before the array is asked once per host.
PROBE_BYTES = 1 << 16
# The two clocks go apart by less than this unless one was stepped or the machine slept or was started anew.
STEP = 30
# Files of arrays and credentials that nobody asked about for so long are removed.
KEPT = 86400
# {name: (which file, its record)}: the lookups of one task run in one process, which takes a large listing apart once.
_records: dict[str, tuple[tuple[int, ...], dict]] = {}
KINDS = {error.kind: error for error in (OntapFetchError, OntapLoginError, OntapConfigError)}


@dataclasses.dataclass(frozen=True)
class Moment:
    """A point in time on two clocks: the wall's can be stepped, the monotonic one starts again at boot."""

    wall: float
    monotonic: float

    @classmethod
    def now(cls) -> Moment:
        return cls(time.time(), time.monotonic())

    def covers(self, asked: Moment, now: Moment, ttl: float) -> bool:
        """Whether what was true at this moment may answer a question asked at `asked`, at most `ttl` seconds later.

        The monotonic clock counts, if the wall's agrees that no more and no less time has gone by since: after a step
        or a reboot this moment is too old. When the question was asked by the wall's clock does not matter: of all who
        wait for one reading while the clock is stepped, only the first reads anew.
        """
        stepped = abs((now.wall - now.monotonic) - (self.wall - self.monotonic)) > STEP
        return not stepped and self.monotonic <= now.monotonic and asked.monotonic - self.monotonic <= ttl


class SnapshotCache:
    """A private folder of snapshots. `ttl`: seconds for which a reading may answer later questions.

    With ttl 0 a reading answers only questions that were asked before it began, so even then simultaneous callers
    share.
    """

    def __init__(self, folder: str, ttl: float, fetch: Callable[[Array], dict]) -> None:
        self._folder = os.path.abspath(folder)
        self._ttl = ttl
        self._fetch = fetch

    def get(self, array: Array) -> dict:
        """The snapshot of an array, read now or shared; OntapFetchError if it cannot be had, this moment or a short
        time ago.
        """
        asked = Moment.now()
        try:
            self._open_folder()
            name = os.path.join(self._folder, self._name(array))
            snapshot = self._recall(name, asked)
            if snapshot is None:
                with self._locked(name, array):
                    snapshot = self._recall(name, asked)
                    if snapshot is None:
                        snapshot = self._fetch_and_keep(name, array)
        except OSError as exc:
            raise self._unusable(array, exc) from exc
        return snapshot

    def _unusable(self, array: Array, exc: OSError) -> OntapConfigError:
        return OntapConfigError(
            f"The cache folder {self._folder} cannot be used for {array.label} "
            f"({exc.strerror or exc}): make room or set cache_dir to a private folder."
        )

    def _fetch_and_keep(self, name: str, array: Array) -> dict:
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
            # A reading that cannot be shared is a failure to share, lest every host that waits asks the array anew.
            error = self._unusable(array, exc)
            self._keep(name, Moment.now(), {"failure": {"kind": error.kind, "message": str(error)}})
            raise error from exc
        self._prune(name)
        return snapshot

    @staticmethod
    def _keep(name: str, moment: Moment, what: dict) -> None:
        record = {"schema": SCHEMA, **dataclasses.asdict(moment), **what}
        # What came as JSON is no circle.
        _write(name, json.dumps(record, separators=(",", ":"), check_circular=False).encode("ascii"), replace=True)
        _records[name] = (_version(os.stat(f"{name}.json")), record)

    def _recall(self, name: str, asked: Moment) -> dict | None:
        """The kept snapshot if it may answer; a kept failure is raised; None: the array must be asked."""
        try:
            record = _read(name)
            moment = Moment(float(record["wall"]), float(record["monotonic"]))
            failure, snapshot = record.get("failure"), record.get("snapshot")
            if record["schema"] != SCHEMA:
                return None
            if failure:
                error = KINDS[failure["kind"]](failure["message"])
            elif not all(
                isinstance(snapshot[key], kind) for key, kind in (("array", dict), ("luns", list), ("igroups", dict))
            ):
                return None
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None  # A damaged file is worth no more than none.
        if not failure:
            return snapshot if moment.covers(asked, Moment.now(), self._ttl) else None
        # A refused login stays refused, and each try brings the account nearer to being locked.
        ttl = max(self._ttl, LOGIN_FAILURE_TTL) if isinstance(error, OntapLoginError) else FAILURE_TTL
        if moment.covers(asked, Moment.now(), ttl):
            raise error
        return None

    def _open_folder(self) -> None:
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        status = os.stat(self._folder)
        if status.st_uid != os.geteuid():
            raise OntapConfigError(
                f"The cache folder {self._folder} belongs to another user: set cache_dir to a folder of your own."
            )
        if stat.S_IMODE(status.st_mode) & 0o022:
            raise OntapConfigError(
                f"The cache folder {self._folder} can be written to by others: chmod it to 0700, "
                f"or set cache_dir to a private folder."
            )

    def _name(self, array: Array) -> str:
        # A file that was changed in its place is another credential.
        files = [_digest(path) for path in (array.cert_filepath, array.key_filepath, array.ca_path)]
        return _key(json.dumps([SCHEMA, dataclasses.astuple(array), files]).encode("ascii"), self._salt())

    def _salt(self) -> bytes:
        path = os.path.join(self._folder, "salt")
        with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
            return file.read()
        # Linked into place whole: of several first callers one wins, and all read the same.
        draft = f"{path}.{os.getpid()}.{secrets.token_hex(4)}"
        try:
            with open(draft, "wb", opener=_private) as file:
                file.write(secrets.token_bytes(32))
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft)
        with open(path, "rb") as file:
            return file.read()

    @contextlib.contextmanager
    def _locked(self, name: str, array: Array) -> Iterator[None]:
        """Hold the array's lock. The kernel gives it back when its holder dies, however it dies."""
        deadline = time.monotonic() + LOCK_TIMEOUT
        with open(f"{name}.lock", "ab", opener=_private) as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise OntapFetchError(
                            f"{array.label} is being read by another process for more than "
                            f"{LOCK_TIMEOUT} s: end that process (it holds {name}.lock)."
                        ) from None
                    time.sleep(0.05)
            yield

    def _prune(self, mine: str) -> None:
        """Remove readings that nobody replaced for KEPT seconds, each under its own lock.

        The locks stay, of no bytes: a lock that is removed while somebody waits for it would be held by two.
        """
        for entry in os.listdir(self._folder):
            found = re.fullmatch(r"([0-9a-f]{40})\.(json|tmp)", entry)  # whatever else lies here is not ours
            name, path = os.path.join(self._folder, found.group(1) if found else ""), os.path.join(self._folder, entry)
            if not found or name == mine:
                continue
            with contextlib.suppress(OSError), open(f"{name}.lock", "ab", opener=_private) as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if time.time() - os.stat(path).st_mtime > KEPT:
                    os.unlink(path)


@functools.lru_cache(maxsize=32)
def _key(what: bytes, salt: bytes) -> str:
    """A name that tells nothing of the password in it, even to who tries passwords: so it is dear, and made once in
    a process.
    """
    return hashlib.pbkdf2_hmac("sha256", what, salt, KEY_ROUNDS).hex()[:40]


def _digest(path: str | None) -> str | None:
    """What is in a file, in short; None where there is none to read, which the client will tell."""
    if path:
        with contextlib.suppress(OSError), open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    return None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _version(status: os.stat_result) -> tuple[int, ...]:
    return status.st_ino, status.st_mtime_ns, status.st_size


def _read(name: str) -> dict:
    with open(f"{name}.json", "rb") as file:
        version = _version(os.fstat(file.fileno()))
        known = _records.get(name)
        if known is None or known[0] != version:
            known = _records[name] = (version, json.loads(file.read()))
    return known[1]


def _write(name: str, content: bytes, replace: bool) -> None:
    """Write NAME.tmp to the disk and, with `replace`, put it in the place of NAME.json in one step."""
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
