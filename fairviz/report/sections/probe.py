"""A probe's run: the groups, what the statistics allow, the texts that differ most."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fairviz.analyses import identity
from fairviz.analyses.command import command, options
from fairviz.analyses.presentation import Chip, Facts, Presentation, Rows, Table, Text
from fairviz.analyses.probe.request import ProbeResult
from fairviz.i18n import _, ngettext, said
from fairviz.probes import reasons
from fairviz.probes.headings import called
from fairviz.probes.record import Probe
from fairviz.probes.registry import probe_of
from fairviz.probes.rows import LEVEL
from fairviz.report.sections.probe_figures import named, pictures

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.report.record import Part

_ROWS, _DETAIL_ROWS, _PAIRS = 40, 60, 4
# Whole tables that a report does not print: the bundle holds them.
_UNPRINTED = ("values", "items")
_WRITTEN = {"baseline_answer": "compressed_answer", "baseline_text": "compressed_text"}


def section(answer: ProbeResult, part: Part) -> Presentation:
    """Everything about one run of a probe."""
    asked, outcome, known = answer.request, answer.outcome, answer.provenance
    which = probe_of(asked.probe)
    call, note = _command(answer, which)
    questions = [
        (_("Probe"), _(which.title)),
        (_("What it asks"), _(which.question)),
        (_("Items"), _source(answer)),
        (_("Baseline"), str(asked.baseline)),
        (_("Compressed model"), str(asked.compressed)),
    ]
    if which.paper:
        questions.append((_("Source"), _(which.paper)))
    facts = identity.facts(asked.baseline, asked.compressed, known) if which.models else Facts()
    drawn = asked.settings.get("temperature")
    return Presentation(
        kind="probe",
        title=_(which.title),
        question=tuple(questions),
        identities=identity.cards(asked.baseline, asked.compressed, known) if which.models else (),
        texts=tuple(_texts(outcome.items)),
        figures=tuple(pictures(outcome)),
        tables=tuple(_tables(answer, which)),
        allowed=tuple(map(said.shown, outcome.sentences)),
        not_allowed=(
            _(which.cannot),
            _(
                "It holds for these items and these two models; other items, or another "
                "calibration of the same method, may say otherwise."
            ),
            _(
                "A group changed by more than chance where p after Holm's correction over all "
                "groups is below {level:g}; the row of all has its own test.",
                level=LEVEL,
            ),
            _(
                "No more than chance is not the same as no change: the intervals say which "
                "changes remain possible, and of few items hardly any change can be told from "
                "chance."
            ),
        ),
        provenance=identity.provenance(known, _settings(answer)),
        command=call,
        command_note=note,
        sensitive=which.sensitive,
        facts=replace(
            facts,
            pair=(str(asked.baseline), str(asked.compressed)),
            # Many samples of one prompt are many texts.
            n=asked.n * int(asked.settings.get("samples", 1)),
            left_out=len(answer.left_out),
            tests=max(len(outcome.groups) - 1, len(outcome.details.get("measures", ())), 0),
            corrected=True,
            greedy=None if drawn is None else float(drawn) == 0,
            seeds=(int(asked.settings["seed"]),) if "seed" in asked.settings else (),
        ),
    )


def _source(answer: ProbeResult) -> str:
    n, source = answer.request.n, called(answer.request.source)
    return ngettext("{n:,} item ({source})", "{n:,} items ({source})", n, source=source)


def _own(answer: ProbeResult) -> bool:
    """Whether the items are fairviz's own, or follow from the settings."""
    return answer.request.source == "typed" or answer.request.source.startswith("bundled")


def _settings(answer: ProbeResult) -> Rows:
    asked = answer.request
    chosen = ", ".join(f"{name} = {value}" for name, value in asked.settings.items())
    rows = [(_("Hash of the items"), asked.content)] if asked.content else []
    return (*rows, *(((_("Settings"), chosen),) if chosen else ()))


def _texts(items: pd.DataFrame) -> list[Text]:
    """The pairs of texts that differ most, words that differ marked."""
    from fairviz.probes.stored.differing import differing

    names = next((pair for pair in _WRITTEN.items() if pair[0] in items), None)
    if names is None or "baseline_marks" in items:
        return []
    found = []
    ranked = items
    if "different" not in items and "shift" in items:
        ranked = items.loc[items["shift"].abs().sort_values(ascending=False, kind="stable").index]
    for number, row in enumerate(ranked.head(_PAIRS).to_dict("records"), 1):
        both = [str(row[name]) for name in names]
        marks = differing(*both)
        titles = (_("Baseline, text {n}", n=number), _("Compressed model, text {n}", n=number))
        for side, title, text, marked in zip(
            ("baseline", "compressed"), titles, both, marks[:2], strict=True
        ):
            found.append(Text(title, side, str(row["prompt"]), _pieces(text, marked)))
    return found


def _pieces(text: str, marks: Any) -> tuple[Chip, ...]:
    out, at = [], 0
    for start, stop in marks:
        out += [Chip(text[at:start]), Chip(text[start:stop], marked=True)]
        at = stop
    out.append(Chip(text[at:]))
    return tuple(one for one in out if one.text)


def _tables(answer: ProbeResult, which: Probe) -> list[Table]:
    import pandas as pd

    outcome = answer.outcome
    found = [Table(_("The groups in numbers"), named(outcome.groups))]
    for name, table in outcome.details.items():
        if name in _UNPRINTED or not len(table):
            continue
        title = _("{title} ({n:,})", title=which.table(name), n=len(table))
        if len(table) > _DETAIL_ROWS:
            title += " · " + _("the first {n}", n=_DETAIL_ROWS)
        shown = _flat(table.head(_DETAIL_ROWS))
        found.append(Table(title, named(shown), sensitive=which.sensitive))
    items = outcome.items
    if len(items):
        order = items.assign(_flip=~items["flip"].astype(bool), _size=-items["shift"].abs())
        rows = order.sort_values(["_flip", "_size"], kind="stable").head(_ROWS)
        kept = ("text", "group", "baseline", "compressed", "shift", "flip")
        title = ngettext(
            "Items: the flips first, then what changed most, {n} row",
            "Items: the flips first, then what changed most, {n} rows",
            len(rows),
        )
        found.append(
            Table(title, named(rows[[one for one in kept if one in rows]]),
                  sensitive=which.sensitive)
        )  # fmt: skip
    odd = [(reasons.told(what), often) for what, often in answer.warts.items()]
    odd += Counter(reasons.told(one.reason) for one in answer.left_out).most_common()
    if odd:
        frame = pd.DataFrame(odd, columns=[_("What"), _("How many")])
        found.append(Table(_("Left out, and odd in the items"), frame))
    return found


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """Without columns whose cells are lists."""
    return table[[name for name in table if isinstance(table[name].iloc[0], Hashable)]]


def _command(answer: ProbeResult, which: Probe) -> tuple[str, str]:
    asked, known = answer.request, answer.provenance
    given: list[tuple[str, object]] = []
    if which.models:
        given += [
            ("baseline", identity.pinned(asked.baseline, known, "baseline")),
            ("compressed", identity.pinned(asked.compressed, known, "compressed")),
        ]
    bundled = _own(answer) and which.bundled is not None
    note = "" if bundled else _("The items must have the hash {content}.", content=asked.content)
    if not bundled:
        given.append(("items", asked.source))
    for name, value in asked.settings.items():
        default, _rest = which.settings.get(name, (None, ""))
        if name in which.settings and value != default:
            given.append(("set", f"{name}={_typed(value)}"))
    return (
        command(
            "probe", which.name, *options(given), *(identity.machine(known) if which.models else [])
        ),
        note,
    )


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)
