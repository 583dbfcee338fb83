"""From a poll to the controller: batches, the spool on disk, and the way out."""
