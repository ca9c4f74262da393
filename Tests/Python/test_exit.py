"""A program that ends while its connections are in the middle of something ends as it means to."""

import pytest

import interop


@pytest.mark.parametrize("security", ["tls", "mtls"])
def test_the_end_of_a_process_in_a_handshake(security, tmp_path):
    """The call's deadline of a millisecond passes during the handshake; then the process exits."""
    way = interop.Way("unix", security)
    files = interop.make_certificates(tmp_path)
    server = interop.start_server("grpcio", way, files, tmp_path)
    try:
        for _ in range(60):
            case = "timeout_on_sleeping_server"
            assert interop.run("southbound", case, way, server.target, files) is None
    finally:
        server.stop()
