"""Names of a channel's objects on disk."""

from __future__ import annotations

import pytest

from course_utils.local_aws.training.channels import _name_below


@pytest.mark.parametrize(
    ("prefix", "key", "name"),
    [
        ("a/train", "a/train/x/y", "x/y"),
        ("a/train/", "a/train/x/y", "x/y"),
        ("a/train", "a/train-1", "train-1"),
        ("a/train", "a/train", "train"),
        ("", "a/b", "a/b"),
        ("a/tr", "a/train/x", "train/x"),
    ],
)
def test_names_below_a_prefix(prefix, key, name):
    assert _name_below(prefix, key) == name
