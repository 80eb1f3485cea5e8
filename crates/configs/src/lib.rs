//! Configuration documents with line ranges: YAML, JSON, Dockerfile, Kubernetes, Compose.
