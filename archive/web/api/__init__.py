"""The archive as JSON, at `/api/v1`: for whoever scripts, and for what else shows an archive.

    application.py   the FastAPI application, its OpenAPI document, and what is asked before every call
    answers.py       how answers are written: pages of lists, entity tags
    asked.py         what may be asked: parameters that several calls have
    problems.py      errors, as RFC 9457 has them
    outlets.py articles.py findings.py versions.py telling.py state.py    the calls

What an answer holds is made in `archive.shapes`, by the very functions that the commands' `--json` is made by.
"""
