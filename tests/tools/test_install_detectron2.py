"""The wheel that is packed from Detectron2's source archive, and the stand-in for its compiled operators."""

import base64
import hashlib
import io
import tarfile
import types
import zipfile
from pathlib import Path

import install_detectron2
import pytest


def make_sdist(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"pb1-detectron2-0.6/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def wheel(tmp_path: Path) -> zipfile.ZipFile:
    files = {
        "setup.py": b"raise SystemExit('never run')",
        "LICENSE": b"Apache",
        "detectron2/__init__.py": b"",
        "detectron2/model_zoo/configs/Base.yaml": b"MODEL: {}",
        "projects/PointRend/point_rend/__init__.py": b"",
        "tools/train_net.py": b"",
    }
    sdist = make_sdist(tmp_path / "source.tar.gz", files)
    return zipfile.ZipFile(install_detectron2.build_wheel(sdist, tmp_path / "detectron2-0.6-py3-none-any.whl"))


def test_the_wheel_holds_the_package_its_yaml_files_and_sub_projects_only(
    wheel: zipfile.ZipFile,
) -> None:
    packed = {name for name in wheel.namelist() if not name.startswith(install_detectron2.DIST_INFO)}
    assert packed == {
        "detectron2/__init__.py",
        "detectron2/_C.py",
        "detectron2/model_zoo/configs/Base.yaml",
        "detectron2/projects/point_rend/__init__.py",
    }


def test_the_record_names_every_file_with_its_hash_and_size(wheel: zipfile.ZipFile) -> None:
    lines = wheel.read(f"{install_detectron2.DIST_INFO}/RECORD").decode().splitlines()
    listed = {name: (digest, size) for name, digest, size in (line.split(",") for line in lines)}
    assert set(listed) == set(wheel.namelist())
    content = wheel.read("detectron2/model_zoo/configs/Base.yaml")
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    assert listed["detectron2/model_zoo/configs/Base.yaml"] == (f"sha256={digest}", str(len(content)))


def test_using_a_compiled_operator_says_what_to_install() -> None:
    stub = types.ModuleType("detectron2._C")
    exec(install_detectron2.COMPILED_STUB, stub.__dict__)
    with pytest.raises(ImportError, match=r"box_iou_rotated.*make setup DETECTRON2="):
        _ = stub.box_iou_rotated
    assert not hasattr(stub, "__path__")
