"""The verbs of `southbound` against `southbound dev`, as a person would use them."""

import json
import os
import re
import signal
import socket
import subprocess
import time

import pytest

from services import PROGRAMS, REPOSITORY

SOUTHBOUND = str(PROGRAMS / "southbound")
FILE = "std::File[web1,path={}]"


def clean_environment():
    return {k: v for k, v in os.environ.items() if not k.startswith("SOUTHBOUND_")}


def run(*arguments, status=0, **more):
    done = subprocess.run(
        [SOUTHBOUND, *map(str, arguments)],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        **more,
    )
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done


def base_port():
    """A port from which all that `dev` uses are free."""
    for port in range(20000 + os.getpid() % 10000, 60000, 20):
        sockets = [socket.socket() for _ in range(4)]
        try:
            for one, offset in zip(sockets, [0, 1, 2, 10]):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                one.bind(("127.0.0.1", port + offset))
            return port
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
    raise AssertionError("no free ports")


class Dev:
    """`southbound dev` with one host that has two files."""

    def __init__(self, folder):
        self.folder = folder
        self.port = base_port()
        self.model = folder / "model.cf"
        self.write(1)
        self.process = subprocess.Popen(
            [SOUTHBOUND, "dev", "--base-port", str(self.port), "--data", str(folder / "data")],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=open(folder / "dev.log", "wb"),
            text=True,
        )
        for _ in range(4):
            assert " listening at tcp://127.0.0.1:" in self.process.stdout.readline()

    def write(self, number):
        self.model.write_text(
            'host = std::Host(name="web1", os=std::linux)\n'
            f'std::File(host=host, path="{self.folder}/one", content="one\\n")\n'
            f'std::File(host=host, path="{self.folder}/two", content="two {number}\\n")\n'
        )

    @property
    def server(self):
        return f"tcp://127.0.0.1:{self.port}"

    @property
    def compiler(self):
        return f"tcp://127.0.0.1:{self.port + 1}"

    def __call__(self, *arguments, status=0):
        return run(*arguments, "--server", self.server, status=status).stdout

    def json(self, *arguments, status=0):
        return json.loads(self(*arguments, "--json", status=status))

    def deploy(self):
        return self("deploy", self.model, "--compiler", self.compiler)


@pytest.fixture(scope="module")
def dev(tmp_path_factory):
    dev = Dev(tmp_path_factory.mktemp("dev"))
    dev.deploy()
    yield dev
    dev.process.send_signal(signal.SIGINT)
    assert dev.process.wait(30) == 0


def test_health(dev):
    addresses = [dev.server, dev.compiler, f"tcp://127.0.0.1:{dev.port + 10}"]
    rows = json.loads(run("health", *addresses, "--json").stdout)
    assert [row["address"] for row in rows] == addresses
    assert all(row["serving"] for row in rows)
    nobody = f"tcp://127.0.0.1:{dev.port + 11}"
    table = run("health", dev.server, nobody, status=3).stdout.splitlines()
    assert "serving" in table[1] and "UNAVAILABLE" in table[2]
    assert "--timeout" in run("health", "--timeout", "0", status=2).stderr


def test_a_second_dev_on_the_same_data_is_refused(dev):
    done = run(
        "dev", "--base-port", str(base_port()), "--data", dev.folder / "data", status=3)
    assert f"another process, {dev.process.pid}, uses it" in done.stderr
    assert done.stdout == ""


def test_deploy_touches_only_what_changed(dev):
    assert (dev.folder / "one").read_text() == "one\n"
    before = (dev.folder / "one").stat().st_ino
    dev.write(2)
    shown = dev.deploy()
    assert (dev.folder / "two").read_text() == "two 2\n"
    assert (dev.folder / "one").stat().st_ino == before
    assert f"updated      {FILE.format(dev.folder / 'two')}" in shown
    assert re.search(r"version 2: 2 resources, 2 as desired, 0 failed", shown)
    lines = [json.loads(line) for line in dev(
        "deploy", dev.model, "--compiler", dev.compiler, "--json").splitlines()]
    assert lines[-1]["finished"] == {
        "version": 3, "resources": 2, "compliant": 2, "failed": 0, "settled": True}


def test_only_files_that_the_server_lacks_are_sent(dev):
    shown = dev.deploy()
    assert "export    0 of 2 files sent, 0 bytes" in shown
    dev.write("something else")
    assert re.search(r"export    1 of 2 files sent, \d+ bytes", dev.deploy())
    dev.write(2)
    dev.deploy()


def test_what_is_no_terminal_gets_plain_lines(dev):
    shown = dev.deploy() + dev("resources") + dev("plan") + dev("logs")
    assert "\x1b" not in shown and "\r" not in shown


LISTINGS = [["resources"], ["actions"], ["facts"], ["versions"], ["environments"], ["agents"],
            ["agents", "status", "web1"], ["cache", "list", "web1"], ["cache", "stats", "web1"],
            ["plan"], ["check"], ["versions", "diff", "1", "2"]]


@pytest.mark.parametrize("arguments", LISTINGS, ids=" ".join)
def test_each_listing_is_a_table_one_document_or_names(dev, arguments):
    dev(*arguments)
    assert isinstance(dev.json(*arguments), (list, dict))
    for name in dev(*arguments, "--quiet").splitlines():
        assert name == name.strip() and "\x1b" not in name


def test_ctrl_c_leaves_a_deployment_to_the_agent(dev):
    slow = dev.folder / "slow.cf"
    slow.write_text(
        dev.model.read_text() + "import exec\n"
        + 'pause = exec::Run(host=host, command="/bin/sleep 2")\n'
        + f'std::File(host=host, path="{dev.folder}/late", content="late", requires=[pause])\n')
    command = subprocess.Popen(
        [SOUTHBOUND, "deploy", str(slow), "--compiler", dev.compiler, "--server", dev.server],
        env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    for line in command.stdout:
        if "sleep" in line and "deploying" in line:
            break
    begin = time.monotonic()
    command.send_signal(signal.SIGINT)
    assert command.wait(10) == 130 and time.monotonic() - begin < 1.5
    deadline = time.monotonic() + 30
    while not (dev.folder / "late").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (dev.folder / "late").read_text() == "late"
    dev.deploy()


def test_resources(dev):
    rows = dev.json("resources")
    assert [row["id"] for row in rows] == sorted(
        FILE.format(dev.folder / name) for name in ["one", "two"])
    assert {row["state"]["compliance"] for row in rows} == {"compliant"}
    assert dev("resources", "--quiet", "--resource", "*/one]").splitlines() == [
        FILE.format(dev.folder / "one")]
    assert "COMPLIANCE" in dev("resources").splitlines()[0]


def test_brackets_in_an_id_come_back_everywhere(dev):
    """The last `]` closes an id: what looks like its end or a version before is part of the value."""
    path = f"{dev.folder}/odd],v=3] [1]"
    with_odd = dev.folder / "odd.cf"
    with_odd.write_text(
        dev.model.read_text()
        + f'odd = std::File(host=host, path="{path}", content="odd")\n'
        + 'exec::Run(host=host, command="test -e [x]", returns=[0, 1], requires=[odd])\nimport exec\n')
    dev("deploy", with_odd, "--compiler", dev.compiler)
    assert open(path).read() == "odd"
    name = FILE.format(path)
    run_name = "exec::Run[web1,command=test -e [x]]"
    assert {name, run_name} <= {row["id"] for row in dev.json("resources")}
    (row,) = dev.json("resources", "--resource", name)
    assert (row["id"], row["state"]["compliance"]) == (name, "compliant")
    assert [action["resource_id"] for action in dev.json("actions", name)] == [name]
    open(path, "w").write("drift")
    assert {row["resource_id"]: row["result"] for row in dev.json("plan", "--resource", name)} == {
        name: "update"}
    dev("deploy", "--repair")
    assert open(path).read() == "odd"
    assert any(json.loads(line)["resource_id"] == name for line in dev(
        "logs", "--json", "--level", "debug", "--resource", name).splitlines())
    assert name in [row["resource_id"] for row in dev.json("versions", "diff", 1, dev.json(
        "versions")[0]["number"])]
    dev.deploy()
    assert name not in {row["id"] for row in dev.json("resources")}


def test_versions(dev):
    newest = dev.json("versions")[0]
    assert newest["status"] == "active"
    first, second = dev.json("versions", "diff", 1, 2), dev("versions", "diff", 1, 2)
    assert [row["resource_id"] for row in first] == [FILE.format(dev.folder / "two")]
    assert [field["field"] for field in first[0]["fields"]] == ["content"]
    assert "~ std::File" in second
    dev("versions", "delete", newest["number"], status=1)
    dev("versions", "release", 1, status=1)
    dev("versions", "diff", 1, 99, status=1)


def test_agents(dev):
    (agent,) = dev.json("agents")
    assert (agent["name"], agent["connected"], agent["resources"]) == ("web1", True, 2)
    assert dev.json("agents", "status", "web1")["connected"] is True
    assert dev.json("agents", "pause", "web1")["paused"] is True
    assert dev.json("agents", "resume", "web1")["paused"] is False
    dev("agents", "status", "nobody", status=1)


def test_plan_check_and_repair(dev):
    path = dev.folder / "one"
    assert {row["result"] for row in dev.json("plan")} == {"unchanged"}
    path.write_text("drift\n")
    rows = {row["resource_id"]: row for row in dev.json("plan")}
    assert rows[FILE.format(path)]["result"] == "update"
    assert [c["field"] for c in rows[FILE.format(path)]["changes"]] == ["content"]
    assert path.read_text() == "drift\n"
    assert "1 to update" in dev("check", status=1)
    dev("deploy")
    assert path.read_text() == "one\n"
    dev("check")


def test_logs_show_history_and_follow(dev):
    entries = [json.loads(line) for line in dev("logs", "--json", "--level", "debug").splitlines()]
    assert any(entry["resource_id"] == FILE.format(dev.folder / "one") for entry in entries)
    assert all({"template", "arguments", "text", "level"} <= set(entry) for entry in entries)
    direct = dev("logs", "--agent", "web1", "--json", "--history", "5")
    assert len(direct.splitlines()) <= 5
    follower = subprocess.Popen(
        [SOUTHBOUND, "logs", "--follow", "--history", "0", "--json", "--server", dev.server],
        env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 30
        number = 100
        os.set_blocking(follower.stdout.fileno(), False)
        line = None
        while not line and time.monotonic() < deadline:
            number += 1
            dev.write(number)
            dev.deploy()
            line = follower.stdout.readline()
        entry = json.loads(line)
        assert entry["text"] and entry["sequence"] > 0
    finally:
        follower.send_signal(signal.SIGINT)
        assert follower.wait(10) == 130


def test_cache(dev):
    assert isinstance(dev.json("cache", "list", "web1"), list)
    assert set(dev.json("cache", "stats", "web1")) >= {"entries", "hits", "misses", "finalised"}
    assert dev.json("cache", "invalidate", "web1", "--all")["failed_finalisers"] == []
    dev("cache", "invalidate", "web1", status=2)


def test_facts_and_actions(dev):
    assert dev.json("facts") == []
    actions = dev.json("actions", "--entries")
    assert actions and {action["result"] for action in actions} <= {"successful", "failed"}
    assert any(action["entries"] for action in actions)


def test_a_halted_environment_is_named_by_deploy(dev):
    dev("environments", "create", "quiet")
    dev("environments", "halt", "quiet")
    done = run("deploy", dev.model, "--compiler", dev.compiler, "--server", dev.server,
               "-e", "quiet", status=1)
    assert "environment `quiet` is halted" in done.stderr
    assert "southbound environments resume quiet" in done.stderr
    dev("environments", "delete", "quiet")


def test_environments(dev):
    made = dev.json("environments", "create", "staging", "--description", "before production")
    assert made["name"] == "staging"
    dev("environments", "create", "staging", status=1)
    changed = dev.json("environments", "set", "staging", "--deploy-interval", "60")
    assert changed["settings"]["deploy_interval_seconds"] == 60
    assert dev.json("environments", "halt", "staging")["halted"] is True
    assert dev.json("environments", "resume", "staging")["halted"] is False
    assert dev("environments", "--quiet").splitlines() == ["default", "staging"]
    dev("environments", "delete", "staging")
    assert dev("environments", "--quiet").splitlines() == ["default"]


def test_a_server_that_is_not_there_is_exit_3():
    done = run("resources", "--server", "tcp://127.0.0.1:1", status=3)
    assert "UNAVAILABLE" in done.stderr and done.stdout == ""


def test_a_port_in_use_is_named(dev, tmp_path):
    done = run("dev", "--base-port", dev.port, "--data", tmp_path / "data", status=3)
    assert f"127.0.0.1:{dev.port}" in done.stderr


def test_usage_errors_are_exit_2(dev, tmp_path):
    run("resources", "--nonsense", status=2)
    run("frobnicate", status=2)
    run("resources", "--server", "nowhere", status=2)
    # What only the server can refuse is a usage error, too.
    dev("actions", "nonsense", status=2)
    dev("environments", "create", "a b", status=2)
    dev("environments", "set", "default", "--versions-kept", "4000000000", status=2)
    # A folder that cannot be made is not the fault of the command line.
    assert "/proc/nope" in run("dev", "--data", "/proc/nope", status=3).stderr


VERBS = ["compile", "export", "deploy", "resources", "plan", "check", "actions", "facts", "logs",
         "versions", "environments", "agents", "cache", "dev"]


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_each_verb_has_an_example(verb):
    assert f"southbound {verb}" in run(verb, "--help").stdout.split("USAGE")[0]


# Compiling needs no service.


def compile_text(tmp_path, text, *flags, status=0):
    model = tmp_path / "main.cf"
    model.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run("compile", model, *flags, status=status)


def test_compile_prints_what_the_model_prints(tmp_path):
    done = compile_text(tmp_path, 'x = 1\nh = std::Host(name="a", os=std::linux)\nstd::print("hi")\n')
    assert (done.stdout, done.stderr) == ("hi\n", "")


def test_compile_without_std(tmp_path):
    done = compile_text(tmp_path, "std::print(1)\n", "--no-std", status=1)
    assert "unknown-function" in done.stderr
    compile_text(tmp_path, "import std\nstd::print(1)\n", "--no-std")


def test_compile_gives_one_document(tmp_path):
    text = 'x = [1, "a", null]\nh = std::Host(name="a", os=std::linux)\nstd::print("hi")\n'
    document = json.loads(compile_text(tmp_path, text, "--json").stdout)
    assert set(document) == {"diagnostics", "printed", "instances", "variables"}
    assert document["printed"] == "hi\n" and document["diagnostics"] == []
    assert document["instances"]["std::Host"] == 1
    assert document["variables"] == {"h": {"entity": "std::Host"}, "x": [1, "a", None]}


def test_diagnostics_have_their_place(tmp_path):
    done = compile_text(tmp_path, "x = 1\nentity a:\nend\ny = )\n", "--json", status=1)
    found = json.loads(done.stdout)["diagnostics"]
    assert [row["line"] for row in found] == [2, 4]
    assert set(found[0]) == {
        "id", "severity", "message", "file", "line", "column", "endLine", "endColumn"}


BAD = [
    (b")x = 1\n", 1, "syntax error at the first byte"),
    (b"x = 1\ny = (", 1, "syntax error at the last byte"),
    (b'x = "\xff"\n', 1, "invalid UTF-8"),
    (b"entity A:\nend\nimplementation a for A:\n  A()\nend\nimplement A using a\nA()\n", 1,
     "endless recursion of constructors"),
    (b'x = "' + b"a" * 10_000_000 + b'"\n', 0, "a string of 10 MB"),
]


@pytest.mark.parametrize("text, status, name", BAD, ids=[name for _, _, name in BAD])
def test_a_bad_model_is_survived(tmp_path, text, status, name):
    done = compile_text(tmp_path, text, status=status)
    assert bool(done.stderr) == (status != 0)


def test_parse_only_stops_after_parsing(tmp_path):
    compile_text(tmp_path, "x = undefinedname\n", "--parse-only")
    compile_text(tmp_path, "x = undefinedname\n", status=1)


def test_a_folder_without_a_project_is_exit_3(tmp_path):
    done = run("compile", tmp_path, status=3)
    assert "project.yml" in done.stderr
    run("deploy", tmp_path, status=3)
    run("compile", tmp_path / "nothing.cf", status=3)


def test_export_is_the_same_each_time():
    website = REPOSITORY / "Sources" / "Examples" / "website"
    first, second = (run("export", website, "--json").stdout for _ in range(2))
    assert first == second
    ids = [row["id"] for row in json.loads(first)]
    assert ids == sorted(ids, key=str.encode) and len(ids) == 23
