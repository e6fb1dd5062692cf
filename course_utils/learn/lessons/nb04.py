"""Lesson 04, Build a factorization machine in NumPy: what it asks, and what it says to every answer."""

from __future__ import annotations

import numpy as np

from course_utils.fm import lesson
from course_utils.fm.model import sigmoid
from course_utils.learn.expect import expect, expect_same, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Parsons, Prediction, Question


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


def _wrong_run(errors) -> str:
    if not errors[-1] <= errors[0]:
        return "It rises"
    return "It stays about where it was" if errors[-1] > 0.8 * errors[0] else "It falls all the same"


# ------------------------------------------------------------------------------------- E4.4 one step of SGD

_STEP = (
    "order = rng.permutation(len(y))",
    "batch = order[:200]",
    "error = lesson.predict(X[batch], w0, w, V) - y[batch]",
    "slope_w0, slope_w, slope_V = slopes_from(error, X[batch], V)",
    "w0, w, V = w0 - lr * slope_w0, w - lr * slope_w, V - lr * slope_V",
    "history.append(lesson.loss(X_judge, y_judge, w0, w, V))",
)


def _before(one: int, other: int):
    """Whether a learner put line ``one`` of the step before line ``other``."""
    return lambda order: order.index(_STEP[one]) < order.index(_STEP[other])


def _step_in(*places: int) -> tuple[str, ...]:
    return tuple(_STEP[place] for place in places)


# ------------------------------------------------------------------------------------------- E4.5 bug hunt

_GUILTY = {"A": 2, "B": 4, "C": 6, "D": 9}
_LINES = 10


def _bug_hunt(answer) -> None:
    expect(isinstance(answer, dict), "Give a dict with the keys A, B, C and D.")
    for letter, line in _GUILTY.items():
        expect(letter in answer, f"{letter} is missing.")
        given = answer[letter]
        expect(
            isinstance(given, int | np.integer) and 1 <= given <= _LINES,
            f"{letter}: give the number of a line, 1 to {_LINES}.",
        )
        expect(
            given == line,
            f"{letter} is not the fault of line {given}. Which lines touch what this test looks at?",
        )


def _blames(letter: str, *lines: int):
    return lambda answer: answer[letter] in lines


def _but(**changed: int) -> dict[str, int]:
    return _GUILTY | changed


# ------------------------------------------------------------------------------------------- E4.6 log-loss

_SCORES = np.array([-3.0, -0.5, 0.0, 0.8, 2.0, 4.0])
_LIKES = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.0])


def _slope_of_log_loss(answer) -> None:
    slopes = answer(_SCORES, _LIKES)
    expect(np.shape(slopes) == (6,), f"6 rows need 6 slopes; yours has shape {np.shape(slopes)}.")
    by_halves = _log_loss(_SCORES + 1e-6, _LIKES) - _log_loss(_SCORES - 1e-6, _LIKES)
    expect_same(slopes, by_halves / 2e-6, "the slope of the log-loss, measured,", tolerance=1e-7)


def _log_loss(score: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, score) - y * score


def _slopes_like(wrong):
    return lambda answer: same(answer(_SCORES, _LIKES), wrong(_SCORES, _LIKES))


def _without_sigmoid(score, y):
    return score - y


def _true_minus_said(score, y):
    return y - sigmoid(score)


def _along_the_probability(score, y):
    p = sigmoid(score)
    return (p - y) / (p * (1 - p))


def _of_the_squared_error(score, y):
    p = sigmoid(score)
    return (p - y) * p * (1 - p)


def _from_the_label(score, y):
    return (score > 0) - y


def _averaged(score, y):
    return (sigmoid(score) - y) / len(y)


def _dip(best_errors) -> str:
    short, long = best_errors
    if abs(long - short) < 0.02:
        return "The same dip, about ten times as early"
    return "A dip that stays higher" if long > short else "A deeper dip"


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
        "O4.5": "switch the same machine to yes and no, with log-loss",
    },
    exercises=(
        Exercise(
            id="E4.1",
            objective="O4.1",
            verify=_predict_rows,
            expects="a function of X, w0, w and V",
            passed="The same scores as the double loop. With `X @ V` a row costs d·k steps, and no pair is visited.",
            hints=(
                "Three parts: w0, the linear part X @ w, and the pairs. Only the pairs need the trick.",
                "sums = X @ V has shape (n, k). Square it, and take away what each term adds with itself.",
                "The pairs are 0.5 * (sums**2 - (X**2) @ (V**2)).sum(axis=1).",
            ),
            solution="""
def predict_rows(X, w0, w, V):
    \"\"\"Scores (n,) of all rows X : (n, d), without any loop over pairs.\"\"\"
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
    \"\"\"Slopes of the mean of ½(ŷ - y)² over the rows: a number, (d,) and (d, k).\"\"\"
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
    \"\"\"Slope of the function f at the number theta, measured.\"\"\"
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
        Exercise(
            id="E4.5",
            objective="O4.4",
            verify=_bug_hunt,
            expects="a dict of four line numbers",
            passed="All four. Now mend them in their cell: halve the pairs, a small random V, no pull on w0, the judging "
            "rows in line 9. Then run the report again.",
            hints=(
                "A looks at `scores_of` alone. B, C and D look at what `train` gives back. Read those lines one by one "
                "against sections 3, 6 and 7.",
                "A: what stands before the bracket in the linear-time form? B: what is the slope of V where V is 0? "
                "C: which parameter should not be pulled? D: which arguments of `train` are never used?",
                "A is in line 2, B in line 4. C is one of 6, 7 and 8; D is one of 9 and 10.",
            ),
            solution='guilty = {"A": 2, "B": 4, "C": 6, "D": 9}',
            discussion="Mended: `0.5 * (sums**2 - squares).sum(axis=1)`; "
            "`V = np.random.default_rng(0).normal(0, 0.1, (X.shape[1], k))`; `w0 = w0 - lr * slopes[0]`; "
            "`scores_of(X_judge, w0, w, V) - y_judge`. Not one of them had raised an error.",
            mistakes=(
                Mistake(
                    matches=_blames("A", 1),
                    feedback="A: line 1 is right: one sum for each factor, and what each column adds with itself. What "
                    "becomes of them in line 2? Every pair is in the square twice.",
                    example=_but(A=1),
                ),
                Mistake(
                    matches=_blames("B", 3),
                    feedback="B: w may start at 0: its slope is x times the error, and needs no w. The slope of V is made of V.",
                    example=_but(B=3),
                    misconception="M14",
                ),
                Mistake(
                    matches=_blames("B", 8),
                    feedback="B: line 8 takes a proper step. But where slope and V are both 0, every step leads from 0 to 0. "
                    "Where does V begin?",
                    example=_but(B=8),
                    misconception="M14",
                ),
                Mistake(
                    matches=_blames("C", 7, 8),
                    feedback="C: w and V may be pulled; that is what regularisation is for. One parameter carries the mean of "
                    "all ratings, and is pulled towards 0 stars here.",
                    example=_but(C=7),
                ),
                Mistake(
                    matches=_blames("C", 3),
                    feedback="C: the mean is a good start for w0. It does not stay there: which line takes it away?",
                    example=_but(C=3),
                ),
                Mistake(
                    matches=_blames("D", 10),
                    feedback="D: line 10 is an RMSE, and right for any errors. Whose errors are they? Those of the rows that it "
                    "learns from, and their error falls whatever happens.",
                    example=_but(D=10),
                    misconception="M15",
                ),
            ),
        ),
        Exercise(
            id="E4.6",
            objective="O4.5",
            verify=_slope_of_log_loss,
            expects="a function of score and y",
            passed="Said minus true, as with stars. The central difference agrees to seven digits.",
            hints=(
                "Take y = 1. The loss is -log(sigmoid(score)). Its slope along p is -1/p, and p has the slope p·(1 - p).",
                "Multiply the two: for y = 1 it is p - 1. For y = 0 it is p. One formula does both.",
                "sigmoid(score) - y",
            ),
            solution="""
def slope_of_log_loss(score, y):
    \"\"\"How the log-loss changes with the score. score, y : (n,), y is 0 or 1.\"\"\"
    return sigmoid(score) - y
""",
            discussion="The 1/p of the loss and the p of the sigmoid cancel. That is why the two belong together.",
            mistakes=(
                Mistake(
                    matches=_slopes_like(_without_sigmoid),
                    feedback="That is the slope of the squared error in stars. Here the score is not the answer yet: it "
                    "goes through the sigmoid first.",
                    example=_without_sigmoid,
                ),
                Mistake(
                    matches=_slopes_like(_true_minus_said),
                    feedback="The sign is turned round. With a score too high the loss must grow with the score: said minus "
                    "true.",
                    example=_true_minus_said,
                ),
                Mistake(
                    matches=_slopes_like(_along_the_probability),
                    feedback="That is the slope along p. Asked is the slope along the score: multiply by the sigmoid's own "
                    "slope, p·(1 - p).",
                    example=_along_the_probability,
                ),
                Mistake(
                    matches=_slopes_like(_of_the_squared_error),
                    feedback="That is the slope of ½(p - y)². It dies out where the machine is sure and wrong, the worst place "
                    "to stop learning. The log-loss has no p·(1 - p) left over.",
                    example=_of_the_squared_error,
                ),
                Mistake(
                    matches=_slopes_like(_from_the_label),
                    feedback="You cut the score to 0 or 1 first. Then rows on the right side teach nothing more. Keep the "
                    "probability.",
                    example=_from_the_label,
                    misconception="M25",
                ),
                Mistake(
                    matches=_slopes_like(_averaged),
                    feedback="Right, and divided by the number of rows. Here every row has a slope of its own; the mean comes "
                    "later.",
                    example=_averaged,
                ),
            ),
        ),
    ),
    parsons=(
        Parsons(
            id="E4.4",
            objective="O4.4",
            stem="One step of stochastic gradient descent, from the shuffled rows to the judged result. Put the lines in "
            "order: each uses names that a line above it has made.",
            lines=_STEP,
            after="Shuffle, take a batch, see how wrong it is, get all slopes, move everything at once, judge by other "
            "rows. An epoch repeats the lines in the middle for every batch.",
            mistakes=(
                Mistake(
                    matches=_before(5, 4),
                    feedback="You judge before you have moved: the history would lag behind by a step, and early stopping "
                    "would keep the wrong parameters.",
                    example=_step_in(0, 1, 2, 3, 5, 4),
                ),
                Mistake(
                    matches=_before(4, 3),
                    feedback="The parameters move before their slopes are known. First all three slopes, then one step for "
                    "all: each slope must be taken at the same point.",
                    example=_step_in(0, 1, 2, 4, 3, 5),
                ),
                Mistake(
                    matches=_before(3, 2),
                    feedback="Every slope is the error times something. So the error comes first.",
                    example=_step_in(0, 1, 3, 2, 4, 5),
                ),
                Mistake(
                    matches=_before(1, 0),
                    feedback="The batch is taken before the rows are shuffled. Ratings lie sorted by user in most files: the "
                    "first batch would know one or two users only.",
                    example=_step_in(1, 0, 2, 3, 4, 5),
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
            objective="O4.3",
            stem="The slopes of V lack their last part. What does the error on the seven ratings do in 200 steps?",
            options=("It rises", "It falls all the same", "It stays about where it was"),
            happened=_wrong_run,
            why="A direction that is partly wrong can still lead downhill. A falling error proves no gradient right.",
        ),
        Prediction(
            id="P4.3",
            objective="O4.4",
            stem="V starts at all zeros. What has it learned after 1,000 steps?",
            options=("The same as from any other start", "Something, but slowly", "Nothing at all"),
            happened=lambda largest: "Nothing at all" if largest == 0 else "Something, but slowly",
            why="The slope of V is a sum of products with V itself. Zero stays zero.",
        ),
        Prediction(
            id="P4.4",
            objective="O4.4",
            stem="The error on the learning rows falls and falls. What does the error on the judging rows do?",
            options=("It falls to the end", "It falls, then rises", "It rises from the start"),
            happened=_judging_curve,
            why="The machine first learns what everybody shares, then the accidents of its own rows.",
        ),
        Prediction(
            id="P4.5",
            objective="O4.4",
            stem="The bench opens at learning rate 2, without λ: the dashed line (rows kept back) dips and rises again. "
            "With learning rate 20, what will the dashed line look like?",
            options=(
                "The same dip, about ten times as early",
                "A deeper dip",
                "A dip that stays higher",
            ),
            happened=_dip,
            why="A step ten times as long does not walk the same way faster: it jumps across the low ground.",
        ),
        Prediction(
            id="P4.6",
            objective="O4.5",
            stem="Score 8, and the answer was 0. What is the slope of the log-loss along the score?",
            tolerance=0.05,
            why="The probability is 0.9997, the answer 0: the slope is their difference. No single row pulls harder than 1.",
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
        Question(
            id="Q4.5",
            objective="O4.4",
            stem="A colleague starts w and V at 0, “to be neutral”, and trains for a long time. What is the result?",
            options=(
                Option(
                    "The same model as from any other start",
                    "The steps change V by its slope, and its slope is made of V: 0 stays 0.",
                    misconception="M14",
                ),
                Option(
                    "A linear model: the pairs are never learned",
                    "w learns, V does not.",
                    correct=True,
                ),
                Option(
                    "Nothing is learned at all",
                    "w starts at 0 as well, and learns: its slope is x times the error.",
                ),
            ),
            after="Small and random, so that the factors can differ.",
        ),
        Question(
            id="Q4.6",
            objective="O4.4",
            stem="At learning rate 2 your best error is 0.82, at 20 it is 0.98. Which of these are sound?",
            kind="many",
            options=(
                Option(
                    "At 20, train ten times longer; it will get there",
                    "It is not late, it is jumping across the low ground. More jumps do not help.",
                    misconception="M16",
                ),
                Option("Try 1 and 4 as well", "A few between, then decide.", correct=True),
                Option(
                    "Compare them on rows kept back, not on the rows learned from",
                    "Otherwise you choose who memorises best.",
                    correct=True,
                    misconception="M15",
                ),
            ),
            after="The learning rate decides where you end, not only when.",
        ),
        Question(
            id="Q4.7",
            objective="O4.5",
            stem="From stars to yes and no: what changes in the gradient code?",
            options=(
                Option(
                    "The score goes through the sigmoid before y is taken off",
                    "Said minus true; the rest stays.",
                    correct=True,
                ),
                Option(
                    "All three slopes need formulas of their own",
                    "How the score depends on w0, w and V has not changed. Only how wrong a score is, has.",
                ),
                Option(
                    "The score is cut to 0 or 1 before y is taken off",
                    "Then a row on the right side by a hair would teach nothing. Keep the probability.",
                    misconception="M25",
                ),
            ),
            after="Another error, one other line.",
        ),
    ),
)
