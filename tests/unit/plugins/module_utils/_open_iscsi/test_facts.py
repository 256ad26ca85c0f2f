# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of open-iscsi, from small trees: the files of both families of distributions, and under which value
each session was begun.
"""

import os
import pathlib

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import facts as iscsi_facts
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from support import trees

RECORDINGS = pathlib.Path(__file__).parents[3] / "recordings" / "iscsi"
TARGET = "iqn.1992-08.com.netapp:sn.svm1:vs.1"
RECORD = (RECORDINGS / "debian12" / "record").read_text()
MANUAL = RECORD.replace("session.scan = auto", "session.scan = manual")
CONF = "etc/iscsi/iscsid.conf"
AT = "etc/iscsi/nodes/%s/10.10.1.10,3260,1/default" % TARGET
SESSION = {
    "sid": 4,
    "target": TARGET,
    "portal": "10.10.1.10:3260",
    "state": "LOGGED_IN",
    "iface": "default",
    "host": "host3",
}
TICK = os.sysconf("SC_CLK_TCK")


class Host:
    """A host that was started at BOOT; times are seconds since then."""

    BOOT = 1_700_000_000

    def __init__(self, root, monkeypatch):
        self.root, self.tree, self.changed, self.now = root, Tree(str(root)), {}, 1000
        monkeypatch.setattr(iscsi_facts, "_changed", lambda tree, path: self.changed.get(path.lstrip("/")))
        self.write(CONF, "node.session.scan = manual\n")
        self.process(195, "iscsid", 55)
        self.process(900, "scsi_eh_3", 100)
        self.write("run/iscsid.pid", "195\n", 55.4)

    def write(self, path, text, at=20):
        trees.write(self.root, path, text.encode("latin-1"))
        self.changed[path] = self.BOOT + at

    def process(self, pid, name, at):
        self.write("proc/%d/comm" % pid, name + "\n")
        self.write("proc/%d/stat" % pid, "%d (%s) S 2 %s%d 0 0\n" % (pid, name, "0 " * 17, at * TICK))

    def read(self, *sessions):
        self.write("proc/uptime", "%.2f 1.0\n" % self.now)
        return iscsi_facts.read(self.tree, sessions or [SESSION], self.BOOT + self.now)

    def session(self):
        (found,) = self.read()["sessions"]
        return found["scan"], found["why"]


@pytest.fixture
def host(tmp_path, monkeypatch):
    return Host(tmp_path, monkeypatch)


def test_a_host_without_open_iscsi(tmp_path):
    (tmp_path / "etc/iscsi").mkdir(parents=True)
    assert iscsi_facts.read(Tree(str(tmp_path)), []) is None


def test_what_iscsid_conf_says(host):
    host.write(
        CONF,
        "node.startup = automatic\nnode.session.scan = auto # x\n"
        "node.session.auth.password=geheim\nnode.session.scan = manual\n",
    )
    assert host.read()["conf"] == {
        "file": "/etc/iscsi/iscsid.conf",
        "present": True,
        "settings": {
            "node.startup": {"value": "automatic", "line": 1},
            "node.session.scan": {"value": "manual", "line": 4},
        },
        "ignored": [
            {
                "line": 2,
                "text": "node.session.scan = auto # x",
                "why": "what follows the value is taken for a part of it; a comment needs a line of its own",
            },
            {"line": 3, "text": "node.session.auth.password = ********", "why": 'there is no space before its "="'},
        ],
    }


def test_no_iscsid_conf(host):
    host.write(AT, RECORD)
    (host.root / CONF).unlink()
    assert host.read()["conf"] == {"file": "/etc/iscsi/iscsid.conf", "present": False, "settings": {}, "ignored": []}


@pytest.mark.parametrize(
    "path, debian",
    [
        (AT, "debian12"),
        (AT.replace("etc", "var/lib"), "debian13"),
        ("etc/iscsi/nodes/%s/10.10.1.10,3260" % TARGET, "debian12"),
    ],
)
def test_the_records_of_every_distribution(host, path, debian):
    host.write(path, (RECORDINGS / debian / "record").read_text())
    assert host.read()["records"] == [
        {
            "file": "/" + path,
            "target": TARGET,
            "portal": "10.10.1.10:3260",
            "iface": "default",
            "scan": "auto",
            "said": True,
            "startup": "manual",
            "boot": False,
        }
    ]


def test_one_folder_by_two_names_is_read_once(host):
    host.write(AT.replace("etc", "var/lib"), RECORD)
    os.symlink("../../var/lib/iscsi/nodes", host.root / "etc/iscsi/nodes")
    assert len(host.read()["records"]) == 1


@pytest.mark.parametrize(
    "line, scan, said",
    [
        ("node.session.scan = manual", "manual", True),
        ("#", "auto", False),
        ("node.session.scan=manual", "auto", False),
        ("node.session.scan = manuel", "auto", False),
    ],
)
def test_what_a_record_comes_to(host, line, scan, said):
    host.write(AT, RECORD.replace("node.session.scan = auto", line))
    (record,) = host.read()["records"]
    assert (record["scan"], record["said"]) == (scan, said)


def test_a_malformed_record_costs_no_other_one(host):
    host.write(AT, "")
    host.write(AT.replace("10.10.1.10", "10.10.2.10"), RECORD.replace("10.10.1.10", "10.10.2.10"))
    found = host.read()
    assert found["malformed"] == [{"file": "/" + AT, "why": "it is empty"}] and len(found["records"]) == 1
    assert found["sessions"][0]["scan"] is None and "no record that can be read" in found["sessions"][0]["why"]


@pytest.mark.parametrize(
    "path, text, boot",
    [
        ("proc/cmdline", "root=/dev/sda netroot=iscsi:@10.10.1.10::3260::%s ro" % TARGET, True),
        ("proc/cmdline", "root=/dev/sda ro", False),
        ("etc/iscsi/iscsi.initramfs", 'ISCSI_TARGET_NAME="%s"\n' % TARGET, True),
        ("etc/iscsi/iscsi.initramfs", '# ISCSI_TARGET_NAME="%s"\n' % TARGET, False),
        ("sys/firmware/ibft/target0/target-name", TARGET + "\n", True),
        ("sys/firmware/ibft/initiator/initiator-name", TARGET + "\n", False),
        (AT, RECORD.replace("node.startup = manual", "node.startup = onboot"), True),
        (AT, RECORD.replace("send_targets", "fw"), True),
        ("sys/class/iscsi_session/session4/creator", "195\n", False),
    ],
)
def test_what_a_host_boots_from(host, path, text, boot):
    host.write(AT, RECORD)
    host.write(path, text)
    found = host.read()
    assert found["records"][0]["boot"] is boot and found["sessions"][0]["boot"] is boot


def test_a_session_that_the_kernel_has_begun_is_one_to_boot_from(host):
    host.write("sys/class/iscsi_session/session4/creator", "-1\n")
    assert host.read()["sessions"][0]["boot"] is True


SHIPPED, OWN = "usr/lib/udev/rules.d/90-scsi-ua.rules", "etc/udev/rules.d/90-scsi-ua.rules"
RULE = (
    'ACTION=="change", SUBSYSTEM=="scsi", ENV{SDEV_UA}=="REPORTED_LUNS_DATA_HAS_CHANGED", '
    'RUN+="scan-scsi-target $env{DEVPATH}"'
)


@pytest.mark.parametrize(
    "files, found",
    [
        ({SHIPPED: "# why\n" + RULE + "\n"}, [("/" + SHIPPED, 2)]),
        ({SHIPPED: "#" + RULE + "\n"}, []),
        ({SHIPPED: RULE, OWN: ""}, []),  # as a link to /dev/null
        ({SHIPPED: RULE, OWN: RULE}, [("/" + OWN, 1)]),
        ({OWN + ".bak": RULE}, []),
    ],
)
def test_rules_of_udev_that_scan(host, files, found):
    for path, text in files.items():
        host.write(path, text)
    assert [(rule["file"], rule["line"]) for rule in host.read()["udev_rules"]] == found


class TestSessions:
    """iscsid was started 55 s after the boot, the session was begun at 100 s."""

    @pytest.mark.parametrize("record, scan", [(RECORD, "auto"), (MANUAL, "manual")])
    def test_a_record_that_was_there_before(self, host, record, scan):
        host.write(AT, record, at=99)
        assert host.session() == (scan, "its record says so, and has not changed since it was begun")

    def test_a_record_that_says_nothing(self, host):
        host.write(AT, RECORD.replace("node.session.scan = auto\n", ""), at=-5000)
        assert host.session() == (
            "auto",
            "its record does not say, which means auto, and has not changed since it was begun",
        )

    @pytest.mark.parametrize("at", [100, 101, 999, 2000])
    def test_a_record_that_was_changed_since(self, host, at):
        host.write(AT, MANUAL, at=at)
        assert host.session() == (None, "its record (manual now) was changed after it was begun: log it in again")

    def test_iscsid_reads_the_records_when_it_starts(self, host):
        host.write(AT, MANUAL, at=200)
        host.process(195, "iscsid", 300)
        host.write("run/iscsid.pid", "195\n", 300.2)
        assert host.session() == ("manual", "its record says so, and has not changed since iscsid was started")

    def test_iscsid_does_not_run(self, host):
        host.write(AT, MANUAL)
        host.write("proc/195/comm", "sh\n")
        assert host.session()[0] is None and "iscsid does not run" in host.session()[1]

    @pytest.mark.parametrize("written", [None, 55.4 - 3600, 55.4 + 3600])
    def test_the_clock_was_set_since(self, host, written):
        """A record that was written by a clock that was an hour late looks older than the session, and is not."""
        host.write(AT, MANUAL, at=60)
        if written is None:
            del host.changed["run/iscsid.pid"]
        else:
            host.changed["run/iscsid.pid"] = Host.BOOT + written
        assert host.session()[0] is None and "the clock was set" in host.session()[1]

    @pytest.mark.parametrize("gone", ["proc/900/comm", "proc/900/stat"])
    def test_when_it_was_begun_cannot_be_read(self, host, gone):
        host.write(AT, MANUAL)
        (host.root / gone).unlink()
        assert host.session()[0] is None and "cannot be read" in host.session()[1]

    def test_when_the_host_was_started_cannot_be_read(self, host, monkeypatch):
        host.write(AT, MANUAL)
        text = Tree.text
        monkeypatch.setattr(Tree, "text", lambda tree, path: None if path == "/proc/uptime" else text(tree, path))
        assert host.session()[0] is None

    @pytest.mark.parametrize("change", [{"portal": "10.10.1.10:3261"}, {"target": "iqn.x:y"}, {"iface": "storage"}])
    def test_a_session_without_a_record(self, host, change):
        host.write(AT, MANUAL)
        (found,) = host.read(dict(SESSION, **change))["sessions"]
        assert found["scan"] is None and "no record that can be read" in found["why"]

    def test_two_records_of_one_session(self, host):
        host.write(AT, MANUAL)
        host.write(AT.replace(",1/", ",2/"), MANUAL)
        assert host.session() == (None, "it has 2 records")
