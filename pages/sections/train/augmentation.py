"""The augmentation card of the train page: random changes and their strengths."""

from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.services import training
from core.training.recipe.recipe import Augmentation
from pages.sections.train import state

# Field of Augmentation -> label, largest strength, help. All are shares.
_STRENGTHS: Final = {
    "scale": ("Scale", 0.5, "Zooms in and out by up to this much."),
    "crop": ("Crop", 0.5, "Cuts off up to this share of each side."),
    "brightness": ("Brightness", 0.5, "Brighter and darker by up to this much."),
    "contrast": ("Contrast", 0.5, "More and less contrast by up to this much."),
    "saturation": ("Saturation", 0.5, "More and less colour by up to this much."),
    "hue": ("Hue", 0.1, "Turns the colour circle by up to this share. Keep it at 0 if colour tells classes apart."),
}


def show_augmentation_card(plan: training.Plan) -> DeltaGenerator | None:
    """The card, folded to a line with the choice. Returns the container of the preview while the card is open."""
    current = plan.recipe.augmentation
    line = f"**Augmentation** · {_in_words(current)}"
    card = st.expander(line, icon=":material/auto_fix_high:", key="train:card:augmentation", on_change="rerun")
    with card:
        st.caption("Training images are changed at random before the model sees them. 0 switches a change off.")
        left, right = st.columns(2, gap="medium")
        left.toggle("Flip left and right", **state.augmentation_setting(current, "flip_horizontal"))
        right.toggle("Flip top and bottom", **state.augmentation_setting(current, "flip_vertical"))
        right.toggle(
            "Quarter turns",
            help="For images without an up and a down, such as aerial images or microscopy. Boxes stay tight.",
            **state.augmentation_setting(current, "quarter_turns"),
        )
        left.slider(
            "Rotation",
            0.0,
            90.0,
            step=1.0,
            format="± %d°",
            help="A rotated box becomes the upright box around it, which grows with the angle.",
            **state.augmentation_setting(current, "rotation_deg"),
        )
        for number, (field, (label, most, help_text)) in enumerate(_STRENGTHS.items()):
            (right, left)[number % 2].slider(
                label,
                0.0,
                most,
                step=most / 50,
                format="percent",
                help=help_text,
                **state.augmentation_setting(current, field),
            )
        return st.container() if card.open else None


def _in_words(current: Augmentation) -> str:
    flips = {
        "flip": current.flip_horizontal,
        "flip up and down": current.flip_vertical,
        "quarter turns": current.quarter_turns,
    }
    words = [word for word, is_on in flips.items() if is_on]
    words += [f"rotation ± {current.rotation_deg:g}°"] if current.rotation_deg else []
    strengths = {label.lower(): getattr(current, field) for field, (label, _, _) in _STRENGTHS.items()}
    words += [f"{label} ± {strength:.0%}" for label, strength in strengths.items() if strength]
    return ", ".join(words) or "none"
