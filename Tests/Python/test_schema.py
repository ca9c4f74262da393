"""The protos as a stock client sees them."""

import pytest

import stubs
import value_fixtures


@pytest.mark.parametrize("path", [path.removesuffix(".proto") for path in stubs.files()])
def test_every_proto_imports_and_its_messages_come_back(path):
    module = stubs.messages(path)
    assert stubs.services(path)
    for name, descriptor in module.DESCRIPTOR.message_types_by_name.items():
        empty = getattr(module, name)()
        assert empty.SerializeToString() == b"", name
        assert getattr(module, name).FromString(b"") == empty, name
        assert descriptor.full_name.startswith(module.DESCRIPTOR.package + ".")


def test_the_values_that_swift_compares_are_what_python_encodes():
    """SchemaTests decodes each line and wants the same bytes from our encoder."""
    wanted = value_fixtures.PATH.read_text().split()
    assert value_fixtures.lines() == wanted


def test_services_are_those_that_are_promised():
    services = set()
    for path in stubs.files():
        descriptor = stubs.messages(path.removesuffix(".proto")).DESCRIPTOR
        services |= {service.full_name for service in descriptor.services_by_name.values()}
    assert services >= {
        "bench.Bench",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
        "southbound.agent.v1.AgentCache",
        "southbound.agent.v1.AgentControl",
        "southbound.agent.v1.AgentLogs",
        "southbound.compiler.v1.Compiler",
        "southbound.environments.v1.Environments",
        "southbound.exporter.v1.Exporter",
        "southbound.files.v1.Files",
        "southbound.logs.v1.Logs",
        "southbound.resources.v1.Resources",
        "southbound.sessions.v1.AgentSessions",
        "southbound.versions.v1.Versions",
    }
