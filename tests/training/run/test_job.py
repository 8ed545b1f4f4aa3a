import shutil
from dataclasses import replace
from pathlib import Path

from core.files import read_json
from core.training.run.folder import RunFolder
from core.training.run.job import Job, read_job, write_job


def _job(workspace: Path) -> Job:
    data = workspace / "datasets" / "cells" / "versions" / "v1"
    cache = workspace / "cache" / "weights"
    return Job(
        run="r-1",
        name="first",
        dataset="cells",
        version="v1",
        data=data,
        slots=workspace / "slots",
        weights_cache=cache,
        weights_file=None,
        classes=("RBC", "WBC"),
    )


def test_a_job_is_read_as_it_was_written(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "runs" / "r-1")
    job = replace(_job(tmp_path), weights_file=Path("/models/mine.pth"))
    write_job(folder, job)
    assert read_job(folder) == job
    document = read_json(folder.job)
    assert document["data"] == "../../datasets/cells/versions/v1"
    assert document["weights_file"] == "/models/mine.pth"


def test_a_moved_workspace_takes_its_jobs_along(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    folder = RunFolder(old / "runs" / "r-1")
    write_job(folder, replace(_job(old), weights_file=folder.root / "start.pth"))
    shutil.move(old, new)
    moved = RunFolder(new / "runs" / "r-1")
    assert read_job(moved) == replace(_job(new), weights_file=moved.root / "start.pth")
