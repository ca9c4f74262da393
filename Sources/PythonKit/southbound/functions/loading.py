"""Finds the code of modules as the packages ``inmanta_plugins.NAME`` and imports it."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import pathlib
import sys
import traceback
import types

from southbound.functions import registry
from southbound.functions import types as value_types
from southbound.schema import messages

PACKAGE = "inmanta_plugins"
#: Folders of a module that hold no code of its own.
DATA_FOLDERS = {"model", "files", "templates", "tests", "__pycache__"}


class ModuleFinder(importlib.abc.MetaPathFinder):
    """Knows where the code of each module is, whatever layout the module has."""

    def __init__(self, folders: dict[str, str]) -> None:
        self.folders = folders

    def find_spec(self, fullname, path=None, target=None):
        package, _, name = fullname.partition(".")
        if package != PACKAGE or not name or "." in name:
            return None
        folder = self.folders.get(name)
        if folder is None:
            return None
        start = pathlib.Path(folder) / "__init__.py"
        if not start.is_file():
            return importlib.machinery.ModuleSpec(fullname, None, is_package=True)
        return importlib.util.spec_from_file_location(
            fullname, start, submodule_search_locations=[folder]
        )


def install(folders: dict[str, str]) -> None:
    """Makes the modules importable, ahead of what the interpreter finds itself."""
    package = types.ModuleType(PACKAGE)
    package.__path__ = []
    sys.modules[PACKAGE] = package
    sys.meta_path.insert(0, ModuleFinder(folders))
    for folder in folders.values():
        parent = pathlib.Path(folder).parent
        if parent.name == PACKAGE and str(parent.parent) not in sys.path:
            sys.path.append(str(parent.parent))


def load(name: str, folder: str):
    """Imports all code of a module; what fails is reported, and the rest works."""
    loaded = messages.ModulesLoaded()
    for module in _python_modules(name, folder):
        try:
            importlib.import_module(module)
        except Exception as error:
            loaded.failures.append(failure_of_load(name, error))
        except SystemExit as error:
            loaded.failures.append(failure_of_load(name, error))
    prefix = f"{name}::"
    for function in list(registry.functions.values()):
        if not function.full_name.startswith(prefix):
            continue
        try:
            loaded.functions.append(function.describe())
        except value_types.InvalidAnnotation as error:
            broken = failure_of_load(name, error)
            broken.file = function.body.__code__.co_filename
            broken.line = function.body.__code__.co_firstlineno
            loaded.failures.append(broken)
    for kind in _data_classes(name):
        loaded.data_classes.append(value_types.describe_data_class(kind))
    return loaded


def _data_classes(name: str):
    """The data classes that the code of a module defines."""
    root = f"{PACKAGE}.{name}"
    for module_name, module in sorted(sys.modules.items()):
        if module_name != root and not module_name.startswith(root + "."):
            continue
        for kind in list(vars(module).values()):
            if value_types.entity_of(kind) and kind.__module__ == module_name:
                yield kind


def _python_modules(name: str, folder: str):
    root = pathlib.Path(folder)
    yield f"{PACKAGE}.{name}"
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).parts
        if parts[0] in DATA_FOLDERS or "__pycache__" in parts or path == root / "__init__.py":
            continue
        parts = parts[:-1] if path.name == "__init__.py" else (*parts[:-1], path.stem)
        if all(part.isidentifier() for part in parts):
            yield ".".join((PACKAGE, name, *parts))


def failure_of_load(name: str, error: BaseException):
    """Describes why code could not be imported, with the line of the module that did it."""
    message = messages.LoadFailure(module=name)
    message.failure.CopyFrom(failure_of(error))
    if isinstance(error, SyntaxError):
        message.file, message.line = error.filename or "", error.lineno or 0
    else:
        for frame in traceback.extract_tb(error.__traceback__):
            if "importlib" not in frame.filename and not frame.filename.startswith(_KIT):
                message.file, message.line = frame.filename, frame.lineno or 0
    if isinstance(error, ModuleNotFoundError) and error.name:
        message.missing_package = error.name
    return message


_KIT = str(pathlib.Path(__file__).resolve().parent.parent)


def failure_of(error: BaseException):
    """Describes an exception, without the frames of this kit."""
    from inmanta.plugins import PluginException

    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "inmanta.plugins"):
        name = f"{kind.__module__}.{name}"
    deliberate = isinstance(error, PluginException)
    return messages.Failure(
        is_deliberate=deliberate,
        type=name,
        message=_shortened(str(error.message if deliberate else error)),
        traceback=_shortened(_traceback(error)),
    )


#: Characters of a message or a traceback that are passed on.
TEXT_MAX = 16_384


def _shortened(text: str) -> str:
    text = text.replace("\0", "\\0").encode(errors="replace").decode()
    if len(text) <= TEXT_MAX:
        return text
    return text[: TEXT_MAX // 2] + "\n[...]\n" + text[-TEXT_MAX // 2 :]


def _traceback(error: BaseException) -> str:
    described = traceback.TracebackException.from_exception(error, compact=True)
    seen = described
    while seen is not None:
        if seen.stack is not None:
            kept = [frame for frame in seen.stack if not _is_kit(frame.filename)]
            seen.stack = traceback.StackSummary.from_list(kept)
        seen = seen.__cause__ or seen.__context__
    return "".join(described.format()).rstrip()


def _is_kit(path: str) -> bool:
    return path.startswith(_KIT) or path.startswith("<frozen importlib")
