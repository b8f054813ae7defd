"""What an audit calls its set and its parts, in the current language; a file's stay as in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz.i18n import _
from fairviz.probes import labels

if TYPE_CHECKING:
    import pandas as pd

_BANK = "bank"


def called(source: str) -> str:
    """A set as a reader says it: the bank in words, a task or a file by its name."""
    return _("fairviz's prompts, French and English") if source == _BANK else source


def label(value: str, source: str) -> str:
    """A language, theme or group of a set; those of a file stand as in the file."""
    return labels.shown(value) if source == _BANK else value


def may_hurt(source: str, table: pd.DataFrame) -> bool:
    """Whether rows are shown only when asked for: a stranger's prompts about people. The bank's
    own were written to be shown."""
    return source != _BANK and bool(table["group"].ne("").any())
