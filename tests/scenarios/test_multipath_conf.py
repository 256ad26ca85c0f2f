# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration of multipath, as it is in effect, on real maps: read, brought to a policy, restarted, and taken back (molecule/configuration)."""

import itertools
import json

import pytest
from scenarios.configuration_run import RoleRun
from scenarios.removal_run import Node

pytestmark = pytest.mark.by_turns
LUN_IDS = itertools.count(101)
DROP_IN = "/etc/multipath/conf.d/zz-sanops-multipath.conf"
MAIN = "/etc/multipath.conf"
LABS = "/root/labs-multipath.conf"
TROUBLE = "/etc/systemd/system/multipathd.service.d/trouble.conf"
CHECKS = 3  # of 5 seconds
POLICY = {"no_path_retry": CHECKS, "dev_loss_tmo": 60, "fast_io_fail_tmo": 7}
FILES = "cd /etc; find multipath.conf multipath -type f -not -name wwids -not -name bindings -not -name '*~' 2>/dev/null | sort | xargs -r sha256sum"


@pytest.fixture(params=["node1", "node2"])
def node(request, lab, tmp_path):
    yield from _node(lab, request.param, tmp_path)


@pytest.fixture
def node1(lab, tmp_path):
    yield from _node(lab, "node1", tmp_path)


def _node(lab, name, folder):
    made = Configured(lab, name, folder)
    made.reset()
    yield made
    made.reset()


class Configured(Node):
    """A node whose multipath has no file but the lab's own when a test begins: with that, new LUNs become maps, and are known from then on."""

    def reset(self):
        self.run(f"[ -e {LABS} ] || cp {MAIN} {LABS}; umount /etc/multipath/conf.d 2>/dev/null; umount /etc 2>/dev/null; rm -f {TROUBLE};"
                 f"systemctl daemon-reload; rm -rf {MAIN}* /etc/multipath/conf.d /root/multipath.conf*; cp {LABS} {MAIN}")
        self.restart_daemon()

    def configure(self, files):
        """Have multipath run with these files alone."""
        self.run(f"rm -rf {MAIN} /etc/multipath/conf.d")
        for path, text in files.items():
            self.write(path, text)
        self.restart_daemon()

    def restart_daemon(self):
        self.run("systemctl restart multipathd; for n in $(seq 300); do multipathd show daemon 2>/dev/null | grep -q idle && exit 0; sleep 0.2; done; exit 1")

    def write(self, path, text):
        self.node.run(f"mkdir -p $(dirname {path}); cat > {path}", stdin=text.encode())

    def files(self):
        return self.run(FILES)

    def role(self, *arguments, **policy):
        return RoleRun(self.lab, self.folder / "role", "multipath_conf", self.name, *arguments, multipath_conf_policy=policy or POLICY)

    def facts(self):
        return self.module("stale_mpath_facts", timeout=60)["ansible_facts"]["stale_mpath"]

    def in_effect(self, device):
        """What the map itself says: {'queueing': the daemon's word, 'recovery_tmo': of its sessions}."""
        maps = json.loads(self.run("multipathd show maps json"))["maps"]
        queueing = [one["queueing"] for one in maps if one["uuid"] == device.wwid]
        hosts = " ".join(f"/sys/class/iscsi_host/host{hctl.split(':')[0]}/device/session*/iscsi_session/*/recovery_tmo" for hctl in device.hctls)
        timeouts = sorted(set(self.run(f"cat {hosts}").split()))
        return {"queueing": queueing[0], "recovery_tmo": timeouts, "table": self.run(f"dmsetup table -u mpath-{device.wwid}")}

    def heard(self, device):
        """Wait until multipathd has every path of a device active."""
        self.run(f"for n in $(seq 300); do [ $(multipathd show paths raw format '%w %t' | grep -c '^{device.wwid} active') = {len(device.hctls)} ] && exit 0;"
                 "sleep 0.2; done; multipathd show paths; exit 1")

    def io_ends(self, device, seconds):
        """The exit code of a read that is begun now, None if it does not end within so many seconds."""
        code = f"/run/io.{device.lun}"
        read = f"dd if={device.file} of=/dev/null bs=4096 count=1 iflag=direct"
        self.run(f"rm -f {code}; ({read}; echo $? > {code}.new; mv {code}.new {code}) < /dev/null > /dev/null 2>&1 &")
        found = self.run(f"for n in $(seq {seconds * 5}); do [ -e {code} ] && break; sleep 0.2; done; cat {code} 2>/dev/null || true")
        return int(found) if found else None


def settings_of(facts, device):
    return next(one for one in facts["multipath_conf"]["maps"] if one["wwid"] == device.wwid)


# What a map comes to, by the files; a map of ONTAP has the built-in entry of NETAPP/LUN.
CONFIGURATIONS = {
    "nothing": {},
    "defaults do not win over what is built in": {MAIN: "defaults {\n no_path_retry fail\n fast_io_fail_tmo 9\n}\n"},
    "a device's entry inherits what it does not say": {MAIN: 'devices {\n device {\n vendor "NETAPP"\n product "LUN"\n fast_io_fail_tmo 11\n }\n}\n'},
    "an entry that only looks alike does not inherit": {MAIN: 'devices {\n device {\n vendor "NETAPP"\n product "LUN.*"\n no_path_retry 4\n }\n}\n'},
    "features do not queue where something else is said": {MAIN: 'overrides {\n no_path_retry fail\n features "1 queue_if_no_path"\n}\n'},
    "a drop-in wins over the main file": {MAIN: "overrides {\n no_path_retry 4\n}\n", "/etc/multipath/conf.d/b.conf": "overrides {\n no_path_retry 6\n}\n"},
    "a brace on the next line": {MAIN: "overrides\n{\n no_path_retry 4\n}\n"},
    "all on one line": {MAIN: "overrides { no_path_retry 4 }\ndefaults {\n polling_interval 6\n}\n"},
    "a protocol": {MAIN: 'overrides {\n no_path_retry 5\n fast_io_fail_tmo 8\n protocol {\n type "scsi:iscsi"\n fast_io_fail_tmo 13\n }\n}\n'},
}


class TestResolver:
    """What the facts say of a map is what the map has."""

    def test_real_maps(self, node):
        (device,) = node.luns(next(LUN_IDS))
        for name, files in CONFIGURATIONS.items():
            node.configure(files)
            facts = node.facts()
            assert not facts["incomplete"], name
            assert facts["multipath_conf"]["pending"] == [], name
            said, real = settings_of(facts, device)["settings"], node.in_effect(device)
            retry, fast = said["no_path_retry"]["value"], said["fast_io_fail_tmo"]["value"]
            queueing = {"queue": "on", "fail": "off"}.get(retry, f"{retry} chk")
            assert (real["queueing"], real["recovery_tmo"]) == (queueing, [fast]), name
            assert ("queue_if_no_path" in real["table"]) == (retry != "fail"), name

    @pytest.mark.thorough
    def test_one_map(self, node):
        """An entry for one map wins over everything, and another map does not have it."""
        one, other = node.luns(next(LUN_IDS), next(LUN_IDS))
        node.configure({MAIN: f"overrides {{\n no_path_retry 6\n}}\nmultipaths {{\n multipath {{\n  wwid {one.wwid}\n  no_path_retry fail\n }}\n}}\n"})
        facts = node.facts()
        assert [settings_of(facts, device)["settings"]["no_path_retry"]["value"] for device in (one, other)] == ["fail", "6"]
        assert [node.in_effect(device)["queueing"] for device in (one, other)] == ["off", "6 chk"]
        assert settings_of(facts, one)["settings"]["no_path_retry"]["source"] == {"file": MAIN, "line": 7, "section": f"multipath {one.wwid}"}

    def test_no_file_at_all(self, node):
        (device,) = node.luns(next(LUN_IDS))
        node.configure({})
        said = settings_of(node.facts(), device)
        assert said["queues_for_ever"]
        assert said["settings"]["no_path_retry"] == {"value": "queue", "source": {"file": None, "line": None, "section": "device NETAPP/LUN"}}

    @pytest.mark.thorough
    def test_what_is_ignored_and_what_is_not_running(self, node):
        node.write(MAIN, 'defaults {\n no_path_retry 5 }\n nonsense 1\n}\noverrides {\n no_path_retry 4\n}\n')
        facts = node.facts()["multipath_conf"]
        assert [(one["file"], one["line"]) for one in facts["ignored"]] == [(MAIN, 2), (MAIN, 3)]
        assert {"what": "overrides: no_path_retry", "files": "4", "running": None} in facts["pending"]


class TestPolicy:
    def test_a_lun_that_goes_fails_its_io_in_time(self, node):
        """Before, its I/O hangs; with the policy, live and after another start of the node, it fails within the policy's time."""
        hangs, fails, booted = node.luns(next(LUN_IDS), next(LUN_IDS), next(LUN_IDS))
        assert node.in_effect(fails)["queueing"] == "on"
        hangs.stale()
        assert node.io_ends(hangs, 15 * CHECKS) is None

        before = node.files(), node.state()
        check = node.role("--check")
        assert check.code == 0, check.output
        assert check.changed == 2, check.output  # the file, and the restart
        assert f"+++ after: {DROP_IN}" in check.output
        assert (node.files(), node.state()) == before

        node.lab.map(hangs.lun, node.name, hangs.lun_id, scan=False)
        node.heard(hangs)
        run = node.role()
        assert (run.code, run.changed) == (0, 2), run.output
        facts = node.facts()
        assert facts["multipath_conf"]["pending"] == []
        for device in (hangs, fails, booted):
            said = settings_of(facts, device)
            assert said["settings"]["no_path_retry"]["source"]["file"] == DROP_IN
            assert not said["queues_for_ever"]
            real = node.in_effect(device)
            assert (real["queueing"], real["recovery_tmo"]) == (f"{CHECKS} chk", ["7"])

        again = node.role()
        assert (again.code, again.changed) == (0, 0), again.output
        fails.stale()
        assert node.io_ends(fails, 15 * CHECKS) is not None

        node.lab.restart(node.name)
        for device in (hangs, booted):
            node.lab.wait_for_map(device.lun, node.name)
            assert node.in_effect(device)["queueing"] == f"{CHECKS} chk"
        booted.stale()
        assert node.io_ends(booted, 15 * CHECKS) is not None

    @pytest.mark.thorough
    def test_a_line_that_wins_gets_the_value(self, node):
        (device,) = node.luns(next(LUN_IDS))
        text = ("# ours since 2019\noverrides {\n\tno_path_retry fail\n}\nmultipaths {\n\tmultipath {\n"
                f"\t\twwid {device.wwid}\n\t\tno_path_retry\tqueue   # the database waits\n\t\talias db\n\t}}\n}}\n")
        node.configure({MAIN: text, "/etc/multipath/conf.d/zzz.conf": "overrides {\n\tfast_io_fail_tmo 9\n}"})
        run = node.role()
        assert run.code == 0, run.output
        assert node.run(f"cat {MAIN}") == text.replace("\tqueue  ", f'\t"{CHECKS}"  ')
        assert node.run("cat /etc/multipath/conf.d/zzz.conf") == 'overrides {\n\tfast_io_fail_tmo "7"\n}'
        assert node.in_effect(device)["queueing"] == f"{CHECKS} chk"
        assert node.role().changed == 0

    def test_no_restart_in_an_outage(self, node1):
        """I/O that waits for both fabrics goes on waiting; later the same role ends what it began."""
        (device,) = node1.luns(next(LUN_IDS))
        node1.lab.cut(node1.name, "a")
        node1.lab.cut(node1.name, "b")
        try:
            node1.run("for n in $(seq 300); do [ $(cat /sys/class/iscsi_session/*/state | grep -vc LOGGED_IN) = 4 ] && exit 0; sleep 0.2; done; exit 1")
            pid = node1.run("pidof multipathd")
            run = node1.role()
            assert run.code != 0
            assert "outage" in run.output
            assert node1.run("pidof multipathd") == pid
            assert "queue_if_no_path" in node1.run(f"dmsetup table {device.wwid}")
        finally:
            node1.lab.heal(node1.name)
        node1.heard(device)
        run = node1.role()
        assert (run.code, run.changed) == (0, 2), run.output
        assert node1.in_effect(device)["queueing"] == f"{CHECKS} chk"

    def test_a_daemon_that_does_not_come_up(self, node1):
        """With the new file it does not start: the former files come back, and it runs again."""
        (device,) = node1.luns(next(LUN_IDS))
        node1.write(TROUBLE, f"[Service]\nExecStartPre=/bin/sh -c '! test -e {DROP_IN}'\n")
        node1.run("systemctl daemon-reload")
        before = node1.files()
        run = node1.role()
        assert run.code != 0
        assert "The former files were put back, and it runs with them again" in run.output
        assert node1.files() == before
        assert node1.in_effect(device)["queueing"] == "on"

    def test_no_restart_while_a_removal_is_at_work(self, node1):
        (device,) = node1.luns(next(LUN_IDS))
        node1.run("mkdir -p -m 700 /run/sanops.multipath")
        removal = node1.start("flock --no-fork /run/sanops.multipath/lock sleep 600")
        daemon = node1.run("pidof multipathd")
        run = node1.role()
        assert run.code != 0
        assert "a removal is at work on this node" in run.output
        assert node1.run("pidof multipathd") == daemon
        assert node1.in_effect(device)["queueing"] == "on"
        node1.end(removal)
        assert node1.role().code == 0
        assert node1.in_effect(device)["queueing"] == f"{CHECKS} chk"


class TestRefusals:
    """Where the files cannot be written as they should be, they stay as they are."""

    def refused(self, node, word, *arguments):
        before, state = node.files(), node.state()
        run = node.role(*arguments)
        assert run.code != 0
        assert word in run.output
        assert node.files() == before
        assert node.state() == state

    @pytest.mark.thorough
    def test_a_mark_of_somebody_else(self, node1):
        node1.write(MAIN, "# sanops.multipath: leave alone\n")
        self.refused(node1, "leave alone")
        self.refused(node1, "leave alone", "--check")

    @pytest.mark.thorough
    def test_read_only(self, node1):
        node1.write(MAIN, "defaults {\n}\n")
        node1.run("mount --bind /etc /etc; mount -o remount,bind,ro /etc")
        self.refused(node1, "could not be written")

    @pytest.mark.thorough
    def test_a_full_disk(self, node1):
        node1.write(DROP_IN, "# former\n")
        node1.run("cp -a /etc/multipath/conf.d /root/conf.d; mount -t tmpfs -o size=16k none /etc/multipath/conf.d; cp -a /root/conf.d/. /etc/multipath/conf.d;"
                  "cat /dev/zero > /etc/multipath/conf.d/filler; rm -r /root/conf.d; true")
        self.refused(node1, "could not be written")
        assert node1.run(f"cat {DROP_IN}") == "# former\n"

    def test_a_file_that_multipath_rejects_as_a_whole(self, node1):
        """Where one pattern is none, multipath-tools take nothing of the file: what is in effect is not known, and the audit says so."""
        node1.write(MAIN, 'blacklist {\n\tdevnode "["\n}\noverrides {\n\tno_path_retry 5\n}\n')
        self.refused(node1, "multipath -t: exit code 1")
        facts = node1.facts()
        assert facts["multipath_conf"] is None
        assert [gap["what"] for gap in facts["incomplete"]] == ["multipathd", "multipath_conf"]

    @pytest.mark.thorough
    def test_a_link(self, node1):
        """What a link leads to is changed, and the link stays."""
        (device,) = node1.luns(next(LUN_IDS))
        node1.write("/root/multipath.conf", f"multipaths {{\n multipath {{\n  wwid {device.wwid}\n  no_path_retry queue\n }}\n}}\n")
        node1.run(f"ln -sf /root/multipath.conf {MAIN}; chmod 640 /root/multipath.conf")
        node1.restart_daemon()
        assert node1.role().code == 0
        assert node1.run(f"readlink {MAIN}; stat -c %a /root/multipath.conf").split() == ["/root/multipath.conf", "640"]
        assert f'no_path_retry "{CHECKS}"' in node1.run("cat /root/multipath.conf")

    @pytest.mark.thorough
    def test_a_word_that_this_version_does_not_know(self, node1):
        run = node1.role(preset="default", flush_on_last_del="never")
        assert run.code != 0
        assert "knows no value never for flush_on_last_del" in run.output

    @pytest.mark.thorough
    def test_a_policy_that_is_none(self, node1):
        run = node1.role(no_path_retri=5)
        assert run.code != 0
        assert "no_path_retri" in run.output
