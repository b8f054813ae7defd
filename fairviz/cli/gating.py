"""`gate`: whether what was measured keeps the limits that its releaser sets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from fairviz.analyses.store import Store
from fairviz.cli.gate import written
from fairviz.cli.gate.numbers import groups, numbers
from fairviz.cli.gate.request import is_file, measured, read
from fairviz.cli.gate.rules import VERDICTS, Rule, judged, rule
from fairviz.cli.gate.written import Judged
from fairviz.cli.options import JsonFile
from fairviz.cli.output import progress, say, table, write_file, write_json
from fairviz.core.errors import BadSpec

# The exit code of a gate that fails.
FAILED = 3


def gate(
    asked: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|KEY",
            help="A TOML file that says what to measure and what to refuse, or keys of stored runs "
            "(audit, probe, score, compare print theirs).",
        ),
    ],
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LIMIT",
            help='What is refused: "mean_kl > 0.05", "flips > 3 %", "|shift| > 0.1", "any group '
            'changed"; repeat it. With a file, beside its own.',
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Also fail where the limit lies within the interval."),
    ] = False,
    junit: Annotated[str, typer.Option(help="Also write JUnit's XML to this file.")] = "",
    markdown: Annotated[str, typer.Option(help="Also write a table in Markdown here.")] = "",
    json_file: JsonFile = "",
) -> None:
    """Hold runs to limits; exit code 3 where a number is beyond one with its whole interval."""
    more = list(map(rule, fail_if or ()))
    runs = list(_runs(asked, more))
    fails = ("fail", "unmeasured", *(("open",) if strict else ()))
    opens = not any(one.outcome in fails for run in runs for one in run.verdicts)
    if junit:
        write_file(junit, written.junit(runs, fails))
    if markdown:
        write_file(markdown, written.markdown(runs, opens))
    if json_file:
        write_json(written.document(runs, opens), json_file)
    if json_file != "-":
        heads = ("verdict", "refused", "found", "models", "run")
        lines = [
            (one.outcome, one.rule.text, one.found, run.models, f"{run.kind} {run.key}")
            for run in runs
            for one in run.verdicts
        ]
        table(heads, lines)
        met = dict.fromkeys(outcome for outcome, *_rest in lines)
        for name in met:
            say(f"{name}: {VERDICTS[name]}")
        say("the gate passes" if opens else "the gate fails")
    if not opens:
        raise typer.Exit(FAILED)


def _runs(asked: list[str], more: list[Rule]) -> Iterator[Judged]:
    for one in asked:
        if one.endswith(".toml") or is_file(Path(one)):
            for run in read(Path(one)):
                with progress() as told:
                    found = measured(run, partial(told, 0, 0))
                for result in found:
                    yield _judged(result.kind, result.key, result.value, [*run.rules, *more])
            continue
        if not more:
            raise BadSpec("Nothing is refused.", fix='Give --fail-if, e.g. "mean_kl > 0.05".')
        kind = Store().kind_of(one)
        if not kind:
            raise BadSpec(
                f"There is no run {one}, and no such file.",
                fix="Name a key that a command printed, or a TOML file.",
            )
        yield _judged(kind, one, Store().load(kind, one), more)


def _judged(kind: str, key: str, result: Any, own: list[Rule]) -> Judged:
    models = f"{result.request.baseline} → {result.request.compressed}"
    verdicts = judged(own, numbers(kind, result), groups(kind, result))
    return Judged(kind, models, key, tuple(verdicts))
