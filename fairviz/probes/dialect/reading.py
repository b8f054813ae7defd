"""Documents of two or more corpora, out of one file or of two."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import PurePath

from fairviz.core import skips
from fairviz.core.errors import FairvizError
from fairviz.core.json_file import is_object
from fairviz.core.set_files import LINE, rows
from fairviz.core.skips import Skip
from fairviz.core.text_file import text_of
from fairviz.i18n import _, ngettext, said
from fairviz.probes.fields import columns
from fairviz.probes.record import Items
from fairviz.probes.rows import Row

_KNOWN: dict[str, tuple[str, ...]] = {
    "text": ("text", "document", "sentence", "content", "prompt"),
    "corpus": ("corpus", "dialect", "variety", "group", "language"),
    "id": ("id", "key", "pair"),
}
_BLANK = re.compile(r"\n[ \t]*\n\s*")


class OneCorpus(FairvizError):
    """Documents that are all of one corpus."""


def read(content: bytes, name: str, *, second: tuple[bytes, str] | None = None) -> Items:
    """Documents of corpora; the corpus that comes first is the one others are compared with.

    A `.txt` file holds documents parted by empty lines, or one a line where it has none. Other
    kinds have a column `text`, `id` where documents of two corpora say the same thing, and
    `corpus` where one file holds several.

    Args:
        content: Of the first corpus, or of all.
        name: Its name, which names the corpus too.
        second: The second corpus and its name.

    Raises:
        OneCorpus: If there is only one corpus.
        ColumnsMissing: If a column is not there.
        FairvizError: If a file cannot be read.
    """
    import pandas as pd

    kept, lost = _documents(content, name)
    if second is not None:
        more, also = _documents(*second)
        kept, lost = kept + more, lost + also
    corpora = list(dict.fromkeys(row["group"] for row in kept))
    if len(corpora) < 2:
        raise OneCorpus(
            ngettext(
                "The only document is of one corpus, {corpus}.",
                "All {n} documents are of one corpus, {corpus}.",
                len(kept),
                corpus=corpora[0] if corpora else _("none"),
            ),
            fix=_("Give a second file of another name, or a column corpus."),
        )
    known = Counter(row["key"] for row in kept if row["key"])
    first: dict[tuple[str, str], int] = {}
    for place, row in enumerate(kept):
        # A document without a counterpart stands alone, or with those of the same text.
        alone = first.setdefault((row["group"], row["text"]), place)
        row["aligned"] = known[row["key"]] > 1
        row["key"] = row["key"] if row["aligned"] else f"\0{alone}"
    source = f"{name} and {second[1]}" if second else name
    content_hash = hashlib.sha256(content + (second[0] if second else b"")).hexdigest()[:16]
    return Items(source, pd.DataFrame(kept), tuple(lost), {}, content_hash)


def _documents(content: bytes, name: str) -> tuple[list[Row], list[Skip]]:
    stem = PurePath(name).stem
    if name.lower().endswith(".txt"):
        text = text_of(content, name).replace("\r\n", "\n").strip()
        parts = _BLANK.split(text) if _BLANK.search(text) else text.split("\n")
        found = [part.strip() for part in parts if part.strip()]
        return [_row(stem, f"{stem} {n}", "", part) for n, part in enumerate(found, 1)], []
    table = rows(content, name)
    by = columns(table.columns, _KNOWN | {"text": (*_KNOWN["text"], LINE)}, name, ("text",))
    kept, lost = [], [skips.within(name, one) for one in table.left_out]
    for line, fields in table.rows:
        cells = {field: str(fields.get(column) or "").strip() for field, column in by.items()}
        if not cells["text"] or is_object(fields.get(by["text"])):
            reason = skips.AN_OBJECT if cells["text"] else skips.EMPTY_TEXT
            lost.append(Skip(said._("{name}, line {number}", name=name, number=line), reason))
            continue
        corpus, key = cells.get("corpus") or stem, cells.get("id", "")
        kept.append(_row(corpus, f"{corpus} {key or line}", key, cells["text"]))
    return kept, lost


def _row(corpus: str, identity: str, key: str, text: str) -> Row:
    return {"id": identity, "group": corpus, "key": key, "text": text, "prompt": text[:200]}
