# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One host's testimony: what it says of its SAN devices, how it is configured, and what else is wrong on it, which
no verdict needs.
"""

from ansible_collections.sanops.multipath.plugins.module_utils._core import schema
from ansible_collections.sanops.multipath.plugins.module_utils._facts import configuration as facts_configuration
from ansible_collections.sanops.multipath.plugins.module_utils._facts import witnesses
from ansible_collections.sanops.multipath.plugins.module_utils._host import symptoms as host_symptoms
from ansible_collections.sanops.multipath.plugins.module_utils._system import child, parts


def collect(tree, timeout):
    """The facts of this host, within *timeout* seconds. Shape: see the module stale_mpath_facts, RETURN."""

    def configure(kernel, daemon, clock, missing):
        deadlines = dict((part, clock.by(share)) for part, share in witnesses.CONFIGURATION_BY.items())
        return facts_configuration.collect(tree, kernel, daemon, deadlines, missing)

    def conclude(kernel, cut, configuration, found, clock, missing):
        defaults = (configuration["multipath_conf"] or {}).get("defaults") or {}
        return ask_symptoms(tree, kernel, cut, defaults, found, clock.by(witnesses.SYMPTOMS_BY), missing)

    return witnesses.ask(tree, timeout, None, configure, conclude)


def ask_symptoms(tree, kernel, cut, defaults, found, deadline, missing):
    """The fact symptoms. *cut*: why the kernel was not read to its end, or None; *found*: all that find.find told."""
    maps, paths, openers = kernel["maps"], kernel["paths"], {}
    told, error = child.stream(lambda: host_symptoms.look(tree, maps, paths, defaults, cut), deadline)
    symptoms, unread = parts.together(schema.SYMPTOMS, told, error)
    for part, why in unread:
        missing(part, why)
    for item in found:
        if "opener" in item:
            openers.setdefault(item["opener"], []).append(item["name"])
    if symptoms["blocked"]:
        symptoms["blocked"] = host_symptoms.told(symptoms["blocked"], openers)
    return dict(symptoms, unused=None if cut else host_symptoms.unused(maps, paths, defaults))
