# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """What the action plugins that write reports on the controller have alike."""

    DOCUMENTATION = r"""
options:
  report_dir:
    description: The directory on the controller to write to, made if it is missing. A relative one is below the current
      directory.
    type: path
    required: true
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
    details: The report is written in check mode too. It is no change to anything that is managed, so RV(ignore:changed)
      is always false.
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
