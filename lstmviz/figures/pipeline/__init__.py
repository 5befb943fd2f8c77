"""The whole model stage by stage: Subject and PipelineOptions in, a Draft out (`figure.PIPELINE`)."""
