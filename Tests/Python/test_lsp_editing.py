"""`southbound lsp`: completion, symbols, rename and formatting, as an editor asks for them."""

import re

import pytest

from lsp_client import RequestFailed, position, span, uri
from test_lsp import MAIN, NET, client, net_file, project  # noqa: F401 (fixtures)


def completed(client, path, text, mark="|"):
    """The labels that are offered at the mark, which is taken out of the text."""
    place = position(text, mark)
    client.open(path, text.replace(mark, ""))
    return {item["label"]: item for item in client.at("completion", path, place)["items"]}


@pytest.mark.parametrize(
    "text, offered, absent",
    [
        ("import |", ["net", "std", "exec"], ["entity", "__config__"]),
        ("import n|", ["net"], ["entity"]),
        ("import net\nx = net::|", ["Host", "Port", "small", "ports"], ["name", "std"]),
        ("import net\nx = net::Ho|\ny = 1\n", ["Host"], []),
        ("x = std::|", ["print", "Entity", "none"], ["Port"]),
        (
            "import net\nx = net::Host(|",
            ["name", "size", "ports", "requires"],
            ["number", "entity"],
        ),
        ("import net\nx = net::Host(name=\"a\", |)\n", ["size"], ["name", "number"]),
        ("import net\nx = net::Host(name=std::upper(\"a\"), si|)\n", ["size"], ["name"]),
        ("import net\nx = net::Host[|", ["name"], ["number"]),
        ("import net\nx = net::Host(name=|)", ["net", "true"], ["size"]),
        ("import net\nx = net::Host(name=\"a\")\nx.|\n", ["name", "ports"], ["number"]),
        ("import net\nx = net::Port(number=1)\ny = x.host.na|\n", ["name"], ["number"]),
        ("import net\nfor p in net::Host[name=\"a\"].ports:\n  p.|\nend\n", [], []),
        ("import net\nh = net::Host[name=\"a\"]\nfor p in h.ports:\n  p.|\nend\n", ["number"], ["size"]),
        (
            "import net\nimplementation a for net::Host:\n  b = 1\n  c = |\nend\n",
            ["b", "self", "name", "std", "if"],
            ["host"],
        ),
        (
            "import net\nimplementation a for net::Host:\n  for p in ports:\n    p.|",
            [],
            [],
        ),
        ("import net\nimplementation a for net::Host:\n  self.|", ["name"], ["number"]),
        ("import net\nimplementation a for net::Host:\n  x = net::Port(host=self, |", ["number"], ["host"]),
        ("|", ["entity", "typedef", "std", "string"], ["net"]),
        ("# |", [], ["entity"]),
        ('x = "|"', [], ["entity"]),
    ],
)
def test_what_may_stand_there_is_offered(client, project, text, offered, absent):
    labels = completed(client, project / "main.cf", text)
    assert [name for name in offered if name not in labels] == []
    assert [name for name in absent if name in labels] == []


def test_an_argument_is_offered_with_its_sign_and_a_field_with_its_type(client, project):
    items = completed(client, project / "main.cf", "import net\nx = net::Host(|")
    assert items["size"]["insertText"] == "size="
    assert items["size"]["detail"] == "small size"
    assert items["ports"]["detail"] == "Port ports [0:]"


def test_entities_stay_known_while_a_file_is_broken(client, project):
    main, net = project / "main.cf", net_file(project)
    client.open(net)
    assert client.at("hover", net, position(NET, "entity Host", 8)) is not None
    client.change(net, 2, NET.replace("entity Port:", "entity Port: ="))
    labels = completed(client, main, "import net\nx = net::|")
    assert {"Host", "Port"} <= set(labels)


def test_symbols_are_a_tree(client, project):
    net = net_file(project)
    client.open(net)
    symbols = client.request("textDocument/documentSymbol", {"textDocument": {"uri": uri(net)}})
    tree = {s["name"]: [c["name"] for c in s["children"]] for s in symbols}
    assert tree == {
        "small": [],
        "Base": ["name"],
        "Host": ["size"],
        "Port": ["number"],
        "Host.ports": [],
        "Port.host": [],
        "index Host(name)": [],
        "ports": [],
    }
    host = next(s for s in symbols if s["name"] == "Host")
    assert host["selectionRange"] == span(NET, "entity Host", 7)
    assert host["range"]["start"] == position(NET, "entity Host")
    assert host["range"]["end"] == position(NET, "size = 1\nend", 12)
    for symbol in symbols + [c for s in symbols for c in s["children"]]:
        inner, outer = symbol["selectionRange"], symbol["range"]
        for end, sign in (("start", 1), ("end", -1)):
            places = [(r[end]["line"] * sign, r[end]["character"] * sign) for r in (outer, inner)]
            assert places[0] <= places[1] or outer[end]["line"] != inner[end]["line"]


def apply(text, edits):
    lines = text.split("\n")

    def offset(place):
        before = sum(len(line) + 1 for line in lines[: place["line"]])
        line = lines[place["line"]].encode("utf-16-le")[: place["character"] * 2]
        return before + len(line.decode("utf-16-le"))

    for edit in sorted(edits, key=lambda e: offset(e["range"]["start"]), reverse=True):
        start, end = (offset(edit["range"][end]) for end in ("start", "end"))
        text = text[:start] + edit["newText"] + text[end:]
    return text


def whole_words(text, old, new):
    return re.sub(rf"\b{old}\b", new, text)


@pytest.mark.parametrize(
    "needle, offset, new, old_main, new_main, old_net, new_net",
    [
        ("net::Host", 5, "Machine", "Host", "Machine", "Host", "Machine"),
        ("name=", 0, "label", "name", "label", "name", "label"),
        ("web.ports", 0, "site", "web", "site", None, None),
        ("port.number", 6, "nr", "number", "nr", "number", "nr"),
    ],
)
def test_a_rename_reaches_every_file(
    client, project, needle, offset, new, old_main, new_main, old_net, new_net
):
    main, net = project / "main.cf", net_file(project)
    source = MAIN
    client.open(main, source)
    place = position(source, needle, offset)
    prepared = client.at("prepareRename", main, place)
    assert prepared["placeholder"] == old_main
    changes = client.at("rename", main, place, newName=new)["changes"]
    assert apply(source, changes[uri(main)]) == whole_words(source, old_main, new_main)
    if old_net:
        assert apply(NET, changes[uri(net)]) == whole_words(NET, old_net, new_net)
    else:
        assert list(changes) == [uri(main)]


def test_a_relation_and_a_loop_variable_are_renamed(client, project):
    main, net = project / "main.cf", net_file(project)
    client.open(main)
    changes = client.at("rename", main, position(MAIN, "web.ports", 5), newName="doors")["changes"]
    assert apply(MAIN, changes[uri(main)]) == MAIN.replace("web.ports", "web.doors")
    assert apply(NET, changes[uri(net)]) == NET.replace("Host.ports", "Host.doors")
    changes = client.at("rename", main, position(MAIN, "port.number"), newName="p")["changes"]
    assert apply(MAIN, changes[uri(main)]) == MAIN.replace("port in", "p in").replace(
        "port.", "p."
    )


@pytest.mark.parametrize(
    "needle, offset, new, reason",
    [
        ("net::Host", 6, "machine", "capital letter"),
        ("net::Host", 6, "Port", "something else"),
        ("net::Host", 6, "Ma chine", "is no name"),
        ("net::Host", 6, "", "is no name"),
        ("net::Host", 6, "A-B", "is no name"),
        ("net::Host", 6, "Host", "already"),
        ("name=", 1, "for", "word of the language"),
        ("name=", 1, "Name", "capital letter"),
        ("name=", 1, "size", "something else"),
        ("name=", 1, "self", "name of the language"),
        ("name=", 1, "first", "something else"),
        ("web.ports", 1, "note", "something else"),
        ("size = port", 1, "port", "something else"),
        ("import net", 8, "n", "name of its file"),
        ("std::print", 6, "echo", "no model defines it"),
        ("import std", 8, "s", "name of its file"),
    ],
)
def test_what_cannot_be_renamed_is_refused_with_a_reason(client, project, needle, offset, new, reason):
    main = project / "main.cf"
    text = MAIN
    net = net_file(project)
    # `first` is a name where the attribute `name` is used without its owner.
    net.write_text(NET.replace("other = first.host.name", "other = first.host.name + name"))
    client.open(main, text)
    with pytest.raises(RequestFailed) as refused:
        client.at("rename", main, position(text, needle, offset), newName=new)
    assert reason in refused.value.message
    assert refused.value.code == -32803


def test_a_rename_is_refused_where_a_file_is_broken_or_of_the_library(client, project):
    main, net = project / "main.cf", net_file(project)
    text = MAIN + "implement net::Host using std::none\n"
    client.open(main, text)
    for needle, offset, reason in [
        ("std::none", 6, "outside of the project"),
        ("# 😀", 0, "no name here"),
    ]:
        with pytest.raises(RequestFailed) as refused:
            client.at("prepareRename", main, position(text, needle, offset))
        assert reason in refused.value.message
    client.open(net, NET + "x = = 1\n")
    with pytest.raises(RequestFailed) as refused:
        client.at("prepareRename", main, position(text, "web.ports", 0))
    assert "syntax errors" in refused.value.message


def test_formatting_is_that_of_fmt(client, project):
    main = project / "main.cf"
    ugly = "a=1 # one 😀\nif a==1 : b=[ 2,3 ] end\n"
    common = "a = 1  # one 😀\nif a == 1:\n    b = [2, 3]\nend\n"
    options = {"tabSize": 4, "insertSpaces": True}
    for text, wanted in [(ugly, common), (ugly.replace("\n", "\r\n"), common.replace("\n", "\r\n"))]:
        client.open(main, text)
        (edit,) = client.request(
            "textDocument/formatting", {"textDocument": {"uri": uri(main)}, "options": options}
        )
        assert edit["newText"] == wanted
        assert edit["range"] == {
            "start": {"line": 0, "character": 0},
            "end": {"line": 2, "character": 0},
        }
    client.change(main, 2, common)
    document = {"textDocument": {"uri": uri(main)}, "options": options}
    assert client.request("textDocument/formatting", document) == []
    client.change(main, 3, "a = = 1\n")
    with pytest.raises(RequestFailed) as refused:
        client.request("textDocument/formatting", document)
    assert "syntax errors" in refused.value.message
