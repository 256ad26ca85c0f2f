// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// What is behind a row: all that is known of one host, one device or one finding.

function hostDetail(host) {
  const parts = [];
  if (unseen(host)) {
    parts.push(
      callout(
        'unseen',
        'Not audited',
        `${host.why || 'no reason is known'}. Nothing is known of its devices: that is no clean bill.`,
      ),
    );
  } else if (host.why) parts.push(callout('doubt', 'Incomplete', host.why));
  if (host.quarantine)
    parts.push(callout('alarm', 'Quarantine', `${host.quarantine} Nothing may be removed on this host.`));
  if (!unseen(host)) {
    const alive = host.sessions.filter((one) => one.state === 'LOGGED_IN').length;
    parts.push(
      terms(
        ['Hostname', host.hostname],
        ['Kernel', host.kernel],
        ['Python', host.python],
        ['Initiators', host.initiators.join(', ')],
        [
          'multipathd',
          host.daemon === null
            ? 'not known'
            : `${host.daemon ? 'runs' : 'does not run'}${host.daemon_version ? `, ${host.daemon_version}` : ''}`,
        ],
        ['iSCSI sessions', host.sessions.length ? `${alive} of ${host.sessions.length} logged in` : null],
        ['Asked in', host.elapsed === null ? null : `${host.elapsed.toFixed(1)} s`],
        ['Boot', host.boot_id && code(host.boot_id)],
      ),
    );
  }
  parts.push(findingsOf(host), unchecked(host), notSeen(host), devicesOf(host));
  return parts;
}

function findingsOf(host) {
  if (!host.findings.length) return null;
  return [
    el('h4', {}, plural(host.findings.length, 'finding')),
    el(
      'div',
      { class: 'folds' },
      host.findings.map((finding) =>
        folded([badge(finding.severity), el('span', {}, code(finding.rule), ' ', finding.what), flags(finding)], () =>
          findingDetail(finding),
        ),
      ),
    ),
  ];
}

function unchecked(host) {
  if (!host.not_checked.length) return null;
  return [
    el('h4', {}, 'Not checked'),
    el(
      'ul',
      { class: 'plain' },
      host.not_checked.map((one) =>
        el('li', {}, code(one.rule), ` ${one.subject ? `on ${one.subject}: ` : ''}${one.why}`),
      ),
    ),
  ];
}

function notSeen(host) {
  if (!host.not_seen.length) return null;
  return [
    el('h4', {}, 'Given to this host by an array, and not seen by its kernel'),
    el(
      'ul',
      { class: 'plain' },
      host.not_seen.map((lun) => el('li', {}, lunText(lun), ' ', code(lun.wwid))),
    ),
  ];
}

function devicesOf(host) {
  if (!host.devices.length) return null;
  const bad = host.devices.filter((device) => device.verdict !== 'healthy');
  const good = host.devices.filter((device) => device.verdict === 'healthy');
  const fold = (device) =>
    folded(
      [
        badge(device.verdict),
        el('strong', {}, device.name || device.device),
        el('span', { class: 'dim' }, lunName(device)),
        code(device.wwid || ''),
        flags(device),
      ],
      () => deviceDetail(device),
    );
  return [
    el('h4', {}, plural(host.devices.length, 'device')),
    el('div', { class: 'folds' }, bad.map(fold)),
    good.length > 0 &&
      folded([plural(good.length, 'healthy device')], () => el('div', { class: 'folds' }, good.map(fold)), {
        class: 'more',
      }),
    el('p', {}, el('a', { href: address('devices', { host: host.name }) }, 'Show them in the list of devices')),
  ];
}

function callout(kind, head, ...text) {
  return el('p', { class: `callout ${kind}` }, el('strong', {}, head), ' ', text);
}

function flags(one) {
  return el(
    'span',
    { class: 'flags' },
    one.change === 'new' && mark('new', 'new'),
    one.exception && mark('excepted', 'excepted'),
  );
}

// What a verdict means, as docs/verdicts.md has it. The report's reason says path by path what the cards show, too.
const MEANINGS = {
  recycled: 'Another LUN answers at the address of at least one path.',
  outage: 'No path leads to the LUN now, or the array has it offline.',
  conflict: 'The wire and the array contradict each other.',
  healthy: 'Every path answers as itself.',
  degraded: 'Some paths answer as themselves, others do not.',
  unknown: 'A path gives an answer that proves nothing.',
  stale: 'No path has the LUN, and the array does not map it to this host.',
  unproven: 'No path has the LUN, and no array confirms that it is not mapped.',
};

// Whether the reason may be folded. What decides "degraded" and "unknown" can stand in it alone, such as a path that
// went meanwhile; and nobody decides on a removal by a shortened reason.
function isShortened(device) {
  return (
    Object.hasOwn(MEANINGS, device.verdict) &&
    !['degraded', 'unknown'].includes(device.verdict) &&
    removalHazard(device) === null
  );
}

function deviceDetail(device) {
  const short = isShortened(device);
  const parts = [el('p', { class: 'reason' }, short ? MEANINGS[device.verdict] : device.reason)];
  if (device.next) parts.push(callout(tone(device.verdict), 'Next', device.next));
  parts.push(commandsOf(device));
  if (device.exception) parts.push(callout('plain', 'Exception', exceptionText(device.exception)));
  parts.push(
    el('div', { class: 'witnesses' }, kernelSays(device), wireSays(device), arraySays(device)),
    ownersOf(device),
    usersOf(device),
  );
  if (device.notes.length)
    parts.push(
      el('h4', {}, 'Notes'),
      el(
        'ul',
        { class: 'plain' },
        device.notes.map((note) => el('li', {}, note)),
      ),
    );
  if (short && device.reason)
    parts.push(
      folded(['The reason in full'], () => el('p', { class: 'reason' }, device.reason), { class: 'more why' }),
    );
  if (device.paths.length)
    parts.push(
      folded([`${plural(device.paths.length, 'path')} in detail`], () => pathTable(device), { class: 'more' }),
    );
  return parts;
}

function witness(name, question, ...parts) {
  return el('section', { class: 'witness' }, el('h4', {}, name, el('small', {}, question)), parts);
}

function kernelSays(device) {
  const also = device.device && device.device !== device.name ? ` (${device.device})` : '';
  return witness(
    'Kernel',
    'what it believes',
    terms(
      ['Identity', device.wwid ? code(device.wwid) : 'none'],
      ['Name', `${device.name || ''}${also}${device.dev_t ? `, ${device.dev_t}` : ''}`],
      ['Size', size(device.size_bytes)],
      ['Product', [device.vendor, device.product].filter(Boolean).join(' ')],
      ['Paths', device.kind === 'map' ? String(device.paths.length) : null],
      [
        'State',
        [device.read_only && 'read-only', device.queueing && 'queues without a path'].filter(Boolean).join(', '),
      ],
    ),
  );
}

function wireSays(device) {
  return witness(
    'Wire',
    'what answers now',
    device.paths.length
      ? el(
          'ul',
          { class: 'answers' },
          device.paths.map((path) =>
            el(
              'li',
              {},
              el('span', { class: 'sd' }, path.sd || path.hctl),
              badge(path.wire || 'unknown'),
              path.wire_wwid && path.wire_wwid !== device.wwid && el('code', { class: 'differs' }, path.wire_wwid),
              el(
                'span',
                { class: 'dim' },
                [path.detail, path.sense && `sense ${path.sense}`].filter(Boolean).join(', '),
              ),
            ),
          ),
        )
      : el('p', {}, 'No path is left to ask.'),
    device.paths.length > 0 && folded(['What these words mean'], wireLegend, { class: 'more word-legend' }),
  );
}

// As docs/verdicts.md explains them.
const WIRE_WORDS = [
  ['same', 'the LUN whose identity the kernel holds answers'],
  ['other', 'another LUN answers at this address: whoever writes to the device writes to that LUN'],
  ['absent', 'the target answers that there is no such LUN at this address'],
  ['unreachable', 'the transport failed, or the array says that the LUN cannot be reached through this port'],
  ['silent', 'no answer before the deadline'],
  ['unreadable', 'an answer that proves nothing'],
];

function wireLegend() {
  return el(
    'dl',
    { class: 'words' },
    WIRE_WORDS.map(([word, meaning]) => el('div', {}, el('dt', {}, badge(word)), el('dd', {}, meaning))),
  );
}

function arraySays(device) {
  return witness(
    'Array',
    'what it maps to this host',
    el('p', {}, badge(device.array || 'unknown'), ' ', device.array_reason),
    device.luns.length > 0 &&
      el(
        'ul',
        { class: 'plain' },
        device.luns.map((lun) => el('li', {}, lunText(lun))),
      ),
    device.answered_by.length > 0 && [
      el('p', { class: 'differs' }, 'Now answering at this address:'),
      el(
        'ul',
        { class: 'plain' },
        device.answered_by.map((lun) => el('li', {}, lunText(lun), ' ', code(lun.wwid || ''))),
      ),
    ],
  );
}

function lunText(lun) {
  const ids = lun.maps
    .filter((one) => one.lun_id !== null)
    .map((one) => `LUN id ${one.lun_id}${one.igroup ? ` in igroup ${one.igroup}` : ''}`)
    .join(', ');
  const rest = [lun.svm && `SVM ${lun.svm}`, lun.cluster || lun.array, lun.state, size(lun.size), ids]
    .filter(Boolean)
    .join(', ');
  return [el('strong', {}, lun.name || lun.wwid || ''), el('span', { class: 'dim' }, ` ${rest}`)];
}

function lunName(device) {
  const lun = device.luns[0] || device.answered_by[0];
  return (lun && lun.name) || '';
}

function ownersOf(device) {
  return [
    device.vetoes.map((veto) => callout('plain', 'Veto', veto)),
    device.owners.length > 0 && [
      el('h4', {}, 'Owned by'),
      el(
        'ul',
        { class: 'plain' },
        device.owners.map((one) => el('li', {}, mark(one.system, 'kind'), ' ', ownerText(one))),
      ),
    ],
  ];
}

function ownerText(one) {
  const claim = [one.namespace, one.claim].filter(Boolean).join('/');
  return [one.cluster, one.volume, claim && `of ${claim}`, one.pods.length > 0 && `used by ${one.pods.join(', ')}`]
    .filter(Boolean)
    .join(', ');
}

function usersOf(device) {
  if (device.in_use === null)
    return callout(
      'doubt',
      'Users',
      'could not be read: treat it as in use',
      device.users.length > 0 && '; known:',
      userList(device),
    );
  return device.users.length
    ? [el('h4', {}, device.in_use ? 'Used by' : 'Held by, which is no use'), userList(device)]
    : el('p', { class: 'dim' }, 'Nobody uses it.');
}

function userList(device) {
  return (
    device.users.length > 0 &&
    el(
      'ul',
      { class: 'plain' },
      device.users.map((user) => el('li', {}, mark(user.kind, 'kind'), ' ', user.detail)),
    )
  );
}

function pathTable(device) {
  return table(
    `Paths of ${device.name || device.device}`,
    ['Path', 'H:C:T:L', 'Wire', 'multipath', 'Device', 'Session', 'Portal or port', 'Kernel identity'],
    device.paths.map((path) => [
      path.sd || '-',
      path.hctl,
      badge(path.wire || 'unknown'),
      [path.dm_state, path.checker_state].filter(Boolean).join(', '),
      path.device_state,
      path.session_state,
      el('span', { title: path.target }, [path.transport, path.portal || path.target].filter(Boolean).join(' ')),
      code(path.wwid || ''),
    ]),
  );
}

function findingDetail(finding) {
  return [
    finding.exception && callout('plain', 'Exception', exceptionText(finding.exception)),
    terms(
      ['Rule', ruleLink(finding.rule)],
      ['What', finding.what],
      ['About', finding.subject && code(finding.subject)],
      ['Where', finding.where ? code(finding.where) : 'in no file'],
      ['Why it is bad', finding.why],
      ['What to do', finding.remedy],
    ),
  ];
}
