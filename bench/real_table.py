"""Every analysis on real models and their compressed forms: the last table of docs/results.md.

    python -m bench.real_table --models smollm2-135m=en gemma3-270m=fr \\
        --data ../shared/data --out docs/results.md

A model is a folder and, after `=`, the language of its prompt, pairs, stories and templates; beside
it lies the GGUF file of the same name. `--data` holds ARC, BBQ, CrowS-Pairs and CrowS-Pairs-fr as
their authors publish them. Every run is kept, so a table that was cut off goes on where it was, and
`--draw` only draws what is there. `--pairs`, `--arc`, `--bbq` and `--samples` take fewer items,
`--forms` and `--analyses` fewer runs; the table says how many items were measured.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import re
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import fairviz
from bench.gguf_forms import requantized
from fairviz.analyses.audit.summary import summary as audited
from fairviz.analyses.called import Result
from fairviz.core.disk import cache_root
from fairviz.core.errors import FairvizError
from fairviz.stats import summary

METHODS = ("int8", "nf4", "gptq:4", "wanda:0.5")
ROUNDED = "Q4_0"
PROMPTS = {"en": "Once upon a time", "fr": "Il était une fois"}
PAIRS = {"en": "CrowS-Pairs/crows_pairs_anonymized.csv", "fr": "CrowS-Pairs-fr/crows_french.csv"}
_PART = re.compile(r"(<!-- written by bench.real_table -->\n).*?(<!-- /real_table -->)", re.DOTALL)


class Line(NamedTuple):
    """One number of a run."""

    title: str  # what it is
    before: str  # of the baseline; empty where there is none
    value: str  # of the form, or how far it moved, with its interval


class Items(NamedTuple):
    """Files that the runs read, made from the data once, and how much of them is read."""

    read: Path  # stories that both models read
    calibration: Path  # others, for the methods that need a text
    pairs: Path
    arc: Path
    bbq: Path
    n_arc: int
    samples: int


def items(data: Path, home: Path, language: str, counts: argparse.Namespace) -> Items:
    """What a model of a language reads, as files in `home`."""
    home.mkdir(parents=True, exist_ok=True)
    with (data / "CrowS-Pairs" / "prompts.csv").open(encoding="utf-8") as file:
        stories = [row["prompt"] for row in csv.DictReader(file) if row["source"] == "roc"]
    found = Items(
        home / "stories.txt",
        home / "calibration.txt",
        home / f"{counts.pairs or 'all'}-{Path(PAIRS[language]).name}",
        data / "ARC" / "ARC-Easy_val.csv",
        home / f"Age-{counts.bbq}.jsonl",
        counts.arc,
        counts.samples,
    )
    found.read.write_text("\n\n".join(stories[:30]), encoding="utf-8")
    found.calibration.write_text("\n\n".join(stories[30:]), encoding="utf-8")
    with (data / PAIRS[language]).open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    with found.pairs.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *evenly(rows, counts.pairs)])
    # Four lines are one question: ambiguous or not, negative or not.
    lines = (data / "BBQ" / "Age.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [lines[start : start + 4] for start in range(0, len(lines), 4)]
    chosen = evenly(questions, math.ceil(counts.bbq / 4))
    found.bbq.write_text("\n".join(line for four in chosen for line in four), encoding="utf-8")
    return found


def evenly(rows: list[Any], n: int) -> list[Any]:
    """So many of them, evenly over the file; 0 is all."""
    return rows if not 0 < n < len(rows) else [rows[i * len(rows) // n] for i in range(n)]


def analyses(language: str, its: Items) -> dict[str, Callable[..., Result[Any]]]:
    """What is asked of a baseline and a form, in the order of the table."""
    probe, stories = fairviz.probe, its.read.read_text(encoding="utf-8")
    return {
        "compare": partial(fairviz.compare, prompt=PROMPTS[language], max_new_tokens=40),
        "score": partial(fairviz.score, text=stories),
        "audit, the bank": partial(fairviz.audit, prompts="bank"),
        "audit, ARC-Easy": partial(
            fairviz.audit, task="arc_easy", items=str(its.arc), limit=its.n_arc, floor=False
        ),
        "minimal pairs": partial(probe, "minimal_pairs", items=str(its.pairs)),
        "counterfactual": partial(probe, "counterfactual", language=language),
        "samples": partial(
            probe, "samples", preset="stories", language=language, samples=its.samples
        ),
        "BBQ, Age": partial(probe, "bbq", items=str(its.bbq)),
    }


def lines(result: Result[Any]) -> Iterator[Line]:
    """The numbers of a run that stand in the table."""
    found = result.value
    if result.kind == "comparison":
        place, told = found.first_divergence, {one.name: one for one in summary(found.on_baseline)}
        n = len(found.on_baseline)
        yield Line("tokens written alike", "", f"{n if place is None else place} of {n}")
        yield Line("KL on the baseline's text (nats)", "", within(told["mean_kl"]))
    elif result.kind == "reading":
        told = {one.name: one for one in summary(found.traces[0])}
        n = len(found.traces[0])
        yield Line(f"mean KL (nats), {n:,} tokens", "", within(told["mean_kl"]))
        yield Line("same likeliest token (%)", "", within(told["same_top"], 100, ".1f"))
        before = f"{told['perplexity_baseline'].value:.2f}"
        yield Line("perplexity, times", before, within(told["perplexity_ratio"], 1, ".3f"))
    elif result.kind == "audit":
        told, n = {one.name: one for one in audited(found).measured}, len(found.table)
        if "kl_mean" in told:
            floor = told.get("noise_relation")
            before = "" if floor is None else f"{floor.value:.2f} (rounding alone)"
            name = f"entropy against KL (Spearman), {n} prompts"
            yield Line(name, before, within(told["entropy_kl"], 1, ".2f"))
            yield Line("likeliest token changed (%)", "", within(told["top_changed"], 100, ".1f"))
        else:
            before = f"{100 * told['baseline_accuracy'].value:.1f}"
            change = within(told["accuracy_change"], 100, "+.1f")
            yield Line(f"accuracy (%), {n} questions", before, change)
            yield Line("answers that changed (%)", "", within(told["flips"], 100, ".1f"))
    else:
        yield from of_probe(found.request.probe, found.outcome)


def of_probe(name: str, outcome: Any) -> Iterator[Line]:
    whole = outcome.groups.iloc[0]
    n, flips = int(whole["n"]), 100 * whole["flips"] / whole["n"]
    if name == "minimal_pairs":
        yield moved(f"stereotyping sentence likelier (%), {n:,} pairs", whole, 100, ".1f")
        yield Line("pairs that changed sides (%)", "", f"{flips:.1f}")
    elif name == "counterfactual":
        yield moved(f"effect of the swap, {n} templates", whole, 1, ".4f")
    elif name == "samples":
        yield moved(f"a woman is first (%), {n} texts", whole, 100, ".1f")
        table = outcome.details["measures"].set_index("measure")
        yield moved("words in repeated fours (%)", table.loc["repetition"], 100, ".1f")
    else:
        scores = outcome.details["scores"].query("group == 'all' and polarity == 'all'")
        for metric, title in (
            ("s_ambiguous", "bias score, ambiguous"),
            ("s_disambiguated", "bias score, disambiguated"),
            ("acc_disambiguated", "accuracy, disambiguated"),
        ):
            row = scores.set_index("metric").loc[metric]
            yield moved(f"{title}, {int(row['n'])} questions", row, 1, ".3f")


def within(one: Any, times: float = 1, digits: str = ".3g") -> str:
    """A number with its 95 % interval."""
    value, low, high = (times * number for number in (one.value, one.low, one.high))
    if not math.isfinite(low):
        return f"{value:{digits}}" if math.isfinite(value) else "not defined"
    return f"{value:{digits}} ({low:{digits}} to {high:{digits}})"


def moved(title: str, row: Any, times: float, digits: str) -> Line:
    """A number of the baseline, and how far a form moved it, with the 95 % interval."""
    change, low, high = (times * row[name] for name in ("difference", "low", "high"))
    value = f"{change:+{digits}}"
    value += f" ({low:+{digits}} to {high:+{digits}})" if math.isfinite(low) else ""
    return Line(title, f"{times * row['baseline']:{digits}}", value)


def forms(folder: str, home: Path, calibration: Path, which: list[str]) -> dict[str, str]:
    """Each form's title and what it is called as a model; made where it is not there yet."""
    file, found = Path(f"{folder}.gguf"), {}
    for method in [one for one in METHODS if not which or one in which]:
        found[method] = f"{folder}+{method}"
        if method in ("gptq:4", "wanda:0.5"):
            found[method] = fairviz.compress(found[method], calibration=str(calibration)).save()
    made = home / f"{file.stem}-{ROUNDED}.gguf"
    for title, path in ((f"{ROUNDED} file", made), ("its own file", file)):
        if not which or title in which:
            found[title] = str(path if path == file else requantized(file, ROUNDED, path))
    return found


class Table:
    """What was measured of one model, and how long each run took."""

    def __init__(self, home: Path) -> None:
        self._file = home / "seconds.json"
        self.rows: dict[tuple[str, str], dict[str, str]] = {}
        self.before: dict[tuple[str, str], str] = {}

    def add(self, name: str, form: str, result: Result[Any], seconds: float | None) -> None:
        """The numbers of a run; `seconds` is None where it was found."""
        known = json.loads(self._file.read_text()) if self._file.exists() else {}
        if seconds is not None:
            known[result.key] = round(seconds)
            self._file.write_text(json.dumps(known, indent=1))
        for title, before, value in lines(result):
            self.rows.setdefault((name, title), {})[form] = value
            self.before[name, title] = before or self.before.get((name, title), "")
        wall = known.get(result.key)
        self.rows.setdefault((name, "wall time (s)"), {})[form] = "" if wall is None else str(wall)

    def text(self) -> str:
        """Its Markdown; a run that is missing is an empty cell."""
        heads = list(dict.fromkeys(form for row in self.rows.values() for form in row))
        cells = [["analysis", "number", "baseline", *heads], ["---"] * (len(heads) + 3)]
        order = list(dict.fromkeys(name for name, _title in self.rows))
        for (name, title), row in sorted(self.rows.items(), key=lambda one: order.index(one[0][0])):
            before = self.before.get((name, title), "")
            cells.append([name, title, before, *(row.get(form, "") for form in heads)])
        return "\n".join(f"| {' | '.join(row)} |" for row in cells)


class Unmeasured(Exception):
    """What stops a run that is only to be found."""


def measured(model: str, data: Path, asked: argparse.Namespace) -> Table:
    """Every analysis of every form of a model, each told as it ends."""
    folder, _equals, language = model.partition("=")
    folder, language = str(Path(folder).resolve()), language or "en"
    home = cache_root() / "real_table" / Path(folder).name
    its = items(data, home, language, asked)
    table, told, known = Table(home), list[str](), dict[Any, Any]()  # the baseline stays loaded

    def loading(words: str) -> None:
        if asked.draw:
            raise Unmeasured
        told.append(words)

    models = forms(folder, home, its.calibration, asked.forms)
    asking = analyses(language, its)
    # A number of all forms before the next, so that a table that is cut off can be read.
    for name, form in product(asked.analyses or asking, models):
        told.clear()
        began = time.perf_counter()
        try:
            result = asking[name](folder, models[form], on_load=loading, known=known)
        except Unmeasured:
            continue
        except FairvizError as error:
            print(f"{form}, {name}: {error}", file=sys.stderr, flush=True)
            continue
        seconds = time.perf_counter() - began
        table.add(name, form, result, seconds if told else None)
        print(f"{form}, {name}: {seconds:.0f} s", *lines(result), file=sys.stderr, flush=True)
    return table


def main() -> None:
    """Measure what is not there yet, and write the tables into a page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", required=True, metavar="FOLDER=LANGUAGE")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="a page that has the place; else printed")
    parser.add_argument("--forms", nargs="+", default=[])
    parser.add_argument("--analyses", nargs="+", default=[])
    parser.add_argument("--draw", action="store_true", help="measure nothing")
    for name, n in (("pairs", 0), ("arc", 150), ("bbq", 300), ("samples", 64)):
        parser.add_argument(f"--{name}", type=int, default=n, help=f"{n or 'all'} by default")
    asked = parser.parse_args()
    parts = []
    for model in asked.models:
        text = measured(model, asked.data, asked).text()
        parts.append(f"### {Path(model.partition('=')[0]).name}\n\n{text}")
    written = "\n\n".join(parts)
    if asked.out is None:
        print(written)
    else:
        page = asked.out.read_text(encoding="utf-8")
        new = _PART.sub(lambda part: f"{part[1]}\n{written}\n\n{part[2]}", page)
        asked.out.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
