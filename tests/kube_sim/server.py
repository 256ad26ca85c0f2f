# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects of a cluster behind HTTPS, as an API server serves them."""

import base64
import contextlib
import http.server
import json
import ssl
import threading
import urllib.parse

from kube_sim.objects import RESOURCES

TOKEN = "eyJhbGciOiJSUzI1NiJ9.a-token-of-a-service-account"  # noqa: S105


class Api:
    """A Kubernetes API server for the objects of a cluster.

    faults: maps a path to (status, reason, message) or to a function (answer) -> answer; stuck: names of pods that are
    evicted and stay.
    """

    def __init__(self, cluster):
        self.cluster, self.requests, self.faults, self.stuck, self.protected = cluster, [], {}, set(), set()

    def answer(self, method, path, query, body):
        """Return (status, object) for a request."""
        fault = self.faults.get(path)
        if isinstance(fault, tuple):
            return fault[0], status(*fault)
        code, found = self._route(method, [part for part in path.split("/") if part], path, query, body)
        return code, fault(found) if fault else found

    def _route(self, method, parts, path, query, body):
        served = [resource for resource in RESOURCES if "trident" not in resource[0] or self.cluster.has_trident]
        roots = {resource[0] for resource in served}
        if path == "/version":
            return 200, {"major": "1", "minor": "28", "gitVersion": "v1.28.3"}
        if path == "/api":
            return 200, {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
        if path == "/apis":
            return 200, {
                "kind": "APIGroupList",
                "apiVersion": "v1",
                "groups": [_group(root) for root in sorted(roots - {"/api/v1"})],
            }
        if path in roots:
            return 200, {
                "kind": "APIResourceList",
                "apiVersion": "v1",
                "groupVersion": path.partition("/")[2].partition("/")[2],
                "resources": [
                    {
                        "name": name,
                        "singularName": kind.lower(),
                        "namespaced": namespaced,
                        "kind": kind,
                        "verbs": ["get", "list", "patch", "delete"],
                    }
                    for root, name, kind, namespaced in served
                    if root == path
                ],
            }
        root = "/" + "/".join(parts[:2] if parts[:1] == ["api"] else parts[:3])
        rest = parts[2:] if parts[:1] == ["api"] else parts[3:]
        namespace = None
        if rest[:1] == ["namespaces"] and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        known = [resource for resource in served if rest and resource[0] == root and resource[1] == rest[0]]
        if not known:
            return 404, status(404, "NotFound", "the server could not find the requested resource")
        (dummy, name, kind, dummy) = known[0]
        found = [item for item in self.cluster.objects[name] if namespace in (None, item["metadata"].get("namespace"))]
        if len(rest) == 1:
            return self._list(root, name, kind, found, query)
        item = next((item for item in found if item["metadata"]["name"] == rest[1]), None)
        if item is None:
            return 404, status(404, "NotFound", f'{name} "{rest[1]}" not found')
        if method == "POST" and rest[2:] == ["eviction"]:
            return self._evict(item)
        if method == "PATCH":
            item["spec"].update(body["spec"])
        elif method == "DELETE":
            self.cluster.objects[name].remove(item)
        return 200, {"kind": kind, "apiVersion": root.partition("/")[2].partition("/")[2], **item}

    def _list(self, root, name, kind, found, query):
        found = [item for item in found if _selected(item, query)]
        limit, start = (
            int(query.get("limit") or 0),
            int(base64.b64decode(query["continue"])) if query.get("continue") else 0,
        )
        page = found[start : start + limit] if limit else found
        left = len(found) - start - len(page)
        meta = {"resourceVersion": "4711"}
        if left:
            meta.update(
                {"continue": base64.b64encode(str(start + limit).encode()).decode(), "remainingItemCount": left}
            )
        # Of a list's objects the API server names neither kind nor version.
        return 200, {
            "kind": kind + "List",
            "apiVersion": root.partition("/")[2].partition("/")[2],
            "metadata": meta,
            "items": page,
        }

    def _evict(self, pod):
        name = pod["metadata"]["name"]
        if name in self.protected:
            return 429, status(
                429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget."
            )
        if name not in self.stuck:
            self.cluster.objects["pods"].remove(pod)
        return 201, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def status(code, reason, message):
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }


def _group(root):
    version = root.partition("/apis/")[2]
    return {
        "name": version.partition("/")[0],
        "versions": [{"groupVersion": version, "version": version.partition("/")[2]}],
        "preferredVersion": {"groupVersion": version, "version": version.partition("/")[2]},
    }


def _selected(item, query):
    for selector in filter(None, query.get("fieldSelector", "").split(",")):
        field, dummy, value = selector.partition("=")
        where = item
        for part in field.split("."):
            where = (where or {}).get(part)
        if where != value:
            return False
    labels = item["metadata"].get("labels") or {}
    return all(
        labels.get(text.partition("=")[0]) == text.partition("=")[2]
        for text in filter(None, query.get("labelSelector", "").split(","))
    )


@contextlib.contextmanager
def serving(cluster, authority, address="127.0.0.1", port=0):
    """Serve a cluster as long as the context lasts; gives the Api, with its `url`. *authority*: of trustme."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _do(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            url = urllib.parse.urlsplit(self.path)
            with lock:
                api.requests.append((self.command, self.path))
                if self.headers.get("Authorization") != "Bearer " + TOKEN:
                    code, answer = 401, status(401, "Unauthorized", "Unauthorized")
                else:
                    code, answer = api.answer(self.command, url.path, dict(urllib.parse.parse_qsl(url.query)), body)
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            if code == 429 and api.retry_after is not None:
                self.send_header("Retry-After", api.retry_after)
            # Go's server sends what is larger than its buffer in chunks.
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for start in range(0, len(data), 4096):
                part = data[start : start + 4096]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")

        do_GET = do_POST = do_PATCH = do_DELETE = _do

        def log_message(self, *arguments):
            pass

    api, lock = Api(cluster), threading.Lock()
    api.retry_after = None
    server = http.server.ThreadingHTTPServer((address, port), Handler)
    server.daemon_threads = True
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(address, "localhost").configure_cert(tls)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    api.url = f"https://{address}:{server.server_port}"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
