# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wait from started machines to a lab that can be used: SSH, REST, iSCSI sessions or ports of Fibre Channel."""

import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from threading import Event

from lab import fc, keeper, machine, ssh, topology
from lab.errors import LabError
from lab.progress import say, step

BOOT_SECONDS = 300
"""A machine that has not come up by then is given up; a boot takes well under a minute."""

SERVICE_SECONDS = 60
"""The same for the array's REST service, after the machine is up."""


def wait(machines, array, transport):
    """Wait until all machines are up, the array answers, and all nodes are logged in to it.

    `machines` maps a name to its Ssh; `array` is the Array. Raises LabError naming what failed.
    """
    nodes = [node for name, node in machines.items() if name != topology.ARRAY]
    with step(f"booting {', '.join(machines)}"):
        tasks = [lambda stop: _wait_for_array(machines[topology.ARRAY], array, stop)]
        tasks += [lambda stop, node=node: _wait_for_machine(node, stop) for node in nodes]
        _together(tasks)
    with step("logging the nodes in to the array"):
        _together([lambda stop, node=node: _login(node, transport) for node in nodes])


def wait_resumed(machines):
    """Wait until all resumed machines answer, and set their clocks, which stood still since the save."""
    # QEMU's real-time clock follows the host's; a time sent by SSH is seconds old on a busy machine.
    set_clock = "date -s @$(cat /sys/class/rtc/rtc0/since_epoch)"
    _together([lambda stop, host=host: host.run(set_clock) for host in machines.values()])


def wait_again(node, again, transport):
    """Wait until a node that the keeper starts again is up and logged in.

    `again` is the file that the keeper removes when it starts the node.
    """
    begin = time.monotonic()
    while again.exists():
        if time.monotonic() - begin > BOOT_SECONDS:
            raise LabError(f"{node.name} did not go down within {BOOT_SECONDS} s. {_log_of(node)}")
        time.sleep(0.5)
    with step(f"booting {node.name} again"):
        _wait_for_machine(node, Event())
        _login(node, transport)


def _together(tasks):
    """Run functions in parallel; raise the first failure and stop the others.

    Each is called with an Event that is set when it has to give up.
    """
    stop = Event()
    with ThreadPoolExecutor(len(tasks)) as pool:
        try:
            done, dummy = wait_for([pool.submit(task, stop) for task in tasks], return_when=FIRST_EXCEPTION)
            for finished in done:
                finished.result()
        finally:
            stop.set()


def _wait_for_machine(host, stop):
    begin = time.monotonic()
    while not ssh.answers(host.port) and not stop.is_set():
        _check_alive(host)
        if time.monotonic() - begin > BOOT_SECONDS:
            raise LabError(f"{host.name} did not come up within {BOOT_SECONDS} s. {_log_of(host)}")
        stop.wait(0.5)
    if not stop.is_set():
        say(f"{host.name} is up ({time.monotonic() - begin:.0f} s)")


def _check_alive(host):
    if not keeper.is_alive(host.folder):
        raise LabError(
            f"The lab's keeper died while {host.name} was booting, and all machines with it; see "
            f"{host.folder / 'keeper.log'}."
        )
    why = machine.failure(host.folder / host.name)
    if why is not None:
        raise LabError(f"{host.name} died while booting: {why}. {_log_of(host)}")


def _log_of(host):
    folder = host.folder / host.name
    return f"Its log is {folder / 'console.log'}; the end of it:\n{machine.log_tail(folder)}"


def _wait_for_array(host, array, stop):
    _wait_for_machine(host, stop)
    begin = time.monotonic()
    while not stop.is_set() and not array.answers():
        _check_alive(host)
        failed = host.run("systemctl is-failed -q ontap-sim", check=False).returncode == 0
        if failed or time.monotonic() - begin > SERVICE_SECONDS:
            log = host.output("journalctl -u ontap-sim -n 20 --no-pager", check=False)
            raise LabError(f"The array's REST service does not answer. Its log ends with:\n{log}")
        stop.wait(0.5)
    if not stop.is_set():
        say(f"the array's REST API answers at {array.url}")


def _login(node, transport):
    if transport == "fc":
        fc.login(node)
        say(f"{node.name} is logged in to the array's port on each fabric")
    else:
        _login_to_portals(node)


def _login_to_portals(node):
    """Discover the target of each SVM and log in to all its portals."""
    discoveries = [f"iscsiadm -m discovery -t sendtargets -p {svm.portals[0]}" for svm in topology.SVMS.values()]
    node.run("set -e\nsystemctl start iscsid\n" + "\n".join(discoveries) + "\niscsiadm -m node --login")
    sessions = int(node.output("ls /sys/class/iscsi_session | wc -l"))
    expected = sum(len(svm.portals) for svm in topology.SVMS.values())
    if sessions != expected:
        raise LabError(f"{node.name} has {sessions} iSCSI sessions, not {expected}.")
    say(f"{node.name} is logged in to {sessions} portals")
