"""What several kinds of figure use: labels, legends, pages, symbols; knows no kind."""
