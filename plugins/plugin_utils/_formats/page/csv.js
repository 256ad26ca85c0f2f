// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// What is filtered as a table for a spreadsheet, in the list's order. Cells and columns are as in _formats/csv.py.

// A spreadsheet takes a cell for a formula that begins with one of these; where it expects another separator than
// ours, a cell begins within a value too.
const FORMULA = /(^|[,;|"])([\s']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;
// It takes these for numbers, and the digits of a WWID are lost.
const LONG_NUMBER = /^(\d{16,}|\d+(\.\d*)?[eE][+-]?\d+)$/;

function csvCell(value) {
  if (value === null || value === undefined || value === '') return '""';
  let text = String(value);
  if (typeof value !== 'number' || value < 0) {
    text = LONG_NUMBER.test(text) ? `'${text}` : text.replace(FORMULA, "$1$2'");
  }
  return `"${text.replaceAll('"', '""')}"`;
}

// Of columns [[name, function of an item]], as lines of RFC 4180.
function csvLines(columns, items) {
  const line = (cells) => `${cells.map(csvCell).join(',')}\r\n`;
  return [line(columns.map(([name]) => name)), ...items.map((item) => line(columns.map(([, value]) => value(item))))];
}

function saveCsv(view) {
  const about = LISTS[view];
  const { places } = finder(view).find(choice());
  const lines = csvLines(
    CSV_COLUMNS[view],
    places.map((place) => about.items[place]),
  );
  const url = URL.createObjectURL(new Blob(lines, { type: 'text/csv;charset=utf-8' }));
  el('a', { href: url, download: `fleet-${view}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000); // the browser may ask a person first where to save it
}

// Against its host, as plain.counts() has it: information does not, and nothing that is excepted.
function countsForHost(finding) {
  return (finding.severity === 'critical' || finding.severity === 'warning') && !finding.exception;
}

function yesNo(value) {
  return value === null ? 'unknown' : value ? 'yes' : 'no';
}

// As text.lun_words() has it.
function lunWords(lun) {
  const ids = lun.maps
    .filter((one) => one.lun_id !== null)
    .map((one) => `LUN id ${one.lun_id}${one.igroup ? ` in igroup ${one.igroup}` : ''}`);
  const owner = lun.cluster ? `cluster ${lun.cluster}` : `array ${lun.array}`;
  return [lun.name || lun.wwid, lun.svm && `SVM ${lun.svm}`, owner, ...ids].filter(Boolean).join(', ');
}

function usersInWords(device) {
  if (device.in_use === null) return 'not known: the users could not be read';
  return device.users.map((user) => `${user.kind}: ${user.detail}`).join('; ');
}

const hostColumns = (host) => [
  ['generated_at', () => fleet.about.generated_at],
  ['host', (item) => host(item).name],
  ['state', (item) => host(item).state],
  ['compliance', (item) => host(item).compliance],
  ['why', (item) => host(item).why],
];
const hostOf = (item) => fleet.hosts[item.host];
const columnsOf = (...names) => names.map((name) => [name, (item) => item[name]]);
const EXCUSED = [
  ['excused_until', (item) => item.exception && item.exception.expires],
  ['excused_by', (item) => item.exception && item.exception.owner],
  ['excused_because', (item) => item.exception && item.exception.reason],
];
const CSV_COLUMNS = {
  hosts: [
    ...hostColumns((host) => host),
    ['fails_by_policy', (host) => yesNo(host.fails)],
    ['devices', (host) => (unseen(host) ? null : host.devices.length)],
    ['verdicts', (host) => inWords(counted(host.devices, (one) => one.verdict, WORDS.verdict))],
    ['findings', (host) => (unseen(host) ? null : host.findings.length)],
    ['rules', (host) => [...new Set(host.findings.filter(countsForHost).map((one) => one.rule))].join(' ')],
  ],
  devices: [
    ...hostColumns(hostOf),
    ...columnsOf('kind', 'name', 'device', 'wwid', 'size_bytes', 'vendor', 'product', 'verdict', 'change'),
    ...columnsOf('reason', 'next'),
    ['in_use', (device) => yesNo(device.in_use)],
    ['users', usersInWords],
    ['read_only', (device) => yesNo(device.read_only)],
    ['queueing', (device) => (device.kind === 'map' ? yesNo(device.queueing) : null)],
    ['paths', (device) => device.paths.map((path) => `${path.sd || path.hctl} ${path.wire || 'unknown'}`).join('; ')],
    ['array_says', (device) => device.array],
    ['luns', (device) => device.luns.map(lunWords).join('; ')],
    ['answered_by', (device) => device.answered_by.map(lunWords).join('; ')],
    ['notes', (device) => device.notes.join('; ')],
    ['vetoes', (device) => device.vetoes.join('; ')],
    ...EXCUSED,
  ],
  findings: [
    ...hostColumns(hostOf),
    ...columnsOf('rule', 'severity', 'subject', 'what', 'where', 'change'),
    ['why_it_is_bad', (finding) => finding.why],
    ['what_to_do', (finding) => finding.remedy],
    ...EXCUSED,
  ],
};

function inWords(counts) {
  return counts.map(([word, count]) => `${count} ${word}`).join('; ');
}
