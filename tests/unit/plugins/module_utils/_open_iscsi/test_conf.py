# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The grammar of open-iscsi's files."""

import difflib
import pathlib

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import conf as iscsid_conf
from ansible_collections.sanops.multipath.plugins.module_utils._system import atomic_files
from support.iscsid_lines import LINES

RECORDINGS = pathlib.Path(__file__).parents[3] / "recordings" / "iscsi"
SCAN = "node.session.scan"
TARGET = "iqn.1992-08.com.netapp:sn.svm1:vs.1"


@pytest.mark.parametrize("text, value, why", LINES)
def test_what_counts_and_why_the_rest_does_not(text, value, why):
    found = iscsid_conf.parse(text)
    assert found["settings"].get(SCAN, {}).get("value") == value
    assert [one["why"] for one in found["ignored"]] == ([why] if why else [])


@pytest.mark.parametrize("text, dummy, why", LINES)
def test_whatever_stood_there_the_wanted_value_counts_afterwards(text, dummy, why):
    edited = iscsid_conf.edit(text, {SCAN: "manual"})
    assert iscsid_conf.values(edited)[SCAN] == "manual"
    assert iscsid_conf.edit(edited, {SCAN: "manual"}) == edited


def test_lines_are_counted_as_an_editor_does():
    found = iscsid_conf.parse("# one\n\nnode.startup = manual\n" + "x" * 5000 + "\nnode.session.scan=manual\n")
    assert found["settings"] == {"node.startup": {"value": "manual", "line": 3}}
    assert [one["line"] for one in found["ignored"]] == [4, 4, 4, 5]


@pytest.mark.parametrize(
    "before, after",
    [
        # The value alone is replaced, in the last line that counts.
        ("a = 1\n node.session.scan\t=  auto \nb = 2\n", "a = 1\n node.session.scan\t=  manual \nb = 2\n"),
        (
            "node.session.scan = auto\n# why\nnode.session.scan = auto\n",
            "node.session.scan = auto\n# why\nnode.session.scan = manual\n",
        ),
        (
            "node.session.scan = auto\nnode.session.scan=manual\n",
            "node.session.scan = manual\nnode.session.scan=manual\n",
        ),
        # One that does not count is put right where it stands, its comment on a line of its own.
        ("node.session.scan=manual\nb = 2\n", "node.session.scan = manual\nb = 2\n"),
        ("node.session.scan = auto # the default\n", "# the default\nnode.session.scan = manual\n"),
        ("node.session.scan = manual", "node.session.scan = manual\n"),
        # Where the file only gives an example, the line goes below it; else to the end.
        (
            "# scan\n#node.session.scan = auto\n\nb = 2\n",
            "# scan\n#node.session.scan = auto\nnode.session.scan = manual\n\nb = 2\n",
        ),
        ("b = 2\n", "b = 2\nnode.session.scan = manual\n"),
        ("b = 2\n# the end", "b = 2\n# the end\nnode.session.scan = manual\n"),
        ("", "node.session.scan = manual\n"),
        ("b = 2\r\n", "b = 2\r\nnode.session.scan = manual\r\n"),
        # Above a last line that does not count: a newline would bring it to life.
        ("b = 2\nnode.startup = automatic", "b = 2\nnode.session.scan = manual\nnode.startup = automatic"),
        # A record ends with its last line.
        (
            "# BEGIN RECORD 2.1.8\nnode.name = x\n# END RECORD\n",
            "# BEGIN RECORD 2.1.8\nnode.name = x\nnode.session.scan = manual\n# END RECORD\n",
        ),
        # Any bytes stay what they are.
        ("# caf\xe9 \xff\x85\x1c\nnode.session.scan = auto\n", "# caf\xe9 \xff\x85\x1c\nnode.session.scan = manual\n"),
    ],
)
def test_how_it_is_edited(before, after):
    assert iscsid_conf.edit(before, {SCAN: "manual"}) == after


@pytest.mark.parametrize("debian", ["debian12", "debian13"])
@pytest.mark.parametrize("file", ["iscsid.conf", "record"])
def test_real_files_change_by_one_line(debian, file):
    text = (RECORDINGS / debian / file).read_bytes().decode("latin-1")
    assert iscsid_conf.values(text)[SCAN] == "auto" and iscsid_conf.parse(text)["ignored"] == []
    diff = [
        line
        for line in difflib.ndiff(text.splitlines(True), iscsid_conf.edit(text, {SCAN: "manual"}).splitlines(True))
        if line[0] in "+-"
    ]
    assert diff == ["- node.session.scan = auto\n", "+ node.session.scan = manual\n"]


@pytest.mark.parametrize("debian", ["debian12", "debian13"])
def test_every_setting_that_may_be_asked_for_is_one_of_open_iscsis(debian):
    """Each is in a record that iscsiadm has written, or, not being set by default, in the file that explains them."""
    known = iscsid_conf.values((RECORDINGS / debian / "record").read_text())
    unknown = [name for name in iscsid_conf.KEYS if name not in known]
    assert unknown == (["node.session.conn_reopen_log_freq"] if debian == "debian12" else [])
    for name, allowed in iscsid_conf.KEYS.items():
        value = known.get(name, "1")
        assert value in allowed if allowed else value.lstrip("-").isdigit(), name


@pytest.mark.parametrize(
    "settings, text",
    [
        ({SCAN: "manual"}, {SCAN: "manual"}),
        ({"node.session.timeo.replacement_timeout": 30}, {"node.session.timeo.replacement_timeout": "30"}),
        ({"node.session.timeo.replacement_timeout": "-1"}, {"node.session.timeo.replacement_timeout": "-1"}),
        ({"node.session.iscsi.FastAbort": True}, {"node.session.iscsi.FastAbort": "Yes"}),
        ({}, {}),
    ],
)
def test_settings_as_text(settings, text):
    assert iscsid_conf.check(settings) == text


@pytest.mark.parametrize(
    "settings, why",
    [
        ({SCAN: "off"}, "settings: node.session.scan is to be one of manual, auto, not"),
        ({SCAN: "manual\nnode.startup = automatic"}, "settings: node.session.scan is to be one of"),
        ({SCAN: False}, "settings: node.session.scan is to be one of"),
        ({"node.session.queue_depth": "32 # deep"}, "settings: node.session.queue_depth is to be a number, not"),
        ({"node.session.queue_depth": "32\n"}, "settings: node.session.queue_depth is to be a number, not"),
        ({"node.session.queue_depth": None}, "settings: node.session.queue_depth is to be a number, not"),
        ({"node.session.scam": "manual"}, "settings: node.session.scam is no setting of a node record"),
        (
            {"discovery.sendtargets.auth.password": "x"},
            "settings: discovery.sendtargets.auth.password is no setting of a node record",
        ),
        ({"node.conn[0].address": "10.0.0.1"}, "settings: node.conn.*address is no setting of a node record"),
        ({"node.session.auth.password": "geheim"}, "settings: node.session.auth.password is a matter of credentials"),
        (
            {"node.session.auth.username_in": "geheim"},
            "settings: node.session.auth.username_in is a matter of credentials",
        ),
    ],
)
def test_settings_that_are_refused(settings, why):
    with pytest.raises(ValueError, match=why) as caught:
        iscsid_conf.check(settings)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "node.session.auth.password = geheim 1\n",
        "node.session.auth.password_in=geheim\n",
        "#node.session.auth.password = geheim",
        "PASSWORD geheim\n",
        "node.session.auth.password = geheim # geheim\nx = y\n",
        "node.session.auth.password = geheim\r\nx = y\n",
    ],
)
def test_passwords_are_masked(text):
    assert "geheim" not in iscsid_conf.masked(text) and ("x = y" in iscsid_conf.masked(text)) == ("x = y" in text)


def test_a_password_in_a_line_that_does_not_count_is_not_reported():
    found = iscsid_conf.parse(
        "node.session.auth.password=geheim\n" + "node.session.auth.password = " + "geheim" * 1000 + "\n"
    )
    assert len(found["ignored"]) == 4 and "geheim" not in str(found["ignored"])


@pytest.mark.parametrize(
    "cut, why",
    [
        (lambda text: "", "it is empty"),
        (lambda text: " \n\n", "it is empty"),
        (lambda text: text[:1024], 'it ends before its line "# END RECORD"'),
        (lambda text: text.replace("scan = auto", "scan = \0"), "it holds bytes that are no text"),
        (lambda text: text.replace("node.name", "#node.name"), "it has no node.name"),
        (
            lambda text: text.replace("node.conn[0].address =", "node.conn[0].address="),
            "it has no node.conn[0].address",
        ),
        (
            lambda text: text.replace("svm1", "svm2"),
            "it is in the folder of %s, and is of %s" % (TARGET, TARGET.replace("svm1", "svm2")),
        ),
        (lambda text: text, None),
        (lambda text: text.replace("# BEGIN RECORD 2.1.8\n", "").replace("# END RECORD\n", ""), None),
    ],
)
def test_a_malformed_record(cut, why):
    assert iscsid_conf.why_malformed(cut((RECORDINGS / "debian12" / "record").read_text()), TARGET) == why


@pytest.mark.parametrize(
    "settings, boot",
    [
        ({"node.startup": "onboot"}, True),
        ({"node.conn[0].startup": "onboot"}, True),
        ({"node.discovery_type": "fw"}, True),
        (
            {"node.startup": "automatic", "node.conn[0].startup": "automatic", "node.discovery_type": "send_targets"},
            False,
        ),
        ({}, False),
    ],
)
def test_a_record_made_for_booting(settings, boot):
    assert iscsid_conf.is_for_boot(settings) is boot


@pytest.mark.parametrize(
    "text, marked",
    [
        ("# sanops.multipath: leave alone\n", True),
        ("a = 1\n  ## sanops.multipath: leave alone (puppet)\r\n", True),
        ("a = sanops.multipath: leave alone\n", False),
        ("# leave alone\n", False),
        ("", False),
    ],
)
def test_the_mark_of_a_file_that_somebody_else_looks_after(text, marked):
    assert atomic_files.is_marked(text) is marked
