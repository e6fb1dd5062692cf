# %% [markdown]
# # Turn pairs into linear time
#
# **You will** write the equation of a factorization machine as it stands, watch it become too slow, prove the identity
# that makes it fast, and see what the machine shares with models that you may know already.
#
# **You need** Python with NumPy. Lesson 02 tells where the equation comes from; it is not required.
#
# **Time** 50 minutes: 18 reading, 17 doing, 15 discussing. The minutes stand beside the headings.
#
# | id | after this lesson you can |
# |---|---|
# | O3.1 | build the score of a factorization machine, term by term |
# | O3.2 | derive the identity that turns all pairs into linear time |
# | O3.3 | count parameters and multiplications |
# | O3.4 | place the machine beside linear and polynomial models, PCA and SVD |

# %% [markdown] tags=["notes"]
# **Before class.** Paper and pencils on the tables; font 18. The lesson needs no network and no data.
# **Arc.** A sum that is right and slow (1), an identity found in a square of numbers (2), its proof by the class (3), the
# pay-off measured (4, 5), and relatives (6, 7).
# **If late.** Skip E3.4 (show the solution) and section 6. Never skip the Parsons puzzle.

# %% [markdown]
# ## 1. Read the equation, term by term (9 min)
#
# A **factorization machine** scores a row $x$ of $n$ columns (Steffen Rendle, *Factorization Machines*, 2010,
# equation 1):
#
# $$\hat y(x) \;=\; w_0 \;+\; \sum_{i} w_i\,x_i \;+\; \sum_{i}\sum_{j>i} \langle v_i, v_j\rangle\, x_i\,x_j$$
#
# | term | in words | numbers to learn |
# |---|---|---|
# | $w_0$ | the bias: what an empty row scores | 1 |
# | $w_i\,x_i$ | what column $i$ adds by itself | $n$ |
# | $\langle v_i, v_j\rangle\,x_i\,x_j$ | what columns $i$ and $j$ add *together* | one vector $v_i$ of $k$ numbers per column |
#
# The inner product $\langle v_i, v_j\rangle = \sum_f v_{if}\,v_{jf}$ makes one number out of two vectors. All vectors
# together are $V$, one row for each column of $x$.
#
# Here is a row for pencil and paper, with four columns and $k = 2$.

# %% tags=["nbval-check-output"]
import numpy as np

from course_utils.learn import check, hint, parsons, predict, quiz, reveal, solution

x_paper = np.array([1.0, 0.0, 2.0, 1.0])
w0_paper, w_paper = 1.0, np.array([0.5, 9.0, -1.0, 2.0])
V_paper = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 1.0], [2.0, 0.0]])

print("bias            ", w0_paper)
print("columns alone   ", w_paper @ x_paper)
print("columns 1 and 3 ", V_paper[0] @ V_paper[2], "· 1 · 2")

# %% [markdown]
# The bias gives 1. The columns alone add 0.5 + 0 − 2 + 2 = 0.5. And the pairs? The cell shows the first that is not
# zero: columns 1 and 3 add 2 · 1 · 2 = 4. Find the others. How many are there, with a 0 in column 2?

# %%
predict("P3.1")

# %%
paper_pairs = [V_paper[i] @ V_paper[j] * x_paper[i] * x_paper[j]
               for i in range(4) for j in range(i + 1, 4)]
reveal("P3.1", sum(paper_pairs))

# %% [markdown]
# That list is the pattern for the whole: $i$ runs over all columns, $j$ over the columns *after* $i$. So every pair of
# different columns is visited once, and no column meets itself.
#
# **E3.1** Write the score of any row: bias, weights, pairs. Use two loops, the way the equation reads. (Stuck? Type
# `hint("E3.1")` into a new cell: three hints, each stronger than the last, and then `solution("E3.1")`.)

# %%
def score(x, w0, w, V):
    """The score of one row. x : (n,), w : (n,), V : (n, k)."""
    ### BEGIN SOLUTION
    total = w0 + w @ x
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            total += V[i] @ V[j] * x[i] * x[j]
    return total
    ### END SOLUTION

check("E3.1", score)

# %% [markdown] tags=["notes"]
# **Expected slips.** `j` from `i` (M13: a column paired with itself), both loops over everything (each pair twice), the
# weights added inside the loop. Ask those who are done: "How often does the innermost line run for 1,000 columns?"
# (499,500 times.)

# %% [markdown]
# ## 2. Find the pairs in a square (7 min)
#
# For $n$ columns there are $n(n-1)/2$ pairs. A row of the small MovieLens table has 10,334 columns, one for each user
# and each film. That is far too many pairs to loop over for every rating.
#
# The way out is older than computers. Take one factor ($k = 1$) and write $a_i = v_i\,x_i$. Then the sum over pairs is
# $a_1a_2 + a_1a_3 + \dots$ Multiply *everything with everything*, say for $a = (1, 2, 3, 4)$, and look where the pairs
# lie.

# %%
from course_utils.plots import product_square, show

fig = product_square([1, 2, 3, 4],
                     title="Square, minus the diagonal, halved: the pairs")
show(fig, alt="A square of sixteen products of the numbers 1, 2, 3 and 4. The six "
              "above the diagonal, 2, 3, 4, 6, 8 and 12, are the pairs. The same six "
              "stand below it. The diagonal holds 1, 4, 9 and 16.")

# %% tags=["live", "nbval-check-output"]
a = np.array([1, 2, 3, 4])
print("whole square  ", a.sum() ** 2)
print("diagonal      ", (a**2).sum())
print("half the rest ", (a.sum() ** 2 - (a**2).sum()) / 2)
print("pair by pair  ", 1*2 + 1*3 + 1*4 + 2*3 + 2*4 + 3*4)

# %% [markdown]
# The whole square is $(1+2+3+4)^2 = 100$, and **nobody has to fill it in**: add four numbers, square once. The diagonal
# is $1 + 4 + 9 + 16 = 30$. What is left holds every pair twice: 70. Half of it is 35.
#
# ## 3. Prove it (8 min)
#
# With $k$ factors there are $k$ such squares, one for each factor, and their results are added:
#
# $$\sum_{i}\sum_{j>i} \langle v_i, v_j\rangle\,x_i\,x_j \;=\; \tfrac12 \sum_{f}
#   \Big[ \big(\sum_i v_{if}\,x_i\big)^2 - \sum_i v_{if}^2\,x_i^2 \Big]$$
#
# Read the right side aloud: *half of, for each factor, the square of the sum minus the sum of the squares*. Its sums run
# over $i$ alone. There is no $j$ left.
#
# **E3.3** Here is the proof, its five lines in disorder. Move them with the buttons until each follows from the one
# above.

# %%
parsons("E3.3")

# %% [markdown] tags=["notes"]
# **Let pairs of learners argue** before anyone presses *Check*. The step that needs words is the first: from i < j to
# all i and j. Draw the square of section 2 beside it. Then ask at each arrow: "Equal, or nearly equal?" (M10)
# The puzzle is E3.3 although it stands before E3.2: proof first, code afterwards.

# %% [markdown]
# **E3.2** Now in code. The steps are marked; two gaps are yours.

# %%
def interactions(x, V):
    """Σ over all pairs, in linear time. x : (n,), V : (n, k)."""
    # 1 sum: one number per factor; 2 square; 3 subtract; 4 halve
    sums = x @ V
    difference = sums**2 - x**2 @ V**2  ### SOLUTION: difference = ... - ...
    return 0.5 * np.sum(difference)

check("E3.2", interactions)

# %% [markdown]
# Fast formulas are often approximations. Is this one? We take 200 random rows with random factors, and ask the package
# for both: `predict_double_loop` is what you wrote in E3.1, `predict` uses the identity. Both stand in
# `course_utils/fm/lesson.py`.

# %%
predict("P3.2")

# %%
from course_utils.fm.lesson import predict as predict_fast
from course_utils.fm.lesson import predict_double_loop

rng = np.random.default_rng(7)
rows, w_all = rng.normal(size=(200, 30)), rng.normal(size=30)
V_all = rng.normal(size=(30, 4))
slow_scores = np.array([predict_double_loop(row, 0.5, w_all, V_all) for row in rows])
fast_scores = predict_fast(rows, 0.5, w_all, V_all)

gap = np.abs(slow_scores - fast_scores).max() / np.abs(slow_scores).max()
reveal("P3.2", gap)

# %% [markdown]
# What is left is rounding: computers keep about sixteen digits, and the two add in a different order. **It is the same
# number**, reached by another road. That is what *identity* means.
#
# ## 4. Count the work (4 min)
#
# Times depend on the machine. Multiplications do not, so let us count those. A pair takes $k$ of them for the inner
# product and two for $x_i\,x_j$. The identity takes two for each column and factor, one for each factor, and one
# for the ½:
#
# $$\text{loop: } \frac{n(n-1)}{2}\,(k+2) \qquad\qquad \text{identity: } k\,(2n+1) + 1$$

# %% tags=["nbval-check-output"]
def loop_multiplications(n, k):
    return n * (n - 1) // 2 * (k + 2)

def identity_multiplications(n, k):
    return k * (2 * n + 1) + 1

print("columns            loop   identity")
for n in (10, 1_000, 10_334):
    loop, identity = loop_multiplications(n, 8), identity_multiplications(n, 8)
    print(f"{n:7,} {loop:15,} {identity:10,}")

# %% [markdown]
# With the columns of MovieLens, one prediction by the loop takes 533,906,110 multiplications; by the identity, 165,353.
# The identity is **linear** in $n$: double the row, double the work. The race below asks about the loop.
#
# And the zeros? Where $x_i = 0$, all terms of column $i$ are 0. A row that is stored *sparse* (places and values of its
# non-zeros only) lets us skip them: put $m$, the number of non-zeros, where $n$ stood.

# %% tags=["nbval-check-output"]
wide = np.zeros(10_334)
wide[[3, 7_000]] = 1.0                                # one user, one film
V_wide = rng.normal(size=(10_334, 8))
hot = np.flatnonzero(wide)                            # the places that are not zero

two_vectors = V_wide[hot[0]] @ V_wide[hot[1]]
whole_row = 0.5 * ((wide @ V_wide) ** 2 - wide**2 @ V_wide**2).sum()
print("non-zeros:      ", len(hot))
print("identity:        ", identity_multiplications(len(hot), 8), "multiplications")
print("loop:            ", loop_multiplications(len(hot), 8), "multiplications")
print("same sum:        ", np.isclose(two_vectors, whole_row))

# %% [markdown]
# Two non-zeros, 41 multiplications, whatever the number of users and films. **Zeros cost nothing when they are not
# stored.** The exact statement is: *linear in the non-zeros of the row, times k*.
#
# To be fair: two non-zeros are a single pair, and for that the loop does with 10. The identity wins as soon as a row
# says more (genres, hour, films rated before). The race shows from where on.
#
# ## 5. Run the pair race (6 min)
#
# Three sliders: columns $n$, factors $k$, and how many columns are not zero. Four ways compute the same sum. The
# multiplications are counted and exact. The times are measured when you move a slider, on your machine, and will differ
# from your neighbour's.

# %%
from course_utils.widgets import PairRace

PairRace()

# %% [markdown]
# **Three questions for the race**
#
# 1. Lock in an answer, then pull $n$ from the smallest to the largest value. Which line is steepest,
#    which one stays level, and why?
# 2. At $n = 800$, compare the two ways that visit *every pair*: one is a Python loop, one is NumPy. The second
#    multiplies **more** and is faster. What does the loop spend its time on? Which of your comparisons are fair, then?
# 3. Set $n = 10$ and $k = 1$. Is the identity still worth it? Now raise the number of non-zeros up to $n$: what becomes
#    of the last way?

# %%
reveal("P3.3", loop_multiplications(200, 8) / loop_multiplications(100, 8))

# %% [markdown] tags=["notes"]
# **Name the unfair comparison** before a learner does: loop against NumPy measures Python as much as mathematics. Counts
# are the argument; times make it felt. Ask: "A million columns more, all zero: who pays?" (M12: nobody in time; V grows.)

# %% [markdown]
# ## 6. Count what must be learned (6 min)
#
# A **linear model** has $w_0$ and $w$ only. A **polynomial model** (of degree 2) adds a weight of its own for each pair:
# $w_{ij}\,x_i\,x_j$. A factorization machine makes the weight of a pair from two vectors.
#
# **E3.4** How many numbers does each of the three learn, for $n$ columns and $k$ factors? Bias and
# weights count. Return three numbers: linear, polynomial, factorization machine.

# %%
def count_parameters(n, k):
    """How many numbers a linear, a polynomial and a factorization machine learn."""
    ### BEGIN SOLUTION
    pairs = n * (n - 1) // 2
    return 1 + n, 1 + n + pairs, 1 + n + n * k
    ### END SOLUTION

check("E3.4", count_parameters)

# %% [markdown]
# The small MovieLens table has 610 users, 9,724 films and 100,836 ratings. Each rating is one user × film pair, and
# no pair is rated twice.

# %% tags=["nbval-check-output"]
users, films, ratings, k = 610, 9_724, 100_836, 8
n = users + films
weights_of_pairs = n * (n - 1) // 2

print(f"columns                  {n:12,}")
print(f"pair weights, polynomial {weights_of_pairs:12,}")
print(f"numbers in V, k = 8      {n * k:12,}")
print(f"pair weights that any rating touches: {ratings / weights_of_pairs:.2%}")

# %% [markdown]
# Of more than 53 million pair weights, 0.19 % occur in some rating. The others would never be learned, however long we
# train. The 82,672 numbers in $V$ are shared: **every** rating of a user moves that user's vector.
#
# The same happens on seven ratings. The next cell fits a weight for every pair to Rendle's example: Alice, Bob and
# Charlie, four films. Alice has not rated Star Trek. `lstsq` takes, of all weights that fit, the smallest.

# %%
predict("P3.4")

# %%
from itertools import combinations

from course_utils.widgets.star_trek import FILMS, USERS, one_hot, rendle_grid

grid = rendle_grid()
rated = [(u, f) for u in range(3) for f in range(4) if not np.isnan(grid[u, f])]
X = np.array([one_hot(USERS[u], FILMS[f]) for u, f in rated])
y = np.array([grid[cell] for cell in rated])
pairs = list(combinations(range(7), 2))                         # 21 pairs of columns

X_pairs = np.array([X[:, i] * X[:, j] for i, j in pairs]).T     # (7, 21)
weights = np.linalg.lstsq(np.hstack([np.ones((7, 1)), X, X_pairs]), y, rcond=None)[0]
alice_star_trek = weights[8:][pairs.index((0, 6))]
reveal("P3.4", alice_star_trek)

# %% [markdown]
# A column of zeros carries no information, so its weight stays where it began. With one weight per pair, what was never
# seen is never learned. That is the trade of the factorization machine: it gives up a free choice for each pair and wins
# an opinion about *all* pairs.
#
# | model | weight of a pair | must learn | an opinion of its own on a pair never seen? |
# |---|---|---|---|
# | linear | none | $1 + n$ | no: columns add up, nothing meets |
# | polynomial | $w_{ij}$, free | $1 + n + n(n-1)/2$ | no: $w_{ij}$ stays at 0 |
# | factorization machine | $\langle v_i, v_j\rangle$ | $1 + n + nk$ | **yes**, once both columns have been seen |

# %% [markdown] tags=["notes"]
# **Ask for the price.** What can a polynomial model do that a factorization machine with small k cannot? (Give every
# seen pair any weight it likes.) When is that better? (Few columns, every pair seen often.)
# Listen for "more parameters, more power" and for M06 again: "nobody can know without that row".

# %% [markdown]
# ## 7. Hold it beside SVD and PCA (7 min)
#
# If a row says one user and one film, the pair term is $\langle v_\text{user}, v_\text{film}\rangle$: a table of
# users × films, made from short vectors. Such a table has **low rank**. Two well-known methods make low-rank tables
# as well:
#
# * **SVD** (singular value decomposition) splits a full table into users × sizes × films; the first $k$ give the closest
#   table of rank $k$.
# * **PCA** (principal component analysis) is SVD after each column's mean has been taken off.
#
# **E3.5** Rebuild a table from its first $k$ factors. `svd` returns `U`, `sizes` and `Vt`, largest size first.

# %%
def low_rank(grid, k):
    """The closest grid that k factors can make. grid : (users, films), full."""
    U, sizes, Vt = np.linalg.svd(grid, full_matrices=False)
    return (U[:, :k] * sizes[:k]) @ Vt[:k]  ### SOLUTION: return ...

check("E3.5", low_rank)

# %% [markdown]
# SVD needs a number in every cell, and a table of ratings has blanks. A common first idea is to write 0 there. Lesson 02
# predicted 4.0 stars for Charlie and Star Trek, which he has not rated. What will SVD say? Lock in your answer, then the
# lens opens. (Its `low_rank` is the function of E3.5, with PCA added.)

# %%
from course_utils.widgets import PCALens

PCALens()

# %% [markdown]
# **Three questions for the lens**
#
# 1. Keep SVD and *0 stars*, and pull $k$ from 1 to 3. The table comes closer to what it was given. Is that good news
#    for the five blanks?
# 2. Still with *0 stars*: the machine is now told the zeros as well. Does it escape? So what made the difference in
#    lesson 02, the method or the blanks?
# 3. Read blanks as *unknown*. Why does SVD fall silent, and the machine does not? What does switching to PCA change?

# %% tags=["nbval-check-output"]
from course_utils.fm.lesson import fit_toy_many
from course_utils.widgets import pca_lens

charlie = [one_hot("Charlie", "Star Trek")]
by_svd = pca_lens.low_rank(np.nan_to_num(grid), 3)[2, 3]
by_fm = [model.predict(charlie)[0] for model in fit_toy_many(X, y, range(10))]

print(f"SVD, blanks read as 0, k = 3:      {abs(by_svd):.1f} stars")
print(f"machine, ten seeds, blanks unknown: {min(by_fm):.1f} to {max(by_fm):.1f} stars")
reveal("P3.5", by_svd)

# %% [markdown]
# | | PCA, SVD | factorization machine |
# |---|---|---|
# | what they share | short vectors, low rank | short vectors, low rank |
# | looks at | a full table, no answers | rows with an answer $y$: it is **supervised** |
# | a blank | must be filled with something | is no row, so it is in no sum |
# | columns | one table: users × films | any: users, films, genre, hour, device … |
# | bias, weights | none (PCA: column means) | $w_0$ and $w$, learned together with $V$ |
#
# So the machine is not PCA by another name. It borrows the short vectors, and is fitted to what was said, not to what
# was not. (If a row holds one user and one film and nothing else, it is *matrix factorization* with biases, a close
# relative that skips blanks as well.)

# %% [markdown] tags=["notes"]
# **The point to win** (M11): with zeros in the blanks, the machine learns the zeros, too. Blanks make the difference, not
# the name of the method. Question 2 of the lens shows it; do not tell, let them switch.

# %% [markdown]
# ## 8. Check yourself (3 min)
#
# Six questions; a wrong answer tells you why it is tempting. Nothing is counted or kept.

# %%
quiz("Q3")

# %% [markdown]
# ## In practice …
#
# * **Nobody writes the double loop,** except as a judge: every faster version is compared with it. Lesson 04 does so.
# * **Gradients are linear, too.** The sum $\sum_i v_{if}\,x_i$ is computed once for each row and used for every gradient.
# * **Memory still grows with columns.** Time follows the non-zeros; $V$ holds $nk$ numbers, seen or not.
# * **Rounding.** The identity subtracts two numbers that may be large. In single precision, with hundreds of non-zeros in a
#   row, a few digits are lost. For one-hot rows it is of no account.
#
# ## Tweak, twiddle, frob
#
# * **Tweak** one number: `product_square([1, -2, 3], title="…")`. Where do the signs go, and is the formula still right?
# * **Twiddle** the count: for which $n$ and $k$ does the loop multiply *less* than the identity? Guess, then search.
# * **Frob** the idea: three columns at once, $a_i\,a_j\,a_l$. Can you express the sum over all triples by
#   $\sum a$, $\sum a^2$ and $\sum a^3$?
#
# ## To keep
#
# | | |
# |---|---|
# | **A score** | bias, weights, and every pair of different columns once. |
# | **The identity** | half of: square of the sum minus sum of the squares, per factor. Exact. |
# | **The work** | non-zeros × k, not columns squared. Zeros cost nothing. |
# | **The price** | $1 + n + nk$ numbers; a polynomial model needs $n(n-1)/2$ for its pairs. |
# | **Relatives** | low rank like SVD and PCA, but supervised, blind to blanks, open to any column. |
#
# Next: lesson 04 builds the whole machine on this identity, and trains it.
