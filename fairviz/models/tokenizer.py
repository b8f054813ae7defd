"""The tokenizer that belongs to a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fairviz.errors import ModelUnavailable
from fairviz.language import tr
from fairviz.specs import ModelSpec

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def read_tokenizer(spec: ModelSpec, folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a checkpoint.

    Raises:
        ModelUnavailable: If there is none, or one that knows special tokens only, which is
            what transformers makes for some architectures when the files are missing.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(
            folder, trust_remote_code=False, local_files_only=True
        )
    except Exception as error:
        raise _no_tokenizer(spec, error) from error
    if len(tokenizer.get_vocab()) <= len(tokenizer.all_special_ids):
        raise _no_tokenizer(spec, ValueError(tr("it knows no tokens")))
    found: PreTrainedTokenizerBase = tokenizer
    return found


def _no_tokenizer(spec: ModelSpec, error: Exception) -> ModelUnavailable:
    reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return ModelUnavailable(
        tr(
            "{source} has no tokenizer that can be read ({reason}).",
            source=spec.source,
            reason=reason,
        ),
        fix=tr(
            "Put the tokenizer's files (tokenizer.json, tokenizer_config.json) into its folder."
        ),
    )
