"""The golden bundles: a run of every kind as an earlier version kept it, and its numbers.

`golden/every-kind.fairviz.zip` was made with the bundled models by the version of 2026-11-28,
`golden/parts-and-evenness.fairviz.zip` and `golden/servers.fairviz.zip` by those of the day after,
the last over the server of `in_server`; they are never made anew: they
prove that what lies in people's caches opens. The JSON file of the same name holds what was read
out of each then.
"""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np

from fairviz import i18n as language
from fairviz.analyses.estimates import spelled as spelled
from fairviz.report import runs
from fairviz.report.bundle import unpack
from fairviz.report.record import Part, Report
from fairviz.report.shelf import Reports

GOLDEN = Path(__file__).with_name("golden")
BUNDLES = ("every-kind", "parts-and-evenness", "servers")
REVIEW = "which-is-worse"
TABLES = (
    "view=groups&dimension=degeneration&source=own&benchmark=toy&metric=toxigen_ratio&axis=a"
    "&reference=none&flagged=usable"
)
# Where nobody listens: what was asked there is kept.
SERVER = "openai:http://127.0.0.1:47913/v1#demo-nf4"
# The fingerprint of the bundled model's weights where the bundle was made.
PRINT = "eb02ccbcd8355eb3"
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
# What a part of the report is called in these tests -> its key.
KEYS = {
    "comparison": "3b6e729620dd3c43",
    "comparison-drawn": "6f239ba7ead4d3be",
    "reading": "913a0e233787931b",
    "reading-two": "7ad8579ba7d5e7df",
    "audit-prompts": "af0a44bc6002f194",
    "audit-items": "d25b58ccc6386ea3",
    "audit-answers": "be8c01f9e5fb6106",
    "probe-minimal_pairs": "bdb8bcdaf0ebdec5",
    "probe-counterfactual": "fb8ee704d06619f2",
    "probe-samples": "b030188816151c5a",
    "probe-stereoset": "5f5e88fef6d07fd4",
    "probe-bbq": "9d7ad8d4567ac1de",
    "probe-unqover": "d4e0d28ad57fa328",
    "probe-dialect": "010f30a3422d4db7",
    "probe-classifier": "02b1cd5b17c690a8",
    "probe-group_auc": "e3a6a2d3dd4c7b70",
    "probe-stored": "c7d3174e45158905",
    "attribution": "ff6d31d12c13eae1",
    "attribution-mix": "f59d363a2f98ac3b",
    "evenness": "7f030e3f6a223b80",
    "served": "9920da25e381057f",
    "served-written": "7da34b55b20907d1",
}


def opened(cache: Path) -> Report:
    """The bundles in an empty cache as one report, with the points of the trade-off beside it."""
    shutil.copytree(GOLDEN / "tradeoff", cache / "tradeoff")
    reports = []
    for name in BUNDLES:
        with (GOLDEN / f"{name}.fairviz.zip").open("rb") as stream:
            reports.append(unpack(stream, cache).report)
    every = tuple(part for report in reports for part in report.parts)
    return Reports(cache).change(reports[0].name, lambda one: replace(one, parts=every))


def parts(report: Report) -> dict[str, Part]:
    """Name -> part, for every run of the report."""
    names = {key: name for name, key in KEYS.items()}
    return {names.get(part.key) or _named(part): part for part in report.parts}


def _named(part: Part) -> str:
    """The view of a table view, else the kind."""
    views = parse_qs(part.key).get("view", ()) if part.kind == "tables" else ()
    return "-".join((part.kind, *views))


def document(part: Part) -> dict[str, Any]:
    """A run as the command line's `--json` writes it."""
    answer: Any = runs.load(part)
    if part.kind == "audit":
        from fairviz.analyses.audit.tables import document as of_audit

        return of_audit(answer)
    if part.kind == "evenness":
        from fairviz.analyses.evenness.judge import document as of_evenness

        return of_evenness(answer)
    if part.kind == "tables":
        return {"rows": answer.rows["value"].tolist()}
    if part.kind == "review":
        from fairviz.analyses.review import export
        from fairviz.analyses.review.result import result

        return export.document(result(answer))
    if part.kind == "probe":
        from fairviz.analyses.probe.document import document as of_probe

        return of_probe(answer)
    return answer.document()


def leaves(found: Any, at: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a document, under its path without places in lists."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield from leaves(value, f"{at}.{key}" if at else str(key))
    elif isinstance(found, list | tuple):
        for value in found:
            yield from leaves(value, f"{at}[]")
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield at, float(found)


def condensed(found: Any) -> dict[str, list[float]]:
    """Path -> how many numbers, their sum, the same with every one weighed by its place."""
    several: dict[str, list[float]] = {}
    for path, value in leaves(found):
        if math.isfinite(value):
            several.setdefault(path, []).append(value)
    return {
        path: [len(all_), math.fsum(all_), math.fsum(n * x for n, x in enumerate(all_, 1))]
        for path, all_ in several.items()
    }


def shown(presentation: Any) -> set[str]:
    """The numbers of all tables, with four digits, and of every figure's table."""
    frames = [one.frame for one in presentation.tables]
    texts = (str(said) for one in presentation.numbers for said in vars(one).values())
    return digits_of([*frames, *(one.table for one in presentation.figures)]) | digits_in(*texts)


def digits_in(*texts: str, code: str = "en") -> set[str]:
    """Every number that stands in a text."""
    words = (word.strip("%()[]{},;:±=") for text in texts for word in text.split())
    return {written for word in words if (written := digits(word, code)) is not None}


def digits_of(frames: Iterable[Any], code: str = "en") -> set[str]:
    """Every number in the cells of these tables."""
    cells = (cell for frame in frames for row in frame.astype(object).to_numpy() for cell in row)
    return {written for cell in cells if (written := digits(cell, code)) is not None}


def digits(cell: object, code: str = "en") -> str | None:
    """A cell's number with four digits; None where it is no number."""
    if isinstance(cell, str):
        decimal, *_rest = language.signs(code)
        plain = cell.replace("−", "-").replace("·10", "e").translate(_RAISED)
        plain = re.sub(f"[\u202f\u00a0 {'.,'.replace(decimal, '')}]", "", plain)
        try:
            cell = float(plain.replace(decimal, ".").rstrip("%"))
        except ValueError:
            return None
    if isinstance(cell, bool) or not isinstance(cell, int | float | np.number):
        return None
    value = float(cell)
    return f"{value:.4g}" if math.isfinite(value) else None


def section(part: Part, code: str = "en") -> Any:
    """What the report shows of a part, in a language."""

    with language.speaking(code):
        return runs.section(part)


def expected() -> dict[str, Any]:
    """What the version that made each bundle read out of it."""
    files = ((GOLDEN / f"{name}.json").read_text(encoding="utf-8") for name in BUNDLES)
    return {name: read for file in files for name, read in json.loads(file).items()}
