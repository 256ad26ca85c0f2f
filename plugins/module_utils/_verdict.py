# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The verdict on one device: a pure function of what three witnesses said of it.

Missing evidence is never evidence of absence: a word that is not known here is an error, an empty view is 'unknown',
and only complete listings of all arrays that could have a LUN may say that it is not there.
"""

from ansible_collections.sanops.multipath.plugins.module_utils import _identity

# What a path says on the wire, held against the identity that the kernel holds.
WIRE = ('same', 'other', 'absent', 'unreachable', 'silent', 'unreadable')
# What the array says of that identity for this host's initiators.
ARRAY = ('mapped', 'offline', 'unmapped', 'gone', 'foreign', 'unknown')
# From the most to the least urgent.
VERDICTS = ('recycled', 'conflict', 'stale', 'outage', 'unproven', 'unknown', 'degraded', 'healthy')

_NOT_THERE = ('unmapped', 'gone')
_NO_TRANSPORT = ('unreachable', 'silent')


def judge(wire, array):
    """The verdict on a map, or on a disk in no map.

    *wire*: a list of words from WIRE, one for each path, empty where no path is left; *array*: a word from ARRAY.
    Returns a word from VERDICTS: the first rule that fits. Raises ValueError for a word that is none.
    """
    for word in wire:
        if word not in WIRE:
            raise ValueError('%r is no word of the wire' % (word,))
    if array not in ARRAY:
        raise ValueError('%r is no word of the array' % (array,))
    same = 'same' in wire
    all_absent = all(word == 'absent' for word in wire)  # also where none is left

    if 'other' in wire:
        return 'recycled'
    if array == 'offline' or (not same and any(word in _NO_TRANSPORT for word in wire)):
        return 'outage'
    if (same and array in _NOT_THERE) or (all_absent and array == 'mapped'):
        return 'conflict'
    if same:
        return 'healthy' if all(word == 'same' for word in wire) else 'degraded'
    if 'unreadable' in wire:
        return 'unknown'
    return 'stale' if array in _NOT_THERE else 'unproven'


def array_word(wwid, vendor, product, initiators, view):
    """What the arrays say of one identity for one host.

    *wwid*, *vendor*, *product*: the device as the kernel holds it; *initiators*: the host's names, normalised;
    *view*: what the arrays said, {'arrays': [{'hostname', 'scope', 'svms', 'wwid_prefixes', 'complete', 'error'}],
    'maps': {initiator: {wwid: [lun]}}, 'luns': {wwid: [lun]}, 'asked': the initiators and WWIDs that the ONTAP arrays were asked about}.
    Returns {'state': a word from ARRAY, 'reason': a sentence, 'luns': [lun]}: the LUNs mapped to this host, else those of that identity.
    """
    speaking = [array for array in view['arrays'] if _speaks_for(array, wwid, vendor, product)]
    mapped = [lun for name in initiators for lun in view['maps'].get(name, {}).get(wwid, [])]
    existing = view['luns'].get(wwid, [])

    def word(state, reason, luns=()):
        return {'state': state, 'reason': reason, 'luns': list(luns)}

    if mapped:
        if any(serves(lun) for lun in mapped):
            return word('mapped', 'mapped to this host', mapped)
        return word('offline', 'mapped to this host, and %s' % _trouble(mapped[0]), mapped)
    if not view['arrays']:
        return word('unknown', 'no array is configured')
    if not speaking:
        return word('foreign', 'no configured array speaks for it')
    if not initiators:
        return word('unknown', 'the host gave no initiator name to look for')
    for array in speaking:
        if not array['complete']:
            return word('unknown', array['error'] or 'the listing of %s is not complete' % array['hostname'], existing)
    unasked = [name for name in list(initiators) + [wwid] if name not in view['asked']]
    if unasked and any(array['wwid_prefixes'] is None for array in speaking):  # the others were not asked: they gave all they have
        return word('unknown', 'no array was asked about %s' % ', '.join(unasked), existing)
    for array in speaking:
        if array['scope'] != 'cluster':
            return word('unknown', 'the account at %s speaks for the SVM %s only' % (array['hostname'], ', '.join(array['svms'])), existing)
    if existing:
        return word('unmapped', 'exists, and is not mapped to this host', existing)
    return word('gone', 'in no listing')


def _speaks_for(array, wwid, vendor, product):
    """Whether a device could be a LUN of this array, so that its absence from the listing says something."""
    if array['wwid_prefixes'] is None:
        return _identity.is_ontap(wwid, vendor, product)
    return (wwid or '').startswith(tuple(array['wwid_prefixes']))


def serves(lun):
    """Whether a LUN of a listing is online in every respect; whatever else it is, it is present and does not serve."""
    return lun['state'] == 'online' and lun.get('container_state') in (None, 'online') and lun.get('enabled') is not False


def _trouble(lun):
    for state, what in ((lun['state'], 'the LUN'), (lun.get('container_state'), 'what holds the LUN')):
        if state not in (None, 'online'):
            return '%s is %s' % (what, state)
    return 'the LUN is disabled'
