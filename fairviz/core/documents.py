"""What was asked as JSON values and back, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self, get_args, get_origin, get_type_hints


@dataclass(frozen=True)
class Documented:
    """Frozen dataclasses of texts, numbers, tuples and mappings of these, of what is parsed from a
    text (it has `parse`), and of one another."""

    # Names of fields that were not always there: documents leave them out at their defaults, so
    # that those of before, and the keys that are their hashes, stay as they were.
    LATER: ClassVar[tuple[str, ...]] = ()

    def document(self) -> dict[str, Any]:
        """Plain JSON values; equal ones for equals."""
        values = {one: getattr(self, one.name) for one in fields(self)}
        return {
            one.name: _written(value)
            for one, value in values.items()
            if one.name not in self.LATER or value != one.default
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The inverse of `document`.

        Raises:
            KeyError, TypeError, ValueError, FairvizError: If the document lacks or garbles a part.
        """
        kinds, names = get_type_hints(cls), [one.name for one in fields(cls)]
        named = [name for name in names if name in document or name not in cls.LATER]
        return cls(**{name: _read(kinds[name], document[name]) for name in named})


def _written(value: Any) -> Any:
    if isinstance(value, Documented):
        return value.document()
    if isinstance(value, tuple):
        return list(map(_written, value))
    if isinstance(value, Mapping):
        return dict(value)
    return str(value) if hasattr(value, "parse") else value


def _read(kind: Any, value: Any) -> Any:
    inner = get_args(kind)
    if type(None) in inner:
        return None if value is None else _read(inner[0], value)
    if get_origin(kind) is tuple:
        return tuple(_read(inner[0], one) for one in value)
    if hasattr(kind, "parse"):
        return kind.parse(str(value))
    if hasattr(kind, "from_document"):
        return kind.from_document(value)
    # A decimal stays as it was typed: 0 and 0.0 have other hashes.
    return kind(value) if kind in (str, int, bool) else value
