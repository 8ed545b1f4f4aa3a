"""VIA 3: projects of files, views of them, and metadata on views."""

from typing import Any, Final

from core.coco.values import id_key, quoted
from core.labels.formats.json_records import attributes_of, text_of
from core.labels.formats.via.records import Declared, Region, ViaFile, ViaImage, declared

_KINDS: Final = {1: "text", 2: "checkbox", 3: "radio", 4: "dropdown", 5: "image"}
_NO_IMAGES: Final = {4: "video", 8: "audio"}
# The content of the file is in `src`, which is no path then.
_INLINE: Final = 4


def is_project(document: Any) -> bool:
    """Whether a document has the tables of VIA 3."""
    return isinstance(document, dict) and all(
        isinstance(document.get(key), dict) for key in ("file", "view", "metadata")
    )


def read_project(file: str, document: dict[str, Any]) -> ViaFile:
    """The content of a project of VIA 3. Files without metadata are listed, and not annotated."""
    seen = ViaFile(file=file)
    names = dict[str, tuple[str, Declared]]()
    attributes = document.get("attribute")
    for key, value in attributes.items() if isinstance(attributes, dict) else ():
        if isinstance(value, dict):
            names[key] = (text_of(value.get("aname")) or key, _declared(value))
    seen.declared = dict(names.values())
    views = {key: _file_of(view) for key, view in document["view"].items()}
    of_file: dict[str, list[Region]] = {}
    stray: list[Region] = []
    texts: dict[str, dict[str, str]] = {}
    for line, record in enumerate(document["metadata"].values(), 1):
        region, view = _region(record, line, names)
        fid = views.get(view, "")
        if region is None:
            texts.setdefault(fid, {}).update(attributes_of(_named(record.get("av"), names)))
        elif fid in document["file"]:
            of_file.setdefault(fid, []).append(region)
        else:
            fault = region.fault or f"its view {view!r} does not show one file"
            stray.append(Region(shape=None, attributes={}, line=line, fault=fault))
    prefixes = _prefixes(document.get("config"))
    for line, (fid, record) in enumerate(document["file"].items(), 1):
        _add_file(seen, fid, record, line, prefixes, of_file.get(fid, []), texts.get(fid, {}))
    if stray:
        seen.images.append(ViaImage(image="metadata without a file", line=0, regions=tuple(stray)))
    return seen


def _declared(value: dict[str, Any]) -> Declared:
    kind = value.get("type")
    return declared(_KINDS.get(kind) if isinstance(kind, int) else None, value.get("options"))


def _file_of(view: Any) -> str:
    """The id of the file that a view shows; "" for none or several."""
    fids = view.get("fid_list") if isinstance(view, dict) else None
    return id_key(fids[0]) or "" if isinstance(fids, list) and len(fids) == 1 else ""


def _region(record: Any, line: int, names: dict[str, tuple[str, Declared]]) -> tuple[Region | None, str]:
    """The region of a metadata record and its view; no region for attributes of a whole file."""
    if not isinstance(record, dict):
        return Region(shape=None, attributes={}, line=line, fault=f"it is {quoted(record)}, expected an object"), ""
    view = id_key(record.get("vid")) or ""
    times, shape = record.get("z"), record.get("xy")
    if times:
        what = "a region at a time of a video" if shape else "a segment of time"
        return Region(shape=shape, attributes={}, line=line, fault=f"{what}, not of an image"), view
    if not shape:
        return None, view
    return Region(shape=shape, attributes=_named(record.get("av"), names), line=line), view


def _named(values: Any, names: dict[str, tuple[str, Declared]]) -> dict[str, Any]:
    """Attributes by name instead of id, with the descriptions of the options instead of their ids."""
    if not isinstance(values, dict):
        return {}
    return {names[key][0] if key in names else key: _value(value, names.get(key)) for key, value in values.items()}


def _value(value: Any, attribute: tuple[str, Declared] | None) -> Any:
    if attribute is None or not isinstance(value, str):
        return value
    options = {key: text or key for key, text in attribute[1].options}
    if attribute[1].kind == "checkbox":
        return {options.get(key, key): True for key in value.split(",")}
    return options.get(value, value) if attribute[1].kind != "image" else value


def _prefixes(config: Any) -> dict[str, Any]:
    files = config.get("file") if isinstance(config, dict) else None
    prefixes = files.get("loc_prefix") if isinstance(files, dict) else None
    return prefixes if isinstance(prefixes, dict) else {}


def _add_file(
    seen: ViaFile, fid: str, record: Any, line: int, prefixes: dict[str, Any],
    regions: list[Region], texts: dict[str, str],
) -> None:  # fmt: skip
    if not isinstance(record, dict):
        seen.note_broken(f"file {line}", record)
        if not regions:
            return
        record = {}
    kind = _NO_IMAGES.get(record["type"]) if isinstance(record.get("type"), int) else None
    if kind:
        seen.passed_over[kind] = seen.passed_over.get(kind, 0) + 1
        regions = [
            Region(shape=None, attributes={}, line=region.line, fault=region.fault or f"a region of a {kind} file")
            for region in regions
        ]
        if not regions:
            return
    name, location = text_of(record.get("fname")), record.get("loc")
    source = "" if location == _INLINE else text_of(record.get("src"))
    prefix = text_of(prefixes.get(str(location)))
    others = (prefix + source if prefix and source else "", name)
    image = source or name or f"file {text_of(fid)}"
    seen.images.append(
        ViaImage(
            image=image,
            other_images=tuple(other for other in others if other and other != image),
            line=line,
            is_annotated=bool(regions),
            regions=tuple(regions),
            attributes=texts,
        )
    )
