// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Search, filters and order over the records of one kind. Each record has its text in lower case, and for each filter a
// number whose bits are its words.

const collator = new Intl.Collator('en', { numeric: true });

// {column: the one that an order is by, or undefined, falling: whether it is descending}
function sortedBy(columns, sort) {
  const falling = sort.startsWith('-');
  return { column: columns.find((column) => column.name === sort.slice(falling ? 1 : 0)), falling };
}

class Finder {
  constructor(items, { text, filters, urgency, columns, groups = [], words, word }) {
    Object.assign(this, { items, text, urgency, columns, groups, words, word, orders: {}, indexed: 0, looked: null });
    this.memberships = {};
    this.texts = new Array(items.length);
    // Two lists may have the same filter, each with words of its own.
    this.filters = filters.map((filter) => ({ ...filter }));
    for (const filter of this.filters) this.encode(filter);
  }

  encode(filter) {
    const present = new Set(this.items.flatMap((item) => filter.of(item)));
    const order = filter.words || [];
    // Bits of an integer of 32: there are fewer words in every filter, and rules beyond that nobody could distinguish
    // either.
    filter.words = order
      .filter((word) => present.has(word))
      .concat([...present].filter((word) => word && !order.includes(word)).sort())
      .slice(0, 31);
    const bits = new Map(filter.words.map((word, at) => [word, 1 << at]));
    // Of each item the number of its set of words; there are few such sets.
    const sets = new Map();
    filter.codes = Uint16Array.from(this.items, (item) => {
      const set = filter.of(item).reduce((sum, word) => sum | (bits.get(word) || 0), 0);
      if (!sets.has(set)) sets.set(set, sets.size);
      return sets.get(set);
    });
    filter.sets = [...sets.keys()];
    filter.bits = bits;
  }

  // Build the texts for so many milliseconds; whether all are there.
  index(budget) {
    const end = performance.now() + budget;
    while (this.indexed < this.items.length) {
      const stop = Math.min(this.indexed + 200, this.items.length);
      for (; this.indexed < stop; this.indexed += 1)
        this.texts[this.indexed] = this.text(this.items[this.indexed]).join('\n').toLowerCase();
      if (performance.now() > end) break;
    }
    return this.indexed === this.items.length;
  }

  // The places in the order of a column, with a minus before its name descending; else the most urgent first.
  order(name) {
    const { column, falling } = sortedBy(this.columns, name);
    const sort = column ? name : '';
    if (!this.orders[sort]) this.orders[sort] = column ? this.sorted(column, falling) : this.urgent();
    return this.orders[sort];
  }

  urgent() {
    const keys = this.items.map(this.urgency);
    const places = Array.from(keys, (dummy, at) => at);
    return places.sort((a, b) => {
      for (let at = 0; at < keys[a].length; at += 1) {
        if (keys[a][at] < keys[b][at]) return -1;
        if (keys[a][at] > keys[b][at]) return 1;
      }
      return a - b;
    });
  }

  // Items of one value stay in the order of urgency, both ways; those without a value come last, both ways.
  sorted(column, falling) {
    const ranks = this.ranks(column);
    const [known, rest] = [[], []];
    for (const at of this.order('')) (Number.isNaN(ranks[at]) ? rest : known).push(at);
    return known.sort((a, b) => (falling ? ranks[b] - ranks[a] : ranks[a] - ranks[b])).concat(rest);
  }

  // Numbers to sort by, NaN for an item without a value. Each text is compared once, not once for each of its items.
  ranks(column) {
    const values = this.items.map(column.value);
    const texts = [...new Set(values.filter((value) => typeof value === 'string' && value))].sort(
      column.byCharacter ? undefined : collator.compare,
    );
    const places = new Map(texts.map((text, place) => [text, place]));
    return Float64Array.from(values, (value) => {
      if (typeof value === 'number') return value;
      return places.has(value) ? places.get(value) : NaN;
    });
  }

  // {matches: 1 for each item whose text has all words of *q* and none of those after a minus, found: how many}; null
  // where nothing is looked for.
  matched(q) {
    const words = q
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word && word !== '-');
    if (!words.length) return null;
    if (this.looked && this.looked.q === q) return this.looked;
    this.index(Infinity);
    const wanted = words.filter((word) => word[0] !== '-');
    const unwanted = words.filter((word) => word[0] === '-').map((word) => word.slice(1));
    const matches = new Uint8Array(this.items.length);
    let found = 0;
    this.texts.forEach((text, at) => {
      if (wanted.every((word) => text.includes(word)) && !unwanted.some((word) => text.includes(word))) {
        matches[at] = 1;
        found += 1;
      }
    });
    this.looked = { q, matches, found };
    return this.looked;
  }

  count(q) {
    const looked = this.matched(q);
    return looked ? looked.found : this.items.length;
  }

  // {places: of the items in order, counts: {filter: {word: how many there were if it were chosen}}}
  find(chosen) {
    const looked = this.matched(chosen.q);
    const masks = this.filters.map((filter) =>
      (chosen[filter.name] || []).reduce((sum, word) => sum | (filter.bits.get(word) || 0), 0),
    );
    const passes = this.filters.map((filter, number) =>
      filter.sets.map((set) => !masks[number] || (set & masks[number]) !== 0),
    );
    const tallies = this.filters.map((filter) => new Int32Array(filter.sets.length));
    const places = [];
    const only = chosen.host ? hostNumbers.get(chosen.host) : undefined;
    for (const at of this.order(chosen.sort)) {
      if (chosen.host && this.hostOf(at) !== only) continue;
      if (looked && !looked.matches[at]) continue;
      let missed = -1;
      let misses = 0;
      for (let number = 0; number < masks.length; number += 1) {
        if (!passes[number][this.filters[number].codes[at]]) {
          missed = number;
          misses += 1;
        }
      }
      if (!misses) places.push(at);
      for (let number = 0; number < masks.length; number += 1) {
        if (!misses || (misses === 1 && missed === number)) tallies[number][this.filters[number].codes[at]] += 1;
      }
    }
    const counts = {};
    this.filters.forEach((filter, number) => {
      counts[filter.name] = Object.create(null);
      for (const [word, bit] of filter.bits) {
        let sum = 0;
        filter.sets.forEach((set, code) => {
          sum += set & bit ? tallies[number][code] : 0;
        });
        counts[filter.name][word] = sum;
      }
    });
    return { places, counts };
  }

  // Of each item the names of its groups by one of *groups*: asked of the records once, not at each key of a search.
  members(group) {
    if (!this.memberships[group.name]) this.memberships[group.name] = this.items.map(group.of);
    return this.memberships[group.name];
  }

  // [{by, key, places, counts: of each word}] of *places*, the most urgent first; null where nothing groups them.
  // An item with two targets is in the groups of both: who asks what hangs on a target wants all of it.
  grouped(places, name) {
    const by = this.groups.find((group) => group.name === name);
    if (!by) return null;
    const members = this.members(by);
    this.ranked = this.ranked || Uint8Array.from(this.items, (item) => rank(this.words, this.word(item)));
    const found = new Map();
    for (const at of places) {
      for (const key of members[at]) {
        if (!found.has(key)) found.set(key, { by, key, places: [], counts: new Array(this.words.length + 1).fill(0) });
        const group = found.get(key);
        group.places.push(at);
        group.counts[this.ranked[at]] += 1;
      }
    }
    return [...found.values()].sort((a, b) => {
      const differs = a.counts.findIndex((count, at) => count !== b.counts[at]);
      return differs < 0 ? 0 : b.counts[differs] - a.counts[differs];
    });
  }

  hostOf(at) {
    return this.items[at].host === undefined ? at : this.items[at].host;
  }
}
