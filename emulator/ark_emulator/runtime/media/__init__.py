"""Media at run time: render results on demand, and inspect the media that requests refer to.

1. `results` renders the objects of a task when they are first requested, and keeps the recently used ones.
2. `references` inspects `data:` URIs, and downloads URLs if the server is configured to.
3. `pictures` decides once, on acceptance, how much of the inline media of a request is stored with its task.
4. Work that would block the event loop runs in a thread. Waiting for the network takes real time, not virtual time.

The engine, the persistence of worlds, and the handlers that serve results call these modules.
"""
