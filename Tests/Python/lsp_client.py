"""A scripted editor: speaks the Language Server Protocol with `southbound lsp` over pipes."""

import json
import subprocess
import threading

from test_cli import SOUTHBOUND, clean_environment

# Longest life of a server, in seconds: generous, for a loaded machine.
PATIENCE = 60


def position(text, needle, offset=0, occurrence=0):
    """The place of the n-th occurrence of a text, as the protocol counts: in UTF-16 code units."""
    index = -1
    for _ in range(occurrence + 1):
        index = text.index(needle, index + 1)
    lines = text[: index + offset].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return {"line": len(lines) - 1, "character": len(lines[-1].encode("utf-16-le")) // 2}


def span(text, needle, offset=0, occurrence=0, length=None):
    start = position(text, needle, offset, occurrence)
    units = len(needle.encode("utf-16-le")) // 2 - offset if length is None else length
    return {"start": start, "end": {**start, "character": start["character"] + units}}


def uri(path):
    return path.as_uri()


class RequestFailed(Exception):
    def __init__(self, error):
        super().__init__(error)
        self.code = error["code"]
        self.message = error["message"]


class Client:
    def __init__(self, *arguments, environment=None):
        self.process = subprocess.Popen(
            [SOUTHBOUND, "lsp", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**clean_environment(), **(environment or {})},
        )
        # A server that does not answer must not keep the tests waiting.
        self.watchdog = threading.Timer(PATIENCE, self.process.kill)
        self.watchdog.start()
        self.next_id = 0
        self.diagnostics = {}
        self.others = []
        self.versions = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.watchdog.cancel()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                pipe.close()
            except BrokenPipeError:
                pass

    # Bytes and messages.

    def write(self, raw):
        self.process.stdin.write(raw)
        self.process.stdin.flush()

    @staticmethod
    def frame(message):
        body = json.dumps(message).encode()
        return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)

    def send(self, **message):
        self.write(self.frame({"jsonrpc": "2.0", **message}))

    def read(self):
        """The next message, or None at the end."""
        length = None
        while line := self.process.stdout.readline():
            if line == b"\r\n":
                return json.loads(self.process.stdout.read(length))
            name, value = line.split(b":")
            assert name == b"Content-Length"
            length = int(value)
        return None

    def receive(self, wanted):
        """The next message that is wanted; what comes before it is kept."""
        while (message := self.read()) is not None:
            if message.get("method") == "textDocument/publishDiagnostics":
                params = message["params"]
                self.diagnostics[params["uri"]] = params["diagnostics"]
                self.versions[params["uri"]] = params.get("version")
            if wanted(message):
                return message
            self.others.append(message)
        raise AssertionError("the server ended: " + self.process.stderr.read().decode())

    # Requests and notifications.

    def ask(self, method, params=None):
        self.next_id += 1
        identifier = self.next_id
        message = {"id": identifier, "method": method}
        if params is not None:
            message["params"] = params
        self.send(**message)
        return identifier

    def answer(self, identifier):
        message = self.receive(lambda m: m.get("id") == identifier and "method" not in m)
        assert message["jsonrpc"] == "2.0"
        if "error" in message:
            raise RequestFailed(message["error"])
        return message["result"]

    def request(self, method, params=None):
        return self.answer(self.ask(method, params))

    def notify(self, method, params=None):
        self.send(method=method, **({} if params is None else {"params": params}))

    def initialize(self, capabilities=None, **options):
        result = self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": None,
                "capabilities": capabilities or {},
                "initializationOptions": options,
            },
        )
        self.notify("initialized", {})
        return result

    def leave(self):
        assert self.request("shutdown") is None
        self.notify("exit")
        return self.process.wait(PATIENCE)

    # Documents.

    def open(self, path, text=None, version=1):
        if text is None:
            text = path.read_bytes().decode()
        self.notify(
            "textDocument/didOpen",
            {
                "textDocument": {
                    "uri": uri(path),
                    "languageId": "inmanta",
                    "version": version,
                    "text": text,
                }
            },
        )
        return text

    def change(self, path, version, *edits):
        self.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri(path), "version": version},
                "contentChanges": [
                    {"text": edit} if isinstance(edit, str) else {"range": edit[0], "text": edit[1]}
                    for edit in edits
                ],
            },
        )

    def save(self, path):
        self.notify("textDocument/didSave", {"textDocument": {"uri": uri(path)}})

    def at(self, method, path, place, **more):
        return self.request(
            f"textDocument/{method}",
            {"textDocument": {"uri": uri(path)}, "position": place, **more},
        )

    def published(self, path, condition=lambda diagnostics: True, version=None):
        """Waits for findings about a file, of a version, that fulfil a condition."""

        def wanted(message):
            params = message.get("params", {})
            return (
                message.get("method") == "textDocument/publishDiagnostics"
                and params["uri"] == uri(path)
                and (version is None or params.get("version") == version)
                and condition(params["diagnostics"])
            )

        return self.receive(wanted)["params"]["diagnostics"]
