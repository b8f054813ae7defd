"""A model that writes, and the contexts that it goes on with.

One batch holds all contexts of a model whose rows do not disturb each other: a step is bound by
reading the weights, so further rows are nearly free. Any other model reads each context by
itself, as `generate` does: the prompt in one forward pass, then one token after the other.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fairviz.core.errors import ModelUnavailable
from fairviz.i18n import _
from fairviz.models.finite import stopped
from fairviz.models.handles import Writer

if TYPE_CHECKING:
    from torch import Tensor


class Contexts:
    """The keys and values of a model's contexts, and the logits of what comes next.

    Args:
        writer: The model.
        prompts: Token ids of each context, all of one length.
        width: How many logits are kept: the size V of the vocabulary.

    Attributes:
        logits: (contexts, V), float32.
    """

    def __init__(self, writer: Writer, prompts: Sequence[Sequence[int]], width: int) -> None:
        self._writer, self._width = writer, width
        self._alone = writer.alone
        # Of each context where it is read by itself, else of all.
        self._pasts: list[Any] = [None] * (len(prompts) if self._alone else 1)
        self.logits: Tensor
        self.feed(prompts)

    def feed(self, rows: Sequence[Sequence[int]]) -> None:
        """Read the next tokens of every context, as many of each.

        Raises:
            ModelUnavailable: If the model has another memory than keys and values, as Mamba has.
            NotFinite: If what follows one of them is not made of numbers.
        """
        import torch

        logits = []
        for place, group in enumerate([[row] for row in rows] if self._alone else [rows]):
            with torch.inference_mode():
                out: Any = self._writer.model(
                    input_ids=torch.tensor(group, device=self._writer.model.device),
                    past_key_values=self._pasts[place],
                    use_cache=True,
                    logits_to_keep=1,
                )
            self._pasts[place] = getattr(out, "past_key_values", None)
            if self._pasts[place] is None:
                raise ModelUnavailable(
                    _(
                        "{model} keeps no keys and values of what it has read, and cannot go on "
                        "token by token here.",
                        model=self._writer.name or type(self._writer.model).__name__,
                    ),
                    fix=_(
                        "Let it read a given text (Token shift), or choose a model with attention."
                    ),
                )
            logits.append(out.logits[:, -1, : self._width].float())
        self.logits = torch.cat(logits) if len(logits) > 1 else logits[0]
        # NaN, plus infinity and minus infinity alone all show in the largest.
        numbers = self.logits.amax(dim=-1).isfinite().tolist()
        if not all(numbers):
            last = rows[numbers.index(False)][-1]
            raise stopped(self._writer.model, self._writer.name, self._writer.spell(int(last)))

    def select(self, places: Sequence[int]) -> None:
        """Go on with these contexts, in this order; one may be taken several times."""
        import torch

        with torch.inference_mode():
            if self._alone:
                taken = [self._pasts[place] for place in places]
                self._pasts = [
                    copy.deepcopy(past) if places.index(place) < at else past
                    for at, (place, past) in enumerate(zip(places, taken, strict=True))
                ]
            else:
                chosen = torch.tensor(places, device=self._writer.model.device)
                self._pasts[0].batch_select_indices(chosen)
            self.logits = self.logits[list(places)]
