"""Fair-GPTQ and its controls on a model, as the tables of docs/fair-gptq.md.

    python -m bench.fair_gptq demo
    python -m bench.fair_gptq MODEL --calibration FILE --text FILE --language en --forms gptq:4 ...

Made and judged before, a form is found again. The time is that of the whole on the machine at hand.
"""

from __future__ import annotations

import argparse
import math
import sys
import time

import fairviz
from fairviz.analyses.evenness.judge import Judged, judge
from fairviz.analyses.evenness.present import by_language


def main() -> None:
    """One table a model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model")
    parser.add_argument("--forms", nargs="*", default=[])
    for name in ("calibration", "text", "language", "groups", "pairs"):
        parser.add_argument(f"--{name}", default="")
    asked = vars(parser.parse_args())
    started = time.monotonic()
    found = fairviz.evenness(
        asked.pop("model"),
        *asked.pop("forms"),
        **asked,
        on_form=lambda done, of, words: print(f"{done} of {of}, {words}", file=sys.stderr),
    )
    shown = found.present()
    if shown.finding is not None:
        print(shown.finding.sentence, *shown.allowed, sep="\n")
    print(
        "\n| form | from even | change (95 %) | from the baseline | planted | swaps | pairs, % "
        "| to, from | KL, times | perplexity | neutral |\n" + "|---" * 11 + "|"
    )
    for one in judge(found.value):
        print(_row(one))
    print()
    print(by_language(found.value, new=True).to_string(index=False))
    print(f"\n{time.monotonic() - started:.0f} s")


def _row(one: Judged) -> str:
    change = one.change
    moved = (
        f"{change.mean:+.3f} ({change.low:+.3f} to {change.high:+.3f})" if one.p == one.p else ""
    )
    planted = "" if math.isnan(one.planted) else f"{one.planted:.3f}"
    cells = (
        f"`{one.form}`",
        f"{one.distance:.3f}",
        moved,
        f"{one.fidelity:.3f}",
        planted,
        f"{one.effect:.3f}",
        f"{100 * one.preference:.1f}",
        f"{one.gained}, {one.lost}",
        f"{one.kl:.4f}, {one.ratio:.2f}",
        f"{one.perplexity:.3f}",
        f"{one.neutral:.4f}",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
