"""A self-hosted scheduler for agents in any language: every slot accounted for, to the millisecond."""

__version__ = "0.1.0"
