"""What a sweep cannot find out, said before it starts."""

from core.evaluation.intervals.intervals import FEWEST_IMAGES
from core.services.runs.control import run_folder
from core.services.training.rerun import stored_run
from core.settings import Settings
from core.training.run.splits import as_the_run_has_it
from core.workspace.datasets import VersionFolder, load_labels


def caveat_of(settings: Settings, run: str) -> str:
    """Why a sweep from this run can only answer that nothing is better, in sentences; "" if it can say more.

    Raises AppError if the run's recipe or data no longer exist.
    """
    labels = load_labels(VersionFolder(stored_run(settings, run).data.folder))
    images = as_the_run_has_it(labels.images, run_folder(settings, run))
    validated = images.loc[(images["split"] == "val") & (images["use"] != "unlabelled"), "image_id"]
    objects = labels.annotations[~labels.annotations["is_crowd"]]
    count = objects.loc[objects["image_id"].isin(validated), "image_id"].nunique()
    if count >= FEWEST_IMAGES:
        return ""
    return (
        f"Validation has {count} images with objects. With fewer than {FEWEST_IMAGES} the check cannot tell better "
        "settings from chance, so the answer will be that nothing is better. Move images into validation first."
    )
