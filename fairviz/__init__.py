"""fairviz: what compression does to a language model, token by token.

`compare`, `branch`, `score`, `audit`, `probe`, `attribute`, `compress`, `tradeoff`,
`compare_forms`, `evenness`, `tables` and `report` are the command line's commands as functions; see
`fairviz.api`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fairviz.analyses.called import Result as Result
    from fairviz.api import attribute as attribute
    from fairviz.api import audit as audit
    from fairviz.api import branch as branch
    from fairviz.api import compare as compare
    from fairviz.api import compare_forms as compare_forms
    from fairviz.api import compress as compress
    from fairviz.api import evenness as evenness
    from fairviz.api import probe as probe
    from fairviz.api import score as score
    from fairviz.api import tables as tables
    from fairviz.api import tradeoff as tradeoff

__version__ = "0.1.0"
_API = (
    "Result compare branch score audit probe attribute compress tradeoff compare_forms evenness "
    "tables report"
).split()


def __getattr__(name: str) -> Any:
    """What is called from Python, imported when it is first asked for."""
    if name not in _API:
        raise AttributeError(f"module 'fairviz' has no attribute {name!r}")
    from fairviz import api

    return getattr(api, name)
