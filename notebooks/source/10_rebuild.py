# %% [markdown]
# # Rebuild a recommender before it goes stale
#
# **You will** replay time, measure how fast a recommender grows stale, choose how often to rebuild it, promote a new model
# only if it is better, and roll back when it was not.
#
# **You need** Python and pandas, and an idea of one-hot rows (lesson 02 or 05). No lesson before this one must have run,
# and no AWS account.
#
# **Time** 50 minutes: 14 reading, 22 doing, 14 discussing. The minutes stand beside the headings.
#
# | id | after this lesson you can |
# |---|---|
# | O10.1 | measure staleness: the share of events with a user or film that the model never saw |
# | O10.2 | replay time, and never train on the future |
# | O10.3 | choose how often to rebuild, in hours or days, by what it costs |
# | O10.4 | promote a challenger only if it beats the champion on the newest held-out events |
# | O10.5 | version a model together with its id map, and roll back |

# %% [markdown] tags=["notes"]
# **Before class.** Font 18, sidebar closed. The lesson runs without a network; section 8 starts the local SageMaker by
# itself. **Arc.** MovieLens shows who is new (sections 1 and 2), a kiosk that we made up shows drift (3 to 6), the rest is
# what can go wrong on the day of a rebuild. **If late.** Skip section 8; never skip the swapped map in section 7.

# %% [markdown]
# ## 1. Let nobody know the future (5 min)
#
# A recommender is trained on a day and used on later days. Meanwhile users join, films arrive and tastes move. That is
# called **data fluidity**, and it is why recommenders are **rebuilt periodically**: every few hours, or every few days. How
# often do *you* have to? You can find out from the ratings that you already have, by **replaying time**: pretend that it
# is some day in the past, and let the model know nothing of what came later.
#
# Here are the ratings in the order in which they were given. The last year of them will be our future.

# %%
import numpy as np
import pandas as pd

from course_utils.datasets import movielens
from course_utils.learn import check, hint, notice, predict, quiz, reveal, solution

HOUR, DAY = 3_600, 86_400  # timestamps count seconds
data = movielens.load("ml-latest-small")
ratings = data.ratings.sort_values("timestamp", kind="stable")
start = ratings["timestamp"].max() - 365 * DAY
print("the future begins on", pd.to_datetime(start, unit="s").date())
notice(data)

# %% [markdown]
# **E10.0** What may a model know that is built at a moment? Write `known_at(events, moment)`: the rows of `events` whose
# `timestamp` is *before* that moment. Stuck? Type `hint("E10.0")` into a new cell: there are three hints, and then
# `solution("E10.0")`.

# %%
def known_at(events, moment):
    """The events that had happened before a moment."""
    return events[events["timestamp"] < moment]  ### SOLUTION: return ...

check("E10.0", known_at)

# %% [markdown]
# Both sides, made here once more so that the lesson goes on in any case. Many tutorials draw their test rows **at random**
# instead. Then the model has seen other ratings of the same evening, by the same person, when it is examined. We shall
# judge `Biases` (mean + how generous the user is + how good the film is) in both ways, with equally many test rows.

# %%
past = ratings[ratings["timestamp"] < start]
future = ratings[ratings["timestamp"] >= start]
print(f"{len(past):,} ratings known, {len(future):,} still to come")
predict("P10.1")

# %%
from course_utils.evaluate import Biases, rmse, split_by_hash

def judged(learn, test):
    """RMSE on the test rows of biases that were fitted on the others."""
    return rmse(test["rating"], Biases().fit(learn).predict(test))

at_random = judged(*split_by_hash(ratings, len(future) / len(ratings)))
in_time = judged(past, future)
print(f"random rows: {at_random:.2f} stars; the last year: {in_time:.2f} stars")
reveal("P10.1", {"random": at_random, "time": in_time})

# %% tags=["nbval-check-output"]
print("random rows flatter the model:", bool(at_random < in_time))

# %% [markdown]
# The same method, the same table. The random split asks "can you fill in a gap in an evening that you know?" The split in
# time asks what a shop asks: "can you serve tomorrow?" Believe the second number.

# %% [markdown]
# ## 2. Count who is new (7 min)
#
# The plainest kind of staleness needs no model at all. An event is **unseen** when its user *or* its film is not among the
# rows that the model was trained on. For such an event half of the answer is missing (lesson 06 calls it cold).
#
# **E10.1** Write `unseen_share(known, events)`: the share of `events`, from 0 to 1, whose `user` or whose `item` does not
# occur in `known`. `Series.isin` helps.

# %%
def unseen_share(known, events):
    """Share of events with a user or film that is not in the known rows."""
    ### BEGIN SOLUTION
    stranger = ~events["user"].isin(known["user"])
    new_film = ~events["item"].isin(known["item"])
    return (stranger | new_film).mean()
    ### END SOLUTION

check("E10.1", unseen_share)

# %% [markdown]
# Now rebuild again and again. Which model answers an event? The one of the last rebuild before it. Rebuilds begin at
# `start` and follow each other at equal distances, so count whole steps from `start` on:

# %% tags=["nbval-check-output"]
def last_rebuild(moment, every):
    """When the model was built that is in use at a moment; every so many seconds."""
    return start + (moment - start) // every * every

in_use = last_rebuild(start + 10 * DAY, every=7 * DAY)
print("on day 10 the weekly model is that of day", (in_use - start) // DAY)

# %% [markdown]
# A user is known to that model if their *first* rating came before the rebuild, and a film likewise. So nothing needs to be
# trained to count strangers: compare the first rating with the last rebuild.

# %%
firsts = {key: ratings.groupby(key)["timestamp"].min() for key in ("user", "item")}

def unseen_with(every):
    """Unseen share of the last year, with a rebuild every so many seconds."""
    rebuilt = last_rebuild(future["timestamp"], every)
    stranger = future["user"].map(firsts["user"]) >= rebuilt
    new_film = future["item"].map(firsts["item"]) >= rebuilt
    return (stranger | new_film).mean()

never, nightly = unseen_with(10_000 * DAY), unseen_with(DAY)
print(f"never rebuilt: {never:.0%} of the events are unseen")

# %%
predict("P10.2")

# %%
every = {"never": 10_000 * DAY, "30 days": 30 * DAY, "7 days": 7 * DAY,
         "day": DAY, "hour": HOUR}
strangers = pd.Series({name: unseen_with(seconds) for name, seconds in every.items()})
print(strangers.map("{:.0%}".format).to_string())
reveal("P10.2", nightly)

# %% tags=["nbval-check-output"]
print("each step brings fewer strangers:", strangers.is_monotonic_decreasing)
print("hours beat days:", bool(strangers["hour"] < strangers["day"] / 1.2))

# %% [markdown]
# **Real MovieLens**: even a model that is rebuilt every night has not seen the user or the film of most events. People
# arrive, rate many films in one evening, and leave. Days are too slow for them; hours help. (Lesson 11 does what helps
# at once: it fits one newcomer's vector without training anything else.) In the **made-up sample** people come back on
# several evenings, so that one rebuild a month leaves fewer than one event in ten unseen.
#
# And the error? A year with a rebuild every 30 days, against a year without:

# %%
month = (future["timestamp"] - start) // (30 * DAY)
squares = []
for m, events_of_month in future.groupby(month):
    model = Biases().fit(ratings[ratings["timestamp"] < start + m * 30 * DAY])
    squares.append((model.predict(events_of_month) - events_of_month["rating"]) ** 2)
monthly_rmse = np.sqrt(pd.concat(squares).mean())
print(f"never: {in_time:.3f} stars; every 30 days: {monthly_rmse:.3f} stars")

# %% tags=["nbval-check-output"]
print("rebuilding helps:", bool(monthly_rmse < in_time))

# %% [markdown]
# In the sample that is a real gain, because people return. In real MovieLens it is next to nothing: who has gone cannot be
# served better. **Measure your own stream before you pay for rebuilds.** The loop that you have run is the whole method:
# train on what was known, judge what came next, move on.

# %% [markdown] tags=["notes"]
# **Ask** before P10.2 is revealed: "When do you rate films: all year, or on the day you sign up?" Collect streams where
# people return (music, news, groceries) and where they do not (hotels, cars, MovieLens). The cadence follows from that.
# **Listen for** "then we need online learning" (M33): P10.6 tells the two apart.

# %% [markdown]
# ## 3. Replay a kiosk that drifts (9 min)
#
# MovieLens hides a second kind of staleness: people who stay, and change. So here is a **made-up** video kiosk (all of it is
# a page of code, `course_utils/datasets/kiosk.py`). Its rules: 150 ratings a day. Films arrive in drops, on days that
# nobody is told before, and newcomers join with them. Every film has a place on a circle of tastes; so has every viewer,
# but **viewers walk**, about two degrees a day. Opposite places mean dislike.

# %% tags=["nbval-check-output"]
from course_utils.datasets import kiosk

events = kiosk.load()
print(events[["user", "item", "rating", "day"]].tail(3).to_string(index=False))
print("days:", kiosk.DAYS, " the replay begins on day", kiosk.FIRST_DAY)

# %% [markdown]
# `machine()` is a small factorization machine; `window(events, day)` are the 28 days before a day. Older events are
# forgotten on purpose: they tell where viewers *were*. Read the loop aloud: are the day's ratings used first to judge, or
# first to learn?

# %% tags=["live", "nbval-check-output"]
from course_utils.widgets.rebuild_dial import machine, window

def replay(every):
    """RMSE of 90 days with a rebuild on every so-many-th morning."""
    built, squares = None, []
    for day in range(kiosk.FIRST_DAY, kiosk.DAYS):
        if built is None or day - built >= every:
            model, built = machine().fit(window(events, day)), day
        today = events[events["day"] == day]
        squares.append((model.predict(today) - today["rating"].to_numpy()) ** 2)
    return np.sqrt(np.mean(squares))

print(f"never rebuilt {replay(1000):.1f} stars, weekly {replay(7):.1f} stars")

# %% [markdown]
# Every rating is **predicted first and learned from later**. Turn the two round, and the model has seen the answers.
#
# Now look closer at the model that is never rebuilt. Week by week it meets more newcomers: people or films that it never
# saw. It also meets its old acquaintances: user *and* film known. Whom does it serve worse, after two months?

# %%
predict("P10.3")

# %% tags=["nbval-check-output"]
learned = window(events, kiosk.FIRST_DAY)
later = events[events["day"] >= kiosk.FIRST_DAY]
squared = (machine().fit(learned).predict(later) - later["rating"]) ** 2

known_user, known_film = (later[key].isin(learned[key]) for key in ("user", "item"))
group = (known_user & known_film).map({True: "both known", False: "unseen"})
week = (later["day"] - kiosk.FIRST_DAY).rename("week") // 7
by_week = squared.groupby([week, group.rename("")]).mean().unstack() ** 0.5
print(by_week.loc[[0, 4, 8]].round(1).to_string())

# %%
from course_utils.plots import line_chart, show

fig = line_chart(by_week.index, dict(by_week),
                 title="After a month, those it knows best are served worst",
                 xlabel="weeks since the model was built", ylabel="RMSE, stars")
show(fig, alt="Error by the age of the model, in weeks. Unseen events stay at about "
              "1.1 stars. Events with user and film known begin lower, at 0.8, "
              "pass the others within a month and reach 1.7 stars.")
reveal("P10.3", by_week.loc[8])

# %% [markdown]
# A newcomer gets a cautious guess, which is never far off. An acquaintance gets a firm opinion, and it is an old one: they have
# walked on. **The model does not know that it is out of date, and the unseen share does not tell.** So staleness has two
# signs to watch: who is new, and how old the model is.
#
# Now watch a single viewer, user 7. The first model, built on the morning of day 28, knows this viewer, who goes on rating
# films every day. The next rebuild comes on day 35. Once a day we ask for the score of one and the same film.

# %%
predict("P10.6")

# %% tags=["nbval-check-output"]
viewer, asked = 7, pd.DataFrame({"user": [7], "item": [9]})
for day in range(kiosk.FIRST_DAY, kiosk.FIRST_DAY + 9):
    built = day - (day - kiosk.FIRST_DAY) % 7
    score = machine().fit(window(events, built)).predict(asked)[0]
    rated = (events["user"] == viewer) & events["day"].between(kiosk.FIRST_DAY, day - 1)
    print(f"day {day}: {rated.sum():2} new ratings, {score:.1f} stars")

# %%
reveal("P10.6", "On the morning of the rebuild only")

# %% [markdown]
# A rebuild is *not* **online learning**. Online learning moves the parameters a little after each event. A rebuild starts
# again from nothing, on a batch of rows, and between two rebuilds the model does not move at all. SageMaker's factorization
# machines can only be rebuilt: going on from an earlier model (*incremental training*) is offered for three of its built-in
# algorithms, and all three are about pictures. That sounds poor and has a great merit: every model comes from a known
# table, so it can be made again, judged, and thrown away.

# %% [markdown] tags=["notes"]
# **Vote on P10.3** by hands before the figure. Nearly everybody says "the unseen ones". Then ask who has met a friend's
# recommendations for the person they were ten years ago. **If asked** why the upper curve turns down in the end: the tastes
# walk on a circle, and some have walked past the opposite side.

# %% [markdown]
# ## 4. Turn the rebuild dial (7 min)
#
# The dial replays the kiosk with four schedules. The training machine's price, the minutes for each rebuild and what a
# *miss* costs the shop (a prediction more than a star off) are **assumptions**. They stand there to be changed. The price is
# about what AWS listed for an hour of `ml.m5.large` training in us-east-1 when this was written; look up today's.

# %%
from course_utils.widgets import RebuildDial

RebuildDial()

# %% [markdown]
# **Three questions for the dial**
#
# 1. Choose **never**. Two things grow: the error and the unseen share. Which one jumps on the days with new films, and which
#    one climbs between them? What is each one a sign of?
# 2. Pull the **recommendations a day** from one end to the other. Which schedule costs least at 10, at 1,000 and at 100,000
#    a day? Why does *daily* not always win?
# 3. Leave the traffic at 1,000 and make the **minutes for each rebuild** ten times as long. What would you rebuild less
#    often: a small model or a huge one?

# %%
from course_utils.widgets import rebuild_dial

schedules = {name: rebuild_dial.scheduled(name) for name in rebuild_dial.CADENCES}
total = {name: found.total_rmse for name, found in schedules.items()}
reveal("P10.4", total)

# %% tags=["nbval-check-output"]
for name, found in schedules.items():
    print(f"{name:8} {found.rebuilds:2} rebuilds, {found.total_rmse:.1f} stars,",
          f"{found.unseen.mean():.0%} unseen")

# %% [markdown]
# Twelve rebuilds take most of the error away. Seven times as many take a little more. Whether that little is worth its
# price is not a question about models: it depends on how many people see the list, and on what a bad one costs.

# %% [markdown] tags=["notes"]
# **Peer instruction on M34** before question 2: "More often is always better, if we can pay." Then ask what else a rebuild
# costs: somebody looks at it, it can fail, it can ship a broken model (section 6), lists change under the users' eyes.
# **Answers.** 1: drops make the unseen share jump; walking tastes make the error climb; only the first is visible without
# ratings. 2: never, weekly, daily. 3: the huge one.

# %% [markdown]
# ## 5. Let a policy decide (5 min)
#
# A clock rebuilds on quiet days for nothing, and sleeps through a drop. A **policy** looks first. Every morning it is asked
# with two numbers: `age`, the days since the model in use was built, and `unseen`, the share of *yesterday's* events that
# were unseen (0.1 is 10 %).
#
# **E10.2** Write `should_rebuild(age, unseen)`: `True` or `False`. The check replays two kiosks. Wanted: **at most 16
# rebuilds** in 90 days, **at most 8 %** of the events unseen, **at most 0.90 stars** RMSE. The weekly clock has 10 % unseen;
# the daily one 89 rebuilds. Which of the two numbers sees newcomers, and which one sees walking tastes?

# %%
def should_rebuild(age, unseen):
    """Rebuild this morning? age in days; unseen is yesterday's share, 0 to 1."""
    return unseen > 0.1 or age >= 8  ### SOLUTION: return ...

check("E10.2", should_rebuild)

# %% [markdown]
# The unseen share is known at once and needs no ratings, but it is blind to people who stay and change. Their drift shows
# only in the error, or, cheaper, in the age of the model. Good policies watch more than one sign.

# %% [markdown] tags=["notes"]
# **Collect policies on the board** with the numbers that the check gave. Any share between 0.1 and 0.3 together with an age of 7
# or 8 days passes. A clock alone never does, a share alone never does: ask why before you tell (newcomers; walkers).
# **Ask** what a real policy would also look at: the number of new events, a holiday, who is at work to watch.

# %% [markdown]
# ## 6. Promote only what is better (4 min)
#
# A rebuild that ended without an error message may still be worse. The model in use is the **champion**; the new one is a
# **challenger** until it has won. The rules of the match: both are judged on the **same rows**, the **newest** ones, and
# **neither has learned from them**. Three challengers knock on the door: one made as always; an ambitious one with 16 factors
# and hardly any regularisation; one whose table was damaged on the way (the ratings were sorted, the rest was not).

# %%
from course_utils.estimator import FactorizationMachine

newest = events[events["day"].between(98, 104)]
known = window(events, 98)  # the 28 days before: none of the newest
damaged = known.assign(rating=np.sort(known["rating"]))
bold = FactorizationMachine("als", 16, epochs=40, random_state=1,
                            solver_options={"lambda_w": 0.01, "lambda_V": 0.01})

champion = machine().fit(window(events, 84))  # two weeks old
learned_from = {"as always": known, "ambitious": known, "damaged table": damaged}
challengers = {name: (bold if name == "ambitious" else machine()).fit(rows)
               for name, rows in learned_from.items()}

# %% [markdown]
# A training job reports the error on the rows that it learned from. Look at that column first. Whom would you promote?

# %% tags=["nbval-check-output"]
def stars_off(model, rows):
    return rmse(rows["rating"], model.predict(rows))

print(f"{'champion':14} on the newest rows {stars_off(champion, newest):.1f}")
for name, model in challengers.items():
    print(f"{name:14} on the newest rows {stars_off(model, newest):.1f},",
          f"on its own rows {stars_off(model, learned_from[name]):.1f}")

# %% [markdown]
# On its own rows the ambitious one is far ahead: it knows them by heart. On the newest rows it loses to a champion that is two
# weeks old. The damaged one ended as *Completed*, too.
#
# **E10.3** Write the gate: `promote(champion, challenger, newest)` is `True` only if the challenger's RMSE on the newest events
# is **lower**. A tie changes nothing: a change needs a reason.

# %%
def promote(champion, challenger, newest):
    """Is the challenger better on the newest events? Both models have predict()."""
    truth = newest["rating"]
    ### BEGIN SOLUTION
    old = rmse(truth, champion.predict(newest))
    new = rmse(truth, challenger.predict(newest))
    return bool(new < old)
    ### END SOLUTION

check("E10.3", promote)

# %% [markdown] tags=["notes"]
# **Ask.** "The challenger won. Its newest week is unused: may it now learn from it?" Yes: build once more with the winner's
# settings and all rows; what is judged is the recipe. And: "By how much should it win?" By more than chance: judge several
# days and look whether it wins on most of them.

# %% [markdown]
# ## 7. Keep model and map together (6 min)
#
# A model knows columns, not films. The **id map** (`FeatureMap`) says which column is whose, and it is fitted anew with each
# rebuild. Tonight the job that makes the map has run, the training job has not. One film has left the shop, the first one
# of the table; a new one has come. So the new map has as many columns as the old one.

# %%
from course_utils.encode import FeatureMap

old = FactorizationMachine("als", 8, epochs=10, random_state=1).fit(past)
old_map = old.feature_map_
leaving = past["item"].min()
arriving = past["item"].max() + 1
anybody = past[past["item"] != leaving]
one_rating = anybody.head(1).assign(item=arriving)
new_map = FeatureMap.fit(pd.concat([anybody, one_rating]))

# %%
print("columns:", old_map.feature_dim, "and", new_map.feature_dim)
predict("P10.5")

# %% [markdown]
# The old model is asked about films that are in both maps: once through its own map, once through the new one.

# %%
films = [item for item in old_map.ids("item") if item != leaving]
asked = pd.DataFrame({"user": past["user"].iloc[-1], "item": films})
right = old.params_.predict(old_map.transform(asked))
wrong = old.params_.predict(new_map.transform(asked))
columns = new_map.transform(asked, only=["item"]).indices
owner = np.array(old_map.ids("item"))[columns - old_map.columns_of("item").start]

table = pd.DataFrame({"film": data.titles(films), "its score": right.round(2),
                      "score it gets": wrong.round(2), "whose": data.titles(owner)})
table.head(6)

# %%
strange = np.mean(owner != np.array(films))
reveal("P10.5", strange)

# %% tags=["nbval-check-output"]
print("columns, old map and new map, are equally many:",
      old_map.feature_dim == new_map.feature_dim)
print(f"films that get another film's score: {strange:.0%}")

# %% [markdown]
# Read a row of the table: a film, the score that belongs to it, and the score that it gets, which is its neighbour's. No
# error, no warning, scores that look like stars. Had the number of columns changed, the endpoint would at least have
# refused. **A model and its map are one thing.** They are saved together, named together and replaced together.
#
# Here is how a version is loaded. Every version has a folder of its own:

# %%
from pathlib import Path

from course_utils import artifact

def load_version(folder, version):
    """The model and the map of one version."""
    home = Path(folder) / version
    params = artifact.load(home / "model.tar.gz").params
    return params, FeatureMap.load(home / "feature_map.json")

# %% [markdown]
# **E10.4** Write its counterpart. `artifact.save(path, params, {})` writes the model, `feature_map.save(path)` the map. Make
# the version's folder first: `home.mkdir(parents=True)`. Return `home` at the end. A later version must leave the earlier
# ones as they are.

# %%
def save_version(folder, version, params, feature_map):
    """Write model and map into a folder of their own; returns that folder."""
    ### BEGIN SOLUTION
    home = Path(folder) / version
    home.mkdir(parents=True)
    artifact.save(home / "model.tar.gz", params, {})
    feature_map.save(home / "feature_map.json")
    return home
    ### END SOLUTION

check("E10.4", save_version)

# %% [markdown]
# `FactorizationMachine.save` writes the same two files and a third one with their checksums, so that a model which meets
# another one's map is refused. Here it saves the champion and the challenger. **To roll back is to load the older name**:

# %% tags=["nbval-check-output"]
import tempfile

shelf = tempfile.TemporaryDirectory()  # it goes when the notebook is closed
store = Path(shelf.name)
champion.save(store / "v1")
challengers["as always"].save(store / "v2")

for version in ("v1", "v2", "v1"):  # in use, promoted, rolled back
    params, feature_map = load_version(store, version)
    prediction = params.predict(feature_map.transform(newest.head(1)))[0]
    print(f"{version}: {prediction:.1f} stars, {feature_map.feature_dim} columns")

# %% [markdown] tags=["notes"]
# **Ask** for other things that belong into the version's folder: the settings, the dates of the training rows, the result of
# the gate, the list of films that may be sold. What does *not* belong there? (The ratings: they have a store of their own.)

# %% [markdown]
# ## 8. Do it on SageMaker (4 min)
#
# In the cloud a rebuild is a new training job, on a timer or started by a policy like yours. Its `model.tar.gz` becomes a
# *model*, a *configuration* names the model, and the *endpoint* has one configuration at a time. `UpdateEndpoint` swaps it
# without a pause. Rolling back is the same call, with the old configuration's name. We skip the training job (lesson 09) and
# deploy both versions from the store; here in the local SageMaker, with the same calls as on AWS.

# %%
import os

from course_utils import payload
from course_utils.aws import connect

connection = connect(os.environ.get("COURSE_AWS_MODE", "local"))
sagemaker, s3 = connection.client("sagemaker"), connection.client("s3")
ENDPOINT = connection.name("kiosk")
folder = connection.s3_folder.removeprefix(f"s3://{connection.bucket}/") + "/lesson-10"

# %%
from sagemaker.core import image_uris

image = image_uris.retrieve("factorization-machines", connection.region)

def register(version):
    """A model and a configuration for one version of the store."""
    key, name = f"{folder}/{version}/model.tar.gz", f"{ENDPOINT}-{version}"
    s3.upload_file(str(store / version / "model.tar.gz"), connection.bucket, key)
    there = {"Image": image, "ModelDataUrl": f"s3://{connection.bucket}/{key}"}
    sagemaker.create_model(
        ModelName=name, PrimaryContainer=there, ExecutionRoleArn=connection.role_arn)
    one = {"VariantName": "AllTraffic", "ModelName": name,
           "InitialInstanceCount": 1, "InstanceType": "ml.t2.medium"}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[one])

# %%
def ask(version):
    """One score from the endpoint, when it is ready, through a version's map."""
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName=ENDPOINT, WaiterConfig={"Delay": 1, "MaxAttempts": 900})
    row = load_version(store, version)[1].transform(newest.head(1))
    reply = connection.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=ENDPOINT, ContentType=payload.JSON, Accept=payload.JSON,
        Body=payload.encode_request(row, payload.JSON))
    return payload.decode_response(reply["Body"].read(), payload.JSON).score[0]

# %% tags=["nbval-check-output"]
register("v1")
register("v2")
sagemaker.create_endpoint(
    EndpointName=ENDPOINT, EndpointConfigName=f"{ENDPOINT}-v1")
print(f"v1 in use:       {ask('v1'):.1f} stars")
for version, what in (("v2", "v2 promoted:    "), ("v1", "v1, rolled back:")):
    sagemaker.update_endpoint(
        EndpointName=ENDPOINT, EndpointConfigName=f"{ENDPOINT}-{version}")
    print(what, f"{ask(version):.1f} stars")

# %% [markdown]
# The scores are those of the store. The endpoint takes columns, so **whoever asks needs the map of the version that
# answers**: switch both together, in the same step of your program. Now leave nothing running:

# %%
connection.clean_up()

# %% [markdown]
# ## 9. Check yourself (3 min)
#
# Seven questions; a wrong answer tells you why it is tempting. Nothing is counted or kept.

# %%
quiz("Q10")

# %% [markdown]
# ## In practice …
#
# * **Hours or days?** Streams where people return next week live with days. Where they stay for an evening, hours are not
#   enough: fold newcomers in at once (lesson 11) and rebuild at night.
# * **The error comes late.** Ratings arrive after the list was shown. Watch the unseen share and the age of the model in
#   the meantime, and the clicks.
# * **Shadow first.** Let the challenger answer beside the champion for a day, without showing its lists.
# * **Keep three versions.** The one in use, the one before, and the last one that everybody trusted.
#
# ## Tweak, twiddle, frob
#
# * **Tweak** one number: let `replay(2)` and `replay(1)` run. What do twice as many rebuilds buy?
# * **Twiddle** the data: `rebuild_dial.follow(should_rebuild, seed=3)` replays another kiosk. Ask the result for its
#   `rebuilds`, `total_rmse` and `unseen.mean()`. Does your policy of section 5 hold there?
# * **Frob** the model: train on *all* days before instead of 28. Is that better here? On which stream should it be?
#
# ## To keep
#
# | | |
# |---|---|
# | **Replay** | predict first, learn later; a random split flatters. |
# | **Unseen share** | who is new; needs no ratings, sees no drift of taste. |
# | **Cadence** | hours or days: what a rebuild costs against what a stale list costs. More often is not always better. |
# | **Gate** | same rows, newest rows, rows that neither learned from; a tie keeps the champion. |
# | **A version** | is a model *and* its map; rolling back is loading the older name. |
#
# Next: lesson 11 serves a newcomer at once, without a rebuild.
