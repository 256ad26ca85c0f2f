# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
import io
import json
import tarfile

import pytest
from lab import collector, recording
from lab.errors import LabError


def make(path, fill):
    with tarfile.open(path, "w:gz") as tar:
        collected = collector.Recording(tar)
        fill(collected)
        collected.add(
            "recording.json",
            json.dumps({"host": "node1", "unreadable": collected.unreadable, "commands": collected.commands}).encode(),
        )
    return path


def test_round_trip(tmp_path):
    node = tmp_path / "node"
    (node / "devices/host2/1:0:0:0/power").mkdir(parents=True)
    (node / "devices/host2/holders").mkdir()
    (node / "devices/host2/1:0:0:0/vpd_pg83").write_bytes(b"\0\x83\xff")
    (node / "devices/host2/1:0:0:0/delete").touch(mode=0o200)
    (node / "devices/host2/1:0:0:0/power/control").write_text("on\n", encoding="ascii")
    (node / "devices/host2/1:0:0:0/driver").symlink_to("../nowhere/sd")
    (node / "devices/host2/session_password").write_text("secret\n", encoding="ascii")

    file = make(tmp_path / "node1.tar.gz", lambda collected: collected.walk(str(node)))
    about = recording.restore(file, tmp_path / "back")

    back = tmp_path / "back" / str(node).lstrip("/") / "devices/host2"
    assert about["host"] == "node1"
    assert (back / "1:0:0:0/vpd_pg83").read_bytes() == b"\0\x83\xff"
    assert (back / "1:0:0:0/delete").stat().st_mode & 0o777 == 0o200
    assert (back / "1:0:0:0/driver").readlink().as_posix() == "../nowhere/sd"
    assert sorted(path.name for path in back.rglob("*")) == ["1:0:0:0", "delete", "driver", "holders", "vpd_pg83"]


def test_what_cannot_be_read_is_noted(tmp_path, monkeypatch):
    file = tmp_path / "address"
    file.write_text("x", encoding="ascii")

    def refuse(*arguments, **options):
        raise OSError(107, "not connected")

    monkeypatch.setattr("builtins.open", refuse)
    collected = collector.Recording(tarfile.open(fileobj=io.BytesIO(), mode="w"))
    collected.copy(str(file))
    assert collected.unreadable == {str(file): "ENOTCONN"}


def test_secrets_of_iscsi_configuration_are_removed(tmp_path, monkeypatch):
    text = (
        b"node.session.auth.username = me\nnode.session.auth.password = "
        b"hush\n#node.session.auth.password_in = hush\nnode.session.scan = auto\n"
    )

    class File(io.BytesIO):
        pass

    path = tmp_path / "iscsid.conf"
    path.touch()
    monkeypatch.setattr("builtins.open", lambda *arguments, **options: File(text))
    added = {}
    collected = collector.Recording(None)
    monkeypatch.setattr(collected, "add", lambda name, content, mode: added.update({name: content}))
    monkeypatch.setattr(collector.os, "lstat", lambda name: path.stat())
    collected.copy("/etc/iscsi/iscsid.conf")
    assert b"hush" not in added["/etc/iscsi/iscsid.conf"] and b"me" not in added["/etc/iscsi/iscsid.conf"].split()
    assert b"node.session.scan = auto" in added["/etc/iscsi/iscsid.conf"]


def test_commands_are_kept_with_their_exit_code(tmp_path):
    file = make(tmp_path / "node1.tar.gz", lambda collected: collected.run("three", "echo out; echo err >&2; exit 3"))
    about = recording.restore(file, tmp_path / "back")
    assert (tmp_path / "back/commands/three").read_text(encoding="ascii") == "out\n"
    assert about["commands"]["three"] == {"command": "echo out; echo err >&2; exit 3", "code": 3, "stderr": "err\n"}


def link(name, target):
    def fill(collected):
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        collected.tar.addfile(entry)

    return fill


def test_absolute_links_stay_inside(tmp_path):
    file = make(tmp_path / "r.tar.gz", link("etc/iscsi/send_targets/x", "/etc/iscsi/nodes/x"))
    recording.restore(file, tmp_path / "back")
    assert (tmp_path / "back/etc/iscsi/send_targets/x").readlink().as_posix() == "../nodes/x"


@pytest.mark.parametrize(
    "fill", [link("etc/x", "../../outside"), lambda collected: collected.add("../outside", b"x")], ids=["link", "name"]
)
def test_what_leads_out_is_refused(tmp_path, fill):
    file = make(tmp_path / "r.tar.gz", fill)
    with pytest.raises(LabError, match="leads out"):
        recording.restore(file, tmp_path / "deep/back")
    assert not (tmp_path / "deep/outside").exists()
