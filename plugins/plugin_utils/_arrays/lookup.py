# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the ONTAP lookups have in common: options in, snapshots of all arrays, one answer per term out."""

from __future__ import annotations

import os
import typing as t

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
    plain_text,
)
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.snapshot import SnapshotCache

# What the names of the variables begin with that set options (doc_fragments/ontap.py).
VARIABLES = "sanops_multipath_"


class OntapLookup(LookupBase):
    """Base of the lookups; a subclass says in `answers` what each term means."""

    def answers(self, terms: list[str], snapshots: list[dict]) -> list[dict]:
        """One dictionary per term, in order, from the snapshots of all arrays that could be read."""
        raise NotImplementedError

    def answered(self, terms: list[str], snapshots: list[dict], witness: dict) -> list[dict]:
        """The answers, each with who was asked.

        *witness*: `complete`, `fetched_at` and `arrays` as the lookups return them.
        """
        return [{**answer, **witness} for answer in self.answers(terms, snapshots)]

    def run(self, terms: list[t.Any], variables: t.Any = None, **kwargs: t.Any) -> list[dict]:
        # ansible-core hands variables over as they are written, and a password is often a template.
        variables = variables or {}
        mine = {name: self._templar.template(variables[name]) for name in variables if name.startswith(VARIABLES)}
        self.set_options(var_options=mine, direct=kwargs)
        try:
            names = [_term(term) for term in terms]
            options = {name: self.get_option(name) for name in (*FIELDS, "arrays")}
            with no_collector():
                snapshots, witness = self._witness(arrays_from_options(options))
                return self.answered(names, snapshots, witness)
        except OntapError as exc:
            raise AnsibleLookupError(str(exc)) from exc

    def _witness(self, arrays: list[Array]) -> tuple[list[dict], dict]:
        """Snapshots of the arrays that could be read, and the part of every answer that says who was asked and with
        what success.
        """
        tolerant = self.get_option("allow_incomplete")
        if not arrays and not tolerant:
            raise OntapConfigError("No ONTAP array is configured: set arrays, or hostname with username and password.")
        # A folder of this run alone by default: Ansible makes it for the run, shares it with all workers, and removes
        # it.
        folder = self.get_option("cache_dir") or os.path.join(C.DEFAULT_LOCAL_TMP, "sanops_multipath")
        cache = SnapshotCache(plain_text(folder), self.get_option("cache_ttl"), fetch)
        snapshots, reports = [], []
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
            "fetched_at": min((snapshot["array"]["fetched_at"] for snapshot in snapshots), default=None),
            "arrays": reports,
        }


def _term(term: t.Any) -> str:
    if not isinstance(term, str) or not term:
        raise OntapConfigError(
            f"Every term must be a string, not {type(term).__name__}: give a list with a star "
            f"before it, or with wantlist."
        )
    return plain_text(term)


def _unread(array: Array, exc: OntapFetchError) -> dict:
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
