"""Harm in what real models write before and after compression: a table on BOLD.

Run as `python -m bench.harm BOLD MODEL [MODEL ...]`, where BOLD is the folder of its five files
(`gender_prompt.json` and the others, https://github.com/amazon-science/bold). Both models go on
from the same prompts with common noise; vader reads the texts, and offensive where its package is
there; beside each rate stands what shows whether language is left. `--published FOLDER`, with the
files of "Beyond Perplexity", adds what that study tells of 4 bits and of half the weights.

The texts are kept in `--texts`, so that a run that was stopped goes on and a scorer costs nothing.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path

import pandas as pd

from fairviz.benchmarks.beyond_perplexity.importer import table as read_published
from fairviz.core.errors import MissingPackage
from fairviz.core.specs import Decoding, ModelSpec, digest
from fairviz.models.pair import Pair, load_pair
from fairviz.probes import drawn, prompt_sets
from fairviz.probes.by_classifier import judged
from fairviz.probes.collapse import surprisals
from fairviz.probes.record import Items, Outcome, Step
from fairviz.probes.scorers import PACKAGED

DOMAINS = ("profession", "gender", "race", "religious_ideology", "political_ideology")
# Seconds between two words on how far it is.
PACE = 30


def bold(folder: Path, most: int) -> Items:
    """About `most` prompts of each domain, as many of each of its groups as there are."""
    parts = []
    for domain in DOMAINS:
        content, name = (folder / f"{domain}_prompt.json").read_bytes(), f"{domain}_prompt.json"
        sizes = prompt_sets.read(content, name, per_group=0).rows["group"].value_counts()
        each = next(n for n in range(1, sizes.max() + 1) if sizes.clip(upper=n).sum() >= most)
        parts.append(prompt_sets.read(content, name, per_group=each).rows)
    rows = pd.concat(parts, ignore_index=True)
    return Items("BOLD", rows, content=digest(rows.to_dict("records")))


def texts(pair: Pair, items: Items, decoding: Decoding, folder: Path) -> pd.DataFrame:
    """Both models' continuations; those that stand in the folder are not written anew."""
    model, form = Path(pair.baseline.spec.source).name, pair.compressed.spec.compression
    file = folder / f"{model}+{form}-{items.content}.parquet".replace(":", "-")
    if file.is_file():
        return pd.read_parquet(file)
    began = told = time.time()

    def tell(step: Step) -> None:
        nonlocal told
        if time.time() - told > PACE:
            told = time.time()
            print(f"  {file.stem}: {step.done} of {step.of}, {told - began:.0f} s", file=sys.stderr)

    rows, _lost = drawn.texts(pair, items.rows["prompt"].tolist(), 1, decoding, tell, items.source)
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_parquet(file)
    return pd.DataFrame(rows)


def outcomes(pair: Pair, items: Items, written: pd.DataFrame) -> dict[str, Outcome]:
    """What each scorer that is installed says of the texts."""
    rows = written.to_dict("records")
    asked = [items.rows["prompt"][row["place"]] for row in rows]
    read = surprisals(pair, rows, asked, lambda done, of: None)
    found = {}
    for name, load in PACKAGED.items():
        try:
            judge = load()
        except MissingPackage as error:
            print(f"  {error}", file=sys.stderr)
            continue
        found[name] = judged(rows, items.rows, judge, lambda done, of: None, surprisals=read)
    return found


def change(row: pd.Series, digits: int, share: bool = False) -> str:
    """A number before and after, and the interval of its change."""
    scale, sign = (100, " %") if share else (1, "")
    before, after, low, high = (
        f"{scale * row[name]:{form}.{digits}f}"
        for name, form in (("baseline", ""), ("compressed", ""), ("low", "+"), ("high", "+"))
    )
    within = f"{low} to {high}" if math.isfinite(row["low"]) else "not one text moved"
    return f"{before} → {after}{sign} ({within})"


def line(name: str, found: dict[str, Outcome], group: str) -> str:
    """A row of the table: all items, or one domain."""

    def of(scorer: str, table: str) -> pd.Series | None:
        if scorer not in found:
            return None
        details = found[scorer].details
        if group != "all":
            return details[f"{table}domains"].set_index("axis").loc[group]
        whole = details["called"] if table else found[scorer].groups
        return whole.set_index("group").loc["all"]

    collapse = found["vader"].details["collapse"].set_index(["group", "measure"])
    read = {one: collapse.loc[(group, one)] for one in ("repetition", "length", "surprisal")}
    starred = {one: "*" if row["p_holm"] < 0.05 else "" for one, row in read.items()}
    offensive = of("offensive", "called_")
    perplexity = " → ".join(
        f"{math.exp(read['surprisal'][side]):.1f}" for side in ("baseline", "compressed")
    )
    cells = [
        name, str(int(read["length"]["n"])),
        change(of("vader", ""), 3), change(of("vader", "called_"), 1, share=True),
        "" if offensive is None else change(offensive, 1, share=True),
        f"{read['repetition']['baseline']:.3f} → {read['repetition']['compressed']:.3f}"
        + starred["repetition"],
        f"{read['length']['baseline']:.1f} → {read['length']['compressed']:.1f}{starred['length']}",
        perplexity + starred["surprisal"],
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def published(folder: Path) -> None:
    """Sentiment on BOLD of the study's models: whole, at 4 bits, with half the weights."""
    table = read_published(folder)
    table = table[(table["benchmark"] == "bold") & (table["level"] == "aggregate")]
    forms = {
        "none": table["method"] == "none",
        "gptq, 4 bits": table["method"] == "gptq",
        "awq, 4 bits": table["method"] == "awq",
        "magnitude, half": (table["method"] == "magnitude")
        & (table["ratio"] == 0.5)
        & (table["structure"] == "unstructured"),
    }
    metrics = ("vader_score", "vader_ratio", "toxigen_ratio")
    print("\n| model | form | " + " | ".join(metrics) + " |\n|---|---|---|---|---|")
    for model in table["base_model"].unique():
        for form, which in forms.items():
            own = table[which & (table["base_model"] == model)]
            values = [own.loc[own["metric"] == one, "value"].mean() for one in metrics]
            print(f"| {model} | {form} | {values[0]:.3f} | {values[1]:.3f} | {values[2]:.4f} |")


def main() -> None:
    """Print the table of every model and form, then that of the study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bold", type=Path)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--forms", default="nf4,magnitude:0.5", help="by commas")
    parser.add_argument("--prompts", type=int, default=200, help="of each domain, about")
    parser.add_argument("--tokens", type=int, default=25)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--texts", type=Path, default=Path("artifacts/harm"))
    parser.add_argument("--published", type=Path)
    parser.add_argument("--domains", action="store_true", help="a row for each domain too")
    arguments = parser.parse_args()
    items = bold(arguments.bold, arguments.prompts)
    print(
        "| models | texts | sentiment (vader) | negative | offensive | repetition | words "
        "| perplexity under the baseline |\n|---|---|---|---|---|---|---|---|"
    )
    for model in arguments.models:
        for form in arguments.forms.split(","):
            specs = ModelSpec.parse(model), ModelSpec.parse(f"{model}+{form}")
            pair = load_pair(*specs, device=arguments.device, together=True)
            written = texts(pair, items, Decoding(arguments.tokens, 1.0), arguments.texts)
            found = outcomes(pair, items, written)
            name = f"{Path(model).name}+{form}"
            print(line(name, found, "all"), flush=True)
            for domain in DOMAINS if arguments.domains else ():
                print(line(domain, found, domain), flush=True)
            for outcome in found.values():
                print(*map(str, outcome.sentences[:4]), sep="\n", file=sys.stderr)
    if arguments.published:
        published(arguments.published)


if __name__ == "__main__":
    main()
