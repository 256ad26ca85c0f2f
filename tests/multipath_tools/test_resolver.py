# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resolver and `multipath -t` must agree on every configuration, of every version."""

import os
import random

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import effective as effective_conf
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import files as multipath_files

from multipath_tools import generate, oracle

SEED, COUNT = os.environ["SEED"], int(os.environ["COUNT"])


@pytest.fixture(scope="module", params=list(oracle.VERSIONS))
def multipath(request, tmp_path_factory):
    return oracle.Multipath(request.param, tmp_path_factory.mktemp("roots"))


@pytest.fixture(scope="module")
def version(multipath):
    """Return (built-in settings, dialect) of this version, determined as on a host."""
    return multipath_files.dialect_of(multipath.test({"/etc/multipath.conf": multipath_files.PROBE.encode()})[0])


def resolved(files, version):
    builtin, dialect = version
    main = files.get("/etc/multipath.conf")
    drop_ins = {path.rpartition("/")[2]: data.decode("latin-1") for path, data in files.items() if "/conf.d/" in path}
    texts = ([("/etc/multipath.conf", main.decode("latin-1"))] if main is not None else []) + multipath_files.in_order(
        "/etc/multipath/conf.d", drop_ins
    )
    return effective_conf.read(texts, builtin, dialect)


def test_all_configurations(multipath, version):
    unread = []
    for number in range(COUNT):
        chance = random.Random(f"{SEED}/{number}")
        files = generate.configuration(chance)
        answer = multipath.test(files)
        if answer is None:
            unread.append(number)
            continue
        printed, complaints = answer
        real = effective_conf.comparable(effective_conf.built_in(printed, version[1]))
        ours = effective_conf.comparable(resolved(files, version))
        if ours != real:
            what = "\n".join(f"--- {path}\n{data.decode('latin-1')}" for path, data in files.items())
            differ = "\n".join(
                f"{name}: ours {mine}, real {its}" for name, mine, its in effective_conf.differences(ours, real)
            )
            pytest.fail(f"SEED={SEED}, number {number}:\n{what}\n{complaints}\n{differ}", pytrace=False)
    # 0.8.5 follows a null pointer where a section multipath has no wwid; each rejects a main file whose blacklist has a
    # pattern that is none.
    assert len(unread) <= COUNT * (0.2 if multipath.suite == "bullseye" else 0.02), unread
