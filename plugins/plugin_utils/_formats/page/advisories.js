// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// What the arrays and clusters themselves show to be risky, told once for the fleet.

function advisories() {
  if (!fleet.advisories.length) return null;
  return el(
    'section',
    { class: 'card' },
    el('h3', {}, 'Arrays and clusters'),
    el(
      'div',
      { class: 'folds' },
      fleet.advisories.map((one) =>
        folded([badge(one.severity), el('span', {}, code(one.rule), ` ${one.subject}: ${one.what}`), flags(one)], () => advisoryDetail(one)),
      ),
    ),
  );
}

function advisoryDetail(one) {
  return [
    one.exception && callout('plain', 'Exception', exceptionText(one.exception)),
    terms(
      ['Where', one.where],
      ['Hosts', one.hosts.join(', ')],
      ['Of no audited host', one.strangers.join(', ')],
      ['Why it is bad', one.why],
      ['What to do', one.remedy],
    ),
  ];
}
