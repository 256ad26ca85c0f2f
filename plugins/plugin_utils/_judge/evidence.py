# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is judged by: what the arrays and the clusters say, asked once for all hosts of a judgement."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t
from collections.abc import Callable, Mapping, Sequence

from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import device_owners, shapes, validate
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices


class Ask(t.Protocol):
    """Ask a lookup of this collection by its name, as _judge/lookups.py does."""

    def __call__(self, name: str, terms: Sequence[str], **options: t.Any) -> list[t.Any]:
        """Return the answers of the lookup of this name."""


@dataclasses.dataclass(frozen=True)
class Sources:
    """Whom to ask, and how old an answer may be.

    Attributes:
        arrays: the ONTAP arrays, each with the options of the lookups.
        snapshots: of the views of other arrays, as _arrays/views.py reads them.
        clusters: the Kubernetes clusters, each with the options of kubernetes_volumes.
        max_age: seconds. An older listing proves nothing.
        cache_ttl: seconds for which what this run has read of an array answers again; None: the lookups' default.
    """

    arrays: Sequence[dict[str, t.Any]]
    snapshots: Sequence[Mapping[str, t.Any]]
    clusters: Sequence[dict[str, t.Any]]
    max_age: float
    cache_ttl: float | None = None


class Evidence(t.NamedTuple):
    """What the arrays and the clusters say. What is too old is in it as not complete."""

    view: shapes.View
    documents: list[shapes.Document]


def gather(
    initiators: Sequence[str],
    wwids: Sequence[str],
    sources: Sources,
    ask: Ask,
    clock: Callable[[], datetime.datetime] | None = None,
) -> Evidence:
    """Ask every source once about these initiators and WWIDs.

    Args:
        clock: gives the time by which the answers are old, as an aware datetime. It is read when all have answered.
    """
    documents = ask("kubernetes_volumes", [], clusters=sources.clusters)
    options: dict[str, t.Any] = {"arrays": sources.arrays, "allow_incomplete": True}
    if sources.cache_ttl is not None:
        options["cache_ttl"] = sources.cache_ttl
    lun_maps = ask("ontap_lun_maps", initiators, **options)
    luns = ask("ontap_luns", wwids, **options)
    return of_answers(lun_maps, luns, (clock or now)(), sources.max_age, sources.snapshots, documents)


def of_answers(
    lun_maps: Sequence[t.Any],
    luns: Sequence[t.Any],
    moment: datetime.datetime,
    max_age: float,
    snapshots: Sequence[t.Any] = (),
    documents: Sequence[shapes.Document] = (),
) -> Evidence:
    """Return the evidence in the answers of the lookups, for *moment* (aware); see Sources for the others."""
    return Evidence(
        judge_devices.array_view(lun_maps, luns, moment, max_age, snapshots),
        device_owners.aged(documents, moment, max_age),
    )


def check_answers(lun_maps: t.Any, luns: t.Any, documents: t.Any = ()) -> None:
    """Refuse what a caller gives as answers of the lookups and is none. Raises ValueError that names the place."""
    wanted: tuple[tuple[str, t.Any, t.Any], ...] = (
        ("lun_maps", lun_maps, list[shapes.LunMapsAnswer]),
        ("luns", luns, list[shapes.LunsAnswer]),
        ("documents", documents, list[shapes.Cluster]),
    )
    for name, answers, kind in wanted:
        why = validate.problem(list(answers) if isinstance(answers, tuple) else answers, kind, name)
        if why:
            raise ValueError(why)


def now() -> datetime.datetime:
    """Return the time, aware of its zone."""
    return datetime.datetime.now(datetime.timezone.utc)
