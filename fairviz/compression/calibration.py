"""The text that a method looks at while it compresses: it changes who is hurt, so it is named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairviz.compression.pairs import Pairs, own
from fairviz.core import hub_data
from fairviz.core.errors import FairvizError
from fairviz.core.specs import digest
from fairviz.core.text_file import text_of
from fairviz.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase

SAMPLES, LENGTH = 64, 128
# Documents of the bundled model's grammar that neither training nor held-out text ever drew, one a
# line.
_BUNDLED = Path(__file__).with_name("bundled.txt")
_MOST_ROWS = 4000


class BadCalibration(FairvizError):
    """A calibration text that cannot be read or is too short."""


@dataclass(frozen=True)
class Calibration:
    """Texts, and how many pieces of which length are taken of them.

    Attributes:
        name: What a reader calls it.
        texts: One document each.
        samples: Pieces that are taken.
        length: Tokens of a piece.
        pairs: Sentences that a method reads besides, where it reads pairs; None for none.
    """

    name: str
    texts: tuple[str, ...]
    samples: int = SAMPLES
    length: int = LENGTH
    pairs: Pairs | None = None

    def __post_init__(self) -> None:
        for what, value, most in (("samples", self.samples, 4096), ("length", self.length, 8192)):
            if not 1 <= value <= most:
                raise BadCalibration(
                    _("The calibration has {what} = {value}.", what=what, value=value),
                    fix=_("Use 1 to {most}.", most=most),
                )

    @cached_property
    def hash(self) -> str:
        """Sixteen hexadecimal digits of the texts."""
        return digest(self.texts)

    def document(self) -> dict[str, Any]:
        """Plain JSON values; the texts as their hash."""
        said = {
            "name": self.name,
            "hash": self.hash,
            "samples": self.samples,
            "length": self.length,
        }
        return said | ({"pairs": self.pairs.document()} if self.pairs else {})

    def with_pairs(self, paired: bool) -> Calibration:
        """The same with pairs where they are read, the project's own unless it has others."""
        return replace(self, pairs=(self.pairs or own()) if paired else None)


@lru_cache(maxsize=8)
def bundled(samples: int = SAMPLES, length: int = LENGTH) -> Calibration:
    """The project's own French and English text, of the bundled grammar."""
    return Calibration(
        N_("bundled French and English"),
        tuple(_BUNDLED.read_text(encoding="utf-8").splitlines()),
        samples,
        length,
    )


def from_bytes(
    content: bytes, name: str, samples: int = SAMPLES, length: int = LENGTH
) -> Calibration:
    """The text of a file; its paragraphs are the documents.

    Raises:
        BadText: If it is no text.
        BadCalibration: If it is empty.
    """
    text = text_of(content, name)
    return _of(name, text.replace("\r\n", "\n").split("\n\n"), samples, length)


def from_hub(
    dataset: str, subset: str = "", *, samples: int = SAMPLES, length: int = LENGTH
) -> Calibration:
    """The texts of a data set of the Hub: its column `text`, else its first column of words.

    Raises:
        MissingPackage: If the library `datasets` is not installed.
        ModelUnavailable: If the data set cannot be fetched.
        BadCalibration: If it has no text.
    """
    streamed = hub_data.load(dataset, subset, split="train", streaming=True)
    rows = list(islice(streamed, _MOST_ROWS))
    column = _text_column(rows[0] if rows else {})
    name = f"{dataset}{':' + subset if subset else ''}"
    return _of(name, (str(row[column]) for row in rows) if column else (), samples, length)


def _text_column(row: dict[str, Any]) -> str:
    words = [name for name, value in row.items() if isinstance(value, str)]
    return "text" if "text" in words else next(iter(words), "")


def _of(name: str, texts: Iterable[str], samples: int, length: int) -> Calibration:
    kept = tuple(text.strip() for text in texts if text.strip())
    if not kept:
        raise BadCalibration(
            _("{name} holds no text.", name=name),
            fix=_("Give a text file in UTF-8, a few pages of it."),
        )
    return Calibration(name, kept, samples, length)


def _longer(tokens: int, length: int) -> str:
    """The way out for a text that is too short: fewer samples, or shorter ones, or more text."""
    if tokens < length:
        return _(
            "Give a longer text: not even one sample ({length}) can be cut from it.", length=length
        )
    return ngettext(
        "Give a longer text, or ask for {n} sample.",
        "Give a longer text, or ask for at most {n} samples.",
        tokens // length,
    )


def pieces(calibration: Calibration, tokenizer: PreTrainedTokenizerBase, width: int) -> Tensor:
    """(N, L) token ids: the documents one after the other, cut into pieces.

    Args:
        calibration: The text.
        tokenizer: Of the model.
        width: The most tokens that the model reads at once; a longer piece is cut to it.

    Raises:
        BadCalibration: If the text is shorter than that.
    """
    import torch

    length = min(calibration.length, width)
    wanted = calibration.samples * length
    ids: list[int] = []
    for text in calibration.texts:
        ids += tokenizer(text)["input_ids"]
        if len(ids) >= wanted:
            break
    if len(ids) < wanted:
        raise BadCalibration(
            ngettext(
                "The calibration text {name} has {n} token of the {wanted} that are needed "
                "({samples} × {length}).",
                "The calibration text {name} has {n} tokens of the {wanted} that are needed "
                "({samples} × {length}).",
                len(ids),
                name=_(calibration.name),
                samples=calibration.samples,
                length=length,
                wanted=wanted,
            ),
            fix=_longer(len(ids), length),
        )
    return torch.tensor(ids[:wanted], dtype=torch.long).reshape(calibration.samples, length)
