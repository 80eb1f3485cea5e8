//! What configurations say: the environment, history, labels and commands of an image; variables of Compose services, Kubernetes containers
//! and Dockerfiles.

mod commands;
mod documents;
mod environment;

pub use documents::document_facts;

use crate::secrets::{assign::Strictness, search_value};
use probity_model::{Facts, Origin, Place, image::ImageConfig};
use std::collections::BTreeSet;

/// Adds the facts that an image configuration holds.
///
/// A history instruction repeats what it set: a secret that the environment, a label or the command shows is not reported a second time
/// for the instruction that put it there.
pub fn image_facts(config: &ImageConfig, out: &mut Facts) {
    let mut own = Facts::default();
    for variable in &config.env {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        let at = Place { path: name.into(), origin: Origin::Env, ..Place::default() };
        environment::variable(name, value, &at, &mut own);
        environment::secret(name, value, &at, &mut own);
    }
    for (name, value) in &config.labels {
        let at = Place { path: name.as_str().into(), origin: Origin::Label, ..Place::default() };
        search_value(value, Strictness::Config, &at, &mut own);
    }
    for (name, words) in [("entrypoint", &config.entrypoint), ("cmd", &config.cmd), ("onbuild", &config.on_build)] {
        let command = words.join(" ");
        let at = Place { path: name.into(), origin: Origin::Env, ..Place::default() };
        search_value(&command, Strictness::Literal, &at, &mut own);
        commands::debug(&command, &at, &mut own);
        commands::unverified(&command, &at, &mut own);
    }
    let shown: BTreeSet<String> = own.secrets.iter().map(|secret| secret.fingerprint.clone()).collect();
    for (index, entry) in config.history.iter().enumerate() {
        let Some(text) = &entry.created_by else { continue };
        let at = Place { path: index.to_string().into(), origin: Origin::History, ..Place::default() };
        let mut step = Facts::default();
        search_value(text, Strictness::Literal, &at, &mut step);
        step.secrets.retain(|secret| !shown.contains(&secret.fingerprint));
        commands::unverified(text, &at, &mut step);
        own.append(step);
    }
    out.append(own);
}

#[cfg(test)]
mod tests;
