# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Run the module multipath_conf; a Python of the host that is too old is named."""

from __future__ import annotations

from ansible_collections.sanops.multipath.plugins.plugin_utils._python import action


class ActionModule(action.ActionModule):
    pass
