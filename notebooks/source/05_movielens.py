# %% [markdown]
# # Make MovieLens sparse
#
# **You will** turn a table of film ratings into rows that a factorization machine reads; keep the future out of them;
# and see what is left when the zeros are not stored.
#
# **You need** pandas and a little NumPy. Lesson 02 helps, and is not required.
#
# **Time** 55 minutes: 15 reading, 25 doing, 15 discussing. The minutes stand beside the headings.
#
# | id | after this lesson you can |
# |---|---|
# | O5.1 | map ids to columns, with a place for ids that come later |
# | O5.2 | build one-hot rows as CSR float32, weigh them, and pack them as RecordIO |
# | O5.3 | split ratings in time, without leaking what came later |
# | O5.4 | add a block of genres, so that a new film is not without features |
# | O5.5 | say what the data's licence allows |

# %% [markdown] tags=["notes"]
# **Before class.** Font 18, light theme, sidebar closed. Load the data once; without it the made-up sample steps in.
# **Arc.** Sections 2 to 5 build one row, decision by decision; section 6 takes it apart again; sections 7 and 8 put the
# decisions to the test.
# **If late.** Show the solution of E5.4 and skip the figure of section 4. Never skip section 3: it is the mistake that
# people make for years.

# %% [markdown]
# ## 1. Get the ratings, and read what you may do (5 min)
#
# [MovieLens](https://grouplens.org/datasets/movielens/) is a set of film ratings that GroupLens, a research group at
# the University of Minnesota, collects and shares. The course looks for the file on your machine, or else downloads it
# (1 MB), and checks that it holds the ratings it should. If a box says *THIS IS MADE-UP DATA*, the real ratings could
# not be had, and the box says why. What the lesson says holds for both; its numbers are those of the data at hand.

# %%
import io

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, hstack

from course_utils.datasets import movielens
from course_utils.learn import check, hint, notice, predict, quiz
from course_utils.learn import record, reveal, solution

data = movielens.load("ml-latest-small")
ratings = data.ratings
notice(data)

# %%
users, films = ratings["user"].nunique(), ratings["item"].nunique()
print(f"{len(ratings):,} ratings, {users:,} users, {films:,} films")
cells = users * films
print(f"of all {cells:,} cells, {len(ratings) / cells:.1%} are filled")
ratings.head()

# %% [markdown]
# By far the most cells are blank: unknown, not zero. Rows like these, one for each *known* cell, are what a machine learns
# from.
#
# You can download them. What may you *do* with them? Every archive of MovieLens has a README with its terms. Those of
# `ml-latest-small`, in short:
#
# * use it for research and learning, and name its source in what you publish;
# * never suggest that GroupLens or the university stands behind you;
# * pass it on, also changed into another form, **under these same terms** only;
# * ask for permission before you earn money with it.
#
# **E5.0** Five plans. Which ones do these terms allow? Replace each `...` by `True` or `False`. Stuck? Type
# `hint("E5.0")` into a new cell: there are three hints, each stronger than the last, and then `solution("E5.0")`. Every
# exercise has them.
#
# * **A** A thesis trains a model on the ratings, and cites their source.
# * **B** A shop ranks its films with a model that learned from these ratings.
# * **C** You put `ratings.csv` into your public repository, under the repository's own MIT licence.
# * **D** You share the ratings as RecordIO files, together with GroupLens' terms.
# * **E** Your poster says "recommended by GroupLens".

# %%
### BEGIN SOLUTION: allowed = {"A": ..., "B": ..., "C": ..., "D": ..., "E": ...}
allowed = {"A": True, "B": False, "C": False, "D": True, "E": False}
### END SOLUTION

check("E5.0", allowed)

# %% [markdown]
# Code and data have licences of their own. That is why this course does not contain MovieLens, and brings made-up
# ratings for those who are offline.

# %% [markdown] tags=["notes"]
# **Discuss (1 min).** "It can be downloaded by everybody" is where most wrong answers come from. Plan D surprises:
# another file format is still the data, *and* sharing is allowed. Say that other archives differ: some may not be passed
# on at all. `data.licence` prints the terms in one paragraph.

# %% [markdown]
# ## 2. Give every id a column (8 min)
#
# `user` and `item` are **names that look like numbers**. Is there anything in their size? Suppose we take them at their
# word, and fit a straight line: `a + b * user + c * item`.

# %%
predict("P5.1")

# %% [markdown]
# *Explained* is the share of the squared differences from the mean that a guess takes away. Beside the line stands a
# guess that treats the user as a name: each user's own mean.

# %%
stars = ratings["rating"].to_numpy()
numbers = np.column_stack([np.ones(len(stars)), ratings["user"], ratings["item"]])
by_line = numbers @ np.linalg.lstsq(numbers, stars, rcond=None)[0]
by_name = ratings.groupby("user")["rating"].transform("mean")

def explained(guess):
    return 1 - ((stars - guess) ** 2).mean() / stars.var()

print(f"ids as numbers        {explained(by_line):6.1%}")
print(f"one number each user  {explained(by_name):6.1%}")
reveal("P5.1", round(100 * explained(by_line), 1))

# %% tags=["nbval-check-output"]
print("ids as numbers explain less than 1 %:", explained(by_line) < 0.01)
print("a number for each user, more than 10 %:", explained(by_name) > 0.1)

# %% [markdown]
# User 333 is not three times user 111. So each id gets a **column of its own**, with a weight of its own. Columns are
# 0, 1, 2, … without gaps; ids are not. Users come first, films after them.
#
# And an id that comes later, when the model is long trained? It needs a place as well. We keep one more column behind
# the others, for all unknown ids together.
#
# **E5.1** Write `column_map(ids, start)`. `ids` is a column of the table, in which an id may occur many times. The answer
# is a dictionary: the smallest id has column `start`, the next one `start + 1`, and so on; at the end, the key `None` has
# the column for unknown ids. For the ids 50, 7, 50, 12 and `start=3` it is `{7: 3, 12: 4, 50: 5, None: 6}`.

# %%
def column_map(ids, start):
    """Column of each distinct id, ascending; under None, that of unknown ids."""
    ### BEGIN SOLUTION
    known = sorted(set(ids))
    return {id: start + place for place, id in enumerate([*known, None])}
    ### END SOLUTION

check("E5.1", column_map)

# %% [markdown]
# Looking up is then one line: `columns.get(id, columns[None])`. Never a crash, never a column past the end.
#
# The packaged form is `FeatureMap`, with `unknown="column"` for that spare column. It **learns its columns from the rows
# that the model learns from**, and is saved beside the model: a model without its map is worthless, for nobody knows any
# more whose column is whose.

# %% [markdown] tags=["notes"]
# **Ask (2 min).** "Why sort the ids?" (The same film gets the same column, whatever the order of the file.) "What does
# the model learn about the spare column?" Let them think; section 7 answers: nothing, for no learning row has it.
# **Listen for M17**: "scale the id to 0…1", "take its logarithm". The claim that 333 lies between 332 and 334 stays.

# %% [markdown]
# ## 3. Split at a moment (8 min)
#
# A model is judged on ratings that it has not seen. The usual way is to draw them at random, one in ten.

# %%
predict("P5.2")

# %% [markdown]
# `split_by_hash` draws by a *hash* of user and film, a number that looks random and is the same on every machine. Then we
# count.

# %% tags=["live", "nbval-check-output"]
from course_utils.evaluate import split_by_hash

def knows_later(learn, judge):
    """Share of judging rows whose user has a later rating among the learning rows."""
    last = learn.groupby("user")["timestamp"].max()
    return (judge["user"].map(last) > judge["timestamp"]).mean()

by_chance = split_by_hash(ratings, test_share=0.1)
print(f"the machine knows what the user said later: {knows_later(*by_chance):.0%}")

# %%
reveal("P5.2", 100 * knows_later(*by_chance))

# %% [markdown]
# A shop never has tomorrow's ratings. An exam that gives them away is a **leak**: the mark is too good, and nobody sees
# why. (A random split answers another question: *what would this user have said about a film that they did not rate?*
# Fill blanks with it, judge a shop not.)
#
# So cut at one moment, the same for everybody: what came before is to learn from, what came after is to be judged on.
#
# **E5.2** Write `past_and_future(table, share)`: two tables, the past and the future. All of the future is later than
# all of the past, and the future holds at most that share of the rows. `table["timestamp"]` is in seconds, and
# `.quantile(0.9)` of a column is the number below which nine tenths of it lie.

# %%
def past_and_future(table, share):
    """Rows up to a moment, and rows after it; the latter are at most that share."""
    ### BEGIN SOLUTION
    moment = table["timestamp"].quantile(1 - share)
    return table[table["timestamp"] <= moment], table[table["timestamp"] > moment]
    ### END SOLUTION

check("E5.2", past_and_future)

# %% [markdown]
# The packaged form is `split_by_time`. Both ways to split, side by side; look for where the hatched bars stand.

# %%
from course_utils.evaluate import split_by_time
from course_utils.plots import show, year_bars

past, future = split_by_time(ratings, test_share=0.1)
splits = {"at random": by_chance, "at a moment": (past, future)}
years = {name: [1970 + side["timestamp"] / 31_556_952 for side in sides]
         for name, sides in splits.items()}
fig = year_bars(years, ("to learn from", "kept back"),
                title="Drawn at random, learning goes on after the exam")
show(fig, alt="Ratings by year, in two panels. Split at random, each year has "
              "ratings to learn from and a tenth kept back. Split at a moment, only "
              "the last years have ratings kept back, and none to learn from after.")

# %% tags=["nbval-check-output"]
print(f"split at a moment, it knows what came later: {knows_later(past, future):.0%}")

# %% [markdown]
# Now the exam is honest, and it shows what a shop lives with:

# %%
new_users = ~future["user"].isin(past["user"])
new_films = ~future["item"].isin(past["item"])
print(f"of the latest {len(future):,} ratings")
print(f"  {new_users.mean():4.0%} come from users never seen before")
print(f"  {new_films.mean():4.0%} are about films never seen before")

# %% [markdown]
# In real MovieLens most of them come from new users: people come, rate a heap of films in an evening, and stay away. (In
# the made-up sample users return for years and new films are few; both shares are smaller.) Those rows are what the
# spare columns are for.

# %% [markdown] tags=["notes"]
# **Peer instruction (4 min)** on P5.2: vote, talk, vote again. **Listen for M20**: "random is fair, everybody has the same
# chance". Fair to the rows, yes; to the question, no. Then: "Is a split that keeps back each user's last ten ratings
# enough?" (It keeps a user's own future away, not everybody else's.)
# **Expected slips in E5.2**: the last rows of the *file* (sorted by user); a sort that cuts one second in two.

# %% [markdown]
# ## 4. Write rows without their zeros (9 min)
#
# Each rating becomes a row with two ones: its user's column and its film's. Everything else is zero. **CSR** (compressed
# sparse row) keeps the ones only, in three arrays. Two rows with five columns:

# %% tags=["nbval-check-output"]
tiny = csr_array(np.array([[1, 0, 0, 1, 0], [0, 1, 1, 0, 0]], dtype=np.float32))
print("indices", tiny.indices, "  row 0 has columns 0 and 3, row 1 has 1 and 2")
print("data   ", tiny.data, "  what stands there")
print("indptr ", tiny.indptr, "    row 0 is places 0 to 2, row 1 is places 2 to 4")

# %% [markdown]
# Row `i` is what lies from place `indptr[i]` up to `indptr[i + 1]`. The other way round,
# `csr_array((data, indices, indptr), shape=(n, d))` makes a matrix from the three.
#
# **E5.3** Write `to_csr`: two ones in each row, as **float32**. Three gaps are yours.

# %%
def to_csr(user_columns, film_columns, d):
    """CSR float32 (n, d): row i has ones in user_columns[i] and film_columns[i]."""
    n = len(user_columns)
    pairs = np.column_stack([user_columns, film_columns])  # (n, 2)
    indices = pairs.ravel()  ### SOLUTION: indices = ...
    indptr = np.arange(0, 2 * n + 1, 2)  ### SOLUTION: indptr = ...
    ones = np.ones(2 * n, dtype=np.float32)  ### SOLUTION: ones = ...
    return csr_array((ones, indices, indptr), shape=(n, d))

check("E5.3", to_csr)

# %% [markdown]
# `FeatureMap.transform` does the same for any table. The map is fitted on the past alone; past and future go through
# **the same** map.

# %%
from course_utils.encode import FeatureMap

feature_map = FeatureMap.fit(past, blocks=("user", "item"), unknown="column")
X_past, X_future = feature_map.transform(past), feature_map.transform(future)
y_past = past["rating"].to_numpy(np.float32)
print(feature_map)
print("past", X_past.shape, " future", X_future.shape)

# %% tags=["nbval-check-output"]
print("ones in a row:", set(np.diff(X_past.indptr).tolist()), X_past.dtype)
print("as many columns in the future:", X_future.shape[1] == X_past.shape[1])

# %% [markdown]
# How much room do the zeros take, if somebody stores them? A float32 is 4 bytes. For all ratings, with a column for each
# user and each film:

# %%
predict("P5.3")

# %%
n, d = len(ratings), users + films
dense = 4 * n * d                        # a number in every cell
sparse = 4 * 2 * n + 4 * 2 * n + 4 * (n + 1)  # data, indices, indptr
print(f"{n:,} × {d:,}: dense {dense / 1e9:.2f} GB, CSR {sparse / 1e6:.2f} MB")
print(f"{dense / sparse:,.0f} times as many bytes")
reveal("P5.3", dense / sparse)

# %% tags=["nbval-check-output"]
arrays = X_past.data.nbytes + X_past.indices.nbytes + X_past.indptr.nbytes
print("CSR bytes a row, counted in memory:", round(arrays / len(past)))
print("dense is more than 300 times as large:", dense > 300 * sparse)

# %% [markdown]
# On disk the rows travel as **RecordIO-protobuf**: one *record* for each row, with the columns (`keys`), what stands there
# (`values`), the number of all columns (`shape`) and the label, which is the stars. Lesson 08 opens its bytes. Here: write
# it, read it back, compare. Then: what if somebody keeps NumPy's usual float64, to be on the safe side?

# %% tags=["nbval-check-output"]
from course_utils import recordio

stream = io.BytesIO()  # a file in memory
recordio.write(stream, X_past, y_past)
packed = stream.getvalue()
X_back, y_back = recordio.read(io.BytesIO(packed))
print("rows the same:", (X_back != X_past).nnz == 0,
      " stars the same:", (y_back == y_past).all())
print("half stars are exact in float32:", (y_past == past["rating"]).all())

# %% tags=["nbval-check-output"]
try:
    recordio.write(io.BytesIO(), X_past.astype(np.float64), y_past)
except recordio.RecordIOError as problem:
    print("float64:", problem)

# %%
from course_utils.plots import size_bars

record_bytes = len(packed) / len(past) * n
sizes = {"dense float64": 2 * dense, "dense float32": dense,
         "RecordIO file": record_bytes, "CSR float32": sparse}
fig = size_bars(list(sizes), list(sizes.values()),
                title="It is the zeros that take the room")
show(fig, alt="Four bars on a logarithmic axis. Dense float64 takes twice what "
              "dense float32 takes, and that hundreds of times what the CSR arrays "
              "take. RecordIO takes about three times as much as CSR.")

# %% [markdown]
# Float64 would be safer for numbers that need its digits. Ones and half stars do not: they are exact in float32. SageMaker
# takes float32 only, and so does our writer, which says so before a file is uploaded.

# %% [markdown] tags=["notes"]
# **On the board.** `indptr` for three rows with 2, 0 and 3 ones: 0, 2, 2, 5. An empty row repeats a number; rows of
# different length are no problem. Both come back in E5.4.
# **Listen for M19** ("float64 is safer") and, once more, M12: zeros cost room only when somebody stores them.

# %% [markdown]
# ## 5. Say what is known of a film (5 min)
#
# A film that nobody has rated has no column, but it has **genres**. They are a third block: a column for each genre, and
# a row has a 1 in *each* genre of its film. Such columns are called *side features*.
#
# **E5.4** Write `add_genres(X, genres, names)`. `genres` holds a tuple for each row of `X`, such as `("Drama", "War")`;
# it may be empty. `names` lists all genres. The answer is `X` with one more column for each name, in that order, behind
# the old ones. `hstack([A, B], format="csr")` sets two matrices side by side.

# %%
def add_genres(X, genres, names):
    """X, then a column for each name: 1 where the row's film is of that genre."""
    ### BEGIN SOLUTION
    place = {name: column for column, name in enumerate(names)}
    indices = [place[name] for own in genres for name in own]
    indptr = np.cumsum([0, *map(len, genres)])
    ones = np.ones(len(indices), dtype=np.float32)
    block = csr_array((ones, indices, indptr), shape=(len(genres), len(names)))
    return hstack([X, block], format="csr")
    ### END SOLUTION

check("E5.4", add_genres)

# %% [markdown]
# `FeatureMap` has the block ready; it reads genres from the table of films, by id. A rating of a new film from the future,
# if there is one, without genres and with them:

# %%
genre_map = FeatureMap.fit(past, blocks=("user", "item", "genre"),
                           items=data.items, unknown="column")
one = future[new_films].head(1) if new_films.any() else future.head(1)
print(data.titles(one["item"])[0])
for each in (feature_map, genre_map):
    hot = each.transform(one).indices
    print(f"{len(hot)} of {each.feature_dim:,} columns are hot:",
          ", ".join(each.column_names[j] for j in hot))

# %% [markdown]
# `item=?` is the spare column: *some film that I do not know*. The genres say more, and they are no leak: a shop knows
# the genres of a film on the day it arrives. Ask this of every feature: **would I have known it at that moment?** A
# film's mean rating, taken over all rows, fails.

# %% [markdown] tags=["notes"]
# **Ask (1 min).** Which are leaks: the year of the film; how many ratings it will have; the user's mean over all rows;
# the hour of the day? (No, yes, yes, no.) Genres do not always lower the error: where films have many ratings, the film's
# own column knows better. Lesson 06 measures it where it counts, on cold films.

# %% [markdown]
# ## 6. Open the one-hot inspector (6 min)
#
# Type the id of a user, choose a film, switch the genres on, and choose what the map does with an id that it has not
# learned. The inspector shows the hot columns, the row as a record holds it, the three arrays of CSR, and the bytes. It
# opens when you have locked in an answer to its question.

# %%
from course_utils.widgets import OneHotInspector

OneHotInspector(past, data.items)

# %% [markdown]
# **Three questions for the inspector**
#
# 1. Type some **user ids**, one after the other. When is the column the id minus one, and what makes it differ? Now
#    compare the film's id with its column. Which of the numbers would you put into a request to an endpoint?
# 2. Switch the **genre block** on and off. Which of the three arrays of CSR grow, and by how much? Which of the three
#    sizes notices least?
# 3. Choose a film that is **not in the map**, and go through the three ways to treat it, with genres and without. Which
#    way would you want while you search for a fault, and which one in the shop at night?

# %%
strangers = pd.DataFrame({"user": [999_998, 999_999], "item": past["item"].iloc[0]})
rows = feature_map.transform(strangers).toarray()
reveal("P5.4", (rows[0] == rows[1]).all())

# %% [markdown] tags=["notes"]
# **Answers.** 1: ids without a rating in the past have no column, so all later ones move up; films jump from the start.
# The endpoint wants columns. 2: `indices` and `data` by one for each genre; `indptr` keeps its length, its last number
# grows. Dense notices least: its row is wide anyway. 3: refuse while searching; spare column or blank at night.
# Blank and spare differ in what a model *could* learn, not in what ours does.

# %% [markdown]
# ## 7. See that the rows work (5 min)
#
# Do rows, map and split do their job? Train a factorization machine (lesson 02 says what it is) on each of the two
# splits, and take both exams. `FactorizationMachine` packs the course's compiled solvers; `"als"` is the quickest of
# them. The judge is the **RMSE**, the root of the mean squared error: "about so many stars off". Which exam will it
# pass better?

# %%
predict("P5.5")

# %%
from course_utils.estimator import FactorizationMachine
from course_utils.evaluate import rmse

def take_exam(learn, judge):
    """The machine that learned from `learn`, its map, and its RMSE on `judge`."""
    own_map = FeatureMap.fit(learn, unknown="column")
    machine = FactorizationMachine("als", random_state=7)
    machine.fit(own_map.transform(learn), learn["rating"].to_numpy(np.float32))
    said = machine.predict(own_map.transform(judge))
    return machine, own_map, rmse(judge["rating"], said)

exams = {name: take_exam(*sides)[2] for name, sides in splits.items()}
means = {name: rmse(judge["rating"], np.full(len(judge), learn["rating"].mean()))
         for name, (learn, judge) in splits.items()}
reveal("P5.5", exams)

# %%
print(pd.DataFrame({"mean of all": means, "machine": exams}).round(3))
for name, error in exams.items():
    record(f"{data.name}.als.rmse.{name.replace(' ', '_')}", error)

# %% tags=["nbval-check-output"]
print("the machine beats the mean:", all(exams[name] < means[name] for name in exams))
print("random looks better than time:", exams["at random"] < exams["at a moment"])
machine, own_map, _ = take_exam(past, future)
spare = own_map.columns_of("user")[-1]
print("learned for unknown users:", abs(machine.params_.w[spare].item()))

# %% [markdown]
# The rows carry something: the machine beats the mean on both exams. The random one flatters it; at a moment even the
# mean does worse, for tomorrow is not like today. And for unknown users it has learned 0.0: no learning row is about
# them, so their column keeps the value it began with. The spare column is a place, not knowledge. Lesson 06 climbs the
# whole ladder of models and takes the errors apart.

# %% [markdown]
# ## 8. Hunt the bugs (5 min)
#
# A colleague wants to know how good the recommender will be *tomorrow*. This code runs, without a warning. It has four
# faults.

# %%
def colleague(table):
    """Rows to learn from, rows to be judged on."""
    learn, judge = split_by_hash(table, test_share=0.25)
    learn_map = FeatureMap.fit(table)
    judge_map = FeatureMap.fit(judge)
    X_learn = learn_map.transform(learn).astype(np.float64)
    X_judge = judge_map.transform(judge).astype(np.float64)
    return X_learn, X_judge

print(*[X.shape for X in colleague(ratings)])

# %% [markdown]
# **E5.5 Bug hunt.** Copy the body, and mend it. The shapes printed above give one fault away.

# %%
def mended(table):
    """Rows to learn from, rows to be judged on: as tomorrow will be."""
    ### BEGIN SOLUTION
    learn, judge = split_by_time(table, test_share=0.25)
    one_map = FeatureMap.fit(learn)
    return one_map.transform(learn), one_map.transform(judge)
    ### END SOLUTION

check("E5.5", mended)

# %% [markdown] tags=["notes"]
# **Collect the four** and what each costs: random split (a flattering figure); map fitted on all rows (columns for films
# that do not exist yet); a second map (column 700 is one film while learning, another while judging: scores about other
# films, no error); float64 (twice the memory, refused by SageMaker). Which would a test catch first? The shapes.

# %% [markdown]
# ## 9. Check yourself (4 min)
#
# Eight questions; a wrong answer tells you why it is tempting. Nothing is counted or kept.

# %%
quiz("Q5")

# %% [markdown]
# ## In practice …
#
# * **Larger archives** (`ml-1m`, `ml-25m`, …) load with the same line and another name. Read the terms of each; some may
#   not be passed on.
# * **A spare column can learn** if learning rows use it: send the ids with fewer than, say, three ratings there as well.
# * **Feature hashing** needs no map: a hash of the id, modulo $d$, is the column. Two ids then may share one, and nobody can
#   say whose column it was.
# * **Keep map and model together**, with one version number. Lesson 10 shows what happens when only one of them is renewed.
# * **More blocks** wait in `FeatureMap`: time, day, the last film, all other films. Each makes rows longer; none makes the
#   zeros cost anything.
#
# ## Tweak, twiddle, frob
#
# * **Tweak** one number: `split_by_time(ratings, test_share=0.5)`. What share of the future is about new films now?
# * **Twiddle** the map: `unknown="zero"` in section 4. How many ones have the rows of the future, and who are those with 1?
# * **Frob** the spare column: in `past`, give all users with fewer than 25 ratings one common id, train again, and look at
#   `machine.params_.w` for that id. What does it say about people who come for one evening? Would you send strangers there?
#
# ## To keep
#
# | | |
# |---|---|
# | **An id** | is a name. It gets a column; its size means nothing. |
# | **The map** | is fitted on learning rows, used for all rows, and saved with the model. |
# | **An unknown id** | has a place (spare column, blank, refusal), and you choose which. |
# | **The split** | for tomorrow is a moment. At random, the machine has read on. |
# | **CSR** | keeps what is hot: 20 bytes a row here, whatever the width. float32 is enough. |
# | **Genres** | say something of a film that nobody has rated. |
# | **The licence** | of the data is not that of the code. Read both. |
#
# Next: lesson 06 trains models on such rows, and distrusts them.
