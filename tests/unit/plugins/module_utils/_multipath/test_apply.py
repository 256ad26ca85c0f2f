# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A configuration is tried before it is written."""

import os
import pathlib
import time

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import apply as multipath_apply
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import edit as multipath_edit
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import effective as effective_conf
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import files as multipath_files
from ansible_collections.sanops.multipath.plugins.module_utils._system import tree as host_tree
from support import trees

MAIN = "/etc/multipath.conf"
DROP_IN = f"/etc/multipath/conf.d/{multipath_edit.DROP_IN}"
POLICY = {"no_path_retry": "30", "dev_loss_tmo": None}
WWID = "3600a0980000000000000000000000001"
BUILT_IN = """defaults {
    find_multipaths "strict"
    recheck_wwid "no"
    flush_on_last_del "no"
}
devices {
    device {
        vendor "NETAPP"
        product "LUN"
        no_path_retry "queue"
    }
}
"""
PROBED = BUILT_IN + (
    'overrides {\n\tno_path_retry 7\n\tflush_on_last_del "yes"\n\tprotocol {\n\t\ttype '
    '"scsi:iscsi"\n\t\tfast_io_fail_tmo 7\n\t}\n}\n'
)


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A host with files of its own, whose multipath -t reads as we do, unless a test has it do otherwise."""
    return Host(tmp_path, monkeypatch)


class Host:
    def __init__(self, root, monkeypatch):
        self.tree, self.complaints, self.complaints_then, self.misread = host_tree.Tree(str(root)), [], [], ""
        monkeypatch.setattr(multipath_files, "ask", self.ask)
        monkeypatch.setattr(multipathd, "version", lambda deadline: ("0.9.4", None))
        monkeypatch.setattr(multipathd, "daemon", lambda tree: {"running": True})
        monkeypatch.setattr(multipathd, "ask", lambda command, deadline: BUILT_IN)

    def write(self, path, text):
        trees.write(pathlib.Path(self.tree.root), path, text.encode("latin-1"))

    def ask(self, deadline, files=None):
        if files == [(MAIN, multipath_files.PROBE)]:
            return PROBED, []
        builtin, dialect = multipath_files.dialect_of(PROBED)
        printed = _print(effective_conf.read(files or multipath_files.texts(self.tree), builtin, dialect))
        return (printed + self.misread if files else printed), self.complaints_then if files else self.complaints

    def plan(self, **policy):
        return multipath_apply.plan(self.tree, policy or POLICY, time.monotonic() + 5)

    def refused(self, words, **policy):
        with pytest.raises(multipath_apply.Refused, match=words):
            self.plan(**policy)


def _print(conf):
    """As multipath -t does."""

    def settings(found):
        return "".join(f'{key} "{one["value"]}"\n' for key, one in found.items() if one["value"] is not None)

    devices = "".join(f"device {{\n{settings(one['settings'])}}}\n" for one in conf["devices"])
    multipaths = "".join(f"multipath {{\n{settings(one['settings'])}}}\n" for one in conf["multipaths"])
    return (
        f"defaults {{\n{settings(conf['defaults'])}}}\ndevices {{\n{devices}}}\noverrides "
        f"{{\n{settings(conf['overrides'])}}}\n"
        f"multipaths {{\n{multipaths}}}\n"
    )


class TestPlan:
    def test_our_file(self, host):
        plan = host.plan()
        assert list(plan["after"]) == [DROP_IN]
        assert plan["before"] == {DROP_IN: None}
        assert plan["not_in_effect"] == ["no_path_retry is not set, by built in to multipath-tools (defaults)"]
        assert {"what": "overrides: no_path_retry", "files": "30", "running": None} in plan["pending"]

    def test_a_host_without_multipath_tools(self, host, monkeypatch):
        monkeypatch.setattr(multipathd, "version", lambda deadline: (None, None))
        assert host.plan() == {"before": {}, "after": {}, "pending": None, "not_in_effect": []}

    def test_tools_that_do_not_answer_are_there(self, host, monkeypatch):
        monkeypatch.setattr(multipathd, "version", lambda deadline: (None, "no answer within its time"))
        assert host.plan()["after"]

    def test_nothing_to_do(self, host):
        host.write(DROP_IN, host.plan()["after"][DROP_IN])
        plan = host.plan()
        assert (plan["after"], plan["not_in_effect"]) == ({}, [])
        assert plan["pending"], "the daemon still runs what it ran"

    def test_a_daemon_that_does_not_run_has_nothing_pending(self, host, monkeypatch):
        monkeypatch.setattr(multipathd, "daemon", lambda tree: {"running": False})
        assert host.plan()["pending"] is None

    def test_a_mark(self, host):
        host.write(MAIN, "# sanops.multipath: leave alone\n")
        host.refused("/etc/multipath.conf says .* does not want")

    def test_a_mark_where_nothing_has_to_change(self, host):
        host.write(DROP_IN, host.plan()["after"][DROP_IN])
        host.write(MAIN, "# sanops.multipath: leave alone\n")
        assert host.plan()["after"] == {}

    @pytest.mark.parametrize("folder", ["/srv/conf.d", ""])
    def test_drop_ins_elsewhere(self, host, monkeypatch, folder):
        monkeypatch.setattr(multipath_files, "folder_of", lambda main, builtin: folder or None)
        host.refused("sets config_dir to a place that cannot be used")

    def test_a_new_complaint(self, host):
        host.complaints_then = ["/etc/multipath.conf line 3, something new"]
        host.refused("complains of the configuration as it would be: /etc/multipath.conf line 3, something new")

    def test_an_old_complaint_is_the_users(self, host):
        host.complaints = host.complaints_then = ["/etc/multipath.conf line 3, something old"]
        assert host.plan()["after"]

    def test_another_reading(self, host):
        host.misread = "overrides {\n\tno_path_retry 31\n}\n"
        host.refused("reads the files in another way: overrides: no_path_retry: 31 .by our reading 30")

    def test_a_value_that_this_version_does_not_know(self, host):
        host.refused("knows no value never for flush_on_last_del", flush_on_last_del="never")


def test_all_files_are_put_in_their_place(tmp_path):
    path = str(tmp_path / "conf.d" / "ours.conf")
    found = {"before": {path: None}, "after": {path: "new\n"}}
    assert multipath_apply.apply(found, os.rename) == [{"path": path, "backup": None}]
    with pytest.raises(multipath_apply.Refused, match="no file was changed: somebody else has changed .*ours.conf"):
        multipath_apply.apply(found, os.rename)
