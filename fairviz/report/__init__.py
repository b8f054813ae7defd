"""Findings that leave the machine: what a report holds, shows and is written as."""
