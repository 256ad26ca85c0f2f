# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How a Kubernetes cluster is read: what an operator says of it, GETs over HTTPS, and a sentence for everything that
can go wrong.

A list is read to its end, or is a KubernetesError. What is read, and what is kept of it, is in _kubernetes/objects.py.
"""

from __future__ import annotations

import dataclasses
import http.client
import json
import re
import ssl
import time
import typing as t
import urllib.parse
from collections.abc import Callable, Iterator, Mapping

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import https
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import plain_text

PAGE = 500  # what kubectl asks for at a time
REQUEST_TIMEOUT = 30
FETCH_TIMEOUT = 300
ATTEMPTS = 3
LONGEST_PAUSE = 10
TEXT = ("name", "kubeconfig", "context", "host", "api_key", "ca_cert", "client_cert", "client_key", "file")

_sleep = time.sleep


class KubernetesError(Exception):
    """Why a cluster could not be read completely. Nothing may be concluded from what it did not say."""


class KubernetesConfigError(KubernetesError):
    """The operator's entry makes no sense: no answer is possible, not even an incomplete one."""


@dataclasses.dataclass(frozen=True)
class Cluster:
    """One cluster as the operator configured it: an entry of O(clusters); all but the name as in kubernetes.core."""

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
    """Validate the operator's list. Raises KubernetesConfigError."""
    found: list[Cluster] = []
    for number, entry in enumerate(entries or [], start=1):
        where = f"entry {number} of the Kubernetes clusters"
        if not isinstance(entry, Mapping) or not entry.get("name"):
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
    """GETs to one API server over one connection that is kept; a context manager, which closes it.

    Plain http.client as for ONTAP (docs/adr/0002): nothing but the options says whom to trust, no redirect is
    followed, and no discovery is taken out of a cache in /tmp, which would know nothing of a resource that came since.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._deadline = time.monotonic() + FETCH_TIMEOUT
        self._headers = {"Accept": "application/json", "User-Agent": "sanops.multipath"}
        self._secrets = [cluster.api_key] if cluster.api_key else []
        self._connection = self._connected()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *dummy: object) -> None:
        self._connection.close()

    def get(self, path: str, query: Mapping[str, t.Any] | None = None) -> dict:
        """The JSON object at a path. Raises KubernetesError."""
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        for attempt in range(1, ATTEMPTS + 1):
            try:
                status, headers, body = self._exchange(target)
            except (OSError, http.client.HTTPException) as exc:
                raise KubernetesError(f"GET {path}: {self._printable(_reason(exc))}") from None
            if status != 429 or attempt == ATTEMPTS:
                break
            asked = headers.get("Retry-After", "")
            _sleep(min(int(asked), LONGEST_PAUSE) if re.fullmatch("[0-9]{1,9}", asked) else attempt)
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if status != 200:
            said = answer.get("message") if isinstance(answer, dict) else None
            raise KubernetesError(
                f"GET {path}: HTTP {status}{_remedy(status)}" + (f": {self._printable(str(said))}" if said else "")
            )
        if not isinstance(answer, dict):
            raise KubernetesError(f"GET {path}: no JSON of an API server: check the address (a proxy, a login page?)")
        return answer

    def _exchange(self, target: str) -> tuple[int, t.Any, bytes]:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise KubernetesError(f"it was not read within {FETCH_TIMEOUT} s: look at its load, and try again")
        response, body = https.get(self._connection, target, self._headers, min(REQUEST_TIMEOUT, left))
        return response.status, response.headers, body

    def _connected(self) -> http.client.HTTPSConnection:
        cluster = self.cluster if self.cluster.host else _from_kubeconfig(self.cluster)
        if cluster.api_key:
            self._secrets.append(cluster.api_key)
            self._headers["Authorization"] = cluster.api_key if " " in cluster.api_key else "Bearer " + cluster.api_key
        url = urllib.parse.urlsplit(cluster.host or "")
        try:
            host, port = url.hostname, url.port
        except ValueError:
            host = None
        if url.scheme != "https" or not host or url.path.strip("/") or url.username:
            raise KubernetesError("host must be https://NAME:PORT of the API server")
        try:
            return http.client.HTTPSConnection(host, port or 443, timeout=REQUEST_TIMEOUT, context=_tls(cluster))
        except (OSError, ValueError) as exc:
            raise KubernetesError(
                f"ca_cert, client_cert or client_key is not readable PEM: {self._printable(str(exc))}"
            ) from None

    def _printable(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret.split(" ")[-1], "***")
        text = " ".join(re.sub(r"[^\x20-\x7e\xa0-\uffff]", " ", text).split())
        return text if len(text) <= 300 else text[:297] + "..."


def pages(
    get: Callable[[str, Mapping | None], dict], path: str, query: Mapping[str, t.Any] | None = None
) -> Iterator[list[dict]]:
    """The items of a whole list, page by page.

    Raises KubernetesError for one that is damaged, cut short or leads in a circle.
    """
    arguments: dict = dict(query or {}, limit=PAGE)
    seen = set()
    while True:
        page = get(path, arguments)
        meta, items = page.get("metadata") or {}, page.get("items")
        # An empty list of Go may be null; anything else than a list of objects is no list.
        items = [] if items is None and "items" in page else items
        if (
            not str(page.get("kind", "")).endswith("List")
            or not isinstance(meta, dict)
            or not isinstance(items, list)
            or not all(isinstance(one, dict) for one in items)
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
        arguments = dict(query or {}, limit=PAGE, **{"continue": token})


def from_file(path: str) -> tuple[str, Callable[[str, Mapping | None], dict]]:
    """(fetched_at, a stand-in for Client.get) over a JSON file {'fetched_at', 'answers': {path: what `kubectl get
    --raw PATH` prints}}.

    Raises KubernetesError for a file that is none.
    """
    try:
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
        answers, at = told["answers"], told["fetched_at"]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise KubernetesError(
            f"{path} cannot be read, or has no fetched_at and answers: {type(exc).__name__}"
        ) from None
    if not isinstance(at, str) or not isinstance(answers, dict):
        raise KubernetesError(f"{path}: fetched_at must be a time (ISO 8601) and answers a dictionary")

    def get(wanted: str, dummy: Mapping | None = None) -> dict:
        if not isinstance(answers.get(wanted), dict):
            raise KubernetesError(f"{path} has no answer of {wanted}")
        return answers[wanted]

    return at, get


def _from_kubeconfig(cluster: Cluster) -> Cluster:
    """The cluster with address and credentials out of a kubeconfig, or out of the pod that this runs in."""
    try:
        from kubernetes import client, config  # for this only, and large
    except ImportError:
        raise KubernetesError(
            "a kubeconfig needs the Python package kubernetes on the controller; host, api_key and ca_cert do without"
        ) from None
    told = client.Configuration()
    try:
        if isinstance(cluster.kubeconfig, Mapping):
            config.load_kube_config_from_dict(
                dict(cluster.kubeconfig), context=cluster.context, client_configuration=told, persist_config=False
            )
        elif cluster.kubeconfig or cluster.context:
            config.load_kube_config(
                cluster.kubeconfig, context=cluster.context, client_configuration=told, persist_config=False
            )
        else:
            try:
                config.load_incluster_config(client_configuration=told)
            except config.ConfigException:
                config.load_kube_config(client_configuration=told, persist_config=False)
    # Whatever a plugin for credentials raises is a cluster that cannot be read. Its text may hold a secret.
    except Exception as exc:  # pylint: disable=broad-exception-caught
        raise KubernetesError(
            f"its kubeconfig cannot be used ({type(exc).__name__}): check kubeconfig and context"
        ) from None
    token = (told.auth_settings().get("BearerToken") or {}).get("value")
    return dataclasses.replace(
        cluster,
        host=told.host,
        api_key=token or cluster.api_key,
        ca_cert=cluster.ca_cert or told.ssl_ca_cert,
        client_cert=cluster.client_cert or told.cert_file,
        client_key=cluster.client_key or told.key_file,
        validate_certs=cluster.validate_certs and told.verify_ssl,
    )


def _tls(cluster: Cluster) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not cluster.validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif cluster.ca_cert:
        context.load_verify_locations(cafile=cluster.ca_cert)
    else:
        context.load_default_certs()
    if cluster.client_cert:
        context.load_cert_chain(cluster.client_cert, cluster.client_key)
    return context


def _reason(exc: Exception) -> str:
    if isinstance(exc, ssl.SSLCertVerificationError):
        return f"its certificate cannot be trusted ({exc.verify_message}): set ca_cert to the CA that signed it"
    if isinstance(exc, TimeoutError):
        return f"no answer within {REQUEST_TIMEOUT} s"
    if isinstance(exc, ConnectionRefusedError):
        return "the API server refuses the connection"
    return str(exc) or type(exc).__name__


def _remedy(status: int) -> str:
    return {
        401: ", the credentials are refused",
        403: ", the account may not list it: see docs/kubernetes/rbac.yml",
        404: ", there is no such resource",
        410: ", the list changed too much while it was read: try again",
        429: f", too busy, {ATTEMPTS} times: try again later",
    }.get(status, ", look at the health of the API server" if status >= 500 else "")
