"""What tests in a browser share: one Chromium, in which each test has a browser that nothing happened in before."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.support import browser_driver as driver

Open = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Any]]:
    """The running Chromium, started where it is wanted first and where it has ended; skips where none is installed."""
    if driver.CHROMIUM is None:
        pytest.skip(driver.WHY_NOT)
    started: list[Any] = []

    def running() -> Any:
        if not (started and started[-1].lives()):
            started.append(driver.Program(tmp_path_factory.mktemp("chromium") / "profile"))
        return started[-1]

    yield running
    for program in started:
        program.end()


@pytest.fixture
async def browser(chromium: Callable[[], Any]) -> AsyncIterator[Any]:
    """A browser of the test's own: no cookie, stored value, cached file or connection of another test is in it."""
    async with driver.Browser(chromium()) as fresh:
        yield fresh


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
