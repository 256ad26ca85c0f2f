# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated ONTAP array: its REST API over HTTPS. See README.md.

In a test:

    with ontap_sim.running({"luns": [{"name": "/vol/vol1/lun1"}]}) as sim:
        requests.get(f"{sim.url}/api/storage/luns", auth=(sim.username, sim.password), verify=sim.ca_path)
"""

import contextlib
import pathlib
import tempfile
import threading

from .api import User
from .world import World

__all__ = ["User", "World", "running"]


class Simulator:
    """A running simulator, as a test sees it. `world` may be read and changed while it runs."""

    def __init__(self, server, authority, folder):
        self._server = server
        self._authority = authority
        self._folder = folder
        first = next(iter(server.users.values()))
        self.hostname, self.port = "127.0.0.1", server.server_address[1]
        self.url = f"https://{self.hostname}:{self.port}"
        self.ca_path = str(folder / "ca.pem")
        self.username, self.password = first.username, first.password
        self.world = server.world

    def requests(self):
        """Return every request so far: [{method, path, query (raw), user, page, status, time}].

        status is None where no answer was sent.
        """
        with self._server.lock:
            return [dict(entry) for entry in self._server.requests]

    def faults(self, faults=()):
        """Set the faults (see faults.py); without any, all is well again."""
        self._server.faults.set(faults)

    def client_certificate(self, username):
        """Return the paths (certificate, key) of a client certificate that logs in this user."""

        issued = self._authority.issue_cert(f"{username}@example.com", common_name=username)
        paths = self._folder / f"{username}.pem", self._folder / f"{username}.key"
        issued.cert_chain_pems[0].write_to_path(str(paths[0]))
        issued.private_key_pem.write_to_path(str(paths[1]))
        return tuple(map(str, paths))


@contextlib.contextmanager
def running(world=None, users=None, version=None):
    """Run a simulator on a free port of 127.0.0.1 with its own CA, until the end of the block; yield a `Simulator`.

    world: World, or its JSON as a dictionary. users: list of User; the first is Simulator.username. version: overrides
    that of the world.
    """
    import trustme  # not on the array VM

    from .server import Server

    world = world if isinstance(world, World) else World(world)
    if version:
        world.cluster["version"] = version
    with tempfile.TemporaryDirectory(prefix="ontap_sim.") as name:
        folder = pathlib.Path(name)
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        issued = authority.issue_cert("127.0.0.1", "localhost")
        issued.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
        pem, ca = str(folder / "server.pem"), str(folder / "ca.pem")
        server = Server(("127.0.0.1", 0), pem, pem, users or [User("admin", "netapp1!")], world, client_ca=ca)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield Simulator(server, authority, folder)
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
