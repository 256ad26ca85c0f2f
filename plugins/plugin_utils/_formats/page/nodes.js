// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// Create elements one by one: a value is only ever a text or the value of an attribute that holds text.
// Nothing here takes markup.

const ATTRIBUTES = new Set([
  'class',
  'id',
  'href',
  'download',
  'type',
  'title',
  'role',
  'tabindex',
  'scope',
  'for',
  'colspan',
  'open',
  'start',
  'value',
  'selected',
]);

function el(tag, about, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(about || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === 'on') for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else if (key === 'grow') node.style.flexGrow = String(value);
    else if (ATTRIBUTES.has(key) || key.startsWith('aria-') || key.startsWith('data-'))
      node.setAttribute(key, value === true ? '' : String(value));
    else throw new Error(`no attribute ${key}`);
  }
  append(node, children);
  return node;
}

function append(node, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false || child === '') continue;
    if (Array.isArray(child)) append(node, child);
    else node.append(child);
  }
}

function badge(word) {
  return el('span', { class: `badge ${tone(word)}` }, shown(word));
}

function mark(text, kind) {
  return el('span', { class: `mark ${kind}` }, text);
}

function code(text) {
  return el('code', {}, text);
}

// Terms with their values; a term without a value is left out.
function terms(...pairs) {
  const given = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== false);
  return el(
    'dl',
    { class: 'terms' },
    given.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))),
  );
}

function table(caption, heads, rows) {
  return el(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    el(
      'table',
      {},
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          heads.map((head) => el('th', { scope: 'col' }, head)),
        ),
      ),
      el(
        'tbody',
        {},
        rows.map((cells) =>
          el(
            'tr',
            {},
            cells.map((one) => el('td', {}, one)),
          ),
        ),
      ),
    ),
  );
}

// A part that is built when it is first opened.
function folded(summary, build, about) {
  const node = el('details', about, el('summary', {}, summary));
  node.fill = () => {
    if (node.open && node.childElementCount === 1) append(node, [build()]);
  };
  node.addEventListener('toggle', node.fill);
  return node;
}

function exceptionText(one) {
  return `Excepted until ${one.expires}: ${one.reason} (${one.owner})`;
}
