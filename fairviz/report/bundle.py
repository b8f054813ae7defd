"""A report and all runs that it shows as one file, the same bytes every time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from fairviz.core.errors import FairvizError
from fairviz.i18n import _
from fairviz.report import runs
from fairviz.report.checks import NAME, File, Manifest
from fairviz.report.record import Part, Report
from fairviz.report.zip_reading import MOST_BYTES, MOST_FILES, BadBundle

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
        if part.kind in runs.KINDS and not _take(part, files):
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
