# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """What modules support, and who wrote them. A module states what differs."""

    # Of action plugins that connect to no host.
    CONTROLLER = r"""
attributes:
  action:
    support: full
  async:
    support: none
  become:
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
  connection:
    support: none
  delegation:
    support: none
  diff_mode:
    support: none
  platform:
    platforms: all
author:
  - The sanops.multipath authors (@sanops)
"""

    # Of modules that act on a host.
    HOST = r"""
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    platforms: linux
author:
  - The sanops.multipath authors (@sanops)
"""

    # What differs from that in the modules that remove one device; named before it.
    REMOVAL = r"""
attributes:
  check_mode:
    details: >-
      Every guard is asked, the wire too, except the exclusive opening of the device itself, since that may wait.
      RV(actions) says what would be done.
  diff_mode:
    support: none
requirements:
  - Root, multipath-tools, and the C(sg) driver in the kernel.
"""
