# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the ONTAP lookups have in common: options in, snapshots of all arrays, one answer for each term out."""

from __future__ import annotations

import os
import typing as t
from collections.abc import Mapping, Sequence

from ansible import constants as C
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.collector import no_collector
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.listing import fetch
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import (
    FIELDS,
    Array,
    OntapConfigError,
    OntapError,
    OntapFetchError,
    arrays_from_options,
    kind_of,
    plain_text,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.shapes import ArrayReport, Snapshot, Witness
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.snapshot import FOLDER, SnapshotCache

# The prefix of the variables that set options (doc_fragments/ontap.py).
VARIABLES = "sanops_multipath_"

# An answer as a lookup's RETURN documents it.
Answer = Mapping[str, t.Any]


class OntapLookup(LookupBase):
    """Base of the lookups; a subclass says in `answers` what each term means."""

    def answers(self, terms: list[str], snapshots: list[Snapshot]) -> Sequence[Answer]:
        """Return a dictionary for each term, in order, from the snapshots of all arrays that could be read."""
        raise NotImplementedError

    def answered(self, terms: list[str], snapshots: list[Snapshot], witness: Witness) -> Sequence[Answer]:
        """Return the answers, each with which arrays were asked."""
        return [{**answer, **witness} for answer in self.answers(terms, snapshots)]

    def run(self, terms: list[t.Any], variables: t.Any = None, **kwargs: t.Any) -> Sequence[Answer]:
        # ansible-core passes variables as they are written, and a password is often a template.
        variables = variables or {}
        mine = {name: self._templar.template(variables[name]) for name in variables if name.startswith(VARIABLES)}
        self.set_options(var_options=mine, direct=kwargs)
        try:
            names = [_term(term, number) for number, term in enumerate(terms, start=1)]
            options = {name: self.get_option(name) for name in (*FIELDS, "arrays")}
            with no_collector():
                snapshots, witness = self._witness(arrays_from_options(options))
                return self.answered(names, snapshots, witness)
        except OntapError as exc:
            raise AnsibleLookupError(str(exc)) from exc

    def _witness(self, arrays: list[Array]) -> tuple[list[Snapshot], Witness]:
        """Return the snapshots of the arrays that could be read, and the part of every answer that says which were
        asked and with what success.
        """
        tolerant = self.get_option("allow_incomplete")
        if not arrays and not tolerant:
            raise OntapConfigError("No ONTAP array is configured: set arrays, or hostname with username and password.")
        cache = SnapshotCache(os.path.join(C.DEFAULT_LOCAL_TMP, FOLDER), self.get_option("cache_ttl"), fetch)
        snapshots: list[Snapshot] = []
        reports: list[ArrayReport] = []
        for array in arrays:
            try:
                snapshots.append(cache.get(array))
                reports.append(snapshots[-1]["array"])
            except OntapFetchError as exc:
                if not tolerant:
                    raise
                reports.append(_unread(array, exc))
        return snapshots, {
            "complete": bool(reports) and all(report["complete"] for report in reports),
            "fetched_at": min((report["fetched_at"] for report in reports if report["fetched_at"]), default=None),
            "arrays": reports,
        }


def _term(term: t.Any, number: int) -> str:
    if isinstance(term, str) and term:
        return plain_text(term)
    if isinstance(term, str):
        raise OntapConfigError(f"Term {number} is an empty string: give an initiator, a WWID or a serial number.")
    if isinstance(term, (list, tuple)):
        raise OntapConfigError(
            f"Term {number} must be a string, not a list: write a star before the list, as in query('...', *terms)."
        )
    raise OntapConfigError(f"Term {number} must be a string, not {kind_of(term)}.")


def _unread(array: Array, exc: OntapFetchError) -> ArrayReport:
    return {
        "hostname": array.hostname,
        "cluster": None,
        "cluster_uuid": None,
        "version": None,
        "svms": [],
        "targets": [],
        "scope": None,
        "complete": False,
        "fetched_at": None,
        "error": str(exc),
        "not_checked": [],
    }
