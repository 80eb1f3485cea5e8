//! Frameworks as data; ledger to control results; waivers, attestations, tailoring.
pub mod spec;
