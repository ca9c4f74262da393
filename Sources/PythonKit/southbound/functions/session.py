"""One compile: answers the compiler's requests, and asks it while a function runs."""

from __future__ import annotations

import logging
import platform
import sys
from collections.abc import Callable, Iterator

from southbound.functions import errors, loading, registry, types
from southbound.functions.values import Codec
from southbound.schema import messages

#: The versions of the protocol that this kit speaks.
VERSION_MIN = 1
VERSION_MAX = 1


class Session:
    """Reads requests one after the other; everything runs on the thread that calls ``run``."""

    current: "Session | None" = None

    def __init__(self, requests: Iterator, send: Callable[[object], None]) -> None:
        self.requests = requests
        self.send = send
        self.codec = Codec(self)
        self.folders: dict[str, str] = {}
        self.project_folder = ""
        self.data_folder = ""
        self.message_bytes_max = 64 << 20
        self.namespaces: list[str] = []
        self.types: dict[str, object] = {}

    def run(self) -> None:
        """Serves the session to its end."""
        Session.current = self
        try:
            while (request := self._next()) is not None:
                if not self._handle(request):
                    return
        except errors.SessionEnded:
            return

    def _next(self):
        return next(self.requests, None)

    def _handle(self, request) -> bool:
        match request.WhichOneof("kind"):
            case "hello":
                return self._welcome(request.hello)
            case "load":
                self._load(request.load.modules)
            case "call":
                self._call(request.call)
            case "finish":
                self._finish()
                return False
            case kind:
                raise RuntimeError(f"the compiler sent `{kind}`, which is not expected here")
        return True

    def _welcome(self, hello) -> bool:
        self.project_folder = hello.project_folder
        self.data_folder = hello.data_folder
        self.message_bytes_max = hello.message_bytes_max or self.message_bytes_max
        self.folders = {module.name: module.folder for module in hello.modules}
        loading.install(self.folders)
        version = min(VERSION_MAX, hello.version_max)
        if version < max(VERSION_MIN, hello.version_min):
            version = 0
        welcome = messages.Welcome(
            version=version,
            version_min=VERSION_MIN,
            version_max=VERSION_MAX,
            runtime=f"Python {platform.python_version()}",
        )
        self.send(messages.RunResponse(welcome=welcome))
        return version != 0

    def _load(self, names) -> None:
        loaded = messages.ModulesLoaded()
        for name in names:
            if name not in self.folders:
                problem = LookupError(f"module `{name}` has no code that is known here")
                loaded.failures.append(loading.failure_of_load(name, problem))
                continue
            loaded.MergeFrom(loading.load(name, self.folders[name]))
        self.send(messages.RunResponse(loaded=loaded))

    # Calls

    def _call(self, call) -> None:
        result = self._result(call)
        size = result.ByteSize()
        if size > self.message_bytes_max:
            problem = errors.Unsupported(
                f"the result of `{call.function}` has {size} bytes, more than the "
                f"{self.message_bytes_max} that one message may have"
            )
            result = messages.CallResult(failure=loading.failure_of(problem))
        self.send(messages.RunResponse(result=result))

    def _result(self, call):
        from inmanta.plugins import Context

        function = registry.functions.get(call.function)
        if function is None:
            problem = LookupError(f"there is no function `{call.function}`")
            return messages.CallResult(failure=loading.failure_of(problem))
        self.namespaces.append(function.namespace)
        try:
            positional, named = self._arguments(function, call)
            context = Context(self, function, call.file, call.line)
            value = function.run(context, positional, named)
            return messages.CallResult(value=self.codec.encode(value))
        except errors.Unset as error:
            return messages.CallResult(unset=error.token)
        except errors.Absent as error:
            return messages.CallResult(absent=error.token)
        except errors.UnknownRead as error:
            identifier = getattr(error.unknown, "identifier", 0)
            return messages.CallResult(unknown=messages.UnknownValue(id=identifier))
        except errors.SessionEnded:
            raise
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            return messages.CallResult(failure=loading.failure_of(error))
        finally:
            self.namespaces.pop()

    def _arguments(self, function, call) -> tuple[list, dict]:
        """The arguments as the code of the function takes them."""
        places = [p for p in function.parameters if p.kind == p.POSITIONAL_OR_KEYWORD]
        more = next((p for p in function.parameters if p.kind == p.VAR_POSITIONAL), None)
        by_name = {parameter.name: parameter for parameter in function.parameters}
        positional = []
        for index, argument in enumerate(call.positional):
            parameter = places[index] if index < len(places) else more
            positional.append(self._argument(argument, parameter, function))
        named = {
            entry.key: self._argument(entry.value, by_name.get(entry.key), function)
            for entry in call.named
        }
        return positional, named

    def _argument(self, message, parameter, function) -> object:
        from inmanta.execute.proxy import DynamicProxy, ProxyContext
        from inmanta.execute.util import Unknown

        raw = self.codec.decode(message)
        if isinstance(raw, Unknown) and function.takes_unknown:
            return raw
        name = parameter.name if parameter is not None else "argument"
        value = DynamicProxy.return_value(raw, context=ProxyContext(path=name, validated=True))
        if parameter is not None and isinstance(value, DynamicProxy):
            kind = types.dataclass_of(parameter.annotation)
            if kind is not None and hasattr(raw, "identifier"):
                return value._as_dataclass(kind)
        return value

    # Questions

    def ask(self, **question):
        """Asks the compiler; it may have other functions called before it answers."""
        self.send(messages.RunResponse(question=messages.Question(**question)))
        while (request := self._next()) is not None:
            if request.WhichOneof("kind") == "answer":
                return request.answer
            self._handle(request)
        raise errors.SessionEnded

    def attribute(self, instance: int, name: str, description: str) -> object:
        """The value of an attribute; lists and dictionaries as they are."""
        question = messages.AttributeQuestion(instance=instance, name=name)
        return self._value(self.ask(attribute=question), description, AttributeError)

    def variable(self, name: str) -> object:
        """The value of a variable that is visible at the call."""
        from inmanta.ast import NotFoundException

        question = messages.VariableQuestion(name=name)
        return self._value(
            self.ask(variable=question),
            f"variable `{name}`",
            lambda reason: NotFoundException(None, name, reason),
        )

    def type(self, name: str):
        """Describes a type, as code in the namespace of the running function names it."""
        from inmanta.ast import TypeNotFoundException

        answer = self.ask(type=messages.TypeQuestion(name=name))
        if answer.WhichOneof("kind") == "refused":
            raise TypeNotFoundException(name, None, answer.refused)
        return answer.type

    def check(self, name: str, value: object) -> None:
        """Sees whether a value is of a type."""
        from inmanta.ast import RuntimeException

        question = messages.CheckQuestion(type=name, value=self.codec.encode(value))
        answer = self.ask(check=question)
        if answer.WhichOneof("kind") == "refused":
            raise RuntimeException(None, answer.refused)
        self._value(answer, f"a value of type `{name}`", ValueError)

    def instances(self, entity: str) -> list:
        """The instances of an entity, and of what extends it."""
        answer = self.ask(instances=messages.InstancesQuestion(entity=entity))
        return self._value(answer, f"instances of `{entity}`", ValueError)

    def _value(self, answer, description: str, refuse: Callable[[str], Exception]) -> object:
        from inmanta.ast import OptionalValueException, UnsetException

        match answer.WhichOneof("kind"):
            case "value":
                return self.codec.decode(answer.value)
            case "unset":
                raise UnsetException._made(answer.unset, f"{description} is not set yet")
            case "absent":
                raise OptionalValueException._made(answer.absent, f"{description} has no value")
            case "refused":
                raise refuse(answer.refused)
            case kind:
                raise RuntimeError(f"the compiler answered `{kind}`")

    # Beside the results

    def printed(self, text: str) -> None:
        """Passes on what code printed."""
        self.send(messages.RunResponse(printed=text.replace("\0", "\\0")))

    def log(self, level: int, logger: str, text: str) -> None:
        """Passes on a line of the log."""
        line = messages.LogLine(level=level, logger=logger, text=loading._shortened(text))
        self.send(messages.RunResponse(log=line))

    def _finish(self) -> None:
        finished = messages.Finished()
        for finalizer in registry.finalizers:
            try:
                finalizer()
            except (Exception, SystemExit) as error:
                finished.failures.append(loading.failure_of(error))
        self.send(messages.RunResponse(finished=finished))


class ModelOutput:
    """Stands for standard output: what code prints is part of what the model prints."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, session: Session) -> None:
        self.session = session

    def write(self, text: str) -> int:
        if text:
            self.session.printed(text.encode(errors="replace").decode())
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return sys.__stderr__.fileno()


class SessionLog(logging.Handler):
    """Passes the log of the process on."""

    def __init__(self, session: Session) -> None:
        super().__init__(logging.INFO)
        self.session = session

    def emit(self, record: logging.LogRecord) -> None:
        levels = {logging.WARNING: 4, logging.ERROR: 5, logging.CRITICAL: 6}
        reached = [code for level, code in levels.items() if record.levelno >= level]
        self.session.log(max(reached, default=3), record.name, self.format(record))
