"""Templates and conditions: text with expressions in it over what an agent knows, in a sandbox (minijinja).

A string that contains `{{` is a template; any other is passed byte for byte. In templates a name that is not
defined is a mistake; in conditions it counts as false.
"""

from pypes.template.address import check_address, render_address
from pypes.template.checking import (
    NAMES,
    Doubt,
    check_template,
    doubts_about_condition,
    names_in,
    references_in,
)
from pypes.template.condition import check_condition, holds
from pypes.template.rendering import has_templates, render, render_json, render_text
from pypes.template.sandbox import Context
from pypes.template.strings import is_template

__all__ = [
    "NAMES",
    "Context",
    "Doubt",
    "check_address",
    "check_condition",
    "check_template",
    "doubts_about_condition",
    "has_templates",
    "holds",
    "is_template",
    "names_in",
    "references_in",
    "render",
    "render_address",
    "render_json",
    "render_text",
]
