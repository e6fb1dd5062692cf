"""Lesson 07, Rank ads by the clicks they will earn. What it asks, and what it says to every answer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from course_utils.learn.expect import expect, expect_same, same
from course_utils.learn.records import Exercise, Lesson, Mistake, Option, Prediction, Question

# ------------------------------------------------------------------------------------ E7.1 log-loss

_CLICKED = np.array([1, 0, 0, 1, 0])
_SCORES = np.array([0.5, -2.0, 1.5, -3.0, -4.0])
_EXTREME = np.array([-800.0, -800.0, 800.0, 800.0, 3.0])


def _right_loss(y, score):
    return float(np.mean(np.logaddexp(0, score) - y * score))


def _log_loss(answer) -> None:
    said = answer(_CLICKED, _SCORES)
    expect(np.ndim(said) == 0, f"One number is asked for, the mean; yours has shape {np.shape(said)}.")
    expect_same(said, _right_loss(_CLICKED, _SCORES), "`log_loss(y, score)` of five moderate scores")
    said = answer(_CLICKED, _EXTREME)
    expect(
        same(said, _right_loss(_CLICKED, _EXTREME)),
        f"With scores of 800 and -800 it gives {said:g}, expected {_right_loss(_CLICKED, _EXTREME):g}. Compute "
        "both prices from the score with `np.logaddexp`; no probability is needed.",
    )


def _swapped_loss(y, score):
    return np.where(y == 1, np.logaddexp(0, score), np.logaddexp(0, -score)).mean()


def _same_price(y, score):
    return np.logaddexp(0, -score).mean()


def _summed_loss(y, score):
    return np.where(y == 1, np.logaddexp(0, -score), np.logaddexp(0, score)).sum()


def _each_loss(y, score):
    return np.where(y == 1, np.logaddexp(0, -score), np.logaddexp(0, score))


def _through_probability(y, score):
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        p = 1 / (1 + np.exp(-score))
        return -np.where(y == 1, np.log(p), np.log(1 - p)).mean()


def _clipped(y, score):
    with np.errstate(over="ignore"):
        p = np.clip(1 / (1 + np.exp(-score)), 1e-15, 1 - 1e-15)
    return -np.where(y == 1, np.log(p), np.log(1 - p)).mean()


def _missed_labels(y, score):
    return np.mean(y != (score >= 0))


def _squared_loss(y, score):
    return np.mean((y - 1 / (1 + np.exp(-np.clip(score, -50, 50)))) ** 2)


def _prices_like(wrong):
    def matches(answer) -> bool:
        with np.errstate(all="ignore"):
            return all(
                same(answer(_CLICKED, scores), wrong(_CLICKED, scores)) for scores in (_SCORES, _EXTREME)
            )

    return matches


# ------------------------------------------------------------------------------------ E7.2 what pairs add


def _tables() -> tuple[np.ndarray, np.ndarray]:
    """A square table and one that is not, without any structure."""
    rng = np.random.default_rng(7)
    return rng.normal(-4, 1, (4, 4)), rng.normal(-4, 1, (3, 5))


def _right_left_over(scores):
    return scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0, keepdims=True) + scores.mean()


def _left_over(answer) -> None:
    for scores in _tables():
        said = np.asarray(answer(scores.copy()), dtype=float)
        what = f"Of a table of {scores.shape[0]} pages and {scores.shape[1]} ads"
        expect(said.shape == scores.shape, f"{what} you give shape {said.shape}; keep one number a cell.")
        rows, columns = np.abs(said.mean(axis=1)).max(), np.abs(said.mean(axis=0)).max()
        expect(
            rows < 1e-6, f"{what}, a row still has a mean of {rows:.2g}: what the page adds is not all off."
        )
        expect(
            columns < 1e-6, f"{what}, a column still has a mean of {columns:.2g}: the ad's own is not off."
        )
        expect_same(said, _right_left_over(scores), what)


def _rows_off(scores):
    return scores - scores.mean(axis=1, keepdims=True)


def _columns_off(scores):
    return scores - scores.mean(axis=0, keepdims=True)


def _mean_off(scores):
    return scores - scores.mean()


def _mean_not_back(scores):
    return scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0, keepdims=True)


def _mean_off_again(scores):
    return _mean_not_back(scores) - scores.mean()


def _without_keepdims(scores):
    return scores - scores.mean(axis=1) - scores.mean(axis=0) + scores.mean()


def _leaves_like(*wrong, tables=slice(None)):
    """Answers that give what one of some wrong functions gives."""
    return lambda answer: any(
        all(same(answer(scores.copy()), each(scores)) for scores in _tables()[tables]) for each in wrong
    )


# ------------------------------------------------------------------------------------ E7.3 expected clicks


def _replies(*scores: float) -> list[dict[str, float]]:
    """What an endpoint answers, labels included."""
    return [{"score": score, "predicted_label": float(score >= 0.5)} for score in scores]


_REPLIES = (_replies(0.02, 0.04, 0.01, 0.05), _replies(0.5, 0.75), _replies(*[0.02] * 100))


def _right_expected(replies):
    return sum(reply["score"] for reply in replies)


def _expected_clicks(answer) -> None:
    for replies in _REPLIES:
        said, wanted = answer(replies), _right_expected(replies)
        expect(np.ndim(said) == 0, f"One number is asked for; yours is {said!r}.")
        expect(
            same(said, wanted),
            f"For {len(replies)} replies whose first has the score {replies[0]['score']:g} you expect {said:g} "
            f"clicks; it should be {wanted:g}. How many clicks does one impression at 2 % bring, on average?",
        )


def _labels_counted(replies):
    return sum(reply["predicted_label"] for reply in replies)


def _mean_rate(replies):
    return sum(reply["score"] for reply in replies) / len(replies)


def _sigmoid_twice(replies):
    return sum(1 / (1 + np.exp(-reply["score"])) for reply in replies)


def _highest_only(replies):
    return max(reply["score"] for reply in replies)


def _rounded(replies):
    return sum(round(reply["score"]) for reply in replies)


def _expects_like(*wrong):
    return lambda answer: any(
        all(same(answer(replies), each(replies)) for replies in _REPLIES) for each in wrong
    )


# ------------------------------------------------------------------------------------ E7.4 reliability


def _promised_and_clicked() -> tuple[np.ndarray, np.ndarray]:
    """400 rates, no two alike, most of them small, and whether there was a click."""
    rng = np.random.default_rng(4)
    rate = rng.permutation(np.linspace(0.05, 0.9, 400) ** 3)
    return (rng.random(400) < rate).astype(int), rate


def _right_reliability(y, rate, groups=10):
    parts = np.array_split(np.argsort(rate), groups)
    return np.array([[rate[own].mean(), y[own].mean()] for own in parts])


def _reliability(answer) -> None:
    y, rate = _promised_and_clicked()
    for groups in (10, 4):
        said, call = answer(y, rate, groups), f"`reliability(y, rate, {groups})`"
        expect(isinstance(said, pd.DataFrame), f"{call} should be a DataFrame; yours is a {_kind(said)}.")
        missing = [name for name in ("promised", "observed") if name not in said]
        expect(not missing, f"{call} lacks the column {missing[:1]}; it has {list(said)}.")
        expect(len(said) == groups, f"{call} has {len(said)} rows; one for each group is wanted.")
        wanted = _right_reliability(y, rate, groups)
        expect_same(said["promised"].to_numpy(), wanted[:, 0], f"Column promised of {call}")
        expect_same(said["observed"].to_numpy(), wanted[:, 1], f"Column observed of {call}")


def _kind(value) -> str:
    return type(value).__name__


def _grouped(how):
    """A ``reliability`` that ends in ``how`` of the groups."""

    def reliability(y, rate, groups=10):
        table = pd.DataFrame({"promised": rate, "observed": y})
        return how(table.groupby(pd.qcut(rate, groups, labels=False)))

    return reliability


_sums = _grouped(lambda parts: parts.sum())
_counts = _grouped(lambda parts: parts.count())
_medians = _grouped(lambda parts: parts.median())
_highest = _grouped(lambda parts: parts.max())


def _by_width(y, rate, groups=10):
    table = pd.DataFrame({"promised": rate, "observed": y})
    return table.groupby(pd.cut(rate, groups, labels=False)).mean()


def _by_label(y, rate, groups=10):
    return pd.DataFrame({"promised": rate, "observed": y}).groupby(rate >= 0.5).mean()


def _by_click(y, rate, groups=10):
    return pd.DataFrame({"promised": rate, "observed": y}).groupby(y).mean()


def _tells_like(wrong):
    def matches(answer) -> bool:
        given = _promised_and_clicked()
        return all(
            same(answer(*given, groups).to_numpy(), wrong(*given, groups).to_numpy()) for groups in (10, 4)
        )

    return matches


# ------------------------------------------------------------------------------------ E7.5 rank

_SLOTS = (
    ({"a": 0.02, "b": 0.05, "c": 0.01}, {"a": 60, "b": 20, "c": 100}),  # worth 1.2, 1.0, 1.0
    ({"a": 0.04, "b": 0.01, "c": 0.03, "d": 0.02}, {"a": 10, "b": 90, "c": 25, "d": 20}),
    ({"a": 0.06, "b": 0.02}, {"b": 70, "a": 20}),
)
_SLOTS_APART = _SLOTS[1:]  # no two ads of equal worth


def _worth(rates, bids):
    return {ad: rates[ad] * bids[ad] for ad in rates}


def _right_rank(rates, bids):
    worth = _worth(rates, bids)
    return sorted(worth, key=worth.get, reverse=True)


def _rank_ads(answer) -> None:
    for rates, bids in _SLOTS_APART + _SLOTS[:1]:
        said, call = answer(dict(rates), dict(bids)), f"rank_ads({rates}, {bids})"
        expect(isinstance(said, list | tuple), f"`{call}` should be a list of ads; yours is {said!r}.")
        expect(
            sorted(map(str, said)) == sorted(rates),
            f"`{call}` is {list(said)}: each ad once, and nothing else.",
        )
        worth = _worth(rates, bids)
        values = [worth[ad] for ad in said]
        in_words = ", ".join(f"{ad} is worth {value:.2f}" for ad, value in worth.items())
        expect(
            all(first >= second - 1e-12 for first, second in pairwise(values)),
            f"`{call}` is {list(said)}. In cents an impression, {in_words}.",
        )


def _by_rate(rates, bids):
    return sorted(rates, key=rates.get, reverse=True)


def _by_bid(rates, bids):
    return sorted(rates, key=bids.get, reverse=True)


def _by_sum(rates, bids):
    return sorted(rates, key=lambda ad: rates[ad] + bids[ad], reverse=True)


def _lowest_first(rates, bids):
    return _right_rank(rates, bids)[::-1]


def _likely_only(rates, bids):
    return [ad for ad in _right_rank(rates, bids) if rates[ad] >= 0.5]


def _winner_only(rates, bids):
    return _right_rank(rates, bids)[0]


def _values_only(rates, bids):
    return sorted(_worth(rates, bids).values(), reverse=True)


def _zipped(rates, bids):
    """Pairs the two dictionaries by place instead of by name."""
    worth = {ad: rate * bid for (ad, rate), bid in zip(rates.items(), bids.values(), strict=True)}
    return sorted(worth, key=worth.get, reverse=True)


def _ranks_like(*wrong):
    def matches(answer) -> bool:
        said = [answer(dict(rates), dict(bids)) for rates, bids in _SLOTS_APART]
        return any(said == [each(*slot) for slot in _SLOTS_APART] for each in wrong)

    return matches


# ------------------------------------------------------------------------------------ E7.6 choose


def _open_rates() -> pd.DataFrame:
    """Four readers and three articles; the second article is best on average, and first for one reader."""
    return pd.DataFrame(
        [[0.30, 0.22, 0.01], [0.02, 0.20, 0.25], [0.03, 0.60, 0.02], [0.26, 0.21, 0.05]],
        index=[11, 12, 13, 14],
        columns=["sport 1", "news 2", "games 3"],
    )


_CHOSEN = {11: "sport 1", 12: "games 3", 13: "news 2", 14: "sport 1"}


def _choose(answer) -> None:
    said = answer(_open_rates())
    expect(
        isinstance(said, pd.Series | dict | list | tuple | np.ndarray),
        f"Give an article for each reader, as a Series, a dictionary or a list; yours is {said!r}.",
    )
    if isinstance(said, pd.Series | dict):
        expect(set(said.keys()) == set(_CHOSEN), f"Readers 11 to 14 need one article each; you have {said}.")
        said = [said[reader] for reader in _CHOSEN]
    expect(len(said) == len(_CHOSEN), f"Four readers need four articles; you give {len(said)}.")
    for (reader, wanted), chosen in zip(_CHOSEN.items(), said, strict=True):
        rates = ", ".join(f"{article} {rate:.0%}" for article, rate in _open_rates().loc[reader].items())
        expect(chosen == wanted, f"Reader {reader} gets {chosen!r}. That reader's rates: {rates}.")


def _same_for_all(rates):
    return pd.Series(rates.mean().idxmax(), index=rates.index)


def _best_reader(rates):
    return rates.idxmax()


def _best_rates(rates):
    return rates.max(axis=1)


def _worst(rates):
    return rates.idxmin(axis=1)


def _only_likely(rates):
    return rates.idxmax(axis=1)[rates.max(axis=1) >= 0.5]


def _one_article(rates):
    return rates.mean().idxmax()


def _chooses_like(*wrong):
    def plain(said):
        return list(said.items()) if isinstance(said, pd.Series) else said

    return lambda answer: any(plain(answer(_open_rates())) == plain(each(_open_rates())) for each in wrong)


# ------------------------------------------------------------------------------------ what came true


def _favourites(count: int) -> str:
    return "One" if count == 1 else "Two or three" if count < 4 else "Four or more"


def _labelled(count: int) -> str:
    return "To none" if count == 0 else "To about ten" if count < 200 else "To about a thousand"


def _sampled_promise(percent: float) -> str:
    return (
        "About 2 %, as before"
        if percent < 6
        else "About 28 %"
        if percent < 42
        else "About 50 %: half and half"
    )


LESSON = Lesson(
    number=7,
    objectives={
        "O7.1": "train a factorization machine on clicks, by log-loss, and find what a linear model misses",
        "O7.2": "read its score as a click rate, not as a yes or no",
        "O7.3": "rank ads by expected value: click rate × bid",
        "O7.4": "check with a reliability table whether promised rates are kept",
        "O7.5": "use the same kind of rows to personalise content",
    },
    exercises=(
        Exercise(
            id="E7.1",
            objective="O7.1",
            verify=_log_loss,
            expects="a function of y and score",
            passed="Exact for scores of any size: a score of 800 that is wrong costs 800, not infinity.",
            hints=(
                "Look at the two formulas above: they differ in one sign. Which of the two prices is already there?",
                "The price after no click is log(1 + e^score). Then take, row by row, the price of what happened.",
                "np.logaddexp(0, score), and np.where(y == 1, after_click, after_none).mean()",
            ),
            solution="""
def log_loss(y, score):
    \"""Mean price of the scores, whatever their size. y : (n,) 0 or 1; score : (n,).\"""
    after_click = np.logaddexp(0, -score)     # -log(sigmoid(score))
    after_none = np.logaddexp(0, score)
    return np.where(y == 1, after_click, after_none).mean()
""",
            discussion="Shorter, and the same: `np.mean(np.logaddexp(0, score) - y * score)`. Libraries offer both "
            "forms, one for probabilities and one for scores (“from logits”). Prefer the second while you have scores.",
            mistakes=(
                Mistake(
                    matches=_prices_like(_swapped_loss),
                    feedback="The two prices have changed places: your clicks pay for having no click. A high score "
                    "must be cheap where a click came.",
                    example=_swapped_loss,
                ),
                Mistake(
                    matches=_prices_like(_same_price),
                    feedback="Every row pays the price of a click. Rows without a click pay log(1 + e^score); without "
                    "that price, promising 100 % everywhere would cost nothing.",
                    example=_same_price,
                ),
                Mistake(
                    matches=_prices_like(_summed_loss),
                    feedback="That is the sum. The mean can be compared between logs of different length.",
                    example=_summed_loss,
                ),
                Mistake(
                    matches=_prices_like(_each_loss),
                    feedback="Those are the prices of the single rows. What is their mean?",
                    example=_each_loss,
                ),
                Mistake(
                    matches=_prices_like(_through_probability),
                    feedback="Right for moderate scores; at 800 it breaks, because σ(800) is rounded to exactly 1 and "
                    "log(0) is minus infinity. Compute the price from the score, with `np.logaddexp`.",
                    example=_through_probability,
                ),
                Mistake(
                    matches=_prices_like(_clipped),
                    feedback="Clipping keeps the number finite and makes it wrong: a certain mistake costs 35 at most, "
                    "however certain it was. From the score, with `np.logaddexp`, nothing needs to be clipped.",
                    example=_clipped,
                ),
                Mistake(
                    matches=_prices_like(_missed_labels),
                    feedback="That is the share of wrong labels, one minus the accuracy. It does not ask how likely a "
                    "click was said to be: at 2 % clicks, “never” would get 0.02.",
                    example=_missed_labels,
                    misconception="M24",
                ),
                Mistake(
                    matches=_prices_like(_squared_loss),
                    feedback="That is the mean squared error of the probabilities (the Brier score). It is a fair "
                    "measure too; the log-loss is what this classifier is trained on.",
                    example=_squared_loss,
                ),
            ),
        ),
        Exercise(
            id="E7.2",
            objective="O7.1",
            verify=_left_over,
            expects="a function of a table of scores",
            passed="Every row and every column of what is left has mean 0: nothing in it belongs to a page or an ad alone.",
            hints=(
                "`page_alone` and `ad_alone` broadcast over the table: you can subtract them from it as they are.",
                "The mean of the whole table is part of each row mean, and of each column mean. How often does it come off?",
                "scores - page_alone - ad_alone + scores.mean()",
            ),
            solution="""
def left_over(scores):
    \"""What pairs add, once rows and columns are taken off. scores : (pages, ads).\"""
    page_alone = scores.mean(axis=1, keepdims=True)      # (pages, 1)
    ad_alone = scores.mean(axis=0, keepdims=True)        # (1, ads)
    return scores - page_alone - ad_alone + scores.mean()
""",
            discussion="Statisticians call this double centring; what it leaves is the interaction. Why not look at the "
            "products of the vectors themselves? Because the machine may put a part of what an ad adds by itself into "
            "them: a weight and a product can be exchanged without changing one prediction.",
            mistakes=(
                Mistake(
                    matches=_leaves_like(_rows_off),
                    feedback="The page's own is off, the ad's own is still in: shoes would stand out on every page, "
                    "because shoes are clicked everywhere.",
                    example=_rows_off,
                ),
                Mistake(
                    matches=_leaves_like(_columns_off),
                    feedback="The ad's own is off, the page's own is still in. Subtract `page_alone` as well.",
                    example=_columns_off,
                ),
                Mistake(
                    matches=_leaves_like(_mean_off),
                    feedback="That takes off the mean of everything, and leaves what each page and each ad add.",
                    example=_mean_off,
                ),
                Mistake(
                    matches=_leaves_like(_mean_not_back, _mean_off_again),
                    feedback="The mean of everything is in the row means and in the column means, so it came off twice. "
                    "Add it once.",
                    example=_mean_not_back,
                ),
                Mistake(
                    matches=_leaves_like(_without_keepdims, tables=slice(1)),
                    feedback="Without `keepdims=True` the row means lie down like a row, and are subtracted from the "
                    "columns. On a square table that runs, and is wrong; on any other it fails.",
                    example=_without_keepdims,
                ),
            ),
        ),
        Exercise(
            id="E7.3",
            objective="O7.2",
            verify=_expected_clicks,
            expects="a function of a list of replies",
            passed="Rates add up: a hundred impressions at 2 % bring two clicks, on average, and not one label is 1.",
            hints=(
                "What does one impression with a score of 0.02 bring, on average?",
                "0.02 clicks. Averages of several impressions can be added.",
                'sum(reply["score"] for reply in replies)',
            ),
            solution="""
def expected_clicks(replies):
    \"""How many clicks to expect from the impressions that these replies are about.\"""
    return sum(reply["score"] for reply in replies)
""",
            discussion="This is what a rate is for. It holds for any group of rows, if the rates are right for that group; "
            "whether they are, the next section asks.",
            mistakes=(
                Mistake(
                    matches=_expects_like(_labels_counted, _rounded),
                    feedback="You counted the labels. A label says “likelier than not”, which no rare click ever is: a "
                    "hundred impressions at 2 % have a hundred labels of 0, and bring two clicks.",
                    example=_labels_counted,
                    misconception="M25",
                ),
                Mistake(
                    matches=_expects_like(_mean_rate),
                    feedback="That is the mean rate, the clicks of one impression. How many are there?",
                    example=_mean_rate,
                ),
                Mistake(
                    matches=_expects_like(_sigmoid_twice),
                    feedback="The score of a classifier's reply has been through the sigmoid already: it is a probability. "
                    "Once more, and every rate is above one half.",
                    example=_sigmoid_twice,
                ),
                Mistake(
                    matches=_expects_like(_highest_only),
                    feedback="That is the likeliest impression alone. All of them bring clicks, now and then.",
                    example=_highest_only,
                ),
            ),
        ),
        Exercise(
            id="E7.4",
            objective="O7.4",
            verify=_reliability,
            expects="a function of y, rate and groups that gives a DataFrame",
            passed="One row for each group. Where the two columns agree, promises are kept.",
            hints=(
                "`table.groupby(group)` is ready. What do you want to know of each group's promises?",
                "The mean of 0s and 1s is the share of 1s. So one word serves both columns.",
                "table.groupby(group).mean()",
            ),
            solution="""
def reliability(y, rate, groups=10):
    \"""Mean promise and observed click rate of each group of rows with like promises.\"""
    table = pd.DataFrame({"promised": rate, "observed": y})
    group = pd.qcut(rate, groups, labels=False)   # 0: the lowest promises
    return table.groupby(group).mean()
""",
            discussion="A model that promises everybody the base rate would pass: calibration is not knowledge. Read "
            "the table beside the log-loss, and look how far its rows lie apart.",
            mistakes=(
                Mistake(
                    matches=_tells_like(_sums),
                    feedback="Those are sums. The groups are equally large here, and yet sums are no rates: divide, or "
                    "take the mean.",
                    example=_sums,
                ),
                Mistake(
                    matches=_tells_like(_counts),
                    feedback="That counts the rows of each group. What was promised to them, and what was clicked?",
                    example=_counts,
                ),
                Mistake(
                    matches=_tells_like(_medians),
                    feedback="The median of 0s and 1s is 0 as long as less than half were clicked. The mean is the share "
                    "of clicks.",
                    example=_medians,
                    misconception="M25",
                ),
                Mistake(
                    matches=_tells_like(_highest),
                    feedback="That is the highest promise of each group, and whether anything in it was clicked.",
                    example=_highest,
                ),
                Mistake(
                    matches=_tells_like(_by_width),
                    feedback="These groups are equally wide, not equally large (`pd.cut`). With rare clicks nearly all rows "
                    "share the first group: use the `group` that is given.",
                    example=_by_width,
                ),
                Mistake(
                    matches=_tells_like(_by_label),
                    feedback="Two groups, at a threshold of one half. With rare clicks all rows are in one of them; use "
                    "the `group` that is given.",
                    example=_by_label,
                    misconception="M25",
                ),
                Mistake(
                    matches=_tells_like(_by_click),
                    feedback="You grouped by what happened. Group by what was *promised*: nobody knows the click when "
                    "promising.",
                    example=_by_click,
                ),
            ),
        ),
        Exercise(
            id="E7.5",
            objective="O7.3",
            verify=_rank_ads,
            expects="a function of two dictionaries that gives a list of ads",
            passed="Rate times bid: what an impression earns on average, in cents. Neither alone decides.",
            hints=(
                "What does an ad earn in 1,000 impressions, if 3 % of them are clicked and each click pays 20 cents?",
                "Sort the ads by rates[ad] * bids[ad]. `sorted` takes a `key`, and `reverse=True`.",
                "sorted(rates, key=lambda ad: rates[ad] * bids[ad], reverse=True)",
            ),
            solution="""
def rank_ads(rates, bids):
    \"""The ads, the one with the highest expected value first.\"""
    return sorted(rates, key=lambda ad: rates[ad] * bids[ad], reverse=True)
""",
            discussion="An unclicked impression pays nothing, so the value of an impression is rate × bid + (1 − rate) × 0. "
            "Per 1,000 impressions it is called eCPM.",
            mistakes=(
                Mistake(
                    matches=_ranks_like(_by_rate),
                    feedback="You ranked by click rate. Twice the clicks at a quarter of the price is half the money: "
                    "multiply by the bid.",
                    example=_by_rate,
                    misconception="M26",
                ),
                Mistake(
                    matches=_ranks_like(_by_bid, _by_sum),
                    feedback="You ranked by bid (a rate added to it changes next to nothing). A bid is paid per *click*: an "
                    "ad that nobody clicks pays nothing, whatever it bids.",
                    example=_by_bid,
                ),
                Mistake(
                    matches=_ranks_like(_lowest_first),
                    feedback="The values are right and the order is upside down: the most valuable first.",
                    example=_lowest_first,
                ),
                Mistake(
                    matches=_ranks_like(_likely_only),
                    feedback="You kept ads that are likelier to be clicked than not. There are none: rates of a few "
                    "percent are good rates. Rank all of them.",
                    example=_likely_only,
                    misconception="M25",
                ),
                Mistake(
                    matches=_ranks_like(_winner_only),
                    feedback="That is the winner. A page often has several slots: give all ads, in order.",
                    example=_winner_only,
                ),
                Mistake(
                    matches=_ranks_like(_values_only),
                    feedback="Those are the values. Which ads do they belong to?",
                    example=_values_only,
                ),
                Mistake(
                    matches=_ranks_like(_zipped),
                    feedback="You paired rates and bids by their place. The two dictionaries need not have the same order: "
                    "look the bid up by the ad's name.",
                    example=_zipped,
                ),
            ),
        ),
        Exercise(
            id="E7.6",
            objective="O7.5",
            verify=_choose,
            expects="a function of a DataFrame that gives an article for each reader",
            passed="One article for each reader, and not the same one for all.",
            hints=(
                "A row of the table is a reader. In which column is the largest number of that row?",
                "pandas: `idxmax` gives the label of the largest. Along which axis?",
                "rates.idxmax(axis=1)",
            ),
            solution="""
def choose(rates):
    \"""The article to show to each reader. rates : DataFrame, readers × articles.\"""
    return rates.idxmax(axis=1)
""",
            discussion="In use you would drop what the reader has opened already (lesson 01's wipers), and now and then "
            "show something else, to learn whether tastes have changed.",
            mistakes=(
                Mistake(
                    matches=_chooses_like(_same_for_all, _one_article),
                    feedback="Everybody gets the article that is best on average. It is first for one of these four readers "
                    "only: that is popularity, not personalisation.",
                    example=_same_for_all,
                    misconception="M03",
                ),
                Mistake(
                    matches=_chooses_like(_best_reader),
                    feedback="That finds the best reader for each article. Go along the row of a reader: axis=1.",
                    example=_best_reader,
                ),
                Mistake(
                    matches=_chooses_like(_best_rates),
                    feedback="Those are the highest rates. Which articles do they belong to?",
                    example=_best_rates,
                ),
                Mistake(
                    matches=_chooses_like(_worst),
                    feedback="That is the article that each reader is least likely to open.",
                    example=_worst,
                ),
                Mistake(
                    matches=_chooses_like(_only_likely),
                    feedback="Readers whose best article is below one half get nothing. A place has to be filled: the best "
                    "is the best, also at 25 %.",
                    example=_only_likely,
                    misconception="M25",
                ),
            ),
        ),
    ),
    predictions=(
        Prediction(
            id="P7.1",
            objective="O7.1",
            stem="The model says “no click” to every impression. How accurate is it, on the rows that were kept back?",
            unit="percent",
            tolerance=0.6,
            why="Its accuracy is one minus the share of clicks: it measures how rare clicks are, not what the model knows.",
        ),
        Prediction(
            id="P7.2",
            objective="O7.1",
            stem="Six pages, the same hour and device. How many different ads are the linear model's favourite on some "
            "page?",
            options=("One", "Two or three", "Four or more"),
            happened=_favourites,
            why="The page's number is the same for all ads, so it cannot change their order.",
        ),
        Prediction(
            id="P7.3",
            objective="O7.2",
            stem="Of 50,000 impressions that were kept back, to how many does the machine give the label 1?",
            options=("To about a thousand", "To about ten", "To none"),
            happened=_labelled,
            why="A label of 1 needs a promise of at least one half, and the best impressions are promised a tenth of that "
            "or two.",
        ),
        Prediction(
            id="P7.4",
            objective="O7.4",
            stem="Trained on all clicks and one in 20 of the other rows: what is its mean promise on the rows kept back, "
            "of which 2 % were clicked?",
            options=("About 2 %, as before", "About 28 %", "About 50 %: half and half"),
            happened=_sampled_promise,
            why="Of a thousand rows, 20 clicks stay and 980 / 20 = 49 others: 20 of 69 are clicks.",
        ),
        Prediction(
            id="P7.5",
            objective="O7.3",
            stem="A games page, eight in the evening, a phone. Bids in cents per click: shoes 55, pans 40, trips 50, "
            "headsets 60, mowers 20, coffee 15. Which ad should get the slot?",
            options=("mowers", "headsets", "trips", "shoes"),
            why="Mowers are clicked most, but not three times as often as headsets, and headsets pay three times as much.",
        ),
    ),
    questions=(
        Question(
            id="Q7.1",
            objective="O7.1",
            stem="A report says: “Our click model is 98 % accurate.” 2 % of the impressions are clicked. What do you know?",
            options=(
                Option(
                    "It is an excellent model",
                    "“No click” for everybody gets the same 98 %, and knows nothing.",
                    misconception="M24",
                ),
                Option(
                    "Nothing: ask for its log-loss, and for that of a constant promise",
                    "The difference between these two is what the model knows.",
                    correct=True,
                ),
                Option(
                    "It is a useless model",
                    "It may be a good one: a good model has that accuracy, too. Accuracy cannot tell.",
                ),
            ),
            after="With rare clicks, accuracy is the base rate in disguise.",
        ),
        Question(
            id="Q7.2",
            objective="O7.1",
            stem="Mowers are clicked on games pages and hardly anywhere else. Which model can learn that from the columns "
            "page, ad, hour and device?",
            options=(
                Option(
                    "A linear model, given enough rows",
                    "More rows make its two numbers exact, and still it adds them: mowers keep the same place on every page.",
                    misconception="M09",
                ),
                Option(
                    "A factorization machine with at least one factor",
                    "The product of the two vectors speaks for that page and that ad together.",
                    correct=True,
                ),
                Option(
                    "Neither: somebody has to make a column “games and mowers”",
                    "That would help the linear model. The machine makes such a number from two vectors, for every pair.",
                    misconception="M06",
                ),
            ),
            after="Weights order the ads once for all. Pairs order them here.",
        ),
        Question(
            id="Q7.3",
            objective="O7.2",
            stem='The endpoint answers `{"score": 0.06, "predicted_label": 0.0}`. The usual click rate is 2 %. What is true?',
            kind="many",
            options=(
                Option(
                    "This impression will not be clicked",
                    "It is clicked in 6 of 100 cases. The label says only that this is below one half.",
                    misconception="M25",
                ),
                Option(
                    "Of 100 such impressions, about 6 are clicked", "That is what a rate says.", correct=True
                ),
                Option(
                    "It is three times as likely to be clicked as the usual one",
                    "6 % against 2 %: rates can be compared.",
                    correct=True,
                ),
                Option(
                    "The probability is σ(0.06), about one half",
                    "A classifier's reply has been through the sigmoid. Its score is the probability.",
                ),
            ),
            after="Threshold nothing that you can multiply.",
        ),
        Question(
            id="Q7.4",
            objective="O7.3",
            stem="Ad A: click rate 4 %, bid 20 cents. Ad B: 1 %, 90 cents. Ad C: 3 %, 25 cents. What is the winner worth, in "
            "cents per 1,000 impressions?",
            kind="number",
            tolerance=0.5,
            options=(
                Option("900", "B: 0.01 × 90 × 1,000.", correct=True),
                Option(
                    "800",
                    "That is A, which is clicked most. B is clicked a quarter as often and pays more than four times as "
                    "much.",
                    misconception="M26",
                ),
                Option("750", "That is C. Compute all three."),
                Option(
                    "0.9",
                    "That is the value of one impression of B. Per 1,000 it is a thousand times as much.",
                ),
            ),
            after="Rate × bid. The highest rate and the highest bid are each half of it.",
        ),
        Question(
            id="Q7.5",
            objective="O7.4",
            stem="A model was trained on all clicks and one in ten of the other rows. Its order of the ads is good. What "
            "goes wrong if its scores are used as they are?",
            options=(
                Option(
                    "Nothing: only the order counts",
                    "For rates alone. Once they are multiplied by bids, rates that are squeezed together change the order "
                    "of the products: dear ads win too often.",
                    misconception="M26",
                ),
                Option(
                    "No row gets the label 1 any more",
                    "The other way round: promises become larger, so that more rows pass one half.",
                    misconception="M25",
                ),
                Option(
                    "Promised values are far too high, and slots go to the wrong ads",
                    "Divide the odds by ten before you multiply by bids.",
                    correct=True,
                ),
            ),
            after="What is multiplied must be calibrated.",
        ),
        Question(
            id="Q7.6",
            objective="O7.5",
            stem="A news site wants its front page personal. What does a row of its log need, for a factorization machine?",
            options=(
                Option(
                    "Reader, article, opened or not; place and hour if known",
                    "Who met what, when, and what came of it. Ads, films, articles: the machine sees columns.",
                    correct=True,
                ),
                Option(
                    "Article and opened or not: the readers are many and rare",
                    "Without the reader in the row, no pair has a reader in it, and everybody gets the same page.",
                    misconception="M03",
                ),
                Option(
                    "A rating in stars, since the machine predicts ratings",
                    "With `binary_classifier` it predicts the chance of a 1: opened, clicked, bought.",
                ),
            ),
            after="Change the names of the columns and what a 1 means; keep the machine.",
        ),
    ),
)
