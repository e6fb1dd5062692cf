# %% [markdown]
# # Build a factorization machine in NumPy
#
# **You will** write the whole machine yourself: prediction, gradients, training. Each piece is checked against the
# mathematics before the next one leans on it. Then you train it on ratings, hunt four bugs, and turn it to yes and no.
#
# **You need** Python with NumPy: matrix products and broadcasting. Lesson 02 helps, and is not required.
#
# **Time** 70 minutes: 18 reading, 34 doing, 18 discussing. The minutes stand beside the headings.
#
# | id | after this lesson you can |
# |---|---|
# | O4.1 | predict with a factorization machine, in linear time |
# | O4.2 | write its gradients |
# | O4.3 | check a gradient numerically |
# | O4.4 | train with mini-batches and stop at the right moment |
# | O4.5 | switch the same machine to yes and no, with log-loss |

# %% [markdown] tags=["notes"]
# **Before class.** Font 18. The lesson needs no network; its larger data are made up and come with the course.
# **Arc.** Slow and right (2), fast and equal (3), slopes (4) and a judge for slopes (5), a start (6), training (7, 8), and
# what goes wrong in silence (9). Section 10 changes one line and gets a classifier.
# **If late.** Skip section 2's prediction and E4.3 (show the solution). Section 10 can wait for lesson 07. Never skip
# section 5: "it learns, so it must be right" is the costliest belief here.

# %% [markdown]
# ## 1. Read the equation (3 min)
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
# We begin with the seven ratings of Rendle's example, as one-hot rows: three user columns, then four film columns. Each
# row has two ones. (`FeatureMap` makes such rows; lesson 05 takes it apart.)

# %%
import numpy as np

from course_utils.datasets import rendle
from course_utils.encode import FeatureMap
from course_utils.learn import (
    check, hint, parsons, predict, quiz, record, reveal, solution,
)

seven = rendle.load()
toy_map = FeatureMap.fit(seven.ratings, blocks=("user", "item"))
X_toy = toy_map.transform(seven.ratings).toarray()
y_toy = seven.ratings["rating"].to_numpy()

# %% tags=["nbval-check-output"]
print(toy_map.column_names)
print(X_toy.astype(int))

# %% [markdown]
# ## 2. Predict, word by word (5 min)
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

# %%
d = 10_334
reveal("P4.1", d * (d - 1) // 2 / 1e6)

# %% [markdown]
# ## 3. Predict in linear time (7 min)
#
# All pairs, without visiting one of them (lesson 03 proves it). The square of a sum already contains every pair, twice,
# and each term with itself, once. Take the latter away and halve:
#
# $$\sum_{i<j}\langle v_i, v_j\rangle x_i x_j
#   = \frac12\sum_{f=1}^{k}\left[\Big(\sum_i v_{if}\,x_i\Big)^2 - \sum_i v_{if}^2\,x_i^2\right]$$
#
# That is exact, not an approximation, and its cost grows with $d \cdot k$ instead of $d^2 \cdot k$.
#
# **E4.1** Write it for all rows of a matrix at once. `X @ V` gives the inner sums $\sum_i v_{if}\,x_i$: for each row of `X`,
# $k$ numbers. Do not forget $w_0$ and the linear part. (Stuck? Type `hint("E4.1")` into a new cell: three hints, each
# stronger than the last, and then `solution("E4.1")`.)

# %%
def predict_rows(X, w0, w, V):
    """Scores (n,) of all rows X : (n, d), without any loop over pairs."""
    ### BEGIN SOLUTION
    sums = X @ V                       # 1  one number per row and factor
    squares = (X**2) @ (V**2)          # 2  each term with itself
    return w0 + X @ w + 0.5 * (sums**2 - squares).sum(axis=1)
    ### END SOLUTION

check("E4.1", predict_rows)

# %% [markdown]
# From here on we use the packaged version, so that the lesson goes on whether or not yours is finished.
# It lives in `course_utils/fm/lesson.py`, where each function fits on one screen. Does it agree with the slow judge?

# %% tags=["live", "nbval-check-output"]
from course_utils.fm import lesson

fast = lesson.predict(X_toy, w0, w, V)
print("the same as the double loop:", np.allclose(fast, by_loop))

# %% [markdown] tags=["notes"]
# **Expected slips.** No ½; `X` not squared (hidden by one-hot rows, found by the check's other values); `.sum()` over
# everything. Ask: "Which shape has `X @ V`? And after `.sum(axis=1)`?" Shapes spoken aloud find most errors here.

# %% [markdown]
# ## 4. Ask which way is down (8 min)
#
# A *gradient* holds one slope for each parameter: how much the error grows when that parameter grows a little. We measure
# the error of a prediction with $\frac12(\hat y - y)^2$. Its slope along any parameter $\theta$ is
# $(\hat y - y)\,\partial \hat y / \partial \theta$, and the second factor is
#
# $$\frac{\partial \hat y}{\partial w_0} = 1 \qquad
#   \frac{\partial \hat y}{\partial w_i} = x_i \qquad
#   \frac{\partial \hat y}{\partial v_{if}} = x_i \Big(\sum_j v_{jf}\,x_j\Big) - v_{if}\,x_i^2$$
#
# For the last one, take the linear-time form: the square gives the first part, what was taken away gives the second.
# A column with $x_i = 0$ has no slope: **nothing is learned about what did not happen**, and a
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

# %% [markdown]
# ## 5. Trust no gradient (8 min)
#
# Suppose that you forgot the last part of the third formula, $-\,v_{if}\,x_i^2$. Then `V` takes a wrong direction at
# every step. We train twice on the seven ratings, 200 steps each: once with the right slopes, once with the wrong ones.
# After each step `lesson.loss` tells the error, as **RMSE**: square the errors, take the mean, take the root. It reads as
# "about so many stars off". What will it do in the second run?

# %%
predict("P4.2")

# %%
def wrong_gradients(X, y, w0, w, V):
    """Like lesson.gradients, but V lacks its last part."""
    slope_w0, slope_w, slope_V = lesson.gradients(X, y, w0, w, V)
    error = (lesson.predict(X, w0, w, V) - y) / len(y)
    return slope_w0, slope_w, slope_V + ((X**2).T @ error)[:, None] * V

def errors_by_step(slopes_of, w0=3.0, lr=0.1, steps=200):
    w, V = np.zeros(7), np.random.default_rng(7).normal(0, 0.5, (7, 2))
    errors = []
    for _ in range(steps):
        slope_w0, slope_w, slope_V = slopes_of(X_toy, y_toy, w0, w, V)
        w0, w, V = w0 - lr * slope_w0, w - lr * slope_w, V - lr * slope_V
        errors.append(lesson.loss(X_toy, y_toy, w0, w, V))
    return errors

# %%
from course_utils.plots import line_chart, show

by_slopes = {"right slopes": errors_by_step(lesson.gradients),
             "wrong slopes of V": errors_by_step(wrong_gradients)}
figure = line_chart(range(1, 201), by_slopes, xlabel="step", ylabel="RMSE in stars",
                    title="A wrong gradient learns, too")
show(figure, alt="Two falling lines, error on the seven ratings by step. Both end "
                 "near 0, the one with the wrong slopes a little later.")
reveal("P4.2", by_slopes["wrong slopes of V"])

# %% [markdown]
# Nothing crashed, nothing warned, and the error went to about 0. **A falling error does not prove a gradient right.** On
# a larger problem the wrong one costs you accuracy, and you blame the data.
#
# So check each gradient against something independent: move one parameter by a tiny $\varepsilon$ both ways, and see how
# much the loss really changes.
#
# **E4.3** Write the central difference $\big(f(\theta + \varepsilon) - f(\theta - \varepsilon)\big) / 2\varepsilon$.

# %%
def central_difference(f, theta, epsilon=1e-5):
    """Slope of the function f at the number theta, measured."""
    ### BEGIN SOLUTION
    return (f(theta + epsilon) - f(theta - epsilon)) / (2 * epsilon)
    ### END SOLUTION

check("E4.3", central_difference)

# %% [markdown]
# Now every entry of `V`, one at a time, against the formula. One line says what came out.

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
def compare(name, formula, measured):
    gap = np.abs(formula - measured).max()
    size = "below 1e-8" if gap < 1e-8 else f"{gap:.1f}"
    result = "OK" if gap < 1e-8 else "WRONG"
    print(f"{name:16} | largest difference {size:10} | {result}")

measured_V = measured_slope_V(X_toy, y_toy, w0, w, V)
compare("V", lesson.gradients(X_toy, y_toy, w0, w, V)[2], measured_V)
compare("V, last part off", wrong_gradients(X_toy, y_toy, w0, w, V)[2], measured_V)

# %% [markdown]
# Where the learning curve saw nothing, this line does not hesitate. Put your own `gradients` in the place of
# `lesson.gradients` and run the cell again.

# %% [markdown] tags=["notes"]
# **Ask before the figure:** hands up for *crash*, *stuck*, *falls*. Then: "How would you have noticed, at work?" Wanted:
# a check against something that was not derived by the same person in the same hour.
# Central differences are for testing, not for training: each entry costs two evaluations of the loss.

# %% [markdown]
# ## 6. Start from zeros? (4 min)
#
# Training moves each parameter a little against its slope, again and again. Where should it begin? Zeros look fair:
# they favour nobody.

# %%
predict("P4.3")

# %% tags=["nbval-check-output"]
w0_z, w_z, V_z = 0.0, np.zeros(7), np.zeros((7, 2))
for _ in range(1000):
    slope_w0, slope_w, slope_V = lesson.gradients(X_toy, y_toy, w0_z, w_z, V_z)
    w0_z = w0_z - 0.1 * slope_w0
    w_z = w_z - 0.1 * slope_w
    V_z = V_z - 0.1 * slope_V
print("largest entry of V after 1,000 steps:", abs(V_z).max())

# %%
reveal("P4.3", float(abs(V_z).max()))

# %% [markdown]
# With $V = 0$ every inner sum is 0, so every slope of $V$ is exactly 0, for ever. The machine stays linear and never
# learns a pair. That is why $V$ starts with small random numbers.

# %% [markdown]
# ## 7. Train on something larger (8 min)
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
# Section 6 used all rows for every step. With 60,000 rows that is slow, and a few hundred rows, drawn by chance, give
# nearly the same slopes. So one step takes a **mini-batch**. One **epoch** goes once through all rows in random order,
# batch after batch. This is *stochastic gradient descent*, **SGD**.
#
# **E4.4** One step of SGD, from the shuffled rows to the judged result. Put the lines in order. (`slopes_from` stands for
# the three slopes that you wrote out in E4.2.)

# %%
parsons("E4.4")

# %% [markdown]
# `lesson.sgd` repeats that step. The step length `lr` (*learning rate*) may be large here: a slope is a mean over the
# batch, and each column is hot in only a few of its rows. It can also pull $w$ and $V$ a little towards zero in every
# step (**regularisation**, `lambda_w` and `lambda_V`); for now both are off. After every epoch the RMSE is measured on
# both sets of rows.

# %%
fitted = lesson.sgd(
    X_learn, y_learn, validation=(X_judge, y_judge),
    k=8, epochs=30, batch_size=200, lr=5.0, lambda_w=0, lambda_V=0, seed=7,
)

# %% [markdown]
# The error on the learning rows falls from epoch to epoch. Does the error on the judging rows follow it all the way?

# %%
predict("P4.4")

# %%
from course_utils.plots import learning_curves

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
reveal("P4.4", judge_rmse)

# %% tags=["nbval-check-output"]
print(f"learning rows: {learn_rmse[0]:.2f} at first, {learn_rmse[-1]:.2f} at last")
print(f"judging rows:  {judge_rmse[best]:.2f} at best, {judge_rmse[-1]:.2f} at last")
print(f"lowest reachable on made-up data: {sample.truth().rmse:.2f}")
record("sample.fm_sgd.rmse", judge_rmse[best])

# %% [markdown]
# Falling error on the rows you learn from proves that you can memorise. Keep the parameters of the epoch where the
# error on the *judging* rows was lowest: that is **early stopping**. `lesson.sgd` does so: `fitted.params` are those.
#
# And the gap that is left to the lowest reachable error? That one needs the true parameters. Ours had to be guessed from
# the learning rows, and regularisation helps with guessing. Try it in the bench below. (Books call the two curves
# *training* and *validation* error. Judging many settings by the same rows wears those out as well: lesson 09 keeps a
# third part.)

# %% [markdown] tags=["notes"]
# **M15** is the one to win: "training error fell, so it is better". Cover the dashed line with a hand, ask who would stop
# where, uncover it. The Parsons line that learners misplace is the last: judged before the step, or on the same batch.

# %% [markdown]
# ## 8. Run the training bench (7 min)
#
# Forty users and sixty films of the made-up sample, small enough to **train anew whenever you release a slider**. You set
# the number of factors $k$, the learning rate, both $\lambda$ and the number of epochs. The curve of your run before
# stays as a thin line, to compare with. The bench opens when you have locked in an answer.

# %%
from course_utils.widgets import TrainingBench

TrainingBench()

# %% [markdown]
# **Three questions for the bench**
#
# 1. Raise the **learning rate** from 0.1 notch by notch. Where does a longer step save time? From where on does it change
#    where you *end*? What happens at 50?
# 2. Back to 2. Set **k** to 0, to 2, to 16. Which of the two lines gains with every factor, and which does not? Why has
#    $k = 0$ so little to fear from the last epochs?
# 3. With $k = 8$, raise the **λ for V** notch by notch. Where is the best error, and is it better than stopping early
#    without λ? Then pull it to the far end: which earlier curve is that, and why?

# %%
from course_utils.widgets import training_bench

best_errors = {}
for lr in (0.1, 1, 2, 5, 20, 50):
    run = training_bench.train(k=8, lr=lr)
    best_errors[lr] = min(run.judging)
    print(f"learning rate {lr:3}: {training_bench.verdict(run)}")
reveal("P4.5", (best_errors[2], best_errors[20]))

# %% [markdown]
# From 1 to 5 it is speed: the same low point, sooner. **Outside, the learning rate decides where you end.** Too short a
# step, and the epochs are over before the low point. Too long, and each step jumps across the valley: the run stays
# higher, or *diverges*, every step undoing more than it gained.

# %% [markdown] tags=["notes"]
# **Say M16 aloud** before they slide: "the learning rate only changes speed". Between 1 and 5 that is nearly true,
# which is why people believe it. Question 3's far end: V is pulled to 0, and what is left is the curve of k = 0.

# %% [markdown]
# ## 9. Hunt four bugs (8 min)
#
# This code runs, and complains about nothing. Four of its ten numbered lines are wrong; each fault is one that people
# really make.

# %%
def scores_of(X, w0, w, V):
    sums, squares = X @ V, X**2 @ V**2                         # 1
    return w0 + X @ w + (sums**2 - squares).sum(axis=1)        # 2

def train(X, y, X_judge, y_judge, k=2, epochs=300, lr=0.2, pull=0.1):
    w0, w = y.mean(), np.zeros(X.shape[1])                     # 3
    V, history = np.zeros((X.shape[1], k)), []                 # 4
    for _ in range(epochs):
        slopes = lesson.gradients(X, y, w0, w, V)              # 5
        w0 = w0 - lr * (slopes[0] + pull * w0)                 # 6
        w = w - lr * (slopes[1] + pull * w)                    # 7
        V = V - lr * (slopes[2] + pull * V)                    # 8
        error = scores_of(X, w0, w, V) - y                     # 9
        history.append(np.sqrt(np.mean(error**2)))             # 10
    return w0, w, V, history

# %% [markdown]
# Four tests, each for one fault. Five of the seven ratings are for learning, two for judging. (Test B: in a row of `V`
# that has learned, the two factors differ.)

# %% tags=["nbval-check-output"]
def report(test, fine):
    print(f"{test:50} | {'OK' if fine else 'WRONG'}")

five, two = slice(0, 5), slice(5, 7)
w0_t, w_t, V_t, history = train(X_toy[five], y_toy[five], X_toy[two], y_toy[two])
on_two = scores_of(X_toy[two], w0_t, w_t, V_t) - y_toy[two]
on_five = lesson.predict(X_toy[five], w0_t, w_t, V_t) - y_toy[five]
report("A  scores agree with the double loop",
       np.allclose(scores_of(X_toy, w0, w, V), by_loop))
report("B  each factor of V has learned its own", np.ptp(V_t, axis=1).max() > 0.01)
report("C  on average the learned ratings are met", abs(on_five.mean()) < 0.02)
report("D  the history is the error of the judging rows",
       np.isclose(history[-1], np.sqrt(np.mean(on_two**2))))

# %% [markdown]
# **E4.5 Bug hunt.** Which line is guilty of which `WRONG`? Replace each `...` by a line number. Then mend the four lines in
# their cell, and run it and the report again until all say `OK`.

# %%
### BEGIN SOLUTION: guilty = {"A": ..., "B": ..., "C": ..., "D": ...}
guilty = {"A": 2, "B": 4, "C": 6, "D": 9}
### END SOLUTION

check("E4.5", guilty)

# %% [markdown] tags=["notes"]
# **One fault hid another:** with V = 0 the missing ½ does no harm, since there are no pairs to halve. Whoever mends B alone
# makes the scores worse. Ask for a tell-tale of D: two arguments of `train` are never used. An editor greys them out.
# Why is w0 not pulled? It carries the mean; pulling it to 0 claims that an unknown film deserves 0 stars (M01 again).

# %% [markdown]
# ## 10. Change the error, keep the machine (8 min)
#
# Often the answer is not a number of stars but yes or no: liked or not, clicked or not. Let us call four stars and more
# *liked*: $y = 1$, else $y = 0$. The score $\hat y$ may be any number, so it goes through the **sigmoid** and becomes a
# probability:
#
# $$p = \sigma(\hat y) = \frac{1}{1 + e^{-\hat y}}$$
#
# How wrong was $p$? The **log-loss** asks how surprised it must be: $-\log p$ if the answer is 1, $-\log(1 - p)$ if it
# is 0. Near 0 when it was sure and right; without limit when it was sure and wrong.
#
# Now think of a single row with score 8 that was *not* liked. With the squared error, the slope along the score was
# $\hat y - y = 8$. And with log-loss?

# %%
predict("P4.6")

# %%
def sigmoid(score):
    """Any score becomes a probability between 0 and 1."""
    return 1 / (1 + np.exp(-score))

def log_loss(score, y):
    """How surprised the probability of `score` is by the answer y, 0 or 1."""
    p = sigmoid(score)
    return -y * np.log(p) - (1 - y) * np.log(1 - p)

# %% [markdown]
# **E4.6** Write the slope of `log_loss` along the *score*. Paper and chain rule lead there ($\sigma' = \sigma\,(1-\sigma)$,
# and most of it cancels). Or guess, and let the check judge: it has central differences. All of `score` and `y` may be
# arrays.

# %%
def slope_of_log_loss(score, y):
    """How the log-loss changes with the score. score, y : (n,), y is 0 or 1."""
    return sigmoid(score) - y  ### SOLUTION: return ...

check("E4.6", slope_of_log_loss)

# %% [markdown]
# It is *said minus true* again, as in section 4. So **one line of the gradient changes**: the score goes through
# $\sigma$ before $y$ is taken off. The slopes of $w_0$, $w$ and $V$ keep their formulas.

# %%
scores = np.linspace(-8, 8, 81)
pulls = {"squared error": scores, "log-loss": sigmoid(scores)}
figure = line_chart(scores, pulls, xlabel="score of a row that was not liked (y = 0)",
                    ylabel="slope along the score",
                    title="With log-loss no single row pulls harder than 1")
show(figure, alt="Slope along the score for a row with y = 0. With the squared error a "
                 "straight line from -8 to 8. With log-loss an S from 0 up to 1, "
                 "level at both ends.")
reveal("P4.6", sigmoid(8.0))

# %% [markdown]
# Slopes are smaller now, so steps may be longer. We train on the made-up sample once more, with the 0s and 1s. The bar to
# beat: say the same probability for every row, the share of likes.

# %% tags=["nbval-check-output"]
liked_learn, liked_judge = (y_learn >= 4).astype(float), (y_judge >= 4).astype(float)
likes = lesson.sgd(
    X_learn, liked_learn, validation=(X_judge, liked_judge), task="binary_classifier",
    k=8, epochs=8, batch_size=200, lr=20.0, lambda_w=0, lambda_V=0, seed=7,
)
share = liked_learn.mean()
same_for_all = np.log(share / (1 - share))           # the score whose sigmoid is share
like_losses = [epoch.metrics["validation_loss"] for epoch in likes.history]
to_beat = log_loss(same_for_all, liked_judge).mean()
print(f"share of likes {share:.2f}; log-loss of saying so every time {to_beat:.2f}")
print(f"log-loss of the machine, at its best epoch: {min(like_losses):.2f}")

# %% [markdown]
# Same machine, same training, another error. Lesson 07 predicts clicks with it, and shows what else a probability must
# be before money depends on it.

# %% [markdown] tags=["notes"]
# **Why is the bound good news?** One mislabelled row with a wild score cannot throw the model. And: what would the squared
# error do to a *right* answer with score 8 and y = 1? (Pull it back by 7: it punishes being sure and right.)

# %% [markdown]
# ## 11. Check yourself (4 min)
#
# Seven questions; a wrong answer tells you why it is tempting. Nothing is counted or kept.

# %%
quiz("Q4")

# %% [markdown]
# ## In practice …
#
# * **Compiled solvers** do the same steps many times as fast, and can choose a step length of their own for every
#   parameter, as Adam does. Lesson 06 uses one; lesson 09 lets SageMaker do it.
# * **Early stopping is a setting, too.** Whoever stops where the judging rows are happiest has used those rows up. Report
#   the error of a third part that nobody has looked at.
# * **Check gradients in double precision.** With 32-bit numbers and an $\varepsilon$ this small, rounding
#   eats the difference.
# * **A run that diverges is good luck:** you see it. A learning rate somewhat too long costs you in silence. Try a few,
#   each ten times the last, then a few between.
#
# ## Tweak, twiddle, frob
#
# * **Tweak** one number: `k=0` in section 7. What is left is a linear model. Does it still learn its rows by heart?
# * **Twiddle** the data: call three and a half stars *liked*. What becomes of the bar to beat, and why is it easier or
#   harder to be better than the bar?
# * **Frob** the training: `lambda_V=0.0001` in section 7, with 60 epochs. Who wins, early stopping or regularisation, and
#   what do both together do?
#
# ## To keep
#
# | | |
# |---|---|
# | **A prediction** | $w_0$, weights, and ½ Σ of square of sums minus sum of squares. The double loop is its judge. |
# | **A gradient** | *said minus true*, times how the score depends on the parameter. A column at 0 learns nothing. |
# | **A check** | central differences. A falling error proves no gradient right. |
# | **A start** | $w_0$ at the mean, $w$ at 0, $V$ small and random. Never $V = 0$. |
# | **A stop** | where the error on rows kept back is lowest. |
# | **Yes or no** | sigmoid, log-loss, and the same slopes. |
#
# Next: lesson 05 makes such rows from a hundred thousand real ratings.
