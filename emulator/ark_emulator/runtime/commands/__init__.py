"""The commands: every change of a world that a request or a control request causes.

1. A command takes the lock of the world, changes it, and publishes one typed event that describes the change.
2. A command reads the clock itself, while it holds the lock: a change happens at the time of the world.
3. A command never waits for the network while it holds the lock.
4. What time causes is not a command: the scheduler of a world does it.
5. Reads are in `runtime.queries`.

Some changes have no event of their own: `advance` publishes those of the time that passes before its own, a cleared
journal and counted requests, downloads and polls publish none, because no client reloads anything for them.

The handlers under `web` call the commands, and so do tests that need no HTTP.
"""
