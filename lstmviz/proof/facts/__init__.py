"""What sentences say, each as a question to the trace or the run."""
