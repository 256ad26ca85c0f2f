# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the simulated API.

A fault is a dictionary; every condition in it must hold, and every effect in it takes place. Conditions: path and query
(of the request, as sent; `*` is a wildcard), method, page (1 is the first of a walk), times (how often). Effects: see
EFFECTS; those of the first group happen before the API, those of the second change the page that the API makes.
"""

import fnmatch
import threading
import time

from .api import Answer, clean

CONDITIONS = {"path", "query", "method", "page", "times"}
PAGE_EFFECTS = {
    "records": "the page ends after this many records, with a next link if there are more (0: an empty page)",
    "num_records": "this number instead of the count",
    "repeat_next": "true: the next link leads to this very page",
    "no_next": "true: no next link, though there is more",
}


class ConnectionLost(Exception):
    """Close the connection without an answer."""


def _delay(fault, answer):
    time.sleep(fault["delay"])
    return answer


def _status(fault, answer):
    message = fault.get("message", "simulated fault")
    return Answer(fault["status"], {"error": {"message": message, "code": str(fault.get("code", "0"))}})


def _body(fault, answer):
    """Return the bytes of a body: those of a string (or bytes, in a test of this process), or JSON of anything else."""
    return Answer(
        fault.get("status", 200), fault["body"], {"Content-Type": fault.get("content_type", "application/json")}
    )


def _close(fault, answer):
    if fault["close"] != "middle":  # the middle is for the server, which knows the bytes
        raise ConnectionLost
    return answer


# In this order. Each takes the fault and the answer so far (None: ask the API) and returns the answer.
EFFECTS = {
    "delay": _delay,  # seconds
    "status": _status,  # HTTP status, with `message` and `code` of the error body
    "body": _body,  # this body, with `status` and `content_type`
    "close": _close,  # true: the connection is closed without an answer; "middle": in the middle of the answer
}
DETAILS = {"message", "code", "content_type"}


class Faults:
    """The faults that are set, and which of them meet a request."""

    def __init__(self):
        self._lock = threading.Lock()
        self._faults = []

    def set(self, faults):
        for fault in faults:
            unknown = set(fault) - CONDITIONS - set(PAGE_EFFECTS) - set(EFFECTS) - DETAILS
            if unknown:
                raise ValueError(f"unknown in a fault: {', '.join(sorted(unknown))}")
        with self._lock:
            self._faults = [dict(fault) for fault in faults]

    def list(self):
        with self._lock:
            return [dict(fault) for fault in self._faults]

    def take(self, method, path, query, page):
        """Return the faults that match this request as one dictionary, and count down their `times`."""
        met = {}
        with self._lock:
            for fault in self._faults:
                fits = fnmatch.fnmatchcase(clean(path), fault.get("path", "*")) and fnmatch.fnmatchcase(
                    query, fault.get("query", "*")
                )
                fits = fits and fault.get("method", method) == method
                if fits and fault.get("page", page) == page and fault.get("times", 1) > 0:
                    if "times" in fault:
                        fault["times"] -= 1
                    met.update(fault)
        return met


def before(fault):
    """Return the answer that a fault gives instead of the API, or None."""
    answer = None
    for name, effect in EFFECTS.items():
        if name in fault:
            answer = effect(fault, answer)
    return answer
