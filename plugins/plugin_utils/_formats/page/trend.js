// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Devices by verdict, by night: a row of bars for each verdict, and the same as a table. A night without a report, or
// of whose hosts nothing is known, is a gap and no zero.

const DAY = 24 * 3600 * 1000;
const DAYS = 90; // shown at most
const FEWEST = 14; // places in a chart, so that few nights do not become wide bars
const TALL = 40; // of a chart, in its own units
const PARTLY = 'above a bar: some hosts were not audited, and their devices are not counted';
const MARK = 3; // height of the mark of a night whose hosts were not all audited

// [{day, night: its record or null}] of each day from the first to the last.
function slots() {
  const nights = new Map();
  for (const night of fleet.nights) {
    const at = Math.floor(new Date(night.generated_at || NaN).getTime() / DAY);
    if (!Number.isNaN(at)) nights.set(at, night);
  }
  if (!nights.size) return [];
  const last = Math.max(...nights.keys());
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

function trendPage() {
  const days = slots();
  const known = days.filter((one) => one.night);
  const words = WORDS.verdict.filter((word) => known.some(({ night }) => night[word]));
  const blind = known.some(({ night }) => night.unseen);
  if (!known.length) return [el('p', { class: 'notice' }, 'This report has no time, so there is no trend.')];
  return [
    el(
      'section',
      { class: 'card trend' },
      el('h2', {}, 'Devices by verdict, by night'),
      el(
        'p',
        { class: 'small' },
        `${days[0].day} to ${days.at(-1).day}: ${plural(known.length, 'night')} with a report, `,
        `${number(days.length - known.length)} without. `,
        known.length < 2 && 'The trend begins with the next report.',
      ),
      words.map((word) => chart(word, days, (night) => valueOf(night, word))),
      blind && chart('hosts not audited', days, (night) => night && night.unseen),
      el(
        'ul',
        { class: 'keys' },
        el('li', {}, el('i', { class: 'dot gap' }), 'no report, or nothing known: a gap, and not zero'),
        blind && el('li', {}, el('i', { class: 'dot unseen' }), PARTLY),
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
    const partly = verdict && night.unseen > 0;
    return [bar(at, TALL - high, high, verdict ? tone(word) : 'unseen'), partly && bar(at, 0, MARK, 'unseen')];
  });
  const range = known.length ? `from ${number(Math.min(...known))} to ${number(Math.max(...known))}` : 'nothing known';
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
    if (!night) return [day, 'no report', ...words.map(() => '')];
    const audited = `${number(night.hosts - night.unseen)} of ${number(night.hosts)}`;
    return [day, audited, ...words.map((word) => (valueOf(night, word) === null ? 'not known' : number(night[word])))];
  });
  return table('Devices by verdict, by night', ['Night', 'Hosts audited', ...words], rows.reverse());
}
