# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any iscsid.conf, edited: what was wanted counts, everything else is as it was, and no line is lost."""

from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import conf as iscsid_conf
from hypothesis import given
from hypothesis import strategies as st

NAMES = ["node.session.scan", "node.startup", "node.session.queue_depth", "other", ""]
VALUES = ["manual", "auto", "automatic", "32", "x y", "Manual", "", "=", "manual # why", "\xe9\xff"]
space = st.sampled_from(["", " ", "\t", "  ", "\x0b", "\xa0"])
line = st.one_of(
    st.builds(
        "".join,
        st.tuples(
            space,
            st.sampled_from(["", "", "", "#", "# "]),
            st.sampled_from(NAMES),
            space,
            st.sampled_from(["=", "=", "==", ""]),
            space,
            st.sampled_from(VALUES),
            space,
        ),
    ),
    st.sampled_from(["", "# END RECORD", "# BEGIN RECORD 2.1.8", "\0", "x" * 2040, " " * 2040, "y = " + "z" * 4090]),
    st.text(st.characters(max_codepoint=255), max_size=20),
)
text = st.builds(
    lambda lines, ending, last: ending.join(lines) + last,
    st.lists(line, max_size=8),
    st.sampled_from(["\n", "\n", "\r\n"]),
    st.sampled_from(["\n", ""]),
)
wanted = st.fixed_dictionaries(
    {},
    optional={
        "node.session.scan": st.sampled_from(["manual", "auto"]),
        "node.startup": st.sampled_from(["manual", "automatic"]),
        "node.session.queue_depth": st.sampled_from(["1", "1024"]),
    },
)


@given(text)
def test_nothing_asked_for_nothing_changed(content):
    assert iscsid_conf.edit(content, {}) == content
    assert "".join(iscsid_conf._pieces(content)) == content


@given(text, wanted)
def test_what_is_wanted_counts_and_all_else_is_as_it_was(content, settings):
    try:
        edited = iscsid_conf.edit(content, settings)
    except ValueError:
        assert any(len(part) > 1900 for part in content.split("\n")), "only a line that is too long stands in the way"
        return
    before, after = iscsid_conf.values(content), iscsid_conf.values(edited)
    assert {name: after[name] for name in settings} == settings
    before.update(settings)
    assert after == before
    assert iscsid_conf.edit(edited, settings) == edited


@given(text, wanted)
def test_every_line_of_others_stays(content, settings):
    try:
        edited = iscsid_conf.edit(content, settings)
    except ValueError:
        return
    rest = iter(edited.split("\n"))
    others = [one for one in content.split("\n") if not any(name in one for name in settings)]
    assert all(one in rest for one in others), "in their order"
