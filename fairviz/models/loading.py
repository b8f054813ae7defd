"""One model: from its name to weights on a device."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from operator import attrgetter
from pathlib import Path
from threading import get_ident
from time import monotonic
from typing import TYPE_CHECKING, Any

from fairviz.compression.method import Method
from fairviz.compression.quiet import import_bitsandbytes, quiet_compressed_tensors
from fairviz.compression.registry import method_of
from fairviz.core.errors import BadSpec
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.models import devices, placing
from fairviz.models.chat import hash_of, template_here
from fairviz.models.failures import USE, library_errors_as_advice
from fairviz.models.finite import check_reading
from fairviz.models.fit import Fit, refuse
from fairviz.models.gguf import record_of
from fairviz.models.handles import Reader, Writer, batch_invariant
from fairviz.models.identity import IdentityCard, by_device, per_device, revision_of, weigh
from fairviz.models.kept import Readings
from fairviz.models.metadata import config_of, stored_quantization, tensor_sizes
from fairviz.models.refusals import refusal
from fairviz.models.shelf import read as made_in
from fairviz.models.vocabulary import Vocabulary

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_PACKED = "compressed-tensors"
_LAYER = re.compile(r"\.(\d+)\.")
# Seconds between two words on where the reading of weights is.
_PACE = 0.3
# A spread model's layers lie on several devices.
_KIND = attrgetter("dtype", "shape", "device")
_LIMITS = ("max_position_embeddings", "n_positions", "seq_length")


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model that can be run, and what is known of it."""

    spec: ModelSpec  # what the user called it
    model: PreTrainedModel  # on its device, in evaluation mode
    vocabulary: Vocabulary  # its tokenizer
    identity: IdentityCard  # what a reader should know of it
    eos_ids: frozenset[int]  # the tokens at which it stops
    context_length: int | None  # the most tokens it can read at once; None is any number
    # The most texts that it reads together; None is one if they would disturb each other, else as
    # many as fit.
    batch_rows: int | None = None
    readings: Readings | None = None  # what a baseline has read; None keeps nothing
    # Loads it once more; takes `progress`. None where nobody knows how.
    again: Callable[..., LoadedModel] | None = None

    @property
    def batch_invariant(self) -> bool:
        """Whether a text's numbers are the same whatever is read beside it."""
        return batch_invariant(self.model)

    @property
    def vocabulary_size(self) -> int:
        """Tokens that it gives a probability to."""
        return int(self.model.config.get_text_config().vocab_size)

    @property
    def reader(self) -> Reader:
        """It, as it reads texts."""
        return Reader(
            self.model,
            self.context_length,
            self.batch_rows,
            str(self.spec),
            self.vocabulary.text,
            readings=self.readings,
        )

    @property
    def writer(self) -> Writer:
        """It, as it writes texts."""
        return Writer(
            self.model, self.eos_ids, self.batch_rows, str(self.spec), self.vocabulary.text
        )


def load(
    spec: ModelSpec,
    folder: Path,
    tokenizer: PreTrainedTokenizerBase,
    *,
    device: str,
    dtype: str,
    dtype_reason: str = "",
    unsafe_pickle: bool = False,
    beside: PreTrainedModel | None = None,
    over: tuple[str, ...] = (),
    progress: Callable[[str], None] | None = None,
) -> LoadedModel:
    """Read a checkpoint, compress it if its name says so, and measure it.

    Args:
        spec: The model's name.
        folder: Where `checkpoint.locate` found it.
        tokenizer: What `tokenizer.read_tokenizer` read there.
        device: `cuda`, `mps` or `cpu`.
        dtype: Name of the number type.
        dtype_reason: Why it is not the usual one of the device; else empty.
        unsafe_pickle: Also read weights that are not safetensors.
        beside: The same checkpoint as it is stored, loaded already in this number type on this
            device: tensors that the method leaves alone are held once for both.
        over: Devices that it is spread over, by what is free there now; by default it is not.
        progress: Told in plain sentences what is going on.

    Raises:
        FairvizError: With the way out, for whatever a user can mend.
    """
    import torch
    import transformers

    method = method_of(spec.compression, device)
    say = progress or (lambda sentence: None)
    reading = (
        _("Reading {source}", source=spec.source)
        if method.name == "none"
        else _("Reading {source} as {method}", source=spec.source, method=_(method.title))
    )
    say(reading)
    transformers.utils.logging.disable_progress_bar()
    import_bitsandbytes()
    quantized = stored_quantization(config_of(folder))
    if quantized and quantized.get("quant_method") == _PACKED:
        quiet_compressed_tensors()
    spread = None
    if over:
        rooms = {name: room for name, room in devices.rooms(device).items() if name in over}
        if method.bits is not None:
            rooms.pop("cpu", None)  # where these layers do not compute
        spread = placing.spread(folder, spec.compression, dtype, rooms)
        say(_("Spreading {source}: {where}", source=spec.source, where=per_device(spread.bytes)))
    kind, weights = _weights(folder, method, beside)
    with library_errors_as_advice(spec, folder), _by_layer(reading, say):
        loaded: Any = kind.from_pretrained(
            **weights,
            dtype=getattr(torch, dtype),
            device_map=spread.map if spread else {"": device},
            use_safetensors=None if unsafe_pickle else True,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
            **method.load_arguments(dtype),
        )
        model, report = loaded
        if beside is not None and "state_dict" in weights:
            model.generation_config = deepcopy(beside.generation_config)
        shapes = {name: size.shape for name, size in tensor_sizes(folder).items()}
        refuse(spec, Fit(report, shapes), model if quantized else None)
        if "bitsandbytes" in method.needs:
            _refuse_untouched(spec, model, method)
        model.eval().requires_grad_(False)
    if beside is not None and method.linear_only:
        _hold_once(model, beside)
    if device == "cpu":
        _compute_as_stored(model)
    say(_("Measuring {source}", source=spec.source))
    own = template_here(spec) if record_of(folder) else ""  # else it is the tokenizer's
    vocabulary = Vocabulary(tokenizer, own or "")
    with library_errors_as_advice(spec, folder, USE):
        # Packed weights unpack themselves at the first forward, and their memory is to be known.
        check_reading(spec, folder, model, vocabulary, dtype)
        limit = _context_length(model.config)
        return LoadedModel(
            spec=spec,
            model=model,
            vocabulary=vocabulary,
            identity=_card(
                spec,
                folder,
                model,
                device=device,
                devices=by_device(model, spread.map if spread else {}),
                dtype=dtype,
                dtype_reason=dtype_reason,
                bos=vocabulary.bos,
                context_length=limit,
                chat_template=hash_of(vocabulary.template),
            ),
            eos_ids=_eos_ids(model, tokenizer),
            context_length=limit,
            again=partial(
                load,
                spec,
                folder,
                tokenizer,
                device=device,
                dtype=dtype,
                dtype_reason=dtype_reason,
                unsafe_pickle=unsafe_pickle,
                over=over,
            ),
        )


def _weights(
    folder: Path, method: Method, beside: PreTrainedModel | None
) -> tuple[Any, dict[str, Any]]:
    """What reads a model, and from where: what the baseline holds is not read a second time."""
    import transformers

    away = beside is None or any(tensor.is_meta for tensor in beside.parameters())
    if beside is None or away or "bitsandbytes" not in method.needs:
        return transformers.AutoModelForCausalLM, {"pretrained_model_name_or_path": folder}
    return type(beside), {
        "pretrained_model_name_or_path": None,
        "config": deepcopy(beside.config),
        "state_dict": beside.state_dict(),
    }


def _refuse_untouched(spec: ModelSpec, model: PreTrainedModel, method: Method) -> None:
    """Refuse a model of which nothing was compressed, since its linear layers are of its own kind.

    Raises:
        BadSpec: If no layer is bitsandbytes'.
    """
    if not any(type(module).__module__.startswith("bitsandbytes") for module in model.modules()):
        raise refusal(
            "nothing_compressed",
            BadSpec,
            method=_(method.title),
            source=spec.source,
            kind=model.config.model_type,
        )


@contextmanager
def _by_layer(reading: str, say: Callable[[str], None]) -> Iterator[None]:
    """Tell which layer it is at while transformers reads weights in this thread."""
    from transformers.utils.logging import set_tqdm_hook

    here, open_ = get_ident(), True

    def told(weights: Any) -> Iterator[Any]:
        layers = [int(found[1]) if (found := _LAYER.search(name)) else 0 for name, _rest in weights]
        last = monotonic()
        for layer, weight in zip(accumulate(layers, max), weights, strict=True):
            if monotonic() > last + _PACE:
                last = monotonic()
                say(
                    _(
                        "{reading}: layer {layer} of {layers}",
                        reading=reading,
                        layer=layer + 1,
                        layers=max(layers) + 1,
                    )
                )
            yield weight

    def bar(make: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if open_ and get_ident() == here and named.get("desc") == "Loading weights":
            return told(*arguments)
        return make(*arguments, **named)

    before = set_tqdm_hook(bar)
    try:
        yield
    finally:
        open_ = False
        set_tqdm_hook(before)


def _hold_once(model: PreTrainedModel, beside: PreTrainedModel) -> None:
    """Let a model hold what its method has left alone where the baseline holds it."""
    ours = dict(beside.named_parameters())
    for name, tensor in model.named_parameters():
        other = ours.get(name)
        if other is not None and _KIND(tensor) == _KIND(other) and not tensor.is_meta:
            tensor.data = other.data


def _compute_as_stored(model: PreTrainedModel) -> None:
    """Keep bitsandbytes from repacking 4-bit weights at the first forward.

    Its path for CPUs with AVX512-BF16 computes and saves wrongly afterwards, and fails on
    widths that are not multiples of 64.
    """
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            setattr(module, "support_avx512bf16_for_cpu", False)  # noqa: B010 not in its type


def _context_length(config: Any) -> int | None:
    for name in _LIMITS:
        limit = getattr(config, name, None)
        if isinstance(limit, int) and limit > 0:
            return limit
    return None


def _eos_ids(model: PreTrainedModel, tokenizer: Any) -> frozenset[int]:
    generation = model.generation_config
    for holder in (generation, model.config, tokenizer):
        found = getattr(holder, "eos_token_id", None)
        if found is not None:
            return frozenset(found if isinstance(found, list) else [found])
    return frozenset()


def _card(spec: ModelSpec, folder: Path, model: PreTrainedModel, **known: Any) -> IdentityCard:
    weighed = weigh(model)
    method = str(spec.compression)
    stored = stored_quantization(config_of(folder))
    made, file = made_in(folder), record_of(folder)
    on_disk = sum(
        path.stat().st_size for path in [*folder.glob("*.safetensors"), *folder.glob("*.bin")]
    )
    bits = 8 * weighed.bytes_of_weights / max(weighed.parameters, 1)
    if file is not None and spec.compression.method == "none":
        method = f"already quantized: GGUF, {file.types}" if file.quantized else "none"
        on_disk, bits = file.size, file.bits_per_weight
    elif made is not None:
        method = str(made.spec.compression)
        if made.calibration:
            method += f", calibrated on {made.calibration['name']} ({made.calibration['hash']})"
    elif stored:
        method = f"already quantized: {stored.get('quant_method', 'unknown')}"
    return IdentityCard(
        source=spec.source,
        revision=revision_of(folder),
        method=method,
        parameters=weighed.parameters,
        bits_per_weight=bits,
        zero_share=weighed.zeros / max(weighed.parameters, 1),
        bytes_in_memory=weighed.bytes_of_weights + weighed.bytes_of_buffers,
        bytes_on_disk=on_disk,
        gguf=file,
        **known,
    )
