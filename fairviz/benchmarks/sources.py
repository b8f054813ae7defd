"""What stands behind a table: whose it is, how to cite it, how much of it was kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from fairviz.i18n import N_

SINGLE_RUN = N_("A single run per setting: nothing here says how much a second run would differ.")


@dataclass(frozen=True)
class Source:
    """One imported source.

    Attributes:
        name: Names its folder and its rows.
        title: What a page calls it.
        citation: In one line; empty for one's own.
        bibtex: The same for a reference manager.
        item_level: Whether every question's outcome is there, so that flips can be counted.
        cells: Cells read from the source, holes included.
        kept: Canonical cells among them.
        holes: What the source lacks, one line each, for a reader.
        caveats: What may not be concluded from it, one sentence each.
    """

    name: str
    title: str
    citation: str = ""
    bibtex: str = ""
    item_level: bool = False
    cells: int = 0
    kept: int = 0
    holes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()

    def document(self) -> dict[str, object]:
        """The source as JSON values."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, object]) -> Source:
        """The reverse.

        Raises:
            TypeError: If the document has other fields.
        """
        lists = {
            name: tuple(str(line) for line in lines)
            for name, lines in document.items()
            if isinstance(lines, list)
        }
        return cls(**{**document, **lists})  # type: ignore[arg-type]
