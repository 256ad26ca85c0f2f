# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run ansible-playbook without its start-up time, as a fork of a process that has imported Ansible.

That process has also imported the collection. A run has its own environment, working directory, settings and home, and
is the whole of ansible-playbook from main() on. It saves the half second of imports at each start, and the same again
in each worker that loads the collection's code. The pages of docs/cases, ansible-runner's jobs, the pods and the demo
start the real program.
"""

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import threading

COLLECTIONS = pathlib.Path(__file__).parents[2] / "build" / "collections"
COLLECTION = "ansible_collections.sanops.multipath.plugins"
PATIENCE = 900  # seconds that a run may take
_SIZE = struct.Struct("!q")
# What a run imports, apart from the collection; what a release of ansible-core does not have is left out.
IMPORTS = (
    "ansible.cli.playbook ansible.executor.module_common ansible.executor.playbook_executor "
    "ansible.executor.process.worker ansible.executor.task_queue_manager ansible.plugins.action "
    "ansible.plugins.callback ansible.plugins.connection ansible.plugins.inventory ansible.plugins.lookup "
    "ansible.plugins.strategy ansible.template concurrent.futures.thread jinja2.ext logging.handlers "
    "urllib.request xml.etree.ElementTree"
).split()


class Runner:
    """The process that has imported Ansible; it ends with the one that made it."""

    def __init__(self):
        self.ours, theirs = socket.socketpair()
        self.ours.settimeout(PATIENCE)
        self.home = tempfile.TemporaryDirectory(prefix="ansible", ignore_cleanup_errors=True)
        # What Ansible decides when it is imported, and what stays of it: no colours, no cows, no plugins of a home, the
        # one folder of collections.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        environment.update(
            HOME=self.home.name,
            ANSIBLE_HOME=self.home.name,
            ANSIBLE_COLLECTIONS_PATH=str(COLLECTIONS),
            ANSIBLE_NOCOLOR="1",
            ANSIBLE_NOCOWS="1",
        )
        with theirs:
            subprocess.run(
                [sys.executable, __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=environment,
                cwd=self.home.name,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        atexit.register(self.end)

    def end(self):
        with contextlib.suppress(OSError):
            self.ours.shutdown(socket.SHUT_WR)
            self.ours.recv(1)  # its end
        self.ours.close()
        self.home.cleanup()

    def run(self, arguments, folder, environment):
        """Return (exit code, output) of one run."""
        asked = json.dumps([[str(word) for word in arguments], str(folder), environment]).encode()
        with tempfile.TemporaryFile() as output:
            socket.send_fds(self.ours, [_SIZE.pack(len(asked))], [output.fileno()])
            self.ours.sendall(asked)
            (code,) = _SIZE.unpack(_received(self.ours, _SIZE.size))
            output.seek(0)
            return code, output.read().decode("utf-8")


class _Runners(threading.local):
    """A runner for each thread: two runs over one connection would take each other's results."""

    @functools.cached_property
    def mine(self):
        return Runner()


_runners = _Runners()


def playbook(arguments, folder, environment):
    """Run ansible-playbook with these words in a folder; return (exit code, all that it printed).

    *environment*: the whole of it.
    """
    return _runners.mine.run(arguments, folder, environment)


def _received(connection, length):
    data = b""
    while len(data) < length:
        part = connection.recv(length - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def warm_up():
    """Import Ansible, and the collection through Ansible's loader, so that the loader of each run finds them."""
    for name in IMPORTS:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    from ansible.plugins.loader import init_plugin_loader
    from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

    init_plugin_loader()
    importlib.import_module("ansible_collections.ansible.builtin")
    root = pathlib.Path(importlib.import_module(COLLECTION).__path__[0])
    for folder in ("module_utils", "plugin_utils"):
        for path in sorted((root / folder).rglob("*.py")):
            importlib.import_module(".".join([COLLECTION, *path.relative_to(root).with_suffix("").parts]))
    _AnsibleCollectionFinder._remove()
    gc.collect()
    gc.freeze()  # what is there now is shared with all forks


def serve(connection):
    """Fork for each run that is requested.

    Returns in the fork, with what it is to run, and in this process at the end, with None.
    """
    while True:
        try:
            size, (output,), dummy, dummy = socket.recv_fds(connection, _SIZE.size, 1)
            asked = json.loads(_received(connection, *_SIZE.unpack(size)))
        except (EOFError, ValueError):  # nobody is there any more
            return None
        pid = os.fork()
        if pid == 0:
            connection.close()
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.close(output)
            return asked
        os.close(output)
        connection.sendall(_SIZE.pack(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))


def become(arguments, folder, environment):
    """Run as ansible-playbook in this folder and environment.

    Its settings are read again, and it makes the temporary folder that it removes at its end. The modules that it has
    packed are kept for the next run.
    """
    packed = pathlib.Path(os.environ["HOME"]) / "ansiballz_cache"
    packed.mkdir(exist_ok=True)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["ansible-playbook", *arguments]
    atexit.unregister(importlib.import_module("ansible.utils.path").cleanup_tmp_file)
    constants = importlib.import_module("ansible.constants")
    constants.config.__init__()
    for name in constants.config.get_configuration_definitions():
        constants.set_constant(name, constants.config.get_config_value(name, variables=vars(constants)))
    (pathlib.Path(constants.DEFAULT_LOCAL_TMP) / packed.name).symlink_to(packed)
    importlib.import_module("ansible.cli.playbook").main()


def main():
    if os.fork():
        os._exit(0)  # not a child of pytest: some tests wait for any child that they have
    connection = socket.socket(fileno=int(sys.argv[1]))  # it is closed when this process ends, which tells so
    warm_up()
    asked = serve(connection)
    if asked:
        become(*asked)


if __name__ == "__main__":
    main()
