"""A server of models in a thread, as vLLM, SGLang and llama.cpp answer, and as broken ones do."""

import json
import threading
import time
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Fake:
    """What a server does: its models by name, and in which manner it answers.

    Attributes:
        software: `vllm`, `sglang`, `llamacpp`; the older form by ids, `echo`, or by `texts`;
            `writes` gives nothing of a text that it is given.
        most: The most words that it lists.
        context: Told as the longest text; None tells nothing.
        sampled: Whether log-probabilities are those that a bias has changed.
        parts: Tokens of llama.cpp's that are parts of a character, of which it tells nothing.
        trouble: Called before every answer with the handler; True where it has answered.
        seen: Every path, header and body that it was sent.
    """

    def __init__(
        self,
        models,
        software="vllm",
        *,
        most=10_000,
        context=None,
        trouble=None,
        sampled=False,
        parts=(),
    ):
        self.models, self.software, self.most, self.sampled = models, software, most, sampled
        self.context, self.trouble, self.seen, self.parts = context, trouble, [], parts

    def log_p(self, name, ids):
        import torch

        model = self.models[name].model
        with torch.inference_mode():
            logits = model(torch.tensor([ids], device=model.device)).logits[0]
        return logits.double().log_softmax(-1)

    def words(self, name, ids, k, start):
        """For each token from `start` on: ln p of it and of the k likeliest.

        The last token is not read: int8 layers would let it change what stands before it.
        """
        for place, row in enumerate(self.log_p(name, ids[:-1])[start - 1 :], start):
            best = row.topk(min(k, len(row))).indices.tolist()
            yield ids[place], {one: float(row[one]) for one in dict.fromkeys([ids[place], *best])}

    def write(self, name, ids, n):
        out = list(ids)
        for _step in range(n):
            out.append(int(self.log_p(name, out)[-1].argmax()))
            if out[-1] in self.models[name].eos_ids:
                break
        return out

    def answer(self, path, asked):
        if path == "/v1/models":
            software = "vllm" if self.software in ("echo", "texts") else self.software
            more = {"max_model_len": self.context} if self.context else {}
            if self.software == "llamacpp":
                more = {"meta": {"n_vocab": 3072, "n_ctx_train": self.context}}
            return {"data": [{"id": name, "owned_by": software, **more} for name in self.models]}
        if path == "/tokenize":
            model = next(iter(self.models.values()))
            name = asked.get("model")
            vocabulary = (self.models[name] if name else model).vocabulary
            return {"tokens": vocabulary.encode(asked.get("prompt", asked.get("content")))}
        if path == "/generate":
            return self.sglang(asked)
        name, ids = asked["model"], asked["prompt"]
        k = asked.get("prompt_logprobs", asked.get("logprobs", 0))
        if k > self.most and self.software != "llamacpp":
            raise Refused(400, {"error": {"message": f"at most {self.most} log-probabilities"}})
        spell = self.models[name].vocabulary.text
        if "prompt_logprobs" in asked and self.software == "vllm":
            found = [
                {str(one): {"logprob": v, "decoded_token": spell(one)} for one, v in words.items()}
                for _own, words in self.words(name, ids, k, 1)
            ]
            return {"choices": [{"text": "", "prompt_logprobs": [None, *found]}]}
        if self.software == "writes" and ("prompt_logprobs" in asked or asked.get("echo")):
            raise Refused(422, {"detail": "Unexpected fields"})
        bias = asked.get("logit_bias") if self.software == "llamacpp" else None
        whole = [*ids, bias[0][0]] if bias else self.write(name, ids, asked["max_tokens"])
        start = 1 if asked.get("echo") else len(ids)
        rows = list(self.words(name, whole, k, start))
        if bias and self.sampled:
            rows = [(own, {one: -1000.0 * (one != own) for one in words}) for own, words in rows]
        if self.software == "llamacpp":
            content = [
                {"id": own, "token": spell(own), "logprob": words[own], "top_logprobs": [
                    {"id": one, "token": spell(one), "logprob": v} for one, v in words.items()]}
                for own, words in rows if own not in self.parts
            ]  # fmt: skip
            told = {"content": content} if content else None
            ends = "stop" if whole[-1] in self.models[name].eos_ids else "length"
            return {
                "choices": [{"text": "", "logprobs": told, "finish_reason": ends}],
                "usage": {"completion_tokens": len(whole) - len(ids)},
            }
        by_id = "token_id:{}".format if self.software != "texts" else spell
        told = {
            "tokens": [by_id(own) for own, _words in rows],
            "token_logprobs": [words[own] for own, words in rows],
            "top_logprobs": [{by_id(one): v for one, v in words.items()} for _own, words in rows],
        }
        if start == 1:
            told = {
                "tokens": [by_id(ids[0]), *told["tokens"]],
                "token_logprobs": [None, *told["token_logprobs"]],
                "top_logprobs": [None, *told["top_logprobs"]],
            }
        return {"choices": [{"text": "", "logprobs": told}]}

    def sglang(self, asked):
        (name,) = self.models
        k, ids = asked["top_logprobs_num"], asked["input_ids"]
        whole = self.write(name, ids, asked["sampling_params"]["max_new_tokens"])
        meta = {}
        for what, text, start in (("input", ids, 1), ("output", whole, len(ids))):
            rows = list(self.words(name, text, k, start))
            own = [[words[one], one, None] for one, words in rows]
            tops = [[[v, one, None] for one, v in words.items()] for _own, words in rows]
            first = [[None, ids[0], None]] if what == "input" else []
            meta[f"{what}_token_logprobs"] = [*first, *own]
            meta[f"{what}_top_logprobs"] = [*([None] if first else []), *tops]
        return {"text": "", "meta_info": meta}


class Refused(Exception):
    def __init__(self, status, document):
        super().__init__(status)
        self.status, self.document = status, document


@contextmanager
def serving(fake):
    """A server on a free port of this machine; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *words):
            pass

        def do_GET(self):
            self.do_POST()

        def do_POST(self):
            size = int(self.headers.get("content-length", 0))
            asked = json.loads(self.rfile.read(size)) if size else None
            fake.seen.append((self.path, dict(self.headers), asked))
            if fake.trouble and fake.trouble(self):
                return
            try:
                self.reply(200, fake.answer(self.path, asked))
            except Refused as error:
                self.reply(error.status, error.document)

        def reply(self, status, document, **headers):
            content = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            for name, value in {"content-length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()


def slowly(seconds):
    """Trouble of a server that takes its time."""

    def wait(handler):
        time.sleep(seconds)
        return False

    return wait


@pytest.fixture(scope="session")
def served_pair():
    """The models that servers hold in these tests: the demo and its NF4 form."""
    from fairviz.core.specs import ModelSpec
    from fairviz.models.pair import load_pair

    return load_pair(ModelSpec("demo"), ModelSpec.parse("demo+nf4"), device="cpu")


@pytest.fixture
def start(served_pair, monkeypatch):
    """Starts a server of `b`, the baseline, and `q`, its form; no key, and nobody waits for it."""
    from fairviz.models import served

    monkeypatch.delenv(served.KEY, raising=False)
    monkeypatch.setattr(served, "_WAITS", (0.0, 0.0))
    both = {"b": served_pair.baseline, "q": served_pair.compressed}
    with ExitStack() as stack:

        def started(software="vllm", names="q", **how):
            fake = Fake({name: both[name] for name in names}, software, **how)
            return fake, f"openai:{stack.enter_context(serving(fake))}"

        yield started
