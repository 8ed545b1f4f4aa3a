"""What each check is about, for pages, remedies and docs/checks.md."""
