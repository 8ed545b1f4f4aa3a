"""The wheels that travel with tools/gpu_check.py."""

import ast
import importlib.metadata
import re
import zipfile
from pathlib import Path

import pytest
from gpu_checks.wheels import PACKAGES, suits, unpack

ROOT = Path(__file__).resolve().parents[3]
# What the machine has, what pages, drawings and sweeps need, and Detectron2's needs that the product does not load.
_NOT_TAKEN = {
    "numpy", "pandas", "pyarrow", "torch", "torchvision", "streamlit", "plotly", "starlette", "uvicorn", "matplotlib",
    "hydra-core", "contourpy", "optuna",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "is_usable"),
    [
        pytest.param("yacs-0.1.8-py3-none-any.whl", True, id="pure"),
        pytest.param("defusedxml-0.7.1-py2.py3-none-any.whl", True, id="pure for two"),
        pytest.param("pillow-13.0.0-cp312-cp312-manylinux_2_28_x86_64.whl", True, id="compiled for it"),
        pytest.param("pillow-13.0.0-cp311-cp311-manylinux_2_28_x86_64.whl", False, id="compiled for another"),
        pytest.param("hotcoco-1.3.0-cp310-abi3-manylinux2014_x86_64.whl", True, id="stable since 3.10"),
        pytest.param("later-1.0-cp313-abi3-manylinux2014_x86_64.whl", False, id="stable since 3.13"),
        pytest.param("built-1.0-1-cp312-cp312-linux_x86_64.whl", True, id="with a build number"),
    ],
)
def test_a_wheel_tells_its_python_by_its_name(name: str, is_usable: bool) -> None:
    assert suits(name, 12) == is_usable


def _wheel(folder: Path, name: str, files: dict[str, str]) -> None:
    with zipfile.ZipFile(folder / name, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)


def test_usable_wheels_are_unpacked_and_others_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheels, site = tmp_path / "wheels", tmp_path / "site"
    wheels.mkdir()
    _wheel(wheels, "pure-1.0-py3-none-any.whl", {"pure.py": "A = 1", "pure-1.0.dist-info/METADATA": "Name: pure"})
    _wheel(wheels, "old-1.0-cp310-cp310-linux_x86_64.whl", {"old.py": ""})
    assert unpack(wheels, site) == ["old-1.0-cp310-cp310-linux_x86_64.whl"]
    assert sorted(path.name for path in site.iterdir()) == ["pure-1.0.dist-info", "pure.py"]
    assert "Not for this Python: old-1.0" in capsys.readouterr().err


def test_every_requirement_travels_or_is_not_needed() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    required = {re.split(r"[=<>]", line)[0].lower() for line in lines if line and not line.startswith("#")}
    assert required - {name.lower() for name in PACKAGES} == _NOT_TAKEN


def test_every_package_that_travels_is_installed_where_the_folder_is_filled() -> None:
    assert all(importlib.metadata.version(name) for name in PACKAGES)


@pytest.mark.parametrize("script", ["gpu_check.py", "gpu_checks/wheels.py", "gpu_checks/__init__.py"])
def test_what_runs_before_the_wheels_are_unpacked_needs_the_standard_library_only(script: str) -> None:
    tree = ast.parse((ROOT / "tools" / script).read_text())
    top = {alias.name.split(".")[0] for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    top |= {str(node.module).split(".")[0] for node in tree.body if isinstance(node, ast.ImportFrom)}
    neighbours = {"install_detectron2", "pip_quietly"}
    assert top - neighbours <= {
        "argparse",
        "os",
        "sys",
        "tempfile",
        "pathlib",
        "importlib",
        "re",
        "subprocess",
        "zipfile",
    }
