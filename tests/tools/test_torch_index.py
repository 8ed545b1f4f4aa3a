"""`make setup TORCH_INDEX=URL` for real, with small wheels in folders as package indexes."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pip
import pytest
import set_up

import torch_index

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = {"torch": "2.14.1", "torchvision": "0.29.1"}


def make_wheel(folder: Path, project: str, version: str) -> Path:
    """A wheel of one empty module. A local version, such as 1.0+cpu, tells where it came from."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{project}-{version}.dist-info"
    contents = {
        f"{project}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {
        name: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        for name, text in contents.items()
    }
    record = [f"{name},sha256={digests[name]},{len(text)}" for name, text in contents.items()]
    path = folder / f"{project}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in contents.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", "\n".join([*record, f"{info}/RECORD,,"]) + "\n")
    return path


def make_index(folder: Path, build: str = "") -> str:
    """The URL of a package index in a folder, with both projects in this build (a local version)."""
    for project, version in VERSIONS.items():
        wheel = make_wheel(folder / project, project, version + build)
        (folder / project / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
    return folder.as_uri()


class Clone:
    """A repository with our Makefile and tools, requirements of torch and torchvision alone, and no Detectron2."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "clone"
        self.usual = make_index(folder / "usual")
        shutil.copytree(ROOT / "tools", self.root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "Makefile", self.root)
        # Detectron2 is what costs time: a download, and an import of the real torch.
        (self.root / "tools/install_detectron2.py").write_text("")
        pins = [f"{name}=={version}\n" for name, version in VERSIONS.items()]
        (self.root / "requirements.txt").write_text("# Worker\n" + "".join(pins))
        self._make_environment()

    def _make_environment(self) -> None:
        """A .venv as the set-up makes it, but with the pip that is here, which takes no installation."""
        venv.create(self.root / ".venv", symlinks=True)
        (site_packages,) = self.root.glob(".venv/lib/python*/site-packages")
        (site_packages / "pip").symlink_to(Path(pip.__file__).parent)

    def set_up(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`make setup`, on a machine whose pip is configured with the usual index, by file and by variable."""
        configuration = self.root / "pip.conf"
        configuration.write_text(f"[global]\nindex-url = {self.usual}\nextra-index-url = {self.usual}\n")
        own = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        own |= {"PIP_CONFIG_FILE": str(configuration), "PIP_FIND_LINKS": f"{self.usual}/torch"}
        return subprocess.run(
            ["make", "setup", *arguments],
            cwd=self.root,
            env={name: value for name, value in own.items() if name not in ("TORCH_INDEX", "DETECTRON2", "PYTHON")},
            capture_output=True,
            text=True,
            check=False,
        )

    def installed(self) -> dict[str, str]:
        """The versions in its .venv."""
        folders = self.root.glob(".venv/lib/python*/site-packages/torch*.dist-info")
        return dict(folder.name.removesuffix(".dist-info").split("-") for folder in folders)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return Clone(tmp_path_factory.mktemp("torch-index"))


def test_torch_comes_from_the_index_of_choice_until_the_default_is_asked_for(clone: Clone) -> None:
    cpu = make_index(clone.root.parent / "cpu", "+cpu")
    cpu_build = {name: f"{version}+cpu" for name, version in VERSIONS.items()}

    first = clone.set_up(f"TORCH_INDEX={cpu}")
    assert first.returncode == 0, first.stderr
    assert f"Installing torch and torchvision from {cpu}" in first.stdout
    assert clone.installed() == cpu_build

    # Remembered: when nothing has changed, and when something else has.
    again = clone.set_up()
    assert "Installing" not in again.stdout
    (clone.root / "requirements.txt").open("a").write("\n")
    changed = clone.set_up()
    assert changed.returncode == 0, changed.stderr
    assert clone.installed() == cpu_build

    back = clone.set_up("TORCH_INDEX=default")
    assert back.returncode == 0, back.stderr
    assert clone.installed() == VERSIONS


def test_no_other_index_is_asked_for_torch(clone: Clone) -> None:
    empty = clone.root.parent / "empty"
    empty.mkdir()
    done = clone.set_up(f"TORCH_INDEX={empty.as_uri()}")
    assert done.returncode != 0
    assert "No matching distribution found for torch" in done.stderr
    assert "Set-up failed" in done.stderr

    # The choice outlives the failure, so that a second try does not quietly take the large build.
    assert "No matching distribution" in clone.set_up().stderr


@pytest.mark.parametrize(
    "index", ["cpu", "/some/folder", "ftp://example.org/cpu", "https://", "-r evil.txt"], ids=lambda index: index
)
def test_what_is_no_url_is_refused_before_anything_is_installed(
    index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(set_up, "STAMPS", {layer: tmp_path / layer for layer in set_up.STAMPS})
    monkeypatch.setattr(set_up, "_ensure_venv", lambda: pytest.fail("the environment was touched"))
    monkeypatch.setattr("sys.argv", ["set_up.py", "app"])
    monkeypatch.setenv("TORCH_INDEX", index)
    assert set_up.main() == 1
    assert "TORCH_INDEX is not a URL. Give the http(s) or file URL" in capsys.readouterr().err


def test_a_password_in_the_url_is_not_printed() -> None:
    assert torch_index._without_password("https://me:secret@example.org/cpu") == "https://example.org/cpu"


def test_the_index_is_reached_as_pip_reaches_others_and_knows_no_other_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = tmp_path / "pip.conf"
    configuration.write_text("[global]\nproxy = http://127.0.0.1:3128\nextra-index-url = http://127.0.0.1/other\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))
    monkeypatch.setenv("PIP_FIND_LINKS", "/some/wheels")
    monkeypatch.setenv("PIP_CERT", "/some/certificates.pem")
    environment = torch_index._environment(Path(sys.executable))
    found = {name: value for name, value in environment.items() if name.startswith("PIP_")}
    assert (found["PIP_PROXY"], found["PIP_CERT"]) == ("http://127.0.0.1:3128", "/some/certificates.pem")
    assert found["PIP_CONFIG_FILE"] == os.devnull
    assert not {"PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL"} & set(found)


def test_the_choices_are_kept_in_the_stamp_beside_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_up, "STAMPS", {"app": tmp_path / "app.json"})
    sources = set_up.Sources(detectron2="/own/d2", torch_index="https://example.org/cpu")
    set_up._write_stamp("app", "hash", sources)
    assert json.loads((tmp_path / "app.json").read_text()) == {
        "hash": "hash",
        "detectron2": "/own/d2",
        "torch_index": "https://example.org/cpu",
    }
    monkeypatch.delenv("DETECTRON2", raising=False)
    monkeypatch.delenv("TORCH_INDEX", raising=False)
    assert set_up._sources() == sources
