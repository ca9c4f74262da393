"""TLS as a stranger's tool speaks it: what the server refuses, it refuses to that connection alone."""

import os
import subprocess

import pytest

import interop

WAY = interop.Way("tcp", "tls")
LIMIT = 30
# The end of the head of a SETTINGS frame: type, flags, stream.
SETTINGS = b"\x04\x00\x00\x00\x00\x00"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return interop.make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def target(certificates, tmp_path_factory):
    server = interop.start_server("southbound", WAY, certificates, tmp_path_factory.mktemp("tls"))
    yield server.target
    server.stop()


@pytest.fixture(autouse=True)
def still_answers(target, certificates):
    yield
    assert interop.run("grpcio", "large_unary", WAY, target, certificates) is None


def connect(target, certificates, *flags):
    return subprocess.Popen(
        ["openssl", "s_client", "-connect", target, "-CAfile", certificates["ca.pem"], *flags],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_renegotiation_is_refused(target, certificates):
    client = connect(target, certificates, "-tls1_2", "-alpn", "h2")
    try:
        greeting = b""
        # The SETTINGS of the server must be out of the way: s_client takes no data in between.
        while b"Extended master secret" not in greeting or SETTINGS not in greeting:
            more = os.read(client.stdout.fileno(), 65536)
            assert more, greeting
            greeting += more
        assert b"Protocol  : TLSv1.2" in greeting
        # s_client begins a renegotiation at this letter.
        answer, _ = client.communicate(b"R\n", timeout=LIMIT)
        assert b"RENEGOTIATING" in answer
        assert b"no renegotiation" in answer
    finally:
        client.kill()
        client.wait()


@pytest.mark.parametrize(
    "flags, reason",
    [
        (["-tls1_1", "-cipher", "ALL@SECLEVEL=0", "-alpn", "h2"], b"alert protocol version"),
        (["-alpn", "http/1.1"], b"alert no application protocol"),
        (["-tls1_2", "-cipher", "AES128-SHA:AES256-SHA256", "-alpn", "h2"],
         b"alert handshake failure"),
    ],
    ids=["TLS 1.1", "another protocol", "ciphers without forward secrecy"])
def test_what_is_too_weak_is_refused_with_an_alert(target, certificates, flags, reason):
    client = connect(target, certificates, *flags)
    answer, _ = client.communicate(b"", timeout=LIMIT)
    assert reason in answer, answer
    assert client.returncode != 0
