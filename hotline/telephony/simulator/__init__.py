"""A fake Twilio: signs, calls, records, sends and fails as the real one does; see docs/simulator.md."""
