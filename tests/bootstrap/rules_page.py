# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make docs/rules.md from the table of rules and the presets.

render_docs.py, a part of `make lint`, checks that the page is up to date.
"""

import pathlib
import textwrap

from ansible_collections.sanops.multipath.plugins.module_utils._core import policy
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import advisories
from ansible_collections.sanops.multipath.plugins.plugin_utils._rules import table as rule_table

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "rules.md"
HEAD = """<!--
SPDX-FileCopyrightText: 2026 The sanops.multipath authors
SPDX-License-Identifier: GPL-3.0-or-later
Made by tests/bootstrap/rules_page.py from plugins/plugin_utils/_rules/ and plugins/module_utils/_core/policy.py:
change those, then run it.
-->

# The rules and policies

The audit checks every host against these rules: its configuration (MPC0, MPC1, MPC2), Fibre Channel as its kernel has
it (MPC3), and the [symptoms](symptoms.md) of SAN devices in trouble (MPC4). [fleet.json](fleet-json.md) has each
finding with its subject, the file and line behind it, the reason and the remedy; the summary shows each rule once. The
ids are stable.

What could not be read is not checked, and the report says so: `not_checked` in fleet.json, `NOT CHECKED` in the
summary. It is not reported as good. """
ADVISORIES = """## Arrays and clusters

The audit checks what the arrays and clusters themselves say against these rules, once for the fleet:
[advisories](advisories.md). They make no host noncompliant. """
POLICIES = """## Policies

Vendors recommend different values for some settings, so the site chooses: `multipath_conf_policy` in the inventory. The
role `multipath_conf` applies it to hosts, and the audit checks hosts against it. It may differ from host to host;
`audit_policy` is for hosts without one. It is the name of a preset, or a dictionary of changed settings:

```yaml
multipath_conf_policy:
  preset: kubernetes      # without it, default
  no_path_retry: 12
  recheck_wwid: null      # no opinion: any value will do
```

The values of all versions of multipath-tools are accepted (`always` and `yes` are the same `flush_on_last_del`, `off`
and `no` the same `find_multipaths`). A setting or a value that does not exist, or a `fast_io_fail_tmo` that is not
below `dev_loss_tmo`, fails the run at its start. `policy` of each host in [fleet.json](fleet-json.md) has the resulting
settings.

In the kernel, `dev_loss_tmo` may be larger than the policy says: multipathd raises it to `no_path_retry` times its
polling interval, so that a device stays as long as I/O waits for it (30 retries of 5 s make it 150 s). iSCSI sessions
have no `dev_loss_tmo`. """


def page():
    parts = [
        HEAD,
        *table(rule_table.RULES),
        *explained(rule_table.RULES, "##"),
        "",
        ADVISORIES,
        *table(advisories.RULES),
        *explained(advisories.RULES, "###"),
    ]
    parts += ["", POLICIES]
    for name, preset in policy.PRESETS.items():
        parts += [
            f"### {name}",
            "",
            preset["about"],
            "",
            "| setting | value | where it comes from |",
            "| --- | --- | --- |",
        ]
        parts += [
            f"| `{key}` | {value(preset['settings'][key]['value'])} | {preset['settings'][key]['source']} |"
            for key in policy.KEYS
        ] + [""]
    return "\n".join(line if line.startswith("|") else fill(line) for line in "\n".join(parts).split("\n"))


def fill(line):
    """Return a line of prose as lines of at most 120 columns."""
    return textwrap.fill(line, 120, break_long_words=False, break_on_hyphens=False)


def table(rules):
    return ["| rule | severity | |\n| --- | --- | --- |"] + [
        f"| [{rule['id']}](#{anchor(rule)}) | {rule['severity']} | {rule['title']} |" for rule in rules
    ]


def explained(rules, heading):
    return [
        part
        for rule in rules
        for part in (
            "",
            f"{heading} {rule['id']}: {rule['title']}",
            "",
            rule["reason"],
            "",
            f"**What to do:** {rule['remedy']}.",
        )
    ]


def anchor(rule):
    """Return the anchor that GitHub makes of a rule's heading."""
    words = f"{rule['id']}: {rule['title']}".lower()
    return "".join(letter for letter in words if letter.isalnum() or letter in " -_").replace(" ", "-")


def value(text):
    return "no opinion" if text is None else f"`{text}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
