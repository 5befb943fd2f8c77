"""Every parameter to scale: Subject and WeightsOptions in, a Draft out (`figure.WEIGHTS`)."""
