"""Help texts of the pages, one Markdown file per topic."""
