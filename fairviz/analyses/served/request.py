"""Which models read or write what, and the intervals that came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.core.documents import Documented
from fairviz.core.errors import BadSpec
from fairviz.core.json_file import plain
from fairviz.core.shortened import middle, shortened
from fairviz.core.specs import Decoding, ModelSpec
from fairviz.i18n import _
from fairviz.metrics.traces import BOTH, Floats

if TYPE_CHECKING:
    import pandas as pd

# What a server is asked for where nobody says more: vLLM gives no more unless it is told to.
USUAL_K = 20
# What llama.cpp's server calls its software.
LLAMA_CPP = "llamacpp"
# Whose ends stand in a table as `NAME_low` and `NAME_high`.
NUMBERS = (
    *(f"{what}_{side}" for what in ("log_prob", "entropy") for side in BOTH),
    "entropy_shift",
    "kl",
    "js",
    "tv",
)
# The columns of a text's table; the first are texts.
WORDS = ("token", *(f"top_{side}" for side in BOTH))
COLUMNS = (
    *WORDS,
    "id",
    *(f"{name}_{end}" for name in NUMBERS for end in ("low", "high")),
    *(f"rest_{side}" for side in BOTH),
    "same_top",
)


@dataclass(frozen=True)
class ServedRequest(Documented):
    """What was asked."""

    LATER = ("decoding",)

    baseline: ModelSpec  # one model
    compressed: ModelSpec  # the other; one of the two is behind a server
    text: str  # what both read, or go on from
    k: int = USUAL_K  # tokens that a server is asked for at each place
    decoding: Decoding | None = None  # how both write; None reads the text

    def __post_init__(self) -> None:
        if self.k < 1:
            raise BadSpec(
                _("The number of tokens that a server is asked for at a place is {n}.", n=self.k),
                fix=_("Ask for at least one, or for the usual {n}.", n=USUAL_K),
            )
        if self.decoding is not None and self.decoding.repetition_penalty != 1:
            raise BadSpec(
                _("Servers know other penalties for repeating."),
                fix=_("Leave out the repetition penalty."),
            )


@dataclass(frozen=True, eq=False)
class ServedText:
    """One text under both models.

    Attributes:
        side: Who wrote it, `baseline` or `compressed`; empty for a text that was given.
        before: What stands before its first measured token.
        tokens: One row a token: `token`, `id`, the ends of each of `NUMBERS`, `same_top` (1, 0,
            NaN), the most likely token of each model (`top_baseline`, `top_compressed`) and what
            its unlisted tokens have together at most (`rest_baseline`, `rest_compressed`). Ends
            are NaN where a model was not asked on this context; an upper end of the KL may be
            infinite.
    """

    side: str
    before: str
    tokens: pd.DataFrame

    def __len__(self) -> int:
        return len(self.tokens)

    def ends(self, name: str) -> tuple[Floats, Floats]:
        """(T,) both ends of one of `NUMBERS`."""
        low, high = (self.tokens[f"{name}_{end}"].to_numpy(float) for end in ("low", "high"))
        return low, high

    def exact(self, name: str) -> Floats:
        """(T,) a number where its two ends are one; elsewhere NaN."""
        low, high = self.ends(name)
        found: Floats = (low + high) / 2
        found[low != high] = float("nan")
        return found

    @property
    def prob(self) -> tuple[Floats, Floats]:
        """(T,) the chosen token's probability under both, where it is exact."""
        first, second = (np.exp(self.exact(f"log_prob_{side}")) for side in BOTH)
        return first, second

    def document(self) -> dict[str, Any]:
        """As plain JSON values; what is not finite becomes null."""
        columns = {str(name): self.tokens[name].tolist() for name in self.tokens}
        return {"side": self.side, "before": self.before, "tokens": plain(columns)}


@dataclass(frozen=True, eq=False)
class Served:
    """What came out."""

    request: ServedRequest
    texts: tuple[ServedText, ...]  # the text that was read, or one a model
    # Both models, versions, device, date; JSON values. `server` of a model is what its server said.
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        return {
            **self.request.document(),
            "texts": [one.document() for one in self.texts],
            "provenance": dict(self.provenance),
        }


def label(request: ServedRequest, facts: Mapping[str, Any]) -> str:
    """One line for a list: the text and the two models."""
    two = f"{middle(request.baseline)} → {middle(request.compressed)}"
    return " · ".join((_("“{text}”", text=shortened(request.text)), two))
