//! Test fixtures: image builder, misbehaving registry, output scrubbing.
