"""From ids to columns: one-hot and other feature blocks as CSR float32, and side information on columns."""

from course_utils.encode.feature_map import BLOCKS, FeatureMap, UnknownIdError
from course_utils.encode.sides import Side

__all__ = ["BLOCKS", "FeatureMap", "Side", "UnknownIdError"]
