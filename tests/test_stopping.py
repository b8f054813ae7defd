"""What ends a process, or refuses it something, is one calm line and leaves nothing half-made."""

import errno
import os
import signal
import subprocess
import sys
import time

import pytest
from in_browser import ROOT, served
from in_commands import fairviz

from fairviz import cli

FREE = "name another cache folder in FAIRVIZ_CACHE."
KEPT = "name another cache folder in FAIRVIZ_CACHE; what is finished is kept."
HANDLES = """
import sys, hashlib, pathlib
from fairviz import cli
from fairviz.core.disk import replacing
def command(**_):
    with replacing(pathlib.Path(sys.argv[1]) / "runs" / "a1") as folder:
        (folder / "run.json").write_text("half")
        print("ready", flush=True)
        STEP
cli.app = command
cli.main()
"""


@pytest.mark.parametrize(
    "step",
    [
        "while True: pass",
        # Minutes in one step of Python's, like a matrix product: no signal is heard meanwhile.
        "hashlib.pbkdf2_hmac('sha256', b'', b'', 2 * 10**9)",
    ],
)
def test_sigterm_ends_a_command_in_time_with_one_line(step, tmp_path):
    command = [sys.executable, "-c", HANDLES.replace("STEP", step), tmp_path]
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **both) as process:
        process.stdout.readline()
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (143, "stopped\n")
    assert time.monotonic() - began < 10  # one second, on a machine that is not busy
    assert not (tmp_path / "runs" / "a1").exists()  # whole or not at all
    if "while" in step:
        assert list((tmp_path / "runs").glob(".a1*")) == []


@pytest.mark.parametrize(
    "error, advice",
    [
        # As pyarrow says it: its own sentence where the system's words belong, and no path.
        (OSError(errno.ENOSPC, "Error writing bytes: [errno 28] No space"), KEPT),
        (OSError(errno.EROFS, "", "/x"), FREE),
        (NotADirectoryError(errno.ENOTDIR, "", "/x"), "Name a folder in FAIRVIZ_CACHE."),
        (OSError(errno.EMFILE, "", "/x"), "(ulimit -n)."),
    ],
)
def test_what_the_system_refuses_is_one_line(error, advice, tmp_path, monkeypatch):
    def command(**_):
        raise error

    monkeypatch.setattr(cli, "app", command)
    done = fairviz("compare", cache=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert os.strerror(error.errno) in done.stderr and done.stderr.endswith(f"{advice}\n")


@pytest.mark.parametrize("below", ["", "/runs/here"])
def test_a_cache_folder_that_is_a_file_is_refused_before_anything_is_computed(below, tmp_path):
    (file := tmp_path / "file").touch()
    asked = ("compare", "--baseline=no", "--compressed=no", "--prompt=a")
    done = fairviz(*asked, cache=f"{file}{below}")
    assert done.returncode == 2
    assert f"The cache folder {file}{below} cannot be: {file} is a file." in done.stderr


def test_no_page_fails_over_a_cache_that_is_a_file(app, cache, monkeypatch):
    (file := cache / "file").touch()
    monkeypatch.setenv("FAIRVIZ_CACHE", str(file))
    app.run()
    for page in sorted((ROOT / "pages").glob("*.py")):
        app.switch_page(f"pages/{page.name}").run()
        said = [*app.exception, *(one.value for one in app.error)]
        assert not [one for one in said if "did not foresee" in str(one)], page.name


def visit(address, times):
    """Open a page, wait until it is drawn and close it again, without the weight of a browser."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.sync.client import connect

    ask = BackMsg()
    ask.rerun_script.query_string = ""
    for _ in range(times):
        with connect(
            f"{address.replace('http', 'ws')}/_stcore/stream",
            origin=address,
            subprotocols=["streamlit"],
            max_size=None,
        ) as socket:
            socket.send(ask.SerializeToString())
            said = ForwardMsg()
            while said.WhichOneof("type") != "script_finished":
                said.ParseFromString(socket.recv(timeout=60))


@pytest.mark.browser
@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="open files are counted in /proc")
def test_a_hundred_sessions_give_their_files_back_and_sigterm_ends_the_server(tmp_path):
    """Three for each session, Streamlit's event loop, until it forgets the session.

    For a browser that comes back it remembers them for two minutes, here for one second.
    """
    ttl = {"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "1", "FAIRVIZ_WARM": "0"}
    with served(tmp_path, tmp_path.with_suffix(".log"), **ttl) as (address, process):

        def open_files():
            return len(os.listdir(f"/proc/{process.pid}/fd"))

        visit(address, 1)  # what the first page opens stays
        before = open_files()
        visit(address, 100)
        after, until = open_files(), time.monotonic() + 60
        while after - before >= 20 and time.monotonic() < until:
            time.sleep(1.5)  # those of the last second are remembered
            visit(address, 1)  # it forgets when it next remembers one
            after = open_files()
        assert after - before < 20
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) in (143, -signal.SIGTERM)
    assert tmp_path.with_suffix(".log").read_text().rstrip().endswith("stopped")
