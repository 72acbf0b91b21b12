"""The steps of a report: each fills a part of it from the same setting. LocalView."""
