"""The interop suite by grpcio: its cases as a client, its service as a server, and what lies between."""

import concurrent.futures
import dataclasses
import os
import pathlib
import subprocess
import threading

import grpc

import stubs
from services import PROGRAMS

CASES = (
    "empty_unary large_unary client_streaming server_streaming ping_pong empty_stream "
    "client_compressed_unary server_compressed_unary client_compressed_streaming "
    "server_compressed_streaming custom_metadata status_code_and_message special_status_message "
    "unimplemented_method unimplemented_service cancel_after_begin cancel_after_first_response "
    "timeout_on_sleeping_server cacheable_unary rpc_soak channel_soak"
).split()

# What grpcio cannot do, by who it is. `None` cannot be run at all; otherwise the rest of the case is.
NO_FLAG = "grpcio does not show whether a response was compressed; sizes only"
LIMITS = {
    ("grpcio", "southbound"): {
        "server_compressed_unary": NO_FLAG,
        "server_compressed_streaming": NO_FLAG,
        "client_compressed_streaming":
            "a grpcio client compresses all requests of a stream or none; the plain one left out",
    },
    ("southbound", "grpcio"): {
        "client_compressed_unary": None,
        "client_compressed_streaming": None,
    },
    ("southbound", "southbound"): {},
}
IMPOSSIBLE = "a grpcio server does not see whether a request was compressed"
PAIRINGS = list(LIMITS)

INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"
LIMIT = 60
SIZES_OUT = [27182, 8, 1828, 45904]
SIZES_BACK = [31415, 9, 2653, 58979]


# MARK: ways


@dataclasses.dataclass(frozen=True)
class Way:
    """How bytes get from a client to a server."""

    socket: str
    security: str

    def __str__(self):
        return f"{self.socket}-{self.security}"

    def server_flags(self, files):
        if self.security == "plaintext":
            return []
        flags = ["--use_tls", "--tls_cert", files["server.pem"], "--tls_key", files["server.key"]]
        return flags + (["--tls_ca", files["ca.pem"]] if self.security == "mtls" else [])

    def client_flags(self, files):
        if self.security == "plaintext":
            return []
        flags = ["--use_tls=true", "--tls_ca", files["ca.pem"]]
        if self.security == "mtls":
            flags += ["--tls_cert", files["client.pem"], "--tls_key", files["client.key"]]
        return flags

    def server_credentials(self, files):
        mutual = self.security == "mtls"
        return grpc.ssl_server_credentials(
            [(_read(files["server.key"]), _read(files["server.pem"]))],
            root_certificates=_read(files["ca.pem"]) if mutual else None,
            require_client_auth=mutual)

    def channel(self, target, files):
        """A grpcio channel to a target."""
        # Channels with equal options share connections; a soak wants one of its own.
        options = [("grpc.use_local_subchannel_pool", 1)]
        if self.security == "plaintext":
            return grpc.insecure_channel(target, options)
        mutual = self.security == "mtls"
        credentials = grpc.ssl_channel_credentials(
            _read(files["ca.pem"]),
            _read(files["client.key"]) if mutual else None,
            _read(files["client.pem"]) if mutual else None)
        if target.startswith("unix:"):
            options.append(("grpc.ssl_target_name_override", "localhost"))
        return grpc.secure_channel(target, credentials, options)


WAYS = [Way(s, t) for s in ("tcp", "unix") for t in ("plaintext", "tls", "mtls")]


def _read(path):
    return pathlib.Path(path).read_bytes()


def make_certificates(folder):
    """Makes an authority, a server's and a client's certificate, and returns their files."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl(
        "req", "-x509", *key, "-days", "1", "-subj", "/CN=Interop Authority",
        "-keyout", "ca.key", "-out", "ca.pem")
    for name, names in [
        ("server", "DNS:localhost,IP:127.0.0.1"), ("client", "DNS:interop-client.test"),
    ]:
        (pathlib.Path(folder) / "names").write_text(f"subjectAltName={names}\n")
        openssl("req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", "request")
        openssl(
            "x509", "-req", "-in", "request", "-days", "1", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-extfile", "names", "-out", f"{name}.pem")
    return {path.name: str(path) for path in pathlib.Path(folder).iterdir()}


# MARK: servers


class SouthboundServer:
    """`rpc-interop-server` as a process."""

    def __init__(self, way, files, folder):
        self._log = open(pathlib.Path(folder) / f"server-{way}.log", "wb")
        place = (
            ["--port", "0"] if way.socket == "tcp"
            else ["--unix", str(pathlib.Path(folder) / f"south-{way}.sock")])
        self._process = subprocess.Popen(
            [PROGRAMS / "rpc-interop-server", *place, *way.server_flags(files)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log, text=True)
        uri = self._process.stdout.readline().strip()
        if not uri:
            self._log.flush()
            raise RuntimeError(f"no server: {_read(self._log.name).decode(errors='replace')}")
        # tcp://127.0.0.1:port or unix:///path, as grpcio wants it.
        self.target = uri.removeprefix("tcp://").replace("unix://", "unix:")

    def stop(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        self._log.close()


class GrpcioServer:
    """The service by grpcio, in this process."""

    def __init__(self, way, files, folder):
        self._pool = concurrent.futures.ThreadPoolExecutor(16)
        self._server = grpc.server(self._pool, options=[("grpc.so_reuseport", 0)])
        services = stubs.services("grpc/testing/test")
        services.add_TestServiceServicer_to_server(_servicer(), self._server)
        path = pathlib.Path(folder) / f"grpcio-{way}.sock"
        address = "127.0.0.1:0" if way.socket == "tcp" else f"unix:{path}"
        if way.security == "plaintext":
            port = self._server.add_insecure_port(address)
        else:
            port = self._server.add_secure_port(address, way.server_credentials(files))
        self._server.start()
        self.target = f"127.0.0.1:{port}" if way.socket == "tcp" else address

    def stop(self):
        self._server.stop(None).wait()
        self._pool.shutdown()


def start_server(name, way, files, folder):
    return {"southbound": SouthboundServer, "grpcio": GrpcioServer}[name](way, files, folder)


def _servicer():
    messages = stubs.messages("grpc/testing/messages")
    empty = stubs.messages("grpc/testing/empty")

    def payload(size):
        return messages.Payload(body=bytes(size))

    def echo(context):
        metadata = dict(context.invocation_metadata())
        if INITIAL in metadata:
            context.send_initial_metadata([(INITIAL, metadata[INITIAL])])
        if TRAILING in metadata:
            context.set_trailing_metadata([(TRAILING, metadata[TRAILING])])

    def end(request, context):
        if request.HasField("response_status") and request.response_status.code:
            code = next(
                code for code in grpc.StatusCode if code.value[0] == request.response_status.code)
            context.abort(code, request.response_status.message)

    def answer(request, context):
        end(request, context)
        for parameters in request.response_parameters:
            # It counts for the next message only.
            if not parameters.compressed.value:
                context.disable_next_message_compression()
            yield messages.StreamingOutputCallResponse(payload=payload(parameters.size))

    class Servicer(stubs.services("grpc/testing/test").TestServiceServicer):
        def EmptyCall(self, request, context):
            return empty.Empty()

        def UnaryCall(self, request, context):
            if request.response_compressed.value:
                context.set_compression(grpc.Compression.Gzip)
            echo(context)
            end(request, context)
            return messages.SimpleResponse(payload=payload(request.response_size))

        def CacheableUnaryCall(self, request, context):
            context.send_initial_metadata([("cache-control", "max-age=60, public")])
            return messages.SimpleResponse(payload=messages.Payload(body=os.urandom(16)))

        def StreamingOutputCall(self, request, context):
            context.set_compression(grpc.Compression.Gzip)
            echo(context)
            yield from answer(request, context)

        def StreamingInputCall(self, requests, context):
            return messages.StreamingInputCallResponse(
                aggregated_payload_size=sum(len(request.payload.body) for request in requests))

        def FullDuplexCall(self, requests, context):
            echo(context)
            for request in requests:
                yield from answer(request, context)

        def HalfDuplexCall(self, requests, context):
            echo(context)
            for request in list(requests):
                yield from answer(request, context)

    return Servicer()


# MARK: clients


def run_southbound(case, way, target, files):
    """Runs a case by `rpc-interop-client`; returns what went wrong, or None."""
    if target.startswith("unix:"):
        place = ["--unix", target.removeprefix("unix:")]
    else:
        host, port = target.rsplit(":", 1)
        place = ["--server_host", host, "--server_port", port]
    patient = [
        "--soak_per_iteration_max_acceptable_latency_ms", "60000",
        "--soak_overall_timeout_seconds", "120"]
    done = subprocess.run(
        [PROGRAMS / "rpc-interop-client", "--test_case", case, *place, *patient,
         *way.client_flags(files)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=3 * LIMIT)
    if done.returncode == 0:
        return None
    return f"exit code {done.returncode}: {(done.stdout + done.stderr).strip()}"


def run_grpcio(case, way, target, files):
    """Runs a case by grpcio; returns what went wrong, or None."""
    try:
        if case == "channel_soak":
            for _ in range(10):
                with way.channel(target, files) as channel:
                    GrpcioClient(channel).large_unary()
        else:
            with way.channel(target, files) as channel:
                getattr(GrpcioClient(channel), case)()
    except AssertionError as error:
        return f"{error}"
    except grpc.RpcError as error:
        return f"{error.code()}: {error.details()}"
    return None


def run(client, case, way, target, files):
    """Runs a case; returns what went wrong, or None."""
    runner = {"southbound": run_southbound, "grpcio": run_grpcio}[client]
    return runner(case, way, target, files)


def equal(subject, actual, expected):
    assert actual == expected, f"{subject}: expected {expected!r}, got {actual!r}"


def failing(subject, code, call):
    """Checks that a call fails with a status, and returns its message."""
    try:
        call()
    except grpc.RpcError as error:
        equal(f"status of {subject}", error.code(), code)
        return error.details()
    raise AssertionError(f"status of {subject}: expected {code}, got OK")


class GrpcioClient:
    """The cases, each a method by its name."""

    def __init__(self, channel):
        services = stubs.services("grpc/testing/test")
        self.stub = services.TestServiceStub(channel)
        self.missing = services.UnimplementedServiceStub(channel)
        self.messages = stubs.messages("grpc/testing/messages")
        self.empty = stubs.messages("grpc/testing/empty").Empty()

    def payload(self, size):
        return self.messages.Payload(body=bytes(size))

    def large(self, **more):
        return self.messages.SimpleRequest(
            response_size=314159, payload=self.payload(271828), **more)

    def output(self, *sizes, payload=None):
        request = self.messages.StreamingOutputCallRequest()
        for size in sizes:
            request.response_parameters.add(size=size)
        if payload is not None:
            request.payload.CopyFrom(self.payload(payload))
        return request

    def check(self, payload, size):
        equal("bytes in a payload", len(payload.body), size)
        assert not any(payload.body), "a payload has bytes other than zeros"

    def empty_unary(self):
        equal("the response", self.stub.EmptyCall(self.empty, timeout=LIMIT), self.empty)

    def large_unary(self):
        self.check(self.stub.UnaryCall(self.large(), timeout=LIMIT).payload, 314159)

    def client_streaming(self):
        requests = [
            self.messages.StreamingInputCallRequest(payload=self.payload(s)) for s in SIZES_OUT]
        response = self.stub.StreamingInputCall(iter(requests), timeout=LIMIT)
        equal("aggregated_payload_size", response.aggregated_payload_size, 74922)

    def server_streaming(self):
        responses = list(self.stub.StreamingOutputCall(self.output(*SIZES_BACK), timeout=LIMIT))
        equal("responses", len(responses), 4)
        for response, size in zip(responses, SIZES_BACK):
            self.check(response.payload, size)

    def ping_pong(self):
        requests = _Requests()
        responses = self.stub.FullDuplexCall(requests, timeout=LIMIT)
        for out, back in zip(SIZES_OUT, SIZES_BACK):
            requests.add(self.output(back, payload=out))
            self.check(next(responses).payload, back)
        requests.finish()
        equal("a fifth response", next(responses, None), None)

    def empty_stream(self):
        equal("responses", list(self.stub.FullDuplexCall(iter([]), timeout=LIMIT)), [])

    def client_compressed_unary(self):
        yes, no = self.messages.BoolValue(value=True), self.messages.BoolValue(value=False)
        failing("the uncompressed probe", grpc.StatusCode.INVALID_ARGUMENT,
                lambda: self.stub.UnaryCall(self.large(expect_compressed=yes), timeout=LIMIT))
        for flag, compression in [(yes, grpc.Compression.Gzip), (no, None)]:
            request = self.large(expect_compressed=flag)
            response = self.stub.UnaryCall(request, timeout=LIMIT, compression=compression)
            self.check(response.payload, 314159)

    def server_compressed_unary(self):
        for flag in [True, False]:
            wanted = self.messages.BoolValue(value=flag)
            response = self.stub.UnaryCall(self.large(response_compressed=wanted), timeout=LIMIT)
            self.check(response.payload, 314159)

    def client_compressed_streaming(self):
        request = self.messages.StreamingInputCallRequest(payload=self.payload(27182))
        request.expect_compressed.value = True
        failing("the uncompressed probe", grpc.StatusCode.INVALID_ARGUMENT,
                lambda: self.stub.StreamingInputCall(iter([request]), timeout=LIMIT))
        response = self.stub.StreamingInputCall(
            iter([request]), timeout=LIMIT, compression=grpc.Compression.Gzip)
        equal("aggregated_payload_size", response.aggregated_payload_size, 27182)

    def server_compressed_streaming(self):
        request = self.output(31415, 92653)
        request.response_parameters[0].compressed.value = True
        request.response_parameters[1].compressed.value = False
        responses = list(self.stub.StreamingOutputCall(request, timeout=LIMIT))
        equal("responses", len(responses), 2)
        for response, size in zip(responses, [31415, 92653]):
            self.check(response.payload, size)

    def custom_metadata(self):
        sent = [(INITIAL, "test_initial_metadata_value"), (TRAILING, b"\xab\xab\xab")]
        response, call = self.stub.UnaryCall.with_call(self.large(), timeout=LIMIT, metadata=sent)
        self.check(response.payload, 314159)
        stream = self.stub.FullDuplexCall(
            iter([self.output(314159, payload=271828)]), timeout=LIMIT, metadata=sent)
        responses = list(stream)
        equal("responses", len(responses), 1)
        self.check(responses[0].payload, 314159)
        for ended in [call, stream]:
            equal("initial", dict(ended.initial_metadata()).get(INITIAL), sent[0][1])
            equal("trailing", dict(ended.trailing_metadata()).get(TRAILING), sent[1][1])

    def status_code_and_message(self):
        status = self.messages.EchoStatus(code=2, message="test status message")
        request = self.messages.SimpleRequest(response_status=status)
        said = failing("UnaryCall", grpc.StatusCode.UNKNOWN,
                       lambda: self.stub.UnaryCall(request, timeout=LIMIT))
        equal("message", said, status.message)
        output = self.messages.StreamingOutputCallRequest(response_status=status)
        said = failing("FullDuplexCall", grpc.StatusCode.UNKNOWN,
                       lambda: list(self.stub.FullDuplexCall(iter([output]), timeout=LIMIT)))
        equal("message", said, status.message)

    def special_status_message(self):
        text = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
        request = self.messages.SimpleRequest()
        request.response_status.code = 2
        request.response_status.message = text
        said = failing("UnaryCall", grpc.StatusCode.UNKNOWN,
                       lambda: self.stub.UnaryCall(request, timeout=LIMIT))
        equal("message", said, text)

    def unimplemented_method(self):
        failing("UnimplementedCall", grpc.StatusCode.UNIMPLEMENTED,
                lambda: self.stub.UnimplementedCall(self.empty, timeout=LIMIT))

    def unimplemented_service(self):
        failing("UnimplementedService", grpc.StatusCode.UNIMPLEMENTED,
                lambda: self.missing.UnimplementedCall(self.empty, timeout=LIMIT))

    def cancel_after_begin(self):
        requests = _Requests()
        call = self.stub.StreamingInputCall.future(requests, timeout=LIMIT)
        call.cancel()
        requests.finish()
        assert call.cancelled(), "the call is not cancelled"
        equal("status", call.code(), grpc.StatusCode.CANCELLED)

    def cancel_after_first_response(self):
        requests = _Requests()
        call = self.stub.FullDuplexCall(requests, timeout=LIMIT)
        requests.add(self.output(31415, payload=27182))
        self.check(next(call).payload, 31415)
        call.cancel()
        failing("the cancelled call", grpc.StatusCode.CANCELLED, lambda: next(call))
        requests.finish()

    def timeout_on_sleeping_server(self):
        requests = _Requests()
        requests.add(self.output(payload=27182))
        failing("the call with a millisecond", grpc.StatusCode.DEADLINE_EXCEEDED,
                lambda: next(self.stub.FullDuplexCall(requests, timeout=0.001)))
        requests.finish()

    def cacheable_unary(self):
        """With a cache of the client's own, as the server allows it: grpcio only sends POST."""
        request = self.messages.SimpleRequest(payload=self.messages.Payload(body=os.urandom(16)))
        kept, bodies = {}, []
        for _ in range(2):
            key = request.SerializeToString()
            if key not in kept:
                response, call = self.stub.CacheableUnaryCall.with_call(
                    request, timeout=LIMIT, metadata=[("x-user-ip", "1.2.3.4")])
                bodies.append(response.payload.body)
                control = dict(call.initial_metadata()).get("cache-control", "")
                if "max-age=60" in control and "public" in control:
                    kept[key] = response
            else:
                bodies.append(kept[key].payload.body)
        assert bodies[0], "the response is empty"
        equal("the second response", bodies[1], bodies[0])

    def rpc_soak(self):
        for _ in range(10):
            self.large_unary()


class _Requests:
    """Requests that come one by one."""

    def __init__(self):
        self._changed = threading.Condition()
        self._waiting = []
        self._finished = False

    def add(self, request):
        with self._changed:
            self._waiting.append(request)
            self._changed.notify()

    def finish(self):
        with self._changed:
            self._finished = True
            self._changed.notify()

    def __iter__(self):
        return self

    def __next__(self):
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._finished)
            if self._waiting:
                return self._waiting.pop(0)
            raise StopIteration
