"""The postal form of a US street, whole or taken out of a line (SPEC 8.3): strict where the postal service's own rules read
it, tagged or tidied where not. Whatever way it goes, no word of the address is lost."""

from core.leads.postal.form import How, PostalForm
from core.leads.postal.reading import postal_form
from core.leads.postal.short_forms import short_forms
from core.leads.postal.whole_line import Line, take_apart

__all__ = ["How", "Line", "PostalForm", "postal_form", "short_forms", "take_apart"]
