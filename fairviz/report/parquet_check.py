"""Whether a Parquet file of a stranger fits into memory, found out without filling it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fairviz.core import parquet_file
from fairviz.core.errors import Unreadable
from fairviz.i18n import _
from fairviz.report.zip_reading import refused


def survived(paths: Sequence[Path]) -> None:
    """Refuse a bundle with a table that ends whoever reads it.

    Raises:
        BadBundle: If there is one.
    """
    try:
        parquet_file.try_apart(*paths, name=_("A table of the bundle"))
    except Unreadable as error:
        raise refused(error.message) from error


def fits(path: Path, name: str) -> None:
    """Refuse a Parquet file that cannot be read or is too large in memory.

    Args:
        path: The file.
        name: What it is called in the bundle.

    Raises:
        BadBundle: If it cannot be read, or would take too much; see `parquet_file.table`.
    """
    try:
        parquet_file.table(path, name, tried=True)
    except Unreadable as error:
        raise refused(error.message) from error
