# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts that `make test` consists of; `make lint`, `make unit` and the like run those of one group."""

import dataclasses
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
LOGS = BUILD / "log/test"

SCENARIOS = "tests/scenarios"
ON_THE_OLDEST_PYTHON = f"{SCENARIOS}/test_oldest_python.py"
# These assert times, for which a lab needs a core for itself.
OWN_CORE = [f"{SCENARIOS}/test_hangs.py"]
# Rough seconds of a part on the lab, for when none has been measured; SECONDS has those that are far from it.
LAB_SECONDS = 110
SECONDS = {
    "between.TestBetween": 260,
    "faults.test_the_daemon": 260,
    "foreign_array.TestRemovals": 260,
    "fooled.TestFooled": 210,
    "remediate.TestNothingRemoved": 220,
    "remediate.TestWindow": 300,
    "users.TestRemoval": 300,
}

# Of a scenario of molecule, whose cases have labs of their own.
MOLECULE_SECONDS = {
    "removal": 900,
    "configuration": 800,
    "fibre_channel": 800,
    "generations": 400,
    "neighbours": 700,
    "corners": 600,
    "audit": 500,
}

# Makes the saved states that all other parts on the lab resume; run alone, such a part makes its own.
STATES = "saved-states"

RUFF = ["ruff", "check", "--quiet", "."]
FORMAT = ["ruff", "format", "--check", "--quiet", "."]
YAMLLINT = ["yamllint", "--strict"]
REUSE = ["reuse", "lint", "--lines"]
LINT = [
    RUFF,
    FORMAT,
    [*YAMLLINT, "."],
    REUSE,
    ["antsibull-changelog", "lint"],
    ["python", "tests/bootstrap/render_docs.py"],
    ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs=self", "."],
    ["python", "tests/bootstrap/artifact.py"],
    ["python", "tests/bootstrap/installed.py"],
]

# The unit tests, split into parts of similar length: seconds, and arguments of pytest.
PLUGINS, PLAYBOOKS = "tests/unit/plugins", "tests/unit/plugins/playbooks"
ON_THE_CONTROLLER = [f"{PLUGINS}/lookup", f"{PLUGINS}/plugin_utils"]
UNITS = {
    "unit-playbooks": (200, [PLAYBOOKS]),
    "unit-controller": (90, ON_THE_CONTROLLER),
    "unit-plugins": (80, [PLUGINS, *(f"--ignore={path}" for path in (PLAYBOOKS, *ON_THE_CONTROLLER))]),
    "unit-others": (80, ["tests/unit", f"--ignore={PLUGINS}"]),
}

# Made before a part starts, once, outside the time of the part: arguments of Python.
PROMTOOL = ("tests/bootstrap/promtool.py",)
BROWSER = ("tests/bootstrap/browser.py",)
AWX = ("tests/bootstrap/awx.py",)
IMPORTER = ("tests/bootstrap/galaxy_import.py", "set-up")
OLDEST_CORE = ("tests/bootstrap/cores.py",)
LAB_IMAGES = ("-m", "lab", "build")
# Some unit tests run modules with the oldest ansible-core.
UNIT_NEEDS = (PROMTOOL, OLDEST_CORE)


@dataclasses.dataclass(frozen=True)
class Part:
    """One command of a test run, with a log of its own."""

    name: str  # also of its files: LOGS/NAME.log and, of pytest, LOGS/NAME.xml
    group: str  # what it is called by: `make GROUP`
    command: tuple
    seconds: float  # rough, on one core
    needs: tuple = ()
    pytest: bool = True  # it writes a junit file
    lab: bool = False
    own_core: bool = False
    first: bool = False
    after: str = ""  # the name of a part that has to end before, where it is run too

    @property
    def log(self):
        return LOGS / f"{self.name}.log"

    @property
    def junit(self):
        return LOGS / f"{self.name}.xml"


def computing():
    """Return the parts that need no lab."""
    return [
        _tools("lint", "lint", 30, LINT, first=True),
        _tools("ansible-lint", "lint", 50, [["ansible-lint"], ["python", "tests/bootstrap/lint_examples.py"]]),
        _tools("mypy", "lint", 20, [["mypy"]]),
        _tools("galaxy-import", "lint", 30, [["python", "tests/bootstrap/galaxy_import.py"]], needs=(IMPORTER,)),
        _tools("sanity", "sanity", 100, [["python", "tests/bootstrap/sanity.py"]]),
        *(_pytest(name, "unit", seconds, words, needs=UNIT_NEEDS) for name, (seconds, words) in UNITS.items()),
        _pytest("multipath-tools", "unit", 30, ["tests/multipath_tools"]),
        _matrix("unit-oldest-core", "unit", "units", 250),
        _tools("python-matrix", "unit", 10, [["python", "tests/bootstrap/python_matrix.py"]]),
        _pytest("browser", "browser", 60, ["tests/browser"], needs=(BROWSER,)),
        _pytest("awx", "awx", 150, ["tests/awx"], needs=(AWX,)),
    ]


def on_labs(nodes):
    """Return the parts on the lab: one for each class of tests, and for each function that is in none.

    `nodes` are the lines of `pytest --collect-only --quiet`, of which only node ids count.
    """
    chosen = {}
    for node in nodes:
        module, *names = node.partition("[")[0].split("::")
        if names and module != ON_THE_OLDEST_PYTHON:
            names = names[:-1] or names
            chosen[_scenario_name(module, names), module] = "::".join([module, *names])
    found = [_scenario(name, module, [what]) for (name, module), what in chosen.items()]
    audits = [
        _matrix("audit-oldest-core", "scenario", "audit", LAB_SECONDS),
        _matrix("audit-oldest-python", "scenario", "hosts", LAB_SECONDS),
    ]
    found += [dataclasses.replace(part, lab=True, needs=(OLDEST_CORE, LAB_IMAGES)) for part in audits]
    states = _tools(
        STATES, "scenario", 300, [["python", "-m", "scenarios.states"]], first=True, lab=True, needs=(LAB_IMAGES,)
    )
    return [states, *(dataclasses.replace(part, after=STATES) for part in found)]


def collect():
    """Return the parts on the lab, of the cases that pytest finds; end the program where it cannot read them.

    Those with the mark `molecule` are left to `make molecule`.
    """
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "-m", "not molecule", SCENARIOS]
    answer = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if answer.returncode:
        sys.exit(f"{answer.stdout}\n{shlex.join(command)}: pytest cannot collect the scenarios")
    return on_labs(answer.stdout.splitlines())


def molecule():
    """Return the parts of `make molecule`, one for each scenario.

    End the program where a scenario has no verify.yml: molecule only warns of that, and calls the scenario passed.
    """
    folders = sorted(path.parent for path in ROOT.glob("molecule/*/molecule.yml"))
    unverified = [folder.name for folder in folders if not (folder / "verify.yml").exists()]
    if unverified:
        sys.exit(
            f"Add a verify.yml to these scenarios, which molecule would call passed without: {', '.join(unverified)}"
        )
    return [
        Part(
            f"molecule-{folder.name}",
            "molecule",
            ("molecule", "test", "--scenario-name", folder.name),
            MOLECULE_SECONDS.get(folder.name, 400),
            needs=(LAB_IMAGES,),
            pytest=False,
            lab=True,
            own_core=folder.name == "hangs",
        )
        for folder in folders
    ]


def of_path(path):
    """Return the part that runs one path or node id of pytest alone, on a lab where it is one of the scenarios."""
    group = pathlib.PurePath(path.partition("::")[0]).parts[:2]
    if pathlib.PurePath(*group) == pathlib.PurePath(SCENARIOS):
        module, *names = path.partition("[")[0].split("::")
        return _scenario(
            _file_name(_scenario_name(module, names) + path[len("::".join([module, *names])) :]), module, [path]
        )
    name = _file_name(path.removeprefix("tests/"))
    needs = {"unit": UNIT_NEEDS, "browser": (BROWSER,), "awx": (AWX,)}.get(group[-1], ())
    return _pytest(name, group[-1], 30, [path], needs=needs)


def quick_lint(yaml_files):
    """Return the part that has what is quick of the lint, and yamllint for these files alone."""
    return _tools(
        "quick-lint", "check", 5, [RUFF, REUSE, *([[*YAMLLINT, *yaml_files]] if yaml_files else [])], first=True
    )


def some_units(name, paths):
    """Return the part `name` that runs these files of unit tests."""
    return _pytest(name, "check", 60, paths, needs=UNIT_NEEDS)


def in_turn(commands):
    """Return the command that runs these, each shown, up to the first that fails."""
    script = [f"echo {shlex.quote('== ' + shlex.join(command))}\n{shlex.join(command)}" for command in commands]
    return ("sh", "-ec", "\n".join(script))


def _tools(name, group, seconds, commands, **options):
    return Part(name, group, in_turn(commands), seconds, pytest=False, **options)


def _pytest(name, group, seconds, paths, **options):
    return Part(name, group, ("pytest", "--verbose", f"--junitxml={LOGS / name}.xml", *paths), seconds, **options)


def _matrix(name, group, cell, seconds):
    # One process: the schedule counts a part as one core.
    options = ("-vv", "--numprocesses=0", f"--junitxml={LOGS / name}.xml")
    command = ("python", "tests/bootstrap/matrix.py", cell, *options)
    return Part(name, group, command, seconds, needs=(OLDEST_CORE,))


def _scenario_name(module, names):
    return ".".join([pathlib.PurePath(module).stem.removeprefix("test_"), *names])


def _file_name(text):
    return re.sub(r"[^\w.]+", "-", text).strip("-")[:200]


def _scenario(name, module, what):
    # Nothing here uses Hypothesis, and each part would import it.
    return _pytest(
        name,
        "scenario",
        SECONDS.get(name, LAB_SECONDS),
        ["-p", "no:hypothesispytest", *what],
        lab=True,
        own_core=module in OWN_CORE,
        needs=(LAB_IMAGES,),
    )
