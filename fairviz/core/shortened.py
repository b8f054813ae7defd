"""Long lines made short for a reader: texts lose their end, names of models their middle."""

from __future__ import annotations

import re

_FOLDERS = re.compile(r"[/\\]")


def shortened(text: str, most: int = 60) -> str:
    """The beginning of a text: one line of at most `most` characters.

    Spaces that do not break, as before a French colon, stay.
    """
    line = re.sub(r"[^\S\u00a0\u202f]+", " ", text).strip()
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def middle(name: object, most: int = 32) -> str:
    """A model's name or a path of at most `most` characters: the folders between go first.

    What tells models apart is kept: the last part of a path with its `+method`, else both ends.
    """
    line = str(name)
    if len(line) <= most:
        return line
    last = _FOLDERS.split(line)[-1]
    if len(last) + 2 <= most and last != line:
        first = line[: most - len(last) - 2]
        kept = first[: max(first.rfind("/"), first.rfind(chr(92))) + 1]
        return f"{kept}…/{last}" if kept and kept + last != line else last
    if len(last) <= most:
        return last
    tail = (most - 1) * 2 // 3
    return f"{line[: most - 1 - tail]}…{line[-tail:]}"
