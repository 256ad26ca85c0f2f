// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// The first page: what it comes to, and what has changed; what to do first is in first.js.

const NEW = 8; // shown before somebody asks for all
const GONE = 4;

function overview() {
  return [
    headline(),
    unowned(),
    glance(),
    el('div', { class: 'columns' }, changed(), first()),
    advisories(),
    exceptions(),
    arrays(),
  ];
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
    const reach = `${plural(recycled.length, 'device')} ${recycled.length === 1 ? 'reaches' : 'reach'}`;
    const inUse = used ? `, ${number(used)} of them in use` : '';
    [kind, text] = ['alarm', `Data at risk: ${reach} another LUN than the host believes${inUse}.`];
  } else if (conflict.length || critical.length)
    [kind, text] = ['alarm', `${plural(conflict.length + critical.length, 'thing')} cannot wait.`];
  else if (noncompliant)
    [kind, text] = ['serious', `${number(noncompliant)} of ${plural(total, 'host')} are noncompliant.`];
  else if (blind)
    [kind, text] = [
      'unseen',
      `${number(blind)} of ${plural(total, 'host')} could not be audited: nothing is known of them.`,
    ];
  else if (partly)
    [kind, text] = [
      'doubt',
      `Nothing bad was seen, but ${number(partly)} of ${plural(total, 'host')} could not be looked at whole.`,
    ];
  const counts = counted(fleet.hosts, (one) => one.compliance, WORDS.compliance).map(
    ([word, count]) => `${number(count)} ${shown(word)}`,
  );
  const fails = fleet.hosts.filter((one) => one.fails).length;
  return el(
    'section',
    { class: `headline ${kind}`, 'aria-label': 'What it comes to' },
    el('h2', {}, text),
    el(
      'p',
      {},
      total > 0 && `Of ${plural(total, 'host')}: ${counts.join(', ')}. `,
      fleet.about.fail_on &&
        `By the policy (${fleet.about.fail_on}), ${plural(fails, 'host')} ${fails === 1 ? 'fails' : 'fail'}.`,
    ),
  );
}

function glance() {
  const listed = fleet.arrays.length - unlisted.length;
  const card = (title, total, ...parts) =>
    el('section', { class: 'card' }, el('h3', {}, title, el('b', {}, number(total))), parts);
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
                el(
                  'li',
                  { class: 'line' },
                  el('i', { class: `dot ${one.complete === true ? 'good' : 'alarm'}` }),
                  el('span', {}, one.hostname),
                ),
              ),
          )
        : el('p', { class: 'small' }, 'No array was asked: nothing can be proven stale.'),
      fleet.arrays.length > 0 &&
        el(
          'p',
          { class: 'small' },
          unlisted.length
            ? [
                mark(`${number(unlisted.length)} not listed`, 'fails'),
                ' Until they are, none of their devices is called stale.',
              ]
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
      found.slice(0, 5).map(([rule, count]) =>
        el(
          'li',
          {},
          el(
            'a',
            {
              href: address(ruleTitles.has(rule) ? 'rules' : 'findings', { rule: [rule] }),
              title: ruleTitles.get(rule),
            },
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
      folded(
        [`${number(entries.length - most)} more`],
        () => el('ul', { class: 'plain' }, entries.slice(most).map(item)),
        { class: 'more' },
      ),
  ];
}

function changeAddress(one) {
  if (one.kind === 'device') return address('devices', { host: one.host, q: one.id || '' });
  if (one.kind === 'finding') return address('findings', { host: one.host });
  return address('hosts', { q: one.host || '', open: [one.host || ''] });
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
        one.complete === true
          ? listed(one)
          : el('span', {}, el('span', { class: 'badge alarm' }, 'not listed'), ' ', one.error),
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
  const gaps = one.not_checked.map((gap) =>
    el('div', { class: 'small' }, `Not checked for advice: ${gap.what}: ${gap.why}`),
  );
  return gaps.length ? el('span', {}, badge('complete'), gaps) : badge('complete');
}
