"""Writes what the pages in docs/ say of the registries into them: `make docs`.

A page holds each part between `<!-- NAME: ... -->` and `<!-- end -->`; `tests/test_docs.py` fails
where a page says otherwise than its registry.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path

from fairviz.compression.method import Method
from fairviz.compression.registry import METHODS
from fairviz.core.glossary import TERMS
from fairviz.metrics.quantities import QUANTITIES
from fairviz.probes.registry import PROBES
from fairviz.tasks.registry import TASKS

DOCS = Path(__file__).resolve().parent
_PART = re.compile(r"(<!-- (\w+): [^\n]*-->\n).*?(<!-- end -->)", re.DOTALL)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(heads), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


def methods() -> str:
    """One row a compression method, then what each does."""
    found = [method for method in METHODS.values() if method.name != "none"]
    rows = [
        (
            _forms(method),
            f"{method.title}: {method.meaning}",
            method.family,
            "a text and pairs" if method.paired else "a text" if method.calibrated else "no text",
            "made once, kept" if method.made else "while loading",
            method.paper,
        )
        for method in found
    ]
    parts = [_table(("method", "what it is", "family", "reads", "made", "paper"), rows)]
    for method in found:
        words = (method.does, method.takes, method.cost)
        parts.append("\n".join(["", f"**{method.title}.** {' '.join(filter(None, words))}"]))
    return "\n".join(parts)


def _forms(method: Method) -> str:
    """How a method is written; shares of zeros as one S."""
    shares = [form for form in method.forms if form.startswith(f"{method.name}:0.")]
    others = [form for form in method.forms or (method.name,) if form not in shares]
    some = [f"`{method.name}:S`, S from {min(shares)[-3:]} to {max(shares)[-3:]}"] if shares else []
    return ", ".join([*some, *(f"`{form}`" for form in others)])


def probes() -> str:
    """One section a probe: what it asks, reads, cannot show, and can be told."""
    rows = [(f"`{probe.name}`", probe.title, probe.question) for probe in PROBES.values()]
    parts = [_table(("probe", "title", "what it asks"), rows)]
    for probe in PROBES.values():
        facts = {
            "Reads": probe.formats,
            "Second file": probe.second,
            "Items of its own": "yes" if probe.bundled else "none: give a file",
            "Runs the models": "yes" if probe.models else "no, it reads what others measured",
            "Cannot show": probe.cannot,
            "Source": probe.paper,
        }
        parts += ["", f"### `{probe.name}`: {probe.title}", ""]
        parts += [f"- {name}: {words}" for name, words in facts.items() if words]
        if probe.settings:
            settings = [
                (
                    f"`{setting.name}`",
                    f"`{setting.default}`" if setting.default != "" else "",
                    setting.help,
                )
                for setting in probe.settings
            ]
            parts += ["", _table(("setting", "default", "what it changes"), settings)]
    return "\n".join(parts)


def quantities() -> str:
    """One row a number per token."""
    rows = [(f"`{one.name}`", one.title, one.unit, one.meaning) for one in QUANTITIES.own.values()]
    return _table(("name", "title", "unit", "what it is"), rows)


def tasks() -> str:
    """One row a zero-shot task."""
    rows = [(f"`{task.name}`", task.title, task.asks, task.paper) for task in TASKS.values()]
    return _table(("task", "title", "what it measures", "source"), rows)


def glossary() -> str:
    """One entry a term that is explained on hover."""
    lines = (f"- **{term.name}**: {term.means}" for term in TERMS)
    return "\n".join(textwrap.fill(line, 100, subsequent_indent="  ") for line in lines)


PARTS: dict[str, Callable[[], str]] = {
    "glossary": glossary,
    "methods": methods,
    "probes": probes,
    "quantities": quantities,
    "tasks": tasks,
}


def written(page: str) -> str:
    """A page with each of its parts as the registry has it now."""
    return _PART.sub(lambda part: f"{part[1]}\n{PARTS[part[2]]()}\n\n{part[3]}", page)


def main() -> None:
    """Bring every page up to date."""
    for path in sorted(DOCS.glob("*.md")):
        page = path.read_text(encoding="utf-8")
        if (new := written(page)) != page:
            path.write_text(new, encoding="utf-8")
            sys.stdout.write(f"{path.name} was written anew\n")


if __name__ == "__main__":
    main()
