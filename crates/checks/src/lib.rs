//! Native checks, one folder each.
