# ---
# course:
#   plain: true
# ---

# %% [markdown]
# # Make MovieLens sparse
#
# **You will** turn a table of film ratings into rows that a factorization machine reads, see how small they are once the
# zeros are left out, and train a first model on them.
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
# the University of Minnesota, collects and shares. Its licence: use it for research, say where it comes from, claim no
# endorsement, ask before you earn money with it, and pass it on under these same conditions only. The course has a
# licence of its own and so does not contain it: the next cell looks for the file on your machine, or else downloads it
# (1 MB), and checks that it holds the ratings it should.

# %%
from course_utils.datasets import movielens
from course_utils.learn import notice

data = movielens.load("ml-latest-small")
notice(data)

# %% [markdown]
# If a box above says *THIS IS MADE-UP DATA*, the real ratings could not be had; the box says why. Everything below still
# works, but every number you see is then about films that do not exist.

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
# A model needs columns 0, 1, 2, … Users come first, films after them: with 3 users, the first film has column 3.
#
# **E5.1** Write `column_map(ids, start)`. `ids` is a column of the table, in which an id may occur many times. The answer
# is a dictionary: the smallest id has column `start`, the next one `start + 1`, and so on. For the ids 50, 7, 50, 12 and
# `start=3` it is `{7: 3, 12: 4, 50: 5}`.

# %%
def column_map(ids, start):
    """Column of each distinct id: the smallest id gets `start`."""
    ### BEGIN SOLUTION
    return {id: start + place for place, id in enumerate(sorted(set(ids)))}
    ### END SOLUTION

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
# We judge a model on ratings that it has not seen. Which ones? A *hash* turns the user's and the film's id into a number
# that looks random and is always the same. So the same ratings are kept back on every machine, whatever the order of
# the file.

# %%
from course_utils.encode import FeatureMap
from course_utils.evaluate.split import split_by_hash, split_by_time

learn_rows, judge_rows = split_by_hash(ratings, test_share=0.1)
feature_map = FeatureMap.fit(learn_rows, blocks=("user", "item"))
print(f"{len(learn_rows):,} to learn from, {len(judge_rows):,} to judge by")
print(f"{feature_map.feature_dim:,} columns")

# %% [markdown]
# A random split asks: *what would this user have said?* A split in time asks the harder question that a shop faces:
# *what will come next?* The latest tenth of the ratings is kept back, and the model learns from all that came before.

# %%
predict("P5.2")

# %%
past, future = split_by_time(ratings, test_share=0.1)
unseen_films = ~future["item"].isin(past["item"])
unseen_users = ~future["user"].isin(past["user"])
print(f"of the latest {len(future):,} ratings")
print(f"  {unseen_users.mean():.0%} come from users never seen before")
print(f"  {unseen_films.mean():.0%} are about films never seen before")
reveal("P5.2", 100 * unseen_users.mean())

# %% [markdown]
# ## 5. One-hot rows, without the zeros
#
# Each rating is one row with two ones: its user's column and its film's column. **CSR** (compressed sparse row) keeps
# only those: the column numbers (`indices`), the values (`data`), and where each row begins (`indptr`). Two rows with
# five columns:

# %% tags=["nbval-check-output"]
tiny = csr_array(np.array([[1, 0, 0, 1, 0], [0, 1, 1, 0, 0]], dtype=np.float32))
print("indices", tiny.indices, "  row 0 has columns 0 and 3, row 1 has 1 and 2")
print("data   ", tiny.data)
print("indptr ", tiny.indptr, "      row 0 is places 0 to 2, row 1 is places 2 to 4")

# %% [markdown]
# The other way round, `csr_array((data, indices, indptr), shape=(n, d))` makes a matrix from the three.
#
# **E5.2** Write `one_hot(user_columns, film_columns, d)`: a CSR matrix of float32 with two ones in each row.

# %%
def one_hot(user_columns, film_columns, d):
    """CSR float32 (n, d): row i has ones in user_columns[i] and film_columns[i]."""
    ### BEGIN SOLUTION
    n = len(user_columns)
    indices = np.column_stack([user_columns, film_columns]).ravel()
    indptr = np.arange(0, 2 * n + 1, 2)
    return csr_array((np.ones(2 * n, dtype=np.float32), indices, indptr), shape=(n, d))
    ### END SOLUTION

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
predict("P5.3")

# %%
sparse_bytes = X_learn.data.nbytes + X_learn.indices.nbytes + X_learn.indptr.nbytes
dense_bytes = X_learn.shape[0] * X_learn.shape[1] * 4
print(f"CSR {sparse_bytes / 1e6:.1f} MB, dense float32 {dense_bytes / 1e9:.2f} GB")
print(f"{dense_bytes / sparse_bytes:,.0f} times")

# %%
reveal("P5.3", dense_bytes / sparse_bytes)

# %% [markdown]
# Why `float32`? SageMaker's algorithm takes nothing else, ones and stars need no more digits, and it is half the bytes.

# %% tags=["nbval-check-output"]
print("two ones in every row:", set(np.diff(X_learn.indptr)) == {2})
print("dtype:", X_learn.dtype)

# %% [markdown]
# ## 6. Three models, one ladder
#
# Before any clever model: how far does a plain one get? The judge is the **RMSE**: square the errors, take the mean, take
# the root. It reads as "about so many stars off", and less is better.
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
# The machine is trained as SageMaker's own algorithm trains it: with *Adam*, gradient descent that chooses a step length
# of its own for every parameter. That algorithm has two habits to know about. It reads the rows in file order, and our
# file is sorted by user: so we shuffle the rows first. And it fills the last batch up with empty rows and learns from
# them: so we put the rows aside that are left over after the last full batch.

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
predict("P5.4")

# %%
pd.Series(judged, name="RMSE in stars").round(4).to_frame()

# %%
reveal("P5.4", judged)

# %% tags=["nbval-check-output"]
print("each rung of the ladder is lower than the one before:",
      judged["global mean"] > judged["biases"] > judged["factorization machine"])

# %% [markdown]
# Mind the size of the steps. The larger one comes from knowing *who is generous* and *what is good*. Taste is the smaller
# one, and a recommender lives on it: biases alone rank the films in the same order for everybody.

# %%
for name, value in judged.items():
    record(f"{data.name}.{name.replace(' ', '_')}.rmse", value)

# %% [markdown]
# ## 7. Pack for SageMaker
#
# SageMaker's algorithm reads **RecordIO-protobuf**. Each row becomes one record: a number that marks its beginning
# (*magic*), its length, and inside it the values, their columns (`keys`), the number of all columns (`shape`) and the
# label, which is the stars. Here is the first record, without the small marks between its parts; a later lesson shows
# every byte. (A *varint* is a whole number that takes fewer bytes the smaller it is.)

# %%
import io

from course_utils import recordio

stream = io.BytesIO()  # a file in memory
recordio.write(stream, X_learn, y_learn)
packed = stream.getvalue()
for part in recordio.inspect(packed, record=0):
    if not part.name.endswith((" tag", " length", "key")):
        print(f"bytes {part.start:2} to {part.stop:2}  {part.name:18} {part.meaning}")

# %%
print(f"{len(packed) / 1e6:.1f} MB, {len(packed) / len(y_learn):.0f} bytes a row")

# %% [markdown]
# **E5.3** Read the packed rows back, and prove that nothing was lost: give `True` if the matrix and the labels are both
# the same as before, else `False`. `recordio.read` gives back a matrix and labels. Like `write`, it wants a stream, and
# `io.BytesIO(packed)` makes one from bytes.

# %%
def survives(packed, X, y):
    """Whether RecordIO bytes hold exactly the rows X and the labels y."""
    ### BEGIN SOLUTION
    X_back, y_back = recordio.read(io.BytesIO(packed))
    return (X_back != X).nnz == 0 and np.array_equal(y_back, y)
    ### END SOLUTION

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
# - Judge on ratings kept back, against plain models. A split in time is the harder and the more honest one.
#
# **Tweak** the number of factors. **Twiddle** `test_share`. **Frob** the split: learn from `past`, judge on `future`.
#
# *In practice…* larger archives (`ml-1m`, `ml-25m`, …) load with the same line and another name.
