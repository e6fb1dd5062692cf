"""Lesson 99, wrap up: its questions, and what is said to each answer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from course_utils.evaluate.metrics import rmse
from course_utils.learn.expect import NotYet, expect, expect_same, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Parsons, Prediction, Question

# ------------------------------------------------------------------------------------- E99.1: the corridor

_EVENTS = "collect events: who, what, how many stars, when"
_SPLIT = "keep the latest events back for judging"
_MAP = "fit the id map on the earlier events"
_ROWS = "turn events into sparse float32 rows"
_PACK = "write the rows as RecordIO to S3"
_TRAIN = "let a training job read them and write a model"
_DEPLOY = "deploy the model, its id map beside it"
_ASK = "send rows, get scores in the order of the rows"
_LIST = "leave out what was seen, sort, cut at ten"

CORRIDOR = (_EVENTS, _SPLIT, _MAP, _ROWS, _PACK, _TRAIN, _DEPLOY, _ASK, _LIST)


def _earlier(first: str, second: str):
    return lambda lines: lines.index(first) < lines.index(second)


# ------------------------------------------------------------------------------------- E99.2: build the row

#: Another map than the lesson's, so that an answer must read its argument.
_COLUMNS = ["user=7", "user=9", "user=12", "item=anise", "item=mint"]


def _hot(answer) -> None:
    expect_same(sorted(answer(_COLUMNS, 9, "mint")), [1, 4], "`hot_columns(columns, 9, 'mint')`")
    expect_same(sorted(answer(_COLUMNS, 12, "anise")), [2, 3], "`hot_columns(columns, 12, 'anise')`")
    expect_same(list(answer(_COLUMNS, 9, "sorbet")), [1], "for a dish without a column, `hot_columns`")
    expect_same(
        list(answer(_COLUMNS, 1, "sorbet")), [], "for a user and a dish without columns, `hot_columns`"
    )


def _hot_gives(user, dish, wanted):
    return lambda answer: same(sorted(answer(_COLUMNS, user, dish)), wanted)


def _stumbles_over_the_unknown(answer) -> bool:
    try:
        answer(_COLUMNS, 9, "sorbet")
    except NotYet:
        return same(sorted(answer(_COLUMNS, 9, "mint")), [1, 4])
    return False


def _as_row(columns, user, dish):
    return [int(name in (f"user={user}", f"item={dish}")) for name in columns]


def _somebody_elses(columns, user, dish):
    names = [f"user={user}", f"item={dish}"]
    return [columns.index(name) if name in columns else 0 for name in names]


def _last_column(columns, user, dish):
    places = {name: place for place, name in enumerate(columns)}
    return [places.get(f"user={user}", -1), places.get(f"item={dish}", -1)]


def _stumbles(columns, user, dish):
    return [columns.index(f"user={user}"), columns.index(f"item={dish}")]


def _own_block(columns, user, dish):
    users = [name for name in columns if name.startswith("user")]
    dishes = [name for name in columns if name.startswith("item")]
    found = [users.index(f"user={user}")] if f"user={user}" in users else []
    return found + ([dishes.index(f"item={dish}")] if f"item={dish}" in dishes else [])


# ------------------------------------------------------------------------------------- E99.3: rank

_SCORES = {"sage": 3.5, "mint": 4.5, "anise": 2.5, "dill": 4.0}
_SEEN = {"mint"}


def _top(answer) -> None:
    for n, wanted in ((1, ["dill"]), (2, ["dill", "sage"]), (3, ["dill", "sage", "anise"])):
        said = answer(dict(_SCORES), set(_SEEN), n)
        expect(not isinstance(said, set | frozenset), "A set has no order, and a list to show has one.")
        expect_same(list(said), wanted, f"`top(scores, {{'mint'}}, {n})`")
    expect_same(list(answer(dict(_SCORES), set(), 1)), ["mint"], "for somebody who has seen nothing, `top`")


def _tops_like(wrong):
    expected = wrong(_SCORES, _SEEN, 2)
    return lambda answer: list(answer(dict(_SCORES), set(_SEEN), 2)) == list(expected)


def _with_seen(scores, seen, n):
    return sorted(scores, key=scores.get, reverse=True)[:n]


def _worst_first(scores, seen, n):
    return sorted((name for name in scores if name not in seen), key=scores.get)[:n]


def _in_file_order(scores, seen, n):
    return [name for name in scores if name not in seen][:n]


def _cut_too_early(scores, seen, n):
    return [name for name in sorted(scores, key=scores.get, reverse=True)[:n] if name not in seen]


def _pairs(scores, seen, n):
    return [
        (name, scores[name]) for name in sorted(scores, key=scores.get, reverse=True) if name not in seen
    ][:n]


# ------------------------------------------------------------------------------------- E99.4: judge

_AB, _CD = [["anise", "mint"], ["dill", "sage"]], [["anise", "mint"], ["mint", "anise"]]
#: truth, machine, baseline, lists -> better, personal
_CASES = (
    ("a lower error, two different lists", ([4, 2], [4, 2.5], [3, 3], _AB), (True, True)),
    ("a lower error, the same dishes for both", ([4, 2], [4, 2.5], [3, 3], _CD), (True, False)),
    ("4 stars too low and 4 too high", ([5, 1], [1, 5], [3, 3], _AB), (False, True)),
    ("the same error as the baseline", ([4, 2], [3, 3], [3, 3], _CD), (False, False)),
)


def _verdict(answer) -> None:
    for what, (truth, machine, baseline, lists), wanted in _CASES:
        said = answer(np.array(truth, float), np.array(machine, float), np.array(baseline, float), lists)
        expect(len(said) == 2, "Return two answers: `return better, personal`.")
        expect_same([bool(each) for each in said], list(wanted), f"For {what}, `verdict`")


def _judges_like(wrong):
    def matches(answer) -> bool:
        return all(
            [bool(each) for each in answer(*_arrays(given))]
            == [bool(each) for each in wrong(*_arrays(given))]
            for _, given, _ in _CASES
        )

    return matches


def _arrays(given):
    truth, machine, baseline, lists = given
    return np.array(truth, float), np.array(machine, float), np.array(baseline, float), lists


def _different(lists) -> bool:
    return len({frozenset(each) for each in lists}) > 1


def _signed(truth, machine, baseline, lists):
    return abs(np.mean(machine - truth)) <= abs(np.mean(baseline - truth)), _different(lists)


def _order_counts(truth, machine, baseline, lists):
    return rmse(truth, machine) < rmse(truth, baseline), len({tuple(each) for each in lists}) > 1


def _error_is_all(truth, machine, baseline, lists):
    better = rmse(truth, machine) < rmse(truth, baseline)
    return better, better


def _turned_round(truth, machine, baseline, lists):
    return rmse(truth, machine) > rmse(truth, baseline), _different(lists)


# ------------------------------------------------------------------------------------- E99.5: what is missing

#: The lines of the lesson's release note; those in `FAULTS` must not go out.
_LINES = set("ABCDEFGH")
FAULTS = {
    "A": "A: the endpoint knows columns only. With February's map it answers about other dishes, and nothing warns "
    "you. Model and map are one version (lesson 10).",
    "B": "B: the machine loses to two columns of numbers. A baseline that is not beaten means there is nothing to "
    "release (lesson 06).",
    "D": "D: steady is one word for it. A list that is the same for all is a bestseller list: nobody asked who is "
    "looking (lessons 01 and 06).",
    "G": "G: an endpoint costs money every hour, asked or not. Somebody owns it, or it is deleted (lesson 09).",
}
_SOUND = {
    "C": "C is right: without it, the wiper trap of lesson 01 is waiting.",
    "E": "E is right: the real algorithm does neither for you (lesson 06).",
    "F": "F is right: that is what makes a roll back possible (lesson 10).",
    "H": "H is right: side features are what cold things live on (lessons 06 and 11).",
}


def _letters(answer) -> set[str]:
    letters = answer.replace(",", "").replace(" ", "") if isinstance(answer, str) else answer
    return {str(letter).strip().upper() for letter in letters}


def _missing(answer) -> None:
    said = _letters(answer)
    expect(said <= _LINES, "Give letters from A to H, such as `{'A', 'H'}`.")
    for letter in sorted(said - set(FAULTS)):
        expect(False, f"{_SOUND[letter]} Take it out of your set.")
    left = len(set(FAULTS) - said)
    lines = "1 line that must not go out is" if left == 1 else f"{left} lines that must not go out are"
    expect(not left, f"What you found is right. {lines} still missing.")


# ------------------------------------------------------------------------------------- E99.6: how often

CADENCES = pd.DataFrame(
    {"days": [1, 7, 30, 365], "rmse": [0.852, 0.856, 0.880, 0.950], "euros": [600, 90, 22, 2]}
)
_WORTHS = ((50, 7), (10, 30), (2000, 1), (0, 365))


def _cadence(answer) -> None:
    for worth, days in _WORTHS:
        expect_same(answer(CADENCES.copy(), worth), days, f"`best_cadence(table, {worth})`")
    shuffled = CADENCES.iloc[[2, 0, 3, 1]]
    expect_same(answer(shuffled, 50), 7, "for the same table with its rows in another order, `best_cadence`")


def _chooses(*days):
    return lambda answer: all(
        same(answer(CADENCES.copy(), worth), each) for (worth, _), each in zip(_WORTHS, days, strict=True)
    )


def _lowest_error(table, worth):
    return table["days"][table["rmse"].idxmin()]


def _lowest_bill(table, worth):
    return table["days"][table["euros"].idxmin()]


def _in_whole_stars(table, worth):
    return table["days"][(table["euros"] + worth * table["rmse"]).idxmin()]


def _the_label(table, worth):
    return (table["euros"] + worth * table["rmse"] / 0.01).idxmin()


def _the_cost(table, worth):
    return (table["euros"] + worth * table["rmse"] / 0.01).min()


# ------------------------------------------------------------------------------------- the lesson

LESSON = Lesson(
    number=99,
    objectives={
        "O99.1": "recognise the course's ideas in situations that you have not met before",
        "O99.2": "connect the ideas, from events to a rebuilt model",
        "O99.3": "build rows, scores and a list from a table of events",
        "O99.4": "judge a recommender before you believe it",
        "O99.5": "plan a recommender of your own: built, judged, deployed, rebuilt, and graded",
    },
    parsons=(
        Parsons(
            id="E99.1",
            objective="O99.2",
            stem="From events to a list, through SageMaker. Put the nine steps in order.",
            lines=CORRIDOR,
            after="That is the corridor on which every lesson opened a door. The dangerous step is the third: a map that "
            "was fitted on all events has looked at the future.",
            mistakes=(
                Mistake(
                    matches=_earlier(_MAP, _SPLIT),
                    feedback="The map is fitted before anything was kept back. So it has a column for users and things "
                    "of the future, and the test looks kinder than life will be.",
                    example=(_EVENTS, _MAP, _SPLIT, _ROWS, _PACK, _TRAIN, _DEPLOY, _ASK, _LIST),
                    misconception="M20",
                ),
                Mistake(
                    matches=_earlier(_ROWS, _MAP),
                    feedback="Rows before the map? An id has no column until the map gives it one.",
                    example=(_EVENTS, _SPLIT, _ROWS, _MAP, _PACK, _TRAIN, _DEPLOY, _ASK, _LIST),
                    misconception="M17",
                ),
                Mistake(
                    matches=_earlier(_LIST, _ASK),
                    feedback="The endpoint does not make lists. It scores rows; leaving out and sorting is your code.",
                    example=(_EVENTS, _SPLIT, _MAP, _ROWS, _PACK, _TRAIN, _DEPLOY, _LIST, _ASK),
                    misconception="M29",
                ),
            ),
        ),
    ),
    exercises=(
        Exercise(
            id="E99.2",
            objective="O99.3",
            verify=_hot,
            expects="a function of columns, user and dish that gives a list of places",
            passed="Places of ones, and nothing for what has no column. A row for sorbet is a row about the user alone: "
            "the machine can say how generous this user is, and no more.",
            hints=(
                "`columns` is a list of names. `columns.index(name)` is the place of a name in it.",
                "Go through `names`, and keep those that are `in columns`.",
                "`[columns.index(name) for name in names if …]`",
            ),
            solution="""
def hot_columns(columns, user, dish):
    \"""Places of the ones in a row; what has no column is left out.\"""
    names = [f"user={user}", f"item={dish}"]
    return [columns.index(name) for name in names if name in columns]
""",
            discussion="`FeatureMap.transform` does the same with `unknown='zero'`. Its other policies are to refuse, and "
            "to keep one spare column for all strangers. Any of them is fine, as long as it was chosen.",
            mistakes=(
                Mistake(
                    matches=_hot_gives(9, "mint", sorted([0, 1, 0, 0, 1])),
                    feedback="That is the whole row, zeros and all. Asked for are the places of the ones: with a million "
                    "columns nobody writes the zeros.",
                    example=_as_row,
                    misconception="M12",
                ),
                Mistake(
                    matches=_stumbles_over_the_unknown,
                    feedback="It works for names that have a column, and breaks on the sorbet, which has none. New things "
                    "arrive every day: decide what to do with them, here to leave them out.",
                    example=_stumbles,
                    misconception="M04",
                ),
                Mistake(
                    matches=_hot_gives(9, "sorbet", [0, 1]),
                    feedback="The sorbet became column 0, and column 0 is somebody: `user=7`. An id without a column must "
                    "not borrow another one's.",
                    example=_somebody_elses,
                    misconception="M29",
                ),
                Mistake(
                    matches=_hot_gives(9, "sorbet", [-1, 1]),
                    feedback="The sorbet became −1, which Python reads as the last column. An id without a column must not "
                    "borrow another one's.",
                    example=_last_column,
                    misconception="M29",
                ),
                Mistake(
                    matches=_hot_gives(9, "mint", [1, 1]),
                    feedback="You counted dishes from 0 again. The row is one line of columns: users first, dishes after "
                    "them. `columns.index` counts through.",
                    example=_own_block,
                    misconception="M17",
                ),
            ),
        ),
        Exercise(
            id="E99.3",
            objective="O99.3",
            verify=_top,
            expects="a function of scores, seen and n that gives a list of names",
            passed="Leave out, sort, cut: in that order.",
            hints=(
                "Three steps: leave out what was seen, sort by score with the highest first, take n.",
                "`sorted(names, key=scores.get, reverse=True)` sorts names by their scores.",
                "`new = [name for name in scores if name not in seen]`, then sort `new` and cut it with `[:n]`.",
            ),
            solution="""
def top(scores, seen, n):
    \"""The n best names that are not in seen. scores : name -> score.\"""
    new = [name for name in scores if name not in seen]
    return sorted(new, key=scores.get, reverse=True)[:n]
""",
            discussion="Cutting before leaving out makes short lists for those who have seen most, and they are your best "
            "customers. `recommend.top_n` does all of it for many users.",
            mistakes=(
                Mistake(
                    matches=_tops_like(_with_seen),
                    feedback="Mint is on the list, and it was seen. The score does not know what somebody has had: that is "
                    "the wiper trap.",
                    example=_with_seen,
                    misconception="M05",
                ),
                Mistake(
                    matches=_tops_like(_cut_too_early),
                    feedback="The list is too short: it was cut first, and what was seen left out afterwards.",
                    example=_cut_too_early,
                ),
                Mistake(
                    matches=_tops_like(_worst_first),
                    feedback="The lowest score comes first. `sorted` goes upwards unless told `reverse=True`.",
                    example=_worst_first,
                ),
                Mistake(
                    matches=_tops_like(_in_file_order),
                    feedback="That is the order of the catalogue, not of the scores. Sort before you cut.",
                    example=_in_file_order,
                ),
                Mistake(
                    matches=_tops_like(_pairs),
                    feedback="Those are pairs of name and score. Asked for are the names.",
                    example=_pairs,
                ),
            ),
        ),
        Exercise(
            id="E99.4",
            objective="O99.4",
            verify=_verdict,
            expects="a function of truth, machine, baseline and lists that gives two answers",
            passed="Two questions, two answers. Neither one implies the other.",
            hints=(
                "`rmse(truth, machine)` is the machine's error; compare it with that of the baseline.",
                "Two lists are alike when they hold the same dishes, in any order: `frozenset(each)` forgets the order.",
                "`personal = len({frozenset(each) for each in lists}) > 1`",
            ),
            solution="""
def verdict(truth, machine, baseline, lists):
    \"""Is the machine's error lower than the baseline's? Do the lists differ?\"""
    better = rmse(truth, machine) < rmse(truth, baseline)
    personal = len({frozenset(each) for each in lists}) > 1
    return better, personal
""",
            discussion="“Do any two lists differ?” is the weakest question about personalisation that can be asked. "
            "`evaluate.metrics.personalisation` says how much they differ.",
            mistakes=(
                Mistake(
                    matches=_judges_like(_turned_round),
                    feedback="The comparison is the wrong way round: a lower error is a better one.",
                    example=_turned_round,
                ),
                Mistake(
                    matches=_judges_like(_error_is_all),
                    feedback="A lower error does not make lists differ. In the second case both people get the same "
                    "dishes, and the error is lower all the same.",
                    example=_error_is_all,
                    misconception="M21",
                ),
                Mistake(
                    matches=_judges_like(_order_counts),
                    feedback="The same dishes in another order are the same list here. Compare what is on the lists.",
                    example=_order_counts,
                    misconception="M03",
                ),
                Mistake(
                    matches=_judges_like(_signed),
                    feedback="Four stars too low and four too high are no error of zero. Square before you take the mean: "
                    "that is what `rmse` does.",
                    example=_signed,
                ),
            ),
        ),
        Exercise(
            id="E99.5",
            objective="O99.1",
            verify=_missing,
            expects="a set of letters, such as `{'A', 'H'}`",
            passed="Four faults: an old map, a baseline not beaten, one list for all, and an endpoint without an owner. "
            "None of them raises an error. That is why they need a list, and you.",
            hints=(
                "Four of the eight lines must not go out.",
                "One is about versions, one about a baseline, one about lists, one about money.",
                "Read A, B, D and G again, and say aloud what is wrong with each.",
            ),
            solution="""
missing = {"A", "B", "D", "G"}
""",
            discussion="Print your own release note in this form. What cannot be written as a line with a number or a "
            "name in it is not done yet.",
            mistakes=(
                Mistake(
                    matches=lambda answer: _letters(answer) == set(FAULTS) - {"A"},
                    feedback=f"Three of four. {FAULTS['A']}",
                    example={"B", "D", "G"},
                    misconception="M35",
                ),
                Mistake(
                    matches=lambda answer: _letters(answer) == set(FAULTS) - {"B"},
                    feedback=f"Three of four. {FAULTS['B']}",
                    example={"A", "D", "G"},
                    misconception="M15",
                ),
                Mistake(
                    matches=lambda answer: _letters(answer) == set(FAULTS) - {"D"},
                    feedback=f"Three of four. {FAULTS['D']}",
                    example={"A", "B", "G"},
                    misconception="M22",
                ),
                Mistake(
                    matches=lambda answer: _letters(answer) == set(FAULTS) - {"G"},
                    feedback=f"Three of four. {FAULTS['G']}",
                    example={"A", "B", "D"},
                    misconception="M30",
                ),
                Mistake(
                    matches=lambda answer: _letters(answer) == _LINES - set(FAULTS),
                    feedback="You have picked the four lines that are fine. Asked for are the others.",
                    example={"C", "E", "F", "H"},
                ),
            ),
        ),
        Exercise(
            id="E99.6",
            objective="O99.5",
            verify=_cadence,
            expects="a function of a table and a worth that gives a number of days",
            passed="The answer moves with what accuracy is worth: from a rebuild a day to one a year. A cadence without "
            "that number is a matter of taste.",
            hints=(
                "Turn the error into euros too. Then add the bill, and look for the smallest sum.",
                "An error of 0.88 is 88 hundredths of a star; each costs `worth` euros a month.",
                '`cost = table["euros"] + worth * table["rmse"] / 0.01`; `cost.idxmin()` is the label of its smallest '
                "entry.",
            ),
            solution="""
def best_cadence(table, worth):
    \"""Days with the lowest cost. worth : euros a month per 0.01 of RMSE.\"""
    cost = table["euros"] + worth * table["rmse"] / 0.01
    return table["days"][cost.idxmin()]
""",
            discussion="Only differences count, so it does not matter that an error of zero is out of reach. What a "
            "hundredth of a star is worth is for the shop to say; finding out takes an A/B test.",
            mistakes=(
                Mistake(
                    matches=_chooses(1, 1, 1, 1),
                    feedback="A rebuild every day, whatever it costs. From 7 days to 1 the error falls by 0.004 stars and "
                    "the bill grows by 510 euros: sometimes that is worth it, and sometimes not.",
                    example=_lowest_error,
                    misconception="M34",
                ),
                Mistake(
                    matches=_chooses(365, 365, 365, 365),
                    feedback="The smallest bill is that of doing nothing. What do worse recommendations cost?",
                    example=_lowest_bill,
                ),
                Mistake(
                    matches=_chooses(365, 365, 30, 365),
                    feedback="`worth` is per hundredth of a star, and you have charged it per star. Divide the RMSE by "
                    "0.01 first.",
                    example=_in_whole_stars,
                ),
                Mistake(
                    matches=lambda answer: same(answer(CADENCES.copy(), 50), 4370),
                    feedback="That is the lowest cost, in euros. Asked for are the days that it belongs to: `idxmin`.",
                    example=_the_cost,
                ),
                Mistake(
                    matches=_chooses(1, 2, 0, 3),
                    feedback="That is the label of the right row. One step more: the `days` that stand in that row.",
                    example=_the_label,
                ),
            ),
        ),
    ),
    predictions=(
        Prediction(
            id="P99.1",
            objective="O99.1",
            stem="Eighteen questions follow. How many will you answer right at the first try?",
            unit="questions",
            tolerance=2.0,
            why="Far above your guess, and you know more than you think; far below, and you think that you know more. "
            "Lesson 07 calls that calibration. What counts is the list of places to read again.",
        ),
        Prediction(
            id="P99.2",
            objective="O99.3",
            stem="Brownies have the best mean rating. Guest 1 has had neither brownies nor ramen nor trifle. Which will a "
            "factorization machine put first?",
            options=("The brownie", "The ramen", "It depends on the seed"),
            happened=lambda firsts: (
                "It depends on the seed" if len(set(firsts)) > 1 else f"The {next(iter(firsts))}"
            ),
            why="Guest 1 likes what guests 2 and 3 like, and they like the ramen. The mean asks everybody and nobody.",
        ),
    ),
    questions=(
        Question(
            id="Q99.1",
            objective="O99.4",
            stem="A music service shows a new model: RMSE ten per cent lower than last year's. Each listener's list of "
            "ten holds the same songs. What do you say?",
            options=(
                Option(
                    "Release it: a lower RMSE means better lists",
                    "RMSE looks at each score by itself. A model of song biases alone has a fair RMSE, and one list "
                    "for all.",
                    misconception="M21",
                ),
                Option(
                    "Measure how much lists differ, and compare with the bestsellers",
                    "If a chart does as well, the model adds nothing but a bill.",
                    correct=True,
                ),
                Option(
                    "It works: these are the songs that everybody likes",
                    "Then everybody knows them. A chart would have been cheaper.",
                    misconception="M22",
                ),
            ),
            after="Accuracy of scores and personality of lists are two measurements.",
            again="lesson 06, “Distrust a published model”",
        ),
        Question(
            id="Q99.2",
            objective="O99.3",
            stem="A job board: nobody from Harbour Street has ever applied at the bakery. Columns are the street and the "
            "employer. Can a factorization machine score that pair?",
            options=(
                Option(
                    "No: without a row for the pair its weight was never learned",
                    "A polynomial model has a weight for each pair. Here the weight is made from two vectors.",
                    misconception="M06",
                ),
                Option(
                    "Yes, if both the street and the bakery occur in some row",
                    "Each then has a vector, learned with other partners.",
                    correct=True,
                ),
                Option(
                    "Yes, for any street and any employer",
                    "A street that never occurred has a vector of chance. Its score means nothing.",
                ),
            ),
            after="One vector per column, and any two columns can meet.",
            again="lesson 02, “Read the equation aloud”",
        ),
        Question(
            id="Q99.3",
            objective="O99.1",
            stem="A colleague is pleased: “RecordIO compressed our training file to a fifth of the CSV.” Which "
            "explanation is right?",
            options=(
                Option(
                    "It leaves the zeros out, and nearly all entries are zeros",
                    "Pack the file with gzip afterwards and it shrinks again: nothing had been compressed.",
                    correct=True,
                ),
                Option(
                    "It stores floats in fewer bytes than they need",
                    "Four bytes for each value, as float32 does everywhere.",
                    misconception="M27",
                ),
                Option(
                    "Protobuf removes repeated rows",
                    "Each row is a record of its own, whether it was there before or not.",
                    misconception="M27",
                ),
            ),
            after="Sparse is not compressed.",
            again="lesson 08, “Ask what should travel”",
        ),
        Question(
            id="Q99.4",
            objective="O99.1",
            stem="Since Monday a bicycle shop shows helmets to everybody who has bought a helmet. The model was trained "
            "on Sunday night, with all purchases in it. What is to be done?",
            options=(
                Option(
                    "Train with more factors, until it notices",
                    "The model has noticed: a purchase is the strongest sign of interest there is.",
                    misconception="M05",
                ),
                Option(
                    "Train more often",
                    "It was trained with the purchases. More training makes the trap stronger.",
                    misconception="M05",
                ),
                Option(
                    "Leave out what was bought, and let its kind rest",
                    "The rule knows what the score does not: how long a helmet lasts.",
                    correct=True,
                ),
            ),
            after="A good score can be a bad recommendation.",
            again="lesson 01, “Fall into the wiper trap”",
        ),
        Question(
            id="Q99.5",
            objective="O99.1",
            kind="number",
            stem="A row has 2,000,000 columns, and five of them are not zero. How many pairs of columns add something to "
            "its score?",
            options=(
                Option("10", "5 · 4 / 2. All other pairs hold a zero.", correct=True),
                Option("15", "A column is not paired with itself: j > i.", misconception="M13"),
                Option("25", "Each pair counts once, and no column meets itself.", misconception="M13"),
                Option("20", "Each pair counts once: first × second is second × first."),
                Option("5", "Five columns; how many pairs do they make?"),
                Option(
                    "1999999000000",
                    "Those are all pairs. A zero takes its pairs out of the sum.",
                    misconception="M12",
                ),
            ),
            after="Work follows the non-zeros, not the columns.",
            again="lesson 03, “Count the work”",
        ),
        Question(
            id="Q99.6",
            objective="O99.2",
            stem="After last night's rebuild the test RMSE is as good as ever. In the shop, lists look as if drawn by "
            "lot. Where do you look first?",
            options=(
                Option(
                    "At the learning rate",
                    "The test RMSE is fine, so the training is. What does the shop use that the test did not?",
                ),
                Option(
                    "At the id map that the shop translates with",
                    "A new model with the old map: each column means somebody else.",
                    correct=True,
                ),
                Option(
                    "At drift: tastes changed overnight",
                    "Not all at once, in one night, and not in the test.",
                    misconception="M33",
                ),
            ),
            after="Model and map are one thing with two files.",
            again="lesson 10, “Keep model and map together”",
        ),
        Question(
            id="Q99.7",
            objective="O99.1",
            stem="“For fairness, V starts at zero.” The error falls at first, and then stays where the biases alone "
            "would be. Why?",
            options=(
                Option(
                    "The learning rate is too small to leave zero",
                    "A thousand times zero is zero. No rate helps.",
                    misconception="M16",
                ),
                Option(
                    "Zero is a bad guess, but more epochs will mend it",
                    "At V = 0 the slope of V is exactly 0, in every epoch.",
                    misconception="M14",
                ),
                Option(
                    "At V = 0 the slope of V is exactly 0, so no pair is ever learned",
                    "Each vector moves along its partner's vector, and there is none.",
                    correct=True,
                ),
            ),
            after="Small and random: that is a neutral start.",
            again="lesson 04, “Start from zeros?”",
        ),
        Question(
            id="Q99.8",
            objective="O99.3",
            stem="Two ads want one place. Ad A is clicked in 4 of 100 views and pays 0.10 for a click; ad B in 1 of 100 and "
            "pays 0.50. Which is worth more to show?",
            options=(
                Option("B", "0.01 × 0.50 = 0.005 a view; A brings 0.04 × 0.10 = 0.004.", correct=True),
                Option(
                    "A: it is clicked four times as often",
                    "A click on B is worth five times as much. Multiply.",
                    misconception="M26",
                ),
                Option(
                    "Neither: both will most likely not be clicked",
                    "No ad of the world passes one half. Places are sold by expected value.",
                    misconception="M25",
                ),
            ),
            after="Probability times value. So the probability must be calibrated, not only in order.",
            again="lesson 07, “Sell the slot”",
        ),
        Question(
            id="Q99.9",
            objective="O99.3",
            stem="One colleague fits a `FeatureMap` on the training rows, another fits a second one on the test rows. Both "
            "have 900 columns. What does the test tell you?",
            options=(
                Option(
                    "What it should: the number of columns agrees",
                    "Column 17 is one user in training and another in the test. The numbers agree; their meaning does "
                    "not.",
                    misconception="M18",
                ),
                Option(
                    "Nothing: the same column means two different things",
                    "One map, fitted once, on what may be known.",
                    correct=True,
                ),
                Option(
                    "Too kind a number, because the map has seen the test rows",
                    "That is the trouble with one map fitted on everything. Two maps are worse: the columns do not mean "
                    "the same.",
                    misconception="M20",
                ),
            ),
            after="A model is worth nothing without the map that it was trained with.",
            again="lesson 05, “Give every id a column”",
        ),
        Question(
            id="Q99.10",
            objective="O99.1",
            stem="Someone new to a library site rates eight books. Next week's training is far away. How can they get a "
            "list of their own now, not next week?",
            options=(
                Option(
                    "Not at all: who was not in training has no column",
                    "No column yet. But a column is a weight and a vector, and both can be fitted.",
                ),
                Option(
                    "Train everything again with these eight ratings",
                    "It works, and takes hours, for every newcomer. Only one vector is unknown.",
                    misconception="M33",
                ),
                Option(
                    "Give them the vector of the most active reader",
                    "Then they get that reader's list. They gave eight answers of their own.",
                    misconception="M03",
                ),
                Option(
                    "Fit one weight and one vector to the eight ratings; leave all else as it is",
                    "A small regression on known book vectors: it takes milliseconds.",
                    correct=True,
                ),
            ),
            after="That is fold-in. The model stays; the newcomer moves in.",
            again="lesson 11, “Find your own numbers”",
        ),
        Question(
            id="Q99.11",
            objective="O99.5",
            stem="It is Friday evening. You have closed the notebook in which an endpoint was made on Monday, and switched "
            "your computer off. What goes on costing money?",
            options=(
                Option(
                    "Nothing: the session has ended",
                    "The endpoint is a machine at AWS. It does not know your notebook.",
                    misconception="M30",
                ),
                Option(
                    "The endpoint, hour by hour, until it is deleted",
                    "Asked or not asked. A list of what is running is the proof that it is gone.",
                    correct=True,
                ),
                Option(
                    "The training job",
                    "A training job ends by itself, and its bill with it.",
                ),
            ),
            after="Delete, then list.",
            again="lesson 09, “Tear down, and prove it”",
        ),
        Question(
            id="Q99.12",
            objective="O99.4",
            stem="For books without ratings, your colleague predicts the mean of all ratings. “Cold start: solved.” What "
            "is still missing?",
            options=(
                Option(
                    "Nothing: the mean has the lowest error for an unknown book",
                    "A fair error, perhaps. But all new books tie, so no list can choose among them.",
                    misconception="M23",
                ),
                Option(
                    "More readers, so that the problem goes away",
                    "New books arrive with every delivery, however many readers there are.",
                    misconception="M02",
                ),
                Option(
                    "Something known about the book itself, so that new books differ",
                    "Author, subject, language: columns that have been seen with other books.",
                    correct=True,
                ),
            ),
            after="A constant has no order. Side features give the new a place.",
            again="lesson 06, “Slice by what is cold”",
        ),
        Question(
            id="Q99.13",
            objective="O99.4",
            stem="One mail in a hundred is opened. A model “has 99 % accuracy”. Which question takes the air out of it?",
            options=(
                Option(
                    "What does a model that always says “not opened” reach?",
                    "99 %. Ask for log-loss, against that of the base rate.",
                    correct=True,
                ),
                Option(
                    "Is the threshold at one half?",
                    "It hardly matters here: nearly nothing passes one half. The figure is empty at any such threshold.",
                    misconception="M25",
                ),
                Option(
                    "Could it be 99.5 % with more factors?",
                    "Better by half a per cent of nothing. What does the laziest model reach?",
                    misconception="M24",
                ),
            ),
            after="A number without a baseline is a decoration.",
            again="lesson 07, “Read the log, and distrust accuracy”",
        ),
        Question(
            id="Q99.14",
            objective="O99.5",
            stem="Rebuilt every month, week and day, a model has errors of 0.92, 0.90 and 0.899 stars. The bills are 20, 90 "
            "and 600 euros a month. A hundredth of a star is worth 60 euros a month. How often?",
            options=(
                Option(
                    "Every day: fresher is better",
                    "0.1 hundredths better than weekly, worth 6 euros, for 510 euros more.",
                    misconception="M34",
                ),
                Option(
                    "Every month: it has the smallest bill",
                    "Weekly costs 70 more, and its two hundredths are worth 120.",
                ),
                Option(
                    "Every week",
                    "Two hundredths, worth 120, for 70 more. The next step costs more than it brings.",
                    correct=True,
                ),
                Option(
                    "Never: retraining makes the model learn online anyway",
                    "A rebuild makes a new model from stored rows. Between rebuilds, nothing is learned.",
                    misconception="M33",
                ),
            ),
            after="Go on until the next step costs more than it brings.",
            again="lesson 10, “Turn the rebuild dial”",
        ),
        Question(
            id="Q99.15",
            objective="O99.4",
            stem="With a random split the error was 0.80 stars. In the shop, on next month's ratings, it is 0.95. What "
            "happened?",
            options=(
                Option(
                    "The endpoint computes with less precision",
                    "float32 costs digits that no star can show.",
                    misconception="M19",
                ),
                Option(
                    "The random split let the model learn from the future",
                    "Ratings from after the test rows were in training. The shop cannot have those.",
                    correct=True,
                ),
                Option(
                    "The model was overfitted: it needs fewer epochs",
                    "Perhaps also that. But a random split is too kind to any model, a good one included.",
                    misconception="M15",
                ),
            ),
            after="Judge in time, because you will be used in time.",
            again="lesson 05, “Split at a moment”",
        ),
        Question(
            id="Q99.16",
            objective="O99.2",
            kind="many",
            stem="A podcast table: listeners × shows, two per cent filled. An analyst writes 0 in every blank, runs SVD, and "
            "recommends the shows with the highest values. Which statements hold?",
            options=(
                Option(
                    "What nobody heard is now “disliked”, and scores low",
                    "A blank is unknown. Written as 0, it is an opinion.",
                    correct=True,
                ),
                Option(
                    "SVD is the fault: a factorization machine would not mind the zeros",
                    "Give it the zeros as ratings and it learns the zeros, too.",
                    misconception="M11",
                ),
                Option(
                    "Both methods describe listeners and shows by short vectors",
                    "That is what they share: low rank.",
                    correct=True,
                ),
                Option(
                    "Twice as many listeners would fill the table",
                    "They bring blanks of their own.",
                    misconception="M02",
                ),
            ),
            after="Not the name of the method but the reading of the blanks.",
            again="lesson 03, “Hold it beside SVD and PCA”",
        ),
        Question(
            id="Q99.17",
            objective="O99.5",
            kind="many",
            stem="What belongs into one release, so that you could go back to it in a year?",
            options=(
                Option("The model artefact", "The numbers themselves.", correct=True),
                Option(
                    "The id map that was fitted with it", "Without it the numbers are nobody's.", correct=True
                ),
                Option(
                    "The running endpoint",
                    "That is a place to run a release at. It can be made from the files at any time, and costs money "
                    "until then.",
                    misconception="M30",
                ),
                Option(
                    "What it was judged on, and against which baseline",
                    "Or nobody knows whether the next one is better.",
                    correct=True,
                ),
            ),
            after="Artefact, map, evidence: one version number.",
            again="lesson 10, “Keep model and map together”",
        ),
        Question(
            id="Q99.18",
            objective="O99.2",
            stem="A genre block is added to the rows. The endpoint of the old model now answers every request with status "
            "400. What is the reason?",
            options=(
                Option(
                    "The rows have more columns than the model was trained with",
                    "`feature_dim` is fixed when the model is trained. New columns need a new model.",
                    correct=True,
                ),
                Option(
                    "JSON cannot hold that many zeros",
                    "Zeros are not sent. Only `shape`, the number of columns, has grown.",
                    misconception="M28",
                ),
                Option(
                    "Endpoints need to be restarted to learn new columns",
                    "An endpoint learns nothing. It computes with the numbers of its model.",
                    misconception="M32",
                ),
            ),
            after="Rows, map and model agree on the columns, or nothing works.",
            again="lesson 08, “Call the payload doctor”",
        ),
    ),
)
