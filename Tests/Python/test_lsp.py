"""`southbound lsp`, driven over pipes by a scripted editor: navigation and diagnostics."""

import random

import pytest

from lsp_client import Client, position, span, uri

MAIN = """import net
import std

# 😀 astral
web = net::Host(name="web1 😀", size=3)
note = "😀 {{ web.name }}"
for port in web.ports:
\tsize = port.number
\tstd::print(size)
end
"""

NET = '''"""Hosts and their ports."""

typedef small as int matching self < 100

entity Base:
    """What everything here is."""
    string name
end

entity Host extends Base:
    """ A machine.

        With ports. """
    small size = 1
end

entity Port:
    int number
end

Host.ports [0:] -- Port.host [1]
"""The ports of a host."""

index Host(name)

implementation ports for Host:
    first = Port(host=self, number=size)
    other = first.host.name
end

implement Host using ports
implement Port using std::none
'''


@pytest.fixture
def project(tmp_path):
    """A project of a main file and a module."""
    root = tmp_path / "ein Projekt"
    (root / "libs" / "net" / "model").mkdir(parents=True)
    (root / "project.yml").write_text("name: test\nmodulepath: libs\n")
    (root / "main.cf").write_text(MAIN)
    (root / "libs" / "net" / "model" / "_init.cf").write_text(NET)
    return root


@pytest.fixture
def client():
    with Client() as client:
        client.initialize(evaluate=False)
        yield client


def net_file(project):
    return project / "libs" / "net" / "model" / "_init.cf"


def test_findings_come_with_the_version_and_go_when_they_are_mended(client, project):
    main = project / "main.cf"
    client.open(main)
    assert client.published(main, version=1) == []
    client.change(main, 2, (span(MAIN, "Host", 0), "Hosst"))
    (found,) = client.published(main, version=2)
    assert found["code"] == "unknown-type"
    assert found["severity"] == 1
    assert "help: did you mean `net::Host`?" in found["message"]
    assert found["range"]["start"] == position(MAIN, "net::Host")
    client.change(main, 3, MAIN)
    assert client.published(main, version=3) == []


def test_a_finding_names_the_other_places(client, project):
    net = net_file(project)
    client.open(net)
    twice = NET + "entity Port:\nend\n"
    client.change(net, 2, twice)
    (found,) = client.published(net, version=2)
    assert found["code"] == "duplicate-definition"
    (related,) = found["relatedInformation"]
    assert related["location"] == {"uri": uri(net), "range": span(NET, "Port", occurrence=0)}


def test_an_error_in_a_file_that_is_not_open_is_published(client, project):
    net = net_file(project)
    net.write_text("entity A:\n")
    main = project / "main.cf"
    client.open(main)
    (found,) = client.published(net)
    assert found["code"] == "unexpected-end"
    assert client.versions[uri(net)] is None


def test_astral_characters_and_tabs_count_as_the_protocol_says(client, project):
    main = project / "main.cf"
    client.open(main)
    for needle, offset in [("web.name", 4), ("web.name", 0), ("port.number", 5)]:
        result = client.at("hover", main, position(MAIN, needle, offset))
        word = needle[offset:].split(".")[0]
        assert result["range"] == span(MAIN, needle, offset, length=len(word))
    client.change(main, 2, (span(MAIN, "size=3", 0), "sise=3"))
    found = client.published(main, version=2)
    assert [d["range"] for d in found] == [span(MAIN, "size=3", 0, length=4)]


def test_lines_may_end_as_the_client_likes(client, project):
    main = project / "main.cf"
    text = MAIN.replace("\n", "\r\n")
    client.open(main, text)
    hover = client.at("hover", main, position(text, "port.number", 5))
    assert hover["range"] == span(text, "port.number", 5)
    # An edit that joins two lines, one in the middle of a surrogate pair's line, one beyond the end.
    join = {"start": position(text, "import net", 10), "end": position(text, "import std")}
    last = {"line": 900, "character": 7}
    beyond = {"start": last, "end": last}
    client.change(main, 2, (join, " "), (beyond, "x = Missing()\r\n"))
    (found,) = client.published(main, version=2)
    text = text.replace("import net\r\nimport std", "import net import std") + "x = Missing()\r\n"
    assert found["range"] == span(text, "Missing")


def test_edits_of_one_message_follow_each_other(client, project):
    main = project / "main.cf"
    client.open(main, "")
    edits = []
    text = ""
    for piece in ["a = 1\n", "b = a\n", "# 😀\n", "c = D()\n"]:
        end = {"line": text.count("\n"), "character": 0}
        edits.append(({"start": end, "end": end}, piece))
        text += piece
    client.change(main, 2, *edits)
    (found,) = client.published(main, version=2)
    assert found["range"] == span(text, "D")


@pytest.mark.parametrize(
    "needle, offset, target",
    [
        ("net::Host", 6, "entity Host"),
        ("name=", 0, "string name"),
        ("size=3", 0, "small size"),
        ("web.ports", 5, "Host.ports"),
        ("port.number", 7, "int number"),
    ],
)
def test_a_definition_is_found_across_files(client, project, needle, offset, target):
    main = project / "main.cf"
    client.open(main)
    (found,) = client.at("definition", main, position(MAIN, needle, offset))
    word = target.replace(".", " ").split()[1]
    assert found["uri"] == uri(net_file(project))
    assert found["range"] == span(NET, target, len(target) - len(word))


def test_a_definition_in_the_same_file(client, project):
    net = net_file(project)
    client.open(net)
    rows = [
        ("small size", 1, "typedef small", 8),
        ("using ports", 7, "implementation ports", 15),
        ("first.host", 1, "first = ", 0),
        ("first.host", 7, "Port.host", 5),
        ("number=size", 8, "small size", 6),
        ("Host(name)", 6, "string name", 7),
        ("extends Base", 9, "entity Base", 7),
    ]
    for needle, offset, target, start in rows:
        (found,) = client.at("definition", net, position(NET, needle, offset))
        assert found["range"]["start"] == position(NET, target, start), needle


def test_the_library_can_be_shown(client, project):
    main = project / "main.cf"
    client.open(main)
    (found,) = client.at("definition", main, position(MAIN, "import std", 8))
    path = found["uri"].removeprefix("file://")
    assert "entity" in open(path, encoding="utf-8").read()
    client.leave()
    with pytest.raises(FileNotFoundError):
        open(path, encoding="utf-8")


def test_hover_has_docstring_and_type(client, project):
    main = project / "main.cf"
    client.open(main)

    def text(needle, offset):
        return client.at("hover", main, position(MAIN, needle, offset))["contents"]["value"]

    assert text("net::Host", 6) == (
        "```inmanta\nentity net::Host extends Base\n```\n\nA machine.\n\nWith ports."
    )
    assert text("web.ports", 1) == "```inmanta\nweb: net::Host\n```"
    assert text("web.ports", 5) == (
        "```inmanta\nPort ports [0:]\n```\n\nThe ports of a host.\n\nOf `net::Host`."
    )
    assert "small size" in text("size=3", 1)
    assert text("import net", 8).endswith("Hosts and their ports.")
    assert "size: int" in text("print(size", 7)
    assert "std::print(" in text("std::print", 6)
    assert client.at("hover", main, position(MAIN, "# 😀")) is None


def test_references_with_and_without_the_declaration(client, project):
    main = project / "main.cf"
    client.open(main)
    place = position(MAIN, "name=", 1)
    every = client.at("references", main, place, context={"includeDeclaration": True})
    uses = client.at("references", main, place, context={"includeDeclaration": False})
    net = net_file(project)
    declaration = {"uri": uri(net), "range": span(NET, "string name", 7)}
    assert [r for r in every if r not in uses] == [declaration]
    assert [r["range"] for r in uses if r["uri"] == uri(main)] == [
        span(MAIN, "name="[:4]),
        span(MAIN, "web.name", 4),
    ]
    assert [r["range"] for r in uses if r["uri"] == uri(net)] == [
        span(NET, "Host(name)", 5, length=4),
        span(NET, "first.host.name", 11),
    ]


def test_several_documents_see_each_other_unsaved(client, project):
    main, net = project / "main.cf", net_file(project)
    client.open(main)
    client.open(net)
    client.published(net, version=1)
    client.change(net, 2, NET.replace("Host", "Machine"))
    found = client.published(main, lambda d: d)
    assert found[0]["code"] == "unknown-type"
    # What is on disk counts again when the document is closed.
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri(net)}})
    assert client.published(main, lambda d: not d) == []


def test_files_that_change_on_disk_are_read_again(client, project):
    main, net = project / "main.cf", net_file(project)
    client.open(main)
    assert client.published(main) == []
    net.write_text(NET.replace("small size", "small width"))
    change = {"uri": uri(net), "type": 2}
    client.notify("workspace/didChangeWatchedFiles", {"changes": [change]})
    assert client.published(main, lambda d: d)[0]["code"] == "unknown-attribute"
    net.write_text(NET)
    client.notify("workspace/didChangeWatchedFiles", {"changes": [change]})
    assert client.published(main, lambda d: not d) == []


def test_a_saved_project_is_evaluated(project):
    main = project / "main.cf"
    with Client() as client:
        client.initialize()
        text = "x = 1\ny = 1 / (x - 1)\n"
        client.open(main, text)
        (found,) = client.published(main, lambda d: d)
        assert found["code"] == "division-by-zero"
        assert found["range"]["start"]["line"] == 1
        client.change(main, 2, text.replace("- 1", "- 2"))
        assert client.published(main, version=2) == []
        client.save(main)
        # Nothing is found; the server answers on.
        assert client.at("hover", main, {"line": 0, "character": 0}) is not None
        assert client.leave() == 0


def test_a_module_without_a_project_is_checked_by_its_namespace(client, tmp_path):
    module = tmp_path / "mod" / "model"
    module.mkdir(parents=True)
    (module / "_init.cf").write_text("entity A:\nend\n")
    text = "import mod\nentity B extends mod::A, mod::C:\nend\n"
    (module / "part.cf").write_text(text)
    client.open(module / "part.cf")
    (found,) = client.published(module / "part.cf")
    assert (found["code"], found["range"]) == ("unknown-type", span(text, "mod::C"))
    (definition,) = client.at("definition", module / "part.cf", position(text, "mod::A", 5))
    assert definition["uri"] == uri(module / "_init.cf")


def test_modules_that_are_installed_are_found_without_configuration(tmp_path):
    packages = tmp_path / "venv" / "lib" / "python3.12" / "site-packages"
    model = packages / "inmanta_plugins" / "gear" / "model"
    model.mkdir(parents=True)
    (model / "_init.cf").write_text("entity Wheel:\n    int teeth\nend\n")
    (packages / "inmanta_plugins" / "gear" / "__init__.py").write_text("")
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    (tmp_path / "venv" / "pyvenv.cfg").write_text("")
    main = tmp_path / "main.cf"
    text = "import gear\nimplement gear::Wheel using std::none\nw = gear::Wheel(teeth=gear::count())\n"
    main.write_text(text)
    with Client("--no-evaluate", "--python", str(python)) as client:
        client.initialize()
        client.open(main)
        assert client.published(main) == [], "functions of Python code count as defined"
        (found,) = client.at("definition", main, position(text, "teeth"))
        assert found["uri"] == uri(model / "_init.cf")


def test_a_broken_project_file_is_a_finding_of_that_file(client, project):
    (project / "project.yml").write_text("name: [\n")
    main = project / "main.cf"
    client.open(main, "x = = 1\n")
    (found,) = client.published(project / "project.yml")
    assert found["code"] == "invalid-project"
    if uri(main) not in client.diagnostics:
        client.published(main)
    (syntax,) = client.diagnostics[uri(main)]
    assert syntax["code"] == "unexpected-token"


def test_a_document_that_is_no_file_is_a_project_of_its_own(client):
    class Untitled:
        @staticmethod
        def as_uri():
            return "untitled:Untitled-1"

    text = "entity A:\nend\nx = A(y=1)\n"
    client.open(Untitled, text)
    (found,) = client.published(Untitled)
    assert (found["code"], found["range"]) == ("unknown-attribute", span(text, "y=1", length=1))


def test_a_file_that_two_projects_share_has_one_text(client, tmp_path):
    shared = tmp_path / "shared" / "m" / "model"
    shared.mkdir(parents=True)
    (shared / "_init.cf").write_text("entity A:\nend\n")
    mains = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "project.yml").write_text(f"name: {name}\nmodulepath: ../shared\n")
        mains.append(tmp_path / name / "main.cf")
        mains[-1].write_text("import m\nimplement m::A using std::none\nx = m::A()\n")
    client.open(shared / "_init.cf", "entity B:\nend\n")
    for main in mains:
        client.open(main)
        assert client.published(main)[0]["code"] == "unknown-type"
    client.change(shared / "_init.cf", 2, "entity A:\nend\n")
    for main in mains:
        if client.diagnostics[uri(main)]:
            assert client.published(main, lambda d: not d) == []


def test_edits_and_a_fresh_text_give_the_same(client, project):
    """Random edits, counted in UTF-16: after each the findings are those of the whole text."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    dice = random.Random(seed)
    main, other = project / "main.cf", project / "other.cf"
    text = MAIN.replace("\n", "\r\n", 3)
    client.open(main, text)
    client.published(main, version=1)
    client.open(other, "")
    pieces = ["😀", "ä", "x", "\n", "\r\n", '"', "(", " ", "entity A:\nend\n", "", "", "# "]

    def place(index):
        before = text[:index]
        return position(before + "\0", "\0")

    for version in range(2, 60):
        start = dice.randrange(len(text) + 1)
        end = min(len(text), start + dice.choice([0, 0, 1, 2, 9]))
        # Between `\r` and `\n` there is no place.
        while any(0 < i < len(text) and text[i - 1 : i + 1] == "\r\n" for i in (start, end)):
            start, end = start - 1, end + 1
        edit = ({"start": place(start), "end": place(end)}, dice.choice(pieces))
        text = text[:start] + edit[1] + text[end:]
        client.change(main, version, edit)
        found = client.published(main, version=version)
        with Client("--no-evaluate") as fresh:
            fresh.initialize()
            fresh.open(main, text)
            assert fresh.published(main, version=1) == found, (seed, version, text)
