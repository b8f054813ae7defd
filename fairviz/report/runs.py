"""Where each kind of run lies in a cache folder, which files are its own, how it is loaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from fairviz.analyses.registry import ANALYSES, HASHED
from fairviz.analyses.store import Store
from fairviz.core.disk import cache_root
from fairviz.report.record import Part


class Kind(NamedTuple):
    """One kind of run on disk.

    Attributes:
        folder: The shelf's folder in the cache.
        run: Matches the whole name of a run's folder.
        files: Matches the whole path of each file of a run that a bundle takes along.
        needed: The file without which there is no run.
        load: Root of a cache and key -> the run; None if it is not there or is damaged.
    """

    folder: str
    run: re.Pattern[str]
    files: re.Pattern[str]
    needed: str
    load: Callable[[Path, str], object | None]


def _of_store(kind: str) -> Kind:
    codec = ANALYSES[kind].codec

    def load(root: Path, key: str) -> object | None:
        found: object | None = Store(root).load(kind, key)
        return found

    return Kind(codec.folder, codec.run, codec.files, codec.needed, load)


def _source(root: Path, key: str) -> object | None:
    from fairviz.benchmarks.store import source_in

    return source_in(root / "benchmarks" / key)


KINDS = {
    **{kind: _of_store(kind) for kind in (*HASHED, "review")},
    # The sources that a table view reads from.
    "tables": Kind(
        "benchmarks",
        re.compile(r"\w[\w-]{0,127}"),
        re.compile(r"source\.json|(?:canonical|items)\.parquet"),
        "source.json",
        _source,
    ),
}


def load(part: Part) -> object | None:
    """What a part shows, from the cache; None where it is not there or is damaged.

    Raises:
        FairvizError: If it is a table view of what the tables do not have.
    """
    if part.kind == "tables":
        from fairviz.analyses.tables.view import view

        return view(part.key)
    return KINDS[part.kind].load(cache_root(), part.key) if part.kind in KINDS else None


def kind_of(key: str) -> str:
    """The shelf that has a run of this key; empty where none has."""
    return Store().kind_of(key)


def folders(part: Part, answer: object) -> Iterator[tuple[str, Path]]:
    """Every folder that a part's answer is read from, with its place in a cache."""
    from fairviz.analyses.tables.view import TableView

    kind = KINDS[part.kind]
    if isinstance(answer, TableView):
        from fairviz.benchmarks import store

        known = {source.name: folder for source, folder in store.sources()}
        for name in answer.sources:
            if kind.run.fullmatch(name):
                yield f"{kind.folder}/{name}", known[name]
        return
    yield f"{kind.folder}/{part.key}", cache_root() / kind.folder / part.key


def files(kind: str, folder: Path) -> dict[str, Path]:
    """The files of a run that a bundle takes along, by their path in its folder."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    wanted = KINDS[kind].files
    return {name: path for name, path in found.items() if wanted.fullmatch(name) and path.is_file()}
