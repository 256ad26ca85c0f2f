# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stub of the REST API of AWX 24.6.1, as far as the modules of awx.awx use it to build objects: nothing is ever run.

README.md beside this file says what it takes after, and what it leaves out.
"""
