"""What scripts get to see: the shapes of rows, and the functions that make them.

The commands' `--json` and the API's answers are the same shapes from the same code: a row is made here and
nowhere else. The types tell each field; the API's document is made of them (`archive.web.api.application`), so the
text below a field is what people read there. Knows no database and no HTTP: what is found is handed in. A key that
stands here stays; more may be added.
"""
