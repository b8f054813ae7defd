"""A probe's run as a reader sees it: the groups, what the statistics allow, texts, tables."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from fairviz.analyses import identity
from fairviz.analyses.estimates import Brief, cell
from fairviz.analyses.identity import command, of_models
from fairviz.analyses.presentation import (
    Chip,
    Facts,
    Finding,
    Option,
    Presentation,
    Rows,
    Table,
    Text,
    chosen,
    data_frame,
)
from fairviz.analyses.probe import pictures
from fairviz.analyses.probe.request import ProbeResult
from fairviz.core import skips
from fairviz.core.declared import sentences_of
from fairviz.i18n import N_, _, joined, number, said
from fairviz.metrics.traces import BOTH
from fairviz.probes import labels
from fairviz.probes.cells import titled
from fairviz.probes.labels import called
from fairviz.probes.record import Outcome, Probe
from fairviz.probes.registry import probe_of
from fairviz.probes.results import LEVEL
from fairviz.probes.stored import differing
from fairviz.stats import FEW_UNITS

# Rows of a table and of the items, and pairs of texts, that a report prints; the bundle has all.
_ROWS, _ITEMS, _PAIRS = 60, 40, 4
_NAMED = 5  # groups in a sentence
_ASIDE = re.compile(r"\s*[:;(]")  # what follows explains a measure
# Rows that a browser takes at once.
_ROWS_OF_PAGE = 2000
_say = sentences_of(__file__)
_OF_ITEMS = ("text", "group", "baseline", "compressed", "shift", "flip")
_COLUMNS = (("baseline_text", "compressed_text"), ("baseline_answer", "compressed_answer"))


def options(result: ProbeResult) -> tuple[Option, ...]:
    """Which measure's samples are drawn, for a probe that draws many."""
    named = pictures.measures(result.outcome)
    if len(named) < 2:
        return ()
    first = next(iter(named))
    choices = tuple(named.items())
    return (Option("spread", N_("Measure shown"), choices, first, figure="probe_spread"),)


def present(
    result: ProbeResult, given: Mapping[str, Any], audience: str = "report"
) -> Presentation:
    """Everything about one run of a probe.

    Args:
        audience: On a `page` the items and their texts stand in a gallery of their own, and what
            the probe cannot show above it.
    """
    request, outcome, known = result.request, result.outcome, result.provenance
    which, page = probe_of(request.probe), audience == "page"
    call, note = _command(result, which, given)
    return Presentation(
        kind="probe",
        title=_(which.title),
        question=tuple(_question(result, which)),
        finding=_finding(outcome, which),
        identities=identity.cards(request, known) if which.models else (),
        texts=() if page else tuple(_texts(result)),
        figures=tuple(_figures(result, given)),
        tables=tuple(_tables(result, which, page=page)),
        allowed=tuple(map(said.shown, outcome.sentences)),
        not_allowed=(
            _say("these_items"),
            *(() if page else (_(which.cannot),)),
            _say("corrected", level=LEVEL),
            _say("no_change"),
        ),
        flags=identity.as_base(request, known, chats=which.chat),
        provenance=identity.provenance(known, _settings(result)),
        command=call,
        command_note=note,
        sensitive=which.sensitive,
        facts=_facts(result, which),
    )


def brief(result: ProbeResult, given: Mapping[str, Any]) -> Brief:
    """The measure over all items under both models, and its shift."""
    if not len(result.outcome.groups):
        return (cell("n", _("n"), len(result.outcome.items), "items"),)
    whole = {name: value for name, value in result.outcome.groups.iloc[0].items() if value == value}
    titles = {
        "n": _("n"),
        "baseline": _("Baseline"),
        "compressed": _("Compressed"),
        "difference": _("Shift"),
    }
    return tuple(
        cell(
            name,
            title,
            float(whole.get(name, math.nan)),
            "items" if name == "n" else "",
            float(whole.get("low" if name == "difference" else f"{name}_low", math.nan)),
            float(whole.get("high" if name == "difference" else f"{name}_high", math.nan)),
        )
        for name, title in titles.items()
    )


def _finding(outcome: Outcome, probe: Probe) -> Finding | None:
    """Of all items, by the test of the first number, corrected (Bonferroni) for the others of the
    set; or of the groups, by Holm."""
    if not len(outcome.groups):
        return None
    groups = outcome.groups.assign(units=outcome.groups.get("units", outcome.groups["n"]))
    whole, enough = groups.iloc[0], groups["units"] >= FEW_UNITS
    listed = outcome.metrics
    tests = len(set(listed.loc[listed["level"] == "aggregate", "metric"])) if len(listed) else 1
    moved = groups[enough & (groups["p_holm"] < LEVEL)].iloc[:_NAMED]
    name = _(probe.headline) or _ASIDE.split(said.shown(outcome.measure))[0]
    even = outcome.neutral  # NaN where no value is no preference
    values = {
        "measure": name[:1].upper()
        + name[1:]
        + (_(" ({even:g} is no preference)", even=even) if even == even else ""),
        "before": number(whole["baseline"], ".3g"),
        "after": number(whole["compressed"], ".3g"),
        "n": int(whole["units"]) if whole["units"] == whole["units"] else 0,
        "groups": joined([labels.shown(str(name)) for name in moved["group"]]),
    }
    if whole["difference"] != whole["difference"] and not len(moved):
        return Finding(_say("found", "undefined", **values), "none")
    if whole["difference"] == 0 and not len(moved):
        same = _say("found", "same", **values)
        return Finding(same, "open", "unchanged") if enough.iloc[0] else Finding(same, "none")
    if whole["p"] * max(1, tests) < LEVEL and enough.iloc[0]:
        return Finding(_say("found", "moved", **values), "strong")
    if len(moved):
        return Finding(_say("found", "groups", **values), "strong")
    if not enough.iloc[0]:
        return Finding(_say("found", "few", **values), "none")
    return Finding(_say("found", "by_chance", **values), "open")


def _question(result: ProbeResult, which: Probe) -> Iterator[tuple[str, str]]:
    request = result.request
    yield _("Probe"), _(which.title)
    yield _("What it asks"), _(which.question)
    yield (
        _("Items"),
        _say("size", n=request.n, source=called(request.source)),
    )
    yield _("What is measured"), said.shown(result.outcome.measure)
    yield _("Baseline"), str(request.baseline)
    yield _("Compressed model"), str(request.compressed)
    yield from identity.in_template(request)
    if which.paper:
        yield _("Source"), _(which.paper)


def _facts(result: ProbeResult, which: Probe) -> Facts:
    request, outcome, settings = result.request, result.outcome, result.request.settings
    temperature = settings.get("temperature")
    return replace(
        identity.facts(request, result.provenance) if which.models else Facts(),
        pair=(str(request.baseline), str(request.compressed)),
        # Many samples of one prompt are many texts.
        n=request.n * int(settings.get("samples", 1)),
        left_out=len(result.left_out),
        tests=max(len(outcome.groups) - 1, len(outcome.details.get("measures", ())), 0),
        corrected=True,
        greedy=None if temperature is None else float(temperature) == 0,
        seeds=(int(settings["seed"]),) if "seed" in settings else (),
    )


def _settings(result: ProbeResult) -> Rows:
    request = result.request
    listed = ", ".join(f"{name} = {value}" for name, value in request.settings.items())
    rows = ((_("Hash of the items"), request.content), (_("Settings"), listed))
    return tuple(row for row in rows if row[1])


def _figures(result: ProbeResult, given: Mapping[str, Any]) -> Iterator[Any]:
    yield from pictures.groups(result.outcome)
    named = pictures.measures(result.outcome)
    if named:
        measure = chosen(options(result), given).get("spread", next(iter(named)))
        yield pictures.spread(result.outcome, str(measure))


def _texts(result: ProbeResult) -> Iterator[Text]:
    """The pairs of texts that differ most."""
    items = result.outcome.items
    names = text_columns(items)
    if names is None:
        return
    rows = ranked(changed(items)).head(_PAIRS).to_dict("records")
    for place, row in enumerate(rows, 1):
        first, second = texts_of(row, names)
        yield replace(first, title=_("Baseline, text {n}", n=place))
        yield replace(second, title=_("Compressed model, text {n}", n=place))


def _tables(result: ProbeResult, which: Probe, *, page: bool) -> Iterator[Table]:
    outcome, most = result.outcome, _ROWS_OF_PAGE if page else _ROWS
    yield Table(_("The groups in numbers"), titled(outcome.groups))
    for name, table in outcome.details.items():
        if name != pictures.VALUES and len(table):
            title = _("{title} ({n:,})", title=which.table(name), n=len(table))
            if len(table) > most:
                title += " · " + _("the first {n}", n=most)
            yield Table(title, titled(table.head(most)), sensitive=which.sensitive)
    if len(outcome.items) and not page:
        rows = ranked(outcome.items).head(_ITEMS)
        title = _say("items", n=len(rows))
        shown = titled(rows[[name for name in _OF_ITEMS if name in rows]])
        yield Table(title, shown, sensitive=which.sensitive)
    odd = [(skips.message(what), often) for what, often in result.warts.items()]
    often = Counter(skip.reason for skip in result.left_out).most_common()
    odd += [(skips.message(reason), n) for reason, n in often]
    if odd:
        frame = data_frame({_("What"): what, _("How many"): often} for what, often in odd)
        yield Table(_("Left out, and odd in the items"), frame)
    if result.left_out and page:
        listed = titled(data_frame(skip._asdict() for skip in result.left_out[:most]))
        yield Table(_("Left out ({n:,})", n=len(result.left_out)), listed)


def _command(result: ProbeResult, which: Probe, seen: Mapping[str, Any]) -> tuple[str, str]:
    """What repeats the run, and what it needs that a report does not hold."""
    request, known = result.request, result.provenance
    given: list[tuple[str, object]] = []
    note = ""
    # Items that are typed follow from the settings.
    if which.bundled is None or not request.source.startswith(("bundled", "typed")):
        note = _("The items must have the hash {content}.", content=request.content)
        given.append(("items", request.source))
    defaults = which.settled({})
    for name, value in request.settings.items():
        if name in defaults and value != defaults[name]:
            typed = value if isinstance(value, str) else json.dumps(value)
            given.append(("set", f"{name}={typed}"))
    given.append(("null", request.null or None))
    together = ("batch-rows", request.batch_rows)
    given = of_models(request, known, *given, also=seen) if which.models else [*given, together]
    return command("probe", which.name, given=given), note


def text_columns(items: pd.DataFrame) -> tuple[str, str] | None:
    """The columns that hold both models' texts; None for a probe that writes none."""
    if "baseline_answer" in items and "baseline_marks" not in items:
        return None  # the answer is an option such as `stereotyped`
    return next((pair for pair in _COLUMNS if all(name in items for name in pair)), None)


def ranked(items: pd.DataFrame) -> pd.DataFrame:
    """The flips first, then by size of the change; stored texts the most different first."""
    if "different" in items:
        return items
    order = items.assign(_flip=~items["flip"].astype(bool), _size=-items["shift"].abs())
    return order.sort_values(["_flip", "_size"], kind="stable").drop(columns=["_flip", "_size"])


def changed(items: pd.DataFrame) -> pd.DataFrame:
    """Those that are not the same under both models."""
    names = text_columns(items)
    if names is not None:
        return items[items[names[0]].astype(str) != items[names[1]].astype(str)]
    return items[items["flip"].astype(bool) | (items["shift"] != 0)]


def both_texts(both: Sequence[str], prompt: str) -> tuple[Text, Text]:
    """Two texts on one prompt, the words that the other does not have in that place marked."""
    marks = differing(*both)[:2]
    titles = (_("Baseline"), _("Compressed"))
    first, second = (
        Text(title, side, prompt, _pieces(text, marked))
        for side, title, text, marked in zip(BOTH, titles, both, marks, strict=True)
    )
    return first, second


def texts_of(row: Mapping[Hashable, Any], names: tuple[str, str]) -> tuple[Text, Text]:
    """The two texts of an item whose `text_columns` are `names`."""
    return both_texts([str(row[name]) for name in names], str(row["prompt"]))


def _pieces(text: str, marks: Sequence[tuple[int, int]]) -> tuple[Chip, ...]:
    pieces, end = [], 0
    for start, stop in marks:
        pieces += [Chip(text[end:start]), Chip(text[start:stop], marked=True)]
        end = stop
    pieces.append(Chip(text[end:]))
    return tuple(piece for piece in pieces if piece.text)
