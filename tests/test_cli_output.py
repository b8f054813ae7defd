"""Tables and progress of the command line: drawn on a terminal, plain and whole elsewhere."""

import contextlib
import io
import os
import sys
from unittest import mock

import pandas as pd

from fairviz.cli import output

LONG = "a title that is longer than any terminal is wide, word after word after word, to its end"


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


@contextlib.contextmanager
def terminal(**environment):
    """Standard output and errors as a terminal of 60 columns sees them."""
    known = {"TERM": "xterm-256color", "COLUMNS": "60", "NO_COLOR": "", **environment}
    out, err = Terminal(), Terminal()
    with (
        mock.patch.dict(os.environ, known),
        mock.patch.object(sys, "stdout", out),
        mock.patch.object(sys, "stderr", err),
    ):
        yield out, err


def test_a_table_in_a_pipe_is_plain_and_whole(capsys):
    output.table(("what", "value"), [(LONG, 1234.5678), ("x", float("nan")), ("y", None)])
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"{'what':<{len(LONG)}}  value", f"{LONG}   1235", "x", "y"]
    output.frame(pd.DataFrame({"n": range(1000), "kind": "a"}))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1001 and lines[-1] == "999  a"


def test_a_table_on_a_terminal_is_as_wide_as_it_and_loses_no_sign():
    with terminal() as (stdout, _):
        output.table(("what", "value"), [(LONG, 1.0), ("\x1b[31m[bold]red", 2.0)])
        out = stdout.getvalue()
        output.table(("n",), [(number,) for number in range(300)])
    assert "\x1b[1m" in out and "\x1b[31m" not in out  # bold headings, no colour of a model's own
    plain = out.replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert max(map(len, plain.splitlines())) <= 60
    assert set(LONG.split()) <= set(plain.split()) and "…" not in plain
    assert "\\x1b[31m[bold]red" in plain
    assert "and 100 more" in stdout.getvalue()


def test_no_color_is_plain_on_a_terminal_too():
    with terminal(NO_COLOR="1") as (out, _):
        output.table(("what", "value"), [(LONG, 1.0)])
    assert out.getvalue().splitlines()[1] == f"{LONG}      1"


def test_progress_is_seen_on_a_terminal_only_and_leaves_it_as_it_was():
    with terminal() as (out, stderr), output.progress("tokens") as told:
        told(3, 8, "now the noise floor")
        told(8, 8)
    err = stderr.getvalue()
    assert "8 of 8 tokens" in err
    assert err.count("\x1b[?25l") == err.count("\x1b[?25h") == 1  # the cursor is back
    assert out.getvalue() == ""


def test_progress_is_a_line_now_and_then_in_a_log(capsys, monkeypatch):
    monkeypatch.setattr(output, "_EVERY", -1.0)
    with output.progress("tokens") as told:
        told(1200, 3400, "reading \x1b[2J")
        told(0, 0, "loading")
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["1,200 of 3,400 tokens, reading \\x1b[2J", "loading"]


def test_progress_says_nothing_in_a_pipe(capsys):
    with output.progress() as told:
        told(1, 2, "x")
    assert capsys.readouterr() == ("", "")
