// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Devices by verdict, by night: a row of bars for each verdict, and the same as a table. A night without a report, or
// of whose hosts nothing is known, is a gap and no zero.

const DAY = 24 * 3600 * 1000;
const DAYS = 90; // shown at most
const FEWEST = 14; // places in a chart, so that few nights do not become wide bars
const TALL = 40; // of a chart, in its own units
const PARTLY = 'above a bar: some hosts were not audited, or only in part, and not all of their devices are counted';
const MARK = 3; // height of the mark of a night whose hosts were not all audited completely

// [{day, night: its record or null}] of each day from the first to the last.
function slots() {
  const nights = new Map();
  for (const night of fleet.nights) {
    const at = Math.floor(new Date(night.generated_at || NaN).getTime() / DAY);
    if (!Number.isNaN(at)) nights.set(at, night);
  }
  if (!nights.size) return [];
  const own = Math.floor(new Date(fleet.about.generated_at || NaN).getTime() / DAY);
  const last = Number.isNaN(own) ? Math.max(...nights.keys()) : own;
  const first = Math.max(Math.min(...nights.keys()), last - DAYS + 1);
  return Array.from({ length: last - first + 1 }, (dummy, at) => ({
    day: dayText(first + at),
    night: nights.get(first + at) || null,
  }));
}

function dayText(day) {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

// A count of a night; null where nothing is known.
function valueOf(night, word) {
  return night && night.hosts !== night.unseen ? night[word] : null;
}

function isPartly(night) {
  return night.unseen > 0 || night.in_part > 0;
}

function trendPage() {
  if (!fleet.nights.length)
    return [
      el('p', { class: 'notice' }, 'This report has no trend: it is of a part of the hosts, or of an older version.'),
    ];
  const days = slots();
  const known = days.filter((one) => one.night);
  const words = WORDS.verdict.filter((word) => known.some(({ night }) => night[word]));
  const blind = known.some(({ night }) => night.unseen);
  const partly = known.some(({ night }) => isPartly(night));
  if (!known.length) return [el('p', { class: 'notice' }, 'This report has no time, so there is no trend.')];
  return [
    el(
      'section',
      { class: 'card trend' },
      el('h2', {}, 'Devices by verdict, by night'),
      el(
        'p',
        { class: 'small' },
        `${days[0].day} to ${days.at(-1).day} (UTC): ${plural(known.length, 'night')} with a report, `,
        `${number(days.length - known.length)} without. `,
        known.length < 2 && 'The trend begins with the next report.',
      ),
      words.map((word) => chart(word, days, (night) => valueOf(night, word))),
      blind && chart('hosts not audited', days, (night) => (night && night.hosts ? night.unseen : null)),
      el(
        'ul',
        { class: 'keys' },
        el('li', {}, el('i', { class: 'dot gap' }), 'no report, or nothing known: a gap, and not zero'),
        partly && el('li', {}, el('i', { class: 'dot unseen' }), PARTLY),
      ),
      folded(['The numbers'], () => numbers(days, words), { class: 'more' }),
    ),
  ];
}

// Each bar's height is its part of the largest value of its row.
function chart(word, days, value) {
  const values = days.map(({ night }) => value(night));
  const most = Math.max(1, ...values.map((one) => one || 0));
  const known = values.filter((one) => one !== null);
  const verdict = WORDS.verdict.includes(word);
  const now = values.at(-1);
  const bars = days.flatMap(({ night }, at) => {
    const one = values[at];
    if (one === null) return [bar(at, 0, TALL, 'gap')];
    const high = one ? Math.max(2, ((TALL - MARK - 1) * one) / most) : 0.5;
    const partly = verdict && isPartly(night);
    return [bar(at, TALL - high, high, verdict ? tone(word) : 'unseen'), partly && bar(at, 0, MARK, 'unseen')];
  });
  const gaps = values.length - known.length;
  const counted = known.length
    ? `from ${number(Math.min(...known))} to ${number(Math.max(...known))}`
    : 'nothing known';
  const range = gaps ? `${counted}, ${plural(gaps, 'night')} not known` : counted;
  const viewBox = `0 0 ${Math.max(FEWEST, days.length) * 10} ${TALL}`;
  const about = { viewBox, preserveAspectRatio: 'none', role: 'img' };
  return el(
    'div',
    { class: 'series', 'data-word': word },
    verdict ? badge(word) : el('span', { class: 'badge unseen' }, word),
    shape('svg', { ...about, 'aria-label': `${word} by night, ${range}` }, bars),
    el('b', {}, now === null ? 'not known' : number(now)),
  );
}

function bar(at, y, height, kind) {
  return shape('rect', { class: kind, x: at * 10 + 1, y, width: 8, height });
}

// As el(), for the drawing.
function shape(tag, about, children = []) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(about)) node.setAttribute(key, String(value));
  append(node, children);
  return node;
}

function numbers(days, words) {
  const rows = days.map(({ day, night }) => {
    if (!night) return [day, 'no report', '', ...words.map(() => '')];
    const hosts = night.hosts || 0;
    const audited = `${number(hosts - (night.unseen || 0))} of ${number(hosts)}`;
    return [
      day,
      audited,
      number(night.in_part || 0),
      ...words.map((word) => (valueOf(night, word) === null ? 'not known' : number(night[word] || 0))),
    ];
  });
  return table(
    'Devices by verdict, by night',
    ['Night (UTC)', 'Hosts audited', 'Of them in part', ...words],
    rows.reverse(),
  );
}
