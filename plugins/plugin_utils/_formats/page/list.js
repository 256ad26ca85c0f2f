// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// A list of any length of which only the rows near the window exist. A row opens in place; the space of the others is
// the list's padding. A place below 0 is a group: -1 is the first one.

const AROUND = 12; // rows beyond each edge of the window
const PRINTED = 1000; // rows at most on paper

class List {
  // *row*: place -> [nodes of the row's button]; *detail*: place -> node; *key*: place -> its name in the address;
  // *opened*: called with all open keys; *groupRow*: group -> [nodes]; *unfold*: called with a group to open or close.
  constructor({ label, row, detail, key, opened, groupRow, unfold }) {
    Object.assign(this, { row, detail, key, opened, groupRow, unfold, places: [], groups: null, open: new Set() });
    Object.assign(this, { extra: new Map(), made: new Map(), current: 0, whole: false });
    this.node = el('ol', {
      class: 'rows',
      role: 'list',
      'aria-label': label,
      tabindex: -1,
      on: { keydown: (event) => this.keyed(event) },
    });
    this.draw = this.draw.bind(this);
    this.heights = new ResizeObserver((entries) => this.measure(entries.map((entry) => entry.target)));
  }

  // *groups*: those of the places below 0, each with isOpen, or null.
  show(places, open, groups) {
    this.places = places;
    this.groups = groups;
    this.open = new Set(open);
    this.openPlaces = null;
    this.current = Math.min(this.current, Math.max(0, places.length - 1));
    this.forget();
    this.draw();
  }

  forget() {
    this.heights.disconnect();
    this.made.clear();
    this.node.replaceChildren();
    this.tall = null;
  }

  // Of a closed row; the style says it, for a window of this width.
  get height() {
    if (!this.tall) this.tall = parseFloat(getComputedStyle(this.node).getPropertyValue('--row')) || 40;
    return this.tall;
  }

  // [[place in the list, further height]] of the open rows, in order.
  get opens() {
    if (!this.openPlaces) {
      this.openPlaces = [];
      if (this.open.size) {
        this.places.forEach((place, at) => place >= 0 && this.open.has(this.key(place)) && this.openPlaces.push(at));
      }
    }
    return this.openPlaces.map((at) => [at, this.extra.get(this.key(this.places[at])) || 0]);
  }

  top(at, opens) {
    return opens.reduce((sum, [place, extra]) => sum + (place < at ? extra : 0), at * this.height);
  }

  draw() {
    if (!this.node.isConnected) return;
    const opens = this.opens;
    const [first, last] = this.range(opens);
    const focused = this.node.contains(document.activeElement);
    for (const [at, item] of this.made) {
      if (at < first || at >= last) {
        this.heights.unobserve(item);
        item.remove();
        this.made.delete(at);
      }
    }
    let before = null;
    for (let at = last - 1; at >= first; at -= 1) {
      if (!this.made.has(at)) {
        this.made.set(at, this.item(at));
        this.node.insertBefore(this.made.get(at), before);
      }
      before = this.made.get(at);
    }
    this.node.style.paddingTop = `${this.top(first, opens)}px`;
    this.node.style.paddingBottom = `${this.top(this.places.length, opens) - this.top(last, opens)}px`;
    if (focused && !this.node.contains(document.activeElement)) this.node.focus({ preventScroll: true });
  }

  range(opens) {
    const length = this.places.length;
    if (this.whole) return [0, Math.min(length, PRINTED)];
    const from = -this.node.getBoundingClientRect().top;
    const to = from + window.innerHeight;
    // Where a row is, is its number times the height and what is open above it: look for both ends.
    const at = (offset) => {
      let low = 0;
      let high = length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.top(middle + 1, opens) <= offset) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    return [Math.max(0, at(from) - AROUND), Math.min(length, at(to) + AROUND)];
  }

  groupAt(at) {
    return this.places[at] < 0 ? this.groups[-1 - this.places[at]] : null;
  }

  isOpen(at) {
    const group = this.groupAt(at);
    return group ? group.isOpen : this.open.has(this.key(this.places[at]));
  }

  item(at) {
    const place = this.places[at];
    const group = this.groupAt(at);
    const isOpen = this.isOpen(at);
    const button = el(
      'button',
      {
        type: 'button',
        class: group ? 'row group' : 'row',
        'aria-expanded': String(isOpen),
        tabindex: at === this.current ? 0 : -1,
        on: { click: () => this.toggle(at), focus: () => this.move(at, false) },
      },
      group ? this.groupRow(group) : this.row(place),
    );
    const item = el(
      'li',
      {
        'aria-posinset': at + 1,
        'aria-setsize': this.places.length,
        'aria-level': this.groups && (group ? 1 : 2),
        'data-key': group ? null : this.key(place),
      },
      button,
    );
    if (isOpen && !group) {
      item.append(el('div', { class: 'detail' }, this.detail(place)));
      this.heights.observe(item);
    }
    return item;
  }

  measure(items) {
    let changed = false;
    for (const item of items) {
      const extra = Math.max(0, item.offsetHeight - this.height);
      const key = item.dataset.key;
      if (item.isConnected && this.extra.get(key) !== extra) {
        this.extra.set(key, extra);
        changed = true;
      }
    }
    if (changed) this.draw();
  }

  toggle(at) {
    const group = this.groupAt(at);
    if (group) {
      this.unfold(group);
      this.move(at, true);
      return;
    }
    const key = this.key(this.places[at]);
    if (!this.open.delete(key)) this.open.add(key);
    this.openPlaces = null;
    // An item that is in two groups is there twice.
    for (const [copy, old] of this.made) {
      if (this.places[copy] < 0 || this.key(this.places[copy]) !== key) continue;
      const item = this.item(copy);
      this.heights.unobserve(old);
      old.replaceWith(item);
      this.made.set(copy, item);
    }
    this.made.get(at).firstChild.focus({ preventScroll: true });
    this.opened([...this.open]);
    this.draw();
  }

  move(at, focus) {
    const old = this.made.get(this.current);
    if (old) old.firstChild.setAttribute('tabindex', -1);
    this.current = Math.max(0, Math.min(this.places.length - 1, at));
    if (focus) this.reveal(this.current);
    const item = this.made.get(this.current);
    if (!item) return;
    item.firstChild.setAttribute('tabindex', 0);
    if (focus) item.firstChild.focus({ preventScroll: true });
  }

  // Scroll so that the row is in the window, below what sticks to its top.
  reveal(at) {
    const start = this.node.getBoundingClientRect().top + this.top(at, this.opens);
    const bar = document.querySelector('.top').getBoundingClientRect().bottom + 8;
    if (start < bar) window.scrollBy(0, start - bar);
    else if (start + this.height > window.innerHeight - 8)
      window.scrollBy(0, start + this.height - window.innerHeight + 8);
    this.draw();
  }

  keyed(event) {
    if (event.target !== this.node && !event.target.classList.contains('row')) return;
    const page = Math.max(1, Math.floor(window.innerHeight / this.height) - 6);
    const steps = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.places.length,
      End: this.places.length,
    };
    if (event.key in steps && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.move(this.current + steps[event.key], true);
    } else if (event.key === 'Escape' && this.made.has(this.current) && this.isOpen(this.current)) {
      this.toggle(this.current);
    }
  }
}
