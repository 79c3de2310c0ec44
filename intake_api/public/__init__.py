"""What anyone may call: JSON intake for programs, the hosted form and its pages for people (SPEC 2.2-2.4)."""
