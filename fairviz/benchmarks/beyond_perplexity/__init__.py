"""Xu et al., "Beyond Perplexity" (Findings of EMNLP 2024): their eight result files."""
