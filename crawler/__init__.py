"""How pages reach us: outlets, discovery, politeness, and the exchange on the wire."""
