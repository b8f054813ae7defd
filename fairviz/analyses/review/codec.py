"""A review on disk: `review.json` with the pairs, which were copied into it, so that it outlives
the runs that it was made of, and in `answers/` a file for each reviewer.

Of an answer nothing is ever overwritten: one line an answer, flushed before the page goes on.
Whatever ends the process, the lines before it stand; a line that was being written is torn at most,
and the next one begins on a line of its own.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from fairviz.analyses.base import Codec, Stored
from fairviz.analyses.review.request import SCHEMA, Log, Review, line
from fairviz.core.disk import flush
from fairviz.core.stored import CannotKeep, Damaged, judged
from fairviz.i18n import _


def file_name(reviewer: str) -> str:
    """Of a person's answers: what of the name is safe, and a hash that no other name has."""
    digest = sha256(reviewer.encode(errors="replace")).hexdigest()
    return f"{slug(reviewer)[:40] or 'reviewer'}-{digest[:16]}.jsonl"


def slug(text: str) -> str:
    """Small letters, digits and hyphens of a text, accents taken off."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")


def append(path: Path, said: Mapping[str, Any]) -> None:
    """Add one line and wait until it is on the disk.

    Raises:
        CannotKeep: If it cannot be written.
    """
    stamped = {**said, "at": datetime.now(UTC).isoformat(timespec="milliseconds")}
    text = json.dumps(stamped, ensure_ascii=True) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
            wanted = ("\n" if torn else "").encode() + text.encode()
            if file.write(wanted) != len(wanted):
                raise OSError("the disk took only a part of the line")
            flush(path)
        flush(path.parent)
    except OSError as error:
        raise CannotKeep(
            _("The answer cannot be written to {path} ({error}).", path=path, error=error),
            fix=_("Free some space or mend the folder's rights, then answer again."),
        ) from error


def log(path: Path) -> Log | None:
    """A person's log; None where there is none, or it is not that of whom it names.

    Raises:
        CannotRead: If the system cannot read it now: it is no empty one.
    """
    try:
        with judged(path):
            texts = path.read_bytes().split(b"\n")
    except Damaged:
        return None
    lines, unreadable, reviewer = [], 0, ""
    for text in texts:
        if not text.strip():
            continue
        try:
            said = line(json.loads(text))
            reviewer = reviewer or str(said["reviewer"])
        except (ValueError, KeyError):
            unreadable += 1
        else:
            lines.append(said)
    # Under another file name it is a copy: nobody would go on in it, and some would count twice.
    return Log(reviewer, tuple(lines), unreadable) if path.name == file_name(reviewer) else None


def _write(folder: Path, review: Review) -> None:
    text = json.dumps(review.header(), ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "review.json").write_text(text, encoding="utf-8")


def _read(folder: Path) -> Review:
    found = [log(path) for path in (folder / "answers").glob("*.jsonl")]
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
