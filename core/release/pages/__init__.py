"""Pages for people: one document as Markdown, HTML and PDF, and what stands in it."""
