"""One place for dependencies: environment.yml and requirements.lock agree with pyproject.toml and uv.lock."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from course_utils.paths import ROOT

ALWAYS_THERE = {
    "jupyterlab", "sagemaker", "numpy", "scipy", "pandas", "matplotlib", "ipywidgets", "nbval",
}  # fmt: skip

#: What the dependency group "spark" brings and nothing else needs.
SPARK_ONLY = {"pyspark", "py4j"}


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def conda() -> dict:
    return yaml.safe_load((ROOT / "environment.yml").read_text())


def pinned_in_requirements() -> set[tuple[str, str]]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    requirements = [Requirement(line) for line in lines if re.match(r"\w", line)]
    return {(r.name, str(r.specifier).removeprefix("==")) for r in requirements}


def locked() -> set[tuple[str, str]]:
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    return {(p["name"], p["version"]) for p in packages if "editable" not in p["source"]}


def test_the_packages_that_the_course_is_about_are_dependencies(project: dict) -> None:
    have = {Requirement(line).name for line in project["project"]["dependencies"]}
    assert have >= ALWAYS_THERE


def test_conda_installs_the_locked_packages_and_the_course(conda: dict) -> None:
    *from_conda, from_pip = conda["dependencies"]
    assert [item.split("=")[0] for item in from_conda] == ["python", "pip"]
    assert from_pip == {"pip": ["-r requirements.lock", "-e ."]}


def test_conda_python_fits_the_project(project: dict, conda: dict) -> None:
    version = conda["dependencies"][0].split("=")[1]
    assert SpecifierSet(project["project"]["requires-python"]).contains(version)


def test_requirements_lock_holds_what_uv_lock_holds_but_for_spark() -> None:
    assert pinned_in_requirements() == {pin for pin in locked() if pin[0] not in SPARK_ONLY}


def test_course_py_pins_uv_and_the_same_pythons(project: dict) -> None:
    text = (ROOT / "course.py").read_text()
    assert re.search(r'UV = "uv==\d+\.\d+\.\d+"', text)
    low, high = re.search(r"PYTHONS = \(\((.+?)\), \((.+?)\)\)", text).groups()
    supported = SpecifierSet(project["project"]["requires-python"])
    assert supported.contains(low.replace(", ", "."))
    assert supported.contains(high.replace(", ", "."))
    major, minor = map(int, high.split(", "))
    assert not supported.contains(f"{major}.{minor + 1}")


def test_the_continuous_integration_calls_the_readmes_command() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert script.rstrip().splitlines()[-1] in Path(ROOT / "README.md").read_text()


IMPORT_NAME_OF = {
    "pyyaml": "yaml",
    "boto3": "boto3 botocore",
    "ipython": "IPython",
    "protobuf": "google",
    "pillow": "PIL",
    "scikit-learn": "sklearn",
}
ONLY_FOR_ITSELF = {"sklearn"}  # the package answers scikit-learn's questions in its words, if it ever asks


def importable(requirements: list[str]) -> set[str]:
    names = {Requirement(line).name for line in requirements}
    return {module for name in names for module in IMPORT_NAME_OF.get(name, name.replace("-", "_")).split()}


def third_party_imports(folder: Path) -> set[str]:
    found = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(node.module.split(".")[0])
    own = (
        {"course_utils"}
        | {file.stem for file in folder.rglob("*.py")}
        | {path.name for path in folder.rglob("*")}
    )
    return found - own - set(sys.stdlib_module_names)


def test_whatever_the_package_imports_is_a_dependency(project: dict) -> None:
    groups = project["dependency-groups"]
    imports = third_party_imports(ROOT / "course_utils") - ONLY_FOR_ITSELF
    makes_editions = third_party_imports(ROOT / "course_utils/build")
    declared = project["project"]["dependencies"] + groups["spark"]
    assert imports - makes_editions <= importable(declared)
    assert makes_editions - ONLY_FOR_ITSELF <= importable(declared + groups["editions"])


def test_whatever_the_tests_import_is_a_dependency(project: dict) -> None:
    groups = project["dependency-groups"]
    declared = project["project"]["dependencies"] + groups["test"] + groups["editions"] + groups["spark"]
    assert third_party_imports(ROOT / "tests") <= importable(declared)
