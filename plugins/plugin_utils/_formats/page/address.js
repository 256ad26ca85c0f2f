// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// The address holds the current view: #devices?q=db&verdict=stale,recycled&open=...
// It can be bookmarked and sent, and the Back button works.

const LISTED = ['open', 'in']; // what may have a comma in it, so each is a parameter of its own
const VIEWS = ['overview', 'hosts', 'devices', 'findings', 'rules', 'trend'];

function address(view, choice) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(choice || {})) {
    if (Array.isArray(value)) {
      if (LISTED.includes(key)) value.forEach((one) => query.append(key, one));
      else if (value.length) query.set(key, value.join(','));
    } else if (value) query.set(key, value);
  }
  const text = query.toString();
  return `#${view}${text && `?${text}`}`;
}

// {view, q, sort, group, host, open: [key], in: [key of a group that is open], and each filter's words}; whatever is
// not known is left out when it is used.
function choice() {
  const [view, query] = [location.hash.slice(1).split('?')[0], location.hash.split('?').slice(1).join('?')];
  const given = new URLSearchParams(query);
  // Without a prototype: the names in an address are anybody's.
  const found = Object.assign(Object.create(null), {
    view: VIEWS.includes(view) ? view : 'overview',
    q: given.get('q') || '',
    sort: given.get('sort') || '',
    group: given.get('group') || '',
    host: given.get('host') || '',
    open: given.getAll('open'),
    in: given.getAll('in'),
  });
  for (const [key, value] of given) {
    if (!['view', 'q', 'sort', 'group', 'host', ...LISTED].includes(key)) found[key] = value.split(',').filter(Boolean);
  }
  return found;
}

// Typing and opening do not fill the history; a filter and a view do.
function say(view, what, replace) {
  const target = address(view, what);
  if (target === location.hash) return;
  if (replace) history.replaceState(null, '', target);
  else history.pushState(null, '', target);
}
