"""Checks of how label files, images and splits of a source fit together (core.labels.reading)."""

from typing import Final

from core.labels.checks.entries.entry import Entry, Scope
from core.labels.findings import Severity

_BLOCKS, _FIXED, _LOOK = (Severity.BLOCKS,), (Severity.FIXED,), (Severity.LOOK,)

RULE_ENTRIES: Final = (
    Entry(
        id="doubtful-reading",
        scope=Scope.READING,
        severities=(Severity.BLOCKS, Severity.LOOK),
        title="Labels that can be read in two ways",
        what="Read as the format says, many boxes of a group need repair. Another that fits is taken and said.",
        why="Corners taken for centres, or px for shares, put every box of the group in a wrong place.",
        remedy="Compare the boxes drawn under both readings, and choose one.",
    ),
    Entry(
        id="ambiguous-image",
        scope=Scope.READING,
        severities=_BLOCKS,
        title="Labels that fit several images",
        what="A label file or record fits two images equally well.",
        why="On the wrong image, every object of it is wrong.",
        remedy="Write the path of the image into the labels, or give the images different names.",
    ),
    Entry(
        id="orphan-label",
        scope=Scope.READING,
        severities=(Severity.BLOCKS, Severity.LOOK),
        title="Label files without an image",
        what="A label file or entry belongs to no image of the source. It blocks if it has objects.",
        why="Its objects are lost; often the images were renamed or only a part of them was copied.",
        remedy="Add the image, or remove the label file.",
    ),
    Entry(
        id="image-without-label",
        aliases=("orphan-image",),
        scope=Scope.READING,
        severities=_LOOK,
        title="Images without a label",
        what="An image has no label file and no entry.",
        why="It is not labelled yet, or background; for training these are opposites.",
        remedy="Choose on import whether they are background or not labelled yet.",
    ),
    Entry(
        id="in-no-split",
        scope=Scope.READING,
        severities=_LOOK,
        title="Images in no split",
        what="The source has lists of splits, and none of them names the image.",
        why="It takes part in neither training nor evaluation.",
        remedy="Add the image to a list, or choose a ratio on import.",
    ),
    Entry(
        id="two-splits",
        scope=Scope.READING,
        severities=_LOOK,
        title="Images that the source puts into two splits",
        what="Two lists of splits name one image.",
        why="A result on an image that was trained on is too good.",
        remedy="Name each image in one split only; the first one was used.",
    ),
    Entry(
        id="encoding-guessed",
        scope=Scope.READING,
        severities=(Severity.BLOCKS, Severity.LOOK),
        title="Text in an unknown encoding",
        what="A file is neither UTF-8 nor UTF-16 and declares no encoding. It blocks if names or paths depend on it.",
        why="In the wrong code page a class has a wrong name, and a path fits no image.",
        remedy="Save the file as UTF-8.",
    ),
    Entry(
        id="link-passed-over",
        scope=Scope.READING,
        severities=_LOOK,
        title="Links that are not followed",
        what="The source holds a symbolic or hard link.",
        why="A link can lead out of the source, to files that are not part of it.",
        remedy="Copy the file itself into the source, if it belongs there.",
    ),
    Entry(
        id="unsupported-image",
        scope=Scope.IMAGES,
        severities=(Severity.BLOCKS, Severity.LOOK),
        title="Images of a kind that is not read",
        what="An image has a format that this installation cannot decode, such as HEIC. It blocks if it has objects.",
        why="It can be neither shown nor trained on.",
        remedy="Convert it to JPEG or PNG, or install the extra requirements for its format.",
    ),
    Entry(
        id="cut-off-image",
        scope=Scope.IMAGES,
        severities=(Severity.FIXED,),
        title="Images that end early",
        what="The last rows of an image are missing: at most 5 % of all, else it counts as `unreadable-image`.",
        why="The missing rows are grey or black, and objects there, which the finding names, cannot be seen.",
        remedy="It is stored as decoded. Replace the file by a sound copy if there is one.",
    ),
    Entry(
        id="exif-unreadable",
        scope=Scope.IMAGES,
        severities=(Severity.LOOK,),
        title="Images with broken EXIF data",
        what="The EXIF data of an image are empty, cut off or something else, and are ignored.",
        why="They may have said that the camera stored the image turned.",
        remedy="Look whether the image is the right way up.",
    ),
)
