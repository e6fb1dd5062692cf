"""Imports inside the package only point down the floors of the architecture."""

from __future__ import annotations

import pytest

from course_utils.build.architecture import FLOOR_OF, FLOORS, PACKAGE, files_of, imports_of, members


def test_every_module_has_its_floor() -> None:
    assert members() == set(FLOOR_OF)
    assert len(FLOOR_OF) == sum(len(names) for _, names in FLOORS)


@pytest.mark.parametrize("name", sorted(FLOOR_OF))
def test_imports_never_point_up(name: str) -> None:
    up = {
        f"{file.relative_to(PACKAGE)} imports {other}"
        for file in files_of(name)
        for other in imports_of(file)
        if FLOOR_OF[other] > FLOOR_OF[name]
    }
    assert not up


def test_local_aws_knows_the_container_only_as_a_process() -> None:
    containers = {"fm_container", "knn_container"}
    assert not [file.name for file in files_of("local_aws") if containers & imports_of(file)]
