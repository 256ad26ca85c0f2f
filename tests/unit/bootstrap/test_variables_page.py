# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/variables.md is what the roles and the playbooks say."""

import pytest
import variables_page
from ansible_collections.sanops.multipath.plugins.plugin_utils._roles import variables

PAGE = variables_page.page()
ROLES = variables.role_names()


def row(name):
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |")]
    return line.strip("| ").split(" | ")


def test_what_is_committed_is_what_the_roles_say():
    assert variables_page.PAGE.read_text(encoding="utf-8") == PAGE, (
        "docs/variables.md differs from the roles and playbooks; to update it, run: "
        "python tests/bootstrap/variables_page.py"
    )


@pytest.mark.parametrize("role", ROLES)
def test_each_variable_has_a_row_with_what_it_takes(role):
    for name, option in variables.options(role).items():
        dummy, takes, default, meaning = row(name)
        assert (takes, bool(default), bool(meaning)) == (variables.takes(option), True, True)


def test_each_playbook_has_a_row_with_its_roles():
    names = {path.stem for path in (variables_page.ROOT / "playbooks").glob("*.yml")}
    rows = {name: row(f"sanops.multipath.{name}") for name in names}
    assert all(about and roles for dummy, about, roles in rows.values())
    assert rows["preflight"][2] == "[audit](#audit)"
    assert rows["remediate"][2] == (
        "[stale_devices](#stale_devices), [multipath_conf](#multipath_conf), [iscsi_scan](#iscsi_scan)"
    )


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("audit_timeout", "`30`"),
        ("audit_become", "`true`"),
        ("audit_fail_on", "none"),
        ("audit_report_formats", '`["all"]`'),
        ("audit_report_previous", variables_page.DEFAULT_IN_WORDS),
        ("report_fragments", variables_page.DEFAULT_IN_WORDS),
        ("report_exceptions", variables_page.DEFAULT_IN_WORDS),
        ("stale_devices_arrays", "[`audit_arrays`](#audit)"),
        ("stale_devices_serial", "`1`"),
    ],
)
def test_defaults(name, default):
    assert row(name)[2] == default


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Not C(x) but V(y) or E(Z).", "Not `x` but `y` or `Z`."),
        ("See O(audit_timeout).", "See `audit_timeout`."),
        ("See O(sanops.multipath.report#role:variables:report_dir).", "See [`report_dir`](#report)."),
        ("See O(sanops.multipath.x#module:y).", "See `y` of the module `sanops.multipath.x`."),
        (
            "By P(sanops.multipath.awx#role) and P(sanops.multipath.x#lookup).",
            "By [awx](#awx) and `sanops.multipath.x`.",
        ),
        ("By M(a.b.c).", "By `a.b.c`."),
        ("In C(docs/awx.md) and C(docs/nothing.md).", "In [awx.md](awx.md) and `docs/nothing.md`."),
    ],
)
def test_markup(text, shown):
    assert variables_page.markdown(text, "audit") == shown


def test_no_markup_is_left():
    assert variables_page.MARKUP.findall(PAGE) == []
