"""When an agent does something: one file per kind, and the one list of kinds.

A trigger wraps a step; a trigger inside a trigger cannot be written down, because the types do not allow it.
"""

from pypes.triggers.cron import Cron

TimedTrigger = Cron
Trigger = TimedTrigger
