"""The study itself: how to cite it, what its files lack, what may not be concluded from them."""

from __future__ import annotations

from fairviz.benchmarks.beyond_perplexity import names
from fairviz.benchmarks.store import SINGLE_RUN, Source
from fairviz.core.declared import declared
from fairviz.i18n import _, speaking

SOURCE = "beyond_perplexity"
_STUDY = declared(__file__)


def source(name: str) -> Source:
    """The study under a name."""
    with speaking("en"):  # it is kept
        lacking = holes()
    return Source(
        name=name,
        title="Beyond Perplexity (Xu et al. 2024)",
        citation=_STUDY["citation"],
        bibtex=_STUDY["bibtex"],
        holes=lacking,
        caveats=(SINGLE_RUN, *_STUDY["caveats"]),
    )


def holes() -> tuple[str, ...]:
    """What the study's files lack, and have beyond it, one line each in the current language."""
    lines = []
    for file in names.FILES:
        if file.missing:
            lacks = ", ".join(file.missing)
            lines.append(
                _("{benchmark} lacks {settings}.", benchmark=file.benchmark, settings=lacks)
            )
        if file.extra:
            lines.append(
                _(
                    "{benchmark} has, beyond the study's settings, {settings}.",
                    benchmark=file.benchmark,
                    settings=", ".join(file.extra),
                )
            )
    return (*lines, *map(_, _STUDY["holes"]))


def translated(line: str) -> str:
    """A hole or caveat of any source as stored, which is in English, in the current language."""
    with speaking("en"):
        stored = holes()
    return dict(zip(stored, holes(), strict=True)).get(line) or _(line)
