"""`cache`: what lies in the cache folder, how large it is, and how it is made smaller."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fairviz.cli.options import Document
from fairviz.cli.output import printable, say, table, write_json
from fairviz.core.errors import BadSpec, FairvizError
from fairviz.core.sizes import size_in, size_in_words

if TYPE_CHECKING:
    from fairviz.report.cache_folder import Contents, Entry

cache = typer.Typer(
    no_args_is_help=True,
    help="What lies in the cache folder, how large it is, and how it is made smaller.",
)

Limit = Annotated[
    str,
    typer.Option(
        help="How large the cache may become, as in 5GB or none; by default FAIRVIZ_CACHE_LIMIT, "
        "else 5GB."
    ),
]
Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        help="Only comparison, reading, audit, probe, attribution, tradeoff, evenness, served, "
        "point, null (what null models read), unfinished (what workers have done of a run) or "
        "model; repeat it for several.",
    ),
]


@cache.command(name="list")
def list_(limit: Limit = "", kind: Kinds = None, json_file: Document = "") -> None:
    """Everything in it, the oldest first: kind, key, size, date, and what holds it."""
    found = _contents(limit)
    entries = [entry for entry in found.entries if not kind or entry.kind in kind]
    if json_file:
        write_json({**_size(found), "entries": [_row(entry) for entry in entries]}, json_file)
    if json_file != "-":
        _print(entries)
        say(_total(found))


@cache.command()
def size(limit: Limit = "", json_file: Document = "") -> None:
    """How large it is, by kind, and how large it may become."""
    found = _contents(limit)
    if json_file:
        write_json(_size(found), json_file)
    if json_file != "-":
        n = Counter(entry.kind for entry in found.entries)
        table(
            ("kind", "entries", "size"),
            [
                (kind, f"{n[kind]:,}", size_in_words(bytes_))
                for kind, bytes_ in _by_kind(found).most_common()
            ],
        )
        say(_total(found))


@cache.command()
def prune(
    older_than: Annotated[
        str, typer.Option(help="What was last written longer ago: 30d, 12h or 2w.")
    ] = "",
    keep_reported: Annotated[
        bool, typer.Option("--keep-reported", help="All that no report or review holds.")
    ] = False,
    to_limit: Annotated[
        bool, typer.Option("--to-limit", help="The oldest, until the cache is within its limit.")
    ] = False,
    limit: Limit = "",
    kind: Kinds = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be deleted.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    json_file: Document = "",
) -> None:
    """Delete what was computed and is not reported.

    What a report or a blind review holds, reports, reviews, imported tables and damaged runs are
    never deleted, whatever is asked for.
    """
    from fairviz.report.cache_folder import COMPUTED, age_in
    from fairviz.report.cache_folder import prune as delete

    if not (older_than or keep_reported or to_limit):
        raise BadSpec(
            "It is not said what may go.",
            fix="Give --older-than 30d, --to-limit, or --keep-reported for all that is not held.",
        )
    wrong = sorted(set(kind or ()) - set(COMPUTED))
    if wrong:
        raise BadSpec(
            f"{printable(wrong[0])!r} is no kind that is pruned.",
            fix=f"Name one of {', '.join(COMPUTED)}.",
        )
    age = age_in(older_than, "--older-than") if older_than else None
    found = _contents(limit)
    chosen = found.prunable(older_than=age, to_limit=to_limit, kinds=kind or ())
    total = sum(entry.bytes for entry in chosen)
    if json_file != "-":
        _print(chosen)
    freed = 0
    if chosen and not dry_run and (yes or _agreed(len(chosen), size_in_words(total))):
        freed = delete(chosen)
    left = _contents(limit)
    if json_file:
        rows = [_row(entry) for entry in chosen]
        write_json({**_size(left), "chosen": rows, "freed": freed}, json_file)
    if json_file != "-":
        said = "would be freed" if dry_run else "freed"
        say(f"{size_in_words(total if dry_run else freed)} {said}.")
        say(_total(left))
        if to_limit and left.excess and not left.prunable():
            say("What is left is held by reports and reviews, or was not computed here.")


def warning() -> str:
    """That the cache is larger than it may become, and the way out; empty where it is not."""
    try:
        found = _contents("")
    except FairvizError as error:
        return str(error)
    if not found.excess:
        return ""
    return f"{_total(found)} `python -m fairviz cache prune --to-limit` makes it smaller."


def _contents(limit: str) -> Contents:
    from fairviz.report.cache_folder import contents

    found = contents()
    return replace(found, limit=size_in(limit, "--limit")) if limit else found


def _agreed(n: int, size: str) -> bool:
    if not sys.stdin.isatty():
        raise BadSpec("Nobody is there to ask.", fix="Add --yes to delete them, or --dry-run.")
    return typer.confirm(f"Delete {'it' if n == 1 else f'these {n:,}'} ({size})?", err=True)


def _total(found: Contents) -> str:
    most = "no limit" if found.limit is None else f"at most {size_in_words(found.limit)}"
    over = f", {size_in_words(found.excess)} over the limit" if found.excess else ""
    return f"{found.root}: {size_in_words(found.bytes)} of {most}{over}."


def _by_kind(found: Contents) -> Counter[str]:
    sizes: Counter[str] = Counter()
    for entry in found.entries:
        sizes[entry.kind] += entry.bytes
    return sizes


def _size(found: Contents) -> dict[str, Any]:
    return {
        "folder": str(found.root),
        "bytes": found.bytes,
        "limit": found.limit,
        "kinds": dict(_by_kind(found)),
    }


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "key": entry.key,
        "bytes": entry.bytes,
        "written": _date(entry),
        "held_by": list(entry.held_by),
    }


def _date(entry: Entry) -> str:
    return datetime.fromtimestamp(entry.written, UTC).isoformat(timespec="minutes")


def _print(entries: list[Entry]) -> None:
    if not entries:
        say("Nothing.")
        return
    heads = ("kind", "key", "size", "written", "held by")
    table(
        heads,
        [
            (one.kind, one.key, size_in_words(one.bytes), _date(one)[:10], ", ".join(one.held_by))
            for one in entries
        ],
    )
