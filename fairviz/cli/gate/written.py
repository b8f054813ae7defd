"""Verdicts for those who read them elsewhere: JUnit's XML, Markdown, JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from xml.etree import ElementTree

from fairviz import __version__
from fairviz.cli.gate.rules import VERDICTS, Verdict
from fairviz.cli.output import printable

_SIGNS = {"pass": "✅ pass", "open": "➖ open", "fail": "❌ fail", "unmeasured": "❌ unmeasured"}


class Judged(NamedTuple):
    """A run and what the rules found in it."""

    kind: str
    models: str  # `BASELINE → FORM`
    key: str  # in the store; empty where it is not kept
    verdicts: tuple[Verdict, ...]


def document(runs: Sequence[Judged], opens: bool) -> dict[str, Any]:
    """Plain JSON values."""
    return {
        "passes": opens,
        "runs": [
            {
                "kind": run.kind,
                "models": run.models,
                "key": run.key,
                "rules": [
                    {"rule": one.rule.text, "verdict": one.outcome, "found": one.found}
                    for one in run.verdicts
                ],
            }
            for run in runs
        ],
    }


def markdown(runs: Sequence[Judged], opens: bool) -> str:
    """A table that a pull request shows."""
    lines = [
        f"**fairviz gate: {'passes' if opens else 'fails'}**",
        "",
        "| verdict | refused | found, with its 95 % interval | run |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {_SIGNS[one.outcome]} | {_cell(one.rule.text)} | {_cell(one.found)} "
        f"| {_cell(run.models)}, {run.kind} {run.key} |"
        for run in runs
        for one in run.verdicts
    ]
    met = dict.fromkeys(one.outcome for run in runs for one in run.verdicts)
    lines += ["", *(f"- {name}: {VERDICTS[name]}" for name in met)]
    return "\n".join(lines) + "\n"


def junit(runs: Sequence[Judged], fails: Sequence[str]) -> bytes:
    """A test suite with a case for each rule of each run.

    Args:
        fails: The verdicts that end the gate.
    """
    root = ElementTree.Element("testsuites", name="fairviz gate")
    for run in runs:
        bad = sum(one.outcome in fails for one in run.verdicts)
        suite = ElementTree.SubElement(
            root, "testsuite", name=printable(f"{run.models}, {run.kind}"),
            tests=str(len(run.verdicts)), failures=str(bad), errors="0", skipped="0",
        )  # fmt: skip
        for one in run.verdicts:
            case = ElementTree.SubElement(
                suite, "testcase", classname=printable(f"fairviz.{run.kind}.{run.models}"),
                name=printable(one.rule.text),
            )  # fmt: skip
            said = printable(f"{one.outcome}: {one.found} ({VERDICTS[one.outcome]})")
            if one.outcome in fails:
                ElementTree.SubElement(case, "failure", message=said).text = run.key
            else:
                ElementTree.SubElement(case, "system-out").text = said
    root.set("fairviz", __version__)
    ElementTree.indent(root)
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _cell(text: str) -> str:
    """Words in a cell of Markdown: names of models and groups are others' text."""
    plain = printable(" ".join(text.split()))
    for sign in ("\\", "|", "`", "<", "[", "*", "_"):
        plain = plain.replace(sign, f"\\{sign}" if sign != "<" else "&lt;")
    return plain
