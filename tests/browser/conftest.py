"""What tests in a browser share: one browser for a module, and a page that must not complain."""

import importlib.util
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

_NAME = "browser_driver"
_SPEC = importlib.util.spec_from_file_location(_NAME, Path(__file__).with_name("driver.py"))
assert _SPEC is not None and _SPEC.loader is not None
driver = sys.modules[_NAME] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(driver)

Open = Callable[..., Awaitable[Any]]


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Any]:
    """A fresh headless Chromium; the test is skipped where none is installed."""
    if driver.CHROMIUM is None:
        pytest.skip(driver.WHY_NOT)
    async with driver.Chromium(tmp_path / "profile") as started:
        yield started


@pytest.fixture
async def dashboard(browser: Any, serve: Any) -> AsyncIterator[Open]:
    """Opens the dashboard of a server once it is live; a page that complained of anything fails the test.

    It needs `serve`, so that servers end after the complaints were read: a page complains of a server that is gone.
    """
    pages = []

    async def open_one(ark: Any, query: str = "", **how: Any) -> Any:
        page = await browser.open(f"{ark.url}/_emulator/{query}", **how)
        pages.append(page)
        await page.wait("document.querySelector('.phase')?.textContent === 'Live'")
        return page

    yield open_one
    assert [complaint for page in pages for complaint in page.complaints] == []
