# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report built by the action plugin itself, without a play around it.

As a program, with a task on its input: see main().
"""

import contextlib
import json
import os
import sys
import time
from types import SimpleNamespace

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import action_loader, init_plugin_loader
from ansible.template import Templar

from perf import used

REGISTERED = "result"


class HostVars:
    """What the hosts of the play have registered, as Ansible keeps it."""

    def __init__(self, results):
        self.raw_get = {name: {REGISTERED: result} for name, result in results.items()}.__getitem__


def action(args):
    """The action plugin."""
    task = SimpleNamespace(
        args=args,
        action="sanops.multipath.audit_report",
        async_val=0,
        check_mode=False,
        diff=False,
        environment=[],
        delegate_to=None,
    )
    play, connection, loader = (
        SimpleNamespace(check_mode=False),
        SimpleNamespace(_shell=SimpleNamespace(tmpdir=None)),
        DataLoader(),
    )
    return action_loader.get(
        task.action,
        task=task,
        connection=connection,
        play_context=play,
        loader=loader,
        templar=Templar(loader=loader),
        shared_loader_obj=None,
    )


def main():
    """{'hosts': number, 'arrays': [..], 'folder'} -> {'seconds', 'cpu', 'memory': MiB at its peak, 'held': before it
    began, 'hosts': number}.

    The arrays have been listed before the clock runs, as for the second of the lookups: what a listing takes is the
    array's affair, and another bench's.
    """
    init_plugin_loader([])  # says where collections are: before the first import from one
    from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import lookups

    from perf.doubles import recorded, simulated

    task, hosts = json.load(sys.stdin), recorded.Hosts()
    results = {simulated.name(number): hosts.result(number) for number in range(task["hosts"])}
    names = list(results)
    variables = {"hostvars": HostVars(results), "ansible_play_hosts_all": names}
    made = action({"registered": REGISTERED, "arrays": task["arrays"], "report_dir": task["folder"]})
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        lookups.of(made, variables)("ontap_luns", [], arrays=task["arrays"])
        held, began, cpu = used.peak() / used.MIB, time.monotonic(), time.process_time()
        reported = made.run(task_vars=variables)
        spent = {
            "seconds": time.monotonic() - began,
            "cpu": time.process_time() - cpu,
            "memory": used.peak() / used.MIB,
            "held": held,
        }
    print(json.dumps({**spent, "hosts": sum(reported["totals"]["hosts"].values())}))


if __name__ == "__main__":
    main()
