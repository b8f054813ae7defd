"""From a path to a stored source: which importer reads it, and what is kept of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from fairviz.benchmarks import shelf
from fairviz.benchmarks.beyond_perplexity import importer as beyond_perplexity
from fairviz.benchmarks.beyond_perplexity import names
from fairviz.benchmarks.schema import BadTable
from fairviz.benchmarks.sources import Source
from fairviz.i18n import N_, _, speaking


class Compression(NamedTuple):
    """What a harness's output does not say of the compressed model."""

    base_model: str
    method: str
    bits: int | None
    ratio: float | None
    structure: str


SINGLE_RUN = N_("A single run per setting: nothing here says how much a second run would differ.")
NO_ITEMS = N_(
    "No question's outcome is published, so no test can pair the two models: intervals are of "
    "one share at a time, and a difference has no p-value."
)
DEPENDENT = N_(
    "The settings are compressed forms of four models, on the same prompts: they are not "
    "independent, so no significance is pooled over them."
)


def published_or_own(path: Path, name: str = "") -> Source:
    """Import a folder of the study's files, or a tidy file of one's own.

    Raises:
        BadTable: If it is neither, or malformed; what was stored before stays.
    """
    if path.is_dir():
        cells = beyond_perplexity.table(path)
        return shelf.put(
            Source(
                name=_name(name or beyond_perplexity.SOURCE),
                title="Beyond Perplexity (Xu et al. 2024)",
                citation=beyond_perplexity.CITATION,
                bibtex=beyond_perplexity.BIBTEX,
                holes=_english(),
                caveats=(SINGLE_RUN, NO_ITEMS, DEPENDENT),
            ),
            cells,
        )
    if not path.is_file():
        raise BadTable(
            _("There is no {path}.", path=path), fix=_("Name a folder or a file that exists.")
        )
    from fairviz.benchmarks import tidy_file

    source = Source(name=_name(name or path.stem), title=name or path.stem)
    cells = tidy_file.read(path).assign(source=source.name)
    return shelf.put(source, cells.astype({"source": "category"}))


def lm_eval(compressed: Path, baseline: Path, told: Compression, name: str = "") -> Source:
    """Import two lm-evaluation-harness runs with logged samples as one item-level source.

    Raises:
        BadTable: If the two runs are not of the same questions, or malformed.
    """
    from fairviz.benchmarks import lm_eval as harness

    imported = harness.read(
        compressed,
        baseline,
        base_model=told.base_model,
        method=told.method,
        bits=told.bits,
        ratio=told.ratio,
        structure=told.structure,
    )
    source = Source(
        name=_name(name or f"{baseline.name}-{compressed.name}"),
        title=name or f"{baseline.name} and {compressed.name}",
        item_level=True,
        caveats=(SINGLE_RUN,),
    )
    cells = imported.rows.assign(source=source.name)
    return shelf.put(source, cells.astype({"source": "category"}), imported.items)


def _english() -> tuple[str, ...]:
    with speaking("en"):
        return holes()


def holes() -> tuple[str, ...]:
    """What the study's files lack, and have beyond it, one line each in the current language."""
    lines = []
    for file in names.FILES:
        if file.missing:
            settings = ", ".join(str(one) for one in file.missing)
            lines.append(
                _("{benchmark} lacks {settings}.", benchmark=file.benchmark, settings=settings)
            )
        if file.extra:
            lines.append(
                _(
                    "{benchmark} has, beyond the study's settings, {settings}.",
                    benchmark=file.benchmark,
                    settings=", ".join(str(one) for one in file.extra),
                )
            )
    return (
        *lines,
        _("Quantized models have no perplexity on the Reddit communities."),
        _("The files' active_parameters ignores quantization and is not imported."),
    )


def told(line: str) -> str:
    """A hole or caveat as stored, which is in English, in the current language."""
    return dict(zip(_english(), holes(), strict=True)).get(line) or _(line)


def _name(wanted: str) -> str:
    """A folder's name of what a person typed."""
    name = re.sub(r"[^\w-]+", "_", wanted.strip()).strip("_-")
    if not name:
        raise BadTable(
            _("{name!r} cannot name a source.", name=wanted), fix=_("Use letters and digits.")
        )
    return name
