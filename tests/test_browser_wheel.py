"""The wheel, where nothing of the repository is seen: the dashboard, its demo, its command line."""

import json
import os
import subprocess
import sys
import sysconfig

import pytest
from in_browser import ROOT, measured, served, settled, watched

pytestmark = pytest.mark.browser
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
BINARIES = "Scripts" if os.name == "nt" else "bin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder of the commands of an environment that has the wheel, and of the test's packages
    all others."""
    folder = tmp_path_factory.mktemp("wheel")
    build = "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", folder, ROOT
    subprocess.run([*PIP, *build], check=True, cwd=folder)
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    base = {"base": str(venv), "platbase": str(venv)}
    own = sysconfig.get_path("purelib", vars=base)
    with open(os.path.join(own, "others.pth"), "w", encoding="utf-8") as others:
        others.write(sysconfig.get_path("purelib") + "\n")
    (wheel,) = folder.glob("fairviz-*.whl")
    install = "install", "--no-deps", "--no-index", "--target", own, wheel
    subprocess.run([*PIP, *install], check=True)
    return venv / BINARIES


def test_it_holds_the_dashboard_and_keeps_in_the_users_own_cache(installed, chromium, tmp_path):
    away = {"XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path), "FAIRVIZ_CACHE": ""}
    # As `fairviz run`; the script beside it names the same function.
    fairviz = installed / "python", "-m", "fairviz"
    where = subprocess.run(
        [installed / "python", "-c", "import fairviz; print(fairviz.__file__)"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    ).stdout  # fmt: skip
    assert str(installed.parent) in where
    serving = served("", tmp_path / "log", (*fairviz, "run", "--port"), tmp_path, **away)
    with serving as (address, _):
        page = watched(chromium.new_page(viewport={"width": 1280, "height": 900}))
        page.goto(f"{address}/Compare?max_new_tokens=4")
        settled(page, ".st-key-compare button")
        page.locator(".st-key-compare button").click()
        measured(page)
        page.goto(f"{address}/Bias_tables")
        page.locator(".st-key-overview .js-plotly-plot .points").first.wait_for(state="attached")
        page.close()
    (key,) = (path.name for path in (tmp_path / "fairviz" / "runs").glob("[!.]*"))
    out = tmp_path / "report.html"
    command = [*fairviz, "report", key, "--out", out]
    done = subprocess.run(
        command, env={**os.environ, **away}, cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "<html" in out.read_text("utf-8")


def test_it_tells_what_it_needs(installed):
    """What `pip install fairviz` brings along is what `requirements.txt` says."""
    asked = "import importlib.metadata as m, json; print(json.dumps(m.requires('fairviz')))"
    done = subprocess.run(
        [installed / "python", "-c", asked], capture_output=True, text=True, check=True
    )
    told = {one.split(";")[0].strip().lower() for one in json.loads(done.stdout)}
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    names = {line.split("==")[0].split(">")[0].strip().lower() for line in lines if line.strip()}
    assert names - {""} <= {name.split("==")[0].split(">")[0].split("<")[0] for name in told}
