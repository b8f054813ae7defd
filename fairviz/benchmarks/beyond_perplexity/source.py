"""The study itself: how to cite it, what its files lack, what may not be concluded from them."""

from __future__ import annotations

from fairviz.benchmarks.beyond_perplexity import names
from fairviz.benchmarks.sources import SINGLE_RUN, Source
from fairviz.i18n import N_, _, speaking

SOURCE = "beyond_perplexity"
CITATION = (
    "Zhichao Xu, Ashim Gupta, Tao Li, Oliver Bentham, Vivek Srikumar. Beyond Perplexity: "
    "Multi-dimensional Safety Evaluation of LLM Compression. Findings of EMNLP 2024. "
    "Figures from github.com/zhichaoxu-shufe/Beyond-Perplexity-Compression-Safety-Eval, "
    "full_results, commit 83bce22."
)
BIBTEX = """@inproceedings{xu-etal-2024-beyond-perplexity,
  title     = {Beyond Perplexity: Multi-dimensional Safety Evaluation of {LLM} Compression},
  author    = {Xu, Zhichao and Gupta, Ashim and Li, Tao and Bentham, Oliver and Srikumar, Vivek},
  booktitle = {Findings of the Association for Computational Linguistics: EMNLP 2024},
  year      = {2024},
}"""
NO_ITEMS = N_(
    "No question's outcome is published, so no test can pair the two models: intervals are of "
    "one share at a time, and a difference has no p-value."
)
DEPENDENT = N_(
    "The settings are compressed forms of four models, on the same prompts: they are not "
    "independent, so no significance is pooled over them."
)


def source(name: str) -> Source:
    """The study under a name."""
    with speaking("en"):  # it is kept
        lacking = holes()
    return Source(
        name=name,
        title="Beyond Perplexity (Xu et al. 2024)",
        citation=CITATION,
        bibtex=BIBTEX,
        holes=lacking,
        caveats=(SINGLE_RUN, NO_ITEMS, DEPENDENT),
    )


def holes() -> tuple[str, ...]:
    """What the study's files lack, and have beyond it, one line each in the current language."""
    lines = []
    for file in names.FILES:
        if file.missing:
            lacks = ", ".join(file.missing)
            lines.append(
                _("{benchmark} lacks {settings}.", benchmark=file.benchmark, settings=lacks)
            )
        if file.extra:
            lines.append(
                _(
                    "{benchmark} has, beyond the study's settings, {settings}.",
                    benchmark=file.benchmark,
                    settings=", ".join(file.extra),
                )
            )
    return (
        *lines,
        _("Quantized models have no perplexity on the Reddit communities."),
        _("The files' active_parameters ignores quantization and is not imported."),
    )


def translated(line: str) -> str:
    """A hole or caveat of any source as stored, which is in English, in the current language."""
    with speaking("en"):
        stored = holes()
    return dict(zip(stored, holes(), strict=True)).get(line) or _(line)
