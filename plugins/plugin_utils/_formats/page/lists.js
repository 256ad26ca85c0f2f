// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// The three lists: what their rows show, and how they are searched, filtered and ordered.

const hostRank = new Int32Array(fleet.hosts.length);
[...fleet.hosts.keys()]
  .sort((a, b) => collator.compare(fleet.hosts[a].name, fleet.hosts[b].name))
  .forEach((number, rank) => {
    hostRank[number] = rank;
  });

const ruleTitles = new Map(fleet.rules.map((rule) => [rule.id, rule.title]));

function rank(words, word) {
  const at = words.indexOf(word);
  return at < 0 ? words.length : at;
}

function cellOf(name, ...children) {
  return el('span', { class: `cell ${name}` }, children);
}

// "2 stale, 18 healthy" as small coloured counts.
function tallies(items, word, order) {
  return counted(items, word, order).map(([one, count]) =>
    el('span', { class: `tally ${tone(one)}` }, `${number(count)} ${shown(one)}`),
  );
}

const changeFilter = { name: 'change', label: 'Change', words: ['new', 'still'], of: (one) => [one.change || ''] };
const exceptionFilter = {
  name: 'exception',
  label: 'Exception',
  words: ['excepted', 'counts'],
  of: (one) => [one.exception ? 'excepted' : 'counts'],
};

// What one cause may have in common. *of*: the names of an item's groups, '' where none is known; *title*: of a group.
const DEVICE_GROUPS = [
  { name: 'lun', label: 'LUN', of: (one) => [one.wwid || ''], title: lunTitle, none: 'no WWID is known' },
  {
    name: 'svm',
    label: 'SVM',
    of: (one) => distinct(one.luns.map((lun) => lun.svm && `${lun.svm} on ${lun.cluster || lun.array}`)),
    none: 'no SVM is known',
  },
  {
    name: 'target',
    label: 'array target',
    of: (one) => distinct(one.paths.map((path) => path.target)),
    none: 'no target is known',
  },
  { name: 'verdict', label: 'verdict', of: (one) => [one.verdict || ''], none: 'no verdict' },
  { name: 'hosts', label: 'host group', of: hostGroups, none: 'no group is known' },
  { name: 'rule', label: 'rule', of: rulesOn, title: ruleTitle, none: 'no finding names it' },
];
const FINDING_GROUPS = [
  { name: 'rule', label: 'rule', of: (one) => [one.rule || ''], title: ruleTitle, none: 'no rule' },
  { name: 'host', label: 'host', of: (one) => [fleet.hosts[one.host].name || ''], none: 'no host' },
  { name: 'hosts', label: 'host group', of: hostGroups, none: 'no group is known' },
];
const HOST_GROUPS = [
  { name: 'hosts', label: 'host group', of: (host) => distinct(host.groups), none: 'no group is known' },
  {
    name: 'rule',
    label: 'rule',
    of: (host) => distinct(host.findings.map((one) => one.rule)),
    title: ruleTitle,
    none: 'no finding names it',
  },
];

// Of a device or a finding the groups of its host.
function hostGroups(one) {
  return distinct(fleet.hosts[one.host].groups);
}

const ruled = new Map(); // {host: Map {subject: [rules]}}

// The rules with a finding about this device.
function rulesOn(one) {
  if (!ruled.has(one.host)) {
    const found = new Map();
    for (const { subject, rule } of fleet.hosts[one.host].findings) {
      if (!found.has(subject)) found.set(subject, []);
      found.get(subject).push(rule);
    }
    ruled.set(one.host, found);
  }
  return distinct((one.wwid !== null && ruled.get(one.host).get(one.wwid)) || []);
}

function distinct(names) {
  const found = [...new Set(names.filter(Boolean))];
  return found.length ? found : [''];
}

// A LUN has its name where an array says so to any of its hosts.
function lunTitle(wwid, devices) {
  const named = devices.find((one) => one.luns.length && one.luns[0].name);
  return named ? [named.luns[0].name, ' ', code(wwid)] : code(wwid);
}

function ruleTitle(rule) {
  return [rule, el('span', { class: 'dim' }, ` ${ruleTitles.get(rule) || ''}`)];
}

const LISTS = {
  hosts: {
    noun: 'host',
    groups: HOST_GROUPS,
    words: WORDS.compliance,
    word: (host) => host.compliance,
    items: fleet.hosts,
    key: (at) => fleet.hosts[at].name,
    text: (host) => [
      host.name,
      host.hostname || '',
      host.why || '',
      host.kernel || '',
      ...host.initiators,
      shown(host.compliance),
      host.state || '',
      ...host.not_seen.map((lun) => lun.name || ''),
      ...new Set(host.findings.map((one) => one.rule)),
    ],
    filters: [
      { name: 'compliance', label: 'Compliance', words: WORDS.compliance, of: (host) => [host.compliance] },
      { name: 'state', label: 'Audit', words: WORDS.state, of: (host) => [host.state] },
      {
        name: 'verdict',
        label: 'Has a device',
        words: WORDS.verdict,
        of: (host) => host.devices.map((one) => one.verdict),
      },
      {
        name: 'severity',
        label: 'Has a finding',
        words: WORDS.severity,
        of: (host) => host.findings.map((one) => one.severity),
      },
      { name: 'policy', label: 'Policy', words: ['fails'], of: (host) => [host.fails ? 'fails' : ''] },
    ],
    urgency: (host, at) => [
      rank(WORDS.compliance, host.compliance),
      Math.min(99, ...host.devices.map((one) => (one.exception ? 99 : rank(WORDS.verdict, one.verdict)))),
      Math.min(99, ...host.findings.map((one) => (one.exception ? 99 : rank(WORDS.severity, one.severity)))),
      hostRank[at],
    ],
    columns: [
      {
        name: 'compliance',
        label: 'Compliance',
        cell: 'word',
        value: (host) => rank(WORDS.compliance, host.compliance),
      },
      { name: 'name', label: 'Host', cell: 'name', value: (host, at) => hostRank[at] },
      { name: 'devices', label: 'Devices', cell: 'rest', value: (host) => (unseen(host) ? null : host.devices.length) },
      {
        name: 'findings',
        label: 'Findings',
        cell: 'more',
        value: (host) => (unseen(host) ? null : host.findings.length),
      },
      { name: 'policy', label: 'Policy', cell: 'flags', value: (host) => (host.fails ? 0 : 1) },
    ],
    row: (host) => [
      cellOf('word', badge(host.compliance)),
      cellOf('name', host.name),
      unseen(host)
        ? cellOf('rest wide', host.why || host.state)
        : [
            cellOf(
              'rest',
              host.devices.length ? tallies(host.devices, (one) => one.verdict, WORDS.verdict) : 'no SAN device',
            ),
            cellOf(
              'more',
              tallies(host.findings, (one) => one.severity, WORDS.severity),
              host.not_checked.length > 0 && mark('not all checked', 'kind'),
            ),
          ],
      cellOf('flags', host.fails && mark('fails', 'fails')),
    ],
    detail: hostDetail,
  },
  devices: {
    noun: 'device',
    groups: DEVICE_GROUPS,
    words: WORDS.verdict,
    word: (one) => one.verdict,
    items: fleet.devices,
    key: (at) => `${fleet.hosts[fleet.devices[at].host].name}/${fleet.devices[at].device || fleet.devices[at].name}`,
    text: deviceText,
    filters: [
      { name: 'verdict', label: 'Verdict', words: WORDS.verdict, of: (one) => [one.verdict] },
      {
        name: 'use',
        label: 'Use',
        words: ['in use', 'not known', 'unused'],
        of: (one) => [one.in_use === null ? 'not known' : one.in_use ? 'in use' : 'unused'],
      },
      {
        name: 'array',
        label: 'Array',
        words: ['mapped', 'offline', 'unmapped', 'gone', 'foreign', 'unknown'],
        of: (one) => [one.array],
      },
      { name: 'kind', label: 'Kind', words: ['map', 'disk'], of: (one) => [one.kind] },
      changeFilter,
      exceptionFilter,
    ],
    urgency: (one) => [rank(WORDS.verdict, one.verdict), one.in_use === false ? 1 : 0, hostRank[one.host]],
    columns: [
      { name: 'verdict', label: 'Verdict', cell: 'word', value: (one) => rank(WORDS.verdict, one.verdict) },
      { name: 'device', label: 'Device', cell: 'name', value: (one) => one.name || one.device },
      { name: 'host', label: 'Host', cell: 'host', value: (one) => hostRank[one.host] },
      { name: 'lun', label: 'LUN', cell: 'rest', value: lunName },
      { name: 'wwid', label: 'WWID', cell: 'more', value: (one) => one.wwid, byCharacter: true },
      { name: 'size', label: 'Size', cell: 'size', value: (one) => one.size_bytes },
      { name: 'change', label: 'Change', cell: 'flags', value: (one) => one.change },
    ],
    row: (one) => [
      cellOf('word', badge(one.verdict)),
      cellOf('name', one.name || one.device),
      cellOf('host', fleet.hosts[one.host].name),
      cellOf(
        'rest',
        !one.luns.length && one.answered_by.length > 0 && el('span', { class: 'differs' }, 'now '),
        lunName(one),
        one.users.length > 0 && el('span', { class: 'dim' }, ` ${one.users[0].kind}: ${one.users[0].detail}`),
      ),
      cellOf('more', code(one.wwid || '')),
      cellOf('size', size(one.size_bytes)),
      cellOf('flags', flags(one)),
    ],
    detail: (one) => [
      el(
        'p',
        {},
        'On ',
        el(
          'a',
          { href: address('hosts', { q: fleet.hosts[one.host].name, open: [fleet.hosts[one.host].name] }) },
          fleet.hosts[one.host].name,
        ),
      ),
      deviceDetail(one),
    ],
  },
  findings: {
    noun: 'finding',
    groups: FINDING_GROUPS,
    words: WORDS.severity,
    word: (one) => one.severity,
    items: fleet.findings,
    key: (at) => {
      const one = fleet.findings[at];
      return `${fleet.hosts[one.host].name}/${one.rule}/${one.subject}`;
    },
    text: (one) => [
      fleet.hosts[one.host].name,
      one.rule,
      one.severity,
      one.subject || '',
      one.what || '',
      one.where || '',
    ],
    filters: [
      { name: 'severity', label: 'Severity', words: WORDS.severity, of: (one) => [one.severity] },
      { name: 'rule', label: 'Rule', of: (one) => [one.rule] },
      changeFilter,
      exceptionFilter,
    ],
    urgency: (one) => [rank(WORDS.severity, one.severity), one.rule, hostRank[one.host]],
    columns: [
      { name: 'severity', label: 'Severity', cell: 'word', value: (one) => rank(WORDS.severity, one.severity) },
      { name: 'rule', label: 'Rule', cell: 'name', value: (one) => one.rule },
      { name: 'host', label: 'Host', cell: 'host', value: (one) => hostRank[one.host] },
      {
        name: 'what',
        label: 'What',
        cell: 'rest',
        value: (one) => `${ruleTitles.get(one.rule) || ''} ${one.what || ''}`,
      },
      { name: 'subject', label: 'About', cell: 'more', value: (one) => one.subject },
      { name: 'change', label: 'Change', cell: 'flags', value: (one) => one.change },
    ],
    row: (one) => [
      cellOf('word', badge(one.severity)),
      cellOf('name', one.rule),
      cellOf('host', fleet.hosts[one.host].name),
      cellOf('rest', ruleTitles.get(one.rule), el('span', { class: 'dim' }, ` ${one.what || ''}`)),
      cellOf('more', one.subject && code(one.subject)),
      cellOf('flags', flags(one)),
    ],
    detail: (one) => [
      el(
        'p',
        {},
        'On ',
        el(
          'a',
          { href: address('hosts', { q: fleet.hosts[one.host].name, open: [fleet.hosts[one.host].name] }) },
          fleet.hosts[one.host].name,
        ),
      ),
      findingDetail(one),
    ],
  },
};

// All that a person may have in hand of a device: its names, where it is, who uses it, what it is on the array.
function deviceText(one) {
  const words = new Set([
    fleet.hosts[one.host].name,
    one.name,
    one.device,
    one.dev_t,
    one.wwid,
    one.verdict,
    one.vendor,
    one.product,
  ]);
  for (const user of one.users) words.add(user.kind).add(user.detail);
  for (const lun of one.luns.concat(one.answered_by))
    words.add(lun.name).add(lun.svm).add(lun.cluster).add(lun.array).add(lun.wwid);
  for (const path of one.paths) words.add(path.sd).add(path.hctl).add(path.portal).add(path.target).add(path.wire_wwid);
  words.delete(null);
  return [...words];
}
