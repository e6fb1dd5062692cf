"""From ids to columns: one-hot and other feature blocks as CSR float32."""

from course_utils.encode.feature_map import BLOCKS, FeatureMap, UnknownIdError

__all__ = ["BLOCKS", "FeatureMap", "UnknownIdError"]
