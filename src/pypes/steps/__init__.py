"""What an agent can do: one file per kind, and the one list of kinds.

A new kind is one new file, one word in this union, one test file.
"""

from pypes.steps.llm import Llm
from pypes.steps.sequence import Sequence
from pypes.steps.webhook import Webhook

Step = Webhook | Llm | Sequence
