# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the array's REST API: just what the lab's verbs need."""

import base64
import json
import ssl
import urllib.error
import urllib.parse
import urllib.request

from lab.errors import LabError

VOLUME = "/vol/lab/"
"""LUNs are called by their last word in the lab; this is the rest of their ONTAP name."""

OS_TYPE = "linux"


class Array:
    """The array at `url`; `user` is (name, password); `ca` the path of the CA's certificate."""

    def __init__(self, url, user, ca):
        self.url = url
        self._token = base64.b64encode(":".join(user).encode()).decode()
        self._ca = ca

    def request(self, method, path, body=None, timeout=30, **query):
        """Send one request; return the decoded answer (None if empty). Errors are LabErrors."""
        url = self.url + path + ("?" + urllib.parse.urlencode(query, safe="*,/") if query else "")
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Basic {self._token}", "Accept": "application/json", "Content-Type": "application/json"}
        request = urllib.request.Request(url, data=data, method=method, headers=headers)
        try:
            context = ssl.create_default_context(cafile=str(self._ca))
            with urllib.request.urlopen(request, timeout=timeout, context=context) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            raise LabError(f"The array refused {method} {path}: {error.code} {_message(error.read())}") from error
        except OSError as error:
            raise LabError(f"The array does not answer at {self.url}: {error}") from error
        return json.loads(text) if text.strip() else None

    def answers(self):
        """Return whether the REST service is up."""
        try:
            self.request("GET", "/api/cluster", timeout=5)
        except LabError as error:
            if "refused" in str(error):
                raise
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
        for lun in self.luns():
            if lun["name"] == VOLUME + name:
                return lun
        raise LabError(f"There is no LUN {name}. Create it with: create-lun {name}")

    def lun_map(self, lun, node):
        """Return the map of a LUN (short name) to a node's igroup, or None."""
        for one in self.maps():
            if one["lun"]["name"] == VOLUME + lun and one["igroup"]["name"] == node:
                return one
        return None

    def create_lun(self, name, svm, size):
        body = {"name": VOLUME + name, "svm": {"name": svm}, "os_type": OS_TYPE, "space": {"size": size}}
        self.request("POST", "/api/storage/luns", body)
        return self.lun(name)

    def map_lun(self, name, node, lun_id=None):
        lun = self.lun(name)
        body = {"svm": {"name": lun["svm"]["name"]}, "lun": {"name": lun["name"]}, "igroup": {"name": node}}
        if lun_id is not None:
            body["logical_unit_number"] = lun_id
        self.request("POST", "/api/protocols/san/lun-maps", body)
        return self.lun_map(name, node)

    def unmap_lun(self, name, node):
        one = self.lun_map(name, node)
        if one is None:
            raise LabError(f"LUN {name} is not mapped to {node}.")
        self.request("DELETE", f"/api/protocols/san/lun-maps/{one['lun']['uuid']}/{one['igroup']['uuid']}")
        return one

    def enable_lun(self, name, enabled):
        self.request("PATCH", f"/api/storage/luns/{self.lun(name)['uuid']}", {"enabled": enabled})


def _message(body):
    try:
        return json.loads(body)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")[:200]
