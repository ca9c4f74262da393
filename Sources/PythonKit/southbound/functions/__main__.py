"""The process: ``python -m southbound.functions unix:///path``.

It listens at the address, prints the address as one line, serves one session and ends.
"""

from __future__ import annotations

import os
import pathlib
import queue
import sys
import threading

#: Seconds within which the compiler has to begin the session.
START_SECONDS = 60
#: Largest message, in bytes, of either side.
MESSAGE_BYTES_MAX = 64 << 20


def main() -> int:
    if sys.version_info < (3, 11):
        print("southbound needs Python 3.11 or newer", file=sys.stderr)
        return 3
    if len(sys.argv) != 2:
        print("usage: python -m southbound.functions unix:///path", file=sys.stderr)
        return 2
    try:
        import google.protobuf  # noqa: F401
        import grpc
    except ImportError as error:
        print(
            f"southbound: the package `{error.name}` is missing from {sys.executable}; install it "
            f"with: {sys.executable} -m pip install grpcio protobuf",
            file=sys.stderr,
        )
        return 4
    # The names that modules import; they come before any package that has the same ones.
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "compat"))
    # Standard output says the address and nothing else; what writes to it by number is for the log.
    announce = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return serve(grpc, sys.argv[1], announce)


def serve(grpc, address: str, announce) -> int:
    from concurrent import futures

    from southbound.functions.session import Session
    from southbound.schema import SERVICE, messages

    begun: queue.SimpleQueue = queue.SimpleQueue()

    def run(requests, context):
        responses: queue.SimpleQueue = queue.SimpleQueue()
        begun.put((requests, responses))
        context.add_callback(lambda: responses.put(None))
        while (response := responses.get()) is not None:
            yield response

    handler = grpc.stream_stream_rpc_method_handler(
        run,
        request_deserializer=messages.RunRequest.FromString,
        response_serializer=lambda message: message.SerializeToString(),
    )
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=1),
        options=[
            ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
            ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
        ],
        maximum_concurrent_rpcs=1,
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE, {"Run": handler}),)
    )
    server.add_insecure_port(address.replace("unix://", "unix:", 1))
    server.start()
    print(address, file=announce, flush=True)
    try:
        requests, responses = begun.get(timeout=START_SECONDS)
    except queue.Empty:
        print("southbound: no session began", file=sys.stderr)
        return 3
    try:
        serve_session(Session(ended_quietly(grpc, requests), responses.put))
    finally:
        responses.put(None)
        server.stop(grace=1).wait()
    return 0


def ended_quietly(grpc, requests):
    """The requests; the compiler's going away is their end."""
    try:
        yield from requests
    except grpc.RpcError:
        return
    except Exception:
        # A cancelled call shows as a plain exception in some releases of grpcio.
        return


def serve_session(session) -> None:
    """Runs a session on the main thread, as code of modules expects."""
    import logging

    from southbound.functions.session import ModelOutput, SessionLog

    sys.stdout = ModelOutput(session)
    logging.captureWarnings(True)
    logging.getLogger().addHandler(SessionLog(session))
    assert threading.current_thread() is threading.main_thread()
    session.run()


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    # Threads that modules started must not keep the process alive.
    os._exit(status)
