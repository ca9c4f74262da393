"""`southbound fmt` as a person and an editor use it."""

import subprocess

from test_cli import SOUTHBOUND, clean_environment, run

UGLY = "# top\na=1 # one\nif a==1 : b=[ 2,3 ] end\n"
COMMON = "# top\na = 1  # one\nif a == 1:\n    b = [2, 3]\nend\n"


def test_a_folder_is_formatted_once(tmp_path):
    model = tmp_path / "libs" / "m" / "model" / "_init.cf"
    model.parent.mkdir(parents=True)
    model.write_text(UGLY)
    model.chmod(0o640)
    (tmp_path / "notes.txt").write_text("a=1")
    assert run("fmt", "--check", tmp_path, status=1).stdout == f"{model}\n"
    assert model.read_text() == UGLY
    assert run("fmt", tmp_path).stdout == f"{model}\n"
    assert model.read_text() == COMMON
    assert model.stat().st_mode & 0o777 == 0o640
    assert run("fmt", tmp_path).stdout == ""
    assert run("fmt", "--check", tmp_path).stdout == ""
    assert [path.name for path in model.parent.iterdir()] == ["_init.cf"]


def test_an_editor_pipes_its_text_through():
    done = subprocess.run(
        [SOUTHBOUND, "fmt", "--stdin"],
        input=UGLY,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, COMMON, "")


def test_files_with_errors_are_left_alone(tmp_path):
    model = tmp_path / "main.cf"
    model.write_text("a = \nb=1 $\n")
    done = run("fmt", model, status=1)
    assert "main.cf:" in done.stderr and done.stdout == ""
    assert model.read_text() == "a = \nb=1 $\n"
    model.write_bytes(b"a=1 # \xff\n")
    run("fmt", model, status=1)
    assert model.read_bytes() == b"a=1 # \xff\n"


def test_wrong_usage_is_said(tmp_path):
    run("fmt", status=2)
    run("fmt", "--stdin", tmp_path, status=2)
    assert "there is no file" in run("fmt", tmp_path / "absent.cf", status=3).stderr
