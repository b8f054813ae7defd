"""What the items of a run and the columns of its tables are called."""

from __future__ import annotations

from fairviz.i18n import N_, _
from fairviz.i18n.translate_stored import translate_stored
from fairviz.metrics.traces import BOTH

# What a set that is no file calls itself.
_SOURCES = (
    N_("bundled"),
    N_("bundled, {language}"),
    N_("bundled: {preset}"),
    N_("typed"),
    N_("{first} and {second}"),
)
# Columns whose heading is their name, which is here for its translation.
_AS_NAMED = (
    N_("Against"), N_("Aligned"), N_("Answers"), N_("Attribute"), N_("Axis"), N_("Baseline"),
    N_("Before"), N_("Biased"), N_("Category"), N_("Characters"), N_("Cluster"), N_("Compressed"),
    N_("Condition"), N_("Context"), N_("Continuation"), N_("Derived"), N_("Different"),
    N_("Direction"), N_("Error"), N_("Expected"), N_("First"), N_("Flips"), N_("Forms"),
    N_("Group"), N_("Groups"), N_("Label"), N_("Language"), N_("Left out"), N_("List"),
    N_("Meaning"),
    N_("Metric"), N_("Models"), N_("Negative"), N_("Other"), N_("Other cluster"), N_("Part"),
    N_("Place"), N_("Polarity"), N_("Positive"), N_("Prompt"), N_("Prompt first"),
    N_("Prompt second"), N_("Question"), N_("Reason"), N_("Same"), N_("Same start"), N_("Sample"),
    N_("Second"), N_("Side"), N_("Statistic"), N_("Stereotype"), N_("Subject"), N_("Swaps"),
    N_("Task"), N_("Template"), N_("Text"), N_("Title"), N_("Token"), N_("Tokens"),
    N_("Tokens less"), N_("Tokens more"), N_("Unit"), N_("Unknown"), N_("Unrelated"), N_("Which"),
    N_("Word"), N_("Words"), N_("Wart"),
)  # fmt: skip
KNOWN = {title.lower().replace(" ", "_"): title for title in _AS_NAMED} | {
    "id": N_("Item"),
    "n": N_("n"),
    "p": N_("p"),
    "p_holm": N_("p (Holm)"),
    "units": N_("Independent units"),
    "low": N_("Change, low"),
    "high": N_("Change, high"),
    "difference": N_("Change"),
    "shift": N_("Change"),
    "flip": N_("Flipped"),
    "mass": N_("Least mass of continuations"),
    "carried": N_("Change carried (probability)"),
    "more": N_("First sentence"),
    "less": N_("Second sentence"),
    "lowest": N_("Lowest after"),
    "highest": N_("Highest after"),
    "measure": N_("What is measured"),
    "n_baseline": N_("n, baseline"),
    "n_compressed": N_("n, compressed"),
    "target": N_("Target term"),
    "terms": N_("Target terms"),
    "anti": N_("Anti-stereotype"),
}
_OF_A_SIDE = {"baseline": N_("Baseline, {what}"), "compressed": N_("Compressed, {what}")}
# What of a side has another name than a column of its own would.
OF_A_SIDE = {
    "low": N_("low"),
    "high": N_("high"),
    "first": N_("after first"),
    "second": N_("after second"),
    "answer": N_("answer"),
    "called": N_("called"),
    "chosen": N_("chosen"),
    "correct": N_("correct"),
    "ended": N_("text ended"),
    "indifference": N_("indifference"),
    "position": N_("position"),
    "per_token": N_("per token"),
    "probability": N_("probability"),
    "surprisal": N_("surprisal"),
    "ss": "SS",
    "lms": "LMS",
    "related": N_("meaning likelier"),
}


def called(source: str) -> str:
    """What the items of a run are called; the name of a file stays."""
    return translate_stored(source, _SOURCES)


def heading(name: str) -> str:
    """A column as a reader calls it; what is not known here is told as its own name."""
    if name in KNOWN:
        return _(KNOWN[name])
    side, _underscore, what = name.partition("_")
    if side in BOTH and what:
        own = _(OF_A_SIDE[what]) if what in OF_A_SIDE else _lowered(heading(what))
        return _(_OF_A_SIDE[side], what=own)
    words = name.replace("_", " ")
    return _(words[:1].upper() + words[1:])


def _lowered(title: str) -> str:
    return title[:1].lower() + title[1:]
