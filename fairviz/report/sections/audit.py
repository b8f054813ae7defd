"""An audit: where the baseline was unsure, what moved, and which answers changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.analyses import identity
from fairviz.analyses.audit.parts import COLUMNS, by
from fairviz.analyses.audit.request import Audit, AuditRequest
from fairviz.analyses.audit.shown import SHIFT, Shown, band_told, shown
from fairviz.analyses.audit.summary import Summary, summary
from fairviz.analyses.audit.words import called, label, may_hurt
from fairviz.analyses.command import command, options
from fairviz.analyses.estimates import measured
from fairviz.analyses.presentation import Presentation, Table
from fairviz.i18n import _, ngettext
from fairviz.inference import noise_floor as noise
from fairviz.inference.reasons import told
from fairviz.report.sections.audit_figures import pictures
from fairviz.stats import FEW_UNITS

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.report.record import Part

_ROWS = 40
_TEXT = {"prompts": "text", "items": "context", "answers": "context"}


def section(answer: Audit, part: Part) -> Presentation:
    """Everything about one audit."""
    asked, known = answer.request, answer.provenance
    seen = shown(answer)
    table, length = seen.table, seen.length
    found = summary(answer, length)
    parts = [
        name
        for name in COLUMNS
        if name in table and table.loc[table[name].ne(""), name].nunique() > 1
    ]
    groups = sum(int(table.loc[table[name].ne(""), name].nunique()) for name in parts)
    tables = [Table(_("The set in numbers"), measured(found.measured), folded=False)]
    tables += [_by(table, name, asked) for name in parts]
    hidden = part.blur or may_hurt(asked.source, table)
    # What a figure says of a point under the pointer is its name then, not its text.
    drawn = table.assign(**{_TEXT[asked.kind]: table["id"]}) if hidden else table
    tables += [_most(table, asked, hidden), *_left_out(answer)]
    call, note = _command(answer, length)
    return Presentation(
        kind="audit",
        title=_("Both models on a set: {source}", source=called(asked.source)),
        question=(
            (_("Set"), called(asked.source)),
            (_("Size"), _size(len(table), asked.kind)),
            (_("Baseline"), str(asked.baseline)),
            (_("Compressed model"), str(asked.compressed)),
        ),
        identities=identity.cards(asked.baseline, asked.compressed, known),
        figures=tuple(pictures(seen._replace(table=drawn))) if len(table) else (),
        tables=tuple(tables),
        allowed=found.sentences,
        not_allowed=(*_not_allowed(seen, len(parts)), *_read(found, _smallest(table, parts))),
        provenance=identity.provenance(
            known,
            (
                (_("Hash of the set"), asked.content),
                *(((_("Options compared by"), length),) if asked.kind == "items" else ()),
            ),
        ),
        command=call,
        command_note=note,
        facts=replace(
            identity.facts(asked.baseline, asked.compressed, known),
            n=len(table),
            left_out=len(answer.left_out),
            greedy=True if asked.kind == "answers" else None,
            tests=groups,
            floor=noise.measured(answer.floor) if asked.kind != "answers" else None,
        ),
    )


def _size(n: int, kind: str) -> str:
    if kind == "prompts":
        return ngettext("{n:,} prompt", "{n:,} prompts", n)
    return ngettext("{n:,} question", "{n:,} questions", n)


def _not_allowed(seen: Shown, parts: int) -> list[str]:
    answer = seen.audit
    said = [
        _(
            "It holds for this set and these two models; another seed of the calibration or "
            "another set may say otherwise."
        )
    ]
    if answer.request.kind != "answers":
        said.append(band_told(answer, seen.floor))
    if parts:
        said.append(
            _(
                "The parts of the set are many comparisons, so some differ by chance; and they "
                "differ in more than whom they mention."
            )
        )
    if answer.left_out:
        said.append(
            ngettext(
                "{n:,} was left out, for the reasons listed.",
                "{n:,} were left out, for the reasons listed.",
                len(answer.left_out),
            )
        )
    return said


def _smallest(table: pd.DataFrame, parts: list[str]) -> int:
    """Rows of the set, or of its smallest part."""
    sizes = [int(table.loc[table[name].ne(""), name].value_counts().min()) for name in parts]
    return min([len(table), *sizes])


def _read(found: Summary, smallest: int) -> list[str]:
    """How the tests and intervals of the tables are to be read."""
    said = []
    tests = sum(one.p_value == one.p_value for one in found.measured)
    if tests:
        said.append(
            ngettext(
                "{n} p-value is given. Above 0.05 it does not show that nothing changed.",
                "{n} p-values are given, none corrected for the others. Above 0.05 they do not "
                "show that nothing changed.",
                tests,
            )
        )
    if smallest < FEW_UNITS:
        said.append(
            _(
                "Intervals of means of fewer than {few} rows rest on too little to conclude "
                "from them.",
                few=FEW_UNITS,
            )
        )
    return said


def _by(table: pd.DataFrame, column: str, asked: AuditRequest) -> Table:
    rows = by(table, column, asked.kind)
    rows[column] = [label(str(one), asked.source) for one in rows[column]]
    title = {
        "language": _("By language"), "theme": _("By theme"), "group": _("By group"),
    }[column]  # fmt: skip
    return Table(
        title,
        rows.rename(
            columns={
                column: title,
                "n": "n",
                "shift": _("Mean shift (nats)"),
                "low": _("Bootstrap 95 %, low"),
                "high": _("Bootstrap 95 %, high"),
                "changed": _("Share that changed"),
                "changed_low": _("Wilson 95 %, low"),
                "changed_high": _("Wilson 95 %, high"),
            }
        ),
    )


def _most(table: pd.DataFrame, asked: AuditRequest, hidden: bool) -> Table:
    """The rows that moved most, as typed; blurred where they are `hidden`."""
    import pandas as pd

    kind = asked.kind
    distance = SHIFT[kind]
    order = np.argsort(-np.nan_to_num(table[distance].to_numpy(), nan=-1.0), kind="stable")
    rows = table.iloc[order[:_ROWS]]
    columns: dict[str, Any] = {
        _("Text"): rows[_TEXT[kind]].astype(str).to_numpy(),
        _("Shift (nats)"): rows[distance].to_numpy(dtype=np.float64),
        _("Entropy, baseline (nats)"): rows["baseline_entropy"].to_numpy(dtype=np.float64),
    }
    for side, title in (("baseline", _("Baseline")), ("compressed", _("Compressed model"))):
        columns[title] = [_said(row, side, kind) for row in rows.to_dict("records")]
    shown = ngettext("What moved most: {n} row", "What moved most: {n} rows", len(rows))
    return Table(shown, pd.DataFrame(columns), sensitive=hidden)


def _said(row: Any, side: str, kind: str) -> str:
    if kind == "prompts":
        return str(row[f"{side}_top"])
    if kind == "answers":
        return str(row[f"{side}_answer"])
    return str(list(row["options"])[int(row[f"{side}_prediction"])]).strip()


def _left_out(answer: Audit) -> list[Table]:
    import pandas as pd

    if not answer.left_out:
        return []
    reasons = Counter(told(one.reason) for one in answer.left_out)
    frame = pd.DataFrame(reasons.most_common(), columns=[_("Reason"), _("How many")])
    return [Table(_("Left out"), frame)]


def _command(answer: Audit, length: str) -> tuple[str, str]:
    asked, known = answer.request, answer.provenance
    note = _("The set must have the hash {content}.", content=asked.content)
    if known.get("baseline", {}).get("made_with"):
        call = command(
            "audit",
            *options(
                (
                    ("lm-eval-baseline", "BASELINE_FOLDER"),
                    ("lm-eval-compressed", "COMPRESSED_FOLDER"),
                    ("task", asked.source),
                )
            ),
        )
        return call, _("The folders are those that lm_eval --log_samples wrote for the two models.")
    given: list[tuple[str, object]] = [
        ("baseline", identity.pinned(asked.baseline, known, "baseline")),
        ("compressed", identity.pinned(asked.compressed, known, "compressed")),
    ]
    if asked.kind != "prompts":
        given += [("task", asked.source), ("items", "hub:")]
        note += " " + _("In place of hub: name the file, if the questions came from one.")
    else:
        given.append(("prompts", asked.source))
    if asked.kind == "items":
        given.append(("length", length))
    if asked.kind == "answers":
        given.append(("max-new-tokens", asked.max_new_tokens))
    floor = () if asked.floor else ("--no-floor",)
    return command("audit", *options(given), *floor, *identity.machine(known)), note
