"""What Stet serves over HTTP. Starlette's door; only `archive.serving` knows the server below it."""
