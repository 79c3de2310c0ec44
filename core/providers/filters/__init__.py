"""Filters: which leads a subscription wants, as rules over a lead's facts (SPEC 4.4 to 4.7).
One grammar, three readings of it: `check` refuses what does not fit the form, `compile` writes it for
PostgreSQL, `explain` evaluates it here and says each rule's verdict. `words` makes a sentence of it."""
