"""Teach a model's language part new phrases: its Gr.fst is rebuilt, its acoustic part stays."""
