"""Whether a bundle is whole and harmless: everything that can be told before it is in the cache."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from fairviz import __version__
from fairviz.core import parquet_file
from fairviz.core.declared import declared
from fairviz.core.errors import FairvizError, Unreadable
from fairviz.core.json_file import half
from fairviz.core.stored import Newer
from fairviz.i18n import _
from fairviz.report import runs, shelf
from fairviz.report.record import BadReport, Part, Report, checked
from fairviz.report.zip_reading import BadBundle, Entry, content, entries, refused


def _is_date(found: Any) -> bool:
    try:
        datetime.fromisoformat(found)
    except (TypeError, ValueError):
        return False
    return True


_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "none": lambda found: found is None,
    "empty": lambda found: found == "",
    "flag": lambda found: type(found) is bool,
    # From 0, and one that a table can hold.
    "count": lambda found: type(found) is int and 0 <= found < 1 << 63,
    # NaN is what was not measured.
    "number": lambda found: type(found) in (int, float) and not abs(found) > 1e300,
    "text": lambda found: isinstance(found, str),
    "name": lambda found: isinstance(found, str) and len(found) <= 4000,
    "date": _is_date,
    "sha256": lambda found: isinstance(found, str) and bool(re.fullmatch("[0-9a-f]{64}", found)),
}


def misshapen(found: Any, name: str) -> str:
    """Where a document is not what fairviz writes into files of this name; empty where it is."""
    files = declared(__file__)["files"]
    return _wrong(found, files[name], name) if name in files else ""


def _wrong(found: Any, shape: Any, at: str) -> str:
    """The first place that does not fit."""
    if isinstance(shape, str):
        if "|" in shape:
            return at if all(_wrong(found, one, at) for one in shape.split("|")) else ""
        if shape in _KINDS:
            return "" if _KINDS[shape](found) else at
        return _wrong(found, declared(__file__)["parts"][shape], at)
    if isinstance(shape, tuple):
        if not isinstance(found, list):
            return at
        places = (_wrong(one, shape[0], f"{at}[{place}]") for place, one in enumerate(found))
        return next(filter(None, places), "")
    if not isinstance(found, dict):
        return at
    for key, one in shape.items():
        name = key.removesuffix("?")
        if key != "*" and name not in found:
            if name == key:
                return f"{at}.{name}"
            continue
        for value in found.values() if key == "*" else (found[name],):
            if wrong := _wrong(value, one, f"{at}.{name}"):
                return wrong
    return ""


SCHEMA = 1
NAME = "manifest.json"
_MOST_JSON = 64 << 20


class File(NamedTuple):
    """Of one file, what must be found in it."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself: the name of its report, and path -> what its file must be."""

    report: str
    files: Mapping[str, File]

    def text(self) -> str:
        """As it stands in the bundle."""
        files = {
            name: {"sha256": one.sha256, "bytes": one.size} for name, one in self.files.items()
        }
        said = {
            "schema": SCHEMA,
            "fairviz": __version__,
            "report": self.report,
            "files": dict(sorted(files.items())),
        }
        return json.dumps(said, ensure_ascii=False, indent=1) + "\n"

    @property
    def runs(self) -> list[tuple[str, str]]:
        """Kind and key of every run, in the order of their paths."""
        kinds = {kind.folder: name for name, kind in runs.PLACES.items()}
        places = [name.split("/")[:2] for name in sorted(self.files)]
        return list(dict.fromkeys((kinds[top], key) for top, key in places if top in kinds))


def whole(
    stream: BinaryIO, on_bytes: Callable[[int, int], None]
) -> tuple[Manifest, dict[str, Entry]]:
    """Read a bundle from end to end without writing anything.

    Returns:
        What it says of itself, and where its files stand in it.

    Raises:
        BadBundle: If anything in it is not as fairviz writes it.
    """
    found = entries(stream)
    if NAME not in found:
        raise BadBundle(
            _("The zip file has no manifest, so it is no bundle of fairviz."),
            fix=_("Choose a file that fairviz wrote with “Download bundle”."),
        )
    _not_too_long(found[NAME])
    listed = _manifest(b"".join(content(stream, found[NAME])), found)
    total = sum(one.size for one in listed.files.values())
    done = 0
    for name, wanted in listed.files.items():
        made, kept = sha256(), []
        for piece in content(stream, found[name]):
            made.update(piece)
            if not name.endswith(".parquet"):
                kept.append(piece)
                _not_too_long(found[name])
            done += len(piece)
            on_bytes(done, total)
        if made.hexdigest() != wanted.sha256:
            raise refused(_("{name} is not what was put into the bundle.", name=name))
        _words(name, b"".join(kept))
    return listed, found


def _not_too_long(entry: Entry) -> None:
    if entry.size > _MOST_JSON:
        raise refused(
            _("{name} would take more than {most:,} MB.", name=entry.name, most=_MOST_JSON >> 20)
        )


def _manifest(text: bytes, entries: Mapping[str, Entry]) -> Manifest:
    """The manifest of a bundle whose directory lists these entries."""
    said = _document(text, NAME)
    schema = said.get("schema") if isinstance(said, dict) else None
    if type(schema) is int and schema > SCHEMA:
        raise BadBundle(
            _(
                "The bundle has schema {schema}, this fairviz reads up to {mine}.",
                schema=str(schema),
                mine=str(SCHEMA),
            ),
            fix=_("Open it with a newer fairviz."),
        )
    try:
        if not schema or misshapen(said, NAME):
            raise ValueError("no manifest")
        name = checked(said["report"])
    except (ValueError, BadReport) as error:
        raise refused(_("The manifest of the bundle cannot be read.")) from error
    files = {path: File(one["sha256"], one["bytes"]) for path, one in said["files"].items()}
    inside = set(entries) - {NAME}
    for path in sorted(inside - set(files)):
        raise refused(_("The bundle holds {name}, which its manifest does not list.", name=path))
    for path in sorted(set(files) - inside):
        raise refused(_("The bundle lacks {name}, which its manifest lists.", name=path))
    for path, one in files.items():
        if not _known(path, name):
            raise refused(_("The bundle holds {name}, which is no file of fairviz.", name=path))
        if one.size != entries[path].size:
            raise refused(_("{name} is not what was put into the bundle.", name=path))
    if f"reports/{name}/report.json" not in files:
        raise refused(_("There is no report in the bundle."))
    return Manifest(name, files)


def _known(path: str, report: str) -> bool:
    folder, _rest, rest = path.partition("/")
    key, _rest, file = rest.partition("/")
    if folder == "reports":
        return rest == f"{report}/report.json"
    return any(
        kind.folder == folder and kind.run.fullmatch(key) and kind.files.fullmatch(file)
        for kind in runs.PLACES.values()
    )


def _words(name: str, text: bytes) -> None:
    """Refuse text that is no JSON; of a log a line may be torn, as where the power failed."""
    if name.endswith(".json"):
        said = _document(text, name)
        if wrong := misshapen(said, name.rpartition("/")[2]):
            raise refused(_("{name} is not as fairviz writes it: {place}.", name=name, place=wrong))
    elif name.endswith(".jsonl"):
        for line in text.splitlines():
            _document(line, name, torn=True)


def _document(text: bytes, name: str, *, torn: bool = False) -> Any:
    """A JSON document of a stranger; None for one that is torn, where it may be.

    Half a character in it is refused: no file and no page can hold it, so that all that list it
    would fail.
    """
    try:
        said = json.loads(text if torn else text.decode())
    except RecursionError:
        raise refused(_("{name} in the bundle is nested too deep.", name=name)) from None
    except ValueError as error:
        if torn:
            return None
        raise refused(
            _("{name} in the bundle is no JSON ({error}).", name=name, error=error)
        ) from error
    if half(said):
        raise refused(_("{name} in the bundle holds half a character.", name=name))
    return said


def loadable(folder: Path, listed: Manifest) -> Report:
    """Load everything of an unpacked bundle with the shelves that will hold it.

    Returns:
        Its report.

    Raises:
        BadBundle: If a run or the report cannot be loaded or shown, or a run is none of the
            report's.
    """
    tables = [name for name in sorted(listed.files) if name.endswith(".parquet")]
    try:
        # Some tables end whoever reads them, and some do not fit into memory.
        parquet_file.try_apart(*(folder / name for name in tables), name=_("A table of the bundle"))
        for name in tables:
            parquet_file.table(folder / name, name, tried=True)
    except Unreadable as error:
        raise refused(error.message) from error
    try:
        report = shelf.read(folder / "reports" / listed.report)
    except (OSError, ValueError, RecursionError, FairvizError) as error:
        raise refused(_("The report in the bundle cannot be read ({why}).", why=error)) from error
    kinds = {part.kind for part in report.parts}
    for kind, key in listed.runs:
        place = f"{runs.PLACES[kind].folder}/{key}"
        if not report.has(kind, key) and not (kind == "tables" and "tables" in kinds):
            raise refused(_("The bundle holds {name}, which its report does not show.", name=place))
        try:
            run = runs.stored(kind, key, folder)
        except Newer as error:
            raise refused(error.message) from error
        except Exception as error:  # a stranger's file may break a shelf in any way
            raise refused(
                _("{name} cannot be read ({why}).", name=place, why=type(error).__name__)
            ) from error
        if run is None:
            raise refused(_("{name} cannot be read as what it should be.", name=place))
        try:
            if kind != "tables":  # a source; its views were asked for by their addresses
                runs.drawn(run, Part(kind, key))
        except Exception as error:  # a page that opens it would fail too
            raise refused(
                _("{name} cannot be shown ({why}).", name=place, why=type(error).__name__)
            ) from error
    return report
