# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Part of `make lint`: build the artifact for Galaxy, and check that it has what users need and nothing else."""

import pathlib
import posixpath
import re
import subprocess
import sys
import tarfile

import git_files

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build/artifact"
BELONGS = set(
    "CHANGELOG.md CODE_OF_CONDUCT.md FILES.json LICENSES MANIFEST.json README.md SECURITY.md "
    "docs meta playbooks plugins roles".split()
)
# What only those need who change the collection.
NOT_FOR_USERS = ("docs/adr/",)
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def build(source, folder):
    """Build the artifact of the collection in `source` into `folder`; return its path."""
    command = ["ansible-galaxy", "collection", "build", "--force", "--output-path", str(folder), str(source)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return newest(folder)


def newest(folder=FOLDER):
    """Return the path of the artifact that was built last into `folder`."""
    return max(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)


def broken_links(pages, names):
    """Return "page: target" of each relative link of Markdown pages that leads to no file or folder of `names`.

    Args:
        pages: {name: text}.
    """
    return [
        f"{page}: {target}"
        for page, text in pages.items()
        for target in LINK.findall(text)
        if "://" not in target and posixpath.normpath(posixpath.join(posixpath.dirname(page), target)) not in names
    ]


def main():
    artifact = build(ROOT, FOLDER)
    with tarfile.open(artifact) as archive:
        names = archive.getnames()
        pages = {name: archive.extractfile(name).read().decode() for name in names if name.endswith(".md")}
    unexpected = [name for name in names if name.split("/")[0] not in BELONGS or "__pycache__" in name]
    if unexpected:
        sys.exit(
            f"{artifact.name} has unexpected files; add them to build_ignore in galaxy.yml: {', '.join(unexpected)}"
        )
    # Files other than Python are needed, too: the page of the report, for example.
    needed = git_files.listed(ROOT, "plugins", "roles", "playbooks", "docs")
    missing = [
        name for name in needed if (ROOT / name).exists() and name not in names and not name.startswith(NOT_FOR_USERS)
    ]
    if missing:
        sys.exit(f"{artifact.name} lacks what users need: {', '.join(missing)}")
    broken = broken_links(pages, names)
    if broken:
        sys.exit(f"{artifact.name} has links to what is not in it: {', '.join(broken)}")
    print(f"{artifact.relative_to(ROOT)} has {len(names)} files and folders, all expected")


if __name__ == "__main__":
    main()
