"""Rate-ten-films, driven in process: a list at every state, sane at extremes, readable without a kernel."""

from __future__ import annotations

import base64
import dataclasses
import io
import re

import numpy as np
import pandas as pd
import pytest

from course_utils.datasets import sample
from course_utils.estimator import FactorizationMachine
from course_utils.recommend import fold_in, top_n_for_new_user
from course_utils.widgets import RateTenFilms, rate_ten_films
from course_utils.widgets.rate_ten_films import Counter, short

DATA = sample.load()


@pytest.fixture(scope="module")
def machine() -> FactorizationMachine:
    machine = FactorizationMachine("als", num_factors=4, epochs=8, sides=("genre",), random_state=1)
    return machine.fit(DATA.ratings, items=DATA.items)


@pytest.fixture(scope="module")
def counter(machine) -> Counter:
    return Counter(machine.params_, machine.feature_map_, DATA)


@pytest.fixture
def lab(machine) -> RateTenFilms:
    return RateTenFilms(machine.params_, machine.feature_map_, DATA)


def is_sane(lab: RateTenFilms) -> bool:
    text = " ".join([lab.whose.value, lab.answer.value, lab.table.value])
    films = lab.recommended
    return (
        not re.search(r"\bnan\b|\binf\b|None|Traceback", text)
        and films["rank"].tolist() == list(range(1, 11))
        and films["score"].is_monotonic_decreasing
        and not films["item"].isin(lab.ratings["item"]).any()
    )


# ------------------------------------------------------------------------------------------------ computing


def test_the_list_is_the_package_s_own(machine, counter) -> None:
    params, feature_map = machine.params_, machine.feature_map_
    given = dict(zip(counter.menu[:10], [5, 1, 4, 2, 5, 3, 1, 5, 2, 4], strict=True))
    table = pd.DataFrame({"item": list(given), "rating": list(given.values())})
    unpopular = set(feature_map.ids("item")) - set(counter.pool)
    expected = top_n_for_new_user(
        params, feature_map, fold_in(params, feature_map, table), DATA, seen=[*given, *unpopular]
    )
    found = counter.answer(given).films
    assert found["item"].tolist() == expected["item"].tolist()
    np.testing.assert_allclose(found["score"], expected["score"], atol=1e-4)


def test_the_menu_holds_what_most_people_rated(counter) -> None:
    counts = DATA.ratings["item"].value_counts()
    assert len(set(counter.menu)) == rate_ten_films.MENU
    assert counts[counter.menu].is_monotonic_decreasing
    assert counts[counter.menu].min() >= counts.drop(counter.menu).max()
    assert (counts[counter.pool] >= rate_ten_films.LEAST).all()


def test_the_example_has_ten_ratings_and_loves_one_genre(counter) -> None:
    given = rate_ten_films.example(counter)
    assert len(given) == 10
    assert set(given.values()) == {2, 5}
    for item, stars in given.items():
        assert ("Sci-Fi" in DATA.items.at[item, "genres"]) == (stars == 5)
    assert len(rate_ten_films.example(counter, genre="no such genre")) == 10


def test_reasons_name_the_strongest_push_first_and_a_counterweight_last(counter) -> None:
    answer = counter.answer(rate_ten_films.example(counter))
    for reasons in answer.reasons:
        assert 1 <= len(reasons) <= 3
        up = [reason.stars for reason in reasons if reason.stars > 0]
        assert up == sorted(up, reverse=True)
        assert [reason.stars > 0 for reason in reasons] == sorted(
            (reason.stars > 0 for reason in reasons), reverse=True
        )


@pytest.mark.parametrize("seed", range(10))
def test_opposite_ratings_make_another_list(counter, seed) -> None:
    rng = np.random.default_rng(seed)
    items = [counter.menu[place] for place in rng.choice(rate_ten_films.MENU, 10, replace=False)]
    stars = rng.integers(1, 6, 10)
    there = counter.answer(dict(zip(items, stars, strict=True)))
    back = counter.answer(dict(zip(items, 6 - stars, strict=True)))
    assert set(there.films["item"]) != set(back.films["item"])


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Alien (1979)", "Alien (1979)"),
        (
            "Raiders of the Lost Ark (Indiana Jones and the Raiders of the Lost Ark) (1981)",
            "Raiders of the Lost Ark (1981)",
        ),
        ("No year at all", "No year at all"),
    ],
)
def test_titles_are_cut_where_it_hurts_least(title, expected) -> None:
    assert short(title) == expected


def test_an_endless_title_keeps_its_year_and_its_place() -> None:
    cut = short("A" * 80 + " (2001)")
    assert cut.endswith("… (2001)")
    assert len(cut) == len(short("A" * 80)) == 46


# ------------------------------------------------------------------------------------------------ reacting


def test_it_opens_with_an_example_and_says_so(lab) -> None:
    assert "An example, not you" in lab.whose.value
    assert len(lab.ratings) == 10
    assert "10 ratings" in lab.answer.value
    assert lab.table.value.count('scope="row"') == 10
    assert is_sane(lab)


def test_one_rating_of_ones_own_changes_whose_list_it_is(lab) -> None:
    before = lab.table.value
    picker = next(iter(lab.stars.values()))
    picker.value = 5 if picker.value != 5 else 1
    assert "Your ratings" in lab.whose.value
    assert lab.table.value != before


def test_clearing_gives_everybodys_list_and_the_example_comes_back(lab) -> None:
    first = lab.describe(), lab.answer.value
    lab.clear.click()
    assert len(lab.ratings) == 0
    assert "No rating yet" in lab.answer.value
    assert "Your ratings" in lab.whose.value
    assert is_sane(lab)
    assert "▲ new" in lab.table.value
    lab.restore.click()
    assert (lab.describe(), lab.answer.value) == first
    assert "An example" in lab.whose.value


def test_ratings_on_another_page_stay(lab) -> None:
    lab.clear.click()
    shown = []
    for page in lab.page.options:
        lab.page.value = page
        pickers = lab._menu.children
        shown += pickers
        pickers[0].value = 4
    assert shown == list(lab.stars.values())
    assert lab.ratings["rating"].tolist() == [4.0] * 3
    assert lab.ratings["title"].tolist() == DATA.titles(lab.ratings["item"])


@pytest.mark.parametrize("stars", [1, 5])
@pytest.mark.parametrize("count", [1, 3, 10, 60])
def test_extremes(lab, stars, count) -> None:
    lab.clear.click()
    for picker in list(lab.stars.values())[:count]:
        picker.value = stars
    assert len(lab.ratings) == count
    assert is_sane(lab)
    side = "above" if stars == 5 else "below"
    assert f"{side} most people" in lab.answer.value or "that of most people" in lab.answer.value


def test_the_saved_file_is_the_list(lab) -> None:
    content = re.search(r"base64,([^\"]+)", lab.save.value)[1]
    table = pd.read_csv(io.BytesIO(base64.b64decode(content)))
    assert table["title"].tolist() == lab.recommended["title"].tolist()
    assert 'download="my_list.csv"' in lab.save.value


def test_what_is_handed_out_is_a_copy(lab) -> None:
    films = lab.recommended
    films.loc[0, "title"] = "spoiled"
    assert lab.recommended.loc[0, "title"] != "spoiled"


# ---------------------------------------------------------------------------------------------- for everybody


def test_controls_are_named_by_their_films(lab) -> None:
    for item, picker in lab.stars.items():
        assert picker.description == short(DATA.items.at[item, "title"])
        assert picker.tooltip == DATA.items.at[item, "title"]


def test_titles_cannot_inject_html(machine) -> None:
    items = DATA.items.assign(title="<b>bold & brave</b> (1999)")
    lab = RateTenFilms(machine.params_, machine.feature_map_, dataclasses.replace(DATA, items=items))
    assert "<b>bold" not in lab.table.value + lab.twin["text/html"]
    assert "&lt;b&gt;bold &amp; brave" in lab.table.value


def test_it_reads_without_a_kernel(lab) -> None:
    bundle = lab._repr_mimebundle_()
    assert "An example, not you" in bundle["text/html"]
    for title in lab.recommended["title"]:
        assert short(title) in bundle["text/plain"]
    assert lab.answer.value in bundle["text/html"]
    assert bundle["text/plain"] == lab.describe()


def test_the_results_announce_themselves(lab) -> None:
    assert 'role="status"' in lab.answer.value
