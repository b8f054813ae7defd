"""The same model on the same text, alone and beside another text: KL at seven places.

Run as `python -m bench.batch_effect MODEL FORM …`, for example

    python -m bench.batch_effect /models/gemma-3-270m none int8 nf4 fp4
    python -m bench.batch_effect demo none int8 nf4 fp4 rtn:4 magnitude:0.5

`--into cache/methods/batch_effect.json` puts the figures where the page Methods reads them, beside
those of other models; `--name` is what they call the model there.
"""

from __future__ import annotations

import argparse
import gc
import json
from pathlib import Path
from typing import Any

from fairviz.core.specs import ModelSpec
from fairviz.inference.batch_effect import (
    BESIDE,
    PLACES,
    TEXT,
    divergence,
    read,
)
from fairviz.models.pair import load_pair


def effects(source: str, forms: list[str], name: str) -> list[dict[str, Any]]:
    """One row a form; the baseline is loaded once beside each."""
    rows = []
    for form in forms:
        spec = ModelSpec.parse(source if form == "none" else f"{source}+{form}")
        pair = load_pair(ModelSpec.parse(source), spec, device="cpu", dtype="float32")
        words = pair.baseline.vocabulary
        bos = [] if words.bos_id is None else [words.bos_id]
        text, other = ([*bos, *words.encode(one)][: PLACES + len(bos)] for one in (TEXT, BESIDE))
        baseline = read(pair.baseline.model, text)
        alone = read(pair.compressed.model, text)
        beside = read(pair.compressed.model, text, other)
        rows.append(
            {
                "model": name,
                "form": form,
                "batch": [float(f"{kl:.4g}") for kl in divergence(alone, beside)],
                "compression": [float(f"{kl:.4g}") for kl in divergence(baseline, alone)],
            }
        )
        print(
            f"{name} {form:<14} batch {min(rows[-1]['batch']):.2g} to {max(rows[-1]['batch']):.2g}"
            f"   compression {min(rows[-1]['compression']):.2g} to "
            f"{max(rows[-1]['compression']):.2g}",
            flush=True,
        )
        del pair
        gc.collect()
    return rows


def main() -> None:
    """Measure, print, and with `--into` keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("forms", nargs="+")
    parser.add_argument("--name", default="")
    parser.add_argument("--into", type=Path)
    asked = parser.parse_args()
    name = asked.name or asked.model
    found = effects(asked.model, asked.forms, name)
    if asked.into:
        kept = json.loads(asked.into.read_text())["effects"] if asked.into.exists() else []
        new = {(row["model"], row["form"]) for row in found}
        kept = [row for row in kept if (row["model"], row["form"]) not in new]
        document = {"text": TEXT, "beside": BESIDE, "effects": [*kept, *found]}
        text = json.dumps(document, ensure_ascii=False, indent=1)
        asked.into.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
