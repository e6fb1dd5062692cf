# %% [markdown]
# # Rate ten films, get your own list
#
# **You will** give stars to about ten films and get ten recommendations that are yours, each with its reasons; then
# open the machine, compute your own numbers in five lines, and measure what such a list is worth.
#
# **You need** Python, pandas, and a little NumPy. Lessons 02 and 06 help, and are not required.
#
# **Time** 60 minutes: 15 reading, 28 doing, 17 discussing. The minutes stand beside the headings.
#
# | id | after this lesson you can |
# |---|---|
# | O11.1 | fold a newcomer into a trained machine with one small regression |
# | O11.2 | measure what a newcomer's ratings are worth, and say which to ask for |
# | O11.3 | find films like a film, and say what "alike" means to the machine |
# | O11.4 | explain a recommendation by your own ratings, and say what that explanation is not |
# | O11.5 | serve people and films that training has never seen |

# %% [markdown] tags=["notes"]
# **Before class.** Font 18, light theme, sidebar closed. The lesson runs without a network, then on made-up films.
# **Arc.** The reward comes first (section 1). Let everybody rate and show their neighbour. Then: how, how good, why.
# **If late.** Skip section 4. Never skip section 3: it is the honest one.

# %% [markdown]
# ## 1. Rate ten films (8 min)
#
# [MovieLens](https://grouplens.org/datasets/movielens/) is a set of film ratings that GroupLens, at the University of
# Minnesota, collects and shares. If a box says *made-up*, the films below do not exist; what the lesson says holds all
# the same, and where the two differ it says so.

# %%
import numpy as np
import pandas as pd

from course_utils.datasets import movielens
from course_utils.learn import check, hint, notice, predict, quiz, reveal, solution

data = movielens.load("ml-latest-small")
ratings = data.ratings
notice(data)

# %% [markdown]
# Train a factorization machine on everybody in the data. `FactorizationMachine`, in `course_utils/estimator`, wraps the
# solvers of this course; `als` fits users and films in turns, and `lambda_V` keeps the vectors small. `sides=("genre",)`
# tells it the genres of each film: section 6 says how.

# %%
from course_utils.estimator import FactorizationMachine

def trained(rows, seed=0):
    """A machine with 8 factors that has learned from these rows."""
    machine = FactorizationMachine("als", num_factors=8, epochs=15, sides=("genre",),
                                   solver_options={"lambda_V": 8}, random_state=seed)
    return machine.fit(rows, items=data.items)

machine = trained(ratings)
params, feature_map = machine.params_, machine.feature_map_
print(f"{len(ratings):,} ratings, {params.feature_dim:,} columns, none of them yours")

# %% [markdown]
# The machine has a column for each user that it was trained with. You have none. You come now, after training, with ten
# ratings.

# %%
predict("P11.1")

# %% [markdown]
# Here is the desk. Press **Rate them myself**, then give stars to about ten films that you have seen; what you have not
# seen, leave. The second list holds twenty more, and the third. Tab goes from film to film, a digit gives the stars.
#
# **Your ratings stay with you**: in the memory of this notebook's kernel. They are not sent and not stored, and a restart
# forgets them.

# %%
from course_utils.widgets import RateTenFilms

lab = RateTenFilms(params, feature_map, data)
lab

# %% [markdown]
# **Three questions for the desk**
#
# 1. Rate **one** film. How many places of everybody's list are left? And after three, five, ten?
# 2. Give **all** your films 5 stars, then change one of them to 1. What does the low rating do to the list?
# 3. Look at *what pushed it*. Find a film that a **low** rating pushed up. Does the reason convince you?

# %% [markdown] tags=["notes"]
# **Let them play (5 min),** then collect: "Whose list has a film that you love? One that you would never watch?" Both
# happen, and section 3 says how often.
# **Answers.** 1: the list moves with the first rating already. 2: look at *what pushed it*: is the odd one out on top?
# 3: two stars for a film push up what its lovers dislike; many find that the oddest reason, and section 3 defends it.

# %% [markdown]
# ## 2. Find your own numbers (11 min)
#
# The machine's score for you and film $i$ (lesson 02) has four terms:
#
# $$\hat y = w_0 + w_\text{you} + w_i + \langle v_\text{you}, v_i\rangle$$
#
# $w_0$, $w_i$ and $v_i$ are trained. Only **your** numbers are missing: one weight $w_\text{you}$ and $k$ factors
# $v_\text{you}$. Put what is known on the left:
#
# $$\underbrace{y_i - w_0 - w_i}_{r_i} \;\approx\; w_\text{you}\cdot 1 + \langle v_\text{you}, v_i\rangle$$
#
# That is a plain linear regression. Each of your ratings is a row $(1, v_i)$ of a matrix $H$, and what it should give is
# $r_i$: how far your stars are from what the film gets from everyone. Ten rows and nine unknowns would fit noise, so
# large numbers cost something: minimise $\lVert r - H\theta\rVert^2 + \lambda\lVert\theta\rVert^2$. This is **ridge
# regression**, and its answer solves
#
# $$(H^\top H + \lambda I)\,\theta = H^\top r, \qquad \theta = (w_\text{you}, v_\text{you})$$
#
# By hand once, with one factor and no weight: you rated two films, $v_1 = 1$ and $v_2 = -1$. You gave the first one star
# more than everyone, $r_1 = 1$, and the second one star less, $r_2 = -1$. With $\lambda = 2$, what is $v_\text{you}$?

# %%
predict("P11.2")

# %%
H_paper, r_paper = np.array([[1.0], [-1.0]]), np.array([1.0, -1.0])
v_paper = (H_paper.T @ r_paper)[0] / ((H_paper.T @ H_paper)[0, 0] + 2)
reveal("P11.2", v_paper)

# %% [markdown]
# **E11.1** Now for any $H$ (n, 1 + k) and $r$ (n,). `np.linalg.solve(A, b)` finds the $\theta$ with $A\theta = b$. Fill
# the gaps. Stuck? Type `hint("E11.1")` into a new cell: there are three hints, each stronger than the last, and then
# `solution("E11.1")`. Every exercise has them.

# %%
def ridge(H, r, lam):
    """The theta (1 + k,) that minimises |r - H theta|^2 + lam |theta|^2."""
    identity = np.eye(H.shape[1])
    A = H.T @ H + lam * identity  ### SOLUTION: A = ... + lam * ...
    b = H.T @ r                   ### SOLUTION: b = ...
    return np.linalg.solve(A, b)

check("E11.1", ridge)

# %% [markdown]
# Written once more, so that the lesson goes on in any case. `item_vectors`, in `course_utils/recommend`, lists a row
# $(v_i, w_i)$ for each film. $\lambda$ weighs noise against taste: the larger it is, the more ratings it takes to move
# you away from everybody. 3 is a fair value here.

# %%
from course_utils.recommend import item_vectors

def solve_ridge(H, r, lam=3.0):
    return np.linalg.solve(H.T @ H + lam * np.eye(H.shape[1]), H.T @ r)

def regression_of(own, films, w0):
    """H and r of one person's ratings."""
    rows = films.X[films.ids.get_indexer(own["item"])]
    H = np.column_stack([np.ones(len(own)), rows[:, :-1]])
    return H, own["rating"].to_numpy() - w0 - rows[:, -1]

# %% tags=["live"]
films, w0 = item_vectors(params, feature_map), params.w0
mine = lab.ratings
if mine.empty:
    print("No stars are given yet: the made-up viewer stands in for you.")
    mine = lab.example

H, r = regression_of(mine, films, w0)
you = solve_ridge(H, r)
print("w:", you[0].round(2), " v:", you[1:].round(2))

# %% [markdown]
# Those are your numbers. You sit among the trained users now, and nothing else has moved. This is called **folding in**.
# (Changed your stars? Run this cell and those below again: `lab.ratings` holds what stands there now.)
#
# `fold_in` of the package does the same with one refinement: how large people's numbers are, and which of them go
# together, it learns from the trained users, where we say $\lambda = 3$. And how long does it take, compared with
# training again?

# %%
from time import perf_counter

from course_utils.recommend import fold_in

def milliseconds(work):
    start = perf_counter()
    work()
    return 1000 * (perf_counter() - start)

print(f"train again {milliseconds(lambda: trained(ratings)):9.2f} ms")
print(f"fold_in     {milliseconds(lambda: fold_in(params, feature_map, mine)):9.2f} ms")
print(f"by hand     {milliseconds(lambda: solve_ridge(H, r)):9.2f} ms")
reveal("P11.1", "Find the newcomer's own numbers, all else as trained")

# %% tags=["nbval-check-output"]
packaged = fold_in(params, feature_map, mine)
taste = films.X[:, :-1] @ np.column_stack([you[1:], packaged.v])
print("both say much the same of all films:", np.corrcoef(taste.T)[0, 1] > 0.8)

# %% [markdown]
# **E11.2 Bug hunt.** A colleague wrote `fold_in` as well. It runs, and its lists are bad. **Three** of the six lines are
# wrong. Which?
#
# ```
# def fold_in_slip(rated, stars, w0, w, V, lam):     # rated: places of the films
#     H = V[rated]                                   # A
#     H = np.column_stack([np.ones(len(H)), H])      # B
#     r = stars - stars.mean()                       # C
#     r[stars < 3] = 0     # they did not like it    # D
#     A = H.T @ H + lam                              # E
#     return np.linalg.solve(A, H.T @ r)             # F
# ```

# %%
faults = ["C", "D", "E"]  ### SOLUTION: faults = [...]
check("E11.2", faults)

# %% [markdown] tags=["notes"]
# **Expected.** C is the subtle one: `stars - stars.mean()` forgets $w_0$ and $w_i$, so that loving what everybody loves
# counts as a taste, and someone who gives only fives looks like someone who gives only ones. E adds lam to *every* entry.
# **Ask.** "What is left of the regression if the newcomer has rated nothing?" $\theta = 0$: everybody's list.

# %% [markdown]
# ## 3. Measure what your ratings are worth (14 min)
#
# A list that looks like you may still be wrong. So we play newcomer with people whose other ratings we know: leave 30
# users out of training, fold each one in from their first ten ratings, and judge on the ratings that follow. Ten draws,
# with ten seeds. (Each also hides 100 films, for section 6.)

# %%
counts = ratings["item"].value_counts()
well_known = counts.index[counts >= 20].sort_values()
others = np.setdiff1d(well_known, list(lab.stars))  # the films of the desk stay

def draw(seed):
    """A machine that never met 30 people and 100 films, and what was said of them."""
    rng = np.random.default_rng(seed)
    users = ratings["user"].unique()
    late = ratings["user"].isin(rng.choice(users, 30, replace=False))
    hidden = ratings["item"].isin(rng.choice(others, 100, replace=False))
    model = trained(ratings[~late & ~hidden], seed)
    return model, ratings[late & ~hidden], ratings[~late & hidden]

draws = [draw(seed) for seed in range(10)]

# %% [markdown]
# Each newcomer becomes a regression, as you did: their ratings in random order, with $H$ and $r$. Films that only
# newcomers rated are left out: the machine has never heard of them.

# %%
def newcomers(model, theirs, seed):
    """(ratings, H, r) of each newcomer, in random order; at most 110 ratings."""
    films = item_vectors(model.params_, model.feature_map_)
    known = theirs[theirs["item"].isin(films.ids)].sample(frac=1, random_state=seed)
    people = [own.head(110) for _, own in known.groupby("user")]
    return [(own, *regression_of(own, films, model.params_.w0)) for own in people]

drawn = [newcomers(model, theirs, seed)
         for seed, (model, theirs, _) in enumerate(draws)]

# %% [markdown]
# **One of them, step by step.** The first ten ratings find $\theta$; the ratings after them judge it. Why must the two
# not overlap?

# %%
own_one, H_one, r_one = drawn[0][0]
theta = solve_ridge(H_one[:10], r_one[:10])
miss = r_one[10:] - H_one[10:] @ theta
print(f"{len(r_one)} ratings: 10 to learn from, {len(miss)} to judge on")
print("the first misses, in stars:", miss[:5].round(1))
print(f"RMSE, the root of the mean squared miss: {(miss ** 2).mean() ** 0.5:.2f} stars")

# %% [markdown]
# Because nine numbers can fit ten ratings well, and still say nothing about the eleventh. Now the same for everybody. `choose`
# picks from the first ten ratings; the judging ratings stay the same. Without `taste` only one number of a newcomer is
# learned: how strict they are.

# %%
def kept_back(person, choose, taste=True):
    """Scores and stars of a newcomer's ratings after the first ten."""
    own, H, r = person
    stars = own["rating"].to_numpy()
    H = H if taste else H[:, :1]  # the column of ones alone
    picked = choose(stars[:10])
    miss = r - H @ solve_ridge(H[picked], r[picked])
    return (stars - miss)[10:], stars[10:]

def over_draws(measure, choose, taste=True):
    """The mean of a measure over the newcomers of each draw; (10,)."""
    return np.array([np.nanmean([measure(*kept_back(person, choose, taste))
                                 for person in people]) for people in drawn])

# %% [markdown]
# **First the error.** By how many stars will it shrink, from no rating to ten?

# %%
predict("P11.3")

# %%
def squared(scores, stars):
    return ((stars - scores) ** 2).mean()

def first(n):
    return lambda stars: slice(n)

GIVEN = [0, 1, 3, 5, 10]
folded = np.sqrt([over_draws(squared, first(n)) for n in GIVEN]).T
strict = np.sqrt([over_draws(squared, first(n), taste=False) for n in GIVEN]).T
drop = (folded[:, 0] - folded[:, -1]).mean()
reveal("P11.3", round(drop, 2))

# %%
from course_utils.plots import mean_and_range, show

before = folded[:, :1]  # each draw against itself: some are harder than others
fig = mean_and_range(GIVEN, {"strictness and taste": folded - before,
                             "strictness alone": strict - before},
                     title=f"Ten ratings take {drop:.2f} stars off the error",
                     xlabel="ratings that the newcomer gave",
                     ylabel="change of error, stars")
show(fig, alt="Change of the error on a newcomer's other ratings after 0, 1, 3, 5 and "
              f"10 of them: it falls by {drop:.2f} stars in all. Learning strictness "
              "and taste ends a little lower than learning strictness alone.")

# %% tags=["nbval-check-output"]
def wins(lower, higher):
    return f"{(lower < higher).sum()} of {len(lower)} draws"

fewer = wins(folded[:, -1], folded[:, 0])
print("ten ratings have a smaller error than none in", fewer)

# %% [markdown]
# **Read the figure soberly.** A good part of what ten ratings teach is how *strict* you are, one number, and that one
# changes no order. Taste adds the distance between the two lines.
#
# **Then the order.** The order is what makes a list. So take every pair of films to which a person gave *different*
# stars: in what share of these pairs does the better liked film have the higher score? Guessing gives one half; 1 is
# perfect.
#
# **E11.3** Write `pairs_right(scores, stars)`. Equal scores count one half.

# %%
def pairs_right(scores, stars):
    """Share of pairs with different stars that the scores put in the right order."""
    ### BEGIN SOLUTION
    right = pairs = 0
    for i in range(len(stars)):
        for j in range(len(stars)):
            if stars[i] > stars[j]:
                pairs += 1
                gap = scores[i] - scores[j]
                right += 1 if gap > 0 else 0.5 if gap == 0 else 0
    return right / pairs
    ### END SOLUTION

check("E11.3", pairs_right)

# %% [markdown]
# What share will the machine reach, after ten ratings?

# %%
predict("P11.7")

# %% [markdown]
# `in_order` is `pairs_right` once more, for whole arrays. Beside the ten ratings stand everybody's list (no rating known)
# and the plainest order of all: what more people have rated comes first.

# %%
def in_order(scores, stars):
    scores, stars = np.asarray(scores), np.asarray(stars)
    above = np.sign(np.subtract.outer(scores, scores))
    better = np.greater.outer(stars, stars)
    return (above[better] + 1).mean() / 2 if better.any() else np.nan

nobody, ten = over_draws(in_order, first(0)), over_draws(in_order, first(10))
popular = np.array([np.nanmean([in_order(counts[own["item"]][10:], own["rating"][10:])
                                for own, _, _ in people]) for people in drawn])

# %%
print(f"most rated first   {popular.mean():.1%} of pairs in order")
print(f"everybody's list   {nobody.mean():.1%}")
print(f"after ten ratings  {ten.mean():.1%}, better than everybody's in",
      wins(nobody, ten))
reveal("P11.7", round(100 * ten.mean(), 1))

# %% tags=["nbval-check-output"]
print("ten ratings order better than popularity in", wins(popular, ten))

# %% [markdown]
# Popularity loses clearly. Against everybody's list the gain is real and **small**: in real MovieLens less than one
# pair in a hundred, because 600 people are few to learn tastes from and good films are good for most. The made-up
# sample, whose tastes were drawn from a machine of this very kind, gains several pairs in a hundred. *Your list looks
# like you* is not yet *your list is right*; only kept-back ratings tell.
#
# **Which ratings should a shop ask for?** A newcomer has rated ten, and may hand in five of them.

# %%
predict("P11.4")

# %% tags=["live"]
def five_loved(stars):
    return np.argsort(-stars, kind="stable")[:5]

def loved_and_not(stars):
    return np.argsort(-stars, kind="stable")[[0, 1, 2, -2, -1]]

loved = np.sqrt(over_draws(squared, five_loved))
mixed = np.sqrt(over_draws(squared, loved_and_not))
for name, errors in {"no rating": folded[:, 0], "the five loved": loved,
                     "the first five": folded[:, GIVEN.index(5)],
                     "three loved, two disliked": mixed}.items():
    print(f"{name:26} error {errors.mean():.3f} stars")
reveal("P11.4", {"loved": loved.mean(), "mixed": mixed.mean()})

# %% tags=["nbval-check-output"]
print("three loved and two disliked beat five loved in", wins(mixed, loved))

# %% [markdown]
# The first five that come, whatever they are, mostly beat the five favourites as well: from favourites alone the machine
# concludes that you like everything. **A low rating says as much as a high one**: it
# pushes down what is like that film, and up what its lovers dislike. So ask newcomers for films that they *know*, and
# let them be rude.

# %% [markdown] tags=["notes"]
# **Discuss (3 min).** "Your boss wants the headline of the figure. What do you say, and what do you add?" Wanted: the
# drop, *and* that most of it is strictness, *and* the pairs. **Peer instruction** on P11.4 before it runs (M37).
# Someone will say "then ask only for films people dislike". Write `five_disliked` together and measure it.

# %% [markdown]
# ## 4. Find films like this one (6 min)
#
# "More like this" needs no user at all: films with similar vectors. Similar how? The **inner product** $\langle v_i,
# v_j\rangle$ is large when two vectors point the same way, *or are long*. The **cosine** divides by both lengths and
# keeps the direction alone: $\cos(v_i, v_j) = \langle v_i, v_j\rangle \,/\, (\lVert v_i\rVert\,\lVert v_j\rVert)$.
#
# **E11.4** Write it for one vector `a` (k,) against every row of `B` (n, k).

# %%
def cosines(a, B):
    """The cosine of a (k,) with each row of B (n, k); (n,) numbers from -1 to 1."""
    lengths = np.linalg.norm(B, axis=1)
    return B @ a / (lengths * np.linalg.norm(a))  ### SOLUTION: return ... / (... * ...)

check("E11.4", cosines)

# %% [markdown]
# Take every film with at least twenty ratings, and list the ten nearest to it, once by each measure. Of the ten nearest
# by cosine, how many share a genre with the film, on average?

# %%
predict("P11.5")

# %%
V_known = films.X[films.ids.get_indexer(well_known), :-1].astype(float)
inner = V_known @ V_known.T
lengths = np.sqrt(inner.diagonal())
nearest = {}
for name, closeness in {"inner product": inner,
                        "cosine": inner / np.outer(lengths, lengths)}.items():
    without_itself = closeness - 99 * np.eye(len(closeness))
    nearest[name] = np.argsort(-without_itself, axis=1, kind="stable")[:, :10]
    times_shown = np.bincount(nearest[name].ravel(), minlength=len(well_known))
    print(f"{name:14} {(times_shown > 0).sum():,} of {len(well_known):,} films shown,",
          f"one of them {times_shown.max()} times")

# %%
genres = data.items["genres"].str.join("|").str.get_dummies().loc[well_known].to_numpy()
share = genres @ genres.T > 0
near = np.take_along_axis(share, nearest["cosine"], axis=1).mean()
print(f"share a genre: {near:.0%} of the nearest, {share.mean():.0%} of any two films")
reveal("P11.5", {"near": near, "any": share.mean()})

# %% tags=["nbval-check-output"]
shown = {name: len(np.unique(rows)) for name, rows in nearest.items()}
print("the cosine shows more films:", shown["cosine"] > shown["inner product"])
print("the nearest share a genre more often than any two films:", near > share.mean())
print("and yet not always:", near < 1)

# %% [markdown]
# By inner product the same few long vectors are everybody's neighbours: films with many ratings and strong opinions. For
# *more like this* take the cosine; for *what suits me* the inner product is right, because it is the score.
#
# **Alike** means here: *liked by the same people*. That often goes with a genre, and it is not the same thing. For the
# film you liked best (the first of them):

# %%
from course_utils.recommend import similar_items

favourite = mine.sort_values("rating", ascending=False, kind="stable").iloc[0]
alike = similar_items(params, feature_map, favourite["item"], n=5, items=well_known)
print("like", favourite["title"], data.items.loc[favourite["item"], "genres"])
for film, cosine in zip(alike["item"], alike["similarity"], strict=True):
    name, kinds = data.items.loc[film, ["title", "genres"]]
    print(f"  {cosine:.2f}  {name}: {', '.join(kinds)}")

# %% [markdown] tags=["notes"]
# **Ask** whose list shows the odd pair, a cosine of 0.8 without a common genre (M38). "Who would like both?" The model's
# answer is a group of people, not a property of the films. On the board: two long arrows, a short one beside one of them;
# nearest by length, nearest by angle.

# %% [markdown]
# ## 5. Ask why (8 min)
#
# Why does a film come first? Take the numbers that you computed in section 2, score every well-known film that you have
# not rated, and look at the four terms of the best one. (The desk uses `fold_in`, so its first film may be another.)

# %%
from course_utils.plots import term_bars
from course_utils.widgets.rate_ten_films import short  # cuts long titles

unrated = well_known[~well_known.isin(mine["item"])]
rows = films.X[films.ids.get_indexer(unrated)]
best = int(np.argmax(rows[:, -1] + rows[:, :-1] @ you[1:]))
title, a = data.items.at[unrated[best], "title"], np.append(0, rows[best, :-1])
terms = {"w0: everybody, any film": w0, "w of the film": rows[best, -1],
         "w of you": you[0], "v of you · v of the film": a @ you}
fig = term_bars(list(terms), list(terms.values()),
                title=f"Your taste moves its first film by {a @ you:+.2f} stars",
                xlabel=f"stars for {short(title)}")
show(fig, alt=f"Bars from 0 to the prediction for {title}: the film's own terms give "
              f"{w0 + rows[best, -1]:.2f} stars, your strictness {you[0]:+.2f}, and "
              f"your taste {a @ you:+.2f}.")

# %% [markdown]
# The first two bars are the same for all people, the third for all films. **Only the last one is about you and this
# film.** And it can be taken apart: $\theta = (H^\top H + \lambda I)^{-1} H^\top r$ is a sum over your ratings, one
# column of $H^\top$ times one $r_i$ each. So the last bar is a sum over your ratings too.
#
# **E11.5** Write `pushes(H, r, lam, a)`: how much each of the n ratings adds to `a @ theta`. `a` is the film's row
# $(0, v)$: the 0 leaves your weight out. The n numbers must sum to `a @ theta`. (`np.linalg.solve(A, B)` also solves for
# a matrix `B`, column by column.)

# %%
def pushes(H, r, lam, a):
    """What each of n ratings adds to a @ theta; (n,) stars."""
    ### BEGIN SOLUTION
    A = H.T @ H + lam * np.eye(H.shape[1])
    by_rating = np.linalg.solve(A, H.T * r)  # a column of theta for each rating
    return a @ by_rating
    ### END SOLUTION

check("E11.5", pushes)

# %% [markdown]
# That is what the desk shows under each film. It is exact arithmetic, and people read more into it. So ask others: the
# ten machines of section 3, which lack 30 people and 100 films each and started from other seeds. For the ten films of
# your list, in how many cases do they name the **same** rating as the strongest push?

# %%
predict("P11.6")

# %%
def pushes_on(model, items):
    """What each of your ratings adds to each film's score, (films, ratings): E11.5."""
    films = item_vectors(model.params_, model.feature_map_)
    H, r = regression_of(mine, films, model.params_.w0)
    A = H.T @ H + 3.0 * np.eye(H.shape[1])
    by_rating = np.linalg.solve(A, H.T * r)
    return films.X[films.ids.get_indexer(items), :-1] @ by_rating[1:]

order = np.argsort(-(rows[:, -1] + rows[:, :-1] @ you[1:]), kind="stable")
ten_films = unrated[order[:10]]
strongest = pd.Series(pushes_on(machine, ten_films).argmax(axis=1), ten_films)

# %%
same = []
for model, _, _ in draws:
    known = ten_films[ten_films.isin(model.feature_map_.ids("item"))]
    same += list(pushes_on(model, known).argmax(axis=1) == strongest[known])
print(f"the same rating in {sum(same)} of {len(same)} cases")
reveal("P11.6", 100 * np.mean(same))

# %% [markdown]
# And what if that rating were not there? Its push is known. Fold in again from the others:

# %%
push = pushes_on(machine, [unrated[best]])[0]
top = int(push.argmax())
rest = np.arange(len(mine)) != top
fall = a @ you - a @ solve_ridge(H[rest], r[rest])
print(f"{mine['title'].iloc[top]} pushes by {push[top]:+.2f} stars;",
      f"without it the film falls by {fall:.2f}")

# %% [markdown]
# Two things to keep apart. The explanation says **how this machine computed**. It does not say what you would feel, nor
# what *caused* your taste. Another machine, about as good, may name another rating: in real MovieLens (with the
# example's ratings) about every second time, in the made-up sample with its simple tastes hardly ever. And taking a
# rating away makes the others push otherwise, so the film falls by an amount that is not its push. Say "because you
# rated …" to people if it helps them to correct you. Do not call it the reason.

# %% [markdown] tags=["notes"]
# **M39** is the one to argue about. "Two doctors agree on the illness and give different reasons: is either lying?" Why
# do the machines differ at all? Vectors may be turned (lesson 02), and with nine numbers fitted to ten ratings, many
# explanations fit.

# %% [markdown]
# ## 6. Serve strangers (8 min)
#
# **A film that nobody has rated** has no vector, and folding in needs ratings. But its *sides* are known: genres, and the
# decade in its title. The trained films tell what sides are worth, and the tool is the one you have: ridge regression, of
# each film's $(v_i, w_i)$ on its sides. (`sides=("genre",)` did that in training, for films with few ratings.)
#
# **E11.6** A title ends like `"Alien (1979)"`. Write `decade("Alien (1979)")`, which gives `"1970s"`, and `"unknown"` for
# a title without a year in brackets at its end.

# %%
import re

def decade(title):
    """The decade of a title's year: "1970s"; "unknown" where there is no year."""
    ### BEGIN SOLUTION
    found = re.search(r"\((\d{3})\d\)$", title.strip())
    return found[1] + "0s" if found else "unknown"
    ### END SOLUTION

check("E11.6", decade)

# %% [markdown]
# In each of the ten draws 100 films were hidden from training. Guess their vectors from their sides, and predict what the
# known users gave them:

# %%
genre_sides = data.items["genres"].str.join("|").str.get_dummies()
years = data.items["title"].str.extract(r"\((\d{3})\d\)\s*$")[0]
decades = pd.get_dummies(years, dtype=int)

def guessed_vectors(model, sides):
    """(v, w) of every film in data.items, from its sides alone."""
    S = sides.assign(every=1).astype(float)
    films = item_vectors(model.params_, model.feature_map_)
    known = well_known[well_known.isin(films.ids)]
    worth = solve_ridge(S.loc[known].to_numpy(), films.X[films.ids.get_indexer(known)])
    return S @ worth

# %% [markdown]
# Each hidden film's rating is then predicted as ever: $w_0$, the user's terms, the guessed film's terms, and their
# product.

# %%
def hidden_error(model, hidden, sides):
    """Error on films that training never saw, with vectors guessed from their sides."""
    p, guessed = model.params_, guessed_vectors(model, sides)
    film = guessed.loc[hidden["item"]].to_numpy()
    X = model.feature_map_.transform(hidden)  # the users; the films' columns are blank
    scores = p.w0 + X @ p.w + film[:, -1] + ((X @ p.V) * film[:, :-1]).sum(axis=1)
    return np.sqrt(((hidden["rating"] - scores) ** 2).mean())

# %%
sides = {"no sides": genre_sides.iloc[:, :0], "genres": genre_sides,
         "genres and decade": genre_sides.join(decades)}
errors = {name: np.array([hidden_error(model, hidden, table)
                          for model, _, hidden in draws])
          for name, table in sides.items()}
for name, each in errors.items():
    print(f"{name:18} error {each.mean():.3f} stars")

# %% tags=["nbval-check-output"]
genres_help = wins(errors["genres"], errors["no sides"])
print("genres help films without ratings in", genres_help)

# %% [markdown]
# Genres help wherever nothing else is known. The decade helps further in real MovieLens; in the made-up sample it cannot,
# as its years were drawn without a look at taste. A **person** without ratings can have sides as well: what they said at
# the door, or which films they looked at (`seen_items` in `course_utils/encode/sides.py`).
#
# **And on SageMaker?** An endpoint multiplies the columns that it is sent with the parameters that it has. A trained
# user's row for a film has two ones. How many has a newcomer's?

# %%
predict("P11.8")

# %% tags=["nbval-check-output"]
known_one = ratings.iloc[0]
two = pd.DataFrame({"user": [int(known_one["user"]), 1_000_000],
                    "item": int(known_one["item"])})
hot = feature_map.transform(two)
print("ones in a trained user's row:", hot[[0]].nnz)
print("ones in a newcomer's row:", hot[[1]].nnz)

# %%
reveal("P11.8", hot[[1]].nnz)

# %% [markdown]
# The newcomer's row holds the film alone, so every newcomer gets the same answer. **The endpoint knows columns, not
# people** (lesson 08), and there are four ways out:
#
# | way | what it takes |
# |---|---|
# | **fold in beside the endpoint** | read `model.tar.gz` once (`course_utils.artifact.load`) and solve in your own service: milliseconds |
# | **train again tonight** | the newcomer waits until tomorrow (lesson 10) |
# | **side features** | columns that training knew: genres, what was looked at; sent with each request |
# | **k-NN** | SageMaker's k-NN holds the films' $(v_i, w_i)$; ask it with $(v_\text{you}, 1)$ (lesson 09) |
#
# The last one is a single product, as $w_0$ and $w_\text{you}$ change no order:

# %% tags=["nbval-check-output"]
query = np.append(you[1:], 1)                     # what the k-NN endpoint is asked with
scores = w0 + you[0] + rows[:, -1] + rows[:, :-1] @ you[1:]
by_query = np.argsort(-(rows @ query), kind="stable")[:10]
by_score = np.argsort(-scores, kind="stable")[:10]
print("the same ten films:", set(by_query) == set(by_score))

# %% [markdown] tags=["notes"]
# **Listen for M29**: "but the user is in our database". The database is not in the model. Let the class match the four
# ways to a news site, a film shop, and a club with 200 members. No way is always best; folding in is the cheapest to
# try.

# %% [markdown]
# Take your list with you. It is printed here; the link below the desk's table saves it as a file, and so does the last
# line, if you remove its `#`.

# %%
my_list = lab.recommended
for place, film in enumerate(my_list["title"], start=1):
    print(f"{place:2}. {film}")
# my_list.to_csv("my_list.csv", index=False)

# %% [markdown]
# ## 7. Check yourself (5 min)
#
# Seven questions; a wrong answer tells you why it is tempting. Nothing is counted or kept.

# %%
quiz("Q11")

# %% [markdown]
# ## In practice …
#
# * **Ask for few, well-chosen ratings.** Films that many know and that divide people teach most; choosing them one by one,
#   after each answer, is *active learning*.
# * **A folded-in person drifts away from the model.** Fold in again after each rating (it costs nothing), and train again
#   when films or tastes move (lesson 10).
# * **Ten ratings can identify a person.** Privacy is not only where data lies: treat a vector like the ratings it came from.
# * **Few know everything.** The list here takes films with twenty ratings or more. That is a decision, and it hides new
#   films: give them a place of their own.
#
# ## Tweak, twiddle, frob
#
# * **Tweak** one number: `solve_ridge(H, r, lam=0.01)`, then `lam=100`. What becomes of your numbers, and whose list is it?
# * **Twiddle** the data: give *opposite* stars (1 for 5, 2 for 4). Is your list turned upside down? Why not?
# * **Frob** the recommender: fold in *two* people, and make one list for an evening together. Mean, or the lower score?
#
# ## To keep
#
# | | |
# |---|---|
# | **Folding in** | is one small ridge regression: film vectors fixed, your $w$ and $v$ found, nothing retrained. |
# | **Ten ratings** | teach strictness first and taste slowly; judge the order, on ratings kept back. |
# | **Low ratings** | say as much as high ones. Ask for films that people know. |
# | **Alike** | means liked by the same people: cosine for *like this film*, inner product for *suits me*. |
# | **An explanation** | is how this machine computed, not the reason. |
# | **A stranger** | has no column: fold in, train again, send sides, or ask k-NN. |
#
# Next: lesson 99 asks about everything once more.
