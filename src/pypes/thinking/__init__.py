"""The model process: a child of the daemon that talks to language models, one question at a time.

It is the only place that imports pydantic-ai, whose import takes seconds and memory; it is given what it
needs and nothing else, and is killed when it takes too long.
"""
