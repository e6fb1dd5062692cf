# %% [markdown]
# # See why recommending is hard
#
# **You will** build a recommender in six cells, ask whether it is personal, and then meet what makes it hard: tables
# that are nearly empty, films that nobody has rated, and a shop that offers wipers to someone who bought wipers.
#
# **You need** Python and pandas. No recommender theory, no lesson before this one.
#
# **Time** 40 minutes: 12 reading, 18 doing, 10 discussing. The minutes stand beside the headings.
#
# | id | after this lesson you can |
# |---|---|
# | O1.1 | say what a recommender is, and measure whether its lists are personal |
# | O1.2 | compute how full a table of ratings is, and say what changes that and what does not |
# | O1.3 | find the films that are too new to be recommended |
# | O1.4 | tell collaborative filtering from rating prediction and from popularity |
# | O1.5 | diagnose a recommendation that contradicts what the user did |

# %% [markdown] tags=["notes"]
# **Before class.** Font 18, light theme, sidebar closed. The lesson runs without a network, then on made-up films.
# **Arc.** Success first (six cells), then doubt, one reason at a time. Let people pick their own three films.
# **If late.** Skip the wiper trap's explorable and show the three lists above it; keep E1.2.

# %% [markdown]
# ## 1. Make a recommender in six cells (6 min)
#
# [MovieLens](https://grouplens.org/datasets/movielens/) is a set of film ratings that GroupLens, at the University of
# Minnesota, collects and shares. The first cell reads it. If a box says *made-up*, the films below do not exist; what
# the lesson says holds all the same.

# %%
import pandas as pd

from course_utils.datasets import movielens
from course_utils.learn import check, hint, notice, predict, quiz, reveal, solution

data = movielens.load("ml-latest-small")
ratings = data.ratings
notice(data)

# %% [markdown]
# Each row of `ratings` says that one user gave one film some stars. Call four stars or more a **like**. Then every user
# is a row of a table, every film a column, and a 1 says *likes it*. A 0 says: *no like is known*. It does not say
# *dislikes it*.

# %%
liked = ratings[ratings["rating"] >= 4]
likes = pd.crosstab(liked["user"], liked["item"]).clip(upper=1)
print(f"{likes.shape[0]} users × {likes.shape[1]} films")

# %% [markdown]
# Twenty films that many people like. Which ones would *you* pick?

# %%
famous = likes.sum().sort_values(ascending=False, kind="stable").index[:20]
for number, title in enumerate(data.titles(famous)):
    print(f"{number:3}  {title}")

# %% [markdown]
# Put the numbers of three films that you like into `MY_NUMBERS`, and run on.

# %%
MY_NUMBERS = [3, 4, 5]
mine = famous[MY_NUMBERS]

# %% [markdown]
# The recommender has two steps. **Who is like you?** Count, for each person, how many of your films they like. **What do
# these people like?** Add up those counts for each film. Then divide by how many people like the film at all, or films
# that everybody likes would win every time. (The 10 keeps a film that one person likes from winning by luck.)

# %% tags=["live"]
def people_like_you(likes, picks, n=10):
    """Scores of the n best films for somebody who likes the films in `picks`."""
    in_common = likes[picks].sum(axis=1)              # one number for each person
    score = (in_common @ likes) / (likes.sum() + 10)  # one number for each film
    return score.drop(picks).nlargest(n)

my_list = people_like_you(likes, mine).index
print("because you like:", *data.titles(mine), sep="\n   ")
print("you may like:", *data.titles(my_list), sep="\n   ")

# %% [markdown]
# That is a recommender, and it works. **A recommender** takes what is known about people and things, and puts a short
# list of things in front of one person. Nobody searched for anything.
#
# Somebody else picks three other films from the twenty. How many of *your* ten films will be on their list?

# %%
predict("P1.1")

# %% [markdown]
# ## 2. Ask whether it is personal (6 min)
#
# **Personalisation** means that a list is made for one user: change the user, and the list changes. So it can be
# counted.
#
# **E1.0** Write `shared(list_a, list_b)`: how many films do two lists have in common, wherever they stand? Stuck? Type
# `hint("E1.0")` into a new cell: there are three hints, each stronger than the last, and then `solution("E1.0")`. Every
# exercise has them.

# %%
def shared(list_a, list_b):
    """How many films are on both lists?"""
    return len(set(list_a) & set(list_b))  ### SOLUTION: return ...

check("E1.0", shared)

# %% [markdown]
# Now the other person, with the last three of the twenty that you did not pick:

# %%
theirs = [film for film in famous if film not in mine][-3:]
their_list = people_like_you(likes, theirs).index
print("because they like:", *data.titles(theirs), sep="\n   ")
print("they may like:", *data.titles(their_list), sep="\n   ")

# %%
reveal("P1.1", len(set(my_list) & set(their_list)))

# %% [markdown]
# Beside it, the plainest list of all: the ten films that most people like. For the first ten users, each with what they
# like, how many *different* lists does each recipe make?

# %% tags=["nbval-check-output"]
ten_users = likes.index[:10]
own = {user: likes.columns[likes.loc[user] == 1] for user in ten_users}
personal = {tuple(people_like_you(likes, own[user]).index) for user in ten_users}
popular = {tuple(likes.sum().nlargest(10).index) for user in ten_users}
print("people like you:", len(personal), "lists for", len(ten_users), "users")
print("most popular   :", len(popular), "list for", len(ten_users), "users")

# %% [markdown]
# The popular list may please many people. It is still **not personal**: it does not know who is asking. "The list looks
# good" and "the list is mine" are two questions. Lesson 06 finds a published model that fails the second one.

# %% [markdown] tags=["notes"]
# **Ask (2 min).** "The top ten of your country: a recommendation?" Yes. "Personal?" No (M03). Let somebody put their
# own picks in; the room compares. Then: "What would make *everybody's* list unique and still useless?" (Random films.)
# Personal is necessary, not sufficient.

# %% [markdown]
# ## 3. Look at the emptiness (8 min)
#
# Why is this hard, if six cells do it? First reason: hardly anything is known. Three people and four films, the toy of
# lesson 02:

# %% tags=["nbval-check-output"]
from course_utils.datasets import rendle

toy = rendle.load().ratings
print(toy.pivot(index="user", columns="item", values="rating").map("{:.0f}".format))
print(len(toy), "ratings in", toy["user"].nunique() * toy["item"].nunique(), "cells")

# %% [markdown]
# `nan` is a **blank**: nobody knows. A blank is not zero stars. Reading blanks as zeros would say that everybody hates
# nearly everything.
#
# **E1.1** The **density** of a table of ratings is the share of its cells that are filled. Users are the rows, films the
# columns; count those that occur in the ratings. Write `density(table)`, a number between 0 and 1.

# %%
def density(table):
    """Share of filled cells. table : one row per rating, with columns user and item."""
    ### BEGIN SOLUTION: users, films = ..., ...
    users, films = table["user"].nunique(), table["item"].nunique()
    ### END SOLUTION
    return len(table) / (users * films)  ### SOLUTION: return ...

check("E1.1", density)

# %% [markdown]
# Now MovieLens. The same formula, written once more so that the lesson goes on in any case:

# %%
def filled(table):
    return len(table) / (table["user"].nunique() * table["item"].nunique())

columns = ratings["user"].nunique() + ratings["item"].nunique()
print(f"toy        {filled(toy):7.2%} filled")
print(f"{data.name:10} {filled(ratings):7.2%} filled;", end="  ")
print(f"{columns:,} columns with one for each user and each film")

# %% tags=["nbval-check-output"]
print("fewer than one cell in ten is filled:", filled(ratings) < 0.1)

# %% [markdown]
# Two words to keep. A table with few filled cells is **sparse**. A feature with very many different values, such as a
# user id, has **high cardinality**: with a column for each value (lesson 02), the rows get thousands of columns.
#
# Suppose the shop grows. Twice as many users come, and each rates as many films as users do today.

# %%
predict("P1.2")

# %%
twins = ratings.assign(user=ratings["user"] + 1_000_000)  # a twin for each user
doubled = pd.concat([ratings, twins])
reveal("P1.2", filled(doubled) / filled(ratings))

# %% [markdown] tags=["notes"]
# **Peer instruction (3 min), before the cell above runs.** Vote on P1.2, talk to your neighbour, vote again (M02).
# The point: every new user brings a new row *of blanks* too. On the board: three users, then six.
# Be fair: more users do help *films* (each gets more ratings). The explorable shows both numbers.

# %% [markdown]
# The ratings doubled, and so did the cells. Now put the table under the microscope: choose its size and how much
# each user rates. The picture shows a corner of it, with a dot for each filled cell. (The dots are strewn evenly, and
# so is what two users share. In real tables, busy users and famous things crowd together.)

# %%
from course_utils.widgets import SparsityMicroscope

SparsityMicroscope()

# %% [markdown]
# **Three questions for the microscope**
#
# 1. Pull **Number of users** from left to right. Which of the numbers grows, and which does not move at all? So what do
#    more users help, and what do they not?
# 2. Choose **Marketplace**. How many things do two shoppers have in common, on average? What does "people like you" find
#    then?
# 3. In the marketplace, how many things must each user rate until two users share one? Is that a thing to ask for?

# %% [markdown] tags=["notes"]
# **Answers.** 1: cells, ratings, and ratings per thing grow; the filled share and what two users share stay. More users
# help to know *things*; they do not help two users to meet. 2: nearly nothing, so almost nobody is "like you".
# 3: the square root of the number of things, a thousand; nobody does that. This is why lesson 02 shares vectors instead.

# %% [markdown]
# ## 4. Meet a film that nobody has rated (5 min)
#
# Second reason: things are new. A film without ratings, or with very few, is **cold**. So is a user without ratings.
# **New-product recognition**, knowing what to do with a thing that nobody has touched, is what shops ask for first. What
# share of the catalogue has fewer than five ratings?

# %%
predict("P1.3")

# %% [markdown]
# **E1.2** Write `cold_items(table, catalogue, k)`: the ids of the films in `catalogue` with fewer than `k` ratings, as a
# list, in the catalogue's order. `catalogue` is a list of all ids that the shop sells. Think of the coldest ones.

# %%
def cold_items(table, catalogue, k):
    """Ids in catalogue with fewer than k ratings, in the catalogue's order."""
    ### BEGIN SOLUTION
    counts = table["item"].value_counts()
    return [item for item in catalogue if counts.get(item, 0) < k]
    ### END SOLUTION

check("E1.2", cold_items)

# %% [markdown]
# And in the ratings at hand:

# %%
counts = ratings["item"].value_counts().reindex(data.items.index, fill_value=0)
print(f"{len(counts):,} films: {(counts < 5).sum():,} with fewer than five ratings,",
      f"{(counts == 0).sum():,} with none")
reveal("P1.3", 100 * (counts < 5).mean())

# %% [markdown]
# Attention is uneven. Line the films up, the most rated first, and look at where the ratings are:

# %%
from course_utils.plots import long_tail, show

ranked = counts.sort_values(ascending=False)
share = ranked.iloc[:len(ranked) // 10].sum() / ranked.sum()
fig = long_tail(counts, title=f"A tenth of the films holds {share:.0%} of the ratings",
                xlabel="films, the most rated first", ylabel="ratings")
show(fig, alt="Ratings of each film, falling from the left: the first tenth of the "
              f"films holds {share:.0%} of all ratings, a long, flat tail the rest.")

# %% [markdown]
# In real MovieLens that is more than half of the catalogue. (The made-up sample is a small shop with a full counter:
# there it is next to nothing.) What does our recommender do tomorrow, when a film arrives that nobody has seen, and a
# user who has seen nothing?

# %% tags=["nbval-check-output"]
NEW_FILM = 0  # an id that no film has
tomorrow = likes.copy()
tomorrow[NEW_FILM] = 0
everything = people_like_you(tomorrow, mine, n=tomorrow.shape[1])
print("score of the new film:", everything[NEW_FILM])
print("does any film score lower?", bool((everything < everything[NEW_FILM]).any()))

newcomer = people_like_you(likes, [])
print("all scores for a user without likes:", newcomer.unique())

# %% [markdown]
# The new film gets 0, the lowest score there is, for everybody, for ever: never shown, so never rated, so never shown.
# The new user gets 0 for every film, and a list without meaning. **Cold start has two sides**, and recognising a new
# *product* is the one that shops forget. Lessons 06 and 11 repair both with what is known without ratings: genres, and
# ten answers from the newcomer.
#
# Tables change while you look at them. That is called **data fluidity**: users, things and tastes come and go, so a
# recommender is never finished; lesson 10 rebuilds one before it goes stale.

# %% [markdown] tags=["notes"]
# **Listen for M04**: "cold start is about new users". Ask a shop owner's question: "I bought a thousand of these
# yesterday. When does your recommender show the first one?"

# %% [markdown]
# ## 5. Fall into the wiper trap (8 min)
#
# Third reason: a good score can be a bad recommendation. A shop for car parts counts what a shopper does: a look is 1,
# a purchase is 3; every kind of thing starts with 1, so that none is at zero. The share of each *kind* is the shopper's
# taste; a thing's score is taste times popularity. The four best are shown.

# %% tags=["nbval-check-output"]
popularity = pd.Series({
    ("wipers", "standard wipers"): 0.9, ("wipers", "silent wipers"): 0.7,
    ("wipers", "winter wipers"): 0.3, ("phone holder", "vent holder"): 0.8,
    ("phone holder", "suction holder"): 0.4, ("care", "washer fluid"): 1.0,
    ("care", "car wax"): 0.5, ("tools", "tyre pump"): 0.6})

def four_best(points):
    """points : kind -> points of the shopper; each kind starts with 1."""
    taste = pd.Series(points) / sum(points.values())
    score = popularity * taste[popularity.index.get_level_values(0)].to_numpy()
    return score.droplevel(0).nlargest(4).round(2)

before = four_best({"wipers": 1 + 2, "phone holder": 1 + 1, "care": 1, "tools": 1})
print(before.to_string())

# %% [markdown]
# On day 1 the shopper looked at two pairs of wipers and at a phone holder. Two of the four places go to wipers, and that
# is fine: they want wipers. On day 2 they **buy** the standard wipers. Overnight the shop trains again, with the purchase.

# %%
predict("P1.4")

# %% tags=["nbval-check-output"]
after = four_best({"wipers": 1 + 2 + 3, "phone holder": 1 + 1, "care": 1, "tools": 1})
print(after.to_string())

# %%
reveal("P1.4", after.index.str.contains("wipers").sum() - 2)

# %% [markdown]
# More wipers than before, with the very pair that they bought on top. Nothing is wrong with the arithmetic. The model
# was asked "what is this shopper interested in?", and a purchase is the strongest sign of interest there is. **Nobody
# asked it what the shopper still needs**: its objective has no memory of the purchase. Such a list contradicts what the
# user did; it is *inconsistent*.
#
# **E1.3** Cure it outside the model. `ranked` is a list of things, best first; `bought` is a list; `kind` is a dictionary
# from thing to kind. Write `drop_seen(ranked, bought, kind)`: the list, in its order, without anything *of a kind* that
# was bought.

# %%
def drop_seen(ranked, bought, kind):
    """ranked without the things of a kind that was bought, in the same order."""
    ### BEGIN SOLUTION
    kinds_bought = {kind[thing] for thing in bought}
    return [thing for thing in ranked if kind[thing] not in kinds_bought]
    ### END SOLUTION

check("E1.3", drop_seen)

# %% [markdown]
# For ever, though? Wipers wear out. Here is the shopper's year, with three switches. On day 31 they also buy a phone
# holder.

# %%
from course_utils.widgets import WiperTrap

WiperTrap()

# %% [markdown]
# **Three questions for the trap**
#
# 1. All switches off: is the list of day 10 the same as before the purchase? Then switch on **Train again every night**
#    alone. Better or worse, and why?
# 2. Switch on **Hide what was bought** alone. What is still wrong?
# 3. Switch on **Let the kind that was bought rest** as well and go to day 200, when the wipers are worn. Which switch
#    does harm now?

# %% [markdown] tags=["notes"]
# **Answers.** 1: the same; the model does not know of the purchase. Training makes it worse: more interest in wipers.
# 2: the sisters stay. 3: hiding; the rest is over, but the pair that fitted can never come back.
# **Collect** things with a long rest (fridge, wedding dress), with none (milk, washer fluid), and things where the
# repeat *is* the product (nappies, music). There is no rule for all kinds: it is knowledge about the shop (M05).

# %% [markdown]
# ## 6. Tell three ways apart (4 min)
#
# Three words are often mixed up. **Popularity** counts, and does not ask who you are. **Collaborative filtering** says
# where the evidence comes from: what *other people* did, without looking into the films. **Rating prediction** says what
# comes out: a number of stars for one user and one film. It is a kind of **predictive modelling**: learn from known rows,
# predict a number for a row that nobody has seen, and be judged by how far off you are. The last two can meet in one
# model: lesson 02 predicts stars from what others did.
#
# `Biases`, in `course_utils/evaluate`, predicts stars as *mean + how generous the user is + how good the film is*. So
# two users get two different numbers for the same film. And their ten best films?

# %%
predict("P1.5")

# %%
from course_utils.evaluate import Biases

two = likes.index[:2]
model = Biases().fit(ratings)
every_film = data.items.reset_index()
stars = {user: model.predict(every_film.assign(user=user)) for user in two}
lists = {
    "A": [likes.sum().nlargest(10)] * 2,
    "B": [pd.Series(stars[user], data.items.index).nlargest(10) for user in two],
    "C": [people_like_you(likes, own[user]) for user in two]}

for name, (first, second) in lists.items():
    print(f"{name}: best scores {first.iloc[0]:.2f} and {second.iloc[0]:.2f};",
          f"shared: {len(set(first.index) & set(second.index))} of 10 films")

# %%
reveal("P1.5", len(set(lists["B"][0].index) & set(lists["B"][1].index)))

# %% [markdown]
# A number for each user does not make a list for each user. Generosity lifts *all* films of one user alike, and so
# cannot put one film above another.
#
# **E1.4** Which is which? Read the printed lines, not the code. For A, B and C write `"popularity"`,
# `"rating prediction"` or `"collaborative filtering"`.

# %%
ways = {
    "A": "popularity",               ### SOLUTION: "A": ...,
    "B": "rating prediction",        ### SOLUTION: "B": ...,
    "C": "collaborative filtering",  ### SOLUTION: "C": ...,
}
check("E1.4", ways)

# %% [markdown]
# ## 7. Check yourself (3 min)
#
# Six questions; a wrong answer tells you why it is tempting. Nothing is counted or kept.

# %%
quiz("Q1")

# %% [markdown]
# ## In practice …
#
# * **Six cells go a long way.** "People who liked this also liked" has earned real shops money. Keep such a plain
#   recommender beside every clever one: what does not beat it is not worth its upkeep (lesson 06).
# * **MovieLens is fuller than your table.** It kept only users who rated many films. Shops see a tiny part of that.
# * **Rules around a model are normal.** Stock, age limits, rests after a purchase: a filter after the score is clear
#   and testable. A model that learns time (lesson 10) needs fewer of them.
# * **A like is not a stars rating, and a look is not a like.** Say which one you count.
#
# ## Tweak, twiddle, frob
#
# * **Tweak** one number: put 0, then 1000, in place of the 10 in `people_like_you`. What comes to the top each time?
# * **Twiddle** the data: call 5 stars a like, then 3. Which list do you like better, and how would you *know*?
# * **Frob** the recommender: give each person in `in_common` less weight the more films they like. Whom does that quieten?
#
# ## To keep
#
# | | |
# |---|---|
# | **A recommender** | puts a short list in front of one person; **personal** means another person gets another list. |
# | **A blank** | is unknown, not zero. **Density** is ratings over cells; more users do not raise it. |
# | **Cold** | are new users *and* new things; what is never shown is never rated. |
# | **Inconsistent** | is a list that contradicts what the user did; ask what the objective has no memory of. |
# | **Three ways** | popularity counts; collaborative filtering borrows from others; rating prediction gives stars. |
#
# Next: lesson 02 predicts a rating that nobody ever gave.
