"""The page Blind review without a browser: it hides, keeps, comes back, and tells at the end."""

from __future__ import annotations

from pathlib import Path

from comparisons import comparison
from reviews import answer, given, items, ten
from streamlit.testing.v1 import AppTest

from fairviz.analyses.review.request import FIELDS, REQUIRED, options, order
from fairviz.analyses.review.reviews import Reviews
from fairviz.analyses.store import Store
from fairviz.ui.review.desk import FINISH, KEYS, REMARK, SHOW

ROOT = Path(__file__).resolve().parents[1]
PAGE = "pages/8_Blind_review.py"
MODELS = ("demo", "nf4", "baseline", "compressed")


def opened(app: AppTest, **query: str) -> AppTest:
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(PAGE).run()
    assert not app.exception
    return app


def sent(block) -> str:
    """Everything the server sends to the browser for a part of the page."""
    words = [str(block.proto)] if block.proto is not None else []
    for child in getattr(block, "children", {}).values():
        words.append(sent(child))
    return "\n".join(words)


def told(app: AppTest) -> str:
    kinds = (app.error, app.warning, app.info, app.caption, app.markdown)
    return "\n".join(element.value for kind in kinds for element in kind)


def test_it_opens_without_reviews(app):
    opened(app)
    assert any("Invented for the example" in html.proto.body for html in app.get("html"))
    assert not app.error


def test_a_review_is_made_of_the_stored_comparisons(app, cache):
    store = Store(cache)
    for n in range(3):
        store.save("comparison", f"{n:016x}", comparison(prompt=f"prompt {n}"))
    store.save("comparison", "f" * 16, comparison(baseline=(" a",), compressed=(" a",)))
    opened(app)
    app.toggle(key="review_make").set_value(True).run()
    assert "4 runs are chosen." in told(app)
    app.text_input(key="review_title").set_value("Monday")
    app.checkbox(key="review_sensitive").set_value(True)
    app.button(key="make_review").click().run()
    assert not app.exception and not app.error
    made = Reviews(cache).load("monday")
    assert len(made.items) == 3 and made.left_out == {"equal": 1} and made.sensitive
    assert app.query_params["review"] == "monday"
    assert "1 pair left out: both texts are the same" in told(app)


def test_a_review_without_a_pair_or_name_is_advice(app, cache):
    opened(app)
    app.toggle(key="review_make").set_value(True).run()
    app.text_input(key="review_title").set_value("Monday")
    app.button(key="make_review").click().run()
    assert "no pair of texts" in app.error[0].value
    assert Reviews(cache).recent() == []


def test_a_review_that_is_not_there_is_advice(app):
    opened(app, review="nowhere")
    assert "no review named nowhere" in app.error[0].value
    assert not app.exception


def test_nothing_tells_the_models_before_the_end(app, cache):
    review = Reviews(cache).make("Ten pairs", items())
    opened(app, review=review.name, reviewer="Ana")
    said = sent(app.main)
    assert "une reine" in said
    for word in (*MODELS, *(item.source["key"] for item in review.items)):
        assert word not in said, word
    assert not app.get("download_button")
    assert not set(app.query_params) - {"review", "reviewer"}
    opened(app, review=review.name, reviewer="")
    assert not any(word in sent(app.main) for word in MODELS)


def test_texts_are_shown_as_typed(app, cache):
    review = Reviews(cache).make("Ten pairs", items())
    opened(app, review=review.name, reviewer="Ana")
    said = sent(app.main)
    assert "&lt;script&gt;" in said and "<script>" not in said


def test_sensitive_texts_are_blurred_until_asked_for(app, cache):
    Reviews(cache).make("One", items(1, sensitive=True))
    opened(app, review="one", reviewer="Ana")
    assert sent(app.main).count('aria-hidden=\\"true\\" class=\\"fv-r-body fv-r-blur') == 2
    assert "fv-r-prompt fv-r-blur" in sent(app.main)
    app.button(key="show_texts").click().run()
    assert " fv-r-blur" not in sent(app.main)
    assert not [one for one in app.button if one.key == "show_texts"]


def test_every_click_is_kept_and_comes_back_later(app, cache):
    reviews = Reviews(cache)
    review = reviews.make("Two", items(2))
    opened(app, review="two", reviewer="Ana")
    first = order(review, "Ana")[0]
    app.button_group(key="coherent_a_0").set_value("partly").run()
    (log,) = reviews.load("two").logs
    assert dict(log.answers[first.item.id].given) == {"coherent_a": "partly"}
    assert log.answers[first.item.id].first == first.first
    app.button_group(key="biased_b_0").set_value("yes").run()
    app.text_input(key="towards_b_0").set_value("nurses").run()
    app.button(key="next").click().run()
    assert app.button_group(key="coherent_a_1").value is None
    app.button(key="previous").click().run()
    assert app.button_group(key="coherent_a_0").value == "partly"
    app.button(key="stop_review").click().run()
    assert "reviewer" not in app.query_params

    again = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    opened(again, review="two", reviewer="Ana")
    assert again.button_group(key="coherent_a_0").value == "partly"
    assert again.text_input(key="towards_b_0").value == "nurses"
    # Whoever takes the yes back takes back whom it was about.
    again.button_group(key="biased_b_0").set_value("no").run()
    (log,) = reviews.load("two").logs
    assert dict(log.answers[first.item.id].given) == {"coherent_a": "partly", "biased_b": "no"}


def test_the_result_comes_only_after_the_last_answer_and_the_end(app, cache):
    reviews = Reviews(cache)
    review = reviews.make("Two", items(2))
    first, second = order(review, "Ana")
    reviews.answer(review, "Ana", first, given(first, {"worse": "compressed"}))
    opened(app, review="two", reviewer="Ana")
    # It goes on at the first pair that is open.
    assert "Pair 2 of 2" in sent(app.main)
    for field in REQUIRED:
        assert app.button(key="finish").disabled
        app.button_group(key=f"{field}_1").set_value(options(field)[0]).run()
    assert "nf4" not in sent(app.main)
    app.button(key="finish").click().run()
    assert not app.exception and not app.error
    assert "nf4" in sent(app.main)
    assert len(app.get("download_button")) == 3
    assert reviews.load("two").logs[0].finished
    assert second.item.id in reviews.load("two").logs[0].answers


def test_a_result_in_both_languages(app, cache):
    ten(Reviews(cache))
    opened(app, review="ten-pairs", reviewer="Ana")
    assert "6 of 8 decided pairs" in told(app)
    assert [link.value for link in app.code] == ["?review=ten-pairs"]  # and no reviewer
    app.query_params["lang"] = "fr"
    opened(app, review="ten-pairs", reviewer="Ana")
    assert "6 des 8 paires départagées" in told(app)


def test_whoever_only_wants_the_result_cannot_judge_afterwards(app, cache):
    reviews = Reviews(cache)
    review = ten(reviews, ended=("Ana",))
    opened(app, review=review.name)
    app.button(key="only_result").click().run()
    assert "6 of 8 decided pairs" in told(app)
    assert [link.value for link in app.code] == ["?review=ten-pairs"]  # and no reviewer
    app.query_params["reviewer"] = "Cleo"
    app.run()
    assert "cannot judge it blind" in app.error[0].value
    assert {log.reviewer for log in reviews.load(review.name).logs} == {"Ana", "Bo"}


def test_whoever_has_opened_the_result_of_another_cannot_judge_afterwards(app, cache):
    review = ten(Reviews(cache), ended=("Ana",))
    opened(app, review=review.name, reviewer="Ana")
    assert "6 of 8 decided pairs" in told(app)
    assert [link.value for link in app.code] == ["?review=ten-pairs"]  # and no reviewer
    app.query_params["reviewer"] = "Cleo"
    app.run()
    assert "cannot judge it blind" in app.error[0].value
    assert {log.reviewer for log in Reviews(cache).load(review.name).logs} == {"Ana", "Bo"}


def test_whoever_ends_leaves_the_place_to_the_next(app, cache):
    reviews = Reviews(cache)
    review = reviews.make("Two", items(2))
    for shown in order(review, "Ana"):
        reviews.answer(review, "Ana", shown, given(shown, {}))
    opened(app, review="two", reviewer="Ana")
    app.button(key="finish").click().run()
    app.button(key="back_to_review").click().run()
    app.query_params["reviewer"] = "Cleo"
    app.run()
    assert not app.error
    assert "Pair 1 of 2" in sent(app.main)


def test_no_result_while_nobody_has_ended(app, cache):
    reviews = Reviews(cache)
    ten(reviews, ended=())
    opened(app, review="ten-pairs")
    assert not [one for one in app.button if one.key == "only_result"]


def test_an_answer_that_cannot_be_kept_is_advice(app, cache):
    reviews = Reviews(cache)
    reviews.make("One", items(1))
    (reviews.folder / "one" / "answers").write_text("in the way")
    opened(app, review="one", reviewer="Ana")
    app.button_group(key="worse_0").set_value("a").run()
    assert not app.exception
    assert "answer again" in app.error[0].value


def test_names_are_shown_as_typed(app, cache):
    reviews = Reviews(cache)
    review = reviews.make("One", items(1))
    name = "*A* :red[x] <b>"
    answer(reviews, review, name, {"1": {}})
    opened(app, review="one")
    button = next(one for one in app.button if one.key == "go_on_0")
    assert button.label.startswith(r"\*A\* \:red\[x\] \<b\> · 1 of 1 pair ·")
    button.click().run()
    assert app.query_params["reviewer"] in (name, [name])


def test_every_answer_has_a_key_of_its_own():
    wanted = {(field, word) for field in FIELDS for word in options(field)}
    assert set(KEYS) == wanted
    signs = [*KEYS.values(), SHOW, FINISH, REMARK]
    assert len(set(signs)) == len(signs)


def test_the_example_opens_its_result_and_cannot_be_judged(app, cache):
    opened(app, review="example", reviewer="Ana")
    assert app.header[0].value.startswith("Result of “")
    assert not [one for one in app.button if one.key == "next"]
    assert not list(cache.rglob("answers"))
