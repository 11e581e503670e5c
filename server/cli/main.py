"""thon: the command line."""

from __future__ import annotations

import importlib

import click

from server.cli.area import area
from server.cli.backup import backup
from server.cli.device import device
from server.cli.erase import erase
from server.cli.form import form
from server.cli.household import household
from server.cli.restore import restore
from server.cli.round import round_group
from server.cli.serve import serve
from server.cli.user import user
from server.cli.verify import verify


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="thon")
def thon() -> None:
    """Thôn: household surveys where the network does not reach.

    Start with `thon demo`, or with `thon serve --data DIR`.
    """


for command in (serve, area, household, form, round_group, user, device, verify, backup, restore, erase):
    thon.add_command(command)
for module, name in (("server.cli.export", "export_command"), ("server.cli.demo", "demo_command")):
    thon.add_command(getattr(importlib.import_module(module), name))


def main() -> None:
    """The entry point: exit codes 0 (done), 1 (not done, with the reason), 2 (wrong use)."""
    thon(prog_name="thon")


if __name__ == "__main__":
    main()
