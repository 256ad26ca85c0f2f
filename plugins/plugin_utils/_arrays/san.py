# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an array says of the paths to its LUNs: LIFs and their nodes, who is logged in, which igroups are nested.

It is for advice only. Nothing here decides a verdict, so nothing here makes a listing incomplete. What the account
may not see, or what fails, is named in `not_checked`: the absence of advice on it proves nothing.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.ontap import (
    Client,
    DeniedError,
    Record,
    part,
    text,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import OntapFetchError
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.shapes import Igroup, Lif, NotChecked, San

ISCSI, FC = "iSCSI", "FC"
CLUSTER, NODES_SINCE = "/api/cluster", (9, 8)
IP_LIFS, IP_LIF_FIELDS = (
    "/api/network/ip/interfaces",
    "name,svm.name,enabled,state,services,location.home_node.name,location.failover",
)
FC_LIFS, FC_LIF_FIELDS = (
    "/api/network/fc/interfaces",
    "name,svm.name,enabled,state,data_protocol,location.home_node.name",
)
SESSIONS, SESSION_FIELDS = "/api/protocols/san/iscsi/sessions", "svm.name,initiator.name,igroups.name"
LOGINS, LOGIN_FIELDS = "/api/network/fc/logins", "svm.name,initiator.wwpn,igroups.name,protocol"
IGROUPS, NESTED_FIELDS, NESTED_SINCE = "/api/protocols/san/igroups", "initiators.name,initiators.igroup.uuid", (9, 9, 1)
# A LIF of this failover policy goes to the partner with a takeover; without it, a SAN LIF stays where it is.
MOVES = "sfo_partners_only"

Answered = t.TypeVar("Answered")


def read(
    client: Client, version: tuple[int, ...], nodes: list[str], igroups: Mapping[str, Igroup]
) -> tuple[San, list[NotChecked]]:
    """Return what the array says, and what could not be read.

    Args:
        nodes: names of the cluster's nodes, none where the account does not see them.
        igroups: by UUID.
    """
    reader = _Reader(client)
    known: dict[str | None, set[str]] = {}
    for igroup in igroups.values():
        known.setdefault(igroup["svm"], set()).update(igroup["initiators"])
    asa = _all_san(reader, version, nodes)
    lifs = {
        ISCSI: reader.records("iSCSI LIFs (MPC505, MPC506, MPC507)", IP_LIFS, IP_LIF_FIELDS, _ip_lif),
        FC: reader.records("FC LIFs (MPC505, MPC506, MPC507)", FC_LIFS, FC_LIF_FIELDS, _fc_lif),
    }
    uninvited = [
        reader.records(
            "iSCSI sessions (MPC504)", SESSIONS, SESSION_FIELDS, lambda record: _uninvited(record, "name", known)
        ),
        reader.records("FC logins (MPC504)", LOGINS, LOGIN_FIELDS, lambda record: _uninvited(record, "wwpn", known)),
    ]
    return {
        "nodes": nodes,
        "asa": asa,
        "lifs": lifs,
        "igroups": {uuid: {"name": igroup["name"], "svm": igroup["svm"]} for uuid, igroup in igroups.items()},
        "inherited": _inherited(reader, version, igroups),
        "uninvited": sorted({login for logins in uninvited for login in logins or []}),
    }, reader.not_checked


class _Reader:
    """Sends requests, and notes those that fail.

    A failure that is not a denial is the last request: an array in trouble is left alone, and no account gets locked.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.not_checked: list[NotChecked] = []
        self._over: str | None = None

    def ask(self, what: str, request: Callable[[], Answered]) -> Answered | None:
        """Return the answer, or None and note why there is none."""
        try:
            if not self._over:
                return request()
            why = self._over
        except DeniedError as exc:
            why = str(exc)
        except OntapFetchError as exc:
            why = self._over = str(exc)
        self.not_checked.append({"what": what, "why": why})
        return None

    def records(
        self, what: str, path: str, fields: str, convert: Callable[[Record], Answered | None]
    ) -> list[Answered] | None:
        """Return what *convert* makes of the records of a whole collection, without its None."""
        return self.ask(
            what, lambda: [kept for kept in map(convert, self.client.collection(path, fields)) if kept is not None]
        )


def _all_san(reader: _Reader, version: tuple[int, ...], nodes: list[str]) -> bool | None:
    """Return whether it is an all-SAN array, on which the partner node takes LIFs over."""
    what = "takeovers (MPC505, MPC506)"
    if not nodes or version < NODES_SINCE:
        reader.not_checked.append(
            {
                "what": what,
                "why": (
                    "the account does not see the nodes and the version of the cluster: use an account of the cluster"
                ),
            }
        )
        return None
    asa = (reader.ask(what, lambda: reader.client.instance(CLUSTER, "san_optimized")) or {}).get("san_optimized")
    return asa if isinstance(asa, bool) else None


def _inherited(reader: _Reader, version: tuple[int, ...], igroups: Mapping[str, Igroup]) -> dict[str, list[str]] | None:
    """Return the initiators of nested igroups by UUID of the outer igroup.

    Asked only where igroups share an initiator: else none is nested in another, or it makes no difference.

    The last question, since an ONTAP whose version is not known may not understand it.
    """
    members = [(igroup["svm"], name) for igroup in igroups.values() for name in igroup["initiators"]]
    if len(set(members)) == len(members) or () < version < NESTED_SINCE:
        return {}
    found = reader.records("nested igroups (MPC503)", IGROUPS, NESTED_FIELDS, _inherits)
    return None if found is None else dict(found)


def _inherits(record: Record) -> tuple[str, list[str]] | None:
    uuid, members = text(record, "uuid"), _dicts(record.get("initiators"))
    names = [text(member, "name") for member in members if text(part(member, "igroup"), "uuid") not in (None, uuid)]
    return (uuid, [identity.normal_initiator(name) for name in names if name]) if uuid and names else None


def _ip_lif(record: Record) -> Lif | None:
    services = record.get("services")
    return _lif(record) if isinstance(services, list) and "data_iscsi" in services else None


def _fc_lif(record: Record) -> Lif | None:
    return _lif(record) if record.get("data_protocol") == "fcp" else None


def _lif(record: Record) -> Lif:
    location = part(record, "location")
    return {
        "svm": text(part(record, "svm"), "name"),
        "name": text(record, "name"),
        "node": text(part(location, "home_node"), "name"),
        "enabled": record.get("enabled"),
        "state": text(record, "state"),
        "moves": location.get("failover") == MOVES,
    }


def _uninvited(record: Record, key: str, known: dict[str | None, set[str]]) -> tuple[str, str] | None:
    """Return (SVM, initiator) of a login, if the initiator is in no igroup of that SVM.

    Both the login and the igroups must say so.
    """
    svm, name = text(part(record, "svm"), "name"), text(part(record, "initiator"), key)
    if not svm or not name or _dicts(record.get("igroups")) or record.get("protocol") == "fc_nvme":
        return None
    name = identity.normal_initiator(name)
    return None if name in known.get(svm, ()) else (svm, name)


def _dicts(value: t.Any) -> list[Record]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
