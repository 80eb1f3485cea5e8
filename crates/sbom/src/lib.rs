//! `CycloneDX` and SPDX documents, read and written. No domain, no I/O.
