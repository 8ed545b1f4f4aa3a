"""Every verb with its module and one line of help, in the order of `--help` and docs/cli.md.

The help is here because `python -m core --help` imports no verb.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The module of a verb (in core.cli.nouns, with a command named after the verb), and its summary."""

    module: str
    summary: str


def _noun(module: str, **summaries: str) -> dict[str, Entry]:
    return {
        verb.strip("_").replace("_", "-"): Entry(module=module, summary=summary) for verb, summary in summaries.items()
    }


VERBS: Final[dict[str, Entry]] = {
    **_noun(
        "datasets",
        demo="Make the demo data set as a folder of images and labels.",
        inspect="Show the content of a folder or archive, and its faults.",
        import_="Import a folder or archive as a data set version.",
        datasets="List the data sets.",
        dataset="Show one data set with its versions.",
    ),
    **_noun(
        "versions",
        classes="Rename, merge, drop or reorder classes in a new version of a data set.",
        compare_versions="Say what differs between two versions of a data set, and on which images.",
    ),
    **_noun("agreement", agreement="Compare two people's labels of the same images: the ceiling of a data set."),
    **_noun(
        "models",
        models="List the models that can be trained: the catalogue and custom models.",
        model_add="Add a custom Detectron2 model: its config.yaml and weights.",
        weights="Say which file of published weights goes where, and check the one that is there.",
    ),
    **_noun(
        "training",
        train="Start a training run in the background.",
        preview="Write the first training images of a recipe, augmented as in training.",
        preflight="Check a training on its device: memory, times, and the largest batch.",
        group="Show a group of runs: best and last AP of each run, mean and spread.",
    ),
    **_noun(
        "beyond",
        learning_curve="Train a run's recipe on shares of its images, and say what more images would bring.",
        sweeps="List the sweeps.",
        sweep="Search better settings for a run within a budget; nothing is better is an answer, too.",
        sweep_status="Show a sweep: its trials, and its answer.",
        sweep_stop="Stop a sweep and its run; it can be resumed.",
        sweep_resume="Continue a sweep that was stopped, failed or lost.",
    ),
    **_noun(
        "runs",
        runs="List the runs.",
        run="Show one run.",
        log="Show the end of a run's log, or search it.",
        stop="Stop a run; it writes a checkpoint.",
        kill="End a run at once, without a checkpoint.",
        resume="Continue a run from its last checkpoint.",
        extend="Give a finished or stopped run more iterations; it continues from its last checkpoint.",
        repair="Start a failed run again, with a changed recipe if needed.",
    ),
    **_noun("queue", queue="List what waits for a device, next first; change the order, or remove an entry."),
    **_noun("devices", devices="List the devices that runs are trained on, and what each one does."),
    **_noun(
        "run_keeping",
        note="Write a note (Markdown) on a run. It replaces the old note.",
        tag="Add tags to a run (+good) and remove others (-bad).",
        rename="Rename a run.",
        archive="Archive a run that has ended: lists leave it out.",
        unarchive="Show a run in lists again.",
        delete="Move a run that has ended to the trash.",
        restore="Restore a run from the trash.",
        trash="List the deleted runs, or remove some for good.",
    ),
    **_noun(
        "rebuilding",
        rebuild="Rebuild damaged files of a run, evaluation, data set or custom model from its other files.",
    ),
    **_noun(
        "evaluation",
        evaluate="Evaluate a run's checkpoint, a custom model, or any detector's COCO results or CSV.",
        intervals="Compute error bars: how far the AP of an evaluation may be off on similar images.",
    ),
    **_noun("comparison", compare="Compare two evaluations on the same images."),
    **_noun(
        "thresholds",
        threshold="Choose a score threshold on validation and store it, or apply the stored one.",
    ),
    **_noun(
        "calibration",
        calibrate="Fit temperatures and offsets on validation and store them, or measure the stored ones.",
    ),
    **_noun(
        "findings",
        slices="Score an evaluation by object size, crowding, image and source, the worst slice first.",
        advice="Say what would improve a model most, with figures of an evaluation.",
        boxes="List the detections and missed objects of an evaluation, filtered as on its page.",
    ),
    **_noun("report", report="Write an evaluation with its images as one HTML file that opens without this app."),
    **_noun("seal", seal="Show how often a data set's test scores were opened, or open those of an evaluation."),
    **_noun("label_review", suspects="List label issues, decide about them, and make the corrected version."),
}

# Further names of verbs.
ALIASES: Final = {"label-issues": "suspects"}
