// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// What counts, and what of it to do first.

const NAMED = 3; // of each thing to do

const counts = (one) => !one.exception || one.verdict === 'recycled';
const bad = fleet.devices.filter((one) => one.verdict !== 'healthy' && counts(one));
const faults = fleet.findings.filter(counts);
// Those in use or not known to be unused come first, and among them those that are new.
const ofVerdict = (word) =>
  bad
    .filter((one) => one.verdict === word)
    .sort((a, b) => (a.in_use === false) - (b.in_use === false) || (b.change === 'new') - (a.change === 'new'));
const ofSeverity = (word) => faults.filter((one) => one.severity === word);
const ofCompliance = (word) => fleet.hosts.filter((one) => one.compliance === word);
const unlisted = fleet.arrays.filter((one) => one.complete !== true);

// [[tone, title, advice, the things, how each is named, the address of all]], the first thing to do first.
function todo() {
  const devices = (word, title, advice) => [
    tone(word),
    title,
    advice,
    ofVerdict(word),
    deviceLine,
    address('devices', { verdict: [word] }),
  ];
  const hosts = (word, title, advice) => [
    'unseen',
    title,
    advice,
    ofCompliance(word),
    hostLine,
    address('hosts', { compliance: [word] }),
  ];
  const findings = (word, title, advice) => [
    tone(word),
    title,
    advice,
    ofSeverity(word),
    findingLine,
    address('findings', { severity: [word] }),
  ];
  const expired = fleet.exceptions.filter((one) => one.state === 'expired');
  return [
    devices('recycled', 'recycled device', 'Another LUN answers there. Stop all writing to it at once.'),
    devices(
      'conflict',
      'conflicting device',
      'Wire and array contradict each other. Touch nothing until it is known which is wrong.',
    ),
    findings(
      'critical',
      'critical finding',
      'A device that dies will take its host with it, or already has. Each says what to change.',
    ),
    ['alarm', 'array not listed', 'Without its listing nothing of it can be called stale.', unlisted, arrayLine, ''],
    devices(
      'stale',
      'stale device',
      'Kernel, wire and array agree that the LUN is gone. Stop its users, then let remediate remove it.',
    ),
    devices(
      'outage',
      'device in outage',
      'No way leads to its LUN. Do not remove it: bring the LUN, the target or the fabric back.',
    ),
    hosts('unreachable', 'unreachable host', 'Nothing is known of it. Bring it back, then audit it.'),
    hosts('not_audited', 'host not audited', 'Nothing is known of it. The reason is beside it.'),
    devices('unproven', 'unproven device', 'No array vouches for it. Leave it until one does.'),
    devices('unknown', 'device with an unreadable answer', 'What it answers proves nothing. Look by hand.'),
    devices('degraded', 'degraded device', 'It works on fewer paths than it has. Repair the others.'),
    findings('warning', 'warning', 'What creates stale devices, or hides them.'),
    [
      'doubt',
      'host looked at in part',
      'Nothing bad was seen there, and not everything was.',
      ofCompliance('incomplete'),
      hostLine,
      address('hosts', { compliance: ['incomplete'] }),
    ],
    ['doubt', 'expired exception', 'What it covered counts again.', expired, exceptionLine, ''],
  ].filter(([, , , things]) => things.length);
}

function first() {
  const items = todo();
  return el(
    'section',
    { class: 'card first' },
    el('h3', {}, 'What to do first'),
    items.length
      ? el(
          'ol',
          { class: 'todo' },
          items.map(([kind, title, advice, things, line, all]) =>
            el(
              'li',
              { class: kind },
              el(
                'div',
                { class: 'what' },
                el('b', {}, number(things.length)),
                el(
                  'span',
                  {},
                  el('strong', {}, things.length === 1 ? title : plurals(title)),
                  el('span', { class: 'small' }, advice),
                ),
              ),
              el(
                'ul',
                { class: 'plain' },
                things.slice(0, NAMED).map((one) => el('li', {}, line(one))),
              ),
              all &&
                things.length > 1 &&
                el(
                  'a',
                  { class: things.length > NAMED ? 'all' : 'all few', href: all },
                  `All ${number(things.length)}`,
                ),
            ),
          ),
        )
      : el('p', { class: 'small' }, 'Nothing is to be done.'),
  );
}

// The first noun of a title is what there are several of.
function plurals(title) {
  return title.replace(/\b(device|finding|array|host|warning|exception)\b/, '$1s');
}

function deviceLine(one) {
  const used = one.in_use && one.users.length ? one.users[0].detail : '';
  const host = fleet.hosts[one.host].name;
  return [
    el(
      'a',
      { href: address('devices', { host, verdict: [one.verdict], open: [`${host}/${one.device || one.name}`] }) },
      `${one.name || one.device} on ${host}`,
    ),
    flags(one),
    el(
      'span',
      { class: 'dim' },
      ` ${one.in_use === null ? 'use not known' : one.in_use ? `in use: ${used}` : 'unused'}`,
    ),
  ];
}

function hostLine(host) {
  return [
    el('a', { href: address('hosts', { q: host.name, open: [host.name] }) }, host.name),
    el('span', { class: 'dim' }, ` ${host.why || ''}`),
  ];
}

function findingLine(one) {
  const host = fleet.hosts[one.host].name;
  return [
    el('a', { href: address('findings', { host, rule: [one.rule] }) }, `${one.rule} on ${host}`),
    flags(one),
    el('span', { class: 'dim' }, ` ${one.what}`),
  ];
}

function arrayLine(one) {
  return [
    el('strong', {}, one.hostname),
    el('span', { class: 'dim' }, ` ${one.error || 'its listing is not complete'}`),
  ];
}

function exceptionLine(one) {
  return [
    el('strong', {}, one.rule || one.device),
    el('span', { class: 'dim' }, ` expired ${one.expires}, ${one.owner}: ${one.reason}`),
  ];
}
