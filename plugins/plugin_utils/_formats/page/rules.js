// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// The rules: a table of those that the report names, and a page for each: why, what to do, an example, where it fires.

const LISTED_OF_RULE = 20; // shown before somebody asks for all

function rulesPage() {
  const [id] = choice().rule || [];
  const rule = fleet.rules.find((one) => one.id === id);
  if (rule) return rulePage(rule);
  return [rules() || el('p', { class: 'notice' }, 'No rule found anything on the hosts that were audited.')];
}

function ruleLink(id) {
  return ruleTitles.has(id) ? el('a', { href: address('rules', { rule: [id] }) }, id) : code(id);
}

// Into the documentation of this collection; nothing is asked of it before somebody follows the link.
function docLink(page) {
  return el('a', { href: fleet.about.docs + page }, page);
}

function rules() {
  if (!fleet.rules.length) return null;
  const unchecked = tally(
    fleet.hosts.flatMap((host) => [...new Set(host.not_checked.map((one) => one.rule))]),
    (rule) => rule,
  );
  const rows = fleet.rules
    .map((rule) => [rule, firesOn(rule)])
    .sort(
      ([a, x], [b, y]) => rank(WORDS.severity, a.severity) - rank(WORDS.severity, b.severity) || y.length - x.length,
    );
  return el(
    'section',
    { class: 'card' },
    el('h2', {}, 'Rules'),
    table(
      'Rules',
      ['Rule', 'Severity', '', 'Hosts', 'Findings', 'New', 'Excepted', 'Not checked on'],
      rows.map(([rule, mine]) => [
        ruleLink(rule.id),
        badge(rule.severity),
        rule.title,
        number(hostsOf(mine).size),
        number(mine.length),
        number(mine.filter((one) => one.change === 'new').length),
        number(mine.filter((one) => one.exception).length),
        unchecked.has(rule.id) ? plural(unchecked.get(rule.id), 'host') : '',
      ]),
    ),
  );
}

function hostsOf(findings) {
  return new Set(findings.map((one) => one.host));
}

// The findings of a rule: what counts before what is excepted, what is worse, and what is new, before the rest.
function firesOn(rule) {
  return fleet.findings
    .filter((one) => one.rule === rule.id)
    .sort(
      (a, b) =>
        counts(b) - counts(a) ||
        rank(WORDS.severity, a.severity) - rank(WORDS.severity, b.severity) ||
        (b.change === 'new') - (a.change === 'new'),
    );
}

function rulePage(rule) {
  const mine = firesOn(rule);
  const advised = fleet.advisories.filter((one) => one.rule === rule.id);
  return [
    el('p', {}, el('a', { href: address('rules') }, 'All rules')),
    el(
      'section',
      { class: 'card rule' },
      el('h2', {}, `${rule.id}: ${rule.title}`),
      el('p', {}, badge(rule.severity), ' ', docLink(rule.help)),
      el('h3', {}, 'Why it is bad'),
      el('p', { class: 'reason' }, rule.why),
      el('h3', {}, 'What to do'),
      el('p', { class: 'reason' }, rule.remedy),
      mine.length > 0 && [el('h3', {}, 'Example, from this fleet'), exampleOf(mine[0])],
    ),
    card('Where it fires', mine.length ? where(rule, mine) : nowhere(advised)),
    advised.length > 0 && card('Arrays and clusters', el('div', { class: 'folds' }, advised.map(advisory))),
    uncheckedBy(rule, advised.length > 0 && !mine.length),
  ];
}

function card(title, ...parts) {
  return el('section', { class: 'card' }, el('h3', {}, title), parts);
}

function exampleOf(finding) {
  return [
    finding.exception && callout('plain', 'Exception', exceptionText(finding.exception)),
    terms(
      ['Severity', badge(finding.severity)],
      ['Host', fleet.hosts[finding.host].name],
      ['What', finding.what],
      ['About', finding.subject && code(finding.subject)],
      ['Where', finding.where && code(finding.where)],
    ),
  ];
}

function nowhere(advised) {
  const text = advised.length ? 'It is about arrays and clusters.' : 'On no host whose audit could check it.';
  return el('p', { class: 'small' }, text);
}

function where(rule, mine) {
  const hosts = [...hostsOf(mine)];
  const of = tally(mine, (one) => one.host);
  const devices = devicesAbout(mine);
  const fresh = mine.filter((one) => one.change === 'new').length;
  const excepted = mine.filter((one) => one.exception).length;
  return [
    el(
      'p',
      { class: 'small' },
      el('a', { href: address('findings', { rule: [rule.id] }) }, plural(mine.length, 'finding')),
      ` on ${plural(hosts.length, 'host')}; ${number(fresh)} new, ${number(excepted)} excepted`,
    ),
    some('Hosts', hosts, (host) => {
      const { name } = fleet.hosts[host];
      const link = el('a', { href: address('findings', { host: name, rule: [rule.id] }) }, name);
      const excused = mine.every((one) => one.host !== host || one.exception);
      return [
        link,
        of.get(host) > 1 && el('span', { class: 'dim' }, ` ${plural(of.get(host), 'finding')}`),
        excused && mark('excepted', 'excepted'),
      ];
    }),
    some('Devices', devices, deviceLine),
  ];
}

// The devices that findings are about, each once.
function devicesAbout(findings) {
  const found = new Set();
  for (const [host, subjects] of bySubject(findings))
    for (const device of fleet.hosts[host].devices)
      if (device.wwid !== null && subjects.has(device.wwid)) found.add(device);
  return [...found];
}

// Map {host: Set of the subjects of its findings}.
function bySubject(findings) {
  const found = new Map();
  for (const { host, subject } of findings) {
    if (!found.has(host)) found.set(host, new Set());
    found.get(host).add(subject);
  }
  return found;
}

// The first of them, and the rest for who asks.
function some(title, things, line) {
  if (!things.length) return null;
  const list = (part) =>
    el(
      'ul',
      { class: 'plain' },
      part.map((one) => el('li', {}, line(one))),
    );
  const rest = things.length - LISTED_OF_RULE;
  return [
    el('h4', {}, `${title} (${number(things.length)})`),
    list(things.slice(0, LISTED_OF_RULE)),
    rest > 0 && folded([`${number(rest)} more`], () => list(things.slice(LISTED_OF_RULE)), { class: 'more' }),
  ];
}

// Where it may fire too: hosts on which it could not be checked, and those that could not be audited at all.
// *ofArrays*: the rule is not about hosts.
function uncheckedBy(rule, ofArrays) {
  const gaps = fleet.hosts
    .map((host) => [host, host.not_checked.filter((one) => one.rule === rule.id)])
    .filter(([, mine]) => mine.length);
  const blind = ofArrays ? 0 : fleet.hosts.filter(unseen).length;
  if (!gaps.length && !blind) return null;
  const line = ([host, [first, ...rest]]) => [
    el('a', { href: address('hosts', { q: host.name, open: [host.name] }) }, host.name),
    el(
      'span',
      { class: 'dim' },
      ` ${first.subject ? `on ${first.subject}: ` : ''}${first.why}`,
      rest.length > 0 && `, and ${number(rest.length)} more`,
    ),
  ];
  return card(
    'Not checked: it may fire there too',
    some('Hosts', gaps, line),
    blind > 0 &&
      el(
        'p',
        { class: 'small' },
        el('a', { href: address('hosts', { compliance: UNSEEN }) }, plural(blind, 'host')),
        ' could not be audited: nothing is known of them.',
      ),
  );
}
