"""Reports on disk: `reports/<name>/report.json`, written whole or not at all."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from fairviz.disk import cache_root, replacing
from fairviz.errors import FairvizError
from fairviz.language import tr
from fairviz.report.record import BadReport, NewerReport, Report, checked, named

_DAMAGE = (OSError, ValueError, RecursionError, FairvizError)
_log = logging.getLogger(__name__)
# Two pages of one server may change a report at once; each change is read, made and written alone,
# and nobody looks while the folder of the old one makes room for the new one.
_one_at_a_time = threading.RLock()


class CannotKeep(FairvizError):
    """The cache folder does not take a report."""


class Reports:
    """The reports under a cache folder.

    Args:
        root: The cache folder; by default `FAIRVIZ_CACHE`, else `cache/` of the project.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.folder = (root or cache_root()) / "reports"

    def save(self, report: Report) -> None:
        """Keep a report; the one that is there under its name is replaced.

        Raises:
            CannotKeep: If it cannot be written; what was there stays.
        """
        folder = self.folder / checked(report.name)
        try:
            with _one_at_a_time, replacing(folder) as writing:
                text = json.dumps(report.document(), ensure_ascii=False, indent=1)
                (writing / "report.json").write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise CannotKeep(
                tr("{folder} cannot be written ({why}).", folder=folder, why=error.strerror),
                fix=tr("Free some space, or name another cache folder in FAIRVIZ_CACHE."),
            ) from error

    def load(self, name: str) -> Report | None:
        """A report; None if there is none, or it is damaged and was set aside.

        A damaged report is moved to `reports/damaged/`, where `damaged` lists it.
        """
        try:
            folder = self.folder / checked(name)
        except BadReport:
            return None
        with _one_at_a_time:
            return self._load(folder)

    def _load(self, folder: Path) -> Report | None:
        if not folder.is_dir():
            return None
        try:
            return read(folder)
        except NewerReport:
            return None
        except _DAMAGE as error:
            if folder.is_dir():  # else another process replaced or removed it meanwhile
                self._set_aside(folder, error)
            return None

    def all(self) -> list[Report]:
        """Every report, the one last changed first; damaged ones are set aside on the way."""
        with _one_at_a_time:
            return self._all()

    def _all(self) -> list[Report]:
        try:
            folders = [path for path in self.folder.iterdir() if path.is_dir()]
        except OSError:
            return []
        folders.sort(key=_changed, reverse=True)
        found = (self.load(path.name) for path in folders)
        return [report for report in found if report is not None]

    def begin(self, title: str, language: str = "en") -> Report:
        """A new, empty report under a name that is free.

        Raises:
            CannotKeep: If it cannot be written.
        """
        with _one_at_a_time:
            report = Report(self.free(named(title)), title, language)
            self.save(report)
        return report

    def free(self, name: str) -> str:
        """`name`, or with the first number behind it that makes a name no report has."""
        number, found = 2, name
        while (self.folder / found).exists():
            found, number = f"{name}-{number}", number + 1
        return found

    def change(self, name: str, how: Callable[[Report], Report]) -> Report:
        """Change a report as it lies on disk now.

        Raises:
            BadReport: If there is none of this name any more.
            CannotKeep: If it cannot be written; it stays as it was.
        """
        with _one_at_a_time:
            before = self.load(name)
            if before is None:
                raise BadReport(
                    tr("There is no report {name!r} here any more.", name=name),
                    fix=tr("Choose or begin another."),
                )
            after = how(before)
            if after != before:
                self.save(after)
        return after

    def remove(self, name: str) -> None:
        """Forget a report; the runs that it names stay."""
        with _one_at_a_time:
            shutil.rmtree(self.folder / checked(name), ignore_errors=True)

    def damaged(self) -> list[str]:
        """One line for each report that cannot be shown: its name and what is wrong."""
        self.all()  # what is found damaged now is told now
        lines = []
        for path in sorted(self.folder.glob("[!.]*/report.json")):
            try:
                read(path.parent)
            except NewerReport as error:
                lines.append(f"{path.parent.name}: {error}")
            except _DAMAGE:
                continue
        for reason in sorted((self.folder / "damaged").glob("*/reason.txt")):
            try:
                lines.append(f"{reason.parent.name}: {reason.read_text(encoding='utf-8')}")
            except OSError:
                continue
        return lines

    def _set_aside(self, folder: Path, error: Exception) -> None:
        reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        _log.warning("report %s is damaged and set aside: %s", folder.name, reason)
        try:
            aside = self.folder / "damaged"
            aside.mkdir(exist_ok=True)
            place = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=aside))
            folder.rename(place / "report")
            (place / "reason.txt").write_text(reason, encoding="utf-8")
        except OSError as second:
            _log.warning("report %s could not be set aside: %s", folder.name, second)


def _changed(folder: Path) -> float:
    """When; 0 for one that is gone, as another's half-written one may be."""
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def read(folder: Path) -> Report:
    """The report in a folder of that name.

    Raises:
        OSError, ValueError, RecursionError, FairvizError: If it is not what was written.
    """
    report = Report.from_document(json.loads((folder / "report.json").read_text(encoding="utf-8")))
    if report.name != folder.name:
        raise ValueError(f"the report in {folder.name} is called {report.name}")
    return report
