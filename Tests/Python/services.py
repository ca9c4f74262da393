"""The four services as real processes, for tests."""

import os
import pathlib
import re
import signal
import subprocess
import time

import grpc
import pytest

import stubs

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("SOUTHBOUND_PROGRAMS", REPOSITORY / ".build" / "debug"))
LIMIT = 30
START_SECONDS = 30
STOP_SECONDS = 10


class Services:
    """Server, exporter, compiler and agent on ports of the kernel, with all data in one folder."""

    NAMES = ["server", "exporter", "compiler", "agent"]

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.addresses = {}
        self.processes = {}
        self.called = set()
        self._channels = {}

    def address(self, name):
        """Where a process listens, as `host:port`."""
        return self.addresses[name]

    def arguments(self, name):
        """The command line of a process; the ones before it in `NAMES` listen already."""
        uri = {service: f"tcp://{address}" for service, address in self.addresses.items()}
        data = str(self.folder / f"{name}-data")
        if name == "server":
            more = ["--data", data]
        elif name == "exporter":
            more = ["--server", uri["server"]]
        elif name == "compiler":
            more = ["--exporter", uri["exporter"]]
        else:
            more = ["--server", uri["server"], "--environment", "default", "--data", data]
            more += ["--name", "web*"]
        return ["--listen", "tcp://127.0.0.1:0"] + more

    def start(self):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SOUTHBOUND_")}
        for name in self.NAMES:
            with open(self.folder / f"{name}.log", "wb") as log:
                self.processes[name] = subprocess.Popen(
                    [PROGRAMS / f"southbound-{name}"] + self.arguments(name),
                    env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            self.addresses[name] = wait_for(
                f"{name} that listens", lambda: self._bound(name), START_SECONDS)
            grpc.channel_ready_future(self.raw_channel(name)).result(START_SECONDS)

    def _bound(self, name):
        log = self.log(name)
        found = re.search(rf"^southbound-{name} listening at tcp://(\S+)$", log, re.MULTILINE)
        if not found and self.processes[name].poll() is not None:
            raise RuntimeError(f"{name} ended:\n{log}")
        return found and found[1]

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


def stub(services, process, path, name):
    """A stub of a service in a process, by the path of its proto."""
    return getattr(stubs.services(path), f"{name}Stub")(services.channel(process))


def refused(code, call):
    """Checks that a call is refused with a status code and a message."""
    with pytest.raises(grpc.RpcError) as info:
        call()
    assert info.value.code() == code, info.value
    assert info.value.details()


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
