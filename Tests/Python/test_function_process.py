"""A stock gRPC client plays the compiler for the process that runs functions."""

import os
import pathlib
import queue
import subprocess
import sys

import grpc
import pytest

KIT = pathlib.Path(__file__).resolve().parents[2] / "Sources" / "PythonKit"
sys.path.insert(0, str(KIT))

from southbound.schema import messages as m  # noqa: E402

CODE = '''
from typing import Annotated

from inmanta.plugins import Context, ModelType, PluginException, deprecated, plugin

@plugin
def add(left: "int", right: "int" = 1) -> "int":
    return left + right

@plugin
def name_of(item: "demo::Item") -> "string":
    print("reading")
    return item.name

@plugin
def refuse(text: "string?"):
    raise PluginException("no " + text)

@plugin
def fail() -> "any":
    return {}["missing"]

@plugin
def odd(mode: Annotated[str, ModelType["std::file_mode"]] = "644") -> "any":
    return object()

@deprecated(replaced_by="add")
@plugin("old")
def older(context: Context, *values: "string[]", **more: "dict") -> list[str]:
    return [context.plugin.full_name]
'''


class Compiler:
    def __init__(self, folder, modules):
        address = f"unix://{folder}/socket"
        environment = dict(os.environ, PYTHONPATH=str(KIT), PYTHONDONTWRITEBYTECODE="1")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "southbound.functions", address],
            stdout=subprocess.PIPE, text=True, env=environment,
        )
        assert self.process.stdout.readline().strip() == address
        self.channel = grpc.insecure_channel(address.replace("unix://", "unix:"))
        call = self.channel.stream_stream(
            "/southbound.function.v1.Functions/Run",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=m.RunResponse.FromString,
        )
        self.requests = queue.SimpleQueue()
        self.responses = call(iter(self.requests.get, None), timeout=60)
        known = [m.Module(name=name, folder=str(path)) for name, path in modules.items()]
        hello = m.Hello(version_min=1, version_max=1, project_folder=str(folder), modules=known)
        assert self.ask(hello=hello).welcome.version == 1
        self.loaded = self.ask(load=m.LoadModules(modules=list(modules))).loaded

    def ask(self, **request):
        self.requests.put(m.RunRequest(**request))
        return next(self.responses)

    def call(self, name, *values):
        return self.ask(call=m.Call(function=name, positional=values))

    def close(self):
        self.requests.put(None)
        assert self.process.wait(timeout=60) == 0
        self.channel.close()


@pytest.fixture
def compiler(tmp_path):
    for name, code in {"demo": CODE, "broken": "import no_such_package_anywhere\n"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(code)
    running = Compiler(tmp_path, {name: tmp_path / name for name in ("demo", "broken")})
    yield running
    running.close()


def test_functions_are_described(compiler):
    found = {function.name: function for function in compiler.loaded.functions}
    assert set(found) == {
        f"demo::{name}" for name in ("add", "name_of", "refuse", "fail", "odd", "old")
    }
    assert [p.is_optional for p in found["demo::add"].parameters] == [False, True]
    assert found["demo::refuse"].parameters[0].type.any_of.types[1].named == "null"
    assert found["demo::odd"].parameters[0].type.named == "std::file_mode"
    assert [p.kind for p in found["demo::old"].parameters] == [2, 3]
    assert found["demo::old"].is_deprecated and found["demo::old"].replacement == "add"


def test_code_that_cannot_be_imported_is_reported(compiler):
    (failure,) = compiler.loaded.failures
    assert (failure.module, failure.missing_package) == ("broken", "no_such_package_anywhere")
    assert failure.file.endswith("broken/__init__.py") and failure.line == 1


def test_a_call_gives_its_result(compiler):
    assert compiler.call("demo::add", m.ModelValue(int_value=2)).result.value.int_value == 3
    big = compiler.call("demo::add", m.ModelValue(int_value=2**63 - 1))
    assert big.result.value.big_int_value == str(2**63)


@pytest.mark.parametrize("answer, kind", [
    (m.Answer(value=m.ModelValue(string_value="web")), "value"),
    (m.Answer(unset=7), "unset"),
    (m.Answer(absent=8), "absent"),
    (m.Answer(value=m.ModelValue(unknown_value=m.UnknownValue(id=9))), "unknown"),
    (m.Answer(refused="no attribute"), "failure"),
])
def test_an_attribute_is_asked_for(compiler, answer, kind):
    item = m.ModelValue(instance_value=m.Instance(id=4, entity="demo::Item"))
    printed = compiler.call("demo::name_of", item).printed
    while (response := next(compiler.responses)).WhichOneof("kind") == "printed":
        printed += response.printed
    assert printed == "reading\n"
    assert (response.question.attribute.instance, response.question.attribute.name) == (4, "name")
    assert compiler.ask(answer=answer).result.WhichOneof("kind") == kind


def test_exceptions_become_failures(compiler):
    refused = compiler.call("demo::refuse", m.ModelValue(string_value="way")).result.failure
    assert refused.is_deliberate and refused.message == "no way"
    failed = compiler.call("demo::fail").result.failure
    assert failed.type == "KeyError" and 'return {}["missing"]' in failed.traceback
    assert not failed.is_deliberate and "southbound/functions" not in failed.traceback


def test_a_value_that_no_model_holds_is_refused(compiler):
    assert "Python type `object`" in compiler.call("demo::odd").result.failure.message


def test_unknown_names_fail_without_ending_the_session(compiler):
    (failure,) = compiler.ask(load=m.LoadModules(modules=["nowhere"])).loaded.failures
    assert failure.module == "nowhere" and "nowhere" in failure.failure.message
    assert "demo::none" in compiler.call("demo::none").result.failure.message
    assert compiler.call("demo::add", m.ModelValue(int_value=2)).result.value.int_value == 3
