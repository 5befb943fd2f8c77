"""How much steps move each other: Subject and InfluenceOptions in, a Draft out (`figure.INFLUENCE`)."""
