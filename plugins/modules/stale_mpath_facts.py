#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

DOCUMENTATION = r"""
module: stale_mpath_facts
short_description: Gather what the kernel, multipathd and the wire say about this host's SAN devices
version_added: 0.1.0
description:
  - Sets the fact C(stale_mpath) about every multipath map and every SCSI disk of the host. It holds the kernel's view
    (sysfs, device-mapper, C(/proc)) and what answers at each path now.
  - Each path is asked for its identity (INQUIRY, VPD pages 0x83 and 0x80) through its C(sg) node, asynchronously, all
    at once and under one deadline, never through C(/dev/sdX). This is the only way that neither hangs nor relies on the
    kernel's cache.
  - The verdict needs the array's view too. The controller assigns it, in M(sanops.multipath.judged_devices).
  - Nothing is changed, started or scanned, and no block device is opened. To ask multipathd never starts it.
options:
  timeout:
    description:
      - The time budget of the whole call, in seconds. What could not be read within it is named in
        RV(ansible_facts.stale_mpath.incomplete).
      - A path that does not answer by three quarters of it is V(silent).
      - The call ends within it, whatever hangs. What is stuck in the kernel by then is a child process, which is left
        behind and reported.
    type: float
    default: 30
  packed:
    description:
      - Return the facts as RV(packed) and set no fact, as the audit does. The controller then keeps a twentieth of
        it for each host while it asks the others, and so does AWX of each task's result.
    type: bool
    default: false
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.facts
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  facts:
    support: full
  platform:
    platforms: linux
notes:
  - Where the host has no Python, this module and all others of this collection that work on hosts can run in a
    privileged container on it, which names the folder of the host's C(/) in the environment variable
    C(SANOPS_MULTIPATH_HOST_ROOT). See C(docs/kubernetes-nodes.md) of the collection.
requirements:
  - Root, and the C(sg) driver in the kernel. Without them the wire's word is V(unreadable), and
    RV(ansible_facts.stale_mpath.incomplete) says why.
seealso:
  - plugin: sanops.multipath.verdicts
    plugin_type: filter
author:
  - The sanops.multipath authors (@sanops)
"""

EXAMPLES = r"""
- name: Gather the facts of the host and of the wire
  sanops.multipath.stale_mpath_facts:
  become: true

- name: Show the paths at whose address another LUN answers
  ansible.builtin.debug:
    msg: "{{ ansible_facts['stale_mpath'].paths | selectattr('wire.state', 'eq', 'other') | map(attribute='sd') }}"
"""

RETURN = r"""
packed:
  description: The fact stale_mpath as one text, base64(gzip(JSON)), which P(sanops.multipath.fleet#filter) takes as
    well.
  returned: O(packed)
  type: str
ansible_facts:
  description: The facts that are set.
  returned: not O(packed)
  type: dict
  contains:
    stale_mpath:
      description: The facts of one host.
      type: dict
      returned: always
      contains:
        schema:
          description: Version of this structure.
          type: int
          returned: always
          sample: 1
        host:
          description: >-
            RV(ignore:hostname), RV(ignore:boot_id), RV(ignore:kernel), RV(ignore:python), the version of the Python
            that ran the module, and RV(ignore:initiators), the names by which an array may know the host (lists
            RV(ignore:iqn) and RV(ignore:wwpns)).
          type: dict
          returned: always
          sample:
            hostname: node1
            boot_id: 6d2a2b5e-0a3a-4c0f-9b0e-2f7d1f9f3c11
            kernel: 6.1.0-41-amd64
            python: 3.11.2
            initiators: {"iqn": ["iqn.2026-01.org.example:node1"], "wwpns": []}
        multipathd:
          description: Whether the daemon runs (RV(ignore:running)), its RV(ignore:pid), and the RV(ignore:version) of
            multipath-tools.
          type: dict
          returned: always
          sample: {"running": true, "pid": 412, "version": "0.9.4"}
        maps:
          description: >-
            The multipath maps: RV(ignore:wwid), RV(ignore:name), RV(ignore:dm), RV(ignore:dev_t),
            RV(ignore:size_bytes), RV(ignore:read_only), RV(ignore:suspended), RV(ignore:vendor), RV(ignore:product),
            RV(ignore:open_count), RV(ignore:features) and RV(ignore:queue_if_no_path) of the live table,
            RV(ignore:queueing) in the daemon's word, RV(ignore:changed) (what changed of it during the call, so that
            its paths' words do not count, or null), RV(ignore:paths) by H:C:T:L, RV(ignore:other_slaves) that are no
            SCSI disks, and RV(ignore:users) (list of RV(ignore:kind) and RV(ignore:detail); null where they could not
            be read).
          type: list
          elements: dict
          returned: always
        paths:
          description: >-
            All SCSI disks: RV(ignore:hctl), RV(ignore:sd), RV(ignore:sg), RV(ignore:dev_t), RV(ignore:size_bytes),
            RV(ignore:read_only), RV(ignore:vendor), RV(ignore:product), RV(ignore:transport), RV(ignore:target),
            RV(ignore:portal), RV(ignore:session_state), RV(ignore:device_state), the kernel's cached RV(ignore:wwid)
            and RV(ignore:serial), multipath's RV(ignore:dm_state) and RV(ignore:checker_state), RV(ignore:map) (a WWID
            or null), RV(ignore:users) (list of RV(ignore:kind) and RV(ignore:detail)), and RV(ignore:wire) with the
            RV(ignore:state) V(same), V(other), V(absent), V(unreachable), V(silent) or V(unreadable), and the
            RV(ignore:wwid), RV(ignore:serial), RV(ignore:sense) and RV(ignore:detail) of the answer.
          type: list
          elements: dict
          returned: always
        quarantine:
          description: Why nothing may be removed on this host, since a removal hung on it (see
            M(sanops.multipath.scsi_delete)), or null.
          type: str
        sessions:
          description: >-
            iSCSI sessions: RV(ignore:sid), RV(ignore:target), RV(ignore:portal), RV(ignore:state), RV(ignore:iface),
            RV(ignore:initiator), RV(ignore:recovery_tmo) in seconds, RV(ignore:host).
          type: list
          elements: dict
          returned: always
        multipath_conf:
          description: >-
            The configuration of multipath as it is in effect, null where the host has no multipath-tools, or where it
            could not be resolved. RV(ignore:main) and whether it is RV(ignore:present), the RV(ignore:files) that were
            read, in their order; RV(ignore:ignored), the lines that multipath-tools ignore (RV(ignore:file),
            RV(ignore:line), RV(ignore:text), RV(ignore:why)); RV(ignore:pending), what multipathd runs that is not what
            the files say (RV(ignore:what), RV(ignore:files), RV(ignore:running); null where that is not known);
            RV(ignore:defaults) and RV(ignore:overrides), settings of these sections (in RV(ignore:defaults) also those
            that tell where multipath keeps its files, and how often it asks a path); RV(ignore:entries), the entries
            for devices (those of the files, and the built-in ones that match a disk of this host); RV(ignore:maps), for
            each map its RV(ignore:wwid), RV(ignore:vendor), RV(ignore:product), RV(ignore:protocols), its effective
            RV(ignore:settings), and whether it RV(ignore:queues_for_ever). A setting is RV(ignore:value) (text, null is
            unset) and RV(ignore:source), with RV(ignore:file) (null is built in), RV(ignore:line) and
            RV(ignore:section).
          type: dict
          returned: always
        platform:
          description: >-
            What the host is, as far as the rules of the audit need it. RV(ignore:os), RV(ignore:os_version) and
            RV(ignore:os_like) of os-release; RV(ignore:kubelet), whether a kubelet runs (of Kubernetes, OpenShift, k3s,
            RKE2, MicroK8s); RV(ignore:proxmox) (see below);
            RV(ignore:volumes), what LVM and kpartx have made of the SAN devices and is active (RV(ignore:device),
            RV(ignore:wwid), RV(ignore:kind) V(lvm) or V(partition), the RV(ignore:name) that device-mapper has for it,
            RV(ignore:vg), RV(ignore:vg_uuid), and the group in a volume of which it lies, RV(ignore:inside));
            RV(ignore:lvm) (RV(ignore:present), the WWIDs of the maps that LVM scans (RV(ignore:scanned), null where
            that is not known), and RV(ignore:why)); RV(ignore:read_only), the file systems on SAN devices that the
            kernel has RV(ignore:stopped), and those of which it is RV(ignore:unsure): RV(ignore:device),
            RV(ignore:wwid), RV(ignore:mountpoint), RV(ignore:fstype), RV(ignore:why), RV(ignore:first_error) (of ext4,
            maybe from an earlier
            boot: RV(ignore:time), RV(ignore:function), RV(ignore:block), RV(ignore:inode), or null) and
            RV(ignore:first_warning) (of the kernel log since the
            mount: RV(ignore:time), RV(ignore:text), and whether the log is RV(ignore:whole), or null).
            RV(ignore:nvme), what the kernel has of NVMe over fabrics: whether its RV(ignore:native) multipath is on,
            and the RV(ignore:subsystems) with RV(ignore:nqn), RV(ignore:transports), the numbers of
            RV(ignore:controllers) and RV(ignore:namespaces), and RV(ignore:ctrl_loss_tmo) (texts).
            A part that could not be read is null. Times are UTC.
          type: dict
          returned: always
          contains:
            proxmox:
              description: >-
                Whether Proxmox VE is RV(ignore:present), whether RV(ignore:pvestatd) runs, the RV(ignore:node) and the
                RV(ignore:cluster) as it calls them, the RV(ignore:iscsi) storages that this node uses, and whether
                sessions were RV(ignore:rescanned) since the host booted. RV(ignore:storages), all that C(storage.cfg)
                names, with RV(ignore:storage), RV(ignore:type), RV(ignore:enabled) (on this node), RV(ignore:vgname),
                RV(ignore:base), RV(ignore:target), RV(ignore:portal), RV(ignore:svm) and the SAN RV(ignore:devices)
                that they are on; nothing else of that file is taken. RV(ignore:guests), those of the cluster with a
                disk on SAN storage, with RV(ignore:vmid), RV(ignore:kind) V(qemu) or V(lxc), RV(ignore:name),
                RV(ignore:node), RV(ignore:running) (on this host), RV(ignore:lock) and RV(ignore:disks), each with
                RV(ignore:key), RV(ignore:volume), RV(ignore:storage) and its RV(ignore:type), the SAN
                RV(ignore:devices) that it is on (empty where that is not known, or where they are not there), and
                whether it is these RV(ignore:whole). Null where any of it could not be read.
              type: dict
              returned: always
        symptoms:
          description: >-
            What people see of a host whose SAN devices are in trouble. A part that could not be read is null. No
            command line of a process is read.
          type: dict
          contains:
            blocked:
              description: >-
                The processes of which a thread waits in the kernel (D state), threads of the kernel too:
                RV(ignore:pid), RV(ignore:comm), RV(ignore:wchan) (where in the kernel, or null), and
                RV(ignore:devices), the kernel names of the SAN maps and disks that it has open, or files on them; empty
                where that is not known. For how long they have waited is not known.
              type: list
              elements: dict
            udev:
              description: >-
                Whether udev has events before it (RV(ignore:queue)) and for how many seconds (RV(ignore:queue_age_s),
                or null), how many RV(ignore:workers) it has and how many of its processes are in D state
                (RV(ignore:blocked_workers); both null where no udev of systemd runs), and the number of the kernel's
                last event (RV(ignore:uevent_seqnum)).
              type: dict
            unused:
              description: >-
                The SAN devices (iSCSI, FC) that nobody uses: how many RV(ignore:maps), and RV(ignore:disks) in such
                maps or in none; RV(ignore:unknown), the maps and bare disks whose users are not known; RV(ignore:cost),
                with RV(ignore:path_checks_per_hour) (multipathd's, at its slowest; null where its settings are not
                known) and RV(ignore:block_devices).
              type: dict
            leftovers:
              description: >-
                What names devices that this host does not have: RV(ignore:wwids) and RV(ignore:bindings)
                (RV(ignore:alias), RV(ignore:wwid)) of multipath, in the RV(ignore:files) named; RV(ignore:by_id), links
                that lead nowhere (RV(ignore:count), and the RV(ignore:first) 20); RV(ignore:lvm_devices), entries of
                LVM's devices file (RV(ignore:idtype), RV(ignore:idname), RV(ignore:devname)). A list is null where a
                SAN disk does not tell its identity, as RV(ignore:unsure) says then. WWIDs of other kinds than NAA and
                EUI-64 are not judged.
              type: dict
        fc:
          description: >-
            Fibre Channel as the kernel has it now; both lists are empty where the host has none, null where it could
            not be read.
          type: dict
          contains:
            hosts:
              description: >-
                This host's ports: RV(ignore:host), RV(ignore:port_name), RV(ignore:port_state), RV(ignore:speed),
                RV(ignore:fabric).
              type: list
              elements: dict
            remote_ports:
              description: >-
                The ports that they see: RV(ignore:name) (rport-H:B-R), RV(ignore:port_name), RV(ignore:port_state),
                RV(ignore:roles), RV(ignore:dev_loss_tmo) in seconds or V(infinity) (2147483647 and what is more),
                RV(ignore:fast_io_fail_tmo) in seconds or V(off), RV(ignore:scsi_target_id) (null where it is no
                target), and RV(ignore:luns), how many SCSI devices the kernel has behind it.
              type: list
              elements: dict
        iscsi:
          description: >-
            How open-iscsi is configured to scan; null where there is no open-iscsi, or where it could not be read.
          type: dict
          contains:
            conf:
              description: >-
                C(iscsid.conf): RV(ignore:file), RV(ignore:present), RV(ignore:settings) (of C(node.session.scan) and
                C(node.startup), the RV(ignore:value) that counts and its RV(ignore:line)), and RV(ignore:ignored), the
                lines that do not count (RV(ignore:line), RV(ignore:text), RV(ignore:why)). It is about records that are
                made from now on.
              type: dict
              returned: always
            records:
              description: >-
                The node records: RV(ignore:file), RV(ignore:target), RV(ignore:portal), RV(ignore:iface),
                RV(ignore:scan) (what it comes to, V(manual) or V(auto)), RV(ignore:said) (whether the record says so),
                RV(ignore:startup), and RV(ignore:boot) (made for booting).
              type: list
              elements: dict
              returned: always
            malformed:
              description: The records that cannot be read (RV(ignore:file)), and the reason (RV(ignore:why)).
              type: list
              elements: dict
              returned: always
            udev_rules:
              description: >-
                udev's rules that act when a target says that its LUNs have changed, however open-iscsi is set:
                RV(ignore:file), RV(ignore:line), RV(ignore:text).
              type: list
              elements: dict
              returned: always
            portals:
              description: >-
                Whether each portal of the records and sessions takes a TCP connection: RV(ignore:portal),
                RV(ignore:answers) (null: it was not asked, as one that is no numeric address), RV(ignore:why)
                (V(refused), V(timed out), V(no route), ..., null where it answers), and RV(ignore:ms) to the answer.
                All are asked at once, for two seconds at most, with nothing sent, by the way that the host's routes
                give: the interface that a record is bound to is ignored. Null where they could not be asked.
              type: list
              elements: dict
            sessions:
              description: >-
                Under which value each live session was begun: RV(ignore:sid), RV(ignore:target), RV(ignore:portal),
                RV(ignore:scan) (V(manual), V(auto), or
                null: not known), RV(ignore:why), and RV(ignore:boot) (it is one to boot from).
              type: list
              elements: dict
              returned: always
        elapsed:
          description: Seconds that the call took.
          type: float
          returned: always
        incomplete:
          description: >-
            What could not be read (RV(ignore:what)), and the reason (RV(ignore:why)). Empty if everything was
            read. V(kernel): the lists of paths and maps end where it says, and no device of this host is judged.
            V(multipath_conf), V(iscsi): what was configured could not be resolved or read.
            V(kubelet), V(lvm), V(volumes), V(read_only), V(nvme), V(proxmox): a part of RV(ignore:platform). V(udev),
            V(blocked), V(leftovers): a part of RV(ignore:symptoms), which is looked at last. V(fc), V(portals): FC's
            ports, and iSCSI's. V(changes): devices that appeared, vanished or changed during the call. V(child): a
            process that was left behind.
          type: list
          elements: dict
          returned: always
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.sanops.multipath.plugins.module_utils._core import pack
from ansible_collections.sanops.multipath.plugins.module_utils._facts import collect as collect_facts
from ansible_collections.sanops.multipath.plugins.module_utils._system import host_root
from ansible_collections.sanops.multipath.plugins.module_utils._system import tree as host_tree


def main():
    module = AnsibleModule(
        argument_spec={"timeout": {"type": "float", "default": 30}, "packed": {"type": "bool", "default": False}},
        supports_check_mode=True,
    )
    if not 0 < module.params["timeout"] < float("inf"):  # NaN is neither
        module.fail_json(
            msg=(
                f"timeout: {module.params['timeout']} is no time budget; give the seconds that the call may "
                "take, such as 30"
            )
        )
    with host_root.entered(module):
        facts = collect_facts.collect(host_tree.Tree("/"), module.params["timeout"])
    if module.params["packed"]:
        module.exit_json(changed=False, packed=pack.packed(facts))
    module.exit_json(changed=False, ansible_facts={"stale_mpath": facts})


if __name__ == "__main__":
    main()
