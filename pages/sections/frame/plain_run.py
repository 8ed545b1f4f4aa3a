"""The rules of web.door for plain `streamlit run streamlit_app.py`, where the door does not guard the web socket.

A page shows nothing of the workspace, and does nothing, unless the request comes from the app's page.
"""

import streamlit as st

from core.addresses import Endpoint
from core.errors import AppError
from core.settings import Settings
from pages.widgets import routes
from web.door import refuse_headers
from web.start import check_address


def check_visitor(settings: Settings) -> None:
    """Raises AppError if server.py would refuse the visitor, or would not start."""
    headers = st.context.headers
    # Tests of pages have no visitor.
    if routes.are_served() or not headers:
        return
    address = str(st.get_option("server.address") or "")
    check_address(settings, address, "server.address")
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    endpoint = Endpoint(scheme=scheme, address=address, port=int(st.get_option("server.port")))
    raw_headers = [(name.encode(), value.encode()) for name in headers for value in headers.get_all(name)]
    if refusal := refuse_headers(raw_headers, endpoint, settings.names):
        raise AppError(refusal.message, refusal.remedy)
