"""Pages in a language that puts every message into brackets: what is not a message shows."""

from __future__ import annotations

import gettext
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import streamlit as st
from comparisons import comparison
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from fairviz import i18n as language
from fairviz.analyses.reading.request import Reading, ReadingRequest
from fairviz.analyses.store import Store
from fairviz.compression.registry import grid
from fairviz.core import glossary

ROOT = Path(__file__).resolve().parents[1]
PSEUDO = "⟦", "⟧"

# What elements show of their protobuf messages; the rest are keys, colours and addresses.
_TEXTS = ("label", "help", "body", "caption", "placeholder", "text", "tooltip", "alt")
# Markup, code, addresses, icons and what is escaped for Markdown.
_MARKUP = re.compile(
    r"<style>.*?</style>|<[^>]*>|`[^`]*`|:material/\w+:|:?[a-z-]*-badge\[|\(?https?://[^\s⟦⟧]+|"
    r"&\w+;",
    re.DOTALL,
)
# Escaped for Markdown: a name is one word again.
_ESCAPED = re.compile(r"\\(?=[^\w\s])")
_INNERMOST = re.compile(f"{PSEUDO[0]}[^{''.join(PSEUDO)}]*{PSEUDO[1]}")
# Data: models, methods, devices and number types, dates, file names; never sentences. What a set
# that is no file calls itself is translated from the English that is kept, so here it stays.
_DATA = re.compile(
    # A token of a text, after its place.
    r"^\d+: \s*\S+$|\b(fair)?gptq:\d[\w.:]*|demo(-student)?(\+\w+)?|\bnf4\b|"
    r"\bnone\b|\bwanda:|float32|\b(auto|cuda|mps|cpu)\b|\bUTC\b|"
    r"abc123|sha256:[0-9a-f]{16}\b|[\w.-]+/[\w.-]+(\+(int8|nf4)\b)?|(?<=· )bundled(?= ·)|"
    rf"^({'|'.join(re.escape(str(form)) for form in grid())})$|“The doctor said that”|"
    r"Il était une fois|qui vivait|\bmot\d+|English|Français|^(EN|FR)$|"
    r"\b(fr|en) · .*|(Llama|Tülu)-2|Zhichao Xu, .*83bce22"
)


class Brackets(gettext.NullTranslations):
    """Every message in brackets, before a colon and after it: a page may show either alone."""

    def gettext(self, message: str) -> str:
        return message.replace(": ", ": ".join(reversed(PSEUDO))).join(PSEUDO)

    def ngettext(self, one: str, many: str, n: int) -> str:
        return self.gettext(one if n == 1 else many)


def open_page(path: str, cache: Path, monkeypatch) -> AppTest:
    """A page in brackets; Compare and Token shift with an answer of the store."""
    monkeypatch.setenv("FAIRVIZ_CACHE", str(cache))
    monkeypatch.setenv("FAIRVIZ_WARM", "0")
    glossary._words("en")  # found by these words, which stand between the brackets
    monkeypatch.setattr(language, "catalogue", lambda code: Brackets())
    for cached in (st.cache_resource, st.cache_data):
        cached.clear()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    answer = comparison(compressed=(" un", " p", "êcheur", " et"))
    if "Compare" in path:
        Store(cache).save("comparison", "abc123", answer)
        app.query_params["run"] = "abc123"
        app.query_params["token"] = "1"
    if "Token_shift" in path:
        read = ReadingRequest(
            answer.request.baseline, answer.request.compressed, ("Il était une fois",)
        )
        floor = {"how": "in bfloat16 instead of float32", "size": {"probability_shift": 0.1}}
        traces = (answer.on_baseline,)
        Store(cache).save(
            "reading", "abc123", Reading(read, (("Il",),), traces, floor, answer.provenance)
        )
        app.query_params["reading"] = "abc123"
        app.query_params["token"] = "1"
    if path != "app.py":
        app.switch_page(path)
    app.run()
    for cached in (st.cache_resource, st.cache_data):
        cached.clear()
    return app


_OF_A_PANE = ("title", "count", "placeholder")


def shown(app: AppTest) -> Iterator[tuple[str, str]]:
    """Every text that the page shows, with the element that shows it."""
    for part in (app.sidebar, app.main):
        for node in part:
            yield from _of(node.proto, node.type)
            if node.type == "plotly_chart":
                yield from drawn(json.loads(node.proto.spec))
            if node.type == "bidi_component" and "words" in (row := json.loads(node.proto.json)):
                for told in (
                    *(view[name] for view in row["panes"] for name in _OF_A_PANE),
                    row["scale"]["heading"],
                    *row["scale"]["says"],
                    *(word for word in row["words"].values() if isinstance(word, str)),
                ):
                    yield "chips", re.sub(r"\{\w+\}", "", told)
            if node.type == "dataframe":
                named = json.loads(node.proto.columns or "{}")
                for column in node.value.columns:
                    yield "dataframe.column", named.get(column, {}).get("label") or column


def drawn(part: object) -> Iterator[tuple[str, str]]:
    """Titles, names, notes and hover texts of a figure."""
    if isinstance(part, list):
        for one in part:
            yield from drawn(one)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name in ("text", "name", "hovertemplate") and isinstance(value, str):
                yield f"plotly_chart.{name}", re.sub(r"%\{[^}]*\}", "", value)
            elif name not in ("template", "shapes"):
                yield from drawn(value)


def _of(message: object, where: str) -> Iterator[tuple[str, str]]:
    if not isinstance(message, Message):
        return
    for field, value in message.ListFields():
        if isinstance(value, str):
            if field.name in _TEXTS:
                yield f"{where}.{field.name}", value
        elif isinstance(value, Message):
            yield from _of(value, f"{where}.{field.name}")
        elif field.name == "options":
            for one in value:
                if isinstance(one, str):
                    yield f"{where}.{field.name}", one
                else:
                    content = getattr(one, "content", "")
                    yield f"{where}.{field.name}", content if isinstance(content, str) else ""


def bare(text: str) -> str:
    """What is left of a text without its messages, its markup and its data."""
    titles = re.findall(r'(?:title|data-means)="([^"]*)"', text)
    left = _ESCAPED.sub("", html.unescape(" ".join([text, *titles])))
    left = _MARKUP.sub(" ", left)
    while PSEUDO[0] in left and (less := _INNERMOST.sub(" ", left)) != left:
        left = less
    return _DATA.sub(" ", left)
