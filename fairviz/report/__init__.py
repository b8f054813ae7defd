"""Findings that leave the machine they were made on: a report as one file, and as a bundle.

The package has the name of the function `fairviz.report`, so it is called like it too.
"""

import sys
from types import ModuleType
from typing import Any


class _Report(ModuleType):
    def __call__(self, *runs: Any, **options: Any) -> Any:
        """See `fairviz.api.report`."""
        import fairviz

        # Asked of the package itself: the attribute `report` is this module once it is imported.
        return fairviz.__getattr__("report")(*runs, **options)


sys.modules[__name__].__class__ = _Report
