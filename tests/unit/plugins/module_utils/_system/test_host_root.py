# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From inside a privileged container a module works on the host, wholly or not at all."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._system import host_root
from bootstrap import pythons
from support import pods
from support.action_modules import ON_THE_CONTROLLER

ROOT = pathlib.Path(__file__).resolve().parents[5]
MODULES = {
    "stale_mpath_facts": {},
    "mpath_flush": {"wwid": "3600a0980000000000000000000000001"},
    "scsi_delete": {"hctl": "9:0:0:9", "expect": {"wwid": "3600a0980000000000000000000000001"}},
    "stale_mpath_remove": {"removals": []},
    "iscsi_relogin": {"sid": 1, "expect": {"target": "iqn.2026-01.org.example:t", "portal": "192.0.2.1:3260"}},
    "iscsid_conf": {},
    "multipath_conf": {},
    "multipathd_restart": {},
}

# As /proc/PID/mountinfo of a pod has them: / of the host by HostToContainer, by None (private), by Bidirectional.
MOUNT = "94 69 254:0 / {folder} rw,relatime {options}- ext4 /dev/vda rw"
SLAVE, PRIVATE, PEER = "master:1 ", "", "shared:1 "
PRIVILEGED, UNPRIVILEGED = (
    "000001ffffffffff",
    "00000000a80425fb",
)  # CapEff of a privileged container, and of one by containerd's default


class TestWhyNot:
    """A folder that is wholly the host's, and what each missing part of it is called."""

    @pytest.fixture
    def host(self, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        for name in ("dev", "etc", "proc/1/ns", "proc/self/ns", "run", "sys/block"):
            (tmp_path / name).mkdir(parents=True)
        (tmp_path / "proc/1/root").symlink_to(tmp_path)
        for pid in ("1", "self"):
            for number, name in enumerate(("pid", "net", "ipc")):
                (tmp_path / "proc" / pid / "ns" / name).symlink_to(f"{name}:[{4026531836 + number}]")
        self.write(tmp_path)
        return tmp_path

    def write(self, host, options=SLAVE, capabilities=PRIVILEGED, folder=None):
        container = "69 1 0:50 / / rw - overlay overlay rw\n"
        (host / "proc/self/mountinfo").write_text(
            container + MOUNT.format(folder=folder or host, options=options) + "\n"
        )
        (host / "proc/self/status").write_text(f"Name:\tpython3\nCapInh:\t{UNPRIVILEGED}\nCapEff:\t{capabilities}\n")

    def test_the_host_itself(self, host):
        assert host_root.why_not(str(host)) is None
        assert host_root.why_not(f"{host}/") is None

    def test_it_is_no_path_or_not_there(self, tmp_path):
        assert host_root.why_not("host") == "host is no absolute path"
        assert "has no /proc/1: it is not the root directory of a host" in host_root.why_not(str(tmp_path))

    @pytest.mark.parametrize("name", ["sys/block", "dev"])
    def test_a_part_is_not_mounted(self, host, name):
        (host / name).rmdir()
        assert f"has no /{name}" in host_root.why_not(str(host))

    def test_it_is_not_root(self, host, monkeypatch):
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert host_root.why_not(str(host)) == "it runs as user 1000, not as root"

    @pytest.mark.parametrize(
        ("capabilities", "lacking"),
        [
            (UNPRIVILEGED, "CAP_SYS_PTRACE, CAP_SYS_ADMIN"),
            ("000001fffffbffff", "CAP_SYS_CHROOT"),
            ("000001fffff7ffff", "CAP_SYS_PTRACE"),
        ],
    )
    def test_it_is_not_privileged(self, host, capabilities, lacking):
        self.write(host, capabilities=capabilities)
        assert host_root.why_not(str(host)) == f"it lacks {lacking}: the container has to be privileged"

    @pytest.mark.parametrize(("name", "option"), [("pid", "hostPID"), ("net", "hostNetwork"), ("ipc", "hostIPC")])
    def test_a_namespace_is_not_the_hosts(self, host, name, option):
        link = host / "proc/self/ns" / name
        link.unlink()
        link.symlink_to(f"{name}:[4026532999]")
        why = host_root.why_not(str(host))
        assert why.startswith(f"its {name} namespace is not the host's") and f'"{option}: true"' in why

    def test_a_namespace_is_not_known(self, host):
        (host / "proc/1/ns/net").unlink()
        assert host_root.why_not(str(host)).startswith(
            "whether its net namespace is the host's cannot be read (No such file or directory)"
        )

    @pytest.mark.parametrize("name", ["dev", "etc", "proc", "run", "sys"])
    def test_another_folder_is_mounted(self, host, name):
        (host / "proc/1/root").unlink()
        (host / "proc/1/root").mkdir()
        for other in ("dev", "etc", "proc", "run", "sys"):
            (host / "proc/1/root" / other).symlink_to(host / other)
        assert host_root.why_not(str(host)).startswith(f"{host} is not what process 1 of the host has as /:")
        (host / "proc/1/root").rename(host / "elsewhere")
        (host / "proc/1/root").symlink_to(host)
        assert host_root.why_not(str(host)) is None
        # The same root directory, but one folder of it is covered.
        stat = os.stat
        there = f"{host}/proc/1/root/{name}"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "stat", lambda path, **options: stat("/" if path == there else path, **options))
            assert host_root.why_not(str(host)).startswith(
                f"{host}/{name} is not what process 1 of the host has as /{name}:"
            )

    def test_process_1_cannot_be_looked_at(self, host):
        (host / "proc/1/root").unlink()
        assert (
            host_root.why_not(str(host)) == f"whether {host} is the host's / cannot be read (No such file or directory)"
        )

    @pytest.mark.parametrize("options", [PRIVATE, PEER])
    def test_it_would_keep_what_the_host_unmounts(self, host, options):
        self.write(host, options=options)
        assert host_root.why_not(str(host)).endswith('the mount needs "mountPropagation: HostToContainer"')

    def test_it_is_no_mount(self, host):
        self.write(host, folder="/elsewhere")
        assert host_root.why_not(str(host)) == f"{host} is no mount"

    def test_the_mount_on_top_counts(self, host):
        with (host / "proc/self/mountinfo").open("a") as file:
            file.write(MOUNT.format(folder=host, options=PRIVATE) + "\n")
        assert "HostToContainer" in host_root.why_not(str(host))


def test_every_module_is_here():
    there = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))
    assert there == sorted([*MODULES, *ON_THE_CONTROLLER])


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """What modules import, for a Python alone: of ansible-core 2.16 where this machine has it, whose modules the
    oldest Pythons run.
    """
    oldest = sorted(ROOT.glob("build/matrix/2.16/lib/python*/site-packages/ansible/module_utils"))
    folder = tmp_path_factory.mktemp("library")
    (folder / "ansible").mkdir()
    (folder / "ansible/__init__.py").touch()
    newest = pathlib.Path(sys.modules["ansible"].__file__).parent / "module_utils" if "ansible" in sys.modules else None
    (folder / "ansible/module_utils").symlink_to((oldest or [newest])[0])
    plugins = folder / "ansible_collections/sanops/multipath"
    plugins.mkdir(parents=True)
    (plugins / "plugins").symlink_to(ROOT / "plugins")
    return folder


def alone(library, name, python=sys.executable, **arguments):
    """How a Python runs a module without Ansible: (command, options of subprocess)."""
    module = f"ansible_collections.sanops.multipath.plugins.modules.{name}"
    given = {"ANSIBLE_MODULE_ARGS": {**MODULES[name], **arguments, "_ansible_module_name": name}}
    return [python, "-m", module], {"input": json.dumps(given), "env": {**os.environ, "PYTHONPATH": str(library)}}


def reported(done):
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert lines, (done.stdout, done.stderr)
    return json.loads(lines[-1])


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_module_works_where_the_folder_is_not_the_hosts(tmp_path, library, name):
    command, options = alone(library, name)
    options["env"][host_root.VARIABLE] = str(tmp_path)
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    result = reported(done)
    assert done.returncode == 1 and result["failed"], result
    assert result["msg"].startswith(
        f"{host_root.VARIABLE} is set, and this container cannot work on its host: {tmp_path} has no /proc/1"
    )


# Written to the file RECORD: what Python looks for once the root directory is another. Python reports imports since
# 3.8.
WATCH = """
import os, sys
record = os.open(os.environ["RECORD"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
changed = []
def watch(event, arguments):
    if event == "import" and len(changed) == 1:
        os.write(record, (arguments[0] + "\\n").encode())
def chroot(path, chroot=os.chroot):
    chroot(path)
    changed.append(path)  # a second one is the way back
os.chroot = chroot
sys.addaudithook(watch)
"""
# In a pod: the parts of modules that need more of a host than there is here, each by itself.
PARTS = """
import importlib, os, sys, time
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import files, restart
from ansible_collections.sanops.multipath.plugins.module_utils._removal import quarantine
from ansible_collections.sanops.multipath.plugins.module_utils._system import host_root
class Module:
    def fail_json(self, msg):
        sys.exit(msg)
here = os.getcwd(), dict(os.environ), list(sys.meta_path)
with host_root.entered(Module()):
    assert os.getcwd() == "/" and "LD_LIBRARY_PATH" not in os.environ
    # Another version of the standard library, at the same place, as on a host that has a Python after all.
    os.makedirs(os.path.dirname(os.__file__))
    open(os.path.join(os.path.dirname(os.__file__), "wave.py"), "w").close()
    try:
        importlib.import_module("wave")
        sys.exit("a file of the host was imported")
    except ImportError:
        pass
    print("tried", files.ask(time.monotonic() + 5, [("/etc/multipath.conf", "tried in a private /etc\\n")])[0])
    assert not os.path.exists("/etc/multipath.conf")
    print("restart", restart.restart(time.monotonic() + 5), open("/run/systemctl.called").read())
    lock = quarantine.lock(False)
    assert os.path.exists(quarantine.LOCK)
    quarantine.impose("a test", "now")
    assert "a test" in quarantine.reason()
assert (os.getcwd(), dict(os.environ), list(sys.meta_path)) == here
assert importlib.import_module("wave").__file__
print(os.listdir(sys.argv[1] + "/host/run/sanops.multipath"), os.path.exists("/run/sanops.multipath"))
try:
    with host_root.entered(Module()):
        raise KeyError
except KeyError:
    assert os.getcwd() == here[0] and os.path.exists("/host") == os.path.exists(here[0] + "/host")
print("end")
"""


@pytest.mark.skipif(not pods.can(), reason=pods.NOT_ROOT)
class TestPod:
    @pytest.fixture
    def temporary(self):
        """The container's folder for what is temporary; of a short name, since ansible-core has a socket in it."""
        with tempfile.TemporaryDirectory() as folder:
            yield pathlib.Path(folder)

    @pytest.fixture
    def pod(self, tmp_path, temporary):
        """Run a command in a pod; `env` is that of the container."""

        def run(command, env, **options):
            here = "/opt/container"
            container = {
                "LD_LIBRARY_PATH": here,
                "HOME": here,
                "PATH": f"{here}:{os.environ['PATH']}",
                "TMPDIR": str(temporary),
            }
            return pods.run(
                tmp_path, command, env={**env, **container, host_root.VARIABLE: f"{tmp_path}/host"}, **options
            )

        return run

    @pytest.fixture
    def watched(self, tmp_path):
        (tmp_path / "watch").mkdir()
        (tmp_path / "watch/sitecustomize.py").write_text(WATCH, encoding="ascii")
        return {"PYTHONPATH": f"{tmp_path}/watch:{os.environ.get('PYTHONPATH', '')}", "RECORD": f"{tmp_path}/imports"}

    def check(self, facts):
        """They are the node's, and this machine's kernel's."""
        assert facts["platform"]["os"] == "rhcos" and facts["multipathd"]["version"] == "0.9.4"
        assert (
            facts["host"]["boot_id"]
            == pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        )
        assert [gap for gap in facts["incomplete"] if gap["what"] in ("users", "child", "changes")] == []

    @pytest.mark.parametrize("core", ["the newest", "2.16"])
    @pytest.mark.parametrize("name", ["stale_mpath_facts", "multipathd_restart"])
    def test_ansible_runs_it_and_leaves_nothing(self, pod, watched, temporary, tmp_path, core, name):
        """The first module ends as the container, the second one, which finds no multipathd, on the host: with a
        traceback, for which there is more to load.
        """
        ansible = (
            pathlib.Path(sys.executable).parent / "ansible"
            if core == "the newest"
            else ROOT / f"build/matrix/{core}/bin/ansible"
        )
        if not ansible.exists():
            pytest.skip(f"{ansible} is not there: make test-matrix makes it")
        command = [
            str(ansible),
            "localhost",
            "--module-name",
            f"sanops.multipath.{name}",
            "--args",
            "timeout=20",
            "-vvv",
        ]
        quiet = {
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
            "ANSIBLE_DISPLAY_TRACEBACK": "always",
        }
        done = pod(command, {**os.environ, **watched, **quiet})
        assert "=> {" in done.stdout, done.stdout + done.stderr
        result = json.loads(done.stdout[done.stdout.index("=> {") + 3 :])
        if name == "stale_mpath_facts":
            self.check(result["ansible_facts"]["stale_mpath"])
        else:
            assert "multipathd is not running: it may have been stopped" in result["msg"], result
        assert (tmp_path / "imports").read_text() == "", (
            "it looked for a module after it had changed its root directory"
        )
        assert not [path.name for path in temporary.iterdir() if "payload" in path.name]

    @pytest.mark.parametrize("version", [pythons.ALL[0], pythons.ALL[-1]])
    def test_the_oldest_and_the_newest_python_run_it(self, pod, library, version):
        python = pythons.find(version)
        if not python or not list(ROOT.glob("build/matrix/2.16")):
            pytest.skip(f"this machine has no Python {version}, or no ansible-core 2.16")
        command, options = alone(library, "stale_mpath_facts", python)
        self.check(reported(pod(command, options["env"], input=options["input"]))["ansible_facts"]["stale_mpath"])

    @pytest.mark.parametrize("name", sorted(MODULES))
    def test_every_module_ends_with_a_word_about_the_host(self, pod, library, watched, name, tmp_path):
        """The node has no SAN device and no open-iscsi: nothing to change, or a refusal; nothing is imported, and
        nothing is looked for in the container.
        """
        command, options = alone(library, name)
        options["env"].update(watched, PYTHONPATH=f"{watched['PYTHONPATH'].split(':')[0]}:{library}")
        result = reported(pod(command, options["env"], input=options["input"]))
        expected = {
            "stale_mpath_facts": "",
            "stale_mpath_remove": "",
            "mpath_flush": "",
            "scsi_delete": "",
            "iscsi_relogin": "was not touched",
            "iscsid_conf": "there is none. Is open-iscsi installed?",
            "multipath_conf": "multipath -t",
            "multipathd_restart": "multipathd is not running",
        }[name]
        assert bool(result.get("failed")) == bool(expected) and expected in result.get("msg", ""), result
        assert host_root.VARIABLE not in result.get("msg", "")
        assert (tmp_path / "imports").read_text() == ""

    def test_what_it_writes_and_runs_is_the_hosts(self, pod, library, tmp_path):
        done = pod([sys.executable, "-c", PARTS, str(tmp_path)], {**os.environ, "PYTHONPATH": str(library)})
        assert done.returncode == 0, done.stdout + done.stderr
        lines = done.stdout.splitlines()
        assert lines[-1] == "end", done.stderr
        assert "/etc/ld.so.cache /etc/multipath.conf" in done.stdout and "tried in a private /etc" in done.stdout
        assert "restart None restart multipathd.service" in done.stdout
        assert lines[-2].endswith("False") and "lock" in lines[-2], "the lock is the node's"

    def test_a_command_of_the_host_gets_nothing_of_the_container(self, pod, library, tmp_path):
        command, options = alone(library, "stale_mpath_facts")
        done = pod(
            ["sh", "-c", f'"$@"; cat {tmp_path}/host/run/multipath.environment', "sh", *command],
            options["env"],
            input=options["input"],
        )
        assert (
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LD_LIBRARY_PATH=\n"
            in done.stdout
        ), done.stdout + done.stderr

    @pytest.mark.parametrize(
        ("how", "why"),
        [
            ({"namespaces": ["--pid", "--fork"]}, "hostPID"),
            ({"namespaces": ["--net"]}, "hostNetwork"),
            ({"namespaces": ["--ipc"]}, "hostIPC"),
            (
                {"namespaces": ["--user", "--map-root-user"]},
                "(Permission denied): is the container privileged, with the host's users?",
            ),
            ({"propagation": "rprivate"}, "HostToContainer"),
            ({"propagation": "rshared"}, "HostToContainer"),
            ({"kind": "bind"}, "has no /proc/1"),
        ],
    )
    def test_it_refuses_half_a_view(self, pod, library, how, why):
        command, options = alone(library, "stale_mpath_facts")
        result = reported(pod(command, options["env"], input=options["input"], **how))
        assert result["failed"] and why in result["msg"], result

    def test_what_the_host_unmounts_is_unmounted_in_the_pod(self, pod, tmp_path):
        """Why the mount must be a slave: the same without it keeps what the host has unmounted."""
        script = (
            f"nsenter --mount={tmp_path}/host/proc/1/ns/mnt umount {tmp_path}/node/run; mountpoint "
            f"--quiet {tmp_path}/host/run && echo kept || echo gone"
        )
        for propagation, expected in (("rslave", "gone\n"), ("rprivate", "kept\n")):
            done = pod(["sh", "-c", script], os.environ, propagation=propagation)
            assert done.stdout == expected, done.stderr
