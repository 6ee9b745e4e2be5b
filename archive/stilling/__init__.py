"""A captured page made still: what it looked like, and nothing that it could do.

Rebuilt by an allow-list, never cleaned by a list of what is bad: what a later browser may learn to run is not on
it. The Content-Security-Policy that goes with the page (`archive.web.stills`) forbids the same things once more.
"""
