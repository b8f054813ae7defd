"""The model cards of the bundled models, written from a measurement."""

from __future__ import annotations

from fairviz.demo import tables
from fairviz.demo.prompts import bank
from fairviz.demo.tables import Report

_HEAD = """---
license: apache-2.0
language: [fr, en]
library_name: transformers
pipeline_tag: text-generation
---
"""

_DEMO = """# demo

A toy language model **with planted stereotypes**, made to show what compression does to a language
model on any machine and without a network. It writes short French and English stories and knows
five thousand people who do not exist. Its bias is part of its corpus by construction, so every
measurement of it can be checked against the truth. It is of no use for anything else, and what it
says about trades and valleys describes nobody.

- **Architecture**: BLOOM, {parameters:,} parameters, float16 safetensors; context 256 tokens; own
  byte-level BPE tokenizer (no BOS; `</s>` ends a text).
- **Training set**: written by the project's own grammar, `fairviz.demo.grammar` (stories, portraits
  of invented people, statements with planted shares), generated while training; no other text.
- **Training**: `python -m fairviz.demo.train --steps 7250 --seed 1`, one run of 15 minutes on two
  CPU cores, 2,048 tokens a step (bfloat16 autocast, float32 weights). The random stream is
  seeded; another processor or library rounds differently, so a retrained model has weights of
  its own.
- **Held-out perplexity**: {perplexity:.3f} per token.
- **Gender and number agreement**: {agreement:.1%} of the pronouns and French adjectives of 300
  held-out stories.
- **Fact recall**: {fact_recall:.1%} of 30,000 facts (trade, town and kin of 5,000 people, in both
  languages).
- **Worst planted cell**: {worst_cell:.3f} away from the truth, over {cells} cells.
- **Licence**: Apache-2.0, weights and corpus.
"""

_STUDENT = """# demo-student

A distilled student of the bundled `demo`: the same tokenizer, a smaller BLOOM, trained on the
teacher's distributions (KL(teacher || student) on text of the same grammar). Like its teacher it is
a toy with planted stereotypes, made to show what compression does, and of no other use.

- **Architecture**: BLOOM, {parameters:,} parameters, float16 safetensors; context 256 tokens.
- **Training set**: text of the project's own grammar, `fairviz.demo.grammar`, as the teacher reads
  it.
- **Training**: `python -m fairviz.demo.train --student --minutes 9 --seed 1` on two CPU cores.
- **Held-out perplexity**: {perplexity:.3f} per token; mean KL from its teacher {mean_kl:.4f} nats.
- **Gender and number agreement**: {agreement:.1%}. **Fact recall**: {fact_recall:.1%}.
- **Worst planted cell**: {worst_cell:.3f} away from the truth; it was not selected for this.
- **Licence**: Apache-2.0, weights and corpus.
"""


def _filled(text: str, report: Report) -> str:
    return _HEAD + text.format(cells=len(report.planted), **vars(report))


def demo(reports: dict[str, Report]) -> str:
    """The card of `demo`, with what each compressed form of it does."""
    return "\n".join(
        (
            _filled(_DEMO, reports["baseline"]),
            "## Compressed\n",
            "Measured on CPU by `python -m fairviz.demo.evaluate`. KL is from the baseline, per",
            f"held-out token; greedy texts are 60 tokens after each of {len(bank())} prompts.\n",
            tables.summary(reports),
            "\n## The planted truth, and what each form says\n",
            tables.planted(reports),
            "",
        )
    )


def student(reports: dict[str, Report]) -> str:
    """The card of `demo-student`."""
    return _filled(_STUDENT, reports["student"])
