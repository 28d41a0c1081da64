"""One module a subject; importing it adds its routes to the blueprint."""
