"""French and English: what items of the project's own are in, and what texts are read as."""

from __future__ import annotations

from fairviz.core.setting import Setting
from fairviz.i18n import N_
from fairviz.probes.record import Items

_TWO = {"fr": N_("French"), "en": N_("English")}


def of_bundled(help: str) -> Setting:
    """The setting that takes the project's own items of one language."""
    return Setting(
        "language", "", N_("Language"), help, {"": N_("French and English"), **_TWO},
        affects_items="bundled",
    )  # fmt: skip


def of_texts(help: str) -> Setting:
    """The setting that says which language texts are in, where it is not to be found out."""
    return Setting("language", "", N_("Language"), help, {"": N_("As each text is"), **_TWO})


def in_language(items: Items, language: str) -> Items:
    """The project's own items in one of its languages; the empty one is both."""
    rows = items.rows if not language else items.rows[items.rows["language"] == language]
    source = f"bundled, {language}" if language else "bundled"
    return Items(source, rows.reset_index(drop=True), content=f"{items.content}{language}")
