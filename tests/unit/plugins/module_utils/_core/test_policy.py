# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy: presets, changed keys, and what is said about those that make no sense."""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._core import policy as core_policy

DEFAULT = {
    "no_path_retry": "30",
    "dev_loss_tmo": "60",
    "fast_io_fail_tmo": "5",
    "find_multipaths": None,
    "flush_on_last_del": "yes",
    "recheck_wwid": "yes",
}


@pytest.mark.parametrize(
    "policy, changes",
    [
        ("default", {}),
        ({}, {}),
        ("kubernetes", {"find_multipaths": "no"}),
        ("proxmox", {}),
        ("ontap_host_utilities", {"no_path_retry": "queue", "dev_loss_tmo": "infinity", "recheck_wwid": None}),
        ({"preset": "kubernetes", "no_path_retry": 12}, {"find_multipaths": "no", "no_path_retry": "12"}),
        # What YAML makes of yes, no and off; and the words of other versions.
        (
            {"find_multipaths": False, "recheck_wwid": False, "fast_io_fail_tmo": False},
            {"find_multipaths": "no", "recheck_wwid": "no", "fast_io_fail_tmo": "off"},
        ),
        ({"find_multipaths": True, "flush_on_last_del": True}, {"find_multipaths": "yes"}),
        ({"find_multipaths": "off", "flush_on_last_del": "always"}, {"find_multipaths": "no"}),
        (
            {"find_multipaths": "on", "flush_on_last_del": "unused"},
            {"find_multipaths": "yes", "flush_on_last_del": "no"},
        ),
        (
            {"flush_on_last_del": "never", "find_multipaths": "greedy"},
            {"flush_on_last_del": "never", "find_multipaths": "greedy"},
        ),
        ({"no_path_retry": 0, "fast_io_fail_tmo": 0}, {"no_path_retry": "fail", "fast_io_fail_tmo": "0"}),
        ({"no_path_retry": " 030 ", "dev_loss_tmo": "infinity"}, {"dev_loss_tmo": "infinity"}),
        ({"no_path_retry": None, "dev_loss_tmo": None}, {"no_path_retry": None, "dev_loss_tmo": None}),
    ],
)
def test_resolved(policy, changes):
    assert core_policy.resolve(policy) == dict(DEFAULT, **changes)


@pytest.mark.parametrize(
    "policy, message",
    [
        ("netapp", "there is no preset 'netapp'; there are default, kubernetes, ontap_host_utilities, proxmox"),
        ({"preset": ["default"]}, r"there is no preset \['default'\]; there are"),
        (None, "None is neither the name of a preset .* nor a dictionary"),
        (["default"], "is neither"),
        ({"no_path_retries": 3, "x": 1}, "there is no key no_path_retries, x; there are preset, dev_loss_tmo, "),
        ({1: 2}, "there is no key 1"),
        (
            {"no_path_retry": "forever"},
            "no_path_retry: 'forever' is none of its values: 0, fail, queue, or a number from 1 on",
        ),
        ({"no_path_retry": -1}, "no_path_retry: -1"),
        ({"no_path_retry": True}, "no_path_retry: True"),
        ({"no_path_retry": 2.5}, "no_path_retry: 2.5"),
        ({"dev_loss_tmo": 0}, "dev_loss_tmo: 0 is none of its values: infinity, or a number from 1 on"),
        ({"recheck_wwid": 1}, "recheck_wwid: 1 is none of its values: no, yes$"),
        ({"find_multipaths": {}}, r"find_multipaths: \{\} is none"),
        ({"dev_loss_tmo": 5}, "fast_io_fail_tmo: 5 has to be less than dev_loss_tmo, which is 5"),
    ],
)
def test_refused(policy, message):
    with pytest.raises(ValueError, match=message):
        core_policy.resolve(policy)


def test_every_value_of_every_preset_tells_where_it_comes_from():
    for preset in core_policy.PRESETS.values():
        assert set(preset["settings"]) == set(core_policy.KEYS) and preset["about"]
        assert all(setting["source"] for setting in preset["settings"].values())


def test_the_words_of_all_versions_are_one():
    assert [core_policy.spelled("flush_on_last_del", word) for word in ("yes", "always", "no", "unused", "never")] == [
        "yes",
        "yes",
        "no",
        "no",
        "never",
    ]
    assert core_policy.spelled("no_path_retry", "12") == "12"
