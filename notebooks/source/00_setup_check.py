# %% [markdown]
# # Check that your machine is ready
#
# **You will** run your first cells, read a report about your machine, move a slider, answer a first exercise wrong and
# then right, and meet the stand-in for Amazon's cloud that runs on your own machine.
#
# **You need** this page open in JupyterLab. Nothing else yet.
#
# **Time** 12 minutes: 3 reading, 9 doing. The minutes stand beside the headings.
#
# | id | after this lesson you can |
# |---|---|
# | O0.1 | run a cell, and run a whole notebook afresh |
# | O0.2 | read the course's answers to your exercises |
# | O0.3 | say what *local* and *AWS* mean in this course |

# %% [markdown]
# ## 1. Run a cell (3 min)
#
# Click into the grey box below and press **Shift + Enter**. A number appears beside it, and the answer underneath.

# %% tags=["nbval-check-output"]
print("It works: 3 users and 4 films make", 3 * 4, "cells.")

# %% [markdown]
# A notebook has a **kernel**, a running Python that remembers what cells have done. Here are two cells. You will run the
# first once and the second *three times*. What is in `count` then? Answer before you run them.

# %%
from course_utils.learn import check, hint, predict, quiz, reveal, solution

predict("P0.1")

# %%
count = 1

# %%
count = count + 1
print(count)

# %%
reveal("P0.1", 1 + 3)

# %% [markdown]
# Each run adds one to what is there: 4 after three runs. The kernel remembers, and so the order of your
# clicks counts, not the order on the page. The way back: **Kernel → Restart Kernel and Run All Cells** forgets everything,
# then runs each cell once, from the top. Use it whenever a notebook behaves strangely. (**Run → Run All Cells** runs all
# without forgetting.)
#
# **E0.1** You have run the second cell three times. Now you choose *Restart Kernel and Run All Cells*. What is in `count`?
# Write it in the place of the three dots, and run the cell.

# %%
count_after_restart = 2  ### SOLUTION: count_after_restart = ...

check("E0.1", count_after_restart)

# %% [markdown] tags=["notes"]
# **Before class.** Font 18, light theme; run this page on the projector once, top to bottom. Walk round during section 2:
# whoever has a `FIX` types what it says while you go on. **If late,** skip section 5; lesson 09 comes back to it.

# %% [markdown]
# ## 2. Read the report (1 min)
#
# One line per check. `OK` needs nothing. `FIX` tells what to type in a terminal.

# %%
from course_utils.doctor import examine

for finding in examine():
    print(finding)

# %% [markdown]
# ## 3. Move a slider (2 min)
#
# Some cells show things to move and to click. Run this one and do what it says; if nothing moves, the line `widgets` of
# the report above tells why.

# %%
from course_utils.widgets.warm_up import WarmUp

WarmUp()

# %% [markdown]
# **Three questions for the slider**
#
# 1. Pull it to 3, then to 9. Which word of the sentence below it changes, beside the number? Python writes that sentence
#    anew whenever you let go.
# 2. Click its handle, then leave the mouse alone: how far do the arrow keys take it, and how far **Home** and **End**? All
#    sliders of the course obey these keys.
# 3. Restart and run all. Where does the slider stand now, and why?

# %% [markdown]
# ## 4. Answer an exercise (2 min)
#
# Exercises have gaps, written `...`. Put your answer in the place of the three dots and run the cell: its last line checks
# the answer, as often as you like. Nobody sees it, nothing is counted, and a wrong answer gets a reason.
#
# Three people have rated four films, and seven of the twelve cells of their table are filled.
#
# **E0.2** How many are empty? First answer 0, on purpose, and read what happens. Then answer right.

# %%
empty_cells = 5  ### SOLUTION: empty_cells = ...

check("E0.2", empty_cells)

# %% [markdown]
# Stuck? Click beside the cell and press **B**: a new cell opens below it. Type `hint("E0.2")` there and run it. Each call
# helps a little more; there are three, and then `solution("E0.2")` shows an answer with its reasons. Every exercise of the
# course has them.

# %% [markdown] tags=["notes"]
# **Everybody answers wrong first,** on purpose and aloud: "zero!" A room that has been wrong together asks more questions.
# Zero is also M01, a blank read as 0 stars; lesson 01 comes back to it.

# %% [markdown]
# ## 5. Start a SageMaker of your own (2 min)
#
# **Amazon SageMaker** is a service of AWS, Amazon's cloud: it trains models on rented machines and answers questions with
# them. Lesson 09 uses it, in one of two places:
#
# - **local** (the default): a server on your machine that speaks the AWS protocol. It really trains and really serves.
#   It costs nothing and cannot reach AWS.
# - **AWS**: the real thing, with a real bill. It has to be asked for by name, and then wants the number of the account
#   that pays.
#
# Let us see whether the local one starts.

# %%
from course_utils.aws import connect

connection = connect("local")

# %% tags=["nbval-check-output"]
print("mode:", connection.mode, "| left running:", len(connection.what_is_running()))

# %% [markdown]
# **E0.3** What holds in **local** mode? Write `True` or `False` in the place of each `...`.

# %%
### BEGIN SOLUTION: local = {"a bill": ..., "reaches AWS": ..., "really trains": ...}
local = {"a bill": False, "reaches AWS": False, "really trains": True}
### END SOLUTION

check("E0.3", local)

# %% [markdown]
# ## 6. Check yourself (2 min)
#
# Three questions; a wrong answer tells you why it is tempting. Nothing is counted or kept.

# %%
quiz("Q0")

# %% [markdown]
# ## In practice …
#
# Every project should have such a page. Whoever writes it saves everybody else an evening.
#
# ## Tweak, twiddle, frob
#
# * **Tweak** one number: `print(3 * 4)` in section 1. Run the cell with 610 users and 9,724 films.
# * **Twiddle** the order: run `count = count + 1` directly after a restart, before any other cell. What does the error say?
# * **Frob** the answer: give E0.2 a text, `"five"`, or a share, `5 / 12`. What does the check make of it?
#
# ## To keep
#
# | | |
# |---|---|
# | **Shift + Enter** | runs a cell. The kernel remembers what it did. |
# | **Restart and run all** | forgets everything, then runs each cell once, in order. |
# | **`OK`, `FIX`** | fine; and what to type. |
# | **`...`** | a gap for you. The last line of its cell answers, as often as you like. |
# | **local** | really trains, on your machine. No bill, no way to AWS. |
#
# Next: lesson 01 shows why recommending is hard, with a recommender in six cells.
