"""Lesson 03, Turn pairs into linear time. What it asks, and what it says to every answer."""

from __future__ import annotations

import numpy as np

from course_utils.learn.expect import expect, expect_same, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Parsons, Prediction, Question

# ------------------------------------------------------------------------------------ E3.1 the double loop


def _some_row() -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
    """A row and parameters (x, w0, w, V) without any structure, so that no wrong formula comes out right."""
    rng = np.random.default_rng(2010)
    x = np.array([1.0, 0.0, 2.0, -0.5, 3.0])
    return x, 3.1, rng.normal(size=5), rng.normal(size=(5, 3))


def _score(pairs):
    """A ``score`` whose sum over pairs is ``pairs(x, V)``."""
    return lambda x, w0, w, V: w0 + w @ x + pairs(x, V)


def _all_pairs(x, V) -> np.ndarray:
    """⟨v_i, v_j⟩ x_i x_j for all i and j, (n, n)."""
    return (V @ V.T) * np.outer(x, x)


_right_score = _score(lambda x, V: np.triu(_all_pairs(x, V), 1).sum())
_with_itself = _score(lambda x, V: np.triu(_all_pairs(x, V), 0).sum())
_pairs_twice = _score(lambda x, V: (_all_pairs(x, V) - np.diag(np.diag(_all_pairs(x, V)))).sum())
_whole_square = _score(lambda x, V: _all_pairs(x, V).sum())
_without_x = _score(lambda x, V: np.triu(V @ V.T, 1).sum())
_neighbours = _score(lambda x, V: np.diag(_all_pairs(x, V), 1).sum())


def _no_linear(x, w0, w, V):
    return w0 + np.triu(_all_pairs(x, V), 1).sum()


def _linear_again(x, w0, w, V):
    """The sum over pairs written inside the loop over weights, once per column too often."""
    return _right_score(x, w0, w, V) + (len(x) - 1) * (w @ x)


def _score_is_right(answer) -> None:
    said = answer(*_some_row())
    expect(np.ndim(said) == 0, f"One row needs one number; yours has shape {np.shape(said)}.")
    expect_same(said, _right_score(*_some_row()), "for a row of five columns, `score(x, w0, w, V)`")


def _scores_like(wrong):
    return lambda answer: same(answer(*_some_row()), wrong(*_some_row()))


# ------------------------------------------------------------------------------------ E3.2 the identity


def _squares(x, V) -> tuple[np.ndarray, np.ndarray]:
    """Square of the sum and sum of the squares, one number per factor each."""
    return (x @ V) ** 2, x**2 @ V**2


def _right_pairs(x, V):
    square_of_sum, sum_of_squares = _squares(x, V)
    return 0.5 * np.sum(square_of_sum - sum_of_squares)


def _diagonal_kept(x, V):
    return 0.5 * np.sum(_squares(x, V)[0])


def _without_half(x, V):
    return 2 * _right_pairs(x, V)


def _turned_round(x, V):
    return -_right_pairs(x, V)


def _x_not_squared(x, V):
    return 0.5 * np.sum((x @ V) ** 2 - x @ V**2)


def _V_not_squared(x, V):
    return 0.5 * np.sum((x @ V) ** 2 - x**2 @ V)


def _same_twice(x, V):
    return 0.5 * np.sum((x @ V) ** 2 - (x @ V) ** 2)


def _per_factor(x, V):
    square_of_sum, sum_of_squares = _squares(x, V)
    return 0.5 * (square_of_sum - sum_of_squares)


def _pairs_are_right(answer) -> None:
    x, _, _, V = _some_row()
    said = answer(x, V)
    expect(np.ndim(said) == 0, f"One row needs one number; yours has shape {np.shape(said)}.")
    expect_same(said, _right_pairs(x, V), "for a row of five columns, `interactions(x, V)`")


def _sums_like(wrong):
    x, _, _, V = _some_row()
    return lambda answer: same(answer(x, V), wrong(x, V))


# ------------------------------------------------------------------------------------ E3.4 parameters

_SIZES = ((7, 2), (100, 8), (10_334, 8))


def _right_count(n, k):
    return 1 + n, 1 + n + n * (n - 1) // 2, 1 + n + n * k


def _with_squares(n, k):
    return 1 + n, 1 + n + n * (n + 1) // 2, 1 + n + n * k


def _ordered_pairs(n, k):
    return 1 + n, 1 + n + n * (n - 1), 1 + n + n * k


def _whole_table(n, k):
    return 1 + n, 1 + n + n * n, 1 + n + n * k


def _vectors_per_pair(n, k):
    return 1 + n, 1 + n + n * (n - 1) // 2, 1 + n + k * n * (n - 1) // 2


def _pairs_only(n, k):
    return n, n * (n - 1) // 2, n * k


def _without_bias(n, k):
    return tuple(count - 1 for count in _right_count(n, k))


def _counts_are_right(answer) -> None:
    for n, k in _SIZES:
        said = answer(n, k)
        expect(
            np.shape(said) == (3,),
            f"`count_parameters({n}, {k})` should give three numbers: linear, polynomial, FM.",
        )
        for name, given, right in zip(("linear", "polynomial", "FM"), said, _right_count(n, k), strict=True):
            expect(
                same(given, right), f"`count_parameters({n}, {k})`: {name} is {given}, and should be {right}."
            )


def _counts_like(wrong):
    return lambda answer: all(same(answer(*size), wrong(*size)) for size in _SIZES)


# ------------------------------------------------------------------------------------ E3.5 SVD


def _some_grid() -> np.ndarray:
    return np.random.default_rng(2010).uniform(0, 5, size=(4, 6))


def _from_svd(rebuild):
    """A ``low_rank`` that does ``rebuild(U, sizes, Vt, k)``."""
    return lambda grid, k: rebuild(*np.linalg.svd(grid, full_matrices=False), k)


_right_rank = _from_svd(lambda U, sizes, Vt, k: (U[:, :k] * sizes[:k]) @ Vt[:k])
_without_sizes = _from_svd(lambda U, sizes, Vt, k: U[:, :k] @ Vt[:k])
_everything = _from_svd(lambda U, sizes, Vt, k: (U * sizes) @ Vt)
_last_ones = _from_svd(lambda U, sizes, Vt, k: (U[:, -k:] * sizes[-k:]) @ Vt[-k:])
_one_factor = _from_svd(lambda U, sizes, Vt, k: (U[:, [k - 1]] * sizes[k - 1]) @ Vt[[k - 1]])


def _rank_is_right(answer) -> None:
    grid = _some_grid()
    for k in (1, 2, 3):
        expect_same(
            answer(grid, k), _right_rank(grid, k), f"for a grid of 4 users and 6 films, `low_rank(grid, {k})`"
        )


def _rebuilds_like(wrong):
    grid = _some_grid()
    return lambda answer: all(same(answer(grid, k), wrong(grid, k)) for k in (2, 3))


# ------------------------------------------------------------------------------------ E3.3 the proof

_PROOF = (
    "Σ_{i<j} ⟨vᵢ, vⱼ⟩ xᵢ xⱼ",
    "= ½ [ Σᵢ Σⱼ ⟨vᵢ, vⱼ⟩ xᵢ xⱼ − Σᵢ ⟨vᵢ, vᵢ⟩ xᵢ² ]",
    "= ½ [ Σᵢ Σⱼ Σ_f v_if v_jf xᵢ xⱼ − Σᵢ Σ_f v_if² xᵢ² ]",
    "= ½ Σ_f [ (Σᵢ v_if xᵢ) (Σⱼ v_jf xⱼ) − Σᵢ v_if² xᵢ² ]",
    "= ½ Σ_f [ (Σᵢ v_if xᵢ)² − Σᵢ v_if² xᵢ² ]",
)


def _before(first: int, second: int):
    """Whether a line of the proof stands before another one."""
    return lambda order: order.index(_PROOF[first]) < order.index(_PROOF[second])


LESSON = Lesson(
    number=3,
    objectives={
        "O3.1": "build the score of a factorization machine, term by term",
        "O3.2": "derive the identity that turns all pairs into linear time",
        "O3.3": "count parameters and multiplications",
        "O3.4": "place the machine beside linear and polynomial models, PCA and SVD",
    },
    exercises=(
        Exercise(
            id="E3.1",
            objective="O3.1",
            verify=_score_is_right,
            expects="a function of x, w0, w and V that gives one number",
            passed="Bias, weights, and every pair once. Slow, and you can see that it is right.",
            hints=(
                "Three parts: `w0`, then one product for each column, then one for each pair of columns.",
                "A pair is two different columns, counted once: let `j` start after `i`, with "
                "`range(i + 1, len(x))`.",
                "Inside both loops: `total += V[i] @ V[j] * x[i] * x[j]`",
            ),
            solution="""
def score(x, w0, w, V):
    \"""The score of one row. x : (n,), w : (n,), V : (n, k).\"""
    total = w0 + w @ x
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            total += V[i] @ V[j] * x[i] * x[j]
    return total
""",
            discussion="The outer loop could stop one column earlier: the last column has nobody after it. "
            "`course_utils.fm.lesson.predict_double_loop` is the same function.",
            mistakes=(
                Mistake(
                    matches=_scores_like(_with_itself),
                    feedback="v_i · v_i is in your sum: `j` starts at `i`. A pair is two different columns, so `j` "
                    "starts at `i + 1`.",
                    example=_with_itself,
                    misconception="M13",
                ),
                Mistake(
                    matches=_scores_like(_pairs_twice),
                    feedback="Each pair is in there twice: once as (i, j), once as (j, i). Let `j` start after `i`.",
                    example=_pairs_twice,
                ),
                Mistake(
                    matches=_scores_like(_whole_square),
                    feedback="Your loops visit the whole square: each pair twice, and each column with itself. Let "
                    "`j` start after `i`.",
                    example=_whole_square,
                    misconception="M13",
                ),
                Mistake(
                    matches=_scores_like(_without_x),
                    feedback="x[i] * x[j] is missing from the pairs. With ones and zeros it says which pairs are "
                    "there at all; other values scale them.",
                    example=_without_x,
                ),
                Mistake(
                    matches=_scores_like(_neighbours),
                    feedback="Only neighbours are paired: column 0 with 1, 1 with 2. Every column meets every later "
                    "one.",
                    example=_neighbours,
                ),
                Mistake(
                    matches=_scores_like(_no_linear),
                    feedback="The weights are missing: `w @ x`, one product for each column.",
                    example=_no_linear,
                ),
                Mistake(
                    matches=_scores_like(_linear_again),
                    feedback="The weights are added once per column. Add `w @ x` before the loops begin.",
                    example=_linear_again,
                ),
            ),
        ),
        Exercise(
            id="E3.2",
            objective="O3.2",
            verify=_pairs_are_right,
            expects="a function of x and V that gives one number",
            passed="No loop over pairs, and the same number: square of the sum, minus sum of the squares, halved.",
            hints=(
                "`sums` holds one number for each factor: Σ v x. What do you do to each of them?",
                "The diagonal of factor f is Σ v² x². Squares of all of V and of x: `V**2`, `x**2`; then a product "
                "with `@`.",
                "`difference = sums**2 - x**2 @ V**2`",
            ),
            solution="""
def interactions(x, V):
    \"""Σ over all pairs, in linear time. x : (n,), V : (n, k).\"""
    # 1 sum: one number per factor; 2 square; 3 subtract; 4 halve
    sums = x @ V
    difference = sums**2 - x**2 @ V**2
    return 0.5 * np.sum(difference)
""",
            discussion="`x @ V` has one number per factor, so the square of the sum is a square for each factor. "
            "Adding up the factors comes last.",
            mistakes=(
                Mistake(
                    matches=_sums_like(_diagonal_kept),
                    feedback="The diagonal is still inside: half of the square counts each column with itself. Take "
                    "Σ v² x² away.",
                    example=_diagonal_kept,
                    misconception="M13",
                ),
                Mistake(
                    matches=_sums_like(_without_half),
                    feedback="Twice too much: the square holds every pair two times. Halve it.",
                    example=_without_half,
                ),
                Mistake(
                    matches=_sums_like(_turned_round),
                    feedback="The sign is turned round: it is square of the sum minus sum of the squares.",
                    example=_turned_round,
                ),
                Mistake(
                    matches=_sums_like(_x_not_squared),
                    feedback="In the second term x is not squared. With ones and zeros nobody would notice, since "
                    "1² = 1; a row with other values tells.",
                    example=_x_not_squared,
                ),
                Mistake(
                    matches=_sums_like(_V_not_squared),
                    feedback="In the second term V is not squared: the diagonal is v · v · x · x.",
                    example=_V_not_squared,
                ),
                Mistake(
                    matches=_sums_like(_same_twice),
                    feedback="Both terms are the square of the sum, so nothing is left. The second squares first, and "
                    "sums afterwards.",
                    example=_same_twice,
                ),
                Mistake(
                    matches=lambda answer: same(
                        answer(_some_row()[0], _some_row()[3]), _per_factor(_some_row()[0], _some_row()[3])
                    ),
                    feedback="One number per factor is left. Add them up with `np.sum`.",
                    example=_per_factor,
                ),
            ),
        ),
        Exercise(
            id="E3.4",
            objective="O3.3",
            verify=_counts_are_right,
            expects="a function of n and k that gives three numbers",
            passed="A polynomial model grows with the square of n, a factorization machine with n.",
            hints=(
                "All three have the bias and one weight per column: 1 + n.",
                "Polynomial: one more for each pair, n(n − 1)/2. FM: one vector of k numbers for each column.",
                "`pairs = n * (n - 1) // 2`, then `return 1 + n, 1 + n + pairs, 1 + n + n * k`",
            ),
            solution="""
def count_parameters(n, k):
    \"""How many numbers a linear, a polynomial and a factorization machine learn.\"""
    pairs = n * (n - 1) // 2
    return 1 + n, 1 + n + pairs, 1 + n + n * k
""",
            discussion="`//` keeps whole numbers whole; n(n − 1) is always even, so nothing is lost.",
            mistakes=(
                Mistake(
                    matches=_counts_like(_with_squares),
                    feedback="You counted the pair of each column with itself: n(n + 1)/2. The sum has i < j, so it is "
                    "n(n − 1)/2.",
                    example=_with_squares,
                    misconception="M13",
                ),
                Mistake(
                    matches=_counts_like(_ordered_pairs),
                    feedback="Each pair is counted twice: (i, j) and (j, i) share one weight. Halve n(n − 1).",
                    example=_ordered_pairs,
                ),
                Mistake(
                    matches=_counts_like(_whole_table),
                    feedback="n² is the whole square. A pair weight stands only above the diagonal: n(n − 1)/2.",
                    example=_whole_table,
                    misconception="M13",
                ),
                Mistake(
                    matches=_counts_like(_vectors_per_pair),
                    feedback="Your machine owns a vector for each pair. It owns one for each column, and makes the "
                    "pairs from them: n · k.",
                    example=_vectors_per_pair,
                ),
                Mistake(
                    matches=_counts_like(_pairs_only),
                    feedback="Bias and weights are missing: every one of the three has a w0, and one w for each column.",
                    example=_pairs_only,
                ),
                Mistake(
                    matches=_counts_like(_without_bias),
                    feedback="One too few each time: the bias w0 is a parameter, too.",
                    example=_without_bias,
                ),
            ),
        ),
        Exercise(
            id="E3.5",
            objective="O3.4",
            verify=_rank_is_right,
            expects="a function of a full grid and k that gives a grid of the same shape",
            passed="Users times sizes times films, cut to the first k: no grid of that rank comes closer.",
            hints=(
                "`svd` gives the factors in order of size, largest first. Keep the first k.",
                "Columns of U are factors, rows of Vt are factors: `U[:, :k]`, `sizes[:k]`, `Vt[:k]`.",
                "`return (U[:, :k] * sizes[:k]) @ Vt[:k]`",
            ),
            solution="""
def low_rank(grid, k):
    \"""The closest grid that k factors can make. grid : (users, films), full.\"""
    U, sizes, Vt = np.linalg.svd(grid, full_matrices=False)
    return (U[:, :k] * sizes[:k]) @ Vt[:k]
""",
            discussion="PCA is the same with each column's mean taken off first, and put back afterwards.",
            mistakes=(
                Mistake(
                    matches=_rebuilds_like(_without_sizes),
                    feedback="The sizes are missing. U and Vt hold directions only; `sizes` says how much of each.",
                    example=_without_sizes,
                ),
                Mistake(
                    matches=_rebuilds_like(_everything),
                    feedback="All factors are kept, so the grid comes back as it was, blanks and all. Cut to the "
                    "first k.",
                    example=_everything,
                ),
                Mistake(
                    matches=_rebuilds_like(_last_ones),
                    feedback="Those are the last k factors. The sizes fall from left to right: keep the first k.",
                    example=_last_ones,
                ),
                Mistake(
                    matches=_rebuilds_like(_one_factor),
                    feedback="That is one factor, the k-th. Keep all of the first k: a slice `[:k]`, not an index.",
                    example=_one_factor,
                ),
            ),
        ),
    ),
    parsons=(
        Parsons(
            id="E3.3",
            objective="O3.2",
            stem="Put the five lines of the proof in order. Each line follows from the one above it by one step: "
            "complete the square, write the inner product out, let each factor keep its own sum, see a square.",
            lines=_PROOF,
            after="Complete the square; write the inner product out; sort by factor; see the square. No step "
            "drops anything: both ends are equal, not nearly equal.",
            mistakes=(
                Mistake(
                    matches=_before(4, 0),
                    feedback="The result stands before the start. What do you want to compute? Begin with that.",
                    example=_PROOF[::-1],
                ),
                Mistake(
                    matches=_before(2, 1),
                    feedback="The inner product is written out before the square is complete. First go from pairs "
                    "i < j to all i and j: that brings the ½ and the term to subtract.",
                    example=(_PROOF[0], _PROOF[2], _PROOF[1], _PROOF[3], _PROOF[4]),
                    misconception="M13",
                ),
                Mistake(
                    matches=_before(4, 3),
                    feedback="The square appears before the two equal sums whose product it is.",
                    example=(*_PROOF[:3], _PROOF[4], _PROOF[3]),
                ),
            ),
        ),
    ),
    predictions=(
        Prediction(
            id="P3.1",
            objective="O3.1",
            stem="With pencil and paper: what do all pairs together add to the score of the row above?",
            tolerance=0.005,
            unit="points",
            why="Column 2 is 0, so three pairs are left: 2 · 2 for columns 1 and 3, 2 for 1 and 4, 0 for 3 and 4.",
        ),
        Prediction(
            id="P3.2",
            objective="O3.2",
            stem="A loop over all pairs, and a formula without one. On 200 random rows, how far apart are they at worst?",
            options=("Not more than rounding", "About one part in a thousand", "A few per cent"),
            happened=lambda gap: (
                "Not more than rounding"
                if gap < 1e-9
                else "About one part in a thousand"
                if gap < 0.005
                else "A few per cent"
            ),
            why="It is an identity, not an approximation: the proof dropped nothing.",
        ),
        Prediction(
            id="P3.3",
            objective="O3.3",
            stem="A row grows from 100 to 200 columns. How much more does the loop over pairs multiply?",
            options=("About twice as much", "About four times as much", "About a hundred times as much"),
            happened=lambda times: (
                "About twice as much"
                if times < 3
                else "About four times as much"
                if times < 10
                else "About a hundred times as much"
            ),
            why="Pairs grow with the square: n(n − 1)/2. The identity grows twofold.",
        ),
        Prediction(
            id="P3.4",
            objective="O3.4",
            stem="One weight for each pair, fitted to the seven ratings. What weight does Alice × Star Trek get?",
            options=("Exactly 0", "A negative one: Alice dislikes Star Wars", "A positive one"),
            happened=lambda weight: (
                "Exactly 0"
                if abs(weight) < 1e-9
                else "A positive one"
                if weight > 0
                else "A negative one: Alice dislikes Star Wars"
            ),
            why="No row has both, so no row says anything about that weight.",
        ),
        Prediction(
            id="P3.5",
            objective="O3.4",
            stem="SVD with three factors, every blank read as 0 stars. What does it say about Charlie and Star Trek, "
            "which the machine of lesson 02 puts at 4.0?",
            options=("About 0", "About 2", "About 4"),
            happened=lambda stars: "About 0" if stars < 1 else "About 2" if stars < 3 else "About 4",
            why="It was told 0, and three factors suffice to repeat everything that it was told.",
        ),
    ),
    questions=(
        Question(
            id="Q3.1",
            objective="O3.1",
            stem="A row has four columns, and all four are non-zero. How many inner products ⟨v_i, v_j⟩ are in its score?",
            kind="number",
            options=(
                Option("6", "4 · 3 / 2: each pair of different columns, once.", correct=True),
                Option(
                    "10",
                    "That counts each column with itself as well. The sum has i < j.",
                    misconception="M13",
                ),
                Option("12", "That counts each pair twice: (i, j) and (j, i) are one pair."),
                Option("16", "That is the whole square. Leave out the diagonal, and halve the rest."),
            ),
            after="n(n − 1)/2 pairs, none of a column with itself.",
        ),
        Question(
            id="Q3.2",
            objective="O3.2",
            stem="A colleague uses the double loop in the final run, “because the fast formula is approximate”. What do you say?",
            options=(
                Option(
                    "Right: speed costs accuracy",
                    "Here it does not. Every step of the proof is an equality; only rounding differs, in both.",
                    misconception="M10",
                ),
                Option(
                    "Right, but only for large k",
                    "The identity holds for each factor by itself, so any number of them.",
                    misconception="M10",
                ),
                Option(
                    "The two are equal; use the fast one", "Square, subtract, halve: exact.", correct=True
                ),
            ),
            after="Linear time is an identity, not an approximation.",
        ),
        Question(
            id="Q3.3",
            objective="O3.3",
            stem="You add a million columns that are 0 in nearly every row. What happens to the time of one prediction, "
            "when rows are stored sparse?",
            options=(
                Option(
                    "Nothing to speak of: zeros are skipped",
                    "Work follows the non-zeros of the row. Memory for V does grow.",
                    correct=True,
                ),
                Option(
                    "It grows in step with the columns",
                    "It would if the zeros were multiplied. They are not even stored.",
                    misconception="M12",
                ),
                Option(
                    "It grows with the square of the columns",
                    "That would be the loop over pairs, with every zero in it.",
                    misconception="M12",
                ),
            ),
            after="Linear in the non-zeros, not in the columns.",
        ),
        Question(
            id="Q3.4",
            objective="O3.3",
            stem="1,000 columns and k = 10. How many parameters has the factorization machine, all in all?",
            kind="number",
            options=(
                Option("11001", "1 + 1,000 + 1,000 · 10.", correct=True),
                Option("10000", "That is V alone. Bias and weights come on top."),
                Option("500501", "That is a polynomial model: one weight for each pair."),
                Option("11000", "The bias is missing."),
            ),
            after="1 + n + nk: the price of a column is k + 1 numbers.",
        ),
        Question(
            id="Q3.5",
            objective="O3.4",
            stem="“A factorization machine is PCA with another name.” Which differences are real?",
            kind="many",
            options=(
                Option("It is fitted to answers y; PCA has none", "It is supervised.", correct=True),
                Option(
                    "It skips blanks; PCA needs every cell",
                    "A blank is not a row, so it is in no sum.",
                    correct=True,
                ),
                Option(
                    "It takes any columns: time, genre, device",
                    "PCA sees one table. A row of the machine may hold anything.",
                    correct=True,
                ),
                Option(
                    "It uses short vectors; PCA does not",
                    "Both do. That is what they have in common: low rank.",
                    misconception="M11",
                ),
            ),
            after="Low rank is common to both; the answers, the blanks and the columns are not.",
        ),
        Question(
            id="Q3.6",
            objective="O3.4",
            stem="Why has a polynomial model no opinion of its own on Alice × Star Trek, when a factorization machine has?",
            options=(
                Option(
                    "It has too few parameters",
                    "It has more. They are not shared, that is the trouble.",
                ),
                Option(
                    "Its weight for that pair occurs in no row",
                    "The machine makes the pair from two vectors, and both occur in rows.",
                    correct=True,
                ),
                Option(
                    "Nobody can, without an (Alice, Star Trek) row",
                    "The machine does: seven ratings, twelve predictions.",
                    misconception="M06",
                ),
            ),
            after="A weight per pair needs the pair. A vector per column needs the column.",
        ),
    ),
)
