#!/bin/sh
# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# customize.sh ROOT CACHE HERE SUITE: mmdebstrap calls it when the packages are installed.
# ROOT is the new root file system, CACHE keeps downloads, HERE is this folder, SUITE is the one of the kernel.
set -eu
root=$1 cache=$2 here=$3 suite=$4

# The kernel comes as files, not as a package: its postinst would build an initramfs (20 s), and
# most of its modules are for hardware that no lab machine has.
image=$(APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-cache show "linux-image-amd64/$suite" |
    sed -n 's/^Depends: \(linux-image-[^ ,]*\).*/\1/p' | head -n 1)
mkdir -p "$cache/kernel"
(cd "$cache/kernel" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -q download "$image")
deb=$(find "$cache/kernel" -name "${image}_*.deb" -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d" " -f2-)
sed -e '/^#/d' -e '/^$/d' "$here/kernel-files" > "$root/tmp/kernel-files"
dpkg-deb --fsys-tarfile "$deb" |
    tar -x -C "$root" --keep-directory-symlink --wildcards --files-from="$root/tmp/kernel-files"
rm "$root/tmp/kernel-files"
chroot "$root" depmod "$(ls "$root/lib/modules")"

cp -R "$here/root/." "$root/"
chroot "$root" systemctl -q enable lab-network.service
mkdir -p "$root/var/target/alua" "$root/var/target/pr"  # where the kernel's SCSI target keeps its state
sed -e '/^#/d' -e '/^$/d' "$here/masked-units" | while read -r unit; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

# The machine's identity is laid over at boot; nothing of the image's own may be left.
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/iscsi/initiatorname.iscsi" "$root/etc/hostname"
rm -rf "$root/usr/share/doc" "$root/usr/share/man" "$root/usr/share/locale" "$root/usr/share/i18n" \
    "$root/usr/share/icons" "$root/usr/share/X11"
echo 0123456789abcdef0123456789abcdef > "$root/etc/machine-id"
