"""Lesson 02, Would Alice like Star Trek? What it asks, and what it says to every answer."""

from __future__ import annotations

import numpy as np

from course_utils.learn.expect import expect, expect_same, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Prediction, Question
from course_utils.widgets import star_trek
from course_utils.widgets.star_trek import ALICE, COURSE_SETTINGS, FILMS, NAMES, STAR_TREK, USERS, Settings

WANTED = 3.5  # stars: what exercise E2.3 wants Alice to be predicted for Star Trek
UNREGULARISED = (0.0, 0.0)
COURSE = (COURSE_SETTINGS.lambda_w, COURSE_SETTINGS.lambda_V)
W_ALONE = (1.0, 0.0)  # tells a function that mixes up the two strengths

# ------------------------------------------------------------------------------------ E2.0 one mean


def _titanic_mean(answer) -> None:
    expect(
        np.ndim(answer) == 0 and not isinstance(answer, str), "Give one number, without quotes or brackets."
    )
    expect(not np.isnan(answer), "It is NaN: a blank got into the sum. Take the two ratings that exist.")
    expect(
        same(answer, 3.0, tolerance=0.01),
        f"{answer:g} is not it. How many ratings stand in the column of Titanic, and what are they?",
    )


# ------------------------------------------------------------------------------------ E2.1 one-hot by hand

_ROWS = (("Alice", "Titanic"), ("Bob", "Star Trek"), ("Charlie", "Notting Hill"))


def _one_hot_row(answer) -> None:
    for user, film in _ROWS:
        row, call = answer(user, film), f"one_hot_row({user!r}, {film!r})"
        expect(len(row) == len(NAMES), f"`{call}` has {len(row)} numbers; three users and four films need 7.")
        expect_same(row, star_trek.one_hot(user, film), f"`{call}`")


def _row_with(user_value=1, film_value=1):
    def one_hot_row(user, film):
        return [user_value if name == user else film_value if name == film else 0 for name in NAMES]

    return one_hot_row


def _row_of_numbers(user, film):
    return [USERS.index(user), FILMS.index(film)]


def _row_films_first(user, film):
    return [int(name in (user, film)) for name in (*FILMS, *USERS)]


def _row_user_only(user, film):
    return [int(name == user) for name in NAMES]


def _gives_rows_like(wrong):
    return lambda answer: all(same(answer(*pair), wrong(*pair)) for pair in _ROWS)


# ------------------------------------------------------------------------------------ E2.2 one prediction

_PAIRS = tuple((user, film) for user in USERS for film in FILMS)


def _some_parameters() -> tuple[float, np.ndarray, np.ndarray]:
    """Parameters (w0, w, V) without any structure, so that no wrong formula comes out right by chance."""
    rng = np.random.default_rng(2010)
    return 3.1, rng.normal(size=7), rng.normal(size=(7, 3))


def _predict_pair(answer) -> None:
    w0, w, V = _some_parameters()
    for user, film in _PAIRS:
        said = answer(user, film, w0, w, V)
        expect(
            np.ndim(said) == 0, f"One user and one film need one number; yours has shape {np.shape(said)}."
        )
        i, j = NAMES.index(user), NAMES.index(film)
        right = w0 + w[i] + w[j] + sum(V[i, f] * V[j, f] for f in range(V.shape[1]))
        expect_same(said, right, f"`predict_pair({user!r}, {film!r}, w0, w, V)`")


def _pair_formula(formula):
    """A ``predict_pair`` that computes ``formula(w0, w_i, w_j, v_i, v_j)``."""

    def predict_pair(user, film, w0, w, V):
        i, j = NAMES.index(user), NAMES.index(film)
        return formula(w0, w[i], w[j], V[i], V[j])

    return predict_pair


def _predicts_like(wrong):
    def matches(answer) -> bool:
        parameters = _some_parameters()
        return all(same(answer(*pair, *parameters), wrong(*pair, *parameters)) for pair in _PAIRS)

    return matches


_without_pair = _pair_formula(lambda w0, wi, wj, vi, vj: w0 + wi + wj)
_without_w0 = _pair_formula(lambda w0, wi, wj, vi, vj: wi + wj + vi @ vj)
_without_weights = _pair_formula(lambda w0, wi, wj, vi, vj: w0 + vi @ vj)
_without_film_weight = _pair_formula(lambda w0, wi, wj, vi, vj: w0 + wi + vi @ vj)
_without_sum = _pair_formula(lambda w0, wi, wj, vi, vj: w0 + wi + wj + vi * vj)
_pair_twice = _pair_formula(lambda w0, wi, wj, vi, vj: w0 + wi + wj + 2 * (vi @ vj))
_with_itself = _pair_formula(lambda w0, wi, wj, vi, vj: w0 + wi + wj + vi @ vj + vi @ vi + vj @ vj)

# ------------------------------------------------------------------------------------ E2.3 one changed rating


def alice_after(edit: tuple[str, str, float]) -> np.ndarray:
    """Alice's predicted Star Trek, for each of ten seeds, after one edit ``(user, film, stars)``; (10,) stars."""
    user, film, stars = edit
    grid = star_trek.rendle_grid()
    grid[USERS.index(user), FILMS.index(film)] = stars
    return star_trek.fit_grid(grid).by_seed[:, ALICE, STAR_TREK]


def _one_edit(answer) -> None:
    expect(
        isinstance(answer, tuple | list) and len(answer) == 3,
        'Write one edit as `("user", "film", stars)`, for example `("Bob", "Star Wars", 2)`.',
    )
    user, film, stars = answer
    expect(user in USERS, f"There is no user {user!r}; choose one of {', '.join(USERS)}.")
    expect(film in FILMS, f"There is no film {film!r}; choose one of {', '.join(FILMS)}.")
    expect(stars in (1, 2, 3, 4, 5), f"A rating is 1, 2, 3, 4 or 5 stars; you wrote {stars!r}.")
    was = star_trek.rendle_grid()[USERS.index(user), FILMS.index(film)]
    expect(
        not np.isnan(was),
        f"{user} has not rated {film}: that would be an eighth rating. Change one of the seven that exist.",
    )
    expect(stars != was, f"{user} has rated {film} with {was:.0f} already, so nothing changes.")
    said = alice_after(answer)
    count = int((said >= WANTED).sum())
    expect(
        count == len(said),
        f"I refitted it from ten seeds: Alice is predicted {said.min():.2f} to {said.max():.2f} stars, and "
        f"{count} of 10 reach {WANTED}. Whose taste would have to look like Alice's, or which film unlike Star "
        "Wars?",
    )


def _edits(*cells: tuple[str, str]):
    return lambda answer: tuple(answer[:2]) in cells


# ------------------------------------------------------------------------------------ E2.4 ten seeds


def count_above(lambda_w: float, lambda_V: float) -> int:
    """In how many of ten seeds Charlie's Star Trek is predicted above Alice's."""
    settings = Settings(lambda_w=lambda_w, lambda_V=lambda_V)
    return star_trek.fit_grid(star_trek.rendle_grid(), settings).charlie_above


def _count(answer) -> None:
    for strengths, words in (
        (UNREGULARISED, "without regularisation"),
        (COURSE, "with the course settings"),
        (W_ALONE, "with regularisation of w alone"),
    ):
        said = answer(*strengths)
        expect(np.ndim(said) == 0, f"`charlie_above{strengths}` should give one number, not {said!r}.")
        expect(
            same(said, count_above(*strengths)),
            f"`charlie_above{strengths}`, {words}, gives {said}; ten fits from the seeds 0 to 9 count otherwise. Print "
            "alice and charlie for the seeds 0, 1 and 2, and count by hand.",
        )


def _counts(without: float, course: float):
    """A wrong ``charlie_above`` that always ends in these two numbers."""
    return lambda lambda_w, lambda_V: without if (lambda_w, lambda_V) == UNREGULARISED else course


def _counts_like(wrong):
    return lambda answer: all(same(answer(*s), wrong(*s)) for s in (UNREGULARISED, COURSE))


_one_seed_ten_times = _counts(10, 10)
_one_seed_once = _counts(1, 1)
_alice_above = _counts(10 - count_above(*UNREGULARISED), 10 - count_above(*COURSE))
_share = _counts(count_above(*UNREGULARISED) / 10, count_above(*COURSE) / 10)
_one_missing = _counts(count_above(*UNREGULARISED) - 1, count_above(*COURSE) - 1)


LESSON = Lesson(
    number=2,
    objectives={
        "O2.1": "read Rendle's table, and say what a blank means",
        "O2.2": "one-hot the seven ratings by hand",
        "O2.3": "explain a prediction for a pair that was never rated, term by term",
        "O2.4": "say which interactions are direct and which travel through shared vectors",
        "O2.5": "refuse to believe one seed",
    },
    exercises=(
        Exercise(
            id="E2.0",
            objective="O2.1",
            verify=_titanic_mean,
            expects="a number of stars",
            passed="5 and 1 make 3.0. Bob's blank is not in the sum and not in the count.",
            hints=(
                "Look down the column of Titanic. How many ratings are there?",
                "Two people have rated it. A blank is neither a rating nor a zero.",
                "(5 + 1) / 2",
            ),
            solution="""
titanic_mean = (5 + 1) / 2
""",
            discussion="pandas agrees: `mean()` leaves NaN out of the sum and out of the count.",
            mistakes=(
                Mistake(
                    matches=lambda answer: same(answer, 2.0, tolerance=0.01),
                    feedback="You divided by three, so Bob's blank counted as 0 stars. Bob did not say that Titanic "
                    "is awful. He said nothing.",
                    example=2.0,
                    misconception="M01",
                ),
                Mistake(
                    matches=lambda answer: same(answer, 24 / 7, tolerance=0.01),
                    feedback="That is the mean of all seven ratings. Take Titanic's column alone.",
                    example=24 / 7,
                ),
                Mistake(
                    matches=lambda answer: same(answer, 6.0, tolerance=0.01),
                    feedback="That is the sum of the two ratings. Divide by how many there are.",
                    example=6.0,
                ),
            ),
        ),
        Exercise(
            id="E2.1",
            objective="O2.2",
            verify=_one_hot_row,
            expects="a function of a user and a film",
            passed="Seven numbers, two ones: one says who, one says what. The rating is not in the row; it is the "
            "answer y that the machine should give.",
            hints=(
                "One number for each name in COLUMNS, in that order.",
                "A number is 1 if its column is named like the user or like the film, and 0 otherwise.",
                "For each `name` in COLUMNS: `int(name in (user, film))`.",
            ),
            solution="""
def one_hot_row(user, film):
    \"""The row of one user and one film: a list of 7 numbers.\"""
    return [int(name in (user, film)) for name in COLUMNS]
""",
            discussion="A loop with two assignments into a list of seven zeros is as good. What matters is that "
            "every row uses the same columns in the same order.",
            mistakes=(
                Mistake(
                    matches=_gives_rows_like(_row_of_numbers),
                    feedback="Those are positions. As numbers they claim that Charlie (2) is twice Bob (1) and Alice "
                    "(0) is nothing. A name is not a quantity: give each its own column of 0 or 1.",
                    example=_row_of_numbers,
                    misconception="M17",
                ),
                Mistake(
                    matches=lambda answer: same(
                        answer("Alice", "Titanic"), _row_with(1, 5)("Alice", "Titanic")
                    ),
                    feedback="You wrote the rating into the row. It belongs into y: for a new pair nobody knows it.",
                    example=_row_with(1, 5),
                    misconception="M06",
                ),
                Mistake(
                    matches=_gives_rows_like(_row_films_first),
                    feedback="Right ones, other order: your films come first. COLUMNS begins with the users, and all "
                    "rows must agree on one order.",
                    example=_row_films_first,
                ),
                Mistake(
                    matches=_gives_rows_like(_row_user_only),
                    feedback="The row says who, but not what. The film needs a 1 as well.",
                    example=_row_user_only,
                ),
            ),
        ),
        Exercise(
            id="E2.2",
            objective="O2.3",
            verify=_predict_pair,
            expects="a function of user, film, w0, w and V",
            passed="Four terms and no sum over rows: nothing in it asks whether anybody has ever rated this pair.",
            hints=(
                "Four terms: the bias, the user's weight, the film's weight, and the two vectors multiplied.",
                "The weights are w[i] and w[j]. The inner product of two NumPy vectors is written with @.",
                "w0 + w[i] + w[j] + V[i] @ V[j]",
            ),
            solution="""
def predict_pair(user, film, w0, w, V):
    \"""Stars for one user and one film. w : (7,), V : (7, k), as in COLUMNS.\"""
    i, j = COLUMNS.index(user), COLUMNS.index(film)
    return w0 + w[i] + w[j] + V[i] @ V[j]
""",
            discussion="The sums of the equation run over all columns, but x is 0 in all but two of them. What is "
            "left are two weights and one product.",
            mistakes=(
                Mistake(
                    matches=_predicts_like(_without_pair),
                    feedback="The pair is missing. Without it every user gets the same list of films: the user's "
                    "weight lifts or lowers all films alike.",
                    example=_without_pair,
                    misconception="M09",
                ),
                Mistake(
                    matches=_predicts_like(_without_w0),
                    feedback="The bias w0 is missing: it is where every prediction starts.",
                    example=_without_w0,
                ),
                Mistake(
                    matches=_predicts_like(_without_weights),
                    feedback="The two weights w[i] and w[j] are missing.",
                    example=_without_weights,
                ),
                Mistake(
                    matches=_predicts_like(_without_film_weight),
                    feedback="The film's weight w[j] is missing: without it no film is better liked than another.",
                    example=_without_film_weight,
                ),
                Mistake(
                    matches=_predicts_like(_without_sum),
                    feedback="V[i] * V[j] gives one product for each factor. The inner product adds them up: use @.",
                    example=_without_sum,
                ),
                Mistake(
                    matches=_predicts_like(_pair_twice),
                    feedback="The pair is in there twice. The sum has j > i, so Alice × Star Trek counts once, and "
                    "Star Trek × Alice is the same pair.",
                    example=_pair_twice,
                ),
                Mistake(
                    matches=_predicts_like(_with_itself),
                    feedback="v_i · v_i is in your sum. The equation pairs different columns only: j > i.",
                    example=_with_itself,
                    misconception="M13",
                ),
            ),
        ),
        Exercise(
            id="E2.3",
            objective="O2.4",
            verify=_one_edit,
            expects='one edit, `("user", "film", stars)`',
            passed="Refitted from ten seeds, and Alice reaches 3.5 in all of them. She said nothing new about Star "
            "Trek: the news reached her through vectors that she shares with others.",
            hints=(
                "Star Trek has one rating only: Bob's. Bob is tied to the others by Star Wars.",
                "Make Alice like what Bob likes, or make Bob's two films disagree, or make Charlie love what Alice "
                "loves.",
                'One that works: ("Bob", "Star Trek", 1). Why would that help Alice? Ask the factor map.',
            ),
            solution="""
my_edit = ("Bob", "Star Trek", 1)
""",
            discussion="Alice/Star Wars to 5, Bob/Star Wars or Bob/Star Trek to 2 or less, and Charlie/Titanic to 4 "
            "or more all work. Bob's two are the ones to talk about. Once Bob's two films disagree, Star Trek turns "
            "away from Star Wars; and away from Star Wars is where Alice is.",
            mistakes=(
                Mistake(
                    matches=_edits(("Alice", "Star Trek")),
                    feedback="That tells the machine the answer. The question is what it concludes about a pair that "
                    "nobody has rated: leave Alice × Star Trek blank and change one of the seven ratings.",
                    example=("Alice", "Star Trek", 5),
                    misconception="M06",
                ),
                Mistake(
                    matches=lambda answer: tuple(answer) == ("Alice", "Star Wars", 4),
                    feedback="That works from some seeds and fails from others: 4 for Star Wars beside 5 for Titanic "
                    "leaves Alice's taste open. Believe it when all ten seeds agree.",
                    example=("Alice", "Star Wars", 4),
                ),
                Mistake(
                    matches=lambda answer: tuple(answer) == ("Bob", "Star Wars", 5),
                    feedback="Bob liking Star Wars more ties Star Trek closer to Star Wars, and Alice dislikes Star "
                    "Wars. You need the opposite.",
                    example=("Bob", "Star Wars", 5),
                    misconception="M07",
                ),
                Mistake(
                    matches=_edits(("Alice", "Titanic"), ("Alice", "Notting Hill")),
                    feedback="Bob has rated neither Titanic nor Notting Hill, so what Alice says about them reaches Star "
                    "Trek only by a long way round. Which film have Alice and Bob both rated?",
                    example=("Alice", "Notting Hill", 5),
                    misconception="M07",
                ),
            ),
        ),
        Exercise(
            id="E2.4",
            objective="O2.5",
            verify=_count,
            expects="a function of lambda_w and lambda_V that gives a count",
            passed="Without regularisation the order depends on the seed; with the course settings it does not.",
            hints=(
                "Ten fits, one for each seed from 0 to 9. Pass seed=seed to fit_toy.",
                "model.predict(star_trek_rows) gives Alice's number, then Charlie's. Count when Charlie's is larger.",
                "Inside the loop: count += int(charlie > alice)",
            ),
            solution="""
def charlie_above(lambda_w, lambda_V):
    \"""In how many of ten seeds is Charlie above Alice? Uses X, y, star_trek_rows.\"""
    count = 0
    for seed in range(10):
        model = fit_toy(X, y, seed=seed, lambda_w=lambda_w, lambda_V=lambda_V)
        alice, charlie = model.predict(star_trek_rows)
        count += int(charlie > alice)
    return count
""",
            discussion="Ten is few, and enough here: an order that flips in three of ten is not an answer.",
            mistakes=(
                Mistake(
                    matches=_counts_like(_one_seed_ten_times),
                    feedback="10 and 10: that is one seed, counted ten times. Does seed=seed reach fit_toy? And do "
                    "lambda_w and lambda_V?",
                    example=_one_seed_ten_times,
                ),
                Mistake(
                    matches=_counts_like(_one_seed_once),
                    feedback="1 and 1: one seed is counted, not ten. Does `count = 0` stand before the loop, and `return` "
                    "after it?",
                    example=_one_seed_once,
                ),
                Mistake(
                    matches=_counts_like(_alice_above),
                    feedback="That counts how often Alice is above Charlie. Turn the comparison round.",
                    example=_alice_above,
                ),
                Mistake(
                    matches=_counts_like(_share),
                    feedback="That is the share of seeds. The exercise asks for the count out of ten.",
                    example=_share,
                ),
                Mistake(
                    matches=_counts_like(_one_missing),
                    feedback="One too few. range(10) gives the seeds 0 to 9; is the first one counted?",
                    example=_one_missing,
                ),
            ),
        ),
    ),
    predictions=(
        Prediction(
            id="P2.1",
            objective="O2.1",
            stem="Neither Alice nor Charlie has rated Star Trek. Who would like it more?",
            options=("Alice", "Charlie", "Nobody can tell from seven ratings"),
            happened=lambda scores: "Charlie" if scores[1] > scores[0] else "Alice",
            why="Charlie loves Star Wars, and so does Bob, who loves Star Trek. Alice does not.",
        ),
        Prediction(
            id="P2.2",
            objective="O2.3",
            stem="With pencil and paper: how many stars do the parameters above give Alice for Star Trek?",
            unit="stars",
            tolerance=0.005,
            why="3.0 − 0.2 + 0.3 − 0.5: the first three terms would say 3.1, the pair takes half a star away.",
        ),
        Prediction(
            id="P2.3",
            objective="O2.4",
            stem="Before the lab answers: Bob changes his mind about Star Trek, from 5 stars to 1. Alice says nothing "
            "new. What happens to Alice's predicted rating of Star Trek?",
            options=("It falls", "It stays as it is", "It rises"),
            happened=lambda change: (
                "It rises" if change > 0.25 else "It falls" if change < -0.25 else "It stays as it is"
            ),
            why="Bob liked Star Wars and now dislikes Star Trek, so the two films turn away from each other; and away "
            "from Star Wars is where Alice is.",
        ),
        Prediction(
            id="P2.4",
            objective="O2.5",
            stem="Ten seeds, no regularisation at all: in how many of the ten is Charlie above Alice?",
            unit="seeds",
            tolerance=1.0,
            why="22 parameters and 7 ratings: many machines fit all seven without error and disagree about the rest.",
        ),
    ),
    questions=(
        Question(
            id="Q2.1",
            objective="O2.1",
            stem="Bob has a blank at Titanic. What does the machine learn from that cell?",
            options=(
                Option(
                    "That Bob dislikes Titanic a little",
                    "Then nearly everybody would dislike nearly everything: most cells of every real table are blank.",
                    misconception="M01",
                ),
                Option(
                    "Nothing: there is no row for it", "A blank is unknown, so it is in no sum.", correct=True
                ),
                Option(
                    "That Bob gives it the mean rating",
                    "The mean may be a fair guess for a blank. It is not something that the machine learns from it.",
                ),
            ),
            after="A blank is a question, not an answer.",
        ),
        Question(
            id="Q2.2",
            objective="O2.2",
            stem="Which rating is the row `0 1 0 0 0 1 0`? The columns are Alice, Bob, Charlie, Titanic, Notting Hill, "
            "Star Wars, Star Trek.",
            options=(
                Option("Bob rated Star Trek", "Star Trek is the last column, and it is 0 here."),
                Option(
                    "Bob gave Star Wars 1 star",
                    "The 1 says which, not how many. The stars are in y.",
                    misconception="M06",
                ),
                Option("Bob rated Star Wars", "Second user, third film.", correct=True),
            ),
            after="x says who and what; y says how many stars.",
        ),
        Question(
            id="Q2.3",
            objective="O2.3",
            stem="What must the training rows contain, so that the machine can predict Alice × Star Trek?",
            options=(
                Option(
                    "Some rating by Alice, and some rating of Star Trek",
                    "Then both have a weight and a vector, and two vectors can always be multiplied.",
                    correct=True,
                ),
                Option(
                    "A rating by Alice of Star Trek",
                    "Then there would be nothing to predict. Seven ratings gave twelve predictions.",
                    misconception="M06",
                ),
                Option(
                    "Nothing about either; V covers everybody",
                    "Without a row, a vector stays at its random start: its prediction means nothing (cold start).",
                ),
            ),
            after="One parameter per pair would need every pair. One vector per column needs every column.",
        ),
        Question(
            id="Q2.4",
            objective="O2.4",
            stem="A row holds one user and one film, both one-hot. Which statements hold? (A slide says "
            "that user–film, user–user and film–film interactions are modelled.)",
            kind="many",
            options=(
                Option(
                    "Alice's vector is multiplied with Charlie's",
                    "In no row are two user columns 1, so the product user × user is never computed.",
                    misconception="M07",
                ),
                Option(
                    "One product of vectors is computed: user × film", "Two ones make one pair.", correct=True
                ),
                Option(
                    "Titanic × Notting Hill is multiplied, because Alice rated both",
                    "In two different rows. It takes the block “other films rated” to put both into one row.",
                    misconception="M07",
                ),
                Option(
                    "Alice and Charlie are likened through V, without ever being multiplied in a row",
                    "Both were fitted against the same film vectors, so like tastes end in like directions.",
                    correct=True,
                ),
            ),
            after="Direct: what is 1 in the same row. Through V: everything that shares a partner.",
        ),
        Question(
            id="Q2.5",
            objective="O2.5",
            stem="A colleague shows you one fit: Charlie 4.4, Alice 3.6. What do you ask for first?",
            options=(
                Option(
                    "A larger k, for a sharper picture",
                    "Seven ratings are fitted without error at k = 2 already. More factors add freedom, not evidence.",
                    misconception="M08",
                ),
                Option(
                    "The same fit from ten seeds",
                    "If the order flips, there is nothing to explain.",
                    correct=True,
                ),
                Option(
                    "More digits",
                    "Digits do not help against chance: another seed changes the first one.",
                ),
            ),
            after="A result that hangs on the seed is a fact about the seed.",
        ),
        Question(
            id="Q2.6",
            objective="O2.3",
            stem="Alice is a harsh critic, so w_Alice falls by 0.5. What happens to the order of the films in her "
            "list?",
            options=(
                Option(
                    "Star Trek may drop below Titanic",
                    "w_Alice is in every one of her predictions alike, so it cannot put one film above another. Film "
                    "weights and pairs can.",
                    misconception="M09",
                ),
                Option("Nothing", "All her predictions fall by the same 0.5.", correct=True),
            ),
            after="A user's weight moves the whole list. Film weights and pairs order it.",
        ),
    ),
)
