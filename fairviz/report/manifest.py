"""What a bundle says of itself: which report, which files, how long, with which hash."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from fairviz import __version__
from fairviz.i18n import _
from fairviz.report.record import BadReport, checked
from fairviz.report.runs import KINDS
from fairviz.report.zip_reading import BadBundle, Entry, refused

SCHEMA = 1
NAME = "manifest.json"
MOST_JSON = 64 << 20
_HASH = re.compile(r"[0-9a-f]{64}")


class File(NamedTuple):
    """Of one file, what must be found in it."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """The files of a bundle.

    Attributes:
        report: Name of the report.
        files: Path -> what it must be.
    """

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
        kinds = {kind.folder: name for name, kind in KINDS.items()}
        found: dict[tuple[str, str], None] = {}
        for name in sorted(self.files):
            folder, key, *_rest = name.split("/")
            if folder in kinds:
                found[kinds[folder], key] = None
        return list(found)


def read(content: bytes, entries: Mapping[str, Entry]) -> Manifest:
    """The manifest of a bundle whose directory lists these entries.

    Raises:
        BadBundle: If it is of a newer schema, cannot be read, or lists other files.
    """
    said = document(content, NAME)
    schema = said.get("schema") if isinstance(said, dict) else None
    if type(schema) is not int or schema < 1:
        raise refused(_("The manifest of the bundle cannot be read."))
    if schema > SCHEMA:
        raise BadBundle(
            _(
                "The bundle has schema {schema}, this fairviz reads up to {mine}.",
                schema=str(schema),
                mine=str(SCHEMA),
            ),
            fix=_("Open it with a newer fairviz."),
        )
    try:
        name = checked(said["report"])
        files = {
            path: File(_hash(one["sha256"]), _size(one["bytes"]))
            for path, one in said["files"].items()
        }
    except (KeyError, TypeError, AttributeError, ValueError, BadReport) as error:
        raise refused(_("The manifest of the bundle cannot be read.")) from error
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


def document(content: bytes, name: str) -> Any:
    """A JSON document of a stranger.

    Raises:
        BadBundle: If it is none, nested too deep, or holds half a character.
    """
    try:
        said = json.loads(content.decode())
    except RecursionError:
        raise refused(_("{name} in the bundle is nested too deep.", name=name)) from None
    except ValueError as error:
        raise refused(
            _("{name} in the bundle is no JSON ({error}).", name=name, error=error)
        ) from (error)
    writable(said, name)
    return said


def writable(said: Any, name: str) -> None:
    """Refuse half a character: no file and no page can hold it, so that all that list it fail.

    Raises:
        BadBundle: If there is one in it.
    """
    try:
        json.dumps(said, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise refused(_("{name} in the bundle holds half a character.", name=name)) from None


def _known(path: str, report: str) -> bool:
    folder, _rest, rest = path.partition("/")
    key, _rest, file = rest.partition("/")
    if folder == "reports":
        return rest == f"{report}/report.json"
    return any(
        kind.folder == folder and kind.run.fullmatch(key) and kind.files.fullmatch(file)
        for kind in KINDS.values()
    )


def _hash(said: object) -> str:
    if not isinstance(said, str) or not _HASH.fullmatch(said):
        raise ValueError(said)
    return said


def _size(said: object) -> int:
    if type(said) is not int or said < 0:
        raise ValueError(said)
    return said
