# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file that cannot be used is named with the option that a user set."""

import pytest
import trustme
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import client as https
from ansible_collections.sanops.multipath.plugins.plugin_utils._http import tls

NAMES = https.OptionNames("where", "host", "ca_option", "certificate_option", "key_option")


@pytest.fixture
def files(tmp_path):
    made = {}
    authority = trustme.CA()
    for name in ("mine", "other"):
        issued = authority.issue_cert(f"{name}.example.org")
        made[name] = tmp_path / f"{name}.pem"
        issued.cert_chain_pems[0].write_to_path(made[name])
        made[f"{name} key"] = tmp_path / f"{name}.key"
        issued.private_key_pem.write_to_path(made[f"{name} key"])
    made["ca"] = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(made["ca"])
    made["junk"] = tmp_path / "junk"
    made["junk"].write_text("no PEM")
    made["missing"] = tmp_path / "missing"
    return {name: str(path) for name, path in made.items()}


@pytest.mark.parametrize(
    ("ca", "certificate", "key", "option", "path", "why"),
    [
        ("junk", "mine", "mine key", "ca_option", "junk", "is not readable PEM"),
        ("missing", "mine", "mine key", "ca_option", "missing", "is not readable PEM: No such file or directory"),
        ("ca", "junk", "mine key", "certificate_option", "junk", "is not readable PEM"),
        ("ca", "missing", "mine key", "certificate_option", "missing", "is not readable PEM: No such file"),
        ("ca", "mine", "junk", "key_option", "junk", "is not readable PEM"),
        ("ca", "mine", "missing", "key_option", "missing", "is not readable PEM: No such file or directory"),
        ("ca", "mine", None, "the private key in certificate_option", "mine", "is not readable PEM"),
        ("ca", "mine", "other key", "key_option", "other key", "does not belong to certificate_option"),
    ],
)
def test_the_file_that_cannot_be_used_is_named(files, ca, certificate, key, option, path, why):
    with pytest.raises(https.RequestError) as caught:
        tls.context(NAMES, validate=True, ca=files[ca], certificate=files[certificate], key=files.get(key))
    assert str(caught.value).startswith(f"cannot be asked: {option} ({files[path]}) {why}")


def test_good_files_are_used(files):
    context = tls.context(NAMES, validate=True, ca=files["ca"], certificate=files["mine"], key=files["mine key"])
    assert len(context.get_ca_certs()) == 1 and context.check_hostname and context.post_handshake_auth


def test_without_validation_no_ca_is_read(files):
    context = tls.context(NAMES, validate=False, ca=files["missing"], certificate=None, key=None)
    assert not context.check_hostname and not context.get_ca_certs()
