"""Small bias tables for tests."""

import pandas as pd

from fairviz.benchmarks.schema import tidy

BASIC = {
    "source": "mine",
    "dimension": "degeneration",
    "benchmark": "toy",
    "base_model": "m",
    "metric": "toxigen_ratio",
    "level": "axis",
    "structure": "none",
}


def table(*rows, **shared):
    """A table of the schema; each row is a dict over `BASIC` and `shared`."""
    return tidy(pd.DataFrame([{**BASIC, **shared, **row} for row in rows]))


def groups(**values):
    """Rows of one metric: setting -> {group: value}, e.g. `none={"a": .1}`."""
    ratios = {"none": 0.0, "int8": 0.5, "gptq": 0.75, "magnitude": 0.5}
    bits = {"int8": 8, "gptq": 4}
    return table(
        *(
            {
                "method": method,
                "ratio": ratios[method],
                "bits": bits.get(method),
                "structure": "unstructured" if method == "magnitude" else "none",
                "axis": group,
                "value": value,
                "n": 100,
                "line": number + 2,
            }
            for number, (method, of_group) in enumerate(values.items())
            for group, value in of_group.items()
        )
    )
