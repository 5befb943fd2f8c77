"""What the commands do, apart from reading a command line: which figures, what became of each."""
