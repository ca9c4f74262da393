"""The four services as real processes, on free ports, with their data in one folder."""

import pathlib
import socket
import subprocess
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = REPOSITORY / ".build" / "debug"
ORDER = ["server", "exporter", "compiler", "agent"]
START_SECONDS = 20
END_SECONDS = 15


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


class Services:
    """Starts them in `__enter__` and ends them in `__exit__`, whatever happens between."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.ports = dict(zip(ORDER, free_ports(len(ORDER))))
        self.running = []

    def address(self, service):
        return f"tcp://127.0.0.1:{self.ports[service]}"

    def target(self, service):
        return f"127.0.0.1:{self.ports[service]}"

    def arguments(self, service):
        data = ["--data", str(self.folder / f"{service}-data")]
        more = {
            "server": data,
            "exporter": ["--server", self.address("server")],
            "compiler": ["--exporter", self.address("exporter")],
            "agent": ["--server", self.address("server"), "--name", "web*", *data],
        }
        return ["--listen", self.address(service), *more[service]]

    def start(self, service):
        log = (self.folder / f"{service}.log").open("wb")
        command = [PROGRAMS / f"southbound-{service}", *self.arguments(service)]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        self.running.append(process)
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.ports[service]), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"{service} does not listen: {self.log(service)}")

    def log(self, service):
        return (self.folder / f"{service}.log").read_text(errors="replace")[-4000:]

    def __enter__(self):
        try:
            for service in ORDER:
                self.start(service)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
