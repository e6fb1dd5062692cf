# ---
# course:
#   plain: true
# ---

# %% [markdown]
# # Build a factorization machine in NumPy
#
# **You will** write the whole machine yourself: prediction, gradients, training. Each piece is checked against the
# mathematics before the next one leans on it. Then you train it on ratings.
#
# **You need** Python with NumPy: matrix products and broadcasting. Lesson 02 helps, and is not required.
#
# **Time** 60 minutes: 15 reading, 30 doing, 15 discussing.
#
# | id | after this lesson you can |
# |---|---|
# | O4.1 | predict with a factorization machine, in linear time |
# | O4.2 | write its gradients |
# | O4.3 | check a gradient numerically |
# | O4.4 | train with mini-batches and stop at the right moment |

# %%
import numpy as np

from course_utils.learn import check, hint, predict, quiz, record, reveal, solution

# %% [markdown]
# ## 1. The equation
#
# A row $x$ describes one event: *who* met *what*, perhaps *when*. The machine scores it like this
# (Rendle 2010, equation 1):
#
# $$\hat y(x) = w_0 + \sum_{i=1}^{d} w_i x_i + \sum_{i=1}^{d}\sum_{j=i+1}^{d} \langle v_i, v_j\rangle\, x_i x_j$$
#
# | letter | shape | what it holds |
# |---|---|---|
# | $w_0$ | a number | the bias: what an empty row scores |
# | $w$ | $(d,)$ | one weight per column |
# | $V$ | $(d, k)$ | one vector of $k$ factors per column; row $i$ is $v_i$ |
#
# We begin with the seven ratings of Rendle's example, as one-hot rows: three user columns, then four film columns.

# %%
from course_utils.datasets import rendle
from course_utils.encode import FeatureMap

seven = rendle.load()
toy_map = FeatureMap.fit(seven.ratings, blocks=("user", "item"))
X_toy = toy_map.transform(seven.ratings).toarray()
y_toy = seven.ratings["rating"].to_numpy()

# %% tags=["nbval-check-output"]
print(toy_map.column_names)
print(X_toy.astype(int))

# %% [markdown]
# ## 2. Predict, word by word
#
# Here is the equation as it stands: one loop for $i$, one for $j$. It is slow, and you can see that it is right: a good
# judge of everything faster.

# %%
def predict_double_loop(x, w0, w, V):
    """The score of one row x : (d,), read off the equation."""
    score = w0 + w @ x
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            score += V[i] @ V[j] * x[i] * x[j]
    return score

# %% [markdown]
# Random parameters will do for trying it. They are *not* zeros: zeros would hide a wrong formula.

# %% tags=["nbval-check-output"]
rng = np.random.default_rng(7)
w0, w, V = 3.0, rng.normal(size=7), rng.normal(size=(7, 2))
by_loop = np.array([predict_double_loop(x, w0, w, V) for x in X_toy])
print("scores of the seven rows:", by_loop.round(2))

# %% [markdown]
# The double loop visits every pair of columns. MovieLens (the small edition) has 610 users and 9,724 rated films:
# 10,334 columns. How many pairs is that, for one single prediction?

# %%
predict("P4.1")

# %% tags=["nbval-check-output"]
d = 10_334
print(f"pairs of columns: {d * (d - 1) // 2:,}")

# %%
reveal("P4.1", d * (d - 1) // 2 / 1e6)

# %% [markdown]
# ## 3. Predict in linear time
#
# All pairs, without visiting one of them. The square of a sum already contains every pair, twice, and each term with
# itself, once. Take those away and halve:
#
# $$\sum_{i<j}\langle v_i, v_j\rangle x_i x_j
#   = \frac12\sum_{f=1}^{k}\left[\Big(\sum_i v_{if}\,x_i\Big)^2 - \sum_i v_{if}^2\,x_i^2\right]$$
#
# That is exact, not an approximation, and its cost grows with $d \cdot k$ instead of $d^2 \cdot k$.
#
# **E4.1** Write it for all rows of a matrix at once. `X @ V` gives the inner sums $\sum_i v_{if}\,x_i$: for each row of `X`,
# $k$ numbers. Do not forget $w_0$ and the linear part.

# %%
def predict_rows(X, w0, w, V):
    """Scores (n,) of all rows X : (n, d), without any loop over pairs."""
    ### BEGIN SOLUTION
    sums = X @ V                       # 1  one number per row and factor
    squares = (X**2) @ (V**2)          # 2  each term with itself
    return w0 + X @ w + 0.5 * (sums**2 - squares).sum(axis=1)
    ### END SOLUTION

check("E4.1", predict_rows)

# %%
# hint("E4.1")      # stuck? remove the first "#" and run; each time tells a little more
# solution("E4.1")

# %% [markdown]
# From here on we use the packaged version, so that the lesson goes on whether or not yours is finished.
# It lives in `course_utils/fm/lesson.py` and fits on one screen.

# %% tags=["nbval-check-output"]
from course_utils.fm import lesson

fast = lesson.predict(X_toy, w0, w, V)
print("the same as the double loop:", np.allclose(fast, by_loop))

# %% [markdown]
# ## 4. Gradients: which way is down?
#
# A *gradient* holds one slope for each parameter: how much the error grows when that parameter grows a little. We measure
# the error of a prediction with $\frac12(\hat y - y)^2$. Its slope along any parameter $\theta$ is
# $(\hat y - y)\,\partial \hat y / \partial \theta$, and the second factor is
#
# $$\frac{\partial \hat y}{\partial w_0} = 1 \qquad
#   \frac{\partial \hat y}{\partial w_i} = x_i \qquad
#   \frac{\partial \hat y}{\partial v_{if}} = x_i \Big(\sum_j v_{jf}\,x_j\Big) - v_{if}\,x_i^2$$
#
# Look at the last one. A column with $x_i = 0$ has no slope: **nothing is learned about what did not happen**, and a
# sparse row costs only its non-zeros.
#
# **E4.2** Fill in the gradient of `V`, shape $(d, k)$: for each row, the error times the third formula; then the mean over
# the rows. The sum over rows is a matrix product with `X.T`; `error[:, None]` turns `error` into a column.

# %%
def gradients(X, y, w0, w, V):
    """Slopes of the mean of ½(ŷ - y)² over the rows: a number, (d,) and (d, k)."""
    error = lesson.predict(X, w0, w, V) - y          # (n,)
    sums = X @ V                                     # (n, k)
    slope_w0 = error.mean()
    slope_w = X.T @ error / len(y)
    ### BEGIN SOLUTION: slope_V = ...
    slope_V = X.T @ (error[:, None] * sums)          # x_i times the inner sum
    slope_V -= ((X**2).T @ error)[:, None] * V       # less each column's own share
    slope_V /= len(y)                                # the mean over the rows
    ### END SOLUTION
    return slope_w0, slope_w, slope_V

check("E4.2", gradients)

# %%
# hint("E4.2")      # stuck? remove the first "#" and run; each time tells a little more
# solution("E4.2")

# %% [markdown]
# ## 5. Trust no gradient
#
# A wrong gradient rarely crashes. It learns a little, slowly, and you blame the data. So check it: move one parameter
# by a tiny $\varepsilon$ both ways, and see how much the loss really changes.
#
# **E4.3** Write the central difference $\big(f(\theta + \varepsilon) - f(\theta - \varepsilon)\big) / 2\varepsilon$.

# %%
def central_difference(f, theta, epsilon=1e-5):
    """Slope of the function f at the number theta, measured."""
    ### BEGIN SOLUTION
    return (f(theta + epsilon) - f(theta - epsilon)) / (2 * epsilon)
    ### END SOLUTION

check("E4.3", central_difference)

# %%
# hint("E4.3")      # stuck? remove the first "#" and run; each time tells a little more
# solution("E4.3")

# %% [markdown]
# Now every entry of `V`, one at a time, against the formula.

# %%
def measured_slope_V(X, y, w0, w, V, epsilon=1e-5):
    """The gradient of V by central differences: 2·d·k evaluations of the loss."""
    slope = np.zeros_like(V)
    for place in np.ndindex(V.shape):
        nudge = np.zeros_like(V)
        nudge[place] = epsilon
        up = np.mean((lesson.predict(X, w0, w, V + nudge) - y) ** 2) / 2
        down = np.mean((lesson.predict(X, w0, w, V - nudge) - y) ** 2) / 2
        slope[place] = (up - down) / (2 * epsilon)
    return slope

# %% tags=["nbval-check-output"]
formula = lesson.gradients(X_toy, y_toy, w0, w, V)[2]
measured = measured_slope_V(X_toy, y_toy, w0, w, V)
print("V | largest difference below 1e-8:", abs(formula - measured).max() < 1e-8)

# %% [markdown]
# ## 6. A neutral start that is not
#
# Training moves each parameter a little against its slope, again and again. Where should it begin? Zeros look fair:
# they favour nobody.

# %%
predict("P4.2")

# %% tags=["nbval-check-output"]
w0_z, w_z, V_z = 0.0, np.zeros(7), np.zeros((7, 2))
for _ in range(1000):
    slope_w0, slope_w, slope_V = lesson.gradients(X_toy, y_toy, w0_z, w_z, V_z)
    w0_z = w0_z - 0.1 * slope_w0
    w_z = w_z - 0.1 * slope_w
    V_z = V_z - 0.1 * slope_V
print("largest entry of V after 1,000 steps:", abs(V_z).max())

# %%
reveal("P4.2", float(abs(V_z).max()))

# %% [markdown]
# With $V = 0$ every inner sum is 0, so every slope of $V$ is exactly 0, for ever. The machine stays linear and never
# learns a pair. That is why $V$ starts with small random numbers.

# %% [markdown]
# ## 7. Train on something larger
#
# Seven ratings cannot show learning curves: nothing is left over to judge with. So we take the course's **made-up
# sample**: ratings drawn from a factorization machine that we know. They look like MovieLens and describe nobody.
# Because we know the truth, we also know the lowest error to hope for: that of the true parameters themselves.

# %%
from course_utils.datasets import sample
from course_utils.evaluate.split import split_by_hash

made_up = sample.load()
learn_rows, judge_rows = split_by_hash(made_up.ratings, test_share=0.2)
sample_map = FeatureMap.fit(learn_rows, blocks=("user", "item"))
X_learn, y_learn = sample_map.transform(learn_rows), learn_rows["rating"].to_numpy()
X_judge, y_judge = sample_map.transform(judge_rows), judge_rows["rating"].to_numpy()

# %% tags=["nbval-check-output"]
print(f"{len(learn_rows):,} ratings to learn from, {len(judge_rows):,} to judge by")
print(f"{X_learn.shape[1]:,} columns")

# %% [markdown]
# One *epoch* goes once through all rows in random order, a few hundred at a time (a *mini-batch*), and takes one step
# after each. `lesson.sgd` does what section 6 did by hand, batch by batch. It can also pull $w$ and $V$ a little
# towards zero in every step (*regularisation*, `lambda_w` and `lambda_V`); for now both are off. The learning rate `lr`
# may be large here: a slope is a mean over the batch, and each column is hot in only a few of its rows.
#
# After every epoch the error is measured on both sets of rows, as **RMSE**: square the errors, take the mean, take the
# root. It reads as "about so many stars off".

# %%
fitted = lesson.sgd(
    X_learn, y_learn, validation=(X_judge, y_judge),
    k=8, epochs=30, batch_size=200, lr=5.0, lambda_w=0, lambda_V=0, seed=7,
)

# %% [markdown]
# The error on the learning rows falls from epoch to epoch. Does the error on the judging rows follow it all the way?

# %%
predict("P4.3")

# %%
from course_utils.plots import learning_curves, show

learn_rmse = [epoch.metrics["train_loss"] for epoch in fitted.history]
judge_rmse = [epoch.metrics["validation_loss"] for epoch in fitted.history]
best = int(np.argmin(judge_rmse))
figure = learning_curves(
    learn_rmse, judge_rmse, title="After a while it learns its own rows by heart"
)
show(
    figure,
    alt=f"RMSE by epoch. Learning rows: falls to {learn_rmse[-1]:.2f}. "
    f"Judging rows: lowest at epoch {best + 1} with {judge_rmse[best]:.2f}, "
    f"ends at {judge_rmse[-1]:.2f}",
)

# %% tags=["nbval-check-output"]
print(f"learning rows: {learn_rmse[0]:.2f} at first, {learn_rmse[-1]:.2f} at last")
print(f"judging rows:  {judge_rmse[best]:.2f} at best, {judge_rmse[-1]:.2f} at last")
print(f"lowest reachable on made-up data: {sample.truth().rmse:.2f}")

# %%
reveal("P4.3", judge_rmse)

# %% [markdown]
# Falling error on the rows you learn from proves that you can memorise. Keep the parameters of the epoch where the
# error on the *judging* rows was lowest: that is **early stopping**. `lesson.sgd` does so: `fitted.params` are those.
#
# And the gap that is left to the lowest reachable error? That one needs the true parameters. Ours had to be guessed from
# the learning rows, and regularisation helps with guessing: see *Frob* below.

# %%
quiz("Q4")

# %%
record("sample.fm_sgd.rmse", judge_rmse[best])

# %% [markdown]
# ## Recap
#
# - The double loop is the definition; $\frac12\sum_f[(\sum)^2 - \sum(\cdot)^2]$ is the same number in linear time.
# - A column that is 0 in a row costs nothing and learns nothing from it.
# - Every gradient gets checked by finite differences before it is trusted.
# - $V$ never starts at zero, and training error never decides when to stop.
#
# **Tweak** `k` to 0 and run section 7 again: what is left is a linear model.
# **Twiddle** the learning rate: ten times smaller, twice as large.
# **Frob** the regularisation: set `lambda_V` to 0.0001 and watch the gap between the two curves.
#
# *In practice…* you would use a compiled solver, and one that chooses a step length of its own for every parameter, such
# as Adam. Lesson 05 does, and lesson 09 lets SageMaker do it.
