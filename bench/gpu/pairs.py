"""The models that a machine is checked with: a tiny random one, and one in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedTokenizerFast

from fairviz.compression.calibration import Calibration, bundled

TEXT = (
    "Once upon a time there was a nurse who lived by the sea. Every morning she walked to the "
    "harbour, where the judge and his daughter were mending their nets, and told them what the "
    "night had brought."
)


class Checkpoint(NamedTuple):
    """A folder with a model.

    Attributes:
        name: What the table calls it.
        folder: Its weights and tokenizer.
        ids: A text's token ids, which are read.
        calibration: What methods read.
    """

    name: str
    folder: Path
    ids: list[int]
    calibration: Calibration


def tiny(folder: Path) -> Checkpoint:
    """A random Llama of two layers, whose distributions are far from even, and its tokenizer."""
    tokenizer = _tokenizer()
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=512,
        initializer_range=0.15,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
    )
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return Checkpoint("tiny", folder, tokenizer(TEXT)["input_ids"][:96], bundled(8, 64))


def real(folder: Path) -> Checkpoint:
    """A model that someone trained."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return Checkpoint(folder.name, folder, tokenizer(TEXT)["input_ids"], bundled(32, 128))


def _tokenizer() -> PreTrainedTokenizerFast:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>")


def with_noise(folder: Path, noise: float = 0.03) -> tuple[Any, Any]:
    """The model and a copy with noise on its matrices, in float32 on the CPU.

    The noise is a share of each matrix's own deviation, the same on every machine.
    """
    models = []
    for share in (0.0, noise):
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True
        )
        generator = torch.Generator().manual_seed(1)
        for weight in model.parameters() if share else ():
            if weight.dim() == 2:
                drawn = torch.randn(weight.shape, generator=generator)
                weight.data.add_(drawn, alpha=share * float(weight.detach().std()))
        models.append(model.eval().requires_grad_(False))
    return models[0], models[1]
