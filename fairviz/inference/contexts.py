"""A model that writes, and the contexts that it goes on with.

One batch holds all contexts of a model whose rows do not disturb each other: a step is bound by
reading the weights, so further rows are nearly free. Any other model reads each context by
itself, as `generate` does: the prompt in one forward pass, then one token after the other; where
its layers can keep rows apart (see `int8_rows`), one token of every context together.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from fairviz.core.errors import ModelUnavailable
from fairviz.i18n import _
from fairviz.inference.fast_lm_head import fast_head, fast_layers
from fairviz.inference.int8_rows import each_text_alone, int8_layers
from fairviz.models.finite import stopped
from fairviz.models.handles import Writer

if TYPE_CHECKING:
    from torch import Tensor


@contextmanager
def ready(*writers: Writer) -> Iterator[None]:
    """While open, models that write compute in the fast way; their texts stay the same."""
    with ExitStack() as stack:
        for writer in {one.model: one for one in writers}.values():
            stack.enter_context((fast_head if writer.alone else fast_layers)(writer.model))
        yield


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
        self._layers = int8_layers(writer.model) if writer.alone and writer.rows is None else []
        self._alone = writer.alone
        # Of each context where it is read by itself, else of all.
        self._pasts: list[Any] = [None] * (len(prompts) if self._alone else 1)
        self._last: list[int] = []
        self.logits: Tensor
        self.feed(prompts)
        if self._layers and self._merge():
            self._alone = False

    def feed(self, rows: Sequence[Sequence[int]]) -> None:
        """Read the next tokens of every context, as many of each; `check` looks at what follows.

        Raises:
            ModelUnavailable: If the model has another memory than keys and values, as Mamba has.
        """
        import torch

        logits = []
        one_each = self._layers and not self._alone
        for place, group in enumerate([[row] for row in rows] if self._alone else [rows]):
            with (
                torch.inference_mode(),
                each_text_alone(self._layers) if one_each else nullcontext(),
            ):
                out: Any = self._writer.model(
                    input_ids=self._there(group),
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
        self._last = [int(row[-1]) for row in rows]

    def check(self, numbers: Sequence[bool] | None = None) -> None:
        """Refuse logits that are no numbers.

        Args:
            numbers: Whether each context's are, where that is known; else it is looked at.

        Raises:
            NotFinite: With the token that the first of them follows.
        """
        if numbers is None:
            # NaN, plus infinity and minus infinity alone all show in the largest.
            numbers = self.logits.amax(dim=-1).isfinite().tolist()
        if not all(numbers):
            last = self._last[list(numbers).index(False)]
            raise stopped(self._writer.model, self._writer.name, self._writer.spell(last))

    def select(self, places: Sequence[int]) -> None:
        """Go on with these contexts, in this order; one may be taken several times."""
        import torch

        with torch.inference_mode():
            chosen = self._there(places)
            if self._alone:
                taken = [self._pasts[place] for place in places]
                self._pasts = [
                    copy.deepcopy(past) if places.index(place) < at else past
                    for at, (place, past) in enumerate(zip(places, taken, strict=True))
                ]
            else:
                self._pasts[0].batch_select_indices(chosen)
            self.logits = self.logits[chosen.to(self.logits.device)]
        self._last = [self._last[place] for place in places]

    def _there(self, numbers: Sequence[Any]) -> Tensor:
        """Numbers on the model's device, which they are not waited for."""
        import torch

        return torch.tensor(numbers).to(self._writer.model.device, non_blocking=True)

    def _merge(self) -> bool:
        """Put the contexts' keys and values into one batch, where they are of the plain kind."""
        import torch
        from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

        layers = list(zip(*(getattr(past, "layers", ()) for past in self._pasts), strict=True))
        plain = (DynamicLayer, DynamicSlidingWindowLayer)
        if not layers or not all(type(one[0]) in plain for one in layers):
            return False
        for parts in layers if len(self._pasts) > 1 else ():
            for name in ("keys", "values"):
                setattr(parts[0], name, torch.cat([getattr(part, name) for part in parts]))
        del self._pasts[1:]
        return True
