# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No login and no message of a target brings a LUN after the role iscsi_scan, and both did before; nothing is lost on the way (molecule/configuration)."""

import json
import os
import pathlib
import secrets
import subprocess
import time

import pytest
from iscsid_lines import LINES
from lab import topology
from scenarios import aen_proxy
from scenarios.audit_run import PLAIN
from scenarios.removal_run import Node, codes

SVM = topology.SVMS["svm1"]
PROXY_PORT = 3261
QUIET_SECONDS = 5
"""How long nothing is to happen where nothing may. What happens there otherwise takes under a second; each test waits for that as long as it takes."""

FOLDERS = {"node1": "/etc/iscsi/nodes", "node2": "/var/lib/iscsi/nodes"}
ITSELF_AT_AEN = {"node1": True, "node2": False}
"""open-iscsi 2.1.8 scans for new LUNs when a target says that it has some; 2.1.11 only looks at the disks that there are."""


class San(Node):
    """A node, its sessions, and LUNs that are mapped to it without its being told."""

    def __init__(self, lab, name, folder):
        super().__init__(lab, name, folder)
        self.nodes, self.known, self.ids = FOLDERS[name], {}, iter(range(40, 60))

    def new_lun(self):
        """A LUN that the array has just mapped to this node; its LUN id."""
        lun_id = next(self.ids)
        lun = f"i{secrets.token_hex(3)}"
        self.lab.create_lun(lun)
        self.lab.map(lun, self.name, lun_id, scan=False)
        self.known[lun_id] = lun
        return lun_id

    def sessions(self):
        """{portal: (sid, SCSI host)}."""
        lines = self.run("""
for session in /sys/class/iscsi_session/session*; do
    sid=${session##*session}; host=$(readlink -f $session | grep -o 'host[0-9]*' | head -1)
    here=/sys/class/iscsi_connection/connection$sid:0
    echo "$(cat $here/persistent_address):$(cat $here/persistent_port) $sid ${host#host}"
done""").splitlines()
        return {portal: (int(sid), int(host)) for portal, sid, host in (line.split() for line in lines)}

    def relogin(self, portal):
        self.run(f"iscsiadm -m node -T {SVM.target} -p {portal} -u > /dev/null && iscsiadm -m node -T {SVM.target} -p {portal} -l > /dev/null")

    def has(self, portal, lun_id):
        return self.node.run(f"[ -e {self.block(portal, lun_id)} ]", check=False).returncode == 0

    def block(self, portal, lun_id):
        return f"/sys/class/scsi_device/{self.sessions()[portal][1]}:0:0:{lun_id}/device/block"

    def gets(self, portal, lun_id):
        """Wait until the node has a LUN by a session; fails at the end of a long while."""
        self.run(f"for n in $(seq 300); do [ -e {self.block(portal, lun_id)} ] && exit 0; sleep 0.1; done; exit 1")
        return True

    def scan_for(self, lun_id):
        """What docs/iscsi-scan.md says: this LUN, on every session to its target."""
        self.run(f"""
for session in /sys/class/iscsi_session/session*; do
    grep -qx {SVM.target} $session/targetname || continue
    host=$(readlink -f $session | grep -o 'host[0-9]*' | head -1)
    echo "0 0 {lun_id}" > /sys/class/scsi_host/$host/scan
done""")

    def files(self):
        """What open-iscsi has been told, by content, mode, owner and kind."""
        return self.run(f"cd /; find etc/iscsi {self.nodes[1:]} ! -type d -printf '%p %M %u %l ' -exec md5sum {{}} \\; | sort; cat /proc/mounts | grep iscsi; "
                        "ls /run/lock/iscsi").splitlines()

    def records(self, scan):
        """Make every record say this, as a person does, and iscsid.conf too."""
        self.run(f"""iscsiadm -m node -o update -n node.session.scan -v {scan}
sed -i 's/^node.session.scan = .*/node.session.scan = {scan}/' /etc/iscsi/iscsid.conf""")

    def told(self):
        """{portal: scan} of the facts' sessions."""
        facts = self.module("stale_mpath_facts", timeout=30)["ansible_facts"]["stale_mpath"]
        assert facts["incomplete"] == []
        return {one["portal"]: one["scan"] for one in facts["iscsi"]["sessions"]}

    def role(self, *arguments, **variables):
        play = self.folder / "play.yml"
        play.write_text(json.dumps([{"hosts": self.name, "gather_facts": False, "roles": ["sanops.multipath.iscsi_scan"]}]))
        command = ["ansible-playbook", str(play), "--inventory", self.lab.inventory, *arguments, "--extra-vars", json.dumps(variables)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **PLAIN})
        return done.returncode, done.stdout + done.stderr

    def start_proxy(self):
        self.node.run("cat > /run/aen_proxy.py", stdin=pathlib.Path(aen_proxy.__file__).read_bytes())
        portal = f"127.0.0.1:{PROXY_PORT}"
        self.run(f"""
systemd-run -q --unit=aen_proxy python3 /run/aen_proxy.py {PROXY_PORT} {SVM.address('a')}
for n in $(seq 100); do ss -ltn | grep -q 127.0.0.1:{PROXY_PORT} && break; sleep 0.1; done
iscsiadm -m node -o new -T {SVM.target} -p {portal},1 > /dev/null
iscsiadm -m node -T {SVM.target} -p {portal} -l > /dev/null""")
        return portal

    def aen(self, portal):
        """Have the target tell that its LUNs have changed; returns when iscsid, which does one thing after the other, has had it."""
        self.run(f"systemctl kill --signal=USR1 aen_proxy; sleep 1; iscsiadm -m session -r {self.sessions()[portal][0]} -s > /dev/null")

    def undo(self):
        self.run(f"""
iscsiadm -m node -T {SVM.target} -p 127.0.0.1:{PROXY_PORT} -u > /dev/null; iscsiadm -m node -T {SVM.target} -p 127.0.0.1:{PROXY_PORT} -o delete
systemctl stop aen_proxy
rm -f /run/aen_proxy.py /etc/iscsi/*~ {self.nodes}/../*~""", check=False)
        for lun_id, lun in self.known.items():
            self.run(f"""
map=/dev/disk/by-id/dm-uuid-mpath-{self.lab._wwid(lun)}
for disk in /sys/class/scsi_device/*:{lun_id}; do [ ! -e $disk ] || echo 1 > $disk/device/delete; done
for n in $(seq 50); do [ -e $map ] || break; sleep 0.2; done
[ ! -e $map ] || multipath -f {self.lab._wwid(lun)}""", check=False)
            self.lab.unmap(lun, self.name)


@pytest.fixture(scope="module", params=["node1", pytest.param("node2", marks=pytest.mark.thorough)])
def san(request, lab, tmp_path_factory):
    made = San(lab, request.param, tmp_path_factory.mktemp(request.param))
    made.records("auto")
    for portal in SVM.portals:
        made.relogin(portal)
    yield made
    made.undo()


@pytest.fixture(scope="module")
def proxy(san):
    return san.start_proxy()


def quiet():
    time.sleep(QUIET_SECONDS)


def test_the_grammar_is_that_of_open_iscsi(san):
    """Each line of the unit tests, in a record that the real iscsiadm reads and writes anew."""
    target, portal = "iqn.2026-01.org.sanops.lab:grammar", "10.9.9.9:3260"
    san.run(f"iscsiadm -m node -o new -T {target} -p {portal},1")
    file = f"{san.nodes}/{target}/10.9.9.9,3260,1/default"
    plain = san.run(f"grep -v session.scan {file}")
    read = {}
    for text, dummy, dummy in LINES:
        if not text.startswith("\0"):
            san.node.run(f"cat > {file}", stdin=(plain.replace("# END RECORD\n", "") + text).encode())
            san.run(f"iscsiadm -m node -T {target} -p {portal} -o update -n node.session.queue_depth -v 32 2> /dev/null")
            read[text] = san.run(f"sed -n 's/^node.session.scan = //p' {file}").strip()
    san.run(f"iscsiadm -m node -T {target} -p {portal} -o delete")
    assert read == {text: value or "auto" for text, value, dummy in LINES if text in read} and len(read) == len(LINES) - 1


class TestBefore:
    def test_a_login_brings_a_lun(self, san):
        lun_id, portal = san.new_lun(), SVM.portals[0]
        assert not san.has(portal, lun_id)
        san.relogin(portal)
        assert san.gets(portal, lun_id)

    def test_a_message_of_the_target_brings_a_lun(self, san, proxy):
        lun_id = san.new_lun()
        san.aen(proxy)
        if ITSELF_AT_AEN[san.name]:
            assert san.gets(proxy, lun_id)
        else:
            quiet()
            assert not san.has(proxy, lun_id)

    def test_the_facts_say_auto(self, san, proxy):
        assert {portal: scan for portal, scan in san.told().items() if portal in SVM.portals or portal == proxy} == dict.fromkeys([*SVM.portals, proxy], "auto")


class TestRole:
    def test_check_mode_tells_and_touches_nothing(self, san, proxy):
        before, files = san.state(), san.files()
        code, output = san.role("--check", "--diff", iscsi_scan_relogin=True)
        assert code == 0 and output.count("+node.session.scan = manual") == 6, output
        assert (san.state(), san.files()) == (before, files)

    def test_it_sets_the_files_and_tells_which_sessions_are_left(self, san, proxy):
        before = san.state()
        code, output = san.role()
        assert code == 0 and output.count("may scan by itself: its record (manual now) was changed after it was begun") == 5, output
        assert san.state() == before
        said = san.run("iscsiadm -m node -o show | grep session.scan; grep ^node.session.scan /etc/iscsi/iscsid.conf").splitlines()
        assert set(said) == {"node.session.scan = manual"} and len(said) == 6
        assert set(san.told().values()) == {None}

    def test_again_it_changes_nothing(self, san, proxy):
        files = san.files()
        code, output = san.role()
        assert code == 0 and "changed=0" in output and san.files() == files, output

    def test_a_live_session_goes_on_as_it_was_begun(self, san, proxy):
        """Why it matters which value a session was begun with."""
        lun_id = san.new_lun()
        san.aen(proxy)
        if ITSELF_AT_AEN[san.name]:
            assert san.gets(proxy, lun_id)
        else:
            quiet()
            assert not san.has(proxy, lun_id)

    def test_a_relogin_that_would_take_the_last_way_is_refused(self, san, proxy):
        san.run(f"iscsiadm -m node -T {SVM.target} -p {proxy} -u > /dev/null")
        # Of the LUNs so far, each came by the one session that was told of it; this one has two ways, one in each fabric.
        lun_id = min(san.known)
        san.scan_for(lun_id)
        san.lab.wait_for_map(san.known[lun_id], san.name)
        san.lab.cut(san.name, "b", "svm1")
        try:
            san.run("for n in $(seq 300); do multipathd show paths raw format '%t %T' | grep -q faulty && exit 0; sleep 0.3; done; exit 1")
            portal = SVM.portals[0]
            before, expect = san.sessions(), {"target": SVM.target, "portal": portal}
            result = san.module("iscsi_relogin", sid=before[portal][0], expect=expect)
            assert result["failed"] and codes(result) and set(codes(result)) <= {"living_map", "evidence"} and "living_map" in codes(result), result
        finally:
            san.lab.heal(san.name)
        san.run("for n in $(seq 300); do multipathd show paths raw format '%t %T' | grep -qv 'active ready' || exit 0; sleep 0.3; done; exit 1")
        assert san.sessions() == before
        san.run(f"iscsiadm -m node -T {SVM.target} -p {proxy} -l > /dev/null")

    def test_by_opt_in_it_logs_the_sessions_in_anew(self, san, proxy):
        san.lab.scan(san.name)  # what came by one session has no other way
        for lun in san.known.values():
            san.lab.wait_for_map(lun, san.name)
        before = san.state()
        code, output = san.role(iscsi_scan_relogin=True)
        assert code == 0 and "was not touched" not in output, output
        assert set(san.told().values()) == {"manual"}
        maps = [line for line in before if line.startswith(("dm: ", "mount: ", "wwid: ", "queueing: ", "daemon: "))]
        after = san.state()
        assert [line for line in maps if line not in after] == []
        assert sum(line.startswith("disk: ") for line in after) == sum(line.startswith("disk: ") for line in before)


class TestAfter:
    def test_no_login_and_no_message_brings_a_lun_and_an_exact_scan_brings_one(self, san, proxy):
        wanted, other = san.new_lun(), san.new_lun()
        for portal in SVM.portals:
            san.relogin(portal)
        san.scan_for(41)
        san.aen(proxy)
        # The unit attention of LIO, which comes with the next command to a LUN that is there.
        san.run("for sg in /dev/sg*; do sg_turs $sg; done", check=False)
        quiet()
        assert not any(san.has(portal, lun_id) for portal in (*SVM.portals, proxy) for lun_id in (wanted, other))
        san.scan_for(wanted)
        for portal in SVM.portals:
            assert san.gets(portal, wanted)
        san.lab.wait_for_map(san.known[wanted], san.name)
        quiet()
        assert not any(san.has(portal, other) for portal in (*SVM.portals, proxy))

    def test_what_iscsid_does_when_it_starts(self, san, proxy):
        """It reads the records: the facts know it, and so it behaves."""
        san.records("auto")
        assert set(san.told().values()) == {None}
        self.restart(san)
        assert set(san.told().values()) == {"auto"}
        code, output = san.role()
        assert code == 0 and set(san.told().values()) == {None}, output
        self.restart(san)
        assert set(san.told().values()) == {"manual"}
        lun_id = san.new_lun()
        san.aen(proxy)
        quiet()
        assert not san.has(proxy, lun_id)

    @staticmethod
    def restart(san):
        san.run("systemctl restart iscsid")
        quiet()  # it reads the records, and makes all connections anew
        san.run("for n in $(seq 300); do cat /sys/class/iscsi_session/*/state | grep -qvx LOGGED_IN || exit 0; sleep 0.1; done; exit 1")


RECORD = "$(find {nodes} -type f | grep 10.10.1.10 | head -1)"
# How a file can be in the way: shell before and after, whether the module goes on, and what it says where it does not.
TROUBLE = {
    "plain": (":", ":", None),
    "symlink": ("mv /etc/iscsi/iscsid.conf /etc/site.conf; ln -s ../site.conf /etc/iscsi/iscsid.conf",
                "rm /etc/iscsi/iscsid.conf; mv /etc/site.conf /etc/iscsi/iscsid.conf", None),
    "marked": ("cp -p /etc/iscsi/iscsid.conf /run/keep; echo '# sanops.multipath: leave alone' >> /etc/iscsi/iscsid.conf",
               "mv /run/keep /etc/iscsi/iscsid.conf", "iscsid.conf was left alone, as a line in it asks"),
    "malformed": (f"record={RECORD}; cp -p $record /run/keep; head -c 700 /run/keep > $record", f"mv /run/keep {RECORD}", "default: it ends before its line"),
    "read-only": ("mount --bind /etc /etc; mount -o remount,ro,bind /etc", "umount /etc", "Read-only file system"),
    "full": ("cp -a /etc/iscsi /run/keep; mount -t tmpfs -o size=128k,mode=755 full /etc/iscsi; cp -a /run/keep/. /etc/iscsi/; cat /dev/zero > /etc/iscsi/fill",
             "umount /etc/iscsi; rm -r /run/keep", "No space left on device"),
}

SEEN_BY_UNIT_TESTS = ["symlink", "marked", "malformed"]


class TestTrouble:
    @pytest.mark.parametrize("kind", ["plain", "read-only", "full", *(pytest.param(kind, marks=pytest.mark.thorough) for kind in SEEN_BY_UNIT_TESTS)])
    def test_idempotent_check_and_nothing_lost(self, san, kind):
        before, after, refusal = TROUBLE[kind]
        san.records("auto")
        san.run(f"record={RECORD}; sed -i '/^node.session.auth.authmethod/a node.session.auth.password = geheim' $record".format(nodes=san.nodes))
        clean = san.files()
        san.run(before.format(nodes=san.nodes), check=kind != "full")
        try:
            files, state = san.files(), san.state()
            check = san.module("iscsid_conf", check=True, records=True)
            dummy, told = san.role("--check", "--diff")
            assert san.files() == files
            real = san.module("iscsid_conf", records=True)
            changed = san.files()
            again = san.module("iscsid_conf", records=True)
            unchanged = san.files()
            assert san.state() == state
        finally:
            san.run(after.format(nodes=san.nodes))
            stands = san.files()
            san.run(f"sed -i /geheim/d {RECORD}".format(nodes=san.nodes))  # no login succeeds with it
        assert "geheim" not in json.dumps([check, real, again]) + told + san.run("journalctl --no-pager -t ansible-sanops.multipath.iscsid_conf")
        if refusal:
            assert real["failed"] and refusal in real["msg"], real
            assert files == changed == unchanged and stands == clean, "the old files stand"
            if kind in ("marked", "malformed"):
                assert check["failed"] and check["msg"] == real["msg"]
            return
        assert check["changed"] and not check["failed"] and told.count("+node.session.scan = manual") == len(real["files"]) and check["files"] == real["files"]
        assert len(real["files"]) == 1 + int(san.run(f"find {san.nodes} -type f | wc -l"))
        assert not again["changed"] and changed == unchanged and again["files"] == []
        # But for their content all files are as they were: kind, mode, owner, and what a link leads to.
        assert [line.split()[:-2] for line in changed] == [line.split()[:-2] for line in files]
