"""The command line as the tests call it: in this process, or in one of its own."""

import contextlib
import io
import os
import subprocess
import sys
from unittest import mock

from fairviz import cli


def _environment(cache, more):
    return {**os.environ, "FAIRVIZ_CACHE": str(cache), **more}


def process(*arguments, cache, **environment):
    """A command in a process of its own: for what a process alone shows, as it costs seconds."""
    return subprocess.run(
        [sys.executable, "-m", "fairviz", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=_environment(cache, environment),
        check=False,
    )


def fairviz(*arguments, cache, stdin="", **environment):
    """The same command, its exit code and what it printed, without starting Python and torch."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(3)]
    streams[0].write(stdin)
    streams[0].seek(0)
    with (
        mock.patch.dict(os.environ, _environment(cache, environment)),
        mock.patch.object(sys, "argv", ["fairviz", *map(str, arguments)]),
        mock.patch.object(sys, "stdin", streams[0]),
        contextlib.redirect_stdout(streams[1]),
        contextlib.redirect_stderr(streams[2]),
    ):
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
    out, err = (stream.buffer.getvalue().decode() for stream in streams[1:] if not stream.flush())
    return subprocess.CompletedProcess(arguments, code, out, err)
