# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The lookups of this collection, asked by an action plugin.

Nothing passes through a template on this way: since core 2.19, what does is walked through value by value, which for
the answers about a thousand hosts takes minutes.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge.evidence import Ask


def of(action: ActionBase, task_vars: Mapping[str, t.Any]) -> Ask:
    """Return a function that asks a lookup with the variables of a task."""

    def ask(name: str, terms: Sequence[str], **options: t.Any) -> list[t.Any]:
        lookup = lookup_loader.get("sanops.multipath." + name, loader=action._loader, templar=action._templar)
        answers: list[t.Any] = lookup.run(list(terms), variables=task_vars, **options)
        return answers

    return ask
