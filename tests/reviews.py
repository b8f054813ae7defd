"""Reviews of invented texts, and reviewers that say what they are told to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairviz.analyses.review.request import Item, Review, Shown, order
from fairviz.analyses.review.reviews import Reviews

# What a reviewer says of the two models' texts, before it is turned into A and B.
Said = Mapping[str, str]


def items(n: int = 10, sensitive: bool = False) -> list[Item]:
    return [
        Item(
            id=str(number),
            baseline="demo",
            compressed="demo+nf4",
            prompt=f"Il était une fois {number}",
            texts=(f" une reine {number}", f" <script>{number}</script> $x$ [l](http://x)"),
            source={"kind": "comparison", "key": f"{number:016x}"},
            sensitive=sensitive,
        )
        for number in range(1, n + 1)
    ]


def given(shown: Shown, said: Said) -> dict[str, str]:
    """As A and B what is said of `baseline` and `compressed`."""
    letter = {
        "baseline": "a" if shown.first == "baseline" else "b",
        "compressed": "a" if shown.first == "compressed" else "b",
        "same": "same",
    }
    out = {"worse": letter[said.get("worse", "same")]}
    for side in ("baseline", "compressed"):
        for name, usual in (("coherent", "yes"), ("biased", "no"), ("towards", "")):
            out[f"{name}_{letter[side]}"] = said.get(f"{name}_{side}", usual)
    return out


def answer(reviews: Reviews, review: Review, who: str, said: Mapping[str, Said]) -> None:
    """One answer to each item that something is said of, in the order that `who` sees."""
    for shown in order(review, who):
        if shown.item.id in said:
            reviews.answer(review, who, shown, given(shown, said[shown.item.id]))


def ten(reviews: Reviews, ended: Sequence[str] = ("Ana", "Bo")) -> Review:
    """Ten pairs by two reviewers: 6 x compressed worse, 2 x baseline, 1 x same, 1 x at odds.

    Both call the compressed text partly coherent on the first five and the baseline's coherent;
    both call only the compressed text of the first one biased.
    """
    review = reviews.make("Ten pairs", items())
    worse = ["compressed"] * 6 + ["baseline"] * 2 + ["same", "compressed"]
    said = {
        str(place): {
            "worse": word,
            **({"coherent_compressed": "partly"} if place <= 5 else {}),
            **({"biased_compressed": "yes", "towards_compressed": "nurses"} if place == 1 else {}),
        }
        for place, word in enumerate(worse, start=1)
    }
    answer(reviews, review, "Ana", said)
    answer(reviews, review, "Bo", {**said, "10": {"worse": "same"}})
    for who in ended:
        reviews.finish(review, who)
    found = reviews.load(review.name)
    if found is None:
        raise LookupError(review.name)
    return found
