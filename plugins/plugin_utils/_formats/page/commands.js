// SPDX-FileCopyrightText: 2026 The sanops.multipath authors
// SPDX-License-Identifier: GPL-3.0-or-later

// The command of a device's next step, as text to copy. It agrees with what `next` of the report says and with what the
// plan of _judge/plan.py removes; each removal is a check run, which decides again and shows what it would do.

// What --limit takes for more than one name (a list, a pattern, a group, a file, an option). A backslash begins the
// code that stands in this page for a control character.
const NOT_ONE_NAME = /^[-@~!&]|[\s,:*?[\]\\]|^(all|ungrouped)$/;
const UNMAPPED = ['unmapped', 'gone'];

// [{when, command, page}] of a device: when to run it, the command, and the page of the documentation that explains it.
// One without a command says why there is none.
function nextSteps(device) {
  const hazard = removalHazard(device);
  const why = hazard === null ? null : obstacle(device);
  const steps = [];
  if (why) steps.push({ when: `No removal is offered here: ${why.because}.`, page: 'docs/removal.md' });
  else if (hazard !== null) {
    const allowed = hazard ? ` -e '{"stale_devices_hazards": ["${hazard}"]}'` : '';
    const taken = hazard ? `, with the hazard ${hazard}` : '';
    const then =
      fleet.hosts[device.host].in_part === false
        ? '; without --check it is removed'
        : ' (the host was read only in part, and nothing is removed before it is read completely)';
    steps.push({
      when: `Show what would be removed on this host${taken}${then}:`,
      command: playbook('remediate', device, `${allowed} --check --diff`),
      page: 'docs/removal.md',
    });
  }
  const when = why ? why.after : auditAfter(device, hazard);
  if (when) steps.push({ when: `${when}, audit again:`, command: playbook('audit', device), page: 'docs/symptoms.md' });
  return steps;
}

// The hazard with which the plan removes this device, or paths of it, if there is no obstacle(): '' where it needs
// none, null where nothing of it may be removed.
function removalHazard(device) {
  if (device.verdict === 'stale') return device.in_use === false ? '' : null;
  if (device.verdict === 'recycled' && device.paths.every(poisoned) && UNMAPPED.includes(device.array)) {
    return device.in_use === false ? 'recycled' : null;
  }
  if (device.verdict !== 'degraded' && device.verdict !== 'recycled') return null;
  if (device.kind !== 'map' || device.array !== 'mapped') return null;
  // The map stays, so it has to keep a path that carries I/O, and a multipathd that knows of the removal.
  const carries = device.paths.some(
    (path) => path.wire === 'same' && path.dm_state === 'active' && path.checker_state === 'ready',
  );
  const removable = device.paths.some((path) => poisoned(path) && path.unused);
  return carries && removable && fleet.hosts[device.host].daemon ? 'living_maps' : null;
}

function poisoned(path) {
  return path.wire === 'absent' || path.wire === 'other';
}

// Why nothing of a device is removed that by itself could be, and after what to audit its host again; or null.
function obstacle(device) {
  const host = fleet.hosts[device.host];
  if (!device.whole_paths) {
    return { because: 'what its paths say is lost in this report', after: 'To have it whole' };
  }
  if (device.vetoed === null) {
    return { because: 'whether its owner forbids it is not known', after: 'After its owner was asked' };
  }
  if (device.vetoed) return { because: 'its owner forbids it', after: 'After its owner has released it' };
  if (host.quarantine) {
    return { because: 'its host is in quarantine, and left alone', after: 'After the quarantine was lifted' };
  }
  const outages = host.devices.filter((one) => one.verdict === 'outage');
  if (!outages.length) return null;
  const first = outages[0].name || 'a device without a name';
  const names = outages.length > 1 ? `${first} and ${outages.length - 1} more` : first;
  return {
    because: `its host has an outage (${names}) and is left alone, since what is missing may come back`,
    after: 'After the outage was repaired',
  };
}

// After what the host is to be audited again, or null.
function auditAfter(device, hazard) {
  if (device.verdict === 'healthy') return null;
  if (device.verdict === 'degraded') {
    const failing = device.paths.some((path) => path.wire !== 'same' && path.wire !== 'absent');
    return failing || hazard === null ? 'After its paths were repaired' : null;
  }
  if (hazard !== null) return null;
  if (device.verdict === 'stale') {
    if (device.vetoed) return 'After its owner has released it';
    return device.in_use === null ? 'After its users were found out' : 'After its users were stopped';
  }
  return Object.hasOwn(AFTER, device.verdict) ? AFTER[device.verdict] : null;
}

const AFTER = {
  recycled: 'After all writing to it was stopped',
  outage: 'After the LUN, the target or the fabric was repaired',
  conflict: 'After it is known which of the two is wrong',
  unproven: 'After an array that has the LUN was listed completely',
  unknown: 'After it was examined by hand',
};

// null where --limit could mean another host than the one of that name.
function playbook(name, device, more = '') {
  const host = fleet.hosts[device.host].name || '';
  if (!host || (NOT_ONE_NAME.test(host) && !isIpv6(host))) return null;
  return `ansible-playbook sanops.multipath.${name} -i inventory -e @arrays.yml --limit ${quoted(host)}${more}`;
}

// An address as ansible takes it for one: it splits every other name at its colons, and of an empty name it makes no
// limit. So it does where :: stands at an end for one group.
function isIpv6(name) {
  const halves = name.split('::');
  const groups = halves.flatMap((half) => (half ? half.split(':') : []));
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return false;
  if (halves.length === 1) return groups.length === 8;
  return halves.length === 2 && groups.length <= (halves.every(Boolean) ? 7 : 6);
}

// As one word of a shell, in which nothing is expanded.
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function commandsOf(device) {
  return nextSteps(device).map(({ when, command, page }) => {
    if (command === null) {
      const without = "--limit would not take the host's name for one host, so there is no command here.";
      return el('p', { class: 'dim' }, `${when} ${without}`);
    }
    const about = el('p', {}, when, ' ', el('span', { class: 'dim' }, 'See ', docLink(page)));
    if (command === undefined) return about;
    const node = code(command);
    const button = el('button', { type: 'button', class: 'quiet', on: { click: () => copy(node, button) } }, 'Copy');
    return el('div', { class: 'command' }, about, node, button);
  });
}

// To the clipboard; where the browser has none or refuses it, the text is selected. The button says which for a while.
async function copy(node, button) {
  let done = 'Copied';
  try {
    await navigator.clipboard.writeText(node.textContent);
  } catch (error) {
    getSelection().selectAllChildren(node);
    done = 'Selected: press Ctrl+C';
  }
  said.textContent = done;
  button.textContent = done;
  clearTimeout(button.shown);
  button.shown = setTimeout(() => button.replaceChildren('Copy'), 3000);
}
