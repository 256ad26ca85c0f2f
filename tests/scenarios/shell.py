# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shell functions for scripts that run on a node."""

# What `hold` starts writes its pid to /run/u/$use.pid, when it holds what it is to hold.
SHELL = r"""
set -eu
ext4() { mkfs.ext4 -q -F -E nodiscard,lazy_itable_init=1,lazy_journal_init=1 "$@"; }
hold() {
    setsid "$@" > /dev/null 2>&1 < /dev/null &
    for n in $(seq 300); do [ -s /run/u/$use.pid ] && return; sleep 0.1; done
    return 1
}
started='echo $$ > /run/u/'
wait_for() { for n in $(seq 300); do [ -e "$1" ] && return; sleep 0.1; done; echo "$1 does not come" >&2; return 1; }
partition() {
    python3 - $1 <<'END'
import struct, sys
entry = struct.pack("<B3sB3sII", 0, b"", 0x83, b"", 2048, 100000)
open(sys.argv[1], "r+b").write(bytes(446) + entry + bytes(48) + b"\x55\xaa")
END
}
gone() { for n in $(seq 300); do [ -e /proc/$1 ] || return 0; sleep 0.1; done; return 1; }
end() { pid=$(cat /run/u/$use.pid); kill $pid; gone $pid; }
mkdir -p /run/u
"""
