"""Reading what outlets say of their own articles: feeds, sitemaps, section fronts, robots.txt.

Pure functions from bytes to values. Nothing here fetches, and nothing here trusts: bodies are bounded,
no external entity is ever loaded, and what cannot be read is a plain reason.
"""
