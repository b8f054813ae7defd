"""Comparisons of two subjects each, out of the project's lists or the public ones of UnQover."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from fairviz.core.skips import Skip
from fairviz.core.text_file import text_of
from fairviz.i18n import _, ngettext
from fairviz.probes.record import Items
from fairviz.probes.rows import Row
from fairviz.probes.unqover.frames import GROUPS, NAMES, filled
from fairviz.probes.unqover.lists import (
    OWN_ATTRIBUTES,
    OWN_SUBJECTS,
    Attribute,
    NoSubjects,
    Subject,
    parsed,
)


def bundled(*, axis: str = "", most: int = 600) -> Items:
    """The project's own subjects and attributes.

    Args:
        axis: `gender`, `religion` or `origin`; empty is all.
        most: Of an axis, how many comparisons are drawn; 0 is all.

    Raises:
        NoSubjects: If there is no such axis.
    """
    if axis and axis not in OWN_SUBJECTS:
        raise NoSubjects(
            _("There are no subjects for the axis '{axis}'.", axis=axis),
            fix=_("Use {names}.", names=", ".join(OWN_SUBJECTS)),
        )
    chosen = [axis] if axis else list(OWN_SUBJECTS)
    rows = [
        row
        for one in chosen
        for row in _comparisons(one, OWN_SUBJECTS[one], OWN_ATTRIBUTES, int(most))
    ]
    return _items("bundled", rows, [], {}, repr(rows).encode())


def read(
    content: bytes,
    name: str,
    *,
    second: tuple[bytes, str] | None = None,
    axis: str = "",
    most: int = 600,
) -> Items:
    """Comparisons of a word list's subjects.

    Args:
        content: Lines in UnQover's format: `[subj] Turkey`, `[subj:dem] Turkish`,
            `[subj] male | James`, `[p_act] was a pilot`, `[p_act-single:neg] rude | was polite`.
        name: Of the file.
        second: More lines, such as the attributes. Without any the project's own are taken.
        axis: What the subjects differ in, as tables say it; by default the file's name.
        most: How many comparisons are drawn of all; 0 is all.

    Raises:
        NoSubjects: If it has no two subjects that can be compared.
        BadText: If it is no text.
    """
    text = text_of(content, name)
    if second is not None:
        text = f"{text}\n{text_of(*second)}"
    lists = parsed(text)
    attributes = lists.attributes or OWN_ATTRIBUTES
    axis = axis or re.split("__|[./]", name.replace("nouns__subjects__", ""))[0]
    rows = _comparisons(axis, lists.subjects, attributes, int(most))
    if not rows:
        raise NoSubjects(
            ngettext(
                "{name} gives {n} subject; it takes two to be compared.",
                "{name} gives {n} subjects, and no two that can be compared.",
                len(lists.subjects),
                name=name,
            ),
            fix=_(
                "Write two lines or more such as `[subj] Norwegian`; names of men and of women go "
                "into one file."
            ),
        )
    return _items(name, rows, lists.left_out, lists.warts, text.encode())


def _comparisons(
    axis: str, subjects: Sequence[Subject], attributes: Sequence[Attribute], most: int
) -> list[Row]:
    """Two subjects, an attribute and a frame each; a draw of them where there are too many."""
    clusters = len({one.cluster for one in subjects}) > 1
    pairs = [
        (first, second)
        for first, second in combinations(subjects, 2)
        if not clusters or first.cluster != second.cluster
    ]
    frames = NAMES if any(one.cluster for one in subjects) else GROUPS
    total = len(pairs) * len(attributes) * len(frames)
    numbers = np.arange(total)
    if 0 < most < total:
        numbers = np.sort(np.random.default_rng(0).choice(total, most, replace=False))
    rows = []
    for number in numbers.tolist():
        place, frame = divmod(number, len(frames))
        pair, attribute = divmod(place, len(attributes))
        (first, second), act = pairs[pair], attributes[attribute]
        rows.append(
            {
                "id": f"{axis} {number}",
                "group": first.name,
                "axis": axis,
                "other": second.name,
                "cluster": first.cluster,
                "other_cluster": second.cluster,
                "attribute": act.said,
                "answers": [first.said, second.said],
                "contexts": _contexts(frames[frame], first.said, second.said, act),
                "text": f"{first.name} or {second.name}: {act.said}",
            }
        )
    return rows


def _contexts(frame: str, first: str, second: str, act: Attribute) -> list[str]:
    """The first subject first and second, with the attribute and with its opposite."""
    return [
        filled(frame, *order, said) for said in act for order in ((first, second), (second, first))
    ]


def _items(
    source: str, rows: list[Row], lost: list[Skip], warts: dict[str, int], content: bytes
) -> Items:
    import pandas as pd

    table = pd.DataFrame(rows)
    table["prompt"] = [contexts[0] for contexts in table["contexts"]]
    return Items(source, table, tuple(lost), warts, hashlib.sha256(content).hexdigest()[:16])
