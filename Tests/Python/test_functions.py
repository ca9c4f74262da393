"""`southbound compile` runs the Python functions of a module."""

import os
import subprocess
import sys

import pytest

from services import PROGRAMS

MODEL = """
entity Item:
    string name
end
implement Item using std::none
"""

CODE = """
from inmanta.plugins import plugin

@plugin
def greet(item: "demo::Item", times: "int" = 1) -> "string":
    return "hello " * times + item.name

@plugin
def fail() -> "any":
    return {}["missing"]
"""


@pytest.fixture
def project(tmp_path):
    files = {
        "project.yml": "name: test\nmodulepath: libs\n",
        "libs/demo/module.yml": "name: demo\nversion: 1.0\n",
        "libs/demo/model/_init.cf": MODEL,
        "libs/demo/plugins/__init__.py": CODE,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def compile_model(project, main, *options, **variables):
    (project / "main.cf").write_text("import demo\n" + main)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SOUTHBOUND_")}
    return subprocess.run(
        [PROGRAMS / "southbound", "compile", *options, project],
        env=environment | variables, capture_output=True, text=True, timeout=60,
    )


MAIN = "item = demo::Item(name=\"web\")\nstd::print(demo::greet(item, times=2))\n"


def test_the_interpreter_is_an_option_or_a_variable(project):
    by_option = compile_model(project, MAIN, "--python", sys.executable)
    assert (by_option.returncode, by_option.stdout) == (0, "hello hello web\n"), by_option.stderr
    by_variable = compile_model(project, MAIN, SOUTHBOUND_PYTHON=sys.executable)
    assert (by_variable.returncode, by_variable.stdout) == (0, "hello hello web\n")


def test_an_exception_is_shown_with_its_place_and_traceback(project):
    done = compile_model(project, "x = demo::fail()\n", "--python", sys.executable)
    assert done.returncode == 1
    for text in ["KeyError: 'missing'", "main.cf:2", 'return {}["missing"]']:
        assert text in done.stderr


def test_an_interpreter_that_is_missing_is_named(project):
    done = compile_model(project, MAIN, "--python", "/nowhere/python")
    assert done.returncode == 1 and "/nowhere/python" in done.stderr
