# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Ask the controller what its collection has no module for: what is there before something is removed.

It is the client of the installed collection (awx.awx or ansible.controller), which knows the paths, the login and the
names of options of its release.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import types
import typing as t
from collections.abc import Mapping

from ansible.module_utils.parsing.convert_bool import boolean

# The options for a token, the newer name first: ansible.controller has it since 4.6, and some releases have both.
_TOKENS = ("aap_token", "controller_oauthtoken")
Answer = dict[str, t.Any]


class AwxError(Exception):
    """The controller refused a request, or cannot be reached."""


def options(collection: str, given: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the options of a connection that are not empty, the token under the name that *collection* has for it.

    Raises ValueError where the collection takes no token.
    """
    return named(_client(collection).ControllerModule.AUTH_ARGSPEC, given)


def named(known: Mapping[str, Mapping[str, t.Any]], given: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the options of *given* that are not empty under the names of the argument specification *known*."""
    result = {key: value for key, value in given.items() if value not in (None, "")}
    tokens = [result.pop(key) for key in _TOKENS if key in result]
    if tokens:
        name = next((key for key in _TOKENS if key in known), None)
        if name is None:
            raise ValueError("the installed collection takes no token: use awx_username and awx_password")
        result[name] = tokens[0]
    return result


class Api:
    """A session with the controller; close() gives the token of a login back."""

    def __init__(self, collection: str, connection: Mapping[str, t.Any]) -> None:
        client = _client(collection)
        params = _with_environment(client.ControllerModule.AUTH_ARGSPEC, options(collection, connection))
        self._module = client.ControllerAPIModule(
            argument_spec={}, direct_params=params, error_callback=_raise, warn_callback=lambda warning: None
        )

    def listed(self, endpoint: str, **query: t.Any) -> list[Answer]:
        """Return the objects of a list, the first 200: enough to know whether there is one."""
        answer = self._module.make_request("GET", endpoint, data={**query, "page_size": 200})
        if answer["status_code"] != 200:
            raise AwxError(f"{endpoint}: {answer.get('json') or answer.get('text')}")
        return t.cast("list[Answer]", answer["json"]["results"])

    def delete(self, item: Answer) -> None:
        """Delete an object that listed() returned. One that is gone in the meantime is deleted too."""
        answer = self._module.make_request("DELETE", item["url"], return_none_on_404=True)
        if answer is not None and answer["status_code"] not in (202, 204):
            raise AwxError(str(answer.get("json") or answer.get("text")))

    def close(self) -> None:
        self._module.logout()


def unfilled(collection: str, connection: Mapping[str, t.Any], sources: list[Answer]) -> list[Answer]:
    """Return the inventory sources whose last update was not successful, such as those that had none yet."""
    with contextlib.closing(Api(collection, connection)) as api:
        return [source for source in sources if not _is_filled(api, source)]


def _is_filled(api: Api, source: Answer) -> bool:
    """Whether an inventory source is filled. What is not there yet, as in check mode, has nothing to be updated."""
    inventories = api.listed("inventories", name=source["inventory"])
    found = [
        item
        for inventory in inventories
        for item in api.listed("inventory_sources", name=source["name"], inventory=inventory["id"])
    ]
    return all(item.get("status") == "successful" for item in found)


def _client(collection: str) -> types.ModuleType:
    return importlib.import_module(f"ansible_collections.{collection}.plugins.module_utils.controller_api")


def _with_environment(known: Mapping[str, Mapping[str, t.Any]], given: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return *given* with what a module would take from the environment."""
    result = dict(given)
    for name, option in known.items():
        for variable in (option.get("fallback") or (None, []))[1]:
            if os.environ.get(variable):
                result.setdefault(name, os.environ[variable])
    if "validate_certs" in result:
        result["validate_certs"] = boolean(result["validate_certs"])
    if "request_timeout" in result:
        result["request_timeout"] = float(result["request_timeout"])
    return result


def _raise(**kwargs: t.Any) -> t.NoReturn:
    raise AwxError(str(kwargs.get("msg")))
