"""Runs that exist: list, watch, stop, note, queue, trash. For pages and the command line."""

from typing import TYPE_CHECKING

from core.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from core.services.runs.compute import (
        ClusterState,
    )
    from core.services.runs.control import (
        Devices,
        describe_run,
        devices,
        kill,
        list_runs,
        log_file,
        open_curves,
        read_curves,
        read_log,
        read_metrics,
        resume,
        run_folder,
        search_log,
        stop,
        wait,
    )
    from core.services.runs.description import (
        EnvironmentStart,
        RunCheckpoint,
        RunDescription,
        StartWeights,
    )
    from core.services.runs.notes import (
        LONGEST_NOTE,
        MOST_TAGS,
        archive,
        change_tags,
        rename,
        unarchive,
        write_note,
    )
    from core.services.runs.queue import (
        Waiting,
        cancel_waiting,
        list_queue,
        move_by,
        move_to,
        prioritise,
        queue_position,
    )
    from core.services.runs.samples import (
        SAMPLE_IOU,
        RunSamples,
        SampleImage,
        SampleStep,
        read_samples,
    )
    from core.services.runs.summary import (
        RunSummary,
    )
    from core.services.runs.trash import (
        TrashedRun,
        delete,
        empty_old,
        list_trash,
        purge,
        restore,
    )
else:
    __getattr__ = lazy_exports(__name__, __file__)

__all__ = [
    "LONGEST_NOTE",
    "MOST_TAGS",
    "SAMPLE_IOU",
    "ClusterState",
    "Devices",
    "EnvironmentStart",
    "RunCheckpoint",
    "RunDescription",
    "RunSamples",
    "RunSummary",
    "SampleImage",
    "SampleStep",
    "StartWeights",
    "TrashedRun",
    "Waiting",
    "archive",
    "cancel_waiting",
    "change_tags",
    "delete",
    "describe_run",
    "devices",
    "empty_old",
    "kill",
    "list_queue",
    "list_runs",
    "list_trash",
    "log_file",
    "move_by",
    "move_to",
    "open_curves",
    "prioritise",
    "purge",
    "queue_position",
    "read_curves",
    "read_log",
    "read_metrics",
    "read_samples",
    "rename",
    "restore",
    "resume",
    "run_folder",
    "search_log",
    "stop",
    "unarchive",
    "wait",
    "write_note",
]
