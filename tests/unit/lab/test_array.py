# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the array of a lab answers, while it starts."""

import pytest
from lab.array import Array
from lab.errors import Refused


@pytest.fixture
def array(tmp_path):
    return Array("https://127.0.0.1:1", ("admin", "secret"), tmp_path / "ca.pem")


def test_a_refused_connection_is_no_answer_yet(array, monkeypatch):
    def refuse(timeout):
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(array, "_connected", refuse)
    assert array.answers() is False


def test_a_refused_request_is_an_answer_that_ends_the_wait(array, monkeypatch):
    def refuse(*words, **options):
        raise Refused("The array refused GET /api/cluster: 401 wrong password")

    monkeypatch.setattr(array, "request", refuse)
    with pytest.raises(Refused, match="401"):
        array.answers()
