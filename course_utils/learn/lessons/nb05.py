"""Lesson 05, Make MovieLens sparse: what it asks, and what it says to every answer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, hstack, issparse

from course_utils.encode import FeatureMap
from course_utils.evaluate import split_by_hash, split_by_time
from course_utils.learn.expect import expect, expect_same, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Prediction, Question

# ------------------------------------------------------------------------------------ E5.0 the licence

_ALLOWED = {"A": True, "B": False, "C": False, "D": True, "E": False}


def _licence(answer) -> None:
    expect(isinstance(answer, dict), "Give a dict with the keys A, B, C, D and E.")
    for plan, right in _ALLOWED.items():
        expect(plan in answer, f"{plan} is missing.")
        expect(isinstance(answer[plan], bool | np.bool_), f"{plan} is {answer[plan]!r}; give True or False.")
        expect(
            answer[plan] == right,
            f"{plan} is not {answer[plan]}. Read the four terms once more, with this plan in mind.",
        )


def _first_wrong(plan: str) -> Callable:
    """Matches answers whose first wrong plan is this one."""

    def matches(answer) -> bool:
        earlier = [p for p in _ALLOWED if p < plan]
        return answer[plan] == (not _ALLOWED[plan]) and all(answer[p] == _ALLOWED[p] for p in earlier)

    return matches


def _but(plan: str) -> dict[str, bool]:
    return _ALLOWED | {plan: not _ALLOWED[plan]}


# ------------------------------------------------------------------------------------ E5.1 ids to columns

_IDS = ([50, 7, 50, 12], 3), ([3, 1], 610), ([9], 0)


def _ids(ids: list[int]) -> pd.Series:
    return pd.Series(ids, name="item")


def _right_map(ids, start):
    return {id: start + place for place, id in enumerate([*sorted(set(ids)), None])}


def _column_map(answer) -> None:
    for ids, start in _IDS:
        expect_same(
            answer(_ids(ids), start),
            _right_map(ids, start),
            f"`column_map` of the ids {ids} with start={start}",
        )


def _maps_like(wrong: Callable) -> Callable:
    return lambda answer: all(same(answer(_ids(ids), start), wrong(ids, start)) for ids, start in _IDS)


def _id_is_column(ids, start):
    return {id: start + id for id in ids}


def _id_is_column_and_unknown(ids, start):
    return {id: start + id for id in ids} | {None: start + max(ids) + 1}


def _no_slot(ids, start):
    return {id: start + place for place, id in enumerate(sorted(set(ids)))}


def _slot_first(ids, start):
    return {id: start + place for place, id in enumerate([None, *sorted(set(ids))])}


def _order_of_file(ids, start):
    return {id: start + place for place, id in enumerate([*dict.fromkeys(ids), None])}


def _from_zero(ids, start):
    return _right_map(ids, 0)


def _counts_twice(ids, start):
    return {id: start + place for place, id in enumerate([*sorted(ids), None])}


def _wrong_way_round(ids, start):
    return {column: id for id, column in _right_map(ids, start).items()}


def _slot_is_last_id(ids, start):
    known = _no_slot(ids, start)
    return known | {None: max(known.values())}


# ------------------------------------------------------------------------------------ E5.3 CSR

_PAIRS = np.array([0, 1, 0]), np.array([3, 2, 4]), 5


def _right_csr(user_columns, film_columns, d):
    n = len(user_columns)
    indices = np.column_stack([user_columns, film_columns]).ravel()
    ones = np.ones(2 * n, dtype=np.float32)
    return csr_array((ones, indices, np.arange(0, 2 * n + 1, 2)), shape=(n, d))


def _to_csr(answer) -> None:
    X = answer(*_PAIRS)
    expect(issparse(X), f"Give back a scipy sparse matrix; this is {type(X).__name__}.")
    expect(X.dtype == np.float32, f"The values are {X.dtype}; SageMaker takes float32 only.")
    expect_same(
        csr_array(X).toarray(),
        _right_csr(*_PAIRS).toarray(),
        "`to_csr([0, 1, 0], [3, 2, 4], 5)`, row by row,",
    )
    expect(
        X.format == "csr",
        f"The right matrix, as {X.format!r}. Rows are written one by one, so give back CSR: `.tocsr()`.",
    )
    expect(
        X.nnz == 6, f"{X.nnz} numbers are stored; two ones in three rows are 6. Zeros should not be stored."
    )


def _as_float64(user_columns, film_columns, d):
    return _right_csr(user_columns, film_columns, d).astype(np.float64)


def _as_integers(user_columns, film_columns, d):
    return _right_csr(user_columns, film_columns, d).astype(int)


def _users_then_films(user_columns, film_columns, d):
    n = len(user_columns)
    indices = np.concatenate([user_columns, film_columns])
    return csr_array((np.ones(2 * n, np.float32), indices, np.arange(0, 2 * n + 1, 2)), shape=(n, d))


def _dense(user_columns, film_columns, d):
    return _right_csr(user_columns, film_columns, d).toarray()


def _is_users_then_films(answer) -> bool:
    return same(answer(*_PAIRS).toarray(), _users_then_films(*_PAIRS).toarray())


# ------------------------------------------------------------------------------------ E5.2 a split in time


def _table(seconds: list[int]) -> pd.DataFrame:
    """Ratings in the order of the users, as MovieLens has them; two films of the same seconds."""
    n = len(seconds)
    return pd.DataFrame(
        {
            "user": np.sort(np.arange(n) % 4 + 1),
            "item": np.arange(n) % 7 + 10,
            "rating": 0.5 + np.arange(n) % 10 / 2,
            "timestamp": seconds,
        }
    )


#: Twenty ratings, no two at once; and twenty where five fall into the very second of the cut.
_MIXED = _table([70, 13, 95, 8, 44, 61, 29, 90, 2, 55, 37, 99, 21, 83, 48, 5, 66, 32, 77, 18])
_TIED = _table([70, 13, 80, 8, 44, 61, 29, 80, 2, 55, 37, 80, 21, 80, 48, 5, 66, 32, 80, 90])
_SHARES = (0.1, 0.25, 0.5)


def _pair(said: object, call: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    expect(
        isinstance(said, tuple | list) and len(said) == 2 and all(isinstance(t, pd.DataFrame) for t in said),
        f"`{call}` should be two tables: the past and the future.",
    )
    return said[0], said[1]


def _past_and_future(answer) -> None:
    for share in _SHARES:
        call = f"past_and_future(table, {share})"
        past, future = _pair(answer(_MIXED.copy(), share), call)
        expect(len(past) and len(future), f"`{call}` leaves one of the two empty.")
        expect(
            past["timestamp"].max() < future["timestamp"].min(),
            f"`{call}`: the past has a rating of second {past['timestamp'].max()}, and the future begins at "
            f"{future['timestamp'].min()}.",
        )
        expect(
            len(past) + len(future) == len(_MIXED),
            f"`{call}`: of 20 rows, {len(past) + len(future)} are left. Each row goes to one side.",
        )
        wanted = round(share * len(_MIXED))
        expect(
            len(future) == wanted,
            f"`{call}`: of 20 rows, {len(future)} are in the future; {wanted} belong there.",
        )
    past, future = _pair(answer(_TIED.copy(), 0.25), "past_and_future(table, 0.25)")
    expect(
        past["timestamp"].max() < future["timestamp"].min(),
        "Five ratings of the same second stand on both sides of your cut. Which came first, nobody knows: keep a "
        "second together, and compare with one moment.",
    )
    expect(
        len(future) <= 5,
        f"Where five ratings fall into the second of the cut, your future has {len(future)} of 20 rows; at most that "
        "share belongs there, which is 5. Put that second into the past: `<=`.",
    )


def _split_at_random(table, share):
    future = table.sample(frac=share, random_state=7)
    return table.drop(future.index), future


def _split_by_file(table, share):
    cut = len(table) - round(share * len(table))
    return table.iloc[:cut], table.iloc[cut:]


def _split_by_rank(table, share):
    ordered = table.sort_values("timestamp", kind="stable")
    return _split_by_file(ordered, share)


def _split_per_user(table, share):
    future = table.sort_values("timestamp").groupby("user").tail(max(1, round(share * len(table) / 4)))
    return table.drop(future.index), future


def _split_swapped(table, share):
    past, future = _split_right(table, share)
    return future, past


def _split_right(table, share):
    moment = table["timestamp"].quantile(1 - share)
    return table[table["timestamp"] <= moment], table[table["timestamp"] > moment]


def _split_wrong_end(table, share):
    moment = table["timestamp"].quantile(share)
    return table[table["timestamp"] <= moment], table[table["timestamp"] > moment]


def _splits_like(wrong: Callable, table: pd.DataFrame = _MIXED) -> Callable:
    """A matcher for splits that put the same rows on each side, in any order."""

    def rows(sides) -> list[list[int]]:
        return [sorted(side.index) for side in sides]

    return lambda answer: all(
        rows(answer(table.copy(), share)) == rows(wrong(table, share)) for share in _SHARES
    )


def _leaks_a_users_future(answer) -> bool:
    """Neither side is earlier than the other, nor does the file's order explain it: drawn, in some way."""
    return all(
        sorted([*past.index, *future.index]) == list(_MIXED.index)
        and past["timestamp"].max() > future["timestamp"].min()
        for past, future in (answer(_MIXED.copy(), share) for share in _SHARES)
    )


# ------------------------------------------------------------------------------------ E5.4 genres

_NAMES = ["Comedy", "Drama", "War"]
_GENRES = [("Drama", "War"), (), ("Comedy",), ("Comedy", "Drama", "War")]
_ROWS = csr_array(
    (np.ones(8, np.float32), np.array([0, 2, 1, 3, 0, 4, 1, 4]), np.arange(0, 9, 2)), shape=(4, 5)
)


def _place(name: str) -> int:
    return _NAMES.index(name)


def _genre_block(genres=_GENRES) -> np.ndarray:
    block = np.zeros((len(genres), len(_NAMES)), np.float32)
    for row, own in enumerate(genres):
        block[row, [_place(name) for name in own]] = 1
    return block


def _add_genres(answer) -> None:
    X = answer(_ROWS.copy(), list(_GENRES), list(_NAMES))
    expect(issparse(X), f"Give back a scipy sparse matrix; this is {type(X).__name__}.")
    expect(X.shape == (4, 8), f"4 rows with 5 columns and 3 genres make (4, 8); yours is {X.shape}.")
    expect_same(
        X.toarray()[:, :5], _ROWS.toarray(), "the old columns, which should be as they were and come first"
    )
    for row, own in enumerate(_GENRES):
        expect_same(
            X.toarray()[row, 5:], _genre_block()[row], f"the genre columns of a film of {own or 'no genre'}"
        )
    expect(X.dtype == np.float32, f"The values are {X.dtype}; say dtype=np.float32 when you make the ones.")
    expect(X.format == "csr", f"The right matrix, as {X.format!r}: say format='csr'.")


def _first_genre_only(X, genres, names):
    block = csr_array(_genre_block([own[:1] for own in genres]))
    return hstack([X, block], format="csr")


def _genre_numbers(X, genres, names):
    numbers = np.array([[names.index(own[0]) + 1 if own else 0] for own in genres], np.float32)
    return hstack([X, csr_array(numbers)], format="csr")


def _genres_first(X, genres, names):
    return hstack([csr_array(_genre_block(genres)), X], format="csr")


def _genres_as_shares(X, genres, names):
    block = _genre_block(genres)
    return hstack([X, csr_array(block / np.maximum(block.sum(1, keepdims=True), 1))], format="csr")


def _genres_float64(X, genres, names):
    return hstack([X, csr_array(_genre_block(genres).astype(np.float64))], format="csr")


def _genres_dense(X, genres, names):
    return np.hstack([X.toarray(), _genre_block(genres)])


def _adds_like(wrong: Callable) -> Callable:
    return lambda answer: same(
        answer(_ROWS.copy(), list(_GENRES), list(_NAMES)).toarray(),
        wrong(_ROWS, _GENRES, _NAMES).toarray(),
    )


# ------------------------------------------------------------------------------------ E5.5 bug hunt


def _days() -> pd.DataFrame:
    """Forty ratings in the order of the users; the last ten bring a new user and new films."""
    n = 40
    table = pd.DataFrame(
        {
            "user": np.arange(n) % 5 + 1,
            "item": np.arange(n) % 6 * 10 + 10,
            "rating": 0.5 + np.arange(n) % 10 / 2,
            "timestamp": 1_000 * np.arange(1, n + 1),
        }
    )
    table.loc[30:33, "user"] = 9
    table.loc[32:36, "item"] = [75, 85, 95, 75, 85]
    return table.sort_values(["user", "timestamp"], ignore_index=True)


def _prepare(
    split: Callable = split_by_time, own_map: bool = False, fit_all: bool = False, double: bool = False
) -> Callable:
    """The rows of the bug hunt, with some of its faults."""

    def prepare(table):
        learn, judge = split(table, test_share=0.25)
        learn_map = FeatureMap.fit(table if fit_all else learn)
        judge_map = FeatureMap.fit(judge) if own_map else learn_map
        kind = np.float64 if double else np.float32
        return learn_map.transform(learn).astype(kind), judge_map.transform(judge).astype(kind)

    return prepare


_colleague = _prepare(split_by_hash, own_map=True, fit_all=True, double=True)
_two_maps = _prepare(own_map=True)
_map_of_all = _prepare(fit_all=True)
_random_split = _prepare(split_by_hash)
_still_double = _prepare(double=True)


def _mended(answer) -> None:
    said = answer(_days())
    expect(
        isinstance(said, tuple | list) and len(said) == 2 and all(issparse(X) for X in said),
        "Give back two sparse matrices: rows to learn from and rows to be judged on.",
    )
    X_learn, X_judge = said
    expect(
        X_learn.shape[1] == X_judge.shape[1],
        f"{X_learn.shape[1]} columns to learn with and {X_judge.shape[1]} to be judged with: two maps. A column then "
        "means one film here and another there.",
    )
    expect(
        (X_learn.shape[0], X_judge.shape[0]) == (30, 10),
        f"Of 40 ratings, {X_learn.shape[0]} are to learn from and {X_judge.shape[0]} to be judged on; 30 and 10 were "
        "asked for, the ten latest being the exam.",
    )
    policies = [
        FeatureMap.fit(split_by_time(_days(), 0.25)[0], unknown=policy) for policy in ("zero", "column")
    ]
    widths = [each.feature_dim for each in policies]
    whole = FeatureMap.fit(_days()).feature_dim
    expect(
        X_learn.shape[1] in widths,
        f"The learning rows know {widths[0]} users and films in all; your map has {X_learn.shape[1]} columns"
        + (", those of tomorrow's films included." if X_learn.shape[1] >= whole else "."),
    )
    right = policies[widths.index(X_learn.shape[1])]
    past, future = split_by_time(_days(), 0.25)
    for X, table, what in ((X_learn, past, "learning"), (X_judge, future, "judging")):
        expect_same(
            X.toarray(),
            right.transform(table).toarray(),
            f"The {what} rows are not those that a split at a moment gives:",
        )
    expect(
        X_learn.dtype == X_judge.dtype == np.float32,
        f"The values are {X_learn.dtype} and {X_judge.dtype}; SageMaker takes float32 only.",
    )


def _prepares_like(wrong: Callable) -> Callable:
    def matches(answer) -> bool:
        return all(
            X.dtype == W.dtype and same(X, W) for X, W in zip(answer(_days()), wrong(_days()), strict=True)
        )

    return matches


def _judges_with_two_maps(answer) -> bool:
    X_learn, X_judge = answer(_days())
    return X_learn.shape[1] != X_judge.shape[1]


# ------------------------------------------------------------------------------------ predictions


def _times_as_many(ratio: float) -> str:
    if ratio > 100:
        return "Hundreds of times as many, or more"
    return "About twenty times as many" if ratio > 5 else "About twice as many"


def _better_exam(exams: dict[str, float]) -> str:
    if abs(exams["at random"] - exams["at a moment"]) < 0.005:
        return "Both the same: it is the same machine"
    return (
        "The one drawn at random" if exams["at random"] < exams["at a moment"] else "The one after a moment"
    )


LESSON = Lesson(
    number=5,
    objectives={
        "O5.1": "map ids to columns, with a place for ids that come later",
        "O5.2": "build one-hot rows as CSR float32, weigh them, and pack them as RecordIO",
        "O5.3": "split ratings in time, without leaking what came later",
        "O5.4": "add a block of genres, so that a new film is not without features",
        "O5.5": "say what the data's licence allows",
    },
    exercises=(
        Exercise(
            id="E5.0",
            objective="O5.5",
            verify=_licence,
            expects="a dict of five times True or False",
            passed="Learning: yes. Passing on under the same terms, in whatever form: yes. Earning, re-licensing, "
            "borrowing the name: no.",
            hints=(
                "Three of the five are not allowed.",
                "Another file format is still the same data: the terms travel with it. Who keeps them, may share.",
                "A and D keep all four terms. B earns money, C changes the terms, E claims a backing.",
            ),
            solution="""
allowed = {"A": True, "B": False, "C": False, "D": True, "E": False}
""",
            discussion="B becomes possible with permission: one letter to GroupLens. These are the terms of "
            "ml-latest-small; those of other archives differ.",
            mistakes=(
                Mistake(
                    matches=_first_wrong("A"),
                    feedback="A: this is what the data was made for. Research and learning are allowed, and the source is "
                    "cited.",
                    example=_but("A"),
                ),
                Mistake(
                    matches=_first_wrong("B"),
                    feedback="B: everybody can download the ratings, and still nobody may earn money with them unasked. A "
                    "model that learned from them is a use of them.",
                    example=_but("B"),
                ),
                Mistake(
                    matches=_first_wrong("C"),
                    feedback="C: the MIT licence allows nearly everything, selling included, and the data's own terms do "
                    "not. You can pass the file on under the same terms only.",
                    example=_but("C"),
                ),
                Mistake(
                    matches=_first_wrong("D"),
                    feedback="D: packing changes the form, and the terms allow to pass changed data on, as long as they "
                    "come with it. Here they do.",
                    example=_but("D"),
                ),
                Mistake(
                    matches=_first_wrong("E"),
                    feedback="E: that sounds as if GroupLens stood behind you. Name the source: 'trained on MovieLens', "
                    "with the paper that describes it.",
                    example=_but("E"),
                ),
            ),
        ),
        Exercise(
            id="E5.1",
            objective="O5.1",
            verify=_column_map,
            expects="a function of ids and start that gives a dict",
            passed="Each id has its column, the order of the file does not matter, and strangers have a place.",
            hints=(
                "Each id once: a set. In ascending order: sorted. None comes behind the last.",
                "enumerate counts the places 0, 1, 2, …; add start to each.",
                "{id: start + place for place, id in enumerate([*sorted(set(ids)), None])}",
            ),
            solution="""
def column_map(ids, start):
    \"""Column of each distinct id, ascending; under None, that of unknown ids.\"""
    known = sorted(set(ids))
    return {id: start + place for place, id in enumerate([*known, None])}
""",
            discussion="Users start at 0. With 3 users their map takes columns 0 to 3, spare one included, so films start "
            "at `len(user_map)`, 4: no column has two meanings.",
            mistakes=(
                Mistake(
                    matches=lambda answer: (
                        _maps_like(_id_is_column)(answer) or _maps_like(_id_is_column_and_unknown)(answer)
                    ),
                    feedback="You used the id itself as the column. Ids have gaps: the films of MovieLens have ids up to "
                    "193,609, and there are 9,724 of them.",
                    example=_id_is_column_and_unknown,
                    misconception="M17",
                ),
                Mistake(
                    matches=_maps_like(_no_slot),
                    feedback="The known ids are right. There is no place for an id that comes later: the key None has the "
                    "column behind the last.",
                    example=_no_slot,
                ),
                Mistake(
                    matches=_maps_like(_slot_is_last_id),
                    feedback="None shares its column with the largest id. Strangers would then count as that one: give "
                    "None the next column.",
                    example=_slot_is_last_id,
                ),
                Mistake(
                    matches=_maps_like(_slot_first),
                    feedback="The place for unknown ids stands first here. Put it behind the others; None cannot be "
                    "sorted among numbers anyway.",
                    example=_slot_first,
                ),
                Mistake(
                    matches=_maps_like(_order_of_file),
                    feedback="The columns follow the order of the file. Sort the ids: then two tables with the same ids "
                    "give the same map, and a column never changes its meaning because a file was sorted.",
                    example=_order_of_file,
                    misconception="M18",
                ),
                Mistake(
                    matches=_maps_like(_from_zero),
                    feedback="Begin at `start`: otherwise the first film shares its column with the first user.",
                    example=_from_zero,
                ),
                Mistake(
                    matches=_maps_like(_counts_twice),
                    feedback="An id that occurs twice takes two columns. Count each id once: a set, or unique().",
                    example=_counts_twice,
                ),
                Mistake(
                    matches=_maps_like(_wrong_way_round),
                    feedback="The dictionary is the wrong way round: it should say which column an id has.",
                    example=_wrong_way_round,
                ),
            ),
        ),
        Exercise(
            id="E5.2",
            objective="O5.3",
            verify=_past_and_future,
            expects="a function of a table and a share that gives two tables",
            passed="One moment for everybody: nothing of the exam was known while learning.",
            hints=(
                "Find one moment, and compare every timestamp with it.",
                'table["timestamp"].quantile(1 - share) is that moment.',
                "Past: timestamp <= moment. Future: timestamp > moment.",
            ),
            solution="""
def past_and_future(table, share):
    \"""Rows up to a moment, and rows after it; the latter are at most that share.\"""
    moment = table["timestamp"].quantile(1 - share)
    return table[table["timestamp"] <= moment], table[table["timestamp"] > moment]
""",
            discussion="Rows of one second stay together, so the future may be a little smaller than asked for. Some "
            "people rate ten films in a minute: seconds do repeat.",
            mistakes=(
                Mistake(
                    matches=_splits_like(_split_swapped),
                    feedback="The right cut, and the two tables are swapped: the past comes first.",
                    example=_split_swapped,
                ),
                Mistake(
                    matches=_splits_like(_split_by_file),
                    feedback="Those are the last rows of the file. It is sorted by user, so you keep the last users back, "
                    "not the latest ratings.",
                    example=_split_by_file,
                ),
                Mistake(
                    matches=_splits_like(_split_by_rank),
                    feedback="Nearly: you sort and count, and where many ratings fall into one second, your cut goes "
                    "through it. Compare all timestamps with one moment.",
                    example=_split_by_rank,
                ),
                Mistake(
                    matches=_splits_like(_split_wrong_end),
                    feedback="The cut is at the wrong end: nearly everything is future. The quantile is that of "
                    "`1 - share`.",
                    example=_split_wrong_end,
                ),
                Mistake(
                    matches=_splits_like(_split_per_user),
                    feedback="You keep back the last ratings of each user. Then user 1's future may lie before user 2's "
                    "past, and what the crowd said later is known. One moment for all.",
                    example=_split_per_user,
                    misconception="M20",
                ),
                Mistake(
                    matches=_leaks_a_users_future,
                    feedback="Some of your future is earlier than some of your past. Rows drawn at random are fair to the "
                    "rows, not to the question: tomorrow would be known. Cut at a moment.",
                    example=_split_at_random,
                    misconception="M20",
                ),
            ),
        ),
        Exercise(
            id="E5.3",
            objective="O5.2",
            verify=_to_csr,
            expects="a function of user_columns, film_columns and d",
            passed="Two ones a row, float32, and not one zero stored.",
            hints=(
                "indices: user, film, user, film, …; indptr: 0, 2, 4, …, 2n; ones: as many as indices.",
                "`pairs` has a row for each rating; `.ravel()` reads a matrix row by row.",
                "np.arange(0, 2 * n + 1, 2), and np.ones(2 * n, dtype=np.float32)",
            ),
            solution="""
def to_csr(user_columns, film_columns, d):
    \"""CSR float32 (n, d): row i has ones in user_columns[i] and film_columns[i].\"""
    n = len(user_columns)
    pairs = np.column_stack([user_columns, film_columns])
    indices = pairs.ravel()
    indptr = np.arange(0, 2 * n + 1, 2)
    ones = np.ones(2 * n, dtype=np.float32)
    return csr_array((ones, indices, indptr), shape=(n, d))
""",
            discussion="Filling a `lil_matrix` in a loop gives the same matrix, far more slowly: one Python step for each "
            "rating.",
            mistakes=(
                Mistake(
                    matches=lambda answer: answer(*_PAIRS).dtype == np.float64 and issparse(answer(*_PAIRS)),
                    feedback="The ones are float64, NumPy's default. More digits of 1.0 help nobody, and SageMaker "
                    "refuses them: say dtype=np.float32.",
                    example=_as_float64,
                    misconception="M19",
                ),
                Mistake(
                    matches=lambda answer: answer(*_PAIRS).dtype.kind in "iub",
                    feedback="The ones are whole numbers. SageMaker takes float32 only: say dtype=np.float32.",
                    example=_as_integers,
                ),
                Mistake(
                    matches=_is_users_then_films,
                    feedback="The indices run row by row: user, film, user, film, … Yours name all users first, so row 0 "
                    "gets two users.",
                    example=_users_then_films,
                ),
                Mistake(
                    matches=lambda answer: isinstance(answer(*_PAIRS), np.ndarray),
                    feedback="All the zeros are in there, too. For MovieLens that is gigabytes: build a csr_array.",
                    example=_dense,
                    misconception="M12",
                ),
            ),
        ),
        Exercise(
            id="E5.4",
            objective="O5.4",
            verify=_add_genres,
            expects="a function of X, genres and names that gives a sparse matrix",
            passed="Rows of different length, none of them a problem for CSR. A film without genres gets an empty stretch.",
            hints=(
                "Build the block of genres first, as CSR of its own: which columns are hot, and where does each row begin?",
                "indices: the places of all genres, row after row. indptr: np.cumsum([0, *map(len, genres)]).",
                "csr_array((ones, indices, indptr), shape=(len(genres), len(names))), then hstack([X, block], format='csr').",
            ),
            solution="""
def add_genres(X, genres, names):
    \"""X, then a column for each name: 1 where the row's film is of that genre.\"""
    place = {name: column for column, name in enumerate(names)}
    indices = [place[name] for own in genres for name in own]
    indptr = np.cumsum([0, *map(len, genres)])
    ones = np.ones(len(indices), dtype=np.float32)
    block = csr_array((ones, indices, indptr), shape=(len(genres), len(names)))
    return hstack([X, block], format="csr")
""",
            discussion="A dense block of genres would do as well: a few dozen columns. Hundreds of thousands of rows make "
            "even that a waste.",
            mistakes=(
                Mistake(
                    matches=lambda answer: isinstance(answer(_ROWS, _GENRES, _NAMES), np.ndarray),
                    feedback="The right numbers, with all their zeros. Keep X sparse: hstack of scipy.sparse takes sparse "
                    "matrices.",
                    example=_genres_dense,
                    misconception="M12",
                ),
                Mistake(
                    matches=_adds_like(_first_genre_only),
                    feedback="Each film has its first genre only. It may have several: a 1 for each of them.",
                    example=_first_genre_only,
                ),
                Mistake(
                    matches=lambda answer: answer(_ROWS, _GENRES, _NAMES).shape[1] == _ROWS.shape[1] + 1,
                    feedback="One column with a number for the genre says that War is three times Comedy. Genres are "
                    "names: a column for each.",
                    example=_genre_numbers,
                    misconception="M17",
                ),
                Mistake(
                    matches=_adds_like(_genres_first),
                    feedback="The genres stand in front, so every user and film has moved to another column, and a map "
                    "fitted before is wrong. Put them behind.",
                    example=_genres_first,
                    misconception="M18",
                ),
                Mistake(
                    matches=_adds_like(_genres_as_shares),
                    feedback="Your genres of a film add up to 1. That is a choice one can make; here each genre gets a "
                    "full 1.",
                    example=_genres_as_shares,
                ),
                Mistake(
                    matches=lambda answer: answer(_ROWS, _GENRES, _NAMES).dtype == np.float64,
                    feedback="Right columns, but float64: one float64 block makes all of X float64, at twice the bytes. Say "
                    "dtype=np.float32.",
                    example=_genres_float64,
                    misconception="M19",
                ),
            ),
        ),
        Exercise(
            id="E5.5",
            objective="O5.3",
            verify=_mended,
            expects="a function of a table that gives two sparse matrices",
            passed="One moment, one map, fitted on what was known by then, and float32. All four are mended.",
            hints=(
                "The question is about tomorrow. Which way to split answers it?",
                "One map for both, and it may know the learning rows only.",
                "split_by_time(table, test_share=0.25); FeatureMap.fit(learn); transform both with it; no astype.",
            ),
            solution="""
def mended(table):
    \"""Rows to learn from, rows to be judged on: as tomorrow will be.\"""
    learn, judge = split_by_time(table, test_share=0.25)
    one_map = FeatureMap.fit(learn)
    return one_map.transform(learn), one_map.transform(judge)
""",
            discussion='`unknown="column"` or not is a choice; the four faults were not. None of them raises an error.',
            mistakes=(
                Mistake(
                    matches=_prepares_like(_colleague),
                    feedback="This is the colleague's code as it was. Begin with its first line: the question is about "
                    "tomorrow, and the split is drawn at random.",
                    example=_colleague,
                    misconception="M20",
                ),
                Mistake(
                    matches=_judges_with_two_maps,
                    feedback="Two maps are left. The judging rows have columns of their own: column 700 is one film while "
                    "learning and another while judging.",
                    example=_two_maps,
                    misconception="M18",
                ),
                Mistake(
                    matches=_prepares_like(_map_of_all),
                    feedback="The map is fitted on all rows, so it has columns for films that do not exist yet on the day "
                    "of the cut. Fit it on the learning rows.",
                    example=_map_of_all,
                    misconception="M20",
                ),
                Mistake(
                    matches=_prepares_like(_random_split),
                    feedback="The map is one and knows its place. The split is still drawn at random: it knows what the "
                    "users said later.",
                    example=_random_split,
                    misconception="M20",
                ),
                Mistake(
                    matches=_prepares_like(_still_double),
                    feedback="Split and map are right. float64 is left: `transform` gives float32 already, so leave "
                    "`astype` out.",
                    example=_still_double,
                    misconception="M19",
                ),
            ),
        ),
    ),
    predictions=(
        Prediction(
            id="P5.1",
            objective="O5.1",
            stem="How many percent of the differences between ratings will a straight line through the ids explain? (100 is "
            "all of them; 0 is no better than the mean.)",
            unit="percent",
            tolerance=2.0,
            why="An id is dealt out without a look at anybody's taste. Its size says next to nothing, and a line can use "
            "nothing but size.",
        ),
        Prediction(
            id="P5.2",
            objective="O5.3",
            stem="One rating in ten is kept back, drawn at random. Of these, for how many do the learning rows hold a later "
            "rating by the same user?",
            unit="percent",
            tolerance=10.0,
            why="Nine of ten ratings of a user stay on the learning side, and nearly always one of them is later. Only a "
            "user's very last ratings escape.",
        ),
        Prediction(
            id="P5.3",
            objective="O5.2",
            stem="Dense float32 against CSR, for all ratings: how many times as many bytes?",
            options=(
                "About twice as many",
                "About twenty times as many",
                "Hundreds of times as many, or more",
            ),
            happened=_times_as_many,
            why="A dense row stores every column. A CSR row stores two of them with their places: 20 bytes, however many "
            "columns there are.",
        ),
        Prediction(
            id="P5.4",
            objective="O5.1",
            stem='Users 999,998 and 999,999 are strangers to the map, which has `unknown="column"`. Both look at the same '
            "film. In what do their rows differ?",
            options=(
                "In the column: each gets a new one at the end",
                "In nothing: the two rows are the same",
                "In the value: the spare column holds the id",
            ),
            happened=lambda equal: (
                "In nothing: the two rows are the same"
                if equal
                else "In the column: each gets a new one at the end"
            ),
            why="A map does not grow after it was fitted. All strangers share one column, and a model cannot tell them "
            "apart.",
        ),
        Prediction(
            id="P5.5",
            objective="O5.3",
            stem="The same machine, two exams: ratings drawn at random, and ratings after a moment. Where is its error "
            "smaller?",
            options=(
                "The one drawn at random",
                "The one after a moment",
                "Both the same: it is the same machine",
            ),
            happened=_better_exam,
            why="Drawn at random, it has read what the same users said before and after. After the moment come new users, "
            "new films and other habits.",
        ),
    ),
    questions=(
        Question(
            id="Q5.1",
            objective="O5.1",
            stem="Why is userId 333 not a feature with the value 333?",
            options=(
                Option(
                    "It is too large; scaled to 0…1 it would be fine",
                    "Scaling keeps the false claim that user 333 lies between 332 and 334.",
                    misconception="M17",
                ),
                Option(
                    "It is a whole number, and models need decimals",
                    "333.0 claims as much as 333 does: that the size of an id means something.",
                    misconception="M17",
                ),
                Option("It is a name: its size means nothing", "One column for each user, instead.", True),
            ),
            after="Numbers that are names become one-hot columns.",
        ),
        Question(
            id="Q5.2",
            objective="O5.1",
            stem="The map was fitted on learning rows. The judging rows hold a new film. What do you do?",
            options=(
                Option(
                    "Fit a second map on the judging rows",
                    "Then column 700 means one film while learning and another while judging.",
                    misconception="M18",
                ),
                Option(
                    "Give it the spare column, or none, and count how often that happens",
                    "The model has no opinion of its own on it, and you know how often.",
                    correct=True,
                ),
                Option(
                    "Fit the map on all rows beforehand",
                    "That is a leak: in real life tomorrow's films are not known today.",
                    misconception="M20",
                ),
            ),
            after="One map, fitted on the learning rows, for ever tied to its model.",
        ),
        Question(
            id="Q5.3",
            objective="O5.2",
            stem="A CSR matrix has `indptr` 0, 2, 2, 5. How many numbers does row 2 (the third) store?",
            kind="number",
            options=(
                Option("3", "From place 2 up to 5.", correct=True),
                Option("2", "That is row 0, from place 0 up to 2. Row 2 lies between the last two numbers."),
                Option("0", "That is row 1: an empty row repeats the number before."),
                Option("5", "5 is where row 2 ends; it begins at 2."),
            ),
            after="Row i lies from indptr[i] up to indptr[i + 1]. Rows may differ in length.",
        ),
        Question(
            id="Q5.4",
            objective="O5.2",
            stem="Somebody stores one-hot rows as float64, to be on the safe side. What do they win?",
            options=(
                Option(
                    "Sharper scores: twice as many digits",
                    "Ones and half stars have no more digits. They are exact in float32.",
                    misconception="M19",
                ),
                Option("Nothing: more bytes, and SageMaker refuses them", "float32 holds 1 exactly.", True),
                Option(
                    "Room for more columns",
                    "How many columns there are is up to the indices, not to the values.",
                    misconception="M19",
                ),
            ),
            after="float32 is what the algorithm computes with.",
        ),
        Question(
            id="Q5.5",
            objective="O5.2",
            stem="A million more films come into the shop; nobody has rated them yet. How do the CSR arrays of the learning "
            "rows grow?",
            options=(
                Option("Not at all: only d in the shape changes", "Zeros are not stored.", True),
                Option(
                    "By a million columns in every row",
                    "So would dense rows. CSR stores what is hot, and in each row that is as before.",
                    misconception="M12",
                ),
            ),
            after="CSR grows with what is hot. (A model on these rows grows: it has a weight for each column.)",
        ),
        Question(
            id="Q5.6",
            objective="O5.3",
            kind="many",
            stem="Predictions are for tomorrow. Which of these leak?",
            options=(
                Option(
                    "Keeping back one rating in ten, drawn at random",
                    "The learning rows hold what came after the exam.",
                    correct=True,
                ),
                Option("The genres of a film", "They are known on the day the film arrives."),
                Option(
                    "A film's mean rating over all rows",
                    "Rows of the exam are in that mean.",
                    correct=True,
                ),
                Option("The day of the week on which somebody asks", "It is known when they ask."),
            ),
            after="Ask of each feature and each row: would I have known it at that moment?",
        ),
        Question(
            id="Q5.7",
            objective="O5.4",
            stem='Blocks user, item, genre; `unknown="column"`. A known user, a film that is not in the map, of three genres. '
            "How many columns are hot?",
            kind="number",
            options=(
                Option("5", "The user's, the spare one for films, and three genres.", correct=True),
                Option("4", "The film is unknown, and yet it has a column: the spare one."),
                Option("3", "Several genres mean several ones: three here, beside user and film."),
                Option("2", "Those are user and film. The genres come on top."),
                Option("1", "The user's column is hot, and so are the spare film column and the genres."),
            ),
            after="Genres say something of a film that nobody has rated.",
        ),
        Question(
            id="Q5.8",
            objective="O5.5",
            stem="May you put ml-latest-small into your company's paid product?",
            options=(
                Option(
                    "Yes, it can be downloaded by everybody",
                    "Being able to download something says nothing about what you may do with it.",
                ),
                Option(
                    "Yes, packed as RecordIO it is our own file",
                    "Changed into another form it is still the data, under the same terms.",
                ),
                Option("No: its licence allows no commercial use without permission", "Ask GroupLens.", True),
            ),
            after="Code and data have separate licences. Read both.",
        ),
    ),
)
