# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make mutation`: break each rule of the core, one at a time, and check that a test fails.

cosmic-ray makes the mutants, in a copy of the collection below build/mutation. Survivors are printed as diffs and are
in build/mutation/NAME.txt: each is either equivalent (tests/mutation/README.md says why) or a test that is missing. It
takes about an hour, so it is no part of `make test`.
"""

import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import sys

from bootstrap import git_files

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "mutation"
UNIT = "tests/unit/plugins"
# The modules that decide, and the tests that must fail beside their own.
CORE = {
    "module_utils/_core/verdict": [],
    "module_utils/_core/identity": [],
    "module_utils/_inquiry/protocol": [],
    "module_utils/_removal/guards": [
        "module_utils/_open_iscsi/test_relogin.py",
        "module_utils/_core/test_proxmox_veto.py",
        "module_utils/_removal/test_sequence.py::TestSession",
    ],
    "plugin_utils/_judge/removal_decision": ["plugin_utils/_judge/test_plan.py"],
    "plugin_utils/_judge/facts": [],
    "plugin_utils/_judge/plan": ["plugin_utils/_judge/test_removal_decision.py"],
    "plugin_utils/_judge/safety_limits": ["plugin_utils/_judge/test_removal_decision.py"],
    "plugin_utils/_judge/record": ["plugin_utils/_judge/test_plan.py"],
    "plugin_utils/_judge/devices": [
        "plugin_utils/_judge/test_devices_words.py",
        "plugin_utils/_arrays/test_views.py",
        "plugin_utils/_judge/test_device_owners.py",
    ],
    "plugin_utils/_judge/notes": [],
    "plugin_utils/_arrays/listing": ["plugin_utils/_arrays/test_ontap.py"],
    "plugin_utils/_arrays/lun_index": [],
    "plugin_utils/_rules/advisories_ontap": [],
}
# "%" formats text here: any other operator raises an error in every test. "is" is never written by mistake.
EXCLUDED = ["core/ReplaceBinaryOperator_Mod_.*", "core/ReplaceComparisonOperator_Is.*", "core/.*_IsNot", "core/.*_Is"]
# On the controller "|" stands in annotations alone, which are never evaluated.
EXCLUDED_ON_CONTROLLER = ["core/ReplaceBinaryOperator_BitOr_.*"]


def main(names):
    chosen = {name: others for name, others in CORE.items() if not names or pathlib.Path(name).stem in names}
    if not chosen:
        sys.exit(f"No such module. There are: {', '.join(pathlib.Path(name).stem for name in CORE)}")
    BUILD.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        survivors = list(pool.map(lambda pair: mutate(*pair), chosen.items()))
    sys.exit(f"{sum(survivors)} mutants survive." if any(survivors) else 0)


def mutate(name, others):
    """Try all mutants of one module; print and count those that survive."""
    room, stem = pathlib.Path(name).parent, pathlib.Path(name).stem
    path = f"plugins/{name}.py"
    tests = [f"{UNIT}/{test}" for test in (f"{room}/test_{stem}.py", *others)]
    folder = BUILD / stem
    copy(folder / "ansible_collections/sanops/multipath")
    session, config = folder / "session.sqlite", folder / "cosmic-ray.toml"
    excluded = EXCLUDED + (EXCLUDED_ON_CONTROLLER if name.startswith("plugin_utils/") else [])
    command = (
        f"env PYTHONPATH={folder}:tests PYTHONDONTWRITEBYTECODE=1 {sys.executable} -m pytest -x -q -p "
        f"no:xdist {' '.join(tests)}"
    )
    config.write_text(
        f'[cosmic-ray]\nmodule-path = "{path}"\ntimeout = 60.0\nexcluded-modules = []\ntest-command = "{command}"\n'
        f"[cosmic-ray.distributor]\nname = "
        f'"local"\n[cosmic-ray.filters.operators-filter]\nexclude-operators = '
        f"{json.dumps(excluded)}\n",
        encoding="utf-8",
    )
    where = folder / "ansible_collections/sanops/multipath"
    for program in (
        ["cosmic-ray", "baseline", config],
        ["cosmic-ray", "init", "--force", config, session],
        ["cr-filter-operators", session, config],
        ["cosmic-ray", "exec", config, session],
    ):
        subprocess.run([str(word) for word in program], cwd=where, check=True)
    return report(stem, where, session)


def copy(target):
    shutil.rmtree(target.parents[2], ignore_errors=True)
    wanted = ["plugins", "tests", "docs", "pytest.ini", "galaxy.yml", "meta"]
    for name in git_files.listed(ROOT, *git_files.WORKING_TREE, *wanted):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def report(stem, where, session):
    dumped = subprocess.run(
        ["cosmic-ray", "dump", str(session)], cwd=where, capture_output=True, text=True, check=True
    ).stdout
    pairs = [json.loads(line) for line in dumped.splitlines()]
    tried = [(item, result) for item, result in pairs if result and result["worker_outcome"] == "normal"]
    survived = [result["diff"] for dummy, result in tried if result["test_outcome"] == "survived"]
    text = "\n".join(survived)
    (BUILD / f"{stem}.txt").write_text(text, encoding="utf-8")
    print(f"{text}\n== {stem}: {len(tried)} mutants, {len(survived)} survive", flush=True)
    return len(survived)


if __name__ == "__main__":
    main(sys.argv[1:])
