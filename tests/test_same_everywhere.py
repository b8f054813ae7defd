"""One result, one presentation: page, report, slide, command line, JSON say and draw the same."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import in_golden
import pytest
from in_commands import fairviz
from in_golden import GOLDEN, digits, digits_in, digits_of
from in_pseudo import shown
from streamlit.testing.v1 import AppTest

from fairviz.i18n import LANGUAGES
from fairviz.models import catalog
from fairviz.report.html.page import page as written
from fairviz.report.record import Part, Report
from fairviz.report.runs import sections
from fairviz.report.shelf import Reports

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    "comparison": ("1_Compare", "run"),
    "reading": ("2_Token_shift", "reading"),
    "audit": ("3_Uncertain_prompts", "audit"),
    "tables": ("4_Bias_tables", ""),
    "probe": ("5_Bias_probes", "outcome"),
    "review": ("8_Blind_review", "review"),
    "attribution": ("9_Parts", "parts"),
    "evenness": ("6_Methods", "evenness"),
    "served": ("2_Token_shift", "served"),
}
PAIR = ("--baseline", "demo", "--compressed", "demo+nf4", "--device", "cpu")
# What asks the command line for the same; it answers in English.
COMMANDS: dict[str, tuple[str, ...]] = {
    "comparison": ("compare", *PAIR, "--prompt", "Il était une fois", "--max-new-tokens", "24"),
    "reading": ("score", *PAIR, "--text-file", f"{GOLDEN / 'text.txt'}"),
    "audit-prompts": ("audit", *PAIR, "--prompts", f"{GOLDEN / 'prompts.csv'}"),
    "audit-items": ("audit", *PAIR, "--task", "arc_easy", "--items", f"{GOLDEN / 'arc.csv'}"),
    "audit-answers": (
        *("audit", *PAIR, "--task", "truthfulqa_gen", "--max-new-tokens", "8"),
        *("--items", f"{GOLDEN.parent / 'fixtures' / 'tasks' / 'truthfulqa.csv'}"),
    ),
    "probe-minimal_pairs": ("probe", "minimal_pairs", *PAIR, "--items", f"{GOLDEN / 'pairs.csv'}"),
    "probe-group_auc": ("probe", "group_auc", "--items", f"{GOLDEN / 'scores.csv'}"),
    "tables-groups": ("tables", "view", in_golden.TABLES),
    "review": ("review", "result", in_golden.REVIEW),
    "attribution-mix": (
        *("attribute", "--baseline", "demo", "--compressed", "demo+rtn:4", "--device", "cpu"),
        *("--text-file", f"{GOLDEN / 'tale.txt'}", "--probe", "minimal_pairs"),
        *("--items", f"{GOLDEN / 'pairs.csv'}", "--mix", "1"),
    ),
    "evenness": (
        *("evenness", "demo", "gptq:4", "fairgptq:4:0.03", "fairgptq:4:0"),
        *("fairgptq:4:0.1:shuffled", "--groups", "trade", "--device", "cpu"),
    ),
    "served": (
        *("score", "--baseline", "demo", "--compressed", in_golden.SERVER, "--device", "cpu"),
        *("--text-file", f"{GOLDEN / 'text.txt'}"),
    ),
    "served-written": (
        *("compare", "--baseline", "demo", "--compressed", in_golden.SERVER, "--device", "cpu"),
        *("--prompt", "Il était une fois", "--max-new-tokens", "8"),
    ),
}
NAMES = tuple(COMMANDS)
# Of these the command line prints the key, so that a report can be made of it.
KEPT = ("comparison", "reading", "audit", "probe", "attribution", "evenness", "served")


@dataclass
class Seen:
    """What a reader finds at a place.

    Attributes:
        text: Everything written, without markup.
        numbers: Of tables and texts, with four digits.
        headings: Of all tables and numbers.
        figures: What is drawn, in order.
    """

    text: str
    numbers: set[str] = field(default_factory=set)
    headings: set[str] = field(default_factory=set)
    figures: list[Any] = field(default_factory=list)


@pytest.fixture(scope="module")
def golden(tmp_path_factory) -> Iterator[tuple[Path, Report]]:
    """The bundle in a cache of its own, which all places read."""
    import streamlit as st

    folder = tmp_path_factory.mktemp("golden")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAIRVIZ_CACHE", str(folder))
        patch.setenv("FAIRVIZ_WARM", "0")
        # A fingerprint names the weights' files on one machine: this is where the bundle was made.
        patch.setattr(catalog, "fingerprint", lambda spec: in_golden.PRINT)
        for held in (st.cache_resource, st.cache_data):
            held.clear()
        yield folder, in_golden.opened(folder)
        for held in (st.cache_resource, st.cache_data):
            held.clear()


@pytest.fixture(scope="module")
def parts(golden):
    return in_golden.parts(golden[1])


# Old runs open with the numbers they had.


def test_every_run_of_the_bundle_opens_with_its_numbers(parts):
    expected = in_golden.expected()
    assert {name for name in parts if name != "text"} == set(expected)
    wrong = []
    for name, known in expected.items():
        now = in_golden.condensed(in_golden.document(parts[name]))
        for path, three in known["document"].items():
            if now.get(path) != pytest.approx(three, rel=1e-9, abs=1e-12):
                wrong.append((name, path, three, now.get(path)))
    assert not wrong


@pytest.mark.parametrize("name", list(in_golden.expected()))
def test_every_number_that_was_shown_of_a_run_is_shown(parts, name):
    lost = set(in_golden.expected()[name]["shown"]) - in_golden.shown(
        in_golden.section(parts[name])
    )
    assert not lost - unbounded(parts[name])


def unbounded(part):
    """Shares of a change that may be 0 on its half of the items, which are not told any more."""
    from fairviz.analyses.attribution.found import brought, tells

    if part.kind != "attribution":
        return set()
    found = in_golden.runs.load(part)
    halves = (found.choosing[1], ~found.choosing[1])
    kept = [seen for name, seen in found.seen.items() if name.startswith("keep")]
    shares = [
        in_golden.spelled(brought(found, seen, "bias", half), "share")
        for half in halves
        if not tells(found, "bias", half)
        for seen in kept
    ]
    return in_golden.digits_in(*shares)


def test_the_points_of_the_trade_off_open(golden):
    from fairviz.analyses.tradeoff.measure import measured
    from fairviz.core.specs import ModelSpec

    documents = [json.loads(path.read_text()) for path in (GOLDEN / "tradeoff").glob("*.json")]
    kept = {one["compressed"]: one["point"] for one in documents}
    found = {point.name: point for point in measured(ModelSpec.parse("demo"))}
    for name, point in kept.items():
        assert found[name].kl == point["kl"]
        assert found[name].perplexity == point["perplexity"]
        assert found[name].bias_shift == point["bias_shift"]


# What each place shows, told by what the report is given to show.


def differences(seen: Seen, presented: Any, code: str = "en", *, room: bool = False) -> list[str]:
    """What a place does not show as it was presented.

    Args:
        seen: What the place shows.
        presented: What the report shows of it.
        code: The language of both.
        room: Whether it is a slide, which has room for the finding and one thing that shows it.
    """
    allowed = [] if room else list(presented.allowed)
    if presented.finding is not None:
        allowed += [presented.finding.sentence, presented.finding.trusted]
    out = [f"no sentence {one!r}" for one in allowed if _words(one) not in seen.text]
    one_thing = room and bool(presented.texts) and not presented.sensitive
    if presented.figures and seen.figures is not None and not one_thing:
        first = signature(json.loads(presented.figures[0].figure.to_json()))
        if not seen.figures:
            out.append("no figure")
        elif seen.figures[0] != first:
            out.append(f"another first figure: {_first_unlike(seen.figures[0], first)}")
    if not room:
        tables = [one.frame for one in presented.tables if not one.folded]
        cells = digits_of(tables, code) | {digits(one.value, code) for one in presented.numbers}
        cells -= {None}
        if lost := sorted(cells - seen.numbers - digits_in(seen.text, code=code), key=float):
            out.append(f"{len(lost)} of {len(cells)} numbers are not there: {lost[:8]}")
        headings = {str(column) for frame in tables for column in frame}
        lost = {one for one in headings - seen.headings if _words(one) not in seen.text}
        lost |= {one.title for one in presented.numbers if _words(one.title) not in seen.text}
        if lost:
            out.append(f"no heading {sorted(lost)}")
    return out


def signature(figure: Any) -> Any:
    """What a figure draws: traces with their names and numbers, and the titles of its axes."""
    traces = [
        {key: trace.get(key) for key in ("type", "name", "x", "y", "z")} for trace in figure["data"]
    ]
    titles = {
        axis: (layout.get("title") or {}).get("text")
        for axis, layout in figure["layout"].items()
        if re.fullmatch(r"[xy]axis\d*", axis)
    }
    return {"traces": traces, "titles": {k: v for k, v in titles.items() if v}}


def _first_unlike(one: Any, other: Any, at: str = "") -> str:
    """The first place where two signatures differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            if one.get(key) != other.get(key):
                return _first_unlike(one.get(key), other.get(key), f"{at}.{key}")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            if left != right:
                return _first_unlike(left, right, f"{at}[{place}]")
    return f"{at} {str(one)[:60]} / {str(other)[:60]}"


def _words(text: str) -> str:
    """A text without markup, whose spaces are all one."""
    plain = re.sub(r"\\(?=\W)", "", html.unescape(re.sub(r"</t[dh]>", " ", text)))
    return " ".join(re.sub(r"<[^>]*>", "", plain).split())


# Page


def page(parts, name: str, code: str) -> Seen:
    """What the page of a run shows of it."""
    part = parts[name]
    file, key = PAGES[part.kind]
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.query_params["lang"] = code
    if part.kind == "tables":
        for word in part.key.split("&"):
            field_, _equals, value = word.partition("=")
            app.query_params[field_] = value
    else:
        app.query_params[key] = part.key
    if part.kind == "probe":
        app.query_params["probe"] = name.removeprefix("probe-")
    app.switch_page(f"pages/{file}.py").run()
    if part.kind == "review":
        app.button(key="only_result").click().run()
    assert not app.exception
    seen = of_app(app, code)
    # On Methods the trade-off of the same models is drawn above.
    return replace(seen, figures=seen.figures[1:]) if part.kind == "evenness" else seen


def of_app(app: AppTest, code: str) -> Seen:
    """Everything on a page."""
    text = _words("\n".join(words for _element, words in shown(app)))
    frames = [one.value for one in (*app.dataframe, *app.table)]
    numbers = digits_of(frames, code) | {digits(one.value, code) for one in app.metric} - {None}
    headings = {_words(str(column)) for frame in frames for column in frame}
    headings |= {_words(one.label) for one in app.metric}
    drawn = [one.proto for one in app.get("plotly_chart")]
    # An empty one lets the browser fetch early what draws the others.
    drawn = [one for one in drawn if "fetch_early" not in one.id]
    figures = [signature(json.loads(one.spec)) for one in drawn]
    return Seen(text, numbers, headings, figures)


# Report


class Cells(HTMLParser):
    """The figures of a report's file, its texts, the cells and the headings of its tables."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code
        self.items: list[Seen] = []
        self._texts: list[str] = []
        self._in: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section" and "item" in (dict(attrs).get("class") or "").split():
            self._texts = []
            self.items.append(Seen(""))
        if tag in ("script", "td", "th"):
            self._in = [tag]

    def handle_endtag(self, tag: str) -> None:
        if tag == "section" and self.items and not self.items[-1].text:
            self.items[-1].text = _words(" ".join(self._texts))
        if tag in ("script", "td", "th"):
            self._in = []

    def handle_data(self, data: str) -> None:
        if not self.items:
            return
        if self._in == ["script"]:
            if data.lstrip().startswith("{") and '"layout"' in data:
                self.items[-1].figures.append(signature(json.loads(data)))
            return
        self._texts.append(data)
        if self._in == ["td"] and (number := digits(data, self.code)) is not None:
            self.items[-1].numbers.add(number)
        if self._in == ["th"]:
            self.items[-1].headings.add(data)


@pytest.fixture(scope="module")
def reports(golden):
    """Language -> what each part of the report's file shows."""
    _cache, report = golden
    names = {name: part for name, part in in_golden.parts(report).items() if name in NAMES}
    out = {}
    for code in LANGUAGES:
        spoken = replace(report, language=code, parts=tuple(names.values()))
        reader = Cells(code)
        reader.feed(written(spoken, sections(spoken)))
        out[code] = dict(zip(names, reader.items, strict=True))
    return out


# Slide


def slide(golden, parts, name: str, code: str) -> Seen:
    """What the slide of a part shows."""
    _cache, report = golden
    spoken = Reports().change(report.name, lambda one: replace(one, language=code))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    place = [part.place for part in spoken.parts].index(parts[name].place) + 1
    for key, value in {"present": "1", "report": spoken.name, "slide": str(place)}.items():
        app.query_params[key] = value
    app.switch_page("pages/7_Report.py").run()
    assert not app.exception
    return of_app(app, code)


# Command line


@pytest.fixture(scope="module")
def asked(golden):
    """Name of a run -> what the command line says, in English, and what it writes as JSON."""
    out: dict[str, tuple[str, Any]] = {}

    def of(name: str) -> tuple[str, Any]:
        if name not in out:
            file = golden[0] / f"{name}.json"
            ended = fairviz(*COMMANDS[name], "--json", file, cache=golden[0])
            assert ended.returncode == 0, ended.stderr
            # The key is told beside the answer.
            out[name] = _words(f"{ended.stdout}\n{ended.stderr}"), json.loads(file.read_text())
        return out[name]

    return of


def command(part: Part, text: str) -> list[str]:
    """What a text of the command line lacks."""
    out = differences(Seen(text), in_golden.section(part))
    lacks = [one for one in out if not one.startswith(("no figure", "no heading"))]
    return [*lacks, *(["no key"] if part.kind in KEPT and part.key not in text else [])]


def document(part: Part, found: Any) -> list[str]:
    """What a document of the command line lacks: a number, a sentence, its key."""
    now, known = in_golden.condensed(found), in_golden.condensed(in_golden.document(part))
    out = [
        f"{path}: {now.get(path)}, not {three}"
        for path, three in known.items()
        if part.kind != "tables" and now.get(path) != pytest.approx(three, rel=1e-4, abs=1e-6)
    ]
    texts = "\n".join(strings(found))
    out += [f"no sentence {one!r}" for one in in_golden.section(part).allowed if one not in texts]
    kept = part.kind in KEPT and not (isinstance(found, dict) and found.get("key") == part.key)
    return [*out, *(["no key"] if kept else [])]


def strings(found: Any) -> Iterator[str]:
    """Every text of a document."""
    if isinstance(found, dict):
        for value in found.values():
            yield from strings(value)
    elif isinstance(found, list):
        for value in found:
            yield from strings(value)
    elif isinstance(found, str):
        yield found


def compared(golden, parts, reports, asked, name: str, place: str) -> dict[str, list[str]]:
    """Language -> what differs at a place."""
    out = {}
    # Pages and slides draw what the report does: one language each shows that both are spoken.
    mine = NAMES.index(name) % 2
    spoken = {"report": tuple(LANGUAGES), "page": (list(LANGUAGES)[1 - mine],)}
    spoken["slide"] = (list(LANGUAGES)[mine],)
    for code in spoken.get(place, ("en",)):
        presented = in_golden.section(parts[name], code)
        if place == "page":
            out[code] = differences(page(parts, name, code), presented, code)
        elif place == "report":
            out[code] = differences(reports[code][name], presented, code)
        elif place == "slide":
            out[code] = differences(slide(golden, parts, name, code), presented, code, room=True)
        elif place == "command":
            out[code] = command(parts[name], asked(name)[0])
        else:
            out[code] = document(parts[name], asked(name)[1])
    return {code: ones for code, ones in out.items() if ones}


PLACES = ("page", "report", "slide", "command", "json")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", NAMES)
def test_every_place_shows_what_is_presented(golden, parts, reports, asked, name, place):
    assert compared(golden, parts, reports, asked, name, place) == {}


def test_a_cell_is_written_alike_on_a_page_and_in_a_report():
    def page():
        import numpy as np
        import pandas as pd

        from fairviz.analyses.presentation import Table
        from fairviz.ui import render

        values = {"n": [12345], "of": [0.25], "more": [2.0], "none": [None], "nan": [np.nan]}
        frame = pd.DataFrame({**values, "yes": [True]})
        render.table(Table("Cells", frame, folded=False), key="cells")

    shown = AppTest.from_function(page).run()
    assert not shown.exception
    body = shown.get("html")[0].proto.body.partition("<tbody>")[2]
    cells = [one.strip() for one in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", body, re.DOTALL)]
    assert cells == ["12,345", "0.25", "2", "–", "–", "yes"]
