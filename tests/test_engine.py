"""What is read elsewhere gives the numbers of one machine, is kept as it comes, and found again."""

import json
import pickle

import numpy as np
import pytest

import fairviz
from fairviz.analyses import engines
from fairviz.core.errors import BadSpec, FairvizError, NotFinite
from fairviz.core.specs import Decoding, ModelSpec
from fairviz.core.stored import CannotKeep
from fairviz.engine import jobs, loading, run
from fairviz.engine.finished import Finished, Packed
from fairviz.engine.jobs import Answers, Chooses, Reads, Side, Writes, key
from fairviz.inference.batch_generation import Ask
from fairviz.inference.multiple_choice import Choice
from fairviz.inference.scoring import Piece
from fairviz.models.pair import load_pair

DEMO, NF4 = "demo", "demo+nf4"
TWO = Side("baseline", None), Side("compressed", None)
SIDES = tuple(side._replace(eos_ids=(2,)) for side in TWO)
JOBS = [
    Reads(TWO, (Piece(0, 0, [1, 5, 7, 9], 3), Piece(1, 0, [1, 6], 1)), 2048, 3),
    Chooses(TWO[1], (Choice([1, 5], [[7], [8, 9]]), Choice([1], [[4], [5]])), 2048),
    Writes(SIDES, (Ask((1, 5), 3), Ask((1, 6), 2**40)), Decoding(max_new_tokens=4), 2048),
    Answers(SIDES, (1, 5, 7), 4, 2048),
]


@pytest.fixture(scope="module")
def pair():
    return load_pair(ModelSpec.parse(DEMO), ModelSpec.parse(NF4))


def flat(value):
    """All numbers of a job's value, in order."""
    if hasattr(value, "tolist"):
        return np.asarray(value).ravel().tolist()
    if isinstance(value, (list, tuple)):
        return [number for part in value for number in flat(part)]
    return [value]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: type(job).__name__)
def test_a_job_travels_and_comes_back_whole(job, pair, tmp_path):
    there = pickle.loads(pickle.dumps(job))
    (done,) = run.perform(pair, [there])
    assert not done.failed
    kept = Finished(tmp_path)
    kept.add([Packed.of(key(job), done)])
    again = Finished(tmp_path).get(key(there))
    assert flat(job.value(again.arrays)) == flat(job.value(done.arrays))
    # A guess stands where a value will: as many numbers of what is read, texts of what is written.
    if isinstance(job, jobs.WRITING):
        assert type(job.guess()) is type(job.value(done.arrays))
    else:
        assert len(flat(job.guess())) == len(flat(job.value(done.arrays)))


def test_every_job_has_a_name_of_its_own():
    reads, chooses, writes, _answers = JOBS
    others = [
        *JOBS,
        Reads(TWO[::-1], reads.pieces, 2048, 3),
        Reads(TWO, reads.pieces, 2048, 4),
        Reads(TWO, (Piece(0, 0, [1, 5, 7, 9], 2), reads.pieces[1]), 2048, 3),
        # The same ids, cut elsewhere.
        Chooses(TWO[1], (Choice([1, 5], [[7, 8], [9]]), chooses.items[1]), 2048),
        Writes(SIDES, (Ask((1, 5), 4), writes.asks[1]), writes.decoding, 2048),
        Writes(SIDES, writes.asks, Decoding(max_new_tokens=5), 2048),
        Reads((TWO[0]._replace(dtype="bfloat16"), TWO[1]), reads.pieces, 2048, 3),
    ]
    assert len({key(job) for job in others}) == len(others)


ASKED = {
    "prompts": lambda **how: fairviz.audit(DEMO, NF4, prompts="bank", limit=70, **how),
    "a text": lambda **how: fairviz.score(DEMO, NF4, "Il était une fois une reine. " * 9, **how),
    "minimal_pairs": lambda **how: fairviz.probe("minimal_pairs", DEMO, NF4, language="fr", **how),
    "counterfactual": lambda **how: fairviz.probe(
        "counterfactual",
        DEMO,
        NF4,
        template="{NAME} dit que",
        first="le roi|la reine",
        second="la reine|le roi",
        top=3,
        **how,
    ),
    "samples": lambda **how: fairviz.probe(
        "samples", DEMO, NF4, samples=3, max_new_tokens=4, **how
    ),
    "classifier": lambda **how: fairviz.probe(
        "classifier", DEMO, NF4, classifier="vader", per_group=1, max_new_tokens=3, **how
    ),
    "int8": lambda **how: fairviz.audit(DEMO, "demo+int8", prompts="bank", limit=20, **how),
    "itself": lambda **how: fairviz.audit(DEMO, DEMO, prompts="bank", limit=20, **how),
}


@pytest.mark.parametrize("what", ASKED)
def test_numbers_are_those_of_one_machine_bit_for_bit(what, cache):
    plain = ASKED[what](store=False)
    far = ASKED[what](store=False, engine="local")
    assert far.to_frame().equals(plain.to_frame())
    assert far.value.provenance["engine"] == "local"
    floor, other = (getattr(one.value, "floor", None) for one in (plain, far))
    assert floor == other
    assert list(far.present().allowed) == list(plain.present().allowed)


def test_what_is_kept_starts_no_engine(cache, monkeypatch):
    asked = dict(prompts="bank", limit=4, floor=False)
    plain = fairviz.audit(DEMO, NF4, **asked)
    monkeypatch.setattr(engines, "opened", None)
    assert fairviz.audit(DEMO, NF4, engine="ray:nowhere:1", **asked).key == plain.key


def test_several_forms_are_read_one_after_the_other(cache):
    forms, asked = [NF4, "demo+int8"], dict(prompts="bank", limit=6, floor=False, store=False)
    found = fairviz.audit(DEMO, forms, engine="local", **asked)
    for one, plain in zip(found.forms, fairviz.audit(DEMO, forms, **asked).forms, strict=True):
        assert one.to_frame().equals(plain.to_frame())


def test_items_of_a_task_are_those_of_one_machine(cache, tmp_path):
    items = tmp_path / "items.jsonl"
    options = [{"text": "went", "label": "A"}, {"text": "said", "label": "B"}]
    rows = (
        {"id": str(n), "question": {"stem": "the king " + "a " * n, "choices": options}}
        for n in range(12)
    )
    items.write_text("\n".join(json.dumps(row | {"answerKey": "A"}) for row in rows), "utf-8")
    asked = dict(task="arc_easy", items=str(items), store=False)
    plain = fairviz.audit(DEMO, NF4, **asked)
    assert fairviz.audit(DEMO, NF4, engine="local", **asked).to_frame().equals(plain.to_frame())


class Stop(Exception):
    pass


def prompts(folder, many):
    """A file of so many prompts, most of them different."""
    path = folder / "prompts.txt"
    words = "la reine va vers le roi avec son ami".split()
    lines = [
        " ".join(words[place : place + 2 + n % 5] + [str(n)])
        for n in range(many)
        for place in (n % 4,)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def test_a_run_that_was_stopped_goes_on_from_what_is_done(cache, monkeypatch, tmp_path):
    monkeypatch.setattr(loading, "_AT_ONCE", 1)
    monkeypatch.setattr(run, "_SAVE", 0.0)
    monkeypatch.setattr(run, "_PACE", 0.0)
    done = []
    perform = run.perform

    def counted(pair, some):
        done.append(len(some))
        return perform(pair, some)

    monkeypatch.setattr(run, "perform", counted)

    def stop(words):
        if words.startswith("Texts read: 128"):
            raise Stop

    asked = dict(prompts=prompts(tmp_path, 260), floor=False, engine="local")
    with pytest.raises(Stop):
        fairviz.audit(DEMO, NF4, on_load=stop, **asked)
    assert len(done) == 2
    folder = next((cache / loading.FOLDER).iterdir())
    parts = sorted(folder.glob("part-*.parquet"))
    assert len(parts) == 2
    # One that is damaged is read again.
    parts[0].write_bytes(b"no Parquet")
    found = fairviz.audit(DEMO, NF4, **asked)
    assert len(done) == 2 + 4
    assert not folder.exists()
    assert found.to_frame().equals(
        fairviz.audit(DEMO, NF4, **{**asked, "engine": ""}, store=False).to_frame()
    )


class Counting(loading.Here):
    """Reads here, and knows the most batches that were waiting."""

    most = 0

    def hand(self, key, job):
        came = super().hand(key, job)
        Counting.most = max(Counting.most, len(self._taken))
        return came


def test_a_set_passes_through_while_it_is_planned(cache, monkeypatch, tmp_path):
    monkeypatch.setattr(loading, "_AT_ONCE", 2)
    monkeypatch.setattr(run, "_PACE", 0.0)
    monkeypatch.setattr(engines, "Here", Counting)
    told = []
    fairviz.audit(
        DEMO, NF4, prompts=prompts(tmp_path, 700), floor=False, store=False, engine="local",
        on_load=told.append,
    )  # fmt: skip
    assert Counting.most == 1  # never more than a block, though the set has eleven batches
    read = [words for words in told if words.startswith("Texts read")]
    assert len(read) == 6
    # It is read before it is planned to its end, and how long that will take is told.
    assert "of about" in read[1]
    assert "s left (workers: 1)" in read[1]
    assert read[-1].startswith("Texts read: 700 of 700,")


def test_a_worker_that_fails_ends_a_plan(cache, monkeypatch):
    def fails(self, key, job):
        raise BadSpec("No worker is left.", fix="Start one.")

    monkeypatch.setattr(loading.Here, "hand", fails)
    with pytest.raises(BadSpec, match="No worker is left"):
        fairviz.audit(DEMO, NF4, prompts="bank", limit=5, floor=False, engine="local")


def test_an_item_that_cannot_be_read_is_left_out_with_why(cache, monkeypatch):
    whole = fairviz.audit(DEMO, NF4, prompts="bank", limit=40, store=False).to_frame()
    lost = whole["id"].iloc[7]
    model = load_pair(ModelSpec.parse(DEMO), ModelSpec.parse(NF4))
    strange = tuple(model.baseline.vocabulary.encode(whole["text"].iloc[7]))
    reading = jobs.scoring.reading

    def fails(*readers):
        read = reading(*readers)

        def one(batch, width, k):
            if any(tuple(piece.ids[:-1]) == strange for piece in batch):
                raise RuntimeError("the device fell over")
            return read(batch, width, k)

        return one

    monkeypatch.setattr(jobs.scoring, "reading", lambda *readers: (
        fails(*readers) if jobs.scoring.elsewhere(readers[0].model) is None else reading(*readers)
    ))  # fmt: skip
    found = fairviz.audit(
        DEMO, NF4, prompts="bank", limit=40, store=False, floor=False, engine="local"
    )
    (skip,) = found.value.left_out
    assert skip.which == lost
    assert skip.reason == "it could not be read (RuntimeError: the device fell over)"
    assert found.to_frame()["id"].tolist() == [one for one in whole["id"] if one != lost]


def test_what_cannot_be_written_is_told_and_ends_no_other(pair):
    bad, good = Writes(SIDES, (Ask((10**6,), 1),), Decoding(max_new_tokens=2), 2048), JOBS[2]
    first, second = run.perform(pair, [bad, good])
    assert first.failed
    assert not second.failed


def test_a_failed_writing_is_raised_where_it_is_asked(tmp_path):
    job = JOBS[3]
    kept = Finished(tmp_path)
    kept.add([Packed.of(key(job), jobs.Done({}, ((0, "overflow"),)))])
    with pytest.raises(NotFinite, match="overflow"):
        run.Run(kept, None, print).answer(job)


@pytest.mark.parametrize(
    ("how", "match"),
    [
        ({"engine": "spark"}, "no engine"),
        ({"engine": "ray:"}, "no engine"),
        ({"engine": "local", "workers": 2}, "workers were asked for: 2"),
        ({"workers": 2}, "Workers are of an engine"),
        ({"engine": "ray", "null": 4}, "Null models"),
    ],
)
def test_what_no_engine_can_is_refused(how, match, cache):
    with pytest.raises(BadSpec, match=match):
        fairviz.audit(DEMO, NF4, prompts="bank", limit=5, **how)


def test_what_another_run_took_away_is_read_anew(tmp_path):
    """Two of the same question at once: the first is whole and deletes what both have kept."""
    kept = Finished(tmp_path / "run")
    kept.add([Packed.of("a", jobs.Done({}))])
    for path in (tmp_path / "run").iterdir():
        path.unlink()
    (tmp_path / "run").rmdir()
    assert kept.get("a") is None
    assert "a" not in kept
    kept.add([Packed.of("b", jobs.Done({"n": np.arange(2)}))])
    assert kept.get("b").arrays["n"].tolist() == [0, 1]


def test_an_answer_comes_where_nothing_can_be_kept(cache, monkeypatch):
    monkeypatch.setattr(loading.Finished, "__init__", refusing(loading.Finished.__init__, cache))
    found = fairviz.audit(DEMO, NF4, prompts="bank", limit=4, floor=False, engine="local")
    assert len(found.to_frame()) == 4


def refusing(make, cache):
    """As it, but under the cache it says that it cannot be written."""

    def made(self, folder):
        if cache in folder.parents:
            raise CannotKeep("No.", fix="Mend it.")
        make(self, folder)

    return made


def test_an_error_of_a_worker_is_ours_again():
    error = pickle.loads(pickle.dumps(BadSpec("No.", fix="Do.")))
    assert isinstance(error, BadSpec)
    assert isinstance(error, FairvizError)
    assert str(error) == "No. Do."
