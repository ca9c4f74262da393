"""The functions that the modules of this process define."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable

from southbound.functions import types
from southbound.schema import messages

PREFIX = "inmanta_plugins."

#: Every function by its full name, such as ``net::mask``.
functions: dict[str, "Function"] = {}
#: What runs when the model is complete.
finalizers: list[Callable[[], object]] = []


class Function:
    """A function of a module, as ``@plugin`` registers it. Calling it calls the code itself."""

    def __init__(
        self,
        body: Callable,
        name: str,
        *,
        takes_unknown: bool = False,
        commands: list[str] | None = None,
        deprecated: bool = False,
        replacement: str | None = None,
    ) -> None:
        self.body = body
        self.__function__ = body
        self.__wrapped__ = body
        self.__name__ = name
        self.__doc__ = body.__doc__
        self.__module__ = body.__module__
        module = body.__module__
        namespace = module[len(PREFIX) :] if module.startswith(PREFIX) else module
        self.namespace = namespace.replace(".", "::")
        self.full_name = f"{self.namespace}::{name}"
        self.takes_unknown = takes_unknown
        self.commands = commands or []
        self.deprecated = deprecated
        self.replacement = replacement or ""
        self._split_signature()

    def _split_signature(self) -> None:
        """Separates the context, which is put in, from the parameters that a model sees."""
        from inmanta.plugins import Context

        signature = inspect.signature(self.body)
        self.annotations = _resolved(self.body)
        self.parameters: list[inspect.Parameter] = []
        self.context: str | None = None
        for parameter in signature.parameters.values():
            annotation = self.annotations.get(parameter.name, parameter.annotation)
            if self.context is None and (annotation is Context or annotation == "Context"):
                self.context = parameter.name
                self.context_is_first = not self.parameters
                continue
            self.parameters.append(parameter.replace(annotation=annotation))

    def describe(self):
        """The function as the protocol describes it."""
        code = inspect.unwrap(self.body)
        message = messages.Function(
            name=self.full_name,
            takes_unknown=self.takes_unknown,
            is_deprecated=self.deprecated,
            replacement=self.replacement,
        )
        if hasattr(code, "__code__"):
            message.file = code.__code__.co_filename
            message.line = code.__code__.co_firstlineno
        for parameter in self.parameters:
            message.parameters.append(self._describe(parameter))
        result = self.annotations.get("return", inspect.Signature.empty)
        message.result.CopyFrom(types.describe(result, self.__module__))
        return message

    def _describe(self, parameter: inspect.Parameter):
        kinds = {
            inspect.Parameter.POSITIONAL_OR_KEYWORD: 0,
            inspect.Parameter.KEYWORD_ONLY: 1,
            inspect.Parameter.VAR_POSITIONAL: 2,
            inspect.Parameter.VAR_KEYWORD: 3,
        }
        if parameter.kind not in kinds:
            raise types.InvalidAnnotation(
                f"`{parameter.name}` of `{self.full_name}` is positional only, which models "
                "cannot call"
            )
        if parameter.annotation is inspect.Parameter.empty:
            raise types.InvalidAnnotation(
                f"`{parameter.name}` of `{self.full_name}` has no annotation: write its type"
            )
        return messages.Parameter(
            name=parameter.name,
            kind=kinds[parameter.kind],
            type=types.describe(parameter.annotation, self.__module__),
            is_optional=parameter.default is not inspect.Parameter.empty,
        )

    def check_commands(self) -> None:
        """Sees that the programs that the function runs are there."""
        for command in self.commands:
            if shutil.which(command) is None:
                from inmanta.plugins import PluginException

                raise PluginException(
                    f"`{self.full_name}` needs the program `{command}`, which is not in PATH"
                )

    def run(self, context: object, positional: list, named: dict):
        """Runs the code with values of the model."""
        self.check_commands()
        if self.context is None:
            return self.body(*positional, **named)
        if self.context_is_first:
            return self.body(context, *positional, **named)
        return self.body(*positional, **named, **{self.context: context})

    def __call__(self, *positional: object, **named: object) -> object:
        return self.body(*positional, **named)


def _resolved(body: Callable) -> dict[str, object]:
    """The annotations of a function. Texts are types of the modelling language, unless the whole
    file postpones the evaluation of its annotations: then they are Python."""
    body = inspect.unwrap(body)
    annotations = dict(getattr(body, "__annotations__", {}))
    code = getattr(body, "__code__", None)
    if code is None or not code.co_flags & _POSTPONED:
        return annotations
    scope = getattr(body, "__globals__", {})
    for name, text in annotations.items():
        if not isinstance(text, str):
            continue
        try:
            annotations[name] = eval(text, scope)  # the module's own text
        except Exception:
            continue
    return annotations


# `from __future__ import annotations` leaves this flag on the code of a file.
_POSTPONED = __import__("__future__").annotations.compiler_flag


def register(function: Function) -> None:
    """Enters a function; a later one of the same name wins."""
    functions[function.full_name] = function
