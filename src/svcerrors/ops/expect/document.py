"""A YAML file as texts, lists and mappings, each with the line that it stands in.

Every scalar is read as the text that stands there: YAML itself makes a boolean of `no`, and a date of `2026-12-25`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import yaml

from svcerrors._errors import UsageError

__all__ = ["Item", "read_document"]

_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A value of the file.

    Attributes:
        value: A text, a list of items, items by key, or None where nothing stands.
        where: File and line: `runs.yaml:12`.
    """

    value: Any
    where: str

    def refuse(self, words: str) -> UsageError:
        """Return the error that says what is wrong with it, and where it stands."""
        return UsageError(f"{self.where}: {words}")

    def text(self) -> str:
        """Return its text.

        Raises:
            UsageError: It is a list or a mapping, or empty.
        """
        if isinstance(self.value, str) and self.value.strip():
            return self.value
        raise self.refuse("a text is expected here")

    def items(self) -> "list[Item]":
        """Return what it lists; one value is a list of one.

        Raises:
            UsageError: It is a mapping.
        """
        if isinstance(self.value, dict):
            raise self.refuse("a list is expected here: begin each of its lines with `- `")
        return self.value if isinstance(self.value, list) else [self] if self.value else []

    def mapping(self, known: Iterable[str]) -> "Mapping[str, Item]":
        """Return its items by key.

        Args:
            known: The keys that it may have.

        Raises:
            UsageError: It is no mapping, has another key, or a key at which nothing stands.
        """
        if not isinstance(self.value, dict):
            raise self.refuse(f"expected here: `key: value`, with the keys {', '.join(known)}")
        for key, item in self.value.items():
            if key not in known:
                raise item.refuse(f"unknown key {key!r}: known are {', '.join(known)}")
            if item.value is None:
                raise item.refuse(f"nothing stands at {key}: give a value, or leave it out")
        return self.value


def read_document(name: str, content: bytes) -> Item:
    """Read the one document of a file.

    Args:
        name: What the file is called in errors.
        content: UTF-8, or UTF-16 with a byte order mark.

    Raises:
        UsageError: It is no YAML, or says something twice.
    """
    try:
        root = yaml.compose(content, yaml.SafeLoader)
        if root is None:
            raise UsageError(f"{name}: nothing stands in it: give a manifest, as docs/expected-runs.md has it")
        return _Reading(name).item(root)
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        raise UsageError(f"{name}:{mark.line + 1 if mark else 1}: no YAML: {exc.problem or exc.context}") from exc
    except yaml.YAMLError as exc:
        raise UsageError(f"{name}: no text: {str(exc).splitlines()[0]}") from exc
    except RecursionError as exc:
        raise UsageError(f"{name}: nested too deeply") from exc


class _Reading:
    def __init__(self, name: str) -> None:
        self._name = name
        self._done: dict[int, Item | None] = {}  # an alias is the item that it names: one that grows is never built

    def item(self, node: yaml.Node) -> Item:
        where = f"{self._name}:{node.start_mark.line + 1}"
        if id(node) not in self._done:
            self._done[id(node)] = None
            self._done[id(node)] = Item(self._value(node), where)
        if found := self._done[id(node)]:
            return found
        raise UsageError(f"{where}: an alias that holds itself")

    def _value(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return [self.item(each) for each in node.value]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        return None if node.tag == _NULL else node.value

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Item]:
        found: dict[str, Item] = {}
        for key, value in node.value:
            name = self.item(key)
            if name.text() in found:
                raise name.refuse(f"{name.value!r} stands here a second time")
            found[name.text()] = replace(self.item(value), where=name.where)
        return found
