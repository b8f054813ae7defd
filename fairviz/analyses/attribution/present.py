"""What is shown of an attribution: shares of the parts, what is left, what the best bring back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fairviz.analyses import estimates, identity
from fairviz.analyses.attribution.finding import allowed, finding
from fairviz.analyses.attribution.found import (
    Found,
    brought,
    of_parts,
    of_token,
    tells,
    weight_bytes,
)
from fairviz.analyses.attribution.request import KEEP, ONLY, RESTORE, Attribution
from fairviz.analyses.estimates import Brief, cell, interval, spelled
from fairviz.analyses.identity import command, of_models
from fairviz.analyses.presentation import (
    Number,
    Option,
    Picture,
    Presentation,
    Table,
    chosen,
    data_frame,
)
from fairviz.core.declared import declared, sentences_of
from fairviz.core.shortened import middle
from fairviz.figures.attribution import Line, Panel, attribution_curve, attribution_heat
from fairviz.i18n import N_, _, joined, number, said
from fairviz.inference.mixed import EMBEDDING, HEAD, Unit
from fairviz.probes.registry import probe_of
from fairviz.stats.attribution import Shares

_say = sentences_of(__file__)
_SAID = declared(__file__)
DIRECTION = Option(
    "direction",
    N_("Each part"),
    ((RESTORE, N_("restored")), (ONLY, N_("alone compressed"))),
    RESTORE,
    N_("Parts act together, so what a part brings back is not what it does alone."),
    figure="attribution_heat",
)


def options(found: Attribution) -> tuple[Option, ...]:
    """Which way the parts are exchanged."""
    return (DIRECTION,)


def name_of(unit: Unit | str) -> str:
    """A part as a table names it."""
    layer, _dot, part = (unit if isinstance(unit, str) else unit.name).partition(".")
    if layer in (EMBEDDING, HEAD):
        return _(_SAID["parts"][layer])
    return _say("part" if part else "layer", layer=layer, part=_(_SAID["parts"].get(part, part)))


def present(found: Attribution, given: Mapping[str, Any], audience: str = "report") -> Presentation:
    """Everything about one attribution.

    Args:
        given: `direction`, and `token`, the index of a token whose own change is shown beside.
    """
    request, known = found.request, found.provenance
    direction = str(chosen(options(found), given)["direction"])
    of, curves = of_parts(found, direction), _curve_table(found)
    token = given.get("token")
    token = token if isinstance(token, int) and 0 <= token < len(found.tokens) else None
    return Presentation(
        kind="attribution",
        title=_say("title", compressed=middle(str(request.compressed))),
        question=(
            (_("Baseline"), str(request.baseline)),
            (_("Compressed model"), str(request.compressed)),
            (_("Taken apart into"), _(_SAID["finenesses"][request.fineness])),
            *(((_("Probe"), _(probe_of(request.probe.probe).title)),) if request.probe else ()),
        ),
        finding=finding(found),
        identities=identity.cards(request, known),
        numbers=_numbers(found, of),
        figures=(_heat(found, of, direction, token), *_curve(found, curves)),
        tables=(_table_of(found, of, direction), *curves),
        allowed=tuple(filter(None, allowed(found, of, direction))),
        not_allowed=(
            _say("together"),
            _say("this_text"),
            *(
                (_say("items", item=_(probe_of(request.probe.probe).item).rstrip(".")),)
                if request.probe
                else ()
            ),
        ),
        provenance=identity.provenance(known),
        command=_command(found, given),
        command_note=_("Save the text in place of text.txt."),
        facts=identity.facts(request, known, n=len(found.tokens)),
    )


def brief(found: Attribution, given: Mapping[str, Any] = {}) -> Brief:
    """The whole change, and the part that brings back most of it."""
    of = of_parts(found)
    kl = float(found.seen["compressed"].kl.mean())
    cells = [cell("mean_kl", _("Mean KL"), kl, "nats")]
    best = int(np.nanargmax(of.kl.value))
    title = _("Brought back by the best part")
    ends = of.kl.low[best], of.kl.high[best]
    cells.append(cell("best_share", title, float(of.kl.value[best]), "share", *map(float, ends)))
    if of.change is not None:
        change = of.change
        cells.append(
            cell("change", _("Change of the items"), change.mean, "", change.low, change.high)
        )
    return tuple(cells)


def table(found: Attribution) -> pd.DataFrame:
    """One row a part: shares, both ways, with the ends of their intervals."""
    columns: dict[str, Any] = {
        "part": [one.name for one in found.measured],
        "weights": [one.weights for one in found.measured],
    }
    for direction in (RESTORE, ONLY):
        of = of_parts(found, direction)
        for what, one in (("kl", of.kl), ("bias", of.bias)):
            if one is not None:
                columns[f"{direction}_{what}"] = one.value
                columns[f"{direction}_{what}_low"] = one.low
                columns[f"{direction}_{what}_high"] = one.high
    return data_frame(columns)


def _numbers(found: Attribution, of: Found) -> tuple[Number, ...]:
    kl = found.seen["compressed"].kl
    numbers = [Number("mean_kl", _("Mean KL"), spelled(float(kl.mean()), "nats"), n=str(len(kl)))]
    if of.change is not None:
        change, base, whole = of.change, found.seen["baseline"], found.seen["compressed"]
        numbers += [
            Number(
                "change",
                _("Change of the items"),
                estimates.signed(change.mean),
                interval(change.low, change.high, ""),
                number(change.p_value, ".2g"),
                str(int(change.units)),
            ),
            Number(
                "rate",
                _("The probe's number, before and after"),
                f"{estimates.signed(base.rate)} → {estimates.signed(whole.rate)}",
                meaning=said.shown(found.measure),
            ),
        ]
    return tuple(numbers)


def _heat(found: Attribution, of: Found, direction: str, token: int | None) -> Picture:
    rows = list(dict.fromkeys(one.name.partition(".")[0] for one in found.units))
    columns = list(dict.fromkeys(one.name.partition(".")[2] for one in found.units))
    if len(columns) > 1 and "" in columns:  # the embedding and the head have no parts
        columns = [one for one in columns if one]
    panels = [_panel(_("KL"), of.kl, found, direction, rows, columns)]
    if of.bias is not None:
        panels.append(_panel(_("Bias"), of.bias, found, direction, rows, columns))
    if token is not None:
        panels.append(
            _panel(
                _("“{token}”", token=found.tokens[token]),
                of_token(found, direction, token),
                found,
                direction,
                rows,
                columns,
            )
        )
    names = [_(_SAID["parts"].get(one, one)) for one in rows]
    figure = attribution_heat(
        panels, names, [_(_SAID["parts"].get(one, one)) if one else _("Layer") for one in columns]
    )
    return Picture(
        figure=figure,
        alt=_say("heat_alt", n=len(found.measured), panels=joined([one.title for one in panels])),
        caption=_say(f"heat_{direction}"),
        table=_table_of(found, of, direction).frame,
        title=_say("heat_title"),
        name="attribution_heat",
    )


def _panel(
    title: str,
    one: Shares,
    found: Attribution,
    direction: str,
    rows: list[str],
    columns: list[str],
) -> Panel:
    values = np.full((len(rows), len(columns)), math.nan)
    told = [[_("not measured")] * len(columns) for _row in rows]
    for place, unit in enumerate(found.measured):
        layer, _dot, part = unit.name.partition(".")
        at = rows.index(layer), columns.index(part) if part in columns else 0
        values[at] = one.value[place]
        ends = interval(float(one.low[place]), float(one.high[place]), "share")
        told[at[0]][at[1]] = f"{name_of(unit)}: {spelled(float(one.value[place]), 'share')} {ends}"
    # Restored, what overshoots makes the change grow the other way round.
    colour = 1 - np.abs(1 - values) if direction == RESTORE else values
    return Panel(title, colour, values, told)


def _table_of(found: Attribution, of: Found, direction: str) -> Table:
    columns: dict[str, Any] = {_("Part"): [name_of(one) for one in found.measured]}
    for title, one in ((_("KL"), of.kl), (_("Bias"), of.bias)):
        if one is not None:
            columns[_("{what}, share", what=title)] = [
                spelled(float(value), "share") for value in one.value
            ]
            columns[_("{what}, 95 % interval", what=title)] = [
                interval(float(low), float(high), "share")
                for low, high in zip(one.low, one.high, strict=True)
            ]
    if of.bias is not None:
        columns[_("The probe's number")] = [
            found.seen[f"{direction} {one.name}"].rate for one in found.measured
        ]
    frame = data_frame(columns)
    order = np.argsort(-np.nan_to_num(of.kl.value), kind="stable")
    return Table(_say("table"), frame.iloc[order].reset_index(drop=True))


def _curve(found: Attribution, tables: Sequence[Table]) -> tuple[Picture, ...]:
    lines = []
    halves = dict(zip(("kl", "bias"), found.choosing, strict=True))
    for by, order in found.orders.items():
        counts = [n for n in range(1, len(order) + 1) if f"{KEEP} {by} {n}" in found.seen]
        for what in found.orders:
            if halves[what].all() or not tells(found, what, ~halves[what]):
                continue
            back = [
                brought(found, found.seen[f"{KEEP} {by} {n}"], what, ~halves[what]) for n in counts
            ]
            name = _say(f"line_{what}_{by}")
            lines.append(Line(name, what == "bias", what == by, np.array(back)))
    if not lines:
        return ()
    return (
        Picture(
            figure=attribution_curve(lines),
            alt=_say("curve_alt"),
            caption=_say("curve", bits=found.request.bits),
            table=tables[0].frame,
            title=_say("curve_title"),
            name="attribution_curve",
        ),
    )


def _curve_table(found: Attribution) -> tuple[Table, ...]:
    halves = dict(zip(("kl", "bias"), found.choosing, strict=True))
    rows = []
    for by, order in found.orders.items():
        for count in range(1, len(order) + 1):
            seen = found.seen.get(f"{KEEP} {by} {count}")
            if seen is None:
                continue
            row: dict[str, Any] = {
                _("Chosen by"): _("KL") if by == "kl" else _("Bias"),
                _("Parts kept"): count,
                _("The last one"): name_of(order[count - 1]),
                _("Kept weights (MB)"): weight_bytes(found, by, count) / 1e6,
            }
            for what in found.orders:
                title = _("KL") if what == "kl" else _("Bias")
                for words, here in (
                    (_("{what}, where it was chosen", what=title), halves[what]),
                    (_("{what}, held out", what=title), ~halves[what]),
                ):
                    told = (
                        brought(found, seen, what, here) if tells(found, what, here) else math.nan
                    )
                    row[words] = spelled(told, "share")
            rows.append(row)
    return (Table(_say("curve_title"), data_frame(rows)),) if rows else ()


def _command(found: Attribution, given: Mapping[str, Any]) -> str:
    request, known = found.request, found.provenance
    probe = request.probe
    own = ("bundled" in probe.source) if probe else True
    typed = (
        ("text-file", "text.txt"),
        ("parts", request.fineness),
        ("probe", probe.probe if probe else None),
        ("items", None if own or probe is None else probe.source),
        ("bits", request.bits if request.bits != 16 else None),
        ("mix", request.mix),
    )
    return command("attribute", given=of_models(request, known, *typed, also=given))
