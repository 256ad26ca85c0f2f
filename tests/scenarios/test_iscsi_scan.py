# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""After the role iscsi_scan, neither a login nor a message of a target adds a LUN (molecule/configuration).

Both did before; no session or device is lost on the way.
"""

import itertools
import json
import pathlib
import time

import pytest
from lab import topology
from scenarios import aen_proxy
from scenarios.configuration_run import RoleRun
from scenarios.removal_run import EACH_NODE, Node, codes, on_each_node
from support.iscsid_lines import LINES

SVM = topology.SVMS["svm1"]
PROXY_PORT = 3261
QUIET_SECONDS = 2
"""How long nothing is to happen where nothing may.

What happens there otherwise takes under a second; each test waits for that as long as it takes.
"""

FOLDERS = {"node1": "/etc/iscsi/nodes", "node2": "/var/lib/iscsi/nodes"}
ITSELF_AT_AEN = {"node1": True, "node2": False}
"""open-iscsi 2.1.8 scans for new LUNs when a target says that it has some; 2.1.11 only looks at the disks that
there are.
"""


class San(Node):
    """A node, its sessions, and LUNs that are mapped to it without a scan."""

    def __init__(self, lab, name, folder):
        super().__init__(lab, name, folder)
        self.nodes, self.known, self.ids = FOLDERS[name], {}, itertools.count(40)

    def begin_as_auto(self):
        """Have all sessions be those that scan by themselves.

        iscsid reads the records when it starts. The clock of a resumed lab has been set since, so the facts could not
        say what iscsid read.
        """
        self.records("auto")
        self.restart_iscsid()

    def new_lun(self):
        """Map a new LUN to this node on the array; return its LUN id."""
        lun_id = next(self.ids)
        self.known[lun_id] = f"new{lun_id}"
        self.lab.create_lun(self.known[lun_id])
        self.lab.map(self.known[lun_id], self.name, lun_id, scan=False)
        return lun_id

    def sessions(self):
        """Return {portal: (sid, SCSI host)}."""
        lines = self.run("""
for session in /sys/class/iscsi_session/session*; do
    here=$(readlink -f $session); here=${here%/session*/iscsi_session/*}; sid=${session##*session}
    read -r address < /sys/class/iscsi_connection/connection$sid:0/persistent_address
    read -r port < /sys/class/iscsi_connection/connection$sid:0/persistent_port
    echo $address:$port $sid ${here##*/host}
done""").splitlines()
        return {portal: (int(sid), int(host)) for portal, sid, host in (line.split() for line in lines)}

    def relogin(self, portal):
        self.run(
            f"iscsiadm -m node -T {SVM.target} -p {portal} -u > /dev/null && iscsiadm -m node -T "
            f"{SVM.target} -p {portal} -l > /dev/null"
        )

    def has(self, portal, lun_id):
        return self.node.run(f"[ -e {self.block(portal, lun_id)} ]", check=False).returncode == 0

    def block(self, portal, lun_id):
        return f"/sys/class/scsi_device/{self.sessions()[portal][1]}:0:0:{lun_id}/device/block"

    def gets(self, portal, lun_id):
        """Wait until the node has a LUN by a session; fails at the end of a long while."""
        self.run(
            f"for n in $(seq 240); do [ -e {self.block(portal, lun_id)} ] && exit 0; sleep 0.5; done; exit 1",
            timeout=180,
        )
        return True

    def loses(self, portal, lun_id):
        """Forget a LUN that the node may have by a session."""
        self.run(f"if [ -e {self.block(portal, lun_id)} ]; then echo 1 > {self.block(portal, lun_id)}/../delete; fi")

    def restart_iscsid(self):
        """Restart iscsid, so that it reads the records; return when all its sessions are logged in again."""
        self.run(
            """
systemctl restart iscsid
count=$(ls /sys/class/iscsi_session | wc -l)
for n in $(seq 240); do
    found=$(iscsiadm -m session -P 1 2> /dev/null |
        grep -c -e 'iSCSI Connection State: LOGGED IN' -e 'Internal iscsid Session State: NO CHANGE')
    [ $found = $((2 * count)) ] && ! cat /sys/class/iscsi_session/*/state | grep -qvx LOGGED_IN && exit 0
    sleep 0.5
done
iscsiadm -m session -P 1; exit 1""",
            timeout=180,
        )

    def scan_for(self, lun_id):
        """Do as docs/iscsi-scan.md says: scan for this LUN, on every session to its target."""
        self.run(f"""
for session in /sys/class/iscsi_session/session*; do
    grep -qx {SVM.target} $session/targetname || continue
    host=$(readlink -f $session | grep -o 'host[0-9]*' | head -1)
    echo "0 0 {lun_id}" > /sys/class/scsi_host/$host/scan
done""")

    def files(self):
        """Return open-iscsi's configuration, by mode, owner and kind, and then by content."""
        found = f"find etc/iscsi {self.nodes[1:]} ! -type d"
        return self.run(
            f"cd /; {found} -printf 'file: %p %M %u %l\\n' | sort; {found} -exec md5sum {{}} + | sort\n"
            "grep iscsi /proc/mounts; ls /run/lock/iscsi"
        ).splitlines()

    def records(self, scan):
        """Make every record say this, as a person does, and iscsid.conf too."""
        self.run(f"""iscsiadm -m node -o update -n node.session.scan -v {scan}
sed -i 's/^node.session.scan = .*/node.session.scan = {scan}/' /etc/iscsi/iscsid.conf""")

    def scans(self):
        """Return {portal: scan} of the facts' sessions."""
        facts = self.module("stale_mpath_facts", timeout=30)["ansible_facts"]["stale_mpath"]
        assert facts["incomplete"] == []
        return {session["portal"]: session["scan"] for session in facts["iscsi"]["sessions"]}

    def role(self, *arguments, **variables):
        return RoleRun(self.lab, self.folder / "role", "iscsi_scan", self.name, *arguments, **variables)

    def start_proxy(self):
        self.node.run("cat > /run/aen_proxy.py", stdin=pathlib.Path(aen_proxy.__file__).read_bytes())
        portal = f"127.0.0.1:{PROXY_PORT}"
        self.run(f"""
systemd-run -q --unit=aen_proxy python3 /run/aen_proxy.py {PROXY_PORT} {SVM.address("a")}
for n in $(seq 240); do ss -ltn | grep -q 127.0.0.1:{PROXY_PORT} && break; sleep 0.5; done
iscsiadm -m node -o new -T {SVM.target} -p {portal},1 > /dev/null
sleep 4  # a record that is as young as the session may have been changed after it, and the facts would not know
iscsiadm -m node -T {SVM.target} -p {portal} -l > /dev/null""")
        return portal

    def aen(self, portal):
        """Have the target announce that its LUNs have changed; return when iscsid has handled the message."""
        self.run(
            f"systemctl kill --signal=USR1 aen_proxy; sleep 1; iscsiadm -m session -r "
            f"{self.sessions()[portal][0]} -s > /dev/null"
        )


def quiet():
    time.sleep(QUIET_SECONDS)


@pytest.mark.state("empty")
@EACH_NODE
def test_the_grammar_is_that_of_open_iscsi(lab, tmp_path, name):
    """Each line of the unit tests, in a record that the real iscsiadm reads and rewrites."""
    san, target, portal = San(lab, name, tmp_path), "iqn.2026-01.org.sanops.lab:grammar", "10.9.9.9:3260"
    file = f"{san.nodes}/{target}/10.9.9.9,3260,1/default"
    plain = san.run(
        f"iscsiadm -m node -o new -T {target} -p {portal},1 > /dev/null; grep -v session.scan {file}"
    ).replace("# END RECORD\n", "")
    read = {}
    for text, dummy, dummy in LINES:
        if not text.startswith("\0"):
            read[text] = san.run(
                f"cat > {file}; iscsiadm -m node -T {target} -p {portal} -o update -n "
                f"node.session.queue_depth -v 32 2> /dev/null\n"
                f"sed -n 's/^node.session.scan = //p' {file}",
                stdin=(plain + text).encode(),
            ).strip()
    assert (
        read == {text: value or "auto" for text, value, dummy in LINES if text in read} and len(read) == len(LINES) - 1
    )


@pytest.mark.state("empty")
class Begun:
    """Sessions that were begun as those that scan by themselves, one of them through the proxy, and one LUN."""

    @pytest.fixture(scope="class")
    @classmethod
    def san(cls, lab, tmp_path_factory):
        made = San(lab, cls.name, tmp_path_factory.mktemp(cls.name))
        made.begin_as_auto()
        made.proxy = made.start_proxy()
        made.first = made.new_lun()
        return made


class Before(Begun):
    """What a login and a message bring, and what the role does to the files. The tests build on each other."""

    def tell(self, san):
        """Have the target announce the LUN on the session through the proxy, which does not have it.

        Check that the LUN comes by itself where this generation of open-iscsi does that, and stays away elsewhere.
        """
        assert not san.has(san.proxy, san.first)
        san.aen(san.proxy)
        if ITSELF_AT_AEN[san.name]:
            assert san.gets(san.proxy, san.first)
        else:
            quiet()
            assert not san.has(san.proxy, san.first)

    def test_a_login_brings_a_lun(self, san):
        portal = SVM.portals[0]
        assert not san.has(portal, san.first)
        san.relogin(portal)
        assert san.gets(portal, san.first)

    def test_a_message_of_the_target_brings_a_lun(self, san):
        self.tell(san)
        san.lab.scan(san.name)
        san.lab.wait_for_map(san.known[san.first], san.name)

    def test_the_facts_say_auto(self, san):
        said = san.scans()
        assert {*SVM.portals, san.proxy} < set(said) and set(said.values()) == {"auto"}

    def test_check_mode_tells_and_touches_nothing(self, san):
        before, files = san.state(), san.files()
        run = san.role("--check", iscsi_scan_relogin=True)
        assert run.code == 0 and run.output.count("+node.session.scan = manual") == 6, run.output
        assert (san.state(), san.files()) == (before, files)

    def test_the_role_sets_the_files_and_tells_which_sessions_are_left(self, san):
        before = san.state()
        run = san.role()
        assert (
            run.code == 0
            and run.output.count("may scan by itself: its record (manual now) was changed after it was begun") == 5
        ), run.output
        assert san.state() == before
        said = san.run(
            "iscsiadm -m node -o show | grep session.scan; grep ^node.session.scan /etc/iscsi/iscsid.conf"
        ).splitlines()
        assert set(said) == {"node.session.scan = manual"} and len(said) == 6
        assert set(san.scans().values()) == {None}

    def test_a_live_session_keeps_its_settings(self, san):
        """Why it matters which value a session was begun with."""
        san.loses(san.proxy, san.first)
        self.tell(san)


TestBeforeOnNode1, TestBeforeOnNode2 = on_each_node(Before)


class After(Begun):
    """The role with its opt-in, and what brings a LUN from then on. The tests build on each other."""

    def test_by_opt_in_it_logs_the_sessions_in_again(self, san):
        san.lab.scan(san.name)
        san.run(
            (
                "for n in $(seq 240); do set -- /sys/block/dm-*/slaves/*; [ $# = 3 ] && exit 0; "
                "sleep 0.5; done; multipath -ll; exit 1"
            ),
            timeout=180,
        )
        before = san.state()
        run = san.role(iscsi_scan_relogin=True)
        assert run.code == 0 and "was not touched" not in run.output, run.output
        assert set(san.scans().values()) == {"manual"}
        maps = [line for line in before if line.startswith(("dm: ", "mount: ", "wwid: ", "queueing: ", "daemon: "))]
        after = san.state()
        assert [line for line in maps if line not in after] == []
        assert (
            sum(line.startswith("disk: ") for line in after) == sum(line.startswith("disk: ") for line in before) == 3
        )

    def test_no_login_and_no_message_brings_a_lun_and_an_exact_scan_brings_one(self, san):
        wanted, other, portals = san.new_lun(), san.new_lun(), (*SVM.portals, san.proxy)
        for portal in SVM.portals:
            san.relogin(portal)
        san.scan_for(san.first)
        san.aen(san.proxy)
        # The unit attention of LIO, which comes with the next command to a LUN that is there.
        san.run("for sg in /dev/sg*; do sg_turs $sg; done", check=False)
        quiet()
        assert not any(san.has(portal, lun_id) for portal in portals for lun_id in (wanted, other))
        san.scan_for(wanted)
        for portal in SVM.portals:
            assert san.gets(portal, wanted)
        san.lab.wait_for_map(san.known[wanted], san.name)
        quiet()
        assert not any(san.has(portal, other) for portal in portals)


TestAfterOnNode1, TestAfterOnNode2 = on_each_node(After)


@EACH_NODE
def test_a_relogin_that_would_take_the_last_way_is_refused(lab, tmp_path, name):
    san, portal = San(lab, name, tmp_path), SVM.portals[0]
    san.records("manual")
    lab.cut(name, "b", "svm1")
    san.run(
        (
            "for n in $(seq 240); do multipathd show paths raw format '%t %T' | grep -q faulty && "
            "exit 0; sleep 0.5; done; exit 1"
        ),
        timeout=180,
    )
    before = san.sessions()
    result = san.module("iscsi_relogin", sid=before[portal][0], expect={"target": SVM.target, "portal": portal})
    assert (
        result["failed"]
        and codes(result)
        and set(codes(result)) <= {"living_map", "evidence"}
        and "living_map" in codes(result)
    ), result
    assert san.sessions() == before


@pytest.mark.state("empty")
@EACH_NODE
def test_what_iscsid_does_when_it_starts(lab, tmp_path, name):
    """It reads the records: the facts know it, and so it behaves."""
    san = San(lab, name, tmp_path)
    proxy = san.start_proxy()
    san.begin_as_auto()
    assert set(san.scans().values()) == {"auto"}
    run = san.role()
    assert run.code == 0 and set(san.scans().values()) == {None}, run.output
    san.restart_iscsid()
    assert set(san.scans().values()) == {"manual"}
    lun_id = san.new_lun()
    san.aen(proxy)
    quiet()
    assert not san.has(proxy, lun_id)


RECORD = "$(find {nodes} -type f | grep 10.10.1.10 | head -1)"
# How a file can be in the way: shell before and after, whether the module goes on, and what it says where it does not.
TROUBLE = {
    "plain": (":", ":", None),
    "symlink": (
        "mv /etc/iscsi/iscsid.conf /etc/site.conf; ln -s ../site.conf /etc/iscsi/iscsid.conf",
        "rm /etc/iscsi/iscsid.conf; mv /etc/site.conf /etc/iscsi/iscsid.conf",
        None,
    ),
    "marked": (
        "cp -p /etc/iscsi/iscsid.conf /run/keep; echo '# sanops.multipath: leave alone' >> /etc/iscsi/iscsid.conf",
        "mv /run/keep /etc/iscsi/iscsid.conf",
        "iscsid.conf was left alone, as a line in it asks",
    ),
    "malformed": (
        f"record={RECORD}; cp -p $record /run/keep; head -c 700 /run/keep > $record",
        f"mv /run/keep {RECORD}",
        "default: it ends before its line",
    ),
    "read-only": ("mount --bind /etc /etc; mount -o remount,ro,bind /etc", "umount /etc", "Read-only file system"),
    "full": (
        (
            "cp -a /etc/iscsi /run/keep; mount -t tmpfs -o size=128k,mode=755 full /etc/iscsi; cp -a "
            "/run/keep/. /etc/iscsi/; cat /dev/zero > /etc/iscsi/fill"
        ),
        "umount /etc/iscsi; rm -r /run/keep",
        "No space left on device",
    ),
}


class Trouble:
    """Cases of one failure each; a test repairs what it broke."""

    @pytest.fixture(scope="class")
    @classmethod
    def san(cls, lab, tmp_path_factory):
        return San(lab, cls.name, tmp_path_factory.mktemp(cls.name))

    @pytest.mark.parametrize("kind", TROUBLE)
    def test_idempotent_check_and_nothing_lost(self, san, kind):
        before, after, refusal = TROUBLE[kind]
        san.records("auto")
        san.run(
            (
                f"record={RECORD}; sed -i '/^node.session.auth.authmethod/a "
                f"node.session.auth.password = geheim' $record"
            ).format(nodes=san.nodes)
        )
        clean = san.files()
        san.run(before.format(nodes=san.nodes), check=kind != "full")
        files, state = san.files(), san.state()
        check = san.module("iscsid_conf", check=True, records=True)
        output = san.role("--check").output if kind == "plain" else ""
        assert san.files() == files
        real = san.module("iscsid_conf", records=True)
        changed = san.files()
        again = {} if refusal else san.module("iscsid_conf", records=True)
        unchanged = san.files()
        assert san.state() == state
        san.run(after.format(nodes=san.nodes))
        assert "geheim" not in json.dumps([check, real, again]) + output + san.run(
            "journalctl --no-pager -t ansible-sanops.multipath.iscsid_conf"
        )
        if refusal:
            assert real["failed"] and refusal in real["msg"], real
            assert files == changed and san.files() == clean, "the old files stand"
            if kind in ("marked", "malformed"):
                assert check["failed"] and check["msg"] == real["msg"]
            return
        assert check["changed"] and not check["failed"] and check["files"] == real["files"]
        assert [diff["after"].count("node.session.scan = manual\n") for diff in check["diff"]] == [1] * len(
            real["files"]
        )
        assert kind != "plain" or output.count("+node.session.scan = manual") == len(real["files"])
        assert len(real["files"]) == 1 + int(san.run(f"find {san.nodes} -type f | wc -l"))
        assert not again["changed"] and changed == unchanged and again["files"] == []
        # But for their content all files are as they were: kind, mode, owner, and what a link leads to.
        assert [line for line in changed if line.startswith("file: ")] == [
            line for line in files if line.startswith("file: ")
        ]


TestTroubleOnNode1, TestTroubleOnNode2 = on_each_node(Trouble)
