"""`southbound lsp`: the base protocol, and clients that do not keep to it."""

import json

import pytest

from lsp_client import PATIENCE, Client, RequestFailed, uri


def refusal(client, method, params=None):
    with pytest.raises(RequestFailed) as refused:
        client.request(method, params)
    return refused.value


def test_the_first_request_must_be_initialize():
    with Client() as client:
        assert refusal(client, "textDocument/hover", {}).code == -32002
        client.notify("textDocument/didOpen", {"textDocument": {}})
        assert client.request("initialize", {"capabilities": {}})["serverInfo"]["name"] == "southbound"
        assert refusal(client, "initialize", {"capabilities": {}}).code == -32600
        assert client.leave() == 0


def test_after_shutdown_only_exit_is_taken():
    with Client() as client:
        client.initialize()
        assert client.request("shutdown") is None
        assert refusal(client, "shutdown").code == -32600
        assert refusal(client, "textDocument/hover", {}).code == -32600
        client.notify("exit")
        assert client.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("begin", [False, True])
def test_exit_without_shutdown_is_a_failure(begin):
    with Client() as client:
        if begin:
            client.initialize()
        client.notify("exit")
        assert client.process.wait(PATIENCE) == 1


def test_a_client_that_goes_away_ends_the_server():
    with Client() as client:
        client.initialize()
        client.process.stdin.close()
        assert client.process.wait(PATIENCE) == 1


def test_what_is_written_before_the_end_is_answered():
    with Client() as client:
        client.initialize()
        client.ask("shutdown")
        client.notify("exit")
        client.process.stdin.close()
        assert client.process.wait(PATIENCE) == 0


def test_unknown_methods_are_refused_and_unknown_notifications_ignored():
    with Client() as client:
        client.initialize()
        client.notify("workspace/didDance", {"a": 1})
        client.notify("$/setTrace", {"value": "off"})
        client.notify("$/cancelRequest", {"id": 999})
        client.notify("$/cancelRequest", {"id": {}})
        assert refusal(client, "textDocument/dance", {}).code == -32601
        assert refusal(client, "$/dance").code == -32601
        assert client.leave() == 0


@pytest.mark.parametrize("params", [None, [], 3, {}, {"textDocument": {"uri": 3}}])
def test_parameters_that_are_no_parameters_are_refused(params):
    with Client() as client:
        client.initialize()
        refused = refusal(client, "textDocument/hover", params)
        assert refused.code == -32602
        assert "`" in refused.message
        # As notifications they are reported in the log, and nothing else happens.
        client.notify("textDocument/didOpen", params)
        client.receive(lambda m: m.get("method") == "window/logMessage")
        assert client.leave() == 0


def test_documents_that_are_not_open_are_refused():
    with Client() as client:
        client.initialize()
        document = {"uri": "file:///nowhere/main.cf"}
        place = {"line": 0, "character": 0}
        refused = refusal(
            client, "textDocument/hover", {"textDocument": document, "position": place}
        )
        assert refused.code == -32602
        assert "not open" in refused.message
        client.notify("textDocument/didClose", {"textDocument": document})
        client.receive(lambda m: m.get("method") == "window/logMessage")
        client.notify(
            "textDocument/didChange",
            {"textDocument": {**document, "version": 2}, "contentChanges": [{"text": ""}]},
        )
        client.receive(lambda m: m.get("method") == "window/logMessage")
        assert client.leave() == 0


def test_edits_that_make_no_sense_change_nothing(tmp_path):
    main = tmp_path / "main.cf"
    with Client() as client:
        client.initialize(evaluate=False)
        client.open(main, "x = = 1\n")
        before = client.published(main, version=1)
        backwards = {"start": {"line": 0, "character": 5}, "end": {"line": 0, "character": 1}}
        client.change(main, 2, (backwards, "y"))
        negative = {"start": {"line": -1, "character": 0}, "end": {"line": 0, "character": 1}}
        client.change(main, 3, (negative, "y"))
        assert client.published(main, version=3) == before
        assert client.leave() == 0


@pytest.mark.parametrize(
    "body, code",
    [
        (b"{", -32700),
        (b"", -32700),
        (b"\xff\xfe", -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b"3", -32600),
        (b'{"id": {}, "method": 3}', -32600),
        (b'{"jsonrpc": "2.0"}', -32600),
    ],
)
def test_a_message_that_is_none_is_answered_and_the_next_one_taken(body, code):
    with Client() as client:
        client.initialize()
        client.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        answer = client.receive(lambda m: "error" in m)
        assert answer["error"]["code"] == code
        assert answer["id"] is None
        assert client.leave() == 0


def test_a_request_must_be_of_version_two():
    with Client() as client:
        client.initialize()
        body = json.dumps({"id": 77, "method": "shutdown"}).encode()
        client.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        answer = client.receive(lambda m: m.get("id") == 77)
        assert answer["error"]["code"] == -32600


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Length: many\r\n\r\n",
        b"Content-Length: -3\r\n\r\n",
        b"Content-Length: 99999999999999999999\r\n\r\n",
        b"Content-Length: 999999999999\r\n\r\n",
        b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"Content-Type: text\r\n\r\n{}",
        b"nonsense\r\n\r\n",
        b"\r\n\r\n",
        b"x" * 5000,
    ],
)
def test_headers_that_are_none_end_the_connection_with_an_error(raw):
    with Client() as client:
        client.initialize()
        client.write(raw)
        answer = client.receive(lambda m: "error" in m)
        assert (answer["id"], answer["error"]["code"]) == (None, -32700)
        assert client.process.wait(PATIENCE) == 1


def test_frames_may_come_in_pieces_and_with_other_headers():
    with Client() as client:
        body = json.dumps(
            {"jsonrpc": "2.0", "id": "ein", "method": "initialize", "params": {"capabilities": {}}}
        ).encode()
        header = b"content-length:  %d  \r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n"
        for byte in header % len(body) + body:
            client.write(bytes([byte]))
        assert client.answer("ein")["capabilities"]["positionEncoding"] == "utf-16"
        assert client.leave() == 0


def test_a_cancelled_request_is_answered_as_cancelled(tmp_path):
    main = tmp_path / "main.cf"
    with Client() as client:
        client.initialize(evaluate=False)
        client.open(main, "x = 1\n")
        place = {"textDocument": {"uri": uri(main)}, "position": {"line": 0, "character": 0}}
        # One write: all three are there before the first is taken.
        messages = [
            {"jsonrpc": "2.0", "id": 500, "method": "textDocument/hover", "params": place},
            {"jsonrpc": "2.0", "id": 501, "method": "textDocument/hover", "params": place},
            {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 501}},
        ]
        client.write(b"".join(map(client.frame, messages)))
        assert client.answer(500) is not None
        with pytest.raises(RequestFailed) as refused:
            client.answer(501)
        assert refused.value.code == -32800
        assert client.leave() == 0


def test_an_evaluation_gives_way_to_the_next_message(tmp_path):
    main = tmp_path / "main.cf"
    digits = ",".join(map(str, range(100)))
    loops = "".join(f"for a{i} in digits:\n" for i in range(5))
    text = f"digits = [{digits}]\n{loops}x = a0 + a4\n{'end ' * 5}\n"
    main.write_text(text)
    with Client() as client:
        client.initialize()
        client.open(main, text)
        assert client.published(main, version=1) == []
        # The evaluation of ten thousand million rounds has begun, or is about to.
        place = {"line": 0, "character": 0}
        assert client.at("hover", main, place) is not None
        assert client.leave() == 0


def test_watching_is_asked_for_if_the_client_can():
    with Client() as client:
        client.initialize({"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}})
        request = client.receive(lambda m: m.get("method") == "client/registerCapability")
        (registration,) = request["params"]["registrations"]
        assert registration["method"] == "workspace/didChangeWatchedFiles"
        client.send(id=request["id"], result=None)
        assert client.leave() == 0
