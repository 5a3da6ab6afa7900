"""A few named values that are passed on together."""

from typing import Any, Self, dataclass_transform

__all__ = ["Values"]


@dataclass_transform()
class Values:
    """What a NamedTuple is without the tuple: each of those costs a program 0.2 ms when it starts, one of these 0.03.

    A value that is not given is the class's own.
    """

    def __init__(self, *values: Any, **named: Any) -> None:
        named.update(zip(self.__annotations__, values))  # noqa: B905  # an error's own cost: strict= doubles it
        self.__dict__ = named

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and all(
            getattr(self, name) == getattr(other, name) for name in type(self).__annotations__
        )

    __hash__ = None  # type: ignore[assignment]  # they may hold a mapping

    def but(self, **changed: Any) -> Self:
        """Return the same with some values changed."""
        return type(self)(**{**vars(self), **changed})
