"""The failures a user can mend: what failed, with which value, and the way out."""

from functools import partial
from typing import Any


class FairvizError(Exception):
    """A known failure: what failed, with which value, and as an imperative sentence the way out.

    It is shown as advice and never as a traceback.
    """

    def __init__(self, message: str, *, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message} {self.fix}"

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), fix=self.fix), (self.message,)


class BadSpec(FairvizError):
    """A model, method or decoding setting that cannot be read."""


class ModelUnavailable(FairvizError):
    """A checkpoint that is not here, is gated, or is not a causal language model."""


class VocabularyMismatch(FairvizError):
    """Two models whose token ids do not mean the same tokens."""


class MissingPackage(FairvizError):
    """An optional package that a method needs and this environment lacks."""


class OutOfMemory(FairvizError):
    """A pair that does not fit on the device."""


class PromptTooLong(FairvizError):
    """A prompt that leaves no room in the context of one of the models."""


class EmptyPrompt(FairvizError):
    """A prompt of no tokens for a model that has no beginning-of-text token."""


class BadText(FairvizError):
    """A file that cannot be read as text."""


class Unreadable(FairvizError):
    """A file that is not what its name says."""


class NotFinite(FairvizError):
    """A model whose distribution over the next token is not made of numbers."""


class NoEmbedding(FairvizError):
    """A token that the tokenizer knows and the model has no row for."""
