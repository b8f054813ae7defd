"""The two sizes of the demo model: BLOOM with widths that every 4-bit kernel accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fairviz.demo.tokenizer import CONTEXT

if TYPE_CHECKING:
    from transformers import BloomForCausalLM


class Size(NamedTuple):
    """Width, depth and heads; the width is a multiple of 64."""

    hidden: int
    layers: int
    heads: int


DEMO = Size(hidden=128, layers=4, heads=4)
STUDENT = Size(hidden=128, layers=2, heads=4)


def build(size: Size, vocabulary: int, end: int) -> BloomForCausalLM:
    """A freshly initialised model; documents start at position 0 and end in token `end`."""
    from transformers import BloomConfig, BloomForCausalLM

    config = BloomConfig(
        vocab_size=vocabulary,
        hidden_size=size.hidden,
        n_layer=size.layers,
        n_head=size.heads,
        hidden_dropout=0.0,
        attention_dropout=0.0,
        bos_token_id=None,
        eos_token_id=end,
        pad_token_id=end,
    )
    config.seq_length = CONTEXT
    return BloomForCausalLM(config)
