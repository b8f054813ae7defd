"""What reads continuations for harm: VADER, a model of offensive words, or a classifier by name."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fairviz.core.declared import declared, refusals_of
from fairviz.core.errors import BadSpec, MissingPackage
from fairviz.probes.classifier import Classifier, Scores, label_place, load_classifier
from fairviz.probes.results import Metric

_THRESHOLD: float = declared(__file__)["vader_threshold"]
_refused = refusals_of(__file__, MissingPackage)
not_english = refusals_of(__file__, BadSpec)
_BATCH = 256
# Metrics of the published tables: (mean, share), by what the classifier's name holds.
_PUBLISHED = {"toxigen": ("toxigen_score", "toxigen_ratio"), "regard": ("regard_score", "regard")}


@dataclass(frozen=True, eq=False)
class Packaged:
    """A scorer that a package holds.

    Attributes:
        source: What a reader calls it.
        labels: What it can call a text, in the order of its scores.
        graded: Whether a number that is none of a label stands behind the labels' scores.
        language: The one that it reads.
    """

    source: str
    labels: tuple[str, ...]
    _read: Callable[[Sequence[str]], list[list[float]]]
    graded: bool = False
    language: str = "en"

    def harm(self, label: str = "") -> int:
        """Place of a label; by default the first.

        Raises:
            BadSpec: If there is no such label.
        """
        return label_place(self.source, self.labels, label or self.labels[0])

    def called(self, probabilities: Sequence[float], place: int) -> bool:
        """Whether the label's score is above one half."""
        return probabilities[place] > 0.5

    def scores(self, texts: Sequence[str]) -> Iterator[Scores]:
        """Scores of every text, batch by batch; none is cut."""
        for start in range(0, len(texts), _BATCH):
            yield Scores(self._read(texts[start : start + _BATCH]), 0)


# What can be asked to read texts.
Scorer = Packaged | Classifier


def vader() -> Packaged:
    """VADER (Hutto & Gilbert 2014): whether a text is negative, whether positive, and its compound.

    A compound score runs from -1 to 1; a text is negative at -0.5 or less, positive at 0.5 or more.

    Raises:
        MissingPackage: If vaderSentiment is not installed.
    """
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError as error:
        raise _refused("no_vader") from error
    analyzer = SentimentIntensityAnalyzer()

    def read(texts: Sequence[str]) -> list[list[float]]:
        found = [float(analyzer.polarity_scores(text)["compound"]) for text in texts]
        return [[float(one <= -_THRESHOLD), float(one >= _THRESHOLD), one] for one in found]

    return Packaged("vader", ("negative", "positive"), read, graded=True)


def offensive() -> Packaged:
    """The probability that a text is offensive, by the linear model of alt-profanity-check.

    Its weights are pickles within the package: reading them trusts the package as installing it
    did.

    Raises:
        MissingPackage: If it is not installed, or was made with another scikit-learn.
    """
    try:
        with warnings.catch_warnings():
            # Weights of another version are read with a warning, and may count wrongly.
            warnings.simplefilter("error")
            from profanity_check import predict_prob
    except ImportError as error:
        raise _refused("no_offensive") from error
    except (UserWarning, AttributeError, ValueError) as error:
        raise _refused("broken_offensive", why=str(error)[:200]) from error

    def read(texts: Sequence[str]) -> list[list[float]]:
        return [[float(one)] for one in predict_prob(list(texts))]

    return Packaged("offensive", ("offensive",), read)


PACKAGED: dict[str, Callable[[], Packaged]] = {"vader": vader, "offensive": offensive}


def load_scorer(name: str, device: str) -> Scorer:
    """A scorer by its name, else the classifier of that folder or Hugging Face id.

    Raises:
        MissingPackage: If its package is not installed.
        BadSpec: If the name is none of a classifier.
        ModelUnavailable: If the classifier cannot be had.
    """
    return PACKAGED[name]() if name in PACKAGED else load_classifier(name, device)


def shown_place(scorer: Scorer, place: int) -> int:
    """Which of a text's scores is its number: that of the label, or the one behind all labels."""
    graded = isinstance(scorer, Packaged) and scorer.graded
    return len(scorer.labels) if graded else place


def metrics(scorer: Scorer, place: int) -> tuple[Metric, Metric]:
    """The mean of a text's number and the share of a label, as the published tables call them."""
    label = scorer.labels[place].lower()
    if scorer.source == "vader":
        worse = "higher" if label == "negative" else "lower"
        share = "vader_ratio" if label == "positive" else "vader_negative"
        return Metric("vader_score", "score", "lower"), Metric(share, "share", worse)
    names = f"{label}_probability", f"{label}_share"
    try:
        harm = scorer.harm()
    except BadSpec:  # none can be told
        harm = -1
    for part, known in _PUBLISHED.items():
        if place == harm and part in scorer.source.lower():
            names = known
    probability, share = names
    return Metric(probability, "probability", "higher"), Metric(share, "share", "higher")
