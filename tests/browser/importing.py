"""What the browser tests do on the import page."""

from playwright.sync_api import Page, expect

from tests.browser.plots import come_to_rest


def click_import(page: Page) -> None:
    """Click Import once it is enabled. While the page is drawn again, the old button still stands beside the new."""
    button = page.locator("button:enabled").and_(page.get_by_role("button", name="Import", exact=True))
    expect(button).to_have_count(1)
    come_to_rest(page)
    button.first.click()
