# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep the words of words.txt out of what is shipped and read.

To hold another folder, add it to HELD; `python tests/unit/language/test_words.py PATH...` lists what stands in the way.
"""

import fnmatch
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
WORDS = pathlib.Path(__file__).with_name("words.txt")
# Files and folders whose text is checked.
HELD = (
    "CONTRIBUTING.md",
    "Makefile",
    "README.md",
    "changelogs",
    "docs",
    "execution-environment.yml",
    "playbooks",
    "plugins",
    "roles",
    "tests",
)
# Text of others (licenses, output of tools), the requests that are recorded from a role, and the list with its test.
LEFT_OUT = ("LICENSES/*", "tests/awx/*.json", "tests/lab/image/*", "tests/unit/language/*", "tests/unit/recordings/*")
# Between two words of a phrase: spaces, and a line break with the marks of a comment on the next line.
BETWEEN = r"[\s#*/|]+"


def rules():
    """Return pairs of a compiled pattern and what to say instead."""
    lines = (line for line in WORDS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))
    return [
        (re.compile(rf"(?<![a-z])(?:{pattern.replace(' ', BETWEEN)})(?![a-z])", re.IGNORECASE), instead)
        for pattern, instead in (line.rsplit(" | ", 1) for line in lines)
    ]


def unwanted(text, name):
    """Return one message for each unwanted phrase in `text`, which is the content of the file `name`."""
    found = [(match.start(), match[0], instead) for pattern, instead in rules() for match in pattern.finditer(text)]
    return [
        f"{name}:{text.count(chr(10), 0, start) + 1}: {' '.join(words.split())!r}; say: {instead}"
        for start, words, instead in sorted(found)
    ]


def messages(paths):
    """Return the messages about all text files of git below `paths`."""
    return [message for name in files(paths) for message in unwanted((ROOT / name).read_text(encoding="utf-8"), name)]


def files(paths):
    """Return the names of the text files of git below `paths`."""
    command = ["git", "ls-files", "-z", "--", *paths]
    listing = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    names = [name for name in listing.split("\0") if name and (ROOT / name).is_file()]
    # Not by git's own exclusion, which can leave out everything below a single path.
    names = [name for name in names if not any(fnmatch.fnmatch(name, pattern) for pattern in LEFT_OUT)]
    return [name for name in names if b"\0" not in (ROOT / name).read_bytes()]


@pytest.mark.parametrize("path", HELD)
def test_plain_words(path):
    assert files([path])
    assert messages([path]) == []


def test_unwanted_phrases_are_found_across_lines_and_in_any_case():
    assert unwanted("a tool\n# that takes\n# it away. FUSE is a file system; foretold.\nTold so.", "x.py") == [
        "x.py:2: 'takes # it away'; say: remove (a device), flush (a map), unmap (a LUN)",
        "x.py:4: 'Told'; say: reported, listed, notified; as a variable: messages, output",
    ]


if __name__ == "__main__":
    unwanted_words = messages(sys.argv[1:] or ["."])
    print("\n".join(unwanted_words))
    sys.exit(1 if unwanted_words else 0)
