"""When an agent does something: one file per kind, and the one list of kinds.

A trigger wraps a step; a trigger inside a trigger cannot be written down, because the types do not allow it.
"""

from pypes.triggers.at import At
from pypes.triggers.cron import Cron
from pypes.triggers.every import Every
from pypes.triggers.on_input import OnInput
from pypes.triggers.reboot import Reboot

TimedTrigger = Cron | Every | At | Reboot | OnInput
Trigger = TimedTrigger
