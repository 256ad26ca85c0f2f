# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""python3 -m ontap_sim --listen ADDR:PORT --cert F --key F --users F.json --world F.json --backend memory|lio"""

import argparse
import json
import pathlib
import signal
import sys

from .api import User
from .server import Server
from .world import World


def main():
    parser = argparse.ArgumentParser(prog="ontap_sim", description="A simulated ONTAP array: its REST API over HTTPS.")
    parser.add_argument("--listen", default="127.0.0.1:8443", metavar="ADDR:PORT")
    parser.add_argument("--cert", required=True, help="PEM file")
    parser.add_argument("--key", required=True, help="PEM file")
    parser.add_argument("--client-ca", help="PEM file; its client certificates log in the user of their common name")
    parser.add_argument(
        "--users", required=True, help='JSON: [{"username", "password", "svm": null or a name, "readonly": false}]'
    )
    parser.add_argument("--world", help="JSON, see README.md")
    parser.add_argument("--backend", choices=("memory", "lio"), default="memory")
    parser.add_argument(
        "--state", default="/var/lib/ontap_sim", help="folder of the lio backend's files (default: %(default)s)"
    )
    options = parser.parse_args()

    data = json.loads(pathlib.Path(options.world).read_text(encoding="utf-8")) if options.world else {}
    users = [User(**user) for user in json.loads(pathlib.Path(options.users).read_text(encoding="utf-8"))]
    if options.backend == "lio":
        from .lio import LioWorld

        world = LioWorld(data, state=options.state)
    else:
        world = World(data)
    host, dummy, port = options.listen.rpartition(":")
    server = Server((host.strip("[]"), int(port)), options.cert, options.key, users, world, client_ca=options.client_ca)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(
        f"ontap_sim: ONTAP {world.cluster['version']} ({options.backend}) on https://{host}:{server.server_address[1]}",
        flush=True,
    )
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
