# %% [markdown]
# # Wrap up: prove it to yourself
#
# **You will** complete a map of the course, answer eighteen questions that jump between its lessons, build and judge
# one more recommender from a bare table, and take a capstone home, with a rubric to grade it by.
#
# **You need** what you have learned in lessons 01 to 11. Nothing has to have been run before; nothing you do here is
# counted or kept.
#
# **Time** 45 minutes: 7 reading, 29 doing, 9 discussing. The minutes stand beside the headings. The capstone is for home.
#
# | id | after this lesson you can |
# |---|---|
# | O99.1 | recognise the course's ideas in situations that you have not met before |
# | O99.2 | connect the ideas, from events to a rebuilt model |
# | O99.3 | build rows, scores and a list from a table of events |
# | O99.4 | judge a recommender before you believe it |
# | O99.5 | plan a recommender of your own: built, judged, deployed, rebuilt, and graded |

# %% [markdown] tags=["notes"]
# **Before class.** Font 18, light theme, sidebar closed. No network is needed; the capstone's skeleton then runs on
# made-up ratings.
# **Arc.** Everything at once (the map), then everything mixed (the quiz), then everything by oneself (six dishes).
# **If late.** Section 1 and four questions of section 2 in class, the rest at home. Keep two minutes for the rubric: it is the assignment.

# %% [markdown]
# ## 1. Complete the map (10 min)
#
# Twenty ideas of the course, joined by arrows. Each arrow reads as a sentence: *ratings … hand their ids to the … id
# map*. Ten labels are missing, ① to ⑩. Before you run the cell, take a sheet of paper: which five ideas would *you* put
# on such a map, and in which order?

# %%
import pandas as pd

from course_utils.learn import check, hint, parsons, predict, quiz, read_again, reveal
from course_utils.learn import notice, record, solution
from course_utils.widgets import ConceptMap

ConceptMap()

# %% [markdown]
# **Three questions for the map**
#
# 1. Cover the **id map** with your thumb. Which arrows have lost an end? What can still be done without them, and what
#    not?
# 2. Start at **ratings** and follow the arrows until you stand there again. You cannot: which arrow is missing, and
#    what would it do to the ratings that a shop collects? (Think of who chooses what a user gets to see.)
# 3. Where on this map does *a person* decide, and no formula? Find three places.

# %% [markdown] tags=["notes"]
# **Answers.** 1: the one-hot row and the endpoint; you can still read the model's numbers, but nobody knows whose they
# are. 2: *top-N list → ratings*: people rate what they are shown, so popular things get more ratings. That is feedback,
# and no lesson has solved it. 3: for instance what counts as better (challenger), what a rebuild may cost, how many to
# show, what an unknown id gets, the split. **Listen for M29** at the arrow from endpoint to id map.

# %% [markdown]
# The same corridor once more, this time as the nine steps that you would carry out.
#
# **E99.1** Put the steps in order with the buttons. One of them is dangerous when it comes one place too early.

# %%
parsons("E99.1")

# %% [markdown]
# ## 2. Answer eighteen questions (18 min)
#
# The quizzes of the lessons asked about what had been read a minute before. Here the lessons are mixed, and the
# situations are new. That feels harder, and it is what remembering takes. A minute each is enough. In a class, do 1, 6, 8
# and 16 together, and the others at home.

# %%
predict("P99.1")

# %% [markdown]
# Each answer says where to read again. Give every question one honest try before you change an answer.

# %%
mixed = quiz("Q99")
mixed

# %% [markdown]
# Your score, and what to read again. It follows your answers while you give them, and forgets them with the kernel.

# %%
score = read_again(mixed)
score

# %% [markdown]
# When you have answered all eighteen, run the next cell (again): how well did you know what you know?

# %%
reveal("P99.1", score.right_at_first)

# %% [markdown] tags=["notes"]
# **In the room.** Show 1, 6, 8 and 16 by a show of hands; leave the others to each learner. Ask who guessed too high and
# who too low: both exist, and neither is a shame. The list of places is next week's homework, different for everybody.

# %% [markdown]
# ## 3. Build one more, by yourself (15 min)
#
# No films now. Six guests of a canteen have rated six dishes, 1 to 5 stars. Look for two kinds of guests.

# %% tags=["nbval-check-output"]
stars = {
    1: {"chili": 5, "curry": 5, "waffles": 1},
    2: {"chili": 4, "ramen": 5, "trifle": 1},
    3: {"curry": 5, "ramen": 4, "brownie": 2},
    4: {"waffles": 5, "trifle": 5, "chili": 1},
    5: {"waffles": 4, "brownie": 5, "curry": 1},
    6: {"trifle": 4, "brownie": 5, "ramen": 2}}
events = pd.DataFrame([(user, dish, rating) for user, dishes in stars.items()
                       for dish, rating in dishes.items()],
                      columns=["user", "item", "rating"])

grid = events.pivot(index="user", columns="item", values="rating")
print(grid.map(lambda each: "?" if pd.isna(each) else f"{each:.0f}").to_string())

# %% [markdown]
# Half of the cells are blank. `FeatureMap` (in `course_utils/encode`) gives each guest and each dish a column:

# %% tags=["nbval-check-output"]
from course_utils.encode import FeatureMap

dish_map = FeatureMap.fit(events)
columns = dish_map.column_names
print(", ".join(columns[:6]))
print(", ".join(columns[6:]))

# %% [markdown]
# **E99.2** Build the row, as the places of its ones. A *sorbet* is on the card since today and has no column: what has
# no column is left out. The first line is given, the second is yours. (Stuck? `hint("E99.2")` in a new cell; three hints,
# then `solution("E99.2")`.)

# %%
def hot_columns(columns, user, dish):
    """Places of the ones in a row; what has no column is left out."""
    names = [f"user={user}", f"item={dish}"]
    ### BEGIN SOLUTION: return ...
    return [columns.index(name) for name in names if name in columns]
    ### END SOLUTION

check("E99.2", hot_columns)

# %% [markdown]
# Now the scores. Which dish would a plain list put first for everybody? The one with the best mean. Which one does the
# machine put first for guest 1, who loves chili and curry?

# %% tags=["nbval-check-output"]
means = events.groupby("item")["rating"].mean()
print(means.round(2).sort_values(ascending=False, kind="stable").to_string())

# %%
predict("P99.2")

# %% tags=["nbval-check-output"]
from course_utils.fm.lesson import fit_toy_many

X, y = dish_map.transform(events), events["rating"].to_numpy(float)
machines = fit_toy_many(X, y, range(10), k=3)

def scores_of(machine, user):
    """Score of each dish for one guest. One row for each dish."""
    asked = pd.DataFrame({"user": user, "item": grid.columns})
    scores = machine.predict(dish_map.transform(asked))
    return dict(zip(asked["item"], scores, strict=True))

print({dish: f"{each:.1f}" for dish, each in scores_of(machines[0], 1).items()})

# %% [markdown]
# Some of these six were guessed, others had been rated. Which three may be on guest 1's list at all?
#
# **E99.3** Make the list: the `n` names with the highest scores, without those in `seen`. This one is yours from the
# first line.

# %%
def top(scores, seen, n):
    """The n best names that are not in seen. scores : name -> score."""
    ### BEGIN SOLUTION
    new = [name for name in scores if name not in seen]
    return sorted(new, key=scores.get, reverse=True)[:n]
    ### END SOLUTION

check("E99.3", top)

# %% [markdown]
# The lesson goes on with a version of its own, and looks at all ten seeds:

# %% tags=["nbval-check-output"]
def best_new(scores, user):
    """The dish with the highest score that the guest has not rated."""
    return max(set(scores) - set(stars[user]), key=scores.get)

firsts = [best_new(scores_of(machine, 1), 1) for machine in machines]
print("by the machine, ten seeds:", sorted(set(firsts)))
print("by the mean:              ", best_new(means.to_dict(), 1))

# %%
reveal("P99.2", firsts)

# %% [markdown]
# A list of one's own, from three ratings, and the same first dish from ten seeds. Do you believe it now? You should not, yet.
#
# **E99.4** Write the verdict: is the machine's error lower than the baseline's, *and* do the lists differ from guest to
# guest? Two answers. `rmse(truth, prediction)` is the error in stars; each list is a list of names.

# %%
from course_utils.evaluate.metrics import rmse

def verdict(truth, machine, baseline, lists):
    """Is the machine's error lower than the baseline's? Do the lists differ?"""
    ### BEGIN SOLUTION
    better = rmse(truth, machine) < rmse(truth, baseline)
    personal = len({frozenset(each) for each in lists}) > 1
    return better, personal
    ### END SOLUTION

check("E99.4", verdict)

# %% [markdown]
# And here is what the guests ate the week after:

# %% tags=["nbval-check-output"]
later = pd.DataFrame(
    [(1, "ramen", 5), (1, "brownie", 2), (2, "curry", 4), (3, "chili", 4),
     (4, "brownie", 4), (4, "curry", 1), (5, "trifle", 5), (6, "waffles", 4)],
    columns=["user", "item", "rating"])
by_machine = rmse(later["rating"], machines[0].predict(dish_map.transform(later)))
by_mean = rmse(later["rating"], later["item"].map(means))
favourites = [best_new(scores_of(machines[0], user), user) for user in stars]
print(f"error {by_machine:.2f} stars; by the mean of each dish {by_mean:.2f}")
print("first on the list of guests 1 to 6:", favourites)

# %% [markdown]
# On eight ratings of a made-up canteen, with two kinds of guests drawn in on purpose. The steps are right; the evidence
# is as small as it looks. Which is why the capstone asks for a real table.
#
# Before something goes out, somebody has to name what is missing. Here is the release note of the canteen's next version:
#
# | | |
# |---|---|
# | **A** | The model is of 1 March, the id map of 1 February: the same table, only older. |
# | **B** | Error on rows kept back: 0.81. Guest and dish biases alone: 0.80. |
# | **C** | Dishes that a guest has had are left out of the list. |
# | **D** | Lists are steady: all guests get the same three dishes. |
# | **E** | Rows are shuffled before training, and fill the last batch. |
# | **F** | The model before this one is kept, with its map, to go back to. |
# | **G** | The trial endpoint is up since Tuesday; nobody has asked what for. |
# | **H** | A dish without ratings gets a score from its ingredients. |
#
# **E99.5** Which lines must not go out like this? Answer with a set of letters.

# %%
missing = {"A", "B", "D", "G"}  ### SOLUTION: missing = ...

check("E99.5", missing)

# %% [markdown] tags=["notes"]
# **Discuss (3 min).** Take line D and let two people defend it ("steady is good for the kitchen") against the rest. Then
# ask which of the four would have been noticed by a test, a dashboard, a guest. (None, none, D at best.)

# %% [markdown]
# ## 4. Take the capstone home (2 min)
#
# **The brief.** Build, judge, deploy and plan the rebuild of one recommender. Six to ten hours, alone or in pairs.
#
# **Data.** `ml-latest-small` or `ml-1m` (one line of code each), or a table of your own: who, what, when, and a rating
# or a yes/no. At least a thousand events, whose licence you have read. No names or addresses of people in it.
#
# | task | hand in | helped by |
# |---|---|---|
# | **Know the table.** Density, cold users and things, drift over time. | three numbers, one figure | 01, 05 |
# | **Build.** Split in time, id map, rows, a factorization machine. | the machine beside mean, biases and bestsellers | 02–05 |
# | **Distrust.** Ranking, personalisation, cold slices, ten seeds. | a table, ten lists read aloud, one weakness | 06, 07 |
# | **Deploy.** RecordIO, job, endpoint or batch; local SageMaker or AWS. | scores that agree with yours; the empty list at the end | 08, 09 |
# | **Plan the rebuild.** Replay time; how often, at what price; who may replace whom. | a release note in the form of E99.5, with the faults mended | 10 |
# | **Serve one stranger.** Somebody who was not in training rates ten things. | their list, one score explained | 11 |
# | **Report.** | the notebook, and one page: for whom, not for whom, what next | all |
#
# AWS costs money and is never needed for full marks: the local SageMaker speaks the same protocol.
#
# The rest of this lesson is for home. First, the number that makes a plan of the word *regularly*. A shop has replayed
# its year at four cadences:

# %% tags=["nbval-check-output"]
cadences = pd.DataFrame({"days": [1, 7, 30, 365], "rmse": [0.852, 0.856, 0.880, 0.950],
                         "euros": [600, 90, 22, 2]})
print(cadences.to_string(index=False))

# %% [markdown]
# The columns are the days between rebuilds, the error that came of it, and the bill in euros a month.
#
# **E99.6** Suppose that an error lower by 0.01 stars is worth `worth` euros a month to the shop. Write
# `best_cadence(table, worth)`: the days with the lowest cost in all, bill and error together.

# %%
def best_cadence(table, worth):
    """Days with the lowest cost. worth : euros a month per 0.01 of RMSE."""
    ### BEGIN SOLUTION
    cost = table["euros"] + worth * table["rmse"] / 0.01
    return table["days"][cost.idxmin()]
    ### END SOLUTION

check("E99.6", best_cadence)

# %% [markdown]
# Now your starting point. The next four cells run as they stand; everything in them may be replaced. Change `DATA`, or
# put a table of your own with the columns `user, item, rating, timestamp` in the place of `data.ratings`.

# %%
from course_utils.datasets import movielens

DATA = "ml-latest-small"                      # or "ml-1m"
data = movielens.load(DATA)
notice(data)

# %%
from course_utils.estimator import FactorizationMachine
from course_utils.evaluate.baselines import Biases, GlobalMean
from course_utils.evaluate.split import split_by_time

past, future = split_by_time(data.ratings, test_share=0.1)
models = {"mean": GlobalMean(), "biases": Biases(),
          "machine": FactorizationMachine("als", 8, epochs=10, random_state=7)}
errors = {}
for name, model in models.items():
    guesses = model.fit(past).predict(future)
    errors[name] = rmse(future["rating"], guesses)
    record(f"capstone.{data.name}.{name}.rmse", errors[name])
    print(f"{name:8} {errors[name]:.3f} stars off, on the latest tenth")

# %% tags=["nbval-check-output"]
print("each rung lower than the one before:",
      errors["mean"] > errors["biases"] > errors["machine"])

# %% [markdown]
# And lists, for the first twenty users: how much do they differ? 0 would be the same ten films for everybody, 1 no film
# in common. Seed, settings, ranking metrics and cold slices are still missing. They are yours.

# %%
from dataclasses import replace

from course_utils.evaluate.metrics import personalisation
from course_utils.recommend import top_n

machine = models["machine"]
some_users = sorted(past["user"].unique())[:20]
known = replace(data, ratings=past)           # what had been seen by then
lists = top_n(machine.params_, machine.feature_map_, some_users, known)
differ = personalisation({user: each["item"] for user, each in lists.groupby("user")})
record(f"capstone.{data.name}.personalisation", differ)
print(f"personalisation {differ:.2f}")

# %% [markdown]
# **Grade yourself.** Six criteria with three levels each. Tick what is true of your capstone *today*; the boxes add up and
# name your next step. A level counts when those before it are ticked, too. Nothing is stored: note the total down.

# %%
from course_utils.widgets import CapstoneRubric

CapstoneRubric()

# %% [markdown] tags=["notes"]
# **As an assignment.** 12 of 18 passes; ask for the ticked rubric with the notebook, and mark the difference between their
# total and yours. In pairs, let each grade the other's. The third level of *Distrust* tells the most: a weakness named
# and shown is worth more than a lower error.

# %% [markdown]
# ## Read on
#
# Minutes are for a first reading; difficulty runs from *gentle* over *steady* to *steep*.
#
# | read | what is in it | with lesson | minutes, difficulty |
# |---|---|---|---|
# | Rendle, [*Factorization Machines*](https://doi.org/10.1109/ICDM.2010.127), ICDM 2010 | Six pages: the equation, the identity, Alice and Charlie in figure 1, and how earlier models are special cases. Begin with sections I to III. | 02, 03 | 60, steady |
# | Rendle, [*Factorization Machines with libFM*](https://doi.org/10.1145/2168752.2168771), ACM TIST 3(3), 2012 | How to learn the parameters in three ways: SGD, ALS, MCMC. What to put into a row. Tables of experiments. | 04, 06 | 120, steep |
# | [libFM](https://github.com/srendle/libfm), the code | The author's own C++, with a manual. Compare its ALS with `course_utils/fm/als.py`: same idea, other language. | 04 | 60, steady |
# | Amazon SageMaker developer guide, [*Factorization Machines Algorithm*](https://docs.aws.amazon.com/sagemaker/latest/dg/fact-machines.html) | What the algorithm accepts and returns, which machines to rent for it, and why CSV is no good choice. | 08, 09 | 10, gentle |
# | … [*How Factorization Machines Work*](https://docs.aws.amazon.com/sagemaker/latest/dg/fact-machines-howitworks.html) | The equation again, and the loss of each task. Two screens. | 03, 07 | 5, gentle |
# | … [*Factorization Machines Hyperparameters*](https://docs.aws.amazon.com/sagemaker/latest/dg/fact-machines-hyperparameters.html) | All of them, with defaults. Look up `epochs` and be astonished. | 09 | 10, gentle |
# | … [*Factorization Machines Response Formats*](https://docs.aws.amazon.com/sagemaker/latest/dg/fm-in-formats.html) | Replies in JSON, JSON Lines and RecordIO: the three that lesson 08 reads. | 08 | 5, gentle |
# | Harper and Konstan, [*The MovieLens Datasets: History and Context*](https://doi.org/10.1145/2827872), ACM TiiS 5(4), 2015 | Where the ratings come from, how the site changed under them, and what they should not be used for. | 01, 05 | 45, gentle |
# | Koren, Bell and Volinsky, [*Matrix Factorization Techniques for Recommender Systems*](https://doi.org/10.1109/MC.2009.263), IEEE Computer 42(8), 2009 | The Netflix Prize told by its winners: biases, vectors, time. The best eight pages to give to a colleague. | 03, 06 | 40, gentle |
# | Cremonesi, Koren and Turrin, [*Performance of Recommender Algorithms on Top-N Recommendation Tasks*](https://doi.org/10.1145/1864708.1864721), RecSys 2010 | A lower RMSE need not make a better list, and a few bestsellers can carry a whole metric. | 06 | 45, steady |
# | Ferrari Dacrema, Cremonesi and Jannach, [*Are We Really Making Much Progress?*](https://arxiv.org/abs/1907.06902), RecSys 2019 | Eighteen published models, seven that could be reproduced, six of these often beaten by plain baselines. Read it before you believe a table. | 06 | 45, steady |
# | McMahan and others, [*Ad Click Prediction: a View from the Trenches*](https://doi.org/10.1145/2487575.2488200), KDD 2013 | Clicks at the scale of a search engine: log-loss, calibration, memory, and what did not work. | 07, 10 | 60, steep |
# | Shlens, [*A Tutorial on Principal Component Analysis*](https://arxiv.org/abs/1404.1100), 2014 | PCA from an example, then by way of SVD. Helps to see what a factorization machine is not. | 03 | 60, steady |
#
# ## Where was that?
#
# Every point of the lectures, with the sections that teach it, and the objectives, exercises and quiz questions that
# belong to it. E6.3 is an exercise of lesson 06, Q6.3 a question of its quiz; the links open the lessons.

# %%
from course_utils.learn import coverage

coverage()

# %% [markdown]
# ## In practice …
#
# * **The list changes the data.** People rate what they are shown. A shop that wants to know more than its own echo keeps a
#   little room for chance, and writes down why each thing was shown.
# * **Offline numbers choose candidates; people choose the winner.** A challenger that wins on stored rows has earned a
#   test on live users, not yet a place.
# * **The plainest thing that works is a good thing.** If biases and a rule about repeats serve your shop, you have learned
#   enough to say so, with numbers.
#
# ## Tweak, twiddle, frob
#
# * **Tweak** two numbers: fit the canteen with `k=2` and `range(60)`. How many seeds lead guest 1 astray? Would you have
#   noticed with ten?
# * **Twiddle** the data: add a guest who has rated nothing but the ramen, with 5 stars. Whose list will theirs be like?
# * **Frob** the map: lay out the concept map of your own capstone. Which arrow is still a wish?
#
# ## To keep
#
# | | |
# |---|---|
# | **Build** | events, map, rows, vectors, scores, list: one corridor. |
# | **Judge** | against a baseline, in time, in slices, between users, over ten seeds. |
# | **Deploy** | what you can delete, and prove to have deleted. |
# | **Rebuild** | model and map together, when the numbers say so, with a way back. |
# | **Doubt** | the list that everybody gets, and the figure without a baseline. |
