"""The four services as real processes, for tests."""

import os
import pathlib
import signal
import socket
import subprocess
import time

import grpc

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("SOUTHBOUND_PROGRAMS", REPOSITORY / ".build" / "debug"))
START_SECONDS = 20
STOP_SECONDS = 10


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


class Services:
    """Server, exporter, compiler and agent on free ports, with all data in one folder."""

    NAMES = ["server", "exporter", "compiler", "agent"]

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.ports = dict(zip(self.NAMES, free_ports(len(self.NAMES))))
        self.processes = {}
        self.called = set()
        self._channels = {}

    def address(self, name):
        return f"127.0.0.1:{self.ports[name]}"

    def arguments(self, name):
        uri = {service: f"tcp://{self.address(service)}" for service in self.NAMES}
        data = str(self.folder / f"{name}-data")
        more = {
            "server": ["--data", data],
            "exporter": ["--server", uri["server"]],
            "compiler": ["--exporter", uri["exporter"]],
            "agent": ["--server", uri["server"], "--environment", "default", "--data", data]
            + ["--name", "web*"],
        }
        return ["--listen", uri[name]] + more[name]

    def start(self):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SOUTHBOUND_")}
        for name in self.NAMES:
            with open(self.folder / f"{name}.log", "wb") as log:
                self.processes[name] = subprocess.Popen(
                    [PROGRAMS / f"southbound-{name}"] + self.arguments(name),
                    env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                grpc.channel_ready_future(self.raw_channel(name)).result(START_SECONDS)
            except grpc.FutureTimeoutError:
                raise RuntimeError(f"{name} does not listen:\n{self.log(name)}") from None

    def stop(self):
        for channel in self._channels.values():
            channel.close()
        for process in reversed(self.processes.values()):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self.processes.values()):
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")[-4000:]

    def raw_channel(self, name):
        if name not in self._channels:
            self._channels[name] = grpc.insecure_channel(self.address(name))
        return self._channels[name]

    def channel(self, name):
        """A channel that notes in `called` which methods are called."""
        return grpc.intercept_channel(self.raw_channel(name), _Recorder(self.called))


class _Recorder(
    grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor, grpc.StreamStreamClientInterceptor,
):
    def __init__(self, called):
        self._called = called

    def _go(self, continuation, details, request):
        method = details.method
        self._called.add(method.decode() if isinstance(method, bytes) else method)
        return continuation(details, request)

    intercept_unary_unary = _go
    intercept_unary_stream = _go
    intercept_stream_unary = _go
    intercept_stream_stream = _go


def wait_for(what, look, seconds=30):
    """Looks until the answer is true, and returns it."""
    end = time.monotonic() + seconds
    while True:
        answer = look()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"{seconds} s without {what}")
        time.sleep(0.05)
