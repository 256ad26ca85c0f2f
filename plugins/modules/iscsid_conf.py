#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: iscsid_conf
short_description: Set how open-iscsi logs in, in iscsid.conf and in the node records
version_added: 0.1.0
description:
  - Sets values in C(iscsid.conf) and in every node record that differs, by the grammar of open-iscsi itself. Comments
    and layout stay. By default it sets C(node.session.scan) to V(manual), so that no login and no message of a target
    brings unrequested LUNs.
  - C(iscsid.conf) counts for records that are created from now on; existing records keep their values, and a record
    without C(node.session.scan) means V(auto). A live session keeps what its record said when it was logged in, or when
    iscsid was started; RV(sessions) lists those. Nothing is restarted or logged out.
  - >-
    A line such as C(node.session.scan=manual) (no space), C(node.session.scan = manual # comment), or a last line
    without a newline does not count for open-iscsi. Such a line is corrected if its setting is among O(settings);
    other lines are left as they are, and RV(ignored) lists them.
  - Records of sessions that the host boots from are not changed, see RV(boot_records).
  - All files are written before the first one is replaced, and each is replaced at once, under the lock of open-iscsi.
    So a full disk, a read-only C(/etc) or an interrupted run loses nothing. A symbolic link stays, and the file that
    it leads to is changed.
  - >-
    A file with a comment line that says C(sanops.multipath: leave alone), and a record that cannot be read, are
    refused, and then no file is changed.
  - Credentials are neither accepted nor shown; lines with passwords are masked in the difference.
options:
  path:
    description: The configuration of open-iscsi.
    type: path
    default: /etc/iscsi/iscsid.conf
  settings:
    description: The settings (C(node.startup), C(node.session.*), C(node.conn[0].*)) and their values. Not
      C(node.session.auth.*).
    type: dict
    default: {"node.session.scan": "manual"}
  records:
    description: Also change the node records that there are, in C(/etc/iscsi/nodes) and C(/var/lib/iscsi/nodes).
    type: bool
    default: true
  backup:
    description:
      - Keep each file that is changed as it was, with a time in its name.
      - Those of records go beside the folder C(nodes). In it, open-iscsi would take them for records.
    type: bool
    default: false
extends_documentation_fragment:
  - sanops.multipath.attributes.host
  - ansible.builtin.action_common_attributes
requirements:
  - Root, and open-iscsi.
seealso:
  - module: sanops.multipath.iscsi_relogin
"""

EXAMPLES = r"""
- name: Do not scan for LUNs at a login
  sanops.multipath.iscsid_conf:
  become: true

- name: The same, and fail the I/O of a lost session after half a minute
  sanops.multipath.iscsid_conf:
    settings:
      node.session.scan: manual
      node.session.timeo.replacement_timeout: 30
    backup: true
  become: true
"""

RETURN = r"""
files:
  description: The files that were changed, or would be, each with its RV(ignore:settings) before (null where it said
    nothing that counts) and after.
  returned: success
  type: list
  elements: dict
  sample: [{"file": "/etc/iscsi/iscsid.conf", "settings": {"node.session.scan": {"before": "auto", "after": "manual"}}}]
backup_files:
  description: The copies of the files as they were.
  returned: success
  type: list
  elements: str
boot_records:
  description: >-
    The records that were left alone, since they were made for booting: C(node.discovery_type) is V(fw), C(node.startup)
    is V(onboot), or the firmware's boot table, the kernel's command line or C(/etc/iscsi/iscsi.initramfs) names their
    target.
  returned: success
  type: list
  elements: str
sessions:
  description: >-
    The live sessions that are not known to have been begun under V(manual), after this call: RV(ignore:sid),
    RV(ignore:target), RV(ignore:portal), RV(ignore:scan) (V(auto), or null: not known), RV(ignore:why), and whether it
    was made to boot from (RV(ignore:boot)).
  returned: success
  type: list
  elements: dict
ignored:
  description: The lines of O(path) that still do not count, with RV(ignore:line), RV(ignore:text) and RV(ignore:why).
  returned: success
  type: list
  elements: dict
notes:
  description: >-
    What RV(sessions), RV(boot_records) and RV(ignored) hold, as sentences; and udev's rules that act when a target says
    that its LUNs have changed.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.sanops.multipath.plugins.module_utils._kernel import iscsi_sessions
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import apply as iscsi_apply
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import conf as iscsid_conf
from ansible_collections.sanops.multipath.plugins.module_utils._open_iscsi import facts as iscsi_facts
from ansible_collections.sanops.multipath.plugins.module_utils._system import host_root, signals
from ansible_collections.sanops.multipath.plugins.module_utils._system import tree as host_tree


def main():
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "default": iscsi_facts.CONF},
            "settings": {"type": "dict", "default": {"node.session.scan": "manual"}},
            "records": {"type": "bool", "default": True},
            "backup": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    tree, path, records = host_tree.Tree("/"), module.params["path"], module.params["records"]
    with host_root.entered(module):
        try:
            settings = iscsid_conf.check(module.params["settings"])
            found = iscsi_apply.plan(tree, path, settings, records)
            if found["changes"] and not module.check_mode:
                # A connection that breaks must not leave half of them changed.
                with signals.undisturbed():
                    found = iscsi_apply.apply(
                        tree, path, settings, records, module.atomic_move, module.params["backup"]
                    )
        except (ValueError, iscsi_apply.Refused) as exc:
            module.fail_json(msg=str(exc))
        changes, boot_records = found["changes"], found["boot_records"]
        files = [change["file"] for change in changes]
        content = files[0].after if files and files[0].path == path else iscsi_facts.text(tree, path)
        ignored = iscsi_facts.shown_lines(iscsid_conf.parse(content)["ignored"])
        now = iscsi_facts.read(tree, iscsi_sessions.sessions(tree)) or {}
    sessions = [session for session in now.get("sessions", []) if session["scan"] != "manual"]
    module.exit_json(
        changed=bool(changes),
        files=[{"file": change["file"].path, "settings": change["settings"]} for change in changes],
        backup_files=found.get("backup_files", []),
        boot_records=boot_records,
        sessions=sessions,
        ignored=ignored,
        notes=_notes(path, boot_records, sessions, ignored, now.get("udev_rules", [])),
        diff=[
            {
                "before_header": file.path,
                "after_header": file.path,
                "before": _readable(file.before),
                "after": _readable(file.after),
            }
            for file in files
        ],
    )


def _notes(path, boot_records, sessions, ignored, udev_rules):
    return (
        [
            "session %d to %s at %s may scan by itself: %s%s"
            % (
                session["sid"],
                session["target"],
                session["portal"],
                "this host boots from it; " if session["boot"] else "",
                session["why"],
            )
            for session in sessions
        ]
        + [f"{record} was left alone: it was made for booting" for record in boot_records]
        + [f"{path}:{line['line']} does not count: {line['why']}" for line in ignored]
        + [
            (
                f"{rule['file']}:{rule['line']} acts whenever a target says that its LUNs have changed, "
                f"however open-iscsi is set: {rule['text']}"
            )
            for rule in udev_rules
        ]
    )


def _readable(text):
    return iscsid_conf.shown(iscsid_conf.masked(text))


if __name__ == "__main__":
    main()
