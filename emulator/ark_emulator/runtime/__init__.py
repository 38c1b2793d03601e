"""The runtime: worlds with clocks, the engine that holds them, and the commands and queries that use them.

1. `commands` contains every change of a world that a request causes, `queries` every read.
2. `scheduler` does what time causes in a world; `callbacks` delivers what it reports.
3. `engine` and `registry` create and hold the dependencies; they neither change nor read tasks.
4. `world` knows no store; `persistence` keeps worlds in one.

The handlers under `web` call commands and queries, `server` and `cli` create engines.
"""
