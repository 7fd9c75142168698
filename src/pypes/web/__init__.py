"""How others see pypes over HTTP: parse, one call, render. The engine is met in the store, never here."""
