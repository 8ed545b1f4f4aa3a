"""The policy of pages follows from the page itself: its inline scripts count by their hashes."""

import base64
import hashlib

from web.policy import page_policy


def test_inline_scripts_count_by_their_hash_and_all_others_not() -> None:
    page = '<script>\n a = 1\n</script><script src="x.js"></script><script type="module" src="y.js"></script>'
    policy = page_policy(page)
    digest = base64.b64encode(hashlib.sha256(b"\n a = 1\n").digest()).decode()
    assert f"script-src 'self' blob: 'sha256-{digest}';" in policy
    assert "unsafe-eval" not in policy
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe-inline" not in scripts


def test_a_page_without_inline_scripts_has_a_policy_too() -> None:
    assert "script-src 'self' blob:;" in page_policy("<p>")
