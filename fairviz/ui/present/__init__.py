"""Pages shown to a room: large type, nothing to operate, slides of a report by keyboard."""
