# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules run on a node by its Python alone, as Ansible's own documentation has developers do it.

Ansible packs, sends and compiles each call again, which on an emulated CPU takes three times as long. The playbooks and
roles go Ansible's way.
"""

import functools
import hashlib
import io
import json
import pathlib
import tarfile

import ansible.module_utils

OURS = pathlib.Path("ansible_collections/sanops/multipath/plugins")
HERE = pathlib.Path(__file__).parents[2] / "plugins"
THEIRS = pathlib.Path(ansible.module_utils.__file__).parent


class Modules:
    """The collection's modules on one node (of lab.ssh), by its *python*; they are put there at the first call."""

    def __init__(self, node, python="python3"):
        self.node, self.python = node, python

    def run(self, name, check, args):
        """Return the result of a module. `failed` and `changed` are always in it, as with Ansible."""
        content, digest = archive()
        folder = f"/var/lib/modules.{digest}"
        if self.node.run(f"[ -d {folder} ]", check=False).returncode:
            new = f"{folder}.new"
            # On the disk first: a test that powers the node off would find empty files under the right name.
            self.node.run(
                f"set -e; rm -rf /var/lib/modules.*; mkdir {new}; tar -C {new} -xf -; sync -f {new}; mv {new} {folder}",
                stdin=content,
            )
        given = {
            "ANSIBLE_MODULE_ARGS": {
                **args,
                "_ansible_check_mode": check,
                "_ansible_diff": True,
                "_ansible_module_name": f"sanops.multipath.{name}",
            }
        }
        module = ".".join((*OURS.parts, "modules", name))
        done = self.node.run(
            f"cd /; PYTHONPATH={folder} {self.python} -m {module}",
            stdin=json.dumps(given).encode(),
            check=False,
            timeout=900,
        )
        lines = [line for line in done.stdout.decode().splitlines() if line.startswith("{")]
        assert lines, (
            f"{name} said nothing that is JSON (exit code {done.returncode}): {(done.stdout + done.stderr).decode()}"
        )
        return {"failed": False, "changed": False, **json.loads(lines[-1])}


@functools.cache
def archive():
    """Return a tar of what a module imports, and its digest."""
    files = {"ansible/__init__.py": b""}
    for root, to in (
        (THEIRS, "ansible/module_utils"),
        (HERE / "module_utils", str(OURS / "module_utils")),
        (HERE / "modules", str(OURS / "modules")),
    ):
        files.update({f"{to}/{path.relative_to(root)}": path.read_bytes() for path in sorted(root.rglob("*.py"))})
    digest = hashlib.sha256()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            digest.update(name.encode() + b"\0" + content + b"\0")
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue(), digest.hexdigest()[:16]
