# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replies of multipathd, lines of mountinfo, tables of device-mapper: read, or refused with ValueError."""

import json
import re

from ansible_collections.sanops.multipath.plugins.module_utils._kernel import dm
from ansible_collections.sanops.multipath.plugins.module_utils._multipath import daemon as multipathd
from ansible_collections.sanops.multipath.plugins.module_utils._users import mounts
from hypothesis import given
from hypothesis import strategies as st

anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                ["maps", "uuid", "path_groups", "paths", "dev", "dm_st", "chk_st", "vend", "prod", "queueing", "x"]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=20,
)
path = st.fixed_dictionaries(
    {"dev": st.text(max_size=5)}, optional={"dm_st": st.text(max_size=5), "chk_st": st.text(max_size=5)}
)
one_map = st.fixed_dictionaries(
    {"uuid": st.text(max_size=8)},
    optional={
        "queueing": st.text(max_size=5),
        "vend": st.one_of(st.none(), st.text(max_size=5)),
        "prod": st.text(max_size=5),
        "path_groups": st.lists(st.fixed_dictionaries({"paths": st.lists(path, max_size=3)}), max_size=2),
    },
)


def parsed_or_refused(reply):
    try:
        found = multipathd.parse_maps(reply)
    except ValueError:
        return None
    for view in found.values():
        assert set(view) == {"queueing", "vendor", "product", "paths"} and isinstance(view["paths"], dict)
    return found


@given(st.one_of(st.text(max_size=100), anything.map(json.dumps)))
def test_a_reply_of_multipathd_is_read_or_refused(reply):
    parsed_or_refused(reply)


@given(st.lists(one_map, max_size=4), st.integers(0, 400))
def test_a_reply_cut_short_is_refused(maps, cut):
    reply = json.dumps({"major_version": 0, "maps": maps})
    assert set(parsed_or_refused(reply)) == {one["uuid"] for one in maps}
    assert cut >= len(reply) or parsed_or_refused(reply[:cut]) is None


field = st.text(st.characters(codec="utf-8", exclude_characters="\n\0"), min_size=1, max_size=12)


def escaped(text):
    """As the kernel writes a path into mountinfo."""
    return re.sub(r"[ \t\n\\#]", lambda found: "\\%03o" % ord(found.group()), text)


@given(st.text(max_size=120))
def test_a_line_of_mountinfo_is_read_or_passed_over(line):
    mount = mounts.parse_mountinfo_line(line)
    assert mount is None or set(mount) >= {"dev_t", "mountpoint", "fstype", "source", "read_only"}


@given(
    field.map("/{}".format),
    field,
    st.lists(field.map(escaped), max_size=3),
    st.sampled_from(["rw", "ro"]),
    st.sampled_from(["rw", "ro"]),
)
def test_a_mount_is_read_as_the_kernel_wrote_it(mountpoint, source, optional, own, super_block):
    line = " ".join(
        ["36", "35", "253:0", "/", escaped(mountpoint), own + ",noatime"]
        + [one for one in optional if one != "-"]
        + ["-", "ext4", escaped(source), super_block + ",errors=continue"]
    )
    mount = mounts.parse_mountinfo_line(line)
    assert mount == dict(mount, dev_t="253:0", mountpoint=mountpoint, fstype="ext4", source=source)


word = st.one_of(
    st.integers(-3, 9).map(str),
    st.sampled_from(["8:16", "65:0", "queue_if_no_path", "alua", "service-time", "999999999", ""]),
)


@given(st.lists(word, max_size=30).map(" ".join))
def test_a_table_is_read_or_refused(table):
    try:
        found = dm.multipath_table(table)
    except ValueError:
        return
    assert found["queue_if_no_path"] == ("queue_if_no_path" in table.split()[1 : 1 + int(table.split()[0])])


groups = st.lists(st.lists(st.from_regex("[0-9]{1,3}:[0-9]{1,4}", fullmatch=True), max_size=4), max_size=3)


@given(
    st.sampled_from(
        [[], ["queue_if_no_path"], ["pg_init_retries", "50", "queue_if_no_path"], ["retain_attached_hw_handler"]]
    ),
    st.sampled_from([[], ["alua"]]),
    groups,
    st.integers(0, 2),
)
def test_a_table_is_read_as_the_kernel_writes_it(features, handler, path_groups, arguments):
    words = [str(len(features))] + features + [str(len(handler))] + handler + [str(len(path_groups)), "1"]
    for paths in path_groups:
        words += ["service-time", "0", str(len(paths)), str(arguments)]
        for dev_t in paths:
            words += [dev_t] + ["1"] * arguments
    found = dm.multipath_table(" ".join(words))
    assert found["features"] == " ".join([str(len(features))] + features)
    assert found["queue_if_no_path"] is ("queue_if_no_path" in features)
