# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Merging and precedence, with a few of the built-in entries of 0.9.4; tests/multipath_tools and
molecule/configuration ask the real ones.
"""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import effective as effective_conf
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import values as multipath_values

DIALECT = multipath_values.Dialect(strict=True, flushes=False, protocols=True, rechecks=True, find_multipaths="strict")
OLD = multipath_values.Dialect(strict=False, flushes=False, protocols=False, rechecks=False, find_multipaths="strict")
PRINTED = """defaults {
    features "0"
    flush_on_last_del "no"
    fast_io_fail_tmo 5
    find_multipaths "strict"
    recheck_wwid "no"
}
devices {
    device {
        vendor "NETAPP"
        product "LUN"
        features "2 pg_init_retries 50"
        no_path_retry "queue"
        flush_on_last_del "yes"
        dev_loss_tmo "infinity"
    }
    device {
        vendor "(NETAPP|LSI|ENGENIO)"
        product "INF-01-00"
        no_path_retry 30
    }
}
"""
WWID = "3600a0980000000000000000000000001"
MAIN = "/etc/multipath.conf"


def read(*texts, dialect=DIALECT):
    files = [
        (MAIN if number == 0 else f"/etc/multipath/conf.d/{number}.conf", text) for number, text in enumerate(texts)
    ]
    return effective_conf.read(files, effective_conf.built_in(PRINTED, dialect), dialect)


def effective(*texts, dialect=DIALECT, **subject):
    subject = {"wwid": WWID, "vendor": "NETAPP", "product": "LUN C-Mode", "protocol": "scsi:iscsi", **subject}
    return effective_conf.effective(read(*texts, dialect=dialect), **subject)


def value(key, *texts, **subject):
    return effective(*texts, **subject)[key]["value"]


def section(name, *lines):
    return "\n".join([f"{name} {{", *lines, "}", ""])


def device(vendor, product, *lines):
    return section("devices", "device {", f'vendor "{vendor}"', f'product "{product}"', *lines, "}")


def of_map(*lines, wwid=WWID):
    return section("multipaths", "multipath {", f"wwid {wwid}", *lines, "}")


def protocol(name, *lines):
    return section("overrides", "protocol {", f'type "{name}"', *lines, "}")


class TestPrecedence:
    def test_what_is_built_in(self):
        found = effective()
        assert {key: setting["value"] for key, setting in found.items()} == {
            "no_path_retry": "queue",
            "features": "2 pg_init_retries 50",
            "flush_on_last_del": "yes",
            "fast_io_fail_tmo": "5",
            "dev_loss_tmo": "infinity",
        }
        assert found["no_path_retry"]["source"] == {"file": None, "line": None, "section": "device NETAPP/LUN"}

    @pytest.mark.parametrize(
        ("key", "values"),
        [("no_path_retry", ("fail", "7", "8", "9")), ("flush_on_last_del", ("no", "yes", "no", "yes"))],
    )
    def test_map_overrides_device_defaults(self, key, values):
        texts = [
            section("defaults", f"{key} {values[0]}"),
            device("NETAPP", "LUN", f"{key} {values[1]}"),
            section("overrides", f"{key} {values[2]}"),
            of_map(f"{key} {values[3]}"),
        ]
        assert [value(key, *texts[:count]) for count in (2, 3, 4)] == list(values[1:])
        assert value(key, *texts[:1], product="Other") == values[0]

    @pytest.mark.parametrize("key", ["fast_io_fail_tmo", "dev_loss_tmo"])
    def test_protocol_overrides_device_defaults(self, key):
        texts = [
            section("defaults", f"{key} 16"),
            device("NETAPP", "LUN", f"{key} 17"),
            section("overrides", f"{key} 18"),
            protocol("scsi:iscsi", f"{key} 19"),
        ]
        assert [value(key, *texts[:count]) for count in (2, 3, 4)] == ["17", "18", "19"]
        assert value(key, *texts[:1], product="Other") == "16"
        assert value(key, *texts, protocol="scsi:fcp") == "18"

    def test_a_map_has_no_dev_loss_tmo_of_its_own(self):
        assert value("dev_loss_tmo", of_map("dev_loss_tmo 19")) == "infinity"

    def test_another_map(self):
        assert value("no_path_retry", of_map("no_path_retry 9", wwid=WWID[:-1] + "2")) == "queue"

    def test_later_files_and_later_lines_win(self):
        assert value("no_path_retry", section("overrides", "no_path_retry 7", "no_path_retry 8")) == "8"
        found = effective(section("overrides", "no_path_retry 7"), section("overrides", "no_path_retry 8"))[
            "no_path_retry"
        ]
        assert found == {
            "value": "8",
            "source": {"file": "/etc/multipath/conf.d/1.conf", "line": 2, "section": "overrides"},
        }

    def test_what_is_passed_over_changes_nothing(self):
        found = effective(section("overrides", "no_path_retry 7", "no_path_retry abc"))["no_path_retry"]
        assert (found["value"], found["source"]["line"]) == ("7", 2)

    def test_before_0_9_0_it_unsets(self):
        assert (
            value("no_path_retry", section("overrides", "no_path_retry 7", "no_path_retry abc"), dialect=OLD) == "queue"
        )

    def test_features_queue_where_no_path_retry_is_not_set(self):
        text = device("NETAPP", "Box", 'features "1 queue_if_no_path"')
        assert value("no_path_retry", text, product="Box") == "queue"
        assert value("no_path_retry", text, section("defaults", "no_path_retry fail"), product="Box") == "fail"


class TestDevices:
    def test_the_last_that_matches_wins(self):
        texts = [device("NETAPP", "LUN.*", "no_path_retry 7"), device("NET", "LUN", "no_path_retry 8")]
        assert value("no_path_retry", *texts) == "8"
        assert value("no_path_retry", *reversed(texts)) == "7"

    def test_an_entry_of_the_same_name_inherits_and_moves_to_the_end(self):
        """The trap of it: this entry, which says nothing of queueing, wins over the one that does."""
        texts = [device("NETAPP", "LUN.*", "no_path_retry fail"), device("NETAPP", "LUN", "fast_io_fail_tmo 7")]
        assert value("no_path_retry", *texts) == "queue"

    def test_one_of_another_name_does_not_inherit(self):
        conf = read(device("NETAPP", "LUN.*", "fast_io_fail_tmo 7"))
        assert "no_path_retry" not in conf["devices"][-1]["settings"]
        assert len(conf["devices"]) == 3

    def test_without_vendor_or_product_it_is_none(self):
        assert len(read(section("devices", "device {", 'vendor "X"', "no_path_retry 7", "}"))["devices"]) == 2

    def test_case_counts_and_names_are_searched_for(self):
        assert value("no_path_retry", vendor="netapp") is None
        assert value("no_path_retry", vendor="LSI", product="my INF-01-00") == "30"

    def test_a_pattern_that_is_none_matches_nothing(self):
        assert value("no_path_retry", device("NETAPP(", "LUN", "no_path_retry 7")) == "queue"

    def test_queueing_of_features_becomes_no_path_retry_when_inherited(self):
        conf = read(device("A", "B", 'features "1 queue_if_no_path"'), device("A", "B", "fast_io_fail_tmo 7"))
        settings = conf["devices"][-1]["settings"]
        assert (settings["no_path_retry"]["value"], settings["features"]["value"]) == ("queue", "0")
        assert settings["no_path_retry"]["source"] == {"file": MAIN, "line": 5, "section": "device A/B"}

    def test_before_0_9_0_an_empty_string_ends_inheritance(self):
        texts = [device("A", "B", 'features ""', "no_path_retry 7"), device("A", "B", "fast_io_fail_tmo 7")]
        assert value("no_path_retry", *texts, dialect=OLD, vendor="A", product="B") is None
        assert value("no_path_retry", *texts, vendor="A", product="B") == "7"

    def test_before_0_9_0_features_stay_as_they_are_where_inheritance_ended(self):
        texts = [device("A", "B", 'prio_args ""'), device("A", "B", 'features "1 queue_if_no_path"')]
        assert read(*texts, dialect=OLD)["devices"][-1]["settings"]["features"]["value"] == "1 queue_if_no_path"
        assert read(*texts)["devices"][-1]["settings"]["features"]["value"] == "0"


class TestEntries:
    def test_two_for_one_map(self):
        found = effective(of_map("no_path_retry 7", "flush_on_last_del no"), of_map("no_path_retry 8"))
        assert [found[key]["value"] for key in ("no_path_retry", "flush_on_last_del")] == ["8", "no"]

    def test_before_0_9_0_an_empty_string_ends_inheritance(self):
        texts = [of_map('features ""', "no_path_retry 7"), of_map("flush_on_last_del no")]
        assert value("no_path_retry", *texts, dialect=OLD) == "queue"

    def test_one_for_no_map(self):
        assert read(section("multipaths", "multipath {", "no_path_retry 7", "}"))["multipaths"] == []

    def test_a_protocol_that_is_none(self):
        assert read(protocol("scsi:none", "fast_io_fail_tmo 7"))["protocols"] == []

    def test_a_second_type_that_is_none_leaves_the_first(self):
        (found,) = read(protocol("scsi:iscsi", "type scsi:none", "fast_io_fail_tmo 7"))["protocols"]
        assert found["settings"]["type"]["value"] == "scsi:iscsi"
        assert found["settings"]["fast_io_fail_tmo"]["value"] == "7"

    def test_two_for_one_protocol(self):
        found = effective(
            protocol("scsi:iscsi", "fast_io_fail_tmo 7", "dev_loss_tmo 17"),
            protocol("scsi:iscsi", "fast_io_fail_tmo 8"),
        )
        assert [found[key]["value"] for key in ("fast_io_fail_tmo", "dev_loss_tmo")] == ["8", "17"]


def test_differences_name_the_setting():
    ours, theirs = (
        effective_conf.comparable(read(text))
        for text in (section("overrides", "no_path_retry 7"), of_map("no_path_retry 8"))
    )
    assert effective_conf.differences(ours, theirs) == [
        (f"multipaths {WWID}: no_path_retry", None, "8"),
        (f"multipaths {WWID}: wwid", None, WWID),
        ("overrides: no_path_retry", "7", None),
    ]
    assert effective_conf.differences(ours, ours) == []


def test_the_order_of_devices_is_a_difference():
    one, other = device("A", "B", "no_path_retry 7"), device("C", "D", "no_path_retry 8")
    found = effective_conf.differences(
        *(effective_conf.comparable(read(*texts)) for texts in ((one, other), (other, one)))
    )
    assert [name for name, dummy_ours, dummy_theirs in found] == ["devices A B: place", "devices C D: place"]


def test_sources_in_words():
    assert effective_conf.text_of({"file": MAIN, "line": 7, "section": "overrides"}) == f"{MAIN}:7 (overrides)"
    assert (
        effective_conf.text_of({"file": None, "line": None, "section": "device NETAPP/LUN"})
        == "built in to multipath-tools (device NETAPP/LUN)"
    )
