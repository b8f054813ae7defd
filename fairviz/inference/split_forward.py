"""A causal model in two halves: a text's hidden states, and the logits of a few of them.

The logits of a whole text are what does not fit: 8,192 tokens x 250,880 words x 4 bytes are
8 GB. So the head is applied to a few positions at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from inspect import signature
from itertools import groupby
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from fairviz.inference.fast_lm_head import fast_head, float32_linear, is_half
from fairviz.inference.int8_rows import each_text_alone, int8_layers
from fairviz.models.turns import head_alone, takes_turns, whole

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from transformers import PreTrainedModel

    from fairviz.models.handles import Reader


class _Reached(Exception):
    """The head's input has been computed; ends a forward pass before the head."""

    def __init__(self, hidden: Tensor) -> None:
        super().__init__()
        self.hidden = hidden


# Models whose logits are their head's own output, with nothing done to them afterwards.
_PLAIN: WeakKeyDictionary[PreTrainedModel, bool] = WeakKeyDictionary()


def _is_plain(model: PreTrainedModel, head: Any) -> bool:
    """Whether the head's output is the model's: asked of one token, once per model."""
    import torch

    seen: list[Tensor] = []
    hook = head.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    try:
        # Not id 0, which often pads and has no embedding of its own.
        ids = torch.ones((1, 1), dtype=torch.long, device=model.device)
        with head_alone(model):
            logits = model(input_ids=ids, use_cache=False).logits
    finally:
        hook.remove()
    return len(seen) == 1 and seen[0].shape == logits.shape and bool(torch.equal(seen[0], logits))


class Halves:
    """A model's forward pass, split before its language-model head.

    What a model does to its logits afterwards (a scale, a soft cap) is kept: where the head
    alone does not give the model's own logits, the hidden states are put in front of the
    head of a forward pass over one token.

    Args:
        model: A causal language model.
        dtype: Number type that the first half computes in; empty is that of its weights.
    """

    def __init__(self, model: PreTrainedModel, dtype: str = "") -> None:
        self._model, self._dtype = model, dtype
        self._head: Any = model.get_output_embeddings()
        self._room: Tensor | None = None
        self._takes_places = "position_ids" in signature(model.forward).parameters
        if model not in _PLAIN:
            _PLAIN[model] = _is_plain(model, self._head)
        self._plain = _PLAIN[model]

    @property
    def device(self) -> torch.device:
        """Where ids and masks must be."""
        return self._model.device

    def hidden(self, ids: Tensor, mask: Tensor | None = None, past: Any = None) -> Tensor:
        """The head's input for (N, T) ids: (N, T, H); float32 where another type was asked for.

        Args:
            ids: Token ids.
            mask: (N, P + T) attention mask of what stands before and of these; everything is
                read where it is None. A token's position is the number of tokens read before.
            past: A cache of the P tokens before; it grows by what is read.
        """
        places = {}
        if mask is not None and self._takes_places:
            counted = (mask.cumsum(dim=-1) - 1).clamp_(min=0)
            places = {"position_ids": counted[:, -ids.shape[1] :]}

        def stop(_module: Any, inputs: tuple[Tensor, ...]) -> None:
            raise _Reached(inputs[0])

        hook = self._head.register_forward_pre_hook(stop)
        try:
            with (
                whole(self._model),
                recast(self._model, self._dtype) if self._dtype else nullcontext(),
            ):
                self._model(
                    input_ids=ids,
                    attention_mask=mask,
                    past_key_values=past,
                    use_cache=past is not None,
                    **places,
                )
        except _Reached as reached:
            return reached.hidden.float() if self._dtype else reached.hidden
        finally:
            hook.remove()
        raise RuntimeError(f"{type(self._model).__name__} does not call its output embeddings")

    def logits(self, hidden: Tensor) -> Tensor:
        """The model's logits for (R, H) hidden states: (R, V), until the next call.

        In float32, also where the model is in half precision: see `fast_lm_head`.
        """
        import torch

        if self._plain and type(self._head) is torch.nn.Linear and self._head.bias is None:
            # Into the same memory each time: fresh pages cost more than the product of few rows.
            weight = self._head.weight
            half = is_half(weight)
            if self._room is None or len(self._room) < len(hidden):
                dtype = torch.float32 if half else hidden.dtype
                self._room = hidden.new_empty((len(hidden), weight.shape[0]), dtype=dtype)
            room = self._room[: len(hidden)]
            if half:
                return float32_linear(hidden, weight, None, room)
            return torch.mm(hidden, weight.t(), out=room)
        with fast_head(self._model):
            return self._after(hidden)

    def _after(self, hidden: Tensor) -> Tensor:
        """By the head itself, and by what the model does to its output."""
        import torch

        if self._plain:
            out: Tensor = self._head(hidden)
            return out
        token = torch.zeros((1, 1), dtype=torch.long, device=hidden.device)
        hook = self._head.register_forward_pre_hook(lambda _module, _inputs: (hidden[None],))
        try:
            with head_alone(self._model):
                found: Tensor = self._model(input_ids=token, use_cache=False).logits[0]
        finally:
            hook.remove()
        return found


class Alone(Halves):
    """The same, with each text of a batch read as if it were alone.

    Texts of one length are read together where the layers keep them apart (see `int8_rows`); else
    it is one text, one forward pass.
    """

    def __init__(self, model: PreTrainedModel, dtype: str = "") -> None:
        super().__init__(model, dtype)
        # Of a model that takes turns they may be others by the time that it reads.
        self._layers = [] if takes_turns(model) else int8_layers(model)

    def hidden(self, ids: Tensor, mask: Tensor | None = None, past: Any = None) -> Tensor:
        """As `Halves.hidden`, for texts padded on the right and without a cache."""
        import torch
        from torch.nn.functional import pad

        if mask is None or past is not None or len(ids) == 1:
            return super().hidden(ids, mask, past)
        sizes = mask.sum(dim=-1).tolist()
        found = []
        for _same, group in groupby(
            range(len(ids)), key=lambda row: sizes[row] if self._layers else row
        ):
            rows = list(group)
            size = sizes[rows[0]]
            with each_text_alone(self._layers if len(rows) > 1 else []):
                read = super().hidden(ids[rows, :size])
            found.append(pad(read, (0, 0, 0, ids.shape[1] - size)))
        return torch.cat(found)


def halves_of(reader: Reader) -> Halves:
    """A model's two halves, as it reads."""
    return (Alone if reader.alone else Halves)(reader.model, reader.dtype)


def padded(rows: Sequence[Sequence[int]], *, left: bool = False) -> tuple[Tensor, Tensor]:
    """Token ids of several texts, (N, T), and their mask; short ones are filled up at one end."""
    import torch

    ids = torch.zeros((len(rows), max(map(len, rows))), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for number, row in enumerate(rows):
        here = slice(ids.shape[1] - len(row), None) if left else slice(len(row))
        ids[number, here] = torch.tensor(row, dtype=torch.long)
        mask[number, here] = 1
    return ids, mask


@contextmanager
def recast(model: PreTrainedModel, dtype: str) -> Iterator[None]:
    """Within the block `model` computes in another number type, up to its head.

    While a layer computes, its weights are replaced by themselves in the other type; what it
    gives on stays in that type, so that the whole pass before the head is what `model.to(dtype)`
    would compute. An embedding table is looked up in its own type and what was found is cast:
    rounding a row and looking up a rounded row are the same. The most that is held beside the
    model are the weights of one module in the other type.

    Args:
        model: Of floating-point weights; quantized ones cannot be cast.
        dtype: Name of a torch type, such as `bfloat16`.
    """
    import torch

    target: torch.dtype = getattr(torch, dtype)
    head = model.get_output_embeddings()
    with ExitStack() as stack:
        for module in model.modules():
            if module is head or not _numbers(module):
                continue
            if isinstance(module, torch.nn.Embedding):
                hook = module.register_forward_hook(
                    lambda _module, _inputs, output: output.to(target)
                )
                stack.callback(hook.remove)
                continue
            swap = _Swap(module, target)
            before = module.register_forward_pre_hook(swap.cast)
            after = module.register_forward_hook(swap.restore, always_call=True)
            stack.callback(swap.put_back)
            stack.callback(before.remove)
            stack.callback(after.remove)
        yield


def _numbers(module: Any) -> list[str]:
    """Names of a module's own floating-point weights, in whatever precision."""
    return [
        name
        for name, weight in module._parameters.items()
        if weight is not None and weight.is_floating_point()
    ]


class _Swap:
    """One module's weights, in the other type while it computes."""

    def __init__(self, module: torch.nn.Module, target: torch.dtype) -> None:
        self._module, self._target = module, target
        self._own: dict[str, Any] = {}

    def cast(self, _module: Any, _inputs: Any) -> None:
        import torch

        for name in _numbers(self._module):
            weight = self._module._parameters[name]
            if weight is None or weight.dtype == self._target:
                continue
            self._own[name] = weight
            self._module._parameters[name] = torch.nn.Parameter(
                weight.detach().to(self._target), requires_grad=False
            )

    def restore(self, _module: Any, _inputs: Any, output: Any) -> Any:
        self.put_back()
        return output

    def put_back(self) -> None:
        """The weights as they were; nothing where they are."""
        for name, weight in self._own.items():
            self._module._parameters[name] = weight
        self._own.clear()
