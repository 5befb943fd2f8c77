"""Models of other libraries: run by these, and as a twin in torch that must give the same numbers."""
