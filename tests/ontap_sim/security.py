# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles and accounts: the collections of /api/security, and what the role of an account allows.

role     name, svm (name; None: of the cluster), builtin, privileges {path: access}
account  a User

A request of an account with a role needs a privilege of its endpoint.
"""

import dataclasses

from . import errors
from .schema import Resource, version

ROLES, ACCOUNTS = "security/roles", "security/accounts"
PRIVILEGES = "security/roles/{owner.uuid}/{name}/privileges"
# The methods of each access level; those of the middle since 9.11.1.
READ = {"GET", "HEAD", "OPTIONS"}
ACCESS = {
    "none": set(),
    "readonly": READ,
    "read_create": READ | {"POST"},
    "read_modify": READ | {"PATCH"},
    "read_create_modify": READ | {"POST", "PATCH"},
    "all": READ | {"POST", "PATCH", "DELETE"},
}
FINE_SINCE = (9, 11, 1)
BUILTIN = {"admin": {"/api": "all"}, "readonly": {"/api": "readonly"}, "none": {"/api": "none"}}
BUILTIN_OF_SVM = {"vsadmin": {"/api": "all"}}
APPLICATIONS = {"amqp", "console", "http", "ontapi", "rsh", "service_processor", "ssh", "telnet"}
SHORTEST_PASSWORD = 8
HTTP = {"application": "http", "authentication_methods": ["password"], "second_authentication_method": "none"}


@dataclasses.dataclass
class User:
    """`svm` is None for a cluster-scoped account.

    A `readonly` account may GET only. `denied`: paths with /api that its role may not use. `role`: the name of a role
    of the world in its scope, whose privileges alone count. `former`: passwords that it had before, which are refused.
    """

    username: str
    password: str
    svm: str | None = None
    readonly: bool = False
    denied: tuple = ()
    role: str | None = None
    applications: tuple = (HTTP,)
    locked: bool = False
    former: tuple = ()


def load(svms, roles):
    """Return the built-in roles and those of a world's JSON: {(name of the SVM or None, name): role}."""
    found = {}
    for name, privileges in BUILTIN.items():
        found[None, name] = {"name": name, "svm": None, "builtin": True, "privileges": privileges}
    for svm in svms:
        for name, privileges in BUILTIN_OF_SVM.items():
            found[svm, name] = {"name": name, "svm": svm, "builtin": True, "privileges": privileges}
    for role in roles:
        whole = {"svm": None, "builtin": False, **role}
        found[whole["svm"], whole["name"]] = whole
    return found


def allowed(world, user, method, path, endpoints):
    """Return whether the role of an account allows a method on the endpoint of a path (without /api).

    The longest privilege counts. That of an endpoint covers its instances and what is below them, not the endpoints
    below itself; that of a folder, such as /api/storage, covers all below.
    """
    if user.role is None:
        return True
    role = world.roles.get((user.svm, user.role))
    endpoint = f"/api/{path}"
    covering = [
        privilege
        for privilege in (role["privileges"] if role else ())
        if endpoint == privilege or endpoint.startswith(privilege + ("/{" if privilege in endpoints else "/"))
    ]
    return bool(covering) and method in ACCESS[role["privileges"][max(covering, key=len)]]


# Records.


def _owner(world, svm):
    owner = world.svms[svm] if svm else world.cluster
    return {"name": owner["name"], "uuid": owner["uuid"]}


def _privileges(world, role):
    key = f"{_owner(world, role['svm'])['uuid']}/{role['name']}"
    for path, access in sorted(role["privileges"].items()):
        quoted = path.replace("/", "%2F")
        yield {"path": path, "access": access, "_links": {"self": {"href": f"/api/{ROLES}/{key}/privileges/{quoted}"}}}


def roles(world):
    for role in world.roles.values():
        owner = _owner(world, role["svm"])
        yield {
            "name": role["name"],
            "owner": owner,
            "scope": "svm" if role["svm"] else "cluster",
            "builtin": role["builtin"],
            "privileges": list(_privileges(world, role)),
            "_links": {"self": {"href": f"/api/{ROLES}/{owner['uuid']}/{role['name']}"}},
        }


def privileges(world, owner, name):
    role = _role(world, owner, name)
    for privilege in _privileges(world, role):
        yield {**privilege, "owner": _owner(world, role["svm"])}


def accounts(world):
    for user in world.accounts.values():
        owner = _owner(world, user.svm)
        yield {
            "name": user.username,
            "owner": owner,
            "scope": "svm" if user.svm else "cluster",
            "role": {"name": role_of(user)},
            "applications": list(user.applications),
            "locked": user.locked,
            "_links": {"self": {"href": f"/api/{ACCOUNTS}/{owner['uuid']}/{user.username}"}},
        }


def role_of(user):
    """Return the name of the role of an account, also of one that User describes."""
    return user.role or ("vsadmin" if user.svm else "readonly" if user.readonly else "admin")


RESOURCES = [
    Resource(
        ROLES,
        ("owner.uuid", "name"),
        """
        owner.uuid key
        owner.name key
        name key
        scope
        builtin
        privileges.path
        privileges.access
        privileges.query 9.11.1
        """,
        roles,
    ),
    Resource(
        PRIVILEGES,
        ("path",),
        """
        path key
        access default
        query 9.11.1
        """,
        privileges,
        # The path of a privilege has slashes.
        instance="(.+)",
    ),
    Resource(
        ACCOUNTS,
        ("owner.uuid", "name"),
        """
        owner.uuid key
        owner.name key
        name key
        scope
        role.name
        applications.application
        applications.authentication_methods
        applications.second_authentication_method
        locked
        comment
        """,
        accounts,
    ),
]


# Changes.


def _role(world, owner, name):
    for role in world.roles.values():
        if (_owner(world, role["svm"])["uuid"], role["name"]) == (owner, name):
            return role
    raise errors.no_such_entry("name")


def _own_role(context, owner, name):
    """Return a role that may be changed."""
    role = _role(context.world, owner, name)
    if context.svm not in (None, role["svm"]):
        raise errors.no_such_entry("name")
    if role["builtin"]:
        raise errors.security("1263347", name)
    return role


def _svm(context):
    """Return the SVM that the body names as the owner, None for the cluster."""
    name, key = context.get("owner.name"), context.get("owner.uuid")
    for owner, svm in [(context.world.cluster, None), *((svm, svm["name"]) for svm in context.world.svms.values())]:
        if (name or key) and name in (None, owner["name"]) and key in (None, owner["uuid"]):
            return svm
    if name or key:
        raise errors.san("2621462", target="owner.name")
    return context.svm


def _privilege(context, item):
    """Return path and access of a privilege that a body has."""
    path, access = item.get("path"), item.get("access") or "all"
    if not path:
        raise errors.missing_value("privileges.path")
    if not path.startswith("/api"):
        raise errors.security("5636170", path)
    fine = set() if version(context.world.cluster["version"]) < FINE_SINCE else set(ACCESS)
    if access not in {"none", "readonly", "all"} | fine:
        raise errors.invalid_value(access, "privileges.access", "|".join(ACCESS))
    return path, access


def create_role(context):
    context.check("name", "owner", "privileges")
    name, svm = context.get("name"), _svm(context)
    if not name or not context.get("privileges"):
        raise errors.missing_value("privileges" if name else "name")
    if (svm, name) in context.world.roles:
        raise errors.duplicate("name")
    given = dict(_privilege(context, item) for item in context.get("privileges"))
    context.world.roles[svm, name] = {"name": name, "svm": svm, "builtin": False, "privileges": given}
    context.world.changed()
    return (), [_owner(context.world, svm)["uuid"], name]


def delete_role(context, owner, name):
    role = _own_role(context, owner, name)
    if any((user.svm, role_of(user)) == (role["svm"], name) for user in context.world.accounts.values()):
        raise errors.security("5636172", name, status=409)
    del context.world.roles[role["svm"], name]
    context.world.changed()


def create_privilege(context, owner, name):
    context.check("path", "access", "query")
    role = _own_role(context, owner, name)
    path, access = _privilege(context, context.body)
    if path in role["privileges"]:
        raise errors.duplicate("path")
    role["privileges"][path] = access
    context.world.changed()
    return (owner, name), [path]


def update_privilege(context, owner, name, path):
    context.check("access", "query")
    role = _own_role(context, owner, name)
    if path not in role["privileges"]:
        raise errors.no_such_entry("path")
    role["privileges"][path] = _privilege(context, {**context.body, "path": path})[1]
    context.world.changed()


def delete_privilege(context, owner, name, path):
    role = _own_role(context, owner, name)
    if path not in role["privileges"]:
        raise errors.no_such_entry("path")
    del role["privileges"][path]
    if not role["privileges"]:
        del context.world.roles[role["svm"], name]
    context.world.changed()


def _applications(items):
    """Return the applications of an account as ONTAP returns them."""
    found = []
    for item in items or []:
        if item.get("application") not in APPLICATIONS:
            raise errors.invalid_value(item.get("application"), "applications.application", "|".join(APPLICATIONS))
        second = item.get("second_authentication_method") or "none"
        methods = list(item.get("authentication_methods") or [])
        found.append({**item, "authentication_methods": methods, "second_authentication_method": second})
    return tuple(found)


def _password(text, former=()):
    if len(text) < SHORTEST_PASSWORD:
        raise errors.security("7077919", target="password")
    if text in former:
        raise errors.security("7077924", target="password")
    return text


def _role_name(context, svm):
    name = context.get("role.name") or context.get("role")
    if (svm, name) not in context.world.roles:
        raise errors.security("5636129", name or "", target="role.name")
    return name


def create_account(context):
    context.check("name", "owner", "role", "applications", "password", "comment", "locked")
    name, svm = context.get("name"), _svm(context)
    for field in ("name", "applications", "password"):
        if not context.get(field):
            raise errors.missing_value(field)
    if name in context.world.accounts:
        raise errors.duplicate("name")
    context.world.accounts[name] = User(
        username=name,
        password=_password(context.get("password")),
        svm=svm,
        role=_role_name(context, svm),
        applications=_applications(context.get("applications")),
        locked=bool(context.get("locked")),
    )
    context.world.changed()
    return (), [_owner(context.world, svm)["uuid"], name]


def _account(context, owner, name):
    user = context.world.accounts.get(name)
    if user is None or _owner(context.world, user.svm)["uuid"] != owner or context.svm not in (None, user.svm):
        raise errors.no_such_entry("name")
    return user


def update_account(context, owner, name):
    context.check("role", "applications", "password", "comment", "locked")
    user, updates = _account(context, owner, name), {}
    if context.get("role"):
        updates["role"] = _role_name(context, user.svm)
    if context.get("applications") is not None:
        updates["applications"] = _applications(context.get("applications"))
    if context.get("password") is not None:
        updates["former"] = (*user.former, user.password)
        updates["password"] = _password(context.get("password"), updates["former"])
    if context.get("locked") is not None:
        updates["locked"] = context.get("locked")
    context.world.accounts[name] = dataclasses.replace(user, **updates)
    context.world.changed()


def delete_account(context, owner, name):
    _account(context, owner, name)
    del context.world.accounts[name]
    context.world.changed()


CHANGES = {
    ("POST", ROLES, False): create_role,
    ("DELETE", ROLES, True): delete_role,
    ("POST", PRIVILEGES, False): create_privilege,
    ("PATCH", PRIVILEGES, True): update_privilege,
    ("DELETE", PRIVILEGES, True): delete_privilege,
    ("POST", ACCOUNTS, False): create_account,
    ("PATCH", ACCOUNTS, True): update_account,
    ("DELETE", ACCOUNTS, True): delete_account,
}
