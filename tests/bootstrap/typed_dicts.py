# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a TypedDict says, as a JSON Schema.

The string below a field is its description. Of `Annotated`, a pair is a keyword of JSON Schema with its value, a type
is what a file has where the code knows less, and ALWAYS marks a key that every file has, though the record is made
without it.
"""

import ast
import functools
import importlib
import inspect
import re
import types
import typing as t

from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.shapes import ALWAYS

TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null", dict: "object"}


class Fields:
    """The TypedDicts that one of them leads to, as the $defs of a JSON Schema. Descriptions are in Markdown.

    *rules*: {definition: what its types cannot say, as JSON Schema}.
    """

    def __init__(self, root, rules=()):
        self.defs, self._shapes, self._rules = {}, {}, dict(rules)
        self.name = self._reference(root)["$ref"].rpartition("/")[2]

    def of(self, schema):
        """Return the definition of the TypedDict in a value, a list or a table, and what its key ends with; or None."""
        if "$ref" in schema:
            return self.defs[schema["$ref"].rpartition("/")[2]], ""
        for inner, end in ((schema.get("items"), "[]"), (schema.get("additionalProperties"), ".*")):
            found = isinstance(inner, dict) and self.of(inner)
            if found:
                return found[0], end + found[1]
        return next(filter(None, (self.of(part) for part in schema.get("anyOf", ()))), None)

    def _reference(self, shape):
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", shape.__name__).lower()
        if self._shapes.setdefault(name, shape) is not shape:
            raise ValueError(f"two shapes are called {shape.__name__}: {shape}, {self._shapes[name]}")
        if name not in self.defs:
            self.defs[name] = {}  # a shape may hold itself
            self.defs[name].update(self._object(shape), **self._rules.get(name, {}))
        return {"$ref": f"#/$defs/{name}"}

    def _object(self, shape):
        texts, made, required = documented(shape), {}, []
        for name, hint in t.get_type_hints(shape, include_extras=True).items():
            made[name] = self._value(hint)
            if name in texts:
                made[name] = {"description": texts[name], **made[name]}
            always = name in shape.__required_keys__ and t.get_origin(hint) is not t.NotRequired
            if always or ALWAYS in metadata(hint):
                required.append(name)
        description = inspect.cleandoc(shape.__doc__ or "").partition("\n\n")[0]
        return {"description": unwrapped(description), "type": "object", "properties": made, "required": required}

    def _value(self, hint):
        origin, arguments = t.get_origin(hint), t.get_args(hint)
        if origin is t.NotRequired:
            return self._value(arguments[0])
        if origin is t.Annotated:
            stated = [data for data in arguments[1:] if not isinstance(data, (str, tuple))]
            pairs = [data for data in arguments[1:] if isinstance(data, tuple)]
            return self._limited(self._value((stated or arguments)[0]), pairs)
        if t.is_typeddict(hint):
            return self._reference(hint)
        if origin is t.Literal:
            return {"enum": list(arguments)}
        if origin in (t.Union, types.UnionType):
            return self._union([self._value(part) for part in arguments])
        if origin is list:
            return {"type": "array", "items": self._value(arguments[0])}
        if origin is dict:
            key, value = (self._value(part) for part in arguments)
            names = {} if key == {"type": "string"} else {"propertyNames": key}
            return {"type": "object", **names, "additionalProperties": value or True}
        return {} if hint is t.Any else {"type": TYPES[hint]}

    @staticmethod
    def _limited(schema, pairs):
        for keyword, value in pairs:
            value = list(value) if isinstance(value, tuple) else value
            if keyword == "enum":
                schema = {"enum": [*value, *([None] if "null" in schema["type"] else [])]}
            else:
                schema = {**schema, keyword: value}
        return schema

    @staticmethod
    def _union(parts):
        """Write a union of one thing and null in the shortest way that JSON Schema has for it."""
        null = {"type": "null"}
        if null not in parts or len(parts) != 2:
            return {"anyOf": parts}
        (part,) = (part for part in parts if part != null)
        if "enum" in part:
            return {"enum": [*part["enum"], None]}
        return {**part, "type": [part["type"], "null"]} if "type" in part else {"anyOf": parts}


def metadata(hint):
    """Return what is said of a type beside the type."""
    if t.get_origin(hint) is t.NotRequired:
        return metadata(t.get_args(hint)[0])
    return t.get_args(hint)[1:] if t.get_origin(hint) is t.Annotated else ()


def documented(shape):
    """Return {field: the string below it}, of a TypedDict and its bases."""
    module = importlib.import_module(shape.__module__)
    node = classes(module)[shape.__name__]
    found = {}
    for base in node.bases:
        value = eval(ast.unparse(base), vars(module))  # a name in our own source
        found.update(documented(value) if t.is_typeddict(value) else {})
    for field, below in zip(node.body, node.body[1:]):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr):
            found[field.target.id] = unwrapped(inspect.cleandoc(ast.literal_eval(below.value)))
    return found


@functools.lru_cache(maxsize=None)
def classes(module):
    tree = ast.parse(inspect.getsource(module))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def unwrapped(text):
    return " ".join(text.split())
