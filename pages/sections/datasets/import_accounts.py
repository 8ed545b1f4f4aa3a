"""What becomes of everything in a source, as a table in which nothing disappears."""

import html
from typing import Final

import streamlit as st

from core.labels.imports.accounting import accounts_of
from core.labels.reading.accounts import Account
from core.services.datasets import Inspection

_HEADS: Final = ("", "Found", "To import", "Blocked", "Left out")
_STYLE: Final = (
    "width:100%;max-width:44rem;border-collapse:collapse;font-size:.875rem;line-height:1.5;"
    "font-variant-numeric:tabular-nums"
)
_CELL: Final = "padding:.25rem .5rem;text-align:right;vertical-align:top;border-bottom:1px solid rgba(128,128,128,.25)"


def show_accounts(inspection: Inspection) -> None:
    """Images, label files, objects and split entries: found, to import, blocked, and left out with the reasons."""
    accounts = accounts_of(inspection.examination)
    rows = {
        "Images": accounts.images,
        "Label files": accounts.label_files,
        "Objects": accounts.objects,
        "Split entries": accounts.split_entries,
    }
    head = "".join(f'<th style="{_CELL};font-weight:400;opacity:.65">{words}</th>' for words in _HEADS)
    body = "".join(_row(name, account) for name, account in rows.items() if account.found)
    st.html(f'<table class="accounts" style="{_STYLE}"><tr>{head}</tr>{body}</table>')


def _row(name: str, account: Account) -> str:
    left_out = account.left_out.total()
    numbers = "".join(f'<td style="{_CELL}">{value:,}</td>' for value in (account.found, account.imported))
    weight = ";font-weight:600" if account.blocked else ""
    reasons = "".join(
        f"<div>{html.escape(reason)}: {number:,}</div>" for reason, number in account.left_out.most_common() if number
    )
    why = f'<details><summary style="cursor:pointer">{left_out:,}</summary>{reasons}</details>' if left_out else "0"
    return (
        f'<tr><td style="{_CELL};text-align:left">{name}</td>{numbers}'
        f'<td style="{_CELL}{weight}">{account.blocked:,}</td><td style="{_CELL}">{why}</td></tr>'
    )
