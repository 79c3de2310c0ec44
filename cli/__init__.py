"""The command line: ``hotleads up`` starts everything, the other commands one part each (docs/rules.md, 13)."""
