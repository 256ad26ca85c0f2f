# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The multipath configuration in effect on real maps (molecule/configuration).

It is read, brought to a policy, restarted with, and restored.
"""

import json
import time

import pytest
from scenarios.configuration_run import RoleRun
from scenarios.removal_run import EACH_NODE, Node, Remediation, on_each_node

DROP_IN = "/etc/multipath/conf.d/zz-sanops-multipath.conf"
MAIN = "/etc/multipath.conf"
OTHER = "/etc/multipath/conf.d/zzz.conf"
TROUBLE = "/etc/systemd/system/multipathd.service.d/trouble.conf"
CHECKS = 3  # of 5 seconds
POLICY = {"no_path_retry": CHECKS, "dev_loss_tmo": 60, "fast_io_fail_tmo": 7}
FILES = (
    "cd /etc; find multipath.conf multipath -type f -not -name wwids -not -name bindings -not -name "
    "'*~' 2>/dev/null | sort | xargs -r sha256sum"
)


class Configured(Node):
    """A node whose multipath has no file but the lab's own when the class begins."""

    def configure(self, files):
        """Have multipath run with these files alone."""
        self.run(f"rm -rf {MAIN} /etc/multipath/conf.d")
        for path, text in files.items():
            self.write(path, text)
        self.restart_daemon()

    def restart_daemon(self):
        idle = "multipathd show daemon 2> /dev/null | grep -q idle"
        # systemd lets nobody restart it as often as this otherwise.
        self.run(
            "systemctl reset-failed multipathd; systemctl restart multipathd || exit 1\n"
            f"for n in $(seq 240); do {idle} && exit 0; sleep 0.5; done; exit 1",
            timeout=180,
        )

    def write(self, path, text):
        self.node.run(f"mkdir -p $(dirname {path}); cat > {path}", stdin=text.encode())

    def files(self):
        return self.run(FILES)

    def role(self, *arguments, **policy):
        return RoleRun(
            self.lab,
            self.folder / "role",
            "multipath_conf",
            self.name,
            *arguments,
            multipath_conf_policy=policy or POLICY,
        )

    def facts(self):
        return self.module("stale_mpath_facts", timeout=60)["ansible_facts"]["stale_mpath"]

    def in_effect(self, device):
        """Return what the map itself has: {'queueing': as the daemon shows it, 'recovery_tmo': of its sessions}."""
        maps = json.loads(self.run("multipathd show maps json"))["maps"]
        queueing = [found["queueing"] for found in maps if found["uuid"] == device.wwid]
        hosts = " ".join(
            f"/sys/class/iscsi_host/host{hctl.split(':')[0]}/device/session*/iscsi_session/*/recovery_tmo"
            for hctl in device.hctls
        )
        timeouts = sorted(set(self.run(f"cat {hosts}").split()))
        return {
            "queueing": queueing[0],
            "recovery_tmo": timeouts,
            "table": self.run(f"dmsetup table -u mpath-{device.wwid}"),
        }

    def heard(self, device):
        """Wait until multipathd has every path of a device active."""
        self.run(
            f"for n in $(seq 240); do [ $(multipathd show paths raw format '%w %t' | grep -c "
            f"'^{device.wwid} active') = {len(device.hctls)} ] && exit 0;"
            "sleep 0.5; done; multipathd show paths; exit 1",
            timeout=180,
        )

    def begin_io(self, device):
        """Begin a read; its exit code will be in a file, whose path is returned."""
        code = f"/run/io.{device.lun}"
        read = f"dd if={device.file} of=/dev/null bs=4096 count=1 iflag=direct"
        self.run(f"rm -f {code}; ({read}; echo $? > {code}.new; mv {code}.new {code}) < /dev/null > /dev/null 2>&1 &")
        return code

    def ends(self, code, seconds):
        """Return whether a read that was begun ends within this many seconds."""
        waiting = f"for n in $(seq {2 * max(seconds, 1)}); do [ -e {code} ] && exit 0; sleep 0.5; done; exit 1"
        return self.node.run(waiting, check=False, timeout=180).returncode == 0


def settings_of(facts, device):
    return next(found for found in facts["multipath_conf"]["maps"] if found["wwid"] == device.wwid)


# What a map comes to, by the files; a map of ONTAP has the built-in entry of NETAPP/LUN.
CONFIGURATIONS = {
    "nothing": {},
    "defaults do not win over what is built in": {MAIN: "defaults {\n no_path_retry fail\n fast_io_fail_tmo 9\n}\n"},
    "a device's entry inherits what it does not say": {
        MAIN: 'devices {\n device {\n vendor "NETAPP"\n product "LUN"\n fast_io_fail_tmo 11\n }\n}\n'
    },
    "an entry that only looks alike does not inherit": {
        MAIN: 'devices {\n device {\n vendor "NETAPP"\n product "LUN.*"\n no_path_retry 4\n }\n}\n'
    },
    "features do not queue where something else is said": {
        MAIN: 'overrides {\n no_path_retry fail\n features "1 queue_if_no_path"\n}\n'
    },
    "a drop-in wins over the main file": {
        MAIN: "overrides {\n no_path_retry 4\n}\n",
        "/etc/multipath/conf.d/b.conf": "overrides {\n no_path_retry 6\n}\n",
    },
    "a brace on the next line": {MAIN: "overrides\n{\n no_path_retry 4\n}\n"},
    "all on one line": {MAIN: "overrides { no_path_retry 4 }\ndefaults {\n polling_interval 6\n}\n"},
    "a protocol": {
        MAIN: (
            'overrides {\n no_path_retry 5\n fast_io_fail_tmo 8\n protocol {\n type "scsi:iscsi"\n '
            "fast_io_fail_tmo 13\n }\n}\n"
        )
    },
}


@pytest.mark.state("empty")
class Resolver:
    """What the facts say of a map is what the map has. Each test has files of its own.

    Each restart of multipathd costs half a second for each map: there are no others than these two.
    """

    @pytest.fixture(scope="class")
    @classmethod
    def node(cls, lab, tmp_path_factory):
        made = Configured(lab, cls.name, tmp_path_factory.mktemp(cls.name))
        made.devices = made.luns(2)
        return made

    def test_what_is_ignored_and_what_is_not_running(self, node):
        """What runs is the lab's own file, as when the class began."""
        node.write(MAIN, "defaults {\n no_path_retry 5 }\n nonsense 1\n}\noverrides {\n no_path_retry 4\n}\n")
        facts = node.facts()["multipath_conf"]
        assert [(line["file"], line["line"]) for line in facts["ignored"]] == [(MAIN, 2), (MAIN, 3)]
        assert {"what": "overrides: no_path_retry", "files": "4", "running": None} in facts["pending"]

    def test_real_maps(self, node):
        device = node.devices[0]
        for name, files in CONFIGURATIONS.items():
            node.configure(files)
            facts = node.facts()
            assert not facts["incomplete"], name
            assert facts["multipath_conf"]["pending"] == [], name
            settings = settings_of(facts, device)
            said, real = settings["settings"], node.in_effect(device)
            retry, fast = said["no_path_retry"]["value"], said["fast_io_fail_tmo"]["value"]
            queueing = {"queue": "on", "fail": "off"}.get(retry, f"{retry} chk")
            assert (real["queueing"], real["recovery_tmo"]) == (queueing, [fast]), name
            assert ("queue_if_no_path" in real["table"]) == (retry != "fail"), name
            if not files:
                assert settings["queues_for_ever"]
                assert said["no_path_retry"] == {
                    "value": "queue",
                    "source": {"file": None, "line": None, "section": "device NETAPP/LUN"},
                }

    def test_one_map(self, node):
        """An entry for one map wins over everything, and another map does not have it."""
        first, other = node.devices
        node.configure(
            {
                MAIN: (
                    f"overrides {{\n no_path_retry 6\n}}\nmultipaths "
                    f"{{\n multipath {{\n  wwid {first.wwid}\n  no_path_retry fail\n }}\n}}\n"
                )
            }
        )
        facts = node.facts()
        assert [settings_of(facts, device)["settings"]["no_path_retry"]["value"] for device in (first, other)] == [
            "fail",
            "6",
        ]
        assert [node.in_effect(device)["queueing"] for device in (first, other)] == ["off", "6 chk"]
        assert settings_of(facts, first)["settings"]["no_path_retry"]["source"] == {
            "file": MAIN,
            "line": 7,
            "section": f"multipath {first.wwid}",
        }


TestResolverOnNode1, TestResolverOnNode2 = on_each_node(Resolver)


@pytest.mark.state("empty")
class Policy:
    def test_an_unmapped_lun_fails_its_io_in_time(self, lab, tmp_path):
        """I/O to an unmapped LUN hangs without the policy.

        With the policy, live and after a reboot of the node, it fails within the policy's time.
        """
        node = Configured(lab, self.name, tmp_path)
        hangs, fails = node.luns(2)
        assert node.in_effect(fails)["queueing"] == "on"
        before = node.files(), node.state()
        check = node.role("--check")
        assert check.code == 0, check.output
        assert check.changed == 2, check.output  # the file, and the restart
        assert f"+++ after: {DROP_IN}" in check.output
        assert (node.files(), node.state()) == before

        hangs.stale()
        begun, code = time.monotonic(), node.begin_io(hangs)
        check = node.role("--check")
        assert check.code != 0, check.output
        assert "no path of it answers as itself: I/O that waits for one would fail" in check.output
        # With the policy it ends within this many seconds; without, it hangs longer.
        assert not node.ends(code, 10 * CHECKS - int(time.monotonic() - begun))
        hangs.mapped()
        node.heard(hangs)
        run = node.role()
        assert (run.code, run.changed) == (0, 2), run.output
        facts = node.facts()
        assert facts["multipath_conf"]["pending"] == []
        for device in (hangs, fails):
            said = settings_of(facts, device)
            assert said["settings"]["no_path_retry"]["source"]["file"] == DROP_IN
            assert not said["queues_for_ever"]
            real = node.in_effect(device)
            assert (real["queueing"], real["recovery_tmo"]) == (f"{CHECKS} chk", ["7"])

        fails.stale()
        code = node.begin_io(fails)
        again = node.role()
        assert (again.code, again.changed) == (0, 0), again.output
        assert node.ends(code, 15 * CHECKS)

        lab.restart(node.name)
        lab.wait_for_map(hangs.lun, node.name)
        assert node.in_effect(hangs)["queueing"] == f"{CHECKS} chk"
        hangs.stale()
        assert node.ends(node.begin_io(hangs), 15 * CHECKS)


TestPolicyOnNode1, TestPolicyOnNode2 = on_each_node(Policy)


@EACH_NODE
def test_a_line_that_wins_gets_the_value(lab, tmp_path, name):
    node = Configured(lab, name, tmp_path)
    (device,) = node.luns(1)
    text = (
        "# ours since 2019\noverrides {\n\tno_path_retry fail\n}\nmultipaths {\n\tmultipath {\n"
        f"\t\twwid {device.wwid}\n\t\tno_path_retry\tqueue   # the database waits\n\t\talias db\n\t}}\n}}\n"
    )
    node.write(MAIN, text)
    node.write(OTHER, "overrides {\n\tfast_io_fail_tmo 9\n}")
    run = node.role()
    assert run.code == 0, run.output
    assert node.run(f"cat {MAIN}") == text.replace("\tqueue  ", f'\t"{CHECKS}"  ')
    assert node.run(f"cat {OTHER}") == 'overrides {\n\tfast_io_fail_tmo "7"\n}'
    assert node.in_effect(device)["queueing"] == f"{CHECKS} chk"
    assert node.role().changed == 0


@pytest.mark.state("empty")
@pytest.mark.nodes("node1")
class TestRestart:
    """When multipathd is not restarted. The tests build on each other; the last run does what was left."""

    @pytest.fixture(scope="class")
    @classmethod
    def node(cls, lab, tmp_path_factory):
        made = Configured(lab, "node1", tmp_path_factory.mktemp("restart"))
        (made.device,) = made.luns(1)
        return made

    def test_a_daemon_that_does_not_come_up(self, node):
        """With the new file it does not start: the former files come back, and it runs again."""
        node.write(TROUBLE, f"[Service]\nExecStartPre=/bin/sh -c '! test -e {DROP_IN}'\n")
        node.run("systemctl daemon-reload")
        before = node.files()
        run = node.role()
        assert run.code != 0
        assert "The former files were put back, and it runs with them again" in run.output
        assert node.files() == before
        assert node.in_effect(node.device)["queueing"] == "on"
        node.run(f"rm {TROUBLE}; systemctl daemon-reload")

    def test_no_restart_while_a_removal_is_at_work(self, node):
        node.run("mkdir -p -m 700 /run/sanops.multipath")
        removal = node.start("flock --no-fork /run/sanops.multipath/lock sleep 600")
        daemon = node.run("pidof multipathd")
        run = node.role()
        assert run.code != 0
        assert "a removal is at work on this node" in run.output
        assert node.run("pidof multipathd") == daemon
        assert node.in_effect(node.device)["queueing"] == "on"
        node.end(removal)

    def test_no_restart_while_a_lun_that_is_in_use_is_gone(self, node):
        """Whatever its verdict; and the remediation asks before it touches a file."""
        user = node.start(f"sh -c 'exec sleep 900 3< {node.device.file}'")
        node.device.stale()
        daemon = node.run("pidof multipathd")
        run = node.role()
        assert run.code != 0
        assert "no path of it answers as itself" in run.output
        before = node.files()
        policy = {**POLICY, "no_path_retry": CHECKS + 1}
        run = Remediation(
            node.lab,
            node.folder / "remediate",
            "--limit",
            node.name,
            stale_devices_configuration=True,
            multipath_conf_policy=policy,
        )
        assert run.code != 0
        assert "no path of it answers as itself" in run.output
        assert node.files() == before
        assert node.run("pidof multipathd") == daemon
        node.end(user)
        node.device.mapped()
        node.heard(node.device)

    def test_no_restart_in_an_outage(self, node):
        """I/O that waits for both fabrics keeps waiting; later the same role completes what it began."""
        node.lab.cut(node.name, "a")
        node.lab.cut(node.name, "b")
        node.run(
            (
                "for n in $(seq 240); do cat /sys/class/iscsi_session/*/state | grep -q LOGGED_IN || "
                "exit 0; sleep 0.5; done; exit 1"
            ),
            timeout=180,
        )
        daemon = node.run("pidof multipathd")
        run = node.role()
        assert run.code != 0
        assert "outage" in run.output
        assert node.run("pidof multipathd") == daemon
        assert "queue_if_no_path" in node.run(f"dmsetup table {node.device.wwid}")
        node.lab.heal(node.name)
        node.heard(node.device)
        run = node.role()
        assert (run.code, run.changed) == (0, 2), run.output
        assert node.in_effect(node.device)["queueing"] == f"{CHECKS} chk"


@pytest.mark.nodes("node1")
class TestRefusals:
    """Where the files cannot be written as they should be, they stay as they are, and nothing is restarted.

    Each test has files of its own.
    """

    @pytest.fixture(scope="class")
    @classmethod
    def made(cls, lab, tmp_path_factory):
        made = Configured(lab, "node1", tmp_path_factory.mktemp("refusals"))
        made.run(f"cp {MAIN} /root/labs")
        return made

    @pytest.fixture
    def node(self, made):
        yield made
        made.run(
            f"while umount /etc/multipath/conf.d || umount /etc; do :; done 2> /dev/null; rm -rf "
            f"{MAIN}* /etc/multipath/conf.d; cp /root/labs {MAIN}"
        )

    def refused(self, node, word, check=False, policy=None):
        before, state = node.files(), node.state()
        result = node.module("multipath_conf", check=check, policy=policy or POLICY)
        assert result["failed"] and not result["changed"] and word in result["msg"], result
        assert node.files() == before
        assert node.state() == state

    def test_a_mark_of_somebody_else(self, node):
        node.write(MAIN, "# sanops.multipath: leave alone\n")
        self.refused(node, "leave alone")
        self.refused(node, "leave alone", check=True)

    def test_the_role_ends_then(self, node):
        node.write(MAIN, "# sanops.multipath: leave alone\n")
        daemon = node.run("pidof multipathd")
        run = node.role()
        assert run.code != 0 and "leave alone" in run.output
        assert node.run("pidof multipathd") == daemon

    def test_read_only(self, node):
        node.write(MAIN, "defaults {\n}\n")
        node.run("mount --bind /etc /etc; mount -o remount,bind,ro /etc")
        self.refused(node, "could not be written")

    def test_a_full_disk(self, node):
        node.write(DROP_IN, "# former\n")
        node.run(
            "cp -a /etc/multipath/conf.d /root/conf.d; mount -t tmpfs -o size=16k none "
            "/etc/multipath/conf.d; cp -a /root/conf.d/. /etc/multipath/conf.d;"
            "cat /dev/zero > /etc/multipath/conf.d/filler; rm -r /root/conf.d; true"
        )
        self.refused(node, "could not be written")
        assert node.run(f"cat {DROP_IN}") == "# former\n"

    def test_a_file_that_multipath_rejects_as_a_whole(self, node):
        """One invalid pattern makes multipath-tools ignore a whole file.

        What is in effect is not known then, and the audit says so.
        """
        node.write(MAIN, 'blacklist {\n\tdevnode "["\n}\noverrides {\n\tno_path_retry 5\n}\n')
        self.refused(node, "multipath -t: exit code 1")
        facts = node.facts()
        assert facts["multipath_conf"] is None
        assert [gap["what"] for gap in facts["incomplete"]] == ["multipathd", "multipath_conf"]

    def test_a_word_that_this_version_does_not_know(self, node):
        self.refused(
            node,
            "knows no value never for flush_on_last_del",
            policy={"preset": "default", "flush_on_last_del": "never"},
        )

    def test_a_policy_that_is_none(self, node):
        self.refused(node, "no_path_retri", policy={"no_path_retri": 5})


@pytest.mark.nodes("node1")
def test_a_link(lab, tmp_path):
    """What a link leads to is changed, and the link stays."""
    node = Configured(lab, "node1", tmp_path)
    (device,) = node.luns(1)
    node.write(
        "/root/multipath.conf", f"multipaths {{\n multipath {{\n  wwid {device.wwid}\n  no_path_retry queue\n }}\n}}\n"
    )
    node.run(f"ln -sf /root/multipath.conf {MAIN}; chmod 640 /root/multipath.conf")
    assert node.role().code == 0
    assert node.run(f"readlink {MAIN}; stat -c %a /root/multipath.conf").split() == ["/root/multipath.conf", "640"]
    assert f'no_path_retry "{CHECKS}"' in node.run("cat /root/multipath.conf")
