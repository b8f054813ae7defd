"""Whether a bundle is whole and harmless: everything that can be told before a byte is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from fairviz.core.errors import FairvizError
from fairviz.core.stored import Newer
from fairviz.i18n import _
from fairviz.report import manifest, parquet_check, resolve, shapes, shelf
from fairviz.report.manifest import MOST_JSON, NAME, Manifest
from fairviz.report.record import Part, Report
from fairviz.report.runs import KINDS
from fairviz.report.zip_reading import BadBundle, Entry, content, entries, refused

__all__ = ["BadBundle", "loadable", "whole"]


def whole(
    stream: BinaryIO, on_bytes: Callable[[int, int], None] | None = None
) -> tuple[Manifest, dict[str, Entry]]:
    """Read a bundle from end to end without writing anything.

    Args:
        stream: The file.
        on_bytes: Told how many unpacked bytes are read, of how many.

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
    listed = manifest.read(_short(stream, found[NAME]), found)
    total = sum(one.size for one in listed.files.values())
    done = 0
    for name, wanted in listed.files.items():
        made, kept = sha256(), []
        for piece in content(stream, found[name]):
            made.update(piece)
            if not name.endswith(".parquet"):
                kept.append(piece)
                _not_too_long(name, found[name])
            done += len(piece)
            if on_bytes is not None:
                on_bytes(done, total)
        if made.hexdigest() != wanted.sha256:
            raise refused(_("{name} is not what was put into the bundle.", name=name))
        _words(name, b"".join(kept))
    return listed, found


def loadable(folder: Path, listed: Manifest) -> Report:
    """Load everything of an unpacked bundle with the shelves that will hold it.

    Args:
        folder: Where it was unpacked.
        listed: What the bundle says of itself.

    Returns:
        Its report.

    Raises:
        BadBundle: If a run or the report cannot be loaded, or a run is none of the report's.
    """
    tables = [name for name in sorted(listed.files) if name.endswith(".parquet")]
    parquet_check.survived([folder / name for name in tables])
    for name in tables:
        parquet_check.fits(folder / name, name)
    try:
        report = shelf.read(folder / "reports" / listed.report)
    except (OSError, ValueError, RecursionError, FairvizError) as error:
        raise refused(_("The report in the bundle cannot be read ({why}).", why=error)) from error
    kinds = {part.kind for part in report.parts}
    for kind, key in listed.runs:
        place = f"{KINDS[kind].folder}/{key}"
        if not report.has(kind, key) and not (kind == "tables" and "tables" in kinds):
            raise refused(_("The bundle holds {name}, which its report does not show.", name=place))
        try:
            run = KINDS[kind].load(folder, key)
        except Newer as error:
            raise refused(error.message) from error
        except Exception as error:  # a stranger's file may break a shelf in any way
            raise refused(
                _("{name} cannot be read ({why}).", name=place, why=type(error).__name__)
            ) from error
        if run is None:
            raise refused(_("{name} cannot be read as what it should be.", name=place))
        _drawable(run, Part(kind, key), place)
    return report


def _drawable(run: object, part: Part, place: str) -> None:
    """Refuse a run that no report could show: a page that opens it would fail too."""
    if part.kind == "tables":  # a source; its views were asked for by their addresses
        return
    try:
        resolve.drawn(run, part)
    except Exception as error:  # as above
        raise refused(
            _("{name} cannot be shown ({why}).", name=place, why=type(error).__name__)
        ) from error


def _short(stream: BinaryIO, entry: Entry) -> bytes:
    _not_too_long(entry.name, entry)
    return b"".join(content(stream, entry))


def _not_too_long(name: str, entry: Entry) -> None:
    if entry.size > MOST_JSON:
        raise refused(
            _("{name} would take more than {most:,} MB.", name=name, most=MOST_JSON >> 20)
        )


def _words(name: str, text: bytes) -> None:
    """Refuse text that is no JSON; of a log a line may be torn, as where the power failed."""
    if name.endswith(".json"):
        said = manifest.document(text, name)
        if wrong := shapes.misshapen(said, name.rpartition("/")[2]):
            raise refused(_("{name} is not as fairviz writes it: {place}.", name=name, place=wrong))
    elif name.endswith(".jsonl"):
        for line in text.splitlines():
            try:
                said = json.loads(line)
            except RecursionError:
                raise refused(_("{name} in the bundle is nested too deep.", name=name)) from None
            except ValueError:
                continue
            manifest.writable(said, name)
