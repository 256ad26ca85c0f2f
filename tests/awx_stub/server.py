# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stub as an HTTP server on the loopback address, in a thread of its own."""

import base64
import contextlib
import http.server
import json
import threading
import urllib.parse

from awx_stub.kinds import KINDS
from awx_stub.refused import Refused
from awx_stub.world import World

VERSION = "24.6.1"
READ_ONLY = {"instance_groups", "inventory_updates", "project_updates", "unified_job_templates"}


class Stub:
    """A stub of AWX's API.

    requests: what was asked, in order: (method, path with query, body); requests for tokens are counted only.
    """

    def __init__(self, projects, username, password, inventories=None):
        self.world = World(projects, inventories)
        self.login = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
        self.requests = []
        self.tokens = {}
        self.tokens_made = 0
        self.tokens_given_back = 0
        self.refused = []

    def writes(self):
        return [request for request in self.requests if request[0] != "GET"]

    # One request

    def answer(self, method, target, authorization, body):
        """Return the status and what to answer."""
        url = urllib.parse.urlsplit(target)
        parts = [part for part in url.path.split("/") if part]
        if parts[:2] != ["api", "v2"] or not url.path.endswith("/"):
            raise Refused(404, {"detail": "The requested resource could not be found."})
        sent = json.loads(body) if body and method in ("POST", "PATCH") else {}
        if parts[2:3] == ["tokens"]:
            return self._token(method, parts[3:], authorization)
        if authorization != self.login and authorization not in self.tokens:
            raise Refused(
                401,
                {
                    "detail": (
                        "Authentication credentials were not provided. To establish a login session, visit /api/login/."
                    )
                },
            )
        self.requests.append((method, target, sent))
        try:
            return self._route(method, url, parts[2:], sent)
        except Refused as exc:
            self.refused.append((method, target, exc.status, exc.body))
            raise

    def _token(self, method, rest, authorization):
        if authorization != self.login:
            raise Refused(401, {"detail": "Invalid username/password."})
        if method == "POST" and not rest:
            self.tokens_made += 1
            token = f"token-{self.tokens_made}"
            self.tokens["Bearer " + token] = self.tokens_made
            return 201, {"id": self.tokens_made, "token": token}
        if method == "DELETE" and rest and int(rest[0]) in self.tokens.values():
            self.tokens = {token: number for token, number in self.tokens.items() if number != int(rest[0])}
            self.tokens_given_back += 1
            return 204, None
        raise Refused(405, {"detail": "Method not allowed."})

    def _route(self, method, url, parts, sent):
        world, endpoint = self.world, parts[0]
        if endpoint not in KINDS and endpoint != "unified_job_templates":
            raise Refused(404, {"detail": "The requested resource could not be found."})
        if method != "GET" and endpoint in READ_ONLY:
            raise Refused(405, {"detail": "Method not allowed."})
        if len(parts) == 1:
            if method == "POST":
                if endpoint == "workflow_approval_templates":
                    raise Refused(405, {"detail": "Method not allowed."})
                return 201, world.shown(endpoint, world.create(endpoint, sent))
            return 200, self._page(endpoint, url)
        if not parts[1].isdigit():
            raise Refused(404, {"detail": "Not found."})
        number = int(parts[1])
        if len(parts) == 2:
            return self._object(method, endpoint, number, sent)
        return self._below(method, url, endpoint, number, parts[2], sent)

    def _object(self, method, endpoint, number, sent):
        if method == "GET":
            if endpoint == "project_updates":
                return 200, self.world.look_at_update(number)
            if endpoint == "inventory_updates":
                return 200, self.world.look_at_inventory_update(number)
            return 200, self.world.shown(endpoint, self.world.get(endpoint, number))
        if method == "PATCH":
            return 200, self.world.shown(endpoint, self.world.change(endpoint, number, sent))
        # A label goes with its organization, or with the last object that has it.
        if method == "DELETE" and endpoint != "labels":
            self.world.delete(endpoint, number)
            return 204, None
        raise Refused(405, {"detail": "Method not allowed."})

    def _below(self, method, url, endpoint, number, name, sent):
        world, kind = self.world, KINDS.get(endpoint)
        world.get(endpoint, number)
        if name == "survey_spec" and kind.survey:
            if method == "POST":
                world.set_survey(endpoint, number, sent)
            elif method == "DELETE":
                world.surveys.pop((endpoint, number), None)
            return 200, world.surveys.get((endpoint, number), {}) if method == "GET" else {}
        if name == "create_approval_template" and endpoint == "workflow_job_template_nodes" and method == "POST":
            return 201, world.shown("workflow_approval_templates", world.make_approval(number, sent))
        if name == "launch" and endpoint in ("job_templates", "workflow_job_templates") and method == "POST":
            return 201, world.launch(endpoint, number, sent)
        if name == "update" and endpoint == "inventory_sources" and method == "POST":
            return 202, world.shown("inventory_updates", world.begin_inventory_update(number))
        if name not in kind.lists:
            raise Refused(404, {"detail": "The requested resource could not be found."})
        if method == "GET":
            return 200, self._page(kind.lists[name], url, world.lists.get((endpoint, number, name), []))
        world.associate(endpoint, number, name, sent)
        return 204, None

    def _page(self, endpoint, url, among=None):
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        found, count, page, more = self.world.listed(endpoint, query, among)
        following = url.path + "?" + urllib.parse.urlencode({**query, "page": page + 1}) if more else None
        return {
            "count": count,
            "next": following,
            "previous": None,
            "results": [self.world.shown(endpoint, item) for item in found],
        }


@contextlib.contextmanager
def serving(stub, port=0):
    """Serve `stub` as long as the context lasts; gives its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with lock:
                try:
                    status, answer = stub.answer(self.command, self.path, self.headers.get("Authorization"), body)
                except Refused as exc:
                    status, answer = exc.status, exc.body
            data = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", VERSION)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _do

        def log_message(self, *arguments):
            pass

    lock = threading.Lock()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
