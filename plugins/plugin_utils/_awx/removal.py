# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Remove what the role made from a controller, and leave what it did not make."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import api as awx_api
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import objects as awx_objects

# What others may have made, with the name that the role would use: theirs if the description is another.
_SHARED = ("organizations", "inventories", "credentials")
# What the controller deletes together with an organization, so that somebody else would lose it.
_OF_AN_ORGANIZATION = (
    *("projects", "inventories", "job_templates", "workflow_job_templates", "credentials", "execution_environments"),
    *("notification_templates", "teams"),
)
# The controller deletes a label itself, with the last object that has it.
_NEVER = ("labels",)


class Done(t.TypedDict):
    """What became of one object; `left` says why it was not removed."""

    module: str
    name: str
    id: int | None
    changed: bool
    left: str


def removed(api: awx_api.Api, lists: awx_objects.Lists, check_mode: bool) -> Iterator[Done]:
    """Remove the objects of *lists* (of `objects.joined`), those first that need others."""
    going: set[tuple[str, int]] = set()
    for kind in _order():
        for entry in reversed(lists[kind]):
            module = awx_objects.MODULES[kind]
            done: Done = {"module": module, "name": entry["name"], "id": None, "changed": False, "left": ""}
            found = _found(api, kind, entry)
            if len(found) == 1:
                done["id"] = found[0]["id"]
                done["left"] = _kept(api, kind, entry, found[0], going)
                done["changed"] = not done["left"]
            elif found:
                done["left"] = "several objects have this name"
            if done["changed"]:
                going.add((_endpoint(kind), found[0]["id"]))
                if not check_mode:
                    _delete(api, done, found[0])
            yield done


def _delete(api: awx_api.Api, done: Done, item: awx_api.Answer) -> None:
    try:
        api.delete(item)
    except awx_api.AwxError as exc:
        raise awx_api.AwxError(f"{done['module']} {done['name']}: {exc}") from exc


def _order() -> list[str]:
    """Return the kinds, what needs others first.

    An inventory comes before its sources: once these are gone, nobody can say which hosts came from them.
    """
    kinds = [kind for kind in reversed(awx_objects.MODULES) if kind not in (*_NEVER, "inventory_sources")]
    kinds.insert(kinds.index("inventories") + 1, "inventory_sources")
    return kinds


def _endpoint(kind: str) -> str:
    module = awx_objects.MODULES[kind]
    return "inventories" if module == "inventory" else f"{module}s"


def _found(api: awx_api.Api, kind: str, entry: awx_objects.Object) -> list[awx_api.Answer]:
    """Return the objects on the controller that *entry* is about."""
    queries: list[dict[str, t.Any]] = [{"name": entry["name"]}]
    for key in awx_objects.keys_of(kind):
        if entry.get(key) is None:
            continue
        owners = _owners(api, key, entry)
        queries = [{**query, key: owner["id"]} for query in queries for owner in owners]
    found = [item for query in queries for item in api.listed(_endpoint(kind), **query)]
    # An inventory is deleted in the background.
    return [item for item in found if not item.get("pending_deletion")]


def _owners(api: awx_api.Api, key: str, entry: awx_objects.Object) -> list[awx_api.Answer]:
    """Return what an entry refers to with one of its keys."""
    endpoint = "inventories" if key == "inventory" else f"{key}s"
    query = {"name": entry[key]}
    if key == "inventory" and entry.get("organization"):
        organizations = api.listed("organizations", name=entry["organization"])
        if not organizations:
            return []
        query["organization"] = organizations[0]["id"]
    return [item for item in api.listed(endpoint, **query) if not item.get("pending_deletion")]


def _kept(
    api: awx_api.Api, kind: str, entry: awx_objects.Object, item: awx_api.Answer, going: set[tuple[str, int]]
) -> str:
    """Return why an object is not removed, an empty text if it is."""
    if entry.get("state") == "absent":
        return ""
    if kind in _SHARED or entry.get("state") == "exists":
        ours = entry.get("description")
        if not ours:
            return "the lists give it no description by which to know that it is theirs"
        if item.get("description") != ours:
            return "its description is not the one that it would have been created with"
    if item.get("managed"):
        return "the controller itself needs it"
    if kind == "organizations":
        held = [name for name in _OF_AN_ORGANIZATION if _others(api, name, going, organization=item["id"])]
        return f"it still has {', '.join(held).replace('_', ' ')}" if held else ""
    if kind == "credential_types" and _others(api, "credentials", going, credential_type=item["id"]):
        return "it still has credentials"
    if kind == "inventories" and _others(api, "hosts", going, inventory=item["id"], inventory_sources__isnull="true"):
        return "it has hosts that no inventory source brought"
    return ""


def _others(api: awx_api.Api, endpoint: str, going: set[tuple[str, int]], **query: t.Any) -> bool:
    """Whether there are objects that are not being removed."""
    found = api.listed(endpoint, **query)
    return any((endpoint, item["id"]) not in going and not item.get("pending_deletion") for item in found)
