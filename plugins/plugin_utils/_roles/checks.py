# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Check what a type does not say of a variable's value: the options of an array, an exception, a policy."""

from __future__ import annotations

import datetime
import re
import typing as t
import zoneinfo

from ansible.module_utils.common import validation
from ansible_collections.sanops.multipath.plugins.module_utils._core import policy
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import options as array_options
from ansible_collections.sanops.multipath.plugins.plugin_utils._kubernetes import api as kubernetes_api
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import variables
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories_ontap


def wrong(name: str, value: t.Any, option: variables.Option) -> str | None:
    """Return what is wrong with a value of a variable, None for nothing. *name*: as the user wrote it."""
    why, check = variables.wrong(name, value, option), _CHECKS.get(option["name"])
    if why or value is None or not check:
        return why
    try:
        check(name, variables.plain(value))
    except (ValueError, array_options.OntapError, kubernetes_api.KubernetesError) as exc:
        return str(exc).rstrip(".")
    return None


def _arrays(name: str, value: t.Any) -> None:
    try:
        array_options.arrays_from_options({"arrays": value})
    except array_options.OntapError as exc:
        raise ValueError(str(exc).replace(" of arrays", f" of {name}", 1)) from exc


def _kubernetes(name: str, value: t.Any) -> None:
    try:
        kubernetes_api.clusters_from_options(value)
    except kubernetes_api.KubernetesError as exc:
        raise ValueError(str(exc).replace("the Kubernetes clusters", name, 1)) from exc


def _exceptions(name: str, value: t.Any) -> None:
    check: t.Callable[..., object] = compliance.checked
    try:
        check(value, datetime.datetime.now(datetime.timezone.utc).date())
    except ValueError as exc:
        raise ValueError(str(exc).replace("audit_exceptions", name, 1)) from exc


def _policy(name: str, value: t.Any) -> None:
    try:
        policy.resolve(value)
    except ValueError as exc:
        raise ValueError(f"{name}: {exc}") from exc


def _san_clusters(name: str, value: t.Any) -> None:
    try:
        advisories_ontap.members(value)
    except ValueError as exc:
        raise ValueError(str(exc).replace("san_clusters", name, 1)) from exc


def _hosts(name: str, value: t.Any) -> None:
    if not value or not all(isinstance(word, str) and word.strip() for word in _entries(value)):
        raise ValueError(f"{name} takes {variables.WORDS['audit_hosts']}, not {variables.kind_of(value)}")


def _serial(name: str, value: t.Any) -> None:
    entries = _entries(value)
    if not entries or not all(re.fullmatch("0*[1-9][0-9]*|0*([1-9][0-9]?|100)%", str(entry)) for entry in entries):
        raise ValueError(f"{name} takes {variables.WORDS['stale_devices_serial']}, not {str(value)[:60]!r}")


def _time(name: str, value: t.Any) -> None:
    if not re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", str(value)):
        raise ValueError(f"{name} takes a time such as '02:00', in quotes, not {str(value)[:60]!r}")


def _timezone(name: str, value: t.Any) -> None:
    """Check a time zone, where there is a tz database to check it against."""
    zones = zoneinfo.available_timezones()
    if zones and str(value) not in zones:
        raise ValueError(
            f"{name} takes a name of the tz database such as Europe/Berlin, not {str(value)[:60]!r}: the controller "
            "would refuse the schedule"
        )


def _webhook(name: str, value: t.Any) -> None:
    """Check a URL without showing it: that of a webhook is often a secret."""
    if value != "" and not re.fullmatch(r"https?://[^\s/]+\S*", str(value)):
        raise ValueError(f"{name} takes an address that begins with https:// or http://, without blanks")


def _audit_variables(name: str, value: t.Any) -> None:
    _handed_on(name, value, ["audit"])


def _remediation_variables(name: str, value: t.Any) -> None:
    _handed_on(name, value, ["stale_devices", "multipath_conf", "iscsi_scan"])


def _report_variables(name: str, value: t.Any) -> None:
    _handed_on(name, value, ["report"])


def _handed_on(name: str, value: t.Any, roles: list[str]) -> None:
    """Check the variables that a dictionary hands on to jobs. What is a template there is known in the job."""
    known, given = variables.wanted(roles), validation.check_type_dict(value)
    errors = variables.unknown(given, roles, given)
    for key in sorted(given.keys() & known.keys()):
        why = wrong(key, given[key], known[key]) if "{{" not in str(given[key]) else None
        errors += [why] if why else []
    if errors:
        raise ValueError(f"{name}: {'; '.join(errors)}")


def _entries(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else [value]


_CHECKS = {
    "array_account_arrays": _arrays,
    "audit_arrays": _arrays,
    "audit_exceptions": _exceptions,
    "audit_hosts": _hosts,
    "audit_kubernetes": _kubernetes,
    "audit_policy": _policy,
    "audit_san_clusters": _san_clusters,
    "awx_arrays": _arrays,
    "awx_audit_variables": _audit_variables,
    "awx_remediation_variables": _remediation_variables,
    "awx_report_variables": _report_variables,
    "awx_schedule_time": _time,
    "awx_schedule_timezone": _timezone,
    "awx_webhook_url": _webhook,
    "multipath_conf_policy": _policy,
    "report_exceptions": _exceptions,
    "stale_devices_arrays": _arrays,
    "stale_devices_hosts": _hosts,
    "stale_devices_kubernetes": _kubernetes,
    "stale_devices_serial": _serial,
}
