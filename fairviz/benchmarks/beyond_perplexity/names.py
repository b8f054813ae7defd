"""One name for each thing that the eight files spell in several ways, and what belongs where."""

from __future__ import annotations

from typing import NamedTuple

from fairviz.core.declared import declared, records

_STUDY = declared(__file__)
# As the files spell it -> as fairviz does.
BASE_MODELS: dict[str, str] = _STUDY["base_models"]
METHODS: dict[str, str] = _STUDY["methods"]
STRUCTURES: dict[str, str] = _STUDY["structures"]
AXES: dict[str, str] = _STUDY["axes"]
TOXIGEN_GROUPS: dict[str, str] = _STUDY["toxigen_groups"]
# Bits per weight, and the share of 16 bits that it saves.
QUANTIZED: dict[str, tuple[int, float]] = _STUDY["quantized"]
# Axis -> its groups.
ADVPROMPTSET: dict[str, tuple[str, ...]] = _STUDY["advpromptset"]
BOLD: dict[str, tuple[str, ...]] = _STUDY["bold"]
SUBJECTS: dict[str, tuple[str, ...]] = _STUDY["subjects"]
# Groups, or axes, of a file that has one kind of them.
HOLISTIC_BIAS: tuple[str, ...] = _STUDY["holistic_bias"]
CONTROLS: tuple[str, ...] = _STUDY["controls"]
TOXIGEN: tuple[str, ...] = _STUDY["toxigen"]
BBQ: tuple[str, ...] = _STUDY["bbq"]
# Column -> dimension, axis, group, level.
CORPORA: dict[str, tuple[str, str, str, str]] = _STUDY["corpora"]
SUFFIXES: tuple[str, ...] = _STUDY["suffixes"]
IDENTITY: tuple[str, ...] = _STUDY["identity"]
IDENTITY_OF: dict[str, tuple[str, ...]] = _STUDY["identity_of"]
GENERATED: dict[str, tuple[str, ...]] = _STUDY["generated"]
# Prompts behind each group.
SIZES: dict[str, dict[str, int]] = _STUDY["sizes"]
# Benchmark -> the ways in which its prompts fall into groups: the levels, and the sizes.
SPLITS: dict[str, tuple[tuple[tuple[str, ...], dict[str, int]], ...]] = {
    "holistic_bias": ((("axis", "control"), SIZES["holistic_bias"]),),
    "toxigen": ((("group",), SIZES["toxigen"]),),
    "bold": ((("axis",), SIZES["bold_axes"]), (("group",), SIZES["bold_groups"])),
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
        for method in _STUDY["pruning"]:
            out += [Setting(base, method, None, one, "unstructured") for one in _STUDY["ratios"]]
            out += [Setting(base, method, None, 0.5, pattern) for pattern in ("2:4", "4:8")]
    return tuple(out)


class File(NamedTuple):
    """One of the eight files."""

    name: str  # its name in the folder
    benchmark: str  # what it holds
    dimension: str  # of harm, as in the paper
    missing: tuple[str, ...] = ()  # settings of the study that it lacks, as `str` writes them
    extra: tuple[str, ...] = ()  # settings that it has beyond the study


FILES = records(File, __file__, "files")
