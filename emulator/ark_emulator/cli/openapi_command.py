"""`ark-emulator openapi`: the description of the API that a server would serve, without starting one."""

import argparse
import json
import sys
from typing import Any, Final

from ark_emulator.cli.common.flags import one_of
from ark_emulator.cli.common.output import in_json
from ark_emulator.cli.scenario_commands import SubParsers

_FORMATS: Final = ("json", "yaml")


def add_openapi_command(commands: SubParsers) -> None:
    """Add `openapi`."""
    parser = commands.add_parser(
        "openapi", help="print the OpenAPI description of Ark's emulated API and the control API"
    )
    parser.add_argument(
        "--format",
        type=lambda text: one_of(text, _FORMATS),
        default="json",
        metavar="FORM",
        help="json or yaml (json)",
    )
    parser.set_defaults(run=openapi)


def openapi(chosen: argparse.Namespace) -> int:
    """Print the response of a server at /_emulator/openapi.json."""
    from ark_emulator.web.control.schema.openapi import document
    from ark_emulator.web.routes import ROUTES

    described = document(ROUTES)
    if chosen.format == "yaml":
        sys.stdout.write(_yaml(described))
    else:
        sys.stdout.write(in_json(json.dumps(described, indent=2, ensure_ascii=False)) + "\n")
    return 0


def _yaml(document: dict[str, Any]) -> str:
    """Return a document as YAML of ASCII characters alone, with nothing replaced by an alias."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    return yaml.dump(document, Dumper=Dumper, sort_keys=False, width=120)
