"""Networks drawn unit by unit, held against the modules unit by unit."""
