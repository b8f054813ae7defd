"""What a kind of run is: how it is measured, kept and presented, each a module of its package."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from fairviz.analyses.option import Option
from fairviz.analyses.presentation import Presentation
from fairviz.core.specs import ModelSpec

R = TypeVar("R")
# The name of a run whose key is a hash of its request.
HASH = re.compile(r"[A-Za-z0-9]{1,128}")


class Request(Protocol):
    """What was asked: frozen and hashable, it names models, items and settings."""

    @property
    def baseline(self) -> ModelSpec:
        """One model."""

    @property
    def compressed(self) -> ModelSpec:
        """The other."""

    def document(self) -> Mapping[str, Any]:
        """Plain JSON values; equal requests have equal ones, and the key is their hash."""


class Stored(NamedTuple):
    """One stored run, as a list shows it.

    Attributes:
        key: Its folder's name.
        request: What was asked.
        date: When it was answered, ISO 8601 in UTC; empty where nobody wrote it down.
        facts: What else a list says of it, such as its rows.
    """

    key: str
    request: Any
    date: str
    facts: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Codec(Generic[R]):
    """One kind of run as a folder.

    Attributes:
        folder: Where the runs of this kind lie in a cache.
        schema: Of what is written, and part of a run's key.
        result: The class of what `read` gives.
        needed: The file without which there is no run.
        files: Matches the whole path of each file of a run that a bundle takes along.
        write: Writes a result into an empty folder.
        read: The result in a folder; whatever is not what was written raises.
        head: What a list shows of it, without reading the whole.
        run: Matches the whole name of a run's folder.
        aside: Whether a damaged run is moved to `damaged/`; else it stays where it is.
        begin: Opens a run's folder that is filled batch by batch; None where a run is written
            whole.
    """

    folder: str
    schema: int
    result: type[R]
    needed: str
    files: re.Pattern[str]
    write: Callable[[Path, R], None]
    read: Callable[[Path], R]
    head: Callable[[Path], Stored]
    run: re.Pattern[str] = HASH
    aside: bool = False
    begin: Callable[[Path, Any], Any] | None = None


@dataclass(frozen=True)
class Analysis:
    """One kind of run; its package is `fairviz.analyses.<kind>`.

    Attributes:
        kind: As keys, reports and addresses call it.
        title: What a reader calls it, marked `N_`.
        page: The page that shows it.
        parameter: Holds a run's key in that page's address.
        again: How a run that is not here is made again, marked `N_`.
        hashed: Whether a run is kept under the hash of its request.
    """

    kind: str
    title: str
    page: str
    parameter: str
    again: str
    hashed: bool = True

    @property
    def codec(self) -> Codec[Any]:
        """How a run lies on disk."""
        codec: Codec[Any] = self._module("codec").CODEC
        return codec

    def options(self, result: Any) -> tuple[Option, ...]:
        """What a reader may change of how a result is shown."""
        options: tuple[Option, ...] = self._module("present").options(result)
        return options

    def present(
        self, result: Any, options: Mapping[str, Any] | None = None, audience: str = "report"
    ) -> Presentation:
        """What a reader is shown of a result, in the current language.

        Args:
            result: As `codec.read` gives it.
            options: Values of some of its `options`; the others have their defaults.
            audience: `page`, `report`, `slide` or `text`.
        """
        shown = self._module("present").present(result, options or {}, audience)
        if not isinstance(shown, Presentation):
            raise TypeError(f"{self.kind} presents a {type(shown).__name__}")
        return shown

    def label(self, request: Any, facts: Mapping[str, Any] = MappingProxyType({})) -> str:
        """One line for a list of runs: what was asked of which two models, as plain text."""
        return str(self._module("request").label(request, facts))

    def _module(self, name: str) -> Any:
        # What opens without a model opens without what measures or draws it.
        return import_module(f"fairviz.analyses.{self.kind}.{name}")
