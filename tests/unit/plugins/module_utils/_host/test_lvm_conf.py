# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which SAN maps LVM reads, by its files; and that what is not understood is not taken for an answer."""

import re

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils._host import lvm_conf
from ansible_collections.sanops.multipath.plugins.module_utils._system.tree import Tree
from support import trees

MAPS = [
    {"wwid": "3600a", "name": "mpatha", "dm": "dm-0", "dev_t": "253:0"},
    {"wwid": "3600b", "name": "mpathb", "dm": "dm-1", "dev_t": "253:1"},
]
BOTH = ["3600a", "3600b"]
DEVICES = "etc/lvm/devices/system.devices"


def look(root, files, system="debian", version="12", maps=None):
    for name, text in dict({"usr/sbin/lvm": "", "etc/lvm/lvm.conf": ""}, **files).items():
        if text is not None:
            trees.write(root, name, text)
    return lvm_conf.look(Tree(str(root)), MAPS if maps is None else maps, system, version)


def conf(text):
    return {"etc/lvm/lvm.conf": text}


@pytest.mark.parametrize(
    "text, scanned",
    [
        ("", BOTH),
        ('# devices { global_filter = [ "r|.*|" ] }\n', BOTH),
        ('devices {\n\tglobal_filter = [ "r|.*|" ]\n}\n', []),
        ('devices/global_filter = "r|.*|"', []),
        ('devices { filter = [ "r/.*/" ] }', []),
        ('devices { global_filter = [ "r|/dev/zd.*|", "r|/dev/rbd.*|" ] }', BOTH),  # what Proxmox VE brings
        ('devices { global_filter = [ "a|.*|", "r|.*|" ] }', BOTH),
        ('devices { global_filter = [ "a|.*|" ]\n filter = [ "r(^/dev/mapper/.*)", "r|dm|" ] }', []),
        # One name that is rejected is enough, if none is taken; one that is taken is enough in any case.
        ('devices { global_filter = [ "r|^/dev/mapper/|" ] }', []),
        ('devices { global_filter = [ "r|^/dev/mapper/|", "a|.|" ] }', BOTH),
        ('devices { global_filter = [ "a|^/dev/sda3$|", "r|.*|" ] }', []),
        # Somebody has chosen this one: that is no accident. The other is rejected.
        ('devices { global_filter = [ "a|^/dev/mapper/mpatha$|", "r|.*|" ] }', []),
        ('devices { global_filter = [ "a|^/dev/mapper/mpatha$|", "a|.*|" ] }', BOTH),
        (
            'devices { global_filter = [ "r|/dev/disk/by-id/wwn-0x600b|" ] }',
            ["3600a"],
        ),  # by a link that only udev's record tells
        (
            (
                'devices { # comment with "quote and }\n global_filter = [\n "r|mpatha|",\n '
                '"r|dm-0|", ] # more\n}\ntags { }\n'
            ),
            ["3600b"],
        ),
        ('devices { global_filter = [ "r|\\\\.|" ] global_filter = [ "r|.*|" ] }', []),
        ("devices { use_devicesfile = 0 }", BOTH),
        ("tags { hosttags = 0 }", BOTH),
    ],
)
def test_filters(tmp_path, text, scanned):
    udev = {
        "run/udev/data/b253:1": "S:disk/by-id/wwn-0x600b\nS:mapper/mpathb\nE:X=1\n",
        "run/udev/data/b253:0": "S:disk/by-id/wwn-0x600a\n",
    }
    answer = look(tmp_path, dict(conf(text), **udev))
    assert (answer["present"], answer["scanned"]) == (True, scanned)


@pytest.mark.parametrize(
    "text, system, version, scanned",
    [
        ("", "rhel", "9.4", []),
        ("", "almalinux", "10.0", []),
        ("devices { use_devicesfile = 1 }", "debian", "12", []),
        ("devices { use_devicesfile = 0 }", "rhel", "9.4", BOTH),
        ("", "debian", "13", None),
        ("", "rhel", "8.10", None),
        ("", "rhel", None, None),
        (
            'devices { use_devicesfile = 1 devicesfile = "other.devices" }',
            "debian",
            "12",
            BOTH,
        ),  # that file is missing: then there is none
    ],
)
def test_a_devices_file(tmp_path, text, system, version, scanned):
    answer = look(tmp_path, dict(conf(text), **{DEVICES: "VERSION=1.1.1\n"}), system, version)
    assert answer["scanned"] == scanned
    assert scanned is not None or "whether it counts is not known" in answer["why"]


def test_lvmlocal_wins(tmp_path):
    local = {"etc/lvm/lvmlocal.conf": 'devices/global_filter = ["a|.*|"]'}
    assert look(tmp_path, dict(conf('devices { global_filter = [ "r|.*|" ] }'), **local))["scanned"] == BOTH


def test_a_host_without_lvm(tmp_path):
    assert look(tmp_path, {"usr/sbin/lvm": None}) == {
        "present": False,
        "scanned": [],
        "why": None,
        "where": lvm_conf.CONF,
    }


@pytest.mark.parametrize(
    "text, why",
    [
        ('devices { global_filter = [ "r|.*|" ', "a list does not end"),
        ('devices { global_filter = [ "r|.*|" ]', "devices does not end"),
        ('devices { global_filter = [ "r|.*|', "line 1"),
        ("devices { global_filter = }", "unexpected }"),
        ("devices { global_filter", "unexpected global_filter"),
        ("}", "unexpected }"),
        ("= 1", "unexpected ="),
        ("devices { global_filter = [ [ ] ] }", r"unexpected \["),
        ("devices { global_filter =", "unexpected end"),
        ('devices { global_filter = [ "x|.*|" ] }', r"a filter is not understood: x\|"),
        ('devices { global_filter = [ "r|.*" ] }', "a filter is not understood"),
        ('devices { global_filter = [ "r|(|" ] }', "a filter is not understood"),
        ("devices { global_filter = [ 1 ] }", "a filter is not understood"),
        ("tags { hosttags = 1 }", "host tags"),
        ("tags { storage { } }", "host tags"),
    ],
)
def test_what_is_not_understood_is_not_known(tmp_path, text, why):
    answer = look(tmp_path, conf(text))
    assert answer["scanned"] is None and re.search(why, answer["why"])


def test_a_file_that_cannot_be_read_is_not_an_empty_one(tmp_path):
    (tmp_path / "etc/lvm/lvmlocal.conf").mkdir(parents=True)
    answer = look(tmp_path, {})
    assert (answer["scanned"], answer["why"]) == (None, "/etc/lvm/lvmlocal.conf could not be read")
