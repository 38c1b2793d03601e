"""Descriptions of errors in logs, and the release of their tracebacks."""

from ark_emulator.runtime.common.tracebacks import clear_tracebacks, describe_error, place_of, trail


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


def test_a_described_error_is_one_line_with_secrets_masked_and_no_values_of_variables() -> None:
    error = ValueError("bad\nline \x1b[2J of sk-secret-1 at http://joe:pw@host/?token=tttttttt")
    variable = "value-of-a-variable"
    try:
        assert variable
        raise error
    except ValueError:
        found = describe_error(error, "sk-secret-1")
    assert found.startswith(r"ValueError: bad\nline \x1b[2J of sk-s… at http://…@host/?token=tttt…")
    assert " at test_tracebacks.py:" in found
    assert not any(secret in found for secret in ("sk-secret-1", "joe", "tttttttt", variable, "\n"))


def test_a_long_message_of_an_error_is_cut_and_no_part_of_a_key_is_shown_at_the_cut() -> None:
    found = describe_error(ValueError("x" * 480 + "sk-secret-1" + "y" * 10_000), "sk-secret-1")
    assert len(found) == 500
    assert "secret" not in found


def test_the_place_of_an_error_leaves_its_message_out() -> None:
    error = _caught()
    assert place_of(error) == f"KeyError{trail(error)}"
    assert (place_of(KeyError("x")), place_of(None)) == ("KeyError", "NoneType")


def test_the_tracebacks_of_an_error_and_its_causes_are_cleared() -> None:
    try:
        try:
            _fails("x")
        except KeyError as error:
            raise ValueError("y") from error
    except ValueError as error:
        kept, cause = error, error.__cause__
    clear_tracebacks(kept)
    assert (kept.__traceback__, kept.__context__, kept.__cause__, cause.__traceback__) == (None,) * 4
