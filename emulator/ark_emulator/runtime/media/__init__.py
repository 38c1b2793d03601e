"""Media at run time: results that are rendered on demand, and references that are inspected."""
