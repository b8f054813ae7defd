"""What each compressed form costs and what it keeps."""
