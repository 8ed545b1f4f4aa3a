"""Damaged archives are unpacked or refused, whatever the damage; nothing else is raised, and nothing is left."""

import io
import random
import tarfile
import zipfile
from pathlib import Path

import pytest

from core.errors import UploadError
from core.labels.imports.archive import unpack
from core.settings import Limits
from tests.factories.archives import zip_bytes

FILES = {"größe/a.txt": b"a" * 700, "i.zip": zip_bytes({"a.jpg": b"x"}), "x" * 150 + "/b.jpg": b"b" * 512}


def tar_bytes(mode: str) -> bytes:
    """A tar with extended headers."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
        for name, content in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def packed_zip(method: int) -> bytes:
    """A zip in one method of compression."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return buffer.getvalue()


SOUND = {
    **{mode: tar_bytes(mode) for mode in ("w", "w:gz", "w:bz2", "w:xz")},
    **{f"zip {method}": packed_zip(method) for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA)},
}


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The content with a few bytes changed, removed or repeated, or cut off."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(data))
        kind = chance.random()
        if kind < 0.5:
            data[at] = chance.choice([0, 255, chance.randrange(256)])
        elif kind < 0.7:
            del data[at : at + chance.randint(1, 60)]
        elif kind < 0.9:
            data[at:at] = data[chance.randrange(len(data)) :][: chance.randint(1, 200)]
        else:
            del data[at + 1 :]
    return bytes(data)


@pytest.mark.parametrize("content", SOUND.values(), ids=SOUND)
def test_a_damaged_archive_is_unpacked_or_refused(tmp_path: Path, content: bytes) -> None:
    chance = random.Random(13)
    for number in range(60):
        (tmp_path / "a").write_bytes(damaged(content, chance))
        folder = tmp_path / str(number)
        try:
            unpack(tmp_path / "a", folder / "out", Limits())
        except UploadError as error:
            assert error.remedy
            assert [path.name for path in folder.rglob("*")] == ["out"]
