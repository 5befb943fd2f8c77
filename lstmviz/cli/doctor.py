"""``lstmviz doctor``: what is installed, and whether figures can be drawn."""

from __future__ import annotations

import click

from lstmviz.cli import on_demand

CANNOT = 3


@click.command()
def doctor() -> int:
    """Say whether figures can be drawn, and why not.

    Shows versions and fonts, and draws to see whether that works.
    Exits with 3 only if no figure can be drawn, and says what to do about it.

    \b
    Example:
      lstmviz doctor
    """
    code = 0
    for found in on_demand.doctor.findings():
        click.echo(f"{'✗' if found.remedy else ' '} {found.what:21} {found.says}")
        if found.remedy:
            click.echo(f"  {'':21} → {found.remedy}")
        code = CANNOT if found.vital and found.remedy else code
    click.echo("Figures cannot be drawn: see ✗ above." if code else "Figures can be drawn.")
    return code
