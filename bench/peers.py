"""fairviz beside minicons and lm-evaluation-harness: same models, same texts, same run.

    pip install -r bench/peers-requirements.txt
    export OMP_NUM_THREADS=2 OMP_WAIT_POLICY=PASSIVE HF_HUB_OFFLINE=1
    python -m bench.peers

(Threads that wait actively can get in each other's way on a machine with few cores: a forward
pass of the small model then takes twenty times as long.) Two subjects, float32 on the CPU:

- small: the folders `--baseline` and `--compressed`. By default a Llama of 260,000 parameters
  and a compressed copy of it, if they lie in `shared/models` beside the repository, else the
  bundled `demo` and `demo-student`. They read 16 stories of the bundled grammar as one batch.
- wide: the two random BLOOMs of `bench.decode`, with the real vocabulary of 250,880 words. They
  read one text of 438 tokens.

Four ways read the texts with both models, interleaved and repeated:

- bare: `model(ids).logits`; nothing is measured.
- fairviz: `score.score`, every measure of every token.
- minicons: `token_score(rank=True)` of both models: log-probability and rank. (Entropy and
  distance it has for none but masked models.)
- lm_eval: `loglikelihood_rolling` of both models: one sum a text.

Multiple choice with the baseline alone: ARC-Easy, if it lies in `shared/data`, else endings of
the stories; `HFLM.loglikelihood` at three batch sizes against `choices.choices`, cutting into
tokens included on both sides.

Each text has one BOS where the tokenizer asks for one. minicons adds a second with its
`bos_token=True`, lm_eval's rolling likelihood always does unless told `add_bos_token=False`;
what that changes is printed as well. Ends with an error where a log-probability differs from a
peer's by 1e-4 or more: a token's own, an option's sum, a text's sum per token.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import sys
import warnings
from contextlib import redirect_stderr
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from bench.decode import VOCABULARY, models
from bench.score import TOKENS, medians
from fairviz.demo.grammar import held_out_stories as stories
from fairviz.inference.multiple_choice import Likelihoods, choices
from fairviz.inference.multiple_choice import encode as encode_item
from fairviz.inference.scoring import Scored, score
from fairviz.models.handles import Reader
from fairviz.models.vocabulary import Vocabulary
from fairviz.tasks import Item, task_of
from fairviz.tasks.reading import read

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
LLAMA = SHARED / "models" / "stories260K-llama"
ARC = SHARED / "data" / "ARC" / "ARC-Easy_val.csv"
DEMO = ROOT / "cache" / "models" / "demo"
AGREE = 1e-4
BATCHES = (1, 16, 64)


class Subject(NamedTuple):
    """What is measured: two models that share a tokenizer, texts to score, items to answer."""

    models: tuple[Any, Any]
    folder: Path
    width: int
    context_length: int | None
    texts: list[str]
    items: list[Item]

    @property
    def tokenizer(self) -> Any:
        """The tokenizer, anew: minicons changes the one it is given."""
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(self.folder)

    def readers(self) -> list[Reader]:
        return [Reader(model, self.context_length) for model in self.models]


def small(baseline: Path, compressed: Path, items: int) -> Subject:
    from transformers import AutoModelForCausalLM

    pair = [
        AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        for folder in (baseline, compressed)
    ]
    size = pair[0].config.vocab_size
    limit = pair[0].config.max_position_embeddings
    return Subject((pair[0], pair[1]), baseline, size, limit, stories("en", 16), questions(items))


def wide(items: int) -> Subject:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(DEMO)
    ids = tokenizer(" ".join(stories("en", 10)), add_special_tokens=False)["input_ids"]
    text = tokenizer.decode(ids[: TOKENS + 1])
    pair = models("cpu", torch.float32)
    return Subject(pair, DEMO, VOCABULARY, None, [text], questions(items))


def questions(count: int) -> list[Item]:
    """ARC-Easy, or stories of the grammar with four last sentences to choose from."""
    if ARC.is_file():
        found = read(task_of("arc_easy"), ARC.read_bytes(), ARC.name).items
        return [item for item in found if isinstance(item, Item)][:count]
    parts = [story.rpartition(". ") for story in stories("en", count)]
    return [
        Item(
            str(number),
            f"{beginning}.",
            tuple(f" {parts[(number + by) % count][2]}" for by in range(4)),
            (0,),
        )
        for number, (beginning, _, _) in enumerate(parts)
    ]


def harness(subject: Subject, model: Any, batch: int, bos: bool | None) -> Any:
    """lm_eval's model; `bos` is what it tells the tokenizer about a BOS."""
    from lm_eval.models.huggingface import HFLM

    return HFLM(
        pretrained=model,
        tokenizer=subject.tokenizer,
        backend="causal",
        batch_size=batch,
        add_bos_token=bos,
        # Else that of the tokenizer, which is the bundled model's.
        max_length=subject.context_length or 2048,
    )


def rolling(models: list[Any], texts: list[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """lm_eval's sum of each text under each model: (models, texts)."""
    from lm_eval.api.instance import Instance

    asked = [
        Instance("loglikelihood_rolling", {}, (text,), number) for number, text in enumerate(texts)
    ]
    # One of its progress bars has no switch.
    with redirect_stderr(io.StringIO()):
        return np.array([model.loglikelihood_rolling(asked, disable_tqdm=True) for model in models])


def scoring(subject: Subject, repeats: int) -> dict[str, Any]:
    from minicons.scorer import IncrementalLMScorer

    tokenizer, vocabulary = subject.tokenizer, Vocabulary(subject.tokenizer)
    ids = [vocabulary.encode(text) for text in subject.texts]
    longest = max(map(len, ids))
    padded = torch.tensor([one + [0] * (longest - len(one)) for one in ids])
    mask = torch.tensor([[1] * len(one) + [0] * (longest - len(one)) for one in ids])
    scorers = [IncrementalLMScorer(model, "cpu", subject.tokenizer) for model in subject.models]
    harnesses = [harness(subject, model, len(ids), bos=False) for model in subject.models]

    def bare() -> None:
        for model in subject.models:
            model(input_ids=padded, attention_mask=mask, use_cache=False).logits  # noqa: B018

    def ours(texts: list[list[int]]) -> list[Scored]:
        found = dict(score(*subject.readers(), texts, width=subject.width))
        return [found[number] for number in range(len(texts))]

    def minicons(bos_token: bool = False) -> list[list[list[tuple[str, float, int]]]]:
        return [
            scorer.token_score(subject.texts, rank=True, bos_token=bos_token) for scorer in scorers
        ]

    seconds = medians(
        {
            "bare": bare,
            "fairviz": lambda: ours([vocabulary.encode(text) for text in subject.texts]),
            "minicons": minicons,
            "lm_eval": lambda: rolling(harnesses, subject.texts),
        },
        repeats,
    )
    apart, ranks, theirs = [], [], minicons()
    for number, scored in enumerate(ours(ids)):
        for side, one in zip(theirs, (scored.baseline, scored.compressed), strict=True):
            # Its first entry stands for the token that nothing is before.
            log_prob, rank = zip(*[entry[1:] for entry in side[number][1:]], strict=True)
            apart.append(float(np.abs(np.array(log_prob) - one.log_prob).max()))
            ranks.append(np.abs(np.array(rank) - one.rank) / one.rank)
    # What lm_eval puts before every text: BOS, or end-of-text where there is none.
    prefix = harnesses[0].prefix_token_id
    led = [
        [prefix, *tokenizer(text, add_special_tokens=False)["input_ids"]] for text in subject.texts
    ]
    sums = np.array(
        [[one.baseline.log_prob.sum(), one.compressed.log_prob.sum()] for one in ours(led)]
    ).T
    tokens = [len(one) - 1 for one in led]
    with torch.inference_mode():
        rolled = rolling(harnesses, subject.texts)
    found = {
        "tokens": sum(len(one) - 1 for one in ids),
        "bos": vocabulary.bos,
        "over two bare forwards": {
            name: round(took / seconds["bare"], 2) for name, took in seconds.items()
        },
        "bare_seconds": round(seconds["bare"], 4),
        "differs by at most": {
            "minicons, log-probability of a token": max(apart),
            "lm_eval, sum of a text per token": float((abs(rolled - sums) / tokens).max()),
        },
        # Of tokens whose logits differ in the last digit only.
        "minicons, ranks that differ": int(np.count_nonzero(np.concatenate(ranks))),
        "minicons, by at most this part of the rank": float(np.concatenate(ranks).max()),
    }
    if vocabulary.bos_id is not None:
        found |= two_bos(subject, theirs[0], minicons(True)[0], rolled)
    return found


def two_bos(subject: Subject, one: Any, two: Any, rolled: Any) -> dict[str, Any]:
    """What a second BOS changes, in nats over all texts; of the baseline."""
    moved = [
        sum(entry[1] for entry in second[2:]) - sum(entry[1] for entry in first[1:])
        for first, second in zip(one, two, strict=True)
    ]
    told = [harness(subject, subject.models[0], 16, bos=None)]
    default = rolling(told, subject.texts)[0]
    return {
        "two BOS, minicons with bos_token=True": {
            "same tokens, mean shift of a text's sum in nats": round(float(np.mean(moved)), 3),
            "largest shift of a text": round(max(moved, key=abs), 3),
        },
        "two BOS, lm_eval rolling by default": {
            "mean shift of a text's sum in nats": round(float(np.mean(default - rolled[0])), 3),
            "largest shift of a text": round(float(max(default - rolled[0], key=abs)), 3),
        },
    }


def multiple_choice(subject: Subject, repeats: int) -> dict[str, Any]:
    from lm_eval.api.instance import Instance

    vocabulary = Vocabulary(subject.tokenizer)
    asked = [
        Instance("loglikelihood", {}, (item.context, option), number)
        for number, item in enumerate(subject.items)
        for option in item.options
    ]
    bos = vocabulary.bos_id is not None

    def ours() -> list[Likelihoods]:
        encoded = [encode_item(vocabulary, item.context, item.options) for item in subject.items]
        found = dict(choices(subject.readers()[0], encoded, width=subject.width))
        return [found[number] for number in range(len(encoded))]

    sizes = {batch: harness(subject, subject.models[0], batch, bos) for batch in BATCHES}
    seconds = medians(
        {
            "fairviz": ours,
            **{
                str(batch): lambda lm=lm: lm.loglikelihood(asked, disable_tqdm=True)
                for batch, lm in sizes.items()
            },
        },
        repeats,
    )
    theirs = sizes[16].loglikelihood(asked, disable_tqdm=True)
    mine = [pair for one in ours() for pair in zip(one.log_prob, one.greedy, strict=True)]
    return {
        "items": "ARC-Easy" if ARC.is_file() else "endings of stories",
        "items, options": [len(subject.items), len(asked)],
        "lm_eval / fairviz": {
            f"batch {batch}": round(seconds[str(batch)] / seconds["fairviz"], 2)
            for batch in BATCHES
        },
        "fairviz_seconds": round(seconds["fairviz"], 3),
        "differs by at most": {
            "lm_eval, log-probability of an option": max(
                float(abs(a[0] - b[0])) for a, b in zip(theirs, mine, strict=True)
            )
        },
        "greedy that differ": sum(
            bool(a[1]) != bool(b[1]) for a, b in zip(theirs, mine, strict=True)
        ),
    }


def main() -> None:
    """Print one JSON object with the ratios and the differences."""
    there = LLAMA.is_dir()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--baseline", type=Path, default=LLAMA if there else DEMO)
    parser.add_argument(
        "--compressed",
        type=Path,
        default=LLAMA.with_name(f"{LLAMA.name}-q8deq") if there else DEMO.with_name("demo-student"),
    )
    arguments = parser.parse_args()
    missing = [name for name in ("minicons", "lm_eval") if find_spec(name) is None]
    if missing:
        # `make bench` goes on with the benchmarks that need nothing else.
        print(
            f"bench.peers measures nothing without {' and '.join(missing)}: "
            "pip install -r bench/peers-requirements.txt",
            file=sys.stderr,
        )
        return
    warnings.filterwarnings("ignore", module="minicons")
    logging.disable(logging.WARNING)
    out: dict[str, Any] = {
        name: version(name) for name in ("torch", "transformers", "minicons", "lm_eval")
    }
    out["threads"] = torch.get_num_threads()
    worst = 0.0
    for name, subject, repeats in (
        (
            f"small: {arguments.baseline.name}, {arguments.compressed.name}",
            small(arguments.baseline, arguments.compressed, 200),
            arguments.repeats,
        ),
        ("wide: BLOOM of 151 M random parameters", wide(16), max(1, arguments.repeats // 2)),
    ):
        found = {
            "scoring": scoring(subject, repeats),
            "multiple choice": multiple_choice(subject, repeats),
        }
        out[name] = found
        print(f"{name}: measured", file=sys.stderr)
        for part in found.values():
            worst = max(worst, *part["differs by at most"].values(), 0.0)
    print(json.dumps(out, indent=2))
    if worst >= AGREE:
        raise SystemExit(f"a log-probability differs from a peer's by {worst:.1e}")


if __name__ == "__main__":
    main()
