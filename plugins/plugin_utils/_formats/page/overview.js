// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// The first page: what it comes to, what has changed, what to do first.

const NAMED = 3; // of each thing to do
const NEW = 8; // shown before somebody asks for all
const GONE = 4;

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

function overview() {
  return [headline(), unowned(), glance(), el('div', { class: 'columns' }, changed(), first()), advisories(), exceptions(), arrays()];
}

function headline() {
  const total = fleet.hosts.length;
  const blind = fleet.hosts.filter(unseen).length;
  const [recycled, conflict, critical] = [ofVerdict('recycled'), ofVerdict('conflict'), ofSeverity('critical')];
  const noncompliant = ofCompliance('noncompliant').length;
  const partly = ofCompliance('incomplete').length;
  let [kind, text] = ['good', `All ${plural(total, 'host')} are compliant.`];
  if (!total) [kind, text] = ['unseen', 'This report has no host.'];
  else if (recycled.length) {
    const used = recycled.filter((one) => one.in_use !== false).length;
    [kind, text] = [
      'alarm',
      `Data at risk: ${plural(recycled.length, 'device')} ${recycled.length === 1 ? 'reaches' : 'reach'} another LUN than the host believes${
        used ? `, ${number(used)} of them in use` : ''
      }.`,
    ];
  } else if (conflict.length || critical.length) [kind, text] = ['alarm', `${plural(conflict.length + critical.length, 'thing')} cannot wait.`];
  else if (noncompliant) [kind, text] = ['serious', `${number(noncompliant)} of ${plural(total, 'host')} are noncompliant.`];
  else if (blind) [kind, text] = ['unseen', `${number(blind)} of ${plural(total, 'host')} could not be audited: nothing is known of them.`];
  else if (partly) [kind, text] = ['doubt', `Nothing bad was seen, but ${number(partly)} of ${plural(total, 'host')} could not be looked at whole.`];
  const counts = counted(fleet.hosts, (one) => one.compliance, WORDS.compliance).map(([word, count]) => `${number(count)} ${shown(word)}`);
  const fails = fleet.hosts.filter((one) => one.fails).length;
  return el(
    'section',
    { class: `headline ${kind}`, 'aria-label': 'What it comes to' },
    el('h2', {}, text),
    el(
      'p',
      {},
      total > 0 && `Of ${plural(total, 'host')}: ${counts.join(', ')}. `,
      fleet.about.fail_on && `By the policy (${fleet.about.fail_on}), ${plural(fails, 'host')} ${fails === 1 ? 'fails' : 'fail'}.`,
    ),
  );
}

function glance() {
  const listed = fleet.arrays.length - unlisted.length;
  const card = (title, total, ...parts) => el('section', { class: 'card' }, el('h3', {}, title, el('b', {}, number(total))), parts);
  const bars = (label, items, word, order, view, filter) => {
    const found = counted(items, word, order);
    return [
      el(
        'div',
        { class: 'bar', 'aria-hidden': 'true' },
        found.map(([one, count]) => el('i', { class: tone(one), grow: count })),
      ),
      el(
        'ul',
        { class: 'legend', 'aria-label': label },
        found.map(([one, count]) =>
          el(
            'li',
            {},
            el(
              'a',
              { href: address(view, { [filter]: [one] }) },
              el('i', { class: `dot ${tone(one)}` }),
              el('span', {}, shown(one)),
              el('b', {}, number(count)),
            ),
          ),
        ),
      ),
    ];
  };
  return el(
    'div',
    { class: 'glance' },
    card(
      'Hosts',
      fleet.hosts.length,
      bars('Hosts by compliance', fleet.hosts, (one) => one.compliance, WORDS.compliance, 'hosts', 'compliance'),
      el(
        'p',
        { class: 'small' },
        'Audit: ',
        counted(fleet.hosts, (one) => one.state, WORDS.state).map(([word, count], at) => [
          at > 0 && ', ',
          el('a', { href: address('hosts', { state: [word] }) }, `${number(count)} ${word}`),
        ]),
      ),
    ),
    card(
      'Devices',
      fleet.devices.length,
      bars('Devices by verdict', fleet.devices, (one) => one.verdict, WORDS.verdict, 'devices', 'verdict'),
    ),
    card(
      'Findings',
      fleet.findings.length,
      fleet.findings.length
        ? bars('Findings by severity', fleet.findings, (one) => one.severity, WORDS.severity, 'findings', 'severity')
        : el('p', { class: 'small' }, 'The rules found nothing on the hosts that were audited.'),
      topRules(),
    ),
    card(
      'Arrays',
      fleet.arrays.length,
      fleet.arrays.length
        ? el(
            'ul',
            { class: 'legend' },
            unlisted
              .concat(fleet.arrays.filter((one) => one.complete === true))
              .slice(0, NAMED)
              .map((one) =>
                el('li', { class: 'line' }, el('i', { class: `dot ${one.complete === true ? 'good' : 'alarm'}` }), el('span', {}, one.hostname)),
              ),
          )
        : el('p', { class: 'small' }, 'No array was asked: nothing can be proven stale.'),
      fleet.arrays.length > 0 &&
        el(
          'p',
          { class: 'small' },
          unlisted.length
            ? [mark(`${number(unlisted.length)} not listed`, 'fails'), ' Until they are, none of their devices is called stale.']
            : `${listed === 1 ? 'It was' : 'All were'} listed completely.`,
        ),
      fleet.exceptions.length > 0 &&
        el(
          'p',
          { class: 'small' },
          'Exceptions: ',
          counted(fleet.exceptions, (one) => one.state, ['expired', 'in force', 'unused'])
            .map(([word, count], at) => `${at ? ', ' : ''}${number(count)} ${word}`)
            .join(''),
        ),
    ),
  );
}

function topRules() {
  const found = [...tally(fleet.findings, (one) => one.rule)].sort((a, b) => b[1] - a[1]);
  return (
    found.length > 0 &&
    el(
      'ul',
      { class: 'legend', 'aria-label': 'The rules with the most findings' },
      found
        .slice(0, 5)
        .map(([rule, count]) =>
          el(
            'li',
            {},
            el(
              'a',
              { href: address(ruleTitles.has(rule) ? 'rules' : 'findings', { rule: [rule] }), title: ruleTitles.get(rule) },
              el('code', {}, rule),
              el('span', { class: 'cut' }, ruleTitles.get(rule)),
              el('b', {}, number(count)),
            ),
          ),
        ),
    )
  );
}

function changed() {
  const trend = el('p', { class: 'small' }, el('a', { href: address('trend') }, 'The trend by night'));
  const node = (...parts) => el('section', { class: 'card changes' }, el('h3', {}, 'What has changed'), parts, trend);
  if (!fleet.changes) return node(el('p', { class: 'small' }, 'There is no earlier report to compare with.'));
  const { since, gone, still } = fleet.changes;
  const order = ['host', 'device', 'finding'];
  const fresh = [...fleet.changes.new].sort((a, b) => rank(order, a.kind) - rank(order, b.kind));
  return node(
    el('p', { class: 'small' }, `Since ${time(since)}`, still !== null && `; ${number(still)} still as they were`),
    changes('New', fresh, NEW, 'Nothing is new.'),
    changes('Gone', gone, GONE, 'Nothing is gone.'),
  );
}

function changes(title, entries, most, none) {
  const item = (one) => el('li', {}, mark(one.kind, 'kind'), el('a', { href: changeAddress(one) }, one.what));
  return [
    el('h4', {}, `${title} (${number(entries.length)})`),
    entries.length ? el('ul', { class: 'plain' }, entries.slice(0, most).map(item)) : el('p', { class: 'small' }, none),
    entries.length > most &&
      folded([`${number(entries.length - most)} more`], () => el('ul', { class: 'plain' }, entries.slice(most).map(item)), { class: 'more' }),
  ];
}

function changeAddress(one) {
  if (one.kind === 'device') return address('devices', { host: one.host, q: one.id || '' });
  if (one.kind === 'finding') return address('findings', { host: one.host });
  return address('hosts', { q: one.host || '', open: [one.host || ''] });
}

// [[tone, title, advice, the things, how each is named, the address of all]], the first thing to do first.
function todo() {
  const devices = (word, title, advice) => [tone(word), title, advice, ofVerdict(word), deviceLine, address('devices', { verdict: [word] })];
  const hosts = (word, title, advice) => ['unseen', title, advice, ofCompliance(word), hostLine, address('hosts', { compliance: [word] })];
  const findings = (word, title, advice) => [tone(word), title, advice, ofSeverity(word), findingLine, address('findings', { severity: [word] })];
  const expired = fleet.exceptions.filter((one) => one.state === 'expired');
  return [
    devices('recycled', 'recycled device', 'Another LUN answers there. Stop all writing to it at once.'),
    devices('conflict', 'conflicting device', 'Wire and array contradict each other. Touch nothing until it is known which is wrong.'),
    findings('critical', 'critical finding', 'A device that dies will take its host with it, or already has. Each says what to change.'),
    ['alarm', 'array not listed', 'Without its listing nothing of it can be called stale.', unlisted, arrayLine, ''],
    devices('stale', 'stale device', 'Kernel, wire and array agree that the LUN is gone. Stop its users, then let remediate remove it.'),
    devices('outage', 'device in outage', 'No way leads to its LUN. Do not remove it: bring the LUN, the target or the fabric back.'),
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
                el('span', {}, el('strong', {}, things.length === 1 ? title : plurals(title)), el('span', { class: 'small' }, advice)),
              ),
              el(
                'ul',
                { class: 'plain' },
                things.slice(0, NAMED).map((one) => el('li', {}, line(one))),
              ),
              all && things.length > 1 && el('a', { class: things.length > NAMED ? 'all' : 'all few', href: all }, `All ${number(things.length)}`),
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
      ` ${one.in_use === null ? 'use not known' : one.in_use ? `in use: ${one.users.length ? one.users[0].detail : ''}` : 'unused'}`,
    ),
  ];
}

function hostLine(host) {
  return [el('a', { href: address('hosts', { q: host.name, open: [host.name] }) }, host.name), el('span', { class: 'dim' }, ` ${host.why || ''}`)];
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
  return [el('strong', {}, one.hostname), el('span', { class: 'dim' }, ` ${one.error || 'its listing is not complete'}`)];
}

function exceptionLine(one) {
  return [el('strong', {}, one.rule || one.device), el('span', { class: 'dim' }, ` expired ${one.expires}, ${one.owner}: ${one.reason}`)];
}

function exceptions() {
  if (!fleet.exceptions.length) return null;
  return el(
    'section',
    { class: 'card' },
    el('h3', {}, 'Exceptions'),
    table(
      'Exceptions',
      ['State', 'What', 'Hosts', 'Reason', 'Owner', 'Valid through', 'Covers'],
      fleet.exceptions.map((one) => [
        badge(one.state),
        one.rule || code(one.device || ''),
        one.hosts.join(', ') || 'all',
        one.reason,
        one.owner,
        one.expires,
        one.matched === null ? '' : number(one.matched),
      ]),
    ),
  );
}

function arrays() {
  if (!fleet.arrays.length) return null;
  return el(
    'section',
    { class: 'card' },
    el('h3', {}, 'Arrays asked'),
    table(
      'Arrays asked',
      ['Listing', 'Array', 'Cluster', 'ONTAP', 'Account sees', 'LUNs of', 'Fetched'],
      fleet.arrays.map((one) => [
        one.complete === true ? listed(one) : el('span', {}, el('span', { class: 'badge alarm' }, 'not listed'), ' ', one.error),
        one.hostname,
        one.cluster,
        one.version,
        one.wwid_prefixes.length ? '' : one.scope,
        one.svms.concat(one.wwid_prefixes.map((prefix) => `${prefix}...`)).join(', '),
        one.fetched_at ? time(one.fetched_at) : '',
      ]),
    ),
  );
}

function listed(one) {
  const gaps = one.not_checked.map((gap) => el('div', { class: 'small' }, `Not checked for advice: ${gap.what}: ${gap.why}`));
  return gaps.length ? el('span', {}, badge('complete'), gaps) : badge('complete');
}
