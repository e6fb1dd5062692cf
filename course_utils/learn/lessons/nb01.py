"""Lesson 01, See why recommending is hard: what it asks, and what it says to every answer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from course_utils.learn.expect import expect, expect_same, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Prediction, Question

# ------------------------------------------------------------------------------------ E1.0 is it personal?

_LISTS = (([50, 7, 12, 3], [12, 9, 50, 8]), ([1, 2, 3], [1, 2, 3]), ([1, 2, 3], [3, 1, 2]), ([4, 5], [6, 7]))


def _shared(answer) -> None:
    for first, second in _LISTS:
        wanted = len(set(first) & set(second))
        said, call = answer(first, second), f"shared({first}, {second})"
        expect(np.ndim(said) == 0, f"`{call}` should be one number, not {said!r}.")
        expect_same(said, wanted, f"`{call}`")


def _same_places(list_a, list_b):
    return sum(a == b for a, b in zip(list_a, list_b, strict=True))


def _on_either(list_a, list_b):
    return len(set(list_a) | set(list_b))


def _share_of_first(list_a, list_b):
    return len(set(list_a) & set(list_b)) / len(list_a)


def _the_films(list_a, list_b):
    return set(list_a) & set(list_b)


def _counts_like(wrong):
    return lambda answer: all(answer(*pair) == wrong(*pair) for pair in _LISTS)


# ------------------------------------------------------------------------------------ E1.1 density


def _rows(*pairs: tuple[int, int]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["user", "item"]).assign(rating=4.0)


#: Ids with gaps, so that nobody gets away with the largest one: 3 users, 4 films, 6 ratings.
_GAPS = _rows((1, 10), (1, 20), (5, 10), (9, 30), (9, 70), (9, 10))
_ONE = _rows((3, 3))


def _density(answer) -> None:
    for table, wanted, words in (
        (_GAPS, 6 / 12, "For 3 users, 4 films and 6 ratings"),
        (_ONE, 1.0, "For a single rating"),
    ):
        said = answer(table)
        expect(
            np.ndim(said) == 0 and not isinstance(said, str), f"{words} it gives {said!r}; give one number."
        )
        expect(
            same(said, wanted),
            f"{words} it gives {said:g}. Divide the filled cells by all cells: {wanted:g}.",
        )


def _in_percent(table):
    return 100 * len(table) / (table["user"].nunique() * table["item"].nunique())


def _by_largest_id(table):
    return len(table) / (table["user"].max() * table["item"].max())


def _rows_as_users(table):
    return len(table) / (len(table["user"]) * len(table["item"]))


def _added(table):
    return len(table) / (table["user"].nunique() + table["item"].nunique())


def _empty_share(table):
    return 1 - len(table) / (table["user"].nunique() * table["item"].nunique())


def _per_user(table):
    return len(table) / table["user"].nunique()


def _fills_like(wrong):
    return lambda answer: all(same(answer(table), wrong(table)) for table in (_GAPS, _ONE))


# ------------------------------------------------------------------------------------ E1.2 cold items

_CATALOGUE = [70, 10, 99, 20, 30]
_THRESHOLDS = (0, 1, 2, 3, 4)


def _counts(item: int) -> int:
    return int((_GAPS["item"] == item).sum())


def _right_cold(table, catalogue, k):
    return [item for item in catalogue if int((table["item"] == item).sum()) < k]


def _cold(answer) -> None:
    for k in _THRESHOLDS:
        said, wanted = answer(_GAPS, list(_CATALOGUE), k), _right_cold(_GAPS, _CATALOGUE, k)
        call = f"cold_items(table, {_CATALOGUE}, {k})"
        expect(np.ndim(said) == 1, f"`{call}` should be a list of ids; yours is {said!r}.")
        missing = [item for item in wanted if item not in list(said)]
        counted = ", ".join(f"{item} has {_counts(item)}" for item in missing[:1])
        expect(not missing, f"`{call}` lacks {missing}. Of ratings, {counted}; that is fewer than {k}.")
        expect(
            list(said) == wanted, f"`{call}` is {list(said)}, expected {wanted}, in the catalogue's order."
        )


def _cold_among_rated(table, catalogue, k):
    counts = table["item"].value_counts()
    return [item for item in catalogue if item in counts.index and counts[item] < k]


def _cold_or_equal(table, catalogue, k):
    counts = table["item"].value_counts()
    return [item for item in catalogue if counts.get(item, 0) <= k]


def _warm(table, catalogue, k):
    counts = table["item"].value_counts()
    return [item for item in catalogue if counts.get(item, 0) >= k]


def _cold_users(table, catalogue, k):
    counts = table["user"].value_counts()
    return [user for user in counts.index if counts[user] < k]


def _none_only(table, catalogue, k):
    return [item for item in catalogue if item not in set(table["item"])]


def _cold_like(wrong):
    return lambda answer: all(
        list(answer(_GAPS, list(_CATALOGUE), k)) == wrong(_GAPS, _CATALOGUE, k) for k in _THRESHOLDS
    )


# ------------------------------------------------------------------------------------ E1.3 the wiper's cure

_KIND = {"wipers A": "wipers", "wipers B": "wipers", "pump": "tools", "fluid": "care", "wax": "care"}
_RANKED = ["wipers A", "fluid", "wipers B", "pump", "wax"]
_BASKETS = ([], ["wipers A"], ["wax", "pump"], list(_KIND))


def _right_drop(ranked, bought, kind):
    kinds = {kind[thing] for thing in bought}
    return [thing for thing in ranked if kind[thing] not in kinds]


def _drop(answer) -> None:
    for bought in _BASKETS:
        said, wanted = answer(list(_RANKED), list(bought), dict(_KIND)), _right_drop(_RANKED, bought, _KIND)
        call = f"drop_seen({_RANKED}, {bought}, kind)"
        expect(isinstance(said, list | tuple), f"`{call}` should be a list; yours is {said!r}.")
        expect(list(said) == wanted, f"`{call}` is {list(said)}, expected {wanted}.")


def _drop_the_thing(ranked, bought, kind):
    return [thing for thing in ranked if thing not in bought]


def _keep_the_kind(ranked, bought, kind):
    kinds = {kind[thing] for thing in bought}
    return [thing for thing in ranked if kind[thing] in kinds]


def _sorted_by_name(ranked, bought, kind):
    return sorted(_right_drop(ranked, bought, kind))


def _as_a_set(ranked, bought, kind):
    return set(_right_drop(ranked, bought, kind))


def _nothing_dropped(ranked, bought, kind):
    return list(ranked)


def _drops_like(wrong):
    return lambda answer: all(
        answer(list(_RANKED), list(bought), dict(_KIND)) == wrong(_RANKED, bought, _KIND)
        for bought in _BASKETS
    )


# ------------------------------------------------------------------------------------ E1.4 three ways

_WAYS = {"A": "popularity", "B": "rating prediction", "C": "collaborative filtering"}


def _ways(answer) -> None:
    expect(isinstance(answer, dict) and set(answer) == set(_WAYS), 'Keep the keys "A", "B" and "C".')
    for name, said in answer.items():
        expect(
            said in _WAYS.values(),
            f'{name} is {said!r}; write one of "popularity", "rating prediction", "collaborative filtering".',
        )
    expect(len(set(answer.values())) == len(_WAYS), "Each of the three ways occurs once.")
    expect(answer == _WAYS, "Which lines show stars, and which lists differ from user to user?")


def _ways_are(**wrong: str):
    return lambda answer: all(answer[name] == way for name, way in wrong.items())


# ------------------------------------------------------------------------------------ what came true


def _after_doubling(ratio: float) -> str:
    if abs(ratio - 1) < 0.01:
        return "It stays as full as it is"
    return "It becomes fuller" if ratio > 1 else "It becomes emptier"


def _after_training(more: int) -> str:
    return "More than before" if more > 0 else "Fewer than before" if more < 0 else "As many as before"


LESSON = Lesson(
    number=1,
    objectives={
        "O1.1": "say what a recommender is, and measure whether its lists are personal",
        "O1.2": "compute how full a table of ratings is, and say what changes that and what does not",
        "O1.3": "find the films that are too new to be recommended",
        "O1.4": "tell collaborative filtering from rating prediction and from popularity",
        "O1.5": "diagnose a recommendation that contradicts what the user did",
    },
    exercises=(
        Exercise(
            id="E1.0",
            objective="O1.1",
            verify=_shared,
            expects="a function of two lists",
            passed="Two lists that share nearly everything are one list with two names. Few shared films: personal.",
            hints=(
                "The place on the list does not matter, only whether a film is on both.",
                "Python's sets know what they have in common: a & b.",
                "len(set(list_a) & set(list_b))",
            ),
            solution="""
def shared(list_a, list_b):
    \"""How many films are on both lists?\"""
    return len(set(list_a) & set(list_b))
""",
            discussion="Lesson 06 averages this over all pairs of users and calls one minus that share personalisation.",
            mistakes=(
                Mistake(
                    matches=_counts_like(_same_places),
                    feedback="That counts films at the same place. A film that is first for you and third for me is on "
                    "both lists.",
                    example=_same_places,
                ),
                Mistake(
                    matches=_counts_like(_on_either),
                    feedback="That counts the films on either list. Take those on both: & instead of |.",
                    example=_on_either,
                ),
                Mistake(
                    matches=_counts_like(_share_of_first),
                    feedback="That is a share between 0 and 1. The exercise asks for the count.",
                    example=_share_of_first,
                ),
                Mistake(
                    matches=_counts_like(_the_films),
                    feedback="Those are the films themselves. How many are there?",
                    example=_the_films,
                ),
            ),
        ),
        Exercise(
            id="E1.1",
            objective="O1.2",
            verify=_density,
            expects="a function of a table of ratings",
            passed="Ratings over cells. The blanks are in no row; they are counted without ever being stored.",
            hints=(
                "How many cells does a table have with so many users and so many films?",
                'table["user"].nunique() counts different users. A row of the table is one filled cell.',
                "len(table) / (users * films)",
            ),
            solution="""
def density(table):
    \"""Share of filled cells. table : one row per rating, with columns user and item.\"""
    users, films = table["user"].nunique(), table["item"].nunique()
    return len(table) / (users * films)
""",
            discussion="This counts films that occur in the ratings. With films that nobody has rated, the table is "
            "emptier still.",
            mistakes=(
                Mistake(
                    matches=_fills_like(_in_percent),
                    feedback="That is in percent. Give the share, between 0 and 1; print it with `:.2%`.",
                    example=_in_percent,
                ),
                Mistake(
                    matches=_fills_like(_by_largest_id),
                    feedback="You took the largest id for the number of users. Ids are names with gaps: count the "
                    "different ones.",
                    example=_by_largest_id,
                    misconception="M17",
                ),
                Mistake(
                    matches=_fills_like(_rows_as_users),
                    feedback="That counts a user once for each rating. Count each user, and each film, once: nunique().",
                    example=_rows_as_users,
                ),
                Mistake(
                    matches=_fills_like(_added),
                    feedback="You added users and films. A table with 3 rows and 4 columns has 3 × 4 cells.",
                    example=_added,
                ),
                Mistake(
                    matches=_fills_like(_empty_share),
                    feedback="That is the empty share. The density is the filled one.",
                    example=_empty_share,
                ),
                Mistake(
                    matches=_fills_like(_per_user),
                    feedback="That is how many ratings each user gave. Divide by the films as well.",
                    example=_per_user,
                ),
            ),
        ),
        Exercise(
            id="E1.2",
            objective="O1.3",
            verify=_cold,
            expects="a function of a table, a catalogue and k",
            passed="Films without any rating are in it as well. They are in no row of the ratings: you have to start from "
            "the catalogue.",
            hints=(
                "The coldest films do not occur in the ratings at all. Where do you find their ids?",
                'table["item"].value_counts() counts; counts.get(item, 0) is 0 for a film that is not there.',
                "[item for item in catalogue if counts.get(item, 0) < k]",
            ),
            solution="""
def cold_items(table, catalogue, k):
    \"""Ids in catalogue with fewer than k ratings, in the catalogue's order.\"""
    counts = table["item"].value_counts()
    return [item for item in catalogue if counts.get(item, 0) < k]
""",
            discussion="`value_counts().reindex(catalogue, fill_value=0)` does the same for a whole column.",
            mistakes=(
                Mistake(
                    matches=_cold_like(_cold_among_rated),
                    feedback="A film without any rating is missing. It is the coldest of all, and in no row of the "
                    "ratings: look it up in the catalogue and count 0.",
                    example=_cold_among_rated,
                    misconception="M04",
                ),
                Mistake(
                    matches=_cold_like(_cold_or_equal),
                    feedback="A film with exactly k ratings is not below k. Use < instead of <=.",
                    example=_cold_or_equal,
                ),
                Mistake(
                    matches=_cold_like(_warm),
                    feedback="Those are the warm films. Turn the comparison round.",
                    example=_warm,
                ),
                Mistake(
                    matches=_cold_like(_cold_users),
                    feedback="Those are users with few ratings. Things can be cold too: count films.",
                    example=_cold_users,
                    misconception="M04",
                ),
                Mistake(
                    matches=_cold_like(_none_only),
                    feedback="Those are the films without any rating, whatever k is. One or two ratings are cold too.",
                    example=_none_only,
                ),
            ),
        ),
        Exercise(
            id="E1.3",
            objective="O1.5",
            verify=_drop,
            expects="a function of a ranked list, a list of purchases, and a dictionary of kinds",
            passed="No retraining, no new mathematics: a rule after the score, which says what the score cannot know.",
            hints=(
                "First find out of which kinds something was bought.",
                "Then go through ranked, in order, and keep what is of another kind.",
                "[thing for thing in ranked if kind[thing] not in kinds_bought]",
            ),
            solution="""
def drop_seen(ranked, bought, kind):
    \"""ranked without the things of a kind that was bought, in the same order.\"""
    kinds_bought = {kind[thing] for thing in bought}
    return [thing for thing in ranked if kind[thing] not in kinds_bought]
""",
            discussion="It is right for fridges and wrong for milk. How long a kind should rest is knowledge about the "
            "shop; the trap below has a table of it.",
            mistakes=(
                Mistake(
                    matches=_drops_like(_drop_the_thing),
                    feedback="The very thing is gone, and its sisters stay: who has bought wipers A is offered wipers B. "
                    "Compare kinds.",
                    example=_drop_the_thing,
                    misconception="M05",
                ),
                Mistake(
                    matches=_drops_like(_nothing_dropped),
                    feedback="Nothing is dropped. The score will not do it for you: it has no memory of the purchase.",
                    example=_nothing_dropped,
                    misconception="M05",
                ),
                Mistake(
                    matches=_drops_like(_keep_the_kind),
                    feedback="That keeps the kinds that were bought and drops all others. Put a `not` in.",
                    example=_keep_the_kind,
                ),
                Mistake(
                    matches=_drops_like(_as_a_set),
                    feedback="A set has no order, so the best thing is no longer first. Build a list.",
                    example=_as_a_set,
                ),
                Mistake(
                    matches=_drops_like(_sorted_by_name),
                    feedback="Right things, other order: yours are sorted by name. Keep the order of ranked.",
                    example=_sorted_by_name,
                ),
            ),
        ),
        Exercise(
            id="E1.4",
            objective="O1.4",
            verify=_ways,
            expects="a dictionary with the keys A, B and C",
            passed="A counts and gives everybody the same. B speaks in stars (as a sum, it may pass 5). C is the one whose "
            "list depends on the user.",
            hints=(
                "Which best scores can be stars, given that they differ a little between two users?",
                "A has the same score for both users, and large: it counts people.",
                "B is rating prediction. C borrows from people who like the same films.",
            ),
            solution="""
ways = {
    "A": "popularity",
    "B": "rating prediction",
    "C": "collaborative filtering",
}
""",
            discussion="The names answer different questions: popularity and collaborative filtering say where a score comes "
            "from, rating prediction says what it is. A factorization machine is the last two at once.",
            mistakes=(
                Mistake(
                    matches=_ways_are(A="popularity", B="collaborative filtering", C="rating prediction"),
                    feedback="B and C are exchanged. B's list is the same for both users: it borrows nothing from people "
                    "like them. C's scores are no stars.",
                    example={
                        "A": "popularity",
                        "B": "collaborative filtering",
                        "C": "rating prediction",
                    },
                    misconception="M03",
                ),
                Mistake(
                    matches=_ways_are(A="rating prediction", B="popularity"),
                    feedback="A and B are exchanged. A's score is a number of people, far above five stars.",
                    example={
                        "A": "rating prediction",
                        "B": "popularity",
                        "C": "collaborative filtering",
                    },
                ),
                Mistake(
                    matches=_ways_are(A="collaborative filtering"),
                    feedback="A gives both users the same scores and the same list. Who is asking does not matter to it.",
                    example={
                        "A": "collaborative filtering",
                        "B": "rating prediction",
                        "C": "popularity",
                    },
                    misconception="M03",
                ),
            ),
        ),
    ),
    predictions=(
        Prediction(
            id="P1.1",
            objective="O1.1",
            stem="You and somebody else pick three films each, all different. How many of the ten recommended films do "
            "your two lists share?",
            unit="films",
            tolerance=1.0,
            why="Other picks make other neighbours, and neighbours make the list. A list of the most popular films would "
            "share all ten.",
        ),
        Prediction(
            id="P1.2",
            objective="O1.2",
            stem="Twice as many users, each rating as many of the same films as users do today. What happens to the share "
            "of filled cells?",
            options=("It becomes fuller", "It stays as full as it is", "It becomes emptier"),
            happened=_after_doubling,
            why="A user brings ratings, and a whole row of blanks with them. The share is ratings per user over films; "
            "how many users there are cancels out.",
        ),
        Prediction(
            id="P1.3",
            objective="O1.3",
            stem="Of all films in the catalogue, how many have fewer than five ratings?",
            unit="percent",
            tolerance=10.0,
            why="Attention is uneven. Big catalogues have long tails of things that hardly anybody has touched; a small "
            "one, such as the made-up sample, need not.",
        ),
        Prediction(
            id="P1.4",
            objective="O1.5",
            stem="The wipers are bought, and the model is trained again with the purchase. How many of the four places go "
            "to wipers now?",
            options=("Fewer than before", "As many as before", "More than before"),
            happened=_after_training,
            why="A purchase is the strongest sign of interest that the model gets. That it also ends the need is written "
            "nowhere.",
        ),
        Prediction(
            id="P1.5",
            objective="O1.4",
            stem="Predicted stars for two users: mean + generosity of the user + quality of the film. How many of their ten "
            "best films are the same?",
            unit="films",
            tolerance=0.5,
            why="Generosity moves all films of a user alike. It changes the numbers, never the order.",
        ),
    ),
    questions=(
        Question(
            id="Q1.1",
            objective="O1.1",
            stem="A shop shows everybody its ten best-selling things. Is that personalised?",
            options=(
                Option(
                    "Yes, if they sell well",
                    "Selling well is about quality. Personal asks something else: does another user get another list?",
                    misconception="M03",
                ),
                Option(
                    "Yes: it is computed from what users do",
                    "From what all users do together. The one who is asking does not enter.",
                    misconception="M03",
                ),
                Option("No: who is asking does not matter", "One list for all.", correct=True),
            ),
            after="Change the user: if the list stays, it is not personal.",
        ),
        Question(
            id="Q1.2",
            objective="O1.2",
            stem="A table has 1,000 users and 2,000 things; each user has rated 20. How full is it, in percent?",
            kind="number",
            tolerance=0.001,
            options=(
                Option("1", "20 of 2,000 in every row.", correct=True),
                Option("2", "That is 20 of 1,000: a user's row is as long as there are things, not users."),
                Option("0.01", "That is the share. In percent it is a hundred times as much."),
                Option("99", "That is how empty it is."),
            ),
            after="20 / 2,000: the number of users cancels out.",
        ),
        Question(
            id="Q1.3",
            objective="O1.2",
            stem="Which of these make the table fuller? The rest stays as it is.",
            kind="many",
            options=(
                Option(
                    "Ten times as many users like today's",
                    "Ten times the ratings in ten times the cells.",
                    misconception="M02",
                ),
                Option(
                    "Each user rates twice as many things", "Twice the ratings, same cells.", correct=True
                ),
                Option(
                    "Things that nobody rated are no longer sold", "Fewer cells, same ratings.", correct=True
                ),
                Option(
                    "Blanks are stored as 0 stars",
                    "That invents opinions: everybody would hate nearly everything. A blank is unknown.",
                    misconception="M01",
                ),
            ),
            after="Density changes with ratings per user and with the number of things.",
        ),
        Question(
            id="Q1.4",
            objective="O1.3",
            stem="All customers are old friends of the shop. Can it have a cold-start problem?",
            options=(
                Option("Yes, with things that came in today", "Nobody has rated those.", correct=True),
                Option(
                    "No: cold start is about new users",
                    "New things are as cold. Nobody has rated them, so nobody is shown them, so nobody rates them.",
                    misconception="M04",
                ),
            ),
            after="Cold start has two sides: users and things.",
        ),
        Question(
            id="Q1.5",
            objective="O1.4",
            stem="“Users who rate like you gave this film 4.5 stars, so you will give it 4.4.” What is that?",
            options=(
                Option(
                    "Popularity: it uses what others did",
                    "Popularity asks all others alike. This one asks those who are like you.",
                    misconception="M03",
                ),
                Option(
                    "Rating prediction, so not collaborative filtering",
                    "One names what comes out, the other where the evidence comes from. They can meet.",
                ),
                Option(
                    "Collaborative filtering and rating prediction at once",
                    "Evidence from others, stars as the outcome.",
                    correct=True,
                ),
            ),
            after="Ask two questions: where does the evidence come from, and what comes out?",
        ),
        Question(
            id="Q1.6",
            objective="O1.5",
            stem="A customer buys a fridge and is offered fridges for weeks. What do you look at first?",
            options=(
                Option(
                    "The arithmetic of the model: it must be wrong",
                    "It ranks by interest, and a purchase shows interest. It answers the question that it was asked.",
                    misconception="M05",
                ),
                Option(
                    "How to train more often, so that it notices the purchase",
                    "Then it takes the purchase for even more interest.",
                    misconception="M05",
                ),
                Option(
                    "What it is asked to maximise, and whether a purchase ends a need there",
                    "If not, a rule after the score, or another objective, has to say so.",
                    correct=True,
                ),
            ),
            after="An objective without memory of the purchase cannot be cured by more training.",
        ),
    ),
)
