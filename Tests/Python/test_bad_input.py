"""Whatever a client sends, the four processes answer with an error and live on."""

import hashlib
import pathlib
import random
import socket
import uuid

import grpc
import pytest

import stubs
from services import LIMIT, Services, refused, stub, wait_for

MESSAGE_BYTES_MAX = 64 << 20
METADATA_BYTES_MAX = 16 << 10
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
REFUSALS = {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED}


def connect(services, process):
    """A channel with a connection of its own."""
    return grpc.insecure_channel(
        services.address(process), options=[("grpc.use_local_subchannel_pool", 1)])


def answers(services, process):
    """Checks that a process runs and answers on a new connection."""
    assert services.processes[process].poll() is None, services.log(process)
    messages = stubs.messages("grpc/health/v1/health")
    with connect(services, process) as channel:
        health = stubs.services("grpc/health/v1/health").HealthStub(channel)
        answer = health.Check(
            messages.HealthCheckRequest(), timeout=LIMIT, wait_for_ready=True)
    assert answer.status == messages.HealthCheckResponse.SERVING


def descriptors(services, process):
    """How many file descriptors a process has open."""
    folder = f"/proc/{services.processes[process].pid}/fd"
    return len(list(pathlib.Path(folder).iterdir()))


def resident_bytes(services, process):
    """How much memory a process has."""
    status = f"/proc/{services.processes[process].pid}/status"
    for line in pathlib.Path(status).read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    raise AssertionError(f"no VmRSS in {status}")


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def nested(contents, *fields):
    """A message in a message in a message, by the numbers of the fields from the outermost on."""
    pieces, length = [contents], len(contents)
    for field in reversed(fields):
        piece = varint(field << 3 | 2) + varint(length)
        pieces.append(piece)
        length += len(piece)
    return b"".join(reversed(pieces))


def methods(process):
    """Every method of the services of a process: path, client streams, server streams."""
    packages = {
        "server": ["environments", "files", "logs", "resources", "sessions", "versions"],
        "exporter": ["exporter"], "compiler": ["compiler"], "agent": ["agent"],
    }[process]
    for path in stubs.files():
        if path.split("/")[1] not in packages:
            continue
        found = stubs.messages(path.removesuffix(".proto")).DESCRIPTOR
        for service in found.services_by_name.values():
            for method in service.methods:
                yield (
                    f"/{service.full_name}/{method.name}", method.client_streaming,
                    method.server_streaming)


def code_of(channel, path, client_streams, server_streams, request):
    """Sends one message of any bytes, and returns the status; None for an answer."""
    kind = ("stream" if client_streams else "unary") + (
        "_stream" if server_streams else "_unary")
    method = getattr(channel, kind)(path)
    try:
        answer = method(iter([request]) if client_streams else request, timeout=LIMIT)
        if server_streams:
            for _ in answer:
                pass
    except grpc.RpcError as error:
        return error.code()
    return None


@pytest.mark.parametrize("process", Services.NAMES)
def test_random_bytes_on_a_port(services, process):
    chance = random.Random(f"port {process}")
    before = descriptors(services, process)
    host, port = services.address(process).rsplit(":", 1)
    kept = []
    for turn in range(150):
        noise = chance.randbytes(chance.choice([1, 9, 100, 5_000, 70_000]))
        start = [b"", PREFACE, PREFACE + SETTINGS, b"GET / HTTP/1.1\r\n\r\n"][turn % 4]
        if turn % 3 == 0:
            # A frame that is whole, of a known type, with a content that is not.
            noise = noise[:5_000]
            kind, flags, stream = chance.randrange(10), chance.randrange(256), turn % 7
            head = len(noise).to_bytes(3, "big") + bytes([kind, flags])
            noise = head + stream.to_bytes(4, "big") + noise
        connection = socket.create_connection((host, int(port)), timeout=LIMIT)
        try:
            connection.sendall(start + noise)
        except (BrokenPipeError, ConnectionResetError):
            pass
        # Some stay open and silent while the others come.
        kept.append(connection) if turn % 5 == 0 else connection.close()
    answers(services, process)
    for connection in kept:
        connection.close()
    # One more may be open for a moment: the connection that asked for the health.
    wait_for(
        "closed connections", lambda: descriptors(services, process) <= before + 2, LIMIT)
    answers(services, process)


@pytest.mark.parametrize("process", Services.NAMES)
def test_random_bytes_as_messages_of_every_method(services, process):
    chance = random.Random(f"messages {process}")
    with connect(services, process) as channel:
        for path, client_streams, server_streams in methods(process):
            for size in [1, 10, 1_000]:
                # A first field that is longer than the rest makes it no message for sure.
                noise = b"\x0a" + varint(size + 1) + chance.randbytes(size)
                code = code_of(channel, path, client_streams, server_streams, noise)
                assert code == grpc.StatusCode.INVALID_ARGUMENT, (path, size, code)
    answers(services, process)


@pytest.mark.parametrize("process", Services.NAMES)
def test_a_message_that_is_too_large(services, process):
    large = bytes(MESSAGE_BYTES_MAX + 1)
    with connect(services, process) as channel:
        path, client_streams, server_streams = next(methods(process))
        code = code_of(channel, path, client_streams, server_streams, large)
        assert code == grpc.StatusCode.RESOURCE_EXHAUSTED
        metadata = [("large", "x" * METADATA_BYTES_MAX)]
        messages = stubs.messages("grpc/health/v1/health")
        health = stubs.services("grpc/health/v1/health").HealthStub(channel)
        refused(
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            lambda: health.Check(
                messages.HealthCheckRequest(), metadata=metadata, timeout=LIMIT))
    answers(services, process)


@pytest.mark.parametrize("process", Services.NAMES)
@pytest.mark.parametrize("levels", [101, 10_000, 200_000])
def test_a_message_that_is_too_deep(services, process, levels):
    """Groups nest in fields that nobody knows, of any message."""
    deep = b"\xa3\x06" * levels + b"\xa4\x06" * levels
    with connect(services, process) as channel:
        for path, client_streams, server_streams in methods(process):
            code = code_of(channel, path, client_streams, server_streams, deep)
            assert code in REFUSALS, (path, code)
    answers(services, process)


@pytest.mark.parametrize("levels", [40, 100_000])
def test_a_value_that_is_too_deep(services, levels):
    """A list in a list in a list as field of a resource."""
    messages = stubs.messages("southbound/versions/v1/versions")
    resources = stubs.messages("southbound/resource/v1/resource")
    fields = resources.Resource.DESCRIPTOR.fields_by_name["fields"].number
    start = messages.PutRequest(
        start=messages.PutStart(environment="default", idempotency_key=str(uuid.uuid4())))
    # PutRequest.batch, PutBatch.resources, Resource.fields, the value of an entry; then
    # Value.list_value and ListValue.values in turn.
    batch = nested(b"", 2, 1, fields, 2, *[7, 1] * levels)
    with connect(services, "server") as channel:
        put = channel.stream_unary("/southbound.versions.v1.Versions/Put")
        with pytest.raises(grpc.RpcError) as info:
            put(iter([start.SerializeToString(), batch]), timeout=LIMIT)
    assert info.value.code() in REFUSALS, info.value
    assert "level" in info.value.details()
    answers(services, "server")


@pytest.mark.parametrize("opening, closing", [("[", "]"), ("(", ")"), ("{'a': ", "}")])
def test_a_model_that_is_too_deep(services, opening, closing):
    messages = stubs.messages("southbound/compiler/v1/compiler")
    text = "x = " + opening * 50_000 + "1" + closing * 50_000 + "\n"
    requests = [
        messages.CompileRequest(
            start=messages.CompileStart(
                environment="default", goal=messages.COMPILE_GOAL_COMPILE)),
        messages.CompileRequest(
            file=messages.ProjectFile(path="main.cf", contents=text.encode())),
    ]
    compiler = stub(services, "compiler", "southbound/compiler/v1/compiler", "Compiler")
    got = list(compiler.Compile(iter(requests), timeout=LIMIT))
    assert not got[-1].summary.succeeded
    assert any(one.diagnostic.id for one in got if one.WhichOneof("kind") == "diagnostic")
    answers(services, "compiler")


@pytest.mark.parametrize("process, kind", [
    ("server", "download"), ("server", "watch"), ("agent", "logs"),
])
def test_a_thousand_streams_that_nobody_reads(services, process, kind):
    contents = bytes(4 << 20)
    digest = hashlib.sha256(contents).digest()
    files = stubs.messages("southbound/files/v1/files")
    resources = stubs.messages("southbound/resources/v1/resources")
    logs = stubs.messages("southbound/agent/v1/agent_logs")
    if kind == "download":
        pieces = [
            files.UploadRequest(digest=digest, contents=contents[: 1 << 20]),
            files.UploadRequest(contents=contents[1 << 20:], last=True),
        ]
        stub(services, "server", "southbound/files/v1/files", "Files").Upload(
            iter(pieces), timeout=LIMIT)
    path, request = {
        "download": ("files.v1.Files/Download", files.DownloadRequest(digest=digest)),
        "watch": ("resources.v1.Resources/Watch", resources.WatchRequest(environment="default")),
        "logs": ("agent.v1.AgentLogs/StreamLogs", logs.StreamLogsRequest()),
    }[kind]
    before = resident_bytes(services, process)
    # A connection may have 256 calls.
    channels = [connect(services, process) for _ in range(5)]
    try:
        calls = [
            channel.unary_stream(f"/southbound.{path}")(
                request.SerializeToString(), timeout=4 * LIMIT)
            for channel in channels for _ in range(200)
        ]
        for call in calls:
            call.initial_metadata()
        over = [call for call in calls if not call.is_active()]
        if kind == "logs":
            # At most 100 follow the log of an agent, its own session among them.
            assert {call.code() for call in over} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
            wait_for(
                "refusals", lambda: sum(call.is_active() for call in calls) <= 100, LIMIT)
            assert any(call.is_active() for call in calls)
        else:
            assert not over, over[0]
        answers(services, process)
        # A stream holds a piece or two of its file; all of all files would be 4 GiB.
        assert resident_bytes(services, process) - before < 1 << 30
        for call in calls:
            call.cancel()
        answers(services, process)
    finally:
        for channel in channels:
            channel.close()
    answers(services, process)
