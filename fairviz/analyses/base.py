"""What a kind of run is: how it is measured, kept and presented, each a module of its package."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from fairviz.analyses.presentation import Option, Presentation
from fairviz.core import stored
from fairviz.core.documents import Documented
from fairviz.core.specs import ModelSpec

if TYPE_CHECKING:
    from fairviz.analyses.estimates import Brief

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


def models_of(request: Request) -> tuple[ModelSpec, ModelSpec]:
    """The two models that are loaded for a request; one twice where only one is read."""
    found: tuple[ModelSpec, ModelSpec] = getattr(
        request, "models", (request.baseline, request.compressed)
    )
    return found


def together(request: Request) -> bool:
    """Whether both models of a request must be in memory at once, since they write together."""
    return bool(getattr(request, "together", False))


class Here(NamedTuple):
    """The models of a request that are loaded here: a Request, as far as loading goes."""

    baseline: ModelSpec
    compressed: ModelSpec

    def document(self) -> Mapping[str, Any]:
        """Nothing is kept of it."""
        return {}


def here(request: Request) -> Request | None:
    """What is loaded for a request: one model beside one behind a server, none for two of those."""
    specs = [spec for spec in (request.baseline, request.compressed) if not spec.served]
    if len(specs) == 2:
        return request
    return Here(specs[0], specs[0]) if specs else None


class Stored(NamedTuple):
    """One stored run, as a list shows it."""

    key: str  # its folder's name
    request: Any  # what was asked
    date: str  # when it was answered, ISO 8601 in UTC; empty where nobody wrote it down
    facts: Mapping[str, Any] = MappingProxyType({})  # what else a list says of it, such as its rows


def header(schema: int, found: Any, **said: Any) -> dict[str, Any]:
    """The JSON document of a run: of which schema it is, when it was, what was asked, what else is
    `said`, and to what it is owed."""
    known = dict(found.provenance)
    asked = {"date": known.get("date", ""), "asked": found.request.document()}
    return {"schema": schema, **asked, **said, "provenance": known}


def head(
    file: str, request: type[Documented], *schemas: int, asked: str = "asked", fact: str = ""
) -> Callable[[Path], Stored]:
    """Reads what a list shows of a run out of its JSON file.

    Args:
        schemas: Of the file, those that are read.
        asked: Under which name the request stands there.
        fact: What else of the file a list shows.
    """

    def read(folder: Path) -> Stored:
        said = stored.document(folder / file, *schemas)
        date = said["date"] if "date" in said else said["provenance"].get("date", "")
        facts = {fact: said[fact]} if fact else {}
        return Stored(folder.name, request.from_document(said[asked]), str(date), facts)

    return read


@dataclass(frozen=True)
class Codec(Generic[R]):
    """One kind of run as a folder."""

    folder: str  # where the runs of this kind lie in a cache
    schema: int  # of what is written, and part of a run's key
    result: type[R]  # the class of what `read` gives
    needed: str  # the file without which there is no run
    files: re.Pattern[str]  # matches the whole path of each file of a run that a bundle takes along
    write: Callable[[Path, R], None]  # writes a result into an empty folder
    read: Callable[[Path], R]  # the result in a folder; whatever is not what was written raises
    head: Callable[[Path], Stored]  # what a list shows of it, without reading the whole
    run: re.Pattern[str] = HASH  # matches the whole name of a run's folder
    aside: bool = False  # whether a damaged run is moved to `damaged/`; else it stays where it is
    # Opens a run's folder that is filled batch by batch; None where a run is written whole.
    begin: Callable[[Path, Any], Any] | None = None


@dataclass(frozen=True)
class Analysis:
    """One kind of run; its package is `fairviz.analyses.<kind>`."""

    kind: str  # as keys, reports and addresses call it
    title: str  # what a reader calls it, marked `N_`
    page: str  # the page that shows it
    parameter: str  # holds a run's key in that page's address
    again: str  # how a run that is not here is made again, marked `N_`
    hashed: bool = True  # whether a run is kept under the hash of its request
    servers: bool = False  # whether one of the models, or both, may be behind a server

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
            options: Values of some of its `options`; the others have their defaults.
            audience: `page`, `report`, `slide` or `text`.
        """
        shown: Presentation = self._module("present").present(result, options or {}, audience)
        return shown

    def brief(self, result: Any, given: Mapping[str, Any] = MappingProxyType({})) -> Brief:
        """Its numbers where several forms stand in one table, in the current language."""
        found: Brief = self._module("present").brief(result, given)
        return found

    def label(self, request: Any, facts: Mapping[str, Any] = MappingProxyType({})) -> str:
        """One line for a list of runs: what was asked of which two models, as plain text."""
        return str(self._module("request").label(request, facts))

    def _module(self, name: str) -> Any:
        # What opens without a model opens without what measures or draws it.
        return import_module(f"fairviz.analyses.{self.kind}.{name}")
