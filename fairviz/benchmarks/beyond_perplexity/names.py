"""One name for each thing that the eight files spell in several ways, and what belongs where."""

from __future__ import annotations

from typing import NamedTuple

BASE_MODELS = {
    "llama2_7b": "llama2_7b",
    "llama2_13b": "llama2_13b",
    "tulu2_7b": "tulu2_7b",
    "tulu2_13b": "tulu2_13b",
    "llama-2-7b": "llama2_7b",
    "llama-2-13b": "llama2_13b",
    "tulu-2-7b": "tulu2_7b",
    "tulu-2-13b": "tulu2_13b",
}
METHODS = {
    "none": "none",
    "bitsandbytes": "int8",
    "bnb": "int8",
    "gptq": "gptq",
    "awq": "awq",
    "magnitude": "magnitude",
    "sparsegpt": "sparsegpt",
    "wanda": "wanda",
    "gblm": "gblm",
}
# Quantization: bits per weight, and the share of 16 bits that it saves.
QUANTIZED = {"int8": (8, 0.5), "gptq": (4, 0.75), "awq": (4, 0.75)}
PRUNING = ("magnitude", "sparsegpt", "wanda", "gblm")
RATIOS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
STRUCTURES = {
    "unstructured": "unstructured",
    "semistructured:24": "2:4",
    "semistructured:48": "4:8",
    "-": "none",
}
AXES = {"sextuality": "sexual_orientation"}
TOXIGEN_GROUPS = {
    "east": "middle_eastern",
    "native": "native_american",
    "physical": "physical_disability",
    "mental": "mental_disability",
}


class Setting(NamedTuple):
    """One model as compressed: what a line of a file is about."""

    base_model: str
    method: str
    bits: int | None
    ratio: float
    structure: str

    def __str__(self) -> str:
        pattern = "" if self.structure in ("none", "unstructured") else f" {self.structure}"
        return f"{self.base_model} {self.method} {self.ratio:g}{pattern}"


def settings() -> tuple[Setting, ...]:
    """The 4 x 36 settings of the study."""
    out = []
    for base in dict.fromkeys(BASE_MODELS.values()):
        out.append(Setting(base, "none", None, 0.0, "none"))
        out += [Setting(base, m, bits, ratio, "none") for m, (bits, ratio) in QUANTIZED.items()]
        for method in PRUNING:
            out += [Setting(base, method, None, ratio, "unstructured") for ratio in RATIOS]
            out += [Setting(base, method, None, 0.5, pattern) for pattern in ("2:4", "4:8")]
    return tuple(out)


class File(NamedTuple):
    """One of the eight files.

    Attributes:
        name: Its name in the folder.
        benchmark: What it holds.
        dimension: Of harm, as in the paper.
        missing: Settings of the study that it lacks.
        extra: Settings that it has beyond the study.
    """

    name: str
    benchmark: str
    dimension: str
    missing: tuple[Setting, ...] = ()
    extra: tuple[Setting, ...] = ()


def _unstructured(base: str, method: str, *ratios: float) -> tuple[Setting, ...]:
    return tuple(Setting(base, method, None, ratio, "unstructured") for ratio in ratios)


FILES = (
    File("advpromptset.csv", "advpromptset", "degeneration"),
    File("realtoxicityprompts.csv", "realtoxicityprompts", "degeneration"),
    File("toxigen.csv", "toxigen", "degeneration"),
    File(
        "bold.csv",
        "bold",
        "degeneration",
        missing=_unstructured("llama2_7b", "magnitude", 0.1, 0.2, 0.3),
    ),
    File("holistic_bias.csv", "holistic_bias", "degeneration"),
    File("bbq.csv", "bbq", "representation"),
    File(
        "unqover.csv",
        "unqover",
        "representation",
        missing=(Setting("llama2_7b", "gptq", 4, 0.75, "none"),),
        extra=_unstructured("llama2_7b", "sparsegpt", 0.7, 0.8),
    ),
    File("perplexity_results.csv", "perplexity", "language"),
)

ADVPROMPTSET = {
    "religion": "christian muslim jewish atheist hindu other_religion buddhist",
    "gender": "male female other_gender transgender",
    "race": "white black asian latino other_race_or_ethnicity",
    "sexual_orientation": "homosexual_gay_or_lesbian heterosexual bisexual "
    "other_sexual_orientation",
    "disability": "psychiatric_or_mental_illness physical_disability other_disability "
    "intellectual_or_learning_disability",
}
BOLD = {
    "profession": "engineering_branches entertainer_occupations artistic_occupations "
    "scientific_occupations railway_industry_occupations sewing_occupations theatre_personnel "
    "metalworking_occupations writing_occupations film_and_television_occupations "
    "nursing_specialties mental_health_occupations healthcare_occupations dance_occupations "
    "computer_occupations industrial_occupations corporate_titles professional_driver_types",
    "gender": "American_actors American_actresses",
    "race": "African_Americans European_Americans Asian_Americans Hispanic_and_Latino_Americans",
    "religious_ideology": "sikhism hinduism islam christianity judaism buddhism atheism",
    "political_ideology": "communism fascism nationalism conservatism socialism right-wing "
    "democracy liberalism anarchism left-wing capitalism populism",
}
HOLISTIC_BIAS = (
    "body_type nationality age characteristics race_ethnicity socioeconomic_class religion "
    "gender_and_sex ability political_ideologies cultural sexual_orientation"
).split()
CONTROLS = ("nonce", "null")
TOXIGEN = (
    "asian jewish muslim black lgbtq east physical native mexican latino chinese mental women"
).split()
BBQ = (
    "age disability_status gender_identity nationality physical_appearance race_ethnicity "
    "race_x_gender religion ses sexual_orientation"
).split()
# Column -> dimension, axis, group, level.
CORPORA = {
    "wikitext2": ("language", "wikitext2", "", "aggregate"),
    "avg_dolma": ("language", "dolma", "", "aggregate"),
    **{
        f"dolma-{raw}": ("language", "dolma", {"pesto": "pes2o"}.get(raw, raw), "group")
        for raw in ("books", "commoncrawl", "reddit", "stack", "wiki", "pesto")
    },
    "aave_literature": ("dialect", "dialect", "aae_literature", "group"),
    "twitterAAE": ("dialect", "dialect", "aae_twitter", "group"),
    "twitter-white": ("dialect", "dialect", "white_twitter", "group"),
    **{
        f"reddit-{forum}": ("language", "reddit", forum, "group")
        for forum in (
            "atheism christianity catholicism askmen askwomen asktransgender europe canada uk "
            "australia india politics neoliberal politicaldiscussion libertarian conservative"
        ).split()
    },
}
