"""The one-hot inspector, computed and driven in process: rows as the package makes them."""

from __future__ import annotations

import io
import itertools
import re

import numpy as np
import pandas as pd
import pytest

from course_utils import recordio
from course_utils.datasets import sample
from course_utils.encode import FeatureMap
from course_utils.evaluate import split_by_time
from course_utils.learn import reveal
from course_utils.widgets import OneHotInspector, one_hot_inspector
from course_utils.widgets.one_hot_inspector import BLOCKS, NO_FILM, POLICIES, Choice, Inspector, Row

STRANGER = 999_999


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    data = sample.load()
    return split_by_time(data.ratings, test_share=0.1)[0], data.items


@pytest.fixture(scope="module")
def inspector(tables) -> Inspector:
    return Inspector(*tables)


@pytest.fixture
def panel(tables) -> OneHotInspector:
    return OneHotInspector(*tables, question=None)


def new_film(inspector: Inspector) -> int:
    """A film of the catalogue that no learning row is about."""
    return next(film for film in inspector.films if "not in the map" in inspector.title(film))


# ------------------------------------------------------------------------------------------------ computed


@pytest.mark.parametrize(("genres", "policy"), list(itertools.product([False, True], POLICIES)))
def test_a_row_is_what_the_map_makes_of_the_pair(tables, inspector, genres, policy) -> None:
    past, items = tables
    own = FeatureMap.fit(past, tuple(BLOCKS)[: 2 + genres], items=items, unknown=policy)
    for user, film in [(inspector.users[0], inspector.films[0]), (inspector.users[-1], inspector.films[5])]:
        seen = inspector.look(Choice(user, film, genres, policy))
        right = own.transform(pd.DataFrame({"user": [user], "item": [film]}))
        assert [each.column for each in seen.hot] == right.indices.tolist()
        assert [each.name for each in seen.hot] == [own.column_names[j] for j in right.indices]
        assert [each.value for each in seen.hot] == right.data.tolist()
        assert all(each.column in seen.blocks[each.block] for each in seen.hot)
        assert seen.width == own.feature_dim
        assert (seen.rows[[2]] != right).nnz == 0
        assert (seen.rows[[0, 1]] != own.transform(past.head(2))).nnz == 0


def test_strangers_go_to_the_spare_column_or_leave_a_blank_or_are_refused(inspector) -> None:
    film = inspector.films[0]
    spare = inspector.look(Choice(STRANGER, film, unknown="column"))
    assert spare.hot[0].name == "user=?"
    assert spare.hot[0].column == spare.blocks["user"].stop - 1
    blank = inspector.look(Choice(STRANGER, film, unknown="zero"))
    assert [each.block for each in blank.hot] == ["item"]
    assert "Blank: user" in one_hot_inspector.details(blank)
    refused = inspector.look(Choice(STRANGER, film, unknown="error"))
    assert isinstance(refused, str)
    assert str(STRANGER) in refused


def test_all_strangers_have_the_same_row(inspector) -> None:
    one, other = (inspector.look(Choice(user, inspector.films[0])) for user in (STRANGER - 1, STRANGER))
    assert one.hot == other.hot


def test_a_new_film_has_genres_and_a_film_of_no_table_has_none(inspector) -> None:
    user = inspector.users[0]
    new = inspector.look(Choice(user, new_film(inspector), genres=True))
    assert new.hot[1].name == "item=?"
    assert len([each for each in new.hot if each.block == "genre" and each.name != "genre=?"]) > 0
    none = inspector.look(Choice(user, NO_FILM, genres=True))
    assert [each.name for each in none.hot][1:] == ["item=?", "genre=?"]
    nothing = inspector.look(Choice(STRANGER, NO_FILM, unknown="zero"))
    assert nothing.hot == ()
    assert one_hot_inspector.details(nothing).startswith("Nothing is known")


@pytest.mark.parametrize(("genres", "policy"), list(itertools.product([False, True], POLICIES)))
def test_weights_are_those_of_the_arrays_and_of_the_file(tables, inspector, genres, policy) -> None:
    past, items = tables
    own = FeatureMap.fit(past, tuple(BLOCKS)[: 2 + genres], items=items, unknown=policy)
    X, stream = own.transform(past), io.BytesIO()
    recordio.write(stream, X, past["rating"].to_numpy(np.float32))
    seen = inspector.look(Choice(inspector.users[0], inspector.films[0], genres, policy))
    assert seen.weights["Dense float32"] == (4 * own.feature_dim, 4 * own.feature_dim * len(past))
    arrays = X.data.nbytes + X.indices.nbytes + X.indptr.nbytes
    assert seen.weights["CSR arrays"] == (8 * len(seen.hot) + 4, arrays)
    assert seen.weights["RecordIO, with stars"][1] == len(stream.getvalue())


def test_the_record_fields_are_those_of_the_record(inspector) -> None:
    seen = inspector.look(Choice(inspector.users[3], inspector.films[2], genres=True))
    fields = one_hot_inspector.record_fields(seen)
    assert fields["keys"] == str(seen.rows[[2]].indices.tolist())
    assert fields["shape"] == f"[{seen.width}]"
    assert fields["values"].count("1") == len(seen.hot)


def test_films_to_choose_from_hold_known_new_and_none(inspector, tables) -> None:
    past, items = tables
    counts = past["item"].value_counts()
    assert inspector.films[0] == counts.index[0]
    assert inspector.films[-1] == NO_FILM not in items.index
    assert not set(inspector.films[20:]) & set(counts.index)
    assert len(inspector.films) > 21
    assert len(set(map(inspector.title, inspector.films))) == len(inspector.films)


# ------------------------------------------------------------------------------------------------ driven


def shown(panel: OneHotInspector) -> str:
    whole = "".join(each.value for each in (panel.answer, panel.strip, panel.csr, panel.record, panel.bytes))
    return re.sub(r"base64,[^\"]+|<style>.*?</style>", "", whole, flags=re.DOTALL)


def test_results_wait_for_a_locked_prediction(tables) -> None:
    panel = OneHotInspector(*tables)
    panel.genres.value = True
    assert shown(panel) == ""
    panel.gate.choice.value = panel.gate.choice.options[1]
    panel.gate.lock.click()
    assert panel.opened
    assert "columns are hot" in panel.answer.value
    assert "✔ You predicted: In nothing" in panel._said.value


def test_a_revealed_answer_opens_it_as_run_all_does(tables) -> None:
    panel = OneHotInspector(*tables)
    reveal("P5.4", True)
    assert panel.opened


def test_every_extreme_is_sane(panel) -> None:
    users = (0, 2**31 - 1, panel._inspector.users[0], panel._inspector.users[-1])
    films = (panel._inspector.films[0], new_film(panel._inspector), NO_FILM)
    for user, film, genres, policy in itertools.product(users, films, (False, True), POLICIES):
        panel.user.value, panel.film.value = user, film
        panel.genres.value, panel.unknown.value = genres, policy
        assert panel.choice == Choice(user, film, genres, policy)
        text = shown(panel)
        assert not re.search(r"\bnan\b|\binf\b|None|Traceback", text)
        seen = panel._inspector.look(panel.choice)
        if isinstance(seen, Row):
            assert text.count("<table") == 3
            assert re.search(r'alt="[^"]{60,}"', text)
            assert text.count("▶") == 2 + 2 * len(seen.hot) + 1  # indptr, indices, data, and the caption
        else:
            assert text.count("<table") == 0
            assert "The map refuses" in text


def test_the_marks_point_at_the_last_row(panel) -> None:
    panel.user.value, panel.film.value = STRANGER, panel._inspector.films[0]
    assert "▶ user=?" in panel.csr.value
    assert re.search(r"<code>4</code><small>▶ row 2", panel.csr.value)
    assert re.search(r"<code>6</code><small>▶ the end", panel.csr.value)


def test_kinds_differ_in_frame_and_are_named(panel) -> None:
    panel.genres.value = True
    for kind in ("before", *BLOCKS):
        assert f"<b>{kind}</b>" in panel.csr.value
        assert f".fmc-chip-{kind} {{" in panel.csr.value
    assert 'role="status"' in panel.answer.value


def test_the_twin_shows_three_rows_behind_a_fold(tables) -> None:
    panel = OneHotInspector(*tables)
    html = panel._repr_mimebundle_()["text/html"]
    assert html.count("<caption>CSR") == 3
    assert "<details>" in html
    assert "user=?" in html
    assert "shape" in panel._repr_mimebundle_()["text/plain"]
    assert panel.describe().startswith("2 of")


def test_everybody_can_use_it(panel, owe_everybody) -> None:
    owe_everybody(panel, controls=4)
