"""Lesson 06, Train, evaluate, and distrust. What it asks, and what it says to every answer."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from course_utils.datasets import Dataset, sample
from course_utils.estimator import FactorizationMachine
from course_utils.evaluate import auc
from course_utils.learn.expect import expect, expect_same, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Prediction, Question

# ------------------------------------------------------------------------------------ E6.1 one bias each

_ERRORS = pd.Series([1.5, 0.5, -2.0, 1.0, -0.5, 1.0])
_NAMES = pd.Series(["a", "b", "a", "b", "c", "b"])
_DOUBTS = (5, 2, 0.5)


def _right_bias(doubt: float) -> dict[str, float]:
    sums, counts = {"a": -0.5, "b": 2.5, "c": -0.5}, {"a": 2, "b": 3, "c": 1}
    return {name: sums[name] / (counts[name] + doubt) for name in sums}


def _as_dict(biases) -> dict:
    expect(
        hasattr(biases, "items"), "Give a Series (or a dictionary): one bias for each name, under its name."
    )
    return dict(biases.items())


def _bias_of(answer) -> None:
    for doubt in _DOUBTS:
        found = _as_dict(answer(_ERRORS.copy(), _NAMES.copy(), doubt))
        expect(
            set(found) == {"a", "b", "c"},
            f"For the names a, b and c, `bias_of` has entries for {sorted(map(str, found))}. One for each name: group "
            "the errors by `names`.",
        )
        expect_same(
            found, _right_bias(doubt), f"`bias_of(errors, names, doubt={doubt})` of six rows named a, b and c"
        )


def _grouped(formula):
    """A ``bias_of`` that computes ``formula(sums, counts, doubt)``."""

    def bias_of(errors, names, doubt=5):
        groups = errors.groupby(names)
        return formula(groups.sum(), groups.size(), doubt)

    return bias_of


def _bias_like(wrong):
    def matches(answer) -> bool:
        return all(
            same(dict(answer(_ERRORS, _NAMES, doubt).items()), dict(wrong(_ERRORS, _NAMES, doubt).items()))
            for doubt in _DOUBTS
        )

    return matches


_plain_mean = _grouped(lambda sums, counts, doubt: sums / counts)
_sum_alone = _grouped(lambda sums, counts, doubt: sums)
_doubt_above = _grouped(lambda sums, counts, doubt: (sums + doubt) / counts)
_doubt_alone = _grouped(lambda sums, counts, doubt: sums / doubt)

# ------------------------------------------------------------------------------------ E6.2 hits in a list

_LISTS = (
    (list("abcdefghij"), list("bdxyz")),
    (list("abcdefghij"), list("uvw")),
    (list("abcde"), list("edcbafgh")),
)


def _precision(answer) -> None:
    for shown, liked in _LISTS:
        right = sum(film in liked for film in shown) / len(shown)
        said = answer(list(shown), list(liked))
        expect(np.ndim(said) == 0, f"One list has one precision; yours gave {said!r}.")
        expect_same(said, right, f"`precision` of {len(shown)} films shown and {len(liked)} liked")
        expect_same(
            answer(np.array(shown), pd.Series(liked)), right, "`precision` of an array and a Series of films"
        )


def _judged(formula):
    return lambda shown, liked: formula(len(set(shown) & set(liked)), len(shown), len(liked))


def _judges_like(wrong):
    return lambda answer: all(same(answer(*pair), wrong(*pair)) for pair in _LISTS)


_recall = _judged(lambda hits, shown, liked: hits / liked)
_count = _judged(lambda hits, shown, liked: hits)
_any_hit = _judged(lambda hits, shown, liked: float(hits > 0))
_of_ten = _judged(lambda hits, shown, liked: hits / 10)

# ------------------------------------------------------------------------------------ E6.3 how far apart

_PAIRS = (
    (["a", "b", "c"], ["c", "b", "a"]),
    (["a", "b", "c"], ["a", "d", "e"]),
    (["a", "b"], ["c", "d"]),
    (["a", "b", "c", "d"], ["d", "e"]),
)
_DISTANCES = (0.0, 0.8, 1.0, 0.8)


def _jaccard(answer) -> None:
    for (a, b), right in zip(_PAIRS, _DISTANCES, strict=True):
        expect_same(answer(list(a), list(b)), right, f"`jaccard_distance({a}, {b})`")
        expect_same(answer(frozenset(a), np.array(b)), right, "`jaccard_distance` of a set and an array")


def _similarity(a, b):
    return len(set(a) & set(b)) / len(set(a) | set(b))


def _share_of_first(a, b):
    return 1 - len(set(a) & set(b)) / len(a)


def _place_by_place(a, b):
    return 1 - sum(x == y for x, y in zip(a, b, strict=False)) / len(a)


def _over_both_lengths(a, b):
    return 1 - len(set(a) & set(b)) / (len(a) + len(b))


def _measures_like(wrong):
    return lambda answer: all(same(answer(*pair), wrong(*pair)) for pair in _PAIRS)


# ------------------------------------------------------------------------------------ E6.4 whole batches

_ROWS, _BATCH = 107, 25


def _drawn(answer) -> list[np.ndarray]:
    """Row numbers from ten generators, as integer arrays."""
    draws = [np.asarray(answer(_ROWS, _BATCH, np.random.default_rng(seed))) for seed in range(10)]
    expect(
        all(draw.ndim == 1 and draw.dtype.kind in "iu" for draw in draws),
        "Give row numbers: a one-dimensional array of whole numbers.",
    )
    return draws


def _whole_batches(answer) -> None:
    wanted = _ROWS // _BATCH * _BATCH
    for draw in _drawn(answer):
        expect(
            len(draw) == wanted,
            f"107 rows in mini-batches of 25: 4 whole ones need {wanted} rows; yours has {len(draw)}.",
        )
        expect(
            len(np.unique(draw)) == wanted and draw.min() >= 0 and draw.max() < _ROWS,
            f"Each row at most once, with numbers from 0 to {_ROWS - 1}: some are repeated or do not exist.",
        )
        expect(
            (np.diff(draw) < 0).any(),
            "The row numbers ascend: that is file order. Shuffle them with `rng.permutation`.",
        )
    expect(
        any(draw.max() == _ROWS - 1 for draw in _drawn(answer)),
        "The last rows of the file are never used, whatever the generator. Shuffle all rows first, then cut.",
    )
    again = [np.asarray(answer(_ROWS, _BATCH, np.random.default_rng(3))) for _ in range(2)]
    expect(
        np.array_equal(*again),
        "Twice the same generator, two different answers: draw with `rng`, so that a run can be repeated.",
    )


def _in_file_order(n, batch_size, rng):
    return np.arange(n // batch_size * batch_size)


def _not_cut(n, batch_size, rng):
    return rng.permutation(n)


def _cut_first(n, batch_size, rng):
    return rng.permutation(n // batch_size * batch_size)


def _how_many_batches(n, batch_size, rng):
    return rng.permutation(n)[: n // batch_size]


def _one_draw(answer) -> np.ndarray:
    return np.asarray(answer(_ROWS, _BATCH, np.random.default_rng(0)))


def _is_cut_first(answer) -> bool:
    draws = _drawn(answer)
    return all(sorted(draw) == list(range(_ROWS // _BATCH * _BATCH)) for draw in draws)


# ------------------------------------------------------------------------------------ E6.5 a new film

_BLOCKS = (("user", "item"), ("user", "item", "genre"))


@lru_cache(maxsize=1)
def _small() -> tuple[Dataset, pd.DataFrame, pd.DataFrame]:
    """The sample, its ratings by 150 users: of known films, and of films that are played new."""
    data = sample.load()
    rows = data.ratings[data.ratings["user"].isin(data.ratings["user"].unique()[:150])]
    is_new = rows["item"].isin(data.items.index[::10])
    return data, rows[~is_new], rows[is_new]


def _machine(blocks) -> FactorizationMachine:
    return FactorizationMachine("als", epochs=15, blocks=blocks, random_state=0)


def _placed(blocks, known, new, items) -> float:
    said = _machine(blocks).fit(known, items=items).predict(new)
    return auc(new["rating"] >= 4, said, new["user"])


def _over_everybody(blocks, known, new, items):
    return auc(new["rating"] >= 4, _machine(blocks).fit(known, items=items).predict(new))


def _learned_from_new(blocks, known, new, items):
    said = _machine(blocks).fit(pd.concat([known, new]), items=items).predict(new)
    return auc(new["rating"] >= 4, said, new["user"])


def _scores_are_stars(blocks, known, new, items):
    said = _machine(blocks).fit(known, items=items).predict(new)
    return float(np.sqrt(np.mean((new["rating"] - said) ** 2)))


@lru_cache(maxsize=8)
def _said_by(function) -> tuple[float, ...]:
    data, known, new = _small()
    return tuple(function(blocks, known, new, data.items) for blocks in _BLOCKS)


def _new_film_auc(answer) -> None:
    data, known, new = _small()
    for blocks, right in zip(_BLOCKS, _said_by(_placed), strict=True):
        said = answer(blocks, known.copy(), new.copy(), data.items)
        expect(np.ndim(said) == 0, f"One machine has one AUC; yours gave {type(said).__name__}.")
        expect_same(
            said, right, f"`new_film_auc` of made-up ratings with the blocks {blocks}", tolerance=5e-3
        )


def _places_like(wrong):
    def matches(answer) -> bool:
        data, known, new = _small()
        said = [answer(blocks, known, new, data.items) for blocks in _BLOCKS]
        return same(said, _said_by(wrong), tolerance=5e-3)

    return matches


# ------------------------------------------------------------------------------------ E6.6 a sane list

_FILMS = list("abcdefghijklmnop")
_SCORES = pd.Series(
    [4.9, 4.8, 4.7, 4.65, 4.6, 4.5, 4.4, 4.35, 4.3, 4.2, 4.1, 4.0, 3.9, 3.8, 3.7, 3.6], _FILMS
)
_RATERS = pd.Series([300, 2, 150, 10, 220, 5, 90, 1, 40, 12, 3, 250, 7, 60, 2, 180], _FILMS)
_SEEN = ["a", "d", "l"]
_CASES = (([], 0.0, 3), (_SEEN, 0.0, 5), ([], -0.4, 5), (_SEEN, -0.4, 5), (_SEEN, 0.3, 10))


def _sane(scores, seen, raters, fame=0.0, n=10) -> list:
    weighed = scores + fame * np.log10(raters)
    return list(weighed.drop(seen).nlargest(n).index)


def _sane_list(answer) -> None:
    for seen, fame, n in _CASES:
        said = list(answer(_SCORES.copy(), list(seen), _RATERS.copy(), fame, n))
        call = f"`sane_list(scores, {seen}, raters, fame={fame}, n={n})`"
        expect(len(said) == n, f"{call} of sixteen films has {len(said)} films, expected {n}.")
        expect(not set(said) & set(seen), f"{call} shows films that were seen: {set(said) & set(seen)}.")
        expect_same(said, _sane(_SCORES, seen, _RATERS, fame, n), call)


def _seen_stay(scores, seen, raters, fame=0.0, n=10):
    return _sane(scores, [], raters, fame, n)


def _wrong_sign(scores, seen, raters, fame=0.0, n=10):
    return _sane(scores, seen, raters, -fame, n)


def _cut_then_hide(scores, seen, raters, fame=0.0, n=10):
    return [film for film in _sane(scores, [], raters, fame, n) if film not in seen]


def _without_log(scores, seen, raters, fame=0.0, n=10):
    return list((scores + fame * raters).drop(seen).nlargest(n).index)


def _fame_unused(scores, seen, raters, fame=0.0, n=10):
    return _sane(scores, seen, raters, 0.0, n)


def _lists_like(wrong):
    return lambda answer: all(
        list(answer(_SCORES, list(seen), _RATERS, fame, n)) == wrong(_SCORES, seen, _RATERS, fame, n)
        for seen, fame, n in _CASES
    )


# ------------------------------------------------------------------------------------ what came true

_FEW, _HALF, _MANY = (
    "Fewer than one for every five users",
    "About half as many as users",
    "Nearly as many as users",
)
_UP, _DOWN, _NOTHING = (
    "It is pulled up",
    "It is pulled down",
    "Nothing: an empty row has no columns",
)
_NONE, _SOME, _MOST = "None: the model knows that they were seen", "Two or three", "Eight or more"


_BOTH_FALL, _MORE_HITS = "No more hits", "More hits, and the lists stay personal"
_ONLY_HITS = "More hits, and everybody gets the same lists"


def _how_many_lists(share: float) -> str:
    return _FEW if share < 0.2 else _HALF if share < 0.75 else _MANY


def _pull(change: float) -> str:
    return _DOWN if change < -0.02 else _UP if change > 0.02 else _NOTHING


def _what_fame_did(change: tuple[float, float]) -> str:
    """From the factor by which hits grew, and the personalisation that is left."""
    factor, personal = change
    return _BOTH_FALL if factor <= 1.1 else _MORE_HITS if personal > 0.65 else _ONLY_HITS


def _how_many_seen(count: float) -> str:
    return _NONE if count < 0.5 else _SOME if count < 6 else _MOST


LESSON = Lesson(
    number=6,
    objectives={
        "O6.1": "climb a ladder of plain models, and say what each rung adds",
        "O6.2": "judge a list as a list, and say why a lower RMSE need not make a better one",
        "O6.3": "measure whether lists are personal, and find out why they are not",
        "O6.4": "feed SageMaker's algorithm in the order and the portions from which it learns well",
        "O6.5": "slice one figure by what is cold, and place a film that nobody has rated",
        "O6.6": "turn scores into a sane list: hide what was seen, weigh what is popular",
    },
    exercises=(
        Exercise(
            id="E6.1",
            objective="O6.1",
            verify=_bias_of,
            expects="a function of errors, names and doubt that gives a Series",
            passed="One rating above the mean no longer makes a great film: its bias stays near 0 until more agree.",
            hints=(
                "First put the errors of one name together: `errors.groupby(names)`.",
                "Such groups have a `sum()` and a `size()`; both are Series with one entry for each name.",
                "groups.sum() / (groups.size() + doubt)",
            ),
            solution="""
def bias_of(errors, names, doubt=5):
    \"""One bias for each name. errors, names : Series with the same rows.\"""
    groups = errors.groupby(names)
    return groups.sum() / (groups.size() + doubt)
""",
            discussion="This is ridge regression on one-hot columns: doubt is the strength of the regularisation. For "
            "users and films together the two kinds of bias share the errors, so `Biases` solves for all at once.",
            mistakes=(
                Mistake(
                    matches=_bias_like(_plain_mean),
                    feedback="That is the plain mean of each name's errors. A film with one rating of five stars would "
                    "be the best of all. Where does `doubt` go?",
                    example=_plain_mean,
                ),
                Mistake(
                    matches=_bias_like(_sum_alone),
                    feedback="That is the sum of the errors, so a film that many people rated runs away. Divide by how "
                    "many there are, plus the doubt.",
                    example=_sum_alone,
                ),
                Mistake(
                    matches=_bias_like(_doubt_above),
                    feedback="The doubt stands in the sum: every film would gain stars by it. It belongs below the line, "
                    "with the number of errors.",
                    example=_doubt_above,
                ),
                Mistake(
                    matches=_bias_like(_doubt_alone),
                    feedback="You divide by the doubt alone. Below the line stands the number of errors, plus the doubt.",
                    example=_doubt_alone,
                ),
            ),
        ),
        Exercise(
            id="E6.2",
            objective="O6.2",
            verify=_precision,
            expects="a function of two lists of films that gives a share",
            passed="Hits over places. It asks nothing about stars: only whether the places were well used.",
            hints=(
                "A hit is a film that stands in both lists. Python's sets can intersect.",
                "set(shown) & set(liked) holds the hits. How many are there, of how many places?",
                "len(set(shown) & set(liked)) / len(shown)",
            ),
            solution="""
def precision(shown, liked):
    \"""Share of the films shown that are in liked.\"""
    return len(set(shown) & set(liked)) / len(shown)
""",
            discussion="Its sister, recall, divides by the number of films liked: what share of them did the list find?",
            mistakes=(
                Mistake(
                    matches=_judges_like(_recall),
                    feedback="You divide by the films liked. That is recall: the share of what is liked that was found. "
                    "Precision is the share of the places that were well used.",
                    example=_recall,
                ),
                Mistake(
                    matches=_judges_like(_count),
                    feedback="That is the number of hits. Divide by the number of places.",
                    example=_count,
                ),
                Mistake(
                    matches=_judges_like(_any_hit),
                    feedback="That says whether there is any hit at all. Precision says how many of the places hold one.",
                    example=_any_hit,
                ),
                Mistake(
                    matches=_judges_like(_of_ten),
                    feedback="Right for ten places. A list may be shorter: divide by `len(shown)`.",
                    example=_of_ten,
                ),
            ),
        ),
        Exercise(
            id="E6.3",
            objective="O6.3",
            verify=_jaccard,
            expects="a function of two lists that gives a number from 0 to 1",
            passed="0 for the same films, 1 for none in common. Nothing in it asks whether the films are good.",
            hints=(
                "Make sets of the two lists: the order does not count.",
                "a & b holds the films on both, a | b those on either.",
                "1 - len(a & b) / len(a | b)",
            ),
            solution="""
def jaccard_distance(a, b):
    \"""0 where both lists hold the same films, 1 where they share none.\"""
    a, b = set(a), set(b)
    return 1 - len(a & b) / len(a | b)
""",
            discussion="Two lists of ten that share five films: five on both, fifteen on either, so the distance is 2/3. "
            "It grows faster than the share of places that differ.",
            mistakes=(
                Mistake(
                    matches=_measures_like(_similarity),
                    feedback="That is how alike the lists are: 1 for the same films. A distance is the other way round.",
                    example=_similarity,
                    misconception="M22",
                ),
                Mistake(
                    matches=_measures_like(_share_of_first),
                    feedback="You divide by the length of the first list. Divide by the films on *either* list, or swapping "
                    "the two users changes the distance.",
                    example=_share_of_first,
                ),
                Mistake(
                    matches=_measures_like(_place_by_place),
                    feedback="You compare place by place. The same films in another order are the same films: make sets.",
                    example=_place_by_place,
                ),
                Mistake(
                    matches=_measures_like(_over_both_lengths),
                    feedback="A film on both lists is counted twice below the line. `a | b` counts each film once.",
                    example=_over_both_lengths,
                ),
            ),
        ),
        Exercise(
            id="E6.4",
            objective="O6.4",
            verify=_whole_batches,
            expects="a function of n, batch_size and rng that gives row numbers",
            passed="Shuffled, and whole mini-batches only. Other seeds leave other rows out, so none is lost for good.",
            hints=(
                "`rng.permutation(n)` gives the numbers from 0 to n - 1 in random order.",
                "How many whole mini-batches are there? `n // batch_size`. How many rows do they take?",
                "rng.permutation(n)[:n // batch_size * batch_size]",
            ),
            solution="""
def whole_batches(n, batch_size, rng):
    \"""Row numbers below n: shuffled, and only as many as fill whole mini-batches.\"""
    shuffled = rng.permutation(n)
    return shuffled[:n // batch_size * batch_size]
""",
            discussion="A batch size that divides n loses nothing at all. In SageMaker the order is that of the file, so "
            "shuffle before you write it.",
            mistakes=(
                Mistake(
                    matches=lambda answer: np.array_equal(
                        _one_draw(answer), _in_file_order(_ROWS, _BATCH, None)
                    ),
                    feedback="Whole mini-batches, and still in file order: each of them holds a handful of users. Shuffle "
                    "with `rng.permutation`.",
                    example=_in_file_order,
                ),
                Mistake(
                    matches=lambda answer: len(_one_draw(answer)) == _ROWS,
                    feedback="All rows are there, shuffled. The last mini-batch is then not full, and the algorithm fills "
                    "it up with empty rows of label 0. Cut the rest off.",
                    example=_not_cut,
                ),
                Mistake(
                    matches=lambda answer: len(_one_draw(answer)) == _ROWS // _BATCH,
                    feedback="That many mini-batches there are; you need their rows. Multiply by the batch size again.",
                    example=_how_many_batches,
                ),
                Mistake(
                    matches=_is_cut_first,
                    feedback="You cut first and then shuffle, so the last rows of the file are never used. In a file "
                    "sorted by user those are the last user's. Shuffle first, then cut.",
                    example=_cut_first,
                    misconception="M20",
                ),
            ),
        ),
        Exercise(
            id="E6.5",
            objective="O6.5",
            verify=_new_film_auc,
            expects="a function of blocks, known, new and items that gives a number",
            passed="The machine learned from known films only, and each user's new films were compared with each other.",
            hints=(
                "`machine.fit(table, items=items)` learns; the genres are in `items`.",
                "Which table holds the films to learn from, and which those to be judged on? A like is "
                '`new["rating"] >= 4`.',
                'return auc(new["rating"] >= 4, machine.predict(new), new["user"])',
            ),
            solution="""
def new_film_auc(blocks, known, new, items):
    \"""Chance of ordering two unseen films right, for a machine with these blocks.\"""
    machine = FactorizationMachine("als", epochs=15, blocks=blocks, random_state=0)
    machine.fit(known, items=items)
    return auc(new["rating"] >= 4, machine.predict(new), new["user"])
""",
            discussion="AUC needs no stars, only an order, so it can tell a tie (0.5) from a fair guess.",
            mistakes=(
                Mistake(
                    matches=_places_like(_over_everybody),
                    feedback="Without `users`, films of different people are compared: whoever is generous gets higher "
                    "scores and more likes, and even a machine that ties all new films looks good. Pass `new['user']`.",
                    example=_over_everybody,
                    misconception="M09",
                ),
                Mistake(
                    matches=_places_like(_learned_from_new),
                    feedback="The machine has learned from the new films that it is judged on. Fit it on `known` alone.",
                    example=_learned_from_new,
                    misconception="M20",
                ),
                Mistake(
                    matches=_places_like(_scores_are_stars),
                    feedback="That is the RMSE of the new films. It cannot see that all new films are tied; `auc` can.",
                    example=_scores_are_stars,
                    misconception="M21",
                ),
            ),
        ),
        Exercise(
            id="E6.6",
            objective="O6.6",
            verify=_sane_list,
            expects="a function that gives a list of n films",
            passed="Weigh, hide, and only then cut to n: so the list is always full.",
            hints=(
                "Three steps: weigh fame into the scores, hide what was seen, take the best n.",
                "`np.log10(raters)` grows by 1 each time raters grow tenfold. `scores.drop(seen)` hides.",
                "weighed = scores + fame * np.log10(raters), then list(weighed.drop(seen).nlargest(n).index)",
            ),
            solution="""
def sane_list(scores, seen, raters, fame=0.0, n=10):
    \"""The n best unseen films, fame weighed in. scores, raters : by film.\"""
    weighed = scores + fame * np.log10(raters)
    return list(weighed.drop(seen).nlargest(n).index)
""",
            discussion="The logarithm: from 1 rater to 10 is as far as from 10 to 100. Without it, one film with hundreds "
            "of raters would win or lose hundreds of stars.",
            mistakes=(
                Mistake(
                    matches=_lists_like(_seen_stay),
                    feedback="Films that the user has seen are still on the list. The scores know nothing of that: drop "
                    "them.",
                    example=_seen_stay,
                    misconception="M05",
                ),
                Mistake(
                    matches=_lists_like(_cut_then_hide),
                    feedback="You take the best n first and hide then, so the list comes out too short. Hide first, then "
                    "cut.",
                    example=_cut_then_hide,
                ),
                Mistake(
                    matches=_lists_like(_wrong_sign),
                    feedback="The sign is turned round: a positive `fame` lifts popular films, a negative one damps them.",
                    example=_wrong_sign,
                ),
                Mistake(
                    matches=_lists_like(_without_log),
                    feedback="Without the logarithm a film with 300 raters gains or loses hundreds of stars. Use np.log10(raters).",
                    example=_without_log,
                ),
                Mistake(
                    matches=_lists_like(_fame_unused),
                    feedback="Seen films are gone, but `fame` changes nothing. Add fame · log10(raters) to the scores "
                    "first.",
                    example=_fame_unused,
                ),
            ),
        ),
    ),
    predictions=(
        Prediction(
            id="P6.1",
            objective="O6.1",
            stem="Which of the two steps takes more stars off the error?",
            options=("From the mean to the biases", "From the biases to the machine", "Both about the same"),
            happened=lambda rungs: (
                "From the mean to the biases"
                if rungs[0] - rungs[1] > 1.2 * (rungs[1] - rungs[2])
                else "From the biases to the machine"
                if rungs[1] - rungs[2] > 1.2 * (rungs[0] - rungs[1])
                else "Both about the same"
            ),
            why="Most of what makes ratings differ is who gives them and how good the film is; taste is what is left.",
        ),
        Prediction(
            id="P6.2",
            objective="O6.2",
            stem="Ten films for each user, seen films hidden. Whose lists hold the largest share of films that the users "
            "turned out to like?",
            options=("popularity", "biases", "factorization machine"),
            why="Users rate what they choose to watch, and most choose what most choose. RMSE never asked about that.",
        ),
        Prediction(
            id="P6.3",
            objective="O6.3",
            stem="Published settings, nothing hidden, ten films for each of all users. How many different lists are there?",
            options=(_FEW, _HALF, _MANY),
            happened=_how_many_lists,
            why="Two lists are different if a single film is. Even so, most users get the same ten as somebody else.",
        ),
        Prediction(
            id="P6.4",
            objective="O6.3",
            stem="A machine with k = 0 has no vectors, so it knows nothing of taste. Hide from each user what they have "
            "rated. How personal do its lists measure, from 0 (all the same) to 1 (no film in common)?",
            tolerance=0.15,
            why="People have seen different films, so different ones are hidden. That is their history, not their taste.",
        ),
        Prediction(
            id="P6.5",
            objective="O6.4",
            stem="The last mini-batch of each pass holds 11 ratings and 983 empty rows with label 0. What becomes of the "
            "bias w0, where every prediction starts?",
            options=(_NOTHING, _DOWN, _UP),
            happened=_pull,
            why="An empty row is scored by the bias alone, and its label says 0. So the bias is pulled towards 0.",
        ),
        Prediction(
            id="P6.6",
            objective="O6.5",
            stem="Of the latest fifth of the ratings, what percentage has a user or a film with fewer than five earlier "
            "ratings?",
            unit="%",
            tolerance=15.0,
            why="People come, rate for an evening, and leave: the future is full of strangers.",
        ),
        Prediction(
            id="P6.7",
            objective="O6.6",
            stem="Our settings, nothing hidden. Of the ten films on a user's list, how many has that user rated already, on "
            "average?",
            options=(_NONE, _SOME, _MOST),
            happened=_how_many_seen,
            why="The model predicts stars. That a film was seen does not make it a worse film, so nothing keeps it off.",
        ),
        Prediction(
            id="P6.8",
            objective="O6.6",
            stem="Our settings, seen films hidden, and 0.3 stars more for each tenfold number of raters. What becomes of the "
            "hits, and of the personalisation?",
            options=(_BOTH_FALL, _MORE_HITS, _ONLY_HITS),
            happened=_what_fame_did,
            why="Few raters make a score uncertain. Fame stands in for certainty, and the vectors still order what is left.",
        ),
    ),
    questions=(
        Question(
            id="Q6.1",
            objective="O6.1",
            stem="A report says: “RMSE 0.87 stars, against 1.04 for the mean: our model knows each customer's taste.” What "
            "is missing?",
            options=(
                Option(
                    "More digits of the RMSE",
                    "The first digit decides here; more of them say nothing about where it comes from.",
                ),
                Option(
                    "The RMSE of biases alone",
                    "Biases reach about that, and they put the films in the same order for everybody.",
                    correct=True,
                ),
                Option(
                    "The RMSE on the rows it learned from",
                    "It shows how well the model remembers. The question is what the step above biases is worth.",
                    misconception="M15",
                ),
            ),
            after="Report the ladder, not a rung.",
        ),
        Question(
            id="Q6.2",
            objective="O6.2",
            stem="Model A has RMSE 0.86 and precision@10 of 0.09. Model B has 0.89 and 0.16. Which statements hold?",
            kind="many",
            options=(
                Option(
                    "A makes the better lists, since its stars are nearer",
                    "Lists are made of films that were not rated; RMSE is measured on those that were.",
                    misconception="M21",
                ),
                Option(
                    "B put more films on its lists that people liked later",
                    "That is precision.",
                    correct=True,
                ),
                Option(
                    "B may do no more than offer what is popular",
                    "Popularity alone reaches such a precision. Look at personalisation too.",
                    correct=True,
                ),
                Option(
                    "Then precision is the right judge, and RMSE the wrong one",
                    "Precision favours what people would have found by themselves. Neither is the truth.",
                ),
            ),
            after="Two judges, two questions. Say which one you asked.",
        ),
        Question(
            id="Q6.3",
            objective="O6.3",
            stem="Every customer of a shop sees the same five famous films on top, and most say that they are good films. "
            "Does the recommender work?",
            options=(
                Option(
                    "Yes: people like what they get",
                    "So would they like a printed poster of five classics. Whether it is made for them is another "
                    "question, and nobody has measured it.",
                    misconception="M22",
                ),
                Option(
                    "As a best-seller list, yes; as something personal, no",
                    "Change the user, and the list stays.",
                    correct=True,
                ),
                Option(
                    "No: famous films are always bad recommendations",
                    "For a newcomer they are a fair start. The trouble is that everybody gets them, for ever.",
                ),
            ),
            after="Personal means: another user, another list. Measure it.",
        ),
        Question(
            id="Q6.4",
            objective="O6.3",
            stem="Personalisation is 0.55, with seen films hidden. What do you lay beside it?",
            options=(
                Option(
                    "Nothing: more than half is personal",
                    "A machine without any taste reaches about that too, because people have seen different films.",
                    misconception="M22",
                ),
                Option(
                    "The same figure for k = 0, or with nothing hidden",
                    "What is above k = 0 comes from vectors; the rest is history.",
                    correct=True,
                ),
                Option(
                    "The RMSE",
                    "It says how near the stars are, and nothing about how lists differ.",
                    misconception="M21",
                ),
            ),
            after="A measure needs a baseline, as a model does.",
        ),
        Question(
            id="Q6.5",
            objective="O6.4",
            stem="You have 50,000 ratings sorted by user, and mini_batch_size 1,000. Which change to the file helps the "
            "most?",
            options=(
                Option(
                    "Drop rows until the last mini-batch is full",
                    "It is full: 50 times 1,000. Here nothing is padded.",
                ),
                Option(
                    "Sort it by film instead",
                    "Then each mini-batch holds a handful of films. Any sorting makes portions that are not typical.",
                ),
                Option(
                    "Shuffle it, since the algorithm reads it as it stands",
                    "Every portion then holds a bit of everybody.",
                    correct=True,
                ),
                Option(
                    "Nothing: Adam shuffles the rows in every pass",
                    "Many libraries do. This algorithm goes through the file in its order, every time.",
                ),
            ),
            after="Shuffle before you write, and fill whole mini-batches.",
        ),
        Question(
            id="Q6.6",
            objective="O6.5",
            stem="Ten films come out today; nobody has rated them. A colleague predicts the mean for each: “RMSE is fine, "
            "done.” What is wrong?",
            options=(
                Option(
                    "Ten ties: no film can be put before another, for anybody",
                    "And a list is an order. Genres, cast, anything known on the first day breaks the tie.",
                    correct=True,
                ),
                Option(
                    "Nothing: one cannot know more about a film without ratings",
                    "Its genres are known, and users have a taste in genres. The AUC rose above 0.5.",
                    misconception="M23",
                ),
                Option(
                    "The mean is too high: new films are worse",
                    "Perhaps, perhaps not. Lower all ten by the same amount, and they are still tied.",
                ),
            ),
            after="A fair guess of stars can be an empty recommendation.",
        ),
        Question(
            id="Q6.7",
            objective="O6.6",
            stem="The list's first place goes to a film that the user gave five stars last week. What do you change?",
            options=(
                Option(
                    "The model: more factors, or a longer training",
                    "It predicts five stars, and five stars it was. A better model would do so more surely.",
                    misconception="M05",
                ),
                Option(
                    "The filter after the model: hide what was rated",
                    "The model was asked for stars. Whether to show a film again is a rule of the shop.",
                    correct=True,
                ),
                Option(
                    "The weight of fame, until the film is gone",
                    "Then famous films go that nobody in this house has seen, and the seen ones may stay.",
                ),
            ),
            after="Scores come from the model, sanity from the rules around it.",
        ),
    ),
)
