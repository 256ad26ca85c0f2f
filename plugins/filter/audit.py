# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The filters that judge facts and answers which a playbook has in its own variables: thin fronts over
plugin_utils/_judge and plugin_utils/_report. The roles judge in action plugins.
"""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Mapping, Sequence

from ansible.errors import AnsibleFilterError
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import views as arrays_views
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import devices as judge_devices
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import evidence as judge_evidence
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import facts as judge_facts
from ansible_collections.sanops.multipath.plugins.plugin_utils._judge import shapes
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import compliance
from ansible_collections.sanops.multipath.plugins.plugin_utils._report import fleet as report_fleet

MAX_AGE = 3600  # seconds


def verdicts(
    facts: t.Any, lun_maps: t.Any = (), luns: t.Any = (), max_age: float = MAX_AGE, documents: t.Any = ()
) -> list[shapes.Device]:
    """See verdicts.yml."""
    why = judge_facts.unusable(facts)
    if why:
        raise AnsibleFilterError(f"sanops.multipath.verdicts: {why}")
    _check_answers("verdicts", lun_maps, luns, documents)
    evidence = judge_evidence.of_answers(lun_maps, luns, _now(), max_age, documents=documents)
    return judge_devices.judged(facts, evidence.view, evidence.documents)


def fleet(
    results: Mapping[str, t.Any],
    lun_maps: t.Any = (),
    luns: t.Any = (),
    max_age: float = MAX_AGE,
    policies: Mapping[str, t.Any] | None = None,
    exceptions: Sequence[t.Any] = (),
    fail_on: str | None = "",
    array_views: Sequence[t.Any] = (),
    documents: t.Any = (),
) -> t.Any:
    """See fleet.yml."""
    now = _now()
    _check_answers("fleet", lun_maps, luns, documents)
    try:
        resolved = report_fleet.policies(results, policies)
        excuses, fail_on = compliance.checked(exceptions, now.date()), compliance.severity(fail_on)
        snapshots = arrays_views.read(array_views)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc
    report = report_fleet.fleet(results, lun_maps, luns, now, max_age, resolved, snapshots, documents)
    return compliance.apply(report, exceptions, fail_on, now.date()) if excuses or fail_on else report


def _check_answers(name: str, lun_maps: t.Any, luns: t.Any, documents: t.Any) -> None:
    try:
        judge_evidence.check_answers(lun_maps, luns, documents)
    except ValueError as exc:
        raise AnsibleFilterError(f"sanops.multipath.{name}: {exc}") from exc


def _now() -> datetime.datetime:
    return judge_evidence.now()


class FilterModule:
    def filters(self) -> dict[str, t.Any]:
        return {"verdicts": verdicts, "fleet": fleet}
