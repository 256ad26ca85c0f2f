# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A site as a new user has it: hosts with paths to TARGET, a simulated array, and an account for the audit on it."""

import contextlib

import ontap_sim
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import access
from ontap_sim import User
from support.askers import entry_of
from support.fleets import configured_host
from support.plays import Plays
from support.testimony import TARGET, path

PASSWORD = "correct1"
WORLD = {
    "svms": [{"name": "svm1", "portals": ["10.0.1.21:3260"], "target": TARGET}],
    "igroups": [{"name": "one", "initiators": ["iqn.x:1"]}],
    "luns": [{"name": "/vol/v/l"}],
    "maps": [{"lun": "/vol/v/l", "igroup": "one", "logical_unit_number": 0}],
}
# What the account may read.
PATHS = (*access.FOR_VERDICTS, *access.FOR_ADVICE)


class Site(Plays):
    """Runs of playbooks over some hosts and an array."""

    def __init__(self, folder, sim, hosts):
        super().__init__(folder, hosts)
        self.sim = sim
        self.entry = {**entry_of(sim), "username": "san-audit", "password": PASSWORD}

    def said(self, playbook, **variables):
        """Run a playbook of the collection with the array; return its exit code, and its output in one line."""
        code = self.run(f"sanops.multipath.{playbook}", **{"audit_arrays": [self.entry], **variables})
        assert PASSWORD not in self.output and "Traceback" not in self.output
        return code, " ".join(self.output.replace('\\"', '"').split())


@contextlib.contextmanager
def sites(folder, of=Site):
    """Yield a function that makes sites in a folder; their arrays end with the block.

    of: the class of the sites. Arguments of the function: what the account may read, the array's world, and {name: the
    registered result of its module}.
    """
    with contextlib.ExitStack() as running:

        def make(paths=PATHS, world=WORLD, hosts=None):
            roles = [{"name": "san-audit", "privileges": dict.fromkeys(paths, "readonly")}]
            users = [User("admin", "netapp1!"), User("san-audit", PASSWORD, role="san-audit")]
            good = configured_host(path(0, "same"), path(1, "same"))
            sim = running.enter_context(ontap_sim.running({**world, "roles": roles}, users=users))
            return of(folder, sim, {"a": good, "b": good} if hosts is None else hosts)

        yield make
