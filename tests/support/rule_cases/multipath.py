# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cases of the rules on the configuration of multipath-tools (MPC001 and the following)."""

from support.configured import BUILT_IN, CLEAN, DROP_IN, WWID, one_map, setting, settings
from support.rule_cases.common import fires, silent, unseen

CONF = "/etc/multipath.conf"
DROP_IN_PLACE = "/etc/multipath/conf.d/sanops.conf:3"
QUEUE, NEVER = setting("queue", BUILT_IN), setting("infinity", BUILT_IN)
BUILT_IN_QUEUE = "no_path_retry queue (device NETAPP/LUN, built in to multipath-tools)"
BUILT_IN_NEVER = "dev_loss_tmo infinity (device NETAPP/LUN, built in to multipath-tools)"
NOT_HEEDED = BUILT_IN_NEVER + ", which iSCSI ignores"
RHEL = {"platform__os": "rhel", "platform__os_version": "9.4", "platform__os_like": []}


def maps(*found):
    return {"multipath_conf__maps": list(found)}


BY_NOBODY = setting(None, {"file": None, "line": None, "section": "defaults"})
LOST = maps(one_map(protocols=[], no_path_retry=BY_NOBODY, dev_loss_tmo=BY_NOBODY, flush_on_last_del=BY_NOBODY))
NO_PATH = "no path is left to show which device entry applies to the map"


def entry(**changes):
    return {"multipath_conf__entries": [dict(CLEAN["multipath_conf"]["entries"][0], settings=settings(**changes))]}


FIRES = [
    fires("MPC001", ("critical", WWID, BUILT_IN_QUEUE), **maps(one_map(queues=True, no_path_retry=QUEUE))),
    fires(
        "MPC001",
        ("critical", WWID, "features 1 queue_if_no_path (overrides)", DROP_IN_PLACE),
        **maps(one_map(queues=True, no_path_retry=setting(None), features=setting("1 queue_if_no_path"))),
    ),
    fires("MPC001", ("critical", WWID, "multipathd queues indefinitely"), maps=[{"wwid": WWID, "queueing": "on"}]),
    # Both say so: reported once.
    fires(
        "MPC001",
        ("critical", WWID, BUILT_IN_QUEUE),
        **maps(one_map(queues=True, no_path_retry=QUEUE)),
        maps=[{"wwid": WWID, "queueing": "on"}],
    ),
    fires("MPC002", ("warning", "device NETAPP/LUN", BUILT_IN_QUEUE), **entry(no_path_retry=QUEUE)),
    fires(
        "MPC002",
        ("warning", "device NETAPP/LUN", "features 3 queue_if_no_path pg_init_retries 50 (overrides)", DROP_IN_PLACE),
        **entry(no_path_retry=setting(None, None), features=setting("3 queue_if_no_path pg_init_retries 50")),
    ),
    fires("MPC003", ("info", WWID, NOT_HEEDED), **maps(one_map(dev_loss_tmo=NEVER))),
    fires(
        "MPC003",
        ("warning", WWID, BUILT_IN_NEVER),
        **maps(one_map(dev_loss_tmo=NEVER, protocols=["scsi:iscsi", "scsi:fcp"])),
    ),
    fires(
        "MPC003",
        ("warning", WWID, "dev_loss_tmo infinity (overrides)", DROP_IN_PLACE),
        **maps(one_map(dev_loss_tmo=setting("infinity"), protocols=[])),
        host__initiators__wwpns=["20:00:00:25:b5:00:20:01"],
    ),
    fires(
        "MPC003",
        ("info", WWID, NOT_HEEDED),
        **maps(one_map(dev_loss_tmo=NEVER)),
        host__initiators__wwpns=["20:00:00:25:b5:00:20:01"],
    ),
    fires(
        "MPC003",
        ("info", WWID, "dev_loss_tmo infinity (overrides), which iSCSI ignores", DROP_IN_PLACE),
        **maps(one_map(dev_loss_tmo=setting("infinity"), protocols=[])),
    ),
    fires(
        "MPC004",
        ("info", WWID, "no_path_retry 12 (overrides), and the policy is 30", DROP_IN_PLACE),
        ("info", WWID, "dev_loss_tmo 600 (overrides), and the policy is 60", DROP_IN_PLACE),
        ("info", WWID, "fast_io_fail_tmo off (overrides), and the policy is 5", DROP_IN_PLACE),
        **maps(one_map(no_path_retry=setting("12"), dev_loss_tmo=setting("600"), fast_io_fail_tmo=setting("off"))),
    ),
    fires(
        "MPC004",
        ("info", WWID, "no_path_retry not set (built in to multipath-tools), and the policy is 30"),
        **maps(one_map(no_path_retry=setting(None, {"file": None, "line": None, "section": None}))),
    ),
    fires(
        "MPC004",
        ("info", WWID, "no_path_retry 30 (overrides), and the policy is queue", DROP_IN_PLACE),
        ("info", WWID, "dev_loss_tmo 60 (overrides), and the policy is infinity", DROP_IN_PLACE),
        policy={"no_path_retry": "queue", "dev_loss_tmo": "infinity"},
    ),
    fires(
        "MPC005",
        ("warning", CONF, '"key value }": the brace is not seen', CONF + ":9"),
        multipath_conf__ignored=[{"file": CONF, "line": 9, "text": "  key value }\n", "why": "the brace is not seen"}],
    ),
    fires(
        "MPC006",
        (
            "warning",
            "no_path_retry of NETAPP/LUN",
            "no_path_retry of NETAPP/LUN is 30 on disk, and multipathd runs queue",
            CONF,
        ),
        multipath_conf__pending=[{"what": "no_path_retry of NETAPP/LUN", "files": "30", "running": "queue"}],
    ),
    fires(
        "MPC006",
        ("warning", "overrides: features", "overrides: features is not set on disk, and multipathd runs 0", CONF),
        multipath_conf__pending=[{"what": "overrides: features", "files": None, "running": "0"}],
    ),
    fires(
        "MPC007",
        (
            "warning",
            "find_multipaths",
            "find_multipaths strict (device NETAPP/LUN, built in to multipath-tools), and the policy is no",
        ),
        policy="kubernetes",
    ),
    fires(
        "MPC008",
        ("warning", WWID, "flush_on_last_del unused (overrides), and the policy is yes", DROP_IN_PLACE),
        **maps(one_map(flush_on_last_del=setting("unused"))),
    ),
    fires(
        "MPC008",
        ("warning", WWID, "flush_on_last_del not set (overrides), and the policy is yes", DROP_IN_PLACE),
        **maps(one_map(flush_on_last_del=setting(None))),
    ),
    fires(
        "MPC009",
        ("warning", "recheck_wwid", "recheck_wwid no (overrides), and the policy is yes", DROP_IN_PLACE),
        multipath_conf__defaults__recheck_wwid=setting("no", DROP_IN),
    ),
    fires(
        "MPC010",
        ("warning", CONF, "it is missing, and this host is rhel 9.4", CONF),
        **RHEL,
        multipath_conf__present=False,
    ),
    fires(
        "MPC010",
        ("warning", CONF, "it is missing, and this host is rocky 12", CONF),
        platform__os="rocky",
        platform__os_like=["rhel", "centos", "fedora"],
        multipath_conf__present=False,
    ),
]
# It has nothing to say, and says that it has seen all.
SILENT = [
    silent("MPC001", policy="ontap_host_utilities", **maps(one_map(queues=True, no_path_retry=QUEUE))),
    silent("MPC001", maps=[], multipath_conf__maps=[]),
    silent("MPC001", **maps(one_map(protocols=[]))),  # overrides counts for any device
    silent("MPC002", policy="ontap_host_utilities", **entry(no_path_retry=QUEUE)),
    silent("MPC002", **entry(no_path_retry=QUEUE), multipath_conf__overrides={"no_path_retry": setting("30")}),
    silent("MPC002", multipath_conf__entries=[{"vendor": "X", "product": "Y", "source": DROP_IN, "settings": {}}]),
    silent("MPC002", **entry(no_path_retry=setting("fail"), features=setting("1 queue_if_no_path"))),
    silent("MPC003", policy="ontap_host_utilities", **maps(one_map(dev_loss_tmo=NEVER, protocols=["scsi:fcp"]))),
    silent("MPC003", **maps(one_map(dev_loss_tmo=setting("30"), protocols=["scsi:fcp"]))),
    # What other rules report is not reported twice.
    silent("MPC004", **maps(one_map(queues=True, no_path_retry=QUEUE, dev_loss_tmo=NEVER))),
    silent("MPC004", **maps(one_map(queues=True, no_path_retry=setting(None), features=setting("1 queue_if_no_path")))),
    silent("MPC004", policy={"no_path_retry": None}, **maps(one_map(no_path_retry=setting("fail")))),
    silent("MPC004", policy={"no_path_retry": "fail"}, **maps(one_map(no_path_retry=setting(None)))),
    silent("MPC004", **maps(one_map(dev_loss_tmo=setting(None)))),
    silent("MPC006", multipath_conf__pending=None, multipathd__running=False, maps=[], multipath_conf__maps=[]),
    silent("MPC007", policy="kubernetes", multipath_conf__defaults__find_multipaths=setting("off")),
    silent("MPC008", **maps(one_map(flush_on_last_del=setting("yes")))),
    silent("MPC008", policy={"flush_on_last_del": None}, **maps(one_map(flush_on_last_del=setting("no")))),
    silent("MPC008", policy={"flush_on_last_del": "unused"}, **maps(one_map(flush_on_last_del=setting(None)))),
    silent("MPC009", multipath_conf__defaults__recheck_wwid=None),
    silent("MPC009", policy="ontap_host_utilities", multipath_conf__defaults__recheck_wwid=setting("no")),
    silent("MPC009", policy={"recheck_wwid": False}, multipath_conf__defaults__recheck_wwid=setting(None)),
    silent("MPC010", **RHEL),
    silent("MPC010", multipath_conf__present=False),
]
# Of what it says that it could not see it, and why.
UNSEEN = [
    unseen(
        "MPC001",
        "3600b",
        "the effective settings of the map are not known",
        maps=CLEAN["maps"] + [{"wwid": "3600b", "queueing": None}],
    ),
    unseen("MPC001", WWID, NO_PATH, **LOST),
    unseen("MPC003", WWID, NO_PATH, **LOST),
    unseen("MPC004", WWID, NO_PATH, **LOST),
    unseen("MPC008", WWID, NO_PATH, **LOST),
    unseen(
        "MPC006",
        None,
        "multipathd does not run or did not answer: what it runs is not known",
        multipath_conf__pending=None,
    ),
    unseen("MPC010", None, "os: it could not be read", multipath_conf__present=False, platform__os=None),
]
