"""What `bench/gpu_check.py` checks and measures, one file a section's subject."""
