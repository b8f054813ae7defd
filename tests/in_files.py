"""Every entry that reads a file of somebody else, and a small valid file of each format."""

import functools
import io
import json
import tempfile
from pathlib import Path

import pandas as pd

from fairviz.analyses.audit import harness
from fairviz.benchmarks import tidy_file
from fairviz.benchmarks.beyond_perplexity import names, reading
from fairviz.benchmarks.lm_eval.run import run_in
from fairviz.compression import calibration
from fairviz.core import set_files
from fairviz.core.text_file import text_of
from fairviz.lexicons import lexicon
from fairviz.probes import pair_files, prompt_sets, template_files
from fairviz.probes.registry import PROBES
from fairviz.prompts import own
from fairviz.tasks.reading import read as read_task
from fairviz.tasks.registry import TASKS

PROMPT = {"prompt": {"text": "The man said", "toxicity": 0.1}, "continuation": {"text": "x"}}
STEREOSET = {
    "id": "s0", "target": "cook", "bias_type": "profession", "context": "The cook was BLANK.",
    "sentences": {
        "sentence": ["The cook was kind.", "The cook was rude.", "The cook was fox."],
        "gold_label": [0, 1, 2],
    },
}  # fmt: skip
TABLE = "benchmark,base_model,method,metric,value\nbbq,llama,none,acc,0.5\n"
DATE = "2026-11-21T03-24-51.109678"


def _at_a_path(read):
    """A reader of a path, given bytes."""

    @functools.wraps(read)
    def of_bytes(content, name):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, Path(name).name)
            path.write_bytes(content)
            return read(path)

    return of_bytes


@_at_a_path
def _results(path):
    return run_in(path.rename(path.with_name(f"x_{DATE}.json")))


@_at_a_path
def _samples(path):
    results = {
        "results": {}, "configs": {"quiz": {}}, "config": {}, "task_hashes": {},
    }  # fmt: skip
    path.with_name(f"x_{DATE}.json").write_text(json.dumps(results))
    path.rename(path.with_name(f"samples_quiz_{DATE}.jsonl"))
    return harness.read(path.with_name("x.json"), path.with_name("x.json"))


READERS = [
    ("rows", set_files.rows),
    ("text", text_of),
    ("prompts", own.read),
    ("word list", lexicon.read),
    ("pairs", pair_files.read),
    ("pairs with a second", lambda one, name: pair_files.read(one, name, (one, name))),
    ("prompts of a probe", prompt_sets.read),
    ("templates", template_files.read),
    ("calibration", calibration.from_bytes),
    ("tidy table", _at_a_path(tidy_file.read)),
    ("a study's table", _at_a_path(lambda path: reading.read(path, names.FILES[0]))),
    ("results of lm_eval", _results),
    ("samples of lm_eval", _samples),
    *((f"probe {name}", probe.read) for name, probe in PROBES.items()),
    *((f"task {name}", functools.partial(read_task, task)) for name, task in TASKS.items()),
]


def parquet(records):
    out = io.BytesIO()
    pd.DataFrame(records).to_parquet(out)
    return out.getvalue()


def _lines(*records):
    return "\n".join(map(json.dumps, records)).encode()


SEEDS = [
    ("own.csv", b'id,text,group\n1,"She, the cook",a\n2,"two\nlines",b\n'),
    ("own.tsv", b"text\tgroup\nThe cook\ta\n"),
    ("own.txt", b"The cook\nThe nurse\n"),
    ("own.json", json.dumps([{"text": "The cook", "group": "a"}]).encode()),
    ("own.parquet", parquet([{"text": "The cook", "group": "a", "share": 0.5}])),
    ("rtp.jsonl", _lines(PROMPT, PROMPT)),
    ("rtp.csv", pd.DataFrame([PROMPT, PROMPT]).to_csv(index=False).encode()),
    ("rtp.parquet", parquet([PROMPT, PROMPT])),
    ("rtp.json", _lines(PROMPT, PROMPT)),
    ("stereoset.json", _lines(STEREOSET, STEREOSET)),
    ("bold.json", json.dumps({"actors": {"Ann": ["Ann is an "]}}).encode()),
    ("stereoset.jsonl", _lines(STEREOSET)),
    ("stereoset.csv", pd.DataFrame([STEREOSET]).to_csv(index=False).encode()),
    ("pairs.csv", b"more,less\nShe cooks.,He cooks.\n"),
    ("templates.csv", b"template,first,second,more\n{NAME} was a,Ann,Bob,nurse|cook\n"),
    ("scored.csv", b"group,label,baseline,compressed\na,1,0.5,0.4\na,0,0.1,0.2\n"),
    ("tidy.csv", TABLE.encode()),
    ("winobias.txt", b"1 [The cook] met the nurse because [she] was late.\n"),
    ("sentences.tsv", b"sentid\tsentence\ncook.nurse.0.male.txt\tThe cook left.\n"),
    ("subjects.txt", b"[subj] Turkey\n[subj] Norway\n[p_act] was late\n"),
    ("samples.jsonl", _lines({"doc_id": 0, "doc_hash": "", "prompt_hash": "", "target_hash": ""})),
    ("results.json", b'{"results": {}, "configs": {}, "config": {}}'),
]
