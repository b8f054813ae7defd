"""What a reader calls the things of the tables."""

from __future__ import annotations

BENCHMARKS = {
    "advpromptset": "AdvPromptSet",
    "realtoxicityprompts": "RealToxicityPrompts",
    "toxigen": "ToxiGen",
    "bold": "BOLD",
    "holistic_bias": "HolisticBias",
    "bbq": "BBQ",
    "unqover": "UnQover",
    "perplexity": "Perplexity",
}
DIMENSIONS = {
    "degeneration": "Degeneration",
    "representation": "Representation",
    "dialect": "Dialect",
    "language": "Language",
}
BASE_MODELS = {
    "llama2_7b": "Llama-2 7B",
    "llama2_13b": "Llama-2 13B",
    "tulu2_7b": "Tülu-2 7B",
    "tulu2_13b": "Tülu-2 13B",
}
# In the order in which figures and legends list them: quantization, then pruning.
METHODS = {
    "none": "Baseline",
    "int8": "LLM.int8()",
    "gptq": "GPTQ",
    "awq": "AWQ",
    "sparsegpt": "SparseGPT",
    "wanda": "Wanda",
    "gblm": "GBLM",
    "magnitude": "Magnitude",
}
_GROUPS = {
    "aae_twitter": "AAE Twitter",
    "white_twitter": "White-aligned Twitter",
    "aae_literature": "AAE literature",
    "lgbtq": "LGBTQ",
    "ses": "socio-economic status",
    "race_x_gender": "race × gender",
    "pes2o": "peS2o",
    "wikitext2": "WikiText-2",
    "dolma": "Dolma",
}


def word(name: str) -> str:
    """A group, an axis or any other name as words."""
    return _GROUPS.get(name, name.replace("_", " "))


def inside(title: str) -> str:
    """A title within a sentence: a small first letter, unless it is a name in capitals."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def base_model(name: str) -> str:
    """A model as its makers write it."""
    return BASE_MODELS.get(name, name)


def benchmark(name: str) -> str:
    """A benchmark as its makers write it."""
    return BENCHMARKS.get(name, name)


def method(name: str) -> str:
    """A method as its makers write it."""
    return METHODS.get(name, name)


def order(name: str) -> tuple[int, str]:
    """Sorts methods as `METHODS` does, unknown ones behind."""
    known = list(METHODS)
    return (known.index(name) if name in known else len(known), name)


def base_order(name: str) -> tuple[int, str]:
    """Sorts base models as `BASE_MODELS` does, unknown ones behind."""
    known = list(BASE_MODELS)
    return (known.index(name) if name in known else len(known), name)


def setting(name: str, bits: object, ratio: float, structure: str) -> str:
    """One compressed form in a few words: "GPTQ 4-bit", "Wanda 50 %", "Wanda 2:4"."""
    title = method(name)
    if name == "none":
        return title
    if isinstance(bits, int) and bits > 0:
        return title if name == "int8" else f"{title} {bits}-bit"
    if structure in ("2:4", "4:8"):
        return f"{title} {structure}"
    return f"{title} {ratio:.0%}".replace("%", " %") if ratio == ratio else title
