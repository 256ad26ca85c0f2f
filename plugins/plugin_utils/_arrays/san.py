# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The ways to an array's LUNs, as the array tells of them: LIFs and their nodes, who is logged in, which igroups are
nested. For advice alone.

Nothing here decides a verdict, so nothing here makes a listing incomplete. What the account may not see, or what
fails, is named in `not_checked`: it is no clean bill.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable

from ansible_collections.sanops.multipath.plugins.module_utils._core import identity
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.ontap import Client, DeniedError, part, text
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import OntapFetchError

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


def read(client: Client, version: tuple[int, ...], nodes: list[str], igroups: dict[str, dict]) -> dict:
    """*nodes*: names of the cluster's nodes, none where the account does not see them; *igroups*: of
    _arrays/listing.py, by UUID.

    Returns {'nodes': as given, 'asa': whether it is an all-SAN array (None: not known), 'igroups': {uuid: {'name',
    'svm'}}, 'inherited': {uuid: [initiators that a nested igroup brings]}, 'lifs': {ISCSI or FC: [{'svm', 'name',
    'node', 'enabled', 'state', 'moves'}]}, 'uninvited': [(svm, initiator)], 'not_checked': [{'what', 'why'}]}. What
    could not be read is None.
    """
    asking = _Asking(client)
    known: dict[str | None, set[str]] = {}
    for igroup in igroups.values():
        known.setdefault(igroup["svm"], set()).update(igroup["initiators"])
    asa = _all_san(asking, version, nodes)
    lifs = {
        ISCSI: asking.records("iSCSI LIFs (MPC505, MPC506, MPC507)", IP_LIFS, IP_LIF_FIELDS, _ip_lif),
        FC: asking.records("FC LIFs (MPC505, MPC506, MPC507)", FC_LIFS, FC_LIF_FIELDS, _fc_lif),
    }
    uninvited = [
        asking.records(
            "iSCSI sessions (MPC504)", SESSIONS, SESSION_FIELDS, lambda record: _uninvited(record, "name", known)
        ),
        asking.records("FC logins (MPC504)", LOGINS, LOGIN_FIELDS, lambda record: _uninvited(record, "wwpn", known)),
    ]
    return {
        "nodes": nodes,
        "asa": asa,
        "lifs": lifs,
        "igroups": {uuid: {"name": igroup["name"], "svm": igroup["svm"]} for uuid, igroup in igroups.items()},
        "inherited": _inherited(asking, version, igroups),
        "uninvited": sorted({tuple(one) for some in uninvited for one in some or []}),
        "not_checked": asking.not_checked,
    }


class _Asking:
    """Asks one question after the other.

    A failure that is no denial is the last one: an array in trouble is left alone, and an account is not locked.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.not_checked: list[dict] = []
        self._over: str | None = None

    def ask(self, what: str, question: Callable[[], t.Any]) -> t.Any:
        """The answer, or None and a note of why there is none."""
        try:
            if not self._over:
                return question()
            why = self._over
        except DeniedError as exc:
            why = str(exc)
        except OntapFetchError as exc:
            why = self._over = str(exc)
        self.not_checked.append({"what": what, "why": why})
        return None

    def records(self, what: str, path: str, fields: str, made: Callable[[dict], t.Any]) -> list | None:
        """What *made* makes of the records of a whole collection, without what it makes nothing of."""
        return self.ask(what, lambda: [one for one in map(made, self.client.collection(path, fields)) if one])


def _all_san(asking: _Asking, version: tuple[int, ...], nodes: list[str]) -> bool | None:
    """On an all-SAN array the partner takes LIFs over."""
    what = "takeovers (MPC505, MPC506)"
    if not nodes or version < NODES_SINCE:
        asking.not_checked.append(
            {
                "what": what,
                "why": (
                    "the account does not see the nodes and the version of the cluster: use an account of the cluster"
                ),
            }
        )
        return None
    asa = (asking.ask(what, lambda: asking.client.instance(CLUSTER, "san_optimized")) or {}).get("san_optimized")
    return asa if isinstance(asa, bool) else None


def _inherited(asking: _Asking, version: tuple[int, ...], igroups: dict[str, dict]) -> dict[str, list[str]] | None:
    """Asked only where igroups share an initiator: else none is nested in another, or it makes no difference.

    The last question, since an ONTAP whose version is not known may not understand it.
    """
    members = [(igroup["svm"], name) for igroup in igroups.values() for name in igroup["initiators"]]
    if len(set(members)) == len(members) or () < version < NESTED_SINCE:
        return {}
    found = asking.records("nested igroups (MPC503)", IGROUPS, NESTED_FIELDS, _inherits)
    return None if found is None else dict(found)


def _inherits(record: dict) -> tuple[str, list[str]] | None:
    uuid, members = text(record, "uuid"), _dicts(record.get("initiators"))
    names = [text(one, "name") for one in members if text(part(one, "igroup"), "uuid") not in (None, uuid)]
    return (uuid, [identity.normal_initiator(name) for name in names if name]) if uuid and names else None


def _ip_lif(record: dict) -> dict | None:
    services = record.get("services")
    return _lif(record) if isinstance(services, list) and "data_iscsi" in services else None


def _fc_lif(record: dict) -> dict | None:
    return _lif(record) if record.get("data_protocol") == "fcp" else None


def _lif(record: dict) -> dict:
    location = part(record, "location")
    return {
        "svm": text(part(record, "svm"), "name"),
        "name": text(record, "name"),
        "node": text(part(location, "home_node"), "name"),
        "enabled": record.get("enabled"),
        "state": text(record, "state"),
        "moves": location.get("failover") == MOVES,
    }


def _uninvited(record: dict, key: str, known: dict[str | None, set[str]]) -> tuple[str, str] | None:
    """(svm, initiator) of who is logged in and in no igroup of that SVM, as both its login and the igroups say."""
    svm, name = text(part(record, "svm"), "name"), text(part(record, "initiator"), key)
    if not svm or not name or _dicts(record.get("igroups")) or record.get("protocol") == "fc_nvme":
        return None
    name = identity.normal_initiator(name)
    return None if name in known.get(svm, ()) else (svm, name)


def _dicts(value: t.Any) -> Iterable[dict]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
