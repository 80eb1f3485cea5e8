//! Image archives, OCI layouts, registries, folders and files as layers of entries.
