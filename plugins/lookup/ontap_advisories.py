# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: ontap_advisories
version_added: 0.1.0
short_description: Risks that ONTAP arrays show
description:
  - Returns who else sees the LUNs of hosts, and which paths a takeover would remove, from the same reading of the
    arrays that the other lookups share.
  - The rules are in C(docs/rules.md), V(MPC501) and the following.
options:
  _terms:
    description: None. There is one answer for each array.
    type: list
    elements: str
  hosts:
    description:
      - The hosts to check, each a list of its initiators (iSCSI names and WWPNs). An initiator of none of them is
        unknown.
      - Shared LUNs are reported only if one of these hosts has them.
    type: dict
    default: {}
  san_clusters:
    description: The hosts of O(hosts) that share LUNs on purpose, a list for each cluster. A host is in at most one.
    type: dict
    default: {}
extends_documentation_fragment:
  - sanops.multipath.ontap
seealso:
  - plugin: sanops.multipath.ontap_lun_maps
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Who else sees the LUNs of these two hosts?
  ansible.builtin.debug:
    msg: "{{ item.advisories | map(attribute='what') }}"
  loop: "{{ query('sanops.multipath.ontap_advisories', hosts=hosts, san_clusters={'pve': ['pve1', 'pve2']},
    arrays=audit_arrays) }}"
  vars:
    hosts:
      pve1: ['iqn.1993-08.org.debian:01:aaaa']
      pve2: ['iqn.1993-08.org.debian:01:bbbb', '10:00:00:90:fa:00:00:01']
"""

RETURN = r"""
_raw:
  description: One answer for each array, in the order of O(arrays).
  type: list
  elements: dict
  contains:
    hostname:
      description: The O(hostname) of the array.
      type: str
      returned: always
    cluster:
      description: Name of the cluster, V(none) if not known.
      type: str
      returned: always
    advisories:
      description: The risks. Empty for an array that could not be listed.
      type: list
      elements: dict
      returned: always
      contains:
        # fields of _rules.shapes.Advisory, made by tests/bootstrap/schemas.py
        rule:
          description: The id of the rule, such as MPC501.
          type: str
          returned: always
        severity:
          description: The severity of the risk. One of V(critical), V(warning), V(info).
          type: str
          returned: always
        subject:
          description: The object that it is about, such as a LUN or an initiator group.
          type: str
          returned: always
        what:
          description: >-
            What was found, such as: show 1 LUN (/vol/pve/disk1) to 3 initiators.
          type: str
          returned: always
        where:
          description: The array or the cluster.
          type: str
          returned: always
        hosts:
          description: The hosts of the inventory that it concerns, sorted.
          type: list
          elements: str
          returned: always
        strangers:
          description: The initiators that it concerns and that no audited host has, sorted.
          type: list
          elements: str
          returned: always
        why:
          description: Why it is a risk.
          type: str
          returned: always
        remedy:
          description: What to do.
          type: str
          returned: always
        # end of the fields
    not_checked:
      description: What could not be checked. The absence of an advisory about it proves nothing.
      type: list
      elements: dict
      returned: always
      contains:
        # fields of _arrays.shapes.NotChecked, made by tests/bootstrap/schemas.py
        what:
          description: What could not be checked, with the rules that need it, such as FC logins (MPC504).
          type: str
          returned: always
        why:
          description: The reason.
          type: str
          returned: always
        # end of the fields
"""

from collections.abc import Sequence

from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.lookup import Answer, OntapLookup
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import OntapConfigError
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.shapes import Snapshot, Witness
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories, advisories_ontap


class LookupModule(OntapLookup):
    def answered(self, terms: list[str], snapshots: list[Snapshot], witness: Witness) -> Sequence[Answer]:
        if terms:
            raise OntapConfigError("ontap_advisories takes no terms: name the hosts in hosts.")
        hosts = self.get_option("hosts")
        for host, initiators in hosts.items():
            if not isinstance(initiators, list) or not all(isinstance(name, str) for name in initiators):
                raise OntapConfigError(f"hosts: a list of initiators is needed for each host, also for {host}.")
        try:
            clusters = advisories_ontap.members(self.get_option("san_clusters"))
        except ValueError as exc:
            raise OntapConfigError(str(exc)) from exc
        complete = iter(snapshots)
        answers = []
        for array in witness["arrays"]:
            found, gaps = [], array["not_checked"]
            if array["complete"]:
                found = [
                    advisories.advisory(*finding) for finding in advisories_ontap.of(next(complete), hosts, clusters)
                ]
            else:
                gaps = [{"what": "all of it", "why": array["error"] or ""}]
            answers.append(
                {
                    "hostname": array["hostname"],
                    "cluster": array["cluster"],
                    "advisories": advisories.united(found),
                    "not_checked": gaps,
                }
            )
        return answers
