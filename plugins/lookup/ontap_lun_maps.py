# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: ontap_lun_maps
version_added: 0.1.0
short_description: ONTAP LUNs that are mapped to an initiator
description:
  - Returns which LUNs of the ONTAP arrays are mapped to an initiator (a host's iSCSI name or the WWPN of an FC port),
    and at which LUN id.
  - Every array is read once per run, whatever the number of hosts, forks and lookups.
options:
  _terms:
    description:
      - Names of initiators, compared as ONTAP compares them. Case does not matter, and a WWPN may have colons or not.
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - sanops.multipath.ontap
seealso:
  - plugin: sanops.multipath.ontap_luns
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Which LUNs does the array map to this host?
  ansible.builtin.debug:
    msg: "{{ item.luns | map(attribute='name') }}"
  loop: "{{ query('sanops.multipath.ontap_lun_maps', ansible_facts['iscsi_iqn'], arrays=audit_arrays) }}"
  vars:
    audit_arrays:
      - hostname: cluster1.example.com
        username: san-audit
        password: "{{ vault_san_audit_password }}"
        ca_path: /etc/pki/storage-ca.pem

- name: Both ports of an FC adapter, on an array that is named by ONTAP_HOSTNAME, ONTAP_USERNAME and ONTAP_PASSWORD
  ansible.builtin.set_fact:
    mapped: "{{ query('sanops.multipath.ontap_lun_maps', '10:00:00:90:fa:00:00:01', '10:00:00:90:fa:00:00:02') }}"
"""

RETURN = r"""
_raw:
  description: One answer for each term, in the order of the terms.
  type: list
  elements: dict
  contains:
    initiator:
      description: The term.
      type: str
      returned: always
    luns:
      description:
        - The LUNs that are mapped to an initiator group which has the initiator, directly or through a nested group.
        - Empty if there is none. That proves something only if RV(_raw[].complete=true), and with
          RV(_raw[].arrays[].scope=svm) only for those SVMs.
      type: list
      elements: dict
      returned: always
      contains:
        # fields of _arrays.shapes.Lun, made by tests/bootstrap/schemas.py
        wwid:
          description: >-
            Its WWID as multipath writes it: for ONTAP, 3600a0980 and the serial number in hex.
          type: str
          returned: always
        serial_number:
          description: >-
            Its serial number: for ONTAP, 12 characters that are not always printable; upper and lower case differ.
          type: str
          returned: always
        name:
          description: Its name or path on the array.
          type: str
          returned: always
        uuid:
          description: Its UUID on the array.
          type: str
          returned: always
        svm:
          description: The SVM that it belongs to.
          type: str
          returned: always
        svm_uuid:
          description: UUID of that SVM.
          type: str
          returned: always
        array:
          description: The C(hostname) of the array that lists it.
          type: str
          returned: always
        state:
          description: >-
            C(online), C(offline), C(foreign_lun_error), C(nvfail) or C(space_error). All mean that it exists.
          type: str
          returned: always
        container_state:
          description: >-
            State of the volume that holds it: C(online), C(volume_offline) or C(aggregate_offline).
          type: str
          returned: always
        enabled:
          description: Whether it is administratively enabled.
          type: bool
          returned: always
        read_only:
          description: Whether it is read-only, such as the destination of a mirror.
          type: bool
          returned: always
        size:
          description: Its size in bytes.
          type: int
          returned: always
        os_type:
          description: The operating system that it was made for.
          type: str
          returned: always
        maps:
          description: >-
            Its LUN maps. From P(sanops.multipath.ontap_lun_maps#lookup) only those to initiator groups that have the
            initiator.
          type: list
          elements: dict
          returned: always
          contains:
            igroup:
              description: The initiator group to which the LUN is mapped. V(none) from a view.
              type: str
              returned: always
            igroup_uuid:
              description: UUID of the initiator group. V(none) from a view.
              type: str
              returned: always
            lun_id:
              description: The LUN id at which the initiators find it, 0 to 4095.
              type: int
              returned: always
            portset:
              description: >-
                The port set of the initiator group; only its LIFs show the LUN. V(none) where there is none, or
                before ONTAP 9.9.1.
              type: str
              returned: always
            reporting_nodes:
              description: The nodes whose LIFs show the LUN. V(none) where ONTAP does not say them (before 9.10.1).
              type: list
              elements: str
              returned: always
            transports:
              description: >-
                The transports of the group's initiators, C(iscsi) and C(fc). Empty where ONTAP names none of them.
              type: list
              elements: str
              returned: always
        cluster:
          description: The cluster. V(none) where the account may not know it.
          type: str
          returned: always
        # end of the fields
    # fields of _arrays.shapes.Witness but arrays, made by tests/bootstrap/schemas.py
    complete:
      description: Whether every configured array was listed completely.
      type: bool
      returned: always
    fetched_at:
      description: When the oldest of the complete listings began, ISO 8601, UTC. V(none) if there is none.
      type: str
      returned: always
    # end of the fields
    arrays:
      description: The arrays that were asked.
      type: list
      elements: dict
      returned: always
      contains:
        # fields of _arrays.shapes.ArrayReport but wwid_prefixes, made by tests/bootstrap/schemas.py
        hostname:
          description: The array's C(hostname) as it is configured, or the name of a view.
          type: str
          returned: always
        cluster:
          description: >-
            The name of its cluster. V(none): not known.
          type: str
          returned: always
        version:
          description: >-
            ONTAP's version, such as 9.14.1. V(none): not known.
          type: str
          returned: always
        svms:
          description: The SVMs that the account sees, whose LUNs are listed.
          type: list
          elements: str
          returned: always
        targets:
          description: >-
            The names of its target ports, normalised: iSCSI names, and WWPNs of its FC ports. It speaks only for
            devices behind them. V(none): a view that names none, which proves no absence.
          type: list
          elements: str
          returned: always
        scope:
          description: >-
            V(cluster) if the account sees the whole cluster. V(svm) if it speaks for its C(svms) only, so that its
            listing proves nothing about other SVMs. V(none): the array could not be listed.
          type: str
          returned: always
        complete:
          description: Whether it was listed completely.
          type: bool
          returned: always
        fetched_at:
          description: >-
            When its listing began, ISO 8601 with a time zone. V(none): it could not be listed.
          type: str
          returned: always
        error:
          description: Why it could not be listed and what to do about it, a sentence. V(none) if it could.
          type: str
          returned: always
        cluster_uuid:
          description: >-
            UUID of its cluster. V(none): not known.
          type: str
          returned: always
        not_checked:
          description: >-
            What could not be checked for advice (see P(sanops.multipath.ontap_advisories#lookup)). It makes no
            listing incomplete.
          type: list
          elements: dict
          returned: where there is any
          contains:
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
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.lun_index import luns_by_initiator
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.shapes import Snapshot


class LookupModule(OntapLookup):
    def answers(self, terms: list[str], snapshots: list[Snapshot]) -> Sequence[Answer]:
        found = luns_by_initiator(snapshots, terms)
        return [{"initiator": term, "luns": found[term]} for term in terms]
