# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operator may say of an array, and what of it may stand in a message."""

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import (
    Array,
    OntapConfigError,
    array_from_options,
    arrays_from_options,
)

LOGIN = {"hostname": "san1", "username": "audit", "password": "secret"}


def test_an_entry_has_the_defaults_of_the_options():
    assert array_from_options(LOGIN, "x") == Array("san1", "audit", "secret", 443, True, None, None, None, False)


def test_values_may_come_as_text_or_as_null():
    array = array_from_options(
        {**LOGIN, "http_port": "8443", "validate_certs": "no", "allow_no_luns": "yes", "ca_path": None}, "x"
    )
    assert (array.http_port, array.validate_certs, array.allow_no_luns, array.ca_path) == (8443, False, True, None)


class Tagged(str):
    """Stands for the tagged strings of ansible-core 2.19."""


class Vaulted:
    """Stands for a vaulted value, which decrypts when made a str."""

    def __str__(self):
        return "secret"


def test_strings_become_plain():
    array = array_from_options(
        {Tagged("hostname"): Tagged("san1"), "username": Tagged("audit"), "password": Vaulted()}, "x"
    )
    assert [type(value) for value in (array.hostname, array.username, array.password)] == [str, str, str]
    assert array.password == "secret"


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({**LOGIN, "ca_pth": "x"}, "entry 2 of arrays has the unknown key 'ca_pth'"),
        ("san1", "entry 2 of arrays must be a dictionary with a hostname, not a string"),
        (["san1"], "entry 2 of arrays must be a dictionary with a hostname, not a list"),
        ({**LOGIN, "password": ["a"]}, "password must be a single value"),
        ({**LOGIN, "http_port": 0}, "http_port must be a number from 1 to 65535"),
        ({**LOGIN, "http_port": "https"}, "http_port must be a number from 1 to 65535"),
        ({**LOGIN, "validate_certs": "perhaps"}, "validate_certs must be true or false"),
        ({**LOGIN, "username": None}, "give username and password, or a client certificate"),
        ({"hostname": "san1", "username": "audit"}, "give username and password, or a client certificate"),
        (
            {"hostname": "san1", "username": "audit", "cert_filepath": "c"},
            "give username and password, or a client certificate",
        ),
        ({**LOGIN, "key_filepath": "k"}, "key_filepath needs cert_filepath"),
        ({**LOGIN, "username": "a:b"}, "username must not hold a colon"),
        ({"username": "audit", "password": "secret"}, "hostname must be a bare name or address"),
        (LOGIN | {"hostname": "https://audit:secret@san1/"}, "hostname must be a bare name or address"),
        (LOGIN | {"hostname": "127.0.0.1:443"}, "a port goes into http_port"),
        (LOGIN | {"hostname": "dead:443"}, "a port goes into http_port"),
        (LOGIN | {"hostname": "[fe80::1]"}, "hostname must be a bare name or address"),
        (LOGIN | {"hostname": "fe80::1%eth0/x"}, "hostname must be a bare name or address"),
        (LOGIN, "san1 is listed twice"),
    ],
)
def test_a_wrong_entry_is_named_and_shows_no_password(entry, sentence):
    with pytest.raises(OntapConfigError) as caught:
        arrays_from_options({"arrays": [LOGIN, entry]})
    assert sentence in str(caught.value)
    assert "entry 2 of arrays" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_entry_takes_nothing_from_the_plain_options():
    with pytest.raises(OntapConfigError, match="give username and password"):
        arrays_from_options({"arrays": [{"hostname": "san2"}], "username": "audit", "password": "secret"})


def test_arrays_and_hostname_exclude_each_other():
    with pytest.raises(OntapConfigError, match="arrays and hostname are both set"):
        arrays_from_options({"arrays": [LOGIN], "hostname": "san2"})


def test_plain_options_are_one_array_and_none_is_none():
    assert [array.hostname for array in arrays_from_options({**LOGIN, "arrays": None})] == ["san1"]
    assert arrays_from_options({"arrays": [], "hostname": None}) == []


def test_one_host_may_be_asked_by_several_accounts():
    assert (
        len(arrays_from_options({"arrays": [LOGIN, {**LOGIN, "username": "other"}, {**LOGIN, "http_port": 8443}]})) == 3
    )


def test_a_password_is_in_no_text_of_an_array():
    array = array_from_options(LOGIN, "x")
    assert "secret" not in repr(array)
    said = "no secret, no YXVkaXQ6c2VjcmV0, no https://me:other@san1/api; \x1b[31mred\x00\n" + "long " * 100
    redacted = array.redact(said)
    assert not any(word in redacted for word in ("secret", "YXVkaXQ6c2VjcmV0", "me:other", "\x1b", "\x00", "\n"))
    assert len(redacted) == 300


@pytest.mark.parametrize(
    ("hostname", "port", "netloc", "label"),
    [
        ("san1.example.com", 443, "san1.example.com:443", "ONTAP array san1.example.com"),
        ("fd00::1", 8443, "[fd00::1]:8443", "ONTAP array fd00::1:8443"),
    ],
)
def test_addresses(hostname, port, netloc, label):
    array = array_from_options({**LOGIN, "hostname": hostname, "http_port": port}, "x")
    assert (array.netloc, array.label) == (netloc, label)
