//! The pipeline: see, squash, judge, assess.
