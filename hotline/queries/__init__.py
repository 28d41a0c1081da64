"""The read side of the officers' pages: every function takes a viewer and shows only what is in sight."""
