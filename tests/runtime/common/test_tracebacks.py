"""What is logged of an error's place, and what of it is forgotten."""

from ark_emulator.runtime.common.tracebacks import forget, trail


def _fails(secret: str) -> None:
    raise KeyError(secret)


def _caught() -> KeyError:
    try:
        _fails("sk-secret")
    except KeyError as error:
        caught = error
    return caught


def test_a_trail_names_the_innermost_place_first_and_no_values() -> None:
    found = trail(_caught())
    assert found.startswith(" at test_tracebacks.py:")
    assert "in _fails, called from test_tracebacks.py:" in found
    assert "secret" not in found


def test_an_error_that_was_never_raised_has_no_trail() -> None:
    assert trail(KeyError("x")) == ""


def test_an_error_is_forgotten_with_all_that_led_to_it() -> None:
    try:
        try:
            _fails("x")
        except KeyError as error:
            raise ValueError("y") from error
    except ValueError as error:
        kept, cause = error, error.__cause__
    forget(kept)
    assert (kept.__traceback__, kept.__context__, kept.__cause__, cause.__traceback__) == (None,) * 4
