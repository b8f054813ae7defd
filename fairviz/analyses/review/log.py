"""A reviewer's answers on disk: one line an answer, flushed before the page goes on.

Nothing is ever overwritten. Whatever ends the process, the lines before it stand; a line that was
being written is torn at most, and the next one begins on a line of its own.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from fairviz.analyses.review.request import Log, line
from fairviz.core.disk import flush
from fairviz.core.errors import FairvizError
from fairviz.core.stored import CannotKeep, Damaged, judged
from fairviz.i18n import _


class BadName(FairvizError):
    """A name that cannot be taken."""


def named(typed: str) -> str:
    """A reviewer's name as typed, without what cannot be seen.

    Raises:
        BadName: If nothing is left, or it is longer than 80 characters.
    """
    kept = (char if char.isprintable() else " " for char in unicodedata.normalize("NFC", typed))
    name = " ".join("".join(kept).split())
    if not name or len(name) > 80:
        raise BadName(
            _("A reviewer needs a name of 1 to 80 characters."),
            fix=_("Type one; any name will do."),
        )
    return name


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
        new = not path.exists()
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            wanted = ("\n" if torn else "").encode() + text.encode()
            if os.write(handle, wanted) != len(wanted):
                raise OSError("the disk took only a part of the line")
            os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            flush(path.parent)
    except OSError as error:
        raise CannotKeep(
            _("The answer cannot be written to {path} ({error}).", path=path, error=error),
            fix=_("Free some space or mend the folder's rights, then answer again."),
        ) from error


def read(path: Path) -> Log | None:
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
    if path.name != file_name(reviewer):
        return None
    return Log(reviewer, tuple(lines), unreadable)
