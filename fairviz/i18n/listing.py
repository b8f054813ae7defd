"""Names of someone's file in a sentence: the first few, since there may be a hundred thousand."""

from __future__ import annotations

from collections.abc import Sequence

from fairviz.i18n import _

_MOST, _LONGEST = 12, 60


def listed(names: Sequence[str]) -> str:
    """`a, b, c`; of more than twelve the first ones and how many more there are."""
    short = (name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…" for name in names[:_MOST])
    said = ", ".join(short)
    if len(names) <= _MOST:
        return said
    return _("{names} and {n:,} more", names=said, n=len(names) - _MOST)
