"""Addresses of the routes of server.py, and whether this process serves them.

Plain `streamlit run streamlit_app.py` does not: images then travel inside the page, and uploads use Streamlit's file
widget.
"""

from urllib.parse import quote

from starlette.convertors import Convertor, register_url_convertor


class _Number(Convertor[int]):
    """A whole number that fits into 64 bits. Starlette's convertor accepts any length; int() and tables do not."""

    regex = "[0-9]{1,18}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("number", _Number())
UPLOAD_ROUTE = "/api/upload/{id}"
VERSION_IMAGE_ROUTE = "/pictures/{dataset}/{version}/{image_id:number}"
EVALUATION_IMAGE_ROUTE = "/pictures/evaluation/{evaluation}/{image_id:number}"
EVALUATION_CROP_ROUTE = "/pictures/evaluation/{evaluation}/{image_id:number}/{kind}/{box:number}"
RUN_LOG_ROUTE = "/api/run/{run}/log"
# All other paths with these first parts.
REST_ROUTES = ("/api/{rest:path}", "/pictures/{rest:path}")
NAME_HEADER = "X-File-Name"

_served = False


def announce() -> None:
    """Records that this process serves the routes. server.py calls it once."""
    global _served
    _served = True


def are_served() -> bool:
    """Whether pages may use the addresses below."""
    return _served


def version_image(dataset: str, version: str, image_id: int, thumbnail: bool = False) -> str:
    """The address of a data set's image, relative to the app's root; a thumbnail is 320 px wide."""
    width = "?w=320" if thumbnail else ""
    return f"pictures/{quote(dataset, safe='')}/{quote(version, safe='')}/{image_id}{width}"


def evaluation_image(evaluation: str, image_id: int, thumbnail: bool = False) -> str:
    """The address of an evaluated image; a thumbnail is 320 px wide."""
    width = "?w=320" if thumbnail else ""
    return f"pictures/evaluation/{quote(evaluation, safe='')}/{image_id}{width}"


def evaluation_crop(evaluation: str, image_id: int, kind: str, box: int) -> str:
    """The address of the crop of a detection or truth from an evaluated image."""
    return f"pictures/evaluation/{quote(evaluation, safe='')}/{image_id}/{quote(kind, safe='')}/{box}"


def upload(key: str) -> str:
    """The address to which the browser sends the file of an open upload."""
    return f"api/upload/{quote(key, safe='')}"


def run_log(run: str) -> str:
    """The address of the download of a run's whole log."""
    return f"api/run/{quote(run, safe='')}/log"
