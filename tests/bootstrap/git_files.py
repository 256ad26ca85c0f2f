# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a working tree, as git tells them."""

import subprocess

WORKING_TREE = ("--cached", "--others", "--exclude-standard")


def listed(root, *arguments):
    """Return the names that `git ls-files` gives; with WORKING_TREE, all that git knows or would add."""
    command = ["git", "ls-files", "-z", *arguments]
    listing = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True)
    return listing.stdout.split("\0")[:-1]
