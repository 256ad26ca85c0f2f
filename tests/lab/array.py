# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the array's REST API: just what the lab's verbs need."""

import base64
import http.client
import json
import ssl
import time
import urllib.parse

from lab.errors import LabError, Refused

VOLUME = "/vol/lab/"
"""LUNs are called by their last word in the lab; this is the rest of their ONTAP name."""

OS_TYPE = "linux"


IDLE_SECONDS = 20
"""How long a connection is used again: the service closes it after a minute of silence."""


class Array:
    """The array at `url`; `user` is (name, password); `ca` the path of the CA's certificate.

    It keeps its connection: each new one costs a TLS handshake on an emulated CPU. One thread at a time may use it.
    """

    def __init__(self, url, user, ca):
        self.url = url
        self._token = base64.b64encode(":".join(user).encode()).decode()
        self._ca = ca
        self._connection, self._used = None, 0
        self._homes = {}

    def hang_up(self):
        """Close the connection; the next request makes a new one."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _connected(self, timeout):
        if self._connection is None or time.monotonic() - self._used > IDLE_SECONDS:
            self.hang_up()
            address = urllib.parse.urlsplit(self.url)
            context = ssl.create_default_context(cafile=str(self._ca))
            self._connection = http.client.HTTPSConnection(
                address.hostname, address.port, timeout=timeout, context=context
            )
            self._connection.connect()
        self._connection.sock.settimeout(timeout)
        self._used = time.monotonic()
        return self._connection

    def request(self, method, path, body=None, timeout=30, **query):
        """Send one request; return the decoded answer (None if empty). Errors are LabErrors."""
        target = path + ("?" + urllib.parse.urlencode(query, safe="*,/") if query else "")
        data = None if body is None else json.dumps(body).encode()
        headers = {
            "Authorization": f"Basic {self._token}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        try:
            connection = self._connected(timeout)
            connection.request(method, target, data, headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.hang_up()
            raise LabError(f"The array does not answer at {self.url}: {error}") from error
        if response.status >= 400:
            raise Refused(f"The array refused {method} {path}: {response.status} {_message(text)}")
        return json.loads(text) if text.strip() else None

    def answers(self):
        """Return whether the REST service is up."""
        try:
            self.request("GET", "/api/cluster", timeout=5)
        except Refused:
            raise
        except LabError:
            return False
        return True

    def records(self, path, **query):
        """Return all records of a collection."""
        return self.request("GET", path, **query)["records"]

    def luns(self):
        return self.records("/api/storage/luns", fields="*")

    def maps(self):
        return self.records("/api/protocols/san/lun-maps", fields="*")

    def lun(self, name):
        """Return the LUN with this short name, whichever SVM it is in."""
        for lun in self.records("/api/storage/luns", name=VOLUME + name, fields="*"):
            return lun
        raise LabError(f"There is no LUN {name}. Create it with: create-lun {name}")

    def _home(self, name):
        """Return (SVM, serial number) of the LUN with this short name, which are asked for once: a LUN keeps them."""
        if name not in self._homes:
            lun = self.lun(name)
            self._homes[name] = lun["svm"]["name"], lun["serial_number"]
        return self._homes[name]

    def serial_number(self, name):
        """Return the serial number of the LUN with this short name."""
        return self._home(name)[1]

    def lun_map(self, lun, node):
        """Return the map of a LUN (short name) to a node's igroup, or None."""
        query = {"lun.name": VOLUME + lun, "igroup.name": node, "fields": "*"}
        for mapping in self.records("/api/protocols/san/lun-maps", **query):
            return mapping
        return None

    def create_lun(self, name, svm, size):
        body = {"name": VOLUME + name, "svm": {"name": svm}, "os_type": OS_TYPE, "space": {"size": size}}
        return self.request("POST", "/api/storage/luns", body, return_records="true")["records"][0]

    def map_lun(self, name, node, lun_id=None):
        body = {"svm": {"name": self._home(name)[0]}, "lun": {"name": VOLUME + name}, "igroup": {"name": node}}
        if lun_id is not None:
            body["logical_unit_number"] = lun_id
        return self.request("POST", "/api/protocols/san/lun-maps", body, return_records="true")["records"][0]

    def unmap_lun(self, name, node):
        mapping = self.lun_map(name, node)
        if mapping is None:
            raise LabError(f"LUN {name} is not mapped to {node}.")
        self.request("DELETE", f"/api/protocols/san/lun-maps/{mapping['lun']['uuid']}/{mapping['igroup']['uuid']}")
        return mapping

    def enable_lun(self, name, enabled):
        self.request("PATCH", f"/api/storage/luns/{self.lun(name)['uuid']}", {"enabled": enabled})


def _message(body):
    try:
        return json.loads(body)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:200]
