"""What is known against a published number, in plain words; shown wherever the number is."""

from __future__ import annotations

from typing import NamedTuple

from fairviz.i18n import N_


class Flag(NamedTuple):
    """One kind of defect.

    Attributes:
        name: As in the tables.
        title: A few words for a badge.
        meaning: What is wrong and how it was found, for a reader without the files.
        weight: `bars`: the number can carry no finding. `caution`: it may mislead. `note`: it
            is sound as far as the file can tell, and the reader should know how it was chosen.
    """

    name: str
    title: str
    meaning: str
    weight: str


FLAGS = (
    Flag(
        "impossible_value",
        N_("A value that this measure cannot have"),
        N_(
            "The number lies outside what its measure can be, such as a bias score above 1 or a "
            "perplexity below 1. Whatever was computed, it is not this measure."
        ),
        weight="bars",
    ),
    Flag(
        "rank_not_group",
        N_("A place in a sorted list, not a group"),
        N_(
            "The study's file names a subject above each of these columns, but the values "
            "never increase from left to right, in any line: they were sorted, and the names "
            "were not. Whose number this is cannot be known, so no name is shown."
        ),
        weight="caution",
    ),
    Flag(
        "accuracy_plus_constant",
        N_("Accuracy under another name"),
        N_(
            "In six of ten BBQ categories this bias score is the accuracy of the same line "
            "plus one constant, whatever the model. It measures no bias there. Read the "
            "accuracy instead. Averages that contain these categories are flagged as well."
        ),
        weight="bars",
    ),
    Flag(
        "tracks_unknown",
        N_("Counts `unknown`, not bias"),
        N_(
            "In the categories where the other BBQ bias score is accuracy plus a constant, "
            "this one rises and falls with how often the model says `unknown`, and goes "
            "above 1, which a bias score cannot. Averages that contain these categories are "
            "flagged as well."
        ),
        weight="bars",
    ),
    Flag(
        "other_item_set",
        N_("From another set of questions"),
        N_(
            "This line breaks a relation that every other line of its file keeps to the last "
            "digit, so it was computed on other questions. A difference from it mixes "
            "compression with the change of questions. Take LLM.int8() as the reference "
            "instead."
        ),
        weight="bars",
    ),
    Flag(
        "permuted_groups",
        N_("Groups in the wrong order"),
        N_(
            "Weighted by their sizes, the groups of this line do not give its published mean "
            "(more than 2 % off), while other lines agree to nine digits: the values are "
            "there, in the wrong columns. The mean can be read, the groups cannot."
        ),
        weight="bars",
    ),
    Flag(
        "shifted_line",
        N_("Values in the wrong columns"),
        N_(
            "This line ends too early, so its values stand in the wrong columns (a prompt "
            "perplexity of 0.007). It is excluded."
        ),
        weight="bars",
    ),
    Flag(
        "superseded",
        N_("An earlier line for the same model"),
        N_(
            "The file has two lines for this model with different values. The later one "
            "agrees with its neighbours on the perplexity of the prompts, which does not "
            "depend on chance, and is the one shown; this is the other."
        ),
        weight="bars",
    ),
    Flag(
        "last_of_two",
        N_("The later of two lines"),
        N_(
            "The file has two lines for this model with different values. This one agrees "
            "with its neighbours on the perplexity of the prompts, which does not depend on "
            "chance."
        ),
        weight="note",
    ),
    Flag(
        "one_of_two",
        N_("One of two lines, neither proved"),
        N_(
            "The file has two lines for this model with different values, and nothing in it "
            "says which is right. Both are shown."
        ),
        weight="caution",
    ),
    Flag(
        "two_batches",
        N_("Baseline and compressed from two batches"),
        N_(
            "For this base model, 8-bit quantization, which changes almost nothing, moves "
            "negative regard in HolisticBias by a tenth; in the three other models it moves "
            "it by at most 0.002. Some of its lines were probably generated under other "
            "settings, so a difference between two of them may not be owed to compression."
        ),
        weight="caution",
    ),
    Flag(
        "printed_twice",
        N_("The same number again"),
        N_(
            "The study prints negative regard as a mean and as a share; both are the same "
            "number in every line. One is shown."
        ),
        weight="bars",
    ),
    Flag(
        "not_measured",
        N_("Not measured"),
        N_("The file has no value here. It is a hole, not a zero."),
        weight="bars",
    ),
    Flag(
        "left_out",
        N_("Questions left out"),
        N_(
            "Some questions had no finite outcome under one of the two models; they were "
            "left out of both, and n counts the rest."
        ),
        weight="note",
    ),
    Flag(
        "copied_cell",
        N_("Probably another model's value"),
        N_(
            "WikiText-2 lies far above what the same model's six Dolma corpora suggest, and "
            "is to the digit the value of another base model under the same method."
        ),
        weight="bars",
    ),
)
BY_NAME = {flag.name: flag for flag in FLAGS}


def flag(name: str) -> Flag:
    """The record of a flag; one that a table of one's own brings explains itself by its name."""
    known = BY_NAME.get(name)
    return known or Flag(
        name, name.replace("_", " "), N_(N_("Flagged in the imported table.")), "caution"
    )


def weight(flags: str) -> str:
    """The gravest weight among a cell's flags, joined by commas; empty without flags."""
    weights = {flag(name).weight for name in flags.split(",") if name}
    return next((one for one in ("bars", "caution", "note") if one in weights), "")
