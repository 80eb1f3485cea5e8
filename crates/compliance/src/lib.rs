//! Compliance frameworks as data: specifications, tailoring, waivers and attestations, and the engine that turns facts and findings
//! into one result for every control.
//!
//! Begin at [`assess`](fn@assess): it takes loaded frameworks ([`load`](fn@load)), what a run found ([`Inputs`]) and what the user says
//! about it ([`Policy`]), and evaluates all frameworks in one pass. [`gate`](fn@gate) makes an exit code of the result. No I/O: whoever calls hands in
//! texts and a function that reads files.

mod advise;
mod assess;
mod canonical;
mod cel;
mod date;
mod eol;
mod error;
mod explain;
mod gate;
mod graph;
mod ids;
mod lint;
mod load;
mod params;
mod policy;
mod selection;
pub mod spec;
mod yaml;
mod zone;

pub use advise::{Outlook, advise};
pub use assess::{Inputs, assess};
pub use eol::end_of_life;
pub use error::SpecError;
pub use explain::{ExplainedRule, Explanation, explain};
pub use gate::{ExitKind, FailOn, FailOnError, GateOptions, GateResult, gate};
pub use ids::{KnownRule, RuleCatalogue};
pub use lint::{Code, Lint, expected_status, fix_known_defects, lint};
pub use load::{Framework, FrameworkInfo, framework_names, info, load, parse_spec};
pub use policy::{
    Attestation, AttestationStatus, Attestations, Crosswalk, CrosswalkBody, CrosswalkMapping, EvidenceLink, Exclusion, FindingMatch,
    Inherit, Policy, Tailoring, TailoringBody, Waiver, WaiverMatch, Waivers, parse_attestations, parse_crosswalk, parse_tailoring,
    parse_waivers,
};
