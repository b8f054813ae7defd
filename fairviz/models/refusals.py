"""What is said where a model cannot be used, and the way out; the words: `refusals.toml`."""

from __future__ import annotations

from typing import Any

from fairviz.core.declared import declared, told
from fairviz.core.errors import FairvizError, ModelUnavailable


def refusal(
    which: str, kind: type[FairvizError] = ModelUnavailable, /, **values: Any
) -> FairvizError:
    """An error under the words that `which` names, which `values` fill."""
    words = declared(__file__)[which]
    return kind(told(words["said"], **values), fix=told(words["fix"], **values))
