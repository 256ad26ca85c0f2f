// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Risky settings that the arrays and clusters themselves show, each listed once for the fleet.

// No configured array owns a target: what the verdicts lack, so it stands before what they come to.
const UNOWNED = 'MPC508';

function unowned() {
  return advised(
    'Targets that no configured array owns',
    fleet.advisories.filter((one) => one.rule === UNOWNED),
    NEW,
  );
}

function advisories() {
  return advised(
    'Arrays and clusters',
    fleet.advisories.filter((one) => one.rule !== UNOWNED),
  );
}

function advised(title, entries, most = entries.length) {
  if (!entries.length) return null;
  const folds = (some) => el('div', { class: 'folds' }, some.map(advisory));
  return el(
    'section',
    { class: 'card' },
    el('h3', {}, title),
    folds(entries.slice(0, most)),
    entries.length > most &&
      folded([`${number(entries.length - most)} more`], () => folds(entries.slice(most)), { class: 'more' }),
  );
}

function advisory(one) {
  return folded([badge(one.severity), el('span', {}, code(one.rule), ` ${one.subject}: ${one.what}`), flags(one)], () =>
    advisoryDetail(one),
  );
}

function advisoryDetail(one) {
  return [
    one.exception && callout('plain', 'Exception', exceptionText(one.exception)),
    terms(
      ['Rule', ruleLink(one.rule)],
      ['Where', one.where],
      ['Hosts', one.hosts.join(', ')],
      ['Of no audited host', one.strangers.join(', ')],
      ['Why it is bad', one.why],
      ['What to do', one.remedy],
    ),
  ];
}
