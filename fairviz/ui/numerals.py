"""Tables whose numbers are written as the language writes them, and still sort as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from fairviz.i18n import number

if TYPE_CHECKING:
    from pandas import DataFrame
    from pandas.io.formats.style import Styler


def numerals(table: DataFrame, forms: Mapping[str, str]) -> Styler:
    """`table` for `st.dataframe`, some of its columns written in a form.

    A number column with a `format` of its own in `column_config` would be written by the browser,
    with a point in every language: such a column gets its form here instead.

    Args:
        table: Its columns have names that differ.
        forms: Column -> Python's format (`.3g`); names that the table lacks are passed over.
    """
    there: dict[Any, Any] = {
        name: partial(number, form=form) for name, form in forms.items() if name in table
    }
    return table.style.format(there, na_rep="–", subset=list(there))
