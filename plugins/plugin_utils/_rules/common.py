# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What all rules need: whether a host's facts speak of a thing at all, and the severities.

A rule is {'id', 'severity', 'title', 'reason', 'remedy', 'needs': keys of the facts, 'check'}; 'check' is a
function of a host's facts and a resolved policy. It yields {'subject', 'what', 'where'}, perhaps with a 'severity'
of its own, for each finding, and {'unknown': why}, perhaps with a 'subject', for what it could not see.
"""

CRITICAL, WARNING, INFO = "critical", "warning", "info"
SEVERITIES = (CRITICAL, WARNING, INFO)
# Without these tools a host has no such configuration, unless it has the devices all the same. Whether they are
# there may be what is not known: the last is what that is told of.
_TOOLS = {
    "multipath_conf": ("maps", "multipath-tools", "multipath maps", "multipathd"),
    "iscsi": ("sessions", "open-iscsi", "iSCSI sessions", "iscsi"),
}


def part(facts, key):
    """What the facts hold under a *key* such as 'iscsi' or 'platform.lvm', or None."""
    for name in key.split("."):
        facts = (facts or {}).get(name)
    return facts


def lacking(facts, key):
    """Why what the facts hold under *key* is missing, or not the whole of it; None where it is whole, or where this
    host has no such thing.
    """
    top, name = key.split(".")[0], key.split(".")[-1]
    if top not in facts:
        return "the facts have no %s: gather them with this version of stale_mpath_facts" % top
    gaps = [gap["why"] for gap in facts["incomplete"] if gap["what"] in (top, name)]
    if gaps:
        return "%s: %s" % (name, "; ".join(gaps))
    if part(facts, key) is not None:
        return None
    if key not in _TOOLS:
        return "%s: it could not be read" % name
    things, tools, title, asked = _TOOLS[key]
    if facts[things]:
        return "%s: this host has %s, and no %s to ask" % (name, title, tools)
    return "; ".join("%s: %s" % (asked, gap["why"]) for gap in facts["incomplete"] if gap["what"] == asked) or None
