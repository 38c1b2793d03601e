"""An emulator in a container, for test suites that use testcontainers-python.

`testcontainers` is not a dependency: it is imported when a container is created
(`pip install ark-emulator[testcontainers]`).
"""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from typing import Self

    from ark_emulator.client import Client

IMAGE: Final = "ark-emulator:latest"
"""The image that `docker build -t ark-emulator .` builds from a checkout."""
PORT: Final = 7333
_SCENARIOS: Final = "/scenarios"
_HOST: Final = "host.docker.internal"


class ArkEmulatorContainer:
    """A container with an emulator. Use it as a context manager, or call `start()` and `stop()`.

    `scenarios` are built-in names, or files, which are copied into the container. `settings` are flags of `serve`, with
    underscores in their names: `clock="frozen"`, `key=["sk-a", "sk-b"]`. `container` is the DockerContainer, which can
    be configured further before the start. Callbacks reach this machine as `host.docker.internal`.
    """

    def __init__(self, *scenarios: str | Path, image: str = IMAGE, **settings: Any) -> None:
        from testcontainers.core.container import DockerContainer
        from testcontainers.core.wait_strategies import HttpWaitStrategy

        ready = HttpWaitStrategy(PORT, "/_emulator/health").for_status_code(200)
        self.container = DockerContainer(image).with_exposed_ports(PORT).waiting_for(ready)
        self.container.with_kwargs(extra_hosts={_HOST: "host-gateway"})
        for name, value in environment({**settings, "host": "0.0.0.0", "port": PORT}).items():
            self.container.with_env(name, value)
        self._token = settings.get("control_token")
        self._add(scenarios)

    def __enter__(self) -> "Self":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> "Self":
        """Start the container and wait until the emulator responds."""
        try:
            self.container.start()
        except BaseException:
            self.container.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop and remove the container."""
        self.container.stop()

    @property
    def url(self) -> str:
        """Return the URL of the server for this machine."""
        return f"http://{self.container.get_container_host_ip()}:{self.container.get_exposed_port(PORT)}"

    @property
    def ark_url(self) -> str:
        """Return the base URL for Ark SDKs."""
        return self.client().ark_url

    def client(self) -> "Client":
        """Return a client of its default world."""
        from ark_emulator.client import connect

        return connect(self.url, token=self._token)

    def _add(self, scenarios: tuple[str | Path, ...]) -> None:
        names = []
        for scenario in scenarios:
            file = Path(scenario)
            if file.suffix in (".yaml", ".yml", ".json"):
                names.append(f"{_SCENARIOS}/{file.name}")
                self.container.with_copy_into_container(file.read_bytes(), names[-1])
            else:
                names.append(str(scenario))
        if names:
            self.container.with_env("ARK_EMULATOR_SCENARIO", ",".join(names))


def environment(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return settings as the variables that `serve` reads. Lists are separated by commas, None is omitted.

    Raises ValueError for an empty text, because `serve` treats an empty variable as not set.
    """

    def text_of(value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

    for name, value in settings.items():
        texts = value if isinstance(value, list | tuple) else [value]
        if any(isinstance(text, str) and not text.strip() for text in texts):
            raise ValueError(f"{name} must not be empty or blank; leave it out to go without")
    return {f"ARK_EMULATOR_{name.upper()}": text_of(value) for name, value in settings.items() if value is not None}
