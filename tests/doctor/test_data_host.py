"""`course doctor --online`: the data server's certificate, the way to it, and its absence."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from course_utils import cli
from course_utils.datasets import archives
from course_utils.doctor import network

DAY = timedelta(days=1)


def make_certificate(folder: Path, last_day: datetime) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(last_day - 90 * DAY)
        .not_valid_after(last_day)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, secret


class Answer(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def data_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """``data_server(last_day)``: a TLS server in MovieLens' place; returns its certificate."""
    servers = []

    def serve(last_day: datetime) -> Path:
        certificate, secret = make_certificate(tmp_path, last_day)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        servers.append(server)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, secret)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setattr(archives, "SITE", f"https://127.0.0.1:{server.server_port}/datasets/")
        return certificate

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    return lambda certificate: monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))


def test_a_good_certificate(data_server, trust, capsys) -> None:
    trust(data_server(datetime.now(UTC) + DAY))
    assert cli.main(["doctor", "--online"]) == 0
    assert "answers, and its certificate holds" in capsys.readouterr().out


def test_an_expired_certificate(data_server, trust, type_it) -> None:
    trust(data_server(datetime.now(UTC) - DAY))  # its signer is trusted: only the date is wrong
    finding = network.data_host()
    assert "its certificate is not accepted, certificate has expired" in finding.detail
    assert "made-up sample" in finding.detail
    assert finding.fix.startswith("export COURSE_OFFLINE=1; ")


def test_a_certificate_that_somebody_put_in_the_way(data_server) -> None:
    data_server(datetime.now(UTC) + DAY)
    assert "self-signed certificate" in network.data_host().detail


def test_no_tls_and_no_server_at_all(monkeypatch, free_port: int) -> None:
    monkeypatch.setattr(archives, "SITE", f"https://127.0.0.1:{free_port}/")
    assert "cannot be reached (ConnectionError)" in network.data_host().detail
    server = ThreadingHTTPServer(("127.0.0.1", free_port), Answer)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        assert "TLS fails" in network.data_host().detail
    finally:
        server.shutdown()
        server.server_close()


def test_a_dead_proxy_on_the_way(monkeypatch, free_port: int) -> None:
    monkeypatch.setattr(archives, "SITE", "https://files.invalid/")
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port}")
    finding = network.data_host()
    assert "the proxy on the way to files.invalid fails" in finding.detail
    assert finding.fix == "unset HTTPS_PROXY"
