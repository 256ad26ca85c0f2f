# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make sanity`: run ansible-test sanity on a copy of the working tree, and check that it really tested.

ansible-test wants a real folder named ansible_collections/NAMESPACE/NAME, and takes its list of files from git. The
copy therefore is a git repository of its own: as part of a git-ignored folder it would have no files, and that is a
success.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import git_files
import pythons

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
COPY = BUILD / "sanity/ansible_collections/sanops/multipath"
GET_PIP = pathlib.Path(__file__).with_name("get_pip.py")

# ansible-core 2.19 and 2.21 run 24; a much lower number means that tests were lost, not that all is well.
FEWEST_TESTS = 20
# Those that look at code, and that a lost requirement would drop.
INDISPENSABLE = {"validate-modules", "import", "compile", "pylint", "pep8", "ansible-doc", "yamllint"}


def main():
    copy_working_tree()
    provide_get_pip()
    print("ansible-test sanity (the first run makes its virtual environments: two to three minutes) ...", flush=True)
    # That of the virtual environment whose Python runs this: `make test-matrix` has one for each release of
    # ansible-core.
    command = [str(pathlib.Path(sys.executable).with_name("ansible-test")), "sanity", "--requirements", "--color", "no"]
    lines = []
    environment = dict(os.environ, PATH=path_of_pythons())
    with subprocess.Popen(
        command,
        cwd=COPY,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as child:
        for line in child.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    if child.returncode:
        sys.exit(child.returncode)
    problems = what_was_not_tested("".join(lines))
    if problems:
        sys.exit("ansible-test passed, but did not test everything:\n" + "\n".join(problems))


def copy_working_tree():
    """Copy every file that git knows or would add, but for the tests, which are in no artifact; ruff checks those."""
    shutil.rmtree(COPY, ignore_errors=True)
    for name in git_files.listed(ROOT, *git_files.WORKING_TREE):
        source = ROOT / name
        if name.startswith("tests/") and name != "tests/config.yml":
            continue
        if source.is_symlink() or source.is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, COPY / name, follow_symlinks=False)
    for arguments in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *arguments], cwd=COPY, check=True)


def provide_get_pip():
    """Put the stand-in where ansible-test looks for a get-pip.py that it downloaded before."""
    import ansible_test

    source = pathlib.Path(ansible_test.__file__).parent / "_internal/python_requirements.py"
    versions = set(re.findall(r"pip='([0-9.]+)'", source.read_text()))
    if not versions:
        sys.exit(f"{source} names no pip version: adapt provide_get_pip in tests/bootstrap/sanity.py")
    cache = pathlib.Path.home() / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in versions:
        shutil.copyfile(GET_PIP, cache / (f"get_pip_{version.replace('.', '_')}.py"))


def path_of_pythons():
    """Return a PATH with every interpreter of this machine, and without shims that refuse to run."""
    folder = BUILD / "pythons"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for version in pythons.ALL:
        interpreter = pythons.find(version)
        if interpreter:
            (folder / f"python{version}").symlink_to(interpreter)
    others = [entry for entry in os.get_exec_path() if os.path.basename(entry) != "shims"]
    return os.pathsep.join([others[0], str(folder), *others[1:]])


def what_was_not_tested(output):
    """Return one sentence for each test that `output` of ansible-test shows as lost or skipped."""
    ran = set(re.findall(r'^Running sanity test "([^"]+)"', output, re.MULTILINE))
    problems = []
    if "All targets skipped" in output:
        problems.append("All targets were skipped.")
    if len(ran) < FEWEST_TESTS:
        problems.append(f"Only {len(ran)} sanity tests ran, at least {FEWEST_TESTS} are expected.")
    problems.extend(f"The test {name} did not run." for name in sorted(INDISPENSABLE - ran))
    problems.extend(re.findall(r"^.*Required program .* not found.*$", output, re.MULTILINE))
    for line in re.findall(r"^.*Skipping sanity test.*$", output, re.MULTILINE):
        # An interpreter that this machine has not is the one good reason; `make unit` says which are missing.
        if "because it could not be found" not in line:
            problems.append(line)
    return problems


if __name__ == "__main__":
    main()
