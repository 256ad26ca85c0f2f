# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a connection, under the names that released collections have for them."""

import json
import pathlib

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._awx import api as awx_api

RECORDED = json.loads(
    (pathlib.Path(__file__).parents[3] / "recordings/awx/connection_options.json").read_text(encoding="utf-8")
)
GIVEN = {
    "controller_host": "https://awx.example.com",
    "controller_username": "",
    "controller_password": None,
    "controller_oauthtoken": "secret",
    "validate_certs": False,
    "request_timeout": 30.0,
}


@pytest.mark.parametrize("release", RECORDED)
def test_each_release_takes_them(release):
    known = RECORDED[release]
    named = awx_api.named(known, GIVEN)
    assert set(named) <= set(known) and len(named) == 4
    token = "controller_oauthtoken" if release.startswith("awx.awx") else "aap_token"
    assert named[token] == "secret" and named["validate_certs"] is False


def test_the_new_name_is_taken_too():
    given = {"aap_token": "secret"}
    assert awx_api.named(RECORDED["awx.awx 24.6.1"], given) == {"controller_oauthtoken": "secret"}


def test_a_collection_without_tokens():
    with pytest.raises(ValueError, match="takes no token"):
        awx_api.named({"controller_host": {}}, GIVEN)
    assert awx_api.named({}, {**GIVEN, "controller_oauthtoken": ""}).keys() == {
        "controller_host",
        "validate_certs",
        "request_timeout",
    }


def test_what_a_module_would_take_from_the_environment(monkeypatch):
    known = {
        "controller_host": {"fallback": (None, ["A_HOST", "B_HOST"])},
        "validate_certs": {"fallback": (None, ["A_VERIFY"])},
        "request_timeout": {"fallback": (None, ["A_TIMEOUT"])},
        "controller_config_file": {},
    }
    for name, value in {"B_HOST": "b", "A_VERIFY": "no", "A_TIMEOUT": "5"}.items():
        monkeypatch.setenv(name, value)
    assert awx_api._with_environment(known, {}) == {
        "controller_host": "b",
        "validate_certs": False,
        "request_timeout": 5.0,
    }
    assert awx_api._with_environment(known, {"controller_host": "a"})["controller_host"] == "a"
