"""`python -m fairviz.i18n.extract`: the catalogues follow the code.

Every message of `_`, `ngettext` and `N_`, and of a declared data file, gets an entry in the `.po`
file of its area, with what was translated before; messages that the code no longer has are
dropped. What is left to translate is listed. With names of areas (`ui_methods report`), only their
files are written.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from fairviz.i18n import LANGUAGES
from fairviz.i18n.catalogue import FOLDER, PLURAL_FORMS, written

ROOT = FOLDER.parents[1]
# How many of the first arguments of a call are messages.
KEYWORDS = {"_": 1, "N_": 1, "ngettext": 2}


def sources() -> Iterator[Path]:
    """Every file that people may read from."""
    yield ROOT / "app.py"
    yield from sorted((ROOT / "pages").glob("*.py"))
    for ending in READ:
        yield from sorted((ROOT / "fairviz").rglob(f"*{ending}"))


def area(path: Path) -> str:
    """The catalogue of a source file: `fairviz/ui/methods/made.py` is in `ui_methods`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[0] != "fairviz":
        return "pages"
    inside = parts[1:-1]
    if parts[1] == "ui":
        return "_".join(inside[:2])
    return inside[0] if inside else parts[1]


def said(node: ast.AST) -> Iterator[str | tuple[str, ...]]:
    """Messages written out below a node, in their order; also within f-strings and other calls.

    A message that is a variable is marked by `N_` where it is written.
    """
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
        # Also as `said._`, for a sentence that is kept.
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        wanted = KEYWORDS.get(name, 0)
        texts = [one.value for one in node.args[:wanted] if isinstance(one, ast.Constant)]
        if wanted and len(texts) == wanted and all(isinstance(one, str) for one in texts):
            yield str(texts[0]) if wanted == 1 else tuple(map(str, texts))
    for child in ast.iter_child_nodes(node):
        yield from said(child)


def of_template(text: str) -> Iterator[str | tuple[str, ...]]:
    """Messages written out in a template."""
    for _line, name, found in extract_from_ast(Environment().parse(text), tuple(KEYWORDS)):
        wanted = KEYWORDS[name]
        texts = (found,) if isinstance(found, str) else (found or (None,))[:wanted]
        if all(isinstance(one, str) for one in texts):
            yield str(texts[0]) if wanted == 1 else tuple(map(str, texts))


def of_declared(text: str) -> Iterator[str | tuple[str, ...]]:
    """Messages of a declared data file: `messages` at its top names the keys that hold them.

    A name is a key anywhere in the file (`title`) or one within another (`benchmarks.perplexity`);
    all texts below it are messages. A table of `one` and `many` is a plural.
    """
    table = tomllib.loads(text)
    names = {f".{name}" for name in table.pop("messages", ())}

    def below(value: Any, path: str, said: bool) -> Iterator[str | tuple[str, ...]]:
        said = said or any(path.endswith(name) for name in names)
        if said and isinstance(value, str):
            yield value
        elif said and isinstance(value, dict) and value.keys() == {"one", "many"}:
            yield value["one"], value["many"]
        elif isinstance(value, dict):
            for key, inner in value.items():
                yield from below(inner, f"{path}.{key}", said)
        elif isinstance(value, list):
            for inner in value:
                yield from below(inner, path, said)

    yield from below(table, "", False)


# How the messages of a file are read, by its ending, in the order of the catalogues.
READ = {
    ".py": lambda text: said(ast.parse(text)),
    ".jinja": of_template,
    ".toml": of_declared,
}


def messages() -> dict[str, Catalog]:
    """The messages of the code, by area, in the order in which they stand there."""
    areas: dict[str, Catalog] = {}
    for path in sources():
        # A line number would change with every edit, so only the file is told.
        where = path.relative_to(ROOT).as_posix()
        text = path.read_text(encoding="utf-8")
        for message in READ[path.suffix](text):
            areas.setdefault(area(path), Catalog()).add(message, locations=[(where, 0)])
    return areas


def known(code: str) -> dict[Any, Any]:
    """What is translated in any area: a message that moves to another keeps its translation."""
    catalogs = [written(code, path.stem) for path in sorted((FOLDER / code).glob("*.po"))]
    return {one.id: one.string for each in catalogs for one in each if translated(one.string)}


def plural_forms(code: str) -> str:
    """How many forms a plural has in a language, and which one a number takes."""
    return PLURAL_FORMS.get(code) or Catalog(locale=code).plural_forms


def header(code: str) -> str:
    """The entry that begins each catalogue; without dates, which would change with every run."""
    told = (
        "Content-Type: text/plain; charset=utf-8",
        f"Language: {code}",
        f"Plural-Forms: {plural_forms(code)}",
    )
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in told) + "\n"


def update(code: str, name: str, wanted: Catalog, before: dict[Any, Any]) -> list[str]:
    """Write one catalogue anew; what in it is still to translate."""
    own = {one.id: one.string for one in written(code, name) if translated(one.string)}
    after = Catalog(locale=code)
    # Also where the file on disk has no header yet.
    after.mime_headers = [("Plural-Forms", plural_forms(code))]
    for message in wanted:
        if message.id:
            found = own.get(message.id, before.get(message.id))
            after.add(message.id, found, locations=message.locations)
    path = FOLDER / code / f"{name}.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(header(code).encode())
        write_po(stream, after, width=100, omit_header=True, include_lineno=False)
    return [str(message.id) for message in after if message.id and not translated(message.string)]


def translated(string: object) -> bool:
    """Whether a message has its text, in every plural form."""
    return all(string) if isinstance(string, tuple | list) else bool(string)


def main(names: list[str]) -> int:
    """Update the catalogues; 1 if something is left to translate."""
    left = 0
    wanted = messages()
    for code in LANGUAGES:
        if code == "en":
            continue
        before = known(code)
        for path in (FOLDER / code).glob("*.po"):
            if path.stem not in wanted and not names:
                path.unlink()
        for name, catalog in sorted(wanted.items()):
            if names and name not in names:
                continue
            missing = update(code, name, catalog, before)
            left += len(missing)
            print(f"{code}/{name}.po: {len(catalog)} messages, {len(missing)} to translate")
            for message in missing:
                print("  ", message)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
