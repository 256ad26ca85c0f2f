# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit reports violations of the policy, and the remediation fixes them before it removes a device.

In molecule: molecule/configuration.
"""

import pytest
from scenarios.audit_run import Audit
from scenarios.removal_run import Node, Remediation

POLICY = {"no_path_retry": 6, "find_multipaths": "yes", "recheck_wwid": None}


def rules(audit, host):
    return {finding["rule"] for finding in audit.hosts[host]["findings"]}


@pytest.mark.nodes("node1")
def test_configuration_before_removal(lab, tmp_path):
    """Of a host without any file of multipath's, and with iSCSI that scans by itself."""
    node = Node(lab, "node1", tmp_path)
    (device,) = node.luns(1)
    node.run(
        "rm /etc/multipath.conf; systemctl restart multipathd\n"
        "for n in $(seq 240); do multipathd show daemon | grep -q idle && exit 0; sleep 0.5; done; exit 1"
    )
    node.run(
        "sed -i 's/^node.session.scan = .*/node.session.scan = auto/' /etc/iscsi/iscsid.conf; "
        "iscsiadm -m node -o update -n node.session.scan -v auto"
    )
    here = ["--limit", "node1"]
    before = Audit(lab, tmp_path / "before", arguments=here, multipath_conf_policy=POLICY)
    assert {"MPC001", "MPC101", "MPC102"} <= rules(before, "node1")
    queueing = [
        finding
        for finding in before.hosts["node1"]["findings"]
        if finding["rule"] == "MPC001" and device.wwid in finding["subjects"]
    ]
    assert "built in" in str(queueing), queueing

    variables = {"stale_devices_configuration": True, "multipath_conf_policy": POLICY, "stale_devices_max_share": 1}
    check = Remediation(lab, tmp_path / "check", *here, "--check", **variables)
    assert check.code == 0, check.output
    assert node.run("ls /etc/multipath/conf.d /etc/multipath.conf 2>/dev/null || true") == ""
    run = Remediation(lab, tmp_path / "run", *here, **variables)
    assert run.code == 0, run.output

    after = Audit(lab, tmp_path / "after", arguments=here, multipath_conf_policy=POLICY)
    assert not {"MPC001", "MPC002", "MPC101", "MPC102"} & rules(after, "node1"), after.output
    assert "6 chk" in node.run("multipathd show maps json")
