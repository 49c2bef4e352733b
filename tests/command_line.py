"""The command line as tests drive it."""

from __future__ import annotations

from click.testing import CliRunner

from web.command import main


def run(*arguments, status=0):
    """Run a command that ends with `status`, and return what came of it."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == status, result.output
    return result


def refuse(*arguments):
    """Run what must be refused: status 2, and one line on standard error, which is returned."""
    result = run(*arguments, status=2)
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    return result.stderr
