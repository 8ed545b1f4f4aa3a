"""Two people's labels of the same images.

Address: `first` and `second` (data sets), `first_version` and `second_version`, `iou`; `kind` (of difference), `class`,
`page`, `image`.
"""

import streamlit as st

from core.errors import AppError
from core.settings import Settings
from pages.sections.datasets.agreement import choose_sides, show_agreement, show_image
from pages.sections.datasets.agreement_cache import compared_labels
from pages.widgets import address
from pages.widgets.cached import current_settings
from pages.widgets.notices import show_error


def main(settings: Settings) -> None:
    """Draws the page."""
    st.title("Two people's labels", anchor=False)
    chosen = choose_sides()
    if chosen is None:
        return
    try:
        compared = compared_labels(settings, *chosen)
    except AppError as error:
        show_error(error)
        return
    image = address.whole("image")
    if image in set(compared.images["image_id"]):
        show_image(compared, int(image or 0))
    else:
        show_agreement(compared)


main(current_settings())
