"""A load balancer that keeps its pools in memory, and says on stdout what happens to it.

Beside the commands of the example's README it has some for tests: `BREAK` closes every connection,
`REFUSE n` refuses the next n changes, `CHANGE pool key value` changes a pool behind everyone's back.
"""
import argparse
import socketserver
import sys
import threading

PASSWORD = "secret"
pools = {}
pages = {}
connections = set()
lock = threading.Lock()
refusals = 0


def say(text):
    print(text, flush=True)


def answer(words):
    global refusals
    command = words[0]
    if command == "GET":
        pool = pools.get(words[1])
        return "NONE" if pool is None else "OK " + " ".join(f"{k}={v}" for k, v in pool.items())
    if command == "PAGE":
        pages[words[1]] = bytes.fromhex(words[2]) if len(words) > 2 else b""
        return "OK"
    if command in ("SET", "DELETE") and refusals > 0:
        refusals -= 1
        return "ERR busy"
    if command == "SET":
        pools[words[1]] = dict(word.split("=", 1) for word in words[2:])
        return "OK" if pools[words[1]]["page"] in pages else "ERR no such page"
    if command == "DELETE":
        return "OK" if pools.pop(words[1], None) else "NONE"
    if command == "REFUSE":
        refusals = int(words[1])
        return "OK"
    if command == "CHANGE":
        pools[words[1]][words[2]] = words[3]
        return "OK"
    return "ERR unknown command"


class Connection(socketserver.StreamRequestHandler):
    def handle(self):
        with lock:
            connections.add(self.connection)
        say("open")
        logged_in = False
        try:
            for line in self.rfile:
                words = line.decode().split()
                say("command " + words[0])
                if words[0] == "LOGIN":
                    logged_in = words[1:] == [PASSWORD]
                    text = "OK serial=SN-42 version=1.4" if logged_in else "ERR wrong password"
                elif not logged_in:
                    text = "ERR log in first"
                elif words[0] == "BREAK":
                    with lock:
                        for connection in connections:
                            connection.shutdown(2)
                    return
                else:
                    with lock:
                        text = answer(words)
                self.wfile.write((text + "\n").encode())
        except OSError:
            pass
        finally:
            with lock:
                connections.discard(self.connection)
            say("closed")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


arguments = argparse.ArgumentParser()
arguments.add_argument("--port", type=int, default=0)
server = Server(("127.0.0.1", arguments.parse_args().port), Connection)
say(f"port {server.server_address[1]}")
try:
    server.serve_forever()
except KeyboardInterrupt:
    sys.exit(0)
