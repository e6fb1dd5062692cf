# ---
# course:
#   plain: true
# ---

# %% [markdown]
# # Check that your machine is ready
#
# **You will** run your first cells, read a report about your machine, move a slider, answer a first exercise wrong and
# then right, and meet the stand-in for Amazon's cloud that runs on your own machine.
#
# **You need** this page open in JupyterLab. Nothing else yet.
#
# **Time** 10 minutes: 3 reading, 7 doing.
#
# | id | after this lesson you can |
# |---|---|
# | O0.1 | run a cell, and run a whole notebook afresh |
# | O0.2 | read the course's answers to your exercises |
# | O0.3 | say what *local* and *AWS* mean in this course |

# %% [markdown]
# ## 1. Run a cell
#
# Click into the grey box below and press **Shift + Enter**. A number appears beside it, and the answer underneath.

# %% tags=["nbval-check-output"]
print("It works: 3 users and 4 films make", 3 * 4, "cells.")

# %% [markdown]
# **Run → Run All Cells** runs a whole notebook. **Kernel → Restart Kernel and Run All Cells** forgets everything first:
# use it whenever a notebook behaves strangely.

# %% [markdown]
# ## 2. Read the report
#
# One line per check. `OK` needs nothing. `FIX` tells what to type in a terminal.

# %%
from course_utils.doctor import examine

for finding in examine():
    print(finding)

# %% [markdown]
# ## 3. Move a slider
#
# Some cells show things to move and to click. Run this one and do what it says; if nothing moves, the line `widgets` of
# the report above tells why.

# %%
from course_utils.widgets.warm_up import WarmUp

WarmUp()

# %% [markdown]
# ## 4. Answer an exercise
#
# Exercises have gaps, written `...`. Put your answer in the place of the three dots and run the cell: its last line checks
# the answer, as often as you like. Nobody sees it, nothing is counted, and a wrong answer gets a reason.
#
# Three people have rated four films, and seven of the twelve cells of their table are filled.
#
# **E0.1** How many are empty? First answer 0, on purpose, and read what happens. Then answer right.

# %%
from course_utils.learn import check, hint, quiz, solution

empty_cells = 5  ### SOLUTION: empty_cells = ...

check("E0.1", empty_cells)

# %% [markdown]
# Stuck? Each call of `hint` helps a little more; `solution` shows an answer with its reasons. Both sleep behind a `#`,
# so that *Run All Cells* tells you nothing that you did not ask for: remove the `#` and run the cell.

# %%
# hint("E0.1")      # stuck? remove the first "#" and run; each time tells a little more
# solution("E0.1")

# %% [markdown]
# ## 5. A SageMaker of your own
#
# **Amazon SageMaker** is a service of AWS, Amazon's cloud: it trains models on rented machines and answers questions with
# them. Lesson 09 uses it, in one of two places:
#
# - **local** (the default): a server on your machine that speaks the AWS protocol. It really trains and really serves.
#   It costs nothing and cannot reach AWS.
# - **AWS**: the real thing, with a real bill. It has to be asked for by name, and then wants to read that you accept the
#   charges.
#
# Let us see whether the local one starts.

# %%
from course_utils.aws import connect

connection = connect("local")

# %% tags=["nbval-check-output"]
print("mode:", connection.mode, "| left running:", len(connection.what_is_running()))

# %%
quiz("Q0")

# %% [markdown]
# ## Recap
#
# - Shift + Enter runs a cell; *Restart Kernel and Run All Cells* starts afresh.
# - `OK` is fine, `FIX` tells what to type.
# - `...` is a gap for you; the last line of its cell answers.
# - *local* costs nothing and cannot reach AWS.
#
# *In practice…* every project has such a page. The one who writes it saves everybody else an evening.
