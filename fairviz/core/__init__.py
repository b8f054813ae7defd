"""What every room stands on: errors, model names, files and folders on disk."""
