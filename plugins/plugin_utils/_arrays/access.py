# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an account may read of an array: one login, and one short request for each path that the audit reads.

Nothing is concluded from what an array says here of its LUNs; that is the listing's (listing.py).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping

from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import listing
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.ontap import (
    Client,
    DeniedError,
    NotThereError,
    next_page,
    page_records,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import (
    Array,
    OntapConfigError,
    OntapFetchError,
    OntapLoginError,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.shapes import ArrayAccess
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.snapshot import SnapshotCache

# Without these no verdict rests on the array.
_CLUSTER = "/api/cluster"
_TARGETS = (listing.ISCSI_SERVICES, listing.FC_INTERFACES)
FOR_VERDICTS = (_CLUSTER, "/api/cluster/nodes", listing.LUNS, listing.MAPS, listing.IGROUPS, *_TARGETS)
# Without these, names of SVMs and advisories are missing.
FOR_ADVICE = (listing.SVMS, "/api/network/ip/interfaces", "/api/protocols/san/iscsi/sessions", "/api/network/fc/logins")
# Whoever gives a time is in the audit; what is said here stops nothing there.
_OVER = "the time for trying all arrays is over, and the listing asks it again."
_TIMEOUT = 30  # seconds for each request: each asks for one record


def checked(array: Array, role: str, until: float | None = None) -> ArrayAccess:
    """Return what the account of an array may read.

    Args:
        array: with its account.
        role: the name of the account's role, for the commands that extend it. The account may not know it.
        until: when to end, on the monotonic clock; None: in the time that a listing has.
    """
    access = _nothing(array)
    left = None if until is None else until - time.monotonic()
    if left is not None and left <= 0:
        access["error"], access["undecided"] = f"{array.label} was not asked: {_OVER}", True
        return access
    try:
        client = Client(array, left)
    except OntapFetchError as exc:  # its own files: a listing would not ask it either
        access["error"] = str(exc)
        return access
    with client:
        try:
            _try_for_verdicts(client, access)
            _try_for_advice(client, access, until)
        except OntapLoginError as exc:
            # After an answer the login is a good one, and what was refused is this request.
            access["error"], access["login_refused"] = str(exc), access["scope"] is None
            access["undecided"] = not access["login_refused"]
        except OntapFetchError as exc:
            access["error"], access["undecided"] = _why(exc, array, until), not isinstance(exc, DeniedError)
    access["commands"] = [
        f"security login rest-role create -role {role} -access readonly -api {path}"
        for path in access["denied"] + access["denied_advice"]
    ]
    return access


def tried(
    cache: SnapshotCache, array: Array, role: str, until: float | None = None, again: bool = False
) -> ArrayAccess:
    """Return what checked() does, without a request where the login was refused before in this run.

    A refused login is kept for whoever asks the array later in this run, and one that works ends that.

    Args:
        again: ask whatever was refused before.
    """
    why = None if again else cache.refused(array)
    if why is not None:
        return {**_nothing(array), "error": why, "login_refused": True}
    access = checked(array, role, until)
    # Without room for a refusal, each who asks hears it from the array.
    with contextlib.suppress(OntapConfigError, OntapFetchError):
        if access["login_refused"]:
            cache.refuse(array, str(access["error"]))
        elif access["scope"] is not None:
            cache.accept(array)
    return access


def problem(array: Array, access: ArrayAccess) -> str | None:
    """Return why no device can be proven stale by this array, a sentence, or None. *access*: of checked()."""
    if access["error"]:
        return access["error"]
    who = f"user {array.username}" if array.username else "the client certificate"
    if access["denied"]:
        return (
            f"{array.label} does not let {who} read {', '.join(access['denied'])}: extend the role of the account. For "
            "that of an SVM, give one of the cluster."
        )
    if access["scope"] != "cluster":
        return f"{array.label} shows {who} no cluster with nodes: give it an account of the cluster."
    if access["luns"] is False:
        return (
            f"{array.label} shows {who} no LUN at all: check that the account sees the SVMs that serve LUNs, or set "
            "allow_no_luns if there is none."
        )
    return None


def knows_targets(access: ArrayAccess) -> bool:
    """Return whether the targets of an array were read."""
    return not access["error"] and not set(_TARGETS) & set(access["denied"])


def unowned(targets: Mapping[str, Iterable[str]], owned: Iterable[Iterable[str]]) -> dict[str, list[str]]:
    """Return the targets that no array has, each with the hosts that have a path to it.

    Args:
        targets: by host, the names of the targets that its paths and sessions lead to, normalised.
        owned: of each array, the names of its target ports.
    """
    known = {name for names in owned for name in names}
    found: dict[str, list[str]] = {}
    for host in sorted(targets):
        for name in sorted(set(targets[host]) - known):
            found.setdefault(name, []).append(host)
    return found


def _nothing(array: Array) -> ArrayAccess:
    return {
        "hostname": array.hostname,
        "cluster": None,
        "cluster_uuid": None,
        "version": None,
        "scope": None,
        "targets": [],
        "luns": None,
        "denied": [],
        "denied_advice": [],
        "left_out": [],
        "commands": [],
        "login_refused": False,
        "undecided": False,
        "error": None,
    }


def _try_for_verdicts(client: Client, access: ArrayAccess) -> None:
    """Note in *access* what the array is, what the account may not read of what a verdict needs, and the targets."""
    known, dummy = listing.scope(client)
    access["cluster"], access["cluster_uuid"] = known["cluster"], known["cluster_uuid"]
    access["version"], access["scope"] = known["version"], known["scope"]
    for path in FOR_VERDICTS:
        _try(client, path, access)
    if not set(_TARGETS) & set(access["denied"]):
        access["targets"] = listing.targets(client)


def _try_for_advice(client: Client, access: ArrayAccess, until: float | None) -> None:
    """Note in *access* what the account may not read, or the array does not answer, of what only advice needs.

    A failure that is not a denial is the last request, as in a listing: an array in trouble is left alone.

    Raises OntapFetchError for one that a listing would not survive.
    """
    for path in FOR_ADVICE:
        try:
            _try(client, path, access)
        except NotThereError as exc:
            access["left_out"].append(str(exc))
        except OntapFetchError as exc:
            if path == listing.SVMS:
                raise  # the listing would fail too: it works without the names only where they may not be read
            access["left_out"].append(_why(exc, client.array, until))
            return


def _why(exc: OntapFetchError, array: Array, until: float | None) -> str:
    """Return the sentence of a failure: it may be no other one than that the time was over."""
    if until is None or time.monotonic() < until or isinstance(exc, (DeniedError, OntapLoginError)):
        return str(exc)
    return f"{array.label} was not tried to the end: {_OVER}"


def _try(client: Client, path: str, access: ArrayAccess) -> None:
    """Read one record of a path, and note in *access* where the account may not."""
    # The cluster is one object, which has no pages.
    arguments = "fields=name" if path == _CLUSTER else "max_records=1"
    try:
        page = client.get(f"{path}?{arguments}", _TIMEOUT)
    except NotThereError:
        raise  # not a privilege: this is another server, or an older one
    except DeniedError:
        access["denied" if path in FOR_VERDICTS else "denied_advice"].append(path)
        return
    if path == _CLUSTER:
        return
    records = page_records(client.array, path, page)
    if path == listing.LUNS:
        # A busy array sends an empty page with a link to the next one.
        more = bool(records) or client.array.allow_no_luns
        access["luns"] = None if not more and next_page(client.array, path, page) else more
