"""Cron expressions: text to slots, with no clock and no I/O beyond the zone files.

The parts stand on one another, and each knows only those below it::

    timetable.py     slots of an expression, and why a moment is none
    slots.py         slots of a pattern in a zone, under a rule for changing clocks
    zone.py          stretches of constant offset        dialect.py  text → Expression
    expression.py    matches on a wall clock without zones
    times.py         the time of day                     dates.py   the calendar; days.py one month of it
    fields.py        the seven fields, and every refusal
    bits.py          sets of small numbers
"""

from pypes.cron.cautions import warnings as warnings
from pypes.cron.dialect import MACROS as MACROS
from pypes.cron.dialect import is_reboot as is_reboot
from pypes.cron.dialect import parse as parse
from pypes.cron.expression import Expression as Expression
from pypes.cron.slots import DstPolicy as DstPolicy
from pypes.cron.slots import WallSlots as WallSlots
from pypes.cron.text import describe as describe
from pypes.cron.timetable import Timetable as Timetable
from pypes.cron.timetable import check_future as check_future
from pypes.cron.timetable import timetable as timetable
from pypes.cron.zone import check_zone as check_zone
