"""Lesson 12, Go past one machine. What it asks, and what it says to every answer."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from course_utils.learn.expect import expect, expect_same, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Prediction, Question
from course_utils.shards import keys
from course_utils.shards import rows_of_shards as right_rows

# ------------------------------------------------------------------------------------ E12.1 bytes of a model

_MODELS = ((1000, 0), (1000, 8), (2_000_000, 64))


def _bytes_by(formula):
    return lambda columns, k: formula(columns, k)


_right_bytes = _bytes_by(lambda columns, k: columns * (1 + k) * 3 * 4)
_without_memories = _bytes_by(lambda columns, k: columns * (1 + k) * 4)
_one_memory = _bytes_by(lambda columns, k: columns * (1 + k) * 2 * 4)
_without_weights = _bytes_by(lambda columns, k: columns * k * 3 * 4)
_as_float64 = _bytes_by(lambda columns, k: columns * (1 + k) * 3 * 8)
_numbers = _bytes_by(lambda columns, k: columns * (1 + k) * 3)


def _model_bytes(answer) -> None:
    for columns, k in _MODELS:
        expect_same(answer(columns, k), _right_bytes(columns, k), f"`model_bytes({columns}, {k})`")


def _like(wrong, cases):
    return lambda answer: all(same(answer(*case), wrong(*case)) for case in cases)


# ------------------------------------------------------------------------------------ E12.2 rows of shards

_TABLES = ((23, 2, 4), (100, 4, 10), (1099, 4, 100), (90_752, 4, 1000), (7, 7, 1))


def _even_rows(rows, shards, batch):
    return [rows // shards + (shard < rows % shards) for shard in range(shards)]


def _rest_in_the_last(rows, shards, batch):
    sizes = right_rows(rows, shards, batch)
    return [*sizes[:-1], sizes[-1] + rows - sum(sizes)]


def _all_alike(rows, shards, batch):
    return [rows // shards // batch * batch] * shards


def _all_in_the_first(rows, shards, batch):
    each = rows // batch // shards * batch
    return [rows // batch * batch - each * (shards - 1)] + [each] * (shards - 1)


def _batches_of_shards(rows, shards, batch):
    return [size // batch for size in right_rows(rows, shards, batch)]


def _rows_of_shards(answer) -> None:
    for rows, shards, batch in _TABLES:
        call = f"`rows_of_shards({rows}, {shards}, {batch})`"
        said = [int(each) for each in answer(rows, shards, batch)]
        expect(len(said) == shards, f"{call} has {len(said)} numbers; one for each of {shards} shards.")
        expect(
            all(each % batch == 0 for each in said),
            f"{call} is {said}: some shard ends within a mini-batch of {batch}, which will be filled with empty rows.",
        )
        expect(
            max(said) - min(said) <= batch,
            f"{call} is {said}: the largest and the smallest differ by more than one mini-batch.",
        )
        expect(
            rows - batch < sum(said) <= rows,
            f"{call} is {said}, {sum(said)} rows together. Of {rows} rows, fewer than {batch} should be left out.",
        )


# ------------------------------------------------------------------------------------ E12.3 the same again


@lru_cache(maxsize=1)
def _some_rows() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    pairs = rng.choice(40 * 50, 200, replace=False)
    return pd.DataFrame(
        {"user": np.sort(pairs // 50), "item": pairs % 50, "rating": rng.integers(1, 6, 200) / 1.0}
    )


def _in_place(rows, seed):
    return np.arange(len(rows))


def _by_chance(rows, seed):
    return np.random.default_rng().permutation(len(rows))


def _by_seed_and_place(rows, seed):
    return np.random.default_rng(seed).permutation(len(rows))


def _by_user(rows, seed):
    return np.lexsort((rows["item"], rows["user"]))


def _the_keys(rows, seed):
    return keys(rows, seed)


def _without_seed(rows, seed):
    return np.argsort(keys(rows, 0))


def _placed(answer, rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    order = np.asarray(answer(rows, seed))
    expect(
        order.shape == (len(rows),) and sorted(order.tolist()) == list(range(len(rows))),
        f"Of {len(rows)} rows I need the places 0 to {len(rows) - 1}, each once: numbers for `rows.iloc[…]`.",
    )
    return rows.iloc[order].reset_index(drop=True)


def _order_of(answer) -> None:
    rows = _some_rows()
    arrived = rows.sample(frac=1, random_state=5).reset_index(drop=True)
    once = _placed(answer, rows, 7)
    expect(not once.equals(rows), "The rows stay as they are. Shuffle them.")
    expect(
        once.equals(_placed(answer, rows, 7)),
        "Twice the same rows and the same seed, and two different orders: a second attempt would deal them anew.",
    )
    expect(
        once.equals(_placed(answer, arrived, 7)),
        "I gave the same rows in another order, as they may arrive at a second attempt, and they end up elsewhere.",
    )
    mixed = np.corrcoef(once["user"], np.arange(len(once)))[0, 1]
    expect(abs(mixed) < 0.5, "The users ascend: that is sorted, and not shuffled.")
    expect(not once.equals(_placed(answer, rows, 8)), "Another seed gives the same order. Pass `seed` on.")


def _orders_like(wrong):
    rows = _some_rows()
    return lambda answer: all(np.array_equal(answer(rows, seed), wrong(rows, seed)) for seed in (7, 8))


def _changes_by_itself(answer) -> bool:
    return not np.array_equal(answer(_some_rows(), 7), answer(_some_rows(), 7))


def _follows_places(answer) -> bool:
    """The same places for other rows: what the rows hold plays no part."""
    rows = _some_rows()
    return np.array_equal(answer(rows, 7), answer(rows[::-1].reset_index(drop=True), 7))


# ------------------------------------------------------------------------------------ E12.4 how many shards

_WISHES = ((4, 2), (5, 2), (10, 4), (1, 8), (12, 3), (100, 7))


def _right_shards(at_least, machines):
    return -(-at_least // machines) * machines


def _as_wished(at_least, machines):
    return at_least


def _one_each(at_least, machines):
    return machines


def _rounded_down(at_least, machines):
    return at_least // machines * machines


def _one_more_each(at_least, machines):
    return (at_least // machines + 1) * machines


def _for_each_machine(at_least, machines):
    return -(-at_least // machines)


def _shards_for(answer) -> None:
    for wish in _WISHES:
        expect_same(answer(*wish), _right_shards(*wish), f"`shards_for({wish[0]}, {wish[1]})`")


# ------------------------------------------------------------------------------------ E12.5 whose answer

_SHARES = {"users/0.pbr": ["Ann", "Bo"], "users/1.pbr": ["Cy", "Di", "Ed"]}
_ANSWERS = {"users/1.pbr.out": [30, 40, 50], "users/0.pbr.out": [10, 20]}
_WHOSE = {"Ann": 10, "Bo": 20, "Cy": 30, "Di": 40, "Ed": 50}


def _right_joined(shares, answers):
    return {
        u: a for name, users in shares.items() for u, a in zip(users, answers[name + ".out"], strict=True)
    }


def _as_listed(shares, answers):
    users = [user for own in shares.values() for user in own]
    found = [answer for own in answers.values() for answer in own]
    return dict(zip(users, found, strict=True))


def _by_file(shares, answers):
    return {name: list(zip(users, answers[name + ".out"], strict=True)) for name, users in shares.items()}


def _turned_round(shares, answers):
    return {answer: user for user, answer in _right_joined(shares, answers).items()}


def _joined(answer) -> None:
    said = answer({name: list(own) for name, own in _SHARES.items()}, dict(_ANSWERS))
    expect(
        isinstance(said, dict), f"Give a dictionary from user to answer; yours is a {type(said).__name__}."
    )
    expect_same({k: said[k] for k in said}, _WHOSE, "`joined` of two files, the second listed first")


def _joins_like(wrong):
    return lambda answer: answer(_SHARES, _ANSWERS) == wrong(_SHARES, _ANSWERS)


# ------------------------------------------------------------------------------------ E12.6 a slope

_SLOPES = ((250.0, 1_000_000_000, 30, 1), (250.0, 25_000_000, 1, 4), (1000.0, 3_600_000_000, 2, 2))


def _hours_by(formula):
    return lambda ms, ratings, passes, machines: formula(ms / 1000 * ratings / 1e6, passes, machines)


_right_hours = _hours_by(lambda seconds, passes, machines: seconds * passes / machines / 3600)
_in_seconds = _hours_by(lambda seconds, passes, machines: seconds * passes / machines)
_ms_as_seconds = _hours_by(lambda seconds, passes, machines: 1000 * seconds * passes / machines / 3600)
_one_pass = _hours_by(lambda seconds, passes, machines: seconds / machines / 3600)
_times_machines = _hours_by(lambda seconds, passes, machines: seconds * passes * machines / 3600)
_one_machine = _hours_by(lambda seconds, passes, machines: seconds * passes / 3600)


def _hours(answer) -> None:
    for case in _SLOPES:
        expect_same(answer(*case), _right_hours(*case), f"`hours{case}`", tolerance=1e-9)


# ------------------------------------------------------------------------------------ what came true

_TABLE, _ROWS, _MODEL = "The table", "The encoded rows", "The model"
_WORSE, _SAME, _BETTER = (
    "It is worse by 0.01 stars and more",
    "It is about as good",
    "It is better by 0.01 stars and more",
)
_ERROR_UP, _ERROR_SAME, _ERROR_DOWN = "It grows", "It stays the same: all rows are used", "It falls"
_LAPTOP, _DISK, _TERABYTES = "Some gigabytes", "Some hundred gigabytes", "More than ten terabytes"
_CHEAP, _HUNDREDS, _THOUSANDS = "Less than 20 dollars", "Some hundred dollars", "Thousands"


def _largest(name: str) -> str:
    return {"table": _TABLE, "encoded rows": _ROWS}.get(name, _MODEL)


def _how_much_worse(stars: float) -> str:
    return _WORSE if stars > 0.01 else _BETTER if stars < -0.01 else _SAME


def _error_did(change: float) -> str:
    return _ERROR_UP if change > 0.002 else _ERROR_DOWN if change < -0.002 else _ERROR_SAME


def _how_much(terabytes: float) -> str:
    return _TERABYTES if terabytes > 10 else _DISK if terabytes > 0.1 else _LAPTOP


def _how_dear(dollars: float) -> str:
    return _CHEAP if dollars < 20 else _HUNDREDS if dollars < 1000 else _THOUSANDS


LESSON = Lesson(
    number=12,
    objectives={
        "O12.1": "work out what breaks first when ratings grow a thousandfold",
        "O12.2": "cut a partitioned table into shards that train well",
        "O12.3": "have an engine write shards in parallel, so that a second attempt does no harm",
        "O12.4": "train on several machines, and say what they cost in dollars and in error",
        "O12.5": "make lists for everybody without writing a row for every pair",
        "O12.6": "carry measured slopes to a billion ratings, and name the assumptions",
    },
    exercises=(
        Exercise(
            id="E12.1",
            objective="O12.1",
            verify=_model_bytes,
            expects="a function of columns and k that gives a number of bytes",
            passed="Every number is there three times: itself, and Adam's two memories of it.",
            hints=(
                "How many numbers belong to one column, and how many bytes has a float32?",
                "One weight and k factors: 1 + k numbers. Each has two memories beside it. Four bytes each.",
                "columns * (1 + k) * 3 * 4",
            ),
            solution="""
def model_bytes(columns, k):
    \"""Bytes of a factorization machine and of Adam's two memories.\"""
    return columns * (1 + k) * 3 * 4
""",
            discussion="What is saved in the end is a third of it: the two memories are needed while it learns only.",
            mistakes=(
                Mistake(
                    matches=_like(_without_memories, _MODELS),
                    feedback="That is the model as it is saved. While it learns, Adam keeps two numbers more for each.",
                    example=_without_memories,
                ),
                Mistake(
                    matches=_like(_one_memory, _MODELS),
                    feedback="One memory is missing: Adam keeps two, of the gradient and of its square.",
                    example=_one_memory,
                ),
                Mistake(
                    matches=_like(_without_weights, _MODELS),
                    feedback="The factors are there, and the weight of each column is not: 1 + k numbers, not k.",
                    example=_without_weights,
                ),
                Mistake(
                    matches=_like(_as_float64, _MODELS),
                    feedback="That is eight bytes a number, as NumPy and pandas like it. These are float32: four.",
                    example=_as_float64,
                ),
                Mistake(
                    matches=_like(_numbers, _MODELS),
                    feedback="That is how many numbers there are. How many bytes does each take?",
                    example=_numbers,
                ),
            ),
        ),
        Exercise(
            id="E12.2",
            objective="O12.2",
            verify=_rows_of_shards,
            expects="a list with a whole number for each shard",
            passed="Whole mini-batches everywhere: no empty row is ever learned from.",
            hints=(
                "Count in mini-batches, not in rows: how many whole ones are there?",
                "Deal `batches = rows // batch` to the shards: each gets `batches // shards`, some get one more.",
                "The first `batches % shards` shards get the one more. In the end, times `batch`.",
            ),
            solution="""
def rows_of_shards(rows, shards, batch):
    \"""Rows of each shard: whole mini-batches, as even as can be.\"""
    batches = rows // batch
    return [batch * (batches // shards + (shard < batches % shards))
            for shard in range(shards)]
""",
            discussion="Whichever shards get the one more, and in whatever order: the check asks for whole, even and "
            "complete. A job that reads all its files as one stream pads at the very end only; with several machines "
            "each pads its own.",
            mistakes=(
                Mistake(
                    matches=_like(_rest_in_the_last, _TABLES[2:4]),
                    feedback="The rest is in the last shard. There it begins a mini-batch that empty rows will fill, each "
                    "with the label 0. Leave it out.",
                    example=_rest_in_the_last,
                ),
                Mistake(
                    matches=_like(_even_rows, _TABLES[2:4]),
                    feedback="Even, and not whole: each shard ends within a mini-batch. Divide mini-batches, not rows.",
                    example=_even_rows,
                ),
                Mistake(
                    matches=_like(_all_alike, _TABLES[2:4]),
                    feedback="All alike, at a price: some whole mini-batches are thrown away. Give them to the first shards.",
                    example=_all_alike,
                ),
                Mistake(
                    matches=_like(_all_in_the_first, _TABLES[2:4]),
                    feedback="All mini-batches that are over go to the first shard. Its machine will work while the others "
                    "wait: give one to each of the first shards.",
                    example=_all_in_the_first,
                ),
                Mistake(
                    matches=_like(_batches_of_shards, _TABLES[:4]),
                    feedback="Those are mini-batches. How many rows are they?",
                    example=_batches_of_shards,
                ),
            ),
        ),
        Exercise(
            id="E12.3",
            objective="O12.3",
            verify=_order_of,
            expects="a function of rows and seed that gives their places in another order",
            passed="A second attempt, on another machine, with rows that arrive otherwise: the same table.",
            hints=(
                "`keys(rows, seed)` gives a number for each row that hangs on its content alone. Sort by it.",
                "You need places, not the numbers themselves: NumPy's `argsort` gives them.",
                "np.argsort(keys(rows, seed))",
            ),
            solution="""
def order_of(rows, seed):
    \"""Places of the rows, in an order that follows from the rows themselves.\"""
    return np.argsort(keys(rows, seed))
""",
            discussion="Two rows that are the same in everything may change places, which nobody can see. Python's own "
            "`hash` would not do: of text it differs from process to process.",
            mistakes=(
                Mistake(
                    matches=_orders_like(_in_place),
                    feedback="That is the order in which they stand. A partition is sorted by user: shuffle it.",
                    example=_in_place,
                    misconception="M40",
                ),
                Mistake(
                    matches=_orders_like(_without_seed),
                    feedback="The order is good, and always the same one. Pass `seed` to `keys`.",
                    example=_without_seed,
                ),
                Mistake(
                    matches=_orders_like(_by_user),
                    feedback="That sorts by user, which is the order to get rid of. Sort by `keys(rows, seed)`.",
                    example=_by_user,
                ),
                Mistake(
                    matches=_orders_like(_the_keys),
                    feedback="Those are the keys. `rows.iloc` wants places: the order that sorts the keys.",
                    example=_the_keys,
                ),
                Mistake(
                    matches=_changes_by_itself,
                    feedback="Each call gives another order. The second attempt would deal rows to other shards: some would "
                    "then stand twice, and others nowhere.",
                    example=_by_chance,
                    misconception="M41",
                ),
                Mistake(
                    matches=_follows_places,
                    feedback="With a seed, a generator repeats itself by *place*: but the rows may arrive in another order "
                    "next time, and then others stand at these places. Sort by what is in the rows.",
                    example=_by_seed_and_place,
                    misconception="M41",
                ),
            ),
        ),
        Exercise(
            id="E12.4",
            objective="O12.4",
            verify=_shards_for,
            expects="a function of two whole numbers that gives a whole number",
            passed="Every machine gets equally many files, so none waits for another.",
            hints=(
                "You look for a multiple of `machines`.",
                "How many shards does each machine get at least? Divide, and round up.",
                "-(-at_least // machines) rounds up. Times machines.",
            ),
            solution="""
def shards_for(at_least, machines):
    \"""The smallest multiple of the machines that is not below at_least.\"""
    return -(-at_least // machines) * machines
""",
            discussion="`math.ceil(at_least / machines) * machines` says the same. A few shards for each machine are "
            "better than one: next month you may want twice as many machines.",
            mistakes=(
                Mistake(
                    matches=_like(_as_wished, _WISHES),
                    feedback="Five shards for two machines: one gets three, the other two, and waits. Round up.",
                    example=_as_wished,
                ),
                Mistake(
                    matches=_like(_one_each, _WISHES),
                    feedback="One for each machine is fair, and may be fewer than asked for.",
                    example=_one_each,
                ),
                Mistake(
                    matches=_like(_rounded_down, _WISHES),
                    feedback="That rounds down: fewer shards than asked for, and none where there are more machines.",
                    example=_rounded_down,
                ),
                Mistake(
                    matches=_like(_one_more_each, _WISHES),
                    feedback="Right, except where it divides already: 4 shards for 2 machines need no more.",
                    example=_one_more_each,
                ),
                Mistake(
                    matches=_like(_for_each_machine, _WISHES),
                    feedback="That is the number for each machine. How many are there in all?",
                    example=_for_each_machine,
                ),
            ),
        ),
        Exercise(
            id="E12.5",
            objective="O12.5",
            verify=_joined,
            expects="a function of two dictionaries that gives a dictionary from user to answer",
            passed="File by file, row by row: the only link there is.",
            hints=(
                "Go through `shares`, and look up the answers of each file by its name.",
                "The answers to `name` are `answers[name + '.out']`; zip the users with them.",
                "{user: answer for name, users in shares.items() for user, answer in zip(users, answers[name + '.out'])}",
            ),
            solution="""
def joined(shares, answers):
    \"""user -> answer. shares : file -> users; answers : file.out -> list.\"""
    return {user: answer for name, users in shares.items()
            for user, answer in zip(users, answers[name + ".out"], strict=True)}
""",
            discussion="A transform job can also carry ids along (`DataProcessing` with a join filter), for JSON and CSV. "
            "RecordIO has no such thing: keep the list of ids beside each file.",
            mistakes=(
                Mistake(
                    matches=_joins_like(_as_listed),
                    feedback="You put all users in a row, all answers in a row, and zip them. But files are listed in an "
                    "order of their own: here Ann gets Cy's films, and nothing complains. Match by name.",
                    example=_as_listed,
                ),
                Mistake(
                    matches=_joins_like(_by_file),
                    feedback="The pairs are right, one list for each file. Make one dictionary of all, from user to answer.",
                    example=_by_file,
                ),
                Mistake(
                    matches=_joins_like(_turned_round),
                    feedback="That is from answer to user. Turn it round: from user to answer.",
                    example=_turned_round,
                ),
            ),
        ),
        Exercise(
            id="E12.6",
            objective="O12.6",
            verify=_hours,
            expects="a function of four numbers that gives hours",
            passed="That is all the dial does; the rest is assumptions.",
            hints=(
                "Seconds first: a slope of 250 ms for a million is 0.25 seconds for each million.",
                "Times millions of ratings, times passes; the machines share it. Then hours.",
                "ms_per_million / 1000 * ratings / 1_000_000 * passes / machines / 3600",
            ),
            solution="""
def hours(ms_per_million, ratings, passes, machines):
    \"""Hours of a step with a measured slope.\"""
    seconds = ms_per_million / 1000 * ratings / 1_000_000 * passes / machines
    return seconds / 3600
""",
            discussion="Dividing by the machines is the boldest of its assumptions: section 4 says what was measured.",
            mistakes=(
                Mistake(
                    matches=_like(_in_seconds, _SLOPES),
                    feedback="Those are seconds. Hours were asked for.",
                    example=_in_seconds,
                ),
                Mistake(
                    matches=_like(_ms_as_seconds, _SLOPES),
                    feedback="A thousand times too much: the slope is in milliseconds.",
                    example=_ms_as_seconds,
                ),
                Mistake(
                    matches=_like(_one_pass, _SLOPES),
                    feedback="That is one pass. Training goes through all rows `passes` times.",
                    example=_one_pass,
                ),
                Mistake(
                    matches=_like(_times_machines, _SLOPES),
                    feedback="More machines, more hours? The *bill* is time by machines; the time is shared.",
                    example=_times_machines,
                ),
                Mistake(
                    matches=_like(_one_machine, _SLOPES),
                    feedback="`machines` changes nothing yet. They share the rows.",
                    example=_one_machine,
                ),
            ),
        ),
    ),
    predictions=(
        Prediction(
            id="P12.1",
            objective="O12.1",
            stem="A billion ratings, 6.5 million users, 59,047 films, 64 factors. Which takes the most memory?",
            options=(_MODEL, _TABLE, _ROWS),
            happened=_largest,
            why="Table and rows grow with ratings, 32 and 24 bytes each; the model grows with users, 154 times fewer.",
        ),
        Prediction(
            id="P12.2",
            objective="O12.2",
            stem="One shard for each partition, sorted by user, against shards of shuffled rows. How is the model from the "
            "sorted shards, on rows kept back?",
            options=(_SAME, _WORSE, _BETTER),
            happened=_how_much_worse,
            why="Read in file order, each mini-batch holds a handful of users, and the biases chase their generosity.",
        ),
        Prediction(
            id="P12.3",
            objective="O12.4",
            stem="Four machines learn one model, each from a quarter of the rows. Beside one machine with all rows, what "
            "becomes of the error?",
            options=(_ERROR_SAME, _ERROR_DOWN, _ERROR_UP),
            happened=_error_did,
            why="Each machine works out its gradients on numbers that the others change meanwhile.",
        ),
        Prediction(
            id="P12.4",
            objective="O12.5",
            stem="6.5 million users, 59,047 films, and a row of RecordIO for every pair. How much is that in "
            "all?",
            options=(_DISK, _LAPTOP, _TERABYTES),
            happened=_how_much,
            why="Pairs are users times films: each of 6.5 million users brings 59,047 rows.",
        ),
        Prediction(
            id="P12.5",
            objective="O12.6",
            stem="A billion ratings, 16 factors, 30 passes, one ml.m5.large at the speed of a public SageMaker log: shards, "
            "training and lists. How much machine time is that, in dollars?",
            options=(_THOUSANDS, _CHEAP, _HUNDREDS),
            happened=_how_dear,
            why="A day or two of one small machine. Hours are long; the machine's hour is cheap.",
        ),
    ),
    questions=(
        Question(
            id="Q12.1",
            objective="O12.1",
            stem="The model takes 12 GB while it learns, and your machines have 8. What helps?",
            options=(
                Option(
                    "Two machines: each holds half of the model",
                    "They share rows. Nothing promises that the model is shared too: plan for a machine that holds all of it.",
                    misconception="M43",
                ),
                Option("A machine with more memory, or fewer factors", "Either makes it fit.", correct=True),
                Option(
                    "More shards, so that each is smaller",
                    "Shards cut the rows. The model has a row of numbers for each user, however the rows are cut.",
                ),
            ),
            after="Rows are shared. Plan for the model as if it were not.",
        ),
        Question(
            id="Q12.2",
            objective="O12.2",
            stem="A table is partitioned by month. Why not one shard for each month?",
            options=(
                Option(
                    "Shards must all have the same number of bytes",
                    "It helps machines to end together, but nothing demands it.",
                ),
                Option(
                    "There is no reason: it is cut already",
                    "Cut to be found again, not to be learned from. Every pass would end with one season.",
                    misconception="M40",
                ),
                Option(
                    "Rows are read in file order: every shard should look like all rows",
                    "So deal each month out to all shards.",
                    correct=True,
                ),
            ),
            after="A partition is for finding, a shard for learning.",
        ),
        Question(
            id="Q12.3",
            objective="O12.3",
            stem="A worker shuffles its rows with `np.random.default_rng()`. Halfway, a machine dies, and the engine repeats "
            "its work. What may be wrong in the end?",
            kind="many",
            options=(
                Option(
                    "Some rows stand in two shards",
                    "They were dealt to one shard before, and to another one after.",
                    correct=True,
                ),
                Option(
                    "Some rows stand nowhere",
                    "The second attempt dealt them to shards that were written already.",
                    correct=True,
                ),
                Option(
                    "Nothing: chance is chance, and any shuffle is as good as another",
                    "As good, but not the same. Half of one and half of another is no shuffle of all rows.",
                    misconception="M41",
                ),
                Option(
                    "The engine notices and stops",
                    "It counts tasks that are done, not rows. Nothing stops.",
                ),
            ),
            after="What may run twice has to do the same twice.",
        ),
        Question(
            id="Q12.4",
            objective="O12.4",
            stem="Training takes 40 minutes on one ml.m5.large, once a week. A colleague asks for four. What do you answer?",
            options=(
                Option(
                    "No: 40 minutes a week do no harm. Four cost more here, and the model got worse",
                    "Several machines are for rows that one cannot get through in the time you have.",
                    correct=True,
                ),
                Option(
                    "Yes: ten minutes, for the same money, and the same model",
                    "None of the three is safe: they talk, each is billed, and the error grew in every seed.",
                    misconception="M42",
                ),
                Option(
                    "Yes, if each of them reads all the rows",
                    "Then four times as many steps are made, and the error grew more still (lesson 09).",
                    misconception="M42",
                ),
            ),
            after="One machine until it hurts, then a larger one, then two.",
        ),
        Question(
            id="Q12.5",
            objective="O12.5",
            stem="Lists for 10 million users, 50,000 films. How many questions does a k-NN index get, where scoring every pair "
            "needs 500 billion rows?",
            kind="number",
            options=(
                Option("10000000", "One for each user: the index looks among the films.", correct=True),
                Option("50000", "Films are in the index. Users ask."),
                Option(
                    "500000000000", "That is every pair. The index compares inside; it is asked once a user."
                ),
                Option(
                    "100000000", "Ten films come back from *one* question, if it asks for ten neighbours."
                ),
            ),
            tolerance=0.5,
            after="Ask once for each user, and cut the users into shards.",
        ),
        Question(
            id="Q12.6",
            objective="O12.6",
            stem="A step took 250 ms for a million rows at 6, 12 and 25 million. Your estimate for a billion says 250 seconds. "
            "Which of these would you check before you promise it?",
            kind="many",
            options=(
                Option(
                    "Whether the model still fits into the memory of a machine",
                    "Forty times more users: a slope says nothing about a wall.",
                    correct=True,
                ),
                Option(
                    "A tenth of it, measured on the machine that will do it",
                    "The nearest measurement that you can afford.",
                    correct=True,
                ),
                Option(
                    "Nothing: three sizes agreed, so it is proved",
                    "They agree from 6 to 25 million. A billion is forty times further.",
                ),
            ),
            after="A slope is a measurement where it was measured, and an assumption beyond.",
        ),
    ),
)
