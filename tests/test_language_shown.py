"""Nothing that people read passes the catalogues by: seen in the code, and on the open pages."""

import ast
from pathlib import Path

import pytest
from in_pseudo import PSEUDO, bare, open_page, shown

from fairviz.ui.links import PAGES

ROOT = Path(__file__).resolve().parents[1]
SHOWN = sorted(
    [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "fairviz/ui").rglob("*.py")]
)
# The command line speaks English, and what is wrong with a stored run or a row is kept in it.
ENGLISH = (
    "fairviz/cli/",
    "fairviz/demo/",
    "fairviz/analyses/comparison/store.py",
    "fairviz/tasks/formats.py",
)
RAISING = sorted(
    path
    for path in (ROOT / "fairviz").rglob("*.py")
    if "fix=" in path.read_text(encoding="utf-8")
    and not path.relative_to(ROOT).as_posix().startswith(ENGLISH)
)

# What streamlit shows of its first argument, and of these keywords.
CALLS = set(
    "title header subheader markdown caption write text info warning error success toast button "
    "download_button form_submit_button checkbox radio selectbox segmented_control multiselect "
    "pills slider number_input text_input text_area file_uploader expander popover tabs metric "
    "link_button page_link spinner status progress toggle draw Column NumberColumn TextColumn "
    "CheckboxColumn ProgressColumn LinkColumn".split()
)
KEYWORDS = {"label", "help", "placeholder", "caption", "alt", "text"}
# These translate, or take a key.
SPEAKING = {"_", "ngettext", "joined", "number", "moment", "retold", "told", "paragraph", "widget"}
# The product and the kinds of files.
ALLOWED = {"fairviz", "CSV", "JSON", "Parquet", "HTML"}


def words(text):
    """Words of three letters or more that are no name."""
    letters = "".join(sign if sign.isalpha() else " " for sign in text)
    path = text.startswith("pages/") or text == "app.py"
    return [one for one in letters.split() if len(one) > 2 and one not in ALLOWED and not path]


def untranslated(node):
    """Literal text in an argument, outside of what translates it."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and words(bare(node.value)):
            yield node.value
    elif isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in SPEAKING and name != "get":
            for one in [*node.args, *(keyword.value for keyword in node.keywords)]:
                yield from untranslated(one)
    elif isinstance(node, ast.IfExp):
        yield from untranslated(node.body)
        yield from untranslated(node.orelse)
    elif not isinstance(node, ast.Subscript | ast.Compare | ast.Lambda | ast.FormattedValue):
        for child in ast.iter_child_nodes(node):
            yield from untranslated(child)
    elif isinstance(node, ast.FormattedValue):
        yield from untranslated(node.value)


def calls(tree):
    """Arguments that streamlit shows, with their lines."""
    ours = {"_log"} | {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fairviz")
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr not in CALLS:
            continue
        # A module of ours is handed keys; what it shows is seen in its own file.
        own = isinstance(node.func.value, ast.Name) and node.func.value.id in ours
        first = 2 if node.func.attr == "progress" else 1
        shown_here = [] if own else node.args[:first]
        shown_here += [one.value for one in node.keywords if one.arg in KEYWORDS]
        yield from ((node.lineno, one) for one in shown_here)


def test_no_literal_text_reaches_streamlit():
    found = [
        (path.name, line, text)
        for path in SHOWN
        for line, argument in calls(ast.parse(path.read_text(encoding="utf-8")))
        for text in untranslated(argument)
    ]
    assert found == []


def test_literal_text_would_be_found():
    code = "st.caption(f'{n} tokens' if n else _('none'))\nst.button('Go there', help=x['help'])"
    found = [text for _rest, one in calls(ast.parse(code)) for text in untranslated(one)]
    assert found == [" tokens", "Go there"]


@pytest.mark.parametrize("path", [path for path, *_rest in PAGES])
def test_all_that_a_page_shows_comes_from_the_catalogue(path, tmp_path, monkeypatch):
    app = open_page(path, tmp_path, monkeypatch)
    assert not app.exception
    told = list(shown(app))
    assert any(PSEUDO[0] in text for _rest, text in told)
    assert [(where, text) for where, text in told if words(bare(text))] == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("⟦**tokens**⟧: ⟦⟦what a model reads⟧⟧", []),
        ("**tokens**: ⟦what a model reads⟧", ["tokens"]),
        ("⟦More than chance⟧: ⟦⟦share of pairs⟧ before⟧ after", ["after"]),
        ("gptq:3", []),
        ("magnitude", ["magnitude"]),
        ("owner\\/model\\-1\\+int8 bundled", ["bundled"]),
    ],
)
def test_what_is_left_of_a_text_is_no_message_and_no_name(text, left):
    assert words(bare(text)) == left


def test_failures_are_told_through_the_catalogue():
    found = [
        (path.name, call.lineno, text)
        for path in RAISING
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and any(one.arg == "fix" for one in call.keywords)
        for argument in [*call.args, *(one.value for one in call.keywords if one.arg == "fix")]
        for text in untranslated(argument)
    ]
    assert found == []
