"""A bundle opened into a cache folder: all of it or nothing, and nothing overwritten."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from fairviz.core.disk import SHIPPED, cache_root, flush
from fairviz.core.stored import keeping
from fairviz.report import runs
from fairviz.report.checks import Manifest, loadable, whole
from fairviz.report.record import Report
from fairviz.report.shelf import Reports
from fairviz.report.zip_reading import content

_A_DAY = 86_400  # seconds


@dataclass(frozen=True)
class Opened:
    """A bundle in the cache."""

    report: Report  # as it is called here
    placed: tuple[str, ...]  # runs that were not here before, as places in the cache
    kept: tuple[str, ...]  # runs that were here already, the same
    # Runs that were here already with other content; these stay and are what is shown.
    other: tuple[str, ...]
    renamed: bool  # whether another report had its name


def unpack(
    stream: BinaryIO,
    root: Path | None = None,
    on_bytes: Callable[[int, int], None] = lambda done, of: None,
) -> Opened:
    """Open a bundle.

    Raises:
        BadBundle: If it is damaged or could do harm; the cache is as it was.
        CannotKeep: If the cache cannot be written; it is as it was.
    """
    root = root or cache_root()
    listed, found = whole(stream, lambda done, of: on_bytes(done, 2 * of))
    total = sum(one.size for one in listed.files.values())
    with keeping(root), _made(root), _apart(root) as folder:
        done = 0
        for name in listed.files:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                done += sum(file.write(piece) for piece in content(stream, found[name]))
            flush(path)
            on_bytes(total + done, 2 * total)
        return _place(folder, root, listed, loadable(folder, listed))


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """The cache folder is there; if the block fails, it is gone again where it was not."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for one in missing:
            if one.is_dir() and not any(one.iterdir()):
                one.rmdir()
        raise


@contextmanager
def _apart(root: Path) -> Iterator[Path]:
    """A folder to unpack into, on the same disk as the shelves; it is gone afterwards."""
    for left in root.glob(".opening.*"):
        # Of a process that was ended; its bundle is still where it came from.
        if time.time() - left.stat().st_mtime > _A_DAY:
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=".opening.", dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _place(folder: Path, root: Path, listed: Manifest, report: Report) -> Opened:
    """Give every run its name, the report last; if one fails, those before it go again."""
    ways: dict[str, list[str]] = {"placed": [], "kept": [], "other": []}
    new: list[Path] = []
    names = ("reports", *(kind.folder for kind in runs.KINDS.values()))
    shelves = [path for name in names if not (path := root / name).exists()]
    reports = Reports(root)
    try:
        for kind, key in listed.runs:
            place = f"{runs.KINDS[kind].folder}/{key}"
            # A source may be one that fairviz ships.
            tops = (root, SHIPPED) if kind == "tables" else (root,)
            here = next((top / place for top in tops if (top / place).exists()), None)
            if here is None:
                _move(folder / place, root / place, new)
                ways["placed"].append(place)
            else:
                same = _same(runs.files(kind, folder / place), runs.files(kind, here))
                ways["kept" if same else "other"].append(place)
        before = reports.load(report.name)
        named = report
        if before != report:
            named = replace(report, name=reports.free(report.name))
            written = folder / "reports" / report.name / "report.json"
            written.write_text(named.text(), encoding="utf-8")
            flush(written)
            _move(written.parent, root / "reports" / named.name, new)
    except BaseException:
        for path in reversed(new):
            shutil.rmtree(path, ignore_errors=True)
        for shelf in shelves:
            # Somebody else may have put a run there since.
            with suppress(OSError):
                shelf.rmdir()
        raise
    found = {way: tuple(places) for way, places in ways.items()}
    return Opened(named, **found, renamed=named.name != report.name)


def _same(theirs: dict[str, Path], mine: dict[str, Path]) -> bool:
    return theirs.keys() == mine.keys() and all(
        path.read_bytes() == mine[name].read_bytes() for name, path in theirs.items()
    )


def _move(folder: Path, target: Path, new: list[Path]) -> None:
    """Rename a folder to its place, which is then told in `new`."""
    target.parent.mkdir(exist_ok=True)
    flush(folder)
    folder.rename(target)
    new.append(target)
    flush(target.parent)
