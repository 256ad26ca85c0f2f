# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make test-matrix`: test the collection on every supported ansible-core, and on the oldest Python of hosts.

    python tests/bootstrap/matrix.py               # all cells, on a lab of its own
    python tests/bootstrap/matrix.py audit         # one cell on the oldest release, as `make test` runs it
    python tests/bootstrap/matrix.py audit 2.18    # one cell on another release
    python tests/bootstrap/matrix.py audit -vv     # options are passed to pytest

sanity  ansible-test sanity
units   the unit tests of the roles, of the plugins, and of modules as Ansible runs them; the other unit tests of code
        for hosts do not depend on ansible-core
audit   an audit of the lab's failed devices: every verdict
hosts   the same audit, with the modules on the oldest Python, which only the oldest release supports

A release that no Python of this machine can run is named and skipped; with only one release left the run fails.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

import cores
import progress
import pythons

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAB = "matrix"
RECORDS = ROOT / "build" / "proven"
# What can differ between releases of ansible-core: all that is run by Ansible, and the tests of plugins that raise its
# errors. The rest of plugin_utils and module_utils are functions of their arguments, and what of these Ansible hands
# over otherwise is in the playbooks.
UNITS = [
    f"tests/unit/{name}"
    for name in (
        "plugins/action/test_array_access.py",
        "plugins/action/test_plan_file.py",
        "plugins/action/test_reports.py",
        "plugins/lookup",
        "plugins/playbooks",
        "plugins/module_utils/_system/test_host_root.py",
        "roles",
        *(
            f"plugins/plugin_utils/{name}.py"
            for name in (
                "_awx/test_api",
                "_awx/test_objects",
                "_awx/test_removal",
                "_python/test_floors",
                "_report/test_archive",
                "_report/test_fleet",
                "_roles/test_options",
            )
        ),
    )
]
CELLS = {
    "sanity": ["python", "tests/bootstrap/sanity.py"],
    "units": ["pytest", "--quiet", "--numprocesses", "auto", *UNITS],
    "audit": ["pytest", "--quiet", "tests/scenarios/test_audit.py::TestVerdicts"],
    "hosts": ["pytest", "--quiet", "tests/scenarios/test_oldest_python.py"],
}


def main(arguments):
    options = [word for word in arguments if word.startswith("-")]
    cells = [word for word in arguments if word not in options]
    if cells:
        cell, release = [*cells, cores.OLDEST][:2]
        results = {(release, cell): run(release, cell, options)}
    else:
        os.environ["SCENARIO_LAB"] = LAB
        try:
            results = {(release, cell): run(release, cell) for release in cores.releases() for cell in CELLS}
        finally:
            # Each test ends its lab; this is for a run that was stopped.
            subprocess.run([sys.executable, "-m", "lab", "--name", LAB, "down"], check=True)
        print("\n" + table(results))
        record(results)
    sys.exit(verdict(results))


def run(release, cell, options=()):
    """Run one cell with further options; return (exit code or None if it was not run, what there is to say of it)."""
    if cell == "hosts" and release != cores.OLDEST:
        return None, "-"
    if cell == "hosts" and not pythons.find(pythons.ALL[0]):
        return not_run(release, cell, f"no Python {pythons.ALL[0]}")
    venv = cores.ensure(release)
    if not venv:
        oldest, newest = cores.PYTHONS[release]
        return not_run(release, cell, f"no Python 3.{oldest} to 3.{newest}")
    program, *words = [*CELLS[cell], *options]
    progress.say(f"== ansible-core {release}, {cell}: {program} {' '.join(words)}")
    start = time.monotonic()
    environment = dict(os.environ, PATH=os.pathsep.join([str(venv / "bin"), os.environ["PATH"]]))
    code = subprocess.run([str(venv / "bin" / program), *words], cwd=ROOT, env=environment, check=False).returncode
    return code, f"{'FAILED' if code else 'passed'}, {time.monotonic() - start:.0f} s"


def not_run(release, cell, why):
    progress.say(f"NOT RUN: ansible-core {release}, {cell}: there is {why} on this machine")
    return None, "NOT RUN: " + why


def table(results):
    """Return what there is to say of each cell, a line for each release."""
    rows = [["ansible-core", *CELLS]]
    for release in dict.fromkeys(release for release, dummy in results):
        rows.append([release, *(results[release, cell][1] for cell in CELLS)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() for row in rows)


def record(results):
    """Write what each release has passed for support_page.py."""
    RECORDS.mkdir(parents=True, exist_ok=True)
    for release in dict.fromkeys(release for release, dummy in results):
        cells = {cell: words(*results[release, cell]) for cell in CELLS}
        text = json.dumps({"core": release, "cells": cells}, indent=1)
        (RECORDS / f"core-{release}.json").write_text(text, encoding="utf-8")


def words(code, said):
    """Return what docs/support.md says of a cell."""
    if code is None:
        return "not tried" if said.startswith("NOT RUN") else said
    return "FAILED" if code else "passed"


def verdict(results):
    """Return the exit code: 1 if a cell failed, or if the whole matrix had only one release to run on.

    `make test` covers one release anyhow.
    """
    ran = {key: code for key, (code, dummy) in results.items() if code is not None}
    releases = {release for release, dummy in ran}
    return int(any(ran.values()) or (len(results) > 1 and len(releases) < 2))


if __name__ == "__main__":
    main(sys.argv[1:])
