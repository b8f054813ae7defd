"""llama.cpp's logits file and its block, written out after tools/perplexity/perplexity.cpp."""

import math
import struct

import numpy as np
import torch

F32 = np.float32


def row(logits):
    """`log_softmax` that stores: two float32, and a step of 16 bits for each token."""
    logits = np.asarray(logits, dtype=F32)
    most = logits.max()
    least = max(logits.min(), F32(most - F32(16)))
    ln_sum = F32(math.log(sum(float(one) for one in np.exp(logits - most))))
    scale = F32(F32(most - least) / F32(65535))
    steps = np.zeros(2 * ((len(logits) + 1) // 2), dtype="<u2")
    if scale:
        found = np.rint(F32(1) / scale * (logits - least))
        steps[: len(logits)] = np.where(logits > least, found, 0)
    return np.array([scale, F32(least - most - ln_sum)], dtype="<f4").tobytes() + steps.tobytes()


def every_logit(model, ids):
    """(T, V) logits of a text, by the model's own forward pass."""
    with torch.inference_mode():
        return model(torch.tensor([list(map(int, ids))])).logits[0].float().numpy()


def put_bos(ids, bos):
    return list(map(int, ids)) if bos is None else [bos, *map(int, ids[1:])]


def write(path, model, tokens, bos=None):
    """The file that `--kl-divergence-base` writes of (n_chunk, n_ctx) tokens."""
    (n_chunk, n_ctx), first = tokens.shape, tokens.shape[1] // 2
    body = b""
    for ids in tokens:
        logits = every_logit(model, put_bos(ids, bos))
        body += b"".join(row(logits[place]) for place in range(first, n_ctx - 1))
    head = b"_logits_" + struct.pack("<3i", n_ctx, logits.shape[1], n_chunk)
    path.write_bytes(head + tokens.astype("<i4").tobytes() + body)


def read(path):
    """Chunk by chunk its tokens and (R, V) log-probabilities in float32, not normalized."""
    content = path.read_bytes()
    n_ctx, n_vocab, n_chunk = struct.unpack_from("<3i", content, 8)
    place = 20 + 4 * n_ctx * n_chunk
    tokens = np.frombuffer(content[20:place], "<i4").reshape(n_chunk, n_ctx)
    for ids in tokens:
        rows = []
        for _row in range(n_ctx - 1 - n_ctx // 2):
            scale, least = np.frombuffer(content, "<f4", 2, place)
            steps = np.frombuffer(content, "<u2", n_vocab, place + 8)
            rows.append(scale * steps.astype(F32) + least)
            place += 8 + 4 * ((n_vocab + 1) // 2)
        yield ids, np.stack(rows)


def block(path, model, bos=None):
    """What `kl_divergence` sums up, in float64, and the KL and the change at every token."""
    nll, base, kl, same = [], [], [], []
    for ids, stored in read(path):
        first = len(ids) // 2
        logits = every_logit(model, put_bos(ids, bos))[first:-1].astype(np.float64)
        q = logits - np.log(np.exp(logits - logits.max(-1, keepdims=True)).sum(-1, keepdims=True))
        q -= logits.max(-1, keepdims=True)
        p = stored.astype(np.float64)
        own = np.arange(len(p)), ids[first + 1 :]
        nll += list(-q[own])
        base += list(-p[own])
        kl += list(np.where(p > -16, np.exp(p) * (p - q), 0).sum(-1))
        same += list(stored.argmax(-1) == logits.argmax(-1))
    nll, base, kl = map(np.asarray, (nll, base, kl))
    n, change = len(kl), np.exp(-nll) - np.exp(-base)

    def mean(values):
        value = values.sum() / n
        return value, math.sqrt(((values * values).sum() / n - value * value) / (n - 1))

    (ln_q, error_q), (ln_base, error_base) = mean(nll), mean(base)
    covariance = ((nll * base).sum() / n - ln_q * ln_base) / (n - 1)
    ratio = math.sqrt(error_q**2 + error_base**2 - 2 * covariance)
    square, square_error = mean(change**2)
    top = np.mean(same)

    def quantile(values, fraction):
        values, place = np.sort(values), fraction * (n - 1)
        low = int(place)
        part = place - low
        return (1 - part) * values[low] + part * values[min(low + 1, n - 1)]

    return (
        {
            "ppl_compressed": (math.exp(ln_q), math.exp(ln_q) * error_q),
            "ppl_baseline": (math.exp(ln_base), math.exp(ln_base) * error_base),
            "ppl_correlation": (covariance / (error_q * error_base), math.nan),
            "ln_ppl_ratio": (ln_q - ln_base, ratio),
            "ppl_ratio": (math.exp(ln_q - ln_base), math.exp(ln_q - ln_base) * ratio),
            "kld_mean": mean(kl),
            "kld_maximum": (kl.max(), math.nan),
            "kld_99": (quantile(kl, 0.99), math.nan),
            "kld_50": (quantile(kl, 0.5), math.nan),
            "kld_minimum": (kl.min(), math.nan),
            "dp_mean": mean(change),
            "dp_maximum": (change.max(), math.nan),
            "dp_5": (quantile(change, 0.05), math.nan),
            "dp_rms": (math.sqrt(square), 0.5 / math.sqrt(square) * square_error),
            "same_top": (top, math.sqrt(top * (1 - top) / (n - 1))),
        },
        kl,
        change,
    )
