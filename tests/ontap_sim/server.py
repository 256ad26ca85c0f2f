# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS around the API: TLS, basic auth and client certificates, the control endpoints, the record of requests."""

import base64
import collections
import hmac
import http.server
import json
import socket
import ssl
import threading
import time

from . import __name__ as package
from . import errors
from .api import Answer, Api, Request, clean
from .faults import ConnectionLost, Faults, before

REQUESTS_KEPT = 100_000


class Server(http.server.ThreadingHTTPServer):
    """One simulated array. `requests` holds every request but those to /_sim, in the order of their arrival.

    users: list of api.User. client_ca: PEM file of the CA whose certificates log in the user of their common name.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address, cert, key, users, world, client_ca=None):
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.users = world.accounts = {user.username: user for user in users}
        self.world = world
        self.api = Api(world)
        self.faults = Faults()
        self.requests = collections.deque(maxlen=REQUESTS_KEPT)
        self.lock = threading.Lock()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(cert, key)
        if client_ca:
            self.tls.load_verify_locations(client_ca)
            self.tls.verify_mode = ssl.CERT_OPTIONAL
        super().__init__(address, Handler)

    def finish_request(self, request, client_address):
        """Do the TLS handshake in the connection's own thread: a slow client delays no other."""
        request.settimeout(60)
        try:
            secured = self.tls.wrap_socket(request, server_side=True)
        except OSError:  # among them every ssl.SSLError: a client that does not trust us
            return
        try:
            self.RequestHandlerClass(secured, client_address, self)
        except OSError:
            pass
        finally:
            secured.close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = package
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, dummy, query = self.path.partition("?")
        entry = None
        if not clean(path).startswith("/_sim/"):
            entry = {
                "method": self.command,
                "path": path,
                "query": query,
                "user": None,
                "page": None,
                "status": None,
                "time": time.time(),
            }
            with self.server.lock:
                self.server.requests.append(entry)
        try:
            user = self._login()
            request = Request(self.command, path, query, user, self.headers, body)
            if entry is None:
                self._send(self._control(request))
                return
            entry["user"], entry["page"] = user.username, self.server.api.page(request)
            fault = self.server.faults.take(self.command, path, query, entry["page"])
            answer = before(fault) or self.server.api.handle(request, fault)
        except errors.ApiError as error:
            fault, answer = {}, Answer(error.status, error.body())
        except ConnectionLost:
            self.close_connection = True
            return
        if entry is not None:
            entry["status"] = answer.status
        self._send(answer, half=fault.get("close") == "middle")

    do_GET = do_POST = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_PUT = handle_any

    def _login(self):
        scheme, dummy, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                name, dummy, password = base64.b64decode(token).decode().partition(":")
            except ValueError:
                raise errors.unauthenticated() from None
            user = self.server.users.get(name)
            if user and not user.locked and hmac.compare_digest(user.password.encode(), password.encode()):
                return user
        else:
            certificate = self.connection.getpeercert() or {}
            names = [value for pairs in certificate.get("subject", ()) for key, value in pairs if key == "commonName"]
            user = self.server.users.get(names[0]) if names else None
            if user and not user.locked:
                return user
        raise errors.unauthenticated()

    def _control(self, request):
        """Answer /_sim/requests and /_sim/faults, which ONTAP does not have, to cluster accounts that may write."""
        if request.user.svm or request.user.readonly or request.user.role not in (None, "admin"):
            raise errors.unauthorized()
        server = self.server
        what = clean(request.path)[len("/_sim/") :], request.method
        if what == ("requests", "GET"):
            with server.lock:
                return Answer(200, list(server.requests))
        if what == ("requests", "DELETE"):
            with server.lock:
                server.requests.clear()
        elif what == ("faults", "PUT"):
            try:
                server.faults.set(json.loads(request.body))
            except (ValueError, TypeError) as error:
                return Answer(400, {"error": {"message": str(error), "code": "0"}})
        elif what == ("faults", "DELETE"):
            server.faults.set([])
        elif what != ("faults", "GET"):
            raise errors.no_such_api()
        return Answer(200, server.faults.list())

    def _send(self, answer, half=False):
        content = (
            b""
            if answer.body is None
            else answer.body
            if isinstance(answer.body, (str, bytes))
            else json.dumps(answer.body)
        )
        content = content.encode() if isinstance(content, str) else content
        json_only = self.headers.get("Accept", "").partition(";")[0].strip() == "application/json"
        headers = {
            "Content-Type": "application/json" if json_only else "application/hal+json",
            "Content-Length": str(len(content)),
            **answer.headers,
        }
        if answer.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="ONTAP"'
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if half:
            content, self.close_connection = content[: len(content) // 2], True
        if self.command != "HEAD":
            self.wfile.write(content)
