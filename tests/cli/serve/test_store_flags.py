"""Warnings of the command line about a store."""

import os
from pathlib import Path

import pytest
from ark_emulator.cli.serve.store_flags import warn_of_readers

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_store_file_that_others_can_read_is_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: int
) -> None:
    path = tmp_path / "worlds.db"
    path.touch()
    path.chmod(mode)
    warn_of_readers(f"sqlite:{path}")
    assert capsys.readouterr().err == (
        f"ark-emulator: {path} holds API keys and can be read by other users (mode {mode:04o}): chmod 600 {path}\n"
    )
    assert path.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("store", ["memory:", "redis://h", "sqlite:{}/none.db", "sqlite:{}", "sqlite:{}/own.db"])
def test_no_other_store_causes_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str], store: str) -> None:
    (tmp_path / "own.db").touch(0o600)
    warn_of_readers(store.format(tmp_path))
    assert capsys.readouterr().err == ""
