"""The text that compressed forms are measured on: another text, another ranking, so it is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from fairviz.compression.calibration import Calibration
from fairviz.core.declared import refusals_of
from fairviz.core.errors import BadText
from fairviz.core.specs import ModelSpec, digest
from fairviz.i18n import N_
from fairviz.models.catalog import BUNDLED

_refused = refusals_of(__file__, BadText)
# A longer document is read in pieces, so that the interval over them has something to resample.
PIECE = 256
MOST_TOKENS = 32_768
FEWEST = 10
# One document a line.
_TOY_GRAMMAR = Path(__file__).with_name("toy_grammar.txt")
# No tokenizer makes fewer tokens of more characters than are kept of a file.
_MOST_CHARACTERS = 2_000_000


@dataclass(frozen=True)
class EvaluationText:
    """Documents, and where in them reading begins."""

    name: str  # what a reader calls it
    texts: tuple[str, ...]  # one document each
    # Tokens at the beginning that a calibration read; documents that they reach into are not
    # measured on.
    skipped: int = 0

    @cached_property
    def hash(self) -> str:
        """Sixteen hexadecimal digits of the texts and of where reading begins."""
        return digest([*self.texts, self.skipped])

    def pieces(self, encode: Callable[[str], Sequence[int]]) -> list[list[int]]:
        """Token ids of at most `MOST_TOKENS`, at most `PIECE` at once.

        Raises:
            BadText: If fewer than `FEWEST` pieces are left, which no interval can be made of.
        """
        found: list[list[int]] = []
        read = tokens = 0
        for text in self.texts:
            ids = list(encode(text))
            begins, read = read, read + len(ids)
            if begins < self.skipped:
                continue
            for start in range(0, len(ids), PIECE):
                piece = ids[start : start + PIECE]
                if len(piece) > 1 and tokens < MOST_TOKENS:
                    found.append(piece)
                    tokens += len(piece)
            if tokens >= MOST_TOKENS:
                break
        if len(found) < FEWEST:
            key = "short_rest" if self.skipped else "short"
            raise _refused(key, n=len(found), name=self.name, fewest=FEWEST)
        return found


@lru_cache(maxsize=4)
def bundled(documents: int) -> EvaluationText:
    """Documents of the toy grammar that the bundled models have never read."""
    texts = _TOY_GRAMMAR.read_text(encoding="utf-8").splitlines()
    return EvaluationText(N_("fairviz's toy grammar"), tuple(texts[:documents]))


def of_file(read: Calibration) -> EvaluationText:
    """A text of one's own, as far as it is read."""
    kept, characters = [], 0
    for text in read.texts:
        kept.append(text)
        characters += len(text)
        if characters >= _MOST_CHARACTERS:
            break
    return EvaluationText(read.name, tuple(kept))


def rest_of(calibration: Calibration) -> EvaluationText:
    """What a calibration does not read of its text."""
    return EvaluationText(
        calibration.name, calibration.texts, calibration.samples * calibration.length
    )


def ours(baseline: ModelSpec) -> bool:
    """Whether the toy grammar is what a model was trained on."""
    return baseline.source in BUNDLED


def default(baseline: ModelSpec, documents: int) -> EvaluationText:
    """What a model is measured on where nobody says.

    Raises:
        BadText: For a model that knows another language than the toy grammar's.
    """
    if ours(baseline):
        return bundled(documents)
    raise _refused("no_text", model=baseline)
