"""A review on disk: `review.json` with the pairs, which were copied into it, so that it outlives
the runs that it was made of, and in `answers/` a file for each reviewer.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from fairviz.analyses.base import Codec, Stored
from fairviz.analyses.review import log
from fairviz.analyses.review.request import SCHEMA, Review


def _write(folder: Path, review: Review) -> None:
    text = json.dumps(review.header(), ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "review.json").write_text(text, encoding="utf-8")


def _read(folder: Path) -> Review:
    found = [log.read(path) for path in (folder / "answers").glob("*.jsonl")]
    logs = sorted((one for one in found if one is not None), key=lambda one: one.reviewer)
    return replace(_review(folder), logs=tuple(logs))


def _head(folder: Path) -> Stored:
    review = _review(folder)
    return Stored(review.name, review, review.date)


def _review(folder: Path) -> Review:
    said = json.loads((folder / "review.json").read_text(encoding="utf-8"))
    return Review.from_document({**said, "name": folder.name, "logs": ()})


CODEC = Codec(
    folder="reviews",
    schema=SCHEMA,
    result=Review,
    needed="review.json",
    files=re.compile(r"review\.json|answers/[a-z0-9-]{1,80}\.jsonl"),
    write=_write,
    read=_read,
    head=_head,
    run=re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?"),
)
