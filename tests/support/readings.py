# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong when an array is read, as a sentence."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import listing as arrays_listing
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import Array, OntapFetchError


def failure(array):
    with pytest.raises(OntapFetchError) as caught:
        arrays_listing.fetch(array)
    sentence = str(caught.value)
    assert sentence.startswith(f"ONTAP array {array.hostname}:{array.http_port} ") and sentence.endswith(".")
    for secret in (array.password, "YXVkaXQ6"):
        assert secret not in sentence
    return sentence


def array_of(sim):
    return Array(sim.hostname, sim.username, sim.password, http_port=sim.port, ca_path=sim.ca_path)


def fetched(sim):
    return arrays_listing.fetch(array_of(sim))
