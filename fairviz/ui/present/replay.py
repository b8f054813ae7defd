"""A stored answer appears again as it was written, at the speed at which a room reads."""

from __future__ import annotations

from typing import Any

from fairviz.analyses.comparison.request import Comparison
from fairviz.i18n import _

# People read some four words a second; a token is a little less than a word.
TOKENS_PER_SECOND = 5.0


def replay(comparison: Comparison) -> dict[str, Any]:
    """What the panes of tokens need to show an answer again; both take the same steps."""
    return {
        "speed": TOKENS_PER_SECOND,
        "longest": max(map(len, comparison.texts.values())),
        "words": {
            "pause": _("Pause (p)"),
            "go_on": _("Go on (p)"),
            "again": _("Replay (r)"),
        },
    }
