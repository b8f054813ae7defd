"""What the tables measure: one record per metric, its unit, its range, which way harm lies."""

from __future__ import annotations

import math
from typing import NamedTuple

from fairviz.i18n import N_, _


class Metric(NamedTuple):
    """One measured quantity.

    Attributes:
        name: As in the tables.
        title: What a page calls it.
        unit: Its unit.
        worse: Which way harm lies: `higher`, `lower`, `away_from_0`, or empty for neither.
        kind: What an interval may assume. `share`: k of n items, so binomial. `probability`:
            a mean of numbers in [0, 1], whose variance is at most that of a share, so that a
            binomial interval is too wide rather than too narrow. `other`: none.
        log: Whether a page draws it on a logarithmic axis.
        meaning: One sentence for the reader.
        least, most: What no value can be below or above; a share's and a probability's are 0
            and 1 whatever stands here (see `bounds.bounds`).
    """

    name: str
    title: str
    unit: str = ""
    worse: str = ""
    kind: str = "other"
    log: bool = False
    meaning: str = ""
    least: float = -math.inf
    most: float = math.inf


METRICS = (
    Metric(
        "acc_disambiguated",
        N_("BBQ accuracy, context says who"),
        unit="share",
        worse="lower",
        kind="share",
        meaning=N_(
            "Share of right answers where the text says who did it; the safest number of BBQ here."
        ),
    ),
    Metric(
        "answered_ambiguous",
        N_("BBQ guesses, context does not say who"),
        unit="share",
        worse="higher",
        kind="share",
        meaning=N_(
            "1 - accuracy where the text does not say who: how often a person is named without "
            "cause."
        ),
    ),
    Metric(
        "acc_ambiguous",
        N_("BBQ accuracy, context does not say who"),
        unit="share",
        worse="lower",
        kind="share",
        meaning=N_("Share of `unknown` answers where the text does not say who."),
    ),
    Metric(
        "s_disambiguated",
        N_("BBQ bias score, context says who"),
        unit="score",
        worse="away_from_0",
        least=-1,
        most=1,
        meaning=N_("How much wrong answers lean to the stereotype; 0 is even, +1 always with it."),
    ),
    Metric(
        "s_ambiguous",
        N_("BBQ bias score, context does not say who"),
        unit="score",
        worse="away_from_0",
        least=-1,
        most=1,
        meaning=N_("The same where the text does not say who, scaled by the errors made."),
    ),
    Metric(
        "stereoset_lms",
        N_("StereoSet language modelling score (LMS)"),
        unit="of 100",
        worse="lower",
        least=0,
        most=100,
        meaning=N_("How often a sentence with a meaning is likelier than an unrelated one."),
    ),
    Metric(
        "stereoset_ss",
        N_("StereoSet stereotype score (SS)"),
        unit="of 100",
        least=0,
        most=100,
        meaning=N_("How often the stereotype is likelier than the anti-stereotype; 50 is even."),
    ),
    Metric(
        "stereoset_icat",
        N_("StereoSet ICAT"),
        unit="of 100",
        worse="lower",
        least=0,
        most=100,
        meaning=N_("The language modelling score, less what the stereotype score is off 50."),
    ),
    Metric(
        "mu",
        N_("UnQover bias intensity μ"),
        unit="score",
        worse="higher",
        least=0,
        most=1,
        meaning=N_(
            "How strongly underspecified questions are answered with one subject over another, "
            "after order and negation are cancelled; of probabilities, so 0 is even and 1 the "
            "most."
        ),
    ),
    Metric(
        "mu_nats",
        N_("UnQover bias intensity μ, of log-likelihoods"),
        unit="nats",
        worse="higher",
        least=0,
        meaning=N_(
            "The same of log-likelihoods instead of probabilities: a difference in nats, which "
            "has no upper end and cannot be set beside μ of probabilities; 0 is even."
        ),
    ),
    Metric(
        "eta",
        N_("UnQover bias count η"),
        unit="score",
        worse="higher",
        least=0,
        most=1,
        meaning=N_(
            "How consistently the model leans one way over the templates, whatever the strength."
        ),
    ),
    Metric(
        "gamma",
        N_("UnQover γ of a subject"),
        unit="score",
        least=-1,
        most=1,
        meaning=N_("A subject's mean comparative score, of probabilities; 0 is even."),
    ),
    Metric(
        "gamma_nats",
        N_("UnQover γ by rank, of log-likelihoods"),
        unit="nats",
        meaning=N_(
            "A subject's mean comparative score, of log-likelihoods; published sorted, so that "
            "the subjects are unknown."
        ),
    ),
    Metric(
        "toxigen_score",
        N_("Toxicity (ToxiGen classifier)"),
        unit="probability",
        worse="higher",
        kind="probability",
        meaning=N_("Mean probability that a continuation is toxic, by the ToxiGen classifier."),
    ),
    Metric(
        "toxigen_ratio",
        N_("Share of toxic continuations (ToxiGen classifier)"),
        unit="share",
        worse="higher",
        kind="share",
        meaning=N_("Share of continuations that the ToxiGen classifier calls toxic."),
    ),
    Metric(
        "regard",
        N_("Negative regard"),
        unit="share",
        worse="higher",
        kind="share",
        meaning=N_("Share of continuations that speak of the group with negative regard."),
    ),
    Metric(
        "openai_toxicity",
        N_("Toxicity (OpenAI moderation)"),
        unit="probability",
        worse="higher",
        kind="probability",
        meaning=N_("Mean moderation score of the continuations; most are close to 0."),
    ),
    Metric(
        "openai_ratio",
        N_("Share of flagged continuations (OpenAI moderation)"),
        unit="share",
        worse="higher",
        kind="share",
        meaning=N_("Share of continuations that the moderation model flags."),
    ),
    Metric(
        "regard_ratio",
        N_("Negative regard (printed twice)"),
        unit="share",
        worse="higher",
        kind="share",
        meaning=N_("The same number as `regard`, printed a second time by the study."),
    ),
    Metric(
        "vader_score",
        N_("Sentiment (VADER)"),
        unit="score",
        worse="lower",
        least=-1,
        most=1,
        meaning=N_("Mean sentiment of the continuations from -1 to +1; lower is worse."),
    ),
    Metric(
        "vader_ratio",
        N_("Share by sentiment (VADER)"),
        unit="share",
        worse="lower",
        kind="share",
        meaning=N_(
            "Share of continuations above VADER's threshold of positive sentiment; lower is worse."
        ),
    ),
    Metric(
        "prompt_perplexity",
        N_("Perplexity of the prompts"),
        unit="perplexity",
        worse="higher",
        log=True,
        least=1,
        meaning=N_("How surprised the model is by the benchmark's own prompts: quality, not bias."),
    ),
    Metric(
        "dialect_ratio",
        N_("Dialect ratio, AAE over white-aligned"),
        unit="ratio",
        worse="higher",
        log=True,
        least=0,
        meaning=N_(
            "Perplexity on African American English tweets over that on white-aligned tweets; 1 "
            "is even."
        ),
    ),
    Metric(
        "dialect_gap",
        N_("Dialect gap, AAE minus white-aligned"),
        unit="perplexity",
        worse="higher",
        log=True,
        meaning=N_("The same two perplexities subtracted. Ratio and gap can disagree: read both."),
    ),
    Metric(
        "perplexity",
        N_("Perplexity"),
        unit="perplexity",
        worse="higher",
        log=True,
        least=1,
        meaning=N_(
            "How surprised the model is by the corpus, exp of the mean surprisal per token."
        ),
    ),
    Metric(
        "acc",
        N_("Accuracy"),
        unit="share",
        worse="lower",
        kind="share",
        meaning=N_(
            "Share of right answers, options compared as a whole (lm-evaluation-harness's acc)."
        ),
    ),
    Metric(
        "acc_norm",
        N_("Accuracy, per character"),
        unit="share",
        worse="lower",
        kind="share",
        meaning=N_(
            "Share of right answers, each option's log-probability divided by its length in "
            "characters (lm-evaluation-harness's acc_norm)."
        ),
    ),
)
BY_NAME = {metric.name: metric for metric in METRICS}
UNITS = (
    N_("share"),
    N_("score"),
    N_("probability"),
    N_("ratio"),
    N_("perplexity"),
    N_("nats"),
    N_("of 100"),
)

# How the studies' files spell the same thing.
ALIASES = {
    "toxigen_score_likelihood": "toxigen_score",
    "toxigen_score_ratio": "toxigen_ratio",
    "openai_toxicity_likelihood": "openai_toxicity",
    "openai_toxicity_ratio": "openai_ratio",
    "regardv3_score": "regard",
    "regardv3_score_likelihood": "regard",
    "regardv3_score_ratio": "regard_ratio",
    "vader_score_likelihood": "vader_score",
    "vader_score_ratio": "vader_ratio",
}


def metric(name: str) -> Metric:
    """The record of a metric; one that no study here has gets a plain record of its name."""
    known = BY_NAME.get(name)
    if known is not None:
        return known
    return Metric(name, name.replace("_", " "))


def told(metric: Metric) -> Metric:
    """The record in the current language; one's own metric keeps its name."""
    if metric.name not in BY_NAME:
        return metric
    return metric._replace(title=_(metric.title), unit=_(metric.unit), meaning=_(metric.meaning))


def unit(name: str) -> str:
    """A unit in the current language; one that no study here has stays as it is."""
    return _(name) if name in UNITS else name
