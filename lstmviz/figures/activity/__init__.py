"""What gates and states do over time: Subject and ActivityOptions in, a Draft out (`figure.ACTIVITY`)."""
