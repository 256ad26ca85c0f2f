# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution environment before there is podman: its lock files, what goes into it, and what would be run."""

import io
import json
import pathlib
import re
import resource
import subprocess
import tarfile
import zipfile

import ee_base
import ee_parts
import ee_podman
import pytest
import yaml
from lab import image

import ee

LOCKS = ["builder", "collections", "image", "tools"]
PINNED = re.compile(r"([a-z0-9._-]+)==[^ ]+( ; .+)? \\(\n +--hash=sha256:[0-9a-f]{64}( \\)?)+")


def uncommented(text):
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")).strip()


class TestLocks:
    @pytest.mark.parametrize("name", LOCKS)
    def test_every_entry_has_one_version_and_its_hashes(self, name):
        text = uncommented((ee_parts.LOCKS / f"{name}.txt").read_text())
        assert PINNED.sub("", text).strip() == ""

    @pytest.mark.parametrize("name", LOCKS)
    def test_what_is_wanted_is_locked(self, name):
        wanted = re.findall(r"^[a-z0-9._-]+", uncommented((ee_parts.LOCKS / f"{name}.in").read_text()), re.MULTILINE)
        locked = [match[1] for match in PINNED.finditer((ee_parts.LOCKS / f"{name}.txt").read_text())]
        assert set(wanted) <= set(locked) and wanted

    def test_what_the_image_and_its_builder_share_has_one_version(self):
        texts = [(ee_parts.LOCKS / f"{name}.txt").read_text() for name in ("image", "builder")]
        in_image, in_builder = (dict(re.findall(r"^([a-z0-9._-]+)==([^ ]+)", text, re.MULTILINE)) for text in texts)
        shared = set(in_image) & set(in_builder)
        assert shared and {name: in_image[name] for name in shared} == {name: in_builder[name] for name in shared}

    def test_the_collections_are_those_that_are_unpacked_and_yaml_says_the_same(self):
        text = (ee_parts.LOCKS / "collections.yml").read_text()
        locked = ee_parts.locked_versions(text)
        assert sorted(locked) == ee_parts.COLLECTIONS
        assert {entry["name"]: entry["version"] for entry in yaml.safe_load(text)["collections"]} == locked

    def test_the_collections_are_those_that_this_one_depends_on(self):
        assert sorted(yaml.safe_load((ee.ROOT / "galaxy.yml").read_text())["dependencies"]) == ee_parts.COLLECTIONS


class TestDefinition:
    @pytest.fixture
    def definition(self):
        return yaml.safe_load((ee.ROOT / "execution-environment.yml").read_text())

    def test_python_packages_come_from_the_lock_and_are_checked_against_its_hashes(self, definition):
        installs = [step for step in definition["additional_build_steps"]["prepend_base"] if "pip install" in step]
        assert len(installs) == 1 and "--require-hashes" in installs[0] and installs[0].endswith("/image.txt")
        # Otherwise ansible-builder would ask for the newest ones first.
        assert not {"ansible_core", "ansible_runner", "python"} & set(definition["dependencies"])

    def test_collections_come_from_files_and_not_from_galaxy(self, definition):
        collections = definition["dependencies"]["galaxy"]["collections"]
        assert {entry["type"] for entry in collections} == {"file"}
        files = {f"collections/{name.replace('.', '-')}.tar.gz" for name in ["sanops.multipath", *ee_parts.COLLECTIONS]}
        assert {entry["name"] for entry in collections} == files

    def test_what_the_collection_says_of_itself_is_in_the_image(self):
        own = yaml.safe_load((ee.ROOT / "meta/execution-environment.yml").read_text())["dependencies"]
        python = uncommented((ee.ROOT / own["python"]).read_text())
        assert python in (ee_parts.LOCKS / "image.in").read_text().splitlines()
        system = [
            line.split()[0]
            for line in uncommented((ee.ROOT / own["system"]).read_text()).splitlines()
            if "platform:dpkg" in line
        ]
        assert system and set(system) <= set(ee_base.PACKAGES)


class TestParts:
    @pytest.fixture
    def wheel(self):
        """Return the package ansible with a collection whose MANIFEST.json lists tests that the package leaves out."""
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            folder = "ansible_collections/some/thing"
            info = {
                "namespace": "some",
                "name": "thing",
                "version": "1.2.3",
                "license": [],
                "license_file": "COPYING",
                "homepage": None,
            }
            archive.writestr(f"{folder}/MANIFEST.json", json.dumps({"collection_info": info}))
            archive.writestr(f"{folder}/FILES.json", json.dumps({"files": [{"name": "tests/unit/test_it.py"}]}))
            archive.writestr(f"{folder}/plugins/modules/it.py", "pass\n")
            archive.writestr("ansible_collections/some/thing_else/plugins/modules/other.py", "pass\n")
        return zipfile.ZipFile(data)

    def test_a_collection_is_unpacked_as_a_source(self, wheel, tmp_path):
        ee_parts.unpack(wheel, "some.thing", tmp_path / "source")
        files = sorted(
            str(path.relative_to(tmp_path / "source")) for path in (tmp_path / "source").rglob("*") if path.is_file()
        )
        assert files == ["galaxy.yml", "plugins/modules/it.py"]
        galaxy = yaml.safe_load((tmp_path / "source/galaxy.yml").read_text())
        assert galaxy == {"namespace": "some", "name": "thing", "version": "1.2.3", "license_file": "COPYING"}

    def test_the_digest_is_of_the_contents_and_not_of_the_time(self, tmp_path):
        def artifact(name, manifest, time):
            with tarfile.open(tmp_path / name, "w:gz") as archive:
                entry = tarfile.TarInfo("MANIFEST.json")
                entry.size, entry.mtime = len(manifest), time
                archive.addfile(entry, io.BytesIO(manifest))
            return ee_parts.contents(tmp_path / name)

        assert artifact("a", b"one", 1) == artifact("b", b"one", 2) != artifact("c", b"two", 1)

    def test_wheels_are_downloaded_once_and_against_their_hashes(self, monkeypatch, tmp_path):
        commands = []

        def pip(title, command, log):
            commands.append(command)
            (tmp_path / "wheels").mkdir()

        monkeypatch.setattr(ee_parts, "LOCKS", tmp_path)
        monkeypatch.setattr(ee_parts.progress, "run", pip)
        (tmp_path / "image.txt").write_text("jmespath==1.1.0\n")
        for dummy in range(2):
            ee_parts.download(tmp_path, "packages", ["image.txt"], tmp_path / "wheels", "3.13")
        assert len(commands) == 1
        assert {
            "--require-hashes",
            "--only-binary=:all:",
            "--python-version=3.13",
            f"--requirement={tmp_path / 'image.txt'}",
        } <= set(commands[0])
        (tmp_path / "image.txt").write_text("jmespath==1.1.1\n")
        ee_parts.download(tmp_path, "packages", ["image.txt"], tmp_path / "wheels", "3.13")
        ee_parts.download(tmp_path, "packages", ["image.txt"], tmp_path / "wheels", "3.12")
        assert len(commands) == 3


class TestBase:
    def test_nothing_is_said_while_debian_has_what_the_lock_names(self):
        assert ee_base.drift("# comment\nopenssl=1\n", "openssl=1\n") == []

    def test_what_changed_came_or_went_is_said(self):
        [line] = ee_base.drift("openssl=1\nzlib=1\n", "openssl=2\nxz=1\n")
        assert line.endswith("openssl 1 -> 2, xz none -> 1, zlib 1 -> none")

    def test_another_lock_is_another_image(self, monkeypatch, tmp_path):
        before = ee_base.name()
        monkeypatch.setattr(ee_base, "LOCK", tmp_path / "base.txt")
        ee_base.LOCK.write_text("openssl=2\n")
        assert ee_base.name() != before

    @pytest.mark.parametrize(
        ("sources", "mirror"),
        [
            ("deb https://mirror.example/debian trixie main\n", "http://deb.debian.org/debian-security"),
            (
                (
                    "deb https://mirror.example/security trixie-security main\ndeb "
                    "https://mirror.example/debian trixie main\n"
                ),
                "https://mirror.example/security",
            ),
        ],
    )
    def test_security_updates_come_from_their_own_archive(self, tmp_path, sources, mirror):
        (tmp_path / "sources.list").write_text(sources)
        assert image.mirror("trixie", tmp_path, "-security") == mirror
        assert image.mirror("trixie", tmp_path) == "https://mirror.example/debian"


class TestTests:
    @pytest.fixture
    def runs(self, monkeypatch, tmp_path):
        """Record the images that are tested; the tests end with the exit code `runs.code`."""

        class Runs(list):
            code = 0

        runs = Runs()

        def pytest_of(command, env, **options):
            runs.append(env["EE_IMAGE"])
            return subprocess.CompletedProcess(command, runs.code)

        monkeypatch.setattr(ee, "BUILD", tmp_path)
        monkeypatch.setattr(ee, "TESTS", tmp_path / "tests")
        (tmp_path / "tests").mkdir()
        monkeypatch.setattr(ee.subprocess, "run", pytest_of)
        monkeypatch.setattr(ee_podman, "identity", lambda image: f"id of {image}")
        return runs

    def test_what_has_passed_is_not_tested_again(self, runs):
        ee.test("one")
        ee.test("one")
        assert runs == ["one"]

    def test_another_image_and_another_test_are(self, runs, tmp_path):
        ee.test("one")
        ee.test("two")
        (tmp_path / "tests/test_more.py").touch()
        ee.test("two")
        assert runs == ["one", "two"]
        (tmp_path / "tests/test_more.py").write_text("more")
        ee.test("two")
        assert runs == ["one", "two", "two"]

    def test_what_has_failed_is_tested_again_and_ends_make(self, runs):
        runs.code = 1
        for dummy in range(2):
            with pytest.raises(SystemExit):
                ee.test("one")
        assert runs == ["one", "one"]


class TestCommands:
    @pytest.mark.parametrize(
        ("hard", "allowed"),
        [(resource.RLIM_INFINITY, (1048576, 32768)), (20000, (20000, 20000)), (4000000, (1048576, 32768))],
    )
    def test_a_container_never_asks_for_more_than_its_caller_has(self, monkeypatch, hard, allowed):
        monkeypatch.setattr(ee_podman.resource, "getrlimit", lambda number: (1024, hard))
        assert ee_podman.limits() == [
            f"--ulimit=nofile={allowed[0]}:{allowed[0]}",
            f"--ulimit=nproc={allowed[1]}:{allowed[1]}",
        ]

    def test_the_operator_may_choose_how_a_build_is_isolated(self, monkeypatch):
        monkeypatch.delenv("BUILDAH_ISOLATION", raising=False)
        assert ee_podman.build_environment()["BUILDAH_ISOLATION"] == "chroot"
        monkeypatch.setenv("BUILDAH_ISOLATION", "oci")
        assert ee_podman.build_environment()["BUILDAH_ISOLATION"] == "oci"

    def test_the_build_has_the_wheels_and_no_index(self, monkeypatch, tmp_path):
        monkeypatch.setattr(ee, "BUILD", tmp_path)
        words = " ".join(ee.build_command("name:1", "base:1", "digest"))
        assert (
            f"--volume={tmp_path}/wheels:/mnt:ro" in words and f"--volume={tmp_path}/pip.conf:/etc/pip.conf:ro" in words
        )
        assert "no-index = true" in (tmp_path / "pip.conf").read_text()
        assert "--build-arg=EE_BASE_IMAGE=base:1" in words and "--label=sanops.multipath.made-of=digest" in words

    @pytest.mark.parametrize("what", ["base", "collection", "file"])
    def test_whatever_it_is_made_of_makes_another_image(self, monkeypatch, tmp_path, what):
        monkeypatch.setattr(ee_parts, "LOCKS", tmp_path)
        (tmp_path / "image.txt").write_text("one")
        before = ee.inputs("base", "collection")
        assert before == ee.inputs("base", "collection")
        if what == "file":
            (tmp_path / "image.txt").write_text("two")
        assert before != ee.inputs(
            "other" if what == "base" else "base", "other" if what == "collection" else "collection"
        )

    def test_an_inventory_is_seen_with_its_folder_and_what_else_is_named(self, monkeypatch, tmp_path):
        monkeypatch.setattr(ee, "BUILD", tmp_path / "build")
        monkeypatch.setenv("EE_MOUNTS", f"{tmp_path}/keys {tmp_path}/lab")
        monkeypatch.setenv("EE_ARGS", "--limit 'node1 node2'")
        (tmp_path / "lab").mkdir()
        inventory = tmp_path / "lab/inventory.yml"
        inventory.touch()
        command = ee.audit_command("name:1", inventory)
        volumes = [word for word in command if word.startswith("--volume=")]
        assert volumes[1:] == [f"--volume={path}:{path}:ro" for path in (tmp_path / "lab", tmp_path / "keys")]
        assert volumes[0] == f"--volume={tmp_path}/build/report:/runner/report"
        assert f"--workdir={tmp_path}/lab" in command
        assert command[-2:] == ["--limit", "node1 node2"] and command[command.index("--inventory") + 1] == str(
            inventory
        )

    def test_a_folder_of_inventories_is_seen_itself(self, monkeypatch, tmp_path):
        monkeypatch.setattr(ee, "BUILD", tmp_path / "build")
        monkeypatch.delenv("EE_MOUNTS", raising=False)
        folder = pathlib.Path(tmp_path / "inventories")
        folder.mkdir()
        assert f"--volume={folder}:{folder}:ro" in ee.audit_command("name:1", folder)
