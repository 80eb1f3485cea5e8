//! What users name, as layers of entries: image archives, OCI layouts, registries, root file systems, folders, files, standard input.
//!
//! Begin at [`open`]. A target is recognised by looking at it, never by its name. Nothing is extracted: entries go to the engine's
//! [`LayerSink`] as they are read, digests are verified on the way, and what cannot be read becomes a diagnostic of the artifact.
//!
//! | Given | Read by |
//! |---|---|
//! | a plain archive that can be read anywhere, an OCI layout folder | `archive`: layers in parallel, by offset |
//! | a compressed archive, standard input | `stream`: one pass, layers as they arrive |
//! | a folder | `folder` |
//! | any other file | `single` |
//! | no file or folder: an image reference | `registry` |
//!
//! `image` finds the images and makes artifacts of them, `layer` reads one layer.

mod archive;
mod documents;
mod filter;
mod folder;
mod image;
mod layer;
mod registry;
mod single;
mod stream;

use crate::{
    archive::{LayoutFolder, Members},
    filter::Filter,
    layer::{Reading, SinkRef},
    registry::Remote,
    stream::{HEAD, Streamed, Wanted},
};
use probity_model::{
    analyzer::FileMeta,
    target::{Artifact, LayerSink, Target, TargetError},
};
use probity_oci::Reference;
use probity_vfs::{Budget, Compression, Limits, OpenErrorKind, StoredFile, peek};
use std::path::{Path, PathBuf};

/// What the user asked for besides the target itself.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Of several images in an archive, the ones with this tag, digest, ID or name.
    pub image: Option<String>,
    /// Of several platforms, the ones that match `os/architecture[/variant]`.
    pub platform: Option<String>,
    pub limits: Limits,
    /// Globs over whole paths, see the flags `--skip-files` and `--skip-dirs`.
    pub skip_files: Vec<String>,
    pub skip_dirs: Vec<String>,
    /// How to talk to registries.
    pub registry: probity_oci::ClientOptions,
}

/// Looks at what `argument` names, without reading it. `-` is standard input.
pub fn open(argument: &str, options: &Options) -> Result<Box<dyn Target>, TargetError> {
    let filter = Filter::new(&options.skip_files, &options.skip_dirs)?;
    let error = |message: &str, hint: Option<&str>| TargetError {
        target: argument.to_owned(),
        message: message.to_owned(),
        hint: hint.map(str::to_owned),
    };
    let path = PathBuf::from(argument);
    let place = if argument == "-" {
        Place::Stdin
    } else if argument.is_empty() {
        return Err(error("the name is empty", None));
    } else {
        // A path that exists wins over a reference.
        let metadata = match std::fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                return match reference(argument) {
                    Some(reference) => Ok(Box::new(Remote { name: argument.to_owned(), reference, options: options.clone(), filter })),
                    None => Err(error("no such file or folder", None)),
                };
            }
            Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => return Err(error("permission denied", None)),
            Err(e) => return Err(error(&e.to_string(), None)),
        };
        if metadata.is_dir() {
            Place::Folder(path)
        } else if metadata.is_file() {
            Place::File(path)
        } else {
            return Err(error("it is neither a regular file nor a folder", Some("pipe its content to standard input and name it `-`")));
        }
    };
    Ok(Box::new(Local { name: argument.to_owned(), place, options: options.clone(), filter }))
}

/// An argument that may be an image reference: not one that is evidently a path.
fn reference(argument: &str) -> Option<Reference> {
    let is_path = argument.starts_with(['.', '/', '~']) || argument.contains('\\') || argument.ends_with('/');
    let name = argument.to_ascii_lowercase();
    let is_file = [".tar", ".tgz", ".gz", ".zst", ".xz", ".yaml", ".yml", ".json"].iter().any(|suffix| name.ends_with(suffix));
    if is_path || is_file { None } else { argument.parse().ok() }
}

/// A target on this machine.
struct Local {
    name: String,
    place: Place,
    options: Options,
    filter: Filter,
}

enum Place {
    Stdin,
    File(PathBuf),
    Folder(PathBuf),
}

impl Target for Local {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, sink: &dyn LayerSink) -> Result<Vec<Artifact>, TargetError> {
        let budget = Budget::new(self.options.limits.clone());
        let cx = Reading { sink: SinkRef(sink), budget: &budget, filter: &self.filter };
        match &self.place {
            Place::Stdin => self.read_stdin(&cx),
            Place::File(path) => self.read_file(path, &cx),
            Place::Folder(path) if LayoutFolder::recognise(path) => {
                let layout = LayoutFolder(path.clone());
                match image::find(&layout, "").map_err(|message| self.error(message))? {
                    Some(found) => self.read_images("oci layout", &layout, found, &cx),
                    None => folder::read_folder(&self.name, path, &cx),
                }
            }
            Place::Folder(path) => folder::read_folder(&self.name, path, &cx),
        }
    }
}

impl Local {
    fn error(&self, message: impl Into<String>) -> TargetError {
        TargetError { target: self.name.clone(), message: message.into(), hint: None }
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted { image: self.options.image.as_deref(), platform: self.options.platform.as_deref() }
    }

    fn read_stdin(&self, cx: &Reading<'_>) -> Result<Vec<Artifact>, TargetError> {
        match stream::read_stream(&self.name, &mut probity_vfs::stdin(), None, true, self.wanted(), cx)? {
            Streamed::Artifacts(artifacts) => Ok(artifacts),
            Streamed::Loose(bytes) if bytes.is_empty() => Err(self.error("standard input is empty")),
            Streamed::Loose(bytes) => {
                let meta = FileMeta { mode: 0o644, ..FileMeta::default() };
                Ok(vec![single::one_entry(&self.name, single::name_of_loose(&bytes), "standard input", meta, &bytes, cx)])
            }
        }
    }

    fn read_file(&self, path: &Path, cx: &Reading<'_>) -> Result<Vec<Artifact>, TargetError> {
        let file = StoredFile::open(path).map_err(|e| match e.kind {
            OpenErrorKind::NotFound => self.error("no such file or folder"),
            _ => self.error(e.message),
        })?;
        let head = peek(&mut file.whole(), HEAD).map_err(|e| self.error(e.to_string()))?;
        if Compression::sniff(&head) != Compression::None {
            return match stream::read_stream(&self.name, &mut file.whole(), Some(file.bytes()), false, self.wanted(), cx)? {
                Streamed::Artifacts(artifacts) => Ok(artifacts),
                Streamed::Loose(_) => self.read_single(path, &file, cx),
            };
        }
        let is_tar = probity_vfs::tar::is_header(&head) || (head.len() == HEAD && head.iter().all(|b| *b == 0) && self.is_called_archive());
        if is_tar { self.read_archive(&file, cx) } else { self.read_single(path, &file, cx) }
    }

    fn read_single(&self, path: &Path, file: &StoredFile, cx: &Reading<'_>) -> Result<Vec<Artifact>, TargetError> {
        if file.bytes() > 0 && self.is_called_archive() {
            return Err(self.error("it is called an archive and is none, or its start is damaged"));
        }
        single::read_single(&self.name, path, file, cx)
    }

    fn is_called_archive(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        [".tar", ".tgz", ".tar.gz", ".tar.zst", ".tar.xz", ".tar.bz2", ".oci"].iter().any(|suffix| name.ends_with(suffix))
    }

    fn read_archive(&self, file: &StoredFile, cx: &Reading<'_>) -> Result<Vec<Artifact>, TargetError> {
        let end = archive::survey(file, cx);
        if let Some(prefix) = &end.prefix {
            if end.sparse {
                // Members with holes are in pieces: reading in order puts them together.
                return match stream::read_stream(&self.name, &mut file.whole(), Some(file.bytes()), false, self.wanted(), cx)? {
                    Streamed::Artifacts(artifacts) => Ok(artifacts),
                    Streamed::Loose(_) => Err(self.error("it changed while it was read")),
                };
            }
            let members = Members::new(file, cx);
            let cut = |error| stream::because_cut(error, &end, None);
            if let Some(found) = image::find(&members, prefix).map_err(|message| cut(self.error(message)))? {
                let source = if members.has(&format!("{prefix}manifest.json")) { "docker archive" } else { "oci archive" };
                let mut artifacts = self.read_images(source, &members, found, cx).map_err(cut)?;
                for artifact in &mut artifacts {
                    artifact.diagnostics.extend(stream::outer_problem(&end, None));
                }
                return Ok(artifacts);
            }
        }
        stream::read_root(&self.name, &mut file.whole(), file.bytes(), &end, cx)
    }

    fn read_images(
        &self,
        source: &str,
        store: &dyn archive::Blobs,
        found: image::Found,
        cx: &Reading<'_>,
    ) -> Result<Vec<Artifact>, TargetError> {
        let found = found.select(&self.name, self.options.image.as_deref(), self.options.platform.as_deref())?;
        Ok(archive::read_images(&self.name, source, store, found, cx))
    }
}

#[cfg(test)]
mod tests;
