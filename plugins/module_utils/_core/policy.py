# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The policy: which multipath settings a site wants. Presets as data, each value with the place it comes from.

Vendors disagree, so the values are data and none of them is a rule: the rules compare what is in effect with the
policy, and the role brings it there.
"""

PLUGIN = "https://github.com/jasoncheng7115/jt-pve-storage-netapp/blob/main/docs/CONFIGURATION.md"
HOSTS = "https://github.com/NetAppDocs/ontap-sanhost/blob/main/_include/hu/linux-rhel-multipathing.adoc"
PROXMOX = "https://github.com/NetAppDocs/ontap-sanhost/blob/main/_include/hu/proxmox-multipathing.adoc"
TRIDENT = "https://docs.netapp.com/us-en/trident-2502/trident-get-started/requirements.html"

_AUTHORS = "the authors of a Proxmox VE plugin for ONTAP"
_YES_NO = {"yes": "yes", "no": "no"}
# {key: ({each word that multipath-tools of any version prints or takes: the one that all versions take}, the smallest
# number or None)}
_WORDS = {
    "no_path_retry": ({"queue": "queue", "fail": "fail", "0": "fail"}, 1),
    "dev_loss_tmo": ({"infinity": "infinity"}, 1),
    "fast_io_fail_tmo": ({"off": "off", "no": "off"}, 0),
    "find_multipaths": (dict(_YES_NO, on="yes", off="no", strict="strict", greedy="greedy", smart="smart"), None),
    "flush_on_last_del": (dict(_YES_NO, always="yes", unused="no", never="never"), None),
    "recheck_wwid": (_YES_NO, None),
}
KEYS = tuple(sorted(_WORDS))


def _preset(about, **settings):
    """Return {'about', 'settings': {key: {'value', 'source'}}} from key=(value, source)."""
    return {"about": about, "settings": {key: {"value": pair[0], "source": pair[1]} for key, pair in settings.items()}}


_FINITE = {
    "no_path_retry": ("30", f"{_AUTHORS}: about 150 s for a takeover, then an error ({PLUGIN})"),
    "dev_loss_tmo": ("60", f"{_AUTHORS} ({PLUGIN})"),
    "fast_io_fail_tmo": ("5", f"{_AUTHORS} ({PLUGIN}), and NetApp ({HOSTS})"),
    "flush_on_last_del": (
        "yes",
        f'NetApp: "yes" on Red Hat ({HOSTS}), "always", which is the newer word for it, on Proxmox VE ({PROXMOX})',
    ),
    "recheck_wwid": ("yes", "this project: a path that comes back as another LUN must not rejoin its map"),
}
PRESETS = {
    "default": _preset(
        "Nothing queues indefinitely, and a lost device goes.",
        find_multipaths=(None, "this project: distributions differ, each with its reasons"),
        **_FINITE,
    ),
    "kubernetes": _preset(
        "The default, and what NetApp Trident asks of worker nodes.",
        find_multipaths=("no", f'Trident: "yes" and "smart" make mounts fail, "no" is recommended ({TRIDENT})'),
        **_FINITE,
    ),
    "proxmox": _preset(
        (
            "The default, which comes from a Proxmox VE plugin: what polls the storages hangs on one "
            "device that queues indefinitely, and the node with it."
        ),
        find_multipaths=(
            None,
            (
                f'NetApp names "no" as an option ({PROXMOX}); it makes maps of local disks too, so it is left '
                "to the site"
            ),
        ),
        **_FINITE,
    ),
    "ontap_host_utilities": _preset(
        (
            "NetApp's own host settings: an application rather waits than sees an error. It waits "
            "for a LUN that is gone for good as well."
        ),
        no_path_retry=("queue", f"NetApp ({HOSTS})"),
        dev_loss_tmo=("infinity", f"NetApp ({HOSTS})"),
        fast_io_fail_tmo=("5", f"NetApp ({HOSTS})"),
        flush_on_last_del=_FINITE["flush_on_last_del"],
        find_multipaths=(None, f"not in NetApp's table of settings; an option on Proxmox VE ({PROXMOX})"),
        recheck_wwid=(None, "not in NetApp's table of settings"),
    ),
}


def resolve(policy):
    """Return the settings of a policy: {key: text, or None: the site has no opinion}, for each of KEYS.

    *policy*: the name of a preset, or a dictionary of changed keys, possibly with 'preset' (else they change
    'default'). Values may be text, numbers or the booleans that YAML makes of yes, no, on and off. Each word comes out
    as every version of multipath-tools takes it ("yes" for "always"). Raises ValueError, with a text that names the
    key and the value.
    """
    changes = {"preset": policy} if isinstance(policy, str) else policy
    if not isinstance(changes, dict):
        raise ValueError(f"{policy!r} is neither the name of a preset ({', '.join(sorted(PRESETS))}) nor a dictionary")
    name = changes.get("preset", "default")
    if not isinstance(name, str) or name not in PRESETS:
        raise ValueError(f"there is no preset {name!r}; there are {', '.join(sorted(PRESETS))}")
    unknown = sorted(str(key) for key in changes if key != "preset" and key not in _WORDS)
    if unknown:
        raise ValueError(f"there is no key {', '.join(unknown)}; there are preset, {', '.join(KEYS)}")
    settings = {key: PRESETS[name]["settings"][key]["value"] for key in KEYS}
    settings.update(
        (key, None if value is None else _checked(key, value)) for key, value in changes.items() if key != "preset"
    )
    _fit(settings)
    return settings


def spelled(key, value):
    """Return a value as multipath-tools prints it, in the word that all its versions share; one that is not known stays
    as it is.
    """
    words, least = _WORDS[key]
    return words.get(value, value)


def _checked(key, value):
    words, least = _WORDS[key]
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value).strip()
    if text in words:
        return words[text]
    if least is not None and text.isdigit() and int(text) >= least:
        return str(int(text))
    raise ValueError(
        "%s: %r is none of its values: %s%s"
        % (key, value, ", ".join(sorted(words)), "" if least is None else ", or a number from %d on" % least)
    )


def _fit(settings):
    """Raise ValueError where fast_io_fail_tmo is not below dev_loss_tmo: multipath-tools would switch it off
    (libmultipath/discovery.c, sysfs_set_scsi_tmo).
    """
    fast, lost = settings["fast_io_fail_tmo"], settings["dev_loss_tmo"]
    if (fast or "").isdigit() and (lost or "").isdigit() and int(fast) >= int(lost):
        raise ValueError(f"fast_io_fail_tmo: {fast} has to be less than dev_loss_tmo, which is {lost}")
