"""The security headers of all answers, with one Content-Security-Policy for pages and one for content."""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final

Headers = list[tuple[bytes, bytes]]

_INLINE_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_ON_ALL: Final = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"x-frame-options": b"DENY",
    b"cross-origin-resource-policy": b"same-origin",
}
# Addresses that are no pages: images, logs, Streamlit's downloads, answers of its interfaces.
_CONTENT: Final = ("/pictures/", "/api/", "/media/", "/_stcore/", "/component/")
# Makes a hostile file harmless when it is opened alone in a tab.
CONTENT_POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def page_policy(index_html: str) -> str:
    """The policy of the app's pages: only scripts of this server, and the inline ones of `index_html` by their hashes.

    Components load their scripts as `blob:`, and Streamlit writes styles into the page. Nothing else is allowed; no
    text can become a script (`unsafe-eval`, `unsafe-inline`).
    """
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in _INLINE_SCRIPT.findall(index_html))
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob: {hashes}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "frame-src 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def is_content(path: str) -> bool:
    """Whether an address is content that pages load, and no page."""
    return path.startswith(_CONTENT)


def with_security(headers: Iterable[tuple[bytes, bytes]], path: str, page: str) -> Headers:
    """The headers of an answer with the security headers, which replace headers of the same name.

    A policy that the answer already has stays beside ours: browsers enforce both.
    """
    policy = CONTENT_POLICY if is_content(path) else page
    kept = [(name, value) for name, value in headers if name.lower() not in _ON_ALL]
    return [*kept, *_ON_ALL.items(), (b"content-security-policy", policy.encode("ascii"))]


def plain_headers(content: bytes, more: Mapping[bytes, bytes]) -> Headers:
    """The headers of a small JSON answer that is not cached."""
    own = {b"content-type": b"application/json", b"content-length": str(len(content)).encode()}
    return [*own.items(), (b"cache-control", b"no-store"), *more.items()]


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
