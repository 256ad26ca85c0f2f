# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that takes a module as any other does and prints at once what a recorded node said."""

import json
import os
import pathlib

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase
from perf.doubles import simulated

DOCUMENTATION = """
name: replay
short_description: a recorded host
description:
  - For the benches. Every module other than the audit's succeeds at once.
  - E(PERF_REPLAY) names the folder with what the recorded nodes said, see C(tests/perf/doubles/recorded.py).
author: The sanops.multipath authors
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(ConnectionBase):
    transport = "replay"
    has_pipelining = True

    def _connect(self):
        number = simulated.number_of(self._play_context.remote_addr)
        if simulated.away(number):
            raise AnsibleConnectionFailure("Failed to connect to the host: No route to host")
        self._connected = True
        return self

    def exec_command(self, cmd, in_data=None, sudoable=True):
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        self._connect()
        if not in_data:
            return 0, b"", b""
        if b"packed" not in in_data:
            return 0, b'{"changed": false}', b""
        number = simulated.number_of(self._play_context.remote_addr)
        kinds = sorted(pathlib.Path(os.environ["PERF_REPLAY"]).glob("*.json"))
        kind = json.loads(kinds[number % len(kinds)].read_text(encoding="utf-8"))
        return 0, simulated.said(kind, number).encode(), b""

    def put_file(self, in_path, out_path):
        super().put_file(in_path, out_path)

    def fetch_file(self, in_path, out_path):
        super().fetch_file(in_path, out_path)

    def close(self):
        self._connected = False
