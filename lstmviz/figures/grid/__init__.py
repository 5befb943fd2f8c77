"""All layers × steps × directions: Subject and GridOptions in, a Draft out (`figure.GRID`)."""
