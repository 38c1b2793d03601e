"""The facts of the emulated services as packaged JSON tables: one row per line, every row with its source.

JSON is used because it is read some twenty times faster than TOML or YAML, and the tables are read at start-up. A
source begins with its class: seed (a given API page), documented (official pages), recorded (seen on the live service)
or inferred.
"""

import json
import pkgutil
from functools import cache
from typing import Any


@cache
def load(name: str) -> Any:
    """Return the content of `emulator/ark_emulator/data/<name>.json`. It is shared and must not be changed.

    `pkgutil` reads it, because importing `importlib.resources` takes longer than reading every table. Raises
    FileNotFoundError for a name without a table.
    """
    content = pkgutil.get_data(__name__, f"{name}.json")
    if content is None:
        raise FileNotFoundError(f"the package gives no access to its data: {name}.json")
    return json.loads(content)
