"""The user's choices about how a source is read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What the user overrules.

    `format` is a reader's id or auto. `coordinates` is a frame for all groups (core.labels.reading.frames), `readings`
    are (key, frame) of single groups, or (key, kind of row). `names` are class names by number, `first_id` the number
    of the first name (0 or 1). `annotator` is whose labels count where a tool keeps several people's. `class_lists` are
    the files of lists of names that count where several rule the same label files. `encodings` are (file or folder,
    encoding) for text that does not say its own.
    """

    format: str = "auto"
    coordinates: str = "auto"
    readings: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] | None = None
    first_id: int = 0
    annotator: str = ""
    class_lists: tuple[str, ...] = ()
    encodings: tuple[tuple[str, str], ...] = ()
