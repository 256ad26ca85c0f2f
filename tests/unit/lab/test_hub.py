# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hub of a lab: what it is asked, and the file of the faults."""

import asyncio
import json

import pytest
from lab import hub
from lab.errors import LabError
from lab.fabric import Fault
from support.hub_machines import connected, on_a_hub, set_fault


def test_the_faults_are_kept_in_a_file_and_a_hub_begins_with_them(folder):
    @on_a_hub
    async def test(served):
        array, node1, node2 = await connected()
        node1.send(b"lost")
        await asyncio.sleep(0.05)
        array.send(b"hello")
        assert await node2.take() == [b"hello"]
        set_fault(served, "node2", "lose", "2.5", on="b")
        set_fault(served, "node1", "pass")

    hub.write_faults(folder, {"a": {"node1": Fault("freeze"), "node7": Fault("freeze")}})
    test(folder)
    assert json.loads((folder / hub.FAULTS).read_text(encoding="utf-8")) == {"a": {}, "b": {"node2": "lose 2.5"}}
    assert hub.faults(folder) == {"a": {}, "b": {"node2": Fault("lose", 2.5)}}


def test_a_full_disk_leaves_the_fault_as_it_was(folder, monkeypatch):
    def fail(*arguments):
        raise OSError(28, "No space left on device")

    @on_a_hub
    async def test(served):
        set_fault(served, "node1", "lose", "5")
        monkeypatch.setattr(hub, "write_faults", fail)
        with pytest.raises(LabError, match="No space left on device"):
            await asyncio.to_thread(hub.give_fault, folder, "node1", "a", Fault("freeze"))
        assert served._fabrics["a"].ports["node1"].fault == hub.faults(folder)["a"]["node1"] == Fault("lose", 5)

    test(folder)


def test_a_fault_is_given_from_another_process(folder):
    @on_a_hub
    async def test(served):
        def give(*words):
            return asyncio.to_thread(hub.give_fault, folder, *words)

        await give("node1", "a", Fault("delay", 1.5))
        assert served._fabrics["a"].ports["node1"].fault == Fault("delay", 1.5)
        with pytest.raises(LabError, match="The lab has no machine node9; it has: array, node1, node2"):
            await give("node9", "a", Fault())
        with pytest.raises(LabError, match="There is no fabric c; there are: a, b"):
            await give("node1", "c", Fault())
        with pytest.raises(LabError, match="A fabric has no fault burn; there are: pass, freeze, delay, lose"):
            await give("node1", "a", Fault("burn"))

    test(folder)


def test_a_hub_that_has_ended_is_named(folder):
    with pytest.raises(LabError, match="The lab's hub does not answer: .*keeper.log"):
        hub.give_fault(folder, "node1", "a", Fault())
