"""Paths into nested dictionaries and lists, such as ``interfaces[name=eth0].mtu``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence


class NullValue:
    """The value ``\\0`` of a key: None."""


class ContainerStructureException(Exception):
    """The data is not shaped as a path says."""


class InvalidPathException(Exception):
    """A text that is no path."""


_SPECIAL = r".[]=*\\"
_NULL = r"\0"


class NormalValue:
    """A name in a path: special characters are escaped by a backslash."""

    def __init__(self, value: str) -> None:
        self.value = value

    @classmethod
    def escape(cls, text: str | None) -> str:
        if text is None:
            return _NULL
        return re.sub(r"([.\[\]=*\\])", r"\\\1", text)

    @classmethod
    def parse(cls, text: str) -> str | None:
        if text == _NULL:
            return None
        if not text or not re.fullmatch(r"(?:[^.\[\]=*\\]|\\[.\[\]=*\\])+", text):
            raise InvalidPathException(f"`{text}` is no name in a path")
        return re.sub(r"\\([.\[\]=*\\])", r"\1", text)


class WildDictPath:
    """A path that may name several places."""

    parts: list[WildDictPath]

    def get_elements(self, container: object) -> list[object]:
        """The values at all places that the path names."""
        raise NotImplementedError

    def resolve_wild_cards(self, container: object) -> list[DictPath]:
        """The exact paths of all places that the path names."""
        raise NotImplementedError

    def get_path_sections(self) -> Sequence[WildDictPath]:
        return [self]

    def to_str(self) -> str:
        raise NotImplementedError

    def __str__(self) -> str:
        return self.to_str()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.to_str()!r})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.to_str() == other.to_str()

    def __hash__(self) -> int:
        return hash(self.to_str())

    def __add__(self, other: WildDictPath) -> WildDictPath:
        parts = [*self.get_path_sections(), *other.get_path_sections()]
        return _composed(parts)


class DictPath(WildDictPath):
    """A path that names one place."""

    def get_element(self, container: object, construct: bool = False) -> object:
        """The value at the place; with ``construct`` it is made if it is not there."""
        raise NotImplementedError

    def set_element(self, container: object, value: object, construct: bool = True) -> None:
        """Puts a value at the place."""
        raise NotImplementedError

    def remove(self, container: object) -> None:
        """Takes away what is at the place, if it is there."""
        raise NotImplementedError

    def get_key(self) -> str:
        return self.to_str()

    def get_elements(self, container: object) -> list[object]:
        try:
            return [self.get_element(container)]
        except KeyError:
            return []

    def resolve_wild_cards(self, container: object) -> list[DictPath]:
        return [self] if self.get_elements(container) else []


class NullPath(DictPath):
    """The place itself."""

    def get_element(self, container: object, construct: bool = False) -> object:
        return container

    def set_element(self, container: object, value: object, construct: bool = True) -> None:
        raise LookupError("the place itself cannot be replaced")

    def get_path_sections(self) -> Sequence[WildDictPath]:
        return []

    def to_str(self) -> str:
        return "."


def _mapping(container: object) -> Mapping:
    if not isinstance(container, Mapping):
        raise ContainerStructureException(f"expected a dictionary, not {type(container).__name__}")
    return container


class InDict(DictPath):
    """A key of a dictionary."""

    def __init__(self, key: str | None) -> None:
        self.key = key

    def get_element(self, container: object, construct: bool = False) -> object:
        data = _mapping(container)
        if self.key not in data:
            if not construct:
                raise KeyError(self.key)
            data[self.key] = {}
        return data[self.key]

    def set_element(self, container: object, value: object, construct: bool = True) -> None:
        _mapping(container)[self.key] = value

    def remove(self, container: object) -> None:
        data = _mapping(container)
        if self.key in data:
            del data[self.key]

    def get_key(self) -> str:
        return self.key

    def to_str(self) -> str:
        return NormalValue.escape(self.key)


class WildInDict(WildDictPath):
    """Every key of a dictionary."""

    def get_elements(self, container: object) -> list[object]:
        return list(_mapping(container).values())

    def resolve_wild_cards(self, container: object) -> list[DictPath]:
        return [InDict(key) for key in _mapping(container)]

    def to_str(self) -> str:
        return "*"


class WildKeyedList(WildDictPath):
    """The elements of a list whose keys have some values; ``*`` is any value, or any key."""

    def __init__(self, relation: str, key_value_pairs: Sequence[tuple[str, str]]) -> None:
        self.relation = relation
        self.pairs = tuple((str(key), value) for key, value in key_value_pairs)

    def _list(self, container: object, construct: bool = False) -> list:
        data = _mapping(container)
        if self.relation == "*":
            found = []
            for value in data.values():
                if isinstance(value, Sequence) and not isinstance(value, str):
                    found.extend(value)
            return found
        if self.relation not in data:
            if not construct:
                raise KeyError(self.relation)
            data[self.relation] = []
        found = data[self.relation]
        if isinstance(found, str) or not isinstance(found, Sequence):
            raise ContainerStructureException(f"`{self.relation}` is no list")
        return found

    def _matches(self, element: object) -> bool:
        data = _mapping(element)
        for key, value in self.pairs:
            if key == "*":
                if not any(value == "*" or _same(found, value) for found in data.values()):
                    return False
            elif key not in data or not (value == "*" or _same(data[key], value)):
                return False
        return True

    def get_elements(self, container: object) -> list[object]:
        try:
            return [element for element in self._list(container) if self._matches(element)]
        except KeyError:
            return []

    def resolve_wild_cards(self, container: object) -> list[DictPath]:
        names = _mapping(container) if self.relation == "*" else [self.relation]
        found: list[DictPath] = []
        for name in names:
            inner = WildKeyedList(name, self.pairs)
            for element in inner.get_elements(container):
                pairs = [
                    (key, str(element[key]) if element[key] is not None else None)
                    for key, _ in self.pairs
                    if key != "*"
                ]
                found.append(KeyedList(name, pairs))
        return found

    def to_str(self) -> str:
        name = "*" if self.relation == "*" else NormalValue.escape(self.relation)
        shown = "".join(
            "[{}={}]".format(*(text if text == "*" else NormalValue.escape(text) for text in pair))
            for pair in self.pairs
        )
        return name + shown


def _same(found: object, value: str | None) -> bool:
    return found is None if value is None else found is not None and str(found) == value


class KeyedList(WildKeyedList, DictPath):
    """The element of a list whose keys have some values."""

    def get_element(self, container: object, construct: bool = False) -> object:
        elements = self._list(container, construct)
        found = [element for element in elements if self._matches(element)]
        if len(found) > 1:
            raise LookupError(f"several elements match {self.to_str()}")
        if found:
            return found[0]
        if not construct:
            raise KeyError(self.to_str())
        made = dict(self.pairs)
        elements.append(made)
        return made

    def set_element(self, container: object, value: object, construct: bool = True) -> None:
        if not self._matches(value):
            raise ValueError(f"the value does not have the keys of {self.to_str()}")
        self.remove(container)
        self._list(container, construct).append(value)

    def remove(self, container: object) -> None:
        try:
            elements = self._list(container)
        except KeyError:
            return
        for index in reversed(range(len(elements))):
            if self._matches(elements[index]):
                del elements[index]

    def get_elements(self, container: object) -> list[object]:
        return DictPath.get_elements(self, container)

    def resolve_wild_cards(self, container: object) -> list[DictPath]:
        return DictPath.resolve_wild_cards(self, container)

    def get_key(self) -> str:
        return self.relation


class WildComposedPath(WildDictPath):
    """Several steps."""

    def __init__(
        self, path_str: str | None = None, path: Sequence[WildDictPath] | None = None
    ) -> None:
        self.expanded_path = list(path) if path is not None else list(_steps(path_str or ""))

    def get_path_sections(self) -> Sequence[WildDictPath]:
        return self.expanded_path

    def get_elements(self, container: object) -> list[object]:
        found = [container]
        for step in self.expanded_path:
            found = [inner for outer in found for inner in step.get_elements(outer)]
        return found

    def resolve_wild_cards(self, container: object) -> list[DictPath]:
        found: list[tuple[list, object]] = [([], container)]
        for step in self.expanded_path:
            found = [
                ([*path, exact], exact.get_element(outer))
                for path, outer in found
                for exact in step.resolve_wild_cards(outer)
            ]
        return [_composed(path) for path, _ in found]

    def to_str(self) -> str:
        return ".".join(step.to_str() for step in self.expanded_path)


class ComposedPath(WildComposedPath, DictPath):
    """Several steps to one place."""

    def get_element(self, container: object, construct: bool = False) -> object:
        for step in self.expanded_path:
            container = step.get_element(container, construct)
        return container

    def _before(self, container: object, construct: bool) -> object:
        for step in self.expanded_path[:-1]:
            container = step.get_element(container, construct)
        return container

    def set_element(self, container: object, value: object, construct: bool = True) -> None:
        self.expanded_path[-1].set_element(self._before(container, construct), value, construct)

    def remove(self, container: object) -> None:
        try:
            self.expanded_path[-1].remove(self._before(container, False))
        except KeyError:
            return

    def get_elements(self, container: object) -> list[object]:
        return DictPath.get_elements(self, container)

    def resolve_wild_cards(self, container: object) -> list[DictPath]:
        return DictPath.resolve_wild_cards(self, container)

    def get_key(self) -> str:
        return self.expanded_path[-1].get_key()


def _composed(parts: list) -> WildDictPath:
    exact = all(isinstance(part, DictPath) for part in parts)
    if not parts:
        return NullPath()
    if len(parts) == 1:
        return parts[0]
    return ComposedPath(path=parts) if exact else WildComposedPath(path=parts)


_STEP = re.compile(r"(?:[^.\[\]\\]|\\.|\[(?:[^\]\\]|\\.)*\])+")
_PAIR = re.compile(r"\[((?:[^=\]\\]|\\.)*)=((?:[^\]\\]|\\.)*)\]")


def _steps(text: str) -> Iterator[WildDictPath]:
    if text == ".":
        return
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            raise InvalidPathException(f"`{text}` is no path")
        yield _step(match[0])
        position = match.end()
        if position < len(text):
            if text[position] != "." or position + 1 == len(text):
                raise InvalidPathException(f"`{text}` is no path")
            position += 1


def _step(text: str) -> WildDictPath:
    head, bracket, rest = _head(text)
    if not bracket:
        return WildInDict() if head == "*" else InDict(NormalValue.parse(head))
    pairs, position = [], 0
    while position < len(rest):
        match = _PAIR.match(rest, position)
        if match is None:
            raise InvalidPathException(f"`{text}` is no step of a path")
        pairs.append(
            tuple(part if part == "*" else NormalValue.parse(part) for part in match.groups())
        )
        position = match.end()
    is_wild = head == "*" or any("*" in pair for pair in pairs)
    name = head if head == "*" else NormalValue.parse(head)
    return WildKeyedList(name, pairs) if is_wild else KeyedList(name, pairs)


def _head(text: str) -> tuple[str, bool, str]:
    match = re.match(r"(?:[^\[\\]|\\.)*", text)
    rest = text[match.end() :]
    return match[0], bool(rest), rest


def to_wild_path(path: str) -> WildDictPath:
    """Reads a path in which ``*`` stands for anything."""
    if not path:
        raise InvalidPathException("the path is empty")
    return _composed(list(_steps(path)))


def to_path(path: str) -> DictPath:
    """Reads a path to one place."""
    found = to_wild_path(path)
    if not isinstance(found, DictPath):
        raise InvalidPathException(f"`{path}` names several places")
    return found
