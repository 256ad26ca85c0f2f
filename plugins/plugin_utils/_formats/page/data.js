// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// The report as records, and the words in it. Rows become records whose keys are read when somebody asks (see
// _formats/page_rows.py for their shape).

const raw = JSON.parse(document.getElementById('data').textContent);
const kinds = {};

for (const kind of Object.keys(raw.columns)) {
  kinds[kind] = class {
    constructor(row) {
      this.row = row;
    }
  };
}
for (const [kind, columns] of Object.entries(raw.columns)) {
  columns.forEach((name, at) => {
    const type = raw.types[kind][at];
    Object.defineProperty(kinds[kind].prototype, name, {
      get() {
        return cell(type, this.row[at]);
      },
    });
  });
}

function cell(type, value) {
  if (type === 't') return raw.strings[value];
  if (type === 'l') return value.map((one) => raw.strings[one]);
  if (type === 'n' || type === 'b') return value;
  if (type === 'exception') return value && new kinds.exception(value);
  return records(type, value);
}

function records(kind, rows) {
  return rows.map((row) => new kinds[kind](row));
}

const fleet = {
  hosts: records('hosts', raw.hosts),
  devices: records('devices', raw.devices),
  findings: records('findings', raw.findings),
  arrays: records('arrays', raw.arrays),
  advisories: records('advisories', raw.advisories),
  exceptions: records('exceptions', raw.exceptions),
  rules: records('rules', raw.rules),
  nights: records('nights', raw.nights),
  changes:
    raw.report.since === null
      ? null
      : {
          since: raw.report.since,
          still: raw.report.still,
          new: records('new', raw.new),
          gone: records('gone', raw.gone),
        },
  about: raw.report,
};
const hostNumbers = new Map(fleet.hosts.map((host, number) => [host.name, number]));

// Each host's devices and findings, in the report's order: the most urgent first.
for (const host of fleet.hosts) Object.assign(host, { devices: [], findings: [] });
for (const device of fleet.devices) fleet.hosts[device.host].devices.push(device);
for (const finding of fleet.findings) fleet.hosts[finding.host].findings.push(finding);

// The words, from the most to the least urgent, and the tone of each.
const WORDS = {
  compliance: ['noncompliant', 'unreachable', 'not_audited', 'incomplete', 'compliant'],
  state: ['unreachable', 'failed', 'missing', 'incomplete', 'audited'],
  verdict: ['recycled', 'conflict', 'stale', 'outage', 'unproven', 'unknown', 'degraded', 'healthy'],
  severity: ['critical', 'warning', 'info'],
};
const TONES = {
  recycled: 'alarm',
  conflict: 'alarm',
  critical: 'alarm',
  other: 'alarm',
  noncompliant: 'serious',
  stale: 'serious',
  outage: 'serious',
  warning: 'serious',
  offline: 'serious',
  absent: 'serious',
  expired: 'serious',
  unmapped: 'serious',
  gone: 'serious',
  unproven: 'doubt',
  unknown: 'doubt',
  degraded: 'doubt',
  incomplete: 'doubt',
  silent: 'doubt',
  unreadable: 'doubt',
  unused: 'doubt',
  unreachable: 'unseen',
  not_audited: 'unseen',
  failed: 'unseen',
  missing: 'unseen',
  healthy: 'good',
  compliant: 'good',
  audited: 'good',
  same: 'good',
  mapped: 'good',
  'in force': 'good',
};

function tone(word) {
  return Object.hasOwn(TONES, word) ? TONES[word] : 'plain';
}

function shown(word) {
  return word === 'not_audited' ? 'not audited' : word;
}

// A host of which nothing is known, whatever else is said of it.
const UNSEEN = ['unreachable', 'not_audited'];

function unseen(host) {
  return UNSEEN.includes(host.compliance);
}

function tally(items, word) {
  const found = new Map();
  for (const item of items) {
    const key = word(item);
    found.set(key, (found.get(key) || 0) + 1);
  }
  return found;
}

// [[word, count]] in the order of the words; words that are not in it come last.
function counted(items, word, order) {
  const found = tally(items, word);
  const words = order.concat([...found.keys()].filter((one) => !order.includes(one)));
  return words.filter((one) => found.has(one)).map((one) => [one, found.get(one)]);
}

function number(value) {
  return value.toLocaleString('en-GB');
}

function plural(count, noun) {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function size(bytes) {
  if (bytes === null) return '';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let at = 0;
  for (; bytes >= 1024 && at < units.length - 1; at += 1) bytes /= 1024;
  return `${Number(bytes.toFixed(bytes < 10 ? 1 : 0))} ${units[at]}`;
}

function time(text) {
  const moment = new Date(text);
  if (!text || Number.isNaN(moment.getTime())) return text || 'at an unknown time';
  const day = { day: 'numeric', month: 'long', year: 'numeric' };
  return `${moment.toLocaleString('en-GB', { timeZone: 'UTC', ...day, hour: '2-digit', minute: '2-digit' })} UTC`;
}

function age(text) {
  const minutes = Math.floor((Date.now() - new Date(text).getTime()) / 60000);
  if (Number.isNaN(minutes) || minutes < 0) return '';
  if (minutes < 60) return minutes < 2 ? 'just now' : `${minutes} minutes ago`;
  if (minutes < 48 * 60) return `${plural(Math.floor(minutes / 60), 'hour')} ago`;
  return `${plural(Math.floor(minutes / 1440), 'day')} ago`;
}
