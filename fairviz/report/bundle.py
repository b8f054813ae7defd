"""A report and all runs that it shows as one file: packed, and opened all of it or nothing."""

from __future__ import annotations

import io
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

from fairviz.core.disk import cache_root, flush
from fairviz.core.errors import FairvizError
from fairviz.core.home import SHIPPED
from fairviz.core.stored import keeping
from fairviz.i18n import _
from fairviz.report import runs
from fairviz.report.checks import NAME, File, Manifest, loadable, whole
from fairviz.report.record import Part, Report
from fairviz.report.shelf import Reports
from fairviz.report.zip_reading import MOST_BYTES, MOST_FILES, BadBundle, content

SUFFIX = ".fairviz.zip"


class Packed(NamedTuple):
    """A bundle, and the parts whose runs are not here, so that it lacks them."""

    content: bytes
    missing: tuple[Part, ...]


def pack(report: Report, on_part: Callable[[int, int], None] = lambda done, of: None) -> Packed:
    """The bundle of a report.

    Raises:
        BadBundle: If it would be larger than what is opened again.
    """
    files = {f"reports/{report.name}/report.json": report.text().encode()}
    missing = []
    for number, part in enumerate(report.parts, 1):
        if part.kind in runs.PLACES and not _take(part, files):
            missing.append(part)
        if sum(map(len, files.values())) > MOST_BYTES or len(files) > MOST_FILES:
            raise BadBundle(
                _(
                    "The runs of this report take more than {most:,} MB or {files:,} files.",
                    most=MOST_BYTES >> 20,
                    files=MOST_FILES,
                ),
                fix=_("Make several smaller reports of it."),
            )
        on_part(number, len(report.parts))
    listed = {name: File(sha256(one).hexdigest(), len(one)) for name, one in files.items()}
    files[NAME] = Manifest(report.name, listed).text().encode()
    return Packed(_zipped(files), tuple(missing))


def _take(part: Part, files: dict[str, bytes]) -> bool:
    """Put the files of a part's run with the others; False if it is not here."""
    try:
        answer = runs.load(part)
        if answer is None:
            return False
        found = {
            f"{place}/{name}": path.read_bytes()
            for place, folder in runs.folders(part, answer)
            for name, path in runs.files(part.kind, folder).items()
        }
    except (OSError, FairvizError):
        return False
    files.update(found)
    return bool(found)


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as bundle:
        for name in sorted(files, key=lambda name: (name != NAME, name)):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            bundle.writestr(entry, files[name])
    return out.getvalue()


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
    names = ("reports", *(kind.folder for kind in runs.PLACES.values()))
    shelves = [path for name in names if not (path := root / name).exists()]
    reports = Reports(root)
    try:
        for kind, key in listed.runs:
            place = f"{runs.PLACES[kind].folder}/{key}"
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
