"""What of a file cannot be asked, told where it was chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from fairviz.core import skips
from fairviz.core.skips import Skip
from fairviz.i18n import _, number
from fairviz.ui.plain import plain


def draw(kept: int, skipped: Sequence[Skip]) -> None:
    """How many can be asked, and why the others cannot; nothing where all can.

    Args:
        kept: How many can be asked.
        skipped: The others.
    """
    if not skipped:
        return
    often = Counter(skip.reason for skip in skipped).most_common(4)
    st.warning(
        _(
            "{kept:,} can be asked, {lost:,} left out: {reasons}. The first: {which}.",
            kept=kept,
            lost=len(skipped),
            reasons=listed(often),
            which=plain(skips.place(skipped[0].which)),
        ),
        icon=":material/rule:",
    )


def listed(counted: Sequence[tuple[str, int]]) -> str:
    """Stored reasons, each with how often."""
    parts = [f"{plain(skips.message(reason))} ({number(often, ',')})" for reason, often in counted]
    return _("; ").join(parts)
