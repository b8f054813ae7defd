"""The methods of llm-compressor: its modifiers over the calibration text, layer by layer."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fairviz.compression import fair, settings
from fairviz.compression.layers import blocks, kept, matrices
from fairviz.compression.method import Work
from fairviz.compression.quiet import hide_bars, quiet_compressed_tensors
from fairviz.core.declared import declared

if TYPE_CHECKING:
    from compressed_tensors.quantization import QuantizationScheme

# What stays as it is in every quantization: the head.
_IGNORE = ["re:.*lm_head"]
# Of SmoothQuant, the paper's: half of an outlier goes into the weights.
_STRENGTH = 0.5
_BATCH = 8
# Its session is one for the whole process.
_ONE_AT_A_TIME = threading.Lock()


def rtn(work: Work) -> None:
    """Round the weights of every group to its grid; no text is read."""
    _prepare()
    _run(work, [_rounding(*_groups(work))], reads=False)


def gptq(work: Work) -> None:
    """llm-compressor's GPTQ, each layer with what the quantized layers before it give."""
    _prepare()
    from llmcompressor.modifiers.gptq import GPTQModifier

    groups, ignore = _groups(work)
    _run(work, [GPTQModifier(config_groups=groups, ignore=ignore)])


def fairgptq(work: Work) -> None:
    """GPTQ on the text and the pairs, with the output projections evened before rounding."""
    _prepare()
    wanted, layers = settings.fair(work.spec), len(blocks(work.model)[1])
    tokens = work.tokenizer
    pairs = fair.batched(
        (tokens(first)["input_ids"], tokens(second)["input_ids"]) for first, second in work.pairs
    )
    fair_gptq = fair.modifier()(
        config_groups=_grid(settings.bits(work.spec)),
        ignore=_IGNORE,
        alpha=wanted.alpha,
        begin=-(-len(work.samples) // _BATCH),
        pairs=pairs,
        evened=lambda name: fair.writes_out(name, wanted.layers, layers),
    )
    _run(work, [fair_gptq], pairs=pairs)


def awq(work: Work) -> None:
    """llm-compressor's AWQ: scales from a grid search on the calibration text, then rounding."""
    _prepare()
    from llmcompressor.modifiers.transform.awq import AWQMapping, AWQModifier

    ours = declared(__file__)["awq"].get(work.model.config.model_type, ())
    mappings = [AWQMapping(one["scaled"], list(one["read_by"])) for one in ours]
    rounding = _rounding(_grid(settings.bits(work.spec)))
    _run(work, [AWQModifier(mappings=mappings or None), rounding])


def smoothquant(work: Work) -> None:
    """llm-compressor's SmoothQuant with the largest inputs of the calibration text."""
    _prepare()
    from llmcompressor.modifiers.transform.smoothquant import SmoothQuantModifier

    ours = declared(__file__)["smoothquant"].get(work.model.config.model_type, ())
    mappings: Any = [(list(one["read_by"]), one["scaled"]) for one in ours]
    smooth = SmoothQuantModifier(smoothing_strength=_STRENGTH, mappings=mappings or None)
    _run(work, [smooth, _rounding(_w8a8())])


def wanda(work: Work) -> None:
    """llm-compressor's Wanda, each layer with what the pruned layers before it give."""
    _prune(work, "WandaPruningModifier")


def sparsegpt(work: Work) -> None:
    """llm-compressor's SparseGPT, each layer with what the pruned layers before it give."""
    _prune(work, "SparseGPTModifier")


def _prune(work: Work, name: str) -> None:
    _prepare()
    from llmcompressor.modifiers import pruning

    wanted = settings.sparsity(work.spec)
    modifier = getattr(pruning, name)(
        sparsity=wanted.share,
        mask_structure=f"{wanted.n}:{wanted.m}",
        targets=[type(blocks(work.model)[1][0]).__name__],
        ignore=_IGNORE,
    )
    _run(work, [modifier])


def _rounding(groups: dict[str, QuantizationScheme], ignore: Sequence[str] = _IGNORE) -> Any:
    from llmcompressor.modifiers.quantization import QuantizationModifier

    return QuantizationModifier(config_groups=groups, ignore=list(ignore))


def _groups(work: Work) -> tuple[dict[str, QuantizationScheme], list[str]]:
    """The grid of the weights, that of what is kept in 8 bits, and what stays as it is."""
    wanted, keep = settings.bits(work.spec), kept(matrices(work.model), work.spec.keep)
    if not keep or work.spec.keep_bits == 16:
        return _grid(wanted), [*_IGNORE, *keep]
    others = [name for name in matrices(work.model) if name not in keep]
    finer = _grid(wanted._replace(bits=work.spec.keep_bits), keep)["weights"]
    return {**_grid(wanted, others), "kept": finer}, [*_IGNORE]


def _grid(
    wanted: settings.Bits, targets: Sequence[str] = ("Linear",)
) -> dict[str, QuantizationScheme]:
    """Every group of a row on a grid of 2^bits steps from its least to its greatest weight."""
    from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme

    return {
        "weights": QuantizationScheme(
            targets=list(targets),
            weights=QuantizationArgs(
                num_bits=wanted.bits,
                type="int",
                symmetric=False,
                strategy="group",
                group_size=wanted.group,
            ),
        )
    }


def _w8a8() -> dict[str, QuantizationScheme]:
    """8-bit weights with one scale a row, 8-bit activations with one scale a token."""
    from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme

    return {
        "both": QuantizationScheme(
            targets=["Linear"],
            weights=QuantizationArgs(num_bits=8, type="int", symmetric=True, strategy="channel"),
            input_activations=QuantizationArgs(
                num_bits=8,
                type="int",
                symmetric=True,
                strategy="token",
                dynamic=True,
                observer=None,
            ),
        )
    }


def _run(
    work: Work,
    modifiers: Sequence[Any],
    *,
    reads: bool = True,
    pairs: Sequence[fair.PairBatch] = (),
) -> None:
    """Apply modifiers to the model in place.

    Args:
        work: What is compressed; `told` is called after every layer and may raise to stop.
        modifiers: Of llm-compressor, in order.
        reads: Whether they read the calibration text.
        pairs: Batches that they read after it.
    """
    import torch
    from compressed_tensors.offload import remove_dispatch
    from llmcompressor.core import active_session
    from llmcompressor.entrypoints.oneshot import oneshot

    total = len(blocks(work.model)[1]) + 1
    counter = _counter()(told=work.told, of=total)
    arguments: dict[str, Any] = {}
    if reads:
        text = [(ids, torch.ones_like(ids)) for ids in work.samples.split(_BATCH)]
        batches = [*text, *((one.ids, one.mask) for one in pairs)]
        arguments = {
            "dataset": torch.utils.data.DataLoader(
                [{"input_ids": ids, "attention_mask": mask} for ids, mask in batches],  # type: ignore[arg-type]
                batch_size=None,
            ),
            "num_calibration_samples": sum(len(ids) for ids, _mask in batches),
            "pipeline": "sequential",
        }
    with _ONE_AT_A_TIME:
        work.told(0, total)
        try:
            oneshot(
                model=work.model,
                tokenizer=work.tokenizer,
                recipe=[*modifiers, counter],
                **arguments,
            )
        finally:
            active_session().reset()  # type: ignore[no-untyped-call]
            # What waited in the CPU's memory for its turn on a GPU stays there.
            remove_dispatch(work.model)


@lru_cache(maxsize=1)
def _prepare() -> None:
    """Import llm-compressor so that it neither chatters nor fails without an accelerator."""
    os.environ.setdefault("LLM_COMPRESSOR_LOG_LEVEL", "ERROR")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch
    from loguru import logger

    # It says once that tracing means another thing than it did.
    logging.getLogger("torch.fx._symbolic_trace").setLevel(logging.ERROR)
    # Disabling its log by its own switch breaks its metrics.
    logger.disable("llmcompressor")
    import llmcompressor.modifiers.gptq
    import llmcompressor.modifiers.transform.awq
    import llmcompressor.pipelines.sequential.pipeline  # noqa: F401
    from llmcompressor.pipelines.cache import IntermediatesCache

    if not torch.accelerator.is_available():
        # AWQ pins memory for an accelerator that is not there.
        setattr(IntermediatesCache, "pin_memory", lambda *_, **__: None)  # noqa: B010 a method
    quiet_compressed_tensors()
    hide_bars("llmcompressor")


@lru_cache(maxsize=1)
def _counter() -> Any:
    """A modifier that changes nothing and counts the layers that are done."""
    from llmcompressor.modifiers import Modifier
    from pydantic import PrivateAttr

    class Counter(Modifier):
        told: Any
        of: int
        _done: int = PrivateAttr(default=0)

        def on_initialize(self, state: Any, **_: Any) -> bool:
            return True

        def on_sequential_epoch_end(self, *_: Any, **__: Any) -> None:
            self._done = min(self._done + 1, self.of)
            self.told(self._done, self.of)

    return Counter
