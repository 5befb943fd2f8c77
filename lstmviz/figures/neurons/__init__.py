"""The network unit by unit: Subject and NeuronsOptions in, a Draft out (`figure.NEURONS`)."""
