"""The interop suite in both directions with grpcio, on each way."""

import pytest

import interop

PAIRINGS = [pairing for pairing in interop.PAIRINGS if "grpcio" in pairing]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return interop.make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def targets(certificates, tmp_path_factory):
    """Starts servers when they are first asked for, and stops them after the last test."""
    folder = tmp_path_factory.mktemp("interop")
    servers = {}

    def target(server, way):
        if (server, way) not in servers:
            servers[server, way] = interop.start_server(server, way, certificates, folder)
        return servers[server, way].target

    yield target
    for server in servers.values():
        server.stop()


def possible():
    for client, server in PAIRINGS:
        limits = interop.LIMITS[client, server]
        for way in interop.WAYS:
            for case in interop.CASES:
                if limits.get(case, "") is not None:
                    yield client, server, way, case


@pytest.mark.parametrize(
    "client, server, way, case", possible(), ids=lambda value: str(value))
def test_case(client, server, way, case, targets, certificates):
    assert interop.run(client, case, way, targets(server, way), certificates) is None


@pytest.mark.parametrize("way", interop.WAYS, ids=str)
@pytest.mark.parametrize("case", ["client_compressed_unary", "client_compressed_streaming"])
def test_what_a_grpcio_server_cannot_see_is_noticed(way, case, targets, certificates):
    """Should grpcio learn to show it, the tables of what is not possible are wrong."""
    problem = interop.run("southbound", case, way, targets("grpcio", way), certificates)
    assert "the uncompressed probe: expected INVALID_ARGUMENT, got OK" in problem


@pytest.mark.parametrize("way", [w for w in interop.WAYS if w.security == "mtls"], ids=str)
def test_a_client_without_a_certificate_is_refused(way, targets, certificates):
    stranger = interop.Way(way.socket, "tls")
    problem = interop.run(
        "southbound", "empty_unary", stranger, targets("grpcio", way), certificates)
    assert problem and "UNAVAILABLE" in problem
    problem = interop.run(
        "grpcio", "empty_unary", stranger, targets("southbound", way), certificates)
    assert problem and "UNAVAILABLE" in problem


@pytest.mark.parametrize("way", [w for w in interop.WAYS if w.security == "tls"], ids=str)
def test_plaintext_to_a_secured_server_is_refused(way, targets, certificates):
    plain = interop.Way(way.socket, "plaintext")
    for client, server in PAIRINGS:
        problem = interop.run(
            client, "empty_unary", plain, targets(server, way), certificates)
        assert problem and "UNAVAILABLE" in problem
