"""The demo's byte-level BPE tokenizer, trained on the grammar's own text."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from fairviz.demo.grammar import documents

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

VOCABULARY, CONTEXT, END = 3072, 256, "</s>"


def build(seed: int, sample: int = 30_000) -> PreTrainedTokenizerFast:
    """A fast tokenizer of at most `VOCABULARY` tokens; it adds no BOS and no EOS by itself.

    `sample` is how many documents of the corpus the merges are learned from.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    byte_level = Tokenizer(models.BPE())
    byte_level.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    byte_level.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    byte_level.train_from_iterator(islice(documents(seed), sample), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=byte_level,
        eos_token=END,
        pad_token=END,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
