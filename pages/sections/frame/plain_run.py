"""The door's rules under plain `streamlit run streamlit_app.py`, where no door stands in front of the web socket.

Nothing of the workspace is shown then, and nothing can be done, unless the app's own page asks.
"""

import streamlit as st

from core.addresses import Endpoint
from core.errors import AppError
from core.settings import Settings
from pages.widgets import routes
from web.door import refuse_headers
from web.start import check_address


def check_visitor(settings: Settings) -> None:
    """Raise AppError where server.py would have refused the visitor, or would not have started."""
    headers = st.context.headers
    # Tests of pages have no visitor.
    if routes.are_served() or not headers:
        return
    address = str(st.get_option("server.address") or "")
    check_address(settings, address, "server.address")
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    endpoint = Endpoint(scheme=scheme, address=address, port=int(st.get_option("server.port")))
    given = [(name.encode(), value.encode()) for name in headers for value in headers.get_all(name)]
    if refusal := refuse_headers(given, endpoint, settings.names):
        raise AppError(refusal.message, refusal.remedy)
