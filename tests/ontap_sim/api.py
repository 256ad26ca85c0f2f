# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answer requests, without HTTP: routing, what a user may see, GET of collections and instances, pages."""

import bisect
import dataclasses
import functools
import json
import re
import urllib.parse

from . import changes, errors, query, schema, security
from .resources import RESOURCES
from .security import User

# Arguments that are no query on a field.
RESERVED = {
    "fields",
    "max_records",
    "return_timeout",
    "return_records",
    "order_by",
    "return_unmatched_nested_array_objects",
}
MAX_TIMEOUT = 120
ENDPOINTS = frozenset(f"/api/{resource.path}" for resource in RESOURCES)


@dataclasses.dataclass
class Request:
    method: str
    path: str  # as sent, with /api
    query: str
    user: User
    headers: dict
    body: bytes = b""

    @property
    def args(self):
        return query.parse(self.query)


@dataclasses.dataclass
class Answer:
    status: int
    body: dict | None
    headers: dict = dataclasses.field(default_factory=dict)


def clean(path):
    """Return a path, decoded and without needless slashes: `/api//storage/luns/` becomes `/api/storage/luns`."""
    return urllib.parse.unquote(re.sub(r"/+", "/", path).rstrip("/") or "/")


class Api:
    """The REST API of one world.

    `handle` answers one request; `page` returns which page of its walk a request asks for.
    """

    def __init__(self, world):
        self.world = world
        self._pages = {}  # requests that a next link of ours leads to: number of the page
        self._listings = {}  # (path, scope): (generation, records in the order of their keys)

    @property
    def release(self):
        return schema.version(self.world.cluster["version"])

    @staticmethod
    def _walk(path, args):
        return path, tuple(sorted(args))

    def page(self, request):
        """Return the page of its walk that a request asks for; 1 if no next link led to it."""
        return self._pages.get(self._walk(clean(request.path), request.args), 1)

    def handle(self, request, faults):
        """Answer a request; `faults` says what is to go wrong with this page (a dictionary, see faults.py)."""
        with self.world.lock:
            try:
                self.world.refresh()
                return self._dispatch(request, faults)
            except errors.ApiError as error:
                return Answer(error.status, error.body())

    def _dispatch(self, request, faults):
        path = clean(request.path)
        if not path.startswith("/api/"):
            raise errors.no_such_api()
        svm = self._scope(request)
        for resource in RESOURCES:
            if resource.since > self.release or (resource.asa_r2 and not self.world.cluster.get("disaggregated")):
                continue
            whole = resource.collection_pattern.fullmatch(path[5:])
            part = resource.instance_pattern and resource.instance_pattern.fullmatch(path[5:])
            if whole or part:
                break
        else:
            raise errors.no_such_api()
        method = "GET" if request.method == "HEAD" else request.method
        change = changes.find(method, resource.path, bool(part))
        bulk = None if part or change else changes.find(method, resource.path, True)
        if method == "OPTIONS":
            allowed = ["GET", "HEAD", "OPTIONS", *changes.methods(resource.path, bool(part))]
            return Answer(200, None, {"Allow": ", ".join(allowed)})
        if method != "GET" and not change and not bulk:
            raise errors.method_not_allowed()
        if (
            path in request.user.denied
            or (resource.cluster_only and svm)
            or (method != "GET" and request.user.readonly)
            or not security.allowed(self.world, request.user, method, resource.path, ENDPOINTS)
        ):
            raise errors.unauthorized()
        if bulk:
            return self._bulk(bulk, request, resource, whole.groups(), svm)
        if change:
            return self._change(change, request, resource, (part or whole).groups(), svm)
        if part:
            return self._instance(request, resource, part.groups(), svm)
        if resource.single:
            return self._instance(request, resource, (), svm)
        return self._collection(request, resource, whole.groups(), svm, faults)

    def _scope(self, request):
        """Return the only SVM that this request may see: that of the account, or that of a tunnelling header."""
        name = request.headers.get("X-Dot-SVM-Name")
        key = request.headers.get("X-Dot-SVM-UUID")
        if request.user.svm or not (name or key):
            return request.user.svm
        for svm in self.world.svms.values():
            if svm["name"] == name or svm["uuid"] == key:
                return svm["name"]
        raise errors.san("2621462", target="svm.name")

    def _records(self, resource, parents, svm):
        """Return all records that this SVM may see, in the order of their keys."""
        slot = (resource.path, parents, svm)
        generation, records = self._listings.get(slot, (None, None))
        if generation != self.world.generation:
            records = [
                record
                for record in resource.records(self.world, *parents)
                if not svm or _visible(resource, record, svm)
            ]
            records.sort(key=lambda record: _sort_key(record, [(name, False) for name in resource.ident]))
            self._listings[slot] = (self.world.generation, records)
        return records

    def _instance(self, request, resource, parts, svm):
        args = dict(request.args)
        for name in args:
            if name not in RESERVED:
                resource.check_argument(name, self.release)
        names = resource.select(args.get("fields"), self.release, instance=True)
        parents, own = parts[: len(parts) - len(resource.ident)], parts[len(parts) - len(resource.ident) :]
        for record in self._records(resource, parents, svm):
            if all(
                [str(value) for value in query.values(record, name)] == [part]
                for name, part in zip(resource.ident, own, strict=True)
            ):
                return Answer(200, query.project(record, names, _links(request)))
        raise errors.no_such_entry(resource.ident[0] if resource.ident else None)

    def _collection(self, request, resource, parents, svm, faults):
        args = request.args
        plain = dict(args)
        limit = _number(plain, "max_records", 1, 1 << 32)
        _number(plain, "return_timeout", 0, MAX_TIMEOUT)
        names, tests = self._selection(resource, args, plain.get("fields"))
        order = self._order(resource, plain.get("order_by", ""))

        records = self._records(resource, parents, svm)
        if tests:
            records = _matching(records, tests)
        sort_key = functools.partial(_sort_key, order=order)
        if plain.get("order_by"):
            records = sorted(records, key=sort_key)
        records = records[self._start(resource, order, plain, records) :]

        limits = [number for number in (limit, faults.get("records")) if number is not None]
        page = records[: min(limits)] if limits else records
        following = None
        if len(page) < len(records) and not faults.get("no_next"):
            following = self._next(request, resource, order, args, page, plain)
        if faults.get("repeat_next"):
            following = request.path + ("?" + request.query if request.query else "")
        return self._page(
            request, plain, [query.project(record, names, _links(request)) for record in page], following, faults
        )

    def _selection(self, resource, args, fields):
        """Return the names of the fields to return, and the tests that the arguments make.

        A test is (name, function of the values of that field).
        """
        tests, queried = [], set()
        for name, value in args:
            if name in RESERVED or (name.startswith("start.") and name[6:] in resource.fields):
                continue
            resource.check_argument(name, self.release)
            tests.append((name, query.matcher(value)))
            queried.add(name)
        return resource.select(fields, self.release, instance=False) | queried, tests

    def _order(self, resource, text):
        """Return [(field, descending)] with the keys at the end, so that the order is total."""
        order = []
        for item in filter(None, text.split(",")):
            name, dummy, direction = item.strip().partition(" ")
            if name not in resource.fields or direction not in ("", "asc", "desc"):
                raise errors.invalid_value(item, "order_by", "field [asc|desc],...")
            order.append((name, direction == "desc"))
        return order + [(name, False) for name in resource.ident]

    @staticmethod
    def _start(resource, order, plain, records):
        """Return the index of the page's first record: after the one in start.*, whether or not that still exists."""
        if not any(name.startswith("start.") for name in plain) or not records:
            return 0
        key = []
        for name, descending in order:
            text = plain.get(f"start.{name}")
            sample = next(iter(query.values(records[0], name)), None)
            value = int(text) if text and isinstance(sample, int) and text.isdigit() else text or None
            key.append(_ordered(query.comparable(value), descending))
        return bisect.bisect_right(records, tuple(key), key=lambda record: _sort_key(record, order))

    def _next(self, request, resource, order, args, page, plain):
        """Return the next link: `/api/...?start.<key>=...&<the other arguments as they came>`."""
        if page:
            last = [(f"start.{name}", next(iter(query.values(page[-1], name)), "")) for name, dummy in order]
        else:  # a page that a fault has emptied: continue at the same place
            last = [(name, value) for name, value in args if name.startswith("start.")]
        rest = [(name, value) for name, value in args if not name.startswith("start.")]
        path = clean(request.path)
        pairs = [(name, query.as_text(value)) for name, value in last] + rest
        self._pages[self._walk(path, pairs)] = self.page(request) + 1
        return f"{path}?{query.encode(pairs)}"

    @staticmethod
    def _page(request, plain, records, following, faults):
        body = {"records": records, "num_records": faults.get("num_records", len(records))}
        if plain.get("return_records") == "false":
            del body["records"]
        if _links(request):
            body["_links"] = {"self": {"href": request.path + ("?" + request.query if request.query else "")}}
        headers = {}
        if following:
            body.setdefault("_links", {})["next"] = {"href": following}
            headers["Link"] = f'<{following}>; rel="next"'
        return Answer(200, body, headers)

    def _change(self, change, request, resource, parts, svm):
        context = self._context(request, svm)
        args = context.args
        outcome = change(context, *parts)
        if request.method != "POST":
            return Answer(200, {})
        parents, instance = outcome
        href = f"{clean(request.path)}/" + "/".join(urllib.parse.quote(part, safe=":") for part in instance)
        answer = {}
        if args.get("return_records") == "true":
            wanted = [
                record
                for record in self._records(resource, parents, svm)
                if [query.values(record, name)[0] for name in resource.ident] == instance
            ]
            names = resource.select(None, self.release, instance=True)
            answer = {
                "num_records": len(wanted),
                "records": [query.project(record, names, _links(request)) for record in wanted],
            }
        return Answer(201, answer, {"Location": href})

    def _context(self, request, svm):
        args, body = dict(request.args), {}
        _number(args, "return_timeout", 0, MAX_TIMEOUT)
        if request.body:
            try:
                body = json.loads(request.body)
            except ValueError:
                body = None
            if not isinstance(body, dict):
                raise errors.invalid_json()
        return changes.Context(self.world, svm, args, changes.nested(body))

    def _bulk(self, change, request, resource, parents, svm):
        """Apply a change to every record that the query names, with a job for each.

        The query must select explicitly, also for a whole collection, as by `name=*`.
        """
        context = self._context(request, svm)
        tests = self._selection(resource, [pair for pair in request.args if pair[0] not in changes.FLAGS], None)[1]
        if not tests:
            raise errors.missing_value(resource.ident[0])
        jobs, failures = [], []
        for record in _matching(self._records(resource, parents, svm), tests):
            key = [query.values(record, name)[0] for name in resource.ident]
            error = None
            try:
                change(context, *parents, *key)
            except errors.ApiError as failure:
                error = failure
                failures.append(failure)
            jobs.append(self.world.add_job(f"{request.method} {clean(request.path)}/{'/'.join(key)}", error))
            if error and not context.flag("continue_on_failure"):
                break
        if context.args.get("return_timeout", "0") == "0":
            links = [
                {"uuid": job["uuid"], "_links": {"self": {"href": f"/api/cluster/jobs/{job['uuid']}"}}} for job in jobs
            ]
            return Answer(202, {"num_records": len(jobs), "jobs": links})
        if failures:
            raise failures[0]
        return Answer(200, {"num_records": len(jobs)})


def _matching(records, tests):
    return [record for record in records if all(test(query.values(record, name)) for name, test in tests)]


def _links(request):
    """Return whether the answer has links other than `next`: not for `Accept: application/json`."""
    return request.headers.get("Accept", "").partition(";")[0].strip() != "application/json"


def _visible(resource, record, svm):
    """Return whether an SVM-scoped account may see a record: those of its own SVM."""
    if resource.path == "svm/svms":
        return record["name"] == svm
    if "owner" in record:
        return record["owner"]["name"] == svm
    return "svm" not in record or record["svm"]["name"] == svm


def _ordered(key, descending):
    return query.Reverse(key) if descending else key


def _sort_key(record, order):
    return tuple(
        _ordered(query.comparable(next(iter(query.values(record, name)), None)), descending)
        for name, descending in order
    )


def _number(args, name, low, high):
    if name not in args:
        return None
    if not args[name].isdigit() or not low <= int(args[name]) <= high:
        raise errors.invalid_value(args[name], name, f"{low}..{high}")
    return int(args[name])
