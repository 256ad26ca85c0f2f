# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Multipath tables as device-mapper gives them."""

import pytest
from ansible_collections.sanops.multipath.plugins.module_utils import _dm


@pytest.mark.parametrize('table, parsed', [
    ('3 queue_if_no_path pg_init_retries 50 1 alua 1 1 service-time 0 2 1 8:16 1 8:32 1',
     {'features': '3 queue_if_no_path pg_init_retries 50', 'queue_if_no_path': True, 'paths': ['8:16', '8:32']}),
    ('0 0 2 1 service-time 0 1 1 8:16 1 round-robin 0 2 0 8:32 8:48',
     {'features': '0', 'queue_if_no_path': False, 'paths': ['8:16', '8:32', '8:48']}),
    ('1 retain_attached_hw_handler 0 1 1 historical-service-time 2 10 20 1 2 65:0 1 1',
     {'features': '1 retain_attached_hw_handler', 'queue_if_no_path': False, 'paths': ['65:0']}),
    ('1 queue_if_no_path 0 0 0', {'features': '1 queue_if_no_path', 'queue_if_no_path': True, 'paths': []}),
])
def test_multipath_table(table, parsed):
    assert _dm.multipath_table(table) == parsed


@pytest.mark.parametrize('number, text', [(0xfd03, '253:3'), (0x10fd01, '253:257'), (0x800, '8:0')])
def test_device_numbers_in_the_kernels_encoding(number, text):
    assert _dm._dev_t(number) == text
