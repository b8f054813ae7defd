"""Records by name: the house's own, written by hand, and those that installed packages declare.

A package declares one by an entry point, as in its `pyproject.toml`:

    [project.entry-points."fairviz.probes"]
    brevity = "my_package.brevity:BREVITY"

It is read when somebody first asks for all records, or for one that the house does not have. What
cannot be read is told by `problems` and takes nothing else with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, TypeVar

from fairviz.core.errors import FairvizError
from fairviz.i18n import _


class Named(Protocol):
    """What a registry holds."""

    @property
    def name(self) -> str: ...


Record = TypeVar("Record", bound=Named)


class Outside(FairvizError):
    """A record of another package that cannot be used."""


class Registry(Mapping[str, Record]):
    """Records by their names, in the order in which pages list them.

    Args:
        group: Of the entry points, such as `fairviz.probes`.
    """

    def __init__(self, group: str, kind: type[Record], own: Iterable[Record]) -> None:
        self.group = group
        self.kind = kind
        self.own: dict[str, Record] = {record.name: record for record in own}
        self._declared: tuple[dict[str, Record], tuple[Outside, ...]] | None = None

    def __getitem__(self, name: str) -> Record:
        return self.own[name] if name in self.own else self._outside()[0][name]

    def __iter__(self) -> Iterator[str]:
        return iter((*self.own, *self._outside()[0]))

    def __len__(self) -> int:
        return len(self.own) + len(self._outside()[0])

    @property
    def problems(self) -> tuple[Outside, ...]:
        """What other packages declare and cannot be used, each with why."""
        return self._outside()[1]

    def _outside(self) -> tuple[dict[str, Record], tuple[Outside, ...]]:
        if self._declared is None:
            found: dict[str, Record] = {}
            problems: list[Outside] = []
            for point in entry_points(group=self.group):
                try:
                    record = self._loaded(point, {**self.own, **found})
                except Outside as problem:
                    problems.append(problem)
                else:
                    found[record.name] = record
            self._declared = found, tuple(problems)
        return self._declared

    def _loaded(self, point: EntryPoint, taken: Mapping[str, Record]) -> Record:
        package = point.dist.name if point.dist is not None else point.module
        told = {"name": point.name, "package": package}
        try:
            record = point.load()
        except (Exception, SystemExit) as error:  # a stranger's module may fail in any way
            why = f"{type(error).__name__}: {error}"
            raise Outside(
                _("{name} of the package {package} cannot be loaded ({why}).", **told, why=why),
                fix=_("Mend {place}, or uninstall the package.", place=point.value),
            ) from error
        if not isinstance(record, self.kind):
            raise Outside(
                _(
                    "{name} of the package {package} is no {kind} but a {found}.",
                    **told,
                    kind=self.kind.__name__,
                    found=type(record).__name__,
                ),
                fix=_("Let the entry point name the record itself, as in my_package:RECORD."),
            )
        if record.name in taken:
            raise Outside(
                _(
                    "{name} of the package {package} is called '{taken}', as another is already.",
                    **told,
                    taken=record.name,
                ),
                fix=_("Give it a name of its own."),
            )
        return record
