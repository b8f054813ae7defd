"""llama.cpp's logits files as a baseline: its own block, round trips, and files that are none."""

import json
import struct

import in_llama
import numpy as np
import pytest
from in_commands import fairviz

from fairviz import api
from fairviz.core.errors import BadSpec, FairvizError, Unreadable, VocabularyMismatch
from fairviz.core.specs import ModelSpec
from fairviz.inference.against_logits import chunks
from fairviz.models.llama_logits import logits_file
from fairviz.models.pair import load_pair
from fairviz.stats import corpus, summary

N_CTX, N_CHUNKS = 33, 8  # odd, so that first is 16 and 16 tokens of a chunk are scored


@pytest.fixture(scope="module", params=["opt", "demo"])
def written(request, checkpoints, tmp_path_factory):
    """A baseline, its 4-bit form, and the file that llama.cpp would have written of the first."""
    name = "demo" if request.param == "demo" else str(checkpoints["opt"])
    pair = load_pair(ModelSpec.parse(name), ModelSpec.parse(f"{name}+rtn:4"), device="cpu")
    tokens = np.random.default_rng(0).integers(5, pair.vocabulary_size - 5, (N_CHUNKS, N_CTX))
    path = tmp_path_factory.mktemp("logits") / f"{request.param}.kld"
    in_llama.write(path, pair.baseline.model, tokens, pair.baseline.vocabulary.bos_id)
    return name, pair, path


def score(name, path, form="+rtn:4", **how):
    return api.score(
        f"llama-logits:{path}", name + form, device="cpu", dtype="float32", store=False, **how
    )


def test_the_block_is_llama_cpps_own(written):
    name, pair, path = written
    bos = pair.baseline.vocabulary.bos_id
    expected, kl, change = in_llama.block(path, pair.compressed.model, bos)
    (trace,) = score(name, path).value.traces
    found = {one.name: (one.value, one.standard_error) for one in corpus([trace])}
    for key, numbers in expected.items():
        np.testing.assert_allclose(found[key], numbers, rtol=2e-5, atol=2e-7, err_msg=key)
    np.testing.assert_allclose(trace.kl, kl, rtol=2e-5, atol=2e-7)
    np.testing.assert_allclose(trace.compressed.prob - trace.baseline.prob, change, atol=2e-7)
    ids = [one for chunk, _rows in in_llama.read(path) for one in chunk[N_CTX // 2 + 1 :]]
    assert trace.ids.tolist() == ids


def test_a_model_against_its_own_file_is_itself_within_half_a_step(written):
    name, _pair, path = written
    result = score(name, path, form="").value
    (trace,), lost = result.traces, result.provenance["llama_logits"]
    assert 0 < lost["step"] <= 16 / 65535 * (1 + 1e-6)
    # sum p (ln p - ln q) where ln p and ln q are within half a step of each other, and what has
    # less than e^-16 of V tokens is not in it.
    assert np.abs(trace.kl).max() < lost["step"] / 2 + 1e-5
    stored = trace.baseline.log_prob > -16
    apart = trace.baseline.log_prob - trace.compressed.log_prob
    assert np.abs(apart[stored]).max() < lost["step"]
    # What is 16 nats below the most likely token, or more, is stored at just that.
    assert (apart[~stored] > -lost["step"]).all()
    assert (apart > lost["step"]).sum() <= lost["clipped"]
    assert np.abs(trace.baseline.entropy - trace.compressed.entropy).max() < 5e-3
    assert trace.js.max() < 1e-3
    for one in (*summary(trace), *corpus([trace])):
        assert not one.low > one.value, one.name  # also of a mean KL below 0
    assert trace.same_top.mean() > 0.98  # two tokens can be on one step


def test_against_the_file_or_against_the_model_is_the_same_within_a_step(written):
    name, pair, path = written
    (trace,) = score(name, path).value.traces
    from fairviz.inference.scoring import score as read

    bos = pair.baseline.vocabulary.bos_id
    texts = [in_llama.put_bos(ids, bos) for ids, _rows in in_llama.read(path)]
    found = dict(
        read(pair.baseline.reader, pair.compressed.reader, texts, width=pair.vocabulary_size)
    )
    late = slice(N_CTX // 2, None)  # of the tokens but the first, those of the second half
    # What both give the tokens below e^-16 is left out of the first two, and the last is too small
    # by it; the demo on random tokens has some.
    for column in ("kl", "js"):
        own = np.concatenate([getattr(found[one], column)[late] for one in range(N_CHUNKS)])
        np.testing.assert_allclose(getattr(trace, column), own, atol=5e-4, rtol=1e-3)
    own = np.concatenate([found[one].kl_reverse[late] for one in range(N_CHUNKS)])
    assert (trace.kl_reverse < own + 2e-4).all()
    stored = trace.baseline.log_prob > -16
    for side in ("baseline", "compressed"):
        for column, error in (("log_prob", 1.3e-4), ("entropy", 5e-3), ("margin", 2e-4)):
            own = np.concatenate(
                [getattr(getattr(found[one], side), column)[late] for one in range(N_CHUNKS)]
            )
            here = getattr(getattr(trace, side), column)
            np.testing.assert_allclose(here[stored], own[stored], atol=error, err_msg=column)


def test_a_floor_is_no_probability(tmp_path, checkpoints):
    """Three tokens that matter, all others 20 nats below: the floors are left out of the KL."""
    path = tmp_path / "steep.kld"
    spec = ModelSpec.parse(str(checkpoints["opt"]))
    pair = load_pair(spec, spec, device="cpu")
    size = pair.vocabulary_size
    logits = np.full(size, -20.0, dtype=np.float32)
    logits[[7, 8, 9]] = 0.0, -1.0, -2.0
    tokens = np.full((1, 5), 7, dtype="<i4")
    tokens[0, 3] = 11
    head = b"_logits_" + struct.pack("<3i", 5, size, 1) + tokens.tobytes()
    path.write_bytes(head + in_llama.row(logits) * 2)
    (chunk,) = chunks(pair.compressed.reader, logits_file(path))
    assert chunk.quantized.clipped == 1
    p = np.exp([0.0, -1.0, -2.0]) / np.exp([0.0, -1.0, -2.0]).sum()
    np.testing.assert_allclose(chunk.scored.baseline.entropy, -(p * np.log(p)).sum(), atol=1e-4)
    # Token 11 has more than 16 nats less than the most likely one: it is stored at just that.
    np.testing.assert_allclose(chunk.scored.baseline.log_prob[0], np.log(p[0]) - 16, atol=1e-4)
    assert chunk.scored.baseline.rank.tolist() == [4, 1]
    # The random model spreads over V tokens, and the KL leaves out all but three.
    assert chunk.quantized.outside == pytest.approx(1 - 3 / size, abs=0.01)


def test_the_command_prints_the_block_keeps_it_and_repeats_itself(written, tmp_path):
    name, _pair, path = written
    cache = tmp_path / "cache"
    asked = ("score", "--baseline", f"llama-logits:{path}", "--compressed", f"{name}+rtn:4")
    done = fairviz(*asked, "--device", "cpu", "--json", "-", cache=cache)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["texts"] == []
    assert document["provenance"]["llama_logits"]["n_chunks"] == N_CHUNKS
    assert document["provenance"]["baseline"]["source"] == f"llama-logits:{path}"
    again = fairviz(*asked, "--device", "cpu", cache=cache)
    assert "Mean KLD" in again.stdout
    assert "KL is the sum over the tokens to which" in again.stdout
    # Read from the store: the same date.
    stored = fairviz(*asked, "--device", "cpu", "--json", "-", cache=cache)
    assert json.loads(stored.stdout) == document


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda it: it[:-2], "ends early"),
        (lambda it: it + b"\0\0", "goes on behind its end"),
        (lambda it: b"GGUF" + it[4:], "no file of llama.cpp"),
        (lambda it: it[:10], "no file of llama.cpp"),
        (lambda it: it[:8] + struct.pack("<3i", -1, 4, 4) + it[20:], "cannot be"),
        (lambda it: it[:20] + struct.pack("<i", -3) + it[24:], "names the token"),
    ],
)
def test_a_file_that_is_none_is_refused_before_a_model_is_loaded(written, tmp_path, change, said):
    _name, _pair, path = written
    bad = tmp_path / "bad.kld"
    bad.write_bytes(change(path.read_bytes()))
    with pytest.raises(Unreadable, match=said):
        score("./no-such-model", bad)


def test_a_row_that_is_not_made_of_numbers_is_refused(written, tmp_path):
    name, _pair, path = written
    content = bytearray(path.read_bytes())
    place = 20 + 4 * N_CTX * N_CHUNKS
    content[place : place + 4] = struct.pack("<f", float("nan"))
    bad = tmp_path / "nan.kld"
    bad.write_bytes(content)
    with pytest.raises(Unreadable, match="chunk 1 "):
        score(name, bad)


def damaged(path, size, scale, least, steps):
    """A file of one chunk with two rows, of which the second is given."""
    head = b"_logits_" + struct.pack("<3i", 5, size, 1) + np.zeros(5, dtype="<i4").tobytes()
    fine = in_llama.row(np.linspace(-9, 0, size))
    row = np.array([scale, least], dtype="<f4").tobytes() + np.asarray(steps, "<u2").tobytes()
    path.write_bytes(head + fine + row)
    return logits_file(path)


@pytest.mark.parametrize(
    ("scale", "least", "steps", "said"),
    [
        (float("nan"), -9.0, [0, 1, 2, 3], "not made of numbers"),
        (1e30, -9.0, [0, 1, 2, 3], "not made of numbers"),
        (1e-4, -1e-3, [0, 0, 0, 65535], "of 6.55, which is above 0"),
        (1e-4, -6.5536, [0, 0, 65535, 65535], "add up to 2, not to 1"),
        (1e-4, -9.0, [0, 0, 0, 65535], "add up to 0.087, not to 1"),
        (0.0, 0.0, [0, 0, 0, 0], "add up to 4, not to 1"),
        (16 / 65535, -18.0, [0, 0, 0, 65535], "add up to 0.135, not to 1"),
    ],
)
def test_a_row_that_is_no_distribution_is_the_files_fault(tmp_path, scale, least, steps, said):
    file = damaged(tmp_path / "bad.kld", 4, scale, least, steps)
    assert len(file.rows(0, 0, 1).log_probs) == 1
    for start in (0, 1):
        with pytest.raises(Unreadable, match=rf"bad\.kld is damaged: .*{said}") as refused:
            file.rows(0, start, 2)
        assert "row 2 of chunk 1" in str(refused.value)


@pytest.mark.parametrize("spread", [0.0, 0.5, 4.0, 15.95, 16.05, 60.0])
@pytest.mark.parametrize("top", [0.0, 30000.0])
def test_what_llama_cpp_writes_of_any_logits_is_a_distribution(tmp_path, spread, top):
    rng = np.random.default_rng(1)
    for size in (2, 5, 40000):
        found = top - spread * rng.random((2, size)) ** 0.2
        found[:, 0] = top
        head = b"_logits_" + struct.pack("<3i", 5, size, 1) + np.zeros(5, dtype="<i4").tobytes()
        path = tmp_path / "fine.kld"
        path.write_bytes(head + b"".join(map(in_llama.row, found)))
        assert logits_file(path).rows(0, 0, 2).log_probs.shape == (2, size)


def test_another_vocabulary_and_what_a_file_cannot_do_are_refused(written, checkpoints, tmp_path):
    name, _pair, path = written
    other = str(checkpoints["opt"]) if name == "demo" else "demo"
    with pytest.raises(VocabularyMismatch, match="of size"):
        score(other, path, form="")
    for how in ({"text": "Once upon a time"}, {"null": 2}):
        with pytest.raises(BadSpec, match="holds its own tokens"):
            score(name, path, **how)
    with pytest.raises(BadSpec, match="no model"):
        api.compare(f"llama-logits:{path}", name, "Once", store=False)
    with pytest.raises(BadSpec, match="no model"):
        api.score(name, f"llama-logits:{path}", "Once upon", device="cpu", store=False)
    with pytest.raises(FairvizError, match="There is no file"):
        score(name, tmp_path / "none.kld")


def test_the_page_reads_such_a_file_and_opens_what_was_read(written, app, cache):
    name, _pair, path = written
    app.query_params["baseline"] = f"llama-logits:{path}"
    app.query_params["compressed"] = f"{name}+rtn:4"
    app.switch_page("pages/2_Token_shift.py").run()
    assert not app.exception
    assert any("its own tokens" in one.value for one in app.caption)
    app.button(key="do_read").click().run()
    assert not app.exception
    assert not app.error
    assert any("llama" in one.label for one in app.expander)
    again = app.query_params["reading"]
    app.query_params.clear()
    app.query_params["reading"] = again
    app.switch_page("pages/2_Token_shift.py").run()
    assert not app.exception
