"""Lesson 04, Build a factorization machine in NumPy: what it asks, and what it says to every answer."""

from __future__ import annotations

import numpy as np

from course_utils.fm import lesson
from course_utils.learn.expect import expect, expect_same, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Prediction, Question


def _machine(seed: int = 0) -> tuple[np.ndarray, np.ndarray, float, np.ndarray, np.ndarray]:
    """A small random problem (X, y, w0, w, V) with real values, zeros and no special structure."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(5, 6)) * (rng.random((5, 6)) < 0.6)
    return X, rng.normal(size=5), 0.7, rng.normal(size=6), rng.normal(size=(6, 3))


def _predict_rows(answer) -> None:
    X, _, w0, w, V = _machine()
    scores = answer(X, w0, w, V)
    expect(np.shape(scores) == (5,), f"5 rows need 5 scores; yours has shape {np.shape(scores)}.")
    expected = [lesson.predict_double_loop(x, w0, w, V) for x in X]
    expect_same(scores, expected, "`predict_rows` on five random rows")


def _predict_without_half(X, w0, w, V):
    return w0 + X @ w + ((X @ V) ** 2 - X**2 @ V**2).sum(axis=1)


def _predict_without_own_terms(X, w0, w, V):
    return w0 + X @ w + 0.5 * ((X @ V) ** 2).sum(axis=1)


def _predict_linear_only(X, w0, w, V):
    return w0 + X @ w


def _predict_half_the_first_part(X, w0, w, V):
    return w0 + X @ w + (0.5 * (X @ V) ** 2 - X**2 @ V**2).sum(axis=1)


def _predict_with_x_not_squared(X, w0, w, V):
    return w0 + X @ w + 0.5 * ((X @ V) ** 2 - X @ V**2).sum(axis=1)


def _predict_one_sum_for_all_rows(X, w0, w, V):
    return w0 + X @ w + 0.5 * ((X @ V) ** 2 - X**2 @ V**2).sum()


def _predict_without_w0(X, w0, w, V):
    return X @ w + 0.5 * ((X @ V) ** 2 - X**2 @ V**2).sum(axis=1)


def _predict_pairs_only(X, w0, w, V):
    return 0.5 * ((X @ V) ** 2 - X**2 @ V**2).sum(axis=1)


def _gradients(answer) -> None:
    X, y, w0, w, V = _machine()
    slopes = answer(X, y, w0, w, V)
    expect(len(slopes) == 3, "Give back three slopes: of w0, of w and of V.")
    names = ("w0", "w", "V")
    for name, slope, right in zip(names, slopes, lesson.gradients(X, y, w0, w, V), strict=True):
        expect_same(slope, right, f"the slope of `{name}`")


def _slopes_with(slope_V):
    """A `gradients` function whose last part is ``slope_V(X, error, V)``."""

    def answer(X, y, w0, w, V):
        error = lesson.predict(X, w0, w, V) - y
        return error.mean(), X.T @ error / len(y), slope_V(X, error, V) / len(y)

    return answer


def _slope_without_own_share(X, error, V):
    return X.T @ (error[:, None] * (X @ V))


def _slope_not_averaged(X, error, V):
    return len(error) * _slope_right(X, error, V)


def _slope_without_error(X, error, V):
    return X.T @ (X @ V) - (X**2).sum(axis=0)[:, None] * V


def _slope_right(X, error, V):
    return _slope_without_own_share(X, error, V) - ((X**2).T @ error)[:, None] * V


def _slope_with_x_not_squared(X, error, V):
    return X.T @ (error[:, None] * (X @ V)) - (X.T @ error)[:, None] * V


def _gives_slope_V(wrong):
    def matches(answer) -> bool:
        X, y, w0, w, V = _machine()
        return same(answer(X, y, w0, w, V)[2], _slopes_with(wrong)(X, y, w0, w, V)[2])

    return matches


def _scores_like(wrong):
    def matches(answer) -> bool:
        X, _, w0, w, V = _machine()
        return same(answer(X, w0, w, V), wrong(X, w0, w, V))

    return matches


def _central_difference(answer) -> None:
    expect_same(answer(np.sin, 0.3), np.cos(0.3), "the slope of sin at 0.3", tolerance=1e-8)
    expect_same(answer(lambda t: t**3, 2.0, 1e-4), 12.0, "the slope of t³ at 2", tolerance=1e-6)


def _judging_curve(judge_rmse) -> str:
    best = int(np.argmin(judge_rmse))
    if best == len(judge_rmse) - 1:
        return "It falls to the end"
    return "It falls, then rises"


LESSON = Lesson(
    number=4,
    objectives={
        "O4.1": "predict with a factorization machine, in linear time",
        "O4.2": "write its gradients",
        "O4.3": "check a gradient numerically",
        "O4.4": "train with mini-batches and stop at the right moment",
    },
    exercises=(
        Exercise(
            id="E4.1",
            objective="O4.1",
            verify=_predict_rows,
            expects="a function of X, w0, w and V",
            passed="The same scores as the double loop, for all rows at once, and no pair was visited.",
            hints=(
                "Three parts: w0, the linear part X @ w, and the pairs. Only the pairs need the trick.",
                "sums = X @ V has shape (n, k). Square it, and take away what each term adds with itself.",
                "The pairs are 0.5 * (sums**2 - (X**2) @ (V**2)).sum(axis=1).",
            ),
            solution="""
def predict_rows(X, w0, w, V):
    sums = X @ V                       # 1  one number per row and factor
    squares = (X**2) @ (V**2)          # 2  each term with itself
    return w0 + X @ w + 0.5 * (sums**2 - squares).sum(axis=1)
""",
            discussion="Nothing here looks at two columns together, and still every pair is counted once.",
            mistakes=(
                Mistake(
                    matches=_scores_like(_predict_without_half),
                    feedback="Every pair is counted twice: the square of a sum holds both v_i·v_j and "
                    "v_j·v_i. Halve the pairs.",
                    example=_predict_without_half,
                ),
                Mistake(
                    matches=_scores_like(_predict_without_own_terms),
                    feedback="Each column is paired with itself, too: v_i·v_i is in your sum. Subtract "
                    "(X**2) @ (V**2) before halving.",
                    example=_predict_without_own_terms,
                    misconception="M13",
                ),
                Mistake(
                    matches=_scores_like(_predict_pairs_only),
                    feedback="The pairs are right. The bias w0 and the linear part X @ w are missing.",
                    example=_predict_pairs_only,
                ),
                Mistake(
                    matches=_scores_like(_predict_without_w0),
                    feedback="All right but for the bias: add w0.",
                    example=_predict_without_w0,
                ),
                Mistake(
                    matches=_scores_like(_predict_linear_only),
                    feedback="That is the linear part alone: the pairs are missing, or cancel out. The square of the sum "
                    "is (X @ V)**2; what goes off it is (X**2) @ (V**2), which is something else.",
                    example=_predict_linear_only,
                ),
                Mistake(
                    matches=_scores_like(_predict_half_the_first_part),
                    feedback="Only the first part is halved. Subtract first, then halve: mind the brackets.",
                    example=_predict_half_the_first_part,
                ),
                Mistake(
                    matches=_scores_like(_predict_with_x_not_squared),
                    feedback="What you subtract has V squared, but not X. With one-hot rows, x and x² are the same, so "
                    "this slip only shows with other values.",
                    example=_predict_with_x_not_squared,
                ),
                Mistake(
                    matches=_scores_like(_predict_one_sum_for_all_rows),
                    feedback="sum() adds up all rows and all factors, so every row gets the same number. Add up the "
                    "factors alone: sum(axis=1).",
                    example=_predict_one_sum_for_all_rows,
                ),
            ),
        ),
        Exercise(
            id="E4.2",
            objective="O4.2",
            verify=_gradients,
            expects="a function of X, y, w0, w and V that gives three slopes",
            passed="All three slopes agree with the reference. Section 5 checks the reference itself.",
            hints=(
                "The formula has two parts: x_i times the inner sum, minus v_if times x_i squared.",
                "First part for all columns: X.T @ (error[:, None] * sums).",
                "Second part: ((X**2).T @ error)[:, None] * V. Subtract it, then divide by len(y).",
            ),
            solution="""
def gradients(X, y, w0, w, V):
    error = lesson.predict(X, w0, w, V) - y          # (n,)
    sums = X @ V                                     # (n, k)
    slope_w0 = error.mean()
    slope_w = X.T @ error / len(y)
    slope_V = X.T @ (error[:, None] * sums)          # x_i times the inner sum
    slope_V -= ((X**2).T @ error)[:, None] * V       # less each column's own share
    slope_V /= len(y)                                # the mean over the rows
    return slope_w0, slope_w, slope_V
""",
            discussion="The own share undoes the column's product with itself, as in the prediction.",
            mistakes=(
                Mistake(
                    matches=_gives_slope_V(_slope_without_own_share),
                    feedback="The second part of the formula is missing: subtract each column's own share, "
                    "v_if times x_i squared times the error.",
                    example=_slopes_with(_slope_without_own_share),
                    misconception="M13",
                ),
                Mistake(
                    matches=_gives_slope_V(_slope_with_x_not_squared),
                    feedback="The own share holds x_i squared. With one-hot rows, x and x² are the same, so "
                    "this slip only shows with other values.",
                    example=_slopes_with(_slope_with_x_not_squared),
                ),
                Mistake(
                    matches=_gives_slope_V(_slope_not_averaged),
                    feedback="That is the sum over the rows. The loss is their mean: divide by len(y), as slope_w does.",
                    example=_slopes_with(_slope_not_averaged),
                ),
                Mistake(
                    matches=_gives_slope_V(_slope_without_error),
                    feedback="The error is missing: each row pulls at V as hard as its prediction is wrong. Multiply by "
                    "error[:, None].",
                    example=_slopes_with(_slope_without_error),
                ),
            ),
        ),
        Exercise(
            id="E4.3",
            objective="O4.3",
            verify=_central_difference,
            expects="a function of f, theta and epsilon",
            passed="That is the judge which every gradient in this course has to face.",
            hints=(
                "Evaluate f twice: a little above theta, a little below.",
                "The two points lie 2·epsilon apart.",
                "(f(theta + epsilon) - f(theta - epsilon)) / (2 * epsilon)",
            ),
            solution="""
def central_difference(f, theta, epsilon=1e-5):
    return (f(theta + epsilon) - f(theta - epsilon)) / (2 * epsilon)
""",
            discussion="Looking both ways cancels the first error term; one-sided is far coarser.",
            mistakes=(
                Mistake(
                    matches=lambda answer: same(answer(lambda t: 3 * t, 1.0), 6.0, tolerance=1e-3),
                    feedback="The slope comes out twice too large: the two points lie 2·epsilon apart.",
                    example=lambda f, theta, epsilon=1e-5: (
                        (f(theta + epsilon) - f(theta - epsilon)) / epsilon
                    ),
                ),
                Mistake(
                    matches=lambda answer: same(answer(lambda t: 3 * t, 1.0, 0.1), 0.6),
                    feedback="That is how far f moved, not yet a slope. Divide by the way between the points, 2·epsilon.",
                    example=lambda f, theta, epsilon=1e-5: f(theta + epsilon) - f(theta - epsilon),
                ),
                Mistake(
                    matches=lambda answer: same(answer(lambda t: 3 * t, 1.0, 0.1), 0.03),
                    feedback="`/ 2 * epsilon` divides by 2 and then multiplies by epsilon. Write `/ (2 * epsilon)`.",
                    example=lambda f, theta, epsilon=1e-5: (
                        (f(theta + epsilon) - f(theta - epsilon)) / 2 * epsilon
                    ),
                ),
                Mistake(
                    matches=lambda answer: same(answer(lambda t: 3 * t, 1.0, 0.1), 3.3 - 2.7 / 0.2),
                    feedback="Division comes before subtraction: put the difference of the two values into brackets.",
                    example=lambda f, theta, epsilon=1e-5: (
                        f(theta + epsilon) - f(theta - epsilon) / (2 * epsilon)
                    ),
                ),
                Mistake(
                    matches=lambda answer: same(answer(lambda t: 3 * t, 1.0, 0.1), -3.0),
                    feedback="The sign is turned round: upper value minus lower value.",
                    example=lambda f, theta, epsilon=1e-5: (
                        (f(theta - epsilon) - f(theta + epsilon)) / (2 * epsilon)
                    ),
                ),
                Mistake(
                    matches=lambda answer: same(abs(answer(lambda t: t * t, 0.0, 0.1)), 0.1),
                    feedback="That looks one way only. Step back as well as forward: it is far more exact.",
                    example=lambda f, theta, epsilon=1e-5: (f(theta + epsilon) - f(theta)) / epsilon,
                ),
            ),
        ),
    ),
    predictions=(
        Prediction(
            id="P4.1",
            objective="O4.1",
            stem="10,334 columns: how many pairs of columns does the double loop visit for one prediction?",
            unit="million pairs",
            tolerance=5.0,
            why="d(d - 1)/2, and each pair costs k multiplications. Almost all of them meet a zero.",
        ),
        Prediction(
            id="P4.2",
            objective="O4.4",
            stem="V starts at all zeros. What has it learned after 1,000 steps?",
            options=("The same as from any other start", "Something, but slowly", "Nothing at all"),
            happened=lambda largest: "Nothing at all" if largest == 0 else "Something, but slowly",
            why="The slope of V is a sum of products with V itself. Zero stays zero.",
        ),
        Prediction(
            id="P4.3",
            objective="O4.4",
            stem="The error on the learning rows falls and falls. What does the error on the judging rows do?",
            options=("It falls to the end", "It falls, then rises", "It rises from the start"),
            happened=_judging_curve,
            why="The machine first learns what everybody shares, then the accidents of its own rows.",
        ),
    ),
    questions=(
        Question(
            id="Q4.1",
            objective="O4.1",
            stem="The linear-time form is …",
            options=(
                Option(
                    "an approximation, good when V is small",
                    "Nothing is dropped: expand the square, and every pair is there. Only rounding differs.",
                    misconception="M10",
                ),
                Option("exactly the same number as the double loop", "It is algebra.", correct=True),
                Option(
                    "right for one-hot rows only",
                    "E4.1 was checked on real values. The form holds for any x.",
                ),
            ),
            after="Linear time is algebra, not approximation.",
        ),
        Question(
            id="Q4.2",
            objective="O4.2",
            stem="A film has not been rated in the learning rows. What is the slope of its row of V?",
            options=(
                Option(
                    "Small and negative, because no rating counts as a low rating",
                    "A missing rating is unknown, not low. There is no row for it at all.",
                    misconception="M01",
                ),
                Option("Random", "Slopes hold no chance; only the start of V does."),
                Option("Zero: x_i is 0 in every row", "So its factors never move.", correct=True),
            ),
            after="Without a rating there is no slope: that is cold start, seen from inside.",
        ),
        Question(
            id="Q4.3",
            objective="O4.3",
            stem="Your gradient and the central difference differ by 0.3 on V and agree on w. What now?",
            options=(
                Option(
                    "The formula for V is wrong",
                    "Central differences are right to many digits.",
                    correct=True,
                ),
                Option(
                    "Use a smaller learning rate",
                    "The learning rate scales the step, not the slope. A wrong direction stays wrong.",
                    misconception="M16",
                ),
                Option("Nothing: some error is normal", "Normal is 1e-8 here. 0.3 is a bug."),
            ),
            after="A gradient that fails its check is wrong, however well the loss seems to fall.",
        ),
        Question(
            id="Q4.4",
            objective="O4.4",
            stem="A: learning RMSE 0.60, judging RMSE 0.95. B: 0.80 and 0.88. Which do you deploy?",
            options=(
                Option("B", "It is the better one on rows that it has not seen.", correct=True),
                Option(
                    "A, it has learned more",
                    "It has memorised more. Your users bring new rows.",
                    misconception="M15",
                ),
            ),
            after="Judge a model on rows that it has not learned from.",
        ),
    ),
)
