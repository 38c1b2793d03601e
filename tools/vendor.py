"""Copy the libraries of the dashboard from the npm registry into `emulator/ark_emulator/web/static/vendor`.

Run it by hand to renew them: `python tools/vendor.py`. It needs `npm` and the network; users and contributors do not,
for what it writes is committed. `VENDOR.md` tells name, version, licence and SHA-256 of each file.
"""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "emulator" / "ark_emulator" / "web" / "static" / "vendor"


@dataclass(frozen=True, slots=True)
class Library:
    """One file of a package. `imports` maps specifiers that a browser cannot resolve to their replacements."""

    package: str
    version: str
    licence: str
    source: str
    file: str
    licence_file: str
    imports: tuple[tuple[str, str], ...] = ()


LIBRARIES: Final = (
    Library("preact", "11.2.0", "MIT", "dist/preact.mjs", "preact.js", "preact-LICENSE.txt"),
    Library(
        "preact",
        "11.2.0",
        "MIT",
        "hooks/dist/hooks.mjs",
        "preact-hooks.js",
        "preact-LICENSE.txt",
        (('from"preact"', 'from"./preact.js"'),),
    ),
    Library("htm", "3.1.1", "Apache-2.0", "dist/htm.module.js", "htm.js", "htm-LICENSE.txt"),
)

HEAD: Final = """\
# Copies of other people's work

Nothing here is written by hand: `python tools/vendor.py` renews it. A hash is that of the file as it lies here. Two
things differ from the packages' files: a path stands where they name a package, and no line names a source map.

| file | package | version | licence | SHA-256 |
|---|---|---|---|---|
"""


def packed(package: str, version: str, folder: Path) -> Path:
    """Download a package from the registry."""
    command = ["npm", "pack", f"{package}@{version}", "--silent", "--pack-destination", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return folder / done.stdout.strip().splitlines()[-1]


def read(archive: Path, name: str) -> str:
    """Return a text file of a package."""
    with tarfile.open(archive) as opened:
        member = opened.extractfile(f"package/{name}")
        if member is None:
            raise FileNotFoundError(name)
        return member.read().decode("utf-8")


def main() -> int:
    """Write all files and their list."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for library in LIBRARIES:
            archive = packed(library.package, library.version, Path(folder))
            text = read(archive, library.source)
            for specifier, path in library.imports:
                if specifier not in text:
                    raise ValueError(f"{library.source} has no {specifier}")
                text = text.replace(specifier, path)
            text = "\n".join(line for line in text.splitlines() if not line.startswith("//# sourceMappingURL")) + "\n"
            (FOLDER / library.file).write_text(text, "utf-8", newline="\n")
            (FOLDER / library.licence_file).write_text(read(archive, "LICENSE"), "utf-8", newline="\n")
            digest = hashlib.sha256(text.encode()).hexdigest()
            licence = f"[{library.licence}]({library.licence_file})"
            rows.append(f"| {library.file} | {library.package} | {library.version} | {licence} | `{digest}` |\n")
    (FOLDER / "VENDOR.md").write_text(HEAD + "".join(rows), "utf-8", newline="\n")
    sys.stdout.write(f"{len(rows)} files in {FOLDER}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
