# %% [markdown]
# # Rank ads by the clicks they will earn
#
# **You will** give the factorization machine another job: promise how often an ad will be clicked. You find what a linear
# model cannot see, check whether promises are kept, and sell an ad slot with them.
#
# **You need** Python and pandas. Lesson 02 shows the machine itself; here it is used. No MovieLens in this lesson.
#
# **Time** 42 minutes: 11 reading, 18 doing, 13 discussing. The minutes stand beside the headings.
#
# | id | after this lesson you can |
# |---|---|
# | O7.1 | train a factorization machine on clicks, by log-loss, and find what a linear model misses |
# | O7.2 | read its score as a click rate, not as a yes or no |
# | O7.3 | rank ads by expected value: click rate × bid |
# | O7.4 | check with a reliability table whether promised rates are kept |
# | O7.5 | use the same kind of rows to personalise content |

# %% [markdown] tags=["notes"]
# **Before class.** Font 18; the lesson needs no network and no data. The first fit may take some seconds longer (compiling).
# **Arc.** A number that flatters (1), a fairer price (2), a pair that hides (3), a reply that misleads (4), promises put to
# the test (5), money (6), and the same rows for readers (7).
# **If late.** Skip E7.3 and section 7 (show the solutions). Never skip the slot in section 6.

# %% [markdown]
# ## 1. Read the log, and distrust accuracy (5 min)
#
# Ads are sold by the click. Somebody opens a page, a slot is free, several ads want it, and within milliseconds one of
# them must be chosen. What the chooser needs to know is: *if this ad is shown here and now, how likely is a click?*
# That likelihood is the **click-through rate**, CTR: clicks divided by impressions.
#
# Shops keep their click logs secret. So ours is made up, and says so.

# %%
import numpy as np
import pandas as pd

from course_utils.datasets import clicks
from course_utils.learn import check, hint, notice, predict, quiz, reveal, solution

log = clicks.ads()
notice(log)

# %% tags=["nbval-check-output"]
print(log.rows.head(4).to_string(index=False), "\n")
print(f"{len(log.rows):,} impressions, {log.rows['click'].mean():.2%} clicked")

learn, kept_back = log.rows[:150_000], log.rows[150_000:]
cells = log.candidates()  # every combination of page, ad, hour and device
print(f"{len(cells):,} different rows are possible: "
      f"about {learn['click'].sum() / len(cells):.1f} clicks for each")

# %% [markdown]
# A row is one **impression**: the kind of page, the ad, the hour, the device, and whether it was clicked. It is the old
# row in new clothes: *who* met *what*, and *when*. Ads were shown at random, so that every pair has had its chance.
#
# Two things make it hard. Clicks are **rare**. And there are too many different rows to count clicks for each: one click
# a row is not a rate.
#
# A colleague brings the first model. It says "no click" to every impression, and has learned nothing at all.

# %%
predict("P7.1")

# %%
reveal("P7.1", 100 * (kept_back["click"] == 0).mean())

# %% [markdown]
# A useless model with a splendid mark. When one answer is rare, **accuracy** rewards whoever never gives it. We need a
# measure that asks for *how likely*, not for yes or no.

# %% [markdown] tags=["notes"]
# **Discuss (2 min).** "Who would put 98 % on a slide?" (M24) Ask for other rare things: fraud, faults, illness. The point to
# win: the mark belongs to the base rate, not to the model. Then: "What would a fair measure have to know?"

# %% [markdown]
# ## 2. Price a promise (6 min)
#
# Let the model promise a probability $p$ of a click. Then something happens, and the promise is priced by the
# probability that it gave to *what happened*:
#
# $$\text{price} = -\log(p) \text{ after a click} \qquad \text{price} = -\log(1-p) \text{ after none}$$
#
# The mean price over many rows is the **log-loss**, or *cross entropy*. It is low for those who promise much where
# clicks come, and little where none come.
#
# The machine's own score $s$ can be any number: a bias, plus a weight for each column that is 1 in the row, plus, for each
# two such columns, the product of their vectors. The **sigmoid** bends it into a probability:
# $p = \sigma(s) = 1 / (1 + e^{-s})$. A score of 0 means one half; every step of 1 multiplies the *odds* (clicks against
# non-clicks) by 2.7.

# %% tags=["live", "nbval-check-output"]
def sigmoid(score):
    return 1 / (1 + np.exp(-score))

for said in (0.02, 0.5, 0.98):
    print(f"promised {said:4.0%}:  a click costs {-np.log(said):.2f},  "
          f"no click costs {-np.log(1 - said):.2f}")
print(f"score -4 promises {sigmoid(-4):.1%};  sigmoid(40) == 1: {sigmoid(40) == 1}")

# %% [markdown]
# Look at the last line. Computers round: a score of 40 already promises *exactly* 1, and if no click follows, the price is
# $-\log 0$, infinite. One such row and the mean is lost. The cure is to compute the price from the score, before
# anything is rounded:
#
# $$-\log \sigma(s) = \log(1 + e^{-s}) \qquad -\log(1 - \sigma(s)) = \log(1 + e^{s})$$
#
# and NumPy's `np.logaddexp(0, t)` gives $\log(1 + e^t)$ for a $t$ of any size.
#
# **E7.1** Fill the gaps. (Stuck? Type `hint("E7.1")` into a new cell: three hints, each stronger than the last, and then
# `solution("E7.1")`. Every exercise has them.)

# %%
def log_loss(y, score):
    """Mean price of the scores, whatever their size. y : (n,) 0 or 1; score : (n,)."""
    after_click = np.logaddexp(0, -score)     # -log(sigmoid(score))
    after_none = np.logaddexp(0, score)  ### SOLUTION: after_none = ...
    return np.where(y == 1, after_click, after_none).mean()  ### SOLUTION: return ...

check("E7.1", log_loss)

# %% [markdown]
# ## 3. Train two models on the same rows (9 min)
#
# Training by log-loss instead of squared error is the whole difference between predicting ratings and predicting clicks.
# The SageMaker algorithm calls it `predictor_type = "binary_classifier"`. The other settings below carry its names,
# too; `adam` is the optimiser that it runs. With 0 factors there are no vectors and no pairs: a **linear model**. (Ours
# allows that; SageMaker wants 1 factor at least.)

# %%
from course_utils.fm import adam

SETTINGS = {"predictor_type": "binary_classifier", "epochs": 20,
            "mini_batch_size": 500, "factors_init_sigma": 0.1,
            "bias_lr": 0.005, "linear_lr": 0.005, "factors_lr": 0.005,
            "bias_wd": 0.0, "linear_wd": 0.0001, "factors_wd": 0.0001}

# %%
def one_hot(rows):
    return pd.get_dummies(rows.drop(columns="click", errors="ignore"), dtype="float32")

def train(rows, num_factors, **changes):
    config = adam.AdamConfig(num_factors=num_factors, **{**SETTINGS, **changes})
    X, y = one_hot(rows).to_numpy(), rows["click"].to_numpy()
    return adam.fit(X, y, config, seed=0).params

linear, machine = train(learn, 0), train(learn, 8)

# %% [markdown]
# `one_hot` gives each page, ad, hour and device a column of its own: 39 columns, four ones in a row. Now the
# 50,000 rows that were kept back. `evaluate` measures what a SageMaker job writes into its log. Beside the two models
# stand a constant promise and, because the log is made up, the truth: no model can get below it, but for luck.

# %% tags=["nbval-check-output"]
from course_utils.evaluate import log_loss as price
from course_utils.fm.metrics import evaluate

y, base = kept_back["click"].to_numpy(), learn["click"].mean()
print(" " * 13, "log-loss")
print(f"always {base:.1%}   {price(y, np.full(len(y), base)):.4f}")
for name, model in (("linear", linear), ("machine", machine)):
    found = evaluate(model, one_hot(kept_back).to_numpy(), y)
    print(f"{name:13} {found['binary_classification_cross_entropy']:.4f}",
          f"  accuracy {found['binary_classification_accuracy']:.4f}",
          f"  F1 {found['binary_f_1.000']:.2f}")
print(f"the truth     {price(y, log.rate(kept_back)):.4f}")

# %% [markdown]
# | in the log | as a tuning metric | it asks |
# |---|---|---|
# | `binary_classification_cross_entropy` | `test:binary_classification_cross_entropy` | how dear were the promises? |
# | `binary_classification_accuracy` | `test:binary_classification_accuracy` | how many labels were right? |
# | `binary_f_1.000` | `test:binary_f_beta` | did label 1 hit? |
#
# Accuracy cannot tell the two apart. **F1** is near 1 when the label 1 finds the clicks and nothing else; here it is 0,
# because neither model ever says "click". Only the log-loss, the cross entropy of the table, moves. The steps look small,
# since nobody can foresee *which* impression is clicked; between the constant and the truth lies all there is to win.
#
# ### See what the linear model misses
#
# Before you look inside: on each of the six pages, take its favourite, the ad with the
# highest promise.

# %%
predict("P7.2")

# %%
def promises(model, **where):
    """Promised click rate of each ad on each page, as a table."""
    slots = log.candidates(**where)
    slots["rate"] = model.predict(one_hot(slots).to_numpy())
    return slots.pivot(index="page", columns="ad", values="rate")

favourites = {name: promises(model, hour=20, device="phone").idxmax(axis=1)
              for name, model in (("linear", linear), ("machine", machine))}
print(pd.DataFrame(favourites).to_string())
reveal("P7.2", favourites["linear"].nunique())

# %% [markdown]
# The linear model adds a number for the page and a number for the ad. The page's number lifts or lowers *all* ads alike,
# so **the order of the ads is the same on every page**, at every hour. (A user's weight cannot re-order that user's
# films either: lesson 02.) It takes a product of two columns to say "this ad, on this page".
#
# How large is such a product? Take the scores of all pages × ads. Take off what the page adds by itself (the mean of
# its row), and what the ad adds by itself (the mean of its column). What is left belongs to the **pair**.
#
# **E7.2** One line is missing: the row means and the column means come off; the mean of everything was then taken off
# twice, so it is added once.

# %%
def left_over(scores):
    """What pairs add, once rows and columns are taken off. scores : (pages, ads)."""
    page_alone = scores.mean(axis=1, keepdims=True)      # (pages, 1)
    ad_alone = scores.mean(axis=0, keepdims=True)        # (1, ads)
    return scores - page_alone - ad_alone + scores.mean()  ### SOLUTION: return ...

check("E7.2", left_over)

# %% [markdown]
# The same with the names of pages and ads, for both models. The figure shows the machine's pairs.

# %% tags=["live", "nbval-check-output"]
def pairs_of(model):
    """What each pair of page and ad adds to the score; mean over hours and devices."""
    slots = log.candidates()
    slots["score"] = model.score(one_hot(slots).to_numpy()).astype(float)
    table = slots.pivot_table("score", "page", "ad", observed=True)
    columns, rows = table.mean(axis=0), table.mean(axis=1)
    return table.sub(columns, axis=1).sub(rows, axis=0) + table.to_numpy().mean()

print("largest of the linear model:", abs(pairs_of(linear).round(3).to_numpy()).max())

# %%
from course_utils.plots import number_cells, promise_curves, show

found = pairs_of(machine)
fig = number_cells(found.to_numpy(), list(found.index), list(found.columns),
                   xlabel="ad", ylabel="page", marked=[(4, 4)],
                   title="One pair stands out: mowers on games pages")
show(fig, alt="A table of six pages and six ads with what each pair adds to the score. "
              "Mowers on games pages add by far the most. Some pairs that one expects "
              "follow, such as pans on cooking pages. Most others are near zero.")

# %% [markdown]
# **Mowers on games pages.** Nobody would have asked for that pair; we planted it, and the machine found it without being
# told where to look. Column by column, nobody would look there: over all pages, mowers are among the least clicked ads. In
# the linear model, every pair adds nothing.
#
# We planted the pair a little stronger than the machine says. It is cautious by design: `linear_wd` and `factors_wd`, the
# *weight decay*, pull every number towards 0, and rows must pull it away. A pair with few clicks cannot pull hard, so its
# estimate stays too small. This is **shrinkage**: it costs a bit of what is true, and guards against believing luck.
#
# With 36 pairs you might have counted clicks for each instead. The machine does it for *all* pairs of columns at once,
# and still has an opinion where a pair was seldom shown. Real logs have millions of ads and pages, and hardly any pair
# was shown twice.

# %% [markdown] tags=["notes"]
# **Ask**: "If the linear model had a column `games & mowers`, would it see it?" (Yes. But who would have thought of the
# column? There are as many as pairs: lesson 03.) And: "Is it a fact about gamers?" (No. It is made up; say it again.)
# **Expected slip** in E7.2: `mean(axis=1)` without `keepdims`; on a square table it runs, and is wrong.

# %% [markdown]
# ## 4. Read a rate, not a verdict (4 min)
#
# An endpoint answers for each row with a `score`, which for a classifier is the probability, and with a
# `predicted_label`: 1 if the score is at least 0.5, else 0. Here is the reply to the first two rows that were kept
# back, byte for byte in the endpoint's form.

# %%
from course_utils.payload import encode_response

rate = machine.predict(one_hot(kept_back).to_numpy())
print(encode_response(rate[:2], accept="application/json", task=machine.task).decode())

# %% [markdown]
# About a thousand of the 50,000 rows that were kept back were clicked. To how many of them all does the machine give the
# label 1?

# %%
predict("P7.3")

# %% tags=["nbval-check-output"]
labels = (rate >= 0.5).sum()
print(f"clicked: {y.sum():,}   labelled 1: {labels}")
print(f"every promise is below 20 %: {rate.max() < 0.2}")

# %%
reveal("P7.3", labels)

# %% [markdown]
# No impression is likelier to be clicked than not, so no label is 1. The label is not wrong, it answers a question that
# nobody has. **The score is the answer**: a rate of 4 % is twice the usual, and worth twice the money. You can add up
# rates, compare them, and multiply them by a price.
#
# **E7.3** How many clicks does the machine expect from a list of replies? Write it yourself. Each reply looks like
# `{"score": 0.031, "predicted_label": 0.0}`.

# %%
def expected_clicks(replies):
    """How many clicks to expect from the impressions that these replies are about."""
    return sum(reply["score"] for reply in replies)  ### SOLUTION: return ...

check("E7.3", expected_clicks)

# %% tags=["nbval-check-output"]
print(f"expected {rate.sum():,.0f} clicks, counted {y.sum():,}")

# %% [markdown]
# ## 5. Hold it to its promises (6 min)
#
# In total the promise is nearly kept. But is it kept where the machine promises *much*, and where it promises *little*?
# Whoever promises everybody the base rate gets the total right, too. So sort the rows by promise, cut them into ten
# groups of equal size, and compare for each group the mean promise with the share that was clicked. That is a
# **reliability table**; a model that passes is **calibrated**.
#
# **E7.4** The groups are cut; the comparison is yours.

# %%
def reliability(y, rate, groups=10):
    """Mean promise and observed click rate of each group of rows with like promises."""
    table = pd.DataFrame({"promised": rate, "observed": y})
    group = pd.qcut(rate, groups, labels=False)   # 0: the lowest promises
    return table.groupby(group).mean()  ### SOLUTION: return ...

check("E7.4", reliability)

# %% tags=["nbval-check-output"]
from course_utils import evaluate as measures

tenths = measures.reliability(y, rate, by="rows")  # your table, with the rows counted
percent = 100 * tenths[["predicted", "observed"]].T
print(percent.round(1).to_string(header=False), "\n")
print("if cut by width instead:", measures.reliability(y, rate)["rows"].to_list())

# %% [markdown]
# Read downwards: promised (the package calls it *predicted*), observed, in percent. Both rise together, from below one percent to more than four. Each group
# has 5,000 rows and so a hundred clicks or so; chance alone moves such a count by a tenth, up or down.
#
# The last line is a warning. Many tools cut by *width*: 0 to 10 %, 10 to 20 %, and so on. With rare clicks, nearly all
# rows then lie in the first group, and the table says nothing.
#
# Now a common trick. Most rows say "no click", and they cost time. Why not keep all clicks, and only **one in 20** of the
# others? Training takes a fraction of the rows. The rows kept back stay as they are.

# %%
predict("P7.4")

# %%
rng = np.random.default_rng(7)
few = learn[(learn["click"] == 1) | (rng.random(len(learn)) < 1 / 20)]
sampled = train(few, 8, mini_batch_size=100)

bold = sampled.predict(one_hot(kept_back).to_numpy())
reveal("P7.4", 100 * bold.mean())

# %% [markdown]
# It has learned the world that it was shown, where 2 of 7 impressions are clicked. The order of the rows may still be
# good; the rates are not. And we know by how much: clicks were made 20 times commoner *against* non-clicks. So divide the
# odds by 20:
#
# $$q = \frac{p}{p + 20\,(1 - p)}$$
#
# (He and others, *Practical Lessons from Predicting Clicks on Ads at Facebook*, 2014, do so.)

# %%
def repair(rate):
    return rate / (rate + 20 * (1 - rate))

said = {"all rows": rate, "one in 20": bold, "one in 20, repaired": repair(bold)}
tables = {name: measures.reliability(y, p, by="rows") for name, p in said.items()}
fig = promise_curves(tables, title="Sampled rows promise ten times too much")
show(fig, alt="Promised against observed click rates of ten groups of rows, for three "
              "models. The machine trained on all rows stays near the diagonal. The "
              "one trained on sampled rows lies far to the right of it: it promises a "
              "quarter where two in a hundred were clicked. Repaired, it comes back.")

# %% [markdown] tags=["notes"]
# **Point at the two curves of the same model.** Same rows, same order, other promises. Ask: "Which measures would not have
# noticed?" (Every measure of order: AUC, top-N.) Then bridge: "Who cares, if the order is right?" Leave it open; section 6
# answers.

# %% [markdown]
# ## 6. Sell the slot (6 min)
#
# An advertiser pays per click: the **bid**. An impression is worth, on average,
#
# $$\text{expected value} = \text{click rate} \times \text{bid}$$
#
# **E7.5** Write it from nothing: the ads in the order in which they should get the slot. `rates` and `bids` are
# dictionaries from ad to click rate, and from ad to cents per click.

# %%
def rank_ads(rates, bids):
    """The ads, the one with the highest expected value first."""
    ### BEGIN SOLUTION
    return sorted(rates, key=lambda ad: rates[ad] * bids[ad], reverse=True)
    ### END SOLUTION

check("E7.5", rank_ads)

# %% [markdown]
# Here is one slot: a games page, eight in the evening, a phone. You know which ad is clicked most there. The slot opens
# when you have said who gets it.

# %%
from course_utils.widgets import AdSlot

AdSlot()

# %% [markdown]
# **Three questions for the slot**
#
# 1. From which **bid for mowers** on do they win? Compute it first, from the two click rates in the table and the bid of
#    the ad that wins now.
# 2. Walk through the six **pages** with one eye on the linear model. What changes for it, and what never does?
# 3. Pull the **hour** from 8 to 20, and compare the rates. Most rise. Whose falls, whose rises most, and which two columns
#    have met there? What does the linear model make of the hour?

# %%
BIDS = {"shoes": 55, "pans": 40, "trips": 50,
        "headsets": 60, "mowers": 20, "coffee": 15}

evening = promises(machine, hour=20, device="phone").loc["games"]
worth = evening * pd.Series(BIDS)
reveal("P7.5", worth.idxmax())

# %% [markdown]
# **The ad with the most clicks need not win**, and neither need the highest bid. It is their product that pays.
#
# Who earns most in the end? We let each rule fill one slot of every kind, 432 in all, and pay with the *true* rates, which
# only a made-up log can tell.

# %%
every = log.candidates()
bid = every["ad"].map(BIDS).astype(float)
said = {name: model.predict(one_hot(every).to_numpy())
        for name, model in [("linear", linear), ("machine", machine), ("few", sampled)]}

def earns(worth):
    """True cents per 1,000 impressions, if the ad of highest worth gets each slot."""
    slots = every.assign(worth=worth, true=log.rate(every) * bid)
    winner = slots.groupby(["page", "hour", "device"], observed=True)["worth"].idxmax()
    return 1000 * slots.loc[winner, "true"].mean()

# %% tags=["nbval-check-output"]
rules = {"the highest bid": bid, "the machine's highest click rate": said["machine"],
         "rate × bid, linear model": said["linear"] * bid,
         "rate × bid, one in 20": said["few"] * bid,
         "the same, repaired": repair(said["few"]) * bid,
         "rate × bid, machine": said["machine"] * bid,
         "rate × bid, true rates": log.rate(every) * bid}
print("cents per 1,000 impressions")
for rule, worth in rules.items():
    print(f"{rule:34} {earns(worth):6,.0f}")

# %% [markdown]
# Rate × bid beats either alone, if the rates come from a model that sees pairs.
#
# And look at the two lines of the sampled rows. The repair divides all odds by 20, which changes the order of no two rates;
# and yet it earns. **Multiplied by a bid, the rate itself counts, not its place.** Odds that are 20 times too high squeeze
# high rates together, and then the bid alone decides. That is why section 5 came before the money. (What is still missing
# is the price of having seen a fraction of the rows.)

# %% [markdown] tags=["notes"]
# **Discuss (3 min).** "The ad with the most clicks always wins": who said so in P7.5? (M26) Who would complain if it did?
# (The shop: it earns less.) And who, if the highest bid always won? (The readers: ads that nobody clicks; and again the
# shop.) Real exchanges add a quality term for that reason.

# %% [markdown]
# ## 7. Same rows, other content (4 min)
#
# Put *article* where *ad* stood, *reader* beside it, and *opened* where *clicked* stood: **content personalisation** is the
# same machine on the same kind of rows. There is no bid; the best article is the likeliest to be opened. This log
# (made up as well) has 200 readers, 24 articles and three places where they are shown.

# %%
news = clicks.articles()
readers = {name: train(news.rows[:24_000], factors)
           for name, factors in (("linear", 0), ("machine", 8))}

def open_rates(model):
    """Promised rate of opening in the app: a row per reader, a column per article."""
    shown = news.candidates(place="app")
    shown["rate"] = model.predict(one_hot(shown).to_numpy())
    return shown.pivot(index="reader", columns="article", values="rate")

print(open_rates(readers["machine"]).iloc[:3, :6].round(2).to_string())

# %% [markdown]
# **E7.6** Choose for everybody: from such a table, the best article for *each* reader. Your own code, from nothing; pandas
# has a word for it.

# %%
def choose(rates):
    """The article to show to each reader. rates : DataFrame, readers × articles."""
    return rates.idxmax(axis=1)  ### SOLUTION: return ...

check("E7.6", choose)

# %% tags=["nbval-check-output"]
shown = news.candidates(place="app")
truth = shown.assign(rate=news.rate(shown)).pivot(index="reader", columns="article",
                                                  values="rate")
for name, model in readers.items():
    picks = open_rates(model).idxmax(axis=1)
    opened = np.mean([truth.loc[reader, article] for reader, article in picks.items()])
    print(f"{name:8} {picks.nunique():2} different articles, {opened:.0%} opened")
print(f"{'truth':8} {truth.idxmax(axis=1).nunique():2} different articles, "
      f"{truth.max(axis=1).mean():.0%} opened")

# %% [markdown]
# For the linear model, 200 readers are one reader: everybody gets the same article. The pair *reader × article* makes
# the list personal, and it is opened far more often.

# %% [markdown]
# ## 8. Check yourself (2 min)
#
# Six questions; a wrong answer tells you why it is tempting. Nothing is counted or kept.

# %%
quiz("Q7")

# %% [markdown]
# ## In practice …
#
# * **Logs are not random.** Ours shows every ad everywhere. A real log holds what an earlier model chose to show, so it
#   knows little about the rest. Shops keep a few slots for chance, to go on learning.
# * **Auctions have rules of their own.** Often the winner pays what the next one would have paid, and exchanges lower the
#   worth of ads that annoy. Both still need a calibrated rate.
# * **Three columns at once** are beyond the machine. "Coffee, on news pages, in the morning" is made of pairs: coffee × news,
#   coffee × morning, news × morning. If that is not enough, make a column for it.
# * **Rates age.** A new ad has no vector, and last month's rates are last month's. Lesson 10 rebuilds.
# * **Clicks are not sales**, and not joy either. A machine that earns by the click learns what gets clicked.
#
# ## Tweak, twiddle, frob
#
# * **Tweak** one number: `train(learn, 8, linear_wd=0.0, factors_wd=0.0)`. How large is the planted pair without shrinkage?
#   Then `train(learn, 2)`. Does it still find the planted pair? And which pairs that you expected does it lose?
# * **Twiddle** the sampling: keep one in 100 instead of one in 20. What do you divide the odds by, and does the repair hold?
# * **Frob** the rows: `clicks.ads(20_000)` has a tenth of the clicks. Count clicks by page × ad, train the machine on the
#   same rows, and compare both with `log.rate`. Who is nearer, and where?
#
# ## To keep
#
# | | |
# |---|---|
# | **Accuracy** | flatters whoever never says "click". Price the promise instead: log-loss. |
# | **A linear model** | has one order of ads for all pages. Pairs make "this ad, here". |
# | **The score** | is a rate: add it, compare it, multiply it. The label at 0.5 says nothing. |
# | **Calibrated** | of all rows promised 4 %, about 4 in 100 are clicked. Sampling breaks it; the odds repair it. |
# | **The slot** | goes to click rate × bid, not to the most clicked and not to the dearest. |
# | **Content** | same rows: reader × article × place, opened or not. |
#
# Next: lesson 08 packs such rows into the bytes that SageMaker trains on.
