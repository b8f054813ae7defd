"""Reports on disk: `reports/<name>/report.json`, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fairviz.core import stored
from fairviz.core.disk import cache_root, remove, replacing
from fairviz.core.errors import FairvizError
from fairviz.i18n import _
from fairviz.report.record import BadReport, NewerReport, Report, checked, named


class Reports:
    """The reports under a cache folder."""

    def __init__(self, root: Path | None = None) -> None:
        self.folder = (root or cache_root()) / "reports"

    def save(self, report: Report) -> None:
        """Keep a report; the one that is there under its name is replaced.

        Raises:
            CannotKeep: If it cannot be written; what was there stays.
        """
        folder = self.folder / checked(report.name)
        with stored.keeping(folder), replacing(folder) as writing:
            (writing / "report.json").write_text(report.text(), encoding="utf-8")

    def load(self, name: str) -> Report | None:
        """A report; None if there is none, or it is damaged and was set aside.

        A damaged report is moved to `reports/damaged/`, where `damaged` lists it.
        """
        try:
            folder = self.folder / checked(name)
        except BadReport:
            return None
        with suppress(stored.Newer):
            return stored.loaded(folder, read, aside=True)
        return None

    def all(self) -> list[Report]:
        """Every report, the one last changed first; damaged ones are set aside on the way."""
        try:
            folders = [path for path in self.folder.glob("[!.]*") if path.name != "damaged"]
        except OSError:
            return []
        folders.sort(key=_changed, reverse=True)
        return list(stored.readable(folders, read, aside=True))

    def begin(self, title: str, language: str = "en") -> Report:
        """A new, empty report under a name that is free.

        Raises:
            CannotKeep: If it cannot be written.
        """
        with stored.changing(self.folder):
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
        with stored.changing(self.folder):
            before = self.load(name)
            if before is None:
                raise BadReport(
                    _("There is no report {name!r} here any more.", name=name),
                    fix=_("Choose or begin another."),
                )
            after = how(before)
            if after != before:
                self.save(after)
        return after

    def remove(self, name: str) -> None:
        """Forget a report; the runs that it names stay."""
        with stored.keeping(self.folder):
            remove(self.folder / checked(name))

    def damaged(self) -> list[str]:
        """One line for each report that cannot be shown: its name and what is wrong."""
        self.all()  # what is found damaged now is told now
        lines = []
        for path in sorted(self.folder.glob("[!.]*/report.json")):
            try:
                read(path.parent)
            except NewerReport as error:
                lines.append(f"{path.parent.name}: {error}")
            except (OSError, ValueError, RecursionError, FairvizError):
                continue
        return lines + stored.reasons(self.folder)


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
