"""From scores to lists: which films to show, to whom, and why."""

from course_utils.recommend.explanation import explain_score
from course_utils.recommend.lists import candidates, rank
from course_utils.recommend.neighbours import (
    Vectors,
    item_vectors,
    neighbours_needed,
    top_n_from_neighbours,
    user_vectors,
)
from course_utils.recommend.newcomer import NewUser, fold_in, rating_pushes, top_n_for_new_user
from course_utils.recommend.similar import similar_items
from course_utils.recommend.top import top_n, top_n_by

__all__ = [
    "NewUser",
    "Vectors",
    "candidates",
    "explain_score",
    "fold_in",
    "item_vectors",
    "neighbours_needed",
    "rank",
    "rating_pushes",
    "similar_items",
    "top_n",
    "top_n_by",
    "top_n_for_new_user",
    "top_n_from_neighbours",
    "user_vectors",
]
