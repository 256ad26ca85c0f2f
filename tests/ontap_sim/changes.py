# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""POST, PATCH and DELETE: what ONTAP checks, then the change of the world."""

import dataclasses
import re

from . import errors, security
from .world import MAX_LUN_ID

LUNS = "storage/luns"
MAPS = "protocols/san/lun-maps"
IGROUPS = "protocols/san/igroups"
INITIATORS = "protocols/san/igroups/{igroup.uuid}/initiators"
NESTED = "protocols/san/igroups/{igroup.uuid}/igroups"
SERVICES = "protocols/san/iscsi/services"
# Arguments of a change that are no query.
FLAGS = {"allow_delete_while_mapped", "continue_on_failure"}
UNITS = {
    "": 1,
    "K": 1 << 10,
    "KB": 1 << 10,
    "M": 1 << 20,
    "MB": 1 << 20,
    "G": 1 << 30,
    "GB": 1 << 30,
    "T": 1 << 40,
    "TB": 1 << 40,
}


def nested(body):
    """Return the body with nested objects for dotted names: `{"svm.name": "a"}` becomes `{"svm": {"name": "a"}}`."""
    whole = {}
    for name, value in body.items():
        *parents, last = name.split(".")
        place = whole
        for parent in parents:
            place = place.setdefault(parent, {})
        if isinstance(value, dict):
            place.setdefault(last, {}).update(nested(value))
        else:
            place[last] = value
    return whole


@dataclasses.dataclass
class Context:
    """A change that is asked for. `svm` is the only SVM that may be touched, or None."""

    world: object
    svm: str | None
    args: dict
    body: dict

    def flag(self, name):
        return self.args.get(name) == "true"

    def check(self, *known):
        """Refuse members at the top of the body other than these."""
        for name in self.body:
            if name not in known and name != "_links":
                raise errors.unexpected_argument(name)

    def get(self, name):
        """Return the value at a dotted name of the body, or None."""
        value = self.body
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def owner(self):
        """Return the name of the SVM that the body names, or that of the account's own."""
        name, key = self.get("svm.name"), self.get("svm.uuid")
        if not name and not key:
            if not self.svm:
                raise errors.missing_value("svm.name")
            return self.svm
        for svm in self.world.svms.values():
            if name in (None, svm["name"]) and key in (None, svm["uuid"]) and self.svm in (None, svm["name"]):
                return svm["name"]
        raise errors.san("2621462", target="svm.name")

    def item(self, items, key):
        """Return the instance with the uuid in the path."""
        if key not in items or self.svm not in (None, items[key]["svm"]):
            raise errors.no_such_entry()
        return items[key]

    def reference(self, items, field, svm, code):
        """Return what `lun` or `igroup` of the body refers to."""
        for name in (self.get(f"{field}.uuid"), self.get(f"{field}.name")):
            if name:
                found = self.world.find(items, name, svm)
                if found is None:
                    raise errors.san(code, name, f"{field}.name")
                return found
        raise errors.missing_value(f"{field}.name")


def _size(value):
    """Return bytes, from a number or from a text such as `10G`."""
    found = re.fullmatch(r"(\d+)([KMGT]?B?)", str(value).upper())
    if not found or found[2] == "B" or int(found[1]) == 0:
        raise errors.invalid_value(value, "space.size", "size")
    return int(found[1]) * UNITS[found[2]]


def create_lun(context):
    context.check("svm", "name", "os_type", "space", "comment", "location", "class", "lun_maps", "qos_policy")
    svm, name = context.owner(), context.get("name")
    volume, unit = context.get("location.volume.name"), context.get("location.logical_unit")
    if not name and volume and unit:
        name = f"/vol/{volume}/{unit}"
    for field, value in (
        ("name", name),
        ("os_type", context.get("os_type")),
        ("space.size", context.get("space.size")),
    ):
        if not value:
            raise errors.missing_value(field)
    if context.world.lun(name, svm):
        raise errors.san("5374927", name, "name")
    lun = {"name": name, "svm": svm, "os_type": context.get("os_type"), "size": _size(context.get("space.size"))}
    for field, name in (("comment", "comment"), ("space_reserve", "space.guarantee.requested")):
        if context.get(name):
            lun[field] = context.get(name)
    return (), [context.world.create_lun(lun)["uuid"]]


def update_lun(context, key):
    context.check("name", "enabled", "comment", "space", "os_type", "qos_policy")
    lun, updates = context.item(context.world.luns, key), {}
    fields = {
        "name": "name",
        "enabled": "enabled",
        "comment": "comment",
        "os_type": "os_type",
        "space_reserve": "space.guarantee.requested",
    }
    for field, name in fields.items():
        if context.get(name) is not None:
            updates[field] = context.get(name)
    if not isinstance(updates.get("enabled", True), bool):
        raise errors.invalid_value(updates["enabled"], "enabled", "true|false")
    if context.get("space.size") is not None:
        updates["size"] = _size(context.get("space.size"))
    if updates.get("name", lun["name"]) != lun["name"] and context.world.lun(updates["name"], lun["svm"]):
        raise errors.san("5374927", updates["name"], "name")
    context.world.update_lun(key, updates)


def delete_lun(context, key):
    context.item(context.world.luns, key)
    if any(pair[0] == key for pair in context.world.maps) and not context.flag("allow_delete_while_mapped"):
        raise errors.san("1254197", status=409)
    context.world.delete_lun(key)


def _lun_id(value):
    """Return a LUN id, from a number or from a string, as netapp.ontap sends it."""
    if value is None:
        return None
    if not re.fullmatch(r"\d+", str(value)) or int(value) > MAX_LUN_ID:
        raise errors.invalid_value(value, "logical_unit_number", f"0..{MAX_LUN_ID}")
    return int(value)


def create_map(context):
    context.check("svm", "lun", "igroup", "logical_unit_number")
    world = context.world
    svm = context.owner()
    lun = context.reference(world.luns, "lun", svm, "5374875")
    igroup = context.reference(world.igroups, "igroup", svm, "5374852")
    number = _lun_id(context.get("logical_unit_number"))
    if (lun["uuid"], igroup["uuid"]) in world.maps:
        raise errors.san("1254207", status=409)
    for rival in world.rival_maps(igroup["uuid"]):
        if rival["lun"] == lun["uuid"]:
            raise errors.san("1254193", status=409)
        if rival["logical_unit_number"] == number:
            raise errors.san("1254324", target="logical_unit_number", status=409)
    world.create_map(lun["uuid"], igroup["uuid"], number)
    return (), [lun["uuid"], igroup["uuid"]]


def delete_map(context, lun, igroup):
    context.item(context.world.igroups, igroup)
    if (lun, igroup) not in context.world.maps:
        raise errors.no_such_entry("lun.uuid")
    context.world.delete_map(lun, igroup)


def create_igroup(context):
    context.check("svm", "name", "protocol", "os_type", "initiators", "igroups", "portset", "comment")
    svm, name = context.owner(), context.get("name")
    for field in ("name", "os_type"):
        if not context.get(field):
            raise errors.missing_value(field)
    if context.world.igroup(name, svm):
        raise errors.san("5374733", name, "name")
    igroup = {
        "name": name,
        "svm": svm,
        "os_type": context.get("os_type"),
        "protocol": context.get("protocol") or "mixed",
        "initiators": _names(context.get("initiators")),
        "igroups": _names(context.get("igroups")),
    }
    for nested in igroup["igroups"]:
        if not context.world.igroup(nested, svm):
            raise errors.san("5374852", nested, "igroups.name")
    igroup.update(_binding(context, svm))
    if context.get("comment"):
        igroup["comment"] = context.get("comment")
    return (), [context.world.create_igroup(igroup)["uuid"]]


def _binding(context, svm):
    """Return the portset that the body binds an igroup to, if any. netapp.ontap sends the bare name."""
    named = context.get("portset")
    if not named:
        return {}
    if isinstance(named, str):
        context = dataclasses.replace(context, body={"portset": {"name": named}})
    return {"portset": context.reference(context.world.portsets, "portset", svm, "5373993")["name"]}


def _names(items):
    return [item["name"] for item in items or []]


def update_igroup(context, key):
    context.check("name", "os_type", "portset", "comment")
    igroup = context.item(context.world.igroups, key)
    other = context.world.igroup(context.get("name"), igroup["svm"])
    if other and other is not igroup:
        raise errors.san("5374733", other["name"], "name")
    context.world.update_igroup(key, {**context.body, **_binding(context, igroup["svm"])})


def delete_igroup(context, key):
    context.item(context.world.igroups, key)
    if any(pair[1] == key for pair in context.world.maps) and not context.flag("allow_delete_while_mapped"):
        raise errors.san("1254213", status=409)
    context.world.delete_igroup(key)


def add_initiators(context, key):
    context.check("name", "records", "comment")
    igroup = context.item(context.world.igroups, key)
    names = _names(context.get("records")) or _names([context.body])
    for name in names:
        if name in igroup["initiators"]:
            raise errors.san("5374038", name, "name", 409)
    context.world.update_igroup(key, {"initiators": igroup["initiators"] + names})
    return (key,), [names[0]]


def remove_initiator(context, key, name):
    igroup = context.item(context.world.igroups, key)
    if name not in igroup["initiators"]:
        raise errors.san("5374034", name, "name", 404)
    if any(pair[1] == key for pair in context.world.maps) and not context.flag("allow_delete_while_mapped"):
        raise errors.san("1254213", status=409)
    context.world.update_igroup(key, {"initiators": [other for other in igroup["initiators"] if other != name]})


def add_nested(context, key):
    context.check("name", "uuid", "records")
    world, igroup = context.world, context.item(context.world.igroups, key)
    found = []
    for item in context.get("records") or [context.body]:
        nested = world.find(world.igroups, item.get("uuid") or item.get("name"), igroup["svm"])
        if nested is None or igroup in (nested, *world.below(nested)):
            raise errors.san("5374852", item.get("name", ""), "name")
        found.append(nested)
    world.update_igroup(key, {"igroups": igroup["igroups"] + [nested["name"] for nested in found]})
    return (key,), [found[0]["uuid"]]


def remove_nested(context, key, nested):
    igroup, inner = context.item(context.world.igroups, key), context.item(context.world.igroups, nested)
    if inner["name"] not in igroup["igroups"]:
        raise errors.no_such_entry()
    if any(pair[1] == key for pair in context.world.maps) and not context.flag("allow_delete_while_mapped"):
        raise errors.san("1254213", status=409)
    context.world.update_igroup(key, {"igroups": [name for name in igroup["igroups"] if name != inner["name"]]})


def update_iscsi_service(context, key):
    context.check("enabled")
    for svm in context.world.svms.values():
        if svm["uuid"] == key and context.svm in (None, svm["name"]):
            context.world.enable_iscsi(svm["name"], bool(context.get("enabled")))
            return
    raise errors.no_such_entry("svm.uuid")


# (method, collection, on an instance): the function for it. A POST gives the parts of the parent's path and of the new
# instance's.
CHANGES = {
    ("POST", LUNS, False): create_lun,
    ("PATCH", LUNS, True): update_lun,
    ("DELETE", LUNS, True): delete_lun,
    ("POST", MAPS, False): create_map,
    ("DELETE", MAPS, True): delete_map,
    ("POST", IGROUPS, False): create_igroup,
    ("PATCH", IGROUPS, True): update_igroup,
    ("DELETE", IGROUPS, True): delete_igroup,
    ("POST", INITIATORS, False): add_initiators,
    ("DELETE", INITIATORS, True): remove_initiator,
    ("POST", NESTED, False): add_nested,
    ("DELETE", NESTED, True): remove_nested,
    ("PATCH", SERVICES, True): update_iscsi_service,
    **security.CHANGES,
}


def find(method, path, instance):
    """Return the function for a change, or None; that of an instance also changes all records that a query names."""
    return CHANGES.get((method, path, instance))


def methods(path, instance):
    return [
        method for method, other, on_instance in CHANGES if other == path and (on_instance == instance or not instance)
    ]
