# SPDX-FileCopyrightText: 2026 The sanops.multipath authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logging in to the simulated array and getting there: certificates, proxies, silence."""

import dataclasses
import datetime
import pathlib
import socket
import ssl
import threading

import pytest
import trustme
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import listing as arrays_listing
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays import ontap
from ansible_collections.sanops.multipath.plugins.plugin_utils._arrays.options import OntapLoginError
from support.readings import failure


def test_a_wrong_password_is_tried_once(sim, array):
    with pytest.raises(OntapLoginError, match="refuses user 'audit'"):
        arrays_listing.fetch(dataclasses.replace(array, password="wrong"))
    assert len(sim.requests()) == 1


def test_an_unknown_certificate_is_refused(array, tmp_path):
    assert "does not show a certificate that can be trusted" in failure(dataclasses.replace(array, ca_path=None))
    assert "hostname to a name in it" in failure(dataclasses.replace(array, hostname="127.1"))
    assert len(arrays_listing.fetch(dataclasses.replace(array, ca_path=None, validate_certs=False))["luns"]) == 8


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environment_has_no_say_in_trust(array, tmp_path, monkeypatch, variable):
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    monkeypatch.setenv(variable, str(tmp_path / "other.pem"))
    assert len(arrays_listing.fetch(array)["luns"]) == 8
    monkeypatch.setenv(variable, array.ca_path)
    failure(dataclasses.replace(array, ca_path=None))
    other = dataclasses.replace(array, ca_path=str(tmp_path / "other.pem"))
    failure(other)


def test_the_environment_has_no_say_in_the_way(sim, array, tmp_path, monkeypatch):
    for variable in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login vsadmin password staple\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    arrays_listing.fetch(array)
    assert {request["user"] for request in sim.requests()} == {"audit"}


def test_an_expired_certificate_is_refused(array, tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    expired = authority.issue_cert("127.0.0.1", not_after=datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc))
    with tls_server(expired, tmp_path, lambda connection: None) as port:
        assert "certificate has expired" in failure(
            dataclasses.replace(array, http_port=port, ca_path=str(tmp_path / "ca.pem"))
        )


@pytest.mark.parametrize("option", ["ca_path", "cert_filepath"])
def test_unreadable_files(array, tmp_path, option):
    (tmp_path / "junk").write_text("no certificate")
    for path in (tmp_path / "missing", tmp_path / "junk"):
        assert "is not readable PEM" in failure(dataclasses.replace(array, **{option: str(path)}))


def test_nobody_there(array):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert "refuses the connection" in failure(dataclasses.replace(array, http_port=port))
    assert "does not resolve" in failure(dataclasses.replace(array, hostname="san1.invalid"))


def test_silence_ends(array, monkeypatch):
    monkeypatch.setattr(ontap, "HELLO_TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "did not answer GET /api/cluster within 0.3 s" in failure(
            dataclasses.replace(array, http_port=silent.getsockname()[1])
        )


def test_a_trickling_answer_ends(array, tmp_path, monkeypatch):
    monkeypatch.setattr(ontap, "HELLO_TIMEOUT", 0.5)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    stop = threading.Event()

    def trickle(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not stop.wait(0.05):
            connection.sendall(b" ")

    with tls_server(authority.issue_cert("127.0.0.1"), tmp_path, trickle) as port:
        sentence = failure(dataclasses.replace(array, http_port=port, ca_path=str(tmp_path / "ca.pem")))
        stop.set()
    assert "did not answer GET /api/cluster within 0.5 s" in sentence


def test_the_whole_reading_has_an_end(array, monkeypatch):
    monkeypatch.setattr(ontap, "FETCH_TIMEOUT", 0)
    assert "was not read within 0 s" in failure(array)


class tls_server:
    """One TLS connection on a free port, given to `serve` once it stands. Yields the port."""

    def __init__(self, certificate, folder, serve):
        self._serve = serve
        pem = pathlib.Path(folder, "server.pem")
        certificate.private_key_and_cert_chain_pem.write_to_path(pem)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self._listener.getsockname()[1]

    def _run(self):
        try:
            with self._context.wrap_socket(self._listener.accept()[0], server_side=True) as connection:
                self._serve(connection)
        except OSError:
            pass  # the client hung up, as it should

    def __exit__(self, *exc):
        self._listener.close()
        self._thread.join(10)
        assert not self._thread.is_alive()
