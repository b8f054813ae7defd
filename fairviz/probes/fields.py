"""Which column of someone's file is which field, by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairviz.core.errors import FairvizError
from fairviz.i18n import _
from fairviz.i18n.listing import listed


class ColumnsMissing(FairvizError):
    """A file that lacks a column of its probe."""


def columns(
    there: Sequence[str], known: Mapping[str, Sequence[str]], name: str, needed: Sequence[str]
) -> dict[str, str]:
    """Field -> column, the likeliest name first; fields that are not there are absent.

    Args:
        there: The file's columns.
        known: Field -> names it goes by, in lower case.
        name: Of the file.
        needed: Fields it cannot do without.

    Raises:
        ColumnsMissing: If one of these is not there.
    """
    by_name = {column.strip().lower(): column for column in reversed(there)}
    found = {
        field: next(by_name[one] for one in names if one in by_name)
        for field, names in known.items()
        if any(one in by_name for one in names)
    }
    absent = [field for field in needed if field not in found]
    if absent:
        raise ColumnsMissing(
            _(
                "{name} has the columns {columns}; none of them is the {absent}.",
                name=name,
                columns=listed(there),
                absent=absent[0],
            ),
            fix=_("Name it {names}.", names=_(" or ").join(known[absent[0]][:3])),
        )
    return found
