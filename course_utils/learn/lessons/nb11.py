"""Lesson 11, Rate ten films, get your own list: what it asks, and what it says to every answer."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from course_utils.learn.expect import expect, expect_same, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Prediction, Question

# ------------------------------------------------------------------------------------ E11.1 ridge regression


def _person(n: int = 6, k: int = 3, seed: int = 11) -> tuple[np.ndarray, np.ndarray, float]:
    """H (n, 1 + k), r (n,) and lam of nobody in particular, so that no wrong formula is right by chance."""
    rng = np.random.default_rng(seed)
    return np.column_stack([np.ones(n), rng.normal(size=(n, k))]), rng.normal(size=n), 1.7


_PEOPLE = (_person(), _person(2, 4, seed=12), _person(9, 1, seed=13))


def _solution_of(H: np.ndarray, r: np.ndarray, lam: float) -> np.ndarray:
    return np.linalg.solve(H.T @ H + lam * np.eye(H.shape[1]), H.T @ r)


def _ridge(answer) -> None:
    for H, r, lam in _PEOPLE:
        theta = answer(H, r, lam)
        expect(
            np.shape(theta) == (H.shape[1],),
            f"For H of shape {H.shape} theta has {H.shape[1]} numbers; yours has shape {np.shape(theta)}.",
        )
        expect_same(theta, _solution_of(H, r, lam), f"`ridge` for H of shape {H.shape}, lam = {lam:g}")


def _ridge_without_lam(H, r, lam):
    return np.linalg.lstsq(H, r, rcond=None)[0]


def _ridge_everywhere(H, r, lam):
    return np.linalg.solve(H.T @ H + lam, H.T @ r)


def _ridge_squared(H, r, lam):
    return _solution_of(H, r, lam**2)


def _answers_like(wrong: Callable, cases) -> Callable[[Callable], bool]:
    return lambda answer: all(same(answer(*case), wrong(*case)) for case in cases)


# ------------------------------------------------------------------------------------ E11.2 bug hunt

_FAULTS = {"C", "D", "E"}


def _letters(answer) -> set[str]:
    letters = answer.replace(",", "").replace(" ", "") if isinstance(answer, str) else answer
    return {str(letter).strip().upper() for letter in letters}


def _found(answer) -> None:
    expect(
        isinstance(answer, list | tuple | set | str) and len(answer) > 0,
        'Give a list of letters, such as `["A", "B", "C"]`.',
    )
    letters = _letters(answer)
    strange = sorted(letters - set("ABCDEF"))
    expect(not strange, f"There is no line {strange[0] if strange else ''!r}; the lines are A to F.")
    expect(
        letters == _FAULTS,
        f"{len(letters & _FAULTS)} of the three are in your list, and {len(letters - _FAULTS)} good lines with them. "
        "Compare each line with `regression_of` and `solve_ridge`.",
    )


# ------------------------------------------------------------------------------------ E11.3 pairs in order

_ORDERS = (
    ([3.0, 2.0, 1.0], [5.0, 4.0, 1.0]),
    ([1.0, 2.0, 3.0], [5.0, 4.0, 1.0]),
    ([4.1, 4.1, 3.0, 2.0], [5.0, 2.0, 2.0, 4.0]),
    ([0.3, 0.2, 0.9, 0.2, 0.5], [1.0, 3.0, 3.0, 2.0, 3.0]),
)


def _share(scores, stars) -> float:
    pairs = [(i, j) for i in range(len(stars)) for j in range(len(stars)) if stars[i] > stars[j]]
    return sum(
        1.0 if scores[i] > scores[j] else 0.5 if scores[i] == scores[j] else 0.0 for i, j in pairs
    ) / len(pairs)


def _in_order(answer) -> None:
    for scores, stars in _ORDERS:
        said = answer(np.array(scores), np.array(stars))
        expect(np.ndim(said) == 0, f"One share is asked for; yours has shape {np.shape(said)}.")
        expect_same(said, _share(scores, stars), f"`pairs_right({scores}, {stars})`")


def _share_counting(tied: float, among_equals: bool) -> Callable:
    """A ``pairs_right`` that gives ``tied`` for equal scores, and may count pairs with equal stars too."""

    def pairs_right(scores, stars):
        right = pairs = 0.0
        for i in range(len(stars)):
            for j in range(len(stars)):
                if stars[i] > stars[j] or (among_equals and i < j and stars[i] == stars[j]):
                    pairs += 1
                    right += (stars[i] > stars[j]) * (
                        1.0 if scores[i] > scores[j] else tied if scores[i] == scores[j] else 0.0
                    )
        return right / pairs

    return pairs_right


def _share_of_neighbours(scores, stars):
    pairs = [(i, i + 1) for i in range(len(stars) - 1) if stars[i] != stars[i + 1]]
    return sum(np.sign(scores[i] - scores[j]) == np.sign(stars[i] - stars[j]) for i, j in pairs) / len(pairs)


def _share_wrong(scores, stars):
    return 1 - _share(scores, stars)


# ------------------------------------------------------------------------------------ E11.4 cosine

_ROOM = np.random.default_rng(4)
_DIRECTIONS = tuple((_ROOM.normal(size=k), _ROOM.normal(size=(n, k))) for n, k in ((5, 3), (1, 2), (8, 8)))


def _cosine(a, B):
    return B @ a / (np.linalg.norm(B, axis=1) * np.linalg.norm(a))


def _cosines(answer) -> None:
    for a, B in _DIRECTIONS:
        said = answer(a, B)
        expect(
            np.shape(said) == (len(B),),
            f"For B of shape {B.shape} there are {len(B)} cosines; yours has shape {np.shape(said)}.",
        )
        expect_same(said, _cosine(a, B), f"`cosines` for B of shape {B.shape}")


def _inner(a, B):
    return B @ a


def _half_cosine(a, B):
    return B @ a / np.linalg.norm(B, axis=1)


def _other_half_cosine(a, B):
    return B @ a / np.linalg.norm(a)


def _whole_norm(a, B):
    return B @ a / (np.linalg.norm(B) * np.linalg.norm(a))


# ------------------------------------------------------------------------------------ E11.5 pushes

_FILMS = tuple(
    (H, r, lam, np.append(0, np.random.default_rng(5).normal(size=H.shape[1] - 1))) for H, r, lam in _PEOPLE
)


def _right_pushes(H, r, lam, a):
    return a @ np.linalg.solve(H.T @ H + lam * np.eye(H.shape[1]), H.T * r)


def _pushes(answer) -> None:
    for H, r, lam, a in _FILMS:
        said = answer(H, r, lam, a)
        expect(
            np.shape(said) == (len(r),),
            f"{len(r)} ratings give {len(r)} pushes; yours has shape {np.shape(said)}.",
        )
        total = a @ _solution_of(H, r, lam)
        expect(
            same(np.sum(said), total),
            f"The pushes should sum to `a @ theta`, {total:.4f}; yours sum to {np.sum(said):.4f}.",
        )
        expect_same(said, _right_pushes(H, r, lam, a), "`pushes`")


def _pushes_evenly(H, r, lam, a):
    return np.full(len(r), a @ _solution_of(H, r, lam) / len(r))


def _pushes_by_meeting(H, r, lam, a):
    return (H @ a) * r


def _pushes_left_out(H, r, lam, a):
    whole = a @ _solution_of(H, r, lam)
    rows = np.arange(len(r))
    return np.array([whole - a @ _solution_of(H[rows != i], r[rows != i], lam) for i in rows])


def _pushes_without_r(H, r, lam, a):
    return a @ np.linalg.solve(H.T @ H + lam * np.eye(H.shape[1]), H.T)


# ------------------------------------------------------------------------------------ E11.6 decade

_TITLES = {
    "Alien (1979)": "1970s",
    "2001: A Space Odyssey (1968)": "1960s",
    "Up (2009)": "2000s",
    "Seven (a.k.a. Se7en) (1995)": "1990s",
    "Blade Runner 2049 (2017)": "2010s",
    "Babylon 5": "unknown",
    "(500) Days of Summer (2009)": "2000s",
}


def _decades(answer) -> None:
    for title, decade in _TITLES.items():
        expect_same(answer(title), decade, f"`decade({title!r})`")


def _year(title):
    found = re.search(r"\((\d{4})\)$", title)
    return found[1] if found else "unknown"


def _first_number(title):
    found = re.search(r"(\d{3})\d", title)
    return found[1] + "0s" if found else "unknown"


def _blind_slice(title):
    return title[-5:-2] + "0s"


def _decade_without_s(title):
    found = re.search(r"\((\d{3})\d\)$", title)
    return found[1] + "0" if found else "unknown"


# ------------------------------------------------------------------------------------ what came true

_REGRESSION = "Find the newcomer's own numbers, all else as trained"
_LOVED, _MIXED = "The five they love most", "The three they love most and the two they like least"
_EQUAL = "It makes no difference: five are five"
_ALL, _MORE, _CHANCE = (
    "Nearly all ten",
    "Clearly more than of any ten films, yet not nearly all",
    "About as many as of any ten films",
)


def _which_five(errors: dict[str, float]) -> str:
    gap = errors["loved"] - errors["mixed"]
    return _MIXED if gap > 0.01 else _LOVED if gap < -0.01 else _EQUAL


def _genre_share(shares: dict[str, float]) -> str:
    if shares["near"] > 0.9:
        return _ALL
    return _MORE if shares["near"] > shares["any"] + 0.1 else _CHANCE


LESSON = Lesson(
    number=11,
    objectives={
        "O11.1": "fold a newcomer into a trained machine with one small regression",
        "O11.2": "measure what a newcomer's ratings are worth, and say which to ask for",
        "O11.3": 'find films like a film, and say what "alike" means to the machine',
        "O11.4": "explain a recommendation by your own ratings, and say what that explanation is not",
        "O11.5": "serve people and films that training has never seen",
    },
    exercises=(
        Exercise(
            id="E11.1",
            objective="O11.1",
            verify=_ridge,
            expects="a function of H, r and lam that gives theta",
            passed="That is the whole of folding in: a system of 1 + k equations, nine here, for one person.",
            hints=(
                "The equation stands above: what is multiplied by theta, and what stands on the right?",
                "A is HᵀH + λI, and b is Hᵀr. A transpose is written `H.T`, a product `@`.",
                "A = H.T @ H + lam * identity, and b = H.T @ r",
            ),
            solution='''
def ridge(H, r, lam):
    """The theta (1 + k,) that minimises |r - H theta|^2 + lam |theta|^2."""
    identity = np.eye(H.shape[1])
    A = H.T @ H + lam * identity
    b = H.T @ r
    return np.linalg.solve(A, b)
''',
            discussion="It is one half of alternating least squares (`course_utils/fm/lesson_als.py`): training does this "
            "for every user, then for every film with the users held still, and so on. You are one user more.",
            mistakes=(
                Mistake(
                    matches=_answers_like(_ridge_without_lam, _PEOPLE[:1]),
                    feedback="The penalty is missing: that is plain least squares. With ten ratings and nine unknowns it "
                    "fits noise, and with fewer ratings than unknowns `solve` fails. Add lam * identity.",
                    example=_ridge_without_lam,
                ),
                Mistake(
                    matches=_answers_like(_ridge_everywhere, _PEOPLE[:1]),
                    feedback="lam was added to every entry of HᵀH. It belongs on the diagonal alone: lam * identity.",
                    example=_ridge_everywhere,
                ),
                Mistake(
                    matches=_answers_like(_ridge_squared, _PEOPLE),
                    feedback="lam is squared in yours. The penalty is lam times the squared length of theta; lam itself "
                    "goes on the diagonal.",
                    example=_ridge_squared,
                ),
            ),
        ),
        Exercise(
            id="E11.2",
            objective="O11.1",
            verify=_found,
            expects="a list of letters",
            passed="C forgets w0 and w_i, D throws low ratings away, E puts lam on every entry. None of them raises an "
            "error: that is why newcomers' lists need measuring.",
            hints=(
                "Each wrong line runs without an error. Ask of each what it should compute.",
                "What should r be, according to section 2? What does a low rating tell? Where does lam belong?",
                "A, B and F are as they should be.",
            ),
            solution="""
faults = ["C", "D", "E"]
""",
            discussion="Mended: C becomes `r = stars - w0 - w[rated]`, D goes, E becomes `A = H.T @ H + lam * "
            "np.eye(H.shape[1])`.",
            mistakes=(
                Mistake(
                    matches=lambda answer: _letters(answer) == {"C", "E"},
                    feedback="Two found. The third throws information away: somebody who gives 1 star to a film says a "
                    "lot about other films.",
                    example=["C", "E"],
                    misconception="M37",
                ),
                Mistake(
                    matches=lambda answer: "B" in _letters(answer),
                    feedback="B is right: the column of ones belongs to the weight w_you, which is added whatever the "
                    "film is.",
                    example=["B", "C", "E"],
                ),
                Mistake(
                    matches=lambda answer: _letters(answer) == {"D", "E"},
                    feedback="Two found. Look at r: it should hold what is left of the stars once what everyone gives "
                    "the film is taken off.",
                    example=["D", "E"],
                ),
                Mistake(
                    matches=lambda answer: _letters(answer) == {"C", "D"},
                    feedback="Two found. Look at the matrix: it was E11.1's, and is it still?",
                    example=["C", "D"],
                ),
                Mistake(
                    matches=lambda answer: (
                        bool(_letters(answer) & {"A", "F"}) and _letters(answer) <= set("ABCDEF")
                    ),
                    feedback="A picks the rows of the rated films, and F solves: both are as they should be.",
                    example=["A", "C", "E"],
                ),
            ),
        ),
        Exercise(
            id="E11.3",
            objective="O11.2",
            verify=_in_order,
            expects="a function of scores and stars that gives a share",
            passed="One half for a coin, 1 for a perfect order; strictness adds the same to all scores and so changes nothing "
            "here.",
            hints=(
                "Two loops over the films give every pair (i, j). Which of these pairs count?",
                "Count the pair when stars[i] > stars[j]: then each pair counts once. It is right when scores[i] > "
                "scores[j].",
                "gap = scores[i] - scores[j], and then right += 1 if gap > 0 else 0.5 if gap == 0 else 0",
            ),
            solution='''
def pairs_right(scores, stars):
    """Share of pairs with different stars that the scores put in the right order."""
    right = pairs = 0
    for i in range(len(stars)):
        for j in range(len(stars)):
            if stars[i] > stars[j]:
                pairs += 1
                gap = scores[i] - scores[j]
                right += 1 if gap > 0 else 0.5 if gap == 0 else 0
    return right / pairs
''',
            discussion="It is the area under the ROC curve (AUC), for stars instead of yes and no.",
            mistakes=(
                Mistake(
                    matches=_answers_like(_share_counting(0.0, False), _ORDERS),
                    feedback="Equal scores count one half: such a list leaves the order of the two to a coin.",
                    example=_share_counting(0.0, False),
                ),
                Mistake(
                    matches=_answers_like(_share_counting(1.0, False), _ORDERS),
                    feedback="Equal scores count as right in yours. A machine that gives every film the same score would be "
                    "perfect; give them one half.",
                    example=_share_counting(1.0, False),
                ),
                Mistake(
                    matches=_answers_like(_share_counting(0.5, True), _ORDERS),
                    feedback="Pairs with equal stars are among your pairs, and no order of them can be right or wrong. "
                    "Leave them out.",
                    example=_share_counting(0.5, True),
                ),
                Mistake(
                    matches=_answers_like(_share_of_neighbours, _ORDERS),
                    feedback="Those are neighbours only: the first and the second, the second and the third. Take every pair.",
                    example=_share_of_neighbours,
                ),
                Mistake(
                    matches=_answers_like(_share_wrong, _ORDERS),
                    feedback="That is the share of pairs in the wrong order. Turn one comparison round.",
                    example=_share_wrong,
                ),
            ),
        ),
        Exercise(
            id="E11.4",
            objective="O11.3",
            verify=_cosines,
            expects="a function of a and B that gives one cosine per row of B",
            passed="Direction alone: a film with few ratings and a short vector can be the nearest of all.",
            hints=(
                "Above the line stand the inner products of all rows with a. Which product of B and a gives n numbers?",
                "B @ a has n numbers. Below the line: the length of each row, times the length of a.",
                "B @ a / (lengths * np.linalg.norm(a))",
            ),
            solution='''
def cosines(a, B):
    """The cosine of a (k,) with each row of B (n, k); (n,) numbers from -1 to 1."""
    lengths = np.linalg.norm(B, axis=1)
    return B @ a / (lengths * np.linalg.norm(a))
''',
            discussion="A zero vector has no direction, and this divides by zero there; `similar_items` gives such films 0.",
            mistakes=(
                Mistake(
                    matches=_answers_like(_inner, _DIRECTIONS),
                    feedback="Those are inner products: a long vector is then near to everything. Divide by both lengths.",
                    example=_inner,
                ),
                Mistake(
                    matches=_answers_like(_half_cosine, _DIRECTIONS),
                    feedback="The length of a is missing. The order is right already, but these are not numbers from -1 to 1.",
                    example=_half_cosine,
                ),
                Mistake(
                    matches=_answers_like(_other_half_cosine, _DIRECTIONS),
                    feedback="You divided by the length of a alone, which is the same for all rows: the long rows still win.",
                    example=_other_half_cosine,
                ),
                Mistake(
                    matches=_answers_like(_whole_norm, _DIRECTIONS),
                    feedback="np.linalg.norm(B) is one number for the whole matrix. A length for each row needs axis=1.",
                    example=_whole_norm,
                ),
            ),
        ),
        Exercise(
            id="E11.5",
            objective="O11.4",
            verify=_pushes,
            expects="a function of H, r, lam and a that gives n pushes",
            passed="They sum to the last bar, to the last digit. A low rating (negative r) pushes up whatever points the "
            "other way.",
            hints=(
                "Hᵀr is a sum of the columns of Hᵀ, each times its r. Do not add them up.",
                "`H.T * r` is a matrix (1 + k, n) with a column for each rating. Solve for all columns at once.",
                "by_rating = np.linalg.solve(A, H.T * r), and a @ by_rating is the answer.",
            ),
            solution='''
def pushes(H, r, lam, a):
    """What each of n ratings adds to a @ theta; (n,) stars."""
    A = H.T @ H + lam * np.eye(H.shape[1])
    by_rating = np.linalg.solve(A, H.T * r)  # a column of theta for each rating
    return a @ by_rating
''',
            discussion="`rating_pushes`, in `course_utils/recommend`, does it for `fold_in`, and the desk of section 1 shows "
            "the largest of them.",
            mistakes=(
                Mistake(
                    matches=_answers_like(_pushes_left_out, _FILMS),
                    feedback="That is what the film loses when a rating is left out and you are folded in again. A fair "
                    "question, and another one: these numbers do not sum to `a @ theta`.",
                    example=_pushes_left_out,
                    misconception="M39",
                ),
                Mistake(
                    matches=_answers_like(_pushes_evenly, _FILMS),
                    feedback="The sum is right, and each rating gets the same share. Which ratings are about films like this "
                    "one?",
                    example=_pushes_evenly,
                ),
                Mistake(
                    matches=_answers_like(_pushes_by_meeting, _FILMS),
                    feedback="That is how alike the films are, times r. The regression weighs ratings against each other "
                    "as well: solve with A in between.",
                    example=_pushes_by_meeting,
                ),
                Mistake(
                    matches=_answers_like(_pushes_without_r, _FILMS),
                    feedback="r is missing: that is how far one star more would push. Multiply by how far your stars "
                    "were off.",
                    example=_pushes_without_r,
                ),
            ),
        ),
        Exercise(
            id="E11.6",
            objective="O11.5",
            verify=_decades,
            expects="a function of a title that gives a text",
            passed="A side feature out of a title: known before the first rating.",
            hints=(
                "The year stands in brackets at the very end: four digits. You want three of them, a 0 and an s.",
                "`re.search` with a pattern that ends in `$` looks at the end alone. Brackets that are meant as brackets "
                "are written `\\(` and `\\)`.",
                'found = re.search(r"\\((\\d{3})\\d\\)$", title) gives the three digits as found[1], or None.',
            ),
            solution='''
def decade(title):
    """The decade of a title's year: "1970s"; "unknown" where there is no year."""
    found = re.search(r"\\((\\d{3})\\d\\)$", title.strip())
    return found[1] + "0s" if found else "unknown"
''',
            discussion="Slicing works too, for titles with a year. Real titles hold numbers, brackets, blanks at the end, "
            "and sometimes no year.",
            mistakes=(
                Mistake(
                    matches=lambda answer: all(answer(title) == _year(title) for title in _TITLES),
                    feedback="That is the year. Sixty columns with few films each would learn little; decades share.",
                    example=_year,
                ),
                Mistake(
                    matches=lambda answer: all(answer(title) == _first_number(title) for title in _TITLES),
                    feedback="2001: A Space Odyssey is from 1968. Look at the end of the title, in brackets.",
                    example=_first_number,
                ),
                Mistake(
                    matches=lambda answer: all(answer(title) == _blind_slice(title) for title in _TITLES),
                    feedback='Right for titles with a year. "Babylon 5" has none and should give "unknown".',
                    example=_blind_slice,
                ),
                Mistake(
                    matches=lambda answer: all(
                        answer(title) == _decade_without_s(title) for title in _TITLES
                    ),
                    feedback='The s is missing: "1970s".',
                    example=_decade_without_s,
                ),
            ),
        ),
    ),
    predictions=(
        Prediction(
            id="P11.1",
            objective="O11.1",
            stem="A newcomer gives ten ratings to a machine that was trained without them. What has to be done before it can "
            "make a list for this person?",
            options=(
                "Train again, with the ten ratings among the others",
                _REGRESSION,
                "Nothing: the machine knows the films, and that is enough",
            ),
            why="The films' numbers are trained. Nine numbers of the newcomer are missing, and ten ratings are enough for a "
            "small regression.",
        ),
        Prediction(
            id="P11.2",
            objective="O11.1",
            stem="With pencil and paper: two films with v = 1 and v = −1, r = 1 and −1, and λ = 2. What is v_you?",
            tolerance=0.005,
            why="HᵀH = 1 + 1 = 2 and Hᵀr = 1 + 1 = 2, so (2 + 2) v = 2. Without λ it would be 1: the penalty halves it.",
        ),
        Prediction(
            id="P11.3",
            objective="O11.2",
            stem="By how many stars does the error on a newcomer's other ratings shrink, from no rating known to ten? (With no "
            "rating it is about one star.)",
            unit="stars",
            tolerance=0.05,
            why="About a tenth of a star. People's taste is noisy, and what films get from everybody says most of it.",
        ),
        Prediction(
            id="P11.4",
            objective="O11.2",
            stem="A newcomer has rated ten films and may give the machine five of these ratings. Which five make the "
            "smallest error on the rest?",
            options=(_LOVED, _MIXED, _EQUAL),
            happened=_which_five,
            why="Five favourites say that everything is liked. The low ratings show where the limits are.",
        ),
        Prediction(
            id="P11.5",
            objective="O11.3",
            stem="Of the ten films nearest to a film by cosine, how many share at least one genre with it?",
            options=(_ALL, _MORE, _CHANCE),
            happened=_genre_share,
            why="The vectors come from who liked what. That goes along with genre, and it is not genre.",
        ),
        Prediction(
            id="P11.6",
            objective="O11.4",
            stem="For the ten films of your list, how often does another machine name the same rating as the strongest push "
            "as the machine that made the list? In percent of all cases.",
            unit="percent",
            tolerance=10.0,
            why="The machines are about equally good, and an explanation belongs to one machine.",
        ),
        Prediction(
            id="P11.7",
            objective="O11.2",
            stem="After ten ratings: what share of the pairs of the newcomer's other films is in the right order?",
            unit="percent",
            tolerance=5.0,
            why="Better than popularity, and far from perfect: people give different stars for many reasons.",
        ),
        Prediction(
            id="P11.8",
            objective="O11.5",
            stem="How many ones has the row of a newcomer and a film that training knew?",
            why="The film's. The map has no column for the newcomer, and leaves the user's block blank.",
        ),
    ),
    questions=(
        Question(
            id="Q11.1",
            objective="O11.1",
            stem="Ten ratings of a newcomer arrive. Which numbers of the machine does folding in change?",
            options=(
                Option(
                    "The newcomer's weight and vector, and the vectors of the ten films a little",
                    "The films stay as they are: that is what makes the problem a linear regression.",
                    misconception="M36",
                ),
                Option(
                    "All of them: ten new rows change the whole fit",
                    "Training again would, by next to nothing. The newcomer's own numbers are what is missing.",
                    misconception="M36",
                ),
                Option(
                    "None; it adds a weight and a vector for the newcomer",
                    "1 + k numbers beside the model, found in a millisecond.",
                    correct=True,
                ),
            ),
            after="Films fixed, one person solved: a step of alternating least squares.",
        ),
        Question(
            id="Q11.2",
            objective="O11.2",
            stem="You build the desk where newcomers rate. Which requests help the machine most?",
            kind="many",
            options=(
                Option(
                    "“Name your five favourite films”",
                    "From favourites alone it concludes that you like everything: measured in section 3.",
                    misconception="M37",
                ),
                Option(
                    "“Rate films that you know, the bad ones too”",
                    "A low rating says as much as a high one.",
                    correct=True,
                ),
                Option(
                    "“Rate this film”, for films that many know and that people disagree about",
                    "An answer that everybody gives teaches nothing new.",
                    correct=True,
                ),
                Option(
                    "“Leave out what you disliked; it would spoil your list”",
                    "It sharpens the list: films like it go down, and films that its lovers dislike go up.",
                    misconception="M37",
                ),
            ),
            after="Ask for what is known, and let people be rude.",
        ),
        Question(
            id="Q11.3",
            objective="O11.2",
            stem="After ten ratings the error on a newcomer's other ratings fell clearly. A colleague concludes that the list "
            "of ten is now much better. What do you answer?",
            options=(
                Option(
                    "Right: a smaller RMSE is a better list",
                    "Part of the fall is strictness, one number that lifts or lowers all films and reorders none.",
                    misconception="M21",
                ),
                Option(
                    "Measure the order too: strictness lowers the error and changes no order",
                    "In section 3 the error falls well, and the order gains less.",
                    correct=True,
                ),
                Option(
                    "Wrong: ten ratings cannot lower the error",
                    "They did, in ten draws of ten.",
                ),
            ),
            after="Stars and order are two questions.",
        ),
        Question(
            id="Q11.4",
            objective="O11.3",
            stem="The machine says that a war film and a comedy are alike, cosine 0.9. What has it found?",
            options=(
                Option(
                    "A mistake: they share no genre",
                    "Its vectors come from ratings. Genre was a starting point for them, and ratings moved them.",
                    misconception="M38",
                ),
                Option(
                    "Largely the same people like both, and the same people dislike both",
                    "That is all that “alike” means here.",
                    correct=True,
                ),
                Option(
                    "Both have many ratings",
                    "That would lengthen both vectors. The cosine divides by the lengths.",
                ),
            ),
            after="Alike means liked by the same people.",
        ),
        Question(
            id="Q11.5",
            objective="O11.4",
            stem="“Recommended because you gave Alien 5 stars (+0.20).” What does this sentence promise?",
            options=(
                Option(
                    "Without that rating the film would score 0.20 less",
                    "The other ratings would push otherwise then: section 5 measured another fall.",
                    misconception="M39",
                ),
                Option(
                    "You will like the film because you liked Alien",
                    "The machine knows nothing of your reasons. It adds up.",
                    misconception="M39",
                ),
                Option(
                    "0.20 of this machine's score is that rating's share in the sum",
                    "Exact, and about this machine only; another one may share it out otherwise.",
                    correct=True,
                ),
            ),
            after="An explanation is how the number was computed.",
        ),
        Question(
            id="Q11.6",
            objective="O11.5",
            stem="User 333 registered today and rates ten films in your app. The endpoint was trained yesterday. You send it the "
            "row “user 333, film 50”. What comes back?",
            options=(
                Option(
                    "A score that has the ten ratings in it, since they are in the app's database",
                    "The endpoint reads no database. It has columns, and none of them is user 333's.",
                    misconception="M29",
                ),
                Option(
                    "The same as for any other newcomer, if the row is made with the model's own map",
                    "The map has no column for 333, so the film alone is in the row.",
                    correct=True,
                ),
                Option(
                    "An error: the endpoint refuses unknown users",
                    "It is never told about users, only about columns. A row with the film alone is a good row.",
                    misconception="M29",
                ),
            ),
            after="Fold in beside the endpoint, or ask k-NN with (v_you, 1).",
        ),
        Question(
            id="Q11.7",
            objective="O11.5",
            stem="A film arrives tonight that nobody has rated. What can give it a place in lists before its first rating?",
            options=(
                Option(
                    "Folding the film in, as you did with the newcomer",
                    "Folding in needs ratings to fit, and there are none. (From the first few on, it works.)",
                ),
                Option(
                    "Nothing; cold start is a problem of new users",
                    "New things are the other side of it: what is never shown is never rated.",
                    misconception="M04",
                ),
                Option(
                    "What is known without ratings: its genres, its year",
                    "A regression on the trained films says what genres are worth.",
                    correct=True,
                ),
            ),
            after="Ratings for folding in, sides before the first rating.",
        ),
    ),
)
