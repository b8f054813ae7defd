"""What a check found, line by line, within a budget of seconds; as Markdown and as JSON."""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from fairviz.core.errors import FairvizError

OK, DIFFERS, SKIPPED = "ok", "differs", "skipped"


class Line(NamedTuple):
    """One thing that was looked at.

    Attributes:
        what: The thing, on which model.
        verdict: `ok`, `differs` or `skipped`.
        found: What was measured, with its unit.
        why: The limit it was held against, or why it was skipped.
    """

    what: str
    verdict: str
    found: str = ""
    why: str = ""


def within(what: str, found: float, limit: float, unit: str, note: str = "") -> Line:
    """`ok` where a number is at most its limit; a NaN is not."""
    verdict = OK if found <= limit else DIFFERS
    why = f"at most {limit:g} {unit}" + (f"; {note}" if note else "")
    return Line(what, verdict, f"{found:.2g} {unit}", why)


class Section(NamedTuple):
    """Lines that belong together.

    Attributes:
        name: What a reader calls it.
        seconds: How long it takes, at a guess on the safe side.
        lines: Gives them, one as soon as it is known; told the seconds that are left.
    """

    name: str
    seconds: float
    lines: Callable[[Callable[[], float]], Iterator[Line]]


@dataclass
class Report:
    """All sections' lines, written anew after each, so that a machine taken away leaves some.

    Attributes:
        machine: What it ran on, in words.
        budget: Seconds that all sections may take together.
        folder: Where `gpu-check.md` and `gpu-check.json` go.
    """

    machine: dict[str, str]
    budget: float
    folder: Path
    lines: dict[str, list[Line]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds of the budget that are not used up."""
        return self.budget - (time.monotonic() - self._began)

    @property
    def differs(self) -> bool:
        """Whether anything is not as it must be."""
        return any(line.verdict == DIFFERS for lines in self.lines.values() for line in lines)

    def run(self, section: Section) -> None:
        """Add a section's lines; one that fails differs, and the others still run."""
        lines = self.lines[section.name] = []
        began = time.monotonic()
        if self.left < section.seconds:
            why = f"would run over: {self.left:.0f} s left, it may take {section.seconds:.0f} s"
            lines.append(Line("all of it", SKIPPED, why=why))
        else:
            try:
                for line in section.lines(lambda: self.left):
                    print(f"{section.name}: {line.what}: {line.verdict} {line.found} ({line.why})")
                    lines.append(line)
            except Exception as error:
                # What a machine cannot do is what is looked for: it is told, and the rest goes on.
                if not isinstance(error, FairvizError):
                    traceback.print_exc(file=sys.stderr)
                words = " ".join(str(error).split())[:300]
                lines.append(Line("the rest of it", DIFFERS, type(error).__name__, words))
        self.seconds[section.name] = round(time.monotonic() - began, 1)
        self.write()

    def write(self) -> None:
        """Write both files."""
        self.folder.mkdir(parents=True, exist_ok=True)
        document = {
            "machine": self.machine,
            "budget_seconds": self.budget,
            "seconds": self.seconds,
            "lines": {
                name: [line._asdict() for line in lines] for name, lines in self.lines.items()
            },
        }
        (self.folder / "gpu-check.json").write_text(json.dumps(document, indent=2) + "\n")
        (self.folder / "gpu-check.md").write_text(self.markdown(), encoding="utf-8")

    def markdown(self) -> str:
        """A table for BENCHMARKS.md."""
        rows = [
            ", ".join(f"{name} {value}" for name, value in self.machine.items()),
            "",
            "| section | what | | found | held against, or why not |",
            "|---|---|---|---|---|",
        ]
        for name, lines in self.lines.items():
            title = f"{name} ({self.seconds.get(name, 0):.0f} s)"
            for line in lines:
                cells = [part.replace("|", "\\|") for part in (title, *line)]
                rows.append("| " + " | ".join(cells) + " |")
                title = ""
        return "\n".join(rows) + "\n"
