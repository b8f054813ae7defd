"""What a reader calls the things of the tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fairviz.core.declared import declared, sentences_of
from fairviz.i18n import _, ngettext

if TYPE_CHECKING:
    import pandas as pd

_say = sentences_of(__file__)

_NAMES = declared(__file__)
BENCHMARKS: dict[str, str] = _NAMES["benchmarks"]
DIMENSIONS: dict[str, str] = _NAMES["dimensions"]
BASE_MODELS: dict[str, str] = _NAMES["base_models"]
METHODS: dict[str, str] = _NAMES["methods"]


def word(name: str) -> str:
    """A group, an axis or any other name as words, in the current language where it is known."""
    if re.fullmatch(r"rank \d+", name):
        return _("rank {place}", place=int(name.removeprefix("rank ")))
    words = _NAMES["groups"].get(name, name.replace("_", " "))
    return _(words) if name in _NAMES["groups"] or words in _NAMES["words"] else words


def dimension(name: str) -> str:
    """A dimension of harm."""
    return _(DIMENSIONS[name]) if name in DIMENSIONS else name


def base_model(name: str) -> str:
    """A model as its makers write it."""
    return BASE_MODELS.get(name, name)


def benchmark(name: str) -> str:
    """A benchmark as its makers write it."""
    return _(BENCHMARKS[name]) if name in BENCHMARKS else name


def method(name: str) -> str:
    """A method as its makers write it."""
    return _(METHODS[name]) if name in METHODS else name


def order(name: str) -> tuple[int, str]:
    """Sorts methods as `METHODS` does, unknown ones behind."""
    known = list(METHODS)
    return (known.index(name) if name in known else len(known), name)


def base_order(name: str) -> tuple[int, str]:
    """Sorts base models as `BASE_MODELS` does, unknown ones behind."""
    known = list(BASE_MODELS)
    return (known.index(name) if name in known else len(known), name)


def setting(name: str, bits: object, ratio: float, structure: str) -> str:
    """One compressed form in a few words: "GPTQ 4-bit", "Wanda 50 %", "Wanda 2:4"."""
    title = method(name)
    if name == "none":
        return title
    if isinstance(bits, int) and bits > 0:
        return title if name == "int8" else _("{method} {bits}-bit", method=title, bits=bits)
    if structure in ("2:4", "4:8"):
        return f"{title} {structure}"
    if ratio != ratio:
        return title
    return _("{method} {percent:.0f} %", method=title, percent=100 * ratio)


def records(frame: pd.DataFrame) -> Iterable[Any]:
    """Rows of a table as tuples with plain Python values: missing whole numbers are NaN."""
    numbers = {name: "float64" for name in ("bits", "n", "line") if name in frame}
    return frame.astype(numbers).itertuples()


def form(row: Any) -> str:
    """The compressed form of one of `records`."""
    bits = None if row.bits is None or row.bits != row.bits else int(row.bits)
    return setting(str(row.method), bits, float(row.ratio), str(row.structure))


def heat_map(groups: int, forms: int, what: str) -> str:
    """The heat-map of a metric for a reader who does not see it."""
    return _say(
        "heat_map",
        n=groups,
        forms=ngettext("{n} compressed form", "{n} compressed forms", forms),
        what=what,
    )


def dumbbell(groups: int, what: str, before: str, after: str) -> str:
    """Two values for each group, joined, for a reader who does not see them."""
    return _say("dumbbell", n=groups, what=what, before=before, after=after)
