//! Bounded reading: paths, capped decompression, tar, budgets.
