# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the messages of the client say. How it behaves with a misbehaving server is in _arrays/test_ontap.py and in the
tests of the lookups.
"""

import ssl

import pytest
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import client as https

NAMES = https.OptionNames("host and port", "host", "ca", "certificate", "key")


@pytest.mark.parametrize(
    ("text", "printable"),
    [
        ("the password hunter2 of audit", "the password *** of audit"),
        ("hunter2hunter2-long", "***"),
        ("a proxy at https://me:pw@proxy:3128/", "a proxy at https://***@proxy:3128/"),
        ("one\r\n\x1b[31mred\x00", "one [31mred"),
        ("x" * 301, "x" * 297 + "..."),
        ("x" * 300, "x" * 300),
        ("ümlaut", "ümlaut"),
    ],
)
def test_what_comes_from_outside_is_made_fit_for_a_message(text, printable):
    assert https.redact(text, ["hunter2", "hunter2hunter2-long", ""]) == printable


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (9, "renew it"),
        (10, "renew it"),
        (18, "set ca to the CA"),
        (19, "set ca to the CA"),
        (20, "set ca to the CA"),
        (62, "set host to a name in it"),
        (64, "set host to a name in it"),
    ],
)
def test_each_fault_of_a_certificate_has_its_own_remedy(code, remedy):
    fault = ssl.SSLCertVerificationError("no")
    fault.verify_code, fault.verify_message = code, "the reason"
    client = https.Client("h", 443, ssl.create_default_context(), {}, names=NAMES, total_timeout=9)
    said = client._explain("/", fault, 1)
    assert "(the reason): " + remedy in said
    assert said.count("set ca") + said.count("set host") + said.count("renew") == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"records": [', "JSON that is cut or damaged (13 bytes)"),
        (b' {"a": tru', "JSON that is cut or damaged"),
        (b'{"a": ' + b"[" * 100_000, "JSON that is cut or damaged"),
        (b"", "something that is not JSON of X: check host and port"),
        (b"<html>", "something that is not JSON of X"),
        (b"\x1f\x8b\xff", "something that is not JSON of X"),
        (b"[1]", "something that is not JSON of X"),
        (b"null", "something that is not JSON of X"),
    ],
)
def test_a_body_that_was_cut_is_not_taken_for_a_login_page(body, said):
    with pytest.raises(https.RequestError) as caught:
        https.json_object("/p", body, NAMES, "X")
    assert str(caught.value).startswith(f"answers GET /p with {said}")


def test_a_good_body():
    assert https.json_object("/p", b'{"a": 1}', NAMES, "X") == {"a": 1}
