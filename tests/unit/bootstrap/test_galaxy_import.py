# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

import galaxy_import
import part_log
import pytest

REFUSED = (
    "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError(...)': /simple/\n"
    "ERROR: No matching distribution found for galaxy-importer\n"
)


@pytest.fixture
def pip(tmp_path, monkeypatch):
    """A function that lets pip end with an error and this output."""
    monkeypatch.setattr(galaxy_import, "LOGS", tmp_path)
    monkeypatch.setattr(galaxy_import, "VENV", tmp_path / "importer")

    def fails(output):
        def make(*dummy):
            (tmp_path / "pip.log").write_text(output)
            raise SystemExit(1)

        monkeypatch.setattr(galaxy_import.virtualenv, "make", make)

    return fails


def test_without_the_index_the_import_is_left_out_and_the_run_says_so(pip, tmp_path, capsys):
    pip(REFUSED)
    galaxy_import.set_up()
    first = capsys.readouterr().out
    galaxy_import.main()
    (tmp_path / "log").write_text(capsys.readouterr().out)
    assert part_log.left_out(tmp_path / "log") == [first.strip()] and "NOT RUN: galaxy-importer" in first


@pytest.mark.parametrize("output", ["ERROR: No matching distribution found for galaxy-importer==0.4.44\n", ""])
def test_another_failure_of_pip_is_one(pip, output):
    pip(output)
    with pytest.raises(SystemExit):
        galaxy_import.set_up()


def test_what_the_importer_says_is_wrong():
    output = "INFO: Collection loading complete\nWARNING: plugins/x.py: no documentation\nERROR: y\nno WARNING: z"
    output += "\nWARNING: ERROR    Failed to find sanops.multipath.audit playbook."
    assert galaxy_import.problems(output) == ["WARNING: plugins/x.py: no documentation", "ERROR: y"]
