//! How much of a hostile document is read before giving up. Exceeding one is an error, never a shorter document.

/// Bounds on reading.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the document.
    pub bytes: u64,
    /// Components, files included.
    pub components: u64,
    /// Pairs of components in relations.
    pub relations: u64,
    pub vulnerabilities: u64,
    /// Values in the parsed tree: every string, number, list, object, element and attribute. A value takes about 40 bytes.
    pub values: u64,
    /// Warnings kept; further ones are counted in one last warning.
    pub warnings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 512 << 20,
            components: 1_000_000,
            relations: 10_000_000,
            vulnerabilities: 1_000_000,
            values: 50_000_000,
            warnings: 1_000,
        }
    }
}
