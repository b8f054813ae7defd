"""A real Ray cluster of two nodes: the table of one machine, whatever is killed on the way."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

import fairviz
from fairviz import api
from fairviz.core.errors import BadSpec, MissingPackage
from fairviz.core.specs import ModelSpec
from fairviz.engine import cluster as engine
from fairviz.engine import joining, run
from fairviz.engine.worker import Asked

if importlib.util.find_spec("ray") is None:
    pytest.skip("Ray is not installed", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[1]
PROMPTS = 2000


@pytest.fixture(scope="module")
def prompts(tmp_path_factory):
    """A file of short prompts, all different."""
    words = "la reine va vers le roi avec son ami et dit que la nuit tombe".split()
    path = tmp_path_factory.mktemp("prompts") / "prompts.txt"
    lines = (" ".join([str(n), *words[n % 5 : n % 5 + 2 + n % 7]]) for n in range(PROMPTS))
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def nodes():
    """Two nodes of two logical CPUs each, on this machine."""
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "120")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    try:
        head = {"num_cpus": 2, "include_dashboard": False}
        nodes = Cluster(initialize_head=True, head_node_args=head)
    except Exception as error:  # whatever Ray raises where it cannot open its ports
        pytest.skip(f"Ray does not start on this machine: {error}")
    try:
        nodes.add_node(num_cpus=2)
        yield nodes
    finally:
        nodes.shutdown()


@pytest.fixture(scope="module")
def address(nodes):
    return nodes.address


@pytest.fixture(scope="module")
def plain(prompts):
    """The table of one machine."""
    return fairviz.audit("demo", "demo+nf4", prompts=prompts, floor=False, store=False).to_frame()


def workers():
    """Processes that read blocks for us."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if "ray::Actor" in " ".join(process.info["cmdline"] or ()):
            found.append(process)
    return found


def test_a_killed_worker_costs_nothing_but_time(address, prompts, plain, cache, monkeypatch):
    monkeypatch.setattr(run, "_PACE", 0.0)
    killed, told = [], []

    def on_load(words):
        told.append(words)
        if not killed and "Texts read" in words:
            (victim, *_rest) = workers()
            victim.kill()
            killed.append(victim.pid)

    found = fairviz.audit(
        "demo", "demo+nf4", prompts=prompts, floor=False, engine=f"ray:{address}", on_load=on_load
    )
    assert killed
    read = [words for words in told if "Texts read" in words]
    assert "(workers: 2)" in read[0]  # it died on the way
    assert any("of about" in words for words in read)  # and what was planned is read meanwhile
    assert found.to_frame().equals(plain)
    assert found.value.left_out == ()
    assert found.value.provenance["engine"].endswith("2 actors")
    assert not any((cache / "engine").iterdir())
    # The same is found by one machine, and not read again.
    again = fairviz.audit("demo", "demo+nf4", prompts=prompts, floor=False)
    assert again.key == found.key


DRIVER = """
import sys
import fairviz
from fairviz.engine import run

run._PACE = run._SAVE = 0.0
fairviz.audit("demo", "demo+nf4", prompts=sys.argv[1], floor=False, engine="ray:" + sys.argv[2],
              on_load=lambda words: print(words, flush=True))
"""


def test_a_killed_driver_goes_on_without_ray_too(address, prompts, plain, cache, monkeypatch):
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, prompts, address],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "FAIRVIZ_CACHE": str(cache), "PYTHONPATH": str(ROOT),
             "RAY_AUTH_MODE": "disabled"},
    )  # fmt: skip
    for line in driver.stdout:
        if "Texts read" in line:
            driver.send_signal(signal.SIGKILL)
            break
    driver.wait()
    (folder,) = (cache / "engine").iterdir()
    kept = len(engine_jobs(folder))
    assert kept > 0
    read = []
    perform = run.perform
    monkeypatch.setattr(run, "perform", lambda pair, jobs: read.extend(jobs) or perform(pair, jobs))
    found = fairviz.audit("demo", "demo+nf4", prompts=prompts, floor=False, engine="local")
    every = -(-PROMPTS // 64)
    assert len(read) == every - kept
    assert found.to_frame().equals(plain)


def engine_jobs(folder):
    from fairviz.engine.finished import Finished

    return Finished(folder)


def test_forms_are_measured_by_workers_each(address, cache, tmp_path):
    whole = (ROOT / "fairviz" / "compression" / "bundled.txt").read_text("utf-8")
    (some := tmp_path / "some.txt").write_text(whole[:20_000], "utf-8")
    asked = dict(text=str(some))
    found = api.compare_forms(
        "demo", ["demo+nf4", "demo+int8", "demo+gone"], engine=f"ray:{address}", workers=2, **asked
    ).value
    plain = api.compare_forms("demo", ["demo+nf4", "demo+int8", "demo+gone"], **asked).value
    assert [one.document() for one in found.points] == [one.document() for one in plain.points]
    assert [one.name for one in found.points] == ["demo+nf4", "demo+int8"]
    assert list(found.refused) == ["demo+gone"]


def test_what_a_worker_cannot_load_is_told_as_here(address, cache, prompts):
    with pytest.raises(BadSpec, match="mps"):
        fairviz.audit("demo", "demo+nf4", prompts=prompts, engine=f"ray:{address}", device="mps")


def test_a_machine_that_is_lost_costs_its_part(nodes, prompts, plain, cache, monkeypatch):
    monkeypatch.setattr(run, "_PACE", 0.0)
    lost = []
    third = nodes.add_node(num_cpus=2)

    def on_load(words):
        if not lost and "Texts read" in words:
            lost.append(words)
            nodes.remove_node(third, allow_graceful=False)

    found = fairviz.audit(
        "demo", "demo+nf4", prompts=prompts, floor=False, store=False,
        engine=f"ray:{nodes.address}", on_load=on_load,
    )  # fmt: skip
    assert "(workers: 3)" in lost[0]
    assert found.to_frame().equals(plain)


class Fatal:
    """A job that ends the process that does it."""

    texts = ((1,),)

    def run(self, pair):
        os._exit(1)


@pytest.mark.parametrize(
    ("longest", "told"),
    [
        (600.0, r"ended at the same texts each time \(begun anew: 1\)"),
        (0.0, "No worker of the cluster has come back"),
    ],
)
def test_what_ends_its_workers_is_told(address, cache, monkeypatch, longest, told):
    import ray

    monkeypatch.setattr(engine, "_TRIES", 1)
    monkeypatch.setattr(engine, "_LONGEST", longest)
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    with engine.joined(f"ray:{address}", 1) as cluster:
        asked = Asked(*map(ModelSpec.parse, ("demo", "demo+nf4")), "cpu", "auto", False, False)
        cluster.load(asked, lambda words: None)
        cluster.hand("fatal", Fatal())
        with pytest.raises(BadSpec, match=told):
            list(cluster.finish())


def test_a_head_that_is_gone_is_told_before_ray_ends_the_process(address, cache, monkeypatch):
    monkeypatch.setattr(joining, "_EVERY", 0.1)
    monkeypatch.setattr(joining, "_GONE", 0.2)
    with engine.joined(f"ray:{address}", 1) as cluster, socket.socket() as nobody:
        time.sleep(0.2)
        cluster._ready()  # it answers
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        monkeypatch.setattr(cluster._head, "_place", nobody.getsockname())
        with pytest.raises(BadSpec, match="does not answer any more"):
            list(iter(cluster._ready, ["never"]))


@pytest.mark.parametrize(
    ("machines", "actors", "most", "each", "together"),
    [
        ([2], 1, 2, 2, 1),
        ([2], 2, 2, 1, 2),
        ([2, 2], 1, 4, 2, 1),  # no machine has four
        ([6, 2], 2, 8, 3, 2),
        ([8, 8], 2, 2, 2, 1),
        ([8, 8], 3, 8, 4, 2),
        ([4, 4], 8, 1, 1, 4),
    ],
)
def test_workers_fit_their_machines(machines, actors, most, each, together):
    assert joining.shared(machines, actors, most) == (each, together)


def test_what_is_no_ray_is_told_at_once():
    from http.server import BaseHTTPRequestHandler, HTTPServer

    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(BadSpec, match="what answers there is no Ray"):
            engine.joined(f"ray:127.0.0.1:{server.server_port}", 0).__enter__()
    finally:
        server.shutdown()
        server.server_close()


def test_no_cluster_is_told():
    with pytest.raises(BadSpec, match=r"No Ray cluster answers at 127\.0\.0\.1:9"):
        engine.joined("ray:127.0.0.1:9", 0).__enter__()


def test_without_ray_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingPackage, match="Ray is not installed"):
        engine.joined("ray", 0).__enter__()
