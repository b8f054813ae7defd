"""The report's file: whole, escaped, closed to the network, light enough to send."""

import base64
import gzip
import re
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import comparisons
import pytest
import reported
from plotly.offline import get_plotlyjs

from fairviz.analyses.presentation import Facts, Finding, Presentation
from fairviz.core.templates import templates
from fairviz.report.html.notes import note
from fairviz.report.html.page import page
from fairviz.report.record import Report
from fairviz.report.runs import drawn

NASTY = "<script>window.ran = 1</script><img src=x onerror=window.ran=1>\"'&amp; $x$ \u202e"
# Elements that have no end tag.
VOID = {"meta", "input", "br", "img"}


class Read(HTMLParser):
    """The file as a parser sees it: whether it nests, and what could run or be fetched."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.scripts, self.ids, self.text = [], [], [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "script":
            self.scripts.append([attrs, ""])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open and self.open[-1] == "script":
            self.scripts[-1][1] += text
        else:
            self.text += text


@pytest.fixture(scope="module")
def whole():
    return Read(reported.everything())


def test_the_file_nests_and_names_every_place_once(whole):
    assert whole.open == []
    assert len(whole.ids) == len(set(whole.ids))
    links = {attrs["href"][1:] for tag, attrs in whole.tags if tag == "a"}
    assert links <= set(whole.ids) and {"limits", "made", "item-7"} <= links


def test_headings_follow_without_a_gap(whole):
    levels = [int(tag[1]) for tag, _ in whole.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_only_scripts_named_by_their_hash_may_run(whole):
    policy = next(attrs["content"] for tag, attrs in whole.tags if "http-equiv" in attrs)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert (
        rules["default-src"] == "'none'" and rules["base-uri"] == rules["form-action"] == "'none'"
    )
    assert "unsafe" not in rules["script-src"] and rules["img-src"] == "data: blob:"
    runs = [text for attrs, text in whole.scripts if "type" not in attrs]
    hashes = {
        f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'" for text in runs
    }
    assert len(runs) == 3
    (library,) = set(rules["script-src"].split()) - hashes
    assert library == f"'sha256-{base64.b64encode(sha256(unpacked(whole)).digest()).decode()}'"
    assert unpacked(whole).decode() == get_plotlyjs()
    kinds = {attrs.get("type") for attrs, _ in whole.scripts}
    assert kinds == {None, "application/json", "text/plain"}


def unpacked(whole):
    """The library of a report, as its own script unpacks it."""
    (packed,) = (text for attrs, text in whole.scripts if attrs.get("id") == "plotly")
    return gzip.decompress(base64.b85decode(packed.translate(str.maketrans(",.", "<>"))))


def test_nothing_is_fetched(whole):
    assert not any(tag in ("link", "iframe", "object", "embed", "base") for tag, _ in whole.tags)
    for tag, attrs in whole.tags:
        assert not any(name.startswith("on") for name in attrs)
        assert str(attrs.get("src", "data:")).startswith("data:"), tag


def test_every_table_has_a_caption_and_scoped_headings(whole):
    names = [tag for tag, _ in whole.tags]
    assert names.count("table") == names.count("caption") > 10
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in whole.tags if tag == "th")


def test_every_figure_has_words_numbers_and_its_data(whole):
    plots = [attrs for tag, attrs in whole.tags if attrs.get("class") == "plot"]
    data = [attrs["data-plot"] for attrs, _ in whole.scripts if "data-plot" in attrs]
    assert [one["id"] for one in plots] == data and len(plots) >= 9
    assert all(one["role"] == "img" and one["aria-label"] for one in plots)
    assert "Numbers of this figure" in whole.text


def test_what_a_stranger_wrote_is_shown_as_typed_and_is_no_markup():
    answer = comparisons.comparison([NASTY, " b"], [NASTY, " c"], prompt=NASTY)
    known = {side: {**answer.provenance[side], "source": NASTY, "revision": NASTY}
             for side in ("baseline", "compressed")}  # fmt: skip
    shown = drawn(replace(answer, provenance=known), reported.part("comparison"))
    part = reported.part("comparison", heading=NASTY, note=NASTY)
    text = reported.written((part, shown), title=NASTY)
    found = Read(text)
    assert "<script>window.ran" not in text and "<img" not in text
    assert sum("type" not in attrs for attrs, _ in found.scripts) == 3
    # Title, title in the head, contents, heading, note, prompt twice, tokens, cards, …
    assert found.text.count(NASTY) >= 12


def test_what_no_file_can_hold_is_replaced():
    read = templates(Path(__file__).parent).from_string
    assert read("{{ x }}").render(x="a\ud800b\x00c\nd") == "a\ufffdb\ufffdc\nd"
    assert read('<i title="{{ x }}">').render(x='"<&') == '<i title="&#34;&lt;&amp;">'
    embedded = read("{{ x | tojson }}").render
    assert "\ud800" not in embedded(x="\ud800") and "<" not in embedded(x="</script>")


@pytest.mark.parametrize(
    "markdown",
    [
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "[a](vbscript:x)",
        "[a](file:///etc/passwd)",
        "![a](https://example.org/track.png)",
        "![a](//example.org/track.png)",
        "![a](data:image/svg+xml;base64,PHN2Zz4=)",
        "<img src=https://example.org/x.png>",
        "<a href='https://example.org' onclick='x()'>a</a>",
        "<style>body{display:none}</style>",
        "[a]: javascript:alert(1)\n\n[a]",
    ],
)
def test_a_note_can_run_and_fetch_nothing(markdown):
    found = Read(note(markdown))
    for tag, attrs in found.tags:
        assert tag in ("p", "a", "span"), tag
        assert attrs.get("href", "https:").startswith("https:") and "src" not in attrs
        assert not any(name.startswith("on") for name in attrs)


def test_a_note_keeps_its_markdown():
    html = note("# A\n\n*b* [c](https://example.org/?a=1&b=2) ![d](data:image/png;base64,AA==)")
    assert "<h3>A</h3>" in html and "<em>b</em>" in html
    assert '<a href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer">c</a>' in html
    assert '<img src="data:image/png;base64,AA==" alt="d">' in html


def test_a_french_report_has_french_words_and_commas():
    found = Read(reported.everything("fr"))
    assert ("html", {"lang": "fr"}) in found.tags
    for word in ("Limites", "Sommaire", "Pour reproduire ce résultat"):
        assert word in found.text, word
    separators = [text for attrs, text in found.scripts if "data-plot" in attrs]
    assert all('"separators":",\\u202f"' in text for text in separators)
    assert re.search(r"\d,\d+\s±\s\d,\d", found.text)


def test_a_missing_item_says_why_and_the_others_stay():
    why = "It is not here."
    gone = Presentation("audit", "Prompts", not_allowed=(why,), facts=Facts(missing=why))
    text = Read(
        reported.written(
            (reported.part("audit", 1), gone),
            (reported.part("comparison", 2), reported.section("comparison")),
        )
    ).text
    assert "It is not here." in text and "1 item could not be shown" in text
    assert "Il était une fois" in text


def test_as_many_sections_as_parts():
    report = Report("r", "x", parts=(reported.part("text"),))
    with pytest.raises(ValueError):
        page(report, [], made=reported.MADE)


def test_a_report_without_figures_carries_no_plotly():
    text = reported.written((reported.part("text", note="Hello"), reported.section("text")))
    assert len(text) < 60_000


def test_ten_items_stay_under_eight_megabytes():
    from fairviz.analyses.tables.present import present
    from fairviz.analyses.tables.view import view

    tokens = [f" token{n}" for n in range(400)]
    long = drawn(comparisons.comparison(tokens, tokens[:200] + tokens),
                              reported.part("comparison"))  # fmt: skip
    read = drawn(reported.a_reading([f" w{n}" for n in range(3000)]),
                           reported.part("reading"))  # fmt: skip
    seen = [present(view(f"view={name}"), {})
            for name in ("overview", "groups", "spread")]  # fmt: skip
    items = [long, long, long, read, read, *seen,
             reported.section("audit"), reported.section("probe")]  # fmt: skip
    made = [(reported.part(one.kind, place), one) for place, one in enumerate(items)]
    assert len(made) == 10
    size = len(reported.written(*made).encode())
    assert size < 8_000_000, size


def test_three_items_stay_under_two_megabytes():
    kinds = ("comparison", "audit", "probe")
    size = len(reported.written(*((reported.part(k), reported.section(k)) for k in kinds)).encode())
    assert 1_000_000 < size < 2_000_000, size


@pytest.mark.parametrize("kind", ["comparison", "reading", "audit", "probe"])
def test_an_item_says_little_before_it_is_unfolded(kind):
    """Two fifths of the words it had: 856 of a comparison, 826 of an audit, 646 of a probe."""
    text = reported.written((reported.part(kind), reported.section(kind)))
    item = re.search('<section class="item.*?<details class="detail">', text, re.DOTALL).group()
    shown = re.sub("<(details|script).*?</\\1>", " ", item, flags=re.DOTALL)
    words = re.sub("<[^>]*>", " ", shown).split()
    assert 60 < len(words) <= 330, len(words)
    folded = Read(text).text
    assert "What was asked" in folded and "To repeat it" in folded


def test_findings_come_first_the_most_trusted_of_them_before_the_others():
    trusts = ("none", "open", "strong", "strong", "open", "none", "none")
    made = [
        (reported.part("probe", n), Presentation("probe", name, finding=Finding(name, trust)))
        for n, (name, trust) in enumerate(zip("abcdefg", trusts, strict=True))
    ]
    text = reported.written(*made)
    first = text[text.index("What was found") : text.index("<h2>Contents")]
    assert re.findall(r'<li class="(\w+)"><a href="#item-(\d)" dir="auto">(\w)<', first) == [
        ("strong", "3", "c"), ("strong", "4", "d"), ("open", "2", "b"), ("open", "5", "e"),
        ("none", "1", "a"),
    ]  # fmt: skip
    assert "2 further findings stand at their items." in first
    assert "more than chance allows" in first


def test_the_report_says_of_its_own_date_that_it_is_in_utc():
    for code, said in (("en", "10:30:00\u202fAM UTC"), ("fr", "10:30:00 UTC")):
        # On the cover and in "How it was made".
        assert reported.written(code=code).count(said) == 2
