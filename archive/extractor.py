"""The name of the extractor of this installation: what its extractions are labelled with.

Apart from `archive.extraction`, so that whoever only compares labels need not load the extractor.
"""

from __future__ import annotations

import importlib.metadata

RULES = 2
"""The number of our own rules. Raise it with every change that may alter an extraction: only extractions of
the same `EXTRACTOR` are compared, so that a change of ours is never taken for one of the outlet."""

EXTRACTOR = f"trafilatura/{importlib.metadata.version('trafilatura')}+stet.{RULES}"
