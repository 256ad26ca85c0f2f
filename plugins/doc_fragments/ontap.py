# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """Options that every lookup on ONTAP takes."""

    DOCUMENTATION = r"""
options:
  arrays:
    description:
      - The arrays to ask, each a dictionary of O(hostname), O(username), O(password), O(http_port), O(validate_certs),
        O(cert_filepath), O(key_filepath), O(ca_path) and O(allow_no_luns).
      - An entry takes nothing from the options of the same name, so that no array is sent the credentials of another.
      - Name every cluster that serves the hosts in question. What no listing has can only be called absent if all of
        them were asked.
      - Mutually exclusive with O(hostname).
    type: list
    elements: dict
    vars:
      - name: sanops_multipath_ontap_arrays
  hostname:
    description:
      - Name or address of the management interface of the one array to ask.
      - Mutually exclusive with O(arrays).
    type: str
    env:
      - name: ONTAP_HOSTNAME
    ini:
      - section: sanops_multipath
        key: ontap_hostname
    vars:
      - name: sanops_multipath_ontap_hostname
  username:
    description:
      - The account to log in with. It needs no more than read access to V(/api/cluster), V(/api/cluster/nodes),
        V(/api/svm/svms), V(/api/storage/luns), V(/api/protocols/san/lun-maps) and V(/api/protocols/san/igroups).
      - For advice only, it also reads V(/api/network/ip/interfaces), V(/api/network/fc/interfaces),
        V(/api/protocols/san/iscsi/sessions) and V(/api/network/fc/logins). What its role denies of these is named, and
        has no other effect.
      - An account of a cluster speaks for the whole cluster, an account of an SVM for that SVM only.
    type: str
    env:
      - name: ONTAP_USERNAME
    ini:
      - section: sanops_multipath
        key: ontap_username
    vars:
      - name: sanops_multipath_ontap_username
  password:
    description:
      - The password of O(username).
      - It stays on the controller, and is not written anywhere.
    type: str
    env:
      - name: ONTAP_PASSWORD
    vars:
      - name: sanops_multipath_ontap_password
  http_port:
    description:
      - The HTTPS port of the management interface.
    type: int
    default: 443
    env:
      - name: ONTAP_HTTP_PORT
    ini:
      - section: sanops_multipath
        key: ontap_http_port
    vars:
      - name: sanops_multipath_ontap_http_port
  validate_certs:
    description:
      - Whether to verify the certificate of the array. With V(false), a machine in between can read the password and
        falsify the LUNs.
    type: bool
    default: true
    env:
      - name: ONTAP_VALIDATE_CERTS
    ini:
      - section: sanops_multipath
        key: ontap_validate_certs
    vars:
      - name: sanops_multipath_ontap_validate_certs
  ca_path:
    description:
      - File on the controller with the certificates (PEM) of the CAs to trust, in place of those that the system
        trusts.
      - Environment variables such as E(SSL_CERT_FILE) or E(REQUESTS_CA_BUNDLE) change nothing.
    type: path
    env:
      - name: ONTAP_CA_PATH
    ini:
      - section: sanops_multipath
        key: ontap_ca_path
    vars:
      - name: sanops_multipath_ontap_ca_path
  cert_filepath:
    description:
      - File on the controller with a client certificate (PEM) to log in with, in place of O(username) and O(password).
    type: path
    env:
      - name: ONTAP_CERT_FILEPATH
    ini:
      - section: sanops_multipath
        key: ontap_cert_filepath
    vars:
      - name: sanops_multipath_ontap_cert_filepath
  key_filepath:
    description:
      - File on the controller with the private key of O(cert_filepath), where that file does not hold it.
    type: path
    env:
      - name: ONTAP_KEY_FILEPATH
    ini:
      - section: sanops_multipath
        key: ontap_key_filepath
    vars:
      - name: sanops_multipath_ontap_key_filepath
  allow_no_luns:
    description:
      - Whether to accept the listing of an array that has no LUN at all. Usually its account sees too little.
    type: bool
    default: false
    vars:
      - name: sanops_multipath_ontap_allow_no_luns
  allow_incomplete:
    description:
      - What to do about an array that cannot be listed completely. With V(false), the lookup fails.
      - With V(true) it answers with C(complete) V(false) and with the reason in C(error) of the array, and with the
        LUNs of the other arrays. Nothing may be called absent then. P(sanops.multipath.ontap_advisories#lookup) has
        the reason in C(not_checked).
      - The same holds for a lookup without any array.
      - Wrong options are always an error.
    type: bool
    default: false
    vars:
      - name: sanops_multipath_ontap_allow_incomplete
  cache_ttl:
    description:
      - For how many seconds what was read may answer later lookups of the same run of Ansible, in this play or another.
        With V(0), each lookup gets what was read after it had asked; lookups at the same time still share.
      - What was read is in the temporary folder of the run (C(local_tmp) of C(ansible.cfg)), which all its workers
        share and which Ansible removes at its end. No credential is in it, and what was read with some credentials is
        not given to a lookup with others. A certificate or key that was changed in its file is another credential.
      - A failure is remembered too, for 60 seconds, so that not every host waits for a dead array. A refused
        login is remembered for O(cache_ttl) or 300 seconds, whichever is longer, so that a wrong password does not lock
        the account.
    type: float
    default: 600
    env:
      - name: SANOPS_MULTIPATH_CACHE_TTL
    ini:
      - section: sanops_multipath
        key: cache_ttl
    vars:
      - name: sanops_multipath_cache_ttl
notes:
  - An array is asked for whole collections, never with a filter, and an answer is only taken as complete if every page,
    every record and every reference between them is there. The fields exist in ONTAP 9.8 and later.
  - The controller talks to the array directly. Proxies, C(.netrc) and redirects are not used.
  - Use C(query), which always gives a list; C(lookup) gives the bare answer if there is a single term.
seealso:
  - name: ONTAP REST API
    description: What the collections and fields mean.
    link: https://docs.netapp.com/us-en/ontap-automation/
author:
  - The sanops.multipath authors (@sanops)
"""
