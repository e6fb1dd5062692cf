# ---
# course:
#   plain: true
# ---

# %% [markdown]
# # Make MovieLens sparse
#
# **You will** turn a hundred thousand real ratings into rows that a factorization machine reads, see why they fit into
# two megabytes instead of four gigabytes, and train a first model on them.
#
# **You need** pandas. Lesson 02 helps, and is not required.
#
# **Time** 45 minutes: 12 reading, 20 doing, 13 discussing.
#
# | id | after this lesson you can |
# |---|---|
# | O5.1 | map ids to columns |
# | O5.2 | build one-hot rows as CSR float32 |
# | O5.3 | split ratings without leaking, and judge a model against a plain one |
# | O5.4 | pack the rows as RecordIO-protobuf, the form that SageMaker trains on |
# | O5.5 | say what the data's licence allows |

# %%
import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from course_utils.learn import check, hint, predict, quiz, record, reveal, solution

# %% [markdown]
# ## 1. Get the ratings
#
# [MovieLens](https://grouplens.org/datasets/movielens/) is a set of film ratings that GroupLens, a research group at
# the University of Minnesota, collects and shares. You may use it for study; you may not sell it or pass it on as
# your own. So the course does not contain it: the next line looks for it on your machine and otherwise downloads it
# (1 MB) and checks that not one byte differs.

# %%
from course_utils.datasets import movielens
from course_utils.learn import notice

data = movielens.load("ml-latest-small")
notice(data)

# %% [markdown]
# If the box above says *made-up ratings*, there was no network. Everything below still works: the numbers are then
# about the made-up films.

# %%
ratings = data.ratings
ratings.head()

# %% [markdown]
# `user` and `item` are **names that look like numbers**. User 333 is not three times user 111. Films have ids with
# large gaps. Titles belong to ids, and are looked up by id:

# %%
data.items.head()

# %% [markdown]
# ## 2. Mostly nothing
#
# Put users in rows and films in columns. How full is that table?

# %%
predict("P5.1")

# %%
users, films = ratings["user"].nunique(), ratings["item"].nunique()
cells = users * films
print(f"{len(ratings):,} ratings, {users:,} users, {films:,} films, {cells:,} cells")
print(f"filled: {len(ratings) / cells:.2%}")

# %%
reveal("P5.1", 100 * len(ratings) / cells)

# %% [markdown]
# An empty cell does not mean *zero stars*. It means that nobody knows.

# %% tags=["nbval-check-output"]
print("less than a tenth of the table is filled:", len(ratings) / cells < 0.1)

# %% [markdown]
# ## 3. Ids become columns
#
# A model needs columns 0, 1, 2, … Users come first, films after them.
#
# **E5.1** Write `column_map(ids, start)`: a dictionary from each id to its column, in ascending order of id, beginning
# at column `start`.

# %%
def column_map(ids, start):
    """Column of each distinct id: the smallest id gets `start`."""
    ### BEGIN SOLUTION
    return {id: start + place for place, id in enumerate(sorted(set(ids)))}
    ### END SOLUTION

# %%
check("E5.1", column_map)

# %%
# hint("E5.1")      # stuck? remove the first "#" and run; each time tells a little more
# solution("E5.1")

# %% [markdown]
# The packaged form is `FeatureMap`. It is **fitted on the learning rows only**, remembers which id has which column,
# and is saved beside the model: a model without its map is worthless, because nobody knows any more whose column is
# whose.

# %% [markdown]
# ## 4. Keep some ratings back
#
# We judge a model on ratings that it has not seen. Every rating draws its lot from its own user and film ids, so the
# same ratings are kept back on every machine, whatever the order of the file.

# %%
from course_utils.encode import FeatureMap
from course_utils.evaluate.split import split_by_hash, split_by_time

learn_rows, judge_rows = split_by_hash(ratings, test_share=0.1)
feature_map = FeatureMap.fit(learn_rows, blocks=("user", "item"))
print(f"{len(learn_rows):,} to learn from, {len(judge_rows):,} to judge by")
print(f"{feature_map.feature_dim:,} columns")

# %% [markdown]
# A random split asks: *what would this user have said?* A split in time asks the harder question that a shop faces:
# *what will come next?* Look at what the second one meets.

# %%
past, future = split_by_time(ratings, test_share=0.1)
unseen_films = ~future["item"].isin(past["item"])
unseen_users = ~future["user"].isin(past["user"])
print(f"of the latest {len(future):,} ratings")
print(f"  {unseen_users.mean():.0%} come from users never seen before")
print(f"  {unseen_films.mean():.0%} are about films never seen before")

# %% [markdown]
# ## 5. One-hot rows, without the zeros
#
# Each rating is one row with two ones: its user's column and its film's column. **CSR** (compressed sparse row) keeps
# only those: the column numbers (`indices`), the values (`data`), and where each row begins (`indptr`).
#
# **E5.2** Write `one_hot(user_columns, film_columns, d)`: a CSR matrix of float32 with two ones in each row.

# %%
def one_hot(user_columns, film_columns, d):
    """CSR float32 (n, d), with ones in columns user_columns[i] and film_columns[i] of row i."""
    ### BEGIN SOLUTION
    n = len(user_columns)
    indices = np.column_stack([user_columns, film_columns]).ravel()
    indptr = np.arange(0, 2 * n + 1, 2)
    return csr_array((np.ones(2 * n, dtype=np.float32), indices, indptr), shape=(n, d))
    ### END SOLUTION

# %%
check("E5.2", one_hot)

# %%
# hint("E5.2")      # stuck? remove the first "#" and run; each time tells a little more
# solution("E5.2")

# %%
X_learn, X_judge = feature_map.transform(learn_rows), feature_map.transform(judge_rows)
y_learn = learn_rows["rating"].to_numpy(np.float32)
y_judge = judge_rows["rating"].to_numpy(np.float32)

# %% [markdown]
# The same rows with all their zeros written out: how much larger?

# %%
predict("P5.2")

# %%
sparse_bytes = X_learn.data.nbytes + X_learn.indices.nbytes + X_learn.indptr.nbytes
dense_bytes = X_learn.shape[0] * X_learn.shape[1] * 4
print(f"CSR {sparse_bytes / 1e6:.1f} MB, dense float32 {dense_bytes / 1e9:.2f} GB")
print(f"{dense_bytes / sparse_bytes:,.0f} times")

# %%
reveal("P5.2", dense_bytes / sparse_bytes)

# %% [markdown]
# Why `float32`? SageMaker's algorithm takes nothing else, ones and stars need no more digits, and it is half the bytes.

# %% tags=["nbval-check-output"]
print("two ones in every row:", set(np.diff(X_learn.indptr)) == {2})
print("dtype:", X_learn.dtype)

# %% [markdown]
# ## 6. Three models, one ladder
#
# Before any clever model: how far does a plain one get?
#
# 1. **Global mean**: everybody gives every film the same.
# 2. **Biases**: some users are generous, some films are good; a number for each, and no taste at all.
# 3. **Factorization machine**: biases and a vector of 16 factors for each user and film.

# %%
from course_utils.evaluate.baselines import Biases, GlobalMean
from course_utils.evaluate.metrics import rmse

judged = {}
for name, model in {"global mean": GlobalMean(), "biases": Biases()}.items():
    judged[name] = rmse(y_judge, model.fit(learn_rows).predict(judge_rows))

# %% [markdown]
# The machine is trained with Adam, the method that SageMaker's algorithm uses. The rows are shuffled first: that method
# reads them in file order, and MovieLens is sorted by user. And the rows left over after the last full batch are put
# aside, because the real algorithm fills that batch up with empty rows, which hurts. (A later lesson measures both.)

# %%
from course_utils.fm import adam

settings = adam.AdamConfig(
    num_factors=16, predictor_type="regressor", epochs=30, mini_batch_size=1000,
    linear_lr=0.003, factors_lr=0.0005, linear_wd=0.0001, factors_wd=0.0001,
    factors_init_sigma=0.01,
)
order = np.random.default_rng(7).permutation(len(y_learn))
order = order[: len(order) // settings.mini_batch_size * settings.mini_batch_size]
fitted = adam.fit(X_learn[order], y_learn[order], settings, seed=7)
judged["factorization machine"] = rmse(y_judge, fitted.params.predict(X_judge))

# %%
predict("P5.3")

# %%
pd.Series(judged, name="RMSE in stars").round(4).to_frame()

# %%
reveal("P5.3", judged)

# %% tags=["nbval-check-output"]
print("each rung of the ladder is lower than the one before:",
      judged["global mean"] > judged["biases"] > judged["factorization machine"])

# %% [markdown]
# Mind the size of the steps. Most of what can be known about a rating is *who is generous* and *what is good*. Taste is
# the rest, and a recommender lives on it: biases alone rank the same films first for everybody.

# %%
for name, value in judged.items():
    record(f"movielens.{name.replace(' ', '_')}.rmse", value)

# %% [markdown]
# ## 7. Pack for SageMaker
#
# SageMaker's algorithm reads **RecordIO-protobuf**: for each row a frame with a magic number and a length, and inside it
# the columns (`keys`), the values, the number of columns (`shape`) and the label. Here is the first record.

# %%
import io

from course_utils import recordio

packed = io.BytesIO()
recordio.write(packed, X_learn, y_learn)
first = recordio.inspect(packed.getvalue(), record=0)
rows = [(part.start, part.stop, part.name, part.meaning) for part in first]
pd.DataFrame(rows, columns=["from", "to", "part", "meaning"])

# %%
size = packed.getbuffer().nbytes
print(f"{size / 1e6:.1f} MB, {size / len(y_learn):.0f} bytes a row")

# %% [markdown]
# **E5.3** Read the packed rows back, and prove that nothing was lost: give `True` if the matrix and the labels are equal.

# %%
def survives(packed, X, y):
    """Whether RecordIO bytes hold exactly the rows X and the labels y."""
    ### BEGIN SOLUTION
    X_back, y_back = recordio.read(io.BytesIO(packed))
    return (X_back != X).nnz == 0 and np.array_equal(y_back, y)
    ### END SOLUTION

# %%
check("E5.3", survives)

# %%
# hint("E5.3")      # stuck? remove the first "#" and run; each time tells a little more
# solution("E5.3")

# %%
quiz("Q5")

# %% [markdown]
# ## Recap
#
# - Ids are names. A `FeatureMap`, fitted on the learning rows, gives each one its column, and travels with the model.
# - One-hot rows are almost all zeros; CSR and RecordIO keep only what is there, as float32.
# - Judge on ratings kept back, against plain baselines. A split in time is the harder and the more honest one.
#
# **Tweak** the number of factors. **Twiddle** `test_share`. **Frob** the split: judge the same models on `future`.
#
# *In practice…* larger archives (`ml-1m`, `ml-25m`, …) load with the same line and another name.
