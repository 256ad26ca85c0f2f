# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How a Kubernetes cluster is read: the options of a cluster, GETs of its objects, and a sentence for each way in which
that can fail.

It reads a list to its end or raises KubernetesError. What is read, and what is kept of it, is in
_kubernetes/objects.py; how a request is sent is in _http/client.py.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import typing as t
import urllib.parse
from collections.abc import Iterator, Mapping

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import kind_of, plain_text
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import client as https
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import tls

PAGE = 500  # what kubectl asks for at a time
REQUEST_TIMEOUT = 30
FETCH_TIMEOUT = 300
TEXT = ("name", "kubeconfig", "context", "host", "api_key", "ca_cert", "client_cert", "client_key", "file")
NAMES = https.OptionNames("host", "host", "ca_cert", "client_cert", "client_key")

# An object of the API, as JSON gives it.
Object = dict[str, t.Any]
Query = Mapping[str, t.Any] | None


class Getter(t.Protocol):
    """Reads an object of the API by path and query, as Client.get does. Raises KubernetesError."""

    def __call__(self, path: str, query: Query = None, /) -> Object:
        """Return the object at a path."""


# What an object ends in that is not as the API describes it.
UNEXPECTED = (AttributeError, LookupError, TypeError, ValueError)


class KubernetesError(Exception):
    """Why a cluster could not be read completely. Nothing may be concluded from what it did not say."""


class KubernetesConfigError(KubernetesError):
    """The user's entry is wrong: no answer is possible, not even an incomplete one."""


@dataclasses.dataclass(frozen=True)
class Cluster:
    """One cluster as the user configured it: an entry of O(clusters); all but the name as in kubernetes.core."""

    name: str
    kubeconfig: t.Any = dataclasses.field(default=None, repr=False)
    context: str | None = None
    host: str | None = None
    api_key: str | None = dataclasses.field(default=None, repr=False)
    ca_cert: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    validate_certs: bool = True
    file: str | None = None


FIELDS = tuple(field.name for field in dataclasses.fields(Cluster))


def clusters_from_options(entries: t.Any) -> list[Cluster]:
    """Return the clusters of a user's list. Raises KubernetesConfigError."""
    found: list[Cluster] = []
    if entries and not isinstance(entries, (list, tuple)):
        raise KubernetesConfigError(f"the Kubernetes clusters must be a list of dictionaries, not {kind_of(entries)}.")
    for number, entry in enumerate(entries or [], start=1):
        where = f"entry {number} of the Kubernetes clusters"
        if not isinstance(entry, Mapping):
            raise KubernetesConfigError(f"{where} must be a dictionary with a name, not {kind_of(entry)}.")
        if not entry.get("name"):
            raise KubernetesConfigError(f"{where} must be a dictionary with a name.")
        unknown = sorted(plain_text(key) for key in entry if key not in FIELDS)
        if unknown:
            raise KubernetesConfigError(f"{where} has the unknown key {unknown[0]!r}; known are {', '.join(FIELDS)}.")
        given = {plain_text(key): value for key, value in entry.items() if value not in (None, "")}
        try:
            given["validate_certs"] = boolean(plain_text(given.get("validate_certs", True)))
        except TypeError:
            raise KubernetesConfigError(f"{where}: validate_certs must be true or false.") from None
        given.update(
            {
                key: plain_text(given[key])
                for key in TEXT
                if key in given and not (key == "kubeconfig" and isinstance(given[key], Mapping))
            }
        )
        if "host" in given and ("kubeconfig" in given or "context" in given):
            raise KubernetesConfigError(
                f"{where} ({given['name']}): give host with its credentials, or kubeconfig and context."
            )
        if any(given["name"] == other.name for other in found):
            raise KubernetesConfigError(f"{where}: {given['name']} is listed twice.")
        found.append(Cluster(**given))
    return found


class Client:
    """GETs to one API server. A context manager, which closes the connection.

    No discovery is taken out of a cache in /tmp: it would not have a resource that is newer than the cache.
    """

    def __init__(self, cluster: Cluster) -> None:
        if not cluster.host:
            cluster = _from_kubeconfig(cluster)
        url = urllib.parse.urlsplit(cluster.host or "")
        try:
            host, port = url.hostname, url.port
        except ValueError:
            host = port = None
        if url.scheme != "https" or not host or url.path.strip("/") or url.username:
            raise KubernetesError("host must be https://NAME:PORT of the API server")
        headers, secrets = {}, []
        if cluster.api_key:
            secrets = [cluster.api_key.split(" ")[-1]]
            headers["Authorization"] = cluster.api_key if " " in cluster.api_key else f"Bearer {cluster.api_key}"
        try:
            context = tls.context(
                NAMES,
                validate=cluster.validate_certs,
                ca=cluster.ca_cert,
                certificate=cluster.client_cert,
                key=cluster.client_key,
            )
        except https.RequestError as exc:
            raise _error(exc) from None
        self._secrets = secrets
        self._https = https.Client(
            host, port or 443, context, headers, names=NAMES, secrets=secrets, total_timeout=FETCH_TIMEOUT
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *dummy: object) -> None:
        self._https.__exit__()

    def get(self, path: str, query: Query = None, /) -> Object:
        """Return the JSON object at a path. Raises KubernetesError."""
        target = f"{path}?{urllib.parse.urlencode(query)}" if query else path
        try:
            answer = self._https.get(target, REQUEST_TIMEOUT)
            if answer.status != 200:
                raise KubernetesError(
                    f"GET {path}: HTTP {answer.status}{_remedy(answer.status)}{self._message(answer.body)}"
                )
            return https.json_object(path, answer.body, NAMES, "an API server")
        except https.RequestError as exc:
            raise _error(exc) from None

    def _message(self, body: bytes) -> str:
        """Return what the body of an error says, as the end of a sentence."""
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            return ""
        said = answer.get("message") if isinstance(answer, dict) else None
        return f": {https.redact(str(said), self._secrets)}" if said else ""


def _error(exc: https.RequestError) -> KubernetesError:
    return KubernetesError(f"the API server {exc}")


def pages(get: Getter, path: str, query: Query = None) -> Iterator[list[Object]]:
    """Yield the items of a whole list, page by page.

    Raises:
        KubernetesError: the list is damaged, is cut short, or leads in a circle.
    """
    arguments: dict[str, t.Any] = {**(query or {}), "limit": PAGE}
    seen: set[t.Any] = set()
    while True:
        page = get(path, arguments)
        meta, items = page.get("metadata") or {}, page.get("items")
        # An empty list of Go may be null; anything else than a list of objects is no list.
        items = [] if items is None and "items" in page else items
        if (
            not str(page.get("kind", "")).endswith("List")
            or not isinstance(meta, dict)
            or not isinstance(items, list)
            or not all(isinstance(item, dict) for item in items)
        ):
            raise KubernetesError(f"GET {path}: the answer is no list of an API server")
        yield items
        token = meta.get("continue")
        if not token:
            if meta.get("remainingItemCount"):
                raise KubernetesError(
                    f"GET {path}: the list is cut short: {meta['remainingItemCount']} more, and no way to them"
                )
            return
        if token in seen:
            raise KubernetesError(f"GET {path}: its pages lead in a circle")
        seen.add(token)
        arguments = {**(query or {}), "limit": PAGE, "continue": token}


def from_file(path: str) -> tuple[str, Getter]:
    """Return when a file's objects were read, and a stand-in for Client.get that answers with them.

    The JSON file is {'fetched_at', 'answers': {path: what `kubectl get --raw PATH` prints}}.

    Raises:
        KubernetesError: the file cannot be read, or is another file.
    """
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        answers, fetched_at = content["answers"], content["fetched_at"]
    except OSError as exc:
        raise KubernetesError(f"{path} cannot be read: {exc.strerror}") from None
    except (ValueError, RecursionError) as exc:
        raise KubernetesError(f"{path} cannot be read as JSON: {exc}") from None
    except (KeyError, TypeError):
        raise KubernetesError(f"{path} cannot be read: it has no fetched_at and answers") from None
    if not isinstance(fetched_at, str) or not isinstance(answers, dict):
        raise KubernetesError(f"{path}: fetched_at must be a time (ISO 8601) and answers a dictionary")

    def get(wanted: str, dummy: Query = None, /) -> Object:
        answer = answers.get(wanted)
        if not isinstance(answer, dict):
            raise KubernetesError(f"{path} has no answer of {wanted}")
        return answer

    return fetched_at, get


def _from_kubeconfig(cluster: Cluster) -> Cluster:
    """Return the cluster with address and credentials from a kubeconfig, or from the pod that this runs in."""
    try:
        # For this only: the package is large. Its functions have no types.
        client: t.Any = importlib.import_module("kubernetes.client")
        config: t.Any = importlib.import_module("kubernetes.config")
    except ImportError:
        raise KubernetesError(
            "a kubeconfig needs the Python package kubernetes on the controller; host, api_key and ca_cert do without"
        ) from None
    configuration = client.Configuration()
    try:
        if isinstance(cluster.kubeconfig, Mapping):
            config.load_kube_config_from_dict(
                dict(cluster.kubeconfig),
                context=cluster.context,
                client_configuration=configuration,
                persist_config=False,
            )
        elif cluster.kubeconfig or cluster.context:
            config.load_kube_config(
                cluster.kubeconfig, context=cluster.context, client_configuration=configuration, persist_config=False
            )
        else:
            try:
                config.load_incluster_config(client_configuration=configuration)
            except config.ConfigException:
                config.load_kube_config(client_configuration=configuration, persist_config=False)
    # Whatever a plugin for credentials raises is a cluster that cannot be read. Its text may hold a secret.
    except Exception as exc:  # pylint: disable=broad-exception-caught
        raise KubernetesError(
            f"its kubeconfig cannot be used ({type(exc).__name__}): check kubeconfig and context"
        ) from None
    token = (configuration.auth_settings().get("BearerToken") or {}).get("value")
    return dataclasses.replace(
        cluster,
        host=configuration.host,
        api_key=token or cluster.api_key,
        ca_cert=cluster.ca_cert or configuration.ssl_ca_cert,
        client_cert=cluster.client_cert or configuration.cert_file,
        client_key=cluster.client_key or configuration.key_file,
        validate_certs=cluster.validate_certs and configuration.verify_ssl,
    )


def _remedy(status: int) -> str:
    return {
        401: ", the credentials are refused",
        403: ", the account may not list it: see docs/kubernetes/rbac.yml",
        404: ", there is no such resource",
        410: ", the list changed too much while it was read: try again",
        429: f", too busy, {https.ATTEMPTS} times: try again later",
    }.get(status, ", check the health of the API server" if status >= 500 else "")
