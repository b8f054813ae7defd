"""The Methods page without a browser: empty, with made models, asked for what cannot be."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from streamlit.testing.v1 import AppTest

from fairviz.analyses.tradeoff import evaluation_text
from fairviz.analyses.tradeoff import measure as tradeoff
from fairviz.analyses.tradeoff.measure import Point
from fairviz.compression.registry import METHODS
from fairviz.core.shortened import middle
from fairviz.core.specs import ModelSpec
from fairviz.figures import tradeoff as figures
from fairviz.models import shelf
from fairviz.models.catalog import BUNDLED
from fairviz.models.shelf import Made
from fairviz.ui.markup import plain

ROOT = Path(__file__).resolve().parents[1]
PAGE = "pages/6_Methods.py"
TOY = evaluation_text.bundled(tradeoff.DOCUMENTS).hash


def opened(app, **query):
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page(PAGE).run()


def told(app):
    kinds = (app.error, app.warning, app.info, app.caption, app.success, app.markdown)
    return "\n".join(element.value for kind in kinds for element in kind)


def put(form, key, **changes):
    """A made model that holds no weights, as the shelf reads it."""
    folder = shelf.root() / key
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    values = {
        "key": key, "folder": folder, "spec": ModelSpec.parse(f"demo+{form}"), "revision": "r",
        "calibration": None, "seconds": 2.5, "created": "2026-01-02T03:04:05+00:00",
        "bytes_on_disk": 1_500_000, "bytes_in_memory": 4_000_000, "parameters": 10,
        "zero_share": 0.5, "bits_per_weight": 16.0, "layers": 4, "device": "cpu", "versions": {},
    }  # fmt: skip
    made = Made(**{**values, **changes})
    shelf.write(made, folder)
    return made


def measured(form, **changes):
    values = {
        "name": f"demo+{form}", "method": form.split(":")[0], "family": "pruning",
        "bytes_on_disk": 1_500_000, "bytes_in_memory": 4_000_000, "kl": 0.01, "kl_low": 0.008,
        "kl_high": 0.013, "perplexity": 2.5, "perplexity_ratio": 1.1, "tokens": 20,
        "bias_shift": 0.04, "text": "fairviz's toy grammar", "text_hash": TOY,
    }  # fmt: skip
    point = Point(**{**values, **changes})
    names = ModelSpec("demo"), ModelSpec.parse(f"demo+{form}")
    path = tradeoff._path(*names, point.text_hash)
    path.parent.mkdir(exist_ok=True)
    names = {"baseline": "demo", "compressed": f"demo+{form}"}
    path.write_text(json.dumps({"version": 2, **names, "point": asdict(point)}))
    return point


def test_the_empty_page_says_how_to_fill_it(app):
    page = opened(app)
    assert not page.exception
    assert "python -m fairviz compress demo --sweep" in [code.value for code in page.code]
    assert "None yet" in told(page)
    assert page.button(key="measure_quick").label == "Measure int8, nf4, fp4"
    assert page.button(key="make").label == "Make demo+wanda:0.5"
    assert page.button(key="stop_make").disabled
    # The example of Fair-GPTQ and its controls.
    assert "No control does as much" in told(page)
    assert page.multiselect(key="judged_forms").value[0] == "gptq:4"


def test_forms_are_judged_from_the_page(app, monkeypatch):
    from fairviz.analyses.evenness import run
    from fairviz.analyses.runner import Answer
    from fairviz.analyses.store import Store

    asked = []

    def judged(baseline, *, forms, reads, device, told, store):
        asked.append((str(baseline), forms[0], reads))
        told(1, 2, "words")
        return Answer(Store().load("evenness", "example"), "example", fresh=True)

    monkeypatch.setattr(run, "judged", judged)
    page = opened(app)
    page.button(key="judge").click().run()
    assert not page.exception
    assert asked == [("demo", "gptq:4", None)]
    assert "9 forms judged" in told(page)


def test_every_method_of_the_registry_is_explained_once_it_is_chosen():
    part = AppTest.from_string(
        "from fairviz.ui.methods import catalogue; catalogue.draw()", default_timeout=60
    )
    for method in METHODS.values():
        if method.name != "none":
            part.query_params["about"] = method.name
            words = told(part.run())
            for text in (method.title, method.does, method.cost, method.paper):
                assert text and plain(text) in words, (method.name, text)


def test_made_and_measured_models_are_listed(app):
    put("magnitude:0.5", "aaa")
    put("wanda:2:4", "bbb", calibration={"name": "mine.txt", "hash": "h", "samples": 1})
    measured("magnitude:0.5")
    page = opened(app)
    assert not page.exception
    tables = [frame.value for frame in page.dataframe]
    rows = next(table for table in tables if "Zeros (%)" in table)
    assert rows["Name"].tolist() == ["demo+magnitude:0.5", "demo+wanda:2:4"]
    assert rows["Mean KL (nats)"].tolist()[0] == 0.01
    # Another text than the bundled one is another model: what was measured is not of it.
    assert rows["Mean KL (nats)"].isna().tolist() == [False, True]
    assert page.button(key="measure_all").label == "Measure it"
    assert "2 made, 3 MB on disk" in told(page)


def test_a_model_is_deleted_after_a_second_look(app):
    made = put("magnitude:0.5", "aaa")
    page = opened(app)
    page.button(key="delete").click().run()
    assert not page.exception
    assert not made.folder.exists()
    assert "None yet" in told(page)


def test_what_the_model_cannot_take_is_advice(app):
    page = opened(app, method="drop", setting="drop:3")
    page.checkbox(key="measure_too").uncheck().run()
    assert page.button(key="make").label == "Make demo+drop:3"
    assert not page.exception


def test_a_method_without_making_says_so(app):
    page = opened(app, method="nf4")
    assert page.button(key="make").label == "Measure demo+nf4"
    assert "nothing to make" in told(page)


def test_an_unknown_link_does_not_break_the_page(app):
    page = opened(app, method="nonsense", setting="x:y", size="zz", harm="qq", made="../..")
    assert not page.exception
    assert page.button(key="make").label.startswith("Make demo+wanda")


def test_files_of_gguf_are_measured_at_a_press_and_drawn_with_their_sign(
    app, tmp_path, monkeypatch
):
    import in_gguf

    monkeypatch.setattr(tradeoff, "DOCUMENTS", 30)
    file = in_gguf.write(tmp_path / "demo-Q4_0.gguf", BUNDLED["demo"], "bloom", "Q4_0")
    absent = tmp_path / "absent.gguf"
    page = opened(app)
    page.text_area(key="other_forms").set_value(f"{file}\n\n{absent}").run()
    page.button(key="measure_others").click().run()
    assert not page.exception
    words = told(page)
    # The other that is not there keeps nothing from being measured, and is told.
    assert f"**{plain(str(file))}**: mean KL" in words
    assert f"There is no file {plain(str(absent))}" in words
    (rows,) = [frame.value for frame in page.dataframe if "Pairs that changed sides" in frame.value]
    assert rows.iloc[0, 0] == "demo-Q4_0.gguf"
    assert rows["On disk (MB)"].tolist() == [file.stat().st_size / 1e6]
    assert rows["Mean KL (nats)"][0] > 0
    drawn = [json.loads(one.proto.spec)["data"] for one in page.get("plotly_chart")]
    (signs,) = (one for lines in drawn for one in lines if one.get("name") == "GGUF")
    assert signs["marker"]["symbol"] == "bowtie"
    # No other method is drawn with it.
    assert list(figures._SIGNS.values()).count("bowtie") == 1


def test_what_was_made_is_offered_where_a_model_is_chosen(app):
    put("magnitude:0.5", "aaa")
    other = put("wanda:2:4", "bbb", calibration={"name": "mine.txt", "hash": "h", "samples": 1})
    page = app.switch_page("pages/1_Compare.py").run()
    assert not page.exception
    offered = page.selectbox(key="compressed").options
    assert {"demo+magnitude:0.5", middle(str(other.folder), 20)} <= set(offered)


def in_french(app, **query):
    return opened(app, lang="fr", **query)


def test_the_page_speaks_french(app):
    put("magnitude:0.5", "aaa")
    put("wanda:2:4", "bbb", calibration={"name": "bundled French and English", "hash": "h"})
    measured("magnitude:0.5")
    page = in_french(app)
    assert not page.exception
    words = told(page)
    assert page.title[0].value == "Méthodes"
    assert page.button(key="make").label == "Fabriquer demo+wanda:0.5"
    assert page.button(key="measure_all").label == "Le mesurer"
    assert "2 modèles fabriqués, 3 Mo sur le disque" in words.replace("\N{NO-BREAK SPACE}", " ")
    assert "En ocre l’élagage" in words
    for method in METHODS.values():
        if method.name != "none":
            for text in (method.meaning, method.does, method.cost):
                assert plain(text) not in words, (method.name, text)
    rows = next(frame.value for frame in page.dataframe if "Zeros (%)" in frame.value)
    assert rows["Family"].tolist() == ["élagage", "élagage"]
    assert rows["Calibration"].tolist() == ["", "texte fourni, français et anglais"]


def test_advice_is_french(app):
    page = in_french(app, baseline="demo+wanda:0.5")
    assert "est une forme compressée" in page.error[0].value
    assert "Choisissez demo comme modèle de référence" in page.error[0].value


def test_work_in_a_thread_speaks_the_viewers_language(cache):
    """The thread has no viewer; without the language of who began it, it would speak English."""
    from fairviz import i18n as language
    from fairviz.ui.methods import work

    refused = work.Task(ModelSpec.parse("demo+drop:99"), make=True, measure=False)
    with language.speaking("fr"):
        begun = work.Work([refused], "cpu")
    begun.wait(120)
    assert not begun.running and begun.crash is None
    failure = begun.ended[0].failure
    assert failure is not None
    assert "supprime 99 couches et demo en a 4" in failure.message
    assert failure.fix == "Supprimez-en au plus 3."


def test_what_is_stored_stays_english(cache):
    """Names that stand in stored rows and records are translated where they are shown."""
    from fairviz import i18n as language
    from fairviz.analyses.tradeoff.axes import shown_name
    from fairviz.compression.calibration import bundled
    from fairviz.models.identity import bos_in_words, method_in_words

    bundled.cache_clear()
    stored = "demo+wanda:0.5 on bundled French and English"
    card = "wanda:0.5, calibrated on bundled French and English (0a1b)"
    with language.speaking("fr"):
        assert bundled().document()["name"] == "bundled French and English"
        assert "sur" in shown_name(stored) and "français et anglais" in shown_name(stored)
        assert shown_name("/models/a on b") == "/models/a on b"
        assert "français et anglais" in method_in_words(card) and "(0a1b)" in method_in_words(card)
        assert (
            method_in_words("already quantized: gptq") == "déjà quantifié\N{NO-BREAK SPACE}: gptq"
        )
        assert bos_in_words("one, <s>") == "un, <s>"
    for text in (card, "already quantized: gptq", "nf4"):
        assert method_in_words(text) == text
    assert shown_name(stored) == stored and bos_in_words("one, <s>") == "one, <s>"


def test_tables_are_written_in_the_language_and_stay_numbers():
    import pandas as pd

    from fairviz import i18n as language
    from fairviz.ui.markup import numerals

    table = pd.DataFrame({"name": ["a", "b"], "kl": [0.01234, float("nan")]})
    with language.speaking("fr"):
        shown = numerals(table, {"kl": ".2g", "absent": ".2g"})
        assert "0,012" in shown.to_string() and "–" in shown.to_string()
    assert shown.data["kl"].tolist()[0] == 0.01234
    assert "0.012" in numerals(table, {"kl": ".2g"}).to_string()


def test_what_is_measured_can_be_kept_opened_and_put_into_a_report(app):
    measured("magnitude:0.5")
    page = opened(app)
    page.button(key="keep_tradeoff").click().run()
    assert not page.exception
    key = page.query_params["tradeoff"]
    assert "A kept run of demo" in told(page)
    page.button(key="add_part").click().run()
    assert not page.exception and not page.error
    measured("wanda:0.5")
    kept = opened(app, tradeoff=key)
    assert "A kept run of demo" in told(kept)
    rows = next(one.value for one in kept.dataframe if "Times the baseline's" in one.value)
    assert rows["Compressed form"].tolist() == ["demo+magnitude:0.5"]
    kept.query_params.pop("tradeoff")
    assert "A kept run of demo" not in told(kept.run())
