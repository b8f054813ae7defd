"""Files of answers as programs write them: rows with a prompt and an answer, or with both answers.

- lm-evaluation-harness `--log_samples` of a task that is answered in own words: one line a question
  and filter, with the prompt in `arguments` and what was written in `resps`. Of several filters the
  first is taken, of several repeats the first: filters cut an answer, and say nothing of the model.
- modeldiffr's `report.json`: of every task whose items have a `prompt` and a `response`, both
  models' rows; the task is the group.
- PostTrainingBiasBench needs nothing: its columns are `prompt` and `res`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fairviz.core.json_file import document
from fairviz.core.set_files import Row, Rows, kind_of, rows
from fairviz.core.text_file import beginning

_HARNESS = {"doc_id", "arguments", "resps", "filter"}


def answer_rows(content: bytes, name: str) -> Rows:
    """The rows of a file; those of lm_eval with the columns `prompt` and `answer`.

    Raises:
        FairvizError: As `set_files.rows`.
    """
    found = rows(content, name, halves=True)
    if not set(found.columns) >= _HARNESS:
        return found
    first = found.rows[0].fields.get("filter")
    kept = [
        Row(line, {"prompt": _prompt(fields), "answer": _written(fields)})
        for line, fields in found.rows
        if fields.get("filter") == first
    ]
    return Rows(kept, ("prompt", "answer"), found.left_out)


def both_rows(content: bytes, name: str) -> Rows:
    """The rows of one file with both answers; modeldiffr's with `prompt` and both models' names.

    Raises:
        FairvizError: As `set_files.rows`.
    """
    if kind_of(name) == "json" and beginning(content).startswith("{"):
        whole = document(content, name, halves=True)
        if isinstance(whole, dict) and "modeldiffr_version" in whole:
            listed = list(_of_modeldiffr(whole))
            columns = ("prompt", "group", "baseline", "compressed")
            return Rows([Row(n, one) for n, one in enumerate(listed, 1)], columns, [])
    return rows(content, name, halves=True)


def _of_modeldiffr(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    blocks = report.get("items")
    for task, block in blocks.items() if isinstance(blocks, dict) else ():
        if not isinstance(block, dict):
            continue
        before, after = block.get("base"), block.get("derivative")
        if not isinstance(before, list) or not isinstance(after, list):
            continue
        for row, other in zip(before, after, strict=False):  # it asks both in the same order
            if not isinstance(row, dict) or not isinstance(other, dict):
                continue
            if "prompt" in row and other.get("prompt") == row["prompt"]:
                yield {
                    "prompt": row["prompt"],
                    "group": str(task),
                    "baseline": row.get("response"),
                    "compressed": other.get("response"),
                }


def _prompt(fields: dict[str, Any]) -> Any:
    """What the model was given: `gen_args_0.arg_0`, in older files the first of the first list."""
    asked = fields.get("arguments")
    if isinstance(asked, dict):
        asked = next(iter(asked.values()), None)
        return asked.get("arg_0") if isinstance(asked, dict) else None
    first = asked[0] if isinstance(asked, list) and asked else None
    return first[0] if isinstance(first, list) and first else None


def _written(fields: dict[str, Any]) -> str | None:
    """What it wrote, by its first repeat; None where it gave log-probabilities."""
    found = fields.get("resps")
    while isinstance(found, list) and len(found) and isinstance(found[0], list):
        found = found[0]
    texts = isinstance(found, list) and all(isinstance(one, str) for one in found)
    if not texts or not found or found[1:] in (["True"], ["False"]):
        return None
    return str(found[0])
