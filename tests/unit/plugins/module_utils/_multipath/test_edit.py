# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files have to change for a policy, and how little of them."""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import edit as multipath_edit
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import effective as effective_conf
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import values as multipath_values

FOLDER = "/etc/multipath/conf.d"
OURS = f"{FOLDER}/{multipath_edit.DROP_IN}"
MAIN = "/etc/multipath.conf"
POLICY = {"no_path_retry": "30", "dev_loss_tmo": "60"}
WWID = "3600a0980000000000000000000000001"
PRINTED = """defaults {
    find_multipaths "strict"
    recheck_wwid "no"
    fast_io_fail_tmo 5
}
devices {
    device {
        vendor "NETAPP"
        product "LUN"
        no_path_retry "queue"
        dev_loss_tmo "infinity"
    }
}
"""


def dialect(**changes):
    return multipath_values.Dialect(
        **{
            "strict": True,
            "flushes": False,
            "protocols": True,
            "rechecks": True,
            "find_multipaths": "strict",
            **changes,
        }
    )


def changes(files, policy=None, version=None):
    version = version or dialect()
    return multipath_edit.changes(files, FOLDER, policy or POLICY, effective_conf.built_in(PRINTED, version), version)


def test_our_file_alone():
    text = multipath_edit.drop_in(sorted(POLICY.items()))
    assert changes([]) == [(OURS, text)]
    assert text.splitlines()[1:] == ["overrides {", '\tdev_loss_tmo "60"', '\tno_path_retry "30"', "}"]


def test_what_stands_only_in_defaults():
    text = dict(changes([], {"find_multipaths": "no", "recheck_wwid": "yes", "no_path_retry": "30"}))[OURS]
    assert text.splitlines()[1:] == [
        "defaults {",
        '\tfind_multipaths "off"',
        '\trecheck_wwid "yes"',
        "}",
        "overrides {",
        '\tno_path_retry "30"',
        "}",
    ]


def test_a_setting_that_this_version_does_not_know_is_left_out():
    text = dict(changes([], {"recheck_wwid": "yes", "no_path_retry": "30"}, dialect(rechecks=False)))[OURS]
    assert "recheck_wwid" not in text


def test_it_is_in_effect_and_stays_as_it_is():
    first = changes([(MAIN, "defaults {\n}\n")])
    assert changes(first) == first


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f"multipaths {{\n multipath {{\n  wwid {WWID}\n  no_path_retry queue # the database waits\n }}\n}}\n",
            'no_path_retry "30" # the database waits',
        ),
        (f'multipaths {{\n multipath {{\n  wwid {WWID}\n  no_path_retry "queue"\n }}\n}}\n', 'no_path_retry "30"\n'),
        (
            f"multipaths {{\n multipath {{\n  wwid {WWID}\n  no_path_retry\tqueue more\r\n }}\n}}\n",
            'no_path_retry\t"30" more\r\n',
        ),
        ('overrides {\n protocol {\n  type "scsi:fcp"\n  dev_loss_tmo infinity\n }\n}\n', '  dev_loss_tmo "60"\n'),
    ],
)
def test_a_line_that_wins_gets_the_value(before, after):
    files = dict(changes([(MAIN, before)]))
    assert after in files[MAIN]
    changed = [pair for pair in zip(before.split("\n"), files[MAIN].split("\n"), strict=True) if pair[0] != pair[1]]
    assert len(changed) == 1


def test_a_line_that_does_not_win_stays():
    device = 'devices {\n device {\n vendor "NETAPP"\n product "LUN"\n no_path_retry queue\n }\n}\n'
    text = f"defaults {{\n no_path_retry queue\n}}\noverrides {{\n no_path_retry queue\n}}\n{device}"
    assert dict(changes([(MAIN, text)]))[MAIN] == text


def test_a_file_that_is_read_after_ours():
    late = f"{FOLDER}/zzz.conf"
    files = changes([(late, "overrides {\n no_path_retry queue\n}\n")])
    assert [path for path, dummy in files] == [OURS, late]
    assert 'no_path_retry "30"' in dict(files)[late]


def test_maps_that_are_not_there_count_too():
    other = WWID[:-1] + "2"
    text = (
        f"multipaths {{\n multipath {{\n  wwid {WWID}\n  no_path_retry 30\n }}\n"
        f" multipath {{\n  wwid {other}\n  no_path_retry queue\n }}\n}}\n"
    )
    assert dict(changes([(MAIN, text)]))[MAIN] == text.replace("queue", '"30"')


def test_a_word_in_another_spelling_is_in_effect():
    version = dialect(flushes=True)
    text = f"multipaths {{\n multipath {{\n  wwid {WWID}\n  flush_on_last_del always\n }}\n}}\n"
    assert dict(changes([(MAIN, text)], {"flush_on_last_del": "yes"}, version))[MAIN] == text


def test_our_file_speaks_the_words_of_the_version():
    """0.11.1 complains of "yes" for flush_on_last_del."""
    assert 'flush_on_last_del "always"' in dict(changes([], {"flush_on_last_del": "yes"}, dialect(flushes=True)))[OURS]
    assert 'flush_on_last_del "yes"' in dict(changes([], {"flush_on_last_del": "yes"}))[OURS]


def test_a_line_that_cannot_be_changed():
    """Its value would begin on one piece of the line, and end on the next."""
    text = f"multipaths {{\n multipath {{\n  wwid {WWID}\n  no_path_retry{' ' * 1000}queue\n }}\n}}\n"
    with pytest.raises(multipath_edit.Stuck, match="line 4 would not set no_path_retry any more"):
        changes([(MAIN, text)], {"no_path_retry": "123456789"})


def test_what_is_not_in_effect_is_reported_with_its_place():
    version = dialect()
    text = f"multipaths {{\n multipath {{\n  wwid {WWID}\n  no_path_retry 5\n }}\n}}\n"
    conf = effective_conf.read([(MAIN, text)], effective_conf.built_in(PRINTED, version), version)
    found = multipath_edit.not_in_effect(conf, [("no_path_retry", "30")], version)
    assert (
        "no_path_retry",
        "30",
        {"value": "5", "source": {"file": MAIN, "line": 4, "section": f"multipath {WWID}"}},
    ) in found
