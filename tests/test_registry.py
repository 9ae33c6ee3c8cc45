"""One form of registry: known names, anybody's own `module:attribute`, and one line for whatever is wrong with it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from ultralight_mir.corpora.datasets import get_dataset
from ultralight_mir.errors import InputError
from ultralight_mir.features import get_feature
from ultralight_mir.registry import find
from ultralight_mir.tasks import TASKS, get_task
from ultralight_mir.tasks.base import Task

KNOWN = {"path": "pathlib:Path", "dumps": "json:dumps"}


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The working folder is the test's; what is imported from there is forgotten."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def _message(name: Any, **options: Any) -> str:
    with pytest.raises(InputError) as refusal:
        find("thing", name, KNOWN, **options)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_known_names_and_anybodys_own(tmp_path: Path) -> None:
    (tmp_path / "sound.py").write_text("class Own:\n    pass\n\n\nOWN = Own()\n")
    assert find("thing", "path", KNOWN, subclass_of=(str, Path)) is Path
    assert find("thing", "dumps", KNOWN, instance_of=FunctionType)([1]) == "[1]"
    owner = find("thing", "sound:Own", KNOWN)
    assert isinstance(find("thing", "sound:OWN", KNOWN), owner)
    assert find("thing", "fractions:Fraction", KNOWN).__name__ == "Fraction"


@pytest.mark.parametrize("name", ["paths", "", ":", "sound", "sound:", None, 3, ["path"]])
def test_unknown_names_list_the_known(name: Any) -> None:
    assert _message(name) == f"thing {name!r}: unknown, expected one of path, dumps or module:attribute"


def test_where_nobody_vouches_for_a_name_only_the_known_are_imported(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text("raise SystemExit('was run')\n")
    assert find("thing", "path", KNOWN, own=False) is Path
    assert _message("evil:Own", own=False) == "thing 'evil:Own': unknown, expected one of path, dumps"


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("x = 1\n\ndef broken(:\n", "SyntaxError: invalid syntax, {file} line 3"),
        ("x = '''\n", "SyntaxError: unterminated triple-quoted string literal (detected at line 1), {file} line 1"),
        (
            "if True:\nx = 1\n",
            "IndentationError: expected an indented block after 'if' statement on line 1, {file} line 2",
        ),
        ("import nothing_of_that_name\n", "ModuleNotFoundError: No module named 'nothing_of_that_name', {file} line 1"),
        ("from json import nothing\n", "ImportError: cannot import name 'nothing' from 'json'"),
        ("x = 1\nx.y\n", "AttributeError: 'int' object has no attribute 'y', {file} line 2"),
        ("import json\n\njson.loads('{')\n", "JSONDecodeError: Expecting property name"),
        ("raise ValueError('one\\ntwo')\n", "ValueError: one two, {file} line 1"),
        ("raise RuntimeError\n", "RuntimeError, {file} line 1"),
        ("import sys\nsys.exit(2)\n", "SystemExit: 2, {file} line 2"),
        ("def f():\n    f()\n\n\nf()\n", "RecursionError: maximum recursion depth exceeded, {file} line 2"),
    ],
)
def test_a_module_that_cannot_be_imported_is_one_line(tmp_path: Path, code: str, cause: str) -> None:
    (tmp_path / "broken.py").write_text(code)
    text = _message("broken:Own")
    assert text.startswith(f"thing 'broken:Own': cannot be imported ({cause.format(file=tmp_path / 'broken.py')}")
    assert text.rstrip(")").split(" line ")[-1].isdigit() and str(tmp_path / "broken.py") in text


@pytest.mark.parametrize("code", [b"x = '\xff'\n", b"x = 1\x00\n"])
def test_a_file_that_is_no_python_is_one_line(tmp_path: Path, code: bytes) -> None:
    (tmp_path / "bytes_only.py").write_bytes(code)
    assert "thing 'bytes_only:Own': cannot be imported (" in _message("bytes_only:Own")


@pytest.mark.parametrize(
    "name", [":Own", ".mine:Own", "a..b:Own", "../mine:Own", "mi\0ne:Own", "nowhere:Own", "a b:Own"]
)
def test_names_of_no_module_are_one_line(name: str) -> None:
    assert "cannot be imported (" in _message(name)


def test_a_missing_attribute_says_which_file_was_looked_in(tmp_path: Path) -> None:
    (tmp_path / "attributeless.py").write_text("class Other:\n    pass\n")
    file = tmp_path / "attributeless.py"
    assert _message("attributeless:Own") == f"thing 'attributeless:Own': module attributeless ({file}) has no 'Own'"


def test_a_file_named_as_an_installed_module_breaks_nothing_and_is_told(tmp_path: Path) -> None:
    for name in ("random", "queue", "torch", "ultralight_mir"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the file of the user')\n")
    (tmp_path / "innocent.py").write_text("class Own:\n    pass\n")
    code = (
        "import sys; sys.path.remove('')\n"  # as a command's path is; `-c` alone puts the working folder in front
        "from ultralight_mir.registry import find\n"
        "find('thing', 'innocent:Own', {})\n"
        "import random, queue, ultralight_mir.tasks.onset\n"
        "assert random.random() < 1\n"
        "find('thing', 'random:Own', {})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    last = done.stderr.strip().splitlines()[-1]
    assert "InputError: thing 'random:Own': module random (" in last and "the file of the user" not in done.stderr
    assert last.endswith(f"{tmp_path}/random.py has the same name as an installed module, which comes first: rename it")


def test_the_working_folder_is_put_on_the_path_once_and_last(tmp_path: Path) -> None:
    (tmp_path / "lonely.py").write_text("Own = 1\n")
    for _ in range(2):
        find("thing", "lonely:Own", KNOWN)
    assert sys.path.count(str(tmp_path)) == 1 and sys.path[-1] == str(tmp_path)


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        ("dumps", {"instance_of": (int, str)}, "thing 'dumps': a function, expected a int or str"),
        ("path", {"instance_of": Path}, "thing 'path': class Path, expected a Path"),
        ("dumps", {"subclass_of": Path}, "thing 'dumps': a function, expected a subclass of Path"),
        ("path", {"subclass_of": (int, str)}, "thing 'path': class Path, expected a subclass of int or str"),
    ],
)
def test_what_is_not_what_it_must_be(name: str, options: dict[str, Any], text: str) -> None:
    assert _message(name, **options) == text


OWN = """
from ultralight_mir.features.base import Feature
from ultralight_mir.tasks.base import Task
from ultralight_mir.tasks.onset import Onset


class Whole(Onset):
    name = "mine"


class Unfinished(Task):
    name = "mine"


FEATURE = Feature("mine", "spectral", 8_000, 80, 3, lambda samples: samples)


NUMBER = 3
"""


def test_every_registry_takes_anybodys_own(tmp_path: Path) -> None:
    (tmp_path / "of_mine.py").write_text(OWN)
    assert isinstance(get_task("of_mine:Whole"), Task) and get_task("of_mine:Whole").name == "mine"
    assert get_feature("of_mine:FEATURE").bins == 3
    with pytest.raises(InputError, match=r"task 'of_mine:Unfinished': class Unfinished does not define .*loss.*target"):
        get_task("of_mine:Unfinished")
    for get, expected in ((get_task, "subclass of Task"), (get_feature, "Feature"), (get_dataset, "DataSet")):
        with pytest.raises(InputError, match=f"'of_mine:NUMBER': a int, expected a {expected}$"):
            get("of_mine:NUMBER")


def test_the_known_are_what_they_must_be() -> None:
    assert [get_task(name).name for name in TASKS] == list(TASKS)


WHOLE = "from ultralight_mir.tasks.onset import Onset\n\n\nclass Mine(Onset):\n    name = 'mine'\n"


@pytest.mark.parametrize(
    ("line", "lack"),
    [
        ("name = 'two words'", "name is 'two words', expected a plain word"),
        ("name = '../up'", "name is '../up', expected a plain word"),
        ("name = 'mine\\n'", "name is 'mine\\n', expected a plain word"),
        ("name = ''", "name is '', expected a plain word"),
        ("name = 3", "name is 3, expected a plain word"),
        ("name = 'onset'", "name is 'onset', which is a registered task's"),
        ("metrics = ()", "no metrics, expected at least one, the headline first"),
        ("annotation = 'beats'", "annotation is 'beats', expected one of events, hits, f0, chords, label"),
        ("annotation = ['events']", "annotation is ['events'], expected one of events"),
        ("__init__ = lambda self, size: None", "cannot be made without arguments (TypeError: "),
        ("__init__ = lambda self: 1 / 0", "cannot be made without arguments (ZeroDivisionError: division by zero)"),
        ("features = {'spectral': 'log_mel'}", "no feature for the kind of input 'waveform'"),
    ],
)
def test_a_task_that_is_not_whole_is_refused_by_name(tmp_path: Path, line: str, lack: str) -> None:
    (tmp_path / "half.py").write_text(f"{WHOLE}    {line}\n")
    with pytest.raises(InputError) as refusal:
        get_task("half:Mine")
    assert str(refusal.value).startswith(f"task 'half:Mine': {lack}") and "\n" not in str(refusal.value)


def test_own_things_stand_under_their_names_and_are_found_by_their_addresses(tmp_path: Path) -> None:
    (tmp_path / "of_mine.py").write_text(OWN)
    task, feature = get_task("of_mine:Whole"), get_feature("of_mine:FEATURE")
    assert (task.name, task.address) == ("mine", "of_mine:Whole") and get_task("onset").address == "onset"
    assert (feature.name, feature.describe()["name"]) == ("mine", "of_mine:FEATURE")
    assert get_feature(feature.describe()["name"]) == feature
