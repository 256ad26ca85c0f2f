# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: ontap_luns
version_added: 0.1.0
short_description: ONTAP LUNs by WWID or serial number
description:
  - Returns to which LUN on which ONTAP array a multipath WWID or a serial number belongs, to which initiator groups it
    is mapped and whether it is online.
  - Every array is read once per run, whatever the number of hosts, forks and lookups.
options:
  _terms:
    description:
      - WWIDs as multipath shows them (V(3600a0980) and 24 hexadecimal digits), or serial numbers as ONTAP shows them
        (12 characters, case matters).
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - sanops.multipath.ontap
seealso:
  - plugin: sanops.multipath.ontap_lun_maps
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Which LUN is this device?
  ansible.builtin.debug:
    msg: "{{ item.luns | map(attribute='name') | join(', ') | default('in no listing', true) }}"
  loop: "{{ query('sanops.multipath.ontap_luns', '3600a098077663049712b4e3475636b33', 'z6CcD+SK5mPb',
    arrays=audit_arrays) }}"
  vars:
    audit_arrays:
      - hostname: cluster1.example.com
        username: san-audit
        password: "{{ vault_san_audit_password }}"
        ca_path: /etc/pki/storage-ca.pem

- name: Continue although an array may be down
  ansible.builtin.set_fact:
    storage_view: "{{ query('sanops.multipath.ontap_luns', *wwids, hostname='cluster1.example.com',
      allow_incomplete=true) }}"
"""

RETURN = r"""
_raw:
  description: One answer for each term, in the order of the terms.
  type: list
  elements: dict
  contains:
    term:
      description: The term.
      type: str
      returned: always
    wwid:
      description: The WWID that the term means. V(none) if no ONTAP LUN can bear that name, about which ONTAP then has
        nothing to say.
      type: str
      returned: always
    luns:
      description:
        - The LUNs with that identity, as P(sanops.multipath.ontap_lun_maps#lookup) returns them, but with all their
          LUN maps. Usually one; several where a serial number is not unique.
        - Empty if it is in no listing. That proves absence only if RV(_raw[].complete=true) and RV(_raw[].arrays) are
          of the scope V(cluster).
      type: list
      elements: dict
      returned: always
    complete:
      description: Whether every configured array was listed completely.
      type: bool
      returned: always
    fetched_at:
      description: When the oldest of the complete listings began (ISO 8601, UTC). V(none) if there is none.
      type: str
      returned: always
    arrays:
      description: The arrays that were asked, as P(sanops.multipath.ontap_lun_maps#lookup) returns them.
      type: list
      elements: dict
      returned: always
"""

from collections.abc import Sequence

from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.lookup import Answer, OntapLookup
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.lun_index import luns_by_wwid, wwid_from_term
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.shapes import Snapshot


class LookupModule(OntapLookup):
    def answers(self, terms: list[str], snapshots: list[Snapshot]) -> Sequence[Answer]:
        wwids = [wwid_from_term(term) for term in terms]
        found = luns_by_wwid(snapshots, (wwid for wwid in wwids if wwid))
        return [
            {"term": term, "wwid": wwid, "luns": found[wwid] if wwid else []}
            for term, wwid in zip(terms, wwids, strict=True)
        ]
