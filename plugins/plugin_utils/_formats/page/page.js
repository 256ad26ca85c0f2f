// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// What is on the screen follows the address: each change of it comes through show().

const main = document.getElementById('main');
const search = document.getElementById('search');
const views = document.getElementById('views');
const said = document.getElementById('said');
const finders = {};
let shownView = null; // {view, list, and the nodes that change with it}
let wandering = false;
const PAGES = { overview, rules: rulesPage, trend: trendPage }; // the views that are no list

function finder(view) {
  if (!finders[view]) finders[view] = new Finder(LISTS[view].items, LISTS[view]);
  return finders[view];
}

// *arrived*: at an address, which may be a link to one row; else something on the page was used, and keeps the focus.
function show(arrived) {
  const chosen = choice();
  if (search.value !== chosen.q && document.activeElement !== search) search.value = chosen.q;
  const part = PAGES[chosen.view] ? address(chosen.view, { rule: chosen.rule }) : chosen.view;
  if (!shownView || shownView.part !== part) build(chosen.view, part);
  if (!PAGES[chosen.view]) fillList(chosen, arrived);
  tabs(chosen);
}

function build(view, part) {
  window.scrollTo(0, 0);
  if (PAGES[view]) {
    const follows = shownView && PAGES[shownView.view];
    shownView = { view, part };
    main.replaceChildren(...PAGES[view]().filter(Boolean));
    // The link that led here is gone with the page before it.
    if (follows) said.textContent = main.querySelector('h2')?.textContent || '';
    return;
  }
  const about = LISTS[view];
  const list = new List({
    label: `${about.noun}s`,
    key: about.key,
    row: (place) => about.row(about.items[place]),
    detail: (place) => [].concat(about.detail(about.items[place])),
    opened: (open) => say(view, { ...choice(), view: '', open }, true),
    groupRow: (group) => groupRow(about, group),
    unfold: (group) => unfold(group.key),
  });
  const nodes = {
    count: el('p', { class: 'count' }),
    filters: el('div', { class: 'filters' }),
    empty: el('p', { class: 'notice' }),
    sort: el(
      'select',
      { id: 'sort', on: { change: (event) => choose({ sort: event.target.value }) } },
      el('option', { value: '' }, 'the most urgent first'),
      about.columns.map(({ name, label }) => [
        el('option', { value: name }, `${label}, ascending`),
        el('option', { value: `-${name}` }, `${label}, descending`),
      ]),
    ),
    group: about.groups && groupSelect(about.groups),
    heads: heads(about),
  };
  shownView = { view, part, list, ...nodes };
  main.replaceChildren(
    el('h2', { class: 'unseen-label' }, `${about.noun[0].toUpperCase()}${about.noun.slice(1)}s`),
    nodes.filters,
    el(
      'div',
      { class: 'above' },
      nodes.count,
      el(
        'div',
        { class: 'sort' },
        el('button', { type: 'button', class: 'quiet', on: { click: () => saveCsv(view) } }, 'Save these as CSV'),
        nodes.group && el('label', {}, 'Group by ', nodes.group),
        el('label', {}, 'Order ', nodes.sort),
      ),
    ),
    nodes.empty,
    nodes.heads,
    list.node,
  );
}

// Above the rows, which are a list and no table: a table of header cells alone.
function heads(about) {
  return el(
    'table',
    { class: `heads ${about.noun}s`, role: 'table', 'aria-label': `Columns of the ${about.noun}s` },
    el(
      'thead',
      { role: 'rowgroup' },
      el(
        'tr',
        { role: 'row' },
        about.columns.map(({ name, label, cell }) =>
          el(
            'th',
            { class: `cell ${cell}`, role: 'columnheader', scope: 'col', 'data-column': name },
            el('button', { type: 'button', on: { click: () => sortBy(name) } }, label),
          ),
        ),
      ),
    ),
  );
}

// Ascending; descending where it is ascending already.
function sortBy(name) {
  choose({ sort: choice().sort === name ? `-${name}` : name });
}

function fillList(chosen, arrived) {
  const { view, list, count, filters, sort, group, heads, empty } = shownView;
  const about = LISTS[view];
  const { places, counts } = finder(view).find(chosen);
  const anything = chosen.q || chosen.host || finder(view).filters.some((filter) => (chosen[filter.name] || []).length);
  const groups = finder(view).grouped(places, chosen.group);
  const rows = groups ? groupedRows(groups, chosen.in) : places;
  const inGroups = groups ? ` in ${plural(groups.length, 'group')}` : '';
  const text = `${number(places.length)} of ${plural(about.items.length, about.noun)}${inGroups}`;
  if (group) group.value = groups ? chosen.group : '';
  count.replaceChildren(
    text,
    anything ? el('button', { class: 'quiet', type: 'button', on: { click: clear } }, 'Show all') : '',
  );
  said.textContent = text;
  const { column, falling } = sortedBy(about.columns, chosen.sort);
  sort.value = column ? chosen.sort : '';
  for (const head of heads.querySelectorAll('th')) {
    const mine = column && column.name === head.dataset.column;
    head.setAttribute('aria-sort', mine ? (falling ? 'descending' : 'ascending') : 'none');
  }
  const focused = document.activeElement && document.activeElement.dataset.chip;
  filters.replaceChildren(...chips(chosen, finder(view).filters, counts));
  if (focused)
    [...filters.querySelectorAll('[data-chip]')]
      .filter((one) => one.dataset.chip === focused)
      .forEach((one) => one.focus());
  empty.replaceChildren();
  if (!places.length) append(empty, [emptyText(view, about), elsewhere(view, chosen.q)]);
  empty.hidden = places.length > 0;
  list.show(rows, chosen.open, groups);
  if (arrived && chosen.open.length === 1) {
    const at = rows.findIndex((place) => place >= 0 && about.key(place) === chosen.open[0]);
    if (at > 3) list.move(at, true);
  }
}

function groupSelect(groups) {
  return el(
    'select',
    { id: 'group', on: { change: (event) => choose({ group: event.target.value, in: [], open: [] }) } },
    el('option', { value: '' }, 'nothing'),
    groups.map(({ name, label }) => el('option', { value: name }, label)),
  );
}

// Each group as a place below 0, and after it those of its items if it is open.
function groupedRows(groups, keys) {
  const open = new Set(keys);
  return groups.flatMap((group, number) => {
    group.isOpen = open.has(group.key);
    return group.isOpen ? [-1 - number, ...group.places] : [-1 - number];
  });
}

function groupRow(about, group) {
  const items = group.places.map((place) => about.items[place]);
  const hosts = about.noun !== 'host' && new Set(items.map((item) => item.host)).size;
  const title = group.by.title || ((key) => shown(key));
  return [
    cellOf('name', group.key ? title(group.key, items) : group.by.none),
    cellOf('tallies', tallies(items, about.word, about.words)),
    cellOf('sum', `${plural(items.length, about.noun)}${hosts ? ` on ${plural(hosts, 'host')}` : ''}`),
  ];
}

function unfold(key) {
  const open = choice().in;
  choose({ in: open.includes(key) ? open.filter((one) => one !== key) : [...open, key] }, true);
}

function emptyText(view, about) {
  if (about.items.length) return `No ${about.noun} is so. Other words, or fewer filters, may find one.`;
  const blind = fleet.hosts.filter(unseen).length;
  return `There is no ${about.noun} in this report.${blind ? ` Nothing is known of ${plural(blind, 'host')}.` : ''}`;
}

// Where else the search finds something.
function elsewhere(view, q) {
  const others = Object.keys(LISTS)
    .filter((one) => q && one !== view)
    .map((one) => [one, finder(one).count(q)])
    .filter(([, found]) => found);
  return others.map(([one, found]) => [
    ' ',
    el('a', { href: address(one, { q }) }, `${plural(found, LISTS[one].noun)} ${found === 1 ? 'is' : 'are'} found.`),
  ]);
}

function chips(chosen, filters, found) {
  const made = filters
    .filter(
      (filter) =>
        filter.words.length > 1 ||
        (chosen[filter.name] || []).length ||
        (filter.name === 'policy' && filter.words.length),
    )
    .map((filter) => {
      const mine = chosen[filter.name] || [];
      return el(
        'fieldset',
        {},
        el('legend', {}, filter.label),
        filter.words.map((word) =>
          el(
            'button',
            {
              type: 'button',
              class: `chip ${found[filter.name][word] ? tone(word) : 'none'}`,
              'aria-pressed': String(mine.includes(word)),
              'data-chip': `${filter.name}=${word}`,
              on: {
                click: () =>
                  choose({ [filter.name]: mine.includes(word) ? mine.filter((one) => one !== word) : [...mine, word] }),
              },
            },
            el('span', {}, shown(word)),
            el('b', {}, number(found[filter.name][word] || 0)),
          ),
        ),
      );
    });
  if (chosen.host) {
    made.unshift(
      el(
        'fieldset',
        {},
        el('legend', {}, 'Host'),
        el(
          'button',
          {
            type: 'button',
            class: 'chip plain',
            'aria-pressed': 'true',
            'data-chip': 'host',
            on: { click: () => choose({ host: '' }) },
          },
          el('span', {}, chosen.host),
          el('b', { 'aria-hidden': 'true' }, '\u00d7'),
        ),
      ),
    );
  }
  return made;
}

function tabs(chosen) {
  const entries = VIEWS.map((view) => {
    const kept = PAGES[view] ? {} : { q: chosen.q };
    return el(
      'a',
      { href: address(view, kept), 'aria-current': view === chosen.view ? 'page' : null },
      el('span', {}, view[0].toUpperCase() + view.slice(1)),
      LISTS[view] && el('b', {}, number(chosen.q ? finder(view).count(chosen.q) : LISTS[view].items.length)),
    );
  });
  const focused = views.contains(document.activeElement) ? [...views.children].indexOf(document.activeElement) : -1;
  views.replaceChildren(...entries);
  if (focused >= 0) entries[focused].focus();
}

// Another choice in the list that is shown; what is open closes only if it is no longer there.
function choose(what, replace) {
  wandering = false;
  say(shownView.view, { ...choice(), view: '', ...what }, replace);
  show();
}

function clear() {
  search.value = '';
  const { sort, group } = choice(); // they hide nothing
  say(shownView.view, { sort, group }, false);
  show();
  shownView.list.node.focus({ preventScroll: true });
}

// A search that began on the first page opens the first list with a match, unless the user has opened a list.
function typed() {
  const began = Boolean(PAGES[shownView.view]);
  wandering = wandering || began;
  if (!wandering) choose({ q: search.value, open: [] }, true);
  else if (search.value || !began) {
    const found = Object.keys(LISTS).find((view) => finder(view).count(search.value)) || 'hosts';
    say(search.value ? found : 'overview', { q: search.value }, !began);
    show();
  }
}

function themed(theme) {
  const button = document.getElementById('theme');
  document.documentElement.dataset.theme = theme;
  button.replaceChildren(`Theme: ${theme}`);
  button.title = 'System, light or dark';
}

function nextTheme() {
  const themes = ['system', 'light', 'dark'];
  const theme = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % 3];
  themed(theme);
  try {
    localStorage.setItem('sanops-theme', theme);
  } catch (error) {
    /* kept for this page only */
  }
}

function keptTheme() {
  try {
    return ['light', 'dark'].find((one) => one === localStorage.getItem('sanops-theme')) || 'system';
  } catch (error) {
    return 'system';
  }
}

// What is put on paper: all changes, and every row that is chosen, up to a limit.
function onPaper(whole) {
  for (const node of main.querySelectorAll(
    whole ? '.changes details:not([open])' : '.changes details[data-unfolded]',
  )) {
    node.open = whole;
    node.toggleAttribute('data-unfolded', whole);
    node.fill(); // at once: the event comes after the paper
  }
  if (!shownView.list) return;
  shownView.list.whole = whole;
  shownView.list.forget();
  shownView.list.draw();
  // The rows are made again, so these need not be folded again.
  for (const node of main.querySelectorAll(whole ? '.detail details.why:not([open])' : 'none')) {
    node.open = true;
    node.fill();
  }
  const left = shownView.list.places.length - PRINTED;
  shownView.list.node.dataset.left =
    whole && left > 0 ? `and ${number(left)} more: choose fewer before printing, or read fleet.csv` : '';
}

// Build what the search needs while nobody waits for it.
function ahead() {
  const views = Object.keys(LISTS);
  const step = () => {
    if (views.some((view) => !finder(view).index(12))) setTimeout(step, 0);
    else document.documentElement.dataset.indexed = 'true';
  };
  setTimeout(step, 50);
}

// Pages of several fleets are distinguished in their tabs. A fleet without a name is known by the clusters that serve
// it.
function named() {
  const clusters = distinct(fleet.arrays.map((one) => one.cluster || one.hostname)).filter(Boolean);
  const rest = clusters.length > 2 ? ` and ${number(clusters.length - 2)} more` : '';
  const name = fleet.about.fleet || clusters.slice(0, 2).join(', ') + rest;
  if (!name) return;
  const title = `${name}: SAN fleet report`;
  document.title = title;
  document.getElementById('title').textContent = title;
}

function start() {
  const about = fleet.about;
  named();
  const old = Date.now() - new Date(about.generated_at).getTime() > 36 * 3600 * 1000;
  append(document.getElementById('made'), [
    time(about.generated_at),
    el('span', { class: old ? 'mark fails' : 'dim' }, age(about.generated_at)),
  ]);
  append(document.getElementById('foot'), [
    `Made by ${about.versions.map((pair) => pair.join(' ')).join(', ') || 'sanops.multipath'} from fleet.json. `,
    'This page is one file and asks nobody for anything. ',
    'Keys: / searches, arrows go through a list, Enter opens, Escape closes.',
  ]);
  themed(keptTheme());
  document.getElementById('theme').addEventListener('click', nextTheme);
  document.getElementById('skip').addEventListener('click', () => main.focus());
  search.addEventListener('input', typed);
  search.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' && shownView.list) {
      event.preventDefault();
      shownView.list.move(0, true);
    }
  });
  document.addEventListener('keydown', (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });
  let waiting = false;
  const draw = () => {
    if (waiting || !shownView || !shownView.list) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      shownView.list && shownView.list.draw();
    });
  };
  window.addEventListener('scroll', draw, { passive: true });
  window.addEventListener('resize', () => {
    if (shownView && shownView.list && !shownView.list.whole) shownView.list.tall = null;
    draw();
  });
  // Going back to a list goes back to where it was left.
  const left = new Map();
  history.scrollRestoration = 'manual';
  window.addEventListener('scroll', () => left.set(location.hash, window.scrollY), { passive: true });
  window.addEventListener('hashchange', () => {
    wandering = false;
    search.value = choice().q;
    show(true);
    if (left.has(location.hash)) window.scrollTo(0, left.get(location.hash));
  });
  window.addEventListener('beforeprint', () => onPaper(true));
  window.addEventListener('afterprint', () => onPaper(false));
  show(true);
  ahead();
}

start();
